//! The key: made once, kept in a file that only its owner reads.
//!
//! Two libraries sign with it. `ring` takes a third of the time, and has a rule against making
//! signatures with SHA-1; `rsa` makes those, and keys. A signature by PKCS #1 v1.5 is a function of
//! key and text, so that nobody can tell which of them made it.

use super::certificate::Certificate;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom as RingRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::rand_core::{CryptoRng, RngCore};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use tidemill_kernel::{Digest, Signing};

pub(super) const FILE_NAME: &str = "key.pem";
/// What AWS signs with.
const BITS: usize = 2048;
/// What comes before a digest in a signature, and says which algorithm it is of (RFC 8017, 9.2).
const SHA1_INFO: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

pub(super) struct SigningKey {
    key: RsaPrivateKey,
    /// The same key, for texts that are signed with their SHA-256.
    fast: RsaKeyPair,
    fingerprint: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.fingerprint)
    }
}

impl SigningKey {
    /// The directory's key, with its certificate beside it. Blocks; to make a key takes a while.
    pub(super) fn load_or_create(directory: &Path) -> io::Result<SigningKey> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = directory.join(FILE_NAME);
        let key = if path.try_exists()? { load(&path)? } else { create(directory)? };
        let fast = fast(&key, &path)?;
        let public = key.to_public_key().to_public_key_der().map_err(io::Error::other)?;
        let sign = |digest: &[u8; 32]| pkcs1(&key, &Digest::Sha256(*digest));
        let certificate = Certificate::issue(public.as_bytes(), sign)?;
        let fingerprint = certificate.fingerprint();
        let path = certificate_path(directory, &fingerprint);
        if !path.try_exists()? {
            write(directory, &path, certificate.to_pem().as_bytes(), 0o644)?;
        }
        Ok(SigningKey { key, fast, fingerprint })
    }

    /// Signatures in base64, in the order of the digests.
    pub(super) fn sign(&self, signing: &Signing) -> io::Result<Vec<String>> {
        let texts = signing.texts.iter().map(Some).chain(std::iter::repeat(None));
        let signatures = signing.digests.iter().zip(texts).map(|(digest, text)| {
            let signature = match (digest, text) {
                (Digest::Sha256(_), Some(text)) => self.sign_text(text),
                (Digest::Sha256(_), None) | (Digest::Sha1(_), _) => pkcs1(&self.key, digest),
            };
            signature.map(|signature| STANDARD.encode(signature))
        });
        signatures.collect()
    }

    fn sign_text(&self, text: &str) -> io::Result<Vec<u8>> {
        let mut signature = vec![0; self.fast.public().modulus_len()];
        self.fast
            .sign(&RSA_PKCS1_SHA256, &RingRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| io::Error::other("the key does not sign"))?;
        Ok(signature)
    }

    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// The key for the other library, which takes none that it thinks too short or too slow.
fn fast(key: &RsaPrivateKey, path: &Path) -> io::Result<RsaKeyPair> {
    let der = key.to_pkcs1_der().map_err(io::Error::other)?;
    RsaKeyPair::from_der(der.as_bytes()).map_err(|error| {
        let path = path.display();
        io::Error::other(format!("the key {path} is not RSA with 2048 to 4096 bits: {error}"))
    })
}

/// Blinded, so that the time it takes tells nothing about the key.
fn pkcs1(key: &RsaPrivateKey, digest: &Digest) -> io::Result<Vec<u8>> {
    let (info, digest): (&[u8], &[u8]) = match digest {
        Digest::Sha1(digest) => (&SHA1_INFO, digest),
        Digest::Sha256(digest) => (&SHA256_INFO, digest),
    };
    let scheme = Pkcs1v15Sign { hash_len: Some(digest.len()), prefix: info.into() };
    key.sign_with_rng(&mut SystemRandom, scheme, digest).map_err(io::Error::other)
}

/// The certificate of that name, as PEM.
pub(super) fn read_certificate(directory: &Path, fingerprint: &str) -> io::Result<Option<String>> {
    match std::fs::read_to_string(certificate_path(directory, fingerprint)) {
        Ok(pem) => Ok(Some(pem)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn certificate_path(directory: &Path, fingerprint: &str) -> PathBuf {
    directory.join(format!("{fingerprint}.pem"))
}

fn load(path: &Path) -> io::Result<RsaPrivateKey> {
    if path.metadata()?.permissions().mode() & 0o077 != 0 {
        let path = path.display();
        return Err(io::Error::other(format!(
            "others can read the key {path}; run: chmod 600 {path}"
        )));
    }
    RsaPrivateKey::read_pkcs8_pem_file(path).map_err(|error| {
        io::Error::other(format!("the key {} is damaged: {error}", path.display()))
    })
}

fn create(directory: &Path) -> io::Result<RsaPrivateKey> {
    let key = RsaPrivateKey::new(&mut SystemRandom, BITS).map_err(io::Error::other)?;
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(io::Error::other)?;
    write(directory, &directory.join(FILE_NAME), pem.as_bytes(), 0o600)?;
    Ok(key)
}

/// Written beside and renamed, so that a crash leaves a whole file or none; and synced with its
/// name, because signatures will be given out that nothing else can prove.
fn write(directory: &Path, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    File::open(directory)?.sync_all()
}

/// The system's random numbers.
struct SystemRandom;

impl RngCore for SystemRandom {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            filled += rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty())
                .expect("Linux has had getrandom since 3.17, and it only fails when interrupted");
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for SystemRandom {}
