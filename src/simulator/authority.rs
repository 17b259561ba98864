//! A certificate authority made on the spot. Its key never leaves this process; its certificate is handed to the subject.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use std::fs::Permissions;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempPath;

/// Why no certificate could be made.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// Making or signing a certificate.
    #[error("could not make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// Configuring the server with it.
    #[error("could not set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// The authority's certificate, and a server configuration with a certificate it signed.
pub struct Authority {
    /// The certificate that a client has to trust, PEM.
    pub certificate_pem: String,
    pub(super) server: Arc<ServerConfig>,
}

impl Authority {
    /// Makes both, for `localhost` and the `addresses`.
    ///
    /// # Errors
    /// When the cryptography library refuses, which it has no reason to.
    pub fn new(addresses: &[IpAddr]) -> Result<Authority, AuthorityError> {
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority.distinguished_name.push(DnType::CommonName, "probe simulator authority");
        let certificate_pem = authority.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let mut names = vec!["localhost".to_owned()];
        names.extend(addresses.iter().map(IpAddr::to_string));
        let mut leaf = CertificateParams::new(names)?;
        leaf.distinguished_name.push(DnType::CommonName, "probe simulator");
        leaf.use_authority_key_identifier_extension = true;
        let leaf_key = KeyPair::generate()?;
        let certificate = leaf.signed_by(&leaf_key, &issuer)?;

        let key = PrivateKeyDer::try_from(leaf_key.serialize_der())
            .map_err(|reason| rustls::Error::General(reason.to_owned()))?;
        let mut server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Authority { certificate_pem, server: Arc::new(server) })
    }

    /// Writes the certificate where subjects can read it: to a new file in `folder`, which goes when its path is dropped, and of a name
    /// that nobody could have laid a link under.
    ///
    /// # Errors
    /// When there is no writing there.
    pub fn certificate_file(&self, folder: &Path) -> io::Result<TempPath> {
        let mut file = tempfile::Builder::new();
        // A certificate is no secret, and subjects may run as somebody else.
        file.prefix("probe-authority-").suffix(".pem").permissions(Permissions::from_mode(0o644));
        let mut file = file.tempfile_in(folder)?;
        file.write_all(self.certificate_pem.as_bytes())?;
        Ok(file.into_temp_path())
    }
}
