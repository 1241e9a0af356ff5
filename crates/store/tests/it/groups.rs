//! Seats of a group service: never more than there are, one claim, one event for all.

use domain::availability::Reason;
use domain::convergence::Step;
use domain::group::{Group, Roster};
use domain::id::JobId;
use domain::occurrence::OccurrenceState;
use domain::{Booking, BookingId, BookingState, OccurrenceId, Service};
use jiff::Timestamp;
use store::booking::{BookSlot, Booked};
use store::calendar_event::WrittenEvent;
use store::convergence::Advance;
use store::hold::{Hold, PlaceHold, ReleaseHold, Visitor};
use store::job::{Job, Task};
use store::occurrence::{
    CheckIn, ListSeats, LoadOccurrence, OccurrenceFacts, OccurrenceProgress, OccurrenceProgressed,
    WalkIn, WalkedIn,
};
use uuid::Uuid;

use crate::database::{Database, WORKSPACE};
use crate::given::{Request, at, minutes, now, offer, seconds, service};

on_each_database! {
    of_five_hundred_parties_at_once_no_seat_is_taken_twice_and_none_is_left,
    a_start_has_one_claim_and_one_job_however_many_book,
    the_first_waits_for_the_event_and_the_next_stand_at_once,
    bookings_that_came_while_the_event_was_written_are_settled_too,
    a_busy_calendar_declines_everybody_who_waits,
    the_last_to_leave_empties_the_occurrence,
    who_comes_after_the_last_left_doubts_the_event,
    a_move_takes_seats_at_the_new_start_before_it_leaves_the_old_ones,
    a_move_that_is_refused_keeps_its_seats,
    a_hold_keeps_seats_until_it_lapses,
    a_hold_becomes_a_booking_of_a_larger_party,
    an_open_occurrence_is_filled_before_another_opens,
    a_capacity_that_was_lowered_sends_nobody_away,
    the_door_counts_who_comes_and_takes_no_more_than_fit,
    a_calendar_of_ours_confirms_at_once_and_keeps_one_event,
}

/// An open house of `capacity` people.
pub(crate) fn open_house(capacity: u32) -> Service {
    let group = Group { capacity, waiting_list: None, roster: Roster::Names };
    Service { group: Some(group), ..service() }
}

impl Request {
    pub(crate) fn party(self, capacity: u32, people: u32) -> Self {
        self.with(|unit| {
            unit.service = open_house(capacity);
            unit.request.party_size = people;
        })
    }
}

fn party(db: &Database, start: &str, capacity: u32, people: u32) -> Request {
    db.request(start).party(capacity, people)
}

/// The one occurrence, as its job sees it.
pub(crate) async fn occurrence(db: &Database) -> OccurrenceFacts {
    let rows = db.select("select id from occurrences order by starts_at, host", vec![]).await;
    let id = rows.into_iter().next().unwrap().take().unwrap();
    load(db, OccurrenceId::new(id)).await
}

async fn load(db: &Database, occurrence: OccurrenceId) -> OccurrenceFacts {
    db.store.read(LoadOccurrence { workspace: WORKSPACE, occurrence }).await.unwrap().unwrap()
}

/// Stores what a call led to.
async fn advance(db: &Database, job: &Job, advance: Advance) -> OccurrenceProgressed {
    let Task::Occurrence(occurrence) = job.task else { panic!("{job:?}") };
    let facts = load(db, occurrence).await;
    db.write(OccurrenceProgress {
        job: job.clone(),
        occurrence,
        seen: facts.occurrence.revision,
        calendar: "ada".parse().unwrap(),
        advance,
        entries: vec![],
        decided: db.entry("booking.decided", now()),
        channels: vec![domain::service::Channel::Email],
        job_ids: JobId::new(db.id()),
        now: now(),
    })
    .await
}

/// Takes the job through to the event that stands.
async fn write_event(db: &Database, job: &Job) -> OccurrenceProgressed {
    advance(db, job, Advance::Free { intend: None }).await;
    show(db, job).await
}

/// The provider has the event, with the roster as it is.
async fn show(db: &Database, job: &Job) -> OccurrenceProgressed {
    let Task::Occurrence(id) = job.task else { panic!("{job:?}") };
    let facts = load(db, id).await;
    let generation = match facts.next_step(&"ada".parse().unwrap()) {
        Step::Insert { generation } | Step::Patch { generation } => generation,
        step @ (Step::CheckFree(_)
        | Step::Look { .. }
        | Step::Settle
        | Step::Delete { .. }
        | Step::Done) => {
            panic!("{step:?}")
        }
    };
    let answer = WrittenEvent { roster: Some(facts.occurrence.roster), ..WrittenEvent::default() };
    let slot = facts.occurrence.slot;
    advance(db, job, Advance::Written { generation, slot, answer }).await
}

async fn state(db: &Database, id: BookingId) -> BookingState {
    db.stored(id).await.booking.state
}

fn confirmed() -> BookingState {
    BookingState::Confirmed { change: None }
}

async fn of_five_hundred_parties_at_once_no_seat_is_taken_twice_and_none_is_left(db: Database) {
    const PLACES: u32 = 40;
    let requests = (0..500_u32).map(|nth| {
        let request = party(&db, "10:00", PLACES, 1 + nth % 4);
        tokio::spawn(request.send())
    });
    let requests: Vec<_> = requests.collect();

    let (mut taken, mut refused) = (0, Vec::new());
    for request in requests {
        match request.await.unwrap() {
            Booked::Accepted { booking, .. } => taken += booking.party_size,
            Booked::Refused { reasons, .. } => refused.push(reasons),
            other @ (Booked::Replayed(_)
            | Booked::Mismatch
            | Booked::ForeignHold
            | Booked::StaleSetup) => panic!("{other:?}"),
        }
    }

    let facts = occurrence(&db).await;
    assert_eq!(
        (facts.occurrence.taken, taken),
        (PLACES, PLACES),
        "parties of one fill what is left"
    );
    assert_eq!(db.count("select cast(sum(people) as bigint) from seats").await, i64::from(PLACES));
    for reasons in refused {
        assert!(matches!(reasons[0].1[..], [Reason::Full { .. }]), "{reasons:?}");
    }
    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
}

async fn a_start_has_one_claim_and_one_job_however_many_book(db: Database) {
    for people in [1, 3, 2] {
        party(&db, "10:00", 12, people).accepted().await;
    }

    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
    let jobs = db.jobs().await;
    assert_eq!(jobs.iter().filter(|job| job.kind == "occurrence").count(), 1);
    assert_eq!(jobs.iter().filter(|job| job.kind == "calendar").count(), 0);
    let too_many = party(&db, "10:00", 12, 7).send().await;
    let Booked::Refused { reasons, .. } = too_many else { panic!("{too_many:?}") };
    assert_eq!(reasons[0].1, [Reason::Full { remaining: 6 }]);
    // Somebody who wants the host for themselves finds the time taken.
    assert!(db.request("10:15").refused().await);
}

async fn the_first_waits_for_the_event_and_the_next_stand_at_once(db: Database) {
    let (first, job) = party(&db, "10:00", 12, 1).accepted().await;
    let job = job.expect("this process runs it at once");
    assert_eq!(first.state, BookingState::Pending);

    let written = write_event(&db, &job).await;

    assert!(written.done);
    assert_eq!(state(&db, first.id).await, confirmed());
    let (second, job) = party(&db, "10:00", 12, 2).accepted().await;
    assert_eq!(second.state, confirmed());
    assert!(job.is_none(), "the roster is shown a little later");
    assert_eq!(db.due_at("occurrence").await, Some(now() + seconds(5)));
    let job = db.claim_job("occurrence", now() + seconds(5)).await;
    assert!(show(&db, &job).await.done);
    assert_eq!(db.count("select count(*) from calendar_events").await, 1);
}

async fn bookings_that_came_while_the_event_was_written_are_settled_too(db: Database) {
    let (first, job) = party(&db, "10:00", 12, 1).accepted().await;
    let job = job.unwrap();
    advance(&db, &job, Advance::Free { intend: None }).await;
    let (second, taken) = party(&db, "10:00", 12, 1).accepted().await;
    assert!(taken.is_none(), "the job is somebody's already");

    let written = show(&db, &job).await;

    assert!(written.done);
    for booking in [first, second] {
        assert_eq!(state(&db, booking.id).await, confirmed());
    }
    assert_eq!(db.count("select count(*) from jobs where kind = 'notify'").await, 2);
    assert_eq!(db.count("select count(*) from jobs where kind = 'timer'").await, 2);
}

async fn a_busy_calendar_declines_everybody_who_waits(db: Database) {
    let (first, job) = party(&db, "10:00", 12, 1).accepted().await;
    let (second, _) = party(&db, "10:00", 12, 4).accepted().await;

    let refused = advance(&db, &job.unwrap(), Advance::Refused).await;

    assert!(refused.done);
    for booking in [first, second] {
        assert_eq!(state(&db, booking.id).await, BookingState::Declined);
    }
    assert_eq!(refused.facts.occurrence.taken, 0);
    assert_eq!(refused.facts.occurrence.state, OccurrenceState::Empty);
    assert!(db.claims().await.is_empty());
}

/// Two bookings that stand.
async fn two_standing(db: &Database) -> [Booking; 2] {
    let (first, job) = party(db, "10:00", 4, 1).accepted().await;
    write_event(db, &job.unwrap()).await;
    let (second, _) = party(db, "10:00", 4, 3).accepted().await;
    [db.stored(first.id).await.booking, second]
}

async fn the_last_to_leave_empties_the_occurrence(db: Database) {
    let [first, second] = two_standing(&db).await;
    assert!(party(&db, "10:00", 4, 1).refused().await);

    db.cancellation(first.id).done().await;

    let facts = occurrence(&db).await;
    assert_eq!((facts.occurrence.taken, facts.occurrence.state), (3, OccurrenceState::Standing));
    assert_eq!(facts.roster.len(), 1);
    db.cancellation(second.id).done().await;
    let facts = occurrence(&db).await;
    assert_eq!((facts.occurrence.taken, facts.occurrence.state), (0, OccurrenceState::Empty));
    assert!(db.claims().await.is_empty());
    let job = db.claim_job("occurrence", now()).await;
    let step = facts.next_step(&"ada".parse().unwrap());
    assert_eq!(step, Step::Delete { generation: 0 });
    assert!(advance(&db, &job, Advance::Removed { generation: 0 }).await.done);
}

async fn who_comes_after_the_last_left_doubts_the_event(db: Database) {
    let (first, job) = party(&db, "10:00", 4, 1).accepted().await;
    write_event(&db, &job.unwrap()).await;
    db.cancellation(first.id).done().await;
    let deleting = db.claim_job("occurrence", now()).await;
    // The call that deletes is under way when somebody joins.
    let (next, _) = party(&db, "10:00", 4, 2).accepted().await;
    assert_eq!(next.state, BookingState::Pending, "no event is promised");

    let gone = advance(&db, &deleting, Advance::Removed { generation: 0 }).await;

    assert!(!gone.done);
    let calendar = "ada".parse().unwrap();
    assert!(matches!(gone.facts.next_step(&calendar), Step::CheckFree(_)));
    let free = advance(&db, &deleting, Advance::Free { intend: None }).await;
    assert_eq!(free.facts.next_step(&calendar), Step::Insert { generation: 1 });
    show(&db, &deleting).await;
    assert_eq!(state(&db, next.id).await, confirmed());
}

async fn a_move_takes_seats_at_the_new_start_before_it_leaves_the_old_ones(db: Database) {
    let [first, _] = two_standing(&db).await;

    let (asked, job) =
        db.wish(&first, "12:00").with(|wish| wish.service = open_house(4)).accepted().await;

    assert!(asked.change().is_some(), "the other start has no event yet");
    assert_eq!(db.claims().await, ["ada 10:00-10:30", "ada 12:00-12:30"]);
    assert!(party(&db, "10:00", 4, 1).refused().await, "the old seat is kept");
    write_event(&db, &job.unwrap()).await;
    let moved = db.stored(first.id).await.booking;
    assert_eq!((moved.slot.start(), moved.state), (at("12:00"), confirmed()));
    let facts = occurrence(&db).await;
    assert_eq!(facts.occurrence.taken, 3);
    // Back to a start whose event stands: at once.
    let (back, job) = db
        .wish(&db.stored(first.id).await.booking, "10:00")
        .with(|wish| wish.service = open_house(4))
        .accepted()
        .await;
    assert_eq!((back.slot.start(), job.is_none()), (at("10:00"), true));
    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
}

async fn a_move_that_is_refused_keeps_its_seats(db: Database) {
    let [first, _] = two_standing(&db).await;
    let (_, job) =
        db.wish(&first, "12:00").with(|wish| wish.service = open_house(4)).accepted().await;

    let refused = advance(&db, &job.unwrap(), Advance::Refused).await;

    assert!(refused.done);
    let kept = db.stored(first.id).await.booking;
    assert_eq!((kept.slot.start(), kept.state), (at("10:00"), confirmed()));
    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
    assert_eq!(db.count("select count(*) from seats").await, 2);
}

pub(crate) async fn hold_seats(
    db: &Database,
    holder: u128,
    people: u32,
    at_time: Timestamp,
) -> Option<Hold> {
    db.write(PlaceHold {
        workspace: WORKSPACE,
        holder: Uuid::from_u128(holder),
        service: open_house(4),
        hosts: vec![offer("ada", true)],
        first: None,
        start: at("10:00"),
        duration: minutes(30),
        visitor: Visitor::default(),
        people,
        occurrence_id: OccurrenceId::new(db.id()),
        expires_at: at_time + minutes(5),
        now: at_time,
    })
    .await
    .ok()
}

async fn a_hold_keeps_seats_until_it_lapses(db: Database) {
    assert!(hold_seats(&db, 1, 3, now()).await.is_some());
    assert!(hold_seats(&db, 2, 2, now()).await.is_none());
    assert!(party(&db, "10:00", 4, 2).refused().await);
    assert_eq!(occurrence(&db).await.next_step(&"ada".parse().unwrap()), Step::Done);

    let later = now() + minutes(5);
    let (booking, _) = party(&db, "10:00", 4, 2).with(|unit| unit.now = later).accepted().await;

    assert_eq!(booking.party_size, 2);
    assert_eq!(occurrence(&db).await.occurrence.taken, 2, "the lapsed seats are free");
    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
    assert!(hold_seats(&db, 3, 2, later).await.is_some());
    let release = ReleaseHold { workspace: WORKSPACE, holder: Uuid::from_u128(3), now: later };
    assert!(db.write(release).await);
    assert_eq!(occurrence(&db).await.occurrence.taken, 2);
}

async fn a_hold_becomes_a_booking_of_a_larger_party(db: Database) {
    hold_seats(&db, 1, 1, now()).await.unwrap();
    party(&db, "10:00", 4, 1).accepted().await;

    let (booking, _) = party(&db, "10:00", 4, 3).using(Uuid::from_u128(1)).accepted().await;

    assert_eq!(booking.party_size, 3);
    assert_eq!(occurrence(&db).await.occurrence.taken, 4);
    assert_eq!(db.count("select count(*) from holds").await, 0);
}

async fn an_open_occurrence_is_filled_before_another_opens(db: Database) {
    let two_hosts = |request: Request| {
        request.with(|unit: &mut BookSlot| {
            unit.hosts = vec![offer("ada", true), offer("cy", true)];
        })
    };
    let (first, _) = party(&db, "10:00", 4, 1)
        .with(|unit| unit.hosts = vec![offer("cy", true)])
        .accepted()
        .await;
    assert_eq!(first.host.as_str(), "cy");

    let (second, _) = two_hosts(party(&db, "10:00", 4, 2)).accepted().await;
    let (third, _) = two_hosts(party(&db, "10:00", 4, 2)).accepted().await;

    let hosts = [second, third].map(|booking| booking.host.to_string());
    assert_eq!(hosts, ["cy", "ada"], "what does not fit opens another");
}

async fn a_capacity_that_was_lowered_sends_nobody_away(db: Database) {
    party(&db, "10:00", 6, 5).accepted().await;

    assert!(party(&db, "10:00", 3, 1).refused().await);

    assert_eq!(occurrence(&db).await.occurrence.taken, 5);
    party(&db, "10:00", 8, 3).accepted().await;
    assert_eq!(occurrence(&db).await.occurrence.capacity, 8);
}

async fn the_door_counts_who_comes_and_takes_no_more_than_fit(db: Database) {
    let (first, job) = party(&db, "10:00", 4, 2).accepted().await;
    write_event(&db, &job.unwrap()).await;
    let id = occurrence(&db).await.occurrence.id;
    let walk_in = |people: u32| WalkIn {
        workspace: WORKSPACE,
        occurrence: id,
        service: open_house(4),
        timezone: jiff::tz::TimeZone::UTC,
        outside: true,
        name: domain::Name::parse("Di Walker").unwrap(),
        people,
        id: BookingId::new(db.id()),
        job_ids: [JobId::new(db.id()), JobId::new(db.id())],
        entry: db.entry("booking.walked_in", at("10:05")),
        now: at("10:05"),
    };
    let check_in = |arrived_at: Option<Timestamp>| CheckIn {
        workspace: WORKSPACE,
        occurrence: id,
        booking: first.id,
        arrived_at,
        entry: db.entry("booking.checked_in", at("10:05")),
    };

    assert!(matches!(db.write(walk_in(3)).await, WalkedIn::Full { remaining: 2 }));
    assert!(matches!(db.write(walk_in(2)).await, WalkedIn::Seated(_)));
    assert!(db.write(check_in(Some(at("10:01")))).await);
    assert!(db.write(check_in(Some(at("10:05")))).await, "a second click is no error");

    let unit = ListSeats { workspace: WORKSPACE, occurrence: id };
    let (occurrence, seated) = db.store.read(unit).await.unwrap().unwrap();
    assert_eq!(occurrence.taken, 4);
    let arrivals: Vec<_> = seated.iter().map(|seated| seated.arrived_at).collect();
    assert_eq!(arrivals, [Some(at("10:01")), Some(at("10:05"))]);
    assert!(matches!(db.write(walk_in(1)).await, WalkedIn::Full { remaining: 0 }));
    db.write(check_in(None)).await;
    let other = CheckIn { booking: BookingId::new(db.id()), ..check_in(None) };
    assert!(!db.write(other).await);
}

async fn a_calendar_of_ours_confirms_at_once_and_keeps_one_event(db: Database) {
    let here = |people: u32| {
        party(&db, "10:00", 4, people).with(|unit| unit.hosts = vec![offer("ada", false)])
    };
    let (first, job) = here(1).accepted().await;
    assert_eq!((first.state, job), (confirmed(), None));
    let (second, _) = here(3).accepted().await;

    let events = |stored: store::booking::StoredBooking| {
        stored.events.into_iter().map(|event| event.event_id).collect::<Vec<_>>()
    };
    let shown = events(db.stored(first.id).await);
    assert_eq!(shown.len(), 1);
    assert_eq!(events(db.stored(second.id).await), shown);
}
