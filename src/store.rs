//! Run folders: records and reports are written and read here, and appear whole or not at all. What subjects write themselves, their
//! standard error and heap profiles, comes into a folder beside them.

mod bounded;
mod error;
mod latest;

pub use bounded::read_text;
pub use error::StoreError;

use crate::proof::Proof;
use crate::report::proof_json;
use crate::run::{Run, SCHEMA};
use crate::units::Bytes;
use bounded::{LARGEST_DOCUMENT, LARGEST_RECORD, read_bytes};
use latest::Latest;
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The raw record's file name.
pub const RUN_FILE: &str = "run.json";
/// The record of a proof.
pub const PROOF_FILE: &str = "proof.json";
/// The folder of what subjects wrote to their standard errors.
const LOGS: &str = "subjects";

/// More than a run took so far, with its pictures and the old record beside the new one.
const ROOM: Bytes = Bytes(8 << 20);

/// A folder that holds one run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
    /// The folder that it is in, where that was made for it.
    made_parent: Option<PathBuf>,
}

impl RunFolder {
    /// [`RunFolder::create`] for a run that begins now.
    ///
    /// # Errors
    /// As there.
    pub fn begin(parent: &Path, name: &str) -> Result<RunFolder, StoreError> {
        RunFolder::create(parent, &jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string(), name)
    }

    /// Creates `parent/STAMP-NAME`, with a number behind it if that is taken, and looks whether a run can be saved there: what would be in
    /// its way is better found now than after the measurement.
    ///
    /// # Errors
    /// When it cannot be created, has no room, or when `parent/latest` is not this program's.
    pub fn create(parent: &Path, stamp: &str, name: &str) -> Result<RunFolder, StoreError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| StoreError::Create { path, source }
        };
        let made_parent = (!parent.exists()).then(|| parent.to_owned());
        fs::create_dir_all(parent).map_err(failed(parent))?;
        Latest::beside(parent).is_ours()?;
        let mut path = parent.join(format!("{stamp}-{name}"));
        for again in 2.. {
            match fs::create_dir(&path) {
                Ok(()) => break,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    path = parent.join(format!("{stamp}-{name}-{again}"));
                }
                Err(error) => return Err(failed(&path)(error)),
            }
        }
        let folder = RunFolder { path, made_parent };
        if let Err(source) = folder.take_room() {
            folder.tidy();
            return Err(StoreError::NoRoom { path: parent.to_owned(), needs: ROOM, source });
        }
        fs::create_dir(folder.logs()).map_err(failed(&folder.logs()))?;
        Ok(folder)
    }

    /// Writes as much as a run may take, to a file without a name. A disk says that it is full when it is written to; bytes that are all
    /// alike take no room on some.
    fn take_room(&self) -> io::Result<()> {
        let mut file = tempfile::tempfile_in(&self.path)?;
        let mut block = vec![0; 1 << 20];
        fastrand::Rng::with_seed(0).fill(&mut block);
        (0..ROOM.0 / block.len() as u64).try_for_each(|_| file.write_all(&block))?;
        file.sync_all()
    }

    /// The folder of an old run, by its name or by that of the record in it.
    pub fn existing(path: &Path) -> RunFolder {
        let is_record = path.file_name().is_some_and(|name| name == RUN_FILE) && !path.is_dir();
        let folder = path.parent().filter(|_| is_record).unwrap_or(path);
        // The parent of a lone name is written without a letter.
        let path = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        RunFolder { path: path.to_owned(), made_parent: None }
    }

    /// Removes logs in which no subject left a word, and the folder itself if nothing is in it then, with the one that was made for it; says whether it is gone.
    pub fn tidy(&self) -> bool {
        for log in fs::read_dir(self.logs()).into_iter().flatten().flatten() {
            if log.metadata().is_ok_and(|log| log.is_file() && log.len() == 0) {
                let _ = fs::remove_file(log.path());
            }
        }
        // Both fail where there is something to keep, which is what is wanted.
        let _ = fs::remove_dir(self.logs());
        let _ = fs::remove_dir(&self.path);
        let _ = self.made_parent.as_ref().map(fs::remove_dir);
        !self.path.exists()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where subjects' standard errors go.
    pub fn logs(&self) -> PathBuf {
        self.path.join(LOGS)
    }

    /// Whether the folder of a run that goes on is still there.
    ///
    /// # Errors
    /// When somebody has removed it, or what it holds.
    pub fn is_there(&self) -> Result<(), StoreError> {
        let gone = [self.path.clone(), self.logs()].into_iter().find(|path| matches!(path.try_exists(), Ok(false)));
        gone.map_or(Ok(()), |path| Err(StoreError::Gone { path }))
    }

    /// Writes a file whole: under another name first, then renamed.
    ///
    /// # Errors
    /// When the folder cannot be written, or the disk is full.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.put(name, bytes).map_err(|source| match self.path.try_exists() {
            Ok(false) => StoreError::Gone { path: self.path.clone() },
            _ => StoreError::Write { path: self.path.join(name), source },
        })
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let partial = self.path.join(format!(".{name}.partial"));
        let written = File::create(&partial)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&partial, self.path.join(name)));
        written.inspect_err(|_| {
            let _ = fs::remove_file(&partial);
        })
    }

    /// Writes several files, each whole; one that cannot be written keeps none of the others from it.
    ///
    /// # Errors
    /// Which could not be written, and which were.
    pub fn write_all(&self, files: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        let (mut saved, mut missing, mut why) = (Vec::new(), Vec::new(), None);
        for (name, bytes) in files {
            match self.put(name, bytes) {
                Ok(()) => saved.push(name.clone()),
                Err(error) => {
                    missing.push(name.clone());
                    why.get_or_insert(error);
                }
            }
        }
        let folder = self.path.clone();
        why.map_or(Ok(()), |source| Err(StoreError::WriteSome { folder, missing, saved, source }))
    }

    /// Makes `parent/latest` point here.
    ///
    /// # Errors
    /// When the link cannot be made.
    pub fn make_latest(&self) -> Result<(), StoreError> {
        let (Some(parent), Some(name)) = (self.path.parent(), self.path.file_name()) else {
            return Ok(());
        };
        Latest::beside(parent).point_to(name)
    }

    /// Writes the record.
    ///
    /// # Errors
    /// When the folder cannot be written, or the disk is full.
    pub fn write_run(&self, run: &Run) -> Result<(), StoreError> {
        let path = self.path.join(RUN_FILE);
        let text = serde_json::to_vec(run).map_err(|source| StoreError::Damaged { path, source })?;
        self.write(RUN_FILE, &text)
    }

    /// Writes the record of a proof.
    ///
    /// # Errors
    /// When the folder cannot be written, or the disk is full.
    pub fn write_proof(&self, proof: &Proof) -> Result<(), StoreError> {
        let path = self.path.join(PROOF_FILE);
        let text = proof_json(proof).map_err(|source| StoreError::Damaged { path, source })?;
        self.write(PROOF_FILE, text.as_bytes())
    }

    /// Reads the proof that was made in this folder, if one was.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub fn read_proof(&self) -> Result<Option<Proof>, StoreError> {
        let path = self.path.join(PROOF_FILE);
        let bytes = match read_bytes(&path, LARGEST_DOCUMENT) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Read { path, source }),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|source| StoreError::Damaged { path, source })
    }

    /// Reads the record.
    ///
    /// # Errors
    /// When there is none, or it is damaged, contradicts itself, or is of another version.
    pub fn read_run(&self) -> Result<Run, StoreError> {
        #[derive(Deserialize)]
        struct Version {
            schema: String,
        }
        let path = self.path.join(RUN_FILE);
        let bytes =
            read_bytes(&path, LARGEST_RECORD).map_err(|source| StoreError::Read { path: path.clone(), source })?;
        let damaged = |source| StoreError::Damaged { path: path.clone(), source };
        let version: Version = serde_json::from_slice(&bytes).map_err(damaged)?;
        if version.schema != SCHEMA {
            return Err(StoreError::Version { path, found: version.schema });
        }
        let run: Run = serde_json::from_slice(&bytes).map_err(damaged)?;
        match run.contradiction() {
            Some(what) => Err(StoreError::Contradicts { path, what }),
            None => Ok(run),
        }
    }
}
