//! Wakes the other instances after a commit that left a job that is due.
//!
//! Nothing depends on it: a ring may get lost, and every instance looks for due jobs by itself. It is
//! sent after the commit, not in the transaction, since PostgreSQL commits those that notify one
//! after the other.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::Pool;
use tokio_postgres::types::Type;

use super::transaction::describe;

/// What instances of one database listen to.
pub(super) const CHANNEL: &str = "doorstep_jobs";
/// Between two rings. Who has just been woken looks again by itself.
const GAP: Duration = Duration::from_millis(20);

/// One instance's bell.
pub(super) struct Bell {
    /// Tells our own rings from others'.
    name: String,
    ringing: Mutex<Ringing>,
}

enum Ringing {
    Quiet,
    /// A task rings; `again` when it has to once more.
    Rings {
        again: bool,
    },
}

impl Default for Bell {
    fn default() -> Self {
        let name = format!("{:016x}", RandomState::new().hash_one(0_u8));
        Self { name, ringing: Mutex::new(Ringing::Quiet) }
    }
}

impl Bell {
    /// Rings now or, right after another ring, in a moment.
    pub(super) fn ring(self: &Arc<Self>, pool: &Pool) {
        let mut ringing = self.ringing.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *ringing {
            Ringing::Rings { again } => *again = true,
            Ringing::Quiet => {
                *ringing = Ringing::Rings { again: false };
                tokio::spawn(self.clone().ring_until_quiet(pool.clone()));
            }
        }
    }

    /// Whether a ring is another instance's.
    pub(super) fn is_foreign(&self, name: &str) -> bool {
        name != self.name
    }

    async fn ring_until_quiet(self: Arc<Self>, pool: Pool) {
        loop {
            self.ring_once(&pool).await;
            tokio::time::sleep(GAP).await;
            if !self.has_to_ring_again() {
                return;
            }
        }
    }

    fn has_to_ring_again(&self) -> bool {
        let mut ringing = self.ringing.lock().unwrap_or_else(PoisonError::into_inner);
        let again = matches!(*ringing, Ringing::Rings { again: true });
        *ringing = if again { Ringing::Rings { again: false } } else { Ringing::Quiet };
        again
    }

    async fn ring_once(&self, pool: &Pool) {
        let notify = "select pg_notify($1, $2)";
        let params: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&CHANNEL, Type::TEXT), (&self.name, Type::TEXT)];
        let failed = match pool.get().await {
            Ok(client) => client.query_typed(notify, &params).await.err().map(|e| describe(&e)),
            Err(error) => Some(error.to_string()),
        };
        if let Some(error) = failed {
            tracing::debug!("other instances were not woken and look by themselves: {error}");
        }
    }
}
