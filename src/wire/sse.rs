//! Server-Sent Events: bytes in, events out, with nothing kept at rest; and one event back into bytes.
//!
//! The decoder follows the HTML Standard, 9.2.6 "Interpreting an event stream". What it adds is thrift. It lives inside
//! a client whose memory per open stream is the number under measurement, so it may not hold a buffer of its own
//! between events: an event that lies whole in one chunk is handed out as slices of that chunk, and only the tail of an
//! event that the network cut in two is copied, until the event is complete.
//!
//! Decoding is by line and not by stream, which gives the same text: CR, LF, `:` and space are ASCII, and the UTF-8
//! decoder never swallows an ASCII byte, not even in the middle of a broken sequence.

use std::borrow::Cow;
use std::time::Duration;

use memchr::{memchr, memchr2};
use thiserror::Error;

/// U+FEFF in UTF-8, dropped once if the stream begins with it.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// One dispatched event, borrowed from the chunk where possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SseEvent<'a> {
    /// The event type; `message` where the stream names none.
    pub name: &'a str,
    /// The `data` lines, joined by LF.
    pub data: &'a str,
    /// The last event id, inherited from earlier events; empty before the first `id` field.
    pub id: &'a str,
}

/// The bytes of one event: its name, its data line by line, and the blank line.
pub fn frame(name: &str, data: &str) -> String {
    let mut text = format!("event: {name}\n");
    for line in data.split('\n') {
        text.extend(["data: ", line, "\n"]);
    }
    text.push('\n');
    text
}

/// Why decoding stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SseError {
    /// One event needs more memory than the decoder was allowed.
    #[error("an event of the stream is larger than {limit} bytes")]
    TooLarge {
        /// The limit that was given to [`Decoder::new`].
        limit: usize,
    },
}

/// An incremental decoder for one stream.
///
/// The end of the stream needs no call: the standard discards an event that no blank line has ended, and dropping the
/// decoder does that.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    /// Bytes of the BOM seen so far; `BOM.len()` once the question is settled.
    bom: usize,
    /// The last byte was a CR that ended a line, so an LF right after it belongs to the same line end.
    after_cr: bool,
    failed: bool,
    /// The line that the last chunk left unfinished.
    line: Vec<u8>,
    /// The event that the last chunk left unfinished, without that line.
    block: Block<'static>,
    id: Box<str>,
    retry: Option<Duration>,
}

/// The fields of an event under way, still as bytes.
#[derive(Debug, Default)]
struct Block<'c> {
    name: Cow<'c, [u8]>,
    /// `None` until the first `data` line: one empty `data` line makes an event, none does not.
    data: Option<Cow<'c, [u8]>>,
}

impl Decoder {
    /// A decoder for a new stream that fails rather than hold more than `limit` bytes of one event.
    ///
    /// What counts is the line being read plus the event's name and data so far. An event that lies whole in a chunk is
    /// held to the same limit, so that the verdict does not depend on how the network cut the stream.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            bom: 0,
            after_cr: false,
            failed: false,
            line: Vec::new(),
            block: Block::default(),
            id: Box::default(),
            retry: None,
        }
    }

    /// Reads one chunk and hands every event that it completes to `on_event`.
    ///
    /// # Errors
    /// [`SseError::TooLarge`] once an event outgrows the limit. Events before it have been handed out; the decoder then
    /// holds nothing and every later call fails the same way, because the start of the next event is no longer known.
    pub fn push(&mut self, chunk: &[u8], mut on_event: impl FnMut(SseEvent<'_>)) -> Result<(), SseError> {
        if self.failed {
            return Err(SseError::TooLarge { limit: self.limit });
        }
        let mut rest = self.skip_bom(chunk);
        let mut block: Block<'_> = std::mem::take(&mut self.block);
        loop {
            if self.after_cr && !rest.is_empty() {
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
                self.after_cr = false;
            }
            let end = memchr2(b'\n', b'\r', rest);
            let piece = &rest[..end.unwrap_or(rest.len())];
            if block.len() + self.line.len() + piece.len() > self.limit {
                return Err(self.fail());
            }
            let Some(end) = end else {
                self.line.extend_from_slice(piece);
                break;
            };
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            let line = self.finish_line(piece);
            if line.is_empty() {
                self.dispatch(std::mem::take(&mut block), &mut on_event);
            } else {
                self.field(&mut block, line);
            }
        }
        self.block = block.into_owned();
        Ok(())
    }

    /// Heap bytes that the decoder holds now: the unfinished event, if any, and the last event id. A subject that drops its text claims
    /// to keep nothing, and this is what that claim can be checked by: the proof is in `tests/wire/sse.rs`.
    pub fn retained_bytes(&self) -> usize {
        self.line.capacity() + self.block.capacity() + self.id.len()
    }

    /// The reconnection time that the stream last asked for.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Drops a leading BOM, also one that arrives byte by byte. What only looked like one becomes the start of the
    /// line.
    fn skip_bom<'c>(&mut self, chunk: &'c [u8]) -> &'c [u8] {
        let mut rest = chunk;
        while self.bom < BOM.len() {
            let Some((&byte, after)) = rest.split_first() else {
                break;
            };
            if byte != BOM[self.bom] {
                self.line.extend_from_slice(&BOM[..self.bom]);
                self.bom = BOM.len();
                break;
            }
            self.bom += 1;
            rest = after;
        }
        rest
    }

    /// The whole line that `piece` ends: borrowed, unless an earlier chunk brought its beginning.
    fn finish_line<'c>(&mut self, piece: &'c [u8]) -> Cow<'c, [u8]> {
        if self.line.is_empty() {
            return Cow::Borrowed(piece);
        }
        let mut line = std::mem::take(&mut self.line);
        line.extend_from_slice(piece);
        Cow::Owned(line)
    }

    /// Takes one non-empty line into the event. A comment has an empty field name and so is passed over as unknown.
    fn field<'c>(&mut self, block: &mut Block<'c>, line: Cow<'c, [u8]>) {
        let colon = memchr(b':', &line);
        let value_at = match colon {
            Some(at) if line.get(at + 1) == Some(&b' ') => at + 2,
            Some(at) => at + 1,
            None => line.len(),
        };
        match &line[..colon.unwrap_or(line.len())] {
            b"data" => block.add_data(cut(line, value_at)),
            b"event" => block.name = cut(line, value_at),
            b"id" if memchr(0, &line[value_at..]).is_none() => {
                self.id = text(&line[value_at..]).into();
            }
            b"retry" => self.retry = milliseconds(&line[value_at..]).or(self.retry),
            _ => {}
        }
    }

    /// The blank line: hands the event out, unless it has no data.
    fn dispatch(&self, block: Block<'_>, on_event: &mut impl FnMut(SseEvent<'_>)) {
        let Some(data) = &block.data else { return };
        let name = match &*block.name {
            b"" => Cow::Borrowed("message"),
            name => text(name),
        };
        on_event(SseEvent { name: &name, data: &text(data), id: &self.id });
    }

    fn fail(&mut self) -> SseError {
        self.failed = true;
        self.line = Vec::new();
        SseError::TooLarge { limit: self.limit }
    }
}

impl<'c> Block<'c> {
    fn add_data(&mut self, line: Cow<'c, [u8]>) {
        match &mut self.data {
            Some(data) => {
                let data = data.to_mut();
                data.push(b'\n');
                data.extend_from_slice(&line);
            }
            data => *data = Some(line),
        }
    }

    fn len(&self) -> usize {
        self.name.len() + self.data.as_ref().map_or(0, |data| data.len())
    }

    fn capacity(&self) -> usize {
        let held = |text: &Cow<'_, [u8]>| match text {
            Cow::Owned(bytes) => bytes.capacity(),
            Cow::Borrowed(_) => 0,
        };
        held(&self.name) + self.data.as_ref().map_or(0, held)
    }

    fn into_owned(self) -> Block<'static> {
        Block { name: Cow::Owned(self.name.into_owned()), data: self.data.map(|data| Cow::Owned(data.into_owned())) }
    }
}

/// `line` from byte `at` on. An owned line keeps its buffer, so that a large event is not held twice.
fn cut(line: Cow<'_, [u8]>, at: usize) -> Cow<'_, [u8]> {
    match line {
        Cow::Borrowed(line) => Cow::Borrowed(&line[at..]),
        Cow::Owned(mut line) => {
            line.drain(..at);
            Cow::Owned(line)
        }
    }
}

/// UTF-8 with U+FFFD for what is broken. The check alone is several times as fast as the repair, and nearly always
/// enough.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// A `retry` value: ASCII digits only (so no sign, which `parse` would take), and within range.
fn milliseconds(value: &[u8]) -> Option<Duration> {
    let digits = std::str::from_utf8(value).ok()?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().map(Duration::from_millis)
}
