//! From the lines of a cassette to its events.

use super::{AT, Cassette, Damage, Flaw};
use crate::foreign::quotable;
use crate::run::StreamFacts;
use crate::simulator::script::{Script, Timing, Told};
use crate::wire::answer::Pieces;
use crate::wire::dialect::Dialect;
use crate::wire::event::{Event, Part};
use crate::wire::sse::{Decoder, SseEvent};
use crate::wire::template::Template;
use bytes::Bytes;
use std::fmt;
use std::time::Duration;

/// No stream lasts longer than a day.
const LONGEST_SECONDS: f64 = 86_400.0;

/// The data of an event that only says that there are no more.
const DONE: &str = "[DONE]";

/// One event as it was recorded.
struct Recorded {
    at: Duration,
    told: Told,
}

/// A file under way.
pub struct Reader {
    dialect: Dialect,
    is_timed: bool,
    /// The fields of the event under way, and the line of the first of them.
    fields: String,
    begun: usize,
    /// The time that was given for it.
    at: Option<Duration>,
    start: Option<Template>,
    /// Whether the message has come to its end, or failed.
    is_over: bool,
    /// The last event, and its line.
    last: (String, usize),
    /// All events but the first.
    events: Vec<Recorded>,
    pieces: Pieces,
    facts: StreamFacts,
    lines: usize,
    /// When the event before came.
    before: Duration,
}

impl Reader {
    /// A reader of a file that has times, or has none.
    pub fn new(is_timed: bool) -> Reader {
        Reader {
            dialect: Dialect::DEFAULT,
            is_timed,
            fields: String::new(),
            begun: 0,
            at: None,
            start: None,
            is_over: false,
            last: (String::new(), 1),
            events: Vec::new(),
            pieces: Pieces::default(),
            facts: StreamFacts { chars: 0, text_bytes: 0, deltas: 0, wire_bytes: 0 },
            lines: 1,
            before: Duration::ZERO,
        }
    }

    /// Takes the next line, which has number `line`, without its end.
    ///
    /// # Errors
    /// When it ends an event that cannot be read.
    pub fn line(&mut self, line: usize, content: &str) -> Result<(), Damage> {
        self.lines = line;
        match content.strip_prefix(AT) {
            _ if content.is_empty() => self.dispatch()?,
            Some(seconds) if self.is_timed => {
                self.at = Some(time(seconds).ok_or_else(|| Damage { line, flaw: Flaw::NotATime(quotable(seconds)) })?);
            }
            _ if content.starts_with(':') => {}
            _ => {
                if self.fields.is_empty() {
                    self.begun = line;
                }
                self.fields.extend([content, "\n"]);
            }
        }
        Ok(())
    }

    /// The blank line: what was read since the last one is an event, if it has data.
    fn dispatch(&mut self) -> Result<(), Damage> {
        let mut fields = std::mem::take(&mut self.fields);
        fields.push('\n');
        let (mut taken, line) = (Ok(()), self.begun);
        // A decoder without a limit does not fail: the whole file is limited already.
        let _ = Decoder::new(usize::MAX).push(fields.as_bytes(), |event| taken = self.event(event));
        taken.map_err(|flaw| Damage { line, flaw })
    }

    fn event(&mut self, event: SseEvent<'_>) -> Result<(), Flaw> {
        let damaged =
            |why: &dyn fmt::Display| Flaw::Event { name: quotable(event.name), why: quotable(&why.to_string()) };
        let dialect = self.dialect;
        // What others' APIs and gateways write at their end; nothing is read behind an end but that.
        if self.is_over && event.data.trim() == DONE {
            self.at = None;
            return Ok(());
        }
        let told = dialect.read(event.name, event.data).map_err(|error| damaged(&error.source))?;
        // Also what nothing is read of says whether the event is whole.
        dialect.is_whole(&told, event.data).map_err(|error| damaged(&error))?;
        let at = self.time()?;
        let record = Bytes::from(dialect.record(&told, event.data));
        let part = told.part();
        match (&told, &self.start) {
            (Event::Opens { id, .. }, None) => self.start = Some(dialect.with_id_blank(record, id)),
            (Event::Opens { .. }, Some(_)) if self.is_over => return Err(Flaw::AnotherAnswer),
            (_, None) => return Err(Flaw::NoStart(dialect.first_event())),
            _ => self.events.push(Recorded { at, told: Told { part, template: record.into() } }),
        }
        self.is_over |= matches!(part, Part::Stops | Part::Fails);
        self.last = (quotable(dialect.name(&told)), self.begun);
        // What is not known need not be JSON.
        dialect.collect(&mut self.pieces, &told, &serde_json::from_str(event.data).unwrap_or_default());
        self.count(&told);
        Ok(())
    }

    /// The time of the event under way.
    fn time(&mut self) -> Result<Duration, Flaw> {
        let before = self.before;
        match self.at.take() {
            None if self.is_timed => return Err(Flaw::NoTime),
            None => {}
            Some(at) if at < before => {
                return Err(Flaw::Backwards { before: before.as_secs_f64(), after: at.as_secs_f64() });
            }
            Some(at) => self.before = at,
        }
        Ok(self.before)
    }

    fn count(&mut self, told: &Event<'_>) {
        if let Event::Delta { delta, .. } = told {
            self.facts.count(delta);
        }
    }

    /// The end of the file ends its last event too: an editor may have taken the blank line away.
    ///
    /// # Errors
    /// When there was no event, or the file breaks off before the message's end: within its last event, or after it.
    pub fn end(mut self) -> Result<Cassette, Damage> {
        self.dispatch().map_err(|damage| match damage.flaw {
            Flaw::Event { name, .. } if self.start.is_some() => Damage { flaw: Flaw::CutWithin(name), ..damage },
            flaw => Damage { flaw, ..damage },
        })?;
        let Some(start) = self.start else {
            return Err(Damage { line: self.lines, flaw: Flaw::Empty });
        };
        if !self.is_over {
            let (name, line) = self.last;
            return Err(Damage { line, flaw: Flaw::CutAfter { name, last: self.dialect.last_event() } });
        }
        let (body, closing) = bounds(&self.events);
        let times = || self.events[body..].iter().map(|event| event.at).collect();
        let times = self.is_timed.then(times);
        let told = |range: &[Recorded]| range.iter().map(|event| event.told.clone()).collect::<Vec<Told>>();
        let script = Script {
            dialect: self.dialect,
            start,
            opening: told(&self.events[..body]),
            body: told(&self.events[body..closing]),
            closing: told(&self.events[closing..]),
            timing: Timing::Even,
            whole: self.dialect.collected(self.pieces),
            facts: self.facts,
            first_turn: None,
        };
        Ok(Cassette { script: script.weighed(), times })
    }
}

/// Where body and closing begin. The body is from the first delta until the answer goes on no more.
fn bounds(events: &[Recorded]) -> (usize, usize) {
    let goes_on = |event: &Recorded| matches!(event.told.part, Part::Delta | Part::Opens);
    let last = events.iter().rposition(goes_on).map_or(0, |at| at + 1);
    let ends = events[last..].iter().position(|event| event.told.part != Part::Aside);
    let closing = ends.map_or(events.len(), |at| last + at);
    let body = events.iter().position(|event| event.told.part == Part::Delta).unwrap_or(closing);
    (body, closing)
}

fn time(seconds: &str) -> Option<Duration> {
    let seconds: f64 = seconds.trim().parse().ok()?;
    (0.0..=LONGEST_SECONDS).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}
