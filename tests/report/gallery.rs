//! No published number drifts from its data: every run in the gallery is rendered again from its `run.json`, and the README shows it.

use std::fs;
use std::path::{Path, PathBuf};
use stream_probe::cost::Analysis;
use stream_probe::proof::Proof;
use stream_probe::report;
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

#[test]
fn committed_files_are_what_the_run_gives() {
    for folder in runs() {
        let run = RunFolder::existing(&folder).read_run().unwrap();
        let analysis = Analysis::of(&run).unwrap();
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
}

#[test]
fn the_readme_shows_the_gallery() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let run = RunFolder::existing(&root().join("output/gallery/24-streams")).read_run().unwrap();
    let text = report::text(&run, &Analysis::of(&run).unwrap());
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
        let said = report::proof_text(&proof);
        for sentence in said.lines().take_while(|line| !line.is_empty()) {
            assert!(readme.contains(sentence), "README.md should say: {sentence}");
        }
        // What the project promises: 3 % for the built-in client, 10 % for the SDKs, whose garbage collectors add chance.
        let promised = if proof.label.contains("sdk") { 0.10 } else { 0.03 };
        let error = proof.error().unwrap_or_else(|| panic!("{}: nothing was killed", folder.display()));
        assert!(error.abs() <= promised, "{}: {error}", folder.display());
        seen.push(proof.label);
    }
    seen.sort_unstable();
    let promised = ["node-sdk, retain", "python-sdk, retain", "reqwest, retain-chunks", "reqwest, retain-chunks"];
    assert_eq!(seen, promised);
}

/// The two paces that the gallery shows agree within 5 % of the slope, which is what lets the default be faster than a model.
#[test]
fn pace_does_not_change_the_answer() {
    let slopes = |name: &str| -> Vec<f64> {
        let run = RunFolder::existing(&root().join("output/gallery").join(name)).read_run().unwrap();
        Analysis::of(&run).unwrap().series.iter().map(|mode| mode.full.slope.value).collect()
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
        for (line, what) in [(Some(series.full), "full"), (series.open, "open"), (series.container, "container")] {
            let slope = line.unwrap().slope;
            assert!(
                slope.high - slope.value >= 0.999 * least && slope.value - slope.low >= 0.999 * least,
                "{what}: {slope:?}"
            );
        }
        assert!(series.needs_at_most(24.0) > series.full.at(24.0), "{}", series.label);
        let doubts: Vec<String> = series.doubts.iter().map(stream_probe::cost::Doubt::text).collect();
        assert!(doubts.iter().any(|doubt| doubt.contains("Through 2 numbers of streams")), "{doubts:?}");
    }
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
