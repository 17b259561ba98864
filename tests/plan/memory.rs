//! Memory from a measured cost: both versions of `cost.json`, one axis and two, which line, how wide.

use serde_json::{Value, json};
use std::process::Command;
use stream_probe::plan::{Band, MemoryLine, Plan, PlanDoubt, cost_line, file};

fn gallery() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/output/gallery/24-streams/cost.json");
    std::fs::read_to_string(path).unwrap()
}

fn exact(value: f64) -> Value {
    json!({ "value": value, "low": value, "high": value })
}

/// A version 2 file: 10 MB and 0.1 MB a stream at 60,000 bytes of text; retaining keeps 1.5 bytes of each.
fn version_2() -> Value {
    let mode = |client: &str, mode: &str, axis: Value| {
        json!({
            "client": client, "mode": mode, "base_bytes": exact(10e6), "per_stream_bytes": exact(0.1e6),
            "needs_at_most_bytes": 13e6, "streams_max": 30, "residual_bytes": 0.0, "trials": 12,
            "prediction": { "confidence": 0.95, "degrees_of_freedom": 10, "mean_streams": 15.0, "sxx": 900.0 },
            "kept_bytes_per_text_byte": exact(1.5), "open_bytes_per_stream": exact(10e3), "text_axis": axis,
            "container_base_bytes": exact(11e6), "container_bytes_per_stream": exact(0.12e6), "container_source": "cgroup",
            "peak_base_bytes": exact(10e6), "peak_bytes_per_stream": exact(0.1e6), "doubts": []
        })
    };
    let axis = json!({
        "base_bytes": exact(10e6), "open_bytes_per_stream": exact(10e3), "kept_bytes_per_text_byte": exact(1.5),
        "chars": [1000, 60000], "residual_bytes": 0.0, "trials": 24
    });
    json!({
        "schema": "stream-probe/cost/2", "clients": ["node", "rust"], "environment": {},
        "streams": [{ "chars": 1000, "text_bytes": 1000 }, { "chars": 60000, "text_bytes": 60000 }],
        "modes": [mode("node", "retain-chunks", axis), mode("node", "drop", Value::Null), mode("rust", "drop", Value::Null)]
    })
}

fn lines(cost: &Value) -> Vec<MemoryLine> {
    cost_line::read(&cost.to_string()).unwrap()
}

#[test]
fn the_published_bound_comes_out_of_the_file() {
    let cost: Value = serde_json::from_str(&gallery()).unwrap();
    for (line, mode) in cost_line::read(&gallery()).unwrap().iter().zip(cost["series"].as_array().unwrap()) {
        assert_eq!(line.client, "reqwest");
        assert_eq!(line.mode.unwrap().name(), mode["mode"]);
        // What cost.json itself says that 24 streams need at most.
        let bytes = line.bytes(Band::exact(24.0), None);
        let needs = mode["needs_at_most_bytes"].as_f64().unwrap();
        assert!((bytes.high / needs - 1.0).abs() < 1e-9, "{} and {needs}", bytes.high);
        assert!(bytes.low < bytes.likely && bytes.likely < bytes.high);
    }
}

#[test]
fn two_axes_take_the_workloads_text() {
    let retain = &lines(&version_2())[0];
    // 10 MB + 20 x (10 kB + 1.5 x 4,000), and at most what the container is charged: 11 MB + 20 x 120 kB, each stream lighter by the 84 kB that
    // a resident one is lighter by.
    let (likely, charge) = (10e6 + 20.0 * 16e3, 11e6 + 20.0 * (120e3 - 84e3));
    assert_eq!(retain.bytes(Band::exact(20.0), Some(4000.0)), Band { low: likely, likely, high: charge });
    // One axis: scaled by what is kept of each byte, and never below a stream without text.
    let drop = &lines(&version_2())[1];
    assert!((drop.bytes(Band::exact(20.0), Some(40_000.0)).likely - (10e6 + 20.0 * 70e3)).abs() < 1.0);
    assert!((drop.bytes(Band::exact(20.0), Some(0.0)).likely - (10e6 + 20.0 * 10e3)).abs() < 1.0);
    assert_eq!(drop.bytes(Band::exact(20.0), None), Band { high: 11e6 + 20.0 * 120e3, ..Band::exact(12e6) });
}

#[test]
fn more_streams_and_longer_texts_need_more() {
    let measured = cost_line::read(&gallery()).unwrap();
    for line in measured.iter().chain(&lines(&version_2())) {
        for text in [None, Some(1000.0), Some(60_000.0), Some(600_000.0)] {
            let bytes = |streams: f64| line.bytes(Band::exact(streams), text);
            assert!(
                bytes(100.0).likely > bytes(50.0).likely && bytes(100.0).high > bytes(50.0).high,
                "{}",
                line.name()
            );
        }
        let at = |text: f64| line.bytes(Band::exact(50.0), Some(text)).likely;
        assert!(at(1e6) >= at(1e5) && at(1e5) >= at(1e3), "{}", line.name());
    }
}

#[test]
fn which_line_a_workload_has() {
    let measured = lines(&version_2());
    let plan = |process: &str| {
        file::read(&format!("[[workload]]\narrival = 1\nduration = 1\n[process]\n{process}\n"), Some(&measured))
    };
    let name = |process: &str| plan(process).unwrap().workloads[0].memory.as_ref().unwrap().name();
    assert_eq!(name("client = \"node\"\nmode = \"retain\""), "node, retain-chunks");
    assert_eq!(name("client = \"node\"\nmode = \"drop\""), "node, drop");
    assert_eq!(name("client = \"rust\""), "rust, drop");
    assert_eq!(name("mode = \"retain-chunks\""), "node, retain-chunks");
    for (process, word) in
        [("", "more than one"), ("mode = \"drop\"", "more than one"), ("client = \"go\"", "no such client")]
    {
        let error = plan(process).unwrap_err();
        assert_eq!(error.0.len(), 1, "{error}");
        assert!(error.to_string().contains(word) && error.to_string().contains("node, drop; rust, drop"), "{error}");
    }
}

#[test]
fn doubts_about_what_was_measured() {
    let mut cost = version_2();
    cost["modes"][1]["doubts"] = json!([{ "kind": "curved", "text": "…" }]);
    let text =
        "[[workload]]\narrival = 10\nduration = 10\nchars = 30000\n[process]\nclient = \"node\"\nmode = \"drop\"\n";
    let inputs = file::read(text, Some(&lines(&cost))).unwrap();
    let doubts = Plan::of(inputs, jiff::civil::date(2026, 11, 1)).doubts;
    let has = |is: fn(&PlanDoubt) -> bool| assert!(doubts.iter().any(is), "{doubts:#?}");
    has(|doubt| matches!(doubt, PlanDoubt::Extrapolating { streams: 150.0, measured: 30.0 }));
    has(|doubt| matches!(doubt, PlanDoubt::TextScaled { .. }));
    has(|doubt| matches!(doubt, PlanDoubt::MeasurementDoubted { doubts: 1, .. }));
    has(|doubt| matches!(doubt, PlanDoubt::ReadingAbove { reading: "container charge", .. }));
    has(|doubt| matches!(doubt, PlanDoubt::NoMemoryLimit));
    assert!(doubts.iter().all(|doubt| !matches!(doubt, PlanDoubt::ReadingAbove { reading: "peak", .. })));
}

/// A workload of 10 streams with prompts of 90,000 tokens, 360,000 bytes, on a line of 10 MB + 0.1 MB a stream.
fn prompts_text(memory: &str) -> String {
    format!(
        "[[workload]]\nname = \"rag\"\narrival = 1\nduration = 10\nheadroom = 1\ninput_tokens = 90000\n\
         [process]\nclient = \"rust\"\nmode = \"drop\"\n[memory]\n{memory}\n"
    )
}

fn prompts(memory: &str, measured: Option<&[MemoryLine]>) -> Plan {
    Plan::of(
        file::read(&prompts_text(memory), measured).unwrap_or_else(|error| panic!("{error}")),
        jiff::civil::date(2026, 11, 1),
    )
}

fn is_about_prompts(doubt: &PlanDoubt) -> bool {
    matches!(doubt, PlanDoubt::PromptsNotCounted { bytes: 360_000.0, bytes_in_process: 3_600_000.0, .. })
}

#[test]
fn long_prompts_take_memory_where_it_is_known_and_are_doubted_where_not() {
    let stated = "base = \"10MB\"\nper_stream = \"0.1MB\"\n";
    let memory = |plan: &Plan| plan.sizing.together.memory.unwrap();
    let without = prompts(stated, None);
    assert_eq!(memory(&without), Band::exact(11e6), "input is no text of an answer");
    let doubt = without.doubts.iter().find(|doubt| is_about_prompts(doubt)).unwrap();
    let doubt = stream_probe::report::plan::doubt_text(doubt);
    assert!(doubt.contains("per_prompt_byte under [memory]") && doubt.contains("rag"), "{doubt}");
    let with = prompts(&format!("{stated}per_prompt_byte = \"2 +- 50%\""), None);
    assert_eq!(memory(&with), Band { low: 14.6e6, likely: 18.2e6, high: 21.8e6 });
    assert_eq!(memory(&with), with.sizing.workloads[0].memory.unwrap());
    assert!(!with.doubts.iter().any(is_about_prompts));
    let text = stream_probe::report::plan::text(&with);
    assert!(text.contains("x (97.7 KiB + 0.687 MiB of prompt)"), "{text}");
    // It is known that nothing is kept, and that is no doubt.
    let none = prompts(&format!("{stated}per_prompt_byte = 0"), None);
    assert!(memory(&none) == Band::exact(11e6) && !none.doubts.iter().any(is_about_prompts));
    // Played through, streams hold it too.
    let folder = tempfile::tempdir().unwrap();
    let peak = |rest: &str| {
        let path = folder.path().join("plan.toml");
        std::fs::write(&path, prompts_text(&format!("{stated}{rest}"))).unwrap();
        let mut probe = Command::new(env!("CARGO_BIN_EXE_probe"));
        let output = probe.arg("plan").arg(&path).args(["--json", "--simulate", "2000"]).output().unwrap();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        json["simulation"]["peak_memory_bytes"].as_f64().unwrap()
    };
    let (with, without) = (peak("per_prompt_byte = 2"), peak(""));
    assert!(((with - 10e6) / (without - 10e6) - 8.2).abs() < 1e-6, "{with} and {without}");
}

/// Short prompts are no doubt: a copy of each is less than 5 % of what the process needs.
#[test]
fn short_prompts_are_no_doubt() {
    let plan = |tokens: u32| {
        let text = format!(
            "[[workload]]\narrival = 1\nduration = 10\nheadroom = 1\ninput_tokens = {tokens}\n[memory]\nbase = \"10MB\"\nper_stream = \"0.1MB\"\n"
        );
        Plan::of(file::read(&text, None).unwrap(), jiff::civil::date(2026, 11, 1)).doubts
    };
    let is_doubted = |tokens| plan(tokens).iter().any(|doubt| matches!(doubt, PlanDoubt::PromptsNotCounted { .. }));
    assert_eq!(
        [1000, 13_700, 13_800].map(is_doubted),
        [false, false, true],
        "5 % of 11 MB are 55 kB a stream, 13,750 tokens"
    );
}

#[test]
fn what_is_stated_of_prompts_counts_for_more_than_what_was_measured() {
    let mut cost = version_2();
    let memory =
        |cost: &Value, stated: &str| prompts(stated, Some(&lines(cost))).sizing.together.memory.unwrap().likely;
    assert_eq!(memory(&cost, ""), 11e6, "the file of a probe that did not measure it");
    assert_eq!(memory(&cost, "per_prompt_byte = 2"), 18.2e6, "stated beside what was measured");
    cost["modes"][2]["kept_bytes_per_prompt_byte"] = Value::Null;
    assert_eq!(memory(&cost, ""), 11e6);
    cost["modes"][2]["kept_bytes_per_prompt_byte"] = json!({ "value": 1.0, "low": 0.5, "high": 1.5 });
    assert_eq!(memory(&cost, "per_prompt_byte = 2"), 18.2e6);
    assert_eq!(memory(&cost, ""), 14.6e6);
    let plan = prompts("", Some(&lines(&cost)));
    assert!(!plan.doubts.iter().any(is_about_prompts));
    let band = plan.sizing.together.memory.unwrap();
    assert!(
        // At most what the container is charged for ten streams.
        (band.high - (11e6 + 10.0 * 120e3 + 1.5 * 3.6e6)).abs() < 1.0 && (band.low - (11e6 + 0.5 * 3.6e6)).abs() < 1.0,
        "{band:?}"
    );
}

/// The lines of a cost that was measured with prompts have them in: a plan takes them out and puts its own in.
#[test]
fn a_line_that_was_measured_with_prompts_counts_none_of_them_twice() {
    let (kept, request) = (1.5, 400_000.0);
    let mut cost: Value = serde_json::from_str(&gallery()).unwrap();
    for series in cost["series"].as_array_mut().unwrap() {
        series["kept_bytes_per_prompt_byte"] = exact(kept);
        series["request_bytes_per_stream"] = request.into();
        for (name, estimate) in series.as_object_mut().unwrap() {
            if name.ends_with("bytes_per_stream") || name == "per_stream_bytes" {
                for number in estimate.as_object_mut().into_iter().flat_map(|estimate| estimate.values_mut()) {
                    *number = (number.as_f64().unwrap() + kept * request).into();
                }
            }
        }
    }
    let memory = |cost: &str, input: &str| {
        let text = format!(
            "[[workload]]\narrival = 2\nduration = 10\nheadroom = 1\n{input}\n[process]\nclient = \"reqwest\"\nmode = \"drop\"\n"
        );
        let lines = cost_line::read(cost).unwrap();
        let plan = Plan::of(file::read(&text, Some(&lines)).unwrap(), jiff::civil::date(2026, 11, 1));
        let doubts = plan
            .doubts
            .iter()
            .any(|doubt| matches!(doubt, PlanDoubt::PromptsNotCounted { .. } | PlanDoubt::ReadingAbove { .. }));
        assert!(!doubts, "{:?}", plan.doubts);
        plan.sizing.together.memory.unwrap()
    };
    let (with_prompts, without) = (cost.to_string(), memory(&gallery(), ""));
    let streams = 20.0;
    // Nobody says how long prompts are: as measured.
    let unsaid = memory(&with_prompts, "");
    assert!((unsaid.likely - without.likely - streams * kept * request).abs() < 1.0, "{unsaid:?} and {without:?}");
    for tokens in [0.0, 1000.0, 100_000.0, 200_000.0] {
        let planned = memory(&with_prompts, &format!("input_tokens = {tokens}"));
        let more = streams * kept * tokens * 4.0;
        assert!((planned.likely - without.likely - more).abs() < 1.0, "{tokens}: {planned:?} and {without:?}");
        assert!(planned.low <= planned.likely && planned.likely <= planned.high);
        assert!((planned.high - without.high - more).abs() < 1.0, "{tokens}: {planned:?} and {without:?}");
    }
    // Where it is not known what is kept of them, those that were measured are in the line, and no shorter one is a doubt.
    cost["series"][0]["kept_bytes_per_prompt_byte"] = Value::Null;
    cost["series"][1]["kept_bytes_per_prompt_byte"] = Value::Null;
    let planned = memory(&cost.to_string(), "input_tokens = 90000");
    assert!((planned.likely - unsaid.likely).abs() < 1.0, "{planned:?} and {unsaid:?}");
}

/// A cost.json is a file from anywhere.
#[test]
fn names_in_a_cost_are_shown_as_text() {
    let mut cost = version_2();
    cost["modes"][2]["client"] = "rust\u{1b}[2J\u{2028}x".into();
    assert_eq!(lines(&cost)[2].client, "rust\\u{1b}[2J\\u{2028}x");
    cost["schema"] = "a\u{1b}[2J".into();
    let error = cost_line::read(&cost.to_string()).unwrap_err().to_string();
    assert!(!error.contains('\u{1b}'), "{error:?}");
}

#[test]
fn files_that_cannot_be_read() {
    let refused = |text: &str, words: &str| {
        let error = cost_line::read(text).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains('\n'), "{error}");
    };
    refused("", "damaged");
    refused("{}", "schema");
    refused(r#"{"schema":"stream-probe/cost/2","modes":[{}]}"#, "damaged");
    refused(r#"{"schema":"stream-probe/cost/2","modes":[]}"#, "probe --streams 24");
    refused(
        r#"{"schema":"stream-probe/cost/9","modes":7}"#,
        "'stream-probe/cost/9' and this program reads up to 'stream-probe/cost/3'",
    );
    let output = Command::new(env!("CARGO_BIN_EXE_probe"))
        .args(["plan", "--arrival", "1", "--duration", "1", "--cost", "/nowhere"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("/nowhere") && said.contains("probe --streams 24"), "{said}");
}
