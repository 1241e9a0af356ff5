//! Everything that is stored encrypted, to be encrypted anew when the key changes.

use domain::{ConnectionId, WorkspaceId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// Every column that holds a ciphertext, as `table.column`. A test compares it with the schema.
pub const COLUMNS: [&str; 3] =
    ["connections.refresh_token", "connections.access_token", "secrets.ciphertext"];

/// Where a ciphertext is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// What fetches access tokens.
    RefreshToken(ConnectionId),
    /// What calls are made with.
    AccessToken(ConnectionId),
    /// A secret of the installation.
    Secret(String),
}

impl Place {
    /// What the ciphertext is bound to: it decrypts nowhere else.
    pub fn name(&self) -> String {
        match self {
            Self::RefreshToken(connection) => format!("connections/{connection}/refresh"),
            Self::AccessToken(connection) => format!("connections/{connection}/access"),
            Self::Secret(name) => format!("secrets/{name}"),
        }
    }
}

/// One ciphertext.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Where it is stored.
    pub place: Place,
    /// What is stored.
    pub ciphertext: Vec<u8>,
}

/// A batch of ciphertexts: those of the connections after one, or, after the last, of the
/// installation.
pub struct ListSealed {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The connection after which to go on.
    pub after: Option<ConnectionId>,
    /// The most connections.
    pub limit: i64,
}

/// A batch.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The ciphertexts.
    pub sealed: Vec<Sealed>,
    /// The last connection among them; `None` at the end.
    pub last: Option<ConnectionId>,
}

impl UnitOfWork for ListSealed {
    const NAME: &'static str = "sealed.list";
    type Outcome = Batch;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_sealed_tokens
            select id, refresh_token, access_token from connections
             where workspace = $1 and id > $2
             order by id
             limit $3";
        let after = self.after.map_or(Uuid::nil(), ConnectionId::uuid);
        let mut batch = Batch::default();
        for mut row in tx.query(sql, params![self.workspace.0, after, self.limit]).await? {
            let id = ConnectionId::new(row.take()?);
            let tokens: [Option<Vec<u8>>; 2] = [row.take()?, row.take()?];
            let places = [Place::RefreshToken(id), Place::AccessToken(id)];
            let stored = places.into_iter().zip(tokens);
            batch.sealed.extend(
                stored.filter_map(|(place, token)| Some(Sealed { place, ciphertext: token? })),
            );
            batch.last = Some(id);
        }
        if batch.last.is_none() {
            let sql = "-- list_sealed_secrets
                select name, ciphertext from secrets where workspace = $1 order by name";
            for mut row in tx.query(sql, params![self.workspace.0]).await? {
                let place = Place::Secret(row.take()?);
                batch.sealed.push(Sealed { place, ciphertext: row.take()? });
            }
        }
        Ok(batch)
    }
}

/// Puts a new ciphertext in place of the one that was read. `false` when somebody else changed it
/// meanwhile: a token that was just refreshed is encrypted with the first key already.
pub struct Reseal {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// What was read.
    pub old: Sealed,
    /// The same, encrypted anew.
    pub new: Vec<u8>,
}

impl UnitOfWork for Reseal {
    const NAME: &'static str = "sealed.reseal";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let (old, new) = (self.old.ciphertext.as_slice(), self.new.as_slice());
        let changed = match &self.old.place {
            Place::RefreshToken(id) => {
                let sql = "-- reseal_refresh_token
                    update connections set refresh_token = $4
                     where workspace = $1 and id = $2 and refresh_token = $3";
                tx.execute(sql, params![self.workspace.0, id.uuid(), old, new]).await?
            }
            Place::AccessToken(id) => {
                let sql = "-- reseal_access_token
                    update connections set access_token = $4
                     where workspace = $1 and id = $2 and access_token = $3";
                tx.execute(sql, params![self.workspace.0, id.uuid(), old, new]).await?
            }
            Place::Secret(name) => {
                let sql = "-- reseal_secret
                    update secrets set ciphertext = $4
                     where workspace = $1 and name = $2 and ciphertext = $3";
                tx.execute(sql, params![self.workspace.0, name.as_str(), old, new]).await?
            }
        };
        Ok(changed == 1)
    }
}
