//! The setup as it is stored, and the snapshot of it that this process works with.

use std::sync::{Arc, PoisonError};

use domain::people::Country;
use domain::{CalendarId, Faults, WorkspaceId};
use store::job::NewJob;
use store::openings::LoadVersions;
use store::secret::LoadOrKeepSecret;
use store::setup::{ChangeSetup, HasActiveBookings, LoadSetup, SetupObject};
use store::{Store, StoreError};

use crate::outside_rules::OutsideRules;
use crate::setup::{Difference, Documents, Kind, Places, Setup, SetupFile, diff};
use crate::{App, AppError, Ids, LinkKey, Vault};

/// The setup at one version.
#[derive(Debug, Clone, Default)]
pub struct SetupSnapshot {
    /// Rises with every change.
    pub version: i64,
    /// What people wrote.
    pub documents: Documents,
    /// What it means.
    pub setup: Setup,
}

/// What a change of the setup did, or would do.
#[derive(Debug, Clone)]
pub struct Applied {
    /// What differs.
    pub differences: Vec<Difference>,
    /// The bookings that stand although the rules would not offer them any more.
    pub outside: Vec<OutsideRules>,
}

/// Why a change of the setup was not made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It is not right, or does not fit the rest.
    #[error("the setup would not be right: {0}")]
    Faults(Faults),
    /// There is no such object.
    #[error("there is no such object")]
    NotFound,
    /// There is one of that slug already.
    #[error("there is one with that id already")]
    Exists,
    /// Something still needs it.
    #[error("{0}")]
    InUse(String),
    /// It could not be stored.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<StoreError> for SetupError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

/// How often a change is made anew when somebody else was faster.
const TRIES: usize = 5;

pub(crate) async fn load(
    store: &Store,
    region: Option<Country>,
) -> Result<SetupSnapshot, AppError> {
    let (version, objects) = store.read(LoadSetup { workspace: WorkspaceId::DEFAULT }).await?;
    let mut documents = Documents::default();
    for object in objects {
        let kind = Kind::named(&object.kind).ok_or(StoreError::Unreadable("a setup object"))?;
        documents
            .put_stored(kind, &object.document)
            .map_err(|_unreadable| StoreError::Unreadable("a setup object"))?;
    }
    let setup = Setup::build(&documents, region).map_err(AppError::Setup)?;
    Ok(SetupSnapshot { version, documents, setup })
}

/// The key of manage links: made once, stored encrypted.
pub(crate) async fn link_key(store: &Store, vault: &Vault, ids: &Ids) -> Result<LinkKey, AppError> {
    let place = "secrets/link_key";
    let ciphertext = vault.encrypt(place, &ids.secret::<32>());
    let name = "link_key";
    let unit = LoadOrKeepSecret { workspace: WorkspaceId::DEFAULT, name, ciphertext };
    let plain = vault.decrypt(place, &store.write(unit).await?)?;
    let key = <[u8; 32]>::try_from(plain.as_slice());
    Ok(LinkKey::new(key.map_err(|_wrong| StoreError::Unreadable("the link key"))?))
}

impl App {
    /// The setup as this process last saw it. Whoever decides on it lets the transaction check the
    /// version.
    pub fn setup(&self) -> Arc<SetupSnapshot> {
        self.0.setup.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the setup again, since somebody changed it.
    pub async fn reload_setup(&self) -> Result<Arc<SetupSnapshot>, AppError> {
        let fresh = Arc::new(load(self.store(), self.settings().default_region).await?);
        let mut current = self.0.setup.write().unwrap_or_else(PoisonError::into_inner);
        if fresh.version > current.version {
            *current = fresh;
        }
        Ok(current.clone())
    }

    /// The setup that counts, read again if somebody changed it: one row when nobody did.
    pub(crate) async fn reload_if_stale(&self) -> Result<Arc<SetupSnapshot>, AppError> {
        let unit = LoadVersions { workspace: self.workspace(), hosts: Vec::new() };
        let (version, _) = self.store().read(unit).await?;
        let setup = self.setup();
        if version == setup.version { Ok(setup) } else { self.reload_setup().await }
    }

    /// Whether a setup that was read before is the one that counts. If not, the next is at hand.
    pub(crate) async fn is_current(&self, setup: &SetupSnapshot) -> Result<bool, AppError> {
        Ok(self.reload_if_stale().await?.version == setup.version)
    }

    /// Applies a setup file: its objects are created or replaced, others are left alone. Says what
    /// that changes, or with `dry_run` would change.
    pub async fn apply_setup(&self, toml: &str, dry_run: bool) -> Result<Applied, SetupError> {
        let region = self.settings().default_region;
        let applied = self.change_setup(dry_run, |before| {
            SetupFile::apply(toml, before, region)
                .map(|(documents, _)| documents)
                .map_err(SetupError::Faults)
        });
        applied.await
    }

    /// Creates, replaces or deletes single objects: `change` makes the new documents out of the old.
    /// `place` is the object's, so that faults point into what the caller sent.
    pub async fn change_object(
        &self,
        kind: Kind,
        id: &str,
        change: impl Fn(&mut Documents) -> Result<(), SetupError> + Send + Sync,
    ) -> Result<Applied, SetupError> {
        let region = self.settings().default_region;
        let changed = self.change_setup(false, |before| {
            let mut after = before.clone();
            change(&mut after)?;
            let after = after.with_kept_secrets(before);
            let places = Places::whole(kind, id);
            Setup::build_from(&after, &places, region).map_err(SetupError::Faults)?;
            Ok(after)
        });
        changed.await
    }

    async fn change_setup(
        &self,
        dry_run: bool,
        change: impl Fn(&Documents) -> Result<Documents, SetupError> + Send,
    ) -> Result<Applied, SetupError> {
        let (differences, after) = self.store_setup(dry_run, change).await?;
        let after = Setup::build(&after, self.settings().default_region);
        let after = after.map_err(SetupError::Faults)?;
        let outside = self.outside_rules(&after, &differences).await?;
        Ok(Applied { differences, outside })
    }

    /// What differs, and the documents after it.
    async fn store_setup(
        &self,
        dry_run: bool,
        change: impl Fn(&Documents) -> Result<Documents, SetupError> + Send,
    ) -> Result<(Vec<Difference>, Documents), SetupError> {
        for _ in 0..TRIES {
            let current = self.reload_setup().await?;
            let after = change(&current.documents)?;
            let differences = diff(&current.documents, &after);
            if dry_run || differences.is_empty() {
                return Ok((differences, after));
            }
            let unit = self.storing(current.version, &current.documents, &after);
            self.refuse_deleting_what_is_booked(&unit.delete).await?;
            if self.store().write(unit).await? {
                self.reload_setup().await?;
                self.schedule_summaries(true).await?;
                self.wake_runner();
                return Ok((differences, after));
            }
        }
        Err(AppError::Overtaken.into())
    }

    /// A calendar that is new or changed is read at once; of one that is gone, what was read goes.
    fn jobs_about_calendars(
        &self,
        put: &[SetupObject],
        delete: &[(String, String)],
    ) -> Vec<NewJob> {
        let put = put.iter().map(|object| (&object.kind, &object.id));
        let touched = put.chain(delete.iter().map(|(kind, id)| (kind, id)));
        touched
            .filter(|(kind, _)| *kind == Kind::Calendar.as_str())
            .filter_map(|(_, id)| id.parse().ok())
            .flat_map(|id: CalendarId| {
                let now = self.clock().now();
                [self.sync_job(id.clone(), now), self.watch_job(id, now)]
            })
            .collect()
    }

    fn storing(&self, version: i64, before: &Documents, after: &Documents) -> ChangeSetup {
        let old = before.to_stored();
        let new = after.to_stored();
        let put: Vec<SetupObject> = new
            .iter()
            .filter(|stored| !old.contains(stored))
            .map(|(kind, id, document)| SetupObject {
                kind: kind.as_str().to_owned(),
                id: id.clone(),
                document: document.clone(),
            })
            .collect();
        let kept = |kind: &Kind, id: &str| new.iter().any(|(k, i, _)| k == kind && i == id);
        let delete: Vec<(String, String)> = old
            .iter()
            .filter(|(kind, id, _)| !kept(kind, id))
            .map(|(kind, id, _)| (kind.as_str().to_owned(), id.clone()))
            .collect();
        let jobs = self.jobs_about_calendars(&put, &delete);
        let (workspace, now) = (self.workspace(), self.clock().now());
        ChangeSetup { workspace, version, put, delete, jobs, now }
    }

    async fn refuse_deleting_what_is_booked(
        &self,
        delete: &[(String, String)],
    ) -> Result<(), SetupError> {
        for (kind, id) in delete {
            let named = |wanted: &str| (kind == wanted).then(|| id.clone());
            let unit = HasActiveBookings {
                workspace: self.workspace(),
                host: named("host"),
                service: named("service"),
                calendar: named("calendar"),
            };
            if self.store().read(unit).await? {
                let message = format!("the {kind} '{id}' has bookings that are still to come");
                return Err(SetupError::InUse(message));
            }
        }
        Ok(())
    }
}
