//! Stand-ins for the providers Doorstep talks to, served over real HTTP and SMTP.
//!
//! The sandbox speaks Google Calendar v3 with its OAuth endpoints, Twilio messaging, SendGrid's mail
//! API, an SMTP sink and the operators' channels (a Slack webhook, PagerDuty's events),
//! misbehaves when a [`Fault`] tells it to, and shows what it holds on pages a person can
//! use. It shares no code with the clients it tests, so it cannot share their misunderstandings;
//! its sources are the providers' documents and the specifications below `specs/`.
//!
//! What must stay true:
//! - The providers' own paths are served at the root and again below `/_sandbox`.
//! - Time comes from [`SandboxClock`] and chance from [`Options::seed`]; nothing asks the machine.
//! - A fault is decided before a request is handled, in one place ([`faults`]), so that a handler
//!   never knows whether its answer will be delivered.
//! - The in-process accessors ([`Sandbox::google`], [`Sandbox::twilio`], [`Sandbox::mail`],
//!   [`Sandbox::faults`], [`Sandbox::calls`]) see the same state as the wire.

pub mod alerts;
mod calls;
mod chance;
mod control;
pub mod faults;
mod gate;
pub mod google;
pub mod mail;
mod options;
mod outbound;
mod pages;
mod pattern;
mod serve;
mod state;
pub mod twilio;

use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use calls::{Call, Calls};
pub use faults::{Fault, FaultId, FaultKind, Faults};
pub use options::{Advance, Options, SandboxClock};
pub use serve::{DROP_HEADER, DropConnection, honour_drop, serve};
pub use state::SandboxError;

use outbound::Outbound;
use state::Store;

/// All stand-ins together, sharing one clock, one state and one list of faults.
///
/// Cloning is cheap and gives another handle to the same sandbox.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    store: Arc<Store>,
    faults: Faults,
    calls: Calls,
    outbound: Outbound,
}

impl Sandbox {
    /// Opens the sandbox, reading [`Options::state_file`] where one is named and exists.
    ///
    /// Has to be called inside a Tokio runtime: background tasks write the state file and deliver
    /// pushes and callbacks. Makes ring the process's TLS provider where none was chosen yet.
    pub async fn open(options: Options) -> Result<Self, SandboxError> {
        let store = Arc::new(Store::open(options.state_file.clone(), options.seed).await?);
        store.write_in_background();
        let faults = Faults::new(options.seed);
        let outbound = Outbound::new()?;
        let inner = Inner { options, store, faults, calls: Calls::default(), outbound };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Everything over HTTP: the providers' paths at the root, and below `/_sandbox` the same
    /// paths once more beside the control API and the pages.
    ///
    /// Serve it with [`serve`], or honour [`DROP_HEADER`] in an accept loop of your own.
    pub fn router(&self) -> Router {
        self.providers().merge(self.nested_router())
    }

    /// Only what lies below `/_sandbox`, for a server that has paths of its own at the root.
    pub fn nested_router(&self) -> Router {
        let below = self.providers().merge(control::router(self)).merge(pages::router(self));
        Router::new().nest("/_sandbox", below).merge(pages::front_door())
    }

    fn providers(&self) -> Router {
        let routes = google::router().merge(twilio::router());
        let routes = routes.merge(mail::sendgrid::router()).merge(alerts::router());
        let gate = axum::middleware::from_fn_with_state(self.clone(), gate::gate);
        routes.route_layer(gate).with_state(self.clone())
    }

    /// Accepts mail on `listener` until `shutdown`, keeping every message it is given.
    pub async fn serve_smtp(&self, listener: TcpListener, shutdown: CancellationToken) {
        mail::smtp::serve(self, listener, shutdown).await;
    }

    /// Writes the state file now. Without a state file there is nothing to do.
    ///
    /// The state is also written a moment after every change, and when the last handle is dropped.
    pub async fn flush(&self) {
        self.inner.store.flush().await;
    }

    /// Waits until no push, status callback or inbound webhook is on its way.
    ///
    /// Deliveries start as soon as their cause is applied, so after this a test has seen all of
    /// them. A late delivery counts as on its way.
    pub async fn settle(&self) {
        self.inner.outbound.settle().await;
    }

    /// The calendar side: accounts, events, what a host would do by hand.
    pub fn google(&self) -> google::Google<'_> {
        google::Google::of(self)
    }

    /// The messaging side: texts sent and received.
    pub fn twilio(&self) -> twilio::Twilio<'_> {
        twilio::Twilio::of(self)
    }

    /// The mailbox: every mail the SMTP sink accepted.
    pub fn mail(&self) -> mail::Mailbox<'_> {
        mail::Mailbox::of(self)
    }

    /// The operators' channels: what was said about incidents.
    pub fn alerts(&self) -> alerts::Alerts<'_> {
        alerts::Alerts::of(self)
    }

    /// The scripted misbehaviour.
    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    /// Every provider call that reached the sandbox, dropped ones included.
    pub fn calls(&self) -> &Calls {
        &self.inner.calls
    }

    /// What the injected clock says.
    pub fn now(&self) -> Timestamp {
        self.inner.options.clock.now()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn outbound(&self) -> &Outbound {
        &self.inner.outbound
    }
}
