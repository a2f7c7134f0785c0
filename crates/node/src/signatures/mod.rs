//! Signatures of what topics send: this installation's key, and the certificates that prove it.
//!
//! ```text
//! signatures/key.pem            readable by the owner alone; made when first needed
//! signatures/FINGERPRINT.pem    its certificate, for whoever verifies; those of older keys too
//! ```
//!
//! # Invariants
//!
//! - A key and its certificate are on disk before anything is signed with it.
//! - A certificate follows from its key, so that a crash between the two files leaves nothing to
//!   repair. No certificate is ever deleted here: what an older key signed can still be verified.
//! - Signing takes milliseconds of a processor, so it happens on threads that nothing waits for,
//!   one per processor at most.

mod certificate;
mod key;

use key::SigningKey;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tidemill_kernel::Signing;
use tidemill_services::sns::Signed;
use tokio::sync::Semaphore;

const DIRECTORY: &str = "signatures";
/// Between tries to make or read the key: the disk may be full, or somebody repairs a file.
const KEY_PAUSE: Duration = Duration::from_secs(5);
const FINGERPRINT_LENGTH: usize = 32;

#[derive(Clone, Debug)]
pub(crate) struct Signer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    directory: PathBuf,
    /// Read or made by whoever signs first; the others wait.
    key: Mutex<Option<Arc<SigningKey>>>,
    processors: Arc<Semaphore>,
}

impl Signer {
    /// Nothing is read or made yet: most data directories have no topic.
    pub(crate) fn new(data: &Path) -> Signer {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Signer(Arc::new(Shared {
            directory: data.join(DIRECTORY),
            key: Mutex::new(None),
            processors: Arc::new(Semaphore::new(processors)),
        }))
    }

    /// Signs, however long it takes to get at a key.
    pub(crate) async fn sign(&self, signing: &Signing) -> Signed {
        loop {
            let permit = Arc::clone(&self.0.processors).acquire_owned().await;
            let (shared, job) = (Arc::clone(&self.0), signing.clone());
            let signed = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                shared.sign(&job)
            });
            match signed.await {
                Ok(Ok(signed)) => return signed,
                Ok(Err(error)) => {
                    let directory = self.0.directory.display();
                    tracing::error!(%error, %directory, "no notification can be signed");
                }
                // Only a runtime that ends drops such a task, and this one with it.
                Err(_) => {}
            }
            tokio::time::sleep(KEY_PAUSE).await;
        }
    }

    /// The certificate of that name, as PEM.
    pub(crate) fn certificate(&self, fingerprint: &str) -> io::Result<Option<String>> {
        let is_legal = fingerprint.len() == FINGERPRINT_LENGTH
            && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_legal {
            return Ok(None);
        }
        key::read_certificate(&self.0.directory, fingerprint)
    }
}

impl Shared {
    fn sign(&self, signing: &Signing) -> io::Result<Signed> {
        let key = self.key()?;
        let signatures = key.sign(signing)?;
        Ok(Signed::new(signing, key.fingerprint().to_owned(), signatures))
    }

    fn key(&self) -> io::Result<Arc<SigningKey>> {
        let mut held = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = &*held {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(SigningKey::load_or_create(&self.directory)?);
        *held = Some(Arc::clone(&key));
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use rsa::pkcs8::DecodePrivateKey as _;
    use sha2::{Digest as _, Sha256};
    use tidemill_kernel::Digest;

    fn signing(text: &str) -> Signing {
        let digests = vec![Digest::Sha256(Sha256::digest(text).into())];
        Signing { key: [0; 24], digests, texts: vec![text.to_owned()] }
    }

    /// Keys take long to make, so that one test tells the whole story.
    #[tokio::test]
    async fn a_key_is_made_once_kept_private_and_replaced_by_taking_it_away() {
        let data = tempfile::tempdir().unwrap();
        let directory = data.path().join(DIRECTORY);
        assert!(!directory.exists(), "nothing is made before it is needed");
        let first = Signer::new(data.path()).sign(&signing("text")).await;
        let again = Signer::new(data.path()).sign(&signing("text")).await;
        assert_eq!(first, again, "one key, also after a restart");

        // Asked for again after a restart, or too long to be carried about: the same signature.
        let by_digest = Signing { texts: Vec::new(), ..signing("text") };
        assert_eq!(Signer::new(data.path()).sign(&by_digest).await, first);

        let fingerprint = |signed: &Signed| signed.fingerprint().to_owned();
        let signer = Signer::new(data.path());
        let pem = signer.certificate(&fingerprint(&first)).unwrap().unwrap();
        let der =
            STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>());
        let key = rsa::RsaPrivateKey::read_pkcs8_pem_file(directory.join(key::FILE_NAME)).unwrap();
        let spki = rsa::pkcs8::EncodePublicKey::to_public_key_der(&key.to_public_key()).unwrap();
        let der = der.unwrap();
        assert!(der.windows(spki.as_bytes().len()).any(|window| window == spki.as_bytes()));

        // Rotation: the key goes, its certificate stays.
        std::fs::remove_file(directory.join(key::FILE_NAME)).unwrap();
        let second = Signer::new(data.path()).sign(&signing("text")).await;
        assert_ne!(fingerprint(&first), fingerprint(&second));
        for signed in [&first, &second] {
            assert!(signer.certificate(&fingerprint(signed)).unwrap().is_some());
        }
        for none in ["", "key", "../../etc/passwd", &"0".repeat(32)] {
            assert_eq!(signer.certificate(none).unwrap(), None, "{none}");
        }

        use std::os::unix::fs::PermissionsExt as _;
        let path = directory.join(key::FILE_NAME);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = SigningKey::load_or_create(&directory).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}
