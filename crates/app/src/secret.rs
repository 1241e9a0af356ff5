//! Secrets of ours at rest: encrypted anew with the first key.

use store::sealed::{ListSealed, Place, Reseal};

use crate::{App, AppError, VaultError};

/// How many connections are looked at at once.
const BATCH: i64 = 100;

/// What encrypting anew came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rotated {
    /// How many secrets are stored.
    pub total: usize,
    /// How many were encrypted anew; the others had the first key already.
    pub changed: usize,
}

impl App {
    /// Encrypts every stored secret with the first key. Servers may run meanwhile: what they write
    /// in between has the first key if they have the same settings. Stopped in the middle, it goes
    /// on where it stood, since what is done needs nothing.
    pub async fn rotate_secrets(&self) -> Result<Rotated, AppError> {
        let mut rotated = Rotated::default();
        let mut after = None;
        loop {
            let unit = ListSealed { workspace: self.workspace(), after, limit: BATCH };
            let batch = self.store().read(unit).await?;
            for old in batch.sealed {
                rotated.total += 1;
                if self.0.vault.is_current(&old.ciphertext) {
                    continue;
                }
                let place = old.place.name();
                let plain = self.0.vault.decrypt(&place, &old.ciphertext)?;
                let new = self.0.vault.encrypt(&place, &plain);
                let unit = Reseal { workspace: self.workspace(), old, new };
                if self.store().write(unit).await? {
                    rotated.changed += 1;
                }
            }
            after = batch.last;
            if after.is_none() {
                return Ok(rotated);
            }
        }
    }

    /// The stored secrets that none of the keys opens, each with why.
    pub(crate) async fn unreadable_secrets(&self) -> Result<Vec<(Place, VaultError)>, AppError> {
        let mut unreadable = Vec::new();
        let mut after = None;
        loop {
            let unit = ListSealed { workspace: self.workspace(), after, limit: BATCH };
            let batch = self.store().read(unit).await?;
            for sealed in batch.sealed {
                let opened = self.0.vault.decrypt(&sealed.place.name(), &sealed.ciphertext);
                if let Err(error) = opened {
                    unreadable.push((sealed.place, error));
                }
            }
            after = batch.last;
            if after.is_none() {
                return Ok(unreadable);
            }
        }
    }
}
