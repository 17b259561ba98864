//! A plan played through: what the simulation gives takes its place in the plan, and what it cannot play is a doubt and no refusal.

use super::schema;
use jiff::civil::date;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use stream_probe::plan::simulate::Balancing;
use stream_probe::plan::{Headway, MOST_ARRIVALS, Plan, PlanDoubt, Play, PlayError, Simulated, file, play};

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
    let cases: [&[&str]; 4] =
        [&["--p95", "46.4"], &["--p95", "12"], &["--retry", "99%", "--headroom", "3"], &["--replicas", "1000"]];
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
    play(&plan(text), how, &mut |_, _| {}).unwrap()
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
        play(&plan, how, &mut |_, _| {}).unwrap().workloads[0].limited_share
    };
    assert_eq!([limited("tpm = 1000000"), limited("concurrent = 1000"), limited("tpd = 1000")], [0.0; 3]);
    for half in ["tpm = 60000", "concurrent = 10"] {
        let share = limited(half);
        assert!((0.4..0.65).contains(&share), "{half}: {share}");
    }
}

fn how(arrivals: u64) -> Play {
    Play { arrivals, seed: 1, bursts: None, balancing: Balancing::LeastBusy }
}

/// The plan with what playing it gave, and what that speaks against.
fn judged(text: &str, arrivals: u64) -> (Simulated, Vec<PlanDoubt>) {
    let plan = plan(text);
    let before = plan.doubts.len();
    let simulated = play(&plan, how(arrivals), &mut |_, _| {}).unwrap();
    let plan = plan.with_simulation(simulated);
    schema::check(&serde_json::from_str(&stream_probe::report::plan::json(&plan).unwrap()).unwrap());
    (plan.simulated.clone().unwrap(), plan.doubts[before..].to_vec())
}

fn workload(name: &str, lines: &str) -> String {
    format!("[[workload]]\nname = \"{name}\"\n{lines}\n")
}

/// Erlang's loss formula by its recursion (Iversen, section 7.3.1).
fn erlang_b(erlangs: f64, servers: u32) -> f64 {
    (1..=servers).fold(1.0, |b, k| erlangs * b / (f64::from(k) + erlangs * b))
}

/// The wait of one workload holds although another says nothing of its own: 11 slots for 9.9 streams make everyone wait long, and those
/// that may wait 2 s are refused then.
#[test]
fn a_workload_waits_no_longer_than_it_may_whatever_the_others_do() {
    let text = workload("chat", "arrival = 5\nduration = 1\nheadroom = 1.0\nwait = 2")
        + &workload("batch", "arrival = 4.9\nduration = 1\nheadroom = 1.0");
    let (simulated, doubts) = judged(&text, 100_000);
    let [chat, batch] = &simulated.workloads[..] else { panic!("{simulated:?}") };
    assert!(chat.waiting_seconds_p99 <= 2.002, "{chat:?}");
    assert!(chat.abandoned_share > 0.001 && batch.refused_share() == 0.0, "{simulated:?}");
    assert_eq!((chat.tolerated.seconds, chat.tolerated.assumed), (2.0, false));
    assert_eq!((batch.tolerated.seconds, batch.tolerated.assumed), (1.0, true), "its mean duration");
    assert_eq!(simulated.headway, Headway::TooMean);
    assert!(doubts.iter().any(|doubt| matches!(doubt, PlanDoubt::Refused { workload, .. } if workload == "chat")));
    let words = stream_probe::report::plan::text(&plan(&text).with_simulation(simulated));
    assert!(words.contains("taken to be well: 1 s for batch."), "{words}");
    assert!(!words.contains("about right"), "{words}");
}

/// With no wait at all, 2 slots for 1.9 streams have a p95 of many streams' lives, which nobody asked for.
#[test]
fn without_a_wait_long_waits_are_doubted_all_the_same() {
    let text = workload("w", "arrival = 1.9\nduration = 1\nheadroom = 1.0");
    let (simulated, doubts) = judged(&text, 100_000);
    // ln(C(2, 1.9) / 0.05) / 0.1 with C = a^2 / (2 + a) = 0.926 (Adan and Resing, section 5.2).
    let exact = f64::ln(1.9 * 1.9 / 3.9 / 0.05) / 0.1;
    let own = &simulated.workloads[0];
    let interval = own.waiting_seconds_p95_interval;
    assert!(interval.low <= exact && interval.high.is_none_or(|high| exact <= high), "{exact} in {own:?}");
    assert_eq!(simulated.headway, Headway::TooMean);
    let [PlanDoubt::WaitsTooLong { workload, seconds, tolerated_seconds, assumed }] = &doubts[..] else {
        panic!("{doubts:?}")
    };
    assert_eq!((workload.as_str(), *seconds, *tolerated_seconds, *assumed), ("w", own.waiting_seconds_p95, 1.0, true));
    // A batch may take its 24 hours.
    let (batch, doubts) = judged(&(text + "batch = true\n"), 100_000);
    assert_eq!((batch.headway, &doubts[..]), (Headway::Right, &[][..]));
}

/// As many streams as slots, or more: whatever the run says is its own length.
#[test]
fn full_load_has_no_steady_state() {
    for (text, load) in [
        (workload("w", "arrival = 8\nduration = 1\nheadroom = 1"), 1.0),
        (workload("w", "arrival = 10\nduration = 1") + "[process]\nmax_streams = 8\n", 1.25),
    ] {
        let (simulated, doubts) = judged(&text, 20_000);
        assert_eq!((simulated.headway, simulated.steady), (Headway::Unsettled, false), "{simulated:?}");
        assert_eq!((simulated.slots, simulated.requests_to_settle), (8, None));
        let [PlanDoubt::NoSteadyState { load: told }] = doubts[..] else { panic!("{doubts:?}") };
        assert!((told - load).abs() < 1e-12);
        // Who leaves after a while makes it steady, at the price of those.
        let waits =
            workload("w", "arrival = 10\nduration = 1\nheadroom = 1\nwait = 5") + "[process]\nmax_streams = 8\n";
        let (bounded, doubts) = judged(&waits, 20_000);
        assert_eq!((bounded.headway, bounded.steady), (Headway::TooMean, true));
        let lost = bounded.workloads[0].refused_share();
        assert!((lost - 0.2).abs() < 0.02, "8 of 10 can be served, and {lost} are lost");
        assert!(matches!(doubts[..], [PlanDoubt::Refused { .. }]), "{doubts:?}");
    }
}

/// A single slot that is used to 97 %: the exact p95 is `ln(0.97 / 0.05) / 0.03` = 98.8 s, and a run that was asked to be short is lengthened.
#[test]
fn near_full_load_the_wait_is_in_its_interval_and_doubted() {
    let (simulated, doubts) = judged(&workload("w", "arrival = 0.97\nduration = 1\nheadroom = 1"), 1_000);
    let exact = f64::ln(0.97 / 0.05) / 0.03;
    let interval = simulated.workloads[0].waiting_seconds_p95_interval;
    assert!(simulated.requests > 1_000_000, "it was played longer than asked for: {simulated:?}");
    assert!(
        interval.low <= exact && interval.high.is_some_and(|high| exact <= high && high < 2.0 * exact),
        "{interval:?}"
    );
    assert!(matches!(doubts[..], [PlanDoubt::WaitsTooLong { .. }]), "{doubts:?}");

    // At 99.9 % 1.2 thousand million requests would tell. Nothing is known of the wait but that it is long.
    let model = plan(&workload("w", "arrival = 0.999\nduration = 1\nheadroom = 1\nwait = \"10h\""));
    let length = play(&model, how(1_000), &mut |requests, _| assert!(requests <= 3_300_000)).unwrap();
    assert_ne!(length.headway, Headway::Right);
    let doubts = model.with_simulation(length).doubts;
    assert!(
        doubts.iter().any(|doubt| matches!(doubt, PlanDoubt::WaitsUnsettled { needed: Some(_), .. })),
        "{doubts:?}"
    );
}

/// A process that may hold 8 streams is played with 8, whatever Little's law asks for.
#[test]
fn no_more_streams_are_played_than_a_process_may_hold() {
    let text = workload("w", "arrival = 10\nduration = 1\nwait = 0") + "[process]\nmax_streams = 8\nreplicas = 2\n";
    let (simulated, _) = judged(&text, 100_000);
    assert_eq!((simulated.slots, simulated.slots_planned), (16, 16));
    let text = text.replace("replicas = 2", "replicas = 1");
    let (simulated, _) = judged(&text, 100_000);
    assert_eq!((simulated.slots, simulated.slots_planned, simulated.running_peak), (8, 15, 8));
    let words = stream_probe::report::plan::text(&plan(&text).with_simulation(simulated.clone()));
    assert!(words.contains("a gate of 8 streams a process"), "{words}");
    assert!(words.contains("the slots that max_streams leaves of 15 planned are too few here."), "{words}");
    let exact = erlang_b(10.0, 8);
    assert!((simulated.workloads[0].shed_share / exact - 1.0).abs() < 0.03, "{simulated:?} for {exact}");
}

/// `wait = 0` is no queue at all, in a file and as an option: Erlang's loss system, and 33 slots for 30 streams lose 8 %.
#[test]
fn no_wait_is_no_queue() {
    let (simulated, doubts) =
        judged(&workload("w", "arrival = 2.5\nduration = 12\nheadroom = 1.1\nwait = \"0s\""), 200_000);
    let own = &simulated.workloads[0];
    assert_eq!(
        (own.waiting_seconds_p99, own.waiting_seconds_p99_interval.high, own.abandoned_share),
        (0.0, Some(0.0), 0.0)
    );
    let exact = erlang_b(30.0, 33);
    assert!((own.shed_share / exact - 1.0).abs() < 0.05, "{own:?} for {exact}");
    assert!(matches!(&doubts[..], [PlanDoubt::Refused { .. }]), "{doubts:?}");

    let output = run(&["--arrival", "2.5", "--duration", "12", "--wait", "0", "--simulate", "1000"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.starts_with("workload: 45 streams at once, 225 requests a minute, no queue."), "{text}");
    let alerts =
        run(&["--arrival", "2.5", "--duration", "12", "--wait", "0", "--simulate", "0", "--emit", "prometheus"]);
    assert!(
        !String::from_utf8_lossy(&alerts.stdout).contains("StreamQueueFilling"),
        "a queue without places does not fill"
    );
}

/// Whatever is asked for comes to an end.
#[test]
fn what_would_never_end_is_refused_or_doubted() {
    let sparse = run(&["--arrival", "1e-9", "--duration", "12", "--bursts", "3"]);
    let text = String::from_utf8_lossy(&sparse.stdout);
    assert_eq!(sparse.status.code(), Some(0));
    assert!(
        text.contains("bursts and quiet times would have to be played") && text.contains("leave the bursts out"),
        "{text}"
    );
    let huge = run(&["--arrival", "1000", "--duration", "1", "--bursts", "1e300"]);
    let text = String::from_utf8_lossy(&huge.stdout);
    assert!(text.contains("a single burst is") && text.contains("give smaller bursts"), "{text}");
    for (requests, words) in
        [("18446744073709551615", "at most 100,000,000 requests"), ("-1", "from 0"), ("1e6", "1000000")]
    {
        let refused = run(&["--arrival", "1", "--duration", "1", "--simulate", requests]);
        let text = String::from_utf8_lossy(&refused.stderr);
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{text}");
        assert!(text.contains(words), "{text}");
    }
    let beyond = play(&plan(&workload("w", "arrival = 1\nduration = 1")), how(MOST_ARRIVALS + 1), &mut |_, _| {});
    assert!(matches!(beyond, Err(PlayError::TooLong { .. })));
}

/// A run of one request, which has not come when it ends, says nothing of waits.
#[test]
fn a_run_without_a_stream_knows_nothing_of_waits() {
    let (simulated, doubts) = judged(&workload("w", "arrival = 1e-9\nduration = 12"), 1);
    let own = &simulated.workloads[0];
    assert_eq!((simulated.headway, own.waiting_seconds_p95_interval.high), (Headway::Unsettled, None), "{simulated:?}");
    assert!(matches!(doubts[..], [PlanDoubt::WaitsUnsettled { .. }]), "{doubts:?}");
}

/// How far a run is, is told from its beginning to its end.
#[test]
fn a_run_tells_how_far_it_is() {
    let mut told: Vec<(u64, f64)> = Vec::new();
    let plan = plan(&workload("w", "arrival = 1\nduration = 1"));
    play(&plan, how(5_000), &mut |requests, share| told.push((requests, share))).unwrap();
    assert!(told.len() > 500 && told.is_sorted_by_key(|(_, share)| *share), "{}", told.len());
    assert!(told.iter().all(|(requests, _)| *requests == told[0].0) && told[0].0 >= 5_500);
    assert!(told[0].1 < 0.01 && told[told.len() - 1].1 == 1.0);
}

/// A long run says how long it takes, and Ctrl-C ends it.
#[test]
fn a_long_run_is_announced_and_can_be_ended() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_probe"))
        .args(["plan", "--arrival", "10", "--duration", "1", "--simulate", "100000000"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(
        line.starts_with("playing 110,000,000 requests: about ") && line.contains(" left (Ctrl-C ends it"),
        "{line}"
    );
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id() as i32), nix::sys::signal::Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(nix::sys::signal::Signal::SIGINT as i32));
}
