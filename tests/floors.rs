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

/// What a file uses of other modules: the name behind every `crate`.
fn uses(code: &str) -> BTreeSet<String> {
    let named = |path: Vec<String>| path.get(1).cloned().filter(|_| path[0] == "crate");
    imports(code).into_iter().filter_map(named).collect()
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
const SPEAK_OPTIONS: [(&str, &str); 3] = [
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

/// Files that use one another in a circle, and why they still do. The list only gets shorter: one that is gone is taken out.
const CIRCLES: [(&[&str], &str); 5] = [
    (&["plan/answer.rs", "plan/judge.rs", "plan/play.rs"], "a plan holds what was played of it"),
    (
        &["simulator/forward.rs", "simulator/passing.rs", "simulator/service.rs"],
        "a request that is passed on comes back as a response",
    ),
    (&["simulator/generated.rs", "simulator/script.rs"], "a script is generated, and knows its generator"),
    (&["simulator/recorder.rs", "simulator/upstream.rs"], "an upstream owns its recorder, which writes its errors"),
    (&["subject/cgroup/group.rs", "subject/cgroup/parent.rs"], "a group gives back what its parent moved out for it"),
];

/// The paths that a file's `use` declarations name, braces written out, without re-exports.
fn imports(code: &str) -> Vec<Vec<String>> {
    fn write_out(before: &[String], tree: &str, all: &mut Vec<Vec<String>>) {
        let parts = |text: &str| -> Vec<String> {
            let names = text.split("::").map(|name| name.split(" as ").next().unwrap_or_default().trim().to_owned());
            names.filter(|name| !name.is_empty()).collect()
        };
        let Some((head, rest)) = tree.split_once('{') else {
            return all.push([before, &parts(tree)].concat());
        };
        let before = [before, &parts(head)].concat();
        let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
        let (mut depth, mut begun) = (0, 0);
        for (at, c) in inner.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    write_out(&before, &inner[begun..at], all);
                    begun = at + 1;
                }
                _ => {}
            }
        }
        if !inner[begun..].trim().is_empty() {
            write_out(&before, &inner[begun..], all);
        }
    }
    let mut all = Vec::new();
    for statement in code.split(';') {
        let statement = statement.trim_start();
        let own = statement.lines().position(|line| line.trim_start().starts_with("use "));
        if let Some(line) = own {
            let text: Vec<&str> = statement.lines().skip(line).collect();
            write_out(&[], text.join(" ").trim_start().trim_start_matches("use "), &mut all);
        }
    }
    // Paths that stand in the code itself.
    let words = code.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':')));
    let paths = words.filter(|word| word.starts_with("crate::") || word.starts_with("super::"));
    all.extend(paths.map(|path| path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect()));
    all
}

/// The modules of a path below `src`: `cost/doubt.rs` is `cost::doubt`, and `cost/mod.rs` is `cost`.
fn modules_of(below: &Path) -> Vec<String> {
    let parts = below.with_extension("");
    let names = parts.iter().map(|part| part.to_str().unwrap().to_owned());
    names.filter(|name| name != "mod" && name != "lib").collect()
}

/// Which files use which: the file of the longest part of every path that is one.
fn uses_of_files() -> BTreeMap<String, BTreeSet<String>> {
    let all: Vec<PathBuf> =
        files(&source()).iter().map(|path| path.strip_prefix(source()).unwrap().to_owned()).collect();
    let by_module: BTreeMap<Vec<String>, String> =
        all.iter().map(|below| (modules_of(below), below.to_str().unwrap().to_owned())).collect();
    let used = |below: &PathBuf| {
        let own = modules_of(below);
        let target = |path: Vec<String>| {
            let absolute = match path.first().map(String::as_str) {
                Some("crate") => path[1..].to_vec(),
                Some("super") => {
                    let up = path.iter().take_while(|name| *name == "super").count();
                    [&own[..own.len().checked_sub(up)?], &path[up..]].concat()
                }
                _ => return None,
            };
            (1..=absolute.len()).rev().find_map(|length| by_module.get(&absolute[..length]).cloned())
        };
        let name = below.to_str().unwrap().to_owned();
        let targets =
            imports(&code(&source().join(below))).into_iter().filter_map(target).filter(|other| *other != name);
        (name.clone(), targets.collect())
    };
    all.iter().map(used).collect()
}

/// All that is reached from a file.
fn reached(from: &str, uses: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(file) = next.pop() {
        for other in uses.get(&file).into_iter().flatten() {
            if seen.insert(other.clone()) {
                next.push(other.clone());
            }
        }
    }
    seen
}

#[test]
fn no_circle_of_files_beyond_those_with_a_reason() {
    let uses = uses_of_files();
    let reached: BTreeMap<&String, BTreeSet<String>> = uses.keys().map(|file| (file, reached(file, &uses))).collect();
    let circle = |file: &String| -> Vec<String> {
        let back = reached[file].iter().filter(|other| reached.get(other).is_some_and(|from| from.contains(file)));
        back.cloned().collect()
    };
    let found: BTreeSet<Vec<String>> = uses.keys().map(circle).filter(|circle| !circle.is_empty()).collect();
    let known = CIRCLES.iter().map(|(files, _)| files.iter().map(|file| (*file).to_owned()).collect());
    assert_eq!(found, known.collect::<BTreeSet<Vec<String>>>(), "circles that there are, and those of the list");
}

#[test]
fn paths_are_seen() {
    let code = "use super::{a, b::{C, d::E}};\npub use super::f::G;\nuse crate::h;\nfn x() { super::super::i::j() }";
    let seen: Vec<String> = imports(code).iter().map(|path| path.join("::")).collect();
    for path in ["super::a", "super::b::C", "super::b::d::E", "crate::h", "super::super::i::j"] {
        assert!(seen.iter().any(|seen| seen == path), "{path} in {seen:?}");
    }
}

/// What one dialect of the wire is known by, in lower case: its events, headers, paths, kinds, ids, keys and variables.
const CLAUDES_WORDS: [&str; 24] = [
    "message_start",
    "message_delta",
    "message_stop",
    "content_block",
    "text_delta",
    "thinking_delta",
    "input_json",
    "signature_delta",
    "citations_delta",
    "stop_sequence",
    "end_turn",
    "\"tool_use\"",
    "anthropic",
    "x-api-key",
    "\"request-id\"",
    "v1/messages",
    "count_tokens",
    "_error\"",
    "request_too_large",
    "\"req_",
    "\"msg_",
    "\"toolu_",
    "sk-ant-",
    "dialect::claude",
];

/// Files outside the dialect's folder that know such words, with why. The list only gets shorter.
const SPEAK_CLAUDE: [(&str, &str); 2] = [
    ("wire/dialect.rs", "the row that leads into the folder"),
    ("cli/options.rs", "help for people, who go by the names that their programs have"),
];

/// A dialect costs its own folder and one row, because nobody else knows what it calls things.
#[test]
fn a_dialect_is_known_in_its_folder_alone() {
    let known = |code: &str| CLAUDES_WORDS.into_iter().find(|word| code.to_ascii_lowercase().contains(word));
    let mut excused = BTreeSet::new();
    let mut wrong = Vec::new();
    for path in files(&source()) {
        let below = path.strip_prefix(source()).unwrap().to_str().unwrap();
        let Some(word) = known(&code(&path)).filter(|_| !below.starts_with("wire/claude/")) else { continue };
        match SPEAK_CLAUDE.iter().find(|(place, _)| *place == below) {
            Some((place, _)) => _ = excused.insert(*place),
            None => wrong.push(format!("{below} knows {word}")),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let stale: Vec<_> = SPEAK_CLAUDE.iter().filter(|(place, _)| !excused.contains(place)).collect();
    assert!(stale.is_empty(), "the list excuses what nobody does: {stale:?}");
    // The reader of words sees what it is there to see.
    let there: String = files(&source().join("wire/claude")).iter().map(|path| code(path)).collect();
    let unheard: Vec<_> = CLAUDES_WORDS.iter().filter(|word| !there.to_ascii_lowercase().contains(**word)).collect();
    assert_eq!(unheard, [&"dialect::claude"], "words that not even the dialect has");
}
