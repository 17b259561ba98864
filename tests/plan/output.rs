//! The program's output: the template is a plan, JSON meets its schema, configuration is what its engine takes, files are written.

use super::schema;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use stream_probe::foreign::is_unsafe;
use stream_probe::plan::{Inputs, Plan, file};
use stream_probe::report::plan as report;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_probe")).arg("plan").args(arguments).output().unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The template, as it is and with every optional line taken in that does not contradict another.
fn templates() -> Vec<(tempfile::TempDir, String)> {
    let template = said(&["init"]);
    let optional = [
        "# hung",
        "# headroom",
        "# cached",
        "# classes",
        "# hours_a_day = 10",
        "# replicas",
        "# per_prompt",
        "# max_streams",
        "# [limits.",
        "# rpm",
        "# itpm",
        "# otpm",
        "# [prices.",
        "# input",
        "# output",
        "# cache_read",
        "# [routes]",
        "# simple",
        "# moderate",
        "# complex",
    ];
    let whole: Vec<String> =
        template
            .lines()
            .map(|line| {
                if optional.iter().any(|start| line.starts_with(start)) {
                    line[2..].to_owned()
                } else {
                    line.to_owned()
                }
            })
            .collect();
    let taken = template.lines().zip(&whole).filter(|(before, after)| before != after).count();
    assert_eq!(taken, optional.len(), "every optional line is in the template");
    let file = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.toml");
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (folder, path)
    };
    vec![file(&template), file(&whole.join("\n"))]
}

#[test]
fn the_template_is_a_plan() {
    for (_folder, path) in templates() {
        let text = said(&[&path]);
        for words in ["chat: ", "nightly: 4 streams", "What the limits allow", "Money", "How sure it is", "Sources"] {
            assert!(text.contains(words), "'{words}' in:\n{text}");
        }
        schema::check(&serde_json::from_str(&said(&[&path, "--json"])).unwrap());
    }
    let (_folder, path) = templates().remove(0);
    assert!(said(&[&path]).contains("chat: 49 (39 to 59) streams at once, 243 (194 to 292) requests a minute"));
    let gallery = concat!(env!("CARGO_MANIFEST_DIR"), "/output/gallery/24-streams");
    assert!(
        said(&[&path, "--cost", gallery]).contains("(reqwest, retain-chunks)"),
        "measured counts for more than stated"
    );
    let flags = ["--arrival", "1", "--duration", "10", "--mode", "drop", "--limit", "64MiB", "--rpm", "50"];
    let text = said(&[&["--cost", gallery][..], &flags].concat());
    assert!(text.contains("(reqwest, drop)"), "{text}");
    let json = said(&[&["--json", "--cost", gallery][..], &flags].concat());
    schema::check(&serde_json::from_str(&json).unwrap());
    let file = said(&[&["--json", "--cost", &format!("{gallery}/cost.json")][..], &flags].concat());
    assert_eq!(json, file, "a folder and its cost.json are the same");
}

/// A plan in which much is wrong has everything that JSON can have.
#[test]
fn a_plan_that_does_not_fit_meets_the_schema_too() {
    let (_folder, path) = templates().remove(1);
    let text = std::fs::read_to_string(&path).unwrap().replace("\"build\"", "\"start\"").replace("512MiB", "96MiB");
    std::fs::write(&path, text.replace("rpm = 4000", "rpm = 40")).unwrap();
    let json: Value = serde_json::from_str(&said(&[&path, "--json"])).unwrap();
    schema::check(&json);
    assert_eq!(json["verdict"], "does-not-fit");
    assert!(json["remedies"].as_array().unwrap().len() >= 3 && json["routes"].as_array().unwrap().len() == 1);
    assert_eq!(run(&[&path, "--strict"]).status.code(), Some(1));
}

fn emitted(path: &str, engine: &str) -> Value {
    let text = said(&[path, "--emit", engine]);
    assert!(text.starts_with("# chat: "), "{text}");
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Field by field as the API reference of apps/v1 Deployment has them: required ones there, selector and labels alike, quantities
/// and environment texts.
#[test]
fn kubernetes_takes_it() {
    let (_folder, path) = templates().remove(0);
    let manifest = emitted(&path, "kubernetes");
    assert_eq!((&manifest["apiVersion"], &manifest["kind"]), (&Value::from("apps/v1"), &Value::from("Deployment")));
    let spec = &manifest["spec"];
    assert_eq!(spec["replicas"], 1);
    assert_eq!(spec["selector"]["matchLabels"], spec["template"]["metadata"]["labels"]);
    let container = &spec["template"]["spec"]["containers"][0];
    assert!(container["image"].is_string());
    // 147 MiB at most are needed, as the plan says.
    assert_eq!(container["resources"]["requests"]["memory"], "147Mi");
    assert_eq!(container["resources"]["limits"]["memory"], "512Mi");
    let variables: Vec<(&str, &str)> = container["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variable| (variable["name"].as_str().unwrap(), variable["value"].as_str().unwrap()))
        .collect();
    assert!(
        variables.contains(&("STREAM_CONCURRENCY_CHAT", "59"))
            && variables.contains(&("STREAM_QUEUE_DEPTH_CHAT", "292"))
    );
    let mut names: Vec<&str> = variables.iter().map(|variable| variable.0).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), variables.len(), "no name twice");
    assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')));
}

/// What is set in the files is what the plan shows for one replica, and both say so.
#[test]
fn the_gate_is_that_of_one_replica_everywhere() {
    let (_folder, path) = templates().remove(0);
    let text = said(&[&path, "--replicas", "4", "--simulate", "0"]);
    let row = text.lines().find(|line| line.trim_start().starts_with("gate of one replica")).unwrap();
    for words in ["15 streams, 73 in its queue", "the high end, 59 and 292, over 4 replicas, rounded up"] {
        assert!(row.contains(words), "'{words}' in {row}");
    }
    let json: Value = serde_json::from_str(&said(&[&path, "--replicas", "4", "--json"])).unwrap();
    schema::check(&json);
    assert_eq!(
        (&json["workloads"][0]["gate"]["streams"], &json["workloads"][0]["gate"]["queue_depth"]),
        (&15.0.into(), &73.0.into())
    );
    for engine in ["kubernetes", "prometheus"] {
        let text = said(&[&path, "--replicas", "4", "--emit", engine]);
        assert!(
            text.contains("# The gate of one replica for chat: 15 streams, 73 in its queue (the high end"),
            "{text}"
        );
        assert!(text.contains(if engine == "kubernetes" { "value: \"15\"" } else { "(73 may wait)" }), "{text}");
    }
}

/// Asked over a file: the answer is that of a file which says so, but for the words that say what was asked.
#[test]
fn what_if_is_the_plan_with_other_values() {
    let (folder, path) = templates().remove(0);
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = folder.path().join("changed.toml");
    let replicas =
        text.replace("memory_limit = \"512MiB\"", "memory_limit = \"1GiB\"\nreplicas = 3\nmax_streams = 500");
    let tier = replicas.replace("tier = \"build\"", "tier = \"scale\"");
    std::fs::write(&changed, tier.replace("duration = ", "headroom = 1.25\nduration = ")).unwrap();
    let what_if =
        ["--limit", "1GiB", "--replicas", "3", "--max-streams", "500", "--tier", "scale", "--headroom", "1.25"];
    let json = |arguments: &[&str]| -> Value {
        let json = serde_json::from_str(&said(&[arguments, &["--json"]].concat())).unwrap();
        schema::check(&json);
        json
    };
    let mut asked = json(&[&[&path[..]], &what_if[..]].concat());
    let limit = serde_json::json!({ "key": "memory_limit", "value": "1GiB", "instead": "512MiB" });
    assert!(asked["what_if"].as_array_mut().unwrap().contains(&limit), "{}", asked["what_if"]);
    asked["what_if"] = Value::Array(Vec::new());
    assert_eq!(asked, json(&[changed.to_str().unwrap()]));
    let text = said(&[&[&path[..]], &what_if[..]].concat());
    let first = text.lines().next().unwrap();
    assert_eq!(
        first,
        "What if: headroom 1.25, tier scale instead of build, memory_limit 1GiB instead of 512MiB, replicas 3, max_streams 500."
    );
    for engine in ["kubernetes", "prometheus"] {
        assert!(
            said(&[&path, "--tier", "scale", "--emit", engine])
                .starts_with("# What if: tier scale instead of build.\n")
        );
    }
    // For all workloads, and instead of the class that chose a model.
    let model = said(&[&path, "--model", "claude-haiku-4-5", "--simulate", "0"]);
    assert!(
        model.starts_with("What if: model claude-haiku-4-5 instead of claude-sonnet-5 and claude-opus-5."),
        "{model}"
    );
    std::fs::write(&changed, "[[workload]]\nclass = \"simple\"\narrival = 1\nduration = 1\n[routes]\nsimple = \"m\"\n")
        .unwrap();
    assert_eq!(json(&[changed.to_str().unwrap(), "--model", "n"])["workloads"][0]["model"], "n");
}

/// Shares of workloads, and of the base, add up to the share that is shown of all.
#[test]
fn shares_add_up_as_they_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.toml");
    let number = |text: &str| text.trim().trim_end_matches('%').trim().replace(',', "").parse::<f64>().ok();
    for replicas in [1, 3, 7] {
        let workload = |number: u32| {
            format!(
                "[[workload]]\nname = \"w{number}\"\narrival = {number}.37\nduration = 7\nmodel = \"claude-opus-5\"\n\
                 input_tokens = 1{number}00\noutput_tokens = 900\n"
            )
        };
        let rest = format!(
            "[process]\nmemory_limit = \"256MiB\"\nreplicas = {replicas}\nmax_streams = 90\n[memory]\nbase = \"50MiB\"\n\
             per_stream = \"0.7MiB\"\n[account]\ntier = \"start\"\n"
        );
        std::fs::write(&path, (1..6).map(workload).collect::<String>() + &rest).unwrap();
        let text = said(&[path.to_str().unwrap(), "--simulate", "0"]);
        let base = text.split("Of memory the base takes ").nth(1).unwrap().split(',').next().unwrap();
        let mut rows = 0;
        for row in text.lines().skip_while(|line| !line.starts_with(" limit ")).skip(1).take(5) {
            let cells: Vec<&str> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
            let own: Vec<f64> =
                cells[1..6].iter().map(|cell| number(cell).unwrap_or_else(|| panic!("{row}"))).collect();
            let base = if cells[0] == "memory" { number(base).unwrap() } else { 0.0 };
            let all = number(cells[8]).unwrap_or_else(|| panic!("{row}"));
            assert!((own.iter().sum::<f64>() + base - all).abs() < 1e-9, "{base} and {row}");
            rows += 1;
        }
        assert_eq!(rows, 5, "{text}");
    }
}

/// Groups of rules with unique names, each with an expression whose brackets close, a duration, labels and annotations.
#[test]
fn prometheus_takes_it() {
    let (_folder, path) = templates().remove(0);
    let rules = emitted(&path, "prometheus");
    let rules = rules["groups"][0]["rules"].as_array().unwrap();
    let alerts: Vec<&str> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
    assert_eq!(alerts, ["StreamsRateLimited", "StreamRetryDelay", "StreamMemoryAboveSafe", "StreamQueueFilling"]);
    let expressions: Vec<&str> = rules.iter().map(|rule| rule["expr"].as_str().unwrap()).collect();
    assert!(expressions[0].ends_with("> 0.1") && expressions[1].ends_with("> 60"), "{expressions:?}");
    assert!(expressions[2].ends_with("> 375809638"), "70 % of 512 MiB: {}", expressions[2]);
    assert!(expressions[3].ends_with("{workload=\"chat\"} > 204"), "70 % of 292: {}", expressions[3]);
    for rule in rules {
        let expression = rule["expr"].as_str().unwrap();
        for (open, close) in [('(', ')'), ('{', '}'), ('[', ']')] {
            assert_eq!(expression.matches(open).count(), expression.matches(close).count(), "{expression}");
        }
        let lasting = rule["for"].as_str().unwrap();
        assert!(lasting.ends_with('m') && lasting.trim_end_matches('m').parse::<u32>().is_ok(), "{lasting}");
        assert!(rule["labels"]["severity"].is_string() && rule["annotations"]["summary"].is_string());
    }
}

/// Names that mean something to YAML, to PromQL or to a shell stay names.
#[test]
fn awkward_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.toml");
    let names = ["no", "a \"b\" \\ {c}", "ä: - #", "a-b", "a b"];
    let workloads =
        names.map(|name| format!("[[workload]]\nname = {}\narrival = 1\nduration = 1\nwait = 9\n", Value::from(name)));
    std::fs::write(&path, workloads.concat()).unwrap();
    let path = path.to_str().unwrap();
    schema::check(&serde_json::from_str(&said(&[path, "--json"])).unwrap());
    let text = said(&[path, "--emit", "prometheus"]);
    let rules: Value = serde_saphyr::from_str(&text).unwrap();
    let labels: Vec<&str> = rules["groups"][0]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|rule| rule["labels"]["workload"].as_str())
        .collect();
    assert_eq!(labels, names);
    let manifest: Value = serde_saphyr::from_str(&said(&[path, "--emit", "kubernetes"])).unwrap();
    let variables = manifest["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap().clone();
    let mut unique: Vec<String> = variables.iter().map(|variable| variable["name"].to_string()).collect();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), 10, "concurrency and queue depth of five");
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, value)| {
            found.insert(key.clone());
            keys(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

proptest! {
    /// Whatever the names are, read from a plan or, past its reader, put into it: what is emitted has our keys and no others, and the
    /// comments above it end where they should.
    #[test]
    fn emitted_yaml_has_only_our_keys(name in any::<String>(), model in any::<String>(), separator in any::<char>()) {
        let read = |name: &str, model: &str| {
            let (name, model) = (Value::from(name), Value::from(model));
            let text = format!("[[workload]]\nname = {name}\nmodel = {model}\narrival = 9\nduration = 1\nwait = 9\n[limits]\nrpm = 60\n");
            file::read(&text.replace('\u{7f}', "\\u007f"), None)
        };
        let emitted = |inputs: &Inputs| {
            let plan = Plan::of(inputs.clone(), jiff::civil::date(2026, 11, 1));
            [report::kubernetes(&plan), report::prometheus(&plan)]
        };
        let keys_of = |text: &str| {
            let mut found = BTreeSet::new();
            keys(&serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}")), &mut found);
            found
        };
        let good = read("good", "model").unwrap();
        let ours = emitted(&good).map(|text| keys_of(&text));
        let awkward = [name.clone(), format!("{name}{separator}injected: true"), format!("{name}\u{2028}injected: true\u{2028}\"x\": 1")];
        for name in awkward {
            let mut past_the_reader = good.clone();
            past_the_reader.workloads[0].name.clone_from(&name);
            past_the_reader.workloads[0].model = Some(model.clone());
            for inputs in std::iter::once(past_the_reader).chain(read(&name, &model).ok()) {
                for (text, ours) in emitted(&inputs).iter().zip(&ours) {
                    prop_assert!(!text.replace('\n', "").contains(is_unsafe), "{:?}", text);
                    prop_assert_eq!(&keys_of(text), ours, "{}", text);
                }
            }
        }
    }
}

#[test]
fn a_folder_gets_the_page_and_the_pictures() {
    let (folder, path) = templates().remove(0);
    let out = folder.path().join("a/plan");
    said(&[&path, "--out", out.to_str().unwrap()]);
    let read = |name: &str| std::fs::read(out.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let page = String::from_utf8(read("plan.md")).unwrap();
    for name in ["utilisation", "memory-against-concurrency", "cost-against-concurrency"] {
        assert!(page.contains(&format!("({name}.svg)")), "{page}");
        assert!(String::from_utf8(read(&format!("{name}.svg"))).unwrap().contains("<svg"));
        assert!(read(&format!("{name}.png")).starts_with(b"\x89PNG"));
    }
    schema::check(&serde_json::from_slice(&read("plan.json")).unwrap());
    let refused = run(&[&path, "--out", "/proc/nowhere"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--out"));
    assert!(Path::new(&path).exists());
}
