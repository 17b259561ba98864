//! Plans with mistakes: one line each with place and cure, all of them at once.

use std::process::Command;
use stream_probe::plan::file::{Mistakes, read};

/// A workload that is right, in lines 1 to 3.
const GOOD: &str = "[[workload]]\narrival = 2.5\nduration = 12\n";

fn mistakes(text: &str) -> Vec<String> {
    let Mistakes(mistakes) = read(text, None).expect_err(text);
    mistakes.iter().map(|mistake| format!("{}: {}: {}", mistake.line, mistake.about, mistake.text)).collect()
}

/// Exactly one mistake, in this line, that says these words.
fn one(text: &str, line: usize, words: &[&str]) {
    let mistakes = mistakes(text);
    assert_eq!(mistakes.len(), 1, "{text}\n{mistakes:#?}");
    assert!(mistakes[0].starts_with(&format!("{line}: ")), "{text}\n{mistakes:?}");
    for word in words {
        assert!(mistakes[0].contains(word), "'{word}' in {mistakes:?}");
    }
}

fn with(line: &str) -> String {
    format!("{GOOD}{line}\n")
}

#[test]
fn a_good_plan_has_none() {
    assert!(read(GOOD, None).is_ok());
}

#[test]
fn keys_that_do_not_exist() {
    one(&with("timout = 60"), 4, &["timout", "did you mean timeout?"]);
    one(&with("xyz = 60"), 4, &["xyz", "there are name, arrival"]);
    one(&with("[proces]\nreplicas = 2"), 4, &["proces", "did you mean process?"]);
    one(&with("[process]\nreplica = 2"), 5, &["replica", "did you mean replicas?"]);
    one(&with("[limits]\nrpms = 4000"), 5, &["rpms", "did you mean rpm?"]);
    one(
        &with("[limits]\nanthropic-ratelimit-request-limit = 1"),
        5,
        &["did you mean anthropic-ratelimit-requests-limit?"],
    );
    one(&with("[prices.m]\ninput = 1\noutput = 2\ncached = 1"), 7, &["cached"]);
    one(&with("[workload.retry]\nlow = 0\nlikely = 0.1\nhigh = 0.2\nmean = 1"), 8, &["mean"]);
}

#[test]
fn values_that_cannot_be() {
    for (line, words) in [
        ("retry = -0.1", "negative"),
        ("retry = 8", "800 %"),
        ("retry = \"8 per cent\"", "such as \"8%\""),
        ("retry = nan", "finite"),
        ("wait = -1", "negative"),
        ("wait = \"soon\"", "such as 12"),
        ("wait = true", "write seconds"),
        ("timeout = \"1e400\"", "finite"),
        ("headroom = 0.9", "less than the mean"),
        ("cached = \"120%\"", "at most 1"),
        ("hours_a_day = 25", "at most 24"),
        ("batch = 1", "true or false"),
        ("model = 5", "in quotes"),
        ("input_tokens = \"many\"", "such as 1200"),
        ("retry = \"8% +- 9%\"", "reaches down to 0"),
        ("retry = { low = 0.2, likely = 0.1, high = 0.3 }", "do not rise"),
        ("retry = { low = 0.2 }", "likely is missing"),
        ("name = \"a\\nb\"", "one line"),
        ("class = \"hard\"", "simple, moderate, complex"),
        ("class = \"simple\"", "[routes]"),
        ("classes = 3", "share of each class"),
    ] {
        one(&with(line), 4, &[words]);
    }
    one(&with("[process]\nmemory_limit = \"512 MBs\""), 5, &["such as \"512MiB\""]);
    one(&with("[process]\nmemory_limit = 0"), 5, &["nothing"]);
    one(&with("[process]\nmemory_limit = 0.5"), 5, &["less than a byte", "512MiB"]);
    one(&with("[process]\nreplicas = 1.5"), 5, &["whole number"]);
    one(&with("[account]\ntier = \"bulid\""), 5, &["no tier 'bulid'", "did you mean build?"]);
}

#[test]
fn windows_and_arrivals() {
    one("[[workload]]\nduration = 12\n", 1, &["arrival is missing"]);
    one("[[workload]]\narrival = 1\n", 1, &["duration is missing"]);
    one("[[workload]]\nduration = 12\ntasks = 90\nwindow = 0\n", 4, &["window", "nothing"]);
    one("[[workload]]\nduration = 12\ntasks = 90\n", 1, &["window"]);
    one("[[workload]]\nduration = 12\nwindow = \"30min\"\n", 1, &["tasks"]);
    one(&with("tasks = 90\nwindow = \"30min\""), 1, &["keep one of them"]);
    one("", 1, &["[[workload]]"]);
    one("workload = 3", 1, &["[[workload]]"]);
}

#[test]
fn times_that_contradict_one_another() {
    one(&with("timeout = 10"), 4, &["below the mean duration"]);
    // With 95 % at 5 s and the rest at 60 s, the mean is 7.75 s at most.
    one(&with("timeout = 60\np95 = 5"), 5, &["7.8 s at most", "duration says 12 s"]);
    assert!(read(&with("timeout = 200\np95 = 5"), None).is_ok(), "with a timeout of 200 s the mean may be 14.75 s");
    assert!(read(&with("p95 = 5"), None).is_ok(), "without a timeout it is possible, and a doubt");
    one(&with("hung = \"1%\""), 4, &["timeout"]);
}

#[test]
fn things_said_twice() {
    one(&with("input_tokens = 10\nprompt = \"x\""), 1, &["input_tokens and prompt"]);
    one(&with("name = \"a\"\n[[workload]]\nname = \"a\"\narrival = 1\nduration = 1"), 5, &["two workloads named 'a'"]);
    one(&with("model = \"m\"\nclass = \"simple\"\n[routes]\nsimple = \"m\""), 1, &["keep one of them"]);
    one(&with("[limits]\nrpm = 1\nanthropic-ratelimit-requests-limit = 2"), 4, &["keep one of them"]);
    one(&with("classes = { simple = 0.5 }\n[routes]\nsimple = \"m\""), 4, &["50 %", "100 %"]);
    one(&with("[memory]\nbase = \"90MiB\""), 4, &["per_stream"]);
}

#[test]
fn models_that_a_tier_does_not_have() {
    one(&with("model = \"claude-sonet-5\"\n[account]\ntier = \"build\""), 4, &["did you mean claude-sonnet-5?"]);
    one(&with("[account]\ntier = \"build\""), 1, &["give it a model"]);
    let both = mistakes(&with("model = \"claude-sonet-5\"\n[account]\ntier = \"bulid\""));
    assert!(matches!(&both[..], [model, tier] if model.starts_with("4: ") && tier.starts_with("6: ")), "{both:?}");
    one(&with("model = \"claude-sonnet-5-20260101\"\n[account]\ntier = \"bulid\""), 6, &["did you mean build?"]);
    assert!(read(&with("model = \"own\"\n[account]\ntier = \"build\"\n[limits.own]\nrpm = 1"), None).is_ok());
    let two = "model = \"claude-sonnet-5\"\n[[workload]]\narrival = 1\nduration = 1\nmodel = \"claude-opus-5\"\n[limits]\nrpm = 5";
    one(
        &with(two),
        9,
        &["Opus 5", "Sonnet 5"].map(|pool| if pool == "Opus 5" { "claude-opus-5" } else { "claude-sonnet-5" }),
    );
}

#[test]
fn all_mistakes_at_once_in_the_order_of_lines() {
    let text = "[process]\nmemory_limit = \"lots\"\n[account]\ntier = \"none\"\n[[workload]]\narival = 2\nduration = -1\nretry = 8\n\
                [[workload]]\narrival = 1\nduration = 2\np95 = 0\nbogus = 1\n";
    let found = mistakes(text);
    let lines: Vec<usize> = found.iter().map(|line| line.split(':').next().unwrap().parse().unwrap()).collect();
    assert_eq!(lines, [2, 4, 5, 6, 7, 8, 12, 13], "{found:#?}");
    assert_eq!(mistakes("a = \nb == 2\n[x").len(), 4, "what is no TOML is told as a whole too");
}

#[test]
fn the_program_says_file_and_line_or_the_option() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_probe")).arg("plan").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.toml");
    let path = path.to_str().unwrap();
    std::fs::write(path, with("p95 = 0\nretry = -1")).unwrap();
    let said = run(&[path]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].starts_with(&format!("probe: {path}:4: ")) && lines[1].starts_with(&format!("probe: {path}:5: ")));
    let said = run(&["--arrival", "-2", "--duration", "\"\u{7f}\n", "--tier", "none"]);
    assert_eq!(said.lines().count(), 3, "{said}");
    for flag in ["--arrival: ", "--duration: ", "--tier: "] {
        assert!(said.contains(flag), "{said}");
    }
    assert!(run(&[]).contains("probe plan init"));
    assert!(run(&["/nowhere/plan.toml"]).contains("probe plan init > /nowhere/plan.toml"));
    assert!(run(&[path, "--arrival", "1"]).contains("--arrival"));
}
