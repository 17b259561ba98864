//! A script as gzip has it, made once and shared by all streams that ask for it.
//!
//! A server that compresses keeps a compressor of some 300 KiB for every stream, and spends processor time on each. All streams of a simulator
//! say the same but for a few events of their own, so that what is the same is compressed once, in runs between those events, and
//! those go between them as they are, in blocks without compression. A client cannot tell it from what a server made for it alone,
//! but for some hundred bytes more: it decodes the same kinds of blocks, keeps the same window of 32 KiB, and checks the same sum.

use super::script::{Script, Told};
use crate::scenario::Flush;
use crate::wire::gzip::{self, Deflater};
use crate::wire::template::Template;
use bytes::{Bytes, BytesMut};
use flate2::Crc;
use std::iter;
use std::sync::Arc;

/// A script, compressed.
#[derive(Debug)]
pub struct Compressed {
    /// One for each event, from the first to the last.
    pieces: Vec<Piece>,
}

/// What one event is on the wire.
#[derive(Debug)]
struct Piece {
    kind: Kind,
    /// Whether it is sent, with all that has been held back before it.
    goes: bool,
}

#[derive(Debug)]
enum Kind {
    /// A part of a run: what comes out of the compressor with it, which is nothing where it is held back, and with the last part the sum of
    /// the run.
    Shared { bytes: Bytes, sum: Option<Crc> },
    /// A stream's own.
    Own,
}

/// The events in their order.
fn templates(script: &Script) -> impl Iterator<Item = &Template> {
    let told = [&script.opening, &script.body, &script.closing].into_iter().flatten();
    iter::once(&script.start).chain(told.map(|Told { template, .. }| template))
}

impl Compressed {
    /// Compresses the script. Whatever waits to be flushed, the text comes whole before a stream waits for its end.
    pub fn of(script: &Script, flush: Flush) -> Compressed {
        let events: Vec<Option<Bytes>> = templates(script).map(Template::fixed).collect();
        let text_ends = script.opening.len() + script.body.len();
        let (mut deflater, mut sum) = (Deflater::default(), Crc::new());
        // What came out of the compressor before it was to come up to a whole byte.
        let mut begun = Vec::new();
        let mut held_bytes = 0;
        let mut pieces = Vec::with_capacity(events.len());
        for (at, event) in events.iter().enumerate() {
            held_bytes += event.as_ref().map_or(0, Bytes::len) as u64;
            let goes = flush.is_due(held_bytes) || at == text_ends || at + 1 == events.len();
            if goes {
                held_bytes = 0;
            }
            let kind = match event {
                None => Kind::Own,
                Some(event) => {
                    let ends_run = !matches!(events.get(at + 1), Some(Some(_)));
                    let is_whole = goes || ends_run;
                    sum.update(event);
                    begun.extend(deflater.add(event, is_whole));
                    let bytes = if is_whole { std::mem::take(&mut begun).into() } else { Bytes::new() };
                    let sum = ends_run.then(|| std::mem::take(&mut sum));
                    if ends_run {
                        deflater = Deflater::default();
                    }
                    Kind::Shared { bytes, sum }
                }
            };
            pieces.push(Piece { kind, goes });
        }
        Compressed { pieces }
    }
}

/// One stream of it: how far it is.
#[derive(Debug)]
pub struct Packer {
    compressed: Arc<Compressed>,
    at: usize,
    /// Of what was said before the current run.
    sum: Crc,
    /// What has not been sent.
    held: BytesMut,
}

impl Packer {
    /// A stream that has said nothing.
    pub fn new(compressed: Arc<Compressed>) -> Packer {
        Packer { compressed, at: 0, sum: Crc::new(), held: BytesMut::from(&gzip::HEAD[..]) }
    }

    /// The next event, as it is sent: nothing where it is held back. With the last one comes the end.
    pub fn next(&mut self, event: &Bytes) -> Bytes {
        let Some(Piece { kind, goes }) = self.compressed.pieces.get(self.at) else {
            return Bytes::new();
        };
        self.at += 1;
        let is_last = self.at == self.compressed.pieces.len();
        match kind {
            Kind::Own => {
                gzip::store(event, &mut self.held);
                self.sum.update(event);
            }
            Kind::Shared { bytes, sum } => {
                if let Some(sum) = sum {
                    self.sum.combine(sum);
                }
                if self.held.is_empty() && !is_last {
                    return bytes.clone();
                }
                self.held.extend_from_slice(bytes);
            }
        }
        if is_last {
            gzip::end(&self.sum, &mut self.held);
        }
        if *goes { std::mem::take(&mut self.held).freeze() } else { Bytes::new() }
    }

    /// The end of a stream that fails with `event` in the place of the next one. What the compressor still held goes as it is.
    pub fn fail(&mut self, script: &Script, event: &Bytes) -> Bytes {
        let said = self.compressed.pieces.get(..self.at).unwrap_or_default();
        let back = |is: fn(&Bytes) -> bool| {
            let held = |piece: &&Piece| matches!(&piece.kind, Kind::Shared { bytes, sum: None } if is(bytes));
            said.iter().rev().take_while(held).count()
        };
        let (of_run, unsent) = (back(|_| true), back(Bytes::is_empty));
        for (at, told) in templates(script).enumerate().take(self.at).skip(self.at - of_run) {
            let told = told.fixed().unwrap_or_default();
            self.sum.update(&told);
            if at >= self.at - unsent {
                gzip::store(&told, &mut self.held);
            }
        }
        gzip::store(event, &mut self.held);
        self.sum.update(event);
        gzip::end(&self.sum, &mut self.held);
        std::mem::take(&mut self.held).freeze()
    }
}
