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
        ("name = \"a\u{2028}b: 1\"", "\\u{2028} in it: write it on one line"),
        ("name = \"a\\u2029b\"", "line separators"),
        ("name = \"a\u{202e}b\"", "marks of direction"),
        ("name = \"a\\u0085b\"", "line separators"),
        ("name = \"a\\u001b[2Jb\"", "\\u{1b} in it"),
        ("model = \"a\u{2028}b\"", "one line"),
        ("client = \"a\u{2028}b\"", "one line"),
        ("mode = \"a\u{2028}b\"", "one line"),
        ("class = \"a\u{2028}b\"", "one line"),
        ("class = \"hard\"", "simple, moderate, complex"),
        ("class = \"simple\"", "[routes]"),
        ("classes = 3", "share of each class"),
    ] {
        one(&with(line), 4, &[words]);
    }
    one(&with("[process]\nmemory_limit = \"512 MBs\""), 5, &["such as \"512MiB\""]);
    one(&with("[process]\nmemory_limit = 0"), 5, &["nothing"]);
    // A size without its unit is one in bytes, and no container's.
    for limit in ["0.5", "512", "\"512\"", "\"512.0\""] {
        one(
            &with(&format!("[process]\nmemory_limit = {limit}")),
            5,
            &["bytes: write it with its unit, such as", "MiB\""],
        );
    }
    for limit in ["\"512B\"", "\"1KiB\"", "5000"] {
        one(&with(&format!("[process]\nmemory_limit = {limit}")), 5, &["no container's limit", "such as 512MiB"]);
    }
    one(&with("[memory]\nbase = \"90\"\nper_stream = \"1MiB\""), 5, &["90 bytes", "\"90MiB\""]);
    one(&with("[memory]\nbase = \"90MiB\"\nper_stream = 0.7"), 6, &["0.7 bytes", "\"0.7MiB\""]);
    assert!(read(&with("[memory]\nbase = 94371840\nper_stream = 20480"), None).is_ok(), "bytes are bytes");
    for number in ["0", "1.5", "2e6"] {
        one(
            &with(&format!("[process]\nreplicas = {number}")),
            5,
            &["is not possible: write a whole number from 1 to 1,000,000"],
        );
        one(&with(&format!("[process]\nmax_streams = {number}")), 5, &["is not possible: write a whole number from 1"]);
    }
    one(&with("[memory]\nper_prompt_byte = -1"), 5, &["negative"]);
    one(&with("[account]\ntier = \"bulid\""), 5, &["no tier 'bulid'", "did you mean build?"]);
}

/// Names are written into other files and on terminals: what would do something there is refused wherever a name may stand, and not
/// repeated as it is.
#[test]
fn names_that_would_not_stay_names() {
    for (text, line) in [
        ("[account]\ntier = \"a\u{2028}b\"", 5),
        ("[process]\nclient = \"a\u{2028}b\"", 5),
        ("[process]\nmode = \"a\u{2028}b\"", 5),
        ("[routes]\nsimple = \"a\u{2028}b\"", 5),
        ("[limits.\"a\u{2028}b\"]\nrpm = 1", 4),
        ("[prices.\"a\u{2028}b\"]\ninput = 1\noutput = 1", 4),
        ("[limits]\n\"a\u{2028}b\" = 1", 5),
    ] {
        one(&with(text), line, &["write it on one line"]);
    }
    let unsafe_keys = "\"a\\u001b]0;x\\u0007\" = 1\n\"b\u{202e}\" = 2\n[\"c\u{2028}\"]\n";
    for mistake in mistakes(&with(unsafe_keys)) {
        assert!(!mistake.contains(stream_probe::foreign::is_unsafe), "{mistake:?}");
    }
    let long = mistakes(&with(&format!("retry = \"{}\"", "x".repeat(100_000))));
    assert!(long[0].len() < 500, "{} characters", long[0].len());
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
    // What is asked over a file is told by its option, beside the mistakes of the file.
    let said = run(&[path, "--tier", "none", "--limit", "512", "--replicas", "0"]);
    assert_eq!(said.lines().count(), 5, "{said}");
    for words in [
        ":5: ",
        "probe: --tier: there is no tier 'none'",
        "probe: --limit: 512 is a size of 512 bytes",
        "probe: --replicas: 0 is",
    ] {
        assert!(said.contains(words), "'{words}' in {said}");
    }
}
