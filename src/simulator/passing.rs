//! A stream of a real API, passed on in phases as the simulated ones are.
//!
//! What the API sends is read as soon as it comes, whatever the subject does: the API would otherwise wait, and streams that share one
//! HTTP/2 connection would wait for each other. It is held in this process's memory, up to a limit, and goes on to the subject when the
//! stage lets it: the opening at once, text from the cue on as it comes, the closing after the release.
//!
//! What is compressed goes on as it came, and is decoded beside that to know what is in it. It cannot be cut between two events, unless the compressor was
//! flushed there: what came together goes when the last of it may.

use super::forward::HELD_LIMIT_BYTES;
use super::recorder::Recorder;
use super::recording::Recording;
use super::stage::{Entered, Opening};
use super::streaming::{Cut, Show, cut};
use super::traffic::Tokens;
use super::upstream::{Upstream, in_a_line};
use crate::foreign::quotable_in_a_line;
use crate::wire::encoding::Encoding;
use crate::wire::event::{Event, Part};
use crate::wire::records::Records;
use crate::wire::sse::Decoder;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures::stream::{self, Stream};
use reqwest::Response;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// What goes on together, or the break.
type Item = Result<Passed, Cut>;

/// One event, or several that came compressed in one read.
struct Passed {
    bytes: Bytes,
    /// What it is to the phases of a stream.
    part: Part,
    deltas: u32,
}

impl Passed {
    fn one(bytes: Bytes, part: Part) -> Passed {
        Passed { bytes, part, deltas: u32::from(part == Part::Delta) }
    }

    /// Counts an event in.
    fn with(&mut self, part: Part) {
        self.deltas += u32::from(part == Part::Delta);
        self.part = if held_longer(part) > held_longer(self.part) { part } else { self.part };
    }
}

/// Cut behind each flush of a compressor, which is an empty block without compression (RFC 1951, section 3.2.4): there an event ends. Where
/// those bytes are something else, it is cut there too, which does no harm.
fn flushed(mut chunk: Bytes) -> Vec<Bytes> {
    const FLUSH: [u8; 4] = [0, 0, 0xFF, 0xFF];
    let mut pieces = Vec::new();
    while let Some(at) = memchr::memmem::find(&chunk, &FLUSH) {
        pieces.push(chunk.split_to(at + FLUSH.len()));
    }
    pieces.extend((!chunk.is_empty()).then_some(chunk));
    pieces
}

/// What waits longest goes first in this order. Text goes on although the end of a block is behind it.
fn held_longer(part: Part) -> u8 {
    match part {
        Part::Aside => 0,
        Part::Opens => 1,
        Part::Ends => 2,
        Part::Delta => 3,
        Part::Fails => 4,
        Part::Stops => 5,
    }
}

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
        decoder: opening.encoding.map(|Encoding::Gzip| MultiGzDecoder::new(Vec::new())),
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
    /// Reads what is compressed.
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
}

impl UpstreamEnd {
    /// Reads the answer to its end.
    async fn read(mut self, mut answer: Response) {
        let mut records = Records::default();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => {
                    if let Err(error) = self.read_chunk(chunk, &mut records) {
                        return self.break_off(&format!("the upstream's compressed stream cannot be read: {error}"));
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
        if records.held_bytes() > 0 && self.decoder.is_none() {
            self.hand_on(Passed::one(records.rest(), Part::Aside));
        }
        let torn = self.decoder.as_mut().and_then(|decoder| decoder.try_finish().err());
        if let Some(error) = torn {
            self.show.traffic.trouble(&format!("the upstream ended a compressed stream that is not whole: {error}"));
        }
        if !self.is_over {
            let last = self.upstream.dialect().last_event();
            self.fail(&format!("the upstream ended a stream without {last}"));
        }
    }

    /// What compressed bytes say.
    fn plain(&mut self, piece: &[u8]) -> io::Result<Vec<u8>> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(piece.to_vec());
        };
        decoder.write_all(piece)?;
        decoder.flush()?;
        Ok(std::mem::take(decoder.get_mut()))
    }

    /// Hands on what came, event by event as far as it can be told apart.
    fn read_chunk(&mut self, chunk: Bytes, records: &mut Records) -> io::Result<()> {
        if self.decoder.is_none() {
            self.note_bytes(&chunk, records);
            for record in records.by_ref() {
                let part = self.take(&record);
                self.hand_on(Passed::one(record, part));
            }
            return Ok(());
        }
        for piece in flushed(chunk) {
            let text = self.plain(&piece)?;
            self.note_bytes(&text, records);
            let mut together = Passed::one(piece, Part::Aside);
            for record in records.by_ref() {
                together.with(self.take(&record));
            }
            self.hand_on(together);
        }
        Ok(())
    }

    fn note_bytes(&self, text: &[u8], records: &mut Records) {
        self.show.traffic.lock().content.wire_bytes += text.len() as u64;
        records.push(text);
    }

    /// Notes an event; what it is.
    fn take(&mut self, record: &Bytes) -> Part {
        let at = self.begun.elapsed();
        let mut part = Part::Aside;
        // A record is no larger than what may be held, so that the decoder needs no limit of its own.
        let _ = Decoder::new(usize::MAX).push(record, |event| {
            if let Ok(told) = self.upstream.dialect().read(event.name, event.data) {
                part = told.part();
                self.note(&told);
            }
        });
        self.record(at, record, part);
        part
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

    fn hand_on(&self, passed: Passed) {
        self.held_bytes.fetch_add(passed.bytes.len(), Ordering::Relaxed);
        // The other end is gone when the subject is, and this task then ends at its next wait.
        let _ = self.items.send(Ok(passed));
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
                Some(Ok(passed)) => {
                    self.held_bytes.fetch_sub(passed.bytes.len(), Ordering::Relaxed);
                    self.is_over |= passed.part == Part::Fails;
                    self.sort(passed).await;
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

    /// Whether it goes on at once, later, or back to where it waits for what follows.
    async fn sort(&mut self, Passed { bytes: event, part, deltas }: Passed) {
        match part {
            Part::Aside if self.held.is_empty() => self.ready.push_back(event),
            Part::Aside | Part::Ends => self.held.push_back(event),
            Part::Delta => {
                self.begin().await;
                self.show.stage.passed(deltas);
                self.go(event);
            }
            Part::Opens => self.go(event),
            Part::Fails => {
                if deltas > 0 {
                    self.begin().await;
                    self.show.stage.passed(deltas);
                }
                self.go(event);
            }
            Part::Stops => {
                self.begin().await;
                self.show.stage.passed(deltas);
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
