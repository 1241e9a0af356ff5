//! Databases to measure on: hosts, services and bookings, made by Doorstep's own use cases before
//! the server starts.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use app::booking::{Book, Booked};
use app::incident::Alerts;
use app::{App, Clock, Ids, Providers, Settings, Vault, VaultKey};
use domain::{Attendee, BookingRequest, Email, Name};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use providers::google::GoogleOAuth;
use providers::{Http, HttpLimits};
use store::{Access, Store};
use tokio::task::JoinSet;
use url::Url;

use crate::Failure;
use crate::process::{SECRET_KEY, Site};

/// How many bookings are seeded beside each other.
const AT_ONCE: usize = 256;

/// Hosts of the setups with many of them.
pub(crate) const HOSTS: u64 = 16;
/// The length of a slot of [`many_hosts`].
pub(crate) const SHORT_SLOT: SignedDuration = SignedDuration::from_mins(5);

/// Hosts `host-0` … with a service `short-0` … each, of short slots around the clock, so that a
/// benchmark does not run out of them. Nobody is told anything.
pub(crate) fn many_hosts(calendar: impl Fn(u64) -> String) -> String {
    let mut setup = String::new();
    for number in 0..HOSTS {
        let calendar = calendar(number);
        write!(
            setup,
            r#"
[[hosts]]
id = "host-{number}"
name = "Host {number}"
email = "host-{number}@agency.example"
timezone = "UTC"
{calendar}
[[services]]
id = "short-{number}"
title = "Short visit {number}"
hosts = ["host-{number}"]
duration = "5m"
notice = "0m"
horizon = "730d"
messages = []
availability = [{{ days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "24:00" }}]
"#
        )
        .expect("a string takes whatever is written");
    }
    setup
}

/// The `number`th slot of [`many_hosts`], the hosts in turn, from the day after `today`.
pub(crate) fn short_slot(today: Date, number: u64) -> (u64, Timestamp) {
    let (host, slot) = (number % HOSTS, number / HOSTS);
    let offset = SHORT_SLOT * i32::try_from(slot).expect("a benchmark makes fewer bookings");
    (host, midnight(today) + SignedDuration::from_hours(24) + offset)
}

/// The body of a request for that slot.
pub(crate) fn short_booking(today: Date, number: u64) -> String {
    let (host, start) = short_slot(today, number);
    format!(
        r#"{{"service":"short-{host}","start":"{start}","attendee":{{"name":"Bo Lead {number}","email":"bo.{number}@example.com"}}}}"#
    )
}

pub(crate) fn midnight(date: Date) -> Timestamp {
    let midnight = date.to_datetime(Time::midnight());
    TimeZone::UTC.to_timestamp(midnight).expect("the dates of a benchmark are near")
}

pub(crate) fn today() -> Date {
    Clock::system().now().to_zoned(TimeZone::UTC).date()
}

/// Doorstep's use cases in this process, before the server has the database.
pub(crate) async fn open_app(
    site: &Site,
    clock: &Clock,
    google: Option<GoogleOAuth>,
) -> Result<App, Failure> {
    let store = Store::open_sqlite(&site.database(), Access::Command, true)?;
    let ids = Ids::system(clock.clone());
    let key = VaultKey { id: "bench".to_owned(), key: SECRET_KEY };
    let vault = Vault::new(vec![key], ids.clone()).ok_or("a key's id is too long")?;
    let settings = Settings {
        public_url: Url::parse("http://127.0.0.1:9")?,
        retry_base: SignedDuration::from_secs(1),
        lost_answer_wait: SignedDuration::from_secs(30),
        hold_ttl: SignedDuration::from_mins(5),
        poll_interval: SignedDuration::from_mins(5),
        text_interval: SignedDuration::ZERO,
        push: false,
        max_deletions_per_sync: 10,
        default_region: None,
        google_spacing: None,
    };
    let http = Http::new(HttpLimits::default())?;
    let providers = Providers {
        http,
        google,
        service_account: None,
        twilio: None,
        mail: None,
        alerts: Alerts::default(),
    };
    Ok(App::open(store, clock.clone(), ids, vault, settings, providers).await?)
}

/// Makes a database with this setup and these bookings of `service`, as if they had been made at
/// `made_at`.
pub(crate) async fn seed(
    site: &Site,
    setup: &str,
    service: &str,
    starts: &[Timestamp],
    made_at: Timestamp,
) -> Result<(), Failure> {
    let app = open_app(site, &Clock::frozen(made_at), None).await?;
    app.apply_setup(setup, false).await?;
    for chunk in starts.chunks(AT_ONCE) {
        let mut bookings = JoinSet::new();
        for start in chunk {
            let book = book(service, *start)?;
            let app = app.clone();
            bookings.spawn(async move { app.book(book).await });
        }
        while let Some(booked) = bookings.join_next().await {
            let booked = booked??;
            if !matches!(booked, Booked::Accepted(_)) {
                return Err(format!("a seeded booking was not accepted: {booked:?}").into());
            }
        }
    }
    Ok(())
}

fn book(service: &str, start: Timestamp) -> Result<Book, Failure> {
    let lead = Attendee {
        name: Some(Name::parse("Bo Lead")?),
        email: Some(Email::parse("bo.lead@example.com")?),
        phone: None,
        timezone: None,
        locale: None,
    };
    let request = BookingRequest {
        service: service.parse()?,
        host: None,
        start,
        duration: None,
        lead,
        guests: Vec::new(),
        party_size: 1,
        notes: None,
        answers: BTreeMap::new(),
        ad_hoc: None,
    };
    Ok(Book {
        request,
        hold: None,
        key: None,
        submission_id: None,
        source: None,
        payload: serde_json::json!({}),
        patience: Duration::ZERO,
        wait: false,
    })
}
