//! `cost.json`: what other programs read, and a plan. Its JSON Schema comes from these types, is committed beside this file and shipped with
//! the program.

use super::analysis::{Analysis, SeriesAnalysis};
use super::bound::Seen;
use super::container::ContainerSource;
use super::cure::Cure;
use super::doubt::Doubt;
use super::fits::Fits;
use super::lines::Lines;
use super::prompt_axis::PromptAxis;
use super::quantity::Quantity;
use super::text_axis::TextAxis;
use crate::fit::{Estimate, Piecewise};
use crate::run::{Environment, Run, StreamFacts};
use crate::scenario::{Client, Http, Mode, Origin, Shape};
use crate::wire::encoding::Encoding;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The name and version of the format.
pub const SCHEMA: &str = "stream-probe/cost/3";

/// The JSON Schema of [`Cost`].
pub const JSON_SCHEMA: &str = include_str!("cost.schema.json");

/// What one more stream costs, for each series. Sizes are bytes; estimates carry a two-sided 95 % interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "What one more open stream costs"))]
pub struct Cost {
    /// The name and version of the format: stream-probe/cost/3.
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    pub schema: String,
    /// The programs that were measured, by name.
    #[cfg_attr(test, schemars(extend("minItems" = 1)))]
    pub clients: Vec<String>,
    /// Where.
    pub environment: Environment,
    /// What their streams were, by ascending length.
    #[cfg_attr(test, schemars(extend("minItems" = 1)))]
    pub streams: Vec<StreamKind>,
    /// Characters of the prompts that they were asked to have, ascending; 0 is the program's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompt_chars: Vec<u32>,
    /// One entry for each client and mode.
    #[cfg_attr(test, schemars(extend("minItems" = 1)))]
    pub series: Vec<SeriesCost>,
    /// The account's limits, where a real API was behind the streams and told them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_limits: Option<AccountLimits>,
}

/// Limits of an account, as a real API told them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AccountLimits {
    /// For which model.
    pub model: String,
    /// The response's headers, `anthropic-ratelimit-...-limit`.
    pub headers: BTreeMap<String, String>,
}

/// What the streams were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StreamKind {
    /// Composition; `null` where streams were not simulated.
    pub shape: Option<Shape>,
    /// Characters of text.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub chars: u64,
    /// The same in bytes of UTF-8.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub text_bytes: u64,
    /// Delta events.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub deltas: u64,
    /// Bytes on the wire, events only.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub wire_bytes: u64,
    /// HTTP version, 1 or 2.
    pub http: Http,
    /// Encrypted or not.
    pub tls: bool,
    /// How streams were compressed, as HTTP calls it: `gzip`, or `gzip, identity` where others of them were not; absent where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// `real`, or seconds for the whole text.
    pub pace: String,
}

/// A client in a mode. Intervals are 95 %, two-sided. All but `text_axis` and `prompt_axis` are of the longest streams with the
/// longest prompts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SeriesCost {
    /// The program's name.
    pub client: String,
    /// The command, where the program is one.
    pub command: Option<Vec<String>>,
    /// What it does with text.
    pub mode: Mode,
    /// A line for each quantity.
    #[serde(flatten)]
    pub lines: Lines,
    /// Where the container's line comes from.
    pub container_source: ContainerSource,
    /// The most streams that were measured.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub streams_max: u32,
    /// The number of streams that was asked for; more are measured where that tells better what one costs, and fewer where the program
    /// holds no more.
    #[serde(default)]
    pub streams_asked: Option<u32>,
    /// What one process with as many streams as were asked for, or as it held of these, stays below with 95 % confidence, one-sided: the
    /// highest bound of all lines that a limit may meet, and never below what was seen.
    pub needs_at_most_bytes: f64,
    /// The line that comes highest there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_at_most_by: Option<Quantity>,
    /// What answers what one more stream costs: `full`, or `container` where the charge was read and lies clearly above resident memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leading: Option<Quantity>,
    /// Streams that one request of a user opened, on average; `null` where the subject was no server that users asked.
    #[serde(default)]
    pub streams_per_request: Option<f64>,
    /// The most that any reading saw at any moment, by streams, ascending.
    #[serde(default)]
    pub seen_at_most: Vec<Seen>,
    /// The most that the kernel lets lie unread in one socket, in its own count.
    pub receive_buffer_bytes: Option<u64>,
    /// Resident bytes that stay for every byte of text: from `text_axis` where it is there, else growth from *open* to *full* over the
    /// bytes of text.
    pub kept_bytes_per_text_byte: Option<Estimate>,
    /// Resident bytes that stay for every byte of a prompt while its stream is open; `null` unless prompts of several lengths were asked for
    /// and came.
    #[serde(default)]
    pub kept_bytes_per_prompt_byte: Option<Estimate>,
    /// Bytes of the body of a request that opened one of these streams, as the simulator counted them; `null` in what was measured before it
    /// did.
    #[serde(default)]
    pub request_bytes_per_stream: Option<f64>,
    /// Resident bytes that one more open stream adds in a second, whatever text comes.
    #[serde(default)]
    pub grows_bytes_per_stream_second: Option<Estimate>,
    /// Resident bytes that one stream leaves behind in each wave of streams after the first; `null` where there was one wave.
    #[serde(default)]
    pub leak_bytes_per_stream: Option<Estimate>,
    /// Base, open stream and kept text apart, where streams of several lengths were measured.
    pub text_axis: Option<TextAxis>,
    /// Stream and kept prompt apart, where prompts of several lengths were asked for and came.
    #[serde(default)]
    pub prompt_axis: Option<PromptAxis>,
    /// The answer in two pieces, where it is no line.
    pub pieces: Option<Piecewise>,
    /// Processor seconds, user and system, for a thousand deltas more.
    pub cpu_seconds_per_1000_events: Option<Estimate>,
    /// Share of one processor that a stream takes at the pace at which a model writes.
    pub cpu_share_per_stream_at_real_pace: Option<f64>,
    /// Against the container's limit, if there was one.
    pub limit: Option<Fits>,
    /// What speaks against it.
    pub doubts: Vec<ToldDoubt>,
}

/// A doubt for people and for programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "super::doubt::Written"))]
pub struct ToldDoubt {
    /// Which of the closed list.
    pub kind: String,
    /// Its numbers.
    #[serde(flatten)]
    pub numbers: Map<String, Value>,
    /// One sentence with the cure.
    pub text: String,
}

/// Says a doubt and its cure in sentences, which is for who knows how a cure is asked for.
pub type InWords = fn(&Doubt, Option<Cure>) -> String;

impl ToldDoubt {
    /// A doubt as data, with its sentence. Of a doubt that is no object, which none is, the sentence is left.
    fn of(doubt: &Doubt, text: String) -> ToldDoubt {
        let mut numbers = match serde_json::to_value(doubt) {
            Ok(Value::Object(numbers)) => numbers,
            Ok(_) | Err(_) => Map::new(),
        };
        let kind = numbers.shift_remove("kind").and_then(|kind| Some(kind.as_str()?.to_owned())).unwrap_or_default();
        ToldDoubt { kind, numbers, text }
    }
}

impl Cost {
    /// The interface of an analysis.
    pub fn of(run: &Run, analysis: &Analysis, in_words: InWords) -> Cost {
        let scenario = &run.scenario;
        let of_series = |series: &SeriesAnalysis| series.fitted.client.name().to_owned();
        let mut clients: Vec<String> = analysis.series.iter().map(of_series).collect();
        clients.dedup();
        let shape = |index: usize| match scenario.origin {
            Origin::Simulated => scenario.streams.get(index).map(|spec| spec.shape),
            Origin::Cassette { .. } | Origin::Upstream { .. } => None,
        };
        let kind = |(index, facts): (usize, &StreamFacts)| StreamKind {
            shape: shape(index),
            chars: facts.chars,
            text_bytes: facts.text_bytes,
            deltas: facts.deltas,
            wire_bytes: facts.wire_bytes,
            http: scenario.http,
            tls: scenario.tls,
            encoding: encoding(run, index as u32),
            pace: scenario.pace.to_string(),
        };
        Cost {
            schema: SCHEMA.to_owned(),
            clients,
            environment: run.environment.clone(),
            streams: run.streams.iter().enumerate().map(kind).collect(),
            prompt_chars: scenario.prompt_chars.clone(),
            series: analysis.series.iter().map(|series| SeriesCost::of(series, in_words)).collect(),
            account_limits: account_limits(run),
        }
    }
}

/// How streams of number `index` were compressed, over all trials.
fn encoding(run: &Run, index: u32) -> Option<String> {
    let trials = run.trials.iter().filter(|trial| trial.stream == index).map(|trial| &trial.simulator);
    let (gzip, opened) = trials.fold((0, 0), |(gzip, opened), facts| {
        (gzip + u64::from(facts.spoken.unwrap_or_default().gzip), opened + u64::from(facts.opened))
    });
    let name = Encoding::Gzip.name();
    match gzip {
        0 => None,
        gzip if gzip < opened => Some(format!("{name}, identity")),
        _ => Some(name.to_owned()),
    }
}

fn account_limits(run: &Run) -> Option<AccountLimits> {
    let headers = run.passed_on.as_ref()?.limits.clone();
    (!headers.is_empty()).then(|| AccountLimits { model: run.scenario.model.clone(), headers })
}

impl SeriesCost {
    fn of(series: &SeriesAnalysis, in_words: InWords) -> SeriesCost {
        let fitted = &series.fitted;
        let command = match &fitted.client {
            Client::Command(command) => Some(command.words().to_vec()),
            Client::Reqwest | Client::Stack(_) | Client::Ballast { .. } => None,
        };
        SeriesCost {
            client: fitted.client.name().to_owned(),
            command,
            mode: fitted.mode,
            lines: fitted.lines.clone(),
            container_source: fitted.container_source,
            streams_max: fitted.streams_max,
            streams_asked: Some(fitted.streams_asked),
            needs_at_most_bytes: fitted.needs_at_most(f64::from(fitted.streams_told)),
            needs_at_most_by: Some(fitted.bound().by(f64::from(fitted.streams_told))),
            leading: Some(fitted.leading()),
            streams_per_request: fitted.streams_per_request,
            seen_at_most: fitted.seen.clone(),
            receive_buffer_bytes: fitted.receive_buffer_bytes,
            kept_bytes_per_text_byte: fitted.kept_per_text_byte,
            kept_bytes_per_prompt_byte: fitted.prompt_axis.as_ref().map(|axis| axis.kept),
            request_bytes_per_stream: fitted.request_bytes,
            grows_bytes_per_stream_second: fitted.over_time.map(|growing| growing.per_stream_second),
            leak_bytes_per_stream: fitted.leak.map(|leak| leak.per_stream),
            text_axis: fitted.text_axis.clone(),
            prompt_axis: fitted.prompt_axis.clone(),
            pieces: series.pieces,
            cpu_seconds_per_1000_events: fitted.processor.map(|processor| processor.seconds_per_1000_events),
            cpu_share_per_stream_at_real_pace: fitted
                .processor
                .map(|processor| processor.share_per_stream_at_real_pace),
            limit: fitted.fits,
            doubts: series.cures().map(|(doubt, cure)| ToldDoubt::of(doubt, in_words(doubt, cure))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::quantity::Quantity;
    use super::super::schema;
    use super::*;
    use crate::report;

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");

    #[test]
    fn what_is_written_is_read_back() {
        let run: Run = serde_json::from_str(RUN).unwrap();
        let cost = report::cost(&run, &Analysis::of(&run).unwrap());
        let text = serde_json::to_string(&cost).unwrap();
        assert_eq!(serde_json::from_str::<Cost>(&text).unwrap(), cost);
        // A newer probe measures more.
        let newer = text.replace("\"peak\":{", "\"of_tomorrow\":{");
        let read: Cost = serde_json::from_str(&newer).unwrap();
        assert!(
            read.series[0].lines.get(Quantity::Peak).is_none() && read.series[0].lines.get(Quantity::Full).is_some()
        );
        for (from, to) in [("\"base_bytes\":{", "\"bass_bytes\":{"), ("\"trials\":10,", "\"trials\":2,")] {
            assert!(serde_json::from_str::<Cost>(&text.replace(from, to)).is_err(), "{to}");
        }
    }

    /// One variant and one row of `quantity.rs` are all that this reading has.
    #[test]
    fn one_more_quantity_is_everywhere() {
        let run: Run = serde_json::from_str(RUN).unwrap();
        let analysis = Analysis::of(&run).unwrap();
        let drop = &analysis.series[1];
        let line = drop.line(Quantity::MadeUp).unwrap();
        assert!((line.slope.value / drop.full().slope.value - 1.0).abs() < 0.1, "{line:?}");
        let cost = serde_json::to_value(report::cost(&run, &analysis)).unwrap();
        assert_eq!(cost["series"][1]["made_up_bytes_per_stream"]["value"], line.slope.value);
        assert_eq!(cost["series"][1]["scatter"]["made_up"]["trials"], line.n);
        assert!(report::text(&run, &analysis, None).contains("one more stream as the subject says"));
        assert!(report::markdown(&run, &analysis).contains("one more stream as the subject says"));
        let schema = schema::of_cost();
        assert!(schema.to_string().contains("made_up_bytes_per_stream"), "{schema}");
    }

    /// The schema that is shipped is that of the types. [`write_the_schema`] writes it again.
    #[test]
    fn the_schema_is_that_of_the_types() {
        assert_eq!(JSON_SCHEMA, schema::shipped(), "write it again: cargo test --lib write_the_schema -- --ignored");
    }

    #[test]
    fn what_is_written_meets_its_schema_and_nothing_else_does() {
        let mut compiler = boon::Compiler::new();
        compiler.add_resource("cost.schema.json", serde_json::from_str(JSON_SCHEMA).unwrap()).unwrap();
        let mut schemas = boon::Schemas::new();
        let compiled = compiler.compile("cost.schema.json", &mut schemas).unwrap();
        let committed = [
            include_str!("../../output/gallery/24-streams/cost.json"),
            include_str!("../../output/gallery/clients/cost.json"),
            include_str!("../../output/gallery/prove-node-sdk/cost.json"),
        ];
        for text in committed {
            let cost: Value = serde_json::from_str(text).unwrap();
            schemas.validate(&cost, compiled).unwrap_or_else(|error| panic!("{error:#}"));
            for (place, wrong) in [
                ("", serde_json::json!({ "more": 1 })),
                ("/series/0", serde_json::json!({ "more": 1 })),
                ("/series/0", serde_json::json!({ "trials": 2 })),
                ("/series/0", serde_json::json!({ "peak_bytes_per_stream": 1.0 })),
                ("/series/0/prediction", serde_json::json!({ "sxx": 0.0 })),
                ("/series/0/base_bytes", serde_json::json!({ "more": 1 })),
                ("/streams/0", serde_json::json!({ "chars": 0 })),
                ("", serde_json::json!({ "schema": "stream-probe/cost/2" })),
            ] {
                let mut other = cost.clone();
                other.pointer_mut(place).unwrap().as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
                assert!(schemas.validate(&other, compiled).is_err(), "{place}: {wrong}");
            }
            for gone in ["base_bytes", "open_bytes_per_stream", "scatter", "doubts", "pieces"] {
                let mut other = cost.clone();
                other["series"][0].as_object_mut().unwrap().shift_remove(gone).unwrap();
                assert!(schemas.validate(&other, compiled).is_err(), "without {gone}");
            }
        }
    }

    #[test]
    #[ignore = "writes the snapshot"]
    fn write_the_schema() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cost/cost.schema.json"), schema::shipped()).unwrap();
    }
}
