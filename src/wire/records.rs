//! Cutting a stream of server-sent events into its records, byte for byte.
//!
//! A record is what one event takes on the wire, with its comments and the blank line that ends it. Whoever passes a stream on passes
//! records on, so that what the client gets is what the server sent.

use bytes::{Bytes, BytesMut};
use memchr::memchr2;

/// Cuts one stream.
#[derive(Debug, Default)]
pub struct Records {
    held: BytesMut,
    /// Where the line begins that is being looked through, and up to where that has been done.
    line: usize,
    scanned: usize,
}

impl Records {
    /// Adds what has come.
    pub fn push(&mut self, chunk: &[u8]) {
        self.held.extend_from_slice(chunk);
    }

    /// Bytes of records that are not complete or have not been taken.
    pub fn held_bytes(&self) -> usize {
        self.held.len()
    }

    /// What is left when the stream has ended: a record that no blank line ended.
    pub fn rest(self) -> Bytes {
        self.held.freeze()
    }

    /// The end of the next line, and whether it is blank. A line ends with LF, CR LF or CR; what a CR at the end of the held bytes is
    /// remains open until the next byte comes.
    fn next_line(&mut self) -> Option<(usize, bool)> {
        let Some(at) = memchr2(b'\n', b'\r', &self.held[self.scanned..]).map(|at| self.scanned + at) else {
            self.scanned = self.held.len();
            return None;
        };
        let end = match (self.held[at], self.held.get(at + 1)) {
            (b'\r', None) => {
                self.scanned = at;
                return None;
            }
            (b'\r', Some(b'\n')) => at + 2,
            _ => at + 1,
        };
        let is_blank = at == self.line;
        (self.line, self.scanned) = (end, end);
        Some((end, is_blank))
    }
}

impl Iterator for Records {
    type Item = Bytes;

    /// The next complete record; `None` until more has come.
    fn next(&mut self) -> Option<Bytes> {
        loop {
            let (end, is_blank) = self.next_line()?;
            if is_blank {
                (self.line, self.scanned) = (0, 0);
                return Some(self.held.split_to(end).freeze());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::sse::Decoder;
    use proptest::prelude::*;

    fn cut(chunks: &[&[u8]]) -> (Vec<Bytes>, Bytes) {
        let mut records = Records::default();
        let mut taken = Vec::new();
        for chunk in chunks {
            records.push(chunk);
            taken.extend(records.by_ref());
        }
        (taken, records.rest())
    }

    fn decoded<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
        let mut events = Vec::new();
        let mut decoder = Decoder::new(usize::MAX);
        for chunk in chunks {
            decoder.push(chunk, |event| events.push((event.name.to_owned(), event.data.to_owned()))).unwrap();
        }
        events
    }

    #[test]
    fn every_kind_of_blank_line_ends_a_record() {
        for end in ["\n\n", "\r\n\r\n", "\r\r", "\n\r\n", "\r\n\n"] {
            let stream = format!("data: 1{end}data: 2{end}x");
            let (taken, rest) = cut(&[stream.as_bytes()]);
            assert_eq!(taken, [format!("data: 1{end}"), format!("data: 2{end}")], "{end:?}");
            assert_eq!(rest, "x");
        }
    }

    proptest! {
        /// However a stream is cut into chunks: nothing is lost, and every record alone has the events that it has in the stream.
        #[test]
        fn nothing_is_lost(stream in "(event: a|data: [xy]|:|\n|\r|\r\n|\n\n){0,40}", cuts in prop::collection::vec(0_usize..200, 0..8)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| at.min(stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &stream.as_bytes()[pair[0]..pair[1]]).collect();
            let (taken, rest) = cut(&chunks);
            prop_assert_eq!([taken.concat(), rest.to_vec()].concat(), stream.as_bytes());
            let events: Vec<_> = taken.iter().flat_map(|record| decoded([&record[..]])).collect();
            // The rest may hold an event too, when a CR at the end leaves its blank line open.
            let all = decoded([stream.as_bytes()]);
            prop_assert_eq!(&all[..events.len()], &events[..]);
            prop_assert_eq!(&all[events.len()..], &decoded([&rest[..]])[..]);
        }
    }
}
