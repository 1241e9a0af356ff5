//! Connections to accounts at providers, their tokens (encrypted by the caller) and consents.

use domain::incident::IncidentKind;
use domain::{ConnectionId, HostId, WorkspaceId};
use jiff::Timestamp;

use crate::error::StoreError;
use crate::incident::{self, NewIncident};
use crate::job::{self, Lease};
use crate::params;
use crate::quota;
use crate::tx::{Tx, UnitOfWork};
use crate::value::Row;

/// A stored connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its identifier.
    pub id: ConnectionId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// `google`.
    pub provider: String,
    /// Whose account it is.
    pub host: HostId,
    /// The account's address at the provider.
    pub account: String,
    /// `awaiting_consent`, `healthy`, `degraded` or `revoked`.
    pub status: String,
    /// Why it is not healthy, in words a person can act on.
    pub reason: Option<String>,
    /// Encrypted.
    pub refresh_token: Option<Vec<u8>>,
    /// Encrypted.
    pub access_token: Option<Vec<u8>>,
    /// When the access token stops working.
    pub access_expires_at: Option<Timestamp>,
    /// What was granted.
    pub scopes: String,
    /// When its host last consented, or the service account was last let in.
    pub consented_at: Option<Timestamp>,
    /// Rises with every change of the tokens or the status.
    pub version: i64,
}

macro_rules! select_connection {
    ($name:literal, $rest:literal) => {
        concat!(
            "-- ",
            $name,
            "
            select id, workspace, provider, host, account, status, reason, refresh_token,
                   access_token, access_expires_at, scopes, consented_at, version
              from connections ",
            $rest
        )
    };
}

fn read(mut row: Row) -> Result<Connection, StoreError> {
    Ok(Connection {
        id: ConnectionId::new(row.take()?),
        workspace: WorkspaceId(row.take()?),
        provider: row.take()?,
        host: row.take_parsed("a connection's host")?,
        account: row.take()?,
        status: row.take()?,
        reason: row.take()?,
        refresh_token: row.take()?,
        access_token: row.take()?,
        access_expires_at: row.take()?,
        scopes: row.take()?,
        consented_at: row.take()?,
        version: row.take()?,
    })
}

/// The connection to an account, made if there is none.
pub struct EnsureConnection {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The id of a new one.
    pub id: ConnectionId,
    /// The provider.
    pub provider: String,
    /// Whose.
    pub host: HostId,
    /// Which account.
    pub account: String,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for EnsureConnection {
    const NAME: &'static str = "connection.ensure";
    type Outcome = Connection;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- ensure_connection
            insert into connections (
                workspace, id, provider, host, account, status, scopes, version,
                created_at, updated_at
            )
            values ($1, $2, $3, $4, $5, 'awaiting_consent', '', 1, $6, $6)
            on conflict (workspace, provider, account) do update set host = excluded.host";
        let params = params![
            self.workspace.0,
            self.id.uuid(),
            self.provider.as_str(),
            self.host.as_str(),
            self.account.as_str(),
            self.now,
        ];
        tx.execute(sql, params).await?;
        let found = find_by_account(tx, self.workspace, &self.provider, &self.account).await?;
        found.ok_or(StoreError::Unreadable("a connection"))
    }
}

async fn find_by_account(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    provider: &str,
    account: &str,
) -> Result<Option<Connection>, StoreError> {
    let sql = select_connection!(
        "find_connection_by_account",
        "where workspace = $1 and provider = $2 and account = $3"
    );
    tx.find(sql, params![workspace.0, provider, account]).await?.map(read).transpose()
}

/// The connection to an account.
pub struct FindConnectionByAccount {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The provider.
    pub provider: String,
    /// Which account.
    pub account: String,
}

impl UnitOfWork for FindConnectionByAccount {
    const NAME: &'static str = "connection.find_by_account";
    type Outcome = Option<Connection>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        find_by_account(tx, self.workspace, &self.provider, &self.account).await
    }
}

/// One connection.
pub struct FindConnection {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: ConnectionId,
}

impl UnitOfWork for FindConnection {
    const NAME: &'static str = "connection.find";
    type Outcome = Option<Connection>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = select_connection!("find_connection", "where workspace = $1 and id = $2");
        tx.find(sql, params![self.workspace.0, self.id.uuid()]).await?.map(read).transpose()
    }
}

/// All connections.
pub struct ListConnections {
    /// The tenant.
    pub workspace: WorkspaceId,
}

impl UnitOfWork for ListConnections {
    const NAME: &'static str = "connection.list";
    type Outcome = Vec<Connection>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = select_connection!("list_connections", "where workspace = $1 order by id");
        tx.query(sql, params![self.workspace.0]).await?.into_iter().map(read).collect()
    }
}

/// Removes a connection. What it parked becomes due, and fails visibly.
pub struct DeleteConnection {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: ConnectionId,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for DeleteConnection {
    const NAME: &'static str = "connection.delete";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- delete_connection
            delete from connections where workspace = $1 and id = $2";
        let gone = tx.execute(sql, params![self.workspace.0, self.id.uuid()]).await? > 0;
        job::unpark(tx, self.workspace, self.id, self.now).await?;
        let resolution = "The connection was removed.";
        end_troubles(tx, self.workspace, self.id, resolution, self.now).await?;
        Ok(gone)
    }
}

/// Whatever was wrong with a connection is over, and what its account was asked is forgotten.
async fn end_troubles(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    id: ConnectionId,
    resolution: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let kinds = [
        IncidentKind::ConnectionRevoked,
        IncidentKind::ConnectionUnauthorized,
        IncidentKind::Quota,
    ];
    for kind in kinds {
        incident::close(tx, workspace, kind, &id.to_string(), resolution, now).await?;
    }
    quota::forget(tx, workspace, id).await
}

/// Lets one of many, on any instance, fetch a new token: only on the version that was seen, and
/// while nobody else does. The lease ends with the token that is stored, or by itself.
pub struct ClaimRefresh {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: ConnectionId,
    /// The version whose token is not good enough.
    pub seen: i64,
    /// The lease to give.
    pub lease: Lease,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for ClaimRefresh {
    const NAME: &'static str = "connection.claim_refresh";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- claim_refresh
            update connections set refresh_owner = $4, refresh_until = $5
             where workspace = $1 and id = $2 and version = $3
               and (refresh_until is null or refresh_until <= $6)";
        let Lease { owner, until } = self.lease;
        let params = params![self.workspace.0, self.id.uuid(), self.seen, owner, until, self.now];
        Ok(tx.execute(sql, params).await? == 1)
    }
}

/// Ends the lease of a refresh that gave no token.
pub struct ReleaseRefresh {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: ConnectionId,
    /// The lease.
    pub lease: Lease,
}

impl UnitOfWork for ReleaseRefresh {
    const NAME: &'static str = "connection.release_refresh";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- release_refresh
            update connections set refresh_owner = null, refresh_until = null
             where workspace = $1 and id = $2 and refresh_owner = $3";
        tx.execute(sql, params![self.workspace.0, self.id.uuid(), self.lease.owner]).await?;
        Ok(())
    }
}

/// Stores tokens that a consent or a refresh gave, before they are used. Only on the version that
/// was seen: of two that refresh at once, one wins and the other reads the winner's.
pub struct StoreTokens {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: ConnectionId,
    /// The version they were asked for with.
    pub seen: i64,
    /// Encrypted; `None` keeps the one that is there.
    pub refresh_token: Option<Vec<u8>>,
    /// Encrypted.
    pub access_token: Vec<u8>,
    /// When it stops working.
    pub access_expires_at: Timestamp,
    /// What a consent or a delegation granted, which heals the connection; `None` for a refresh,
    /// which does not: whether the new token is accepted is still to be seen.
    pub scopes: Option<String>,
    /// The credentials of ours that the provider accepted with it: an incident about them is over.
    pub credentials: &'static str,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for StoreTokens {
    const NAME: &'static str = "connection.store_tokens";
    /// How many jobs go on that had waited for them; `None` when somebody else was faster.
    type Outcome = Option<usize>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- store_tokens
            update connections set
                refresh_token = coalesce($4, refresh_token), access_token = $5,
                access_expires_at = $6, scopes = coalesce($7, scopes),
                status = case when cast($7 as text) is null then status else 'healthy' end,
                reason = case when cast($7 as text) is null then reason else null end,
                consented_at = case when cast($7 as text) is null then consented_at else $8 end,
                refresh_owner = null, refresh_until = null,
                version = version + 1, updated_at = $8
             where workspace = $1 and id = $2 and version = $3";
        let params = params![
            self.workspace.0,
            self.id.uuid(),
            self.seen,
            self.refresh_token.clone(),
            self.access_token.as_slice(),
            self.access_expires_at,
            self.scopes.clone(),
            self.now,
        ];
        if tx.execute(sql, params).await? == 0 {
            return Ok(None);
        }
        let (workspace, now) = (self.workspace, self.now);
        let kind = IncidentKind::ClientCredentials;
        let resolution = "The provider accepts our client credentials again.";
        incident::close(tx, workspace, kind, self.credentials, resolution, now).await?;
        if self.scopes.is_none() {
            return Ok(Some(0));
        }
        let waited = job::unpark(tx, workspace, self.id, now).await?;
        let resolution = match waited {
            0 => "The account was connected again; nothing had waited for it.".to_owned(),
            1 => "The account was connected again; one job that had waited goes on.".to_owned(),
            many => format!(
                "The account was connected again; {many} jobs that had waited go on, oldest first."
            ),
        };
        end_troubles(tx, workspace, self.id, &resolution, now).await?;
        Ok(Some(waited))
    }
}

/// Notes how a connection is. `true` when that is news.
pub struct SetConnectionStatus {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: ConnectionId,
    /// `healthy`, `degraded` or `revoked`.
    pub status: &'static str,
    /// Why, in words a person can act on.
    pub reason: Option<String>,
    /// What operators hear if it is news.
    pub incident: Option<NewIncident>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for SetConnectionStatus {
    const NAME: &'static str = "connection.set_status";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- set_connection_status: a revoked one is healed by new tokens alone
            update connections set status = $3, reason = $4, version = version + 1, updated_at = $5
             where workspace = $1 and id = $2 and status <> $3
               and (status <> 'revoked' or $3 = 'revoked')";
        let params =
            params![self.workspace.0, self.id.uuid(), self.status, self.reason.clone(), self.now];
        let news = tx.execute(sql, params).await? == 1;
        if !news {
            return Ok(false);
        }
        let (workspace, now) = (self.workspace, self.now);
        if let Some(incident) = &self.incident {
            incident::open(tx, workspace, incident, now).await?;
        }
        if self.status == "healthy" {
            job::unpark(tx, workspace, self.id, now).await?;
            let subject = self.id.to_string();
            let kind = IncidentKind::ConnectionUnauthorized;
            let resolution = "The account accepts our access tokens again.";
            incident::close(tx, workspace, kind, &subject, resolution, now).await?;
        }
        Ok(true)
    }
}

/// Uses something up: a consent's state, or the link that led to it. `false` when it was used
/// before.
pub struct UseOnce {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// A hash of it.
    pub hash: Vec<u8>,
    /// When it would be of no use anyway, and may be forgotten.
    pub expires_at: Timestamp,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for UseOnce {
    const NAME: &'static str = "consent.use_once";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let forget = "-- forget_used_up
            delete from used_up where workspace = $1 and expires_at <= $2";
        tx.execute(forget, params![self.workspace.0, self.now]).await?;
        let sql = "-- use_once
            insert into used_up (workspace, hash, expires_at) values ($1, $2, $3)
            on conflict do nothing";
        let params = params![self.workspace.0, self.hash.as_slice(), self.expires_at];
        Ok(tx.execute(sql, params).await? == 1)
    }
}

/// Whether something was used up.
pub struct IsUsedUp {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// A hash of it.
    pub hash: Vec<u8>,
}

impl UnitOfWork for IsUsedUp {
    const NAME: &'static str = "consent.is_used_up";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- is_used_up
            select 1 from used_up where workspace = $1 and hash = $2";
        let found = tx.find(sql, params![self.workspace.0, self.hash.as_slice()]).await?;
        Ok(found.is_some())
    }
}
