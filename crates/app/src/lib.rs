//! What Doorstep does: use cases that load, let `domain` decide and store, and the jobs that follow.
//!
//! A use case is a verb on [`App`], in the file of its noun. Everything outside is reached from
//! jobs; everything inside changes in one transaction that also leaves the jobs it calls for.
//!
//! Invariants kept here:
//! - no call to a provider happens inside a transaction;
//! - what a call may have done is stored before the call, what it did before anything else happens;
//! - a waiting caller hears of a refusal either in the answer or by message, never both.

pub mod booking;
pub mod calendar;
mod clock;
pub mod connection;
pub mod conversation;
pub mod deletion;
pub mod doctor;
pub mod health;
pub mod hold;
pub mod holidays;
pub mod hook;
mod ids;
pub mod incident;
pub mod intake;
pub mod job;
pub mod key;
mod manage_link;
mod mirror;
pub mod notification;
pub mod occurrence;
pub mod operation;
pub mod outside_rules;
mod runner;
pub mod secret;
pub mod service_link;
pub mod setup;
pub mod setup_store;
pub mod slots;
mod timeline;
mod vault;
mod waiting;
mod waiting_list;
pub mod watch;

use std::sync::{Arc, RwLock};
use std::time::Duration;

use domain::people::Country;
use domain::{Faults, WorkspaceId};
use jiff::SignedDuration;
use providers::Http;
use providers::google::{GoogleEndpoints, GoogleOAuth, ServiceAccount};
use providers::mail::{MailAddress, Relay};
use providers::twilio::Twilio;
use store::{Store, StoreError};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use url::Url;

pub use clock::Clock;
pub use ids::Ids;
pub use manage_link::{LinkHolder, LinkKey};
pub use runner::Runner;
pub use setup_store::{Applied, SetupError, SetupSnapshot};
pub use vault::{Vault, VaultError, VaultKey};

/// What an operator decides about how Doorstep works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How the outside reaches us, without a slash at the end.
    pub public_url: Url,
    /// The first step of the exponential backoff.
    pub retry_base: SignedDuration,
    /// How long to wait before a message whose answer was lost is looked up.
    pub lost_answer_wait: SignedDuration,
    /// How long a hold keeps its slot.
    pub hold_ttl: SignedDuration,
    /// How often calendars are read, and a provider is asked for what its pushes and webhooks may
    /// have failed to tell.
    pub poll_interval: SignedDuration,
    /// The time between two texts of our sender; none where there is no pace.
    pub text_interval: SignedDuration,
    /// Whether providers are asked to push changes.
    pub push: bool,
    /// How many of our events may go missing in a calendar at once before an administrator has to
    /// decide.
    pub max_deletions_per_sync: u32,
    /// The country of numbers that name none, where the host's own number does not tell.
    pub default_region: Option<Country>,
    /// The time between two calls to one Google account; none where they are not spaced.
    pub google_spacing: Option<SignedDuration>,
}

impl Settings {
    /// An address below our public one.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}

/// The third parties that are configured.
#[derive(Clone)]
pub struct Providers {
    /// What carries the calls.
    pub http: Http,
    /// Our registration with Google.
    pub google: Option<GoogleOAuth>,
    /// Our service account at Google, for accounts whose host has not consented.
    pub service_account: Option<ServiceAccount>,
    /// Our account with Twilio.
    pub twilio: Option<Twilio>,
    /// Our mail relay, and whom mail comes from.
    pub mail: Option<(Relay, MailAddress)>,
    /// Where operators hear of incidents.
    pub alerts: incident::Alerts,
}

impl Providers {
    /// Where Google is, if there is any way in.
    pub(crate) fn google_endpoints(&self) -> Option<&GoogleEndpoints> {
        let by_consent = self.google.as_ref().map(|oauth| &oauth.endpoints);
        by_consent.or_else(|| self.service_account.as_ref().map(|account| &account.endpoints))
    }
}

/// Why a use case could not be carried out, through no fault of whoever asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored cannot be decrypted.
    #[error("a stored secret cannot be read: {0}")]
    Vault(#[from] VaultError),
    /// What is stored as the setup is not one that this version can read.
    #[error("the stored setup cannot be read: {0}")]
    Setup(Faults),
    /// The same work was overtaken again and again.
    #[error("it was overtaken by other changes too often")]
    Overtaken,
}

/// What passes by itself: the same request may succeed a moment later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Others were faster, again and again.
    Overtaken,
    /// The database is away, or takes no writes.
    Database,
}

impl AppError {
    /// Whether it is nobody's fault and passes by itself.
    pub fn outage(&self) -> Option<Outage> {
        match self {
            Self::Overtaken | Self::Store(StoreError::Contended) => Some(Outage::Overtaken),
            Self::Store(StoreError::Unavailable(_)) => Some(Outage::Database),
            Self::Store(_) | Self::Vault(_) | Self::Setup(_) => None,
        }
    }
}

/// Doorstep's use cases. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    ids: Ids,
    vault: Vault,
    link_key: LinkKey,
    settings: Settings,
    providers: Providers,
    setup: RwLock<Arc<SetupSnapshot>>,
    slots: slots::SlotCache,
    taken: slots::TakenCache,
    waiting: waiting::Waiting,
    tokens: connection::TokenLocks,
    in_flight: connection::InFlight,
    under_way: operation::UnderWay,
    wake: Notify,
    at_once: TaskTracker,
}

/// A job's lease. Long enough for a few calls, short enough that a dead process is noticed.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// A call starts only with more than this left of the lease: the longest a call takes.
const CALL: SignedDuration = SignedDuration::from_secs(16);
/// The longest a caller may wait for the calendar.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl App {
    /// Opens the use cases on a database: loads the setup and the link key, making the latter the
    /// first time.
    pub async fn open(
        store: Store,
        clock: Clock,
        ids: Ids,
        vault: Vault,
        settings: Settings,
        providers: Providers,
    ) -> Result<Self, AppError> {
        let link_key = setup_store::link_key(&store, &vault, &ids).await?;
        let snapshot = setup_store::load(&store, settings.default_region).await?;
        Ok(Self(Arc::new(Inner {
            store,
            clock,
            ids,
            vault,
            link_key,
            settings,
            providers,
            setup: RwLock::new(Arc::new(snapshot)),
            slots: slots::SlotCache::default(),
            taken: slots::TakenCache::default(),
            waiting: waiting::Waiting::default(),
            tokens: connection::TokenLocks::default(),
            in_flight: connection::InFlight::default(),
            under_way: operation::UnderWay::default(),
            wake: Notify::new(),
            at_once: TaskTracker::new(),
        })))
    }

    /// The tenant. HTTP knows only one for now.
    pub fn workspace(&self) -> WorkspaceId {
        WorkspaceId::DEFAULT
    }

    /// The one source of time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The one source of identifiers.
    pub fn ids(&self) -> &Ids {
        &self.0.ids
    }

    /// What the operator decided.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The third parties that are configured.
    pub fn providers(&self) -> &Providers {
        &self.0.providers
    }

    /// The database, for reads that need no use case.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Makes and checks manage links.
    pub fn link_key(&self) -> &LinkKey {
        &self.0.link_key
    }

    /// Lets the runner look for due jobs at once. The periodic scan would find them too.
    pub(crate) fn wake_runner(&self) {
        self.0.wake.notify_one();
    }
}
