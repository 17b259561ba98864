//! Memory of a process as a line over its open streams.

use super::band::Band;
use crate::cost::{Bound, CONFIDENCE, Lines, Quantity, Seen, TextAxis};
use crate::fit::{Estimate, Line};
use crate::scenario::Mode;

/// memory = base + streams x per-stream, measured or stated.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryLine {
    /// The program whose streams they are; empty if it was not said.
    pub client: String,
    /// What it does with text, if that was said.
    pub mode: Option<Mode>,
    /// The process with no stream, bytes.
    base: Estimate,
    /// One stream more, bytes.
    per_stream: Estimate,
    /// Bytes that stay for every byte of a stream's prompt while it is open, as measured; `None` where that was not.
    measured_per_prompt_byte: Option<Estimate>,
    /// The same as a plan states it.
    stated_per_prompt_byte: Option<Estimate>,
    /// What is known when it was measured.
    pub measured: Option<Measured>,
}

/// What a measurement knows beyond the two numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Bytes of text in every stream.
    pub text_bytes: f64,
    /// Bytes of the request that opened each of them, of which its lines have what is kept; 0 where nobody counted them.
    pub request_bytes: f64,
    /// The most streams that were open.
    pub streams_max: f64,
    /// Bytes that stay for every byte of text.
    pub kept: Option<Estimate>,
    /// One stream that is open and has had no text.
    pub open: Option<Estimate>,
    /// The line over streams and text, where several lengths of text were measured.
    pub text_axis: Option<TextAxis>,
    /// A line for every quantity that was measured: of resident memory, and of what a limit may meet before that.
    pub lines: Lines,
    /// Which of them answers what one more stream costs.
    pub leading: Quantity,
    /// The most that was seen, by streams.
    pub seen: Vec<Seen>,
    /// How many doubts the measurement has of itself.
    pub doubts: usize,
}

/// base and per-stream bytes for one length of text, and how far a process may lie above.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtText {
    /// The process with no stream, bytes.
    pub base: f64,
    /// One stream more, bytes.
    pub per_stream: f64,
}

fn estimate(band: Band) -> Estimate {
    Estimate { value: band.likely, low: band.low, high: band.high }
}

impl MemoryLine {
    /// What a plan states without having measured.
    pub fn stated(base: Band, per_stream: Band) -> MemoryLine {
        MemoryLine {
            client: String::new(),
            mode: None,
            base: estimate(base),
            per_stream: estimate(per_stream),
            measured_per_prompt_byte: None,
            stated_per_prompt_byte: None,
            measured: None,
        }
    }

    /// What `cost.json` says.
    pub fn measured(client: String, mode: Mode, measured: Measured) -> Self {
        let Line { intercept: base, slope: per_stream, .. } = *measured.lines.full();
        let (measured_per_prompt_byte, stated_per_prompt_byte) = (None, None);
        let (mode, measured) = (Some(mode), Some(measured));
        MemoryLine { client, mode, base, per_stream, measured_per_prompt_byte, stated_per_prompt_byte, measured }
    }

    /// The same with what was measured of prompts, if something was.
    pub fn with_per_prompt_byte(self, per_prompt_byte: Option<Estimate>) -> MemoryLine {
        MemoryLine { measured_per_prompt_byte: per_prompt_byte, ..self }
    }

    /// The same with what a plan states of prompts, if it does.
    pub fn with_stated_per_prompt_byte(self, stated: Option<Band>) -> MemoryLine {
        MemoryLine { stated_per_prompt_byte: stated.map(estimate), ..self }
    }

    /// What one stream holds of a prompt of so many bytes, by what the plan states, and else by what was measured; `None` where it is not known what is kept of one.
    pub fn of_prompt(&self, prompt_bytes: Band) -> Option<Band> {
        let kept = self.stated_per_prompt_byte.or(self.measured_per_prompt_byte)?;
        // Bytes that stay cannot be fewer than none, whatever the scatter makes of it.
        let kept = Band { low: kept.low.max(0.0), likely: kept.value.max(0.0), high: kept.high.max(0.0) };
        Some(kept.with(prompt_bytes, |kept, bytes| kept * bytes))
    }

    /// What its lines have of the prompts that were measured, which is no part of a stream without one: bytes a stream. Nothing where it is not
    /// known what is kept of a prompt.
    pub fn of_measured_prompt(&self) -> f64 {
        self.in_lines_of_prompt(|kept| kept.value.max(0.0))
    }

    fn in_lines_of_prompt(&self, of_a_byte: impl Fn(Estimate) -> f64) -> f64 {
        let kept = self.measured_per_prompt_byte.or(self.stated_per_prompt_byte);
        kept.map_or(0.0, of_a_byte) * self.request_bytes()
    }

    /// Bytes of the request that opened each stream that was measured; 0 where nobody counted them.
    pub fn request_bytes(&self) -> f64 {
        self.measured.as_ref().map_or(0.0, |measured| measured.request_bytes)
    }

    /// `reqwest, drop`.
    pub fn name(&self) -> String {
        match (self.client.as_str(), self.mode) {
            ("", None) => "as stated in the plan".to_owned(),
            ("", Some(mode)) => mode.name().to_owned(),
            (client, None) => client.to_owned(),
            (client, Some(mode)) => format!("{client}, {mode}"),
        }
    }

    /// The line that leads, for streams with `text` bytes each and without their prompts; `None` takes the length that was measured.
    pub fn at_text(&self, text: Option<f64>) -> AtText {
        let with_prompt = self.with_measured_prompt_at(text);
        AtText { per_stream: with_prompt.per_stream - self.of_measured_prompt(), ..with_prompt }
    }

    fn with_measured_prompt_at(&self, text: Option<f64>) -> AtText {
        let (resident, leads) = (self.resident_at(text), self.leads_by());
        AtText { base: resident.base + leads.base, per_stream: resident.per_stream + leads.per_stream }
    }

    fn resident_at(&self, text: Option<f64>) -> AtText {
        let flat = AtText { base: self.base.value, per_stream: self.per_stream.value };
        let (Some(measured), Some(text)) = (&self.measured, text) else { return flat };
        if let Some(axis) = &measured.text_axis {
            // Bytes that stay cannot be fewer than none, whatever the scatter makes of it.
            let kept = axis.kept.value.max(0.0);
            return AtText { base: axis.base.value, per_stream: axis.open.value + kept * text };
        }
        match measured.kept {
            None => flat,
            Some(kept) => {
                let open = measured.open.map_or(0.0, |open| open.value);
                let scaled = flat.per_stream + kept.value.max(0.0) * (text - measured.text_bytes);
                AtText { per_stream: scaled.max(open.min(flat.per_stream)), ..flat }
            }
        }
    }

    /// One stream that is open and has had no text, without its prompt, where that was measured.
    pub fn open_bytes(&self) -> Option<f64> {
        let measured = self.measured.as_ref()?;
        let of_axis = measured.text_axis.as_ref().map(|axis| axis.open.value);
        let with_prompt = of_axis.or(measured.open.map(|open| open.value))?;
        Some(with_prompt - self.of_measured_prompt())
    }

    /// Memory of one process with so many streams without their prompts: the line that leads, and around it the 95 % bounds for one process. The high end is the
    /// bound of whichever reading comes highest, and never below what was seen.
    pub fn bytes(&self, streams: Band, text: Option<f64>) -> Band {
        let line = self.at_text(text);
        let at = |streams: f64| line.base + line.per_stream * streams;
        let likely = at(streams.likely);
        let high = at(streams.high) + self.margin_above(streams.high, text);
        Band {
            low: (at(streams.low) - self.margin_below(streams.low, text)).max(0.0),
            likely,
            high: high.max(self.bound(streams.high, text)).max(likely),
        }
    }

    /// How far the line that leads begins and rises above that of resident memory: the charge, where that is the answer.
    fn leads_by(&self) -> AtText {
        let measured = self.measured.as_ref();
        let leading = measured.and_then(|measured| measured.lines.get(measured.leading));
        leading.map_or(AtText { base: 0.0, per_stream: 0.0 }, |line| AtText {
            base: line.intercept.value - self.base.value,
            per_stream: line.slope.value - self.per_stream.value,
        })
    }

    /// The highest bound of all that was measured, for streams with `text` bytes each: what is longer by so much is heavier by as much as
    /// resident memory is, and what it takes beyond its plateau grows with it. What is shorter takes as much beyond as was measured.
    fn bound(&self, streams: f64, text: Option<f64>) -> f64 {
        let Some(measured) = &self.measured else { return 0.0 };
        let (as_measured, line) = (self.with_measured_prompt_at(None), self.at_text(text));
        let longer = line.base - as_measured.base + (line.per_stream - as_measured.per_stream) * streams;
        let bound = Bound::of(&measured.lines, &measured.seen);
        let highest = measured.lines.get(bound.by(streams)).map_or(0.0, |highest| highest.slope.value);
        let beyond = (highest - as_measured.per_stream).max(0.0) * streams;
        // Without its prompt a stream is lighter, and at its peak takes as much beyond as was measured.
        let times = text.map_or(1.0, |text| text / measured.text_bytes.max(1.0));
        bound.at(streams) + longer + beyond * (times - 1.0).max(0.0)
    }

    /// The part of [`MemoryLine::bytes`] that is not the base of the line.
    pub fn bytes_beyond_base(&self, streams: Band, text: Option<f64>) -> Band {
        let base = self.at_text(text).base;
        let all = self.bytes(streams, text);
        Band { low: all.low - base, likely: all.likely - base, high: all.high - base }
    }

    fn margin_above(&self, streams: f64, text: Option<f64>) -> f64 {
        self.margin(streams, text, |estimate| estimate.high - estimate.value)
    }

    fn margin_below(&self, streams: f64, text: Option<f64>) -> f64 {
        self.margin(streams, text, |estimate| estimate.value - estimate.low)
    }

    /// How far one process may lie from the line.
    ///
    /// Over streams alone it is the prediction bound. Over streams and text, and where text is scaled, the intervals of the
    /// coefficients are added in quadrature as if they were independent; in such a fit base and slopes vary against each other, so
    /// that this is wider than the exact bound and never narrower.
    fn margin(&self, streams: f64, text: Option<f64>, side: impl Fn(Estimate) -> f64) -> f64 {
        let Some(measured) = &self.measured else {
            return side(self.base) + streams * side(self.per_stream);
        };
        let of_prompts = streams * self.in_lines_of_prompt(&side);
        let as_measured = match (&measured.text_axis, text, measured.kept) {
            (Some(axis), Some(text), _) => {
                let per_stream = side(axis.open).hypot(side(axis.kept) * text);
                side(axis.base).hypot(per_stream * streams).hypot(axis.scatter(CONFIDENCE))
            }
            (None, Some(text), Some(kept)) => {
                let scaled = side(kept) * (text - measured.text_bytes).abs() * streams;
                measured.lines.full().prediction_margin(streams, CONFIDENCE).hypot(scaled)
            }
            _ => measured.lines.full().prediction_margin(streams, CONFIDENCE),
        };
        as_measured.hypot(of_prompts)
    }
}
