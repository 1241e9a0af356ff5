//! What a test starts from. Everything it does not care about is filled in: Bo books half an hour
//! with Ada on 2026-12-03, on the first of that month.

use std::collections::BTreeMap;

use domain::booking::{Actor, Cancellation};
use domain::host::HostRules;
use domain::host_news::HostNews;
use domain::id::JobId;
use domain::service::{Assignment, Channel, Day, Rules, Visibility, WhenUnreachable, Window};
use domain::telling::Telling;
use domain::{
    Attendee, Booking, BookingId, BookingRequest, Email, Host, Interval, Name, OccurrenceId, Phone,
    Service,
};
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::booking::{
    AskToMove, AskedToMove, BookSlot, Booked, CancelBooking, Cancelled, HostOffer,
};
use store::job::Job;
use store::submission::Submission;
use uuid::Uuid;

use crate::database::{Database, WORKSPACE};

/// When things happen, unless a test says otherwise.
pub(crate) fn now() -> Timestamp {
    "2026-12-01T08:00:00Z".parse().unwrap()
}

/// A time of day of 2026-12-03 in UTC.
pub(crate) fn at(time: &str) -> Timestamp {
    format!("2026-12-03T{time}:00Z").parse().unwrap()
}

pub(crate) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

pub(crate) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

pub(crate) fn between(start: &str, end: &str) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

pub(crate) fn attendee(name: &str) -> Attendee {
    let address = name.to_lowercase().replace(' ', ".");
    Attendee {
        name: Some(Name::parse(name).unwrap()),
        email: Some(Email::parse(&format!("{address}@example.com")).unwrap()),
        phone: None,
        timezone: None,
        locale: None,
    }
}

pub(crate) fn with_phone(attendee: Attendee) -> Attendee {
    Attendee { phone: Some(Phone::stored("+12135550142".to_owned())), ..attendee }
}

/// A host in UTC, whose calendar has the host's slug.
pub(crate) fn offer(host: &str, outside: bool) -> HostOffer {
    HostOffer {
        shows_busy: false,
        host: Host {
            id: host.parse().unwrap(),
            name: Name::parse(host).unwrap(),
            email: None,
            phone: None,
            timezone: TimeZone::UTC,
            news: HostNews::default(),
            rules: HostRules::default(),
        },
        calendar: host.parse().unwrap(),
        outside,
    }
}

/// Half an hour, from any five minutes on, at least an hour ahead; around the clock.
pub(crate) fn service() -> Service {
    let days = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    let whole_day = Window::new(Time::midnight(), None).unwrap();
    Service {
        id: "consultation".parse().unwrap(),
        title: "Consultation".to_owned(),
        location: None,
        description: None,
        hosts: vec!["ada".parse().unwrap()],
        assignment: Assignment::Any,
        weights: BTreeMap::new(),
        rules: Rules {
            duration: minutes(30),
            durations: vec![],
            slot_every: minutes(5),
            buffer_before: SignedDuration::ZERO,
            buffer_after: SignedDuration::ZERO,
            notice: minutes(60),
            horizon: SignedDuration::from_hours(24 * 60),
            max_per_day: None,
            max_per_week: None,
            weekly: days.map(|day| (Day(day), vec![whole_day])).into(),
            overrides: BTreeMap::new(),
            any_time: false,
        },
        visibility: Visibility::Public,
        when_unreachable: WhenUnreachable::Pending,
        calendar_reminders: vec![],
        messages: vec![Channel::Email],
        telling: Telling::default(),
        guests_may_change: true,
        group: None,
        if_declined: domain::response::IfDeclined::Keep,
    }
}

/// A key of the website's form; `fingerprint` stands for what the request says.
pub(crate) fn submission(key: &str, fingerprint: u8) -> Submission {
    Submission {
        scope: "source/website".to_owned(),
        key: key.to_owned(),
        fingerprint: vec![fingerprint],
        expires_at: None,
    }
}

impl Database {
    /// A request for the slot that starts then, to be adapted and sent.
    pub(crate) fn request(&self, start: &str) -> Request {
        Request {
            db: self.clone(),
            unit: BookSlot {
                workspace: WORKSPACE,
                setup_version: 0,
                request: BookingRequest {
                    service: "consultation".parse().unwrap(),
                    host: None,
                    start: at(start),
                    duration: None,
                    lead: attendee("Bo Attendee"),
                    guests: vec![],
                    party_size: 1,
                    notes: None,
                    answers: BTreeMap::new(),
                    ad_hoc: None,
                },
                service: service(),
                hosts: vec![offer("ada", true)],
                hold: None,
                submission: None,
                submission_id: None,
                source: None,
                id: BookingId::new(self.id()),
                now: now(),
                awaited_until: None,
                lease: self.lease(now()),
                job_ids: [JobId::new(self.id()), JobId::new(self.id())],
                notify_ids: JobId::new(self.id()),
                received: self.entry("request.received", now()),
                decided: self.entry("booking.decided", now()),
                keep_refused: false,
                wait: false,
                occurrence_id: OccurrenceId::new(self.id()),
            },
        }
    }

    /// A pending booking, and the calendar job that this process holds.
    pub(crate) async fn pending(&self, start: &str) -> (Booking, Job) {
        let (booking, job) = self.request(start).accepted().await;
        (booking, job.expect("its calendar is outside"))
    }

    /// A booking that stands, in a calendar of our own.
    pub(crate) async fn confirmed(&self, start: &str) -> Booking {
        self.request(start).with(|unit| unit.hosts = vec![offer("ada", false)]).accepted().await.0
    }

    /// A wish to move a booking to another start.
    pub(crate) fn wish(&self, booking: &Booking, start: &str) -> Wish {
        Wish {
            db: self.clone(),
            unit: AskToMove {
                workspace: WORKSPACE,
                setup_version: 0,
                id: booking.id,
                start: at(start),
                service: service(),
                hosts: vec![offer("ada", true)],
                kept: vec![],
                seen: None,
                submission: None,
                awaited_until: None,
                lease: self.lease(now()),
                job_ids: [JobId::new(self.id()), JobId::new(self.id())],
                notify_ids: JobId::new(self.id()),
                occurrence_id: OccurrenceId::new(self.id()),
                entry: self.entry("move.asked", now()),
                now: now(),
            },
        }
    }

    /// Bo calling a booking off.
    pub(crate) fn cancellation(&self, id: BookingId) -> Cancelling {
        Cancelling {
            db: self.clone(),
            unit: CancelBooking {
                workspace: WORKSPACE,
                id,
                cancellation: Cancellation { by: Actor::Attendee, reason: Some("ill".to_owned()) },
                seen: None,
                submission: None,
                channels: vec![Channel::Email],
                lease: self.lease(now()),
                job_id: JobId::new(self.id()),
                notify_ids: JobId::new(self.id()),
                entry: self.entry("booking.cancelled", now()),
                now: now(),
            },
        }
    }
}

macro_rules! adaptable {
    ($($name:ident: $unit:ty => $outcome:ty;)*) => {$(
        pub(crate) struct $name {
            db: Database,
            unit: $unit,
        }

        impl $name {
            /// Says what this test cares about.
            pub(crate) fn with(mut self, adapt: impl FnOnce(&mut $unit)) -> Self {
                adapt(&mut self.unit);
                self
            }

            pub(crate) async fn send(self) -> $outcome {
                self.db.write(self.unit).await
            }
        }
    )*};
}

adaptable! {
    Request: BookSlot => Booked;
    Wish: AskToMove => AskedToMove;
    Cancelling: CancelBooking => Cancelled;
}

impl Request {
    pub(crate) fn lasting(self, length: i64) -> Self {
        self.with(|unit| unit.service.rules.duration = minutes(length))
    }

    pub(crate) fn using(self, hold: Uuid) -> Self {
        self.with(|unit| unit.hold = Some(hold))
    }

    pub(crate) async fn accepted(self) -> (Booking, Option<Job>) {
        let outcome = self.send().await;
        let Booked::Accepted { booking, job, .. } = outcome else {
            panic!("not accepted: {outcome:?}")
        };
        (*booking, job)
    }

    pub(crate) async fn refused(self) -> bool {
        matches!(self.send().await, Booked::Refused { .. })
    }
}

impl Wish {
    pub(crate) async fn accepted(self) -> (Booking, Option<Job>) {
        let outcome = self.send().await;
        let AskedToMove::Accepted { booking, job } = outcome else {
            panic!("not accepted: {outcome:?}")
        };
        (*booking, job)
    }
}

impl Cancelling {
    pub(crate) async fn done(self) -> (Booking, Option<Job>) {
        let outcome = self.send().await;
        let Cancelled::Done { booking, job } = outcome else {
            panic!("not cancelled: {outcome:?}")
        };
        (*booking, job)
    }
}
