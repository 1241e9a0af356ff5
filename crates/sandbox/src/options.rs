//! What a sandbox is opened with.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

/// Moves the injected clock forward; see [`Options::advance`].
pub type Advance = Arc<dyn Fn(SignedDuration) + Send + Sync>;

/// Where the sandbox takes the time from: tokens expire and events are stamped by it.
#[derive(Clone)]
pub struct SandboxClock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl SandboxClock {
    /// A clock that asks `now` each time.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for SandboxClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SandboxClock")
    }
}

/// What a sandbox is opened with. [`Options::new`] fills in what most tests do not care about.
#[derive(Clone)]
pub struct Options {
    /// The only source of time.
    pub clock: SandboxClock,
    /// The only source of chance: ids, tokens and probable faults follow from it.
    pub seed: u64,
    /// The JSON snapshot the state is kept in; `None` keeps it in memory only.
    pub state_file: Option<PathBuf>,
    /// How the outside reaches the sandbox, without a trailing slash (`http://127.0.0.1:8081`);
    /// used in `htmlLink`, `resourceUri` and page addresses.
    pub public_base: String,
    /// The OAuth client id and secret the token endpoint accepts.
    pub google_client: (String, String),
    /// The redirect URIs registered for the client, compared exactly. Empty accepts any `https`
    /// URI, and `http` on a loopback host.
    pub google_redirect_uris: Vec<String>,
    /// Accepts `http` addresses for push channels beyond loopback hosts. Google never does.
    pub plain_push_addresses: bool,
    /// The account SID and auth token the messaging API accepts and signs callbacks with.
    pub twilio: (String, String),
    /// The numbers the account owns, in E.164. Empty accepts every well-formed `From`.
    pub twilio_numbers: Vec<String>,
    /// Where an incoming text is posted; may be changed later through the control API.
    pub twilio_inbound_webhook: Option<String>,
    /// Where a call to one of the account's numbers is led; may be changed later, too.
    pub twilio_voice_webhook: Option<String>,
    /// Moves the clock forward. When set, the clock page and `POST /_sandbox/clock` exist.
    pub advance: Option<Advance>,
}

impl Options {
    /// Memory-only options with well-known credentials: client `sandbox-client` with secret
    /// `sandbox-secret`, account SID `AC` followed by 32 zeros with auth token `sandbox-token`.
    pub fn new(clock: SandboxClock) -> Self {
        Self {
            clock,
            seed: 0,
            state_file: None,
            public_base: "http://127.0.0.1".to_owned(),
            google_client: ("sandbox-client".to_owned(), "sandbox-secret".to_owned()),
            google_redirect_uris: Vec::new(),
            plain_push_addresses: false,
            twilio: (format!("AC{}", "0".repeat(32)), "sandbox-token".to_owned()),
            twilio_numbers: Vec::new(),
            twilio_inbound_webhook: None,
            twilio_voice_webhook: None,
            advance: None,
        }
    }
}
