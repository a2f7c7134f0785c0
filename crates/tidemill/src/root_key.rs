//! The root key of a data directory: drawn at first start, kept in a file only its owner reads.

use crate::config::{Environment, check_key};
use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use tidemill_edge::request_id::fill_from_os;
use tidemill_kernel::ids;

const FILE_NAME: &str = "root-key.toml";

const SECRET_ALPHABET: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The key that may do everything in the directory's own account.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RootKey {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

impl RootKey {
    /// The key the environment sets, if it sets one; then the file is neither read nor made.
    pub(crate) fn from_environment(
        environment: Environment<'_>,
    ) -> anyhow::Result<Option<RootKey>> {
        let pair =
            (environment("TIDEMILL_ACCESS_KEY_ID"), environment("TIDEMILL_SECRET_ACCESS_KEY"));
        match pair {
            (None, None) => Ok(None),
            (Some(access_key_id), Some(secret_access_key)) => {
                check_key(&access_key_id, &secret_access_key)
                    .context("TIDEMILL_ACCESS_KEY_ID and TIDEMILL_SECRET_ACCESS_KEY")?;
                Ok(Some(RootKey { access_key_id, secret_access_key }))
            }
            (Some(_), None) | (None, Some(_)) => {
                bail!("set both TIDEMILL_ACCESS_KEY_ID and TIDEMILL_SECRET_ACCESS_KEY, or neither")
            }
        }
    }

    /// The directory's key, drawn and written first when there is none.
    pub(crate) fn load_or_create(data: &Path) -> anyhow::Result<RootKey> {
        match RootKey::load(data)? {
            Some(root_key) => Ok(root_key),
            None => {
                let root_key = RootKey::draw()?;
                root_key.write(data).with_context(|| {
                    format!("cannot write the root key to {}", data.join(FILE_NAME).display())
                })?;
                Ok(root_key)
            }
        }
    }

    /// The directory's key, when it has one.
    pub(crate) fn load(data: &Path) -> anyhow::Result<Option<RootKey>> {
        let path = data.join(FILE_NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let advice = format!("cannot read the root key {}", path.display());
                return Err(error).context(advice);
            }
        };
        let mode = fs::metadata(&path).map(|metadata| metadata.permissions().mode())?;
        if mode & 0o077 != 0 {
            bail!(
                "others can read the root key {path}; run: chmod 600 {path}",
                path = path.display()
            );
        }
        let root_key: RootKey = toml::from_str(&text)
            .with_context(|| format!("the root key {} is damaged", path.display()))?;
        check_key(&root_key.access_key_id, &root_key.secret_access_key)
            .with_context(|| format!("the root key {}", path.display()))?;
        Ok(Some(root_key))
    }

    fn draw() -> anyhow::Result<RootKey> {
        let mut random = [0; 56];
        fill_from_os(&mut random).context("cannot read the system's random source")?;
        let (id, secret) = random.split_at(16);
        Ok(RootKey {
            access_key_id: format!("AKIA{}", ids::letters(id)),
            secret_access_key: secret_letters(secret),
        })
    }

    /// Written beside and renamed, so that a crash leaves a whole key or none.
    fn write(&self, data: &Path) -> io::Result<()> {
        let text = format!(
            "# The root key of this data directory: whoever holds it may do everything here.\n\
             access_key_id = \"{}\"\nsecret_access_key = \"{}\"\n",
            self.access_key_id, self.secret_access_key
        );
        let draft = data.join(format!("{FILE_NAME}.new"));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, data.join(FILE_NAME))?;
        // The name must survive a power cut too: clients will already have been given the key.
        File::open(data)?.sync_all()
    }
}

/// One letter per random byte. 64 divides 256, so every letter is equally likely.
fn secret_letters(random: &[u8]) -> String {
    let letters = random.iter().filter_map(|byte| SECRET_ALPHABET.get(usize::from(byte % 64)));
    letters.map(|letter| char::from(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_drawn_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let drawn = RootKey::load_or_create(folder.path()).expect("drawn");
        let again = RootKey::load_or_create(folder.path()).expect("read");
        assert_eq!(drawn.access_key_id, again.access_key_id);
        assert_eq!(drawn.secret_access_key, again.secret_access_key);
        assert_eq!((drawn.access_key_id.len(), drawn.secret_access_key.len()), (20, 40));
        let path = folder.path().join(FILE_NAME);
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("changed");
        let error = RootKey::load(folder.path()).err().expect("refused").to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn half_a_key_in_the_environment_is_refused() {
        let environment =
            |name: &str| (name == "TIDEMILL_ACCESS_KEY_ID").then(|| "AKIA1".to_owned());
        assert!(RootKey::from_environment(&environment).is_err());
        assert!(RootKey::from_environment(&|_| None).expect("fine").is_none());
    }
}
