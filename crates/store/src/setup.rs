//! Setup objects: hosts, calendars, services and sources, kept as the documents people wrote.

use domain::WorkspaceId;
use jiff::Timestamp;

use crate::error::StoreError;
use crate::job::{self, NewJob};
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// A stored document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupObject {
    /// `host`, `calendar`, `service` or `source`.
    pub kind: String,
    /// Its slug.
    pub id: String,
    /// The document, as JSON.
    pub document: String,
}

/// The version of a workspace's setup.
pub async fn version(tx: &mut impl Tx, workspace: WorkspaceId) -> Result<i64, StoreError> {
    let sql = "-- setup_version
        select version from setup_versions where workspace = $1";
    let row = tx.find(sql, params![workspace.0]).await?;
    row.ok_or(StoreError::Unreadable("the setup's version"))?.take()
}

/// The whole setup, with its version.
pub struct LoadSetup {
    /// The tenant.
    pub workspace: WorkspaceId,
}

impl UnitOfWork for LoadSetup {
    const NAME: &'static str = "setup.load";
    type Outcome = (i64, Vec<SetupObject>);

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let version = version(tx, self.workspace).await?;
        let sql = "-- load_setup
            select kind, id, document from setup_objects where workspace = $1 order by kind, id";
        let rows = tx.query(sql, params![self.workspace.0]).await?;
        let objects: Result<Vec<SetupObject>, StoreError> = rows
            .into_iter()
            .map(|mut row| {
                Ok(SetupObject { kind: row.take()?, id: row.take()?, document: row.take()? })
            })
            .collect();
        Ok((version, objects?))
    }
}

/// Writes and deletes setup objects together. The caller has checked the whole that results from
/// `version`; `false` when somebody changed the setup meanwhile, and nothing was written.
pub struct ChangeSetup {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The version that the change was checked against.
    pub version: i64,
    /// What is created or replaced.
    pub put: Vec<SetupObject>,
    /// What is deleted, by kind and slug.
    pub delete: Vec<(String, String)>,
    /// What has to be done about calendars that are new, changed or gone.
    pub jobs: Vec<NewJob>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for ChangeSetup {
    const NAME: &'static str = "setup.change";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let bump = "-- bump_setup_version
            update setup_versions set version = version + 1 where workspace = $1 and version = $2";
        if tx.execute(bump, params![self.workspace.0, self.version]).await? == 0 {
            return Ok(false);
        }
        let put = "-- put_setup_object
            insert into setup_objects (workspace, kind, id, document, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $5)
            on conflict (workspace, kind, id) do update set
                document = excluded.document, updated_at = excluded.updated_at";
        for object in &self.put {
            let (kind, id) = (object.kind.as_str(), object.id.as_str());
            let document = object.document.as_str();
            tx.execute(put, params![self.workspace.0, kind, id, document, self.now]).await?;
        }
        let delete = "-- delete_setup_object
            delete from setup_objects where workspace = $1 and kind = $2 and id = $3";
        for (kind, id) in &self.delete {
            tx.execute(delete, params![self.workspace.0, kind.as_str(), id.as_str()]).await?;
        }
        // A capacity may have been raised, or a waiting list taken away.
        crate::waiting_list::hasten_all(tx, self.workspace, self.now).await?;
        for job in &self.jobs {
            job::enqueue(tx, self.workspace, job, self.now).await?;
        }
        Ok(true)
    }
}

/// Whether a host, service or calendar has bookings that are still to come: then it cannot be
/// deleted.
pub struct HasActiveBookings {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// A host's slug, or
    pub host: Option<String>,
    /// a service's, or
    pub service: Option<String>,
    /// a calendar's, whose events still have to be changed or deleted there.
    pub calendar: Option<String>,
}

impl UnitOfWork for HasActiveBookings {
    const NAME: &'static str = "setup.has_active_bookings";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- has_active_bookings
            select 1 from bookings
             where workspace = $1 and status in ('pending', 'confirmed')
               and (host = $2 or change_host = $2 or service = $3
                    or joined is not null and joined like '%,' || $2 || ',%')
             limit 1";
        let params = params![self.workspace.0, self.host.clone(), self.service.clone()];
        if tx.find(sql, params).await?.is_some() {
            return Ok(true);
        }
        let sql = "-- has_events_to_look_after
            select 1 from calendar_events
              join bookings on bookings.workspace = calendar_events.workspace
               and bookings.id = calendar_events.booking
             where calendar_events.workspace = $1 and calendar_events.calendar = $2
               and calendar_events.state <> 'removed'
               and bookings.status not in ('completed', 'no_show')
             limit 1";
        let calendar = params![self.workspace.0, self.calendar.clone()];
        if tx.find(sql, calendar).await?.is_some() {
            return Ok(true);
        }
        let sql = "-- has_occurrences_to_look_after
            select 1 from calendar_events
              join occurrences on occurrences.workspace = calendar_events.workspace
               and occurrences.id = calendar_events.booking
             where calendar_events.workspace = $1 and calendar_events.calendar = $2
               and calendar_events.state <> 'removed'
               and (occurrences.state = 'empty' or exists (
                    select 1 from seats
                      join bookings on bookings.workspace = $1 and bookings.id = seats.holder
                     where seats.workspace = $1 and seats.occurrence = occurrences.id
                       and bookings.status in ('pending', 'confirmed')))
             limit 1";
        Ok(tx.find(sql, calendar).await?.is_some())
    }
}
