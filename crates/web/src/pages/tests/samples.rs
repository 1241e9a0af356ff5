//! Every page in every state, filled with what people really write.

use domain::conflict::ConflictKind;
use domain::operation::{Outcome, Progress};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::pages::admin::booking::{
    BookingPage as AdminBookingPage, Coming, Conflict, Entry, GivenUp, MessageRow, Person,
};
use crate::pages::admin::bookings::{BookingsPage, Filter, Named, Row};
use crate::pages::admin::connections::{Connection, ConnectionsPage, Health, Held, Missing};
use crate::pages::admin::door::{
    DoorPage, Fault as DoorFault, GuestRow, OccurrenceRow, OccurrencesPage, Presence, Typed,
};
use crate::pages::admin::explain::{
    Against, Answer, ExplainPage, HostView, RuleView, StartRow, Typed as TypedStart,
};
use crate::pages::admin::jobs::{JobRow, JobsPage};
use crate::pages::admin::listing::{CellView, Column, ListingPage};
use crate::pages::admin::login::{LoginFault, LoginPage};
use crate::pages::admin::operations::{Change, ItemRow, Narrowing, OperationPage};
use crate::pages::admin::{Dashboard, Section};
use crate::pages::booking::{BookingForm, BookingPage, Fault, Refused, Values};
use crate::pages::home::HomePage;
use crate::pages::manage::{Allowed, BookingView, ByPhone, ManagePage, Notice};
use crate::pages::message::{Consent, MessagePage, Occasion};
use crate::pages::picker::{Offer, Picker, Slot};
use crate::pages::status::Status;
use crate::pages::{Frame, ServiceView, Visitor};

/// Closes every context it may stand in: element, attribute, comment, script.
pub(super) const HOSTILE: &str =
    "\"'></title></textarea><script>alert(1)</script><!--\u{202e}🏡 مريم";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().expect("a sample's instant is written correctly")
}

pub(super) fn slot(start: &str) -> Slot {
    let start = at(start);
    Slot { start, end: start + SignedDuration::from_mins(30), remaining: 1 }
}

pub(super) fn frame() -> Frame {
    let zone = TimeZone::get("America/Los_Angeles").expect("the bundled database has it");
    let visitor = Visitor::new("en-US", zone);
    Frame { visitor, agency: Some(HOSTILE.to_owned()), embedded: false }
}

pub(super) fn service() -> ServiceView {
    ServiceView {
        slug: "123-main-st".to_owned(),
        page: "/book/123-main-st".to_owned(),
        title: HOSTILE.to_owned(),
        location: Some(HOSTILE.to_owned()),
        description: Some(HOSTILE.to_owned()),
        length_minutes: 30,
        hosts: vec![HOSTILE.to_owned(), "Jane Agent".to_owned()],
    }
}

pub(super) fn picker() -> Picker {
    let full = Slot { remaining: 0, ..slot("2026-12-04T18:00:00Z") };
    Picker {
        visitor: frame().visitor,
        path: "/book/123-main-st".to_owned(),
        keep: vec![("embed", "1".to_owned())],
        today: date(2026, 11, 20),
        last_on: date(2027, 1, 19),
        month: date(2026, 12, 1),
        day: Some(date(2026, 12, 3)),
        start: None,
        offer: Offer::Slots {
            slots: vec![slot("2026-12-03T18:00:00Z"), slot("2026-12-04T01:00:00Z"), full],
            next_on: None,
        },
        seats: true,
        waitlist: false,
    }
}

pub(super) fn booking() -> BookingPage {
    BookingPage { frame: frame(), service: service(), picker: picker(), form: None, refused: None }
}

pub(super) fn form() -> BookingForm {
    let hostile = || HOSTILE.to_owned();
    BookingForm {
        slot: slot("2026-12-03T18:00:00Z"),
        submission_id: hostile(),
        values: Values {
            name: hostile(),
            email: hostile(),
            phone: hostile(),
            party_size: hostile(),
            notes: hostile(),
        },
        faults: vec![],
        most_people: Some(6),
    }
}

pub(super) fn fault(pointer: &str) -> Fault {
    Fault { pointer: pointer.to_owned(), message: format!("{pointer}: {HOSTILE}") }
}

pub(super) fn manage(status: Status) -> ManagePage {
    ManagePage {
        frame: frame(),
        path: "/b/tok".to_owned(),
        booking: BookingView {
            id: "bkg_1".to_owned(),
            revision: 7,
            status,
            service: service(),
            start: at("2026-12-03T18:00:00Z"),
            end: at("2026-12-03T18:30:00Z"),
            moving_to: Some((at("2026-12-04T18:00:00Z"), at("2026-12-04T18:30:00Z"))),
            attendee: HOSTILE.to_owned(),
            party_size: 3,
            place: None,
            offered_until: None,
            phone: Some(ByPhone { number: "+12135550100".to_owned(), code: "01234567".to_owned() }),
        },
        allowed: Allowed::Change,
        picker: None,
        notice: None,
    }
}

pub(super) fn refusals() -> Vec<Refused> {
    let alternatives = || vec![slot("2026-12-03T18:30:00Z"), slot("2026-12-03T19:00:00Z")];
    vec![
        Refused::Taken { alternatives: alternatives() },
        Refused::Taken { alternatives: vec![] },
        Refused::NotOffered { alternatives: alternatives() },
        Refused::TooLate { alternatives: alternatives() },
        Refused::SentBefore,
        Refused::CalendarUnavailable,
        Refused::Failed { request_id: HOSTILE.to_owned() },
    ]
}

pub(super) fn occasions() -> Vec<Occasion> {
    let hostile = || HOSTILE.to_owned();
    let consents = [
        Consent::Connected { account: hostile() },
        Consent::Refused,
        Consent::WrongAccount { expected: hostile(), given: hostile() },
        Consent::ScopesMissing { scopes: vec!["https://example.com/auth/calendar.freebusy"] },
        Consent::Expired,
        Consent::Failed { request_id: hostile() },
    ];
    let mut occasions = vec![
        Occasion::NotFound,
        Occasion::ServiceNotFound,
        Occasion::UnknownLink,
        Occasion::TooMany { retry_after_seconds: 20 },
        Occasion::Failed { request_id: hostile() },
        Occasion::ForeignForm,
    ];
    occasions.extend(consents.map(Occasion::Consent));
    occasions
}

pub(super) fn notices() -> Vec<Notice> {
    let mut notices = vec![
        Notice::Booked,
        Notice::Moved,
        Notice::MoveRequested,
        Notice::Cancelled,
        Notice::ChangeInProgress,
        Notice::AlreadyOver,
        Notice::ChangedMeanwhile,
        Notice::Accepted,
        Notice::OfferLapsed,
        Notice::NotAllowed,
    ];
    notices.extend(refusals().into_iter().map(Notice::Refused));
    notices
}

pub(super) fn home() -> HomePage {
    HomePage { frame: frame(), services: vec![service(), service()] }
}

pub(super) fn message(occasion: Occasion) -> MessagePage {
    MessagePage { frame: frame(), occasion }
}

fn dashboard(section: Section) -> Dashboard {
    Dashboard { section, signed_in: HOSTILE.to_owned() }
}

fn row(status: Status) -> Row {
    Row {
        id: "bkg_1".to_owned(),
        start: at("2026-12-03T18:00:00Z"),
        end: at("2026-12-03T18:30:00Z"),
        attendee: HOSTILE.to_owned(),
        party_size: 2,
        service: HOSTILE.to_owned(),
        host: HOSTILE.to_owned(),
        status,
    }
}

pub(super) fn bookings(section: Section) -> BookingsPage {
    let named = || vec![Named { slug: "jane".to_owned(), title: HOSTILE.to_owned() }];
    BookingsPage {
        frame: frame(),
        dashboard: dashboard(section),
        today: date(2026, 11, 20),
        filter: Filter {
            attendee: HOSTILE.to_owned(),
            from: HOSTILE.to_owned(),
            ..Filter::default()
        },
        hosts: named(),
        services: named(),
        rows: Status::ALL.map(row).to_vec(),
        more: Some("/admin/bookings?cursor=x".to_owned()),
    }
}

pub(super) fn admin_booking() -> AdminBookingPage {
    let hostile = || HOSTILE.to_owned();
    let person = || Person { name: hostile(), email: Some(hostile()), phone: Some(hostile()) };
    let entry = |data| Entry {
        at: at("2026-11-19T17:00:00Z"),
        kind: "booking.accepted".to_owned(),
        summary: hostile(),
        data,
    };
    AdminBookingPage {
        frame: frame(),
        dashboard: dashboard(Section::Bookings),
        notice: Some(Notice::ChangedMeanwhile),
        id: "bkg_1".to_owned(),
        revision: 7,
        status: Status::Confirmed,
        service: hostile(),
        location: Some(hostile()),
        host: hostile(),
        start: at("2026-12-03T18:00:00Z"),
        end: at("2026-12-03T18:30:00Z"),
        moving_to: Some(at("2026-12-04T18:00:00Z")),
        unreached: true,
        conflict: Some(Conflict {
            kind: ConflictKind::ForeignEvent,
            at: at("2026-12-03T18:00:00Z"),
        }),
        attendee: person(),
        guests: vec![person()],
        coming: vec![Coming {
            name: hostile(),
            channel: "sms".to_owned(),
            at: at("2026-11-20T17:00:00Z"),
        }],
        party_size: 2,
        notes: Some(hostile()),
        answers: vec![(hostile(), hostile())],
        source: Some(hostile()),
        created_at: at("2026-11-19T17:00:00Z"),
        calendar_event: Some("https://calendar.example/event/1".to_owned()),
        given_up: vec![GivenUp {
            job: "job_1".to_owned(),
            kind: "calendar".to_owned(),
            error: Some(hostile()),
        }],
        may_cancel: true,
        may_mark_no_show: true,
        messages: vec![MessageRow {
            at: at("2026-11-19T17:00:00Z"),
            channel: "email".to_owned(),
            news: "confirmed".to_owned(),
            recipient: hostile(),
            state: "sent".to_owned(),
        }],
        more: Some("/admin/bookings/bkg_1?after=tle_1".to_owned()),
        timeline: vec![entry(Some(serde_json::json!({ "name": HOSTILE }))), entry(None)],
    }
}

pub(super) fn connections() -> ConnectionsPage {
    let row = |health| Connection {
        id: "con_1".to_owned(),
        provider: "Google".to_owned(),
        account: HOSTILE.to_owned(),
        host: HOSTILE.to_owned(),
        health,
        reason: Some(HOSTILE.to_owned()),
        parked: 3,
        authorize_path: Some("/oauth/google/start?ticket=x&y=z".to_owned()),
        retry: Some("jane-work".to_owned()),
    };
    let all = [Health::AwaitingConsent, Health::Healthy, Health::Degraded, Health::Revoked];
    let (frame, dashboard) = (frame(), dashboard(Section::Connections));
    let missing = vec![Missing { calendar: "jane-work".to_owned(), account: HOSTILE.to_owned() }];
    let since = at("2026-11-19T17:00:00Z");
    let held = vec![Held { calendar: "jane-work".to_owned(), since, missing: 12 }];
    ConnectionsPage { frame, dashboard, rows: all.map(row).to_vec(), missing, held }
}

pub(super) fn occurrences() -> OccurrencesPage {
    let row = OccurrenceRow {
        id: "occ_1".to_owned(),
        service: HOSTILE.to_owned(),
        host: HOSTILE.to_owned(),
        start: at("2026-12-03T18:00:00Z"),
        people: 3,
        capacity: 12,
    };
    OccurrencesPage { frame: frame(), dashboard: dashboard(Section::Door), rows: vec![row] }
}

pub(super) fn door(fault: DoorFault) -> DoorPage {
    let guest = |presence| GuestRow {
        booking: "bkg_1".to_owned(),
        name: HOSTILE.to_owned(),
        people: 2,
        presence,
    };
    let all = [Presence::Expected, Presence::Arrived, Presence::NoShow, Presence::Pending];
    DoorPage {
        frame: frame(),
        dashboard: dashboard(Section::Door),
        path: "/admin/occurrences/occ_1".to_owned(),
        service: HOSTILE.to_owned(),
        start: at("2026-12-03T18:00:00Z"),
        end: at("2026-12-03T18:30:00Z"),
        capacity: 12,
        begun: true,
        guests: all.map(guest).to_vec(),
        typed: Typed { name: HOSTILE.to_owned(), people: HOSTILE.to_owned() },
        fault: Some(fault),
    }
}

/// Waiting in line: at a place, or with seats that are kept.
pub(super) fn waiting(place: Option<u32>) -> ManagePage {
    let page = manage(Status::Waitlisted);
    let offered_until = place.is_none().then(|| at("2026-12-02T18:00:00Z"));
    ManagePage { booking: BookingView { place, offered_until, ..page.booking }, ..page }
}

pub(super) fn jobs() -> JobsPage {
    let row = JobRow {
        id: "job_1".to_owned(),
        kind: "notify".to_owned(),
        booking: Some("bkg_1".to_owned()),
        given_up_at: at("2026-11-19T17:00:00Z"),
        attempts: 5,
        error: Some(HOSTILE.to_owned()),
    };
    JobsPage { frame: frame(), dashboard: dashboard(Section::Jobs), rows: vec![row] }
}

pub(super) fn operation(progress: Progress) -> OperationPage {
    let outcomes = [
        Some(Outcome::Done),
        Some(Outcome::Conflict),
        Some(Outcome::AlreadyOver),
        Some(Outcome::Failed),
        None,
    ];
    let item = |outcome| ItemRow {
        booking: "bkg_1".to_owned(),
        wanted: Some(at("2026-12-03T19:00:00Z")),
        host: HOSTILE.to_owned(),
        begun: true,
        outcome,
    };
    OperationPage {
        frame: frame(),
        dashboard: dashboard(Section::Operations),
        id: "opr_1".to_owned(),
        change: Change::Move { length: "1h".to_owned(), earlier: true },
        narrowed: vec![
            (Narrowing::Service, HOSTILE.to_owned()),
            (Narrowing::Reason, HOSTILE.to_owned()),
        ],
        progress,
        dry_run: progress == Progress::Done,
        created_at: at("2026-11-19T17:00:00Z"),
        total: 40,
        done: 1,
        failed: 3,
        items: outcomes.map(item).to_vec(),
        more: Some("/admin/operations/opr_1?from=200".to_owned()),
        updates: true,
    }
}

/// Each answer that the page can give.
pub(super) fn explained() -> [ExplainPage; 4] {
    let against = || Against { why: HOSTILE.to_owned(), remedy: "another day" };
    let rule = |against| RuleView { rule: "availability", against };
    let host = HostView {
        host: HOSTILE.to_owned(),
        at: "Thursday".to_owned(),
        rules: vec![rule(vec![]), rule(vec![against(), against()])],
    };
    let start = StartRow {
        at: "10:00".to_owned(),
        path: "/admin/explain?service=x&time=10%3A00".to_owned(),
        host: HOSTILE.to_owned(),
        against: vec![HOSTILE.to_owned()],
    };
    let answers = [
        Answer::Nothing,
        Answer::NotUnderstood,
        Answer::Day(vec![start]),
        Answer::Start(vec![host]),
    ];
    answers.map(|answer| ExplainPage {
        frame: frame(),
        dashboard: dashboard(Section::Explain),
        services: vec![Named { slug: "x".to_owned(), title: HOSTILE.to_owned() }],
        typed: TypedStart {
            service: "x".to_owned(),
            date: HOSTILE.to_owned(),
            time: HOSTILE.to_owned(),
        },
        answer,
    })
}

pub(super) fn listing() -> ListingPage {
    let cell =
        |path: Option<&str>| CellView { text: HOSTILE.to_owned(), path: path.map(str::to_owned) };
    ListingPage {
        frame: frame(),
        dashboard: dashboard(Section::Services),
        columns: vec![Column::Service, Column::Page],
        rows: vec![vec![cell(None), cell(Some("/book/1"))]],
        more: None,
    }
}

pub(super) fn login(fault: Option<LoginFault>) -> LoginPage {
    LoginPage { frame: frame(), next: HOSTILE.to_owned(), fault }
}
