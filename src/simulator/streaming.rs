//! One open stream: a position in the shared script and the deadlines of its events.

use super::compressed::{Compressed, Packer};
use super::fault::Fault;
use super::intake::Intake;
use super::script::{Script, Told};
use super::source::Source;
use super::stage::{Entered, Opening, Stage};
use super::traffic::Counter;
use crate::scenario::{Flush, Pace};
use crate::wire::encoding::Encoding;
use crate::wire::event::Part;
use crate::wire::request::Asked;
use bytes::Bytes;
use futures::stream::{self, Stream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The part of the golden ratio behind the point: its multiples spread over 0..1 more evenly than anything else, for any count.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// Why a body ends before its end: the connection is to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub struct Cut;

/// What all streams of a simulator share.
#[derive(Debug)]
pub struct Show {
    /// Where it comes from what they say.
    pub source: Source,
    /// When they may.
    pub stage: Stage,
    /// How fast.
    pub pace: Pace,
    /// When compressed events go out; `None` compresses nothing.
    pub compression: Option<Flush>,
    /// The script as it is compressed, once somebody has asked for it.
    pub compressed: OnceLock<Arc<Compressed>>,
    /// What went through to a real API.
    pub traffic: Counter,
    /// How requests come in.
    pub intake: Intake,
}

impl Show {
    /// Time between two events of one stream; none is known of a real API's.
    pub fn interval(&self) -> Duration {
        match &self.source {
            Source::Script(script) => script.interval(self.pace),
            Source::Upstream(_) => Duration::ZERO,
        }
    }

    /// One more stream of the script, compressed.
    fn packer(&self, script: &Script) -> Packer {
        let flush = self.compression.unwrap_or_default();
        let compressed = self.compressed.get_or_init(|| Arc::new(Compressed::of(script, flush)));
        Packer::new(Arc::clone(compressed))
    }
}

/// The next thing a stream has to say.
enum Position {
    Opening(usize),
    Body(usize),
    Closing(usize),
    /// The stream has failed and says no more.
    Failed,
}

struct Speaker {
    show: Arc<Show>,
    script: Arc<Script>,
    first: Option<Bytes>,
    message_id: String,
    asked: Asked,
    position: Position,
    /// When event 0 of the body is due.
    begin: Option<Instant>,
    /// Its number sets it a little apart from the others.
    entered: Entered,
    /// Whether it was opened when its text was due already.
    came_late: bool,
    is_full: bool,
    /// How it fails, and at which place of the body.
    fault: Option<(Fault, usize)>,
    /// Compresses it, if it is to be.
    packer: Option<Packer>,
}

/// The events of one stream, each when it is due, as the request asked for them. It counts as open from this call until it is dropped.
pub fn speak(
    show: Arc<Show>,
    script: Arc<Script>,
    message_id: String,
    asked: Asked,
    opening: Opening,
    fault: Option<Fault>,
) -> impl Stream<Item = Result<Bytes, Cut>> + Send + use<> {
    let speaker = Speaker {
        first: Some(script.start.fill(&message_id, &asked)),
        message_id,
        entered: show.stage.enter(opening),
        asked,
        position: Position::Opening(0),
        begin: None,
        came_late: false,
        is_full: false,
        fault: fault.map(|fault| (fault, Fault::place(&script))),
        packer: opening.encoding.map(|Encoding::Gzip| show.packer(&script)),
        show,
        script,
    };
    stream::unfold(speaker, |mut speaker| async move { speaker.said().await.map(|bytes| (bytes, speaker)) })
}

impl Speaker {
    /// The next thing that is sent.
    async fn said(&mut self) -> Option<Result<Bytes, Cut>> {
        loop {
            let event = match self.next().await? {
                Ok(event) => event,
                Err(cut) => return Some(Err(cut)),
            };
            let Some(packer) = &mut self.packer else {
                return Some(Ok(event));
            };
            let bytes = match self.position {
                Position::Failed => packer.fail(&self.script, &event),
                Position::Opening(_) | Position::Body(_) | Position::Closing(_) => packer.next(&event),
            };
            if !bytes.is_empty() {
                return Some(Ok(bytes));
            }
        }
    }

    async fn next(&mut self) -> Option<Result<Bytes, Cut>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        if let Position::Opening(at) = self.position {
            match self.script.opening.get(at) {
                Some(told) => {
                    self.position = Position::Opening(at + 1);
                    return Some(Ok(self.filled(told)));
                }
                None => self.position = Position::Body(0),
            }
        }
        if let Position::Body(at) = self.position {
            if let Some((fault, _)) = self.fault.filter(|(_, place)| at >= *place) {
                return self.fail(fault, at).await;
            }
            match self.script.body.get(at) {
                Some(told) => {
                    let (is_delta, event) = (told.part == Part::Delta, self.filled(told));
                    self.wait_for_turn(at, is_delta).await;
                    self.position = Position::Body(at + 1);
                    return Some(Ok(event));
                }
                None => self.position = Position::Closing(0),
            }
        }
        self.last_words().await.map(Ok)
    }

    /// An event as the answer to what was asked; a copy of a pointer where it has no blank.
    fn filled(&self, told: &Told) -> Bytes {
        told.template.fill(&self.message_id, &self.asked)
    }

    /// In the place of event `at`, and at its time, the stream fails.
    async fn fail(&mut self, fault: Fault, at: usize) -> Option<Result<Bytes, Cut>> {
        sleep_until(self.due(at).await).await;
        self.position = Position::Failed;
        self.show.stage.is_broken();
        match fault {
            Fault::Cut => Some(Err(cut().await)),
            _ => Some(Ok(fault.failure(self.script.dialect)?.fill(&self.message_id, &self.asked))),
        }
    }

    async fn wait_for_turn(&mut self, at: usize, is_delta: bool) {
        let due = self.due(at).await;
        sleep_until(due).await;
        self.show.stage.sent(due, is_delta, self.came_late);
    }

    /// When event `at` of the body is due.
    async fn due(&mut self, at: usize) -> Instant {
        self.begin().await + self.script.due(at, self.show.pace)
    }

    /// When the body's first event is due, once the cue has come.
    async fn begin(&mut self) -> Instant {
        if let Some(begin) = self.begin {
            return begin;
        }
        let cue = self.show.stage.beginning(self.script.first_text_after(self.show.pace)).await;
        let apart = (f64::from(self.entered.number) * GOLDEN).fract();
        let begin = cue + self.show.interval().mul_f64(apart);
        self.came_late = self.entered.at > begin;
        *self.begin.insert(begin)
    }

    async fn last_words(&mut self) -> Option<Bytes> {
        let Position::Closing(at) = self.position else {
            return None;
        };
        if !self.is_full {
            // A script without text has had no turn to wait for.
            self.begin().await;
            self.is_full = true;
            self.show.stage.is_full();
        }
        self.show.stage.released(self.entered).await;
        let event = self.filled(self.script.closing.get(at)?);
        if let Some(after) = self.script.closing_due(at) {
            sleep_until(self.begin().await + after).await;
        }
        self.position = Position::Closing(at + 1);
        Some(event)
    }
}

/// The error that breaks the connection, after what was said before it has been written: the server writes when it is told to wait.
pub async fn cut() -> Cut {
    tokio::task::yield_now().await;
    Cut
}

impl Drop for Speaker {
    fn drop(&mut self) {
        let has_failed = matches!(self.position, Position::Failed);
        self.show.stage.leave(self.entered, self.is_full, has_failed);
    }
}
