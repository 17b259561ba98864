//! What follows from a plan: the inverse questions hold when asked forward, and what is said to help was tried.

mod plan_schema;

use jiff::civil::date;
use proptest::prelude::*;
use stream_probe::plan::{Band, Change, Inputs, Plan, Resource, Sizing, Verdict, cost_line, file};
use stream_probe::units::{Bytes, MIB};

fn inputs(text: &str) -> Inputs {
    file::read(text, None).unwrap_or_else(|error| panic!("{error}"))
}

fn plan(inputs: Inputs) -> Plan {
    Plan::of(inputs, date(2026, 11, 1))
}

fn chat(arrival: f64, limit: &str) -> String {
    format!(
        "[[workload]]\nname = \"chat\"\narrival = {arrival:?}\nduration = 12\nretry = \"8%\"\nheadroom = 1.5\nmodel = \"claude-sonnet-5\"\n\
         input_tokens = 1500\noutput_tokens = 800\n[process]\nmemory_limit = \"{limit}\"\n[memory]\nbase = \"90MiB\"\n\
         per_stream = \"0.7MiB +- 20%\"\n[account]\ntier = \"start\"\n"
    )
}

fn measured() -> Inputs {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/output/gallery/24-streams/cost.json");
    let lines = cost_line::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    let text = "[[workload]]\nname = \"jobs\"\narrival = 10\nduration = 40\nheadroom = 1.5\nbatch = true\n\
                [process]\nmode = \"retain\"\nmemory_limit = \"100MiB\"\n";
    file::read(text, Some(&lines)).unwrap()
}

proptest! {
    /// At the largest arrival rate a limit is just kept, and a little above it is not.
    #[test]
    fn the_largest_arrival_rate_is_the_largest(arrival in 0.05..20.0f64, mebibytes in 128..4096u32) {
        let limit = format!("{mebibytes}MiB");
        let asked = plan(inputs(&chat(arrival, &limit)).narrowed());
        for most in &asked.inverse.workloads[0].arrivals {
            for (rate, share) in [(most.at_safe, 0.7), (most.at_limit, 1.0)] {
                let at = |rate: f64| {
                    let sizing = Sizing::of(&inputs(&chat(rate, &limit)));
                    let limit = sizing.together.limits.into_iter().find(|l| l.resource == most.resource).unwrap();
                    limit.share().high
                };
                prop_assert!(at(rate) <= share * (1.0 + 1e-9), "{:?} at {}: {}", most.resource, rate, at(rate));
                // One stream more is a step of memory; a rate has none.
                let more = if most.resource == Resource::Memory { rate + 1.001 / (1.08 * 1.5 * 12.0) } else { rate * 1.001 };
                prop_assert!(at(more) > share, "{:?} at {}: {}", most.resource, more, at(more));
            }
        }
    }

    /// So many streams are below 70 %, and one more is not; the container that is said to be needed is just enough.
    #[test]
    fn concurrency_and_container(arrival in 0.05..20.0f64, mebibytes in 160..4096u32) {
        let limit = f64::from(mebibytes) * MIB;
        let planned = inputs(&chat(arrival, &format!("{mebibytes}MiB")));
        let line = planned.workloads[0].memory.clone().unwrap();
        let asked = plan(planned.clone());
        let streams = asked.inverse.workloads[0].concurrency_below_safe.unwrap();
        let share = |streams: f64| line.bytes(Band::exact(streams), None).high / limit;
        prop_assert!(share(streams) <= 0.7 && share(streams + 1.0) > 0.7, "{} streams", streams);
        let needed = asked.inverse.container_bytes.unwrap();
        for (bytes, verdict) in [(needed + 2.0, Verdict::Fits), (needed * 0.999, Verdict::Smells)] {
            let mut changed = planned.clone();
            changed.process.memory_limit = Some(Bytes(bytes as u64));
            prop_assert_eq!(Sizing::of(&changed).together.limits[0].verdict(), verdict);
        }
        if let Some(replicas) = asked.inverse.replicas {
            let fits = |replicas: u32| {
                let mut changed = planned.clone();
                changed.process.replicas = replicas;
                Sizing::of(&changed).together.limits[0].verdict() == Verdict::Fits
            };
            prop_assert!(fits(replicas) && (replicas == 1 || !fits(replicas - 1)), "{} replicas", replicas);
        }
    }

    /// Whatever is tried: applied to the inputs it gives what was said of it, and it helps.
    #[test]
    fn what_is_tried_is_true(arrival in 0.5..60.0f64, mebibytes in 64..512u32) {
        let planned = inputs(&chat(arrival, &format!("{mebibytes}MiB")));
        for remedy in plan(planned.clone()).remedies {
            prop_assert!(remedy.limit.verdict() != Verdict::Fits);
            for tried in &remedy.tried {
                let sizing = Sizing::of(&tried.change.applied(&planned).unwrap());
                let after = sizing.together.limits.iter().filter(|limit| limit.resource == remedy.limit.resource);
                let share = after.map(|limit| limit.share().high).fold(0.0, f64::max);
                prop_assert_eq!(tried.share.unwrap_or(0.0), share);
                prop_assert!(share < remedy.limit.share().high);
                prop_assert_eq!(tried.verdict, Verdict::of(share));
            }
            let verdicts: Vec<Verdict> = remedy.tried.iter().map(|tried| tried.verdict).collect();
            prop_assert!(verdicts.is_sorted());
        }
    }
}

/// 600 retained streams need 136 MiB, and dropped ones 20: to drop helps most, which is found and not known.
#[test]
fn to_drop_helps_most_where_it_was_measured() {
    let planned = measured();
    let asked = plan(planned.clone());
    assert_eq!(asked.verdict(), Verdict::DoesNotFit);
    let tried = &asked.remedies[0].tried;
    assert_eq!(tried[0].change, Change::Batches { workload: "jobs".to_owned() }, "{tried:#?}");
    assert_eq!(tried[0].share, None, "nothing is left to stream");
    assert_eq!(tried[1].change, Change::Drop);
    assert!(tried[1].share.unwrap() < 0.25);
    let kinds: Vec<bool> = tried.iter().map(|tried| matches!(tried.change, Change::Less { .. })).collect();
    assert_eq!(kinds.iter().position(|less| *less), Some(tried.len() - 1), "to let less in comes last");
    // With a base that alone is above 70 %, neither replicas nor fewer streams help.
    let mut tiny = planned;
    tiny.process.memory_limit = Some(Bytes(10 << 20));
    let asked = plan(tiny);
    assert_eq!(asked.inverse.replicas, None);
    assert_eq!(asked.inverse.workloads[0].concurrency_below_safe, Some(0.0));
    assert!(
        asked.remedies[0]
            .tried
            .iter()
            .all(|tried| !matches!(tried.change, Change::Replicas { .. } | Change::Less { .. }))
    );
}

/// Long streams bind memory while requests sleep; long prompts bind input tokens first.
#[test]
fn both_shapes() {
    let binding = |text: &str| plan(inputs(text)).binding().unwrap().resource;
    let long_streams = "[[workload]]\narrival = 1\nduration = 180\nmodel = \"claude-opus-5\"\ninput_tokens = 500\noutput_tokens = 300\n";
    let long_prompts = "[[workload]]\narrival = 0.2\nduration = 15\nmodel = \"claude-opus-5\"\ninput_tokens = 120000\noutput_tokens = 300\n";
    let rest = "[process]\nmemory_limit = \"512MiB\"\n[memory]\nbase = \"90MiB\"\nper_stream = \"0.7MiB\"\n[account]\ntier = \"start\"\n";
    assert_eq!(binding(&format!("{long_streams}{rest}")), Resource::Memory);
    assert_eq!(binding(&format!("{long_prompts}{rest}")), Resource::Itpm);
}

/// The base of a shared process is counted once.
#[test]
fn workloads_share_a_process() {
    let two = "[[workload]]\nname = \"a\"\narrival = 1\nduration = 10\nheadroom = 1\n[[workload]]\nname = \"b\"\narrival = 2\nduration = 10\nheadroom = 1\n\
               [memory]\nbase = \"90MiB\"\nper_stream = \"1MiB\"\n";
    let sizing = Sizing::of(&inputs(two));
    assert_eq!(
        sizing.workloads.iter().map(|size| size.memory.unwrap().likely / MIB).collect::<Vec<_>>(),
        [100.0, 110.0]
    );
    assert_eq!(sizing.together.memory.unwrap().likely / MIB, 120.0);
    let mut spread = inputs(two);
    spread.process.replicas = 4;
    // 10 and 20 streams over 4 processes: 3 and 5 in the fullest.
    assert_eq!(Sizing::of(&spread).together.memory.unwrap().likely / MIB, 98.0);
}

#[test]
fn a_workload_split_by_class() {
    let text = "[[workload]]\nname = \"w\"\narrival = 10\nduration = 10\nheadroom = 1\nmodel = \"claude-opus-5\"\ninput_tokens = 1000\noutput_tokens = 500\n\
                classes = { simple = \"60%\", moderate = \"30%\", complex = \"10%\" }\n[account]\ntier = \"start\"\n\
                [routes]\nsimple = \"claude-haiku-4-5\"\nmoderate = \"claude-sonnet-5\"\ncomplex = \"claude-opus-5\"\n";
    let asked = plan(inputs(text));
    let route = &asked.routes[0];
    let streams: Vec<f64> = route.parts.iter().map(|part| part.size.concurrency.likely).collect();
    assert_eq!(streams, [60.0, 30.0, 10.0], "a gate of its own each");
    let rpm: Vec<f64> = route.parts.iter().map(|part| part.size.rpm.likely).collect();
    assert_eq!(rpm, [360.0, 180.0, 60.0]);
    let pools: Vec<_> = route.parts.iter().map(|part| part.size.pool.clone().unwrap()).collect();
    assert_eq!(pools, ["Haiku 4.5", "Sonnet 5", "Opus 5"]);
    // 864,000 requests a day: 60 % at $0.0035, 30 % at $0.007, 10 % at $0.0175, instead of all at $0.0175.
    let expected = 864_000.0 * (0.6 * 0.0035 + 0.3 * 0.007 + 0.1 * 0.0175);
    assert!((route.usd_per_day.unwrap() - expected).abs() < 1e-6);
    assert!(asked.money.usd_per_day.unwrap().likely > 2.0 * expected);
}

#[test]
fn it_hangs_most_on_the_widest_interval() {
    let text = chat(2.5, "160MiB")
        .replace("arrival = 2.5", "arrival = \"2.5 +- 1%\"")
        .replace("duration = 12", "duration = \"12s +- 50%\"");
    let swings = plan(inputs(&text)).swings;
    assert_eq!((swings[0].workload.as_deref(), swings[0].input, swings[0].given), (Some("chat"), "duration", true));
    assert!(swings.iter().any(|swing| swing.input == "memory line"));
    let none = plan(inputs("[[workload]]\narrival = 1\nduration = 1\n[limits]\nrpm = 100\n")).swings;
    assert!(none.iter().all(|swing| !swing.given) && none[0].input == "arrival");
}

#[test]
fn bands_hold_the_corner_cases() {
    let text = "[[workload]]\narrival = { low = 1, likely = 2, high = 4 }\nduration = \"10s +- 2s\"\nheadroom = 1\nwait = 10\n";
    let size = &Sizing::of(&inputs(text)).workloads[0];
    assert_eq!(size.concurrency, Band { low: 8.0, likely: 20.0, high: 48.0 });
    assert_eq!(size.queue_depth, Some(Band { low: 10.0, likely: 20.0, high: 40.0 }));
}

/// A simulation of the plan takes its place among the results, in words and in JSON.
#[test]
fn a_simulation_is_shown() {
    let simulated = stream_probe::plan::Simulated {
        conditions: "One hour of Poisson arrivals, seed 1.".to_owned(),
        workloads: vec![stream_probe::plan::SimulatedWorkload {
            name: "chat".to_owned(),
            waiting_seconds_p50: 0.0,
            waiting_seconds_p95: 1.5,
            waiting_seconds_p99: 4.0,
            shed_share: 0.013,
            limited_share: 0.002,
            gave_up_share: 0.0007,
        }],
        slots: 49,
        running_mean: 32.4,
        running_peak: 49,
        headway: stream_probe::plan::Headway::TooMean,
        littles_law_holds: true,
        peak_memory_bytes_p99: Some(130.0 * MIB),
        peak_memory_bytes: Some(161.0 * MIB),
        share_of_time_above_safe: Some(0.02),
        share_of_time_above_limit: Some(0.005),
    };
    let asked = plan(inputs(&chat(2.5, "160MiB"))).with_simulation(simulated);
    let text = stream_probe::report::plan::text(&asked);
    for words in [
        "1.5 s",
        "1.3 %",
        "0.07 %",
        "too mean",
        "130 MiB for 99 % of the time",
        "161 MiB is the most",
        "above 70 % of the limit for 2 % of the time",
        "above the limit itself for 0.5 % of the time: the container is killed",
    ] {
        assert!(text.contains(words), "'{words}' in:\n{text}");
        assert!(stream_probe::report::plan::markdown(&asked, &[]).contains(words), "'{words}' on the page");
    }
    let json: serde_json::Value = serde_json::from_str(&stream_probe::report::plan::json(&asked).unwrap()).unwrap();
    assert_eq!(json["simulation"]["workloads"][0]["shed_share"], 0.013);
    assert_eq!(json["simulation"]["peak_memory_bytes"], 161.0 * MIB);
    assert_eq!(json["simulation"]["share_of_time_above_limit"], 0.005);
    plan_schema::check(&json);
}
