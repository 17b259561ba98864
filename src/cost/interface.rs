//! `cost.json`: what other programs read. Its JSON Schema stands beside this file and is shipped with the program.

use super::analysis::{Analysis, CONFIDENCE, Fits, ModeAnalysis};
use crate::fit::{Estimate, Line};
use crate::run::{Environment, Run};
use crate::scenario::{Client, Http, Mode, Shape};
use serde::Serialize;

/// The name and version of the format.
pub const SCHEMA: &str = "stream-probe/cost/1";

/// The JSON Schema of [`Cost`].
pub const JSON_SCHEMA: &str = include_str!("cost.schema.json");

/// What one more stream costs, for each mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The program that was measured.
    pub subject: Client,
    /// Where.
    pub environment: Environment,
    /// What its streams were.
    pub stream: StreamKind,
    /// One entry a mode.
    pub modes: Vec<ModeCost>,
}

/// What the streams were.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamKind {
    /// Composition.
    pub shape: Shape,
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

/// One mode. Sizes are bytes of resident memory unless named otherwise; intervals are 95 %, two-sided.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModeCost {
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
    /// What one more stream leaves behind when it has ended.
    pub released_bytes_per_stream: Option<Estimate>,
    /// Kernel memory of one more stream's socket; not part of resident memory.
    pub socket_bytes_per_stream: Option<Estimate>,
    /// Resident bytes that stay for every byte of text: growth from *open* to *full* over the bytes of text.
    pub kept_bytes_per_text_byte: Option<Estimate>,
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
        Cost {
            schema: SCHEMA,
            subject: scenario.client.clone(),
            environment: run.environment.clone(),
            stream: StreamKind {
                shape: scenario.stream.shape,
                chars: run.stream.chars,
                text_bytes: run.stream.text_bytes,
                deltas: run.stream.deltas,
                wire_bytes: run.stream.wire_bytes,
                http: scenario.http,
                tls: scenario.tls,
                pace: scenario.pace.to_string(),
            },
            modes: analysis.modes.iter().map(ModeCost::of).collect(),
        }
    }
}

impl ModeCost {
    fn of(mode: &ModeAnalysis) -> ModeCost {
        let slope = |line: &Option<Line>| line.map(|line| line.slope);
        ModeCost {
            mode: mode.mode,
            base_bytes: mode.full.intercept,
            per_stream_bytes: mode.full.slope,
            anonymous_bytes_per_stream: slope(&mode.anonymous),
            open_bytes_per_stream: slope(&mode.open),
            released_bytes_per_stream: slope(&mode.released),
            socket_bytes_per_stream: slope(&mode.sockets),
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
