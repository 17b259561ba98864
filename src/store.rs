//! The only writer and reader of run folders. A file appears whole or not at all.

use crate::proof::Proof;
use crate::run::{Run, SCHEMA};
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The raw record's file name.
pub const RUN_FILE: &str = "run.json";
/// The record of a proof.
pub const PROOF_FILE: &str = "proof.json";

/// Why a run folder could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or a file in it cannot be written.
    #[error("cannot write {path}: {source}; choose another folder with --out", path = .path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such run.
    #[error("cannot read {path}: {source}; name a folder that holds a {RUN_FILE}", path = .path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The record is damaged.
    #[error("{path} is damaged: {source}", path = .path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The record is of another version.
    #[error("{path} is a '{found}' and this program reads '{SCHEMA}': render it with the probe that wrote it, or a newer one", path = .path.display())]
    Version {
        /// Where.
        path: PathBuf,
        /// What it says it is.
        found: String,
    },
}

/// A folder that holds one run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Creates `parent/STAMP-NAME`, with a number behind it if that is taken.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(parent: &Path, stamp: &str, name: &str) -> Result<RunFolder, StoreError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| StoreError::Write { path, source }
        };
        fs::create_dir_all(parent).map_err(failed(parent))?;
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
        let folder = RunFolder { path };
        // A disk that is full is better found now than after the measurement.
        folder.write(RUN_FILE, b"")?;
        Ok(folder)
    }

    /// The folder of an old run.
    pub fn existing(path: &Path) -> RunFolder {
        RunFolder { path: path.to_owned() }
    }

    /// Removes what [`RunFolder::create`] made when nothing was measured and no subject left a word; says whether the folder is gone.
    pub fn remove_if_empty(&self) -> bool {
        if self.read_run().is_ok_and(|run| !run.trials.is_empty()) {
            return false;
        }
        // Each of these fails where there is something to keep, which is what is wanted.
        let _ = fs::remove_file(self.path.join(RUN_FILE));
        let _ = fs::remove_dir(self.path.join("subjects"));
        fs::remove_dir(&self.path).is_ok()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file whole: under another name first, then renamed.
    ///
    /// # Errors
    /// When the folder cannot be written, or the disk is full.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path.join(name);
        let partial = self.path.join(format!(".{name}.partial"));
        let written = File::create(&partial)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&partial, &path));
        written.map_err(|source| {
            let _ = fs::remove_file(&partial);
            StoreError::Write { path, source }
        })
    }

    /// Writes several files, each whole.
    ///
    /// # Errors
    /// As [`RunFolder::write`], at the first that cannot be written.
    pub fn write_all(&self, files: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        files.iter().try_for_each(|(name, bytes)| self.write(name, bytes))
    }

    /// Makes `parent/latest` point here.
    ///
    /// # Errors
    /// When the link cannot be made.
    pub fn make_latest(&self) -> Result<(), StoreError> {
        let (Some(parent), Some(name)) = (self.path.parent(), self.path.file_name()) else {
            return Ok(());
        };
        let (link, partial) = (parent.join("latest"), parent.join(".latest.partial"));
        let _ = fs::remove_file(&partial);
        let made = std::os::unix::fs::symlink(name, &partial).and_then(|()| fs::rename(&partial, &link));
        made.map_err(|source| StoreError::Write { path: link, source })
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

    /// Reads the proof that was made in this folder, if one was.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read_proof(&self) -> Result<Option<Proof>, StoreError> {
        let path = self.path.join(PROOF_FILE);
        let Ok(bytes) = fs::read(&path) else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|source| StoreError::Damaged { path, source })
    }

    /// Reads the record.
    ///
    /// # Errors
    /// When there is none, or it is damaged or of another version.
    pub fn read_run(&self) -> Result<Run, StoreError> {
        #[derive(Deserialize)]
        struct Version {
            schema: String,
        }
        let path = self.path.join(RUN_FILE);
        let bytes = fs::read(&path).map_err(|source| StoreError::Read { path: path.clone(), source })?;
        let damaged = |source| StoreError::Damaged { path: path.clone(), source };
        let version: Version = serde_json::from_slice(&bytes).map_err(damaged)?;
        if version.schema != SCHEMA {
            return Err(StoreError::Version { path, found: version.schema });
        }
        serde_json::from_slice(&bytes).map_err(damaged)
    }
}
