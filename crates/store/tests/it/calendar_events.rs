//! What we know of the calendar events we wrote or may have written.

use domain::convergence::EventState;
use domain::{BookingId, Interval, WorkspaceId};
use store::calendar_event::{self, OwnEvents, StoredEvent, WrittenEvent};
use store::{StoreError, Tx, UnitOfWork};

use crate::database::{Database, WORKSPACE};
use crate::given::{between, now};

on_each_database! {
    an_event_is_intended_before_it_is_written,
    only_an_intended_event_takes_another_time,
    what_the_provider_said_is_kept_until_it_says_otherwise,
    our_own_events_are_found_in_a_stretch_of_their_calendar,
}

pub(crate) struct Intend(pub(crate) BookingId, pub(crate) Interval);

impl UnitOfWork for Intend {
    const NAME: &'static str = "test.intend";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let calendar = "ada".parse().unwrap();
        calendar_event::intend(tx, WORKSPACE, self.0, 0, &calendar, self.1, now()).await
    }
}

struct Written(BookingId, Interval, WrittenEvent);

impl UnitOfWork for Written {
    const NAME: &'static str = "test.written";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        calendar_event::written(tx, WORKSPACE, self.0, 0, self.1, &self.2, now()).await
    }
}

pub(crate) struct Removed {
    pub(crate) workspace: WorkspaceId,
    pub(crate) booking: BookingId,
    pub(crate) generation: u32,
}

impl UnitOfWork for Removed {
    const NAME: &'static str = "test.removed";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        calendar_event::removed(tx, self.workspace, self.booking, self.generation, now()).await
    }
}

async fn event(db: &Database, booking: BookingId) -> StoredEvent {
    let mut events = db.stored(booking).await.events;
    assert_eq!(events.len(), 1);
    events.remove(0)
}

async fn an_event_is_intended_before_it_is_written(db: Database) {
    let (booking, _) = db.pending("10:00").await;

    db.write(Intend(booking.id, booking.slot)).await;
    let intended = event(&db, booking.id).await;
    assert_eq!(intended.record.state, EventState::Intended);
    assert_eq!(intended.event_id, domain::convergence::event_id(booking.id, 0));

    db.write(Written(booking.id, booking.slot, WrittenEvent::default())).await;
    assert_eq!(event(&db, booking.id).await.record.state, EventState::Written);

    let (workspace, id) = (WORKSPACE, booking.id);
    db.write(Removed { workspace, booking: id, generation: 0 }).await;
    assert_eq!(event(&db, booking.id).await.record.state, EventState::Removed);
}

async fn only_an_intended_event_takes_another_time(db: Database) {
    let (booking, _) = db.pending("10:00").await;
    let (later, latest) = (between("11:00", "11:30"), between("12:00", "12:30"));
    db.write(Intend(booking.id, booking.slot)).await;

    db.write(Intend(booking.id, later)).await;
    assert_eq!(event(&db, booking.id).await.record.slot, later);

    db.write(Written(booking.id, later, WrittenEvent::default())).await;
    db.write(Intend(booking.id, latest)).await;
    let written = event(&db, booking.id).await.record;
    assert_eq!((written.slot, written.state), (later, EventState::Written));
}

async fn what_the_provider_said_is_kept_until_it_says_otherwise(db: Database) {
    let (booking, _) = db.pending("10:00").await;
    let some = |text: &str| Some(text.to_owned());
    let first = WrittenEvent {
        etag: some("1"),
        html_link: some("https://calendar.example/1"),
        ical_uid: some("1@calendar.example"),
        roster: None,
        edition: 0,
    };
    db.write(Intend(booking.id, booking.slot)).await;
    db.write(Written(booking.id, booking.slot, first)).await;

    let patched = WrittenEvent { etag: some("2"), ..WrittenEvent::default() };
    db.write(Written(booking.id, booking.slot, patched)).await;

    let event = event(&db, booking.id).await;
    assert_eq!(event.etag, some("2"), "each version has its own");
    assert_eq!(event.html_link, some("https://calendar.example/1"));
    assert_eq!(event.ical_uid, some("1@calendar.example"));
}

async fn our_own_events_are_found_in_a_stretch_of_their_calendar(db: Database) {
    let early = db.confirmed("10:00").await;
    let late = db.confirmed("14:00").await;
    let gone = db.confirmed("16:00").await;
    let (workspace, booking) = (WORKSPACE, gone.id);
    db.write(Removed { workspace, booking, generation: 0 }).await;
    let own = async |calendar: &str, start: &str, end: &str| {
        let (calendar, joined) = (calendar.parse().unwrap(), "cy".parse().unwrap());
        let within = between(start, end);
        let own = OwnEvents { workspace: WORKSPACE, calendar, joined, within };
        db.store.read(own).await.unwrap()
    };
    let id = |booking: &domain::Booking| domain::convergence::event_id(booking.id, 0);

    assert_eq!(own("ada", "10:15", "14:15").await, [id(&early), id(&late)]);
    assert_eq!(own("ada", "10:30", "14:01").await, [id(&late)], "what touches is outside");
    assert!(own("ada", "15:00", "18:00").await.is_empty());
    assert!(own("cy", "10:00", "18:00").await.is_empty());
}
