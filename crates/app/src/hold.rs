//! Keeping a slot for a visitor.

use domain::availability::Reason;
use domain::{HoldId, ServiceId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use store::hold::{Hold, PlaceHold, ReleaseHold};
use uuid::Uuid;

use crate::booking::Alternative;
use crate::{App, AppError};

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
    pub async fn hold(
        &self,
        service: &ServiceId,
        start: Timestamp,
        people: u32,
    ) -> Result<Held, AppError> {
        let setup = self.setup();
        let Some(found) = setup.setup.service(service) else { return Ok(Held::UnknownService) };
        let offered = crate::slots::offers(&setup.setup, found, None);
        let mut hosts = self.weigh_hosts(&setup.setup, found, offered, start).await?;
        hosts.retain(|offer| !offer.shows_busy);
        if hosts.is_empty() {
            let alternatives = self.alternatives(service, start).await?;
            return Ok(Held::Refused { taken: true, alternatives });
        }
        let id = HoldId::new(Uuid::from_bytes(self.ids().secret()));
        let now = self.clock().now();
        let unit = PlaceHold {
            workspace: self.workspace(),
            holder: holder(id),
            service: found.clone(),
            hosts,
            start,
            people,
            occurrence_id: self.ids().occurrence(),
            expires_at: now + self.settings().hold_ttl,
            now,
        };
        match self.store().write(unit).await? {
            Ok(hold) => Ok(Held::Kept { id, hold }),
            Err(reasons) => {
                let taken =
                    reasons.iter().flat_map(|(_, why)| why).any(|why: &Reason| why.is_taken());
                let alternatives = self.alternatives(service, start).await?;
                Ok(Held::Refused { taken, alternatives })
            }
        }
    }

    /// Gives a hold back. `false` when there is none.
    pub async fn release_hold(&self, id: HoldId) -> Result<bool, AppError> {
        let (workspace, now) = (self.workspace(), self.clock().now());
        let unit = ReleaseHold { workspace, holder: holder(id), now };
        Ok(self.store().write(unit).await?)
    }
}
