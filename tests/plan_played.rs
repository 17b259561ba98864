//! A plan played through: what the simulation gives takes its place in the plan, and what it cannot play is a doubt and no refusal.

mod plan_schema;

use serde_json::Value;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_probe")).arg("plan").args(arguments).output().unwrap()
}

/// Plans that size without a fault and that no simulation plays: the plan is printed all the same, and says why and what to do.
#[test]
fn what_cannot_be_played_is_planned_and_doubted() {
    let sized = ["--arrival", "2.5", "--duration", "12", "--headroom", "1.5"];
    let cases: [(&[&str], Option<&str>, &[&str]); 4] = [
        // 3.868 times the mean of 12 s is 46.4 s.
        (
            &["--p95", "60"],
            Some("workload"),
            &["In workload, no log-normal", "at most 3.868 times its mean (46.4 s here)"],
        ),
        (&["--p95", "5"], Some("workload"), &["a p95 of 5 s is below the mean of 12 s", "leave the p95 out"]),
        (&["--retry", "110%"], Some("workload"), &["110 % of the requests are sent once more", "chance below 100 %"]),
        (
            &["--replicas", "5000"],
            None,
            &["It has 5,000 replicas, and 1,000 at most are simulated", "a part of the traffic"],
        ),
    ];
    for (flags, workload, words) in cases {
        let arguments = [&sized[..], flags].concat();
        let output = run(&arguments);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{flags:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(text.starts_with("workload: "), "{text}");
        let doubt = text.lines().find(|line| line.contains("The plan was not played through")).expect(&text);
        words.iter().for_each(|words| assert!(doubt.contains(words), "'{words}' in {doubt}"));
        assert!(!text.contains("Simulated"), "{text}");

        let json: Value = serde_json::from_slice(&run(&[&arguments[..], &["--json"]].concat()).stdout).unwrap();
        plan_schema::check(&json);
        assert_eq!(json["simulation"], Value::Null);
        let doubts = json["doubts"].as_array().unwrap();
        let doubt = doubts.iter().find(|doubt| doubt["kind"] == "not-played").unwrap();
        assert_eq!(doubt["workload"].as_str(), workload);

        let unasked = run(&[&arguments[..], &["--simulate", "0"]].concat());
        assert!(!String::from_utf8_lossy(&unasked.stdout).contains("not played through"), "it was not asked for");
    }
}

/// The largest plans that the simulation does play.
#[test]
fn up_to_there_it_is_played() {
    let sized = ["--arrival", "2.5", "--duration", "12", "--simulate", "2000"];
    let cases: [&[&str]; 4] = [&["--p95", "46.4"], &["--p95", "12"], &["--retry", "99%"], &["--replicas", "1000"]];
    for flags in cases {
        let output = run(&[&sized[..], flags].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("Simulated") && !text.contains("not played through"), "{flags:?}: {text}");
    }
}
