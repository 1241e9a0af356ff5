//! What each connection's account may still be asked, shared by all instances.

use domain::incident::IncidentKind;
use domain::pacing::{Quota, Turn};
use domain::{ConnectionId, WorkspaceId};
use jiff::{SignedDuration, Timestamp};

use crate::error::StoreError;
use crate::incident::{self, NewIncident};
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// Asks for the next place under a connection's quota. What it gives is taken.
pub struct TakeTurn {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Whose.
    pub connection: ConnectionId,
    /// The time between two places; none where nothing is limited.
    pub every: Option<SignedDuration>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for TakeTurn {
    const NAME: &'static str = "quota.take_turn";
    type Outcome = (Quota, Turn);

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let quota = load(tx, self.workspace, self.connection, self.now).await?;
        let (quota, turn) = quota.ask(self.now, self.every);
        save(tx, self.workspace, self.connection, &quota).await?;
        Ok((quota, turn))
    }
}

/// How an account took a call.
#[derive(Debug, Clone)]
pub enum Experience {
    /// It asked us to slow down.
    Throttled {
        /// For how long, when it said so.
        wanted: Option<SignedDuration>,
        /// From 0 to 1, for jitter.
        chance: f64,
    },
    /// It is left alone for a while, and operators hear of it.
    Rests {
        /// Until when.
        until: Timestamp,
        /// What they hear.
        incident: NewIncident,
    },
    /// It went well again.
    Recovered,
}

/// Remembers how an account took a call. `true` when operators hear of it.
pub struct NoteExperience {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Whose.
    pub connection: ConnectionId,
    /// How it went.
    pub experience: Experience,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for NoteExperience {
    const NAME: &'static str = "quota.note";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let (workspace, connection, now) = (self.workspace, self.connection, self.now);
        let quota = load(tx, workspace, connection, now).await?;
        let quota = match &self.experience {
            Experience::Throttled { wanted, chance } => quota.throttled(now, *wanted, *chance),
            Experience::Rests { until, .. } => quota.resting(*until),
            Experience::Recovered => quota.recovered(),
        };
        save(tx, workspace, connection, &quota).await?;
        match &self.experience {
            Experience::Throttled { .. } => Ok(false),
            Experience::Rests { incident, .. } => {
                incident::open(tx, workspace, incident, now).await
            }
            Experience::Recovered => {
                let subject = connection.to_string();
                let resolution = "The account is answered again; what had waited goes on.";
                incident::close(tx, workspace, IncidentKind::Quota, &subject, resolution, now).await
            }
        }
    }
}

async fn load(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    connection: ConnectionId,
    now: Timestamp,
) -> Result<Quota, StoreError> {
    if let Some(quota) = find(tx, workspace, connection).await? {
        return Ok(quota);
    }
    let fresh = Quota::fresh(now);
    let make = "-- make_quota
        insert into quotas (workspace, connection, next_at, tail_at, strikes)
        values ($1, $2, $3, $3, 0)
        on conflict do nothing";
    tx.execute(make, params![workspace.0, connection.uuid(), now]).await?;
    // Somebody else may have made it meanwhile.
    Ok(find(tx, workspace, connection).await?.unwrap_or(fresh))
}

async fn find(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<Option<Quota>, StoreError> {
    let sql = "-- find_quota
        select next_at, tail_at, rests_until, strikes from quotas
         where workspace = $1 and connection = $2 -- PostgreSQL adds: for update
        ";
    let row = tx.find(sql, params![workspace.0, connection.uuid()]).await?;
    row.map(|mut row| {
        Ok(Quota {
            next_at: row.take()?,
            tail_at: row.take()?,
            rests_until: row.take()?,
            strikes: row.take()?,
        })
    })
    .transpose()
}

async fn save(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    connection: ConnectionId,
    quota: &Quota,
) -> Result<(), StoreError> {
    let sql = "-- save_quota
        update quotas set next_at = $3, tail_at = $4, rests_until = $5, strikes = $6
         where workspace = $1 and connection = $2";
    let params = params![
        workspace.0,
        connection.uuid(),
        quota.next_at,
        quota.tail_at,
        quota.rests_until,
        quota.strikes,
    ];
    tx.execute(sql, params).await?;
    Ok(())
}

/// Forgets what an account was asked: it is a new one to us.
pub(crate) async fn forget(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    let sql = "-- forget_quota
        delete from quotas where workspace = $1 and connection = $2";
    tx.execute(sql, params![workspace.0, connection.uuid()]).await?;
    Ok(())
}
