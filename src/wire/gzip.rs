//! gzip in parts that are made apart and put together (RFC 1951 and 1952).
//!
//! What a deflate stream says may refer back to what it said up to 32 KiB before, and to nothing else. So whatever is compressed for itself may
//! stand behind anything that ends with a whole byte, and many streams can share it; and what is not compressed at all ends and begins with
//! whole bytes.

use bytes::{BufMut, BytesMut};
use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// The head of a gzip member: deflate, no name, no time, of no known system.
pub const HEAD: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
/// The longest that one block without compression can be.
const LONGEST_STORED: usize = u16::MAX as usize;
/// Room for what a compressor says beside what it is given.
const ROOM: usize = 1024;

/// Adds `bytes` as they are, in blocks that end with a whole byte.
pub fn store(bytes: &[u8], out: &mut BytesMut) {
    for block in bytes.chunks(LONGEST_STORED) {
        let length = block.len() as u16;
        out.put_u8(0);
        out.put_u16_le(length);
        out.put_u16_le(!length);
        out.put_slice(block);
    }
}

/// Adds the end of a member: an empty last block, and the checksum and the length of all that was said.
pub fn end(sum: &Crc, out: &mut BytesMut) {
    // The last block, of fixed codes, with nothing but its end in it.
    out.put_slice(&[3, 0]);
    out.put_u32_le(sum.sum());
    // The standard has the length modulo 2^32.
    out.put_u32_le(sum.amount());
}

/// A compressor that begins with nothing behind it.
#[derive(Debug)]
pub struct Deflater(Compress);

impl Default for Deflater {
    /// At the level that gzip itself and most servers have where nothing else is set: 6, with 32 KiB to refer back to.
    fn default() -> Deflater {
        Deflater(Compress::new(Compression::default(), false))
    }
}

impl Deflater {
    /// Compresses more. What comes out of it may be nothing yet; to `flush` is to have all of it come, up to a whole byte.
    pub fn add(&mut self, bytes: &[u8], flush: bool) -> Vec<u8> {
        let mode = if flush { FlushCompress::Sync } else { FlushCompress::None };
        let (mut rest, mut out) = (bytes, Vec::new());
        loop {
            out.reserve(rest.len() + ROOM);
            let before = self.0.total_in();
            let status = self.0.compress_vec(rest, &mut out, mode);
            rest = &rest[(self.0.total_in() - before) as usize..];
            // Room that is left says that there was no more to come. A compressor in memory has nothing to fail at.
            let is_through = rest.is_empty() && out.len() < out.capacity();
            if is_through || !matches!(status, Ok(Status::Ok)) {
                return out;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::MultiGzDecoder;
    use std::io::Read;

    fn read(bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        MultiGzDecoder::new(bytes).read_to_end(&mut text).unwrap();
        text
    }

    /// The same compressed part behind beginnings of any length: checksum and length are those of the whole.
    #[test]
    fn parts_are_put_together() {
        let shared = b"and so on, and so on, and so on".repeat(5_000);
        for own in [0, 1, 500, LONGEST_STORED, LONGEST_STORED + 1, 200_000].map(|length| b"own".repeat(length)) {
            let (mut out, mut sum) = (BytesMut::from(&HEAD[..]), Crc::new());
            store(&own, &mut out);
            sum.update(&own);
            let mut deflater = Deflater::default();
            for (at, part) in shared.chunks(1_000).enumerate() {
                out.put_slice(&deflater.add(part, at % 3 == 0));
            }
            out.put_slice(&deflater.add(b"", true));
            let mut of_shared = Crc::new();
            of_shared.update(&shared);
            sum.combine(&of_shared);
            store(b"!", &mut out);
            sum.update(b"!");
            end(&sum, &mut out);
            assert_eq!(read(&out), [&own[..], &shared, b"!"].concat(), "{}", own.len());
            assert!(out.len() < own.len() + shared.len() / 20 + 500, "{}", out.len());
        }
    }

    /// What cannot be compressed is larger than what was given, and comes whole.
    #[test]
    fn noise_comes_whole() {
        let mut rng = fastrand::Rng::with_seed(1);
        let noise: Vec<u8> = (0..300_000).map(|_| rng.u8(..)).collect();
        let (mut out, mut sum) = (BytesMut::from(&HEAD[..]), Crc::new());
        out.put_slice(&Deflater::default().add(&noise, true));
        sum.update(&noise);
        end(&sum, &mut out);
        assert_eq!(read(&out), noise);
    }
}
