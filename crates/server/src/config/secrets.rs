//! The keys that encrypt what is stored: the first encrypts, all of them decrypt.

use std::{collections::BTreeSet, path::PathBuf};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::{SecretBox, zeroize::Zeroize as _};

use super::{
    DATABASE_URL, DOORSTEP_SECRET_KEYS, DOORSTEP_SECRETS, DatabaseConfig,
    database::DatabaseUrl,
    fault::{ConfigFault, Expected},
    key_file::{self, KeyFileError},
    settings::Settings,
};

/// Where the keys come from.
#[derive(Debug)]
pub(crate) enum SecretsConfig {
    /// They were given.
    Keys(SecretKeys),
    /// They stand in a file that somebody else looks after. Its mode is not judged: mounted
    /// secrets of container tools are readable for all inside the container.
    File(PathBuf),
    /// They stand in a file of ours beside the database, which is made when it is missing.
    BesideDatabase(PathBuf),
}

/// One or more keys with distinct ids.
#[derive(Debug)]
pub(crate) struct SecretKeys {
    /// Encrypts.
    pub(crate) first: SecretKey,
    /// Only decrypt what older keys have encrypted.
    pub(crate) others: Vec<SecretKey>,
}

/// A key of 32 bytes and the name that ciphertexts know it by.
#[derive(Debug)]
pub(crate) struct SecretKey {
    pub(crate) id: String,
    pub(crate) bytes: SecretBox<[u8; 32]>,
}

/// Keys, and whether this start has made them.
#[derive(Debug)]
pub(crate) struct LoadedKeys {
    pub(crate) keys: SecretKeys,
    /// The file that was made just now: the operator is told, for losing it loses every stored
    /// secret.
    pub(crate) made: Option<PathBuf>,
}

impl SecretsConfig {
    pub(super) fn read(settings: &mut Settings, database: &DatabaseConfig) -> Self {
        let keys = settings.optional(&DOORSTEP_SECRET_KEYS, SecretKeys::parse);
        let file = settings.optional(&DOORSTEP_SECRETS, secrets_file);
        if settings.has(&DOORSTEP_SECRET_KEYS) && settings.has(&DOORSTEP_SECRETS) {
            settings.fault(ConfigFault::Conflict {
                key: DOORSTEP_SECRET_KEYS.name,
                other: DOORSTEP_SECRETS.name,
                why: "give the keys in one place",
            });
        }
        match (keys, file, &database.url) {
            (Some(keys), _, _) => Self::Keys(keys),
            (None, Some(path), _) => Self::File(path),
            (None, None, DatabaseUrl::Sqlite(path)) => {
                Self::BesideDatabase(path.with_file_name("doorstep.key"))
            }
            (None, None, DatabaseUrl::Postgres(_)) => {
                Self::refuse_postgres_without_keys(settings);
                Self::BesideDatabase(PathBuf::from("doorstep.key"))
            }
        }
    }

    /// Instances on several machines must share their keys, so none may make its own.
    fn refuse_postgres_without_keys(settings: &mut Settings) {
        if !settings.has(&DOORSTEP_SECRET_KEYS) && !settings.has(&DOORSTEP_SECRETS) {
            let why = format!("{} is PostgreSQL, which needs keys of yours", DATABASE_URL.name);
            settings.fault(ConfigFault::Missing { key: DOORSTEP_SECRET_KEYS.name, why });
        }
    }

    /// The keys themselves. `random` fills a buffer with bytes that nobody can guess.
    pub(crate) fn load(self, random: impl FnMut(&mut [u8])) -> Result<LoadedKeys, KeyFileError> {
        match self {
            Self::Keys(keys) => Ok(LoadedKeys { keys, made: None }),
            Self::File(path) => {
                key_file::load_given(&path).map(|keys| LoadedKeys { keys, made: None })
            }
            Self::BesideDatabase(path) => key_file::load_or_create_key_file(&path, random),
        }
    }
}

fn secrets_file(text: &str) -> Result<PathBuf, Expected> {
    match text.split_once(':') {
        Some(("file", path)) if !path.is_empty() => Ok(PathBuf::from(path)),
        Some(("vault" | "aws", _)) => {
            Err(Expected("`file:PATH`: `vault:` and `aws:` are not supported yet"))
        }
        Some(_) | None => Err(Expected("`file:PATH`")),
    }
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const EXPECTED_KEYS: Expected =
    Expected("a list of `id:base64(32 bytes)`, separated by commas, with distinct ids");

impl SecretKeys {
    const MOST: usize = 100;

    /// Reads a list separated by commas or line breaks.
    pub(super) fn parse(text: &str) -> Result<Self, Expected> {
        let parts = text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
        let mut keys = Vec::new();
        for part in parts.take(Self::MOST) {
            keys.push(SecretKey::parse(part).ok_or(EXPECTED_KEYS)?);
        }
        let ids: BTreeSet<_> = keys.iter().map(|key| &key.id).collect();
        if keys.is_empty() || ids.len() < keys.len() {
            return Err(EXPECTED_KEYS);
        }
        let others = keys.split_off(1);
        let first = keys.pop().ok_or(EXPECTED_KEYS)?;
        Ok(Self { first, others })
    }
}

impl SecretKey {
    fn parse(text: &str) -> Option<Self> {
        let (id, encoded) = text.split_once(':')?;
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(1..=32).contains(&id.len()) || !id.bytes().all(safe) || encoded.len() > 64 {
            return None;
        }
        let mut decoded = BASE64.decode(encoded).ok()?;
        let bytes = <[u8; 32]>::try_from(decoded.as_slice()).ok();
        decoded.zeroize();
        Some(Self { id: id.to_owned(), bytes: SecretBox::new(Box::new(bytes?)) })
    }

    /// The line of a key file.
    pub(super) fn encode(id: &str, bytes: &[u8; 32]) -> String {
        format!("{id}:{}\n", BASE64.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const A: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const B: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

    #[test]
    fn the_first_key_encrypts_and_all_decrypt() {
        for text in [format!("new:{B}, old:{A}"), format!("new:{B}\nold:{A}\n")] {
            let keys = SecretKeys::parse(&text).expect("two keys");

            assert_eq!(keys.first.id, "new");
            assert_eq!(keys.first.bytes.expose_secret(), &[1; 32]);
            assert_eq!(keys.others.len(), 1);
            assert_eq!(keys.others[0].id, "old");
            assert_eq!(keys.others[0].bytes.expose_secret(), &[0; 32]);
        }
    }

    #[test]
    fn a_key_is_exactly_32_bytes_with_an_id_of_its_own() {
        for text in [
            String::new(),
            ",".to_owned(),
            A.to_owned(),
            format!(":{A}"),
            format!("a b:{A}"),
            format!("{}:{A}", "a".repeat(33)),
            format!("a:{A},a:{B}"),
            "a:".to_owned(),
            "a:AAAA".to_owned(),
            format!("a:{A}AAAA"),
            "a:!!!".to_owned(),
        ] {
            assert_eq!(SecretKeys::parse(&text).err(), Some(EXPECTED_KEYS), "{text}");
        }
    }

    #[test]
    fn no_key_shows_when_printed_for_debugging() {
        let keys = SecretKeys::parse(&format!("a:{B}")).expect("one key");

        let shown = format!("{keys:?}");

        assert!(shown.contains("\"a\"") && !shown.contains("1, 1"), "{shown}");
    }
}
