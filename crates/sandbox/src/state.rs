//! The state of all stand-ins, in memory, with a JSON snapshot on disk when one is wanted.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::chance::Ids;
use crate::{alerts, google, mail, twilio};

/// How long after a change the snapshot is written, so that a burst costs one write.
const WRITE_DELAY: Duration = Duration::from_millis(200);

/// How long the writer waits after a failed write, so that a full disk does not fill the log.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// Why a sandbox could not be opened, or could not do what a test asked of it.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The state file exists but cannot be read.
    #[error("the sandbox's state file cannot be read")]
    Unreadable(#[source] io::Error),
    /// The state file is not a snapshot of this version.
    #[error("the sandbox's state file is damaged or from another version")]
    Damaged(#[source] serde_json::Error),
    /// The client that delivers pushes and callbacks could not be made.
    #[error("the sandbox's own HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// The request is one the provider would refuse; the provider's words.
    #[error("the provider would refuse: {0}")]
    Refused(String),
    /// No account, calendar, event or message of that name.
    #[error("the sandbox has no {0}")]
    Unknown(String),
}

/// Everything that survives a restart.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct World {
    pub(crate) ids: Ids,
    pub(crate) google: google::State,
    pub(crate) twilio: twilio::State,
    pub(crate) mail: mail::State,
    pub(crate) alerts: alerts::State,
}

/// The one lock around the [`World`], and its way to disk.
pub(crate) struct Store {
    world: Mutex<World>,
    file: Option<PathBuf>,
    changed: AtomicBool,
    writing: tokio::sync::Mutex<()>,
}

impl Store {
    pub(crate) async fn open(file: Option<PathBuf>, seed: u64) -> Result<Self, SandboxError> {
        let mut world = match &file {
            Some(path) => read_snapshot(path).await?,
            None => World::default(),
        };
        world.ids.seed = seed;
        let (world, changed) = (Mutex::new(world), AtomicBool::new(false));
        Ok(Self { world, file, changed, writing: tokio::sync::Mutex::default() })
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.lock())
    }

    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let outcome = change(&mut self.lock());
        self.changed.store(true, Ordering::Release);
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("nothing panics while it holds the world")
    }

    /// Writes the snapshot a moment after every change, until the store is dropped. A large state
    /// is written less often, so that writing it never takes more than a tenth of the time.
    pub(crate) fn write_in_background(self: &Arc<Self>) {
        if self.file.is_none() {
            return;
        }
        let store = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut pause = WRITE_DELAY;
            loop {
                tokio::time::sleep(pause).await;
                let Some(store) = store.upgrade() else { return };
                let began = Instant::now();
                pause = match store.write_snapshot().await {
                    Ok(()) => WRITE_DELAY.max(began.elapsed() * 10),
                    Err(error) => {
                        report_unwritten(&error);
                        PAUSE_AFTER_FAILURE
                    }
                };
            }
        });
    }

    pub(crate) async fn flush(&self) {
        if let Err(error) = self.write_snapshot().await {
            report_unwritten(&error);
        }
    }

    async fn write_snapshot(&self) -> io::Result<()> {
        let _one_at_a_time = self.writing.lock().await;
        let Some((path, json)) = self.take_snapshot() else { return Ok(()) };
        let written = tokio::task::spawn_blocking(move || write_atomically(&path, &json)).await;
        let written = written.map_err(io::Error::other).flatten();
        if written.is_err() {
            self.changed.store(true, Ordering::Release);
        }
        written
    }

    /// The snapshot to write, unless nothing changed since the last one.
    fn take_snapshot(&self) -> Option<(PathBuf, Vec<u8>)> {
        let path = self.file.clone()?;
        if !self.changed.swap(false, Ordering::AcqRel) {
            return None;
        }
        let json = serde_json::to_vec(&*self.lock()).expect("the world has only string keys");
        Some((path, json))
    }
}

fn report_unwritten(error: &io::Error) {
    tracing::error!(error = %error, "the sandbox's state could not be written");
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some((path, json)) = self.take_snapshot()
            && let Err(error) = write_atomically(&path, &json)
        {
            report_unwritten(&error);
        }
    }
}

async fn read_snapshot(path: &Path) -> Result<World, SandboxError> {
    match tokio::fs::read(path).await {
        Ok(json) => serde_json::from_slice(&json).map_err(SandboxError::Damaged),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(World::default()),
        Err(error) => Err(SandboxError::Unreadable(error)),
    }
}

/// Beside the file first, then in its place: a crash leaves the old snapshot or the new one.
fn write_atomically(path: &Path, json: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("json.new");
    std::fs::write(&beside, json)?;
    std::fs::rename(&beside, path)
}
