//! No published number drifts from its data: every run in the gallery is rendered again from its `run.json`, and the README shows it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use stream_probe::cost::{Analysis, Quantity};
use stream_probe::proof::Proof;
use stream_probe::report;
use stream_probe::run::StreamFacts;
use stream_probe::store::RunFolder;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn runs() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("output/gallery")).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(folders.len() >= 2, "the gallery shows the default pace and the real one");
    folders
}

/// Side by side: a picture takes a processor, and there are many.
#[test]
fn committed_files_are_what_the_run_gives() {
    let folders = runs();
    thread::scope(|scope| {
        for folder in &folders {
            scope.spawn(|| is_what_the_run_gives(folder));
        }
    });
}

fn is_what_the_run_gives(folder: &Path) {
    let store = RunFolder::existing(folder);
    let run = store.read_run().unwrap();
    let analysis = Analysis::of(&run).unwrap().with_proof(store.read_proof().unwrap());
    let rendered = report::render(&run, &analysis).unwrap();
    let committed = |name: &str| fs::read(folder.join(name)).ok();
    let mut compared = 0;
    for (name, bytes) in rendered {
        // PNG bytes depend on the compressor's version; the SVG is the same picture.
        if name.ends_with(".png") {
            continue;
        }
        if let Some(before) = committed(&name) {
            assert!(before == bytes, "{}/{name} is not what its run.json gives: render it again", folder.display());
            compared += 1;
        }
    }
    assert!(compared >= 4, "{}: cost.json, report.md and two charts are committed", folder.display());
}

#[test]
fn the_readme_shows_the_gallery() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let run = RunFolder::existing(&root().join("output/gallery/24-streams")).read_run().unwrap();
    let text = report::text(&run, &Analysis::of(&run).unwrap(), Some(120));
    assert!(readme.contains(text.trim_end()), "README.md should show this:\n{text}");
    for folder in runs().into_iter().filter(|folder| !folder.join("proof.json").exists()) {
        let run = RunFolder::existing(&folder).read_run().unwrap();
        let analysis = Analysis::of(&run).unwrap();
        for sentence in report::headlines(&run, &analysis) {
            assert!(readme.contains(&sentence), "README.md should say: {sentence}");
        }
        if analysis.series.len() > 2 {
            let table = report::cost_table(&run, &analysis);
            assert!(readme.contains(&table), "README.md should show this:\n{table}");
        }
    }
}

/// Proofs hold, and the README says what they said.
#[test]
fn the_readme_shows_the_proofs() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut seen = Vec::new();
    for folder in runs() {
        let Ok(text) = fs::read(folder.join("proof.json")) else { continue };
        let proof: Proof = serde_json::from_slice(&text).unwrap();
        let said = report::proof_text(&proof, None);
        for sentence in said.lines().take_while(|line| !line.is_empty()) {
            assert!(readme.contains(sentence), "README.md should say: {sentence}");
        }
        // What the project promises: 3 % for the built-in client, 10 % for those whose garbage collectors add chance.
        let collects_garbage = proof.label.contains("sdk") || proof.label.starts_with("litellm");
        let promised = if collects_garbage { 0.10 } else { 0.03 };
        let error = proof.error().unwrap_or_else(|| panic!("{}: nothing was killed", folder.display()));
        assert!(error.abs() <= promised, "{}: {error}", folder.display());
        seen.push(proof.label);
    }
    seen.sort_unstable();
    let promised = [
        "claude-agent-sdk, drop",
        "litellm, drop",
        "node-sdk, retain",
        "python-sdk, retain",
        "reqwest, retain-chunks",
        "reqwest, retain-chunks",
    ];
    assert_eq!(seen, promised);
}

/// The two paces that the gallery shows agree within 5 % of the slope, which is what lets the default be faster than a model.
#[test]
fn pace_does_not_change_the_answer() {
    let slopes = |name: &str| -> Vec<f64> {
        let run = RunFolder::existing(&root().join("output/gallery").join(name)).read_run().unwrap();
        Analysis::of(&run).unwrap().series.iter().map(|series| series.full().slope.value).collect()
    };
    let (fast, real) = (slopes("24-streams"), slopes("24-streams-real-pace"));
    assert_eq!(fast.len(), 2);
    for (fast, real) in fast.iter().zip(&real) {
        assert!((fast / real - 1.0).abs() < 0.05, "{fast} at the default pace, {real} at real pace");
    }
}

/// Two numbers of streams and repetitions that agree to the page say less than they seem to: the interval is as wide as a page allows, and
/// that there is a third number missing is a doubt.
#[test]
fn two_rungs_are_doubted_and_readings_known_to_a_page() {
    let mut run = RunFolder::existing(&root().join("output/gallery/24-streams")).read_run().unwrap();
    run.trials.retain(|trial| [1, 24].contains(&trial.asked) && trial.pass == 0);
    let again = run.trials.clone();
    run.trials.extend(again);
    let page = run.environment.page_bytes as f64;
    for series in Analysis::of(&run).unwrap().series {
        let least = page / 23.0;
        for (line, what) in [(Quantity::Full, "full"), (Quantity::Open, "open"), (Quantity::Container, "container")]
            .map(|(quantity, what)| (series.line(quantity), what))
        {
            let slope = line.unwrap().slope;
            assert!(
                slope.high - slope.value >= 0.999 * least && slope.value - slope.low >= 0.999 * least,
                "{what}: {slope:?}"
            );
        }
        assert!(series.fitted.needs_at_most(24.0) > series.full().at(24.0), "{}", series.fitted.label);
        let doubts: Vec<String> = series.doubts.iter().map(stream_probe::cost::Doubt::matter).collect();
        assert!(doubts.iter().any(|doubt| doubt.contains("Through 2 numbers of streams")), "{doubts:?}");
    }
}

/// On a terminal of 80 columns every line fits, and every word is in one piece, as it is where nothing bounds the lines.
#[test]
fn nothing_breaks_in_the_middle_of_a_word() {
    for folder in runs() {
        let store = RunFolder::existing(&folder);
        let run = store.read_run().unwrap();
        let analysis = Analysis::of(&run).unwrap().with_proof(store.read_proof().unwrap());
        let whole = report::text(&run, &analysis, None);
        for columns in [60, 80, 120] {
            let shown = report::text(&run, &analysis, Some(columns));
            for line in shown.lines() {
                assert!(line.chars().count() <= usize::from(columns), "{}: {line}", folder.display());
            }
            let pieces: HashSet<&str> = shown.split_whitespace().collect();
            for word in whole.split_whitespace() {
                assert!(pieces.contains(word), "{}: {word} is broken at {columns} columns:\n{shown}", folder.display());
            }
        }
    }
}

/// The words of a picture, which may be wrapped there.
fn words(svg: &Path) -> String {
    let text = fs::read_to_string(svg).unwrap();
    text.lines().filter(|line| !line.starts_with('<')).collect::<Vec<_>>().join(" ")
}

/// What lived and what was killed is in the report of the run, and nothing there says another number of what fits.
#[test]
fn a_proof_is_in_its_report() {
    let mut seen = 0;
    for folder in runs() {
        let store = RunFolder::existing(&folder);
        let Some(proof) = store.read_proof().unwrap() else { continue };
        let run = store.read_run().unwrap();
        let analysis = Analysis::of(&run).unwrap().with_proof(Some(proof.clone()));
        let page = fs::read_to_string(folder.join("report.md")).unwrap();
        let text = report::text(&run, &analysis, None);
        for said in [&page, &text] {
            for sentence in report::proof_text(&proof, None).lines().take_while(|line| !line.is_empty()) {
                assert!(said.contains(sentence), "{}: {sentence}", folder.display());
            }
            assert!(said.contains("The kernel kills by what the container is charged"), "{said}");
            let held = proof.held.many();
            // Older proofs do not say when.
            let whens = ["", " when its streams ended", " when text came"];
            let killed = whens.iter().any(|when| said.contains(&format!(" {held}: killed{when} (oom_kill ")));
            assert!(killed && said.contains(&format!(" {held}: survived")), "{said}");
            assert!(!said.contains("streams fit") && !said.contains("stream fits"), "{said}");
        }
        let picture = words(&folder.join("cost-line.svg"));
        for words in ["lived under the limit", "killed by it", "charged to the container", " lived, "] {
            assert!(picture.contains(words), "{}: {words}", folder.display());
        }
        assert!(!picture.contains("streams fit"), "{}", folder.display());
        seen += 1;
    }
    assert!(seen >= 4, "{seen} proofs");
}

/// Where not resident memory with all text decides what is needed at most, the line that does is in the picture by its name.
#[test]
fn what_a_limit_meets_is_drawn() {
    for (folder, drawn) in [
        ("24-streams", "the highest charge of the container"),
        ("litellm", "the highest resident memory when streams end"),
        ("prove-litellm", "charged at its highest"),
    ] {
        let picture = words(&root().join("output/gallery").join(folder).join("cost-line.svg"));
        let shown = picture.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(drawn) && shown.contains("what a limit meets first"), "{folder}: {shown}");
    }
    // Its highest charge is that with all its text.
    let picture = words(&root().join("output/gallery/prove-48-mib/cost-line.svg"));
    assert!(!picture.contains("what a limit meets first"), "{picture}");
}

/// A curve is no line in sentence, table and picture alike.
#[test]
fn a_curve_is_told_alike_everywhere() {
    let folder = root().join("output/gallery/clients");
    let run = RunFolder::existing(&folder).read_run().unwrap();
    let analysis = Analysis::of(&run).unwrap();
    let table = report::cost_table(&run, &analysis);
    let mut curved = 0;
    for series in &analysis.series {
        let row = table.lines().find(|line| line.starts_with(&format!("| {} |", series.fitted.label))).unwrap();
        let picture = words(&folder.join(format!("cost-line-{}.svg", series.fitted.client.name())));
        // Of the two lines of a picture one may be straight.
        let told = [report::headline(series).contains("no line"), row.contains("no line")];
        assert_eq!(told, [series.is_curved(); 2], "{}", series.fitted.label);
        if series.is_curved() {
            assert!(picture.contains("no line"), "{}", series.fitted.label);
            curved += 1;
        }
    }
    assert!(curved > 0, "the gallery has a curve");
}

/// What is kept of a byte is bytes, also where it stands beside another number.
#[test]
fn what_is_kept_has_its_unit() {
    let run = RunFolder::existing(&root().join("output/gallery/litellm")).read_run().unwrap();
    let table = report::cost_table(&run, &Analysis::of(&run).unwrap());
    let row = table.lines().find(|line| line.contains("open stream and kept text")).unwrap();
    assert!(row.contains(" MiB (95 %: ") && row.contains(") bytes a byte of text |"), "{row}");
}

/// Of streams of two lengths the sentence says which it is about, and the picture shows both.
#[test]
fn several_lengths_are_named_and_shown() {
    let mut run = RunFolder::existing(&root().join("output/gallery/24-streams")).read_run().unwrap();
    run.trials.retain(|trial| trial.series == 0);
    run.scenario.series.truncate(1);
    run.heap.clear();
    // Streams of a quarter of the text, that cost half of it.
    let (longest, spec) = (run.longest_stream(), run.scenario.streams[0].clone());
    run.streams.insert(0, StreamFacts { chars: 15_000, text_bytes: longest.text_bytes / 4, ..longest });
    run.scenario.streams.push(spec);
    let short = run.trials.clone().into_iter().map(|mut trial| {
        trial.samples.rss_pages.iter_mut().for_each(|pages| *pages -= (*pages).saturating_sub(1_900) / 2);
        trial
    });
    let short: Vec<_> = short.collect();
    run.trials.iter_mut().for_each(|trial| trial.stream = 1);
    run.trials.extend(short);
    let analysis = Analysis::of(&run).unwrap();
    let said = report::headlines(&run, &analysis).join(" ");
    assert!(said.starts_with("One more retained stream of 60,000 characters costs "), "{said}");
    let files = report::render(&run, &analysis).unwrap();
    let picture = files.into_iter().find(|(name, _)| name == "cost-line.svg").unwrap().1;
    let picture = String::from_utf8(picture).unwrap();
    for words in ["15,000 and 60,000 characters a stream", "60,000 characters", "15,000"] {
        assert!(picture.contains(words), "{words}");
    }
}

/// Programs that end with their streams are drawn as long as they live, and their numbers stand at what they held.
#[test]
fn labels_stand_at_what_was_held() {
    let picture = fs::read_to_string(root().join("output/gallery/clients/rss-over-time-curl.svg")).unwrap();
    let lines: Vec<&str> = picture.lines().collect();
    // A text's attributes stand on the line before its words.
    let heights =
        lines.windows(2).filter(|pair| pair[0].starts_with("<text") && pair[1].trim() != "").filter_map(|pair| {
            let number = |name: &str| -> Option<f64> {
                let behind = pair[0].split_once(&format!(" {name}=\""))?.1;
                behind.split_once('"')?.0.parse().ok()
            };
            let is_label = ["1", "8", "16", "24"].contains(&pair[1].trim()) && pair[0].contains("bold");
            is_label.then_some(number("y")?)
        });
    let heights: Vec<f64> = heights.collect();
    assert_eq!(heights.len(), 8, "{heights:?}");
    let (highest, lowest) = heights.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), y| (a.min(*y), b.max(*y)));
    let tall: f64 = picture.split_once("height=\"").unwrap().1.split_once('"').unwrap().0.parse().unwrap();
    // The plane is four times finer than the picture.
    assert!(lowest - highest > 0.4 * 4.0 * tall, "{heights:?} of {tall}");
    assert!(!picture.contains(">released<") && !lines.contains(&"released"), "the exit is not drawn");
}

/// Every command of the README's shell blocks names options that exist.
#[test]
fn the_readmes_commands_are_understood() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let commands = readme.lines().map(str::trim).filter_map(|line| line.strip_prefix("probe "));
    let mut seen = 0;
    for command in commands {
        let words: Vec<&str> = command
            .split("  ")
            .next()
            .unwrap()
            .split_whitespace()
            .take_while(|word| !["|", ">"].contains(word))
            .collect();
        // `--help` behind a good command line prints help; behind a bad one the error comes first.
        let mut with_help = words.clone();
        // What stands behind `--` is another program's.
        let end = words.iter().position(|word| *word == "--").unwrap_or(words.len());
        with_help.insert(end, "--help");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_probe")).args(&with_help).output().unwrap();
        assert!(output.status.success(), "probe {command}: {}", String::from_utf8_lossy(&output.stderr));
        seen += 1;
    }
    assert!(seen >= 5, "{seen} commands");
}
