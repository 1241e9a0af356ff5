//! The one source of time. Everything else is handed an instant.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

/// What time it is. Cheap to clone; all clones agree.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    /// The instant at which a frozen clock stands, in microseconds; a running one has none.
    frozen: Option<AtomicI64>,
    /// How far the clock was moved forward, in microseconds.
    ahead: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(None)
    }

    /// A clock that stands still until it is moved.
    pub fn frozen(at: Timestamp) -> Self {
        Self::new(Some(AtomicI64::new(at.as_microsecond())))
    }

    fn new(frozen: Option<AtomicI64>) -> Self {
        Self(Arc::new(Inner { frozen, ahead: AtomicI64::new(0), moved: Notify::new() }))
    }

    /// Now, to the microsecond: what is stored is what was seen.
    pub fn now(&self) -> Timestamp {
        let base = match &self.0.frozen {
            Some(at) => at.load(Ordering::SeqCst),
            None => machine_now().as_microsecond(),
        };
        let now = base.saturating_add(self.0.ahead.load(Ordering::SeqCst));
        Timestamp::from_microsecond(now).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock forward: in tests, in simulations, and from the demo's page.
    pub fn advance(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(0).max(0);
        self.0.ahead.fetch_add(by, Ordering::SeqCst);
        self.0.moved.notify_waiters();
    }

    /// How far it was moved forward, to be carried over a restart of the demo.
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_micros(self.0.ahead.load(Ordering::SeqCst))
    }

    /// Waits until that instant by this clock.
    pub async fn sleep_until(&self, until: Timestamp) {
        loop {
            let moved = self.0.moved.notified();
            let left = until.duration_since(self.now());
            let Ok(left) = std::time::Duration::try_from(left) else { return };
            if left.is_zero() {
                return;
            }
            if self.0.frozen.is_some() {
                moved.await;
            } else {
                // A wait is cut into pieces, so that a machine that slept notices.
                let piece = left.min(std::time::Duration::from_secs(30));
                let _ = tokio::time::timeout(piece, moved).await;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
fn machine_now() -> Timestamp {
    Timestamp::now()
}
