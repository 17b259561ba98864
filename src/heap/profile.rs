//! The heap profile of dhat-rs as a file: JSON version 2, mode `rust-heap`.
//!
//! Only what the sites need is read. A program point (one distinct call stack that allocated) carries four pairs of
//! numbers: total, its own peak, the global peak, and the end. The end is the one to use: the peak can fall on the
//! burst in which the connections are made.

use serde::Deserialize;
use thiserror::Error;

use super::frame::Frame;

/// A heap profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The program points, in the order of the file.
    pub points: Vec<ProgramPoint>,
    /// The frame table, as written: `0x55d1c3: path::function (file.rs:1:2)`. The first entry is `[root]`.
    pub frames: Vec<String>,
}

/// One call stack that allocated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramPoint {
    /// Bytes still allocated at the end of the profile.
    pub bytes: u64,
    /// Blocks still allocated at the end of the profile.
    pub blocks: u64,
    /// The stack as indices into [`Profile::frames`], the allocation first. Every index is within the table.
    pub stack: Vec<usize>,
}

/// Why a file cannot be read as a heap profile.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// The file is not JSON, for example because the program died while it wrote the profile.
    #[error("the heap profile is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// The file is JSON, but lacks a part of a profile or has it in another shape.
    #[error("the heap profile is not shaped like one of dhat")]
    Shape(#[source] serde_json::Error),
    /// A version of the format other than 2.
    #[error("the heap profile has version {0}, expected 2")]
    Version(u64),
    /// A profile of something other than the heap of a Rust program.
    #[error("the heap profile has mode `{0}`, expected `rust-heap`")]
    Mode(String),
    /// A program point without the bytes alive at the end (`eb`, `ebk`).
    #[error("program point {0} of the heap profile has no bytes at the end (`eb`, `ebk`)")]
    NoEnd(usize),
    /// A program point names a frame that is not in the table.
    #[error("program point {point} of the heap profile has frame {frame}, which is not in the table")]
    Frame {
        /// The program point, counted from 0.
        point: usize,
        /// The index that leads nowhere.
        frame: usize,
    },
    /// Functions have no module paths, so that no frame tells its crate.
    #[error(
        "the functions in the heap profile have no module paths: build the profiled program with `debug = 1`, \
         as `line-tables-only` leaves the paths out"
    )]
    NoPaths,
}

#[derive(Deserialize)]
struct RawHeader {
    #[serde(rename = "dhatFileVersion")]
    version: u64,
    mode: String,
}

#[derive(Deserialize)]
struct RawBody {
    pps: Vec<RawPoint>,
    ftbl: Vec<String>,
}

#[derive(Deserialize)]
struct RawPoint {
    eb: Option<u64>,
    ebk: Option<u64>,
    fs: Vec<usize>,
}

impl Profile {
    /// Reads the content of a profile file.
    ///
    /// # Errors
    /// [`ProfileError`] says what is wrong with the file. Version and mode are looked at first, so that a profile of
    /// another kind is named as such.
    pub fn parse(json: &[u8]) -> Result<Self, ProfileError> {
        let header: RawHeader = read(json)?;
        if header.version != 2 {
            return Err(ProfileError::Version(header.version));
        }
        if header.mode != "rust-heap" {
            return Err(ProfileError::Mode(header.mode));
        }
        let body: RawBody = read(json)?;
        let points = body
            .pps
            .into_iter()
            .enumerate()
            .map(|(at, raw)| point(at, raw, body.ftbl.len()))
            .collect::<Result<_, _>>()?;
        if lacks_paths(&body.ftbl) {
            return Err(ProfileError::NoPaths);
        }
        Ok(Self { points, frames: body.ftbl })
    }

    /// All bytes alive at the end. Zero in a program that holds anything means that the profiler did not see its
    /// allocator.
    pub fn bytes(&self) -> u64 {
        self.points.iter().fold(0, |sum, point| sum.saturating_add(point.bytes))
    }
}

fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, ProfileError> {
    serde_json::from_slice(json)
        .map_err(|error| if error.is_data() { ProfileError::Shape(error) } else { ProfileError::NotJson(error) })
}

fn point(at: usize, raw: RawPoint, frames: usize) -> Result<ProgramPoint, ProfileError> {
    let (Some(bytes), Some(blocks)) = (raw.eb, raw.ebk) else {
        return Err(ProfileError::NoEnd(at));
    };
    if let Some(&frame) = raw.fs.iter().find(|&&frame| frame >= frames) {
        return Err(ProfileError::Frame { point: at, frame });
    }
    Ok(ProgramPoint { bytes, blocks, stack: raw.fs })
}

/// Whether the program was built with `debug = "line-tables-only"`. Its frames are then bare names,
/// `with_capacity<u8>`, and only those of the precompiled standard library have paths. In a full profile a bare name in
/// a Rust file is a rarity, an exported symbol such as `__rust_alloc`.
fn lacks_paths(frames: &[String]) -> bool {
    let rust = || frames.iter().map(|frame| Frame::parse(frame)).filter(|frame| frame.file.ends_with(".rs"));
    let bare = rust().filter(|frame| !frame.has_path()).count();
    bare * 4 > rust().count()
}
