//! A small agency: Ada shows a house on weekdays, nine to five, in Los Angeles. It is eight o'clock
//! there on Tuesday, 1 December 2026.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use app::booking::{Book, Booked, BookingFilter, StoredBooking};
use app::incident::Alerts;
use app::key::Scope;
use app::{App, Clock, Ids, LinkHolder, Providers, Settings, Vault, VaultKey};
use axum::Router;
use domain::{Attendee, BookingRequest, Email, Name};
use doorstep_web::http::rate_limit::{Rate, RateLimit};
use doorstep_web::http::{LayerOptions, layered};
use doorstep_web::site::{SiteOptions, problem_page, router};
use jiff::{SignedDuration, Timestamp};
use providers::{Http, HttpLimits};
use store::job::{ClaimJobs, Lease, Postponement, Release};
use store::{Access, Store};
use tempfile::TempDir;

/// A server with its database.
pub(super) struct Given {
    pub(super) app: App,
    pub(super) clock: Clock,
    pub(super) router: Router,
    _folder: TempDir,
}

/// The agency's setup; `rules` are further lines of its one service.
fn setup(rules: &str) -> String {
    format!(
        r#"
[[hosts]]
id = "ada"
name = "Ada Agent"
email = "ada@agency.example"
phone = "+12135550100"
timezone = "America/Los_Angeles"

[[calendars]]
id = "ada-local"
host = "ada"
provider = "local"
roles = ["write", "busy"]

[[services]]
id = "viewing"
title = "Viewing: 123 Main St"
location = "123 Main St, Los Angeles"
hosts = ["ada"]
duration = "30m"
notice = "2h"
{rules}
"#
    )
}

const WEEKDAYS: &str = r#"
horizon = "60d"
availability = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "17:00" }]
"#;

impl Given {
    /// The agency as it usually is.
    pub(super) async fn agency() -> Self {
        Self::with(&setup(WEEKDAYS)).await
    }

    /// The agency, with further lines about its one service.
    pub(super) async fn service(rules: &str) -> Self {
        Self::with(&setup(rules)).await
    }

    /// The usual agency, with further lines about its one service.
    pub(super) async fn usual_service_and(rules: &str) -> Self {
        Self::with(&setup(&format!("{WEEKDAYS}\n{rules}"))).await
    }

    async fn with(toml: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open_sqlite(&folder.path().join("test.db"), Access::Serve, true);
        let clock = Clock::frozen(at("2026-12-01T16:00:00Z"));
        let ids = Ids::seeded(clock.clone(), 7);
        let key = VaultKey { id: "test".to_owned(), key: [7; 32] };
        let vault = Vault::new(vec![key], ids.clone()).unwrap();
        let app = App::open(store.unwrap(), clock.clone(), ids, vault, settings(), nobody());
        let app = app.await.unwrap();
        app.apply_setup(toml, false).await.unwrap();
        let router = served(&app);
        Self { app, clock, router, _folder: folder }
    }

    /// The agency in Berlin, open from one to five on the nights the clocks change.
    pub(super) async fn berlin_nights() -> Self {
        let nights = "horizon = \"365d\"\navailability = []\noverrides = [\
            { date = \"2027-03-28\", from = \"01:00\", to = \"05:00\" },\
            { date = \"2027-10-31\", from = \"01:00\", to = \"05:00\" }]";
        Self::with(&setup(nights).replace("America/Los_Angeles", "Europe/Berlin")).await
    }

    /// The agency, whose calendar is at Google in an account that nobody has connected.
    pub(super) async fn unconnected() -> Self {
        let local = "provider = \"local\"";
        let google = "provider = \"google\"\naccount = \"ada@agency.example\"";
        Self::with(&setup(WEEKDAYS).replace(local, google)).await
    }

    /// Gives up every job that is due, as if none of them could ever succeed.
    pub(super) async fn gives_up_everything(&self) {
        let now = self.clock.now();
        let until = now + SignedDuration::from_mins(1);
        let lease = Lease { owner: self.app.ids().uuid(), until };
        let claim = ClaimJobs { now, lease, limit: 100 };
        for job in self.app.store().write(claim).await.unwrap() {
            let incident = self.app.ids().incident();
            let postponement = Some(Postponement::GivenUp { at: now, incident });
            let error = Some("the number does not exist".to_owned());
            self.app.store().write(Release { job, postponement, error }).await.unwrap();
        }
    }

    /// Bo books and brings Cy, each with an address.
    pub(super) async fn books_with_guest(&self, start: &str) {
        let attendee = |name: &str, address: &str| Attendee {
            name: Some(Name::parse(name).unwrap()),
            email: Some(Email::parse(address).unwrap()),
            phone: None,
            timezone: None,
            locale: None,
        };
        let request = BookingRequest {
            service: "viewing".parse().unwrap(),
            host: None,
            start: at(start),
            duration: None,
            lead: attendee("Bo Buyer", "bo@example.com"),
            guests: vec![attendee("Cy Second", "cy@example.com")],
            party_size: 2,
            notes: None,
            answers: BTreeMap::new(),
            ad_hoc: None,
        };
        let book = Book {
            request,
            hold: None,
            key: None,
            submission_id: None,
            source: None,
            payload: serde_json::Value::Null,
            patience: Duration::from_secs(10),
            wait: false,
        };
        let booked = self.app.book(book).await.unwrap();
        assert!(matches!(booked, Booked::Accepted(_)), "{booked:?}");
    }

    /// All bookings there are.
    pub(super) async fn bookings(&self) -> Vec<StoredBooking> {
        self.app.list_bookings(BookingFilter::default(), None, 100).await.unwrap()
    }

    /// The only booking.
    pub(super) async fn booking(&self) -> StoredBooking {
        let mut bookings = self.bookings().await;
        assert_eq!(bookings.len(), 1, "one booking");
        bookings.remove(0)
    }

    /// The link of one attendee of the only booking.
    pub(super) async fn link(&self, position: u32) -> String {
        let booking = self.booking().await.booking.id;
        format!("/b/{}", self.app.link_key().token(LinkHolder { booking, position }))
    }

    /// A key of that scope.
    pub(super) async fn key(&self, scope: Scope) -> String {
        self.app.create_key(scope, None).await.unwrap().secret
    }

    pub(super) fn later(&self, by: SignedDuration) {
        self.clock.advance(by);
    }
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The router as it is served.
fn served(app: &App) -> Router {
    let many = NonZeroU32::new(10_000).unwrap();
    let rate = Rate::Per { count: many, period: Duration::from_secs(1) };
    let options = SiteOptions { rate_limit: Arc::new(RateLimit::new(rate)), agency: None };
    let mut layers = LayerOptions::new(Arc::new(|| "req_test".to_owned()));
    layers.problem_page = Some(problem_page());
    layered(router(app.clone(), options), layers).unwrap()
}

fn settings() -> Settings {
    Settings {
        public_url: "https://book.agency.example/".parse().unwrap(),
        retry_base: SignedDuration::from_secs(1),
        lost_answer_wait: SignedDuration::from_secs(30),
        hold_ttl: SignedDuration::from_mins(5),
        poll_interval: SignedDuration::from_mins(5),
        text_interval: SignedDuration::ZERO,
        push: false,
        max_deletions_per_sync: 10,
        default_region: None,
        google_spacing: None,
    }
}

/// No third party is configured.
fn nobody() -> Providers {
    let http = Http::new(HttpLimits::default()).unwrap();
    Providers {
        http,
        google: None,
        service_account: None,
        twilio: None,
        mail: None,
        alerts: Alerts::default(),
    }
}
