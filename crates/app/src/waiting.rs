//! Callers of this process who wait for what the calendar says.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::BookingId;
use tokio::sync::watch;

/// What the calendar said of a booking or a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The event is where it is wanted.
    Settled,
    /// Something else is there.
    Busy,
    /// It could not be asked.
    Unavailable,
}

/// Who waits for which booking.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<HashMap<BookingId, Queue>>);

/// Those who wait for one booking, and why it was refused if it was.
struct Queue {
    verdict: watch::Sender<Option<Verdict>>,
    noted: Option<Verdict>,
}

/// A place in the queue; leaving it is dropping it.
pub(crate) struct Place<'a> {
    waiting: &'a Waiting,
    booking: BookingId,
    verdict: watch::Receiver<Option<Verdict>>,
}

impl Waiting {
    /// Begins to wait. To be called before the job starts, or its verdict is missed.
    pub(crate) fn for_booking(&self, booking: BookingId) -> Place<'_> {
        let mut queues = self.queues();
        let queue = queues
            .entry(booking)
            .or_insert_with(|| Queue { verdict: watch::channel(None).0, noted: None });
        let mut verdict = queue.verdict.subscribe();
        verdict.mark_unchanged(); // What was told before was about something else.
        Place { waiting: self, booking, verdict }
    }

    /// Notes why a refusal is about to be stored; told only once it is.
    pub(crate) fn note(&self, booking: BookingId, verdict: Verdict) {
        if let Some(queue) = self.queues().get_mut(&booking) {
            queue.noted = Some(verdict);
        }
    }

    /// Tells whoever waits what was noted, or that it is settled.
    pub(crate) fn tell_noted(&self, booking: BookingId) {
        if let Some(queue) = self.queues().get_mut(&booking) {
            let verdict = queue.noted.take().unwrap_or(Verdict::Settled);
            queue.verdict.send_replace(Some(verdict));
        }
    }

    /// Tells whoever waits. Nobody may.
    pub(crate) fn tell(&self, booking: BookingId, verdict: Verdict) {
        if let Some(queue) = self.queues().get(&booking) {
            queue.verdict.send_replace(Some(verdict));
        }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<BookingId, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// The verdict, when it comes.
    pub(crate) async fn verdict(&mut self) -> Verdict {
        while self.verdict.changed().await.is_ok() {
            if let Some(verdict) = *self.verdict.borrow_and_update() {
                return verdict;
            }
        }
        // The sender lives as long as anybody waits; without it there is nothing to hear.
        std::future::pending().await
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut queues = self.waiting.queues();
        // This receiver is still counted.
        if queues.get(&self.booking).is_some_and(|queue| queue.verdict.receiver_count() <= 1) {
            queues.remove(&self.booking);
        }
    }
}
