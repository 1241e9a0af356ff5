//! API keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::KeyId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use store::key::{CreateKey, FindKey, ListKeys, RenameKey, RevokeKey};

use crate::{App, AppError};

pub use store::key::ApiKey;

/// What a key allows. Each allows what the one before it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Reads.
    Read,
    /// Also books, cancels, moves and marks no-shows.
    Bookings,
    /// Everything.
    Admin,
}

impl Scope {
    /// The scope's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Bookings => "bookings",
            Self::Admin => "admin",
        }
    }

    /// The scope of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Read, Self::Bookings, Self::Admin].into_iter().find(|scope| scope.as_str() == name)
    }
}

/// Whose call it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Their key.
    pub key: KeyId,
    /// What it allows.
    pub scope: Scope,
}

/// A key that was just made: the only time its secret is seen.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Its identifier.
    pub id: KeyId,
    /// What to present.
    pub secret: String,
    /// What it allows.
    pub scope: Scope,
}

impl App {
    /// Makes a key.
    pub async fn create_key(&self, scope: Scope, name: Option<String>) -> Result<NewKey, AppError> {
        let secret = format!("dsk_{}", URL_SAFE_NO_PAD.encode(self.ids().secret::<32>()));
        let id = self.ids().key();
        let key = ApiKey {
            id,
            workspace: self.workspace(),
            scope: scope.as_str().to_owned(),
            name,
            created_at: self.clock().now(),
        };
        self.store().write(CreateKey { key, hash: hash(&secret) }).await?;
        Ok(NewKey { id, secret, scope })
    }

    /// Whose secret this is; `None` for nobody's.
    pub async fn find_caller(&self, secret: &str) -> Result<Option<Caller>, AppError> {
        if secret.len() > 200 {
            return Ok(None);
        }
        let key = self.store().read(FindKey { hash: hash(secret) }).await?;
        Ok(key.and_then(|key| Some(Caller { key: key.id, scope: Scope::named(&key.scope)? })))
    }

    /// Whose key this is, as long as it works.
    pub async fn find_key(&self, id: KeyId) -> Result<Option<Caller>, AppError> {
        let keys = self.list_keys().await?;
        let key = keys.into_iter().find(|key| key.id == id);
        Ok(key.and_then(|key| Some(Caller { key: id, scope: Scope::named(&key.scope)? })))
    }

    /// What proves that a dashboard session is one of ours: an HMAC over its text, under a key of
    /// its own.
    pub fn session_mac(&self, session: &[u8]) -> [u8; 32] {
        let key = self.link_key().derived(b"dashboard-session/1");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length of key works");
        mac.update(session);
        mac.finalize().into_bytes().into()
    }

    /// The keys that work.
    pub async fn list_keys(&self) -> Result<Vec<ApiKey>, AppError> {
        Ok(self.store().read(ListKeys { workspace: self.workspace() }).await?)
    }

    /// Gives a key another name. `false` when there is no such key.
    pub async fn rename_key(&self, id: KeyId, name: Option<String>) -> Result<bool, AppError> {
        let unit = RenameKey { workspace: self.workspace(), id, name };
        Ok(self.store().write(unit).await?)
    }

    /// Makes a key useless at once. `false` when there is none.
    pub async fn revoke_key(&self, id: KeyId) -> Result<bool, AppError> {
        let unit = RevokeKey { workspace: self.workspace(), id, now: self.clock().now() };
        Ok(self.store().write(unit).await?)
    }
}

/// A secret of 256 random bits needs no slow hash.
fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
