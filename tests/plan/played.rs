//! A plan played through: what the simulation gives takes its place in the plan, and what it cannot play is a doubt and no refusal.

use super::schema;
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
        schema::check(&json);
        assert_eq!(json["simulation"], Value::Null);
        let doubts = json["doubts"].as_array().unwrap();
        let doubt = doubts.iter().find(|doubt| doubt["kind"] == "not-played").unwrap();
        assert_eq!(doubt["workload"].as_str(), workload);

        let unasked = run(&[&arguments[..], &["--simulate", "0"]].concat());
        assert!(!String::from_utf8_lossy(&unasked.stdout).contains("not played through"), "it was not asked for");
    }
}

/// 1,000 a second for ten times the two hours of a stream are 72 million requests before anything is measured; the answer does not wait
/// for them.
#[test]
fn a_fleet_that_does_not_come_to_rest_is_planned_and_doubted() {
    for (flags, requests) in [
        (["--arrival", "1000", "--duration", "2h"], "72,000,000 requests"),
        (["--arrival", "1e15", "--duration", "1e15"], "requests would come"),
    ] {
        let output = run(&flags);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("The plan was not played through") && text.contains(requests), "{text}");
        assert!(text.contains("20,000,000 at most are simulated for that: plan a part of the traffic."), "{text}");
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

fn plan(text: &str) -> Plan {
    Plan::of(file::read(text, None).unwrap_or_else(|error| panic!("{error}")), date(2026, 11, 1))
}

/// 400,000 requests of a plan, Poisson, from a seed.
fn played(text: &str) -> Simulated {
    let how = Play { arrivals: 400_000, seed: 1, bursts: None, balancing: Balancing::LeastBusy };
    play(&plan(text), how).unwrap()
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

/// Open streams that none is kept from are Poisson (M/G/infinity; Kleinrock volume 1, section 3.4): about 2 of them at 50 MB each on a
/// base of 100 MB. The fourth passes 280 MB, 70 % of the limit of 400 MB, and the seventh the limit.
#[test]
fn memory_above_the_limit_is_told() {
    let above = |most: i32| {
        1.0 - (0..=most).map(|n| (-2f64).exp() * 2f64.powi(n) / (1..=n).map(f64::from).product::<f64>()).sum::<f64>()
    };
    let text = |limit: u64| {
        format!(
            "[[workload]]\nname = \"w\"\narrival = \"10/min\"\nduration = 12\nheadroom = 10\n[memory]\nbase = 100000000\n\
             per_stream = 50000000\n[process]\nmemory_limit = {limit}\n"
        )
    };
    let simulated = played(&text(400_000_000));
    let near = |have: Option<f64>, want: f64, tolerance: f64| {
        assert!((have.unwrap() / want - 1.0).abs() < tolerance, "{have:?} for {want}: {simulated:?}");
    };
    near(simulated.share_of_time_above_safe, above(3), 0.02);
    near(simulated.share_of_time_above_limit, above(6), 0.1);
    near(simulated.peak_memory_bytes_p99, 400e6, 0.002);
    let most = simulated.peak_memory_bytes.unwrap();
    assert!(most > 450e6 - 1.0 && (most / 50e6 - (most / 50e6).round()).abs() < 1e-6, "{most}");
    let words = stream_probe::report::plan::text(&plan(&text(400_000_000)).with_simulation(simulated));
    assert!(words.contains("of the time: the container is killed the first time"), "{words}");

    let roomy = played(&text(4_000_000_000));
    assert_eq!((roomy.share_of_time_above_limit, roomy.peak_memory_bytes), (Some(0.0), Some(most)));
    let words = stream_probe::report::plan::text(&plan(&text(4_000_000_000)).with_simulation(roomy));
    assert!(words.contains("It is never above the limit itself."), "{words}");
}

/// What memory stayed below most of the time is not above the most that it was, though it comes from a histogram.
#[test]
fn the_most_is_the_most() {
    let simulated = played(
        "[[workload]]\nname = \"w\"\narrival = 1\nduration = 1\nheadroom = 10\n[memory]\nbase = 100000001\nper_stream = \"1B\"\n",
    );
    let (p99, most) = (simulated.peak_memory_bytes_p99.unwrap(), simulated.peak_memory_bytes.unwrap());
    assert!(p99 <= most && most <= 100_000_011.0, "{p99} and {most}");
    assert_eq!(
        (simulated.share_of_time_above_safe, simulated.share_of_time_above_limit),
        (None, None),
        "without a limit"
    );
}

/// 2 a second for 10 s are 20 streams of 6,000 tokens a minute in and out each: half of that lets about half through, and a day's
/// tokens are judged and not played.
#[test]
fn tokens_together_and_requests_at_once_are_played() {
    let limited = |limit: &str| {
        let text = format!(
            "[[workload]]\narrival = 2\nduration = 10\nheadroom = 2\ninput_tokens = 900\noutput_tokens = 100\n[limits]\n{limit}\n"
        );
        let plan = Plan::of(file::read(&text, None).unwrap(), date(2026, 11, 1));
        let how = Play { arrivals: 20_000, seed: 1, bursts: None, balancing: Balancing::LeastBusy };
        play(&plan, how).unwrap().workloads[0].limited_share
    };
    assert_eq!([limited("tpm = 1000000"), limited("concurrent = 1000"), limited("tpd = 1000")], [0.0; 3]);
    for half in ["tpm = 60000", "concurrent = 10"] {
        let share = limited(half);
        assert!((0.4..0.65).contains(&share), "{half}: {share}");
    }
}
