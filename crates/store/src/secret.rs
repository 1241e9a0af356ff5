//! Secrets of the installation, stored encrypted.

use domain::WorkspaceId;

use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// The secret of that name, made with the given ciphertext if there is none: whoever is first wins.
pub struct LoadOrKeepSecret {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: &'static str,
    /// What to keep if there is none yet.
    pub ciphertext: Vec<u8>,
}

impl UnitOfWork for LoadOrKeepSecret {
    const NAME: &'static str = "secret.load";
    type Outcome = Vec<u8>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let keep = "-- keep_secret
            insert into secrets (workspace, name, ciphertext) values ($1, $2, $3)
            on conflict do nothing";
        let params = params![self.workspace.0, self.name, self.ciphertext.as_slice()];
        tx.execute(keep, params).await?;
        let find = "-- find_secret
            select ciphertext from secrets where workspace = $1 and name = $2";
        let row = tx.find(find, params![self.workspace.0, self.name]).await?;
        row.ok_or(StoreError::Unreadable("a secret"))?.take()
    }
}
