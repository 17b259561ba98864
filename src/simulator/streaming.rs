//! One open stream: a position in the shared script and the deadlines of its events.

use super::script::Script;
use super::stage::Stage;
use crate::scenario::Pace;
use bytes::Bytes;
use futures::stream::{self, Stream};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The part of the golden ratio behind the point: its multiples spread over 0..1 more evenly than anything else, for any count.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// How a delta begins on the wire.
const DELTA: &[u8] = b"event: content_block_delta\n";

/// What all streams of a simulator share.
#[derive(Debug)]
pub struct Show {
    /// What they say.
    pub script: Script,
    /// When they may.
    pub stage: Stage,
    /// How fast.
    pub pace: Pace,
}

impl Show {
    /// Time between two events of one stream: all events of the body evenly over the text's time.
    pub fn interval(&self) -> Duration {
        let text = self.pace.text_within(self.script.facts.chars as u32);
        text / (self.script.body.len().max(1) as u32)
    }
}

/// The next thing a stream has to say.
enum Position {
    Opening(usize),
    Body(usize),
    Closing(usize),
}

struct Speaker {
    show: Arc<Show>,
    first: Option<Bytes>,
    position: Position,
    /// When event 0 of the body is due.
    begin: Option<Instant>,
    /// This stream's number, which sets it a little apart from the others.
    number: u32,
    is_full: bool,
}

/// The events of one stream, each when it is due. It counts as open from this call until it is dropped.
pub fn speak(show: Arc<Show>, message_id: &str) -> impl Stream<Item = Bytes> + Send + use<> {
    let speaker = Speaker {
        first: Some(show.script.message_start(message_id)),
        position: Position::Opening(0),
        begin: None,
        number: show.stage.enter(),
        is_full: false,
        show,
    };
    stream::unfold(speaker, |mut speaker| async move { speaker.next().await.map(|event| (event, speaker)) })
}

impl Speaker {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if let Position::Opening(at) = self.position {
            match self.show.script.opening.get(at).cloned() {
                Some(event) => {
                    self.position = Position::Opening(at + 1);
                    return Some(event);
                }
                None => self.position = Position::Body(0),
            }
        }
        if let Position::Body(at) = self.position {
            match self.show.script.body.get(at).cloned() {
                Some(event) => {
                    self.wait_for_turn(at, event.starts_with(DELTA)).await;
                    self.position = Position::Body(at + 1);
                    return Some(event);
                }
                None => self.position = Position::Closing(0),
            }
        }
        self.last_words().await
    }

    async fn wait_for_turn(&mut self, at: usize, is_delta: bool) {
        let begin = match self.begin {
            Some(begin) => begin,
            None => {
                let cue = self.show.stage.beginning(self.show.pace.first_token_after()).await;
                let apart = (f64::from(self.number) * GOLDEN).fract();
                *self.begin.insert(cue + self.show.interval().mul_f64(apart))
            }
        };
        let due = begin + self.show.interval() * at as u32;
        sleep_until(due).await;
        self.show.stage.sent(due, is_delta);
    }

    async fn last_words(&mut self) -> Option<Bytes> {
        let Position::Closing(at) = self.position else {
            return None;
        };
        if !self.is_full {
            self.is_full = true;
            self.show.stage.is_full();
        }
        self.show.stage.released().await;
        self.position = Position::Closing(at + 1);
        self.show.script.closing.get(at).cloned()
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.show.stage.leave(self.is_full);
    }
}
