//! The one source of identifiers and chance.

use std::sync::{Arc, Mutex};

use domain::id::{InboxId, JobId, RequestId};
use domain::{
    BookingId, ConnectionId, IncidentId, KeyId, MessageId, OccurrenceId, OperationId,
    TimelineEntryId,
};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, RngExt, SeedableRng};
use uuid::{Builder, Uuid};

use crate::clock::Clock;

/// Makes identifiers that rise with time (UUID version 7), and secrets. All clones share one state.
#[derive(Clone)]
pub struct Ids {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

struct State {
    rng: StdRng,
    millis: u64,
    /// The 74 bits after the time; rises within a millisecond.
    tail: u128,
}

impl Ids {
    /// Unpredictable: seeded by the system.
    pub fn system(clock: Clock) -> Self {
        let rng = StdRng::try_from_rng(&mut SysRng).expect("the system has randomness");
        Self::new(clock, rng)
    }

    /// Repeatable: for tests and simulations.
    pub fn seeded(clock: Clock, seed: u64) -> Self {
        Self::new(clock, StdRng::seed_from_u64(seed))
    }

    fn new(clock: Clock, rng: StdRng) -> Self {
        Self { clock, state: Arc::new(Mutex::new(State { rng, millis: 0, tail: 0 })) }
    }

    /// A fresh identifier, greater than every one before it.
    pub fn uuid(&self) -> Uuid {
        let now = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        let mut state = self.state();
        if now > state.millis {
            state.millis = now;
            // The top bit stays free, so that a millisecond never runs out.
            state.tail = (state.rng.random::<u128>() >> 55) & ((1 << 73) - 1);
        } else {
            // Room for the ids that a unit of work derives from one of these by counting up.
            state.tail += 1_024 + u128::from(state.rng.random::<u16>());
        }
        let tail = state.tail.to_be_bytes();
        let mut bytes = [0; 10];
        // 12 bits go before the variant, 62 behind it.
        let high = u16::try_from(state.tail >> 62 & 0xfff).expect("twelve bits");
        bytes[..2].copy_from_slice(&high.to_be_bytes());
        bytes[2..].copy_from_slice(&tail[8..]);
        bytes[2] &= 0x3f;
        Builder::from_unix_timestamp_millis(state.millis, &bytes).into_uuid()
    }

    /// Random bytes for a secret.
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.state().rng.fill_bytes(&mut bytes);
        bytes
    }

    /// A number from 0 up to, not including, 1: for jitter.
    pub fn fraction(&self) -> f64 {
        self.state().rng.random()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

macro_rules! fresh {
    ($($name:ident: $id:ident;)*) => {
        impl Ids {$(
            #[doc = concat!("A fresh [`", stringify!($id), "`].")]
            pub fn $name(&self) -> $id {
                $id::new(self.uuid())
            }
        )*}
    };
}

fresh! {
    booking: BookingId;
    connection: ConnectionId;
    entry: TimelineEntryId;
    inbox: InboxId;
    incident: IncidentId;
    job: JobId;
    key: KeyId;
    message: MessageId;
    occurrence: OccurrenceId;
    operation: OperationId;
    request: RequestId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_rise_within_a_millisecond_and_over_time() {
        let clock = Clock::frozen("2026-12-01T12:00:00Z".parse().expect("an instant"));
        let ids = Ids::seeded(clock.clone(), 7);

        let mut made: Vec<Uuid> = (0..1_000).map(|_| ids.uuid()).collect();
        clock.advance(jiff::SignedDuration::from_millis(1));
        made.push(ids.uuid());

        assert!(made.is_sorted_by(|one, next| one < next));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }
}
