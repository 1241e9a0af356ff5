//! Hearing that another process has left a job that is due.

use std::future::pending;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// What wakes a process for other processes' jobs. Listens until it is dropped.
pub struct Listener(Option<Ear>);

struct Ear {
    heard: Arc<Notify>,
    task: AbortHandle,
}

impl Listener {
    /// Never hears anything.
    pub(crate) fn deaf() -> Self {
        Self(None)
    }

    /// Hears whatever `task` notes in `heard`.
    pub(crate) fn new(heard: Arc<Notify>, task: AbortHandle) -> Self {
        Self(Some(Ear { heard, task }))
    }

    /// Waits until it is worth looking for due jobs. Several wakes may be heard as one.
    pub async fn heard(&self) {
        match &self.0 {
            Some(ear) => ear.heard.notified().await,
            None => pending().await,
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.task.abort();
    }
}
