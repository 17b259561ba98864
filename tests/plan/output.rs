//! The program's output: the template is a plan, JSON meets its schema, configuration is what its engine takes, files are written.

use super::schema;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

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
