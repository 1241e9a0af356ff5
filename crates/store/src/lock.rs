//! What a transaction locks by name: rules that read and then write, and that no constraint holds.
//!
//! Everybody locks in this order, so that nobody waits in a circle: the rows of the bookings in the
//! order of their identifiers, the submission, the hosts (with who wants a hold and their address, in
//! one go), the seats, then whatever is written, jobs last. A job that is about to be parked reads
//! its connection after that; whoever heals the connection takes only jobs that are parked already.

use domain::{HostId, ServiceId, WorkspaceId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A name to be locked until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lock(i64);

impl Lock {
    /// A host's time: a limit per day, or who of several is booked least, is counted before the
    /// claim is made.
    pub fn host(workspace: WorkspaceId, host: &HostId) -> Self {
        Self::named(workspace, "host", &[host.as_str()])
    }

    /// The seats of a group service: who may have them is counted before they are taken.
    pub fn seats(workspace: WorkspaceId, service: &ServiceId) -> Self {
        Self::named(workspace, "seats", &[service.as_str()])
    }

    /// An address: how many holds it has is counted before another is placed.
    pub fn address(workspace: WorkspaceId, address: Uuid) -> Self {
        Self::named(workspace, "address", &[&address.to_string()])
    }

    /// A visitor: the slot that they keep is given up for another.
    pub fn visitor(workspace: WorkspaceId, visitor: Uuid) -> Self {
        Self::named(workspace, "visitor", &[&visitor.to_string()])
    }

    /// A submission: whether it is known is asked before it is remembered.
    pub fn submission(workspace: WorkspaceId, scope: &str, key: &str) -> Self {
        Self::named(workspace, "submission", &[scope, key])
    }

    /// What the database knows it by. Two that share a number wait for each other, no more.
    pub(crate) fn number(self) -> i64 {
        self.0
    }

    fn named(workspace: WorkspaceId, kind: &str, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        hash.update(workspace.0.to_be_bytes());
        for part in std::iter::once(&kind).chain(parts) {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest = hash.finalize();
        let first = digest.first_chunk().expect("a digest has 32 bytes");
        Self(i64::from_be_bytes(*first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_things_have_different_locks() {
        let host: HostId = "ada".parse().expect("a slug");
        let locks = [
            Lock::host(WorkspaceId(1), &host),
            Lock::host(WorkspaceId(2), &host),
            Lock::submission(WorkspaceId(1), "ada", ""),
            Lock::submission(WorkspaceId(1), "ad", "a"),
            Lock::submission(WorkspaceId(1), "a", "da"),
        ];

        let mut distinct = locks.to_vec();
        distinct.sort_unstable();
        distinct.dedup();

        assert_eq!(distinct.len(), locks.len());
        assert_eq!(Lock::host(WorkspaceId(1), &host), locks[0]);
    }
}
