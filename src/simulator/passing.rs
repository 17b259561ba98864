//! A stream of a real API, passed on in phases as the simulated ones are.
//!
//! What the API sends is read as soon as it comes, whatever the subject does: the API would otherwise wait, and streams that share one
//! HTTP/2 connection would wait for each other. It is held in this process's memory, up to a limit, and goes on to the subject when the
//! stage lets it: the opening at once, text from the cue on as it comes, the closing after the release.

use super::forward::HELD_LIMIT_BYTES;
use super::recorder::Recorder;
use super::recording::Recording;
use super::stage::{Entered, Opening};
use super::streaming::{Cut, Show, cut};
use super::traffic::Tokens;
use super::upstream::{Upstream, in_a_line};
use crate::foreign::quotable_in_a_line;
use crate::wire::event::{Event, Part};
use crate::wire::records::Records;
use crate::wire::sse::Decoder;
use bytes::Bytes;
use futures::stream::{self, Stream};
use reqwest::Response;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// One event, or the break.
type Item = Result<(Bytes, Part), Cut>;

/// The events of one stream, each when the stage lets it go. It counts as open from this call until it is dropped, and then nothing more
/// is read of it.
pub fn pass(
    show: Arc<Show>,
    upstream: Upstream,
    opening: Opening,
    answer: Response,
) -> impl Stream<Item = Result<Bytes, Cut>> + Send + use<> {
    let entered = show.stage.enter(opening);
    show.traffic.lock().streams += 1;
    let (items, line) = unbounded_channel();
    let held_bytes = Arc::new(AtomicUsize::new(0));
    let recording = upstream.recorder().map(|recorder| (Arc::clone(recorder), Recording::new(upstream.dialect())));
    let source = UpstreamEnd {
        show: Arc::clone(&show),
        upstream,
        items,
        held_bytes: Arc::clone(&held_bytes),
        begun: Instant::now(),
        tokens: Tokens::default(),
        recording,
        is_over: false,
    };
    let mut reading = JoinSet::new();
    reading.spawn(source.read(answer));
    let passage = Passage {
        show,
        line,
        held_bytes,
        ready: VecDeque::new(),
        held: VecDeque::new(),
        entered,
        has_begun: false,
        is_full: false,
        is_broken: false,
        is_over: false,
        _reading: reading,
    };
    stream::unfold(passage, |mut passage| async move { passage.next().await.map(|event| (event, passage)) })
}

/// The end towards the API.
struct UpstreamEnd {
    show: Arc<Show>,
    upstream: Upstream,
    items: UnboundedSender<Item>,
    held_bytes: Arc<AtomicUsize>,
    /// When the head of the answer came.
    begun: Instant,
    tokens: Tokens,
    recording: Option<(Arc<Recorder>, Recording)>,
    /// Whether the message has stopped, or failed.
    is_over: bool,
}

impl UpstreamEnd {
    /// Reads the answer to its end.
    async fn read(mut self, mut answer: Response) {
        let mut records = Records::default();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => {
                    self.show.traffic.lock().content.wire_bytes += chunk.len() as u64;
                    records.push(&chunk);
                    for record in records.by_ref() {
                        self.take(record);
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    return self.break_off(&format!("the upstream broke a stream off: {}", in_a_line(error)));
                }
            }
            if self.held_bytes.load(Ordering::Relaxed) + records.held_bytes() > HELD_LIMIT_BYTES {
                let limit = HELD_LIMIT_BYTES >> 20;
                return self.break_off(&format!(
                    "one stream of the upstream had more than {limit} MiB to be held; ask for less"
                ));
            }
        }
        if records.held_bytes() > 0 {
            self.hand_on(records.rest(), Part::Aside);
        }
        if !self.is_over {
            let last = self.upstream.dialect().last_event();
            self.fail(&format!("the upstream ended a stream without {last}"));
        }
    }

    fn take(&mut self, record: Bytes) {
        let at = self.begun.elapsed();
        let mut part = Part::Aside;
        // A record is no larger than what may be held, so that the decoder needs no limit of its own.
        let _ = Decoder::new(usize::MAX).push(&record, |event| {
            if let Ok(told) = self.upstream.dialect().read(event.name, event.data) {
                part = told.part();
                self.note(&told);
            }
        });
        self.record(at, &record, part);
        self.hand_on(record, part);
    }

    fn note(&mut self, told: &Event<'_>) {
        let mut traffic = self.show.traffic.lock();
        if let Event::Delta { delta, .. } = told {
            traffic.content.count(delta);
        }
        self.tokens.count(told, &mut traffic);
        drop(traffic);
        match told {
            Event::Stops => self.is_over = true,
            Event::Fails { kind, message } => {
                // The key goes first: half of one would not be found.
                let said = self.upstream.key().hidden_in(&format!("{kind}: {message}"));
                self.fail(&format!("the upstream failed within a stream: {}", quotable_in_a_line(&said)));
                self.is_over = true;
            }
            _ => {}
        }
    }

    /// Adds to the recording, and keeps it when the message is complete.
    fn record(&mut self, at: Duration, record: &[u8], part: Part) {
        let Some((recorder, mut recording)) = self.recording.take() else {
            return;
        };
        recording.add(at, record);
        if part == Part::Stops {
            if let Err(why) = recorder.keep(&recording, self.upstream.key()) {
                self.show.traffic.trouble(&why);
            }
        } else if recorder.is_wanted() {
            self.recording = Some((recorder, recording));
        }
    }

    fn hand_on(&self, record: Bytes, part: Part) {
        self.held_bytes.fetch_add(record.len(), Ordering::Relaxed);
        // The other end is gone when the subject is, and this task then ends at its next wait.
        let _ = self.items.send(Ok((record, part)));
    }

    fn break_off(self, why: &str) {
        self.fail(why);
        let _ = self.items.send(Err(Cut));
    }

    /// The stream will not become full.
    fn fail(&self, why: &str) {
        if !self.is_over {
            self.show.traffic.trouble(&self.upstream.key().hidden_in(why));
            self.show.stage.is_broken();
        }
    }
}

/// The end towards the subject.
struct Passage {
    show: Arc<Show>,
    line: UnboundedReceiver<Item>,
    held_bytes: Arc<AtomicUsize>,
    /// What may go.
    ready: VecDeque<Bytes>,
    /// What may be the closing.
    held: VecDeque<Bytes>,
    entered: Entered,
    has_begun: bool,
    is_full: bool,
    is_broken: bool,
    /// Whether the API has failed it, or said all that it had to say.
    is_over: bool,
    /// Ends with this.
    _reading: JoinSet<()>,
}

impl Passage {
    async fn next(&mut self) -> Option<Result<Bytes, Cut>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            if self.is_broken {
                return Some(Err(cut().await));
            }
            match self.line.recv().await {
                Some(Ok((event, part))) => {
                    self.held_bytes.fetch_sub(event.len(), Ordering::Relaxed);
                    self.is_over |= part == Part::Fails;
                    self.sort(event, part).await;
                }
                Some(Err(Cut)) => {
                    (self.is_broken, self.is_over) = (true, true);
                    self.ready.append(&mut self.held);
                }
                // The API has ended the stream, and what was held back is not followed by anything.
                None if self.held.is_empty() => {
                    self.is_over = true;
                    return None;
                }
                None => self.ready.append(&mut self.held),
            }
        }
    }

    /// Whether an event goes on at once, later, or back to where it waits for what follows.
    async fn sort(&mut self, event: Bytes, part: Part) {
        match part {
            Part::Aside if self.held.is_empty() => self.ready.push_back(event),
            Part::Aside | Part::Ends => self.held.push_back(event),
            Part::Delta => {
                self.begin().await;
                self.show.stage.passed_delta();
                self.go(event);
            }
            Part::Opens | Part::Fails => self.go(event),
            Part::Stops => {
                self.begin().await;
                if !self.is_full {
                    self.is_full = true;
                    self.show.stage.is_full();
                }
                self.show.stage.released(self.entered).await;
                self.go(event);
            }
        }
    }

    fn go(&mut self, event: Bytes) {
        self.ready.append(&mut self.held);
        self.ready.push_back(event);
    }

    /// Waits for the cue for text.
    async fn begin(&mut self) {
        if !self.has_begun {
            sleep_until(self.show.stage.beginning(Duration::ZERO).await).await;
            self.has_begun = true;
        }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.show.stage.leave(self.entered, self.is_full, self.is_over);
    }
}
