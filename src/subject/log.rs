//! What a subject writes to its standard error: all of it read, a bounded part of it kept in a file, and its last words quoted.
//!
//! It writes into a pipe that is read to its end, so that it neither stands still because of a full one nor is ended by a broken one, however
//! much it writes. What it wrote may be anything: see [`crate::foreign`].

use super::telling_line::telling_line;
use crate::foreign::quotable;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;
use tokio::sync::watch;
use tokio::time::timeout;

/// What a log keeps of the beginning, and of the end: together as much as anybody reads.
const HEAD_BYTES: u64 = 512 << 10;
const TAIL_BYTES: usize = 512 << 10;
/// What is read at once: a pipe's whole capacity (man page pipe(7)).
const READ_BYTES: usize = 64 << 10;
/// Where the line that says what went wrong is looked for: traces are some KiB long.
const LAST_WORDS_BYTES: usize = 64 << 10;
/// How long the end of the pipe is waited for once the subject has ended. It comes at once, unless a process that could not be ended holds
/// the other end.
const DRAINING: Duration = Duration::from_secs(1);

/// A subject's standard error.
#[derive(Debug)]
pub struct Log {
    kept: Arc<Mutex<Kept>>,
    /// Whether all has been read.
    at_end: watch::Receiver<bool>,
}

impl Log {
    /// Creates the file at `path`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn create(path: &Path) -> io::Result<Unfollowed> {
        let file = File::create(path)?;
        Ok(Unfollowed(Kept { path: path.to_owned(), file, total: 0, tail: VecDeque::new(), is_closed: false }))
    }

    /// What was said last, by now.
    pub fn last_words(&self) -> LastWords {
        lock(&self.kept).last_words()
    }

    /// Waits, when the subject has ended, until all that it wrote has been read, and completes the file; one in which nothing is, is removed.
    pub async fn close(&self) {
        let mut at_end = self.at_end.clone();
        // Who holds the pipe open from now on is not waited for, and not heard.
        let _ = timeout(DRAINING, at_end.wait_for(|at_end| *at_end)).await;
        lock(&self.kept).close();
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A log to which nothing is written yet.
#[derive(Debug)]
pub(super) struct Unfollowed(Kept);

impl Unfollowed {
    /// Keeps what comes out of `pipe`, until its end.
    pub fn follow(self, mut pipe: ChildStderr) -> Log {
        let kept = Arc::new(Mutex::new(self.0));
        let (ended, at_end) = watch::channel(false);
        let theirs = Arc::clone(&kept);
        tokio::spawn(async move {
            let mut buffer = vec![0; READ_BYTES];
            while let Ok(length @ 1..) = pipe.read(&mut buffer).await {
                lock(&theirs).take(&buffer[..length]);
            }
            ended.send_replace(true);
        });
        Log { kept, at_end }
    }
}

/// What is kept of it.
#[derive(Debug)]
struct Kept {
    path: PathBuf,
    /// Holds the beginning.
    file: File,
    /// Bytes that came.
    total: u64,
    /// The last of them.
    tail: VecDeque<u8>,
    is_closed: bool,
}

impl Kept {
    fn take(&mut self, bytes: &[u8]) {
        if self.is_closed {
            return;
        }
        let room = HEAD_BYTES.saturating_sub(self.total).min(bytes.len() as u64) as usize;
        // A disk that is full takes the log and nothing else: what has to be saved is found to be lost where it is saved.
        let _ = self.file.write_all(&bytes[..room]);
        self.total += bytes.len() as u64;
        let newest = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        let too_many = (self.tail.len() + newest.len()).saturating_sub(TAIL_BYTES);
        self.tail.drain(..too_many);
        self.tail.extend(newest);
    }

    /// Adds the end to the beginning, and what is missing between them.
    fn close(&mut self) {
        if std::mem::replace(&mut self.is_closed, true) {
            return;
        }
        if self.total == 0 {
            let _ = fs::remove_file(&self.path);
        }
        let beyond_head = self.total.saturating_sub(HEAD_BYTES);
        let left_out = beyond_head.saturating_sub(self.tail.len() as u64);
        if left_out > 0 {
            let _ = write!(self.file, "\n[probe: {left_out} bytes are left out here, of {} in all]\n", self.total);
        }
        let in_head = self.tail.len().saturating_sub(beyond_head as usize);
        let _ = self.file.write_all(&self.tail.make_contiguous()[in_head..]);
    }

    fn last_words(&self) -> LastWords {
        let from = self.tail.len().saturating_sub(LAST_WORDS_BYTES);
        let end: Vec<u8> = self.tail.iter().skip(from).copied().collect();
        let said = last_words(&String::from_utf8_lossy(&end), self.total > end.len() as u64);
        LastWords { said, file: self.path.clone() }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.close();
    }
}

/// The line that says what went wrong; one whose beginning is not there is quoted from its end.
fn last_words(text: &str, is_cut_off: bool) -> Option<String> {
    let (number, line) = telling_line(text)?;
    if number > 0 || !is_cut_off {
        return Some(quotable(line));
    }
    let from = line.char_indices().rev().nth(crate::foreign::LONGEST_QUOTE - 1).map_or(0, |(at, _)| at);
    Some(format!("…{}", quotable(&line[from..])))
}

/// What a subject wrote to its standard error, at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastWords {
    /// The line that says what went wrong, quotable; `None` if there was none.
    pub said: Option<String>,
    /// Where all of it is.
    pub file: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::is_unsafe;
    use proptest::prelude::*;

    /// Takes it in pieces, and gives the file's content and the last words.
    fn kept(pieces: &[Vec<u8>]) -> (Option<Vec<u8>>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let Unfollowed(mut kept) = Log::create(&path).unwrap();
        pieces.iter().for_each(|piece| kept.take(piece));
        let words = kept.last_words().said;
        kept.close();
        kept.take(b"too late");
        drop(kept);
        (fs::read(path).ok(), words)
    }

    #[test]
    fn what_is_short_is_kept_as_it_is() {
        assert_eq!(kept(&[]), (None, None));
        let (file, words) = kept(&[b"one\n".to_vec(), b"tw".to_vec(), b"o\n\n \n".to_vec()]);
        assert_eq!((file.unwrap().as_slice(), words.as_deref()), (b"one\ntwo\n\n \n".as_slice(), Some("two")));
        let (_, words) = kept(&[b"\x1b]52;c;aGk=\x07\xff".to_vec()]);
        assert_eq!(words.as_deref(), Some("\\u{1b}]52;c;aGk=\\u{7}\u{fffd}"));
    }

    #[test]
    fn of_what_is_long_both_ends_are_kept_and_the_gap_is_said() {
        let mut pieces = vec![b"the beginning\n".to_vec()];
        pieces.extend(std::iter::repeat_n(vec![b'x'; 1 << 20], 20));
        pieces.push(b"the end".to_vec());
        let (file, words) = kept(&pieces);
        let text = String::from_utf8(file.unwrap()).unwrap();
        assert!(text.len() < HEAD_BYTES as usize + TAIL_BYTES + 100, "{}", text.len());
        assert!(text.starts_with("the beginning\nxxx") && text.ends_with("xxxthe end"));
        let left_out = (20 << 20) + 21 - HEAD_BYTES as usize - TAIL_BYTES;
        assert!(
            text.contains(&format!("\n[probe: {left_out} bytes are left out here, of {} in all]\n", (20 << 20) + 21))
        );
        assert_eq!(words.unwrap(), format!("…{}the end", "x".repeat(193)));
    }

    proptest! {
        /// As long as nothing has to be left out, the file is what came, however it came.
        #[test]
        fn nothing_is_doubled_or_lost(lengths in prop::collection::vec(0..400_000_usize, 0..5), total in 1..1_048_576_usize) {
            let bytes: Vec<u8> = (0..total).map(|at| (at % 251) as u8).collect();
            let mut cuts: Vec<usize> = lengths.into_iter().map(|length| length.min(total)).collect();
            cuts.extend([0, total]);
            cuts.sort_unstable();
            let pieces: Vec<Vec<u8>> = cuts.windows(2).map(|cut| bytes[cut[0]..cut[1]].to_vec()).collect();
            let (file, words) = kept(&pieces);
            prop_assert!(file.unwrap() == bytes);
            prop_assert!(words.is_none_or(|words| !words.contains(is_unsafe)));
        }
    }
}
