//! The one source of time. Everything else is handed an instant.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use store::{Store, StoreError};
use tokio::sync::Notify;

mod steady;

use steady::{Reading, Steady};

/// What time it is. Cheap to clone; all clones agree.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    base: Base,
    /// How far the clock was moved forward, in microseconds.
    ahead: AtomicI64,
    moved: Notify,
}

/// What a clock goes by, before it was moved forward.
enum Base {
    /// It stands at this instant, in microseconds.
    Frozen(AtomicI64),
    /// The machine's clock.
    Machine,
    /// The database's clock, which several instances share.
    Database(Steady),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(Base::Machine)
    }

    /// A clock that stands still until it is moved.
    pub fn frozen(at: Timestamp) -> Self {
        Self::new(Base::Frozen(AtomicI64::new(at.as_microsecond())))
    }

    /// The clock that every instance on this database agrees on, whatever their machines say. A
    /// database without a clock of its own is used by one machine alone, whose clock it is then.
    pub async fn of(store: &Store) -> Result<Self, StoreError> {
        let reading = Reading::take(store).await?;
        Ok(Self::new(reading.map_or(Base::Machine, |first| Base::Database(Steady::new(first)))))
    }

    /// Compares with the database's clock, if it is that one.
    pub(crate) async fn correct(&self, store: &Store) -> Result<(), StoreError> {
        match &self.0.base {
            Base::Frozen(_) | Base::Machine => {}
            Base::Database(steady) => {
                if let Some(reading) = Reading::take(store).await? {
                    steady.correct(reading);
                    self.0.moved.notify_waiters();
                }
            }
        }
        Ok(())
    }

    fn new(base: Base) -> Self {
        Self(Arc::new(Inner { base, ahead: AtomicI64::new(0), moved: Notify::new() }))
    }

    /// Now, to the microsecond: what is stored is what was seen.
    pub fn now(&self) -> Timestamp {
        let base = match &self.0.base {
            Base::Frozen(at) => at.load(Ordering::SeqCst),
            Base::Machine => machine_now().as_microsecond(),
            Base::Database(steady) => steady.at(std::time::Instant::now()),
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
            match self.0.base {
                Base::Frozen(_) => moved.await,
                Base::Machine | Base::Database(_) => {
                    // A wait is cut into pieces, so that a machine that slept notices.
                    let piece = left.min(std::time::Duration::from_secs(30));
                    let _ = tokio::time::timeout(piece, moved).await;
                }
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
fn machine_now() -> Timestamp {
    Timestamp::now()
}
