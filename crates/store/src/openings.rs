//! Reading what availability needs: claims in a range, and the versions that say whether something
//! computed before is still true.

use domain::availability::Claimed;
use domain::{HostId, Interval, ServiceId, WorkspaceId};
use jiff::Timestamp;

use crate::claim::list_claims;
use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// What is claimed of some hosts' time.
pub struct LoadClaims {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The hosts.
    pub hosts: Vec<HostId>,
    /// The service whose daily limit is asked about.
    pub service: ServiceId,
    /// The range.
    pub within: Interval,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for LoadClaims {
    const NAME: &'static str = "openings.load";
    type Outcome = Vec<Vec<Claimed>>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let mut claims = Vec::with_capacity(self.hosts.len());
        for host in &self.hosts {
            let of_host =
                list_claims(tx, self.workspace, host, self.within, &self.service, None, self.now);
            claims.push(of_host.await?);
        }
        Ok(claims)
    }
}

/// The versions of the setup and of some hosts' claims, and the next lapse of a hold.
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
        let sql = "-- host_version
            select version from host_versions where workspace = $1 and host = $2";
        let mut hosts = Vec::with_capacity(self.hosts.len());
        for host in &self.hosts {
            let row = tx.find(sql, params![self.workspace.0, host.as_str()]).await?;
            hosts.push(row.map_or(Ok(0), |mut row| row.take())?);
        }
        Ok((setup, hosts))
    }
}

/// How many of a host's claims lie in a stretch: for fairness among hosts.
pub async fn count_claims(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    host: &HostId,
    within: Interval,
) -> Result<i64, StoreError> {
    let sql = "-- count_claims
        select count(*) from claims
         where workspace = $1 and host = $2 and ends > $3 and ends <= $4";
    let params = params![workspace.0, host.as_str(), within.start(), within.end()];
    tx.find(sql, params).await?.ok_or(StoreError::Unreadable("a count"))?.take()
}

/// The next instant at which a hold of one of the hosts lapses, after `now`.
pub struct NextLapse {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The hosts.
    pub hosts: Vec<HostId>,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for NextLapse {
    const NAME: &'static str = "openings.next_lapse";
    type Outcome = Option<Timestamp>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- next_lapse
            select min(expires_at) from claims
             where workspace = $1 and host = $2 and expires_at > $3";
        let mut earliest: Option<Timestamp> = None;
        for host in &self.hosts {
            let row = tx.find(sql, params![self.workspace.0, host.as_str(), self.now]).await?;
            let lapse: Option<Timestamp> = row.map_or(Ok(None), |mut row| row.take())?;
            earliest = match (earliest, lapse) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        Ok(earliest)
    }
}
