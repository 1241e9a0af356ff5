//! Keeping a slot for a visitor.

use std::net::IpAddr;

use domain::availability::Reason;
use domain::service::Assignment;
use domain::{HoldId, Interval, ServiceId};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use store::hold::{Hold, NotHeld, PlaceHold, ReleaseHold, Visitor};
use uuid::Uuid;

use crate::booking::Alternative;
use crate::{App, AppError};

/// A slot that a visitor wants to keep.
#[derive(Debug, Clone)]
pub struct HoldWish {
    /// Of which service.
    pub service: ServiceId,
    /// When it starts.
    pub start: Timestamp,
    /// One of the service's lengths; its usual one if none.
    pub duration: Option<SignedDuration>,
    /// For how many people, of a group service.
    pub people: u32,
    /// What the visitor calls themselves: they keep one slot of a service at a time.
    pub visitor: Option<String>,
    /// Where they come from; `None` for a caller with a key, who has no limit.
    pub address: Option<IpAddr>,
}

/// What came of asking for a hold.
#[derive(Debug, Clone)]
pub enum Held {
    /// It is kept.
    Kept {
        /// The secret that stands for it.
        id: HoldId,
        /// What is held.
        hold: Hold,
    },
    /// Somebody else has it, or the rules do not offer it.
    Refused {
        /// Whether it is taken, as opposed to never offered.
        taken: bool,
        /// The nearest slots that are free.
        alternatives: Vec<Alternative>,
    },
    /// The address, or everybody together, keeps as many slots as may be kept.
    TooMany {
        /// When one of them lapses at the latest.
        retry_after: SignedDuration,
    },
    /// There is no such service.
    UnknownService,
}

/// What a hold's claim is known by in the database: the secret itself is not stored.
pub(crate) fn holder(id: HoldId) -> Uuid {
    let digest = Sha256::digest(id.uuid().as_bytes());
    Uuid::from_bytes(*digest.first_chunk().expect("SHA-256 is longer"))
}

impl App {
    /// Keeps a slot for one visitor for a few minutes.
    /// Of a group service it keeps seats for so many people.
    pub async fn hold(&self, wish: HoldWish) -> Result<Held, AppError> {
        let HoldWish { service, start, duration, people, visitor, address } = wish;
        let setup = self.setup();
        let Some(found) = setup.setup.service(&service) else { return Ok(Held::UnknownService) };
        let duration = duration.unwrap_or(found.rules.duration);
        let offered = crate::slots::offers(&setup.setup, found, None);
        let slot = Interval::starting(start, duration);
        let mut hosts = self.weigh_hosts(&setup.setup, found, slot, offered).await?;
        match found.assignment {
            Assignment::Any => hosts.retain(|offer| !offer.shows_busy),
            Assignment::All if hosts.iter().any(|offer| offer.shows_busy) => hosts.clear(),
            Assignment::All => {}
        }
        if hosts.is_empty() {
            let alternatives = self.alternatives_lasting(&service, Some(duration), start).await?;
            return Ok(Held::Refused { taken: true, alternatives });
        }
        let id = HoldId::new(Uuid::from_bytes(self.ids().secret()));
        let now = self.clock().now();
        let unit = PlaceHold {
            workspace: self.workspace(),
            holder: holder(id),
            service: found.clone(),
            hosts,
            first: None,
            start,
            duration,
            people,
            occurrence_id: self.ids().occurrence(),
            expires_at: now + self.settings().hold_ttl,
            visitor: Visitor {
                id: visitor.map(|visitor| self.known_as("visitor", &visitor)),
                address: address.map(|address| self.known_as("address", &address.to_string())),
            },
            now,
        };
        match self.store().write(unit).await? {
            Ok(hold) => Ok(Held::Kept { id, hold }),
            Err(NotHeld::TooMany) => Ok(Held::TooMany { retry_after: self.settings().hold_ttl }),
            Err(NotHeld::Refused(reasons)) => {
                let taken =
                    reasons.iter().flat_map(|(_, why)| why).any(|why: &Reason| why.is_taken());
                let alternatives =
                    self.alternatives_lasting(&service, Some(duration), start).await?;
                Ok(Held::Refused { taken, alternatives })
            }
        }
    }

    /// What a visitor or address is known by in the database, which does not learn who they are.
    fn known_as(&self, what: &str, who: &str) -> Uuid {
        let key = self.link_key().derived(b"hold/1");
        let digest =
            Sha256::new().chain_update(key).chain_update(what).chain_update(who).finalize();
        Uuid::from_bytes(*digest.first_chunk().expect("SHA-256 is longer"))
    }

    /// Gives a hold back. `false` when there is none.
    pub async fn release_hold(&self, id: HoldId) -> Result<bool, AppError> {
        let (workspace, now) = (self.workspace(), self.clock().now());
        let unit = ReleaseHold { workspace, holder: holder(id), now };
        Ok(self.store().write(unit).await?)
    }
}
