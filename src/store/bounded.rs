//! Files that are read whole, and may be anyone's: a device, or a file that somebody else wrote, has no end that can be relied on.

use crate::units::Bytes;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Records of runs: some 16 bytes a sample and 55 samples a second, so that a day of trials takes about 75 MB.
pub(super) const LARGEST_RECORD: Bytes = Bytes(512 << 20);
/// Files that people write, and answers without their samples.
pub(super) const LARGEST_DOCUMENT: Bytes = Bytes(16 << 20);

/// The bytes of a file that has no more than `most` of them.
///
/// # Errors
/// When it cannot be read, or has more.
pub(super) fn read_bytes(path: &Path, most: Bytes) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most.0 + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most.0 {
        return Err(io::Error::new(
            ErrorKind::FileTooLarge,
            format!("it is larger than {most}, the most that is read"),
        ));
    }
    Ok(bytes)
}

/// The text of a document of no more than 16 MiB.
///
/// # Errors
/// When it cannot be read, is larger, or is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    let bytes = read_bytes(path, LARGEST_DOCUMENT)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_not_read_to_it() {
        let error = read_bytes(Path::new("/dev/zero"), Bytes(1 << 20)).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 1 MiB, the most that is read");
        assert_eq!(read_bytes(Path::new("/dev/null"), Bytes(0)).unwrap(), b"");
    }
}
