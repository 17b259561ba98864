//! What follows from a plan: the inverse questions hold when asked forward, and what is said to help was tried.

use super::schema;
use jiff::civil::date;
use proptest::prelude::*;
use stream_probe::plan::{
    Band, Change, Help, Inputs, Interval, LimitUse, Plan, PlanDoubt, PoolName, Resource, Sizing, Tolerated, Tried,
    Verdict, cost_line, file,
};
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
    fn the_largest_arrival_rate_is_the_largest(arrival in 0.05..20.0f64, mebibytes in 160..4096u32) {
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

    /// Whatever is tried: applied to the inputs it gives what was said of it, it helps, and it stands in its place.
    #[test]
    fn what_is_tried_is_true(arrival in 0.5..60.0f64, mebibytes in 64..512u32) {
        let planned = inputs(&chat(arrival, &format!("{mebibytes}MiB")));
        let help = plan(planned.clone()).help;
        prop_assert!(help.troubled.iter().all(|limit| limit.verdict() != Verdict::Fits));
        for tried in &help.tried {
            let sizing = Sizing::of(&applied(&planned, tried));
            prop_assert_eq!(&sizing.together.limits, &tried.limits);
            let share = |limit: Option<&LimitUse>| limit.map_or(0.0, |limit| limit.share().high);
            prop_assert!(help.troubled.iter().any(|limit| share(tried.limit(limit)) < limit.share().high), "{}", tried.text());
        }
        let wrong = |tried: &Tried| (tried.verdict(), tried.lets_less_in(), tried.count(Verdict::DoesNotFit));
        prop_assert!(help.tried.is_sorted_by_key(wrong));
    }
}

fn applied(planned: &Inputs, tried: &Tried) -> Inputs {
    tried.changes.iter().fold(planned.clone(), |inputs, change| change.applied(&inputs).unwrap())
}

/// Three workloads of which two share a pool whose tokens are used 3.4 times over; all in `limit`, at $45,766 a day.
fn three(limit: &str) -> Inputs {
    let workload = |name: &str, arrival: f64, duration: u32, model: &str, input: u32, output: u32| {
        format!(
            "[[workload]]\nname = \"{name}\"\narrival = {arrival:?}\nduration = {duration}\nheadroom = 1.5\nmodel = \"{model}\"\n\
             input_tokens = {input}\noutput_tokens = {output}\n"
        )
    };
    let workloads = [
        workload("chat", 2.5, 12, "claude-sonnet-5", 1500, 800),
        workload("rag", 3.0, 20, "claude-opus-5", 12_000, 600),
        workload("agents", 2.0, 90, "claude-opus-5", 20_000, 1500),
    ];
    let rest = "[memory]\nbase = \"90MiB\"\nper_stream = \"0.7MiB\"\n[account]\ntier = \"start\"\n";
    inputs(&format!("{}[process]\nmemory_limit = \"{limit}\"\n{rest}", workloads.concat()))
}

fn headline(plan: &Plan) -> String {
    stream_probe::report::plan::headlines(plan).pop().unwrap()
}

/// To send one of two workloads to another model frees its own limit and leaves the pool's exceeded: it is not what helps.
#[test]
fn what_helps_is_what_makes_everything_fit() {
    let asked = plan(three("1GiB"));
    let tried = &asked.help.tried;
    let helps_one_limit_alone = |tried: &Tried| {
        let [Change::Model { .. }] = tried.changes[..] else { return false };
        asked.help.troubled.iter().any(|limit| tried.limit(limit).is_none_or(|after| after.verdict() == Verdict::Fits))
            && !tried.all_fits()
    };
    assert!(tried.iter().any(helps_one_limit_alone), "the fault can be made here");
    let best = asked.help.best().unwrap();
    assert_eq!((best.text().as_str(), best.all_fits()), ("another tier: scale", true));
    let says = "What makes everything fit: another tier: scale; then input tokens a minute (Opus 5) binds, 68.4 %.";
    assert_eq!(headline(&asked), says);
    for emitted in [stream_probe::report::plan::kubernetes(&asked), stream_probe::report::plan::prometheus(&asked)] {
        assert!(emitted.contains(&format!("# {}\n", headline(&asked))), "{emitted}");
    }
}

/// With another tier tokens fit and memory does not; with a larger container it is the other way round.
#[test]
fn where_no_single_change_suffices_two_are_tried() {
    let mut planned = three("512MiB");
    // Without prices it is what is to be changed that counts.
    planned.workloads.iter_mut().for_each(|workload| workload.output = None);
    let asked = plan(planned.clone());
    let (best, tried) = (asked.help.best().unwrap(), &asked.help.tried);
    assert!(tried.iter().all(|tried| tried.steps().len() == 2 || tried.lets_less_in() || !tried.all_fits()));
    assert!(best.all_fits() && best.steps().len() == 2, "{}", best.text());
    assert_eq!(Sizing::of(&applied(&planned, best)).together.limits, best.limits);
    assert!(
        headline(&asked).starts_with("No single change that was tried makes everything fit. What does: "),
        "{}",
        headline(&asked)
    );
    let scale = |tried: &&Tried| tried.changes.contains(&Change::Tier { tier: "scale".to_owned() });
    assert_eq!(tried.iter().find(scale).unwrap().text(), "another tier: scale, and a memory limit of 576 MiB");
    let json: serde_json::Value = serde_json::from_str(&stream_probe::report::plan::json(&asked).unwrap()).unwrap();
    assert_eq!(json["help"]["single_change_suffices"], false);
    assert_eq!(json["help"]["tried"][0]["text"], best.text());
    schema::check(&json);
}

/// The base alone is above 70 %, the limits are the user's own: nothing suffices, and that is said.
#[test]
fn where_nothing_suffices_that_is_said() {
    let text = "[[workload]]\narrival = 1\nduration = 10\ninput_tokens = 9\noutput_tokens = 9\n[limits]\nrpm = 50\n";
    let asked = plan(inputs(text));
    let less = "Nothing that was tried makes everything fit but to let less in: at most 6 streams at once, for 39 % of the traffic";
    assert!(headline(&asked).starts_with(less), "{}", headline(&asked));
    let asked = plan(inputs(&format!("{text}max_streams = 1\n").replace("max_streams", "[process]\nmax_streams")));
    assert!(
        headline(&asked)
            .contains("What helps most: 22 replicas; then 1 limit does not fit, and requests a minute binds, 180 %."),
        "{}",
        headline(&asked)
    );
    let base = "[process]\nmemory_limit = \"100MiB\"\n[memory]\nbase = \"90MiB\"\nper_stream = \"1MiB\"\n";
    let asked = plan(inputs(&format!("{text}{base}")));
    assert!(asked.help.less().is_none());
    assert!(
        headline(&asked)
            .starts_with("Nothing that was tried makes everything fit. What helps most: a memory limit of 192 MiB;"),
        "{}",
        headline(&asked)
    );
}

/// Of several tiers that suffice the smallest is named first, and the others after it.
#[test]
fn the_smallest_tier_that_suffices() {
    let mut planned = three("1GiB");
    planned.workloads.retain(|workload| workload.name != "agents");
    let asked = plan(planned);
    let text = stream_probe::report::plan::text(&asked);
    assert!(text.contains("another tier: build (or scale)"), "{text}");
    assert!(headline(&asked).contains("another tier: build; then"), "{}", headline(&asked));
}

/// So many workloads of 60 requests a minute each with these input tokens, all on one model.
fn alike(names: &[&str], model: &str, tokens: u32, tier: &str) -> Inputs {
    let workload = |name: &&str| {
        format!(
            "[[workload]]\nname = \"{name}\"\narrival = 1\nduration = 10\nheadroom = 1\nmodel = \"{model}\"\n\
             input_tokens = {tokens}\noutput_tokens = 100\n"
        )
    };
    let workloads: String = names.iter().map(workload).collect();
    inputs(&format!("{workloads}[account]\ntier = \"{tier}\"\n"))
}

/// Either of two may leave the pool, for any other model: the cheapest is in front, and all are one line.
#[test]
fn of_what_fits_the_cheapest_is_first_and_like_ones_are_one_line() {
    let asked = plan(alike(&["a", "b"], "claude-opus-5", 14_000, "start"));
    let fit: Vec<&Tried> = asked.help.tried.iter().filter(|tried| tried.all_fits() && !tried.lets_less_in()).collect();
    let usd: Vec<f64> = fit.iter().map(|tried| tried.usd_per_day.unwrap()).collect();
    assert!(usd.len() > 10 && usd.is_sorted() && usd[0] < usd[usd.len() - 1], "{usd:?}");
    let now = asked.money.usd_per_day.unwrap().likely;
    assert!(usd[0] < now && headline(&asked).contains(" a day instead of $"), "{}", headline(&asked));
    let text = stream_probe::report::plan::text(&asked);
    let table: Vec<&str> = text.lines().filter(|line| line.starts_with(" send ")).collect();
    assert!(matches!(table[..], [line] if line.contains("(or claude-") && line.contains(" more)")), "{table:?}");
}

/// No one of three frees enough, but all three fit into a larger pool: that is one change, and one line.
#[test]
fn one_change_for_several_workloads_is_one_step() {
    let asked = plan(alike(&["a", "b", "c"], "claude-opus-4-8", 15_300, "legacy/tier-4"));
    let best = asked.help.best().unwrap();
    assert_eq!((best.text().as_str(), best.steps().len()), ("send a, b and c to claude-haiku-4-5", 1));
    assert!(headline(&asked).starts_with("What makes everything fit: send a, b and c to claude-haiku-4-5; then "));
}

/// Hundreds of workloads in one pool: what is tried is bounded, and it is said.
#[test]
fn trying_is_bounded() {
    let workload = |number: u32| {
        format!(
            "[[workload]]\nname = \"w{number}\"\narrival = 1\nduration = 10\nmodel = \"claude-opus-5\"\ninput_tokens = 1000\n"
        )
    };
    let workloads: String = (0..400).map(workload).collect();
    let help = Help::of(&inputs(&format!("{workloads}[account]\ntier = \"start\"\n")));
    assert!(help.is_cut_off && help.tried.len() < 60 && help.best().is_some() && help.less().is_some());
}

/// 600 retained streams need 136 MiB, and dropped ones 20: to drop helps most, which is found and not known.
#[test]
fn to_drop_helps_most_where_it_was_measured() {
    let planned = measured();
    let asked = plan(planned.clone());
    assert_eq!(asked.verdict(), Verdict::DoesNotFit);
    let tried = &asked.help.tried;
    let memory = |tried: &Tried| tried.limit(&asked.help.troubled[0]).map(|after| after.share().high);
    assert_eq!(tried[0].changes, [Change::Drop], "{tried:#?}");
    assert!(memory(&tried[0]).unwrap() < 0.25);
    let batches =
        tried.iter().find(|tried| tried.changes == [Change::Batches { workload: "jobs".to_owned() }]).unwrap();
    assert_eq!(memory(batches), None, "nothing is left to stream");
    let less: Vec<bool> = tried.iter().map(Tried::lets_less_in).collect();
    assert_eq!(less.iter().position(|less| *less), Some(tried.len() - 1), "to let less in comes last");
    // With a base that alone is above 70 %, neither replicas nor fewer streams help.
    let mut tiny = planned;
    tiny.process.memory_limit = Some(Bytes(10 << 20));
    let asked = plan(tiny);
    assert_eq!(asked.inverse.replicas, None);
    assert_eq!(asked.inverse.workloads[0].concurrency_below_safe, Some(0.0));
    let is_no_help = |change: &Change| matches!(change, Change::Replicas { .. } | Change::Less { .. });
    assert!(!asked.help.tried.iter().any(|tried| tried.changes.iter().any(is_no_help)));
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
    let streams: Vec<Band> = route.parts.iter().map(|part| part.size.concurrency).collect();
    // A gate of its own each. 10 s on Opus are 10/8 s on Haiku, and 3 to 4 times that on Sonnet.
    let sonnet = Band { low: 12.0, likely: 14.0, high: 15.0 };
    assert_eq!(streams, [Band::exact(8.0), sonnet, Band::exact(10.0)]);
    let rpm: Vec<f64> = route.parts.iter().map(|part| part.size.rpm.likely).collect();
    assert_eq!(rpm, [360.0, 180.0, 60.0]);
    let pools: Vec<_> =
        route.parts.iter().map(|part| part.size.pool.as_ref().and_then(PoolName::name).unwrap()).collect();
    assert_eq!(pools, ["Haiku 4.5", "Sonnet 5", "Opus 5"]);
    // 864,000 requests a day: 60 % at $0.0035, 30 % at $0.007, 10 % at $0.0175, instead of all at $0.0175.
    let expected = 864_000.0 * (0.6 * 0.0035 + 0.3 * 0.007 + 0.1 * 0.0175);
    assert!((route.usd_per_day.unwrap() - expected).abs() < 1e-6);
    assert!(asked.money.usd_per_day.unwrap().likely > 2.0 * expected);
}

/// A stream of 30 s on Sonnet, and what other models make of it.
#[test]
fn another_model_makes_streams_longer_or_shorter() {
    let text = "[[workload]]\nname = \"w\"\narrival = 1\nduration = \"30s\"\np95 = 60\ntimeout = 180\nmodel = \"claude-sonnet-5\"\n\
                input_tokens = 1000\noutput_tokens = 600\n[process]\nmemory_limit = \"1GiB\"\n[memory]\nbase = \"90MiB\"\nper_stream = \"1MiB\"\n";
    let to = |text: &str, model: &str| {
        let change = Change::Model { workload: "w".to_owned(), model: model.to_owned() };
        change.applied(&inputs(text)).map(|changed| (changed.workloads[0].clone(), Sizing::of(&changed)))
    };
    let (as_asked, before) = (inputs(text).workloads[0].clone(), Sizing::of(&inputs(text)));
    assert_eq!(as_asked.duration, Band::exact(30.0), "what was given stands");
    // 3 to 4 times as fast: 7.5 to 10 s, and with the timeout 18 to 24 times as long the headroom goes from 1.6 to 2.
    let (haiku, after) = to(text, "claude-haiku-4-5").unwrap();
    let around = |band: Band, numbers: [f64; 3]| {
        let ends = [band.low, band.likely, band.high];
        assert!(ends.iter().zip(numbers).all(|(end, number)| (end - number).abs() < 1e-9), "{band:?}");
    };
    around(haiku.duration, [7.5, 30.0 / 3.5, 10.0]);
    assert!((haiku.p95.unwrap() - 60.0 / 3.5).abs() < 1e-9 && haiku.timeout == Some(180.0));
    assert_eq!((as_asked.headroom.factor(), haiku.headroom.factor()), (1.6, 2.0));
    assert_eq!(before.together.concurrency.likely, 48.0);
    assert_eq!(after.together.concurrency, Band { low: 15.0, likely: 18.0, high: 20.0 });
    assert_eq!(after.together.memory.unwrap().high / MIB, 110.0);
    // Opus takes 8 times as long as Haiku, so 2 to 2.7 times as long as Sonnet.
    around(to(text, "claude-opus-5").unwrap().0.duration, [60.0, 240.0 / 3.5, 80.0]);
    // Where nobody knows, it stays: another family, another version of the same.
    for unknown in ["claude-fable-5-1", "claude-sonnet-5-5"] {
        assert_eq!(to(text, unknown).unwrap().0.duration, Band::exact(30.0), "{unknown}");
    }
    // A model on which streams are given up before their mean length is no change to try.
    assert!(to(&text.replace("180", "65"), "claude-opus-5").is_none());
    // The user's own paces are right: 20 + 600/60 s to 1 + 600/20 s.
    let own = format!(
        "{text}[pace.\"claude-sonnet-5\"]\ntokens_per_s = 60\nfirst_token = \"20s\"\n\
         [pace.\"claude-fable-5-1\"]\ntokens_per_s = 20\nfirst_token = 1\n"
    );
    around(to(&own, "claude-fable-5-1").unwrap().0.duration, [31.0; 3]);
    // Of Haiku 4.5 the tokens a second are known, and the first token is not, so neither counts: 60 against 79.
    around(to(&own, "claude-haiku-4-5").unwrap().0.duration, [30.0 * 60.0 / 79.0; 3]);
}

/// Where streams are too many for the memory, a model on which they last for a shorter time is tried too: 48 MiB of them become 20.
#[test]
fn a_faster_model_is_tried_against_memory() {
    let text = "[[workload]]\nname = \"w\"\narrival = 1\nduration = \"30s\"\ntimeout = 180\nmodel = \"claude-sonnet-5\"\n\
                [process]\nmemory_limit = \"160MiB\"\n[memory]\nbase = \"90MiB\"\nper_stream = \"1MiB\"\n[account]\ntier = \"scale\"\n";
    let asked = plan(inputs(text));
    assert_eq!(asked.verdict(), Verdict::Smells);
    let faster = [Change::Model { workload: "w".to_owned(), model: "claude-haiku-4-5".to_owned() }];
    let tried = asked.help.tried.iter().find(|tried| tried.changes == faster).unwrap();
    assert!(tried.all_fits());
    assert!((tried.limit(&asked.help.troubled[0]).unwrap().used.high / MIB - 110.0).abs() < 1e-9);
    let slower = |change: &Change| matches!(change, Change::Model { model, .. } if model.contains("opus"));
    assert!(!asked.help.tried.iter().flat_map(|tried| &tried.changes).any(slower));
}

#[test]
fn a_pace_that_nobody_knows_is_doubted() {
    let text = |model: &str, simple: &str| {
        format!(
            "[[workload]]\nname = \"w\"\narrival = 1\nduration = 30\ntimeout = 45\n{model}classes = {{ simple = \"50%\", complex = \"50%\" }}\n\
             [routes]\nsimple = \"{simple}\"\ncomplex = \"claude-opus-5\"\n"
        )
    };
    let sonnet = "model = \"claude-sonnet-5\"\n";
    let doubts = |model: &str, simple: &str| plan(inputs(&text(model, simple))).doubts;
    let unknown = |doubts: &[PlanDoubt]| {
        let mut others = doubts.iter().filter_map(|doubt| match doubt {
            PlanDoubt::PaceUnknown { model, others, .. } => Some((model.clone(), others.clone())),
            _ => None,
        });
        others.next()
    };
    let too_slow = |doubt: &PlanDoubt| matches!(doubt, PlanDoubt::TimeoutBelowPace { seconds, .. } if *seconds > 45.0);
    let known = doubts(sonnet, "claude-haiku-4-5");
    assert_eq!(unknown(&known), None);
    assert!(known.iter().any(too_slow), "Opus takes 69 s, and the timeout is 45: {known:?}");
    let (model, others) = unknown(&doubts(sonnet, "claude-fable-5")).unwrap();
    assert_eq!((model.as_deref(), &others[..]), (Some("claude-sonnet-5"), &["claude-fable-5".to_owned()][..]));
    // A duration of nobody knows which model.
    let (model, others) = unknown(&doubts("", "claude-haiku-4-5")).unwrap();
    assert_eq!((model, others.len()), (None, 2));
    let json = stream_probe::report::plan::json(&plan(inputs(&text(sonnet, "claude-haiku-4-5")))).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    schema::check(&json);
    assert_eq!(json["moves"][0]["times_as_long"]["low"], 0.25);
    assert_eq!(json["moves"][0]["source"], "load-and-scale guide");
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
            waiting_seconds_p50_interval: Interval { low: 0.0, high: Some(0.0) },
            waiting_seconds_p95: 1.5,
            waiting_seconds_p95_interval: Interval { low: 1.3, high: Some(1.8) },
            waiting_seconds_p99: 4.0,
            waiting_seconds_p99_interval: Interval { low: 3.0, high: None },
            tolerated: Tolerated { seconds: 12.0, assumed: true },
            shed_share: 0.013,
            abandoned_share: 0.002,
            limited_share: 0.002,
            gave_up_share: 0.0007,
        }],
        requests: 200_000,
        requests_to_settle: Some(3_000),
        load: 0.661,
        steady: true,
        slots: 49,
        slots_planned: 49,
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
        "1.5 s (1.3 s to 1.8 s)",
        "1.5 %",
        "taken to be well: 12 s for chat. Say how long they may wait (--wait).",
        "1.5 % of the requests of chat are refused: no slot becomes free within the 12.0 s that they may wait.",
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
    let chat = &json["simulation"]["workloads"][0];
    assert_eq!((&chat["shed_share"], &chat["abandoned_share"]), (&0.013.into(), &0.002.into()));
    assert_eq!(chat["waiting_seconds_p95_interval"]["high"], 1.8);
    assert_eq!(chat["waiting_seconds_p99_interval"]["high"], serde_json::Value::Null);
    assert_eq!((&chat["tolerable_wait_seconds"], &chat["tolerable_wait_assumed"]), (&12.0.into(), &true.into()));
    assert_eq!(json["simulation"]["peak_memory_bytes"], 161.0 * MIB);
    assert_eq!(json["simulation"]["share_of_time_above_limit"], 0.005);
    schema::check(&json);
}

/// A plan for everything that a large house runs: what is asked of every workload is answered from sums, and not by asking all others
/// again, which would take this test a quarter of an hour.
#[test]
fn thousands_of_workloads_are_planned() {
    let mut text = "[process]\nmemory_limit = \"1024GiB\"\n[memory]\nbase = 10000000\nper_stream = 100000\n[limits]\nrpm = 1e9\nitpm = 1e13\n\
                    [routes]\nsimple = \"claude-haiku-4-5\"\ncomplex = \"claude-haiku-4-5\"\n"
        .to_owned();
    for number in 0..1_500 {
        text += &format!(
            "[[workload]]\nname = \"w{number}\"\narrival = 1\nduration = 10\nwait = 5\ninput_tokens = 100\noutput_tokens = 10\n\
             model = \"claude-haiku-4-5\"\nclasses = {{ simple = 0.5, complex = 0.5 }}\n"
        );
    }
    let plan = plan(inputs(&text));
    assert_eq!((plan.routes.len(), plan.inverse.workloads.len(), plan.sizing.together.limits.len()), (1_500, 1_500, 3));
    assert_eq!(plan.verdict(), Verdict::Fits);
    // Each is 15 of 22,500 streams, and one workload's 10 % are as many parts of the whole.
    let swing = &plan.swings[0];
    assert!(
        (swing.width() * 22_500.0 / (0.2 * 15.0) / plan.binding().unwrap().share().likely - 1.0).abs() < 0.1,
        "{swing:?}"
    );
    assert_eq!(plan.sizing.together.concurrency.likely, 22_500.0);
}

/// The line of a mistake is found without counting through the file again.
#[test]
fn thousands_of_mistakes_are_told() {
    let text = "[[workload]]\narrival = 1\nduration = 1\n".to_owned() + &"retry = -1\n[[workload]]\n".repeat(20_000);
    let Err(mistakes) = file::read(&text, None) else { panic!("it is full of them") };
    assert_eq!((mistakes.0.len(), mistakes.0[0].line), (60_000, 4));
    assert_eq!(mistakes.0[59_999].line, 40_003);
}
