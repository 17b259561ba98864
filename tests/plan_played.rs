//! A plan played through: what the simulation gives takes its place in the plan, and what it cannot play is a doubt and no refusal.

mod plan_schema;

use jiff::civil::date;
use serde_json::Value;
use std::process::{Command, Output};
use stream_probe::plan::simulate::Balancing;
use stream_probe::plan::{Headway, Plan, Play, Simulated, file, play};

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

/// 400,000 requests of a plan, Poisson, from a seed.
fn played(text: &str) -> Simulated {
    let inputs = file::read(text, None).unwrap_or_else(|error| panic!("{error}"));
    let how = Play { arrivals: 400_000, seed: 1, bursts: None, balancing: Balancing::LeastBusy };
    play(&Plan::of(inputs, date(2026, 11, 1)), how).unwrap()
}

/// 10 requests a second at 5 a second allowed, none of them sent again: half of them are lost, and neither many slots nor few are
/// right. Chance: 400,000 arrivals are exact to 0.16 %, and the share to 0.0008.
#[test]
fn a_plan_that_the_api_turns_away_is_not_about_right() {
    for headroom in [1.5, 20.0] {
        let of = |rpm: u32| {
            played(&format!(
                "[[workload]]\nname = \"w\"\narrival = 10\nduration = 1\nheadroom = {headroom:?}\n[limits]\nrpm = {rpm}\n"
            ))
        };
        let half = of(300);
        assert_eq!(half.headway, Headway::Limited, "{half:?}");
        let share = half.workloads[0].gave_up_share;
        assert!((share - 0.5).abs() < 0.0025, "{share}");
        assert_eq!(half.workloads[0].shed_share, 0.0, "nothing was said of a queue, so none is full");
        let whole = of(6000);
        assert_eq!(whole.workloads[0].gave_up_share, 0.0);
        let expected = if headroom > 2.0 { Headway::TooGenerous } else { Headway::Right };
        assert_eq!(whole.headway, expected, "{whole:?}");
    }
}

/// With retries half of them sleep first, in their slots; the API lets no more through for all that.
#[test]
fn nor_is_one_that_tries_again() {
    let text =
        "[[workload]]\nname = \"w\"\narrival = 10\nduration = 1\nretry = \"1%\"\nheadroom = 20\n[limits]\nrpm = 300\n";
    let simulated = played(text);
    assert_eq!(simulated.headway, Headway::Limited, "{simulated:?}");
    // Of the 5 a second that go through 1 % come again: 10.05 a second come, and 5.05 are lost.
    let share = simulated.workloads[0].gave_up_share;
    assert!((share - 5.05 / 10.05).abs() < 0.0025, "{share}");
}
