//! The house as its page says it is: the table of floors in the crate documentation is read, and every import is held to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Names in back quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Which floor each module is on, and which modules of its own floor it may use.
struct Table {
    floors: BTreeMap<String, u32>,
    beside: BTreeSet<(String, String)>,
}

impl Table {
    fn read() -> Table {
        let page = fs::read_to_string(source().join("lib.rs")).unwrap();
        let mut table = Table { floors: BTreeMap::new(), beside: BTreeSet::new() };
        for line in page.lines().filter_map(|line| line.strip_prefix("//! | ")) {
            let cells: Vec<&str> = line.split(" | ").collect();
            let Some(floor) = cells[0].split(' ').next().and_then(|number| number.parse().ok()) else { continue };
            table.floors.extend(quoted(cells[1]).into_iter().map(|module| (module, floor)));
            for rule in cells[2].split(';') {
                let names = quoted(rule);
                table.beside.extend(names.iter().skip(1).map(|other| (names[0].clone(), other.clone())));
            }
        }
        table
    }

    fn allows(&self, module: &str, used: &str) -> bool {
        let (own, other) = (self.floors[module], self.floors[used]);
        module == used || other < own || self.beside.contains(&(module.to_owned(), used.to_owned()))
    }
}

/// Every source file, by its path below `src`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(below).filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The code of a file without its comments and without its tests, which stand at its end and may use anything.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The module that a file belongs to: the first part of its path.
fn module_of(path: &Path) -> String {
    let first = path.strip_prefix(source()).unwrap().iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// What a file uses of other modules: the name behind every `crate::`.
fn uses(code: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    code.split("crate::").skip(1).map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_module_stands_on_a_floor() {
    let table = Table::read();
    let there: BTreeSet<String> = files(&source())
        .iter()
        .map(|path| module_of(path))
        .filter(|module| module != "lib" && module != "main")
        .collect();
    let listed: BTreeSet<String> = table.floors.keys().cloned().collect();
    assert_eq!(there, listed, "the modules that there are, and those of the table in src/lib.rs");
}

#[test]
fn no_module_uses_a_floor_above_its_own() {
    let table = Table::read();
    let mut wrong = Vec::new();
    let mut used_beside = BTreeSet::new();
    for path in files(&source()) {
        let module = module_of(&path);
        if module == "lib" || module == "main" {
            continue;
        }
        for used in uses(&code(&path)).iter().filter(|used| table.floors.contains_key(*used)) {
            if !table.allows(&module, used) {
                wrong.push(format!("{} uses {used}", path.display()));
            }
            used_beside.insert((module.clone(), used.clone()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let stale: Vec<_> = table.beside.iter().filter(|pair| !used_beside.contains(*pair)).collect();
    assert!(stale.is_empty(), "the table allows what nobody does: {stale:?}");
}

/// The reader of imports sees what it is there to see.
#[test]
fn imports_are_seen() {
    let code = "use crate::units::{Bytes, Unit};\nfn f() { crate::store::RunFolder::existing(p); }";
    assert_eq!(uses(code), BTreeSet::from(["store".to_owned(), "units".to_owned()]));
    let table = Table::read();
    assert!(!table.allows("cost", "cli") && !table.allows("fit", "cost") && table.allows("cli", "cost"));
}

/// Files below the command line in which options are named, with why. The list only gets shorter.
const SPEAK_OPTIONS: [(&str, &str); 5] = [
    ("cost/doubt.rs", "the cures of doubts"),
    ("plan/", "the cures of a plan's doubts and mistakes, many of which are a plan file's keys too"),
    ("report/", "sentences that say which option tells more"),
    ("sampler/machine.rs", "Docker's --ulimit"),
    ("subject/", "options of node, npm, pip, systemd-run and docker"),
];

/// Whole commands, which are a cure wherever they stand.
const COMMANDS: [&str; 2] = ["probe --streams 24", "probe serve --record"];

/// Errors name the quantity; the option that sets it is known to the command line alone.
#[test]
fn lower_floors_do_not_speak_the_command_line() {
    let option = |text: &str| text.split("--").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    for path in files(&source()) {
        let below = path.strip_prefix(source()).unwrap().to_str().unwrap();
        let module = module_of(&path);
        let excused = SPEAK_OPTIONS.iter().any(|(place, _)| below.starts_with(place));
        if excused || ["cli", "lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let code = COMMANDS.iter().fold(code(&path), |code, command| code.replace(command, "probe"));
        assert!(!code.contains("clap"), "{below} knows how options are parsed");
        let said = code.lines().find(|line| line.contains('"') && option(line));
        assert!(said.is_none(), "{below} speaks of an option: {said:?}");
    }
}
