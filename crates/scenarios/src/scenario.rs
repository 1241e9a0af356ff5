//! Building and driving the whole.

use std::path::PathBuf;
use std::time::Duration;

use app::booking::{Booked, Cancel, CancelOutcome, Move, Moved, Progress};
use app::{App, Clock, Ids, Providers, Settings, Vault, VaultKey};
use domain::BookingId;
use domain::booking::Actor;
use jiff::{SignedDuration, Timestamp};
use providers::google::{GoogleEndpoints, GoogleOAuth};
use providers::mail::{MailAddress, Smtp};
use providers::twilio::{Sender, Twilio};
use providers::{Http, HttpLimits};
use sandbox::{Options, Sandbox, SandboxClock};
use secrecy::SecretString;
use store::booking::StoredBooking;
use store::{Access, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{Wish, always};

/// The host's account and calendar at the sandbox's Google.
pub(crate) const JANE: &str = "jane@agency.example";
/// The number our texts come from.
pub(crate) const OUR_NUMBER: &str = "+12135550199";
/// A Monday morning in Los Angeles, where Jane works.
const BEGINNING: &str = "2026-11-30T16:00:00Z";

const SETUP: &str = r#"
[[hosts]]
id = "jane"
name = "Jane Agent"
email = "jane@agency.example"
phone = "+12135550100"
timezone = "America/Los_Angeles"

[[calendars]]
id = "jane-work"
host = "jane"
provider = "google"
account = "jane@agency.example"
calendar = "primary"
roles = ["write", "busy"]

[[services]]
id = "viewing"
title = "Open house viewing: 123 Main St"
location = "123 Main St, Los Angeles, CA 90012"
hosts = ["jane"]
duration = "30m"
buffer_after = "15m"
slot_every = "15m"
notice = "2h"
availability = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "17:00" }]
"#;

/// One instance of Doorstep with its sandbox.
pub struct Scenario {
    /// The use cases.
    pub app: App,
    /// The providers.
    pub sandbox: Sandbox,
    /// The one clock of both.
    pub clock: Clock,
    setup: String,
    seed: u64,
    folder: TempDir,
    google: Url,
    smtp: String,
    stop: CancellationToken,
}

impl Scenario {
    /// Jane with her Google calendar, connected, and one service.
    pub async fn new() -> Self {
        Self::with_setup(SETUP).await
    }

    /// The usual setup with one text replaced: for rules that a test is about.
    pub async fn with(change: (&str, &str)) -> Self {
        assert!(SETUP.contains(change.0), "the setup has no `{}`", change.0);
        Self::with_setup(&SETUP.replace(change.0, change.1)).await
    }

    /// Another setup.
    pub async fn with_setup(setup: &str) -> Self {
        let clock = Clock::frozen(BEGINNING.parse().expect("an instant"));
        let stop = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let sandbox = open_sandbox(&clock, &format!("http://{address}")).await;
        tokio::spawn(sandbox::serve(listener, sandbox.router(), stop.clone()));
        let relay = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let smtp = format!("smtp://{}", relay.local_addr().expect("bound"));
        let (mailbox, stopped) = (sandbox.clone(), stop.clone());
        tokio::spawn(async move { mailbox.serve_smtp(relay, stopped).await });
        let google = Url::parse(&format!("http://{address}")).expect("a URL");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let setup = setup.to_owned();
        let app = open_app(&folder, &clock, 1, &google, &smtp).await;
        app.apply_setup(&setup, false).await.expect("the setup is right");
        let scenario = Self { app, sandbox, clock, setup, seed: 1, folder, google, smtp, stop };
        scenario.connect(JANE).await;
        scenario
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("doorstep.db")
    }

    /// The setup as text, for a test that applies a changed one.
    pub fn setup(&self) -> &str {
        &self.setup
    }

    /// The host consents, by the real flow.
    pub async fn connect(&self, account: &str) {
        self.sandbox.google().create_account(account, "America/Los_Angeles").expect("an account");
        let host = "jane".parse().expect("a slug");
        let connected = self.app.connect(host, account.to_owned()).await.expect("a connection");
        let ticket = value_of(&connected.1, "ticket");
        let begun = self.app.begin_consent(&ticket).await.expect("the ticket is fresh");
        let back = self.sandbox.google().consent(&begun.location, account).expect("consent");
        let (state, code) = (value_of(&back, "state"), value_of(&back, "code"));
        let done = self.app.complete_consent(&state, &begun.cookie, Some(&code)).await;
        done.expect("the consent is complete");
    }

    /// The process dies and another starts on the same database.
    pub async fn restart(&mut self) {
        self.seed += 1;
        let empty = tempfile::tempdir().expect("a temporary folder");
        // The old app is dropped first: a database is served by one process.
        let idle = open_app(&empty, &self.clock, 999, &self.google, &self.smtp).await;
        drop(std::mem::replace(&mut self.app, idle));
        let app = reopen(&self.folder, &self.clock, self.seed, &self.google, &self.smtp).await;
        app::Runner::new(app.clone()).take_over().await.expect("the leases are free");
        self.app = app;
    }

    /// Books, and expects to be accepted.
    pub async fn books(&self, wish: &Wish) -> StoredBooking {
        match self.app.book(wish.book()).await.expect("the database works") {
            Booked::Accepted(Progress::Done(stored) | Progress::Pending(stored)) => *stored,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// Cancels by link, and expects it to work.
    pub async fn cancels(&self, id: BookingId) -> StoredBooking {
        let cancel = Cancel { id, by: Actor::Attendee, reason: None, seen: None, key: None };
        match self.app.cancel(cancel).await.expect("the database works") {
            CancelOutcome::Done(stored) => *stored,
            other => panic!("not cancelled: {other:?}"),
        }
    }

    /// Asks for another time.
    pub async fn moves(&self, id: BookingId, start: &str, patience: Duration) -> Moved {
        let start = start.parse().expect("an instant");
        let (host, seen, key) = (None, None, None);
        let wish = Move { id, start, host, by: Actor::Attendee, seen, key, patience };
        self.app.reschedule(wish).await.expect("the database works")
    }

    /// What is stored of a booking.
    pub async fn booking(&self, id: BookingId) -> StoredBooking {
        let found = self.app.find_booking(id).await.expect("the database works");
        found.expect("the booking is there")
    }

    /// Jane puts something of her own into her calendar.
    pub fn blocks(&self, title: &str, start: &str, end: &str) {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        self.sandbox.google().block(JANE, at(start), at(end), title).expect("the calendar is there");
    }

    /// The start, end and booking of every live event in Jane's calendar.
    pub fn events(&self) -> Vec<(Timestamp, Timestamp, Option<String>)> {
        let events = self.sandbox.google().events(JANE);
        let booking = |event: &sandbox::google::Event| {
            event.private_property("doorstep_booking").map(str::to_owned)
        };
        events.iter().map(|event| (event.start, event.end, booking(event))).collect()
    }

    /// The bodies of the texts that reached a phone.
    pub fn texts(&self) -> Vec<String> {
        self.sandbox.twilio().texts().into_iter().map(|text| text.body).collect()
    }

    /// The subjects of the mails that reached the mailbox.
    pub fn mails(&self) -> Vec<String> {
        self.sandbox.mail().messages().iter().map(sandbox::mail::Mail::subject).collect()
    }

    /// Runs jobs, moving the clock from one due instant to the next, for that long.
    pub async fn runs_for(&self, time: SignedDuration) {
        let end = self.clock.now() + time;
        loop {
            self.runs_jobs().await;
            let next = self.app.next_due().await.expect("the database works");
            match next.filter(|next| *next <= end) {
                Some(next) => self.clock.advance(next.duration_since(self.clock.now())),
                None => break,
            }
        }
        self.clock.advance(end.duration_since(self.clock.now()));
        self.runs_jobs().await;
    }

    /// Runs whatever is due now, also what other tasks of this process have begun.
    pub async fn runs_jobs(&self) {
        self.app.idle().await;
        self.app.run_due_jobs().await.expect("the database works");
        self.sandbox.settle().await;
    }

    /// Lets everything come to rest and checks what is always true.
    pub async fn ends(self) {
        self.sandbox.faults().clear();
        self.runs_for(SignedDuration::from_hours(2)).await;
        always::check(&self).await;
        self.stop.cancel();
    }
}

fn value_of(url: &str, name: &str) -> String {
    let url = Url::parse(url).expect("a URL");
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.expect("the parameter is there").1.into_owned()
}

async fn open_sandbox(clock: &Clock, base: &str) -> Sandbox {
    let now = clock.clone();
    let options = Options {
        public_base: base.to_owned(),
        twilio_numbers: vec![OUR_NUMBER.to_owned()],
        ..Options::new(SandboxClock::new(move || now.now()))
    };
    Sandbox::open(options).await.expect("a sandbox in memory")
}

async fn open_app(folder: &TempDir, clock: &Clock, seed: u64, google: &Url, smtp: &str) -> App {
    reopen(folder, clock, seed, google, smtp).await
}

async fn reopen(folder: &TempDir, clock: &Clock, seed: u64, google: &Url, smtp: &str) -> App {
    let path = folder.path().join("doorstep.db");
    let store = loop {
        match Store::open_sqlite(&path, Access::Serve, true) {
            Ok(store) => break store,
            // The process before this one is still letting go of the file.
            Err(store::StoreError::InUse) => tokio::task::yield_now().await,
            Err(error) => panic!("the database cannot be opened: {error}"),
        }
    };
    let ids = Ids::seeded(clock.clone(), seed);
    let key = VaultKey { id: "test".to_owned(), key: [7; 32] };
    let vault = Vault::new(vec![key], ids.clone()).expect("a key");
    let settings = Settings {
        public_url: Url::parse("http://127.0.0.1:9").expect("a URL"),
        retry_base: SignedDuration::from_secs(1),
        lost_answer_wait: SignedDuration::from_secs(30),
        hold_ttl: SignedDuration::from_mins(5),
        default_region: None,
    };
    let providers = providers(google, smtp);
    App::open(store, clock.clone(), ids, vault, settings, providers).await.expect("it opens")
}

fn providers(base: &Url, smtp: &str) -> Providers {
    let join = |path: &str| base.join(path).expect("a path");
    let endpoints = GoogleEndpoints {
        api_base: base.clone(),
        auth_url: join("/o/oauth2/v2/auth"),
        token_url: join("/token"),
        revoke_url: join("/revoke"),
    };
    let google = GoogleOAuth {
        client_id: "sandbox-client".to_owned(),
        client_secret: SecretString::from("sandbox-secret"),
        redirect_uri: Url::parse("http://127.0.0.1:9/oauth/google/callback").expect("a URL"),
        endpoints,
    };
    let twilio = Twilio {
        account_sid: format!("AC{}", "0".repeat(32)),
        auth_token: SecretString::from("sandbox-token"),
        sender: Sender::Number(OUR_NUMBER.to_owned()),
        base: base.clone(),
    };
    // A hung provider is waited for in real time, which no test should do for long.
    let total = Duration::from_secs(2);
    let limits = HttpLimits { total, read: total, connect: total, ..HttpLimits::default() };
    let from = MailAddress { name: None, address: "bookings@agency.example".to_owned() };
    Providers {
        http: Http::new(limits).expect("an HTTP client"),
        google: Some(google),
        twilio: Some(twilio),
        mail: Some((Smtp::from_url(smtp, total).expect("a relay"), from)),
    }
}
