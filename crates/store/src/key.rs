//! API keys: stored as a hash of their secret.

use domain::{KeyId, WorkspaceId};
use jiff::Timestamp;

use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

/// A key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its identifier.
    pub id: KeyId,
    /// The tenant it implies.
    pub workspace: WorkspaceId,
    /// `read`, `bookings` or `admin`.
    pub scope: String,
    /// What its owner calls it.
    pub name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Stores a new key.
pub struct CreateKey {
    /// The key.
    pub key: ApiKey,
    /// The hash of its secret.
    pub hash: Vec<u8>,
}

impl UnitOfWork for CreateKey {
    const NAME: &'static str = "key.create";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- create_key
            insert into api_keys (workspace, id, hash, scope, name, created_at)
            values ($1, $2, $3, $4, $5, $6)";
        let key = &self.key;
        let params = params![
            key.workspace.0,
            key.id.uuid(),
            self.hash.as_slice(),
            key.scope.as_str(),
            key.name.clone(),
            key.created_at,
        ];
        tx.execute(sql, params).await?;
        Ok(())
    }
}

/// The key with that hash, unless it was revoked.
pub struct FindKey {
    /// The hash of the secret that a caller presented.
    pub hash: Vec<u8>,
}

impl UnitOfWork for FindKey {
    const NAME: &'static str = "key.find";
    type Outcome = Option<ApiKey>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- find_key
            select id, workspace, scope, name, created_at from api_keys
             where hash = $1 and revoked_at is null";
        tx.find(sql, params![self.hash.as_slice()]).await?.map(read).transpose()
    }
}

/// All keys that work.
pub struct ListKeys {
    /// The tenant.
    pub workspace: WorkspaceId,
}

impl UnitOfWork for ListKeys {
    const NAME: &'static str = "key.list";
    type Outcome = Vec<ApiKey>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- list_keys
            select id, workspace, scope, name, created_at from api_keys
             where workspace = $1 and revoked_at is null order by id";
        tx.query(sql, params![self.workspace.0]).await?.into_iter().map(read).collect()
    }
}

fn read(mut row: Row) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: KeyId::new(row.take()?),
        workspace: WorkspaceId(row.take()?),
        scope: row.take()?,
        name: row.take()?,
        created_at: row.take()?,
    })
}

/// Gives a key another name. `false` when there is no such key.
pub struct RenameKey {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: KeyId,
    /// What its owner calls it from now on.
    pub name: Option<String>,
}

impl UnitOfWork for RenameKey {
    const NAME: &'static str = "key.rename";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- rename_key
            update api_keys set name = $3
             where workspace = $1 and id = $2 and revoked_at is null";
        Ok(tx.execute(sql, params![self.workspace.0, self.id.uuid(), self.name.clone()]).await? > 0)
    }
}

/// Makes a key useless. `false` when there is none.
pub struct RevokeKey {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: KeyId,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for RevokeKey {
    const NAME: &'static str = "key.revoke";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- revoke_key
            update api_keys set revoked_at = $3
             where workspace = $1 and id = $2 and revoked_at is null";
        Ok(tx.execute(sql, params![self.workspace.0, self.id.uuid(), self.now]).await? > 0)
    }
}
