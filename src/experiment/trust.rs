//! Whom subjects are told to trust under TLS.

use super::setup_error::SetupError;
use crate::simulator::Authority;
use crate::store::RunFolder;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempPath;

/// An authority of the run's own.
pub struct Trust {
    authority: Arc<Authority>,
    /// The certificate, which is of no use after the run and goes with it.
    file: TempPath,
}

impl Trust {
    /// For servers at these addresses; its certificate is written into the run's folder.
    ///
    /// # Errors
    /// When there is no certificate, or the folder cannot be written.
    pub fn new(addresses: &[SocketAddr], folder: &RunFolder) -> Result<Trust, SetupError> {
        let hosts: Vec<IpAddr> = addresses.iter().map(SocketAddr::ip).collect();
        let authority = Authority::new(&hosts)?;
        let file = authority.certificate_file(folder.path());
        let file = file.map_err(|source| SetupError::Folder { path: folder.path().to_owned(), source })?;
        Ok(Trust { authority: Arc::new(authority), file })
    }

    /// Who signs the servers' certificates.
    pub fn authority(&self) -> Arc<Authority> {
        Arc::clone(&self.authority)
    }

    /// Where its own certificate is.
    pub fn file(&self) -> &Path {
        &self.file
    }
}
