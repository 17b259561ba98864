//! `cost.json`: what other programs read. Its JSON Schema stands beside this file and is shipped with the program.

use super::analysis::{Analysis, CONFIDENCE, ContainerSource, Fits, SeriesAnalysis};
use super::text_axis::TextAxis;
use crate::fit::{Estimate, Line, Piecewise};
use crate::run::{Environment, Run, StreamFacts};
use crate::scenario::{Client, Http, Mode, Origin, Shape};
use serde::Serialize;
use std::collections::BTreeMap;

/// The name and version of the format.
pub const SCHEMA: &str = "stream-probe/cost/2";

/// The JSON Schema of [`Cost`].
pub const JSON_SCHEMA: &str = include_str!("cost.schema.json");

/// What one more stream costs, for each mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The programs that were measured, by name.
    pub clients: Vec<String>,
    /// Where.
    pub environment: Environment,
    /// What their streams were, by ascending length.
    pub streams: Vec<StreamKind>,
    /// One entry for each client and mode.
    pub modes: Vec<ModeCost>,
    /// The account's limits, where a real API was behind the streams and told them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_limits: Option<AccountLimits>,
}

/// Limits of an account, as a real API told them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountLimits {
    /// For which model.
    pub model: String,
    /// The response's headers, `anthropic-ratelimit-...-limit`.
    pub headers: BTreeMap<String, String>,
}

/// What the streams were.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamKind {
    /// Composition; `null` where streams were not simulated.
    pub shape: Option<Shape>,
    /// Characters of text.
    pub chars: u64,
    /// The same in bytes of UTF-8.
    pub text_bytes: u64,
    /// Delta events.
    pub deltas: u64,
    /// Bytes on the wire, events only.
    pub wire_bytes: u64,
    /// HTTP version, 1 or 2.
    pub http: Http,
    /// Encrypted or not.
    pub tls: bool,
    /// `real`, or seconds for the whole text.
    pub pace: String,
}

/// A client in a mode. Sizes are bytes of resident memory unless named otherwise; intervals are 95 %, two-sided. All but `text_axis` are of
/// the longest streams.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModeCost {
    /// The program's name.
    pub client: String,
    /// The command, where the program is one.
    pub command: Option<Vec<String>>,
    /// `retain-chunks`, `drop`, ...
    pub mode: Mode,
    /// The process with no stream: the line's intercept on the *full* plateau.
    pub base_bytes: Estimate,
    /// One more stream with all its text: the line's slope on the *full* plateau.
    pub per_stream_bytes: Estimate,
    /// The same without pages of files.
    pub anonymous_bytes_per_stream: Option<Estimate>,
    /// One more stream that is open and has had no text.
    pub open_bytes_per_stream: Option<Estimate>,
    /// The process with no stream, at its peak: the intercept of the line through the highest resident memory of each trial.
    pub peak_base_bytes: Option<Estimate>,
    /// One more stream, at the peak.
    pub peak_bytes_per_stream: Option<Estimate>,
    /// One more stream with all its text, after garbage was collected.
    pub collected_bytes_per_stream: Option<Estimate>,
    /// What a container is charged for with no stream and cannot take back.
    pub container_base_bytes: Option<Estimate>,
    /// What a container is charged for one more stream.
    pub container_bytes_per_stream: Option<Estimate>,
    /// Where these two come from.
    pub container_source: ContainerSource,
    /// What one more stream leaves behind when it has ended.
    pub released_bytes_per_stream: Option<Estimate>,
    /// Kernel memory of one more stream's socket; not part of resident memory.
    pub socket_bytes_per_stream: Option<Estimate>,
    /// The most that the kernel lets lie unread in one socket, in its own count.
    pub receive_buffer_bytes: Option<u64>,
    /// Resident bytes that stay for every byte of text: from `text_axis` where it is there, else growth from *open* to *full* over the
    /// bytes of text.
    pub kept_bytes_per_text_byte: Option<Estimate>,
    /// Base, open stream and kept text apart, where streams of several lengths were measured.
    pub text_axis: Option<TextAxisCost>,
    /// The answer in two pieces, where it is no line.
    pub pieces: Option<Piecewise>,
    /// Processor seconds, user and system, for a thousand deltas more.
    pub cpu_seconds_per_1000_events: Option<Estimate>,
    /// Share of one processor that a stream takes at the pace at which a model writes.
    pub cpu_share_per_stream_at_real_pace: Option<f64>,
    /// Share of the variation that the line explains.
    pub r_squared: f64,
    /// Trials in the line.
    pub trials: usize,
    /// The most streams that were measured.
    pub streams_max: u32,
    /// Standard deviation of the trials about the line.
    pub residual_bytes: f64,
    /// What one process with `streams_max` streams stays below with 95 % confidence.
    pub needs_at_most_bytes: f64,
    /// What such a bound takes at any other number of streams.
    pub prediction: Prediction,
    /// Against the container's limit, if there was one.
    pub limit: Option<LimitCost>,
    /// What speaks against it.
    pub doubts: Vec<DoubtText>,
}

/// memory = base + N x (open + kept x bytes of text).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TextAxisCost {
    /// The process with no stream.
    pub base_bytes: Estimate,
    /// One more open stream without its text.
    pub open_bytes_per_stream: Estimate,
    /// Bytes kept for every byte of text.
    pub kept_bytes_per_text_byte: Estimate,
    /// The lengths it was fitted on, characters.
    pub chars: Vec<u64>,
    /// Standard deviation of the trials about it.
    pub residual_bytes: f64,
    /// Trials in it.
    pub trials: usize,
}

impl TextAxisCost {
    fn of(axis: &TextAxis) -> TextAxisCost {
        TextAxisCost {
            base_bytes: axis.base,
            open_bytes_per_stream: axis.open,
            kept_bytes_per_text_byte: axis.kept,
            chars: axis.chars.clone(),
            residual_bytes: axis.residual_sd,
            trials: axis.trials,
        }
    }
}

/// The numbers behind the bound: base + per_stream n + t s sqrt(1 + 1/trials + (n - mean)² / sxx), where t is the one-sided
/// quantile of Student's t and s is `residual_bytes`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// One-sided confidence.
    pub confidence: f64,
    /// Degrees of freedom of t.
    pub degrees_of_freedom: usize,
    /// Mean number of streams over the trials.
    pub mean_streams: f64,
    /// Sum of squared distances from it.
    pub sxx: f64,
}

/// How many streams a container holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LimitCost {
    /// Its limit.
    pub limit_bytes: f64,
    /// 70 % of it.
    pub safe_bytes: f64,
    /// The most streams whose bound stays below `safe_bytes`; `null` if not even the base does.
    pub streams: Option<u64>,
    /// The same below the limit itself, where nothing is left for peaks.
    pub streams_at_limit: Option<u64>,
}

/// A doubt for people and for programs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DoubtText {
    /// Its numbers, with `kind`.
    #[serde(flatten)]
    pub doubt: super::Doubt,
    /// One sentence with the cure.
    pub text: String,
}

impl Cost {
    /// The interface of an analysis.
    pub fn of(run: &Run, analysis: &Analysis) -> Cost {
        let scenario = &run.scenario;
        let mut clients: Vec<String> = analysis.series.iter().map(|series| series.client.name().to_owned()).collect();
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
            pace: scenario.pace.to_string(),
        };
        Cost {
            schema: SCHEMA,
            clients,
            environment: run.environment.clone(),
            streams: run.streams.iter().enumerate().map(kind).collect(),
            modes: analysis.series.iter().map(ModeCost::of).collect(),
            account_limits: account_limits(run),
        }
    }
}

fn account_limits(run: &Run) -> Option<AccountLimits> {
    let headers = run.passed_on.as_ref()?.limits.clone();
    (!headers.is_empty()).then(|| AccountLimits { model: run.scenario.model.clone(), headers })
}

impl ModeCost {
    fn of(mode: &SeriesAnalysis) -> ModeCost {
        let slope = |line: &Option<Line>| line.map(|line| line.slope);
        let base = |line: &Option<Line>| line.map(|line| line.intercept);
        let command = match &mode.client {
            Client::Command(command) => Some(command.words().to_vec()),
            Client::Reqwest | Client::Stack(_) | Client::Ballast { .. } => None,
        };
        ModeCost {
            client: mode.client.name().to_owned(),
            command,
            mode: mode.mode,
            base_bytes: mode.full.intercept,
            per_stream_bytes: mode.full.slope,
            anonymous_bytes_per_stream: slope(&mode.anonymous),
            open_bytes_per_stream: slope(&mode.open),
            peak_base_bytes: base(&mode.peak),
            peak_bytes_per_stream: slope(&mode.peak),
            collected_bytes_per_stream: slope(&mode.collected),
            container_base_bytes: base(&mode.container),
            container_bytes_per_stream: slope(&mode.container),
            container_source: mode.container_source,
            released_bytes_per_stream: slope(&mode.released),
            socket_bytes_per_stream: slope(&mode.sockets),
            receive_buffer_bytes: mode.receive_buffer_bytes,
            text_axis: mode.text_axis.as_ref().map(TextAxisCost::of),
            pieces: mode.pieces,
            kept_bytes_per_text_byte: mode.kept_per_text_byte,
            cpu_seconds_per_1000_events: mode.processor.map(|processor| processor.seconds_per_1000_events),
            cpu_share_per_stream_at_real_pace: mode.processor.map(|processor| processor.share_per_stream_at_real_pace),
            r_squared: mode.full.r_squared,
            trials: mode.full.n,
            streams_max: mode.streams_max,
            residual_bytes: mode.full.residual_sd,
            needs_at_most_bytes: mode.needs_at_most(f64::from(mode.streams_max)),
            prediction: Prediction {
                confidence: CONFIDENCE,
                degrees_of_freedom: mode.full.degrees_of_freedom(),
                mean_streams: mode.full.mean_x,
                sxx: mode.full.sxx,
            },
            limit: mode.fits.map(LimitCost::of),
            doubts: mode.doubts.iter().map(|doubt| DoubtText { text: doubt.text(), doubt: doubt.clone() }).collect(),
        }
    }
}

impl LimitCost {
    fn of(fits: Fits) -> LimitCost {
        LimitCost {
            limit_bytes: fits.limit_bytes,
            safe_bytes: fits.safe_bytes,
            streams: fits.streams,
            streams_at_limit: fits.streams_at_limit,
        }
    }
}
