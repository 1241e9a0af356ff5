//! Reading what availability needs: claims in a range, and the versions that say whether something
//! computed before is still true.

use domain::availability::Claimed;
use domain::{CalendarId, HostId, Interval, WorkspaceId};
use jiff::Timestamp;

use crate::claim::{list_claims, list_taken};
use crate::error::StoreError;
use crate::mirror::{HostMirror, load_mirror};
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// What is claimed of some hosts' time.
pub struct LoadClaims {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The hosts, each with the range.
    pub hosts: Vec<(HostId, Interval)>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for LoadClaims {
    const NAME: &'static str = "openings.load";
    type Outcome = Vec<Vec<Claimed>>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let mut claims = Vec::with_capacity(self.hosts.len());
        for (host, within) in &self.hosts {
            let of_host = list_claims(tx, self.workspace, host, *within, None, self.now);
            claims.push(of_host.await?);
        }
        Ok(claims)
    }
}

/// The versions of the setup and of some hosts' claims.
pub struct LoadVersions {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The hosts.
    pub hosts: Vec<HostId>,
}

impl UnitOfWork for LoadVersions {
    const NAME: &'static str = "openings.versions";
    type Outcome = (i64, Vec<i64>);

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let setup = crate::setup::version(tx, self.workspace).await?;
        let mut hosts = Vec::with_capacity(self.hosts.len());
        for host in &self.hosts {
            hosts.push(host_version(tx, self.workspace, host).await?);
        }
        Ok((setup, hosts))
    }
}

async fn host_version(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    host: &HostId,
) -> Result<i64, StoreError> {
    let sql = "-- host_version
        select version from host_versions where workspace = $1 and host = $2";
    let row = tx.find(sql, params![workspace.0, host.as_str()]).await?;
    row.map_or(Ok(0), |mut row| row.take())
}

/// What is taken of some hosts' time, with the versions at which that is true.
pub struct LoadTaken {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The hosts.
    pub hosts: Vec<HostAsked>,
}

/// A host whose time is asked about.
#[derive(Debug, Clone)]
pub struct HostAsked {
    /// Who.
    pub host: HostId,
    /// The calendars outside that block their time.
    pub calendars: Vec<CalendarId>,
    /// The range.
    pub within: Interval,
    /// The version at which the range is known already.
    pub known: Option<i64>,
}

/// What is taken of a host's time.
#[derive(Debug)]
pub struct HostTaken {
    /// The host's version.
    pub version: i64,
    /// What is taken; `None` when the version is the known one.
    pub time: Option<HostTime>,
}

/// What is taken of a host's time, by us and in the host's calendars.
#[derive(Debug)]
pub struct HostTime {
    /// The claims in order, lapsed holds included.
    pub claims: Vec<Claimed>,
    /// What the calendars said.
    pub mirror: HostMirror,
}

impl UnitOfWork for LoadTaken {
    const NAME: &'static str = "openings.taken";
    /// The setup's version, and the hosts in the order they were asked for.
    type Outcome = (i64, Vec<HostTaken>);

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let setup = crate::setup::version(tx, self.workspace).await?;
        let mut taken = Vec::with_capacity(self.hosts.len());
        for HostAsked { host, calendars, within, known } in &self.hosts {
            let version = host_version(tx, self.workspace, host).await?;
            let time = match known {
                Some(known) if *known == version => None,
                Some(_) | None => {
                    let claims = list_taken(tx, self.workspace, host, *within).await?;
                    let mirror = load_mirror(tx, self.workspace, calendars, *within).await?;
                    Some(HostTime { claims, mirror })
                }
            };
            taken.push(HostTaken { version, time });
        }
        Ok((setup, taken))
    }
}

/// How many of a host's claims lie in a stretch, without lapsed holds: for fairness among hosts.
pub async fn count_claims(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    host: &HostId,
    within: Interval,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "-- count_claims
        select count(*) from claims
         where workspace = $1 and host = $2 and ends > $3 and ends <= $4
           and (expires_at is null or expires_at > $5)";
    let params = params![workspace.0, host.as_str(), within.start(), within.end(), now];
    tx.find(sql, params).await?.ok_or(StoreError::Unreadable("a count"))?.take()
}
