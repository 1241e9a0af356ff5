//! One of the instances on a database.

use std::time::Duration;

use app::booking::{Booked, Cancel, CancelOutcome, Move, Moved};
use app::{App, AppError, Clock, Runner};
use domain::BookingId;
use domain::booking::Actor;
use store::Row;
use tokio::task::JoinHandle;

use crate::Wish;
use crate::process::Process;
use crate::records::Question;

/// An instance of Doorstep: a process that can die, with its own view of what time it is.
pub struct Instance {
    clock: Clock,
    process: Option<Process>,
}

impl Instance {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, process: None }
    }

    pub(crate) async fn start(&mut self, opening: impl Future<Output = App> + Send + 'static) {
        self.process = Some(Process::start(opening).await);
        let taken = self.does(|app| async move { Runner::new(app).take_over().await }).await;
        taken.expect("the leases are free");
    }

    pub(crate) fn die(&mut self) {
        drop(self.process.take());
    }

    /// Whether its process runs.
    pub fn lives(&self) -> bool {
        self.process.is_some()
    }

    /// What time this instance believes it is.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("a process runs")
    }

    /// The use cases. What is called through this does not die with the process; see
    /// [`Instance::does`].
    pub fn app(&self) -> &App {
        self.process().app()
    }

    /// Begins something inside the process. It dies with it.
    pub fn begins<T, F>(&self, use_case: impl FnOnce(App) -> F) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let process = self.process();
        process.spawn(use_case(process.app().clone()))
    }

    /// Does something inside the process.
    pub async fn does<T, F>(&self, use_case: impl FnOnce(App) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.begins(use_case).await.expect("the process lives and does not panic")
    }

    /// Begins to book.
    pub fn begins_to_book(&self, wish: &Wish) -> JoinHandle<Result<Booked, AppError>> {
        let book = wish.book();
        self.begins(|app| async move { app.book(book).await })
    }

    /// Begins to cancel by link.
    pub fn begins_to_cancel(&self, id: BookingId) -> JoinHandle<Result<CancelOutcome, AppError>> {
        let cancel = Cancel { id, by: Actor::Attendee, reason: None, seen: None, key: None };
        self.begins(|app| async move { app.cancel(cancel).await })
    }

    /// Begins to ask for another time.
    pub fn begins_to_move(
        &self,
        id: BookingId,
        start: &str,
        patience: Duration,
    ) -> JoinHandle<Result<Moved, AppError>> {
        let start = start.parse().expect("an instant");
        let (host, seen, key) = (None, None, None);
        let wish = Move { id, start, host, by: Actor::Attendee, seen, key, patience };
        self.begins(|app| async move { app.reschedule(wish).await })
    }

    /// Begins to run whatever is due now, also what other tasks of this process have begun.
    pub fn begins_to_run_jobs(&self) -> JoinHandle<()> {
        self.begins(|app| async move {
            app.idle().await;
            app.run_due_jobs().await.expect("the database works");
        })
    }

    /// What a statement finds. A test looks at rows between two lines of its own and is not made to
    /// wait for them: the process does.
    pub(crate) fn looks(&self, sql: &'static str) -> Vec<Row> {
        let store = self.app().store().clone();
        let found = self.process().awaits(async move { store.read(Question { sql }).await });
        found.expect("the database works")
    }
}
