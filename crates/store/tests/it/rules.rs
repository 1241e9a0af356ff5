//! Rules that no constraint holds: what is booked is counted under the host's lock, in the
//! transaction that books.

use domain::availability::{Claimant, Counted, Holder, Reason};
use domain::host::{HostRules, LongestRun};
use domain::travel::Travel;
use domain::{Interval, OccurrenceId};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::booking::{AskedToMove, Booked};
use store::hold::{NotHeld, PlaceHold, Visitor};
use uuid::Uuid;

use crate::database::{Database, WORKSPACE};
use crate::given::{Request, at, between, minutes, now, offer, service};
use crate::groups::hold_seats;

on_each_database! {
    a_hosts_limit_of_the_week_counts_every_service,
    a_services_limit_of_the_week_counts_its_own_bookings,
    a_hosts_limit_of_the_day_counts_holds_until_they_lapse,
    a_week_begins_on_the_hosts_monday_also_when_the_clocks_change,
    the_way_from_another_place_is_kept_free,
    a_run_of_bookings_is_broken_by_a_break,
    on_a_holiday_nothing_is_booked_unless_the_service_says_so,
    a_length_to_choose_from_is_claimed_held_and_moved_whole,
    who_joins_an_occurrence_is_not_counted_again,
    a_move_does_not_count_against_itself,
    a_move_into_a_full_day_is_refused,
    of_forty_at_once_no_more_are_booked_than_a_day_takes,
    of_forty_at_once_no_run_lasts_longer_than_it_may,
    of_two_places_at_once_the_host_is_at_one,
    a_visitor_who_cannot_have_other_seats_keeps_theirs,
}

impl Request {
    fn under(self, rules: HostRules) -> Self {
        self.with(|unit| unit.hosts[0].host.rules = rules)
    }

    fn starting(self, start: Timestamp) -> Self {
        self.with(|unit| unit.request.start = start)
    }

    fn of(self, service: &str) -> Self {
        self.with(|unit| {
            unit.service.id = service.parse().unwrap();
            unit.request.service = service.parse().unwrap();
        })
    }

    fn in_the(self, place: &str) -> Self {
        self.with(|unit| unit.service.location = Some(place.to_owned()))
    }

    /// What speaks against the first host.
    async fn refusal(self) -> Vec<Reason> {
        let outcome = self.send().await;
        let Booked::Refused { mut reasons, .. } = outcome else {
            panic!("not refused: {outcome:?}")
        };
        reasons.remove(0).1
    }
}

fn a_week_takes(most: u32) -> HostRules {
    HostRules { max_per_week: Some(most), ..HostRules::default() }
}

fn a_day_takes(most: u32) -> HostRules {
    HostRules { max_per_day: Some(most), ..HostRules::default() }
}

/// An hour at a time, then at least a quarter of an hour of rest.
fn an_hour_at_a_time() -> HostRules {
    let run = LongestRun { length: minutes(60), shortest_break: minutes(15) };
    HostRules { longest_run: Some(run), ..HostRules::default() }
}

fn half_an_hour_between_places() -> HostRules {
    HostRules { travel: Travel::usually(minutes(30)), ..HostRules::default() }
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn a_hosts_limit_of_the_week_counts_every_service(db: Database) {
    let ask = |start: &str| db.request("10:00").starting(instant(start)).under(a_week_takes(2));
    ask("2026-12-03T10:00:00Z").accepted().await;
    ask("2026-12-06T23:30:00Z").of("viewing").accepted().await;

    let refused = ask("2026-12-04T10:00:00Z").of("survey").refusal().await;

    let (monday, counted) = (date(2026, 11, 30), Counted::Host);
    assert_eq!(refused, [Reason::WeekIsFull { monday, most: 2, counted }]);
    ask("2026-12-07T00:00:00Z").accepted().await; // The next Monday.
}

async fn a_services_limit_of_the_week_counts_its_own_bookings(db: Database) {
    let ask = |start| db.request(start).with(|unit| unit.service.rules.max_per_week = Some(1));
    db.request("10:00").of("viewing").accepted().await;
    ask("11:00").accepted().await;

    let refused = ask("12:00").refusal().await;

    let (monday, counted) = (date(2026, 11, 30), Counted::Service);
    assert_eq!(refused, [Reason::WeekIsFull { monday, most: 1, counted }]);
}

async fn a_hosts_limit_of_the_day_counts_holds_until_they_lapse(db: Database) {
    hold(&db, 1, "10:00", |unit| unit.hosts[0].host.rules = a_day_takes(1)).await.unwrap();
    let ask = || db.request("12:00").under(a_day_takes(1));

    let refused = ask().refusal().await;

    let (date, counted) = (date(2026, 12, 3), Counted::Host);
    assert_eq!(refused, [Reason::DayIsFull { date, most: 1, counted }]);
    let second = hold(&db, 2, "14:00", |unit| unit.hosts[0].host.rules = a_day_takes(1)).await;
    assert!(matches!(second, Err(NotHeld::Refused(_))), "{second:?}");
    ask().with(|unit| unit.now = now() + minutes(5)).accepted().await;
}

async fn a_week_begins_on_the_hosts_monday_also_when_the_clocks_change(db: Database) {
    let ask = |start: &str| {
        db.request("10:00").starting(instant(start)).under(a_week_takes(1)).with(|unit| {
            unit.now = instant("2027-03-20T08:00:00Z");
            unit.hosts[0].host.timezone = TimeZone::get("Europe/Berlin").unwrap();
        })
    };
    // The first half hour of Monday, an hour ahead of UTC; the week ends two hours ahead.
    ask("2027-03-21T23:00:00Z").accepted().await;

    let refused = ask("2027-03-28T21:30:00Z").refusal().await;

    let (monday, counted) = (date(2027, 3, 22), Counted::Host);
    assert_eq!(refused, [Reason::WeekIsFull { monday, most: 1, counted }]);
    ask("2027-03-28T22:00:00Z").accepted().await;
    ask("2027-03-21T22:30:00Z").accepted().await;
}

async fn the_way_from_another_place_is_kept_free(db: Database) {
    let ask = |start, place| db.request(start).in_the(place).under(half_an_hour_between_places());
    let (booking, _) = ask("10:00", "Hall").accepted().await;

    let holder = Holder::Booking(booking.id);
    let other = Claimant { interval: between("10:00", "10:30"), holder };
    let travel = Reason::Travel { other, needed: minutes(30) };
    assert_eq!(ask("10:55", "Farm").refusal().await, [travel]);
    assert_eq!(ask("09:05", "Farm").refusal().await, [travel], "nor on the way there");
    ask("11:00", "Farm").accepted().await;
    ask("09:30", " HALL ").accepted().await; // The same place.
}

async fn a_run_of_bookings_is_broken_by_a_break(db: Database) {
    let ask = |start| db.request(start).under(an_hour_at_a_time());
    ask("10:00").accepted().await;
    ask("10:30").accepted().await;

    let refused = ask("11:10").refusal().await;

    let run = between("10:30", "11:40"); // Too long already.
    assert_eq!(refused, [Reason::RunTooLong { run, longest: minutes(60) }]);
    ask("11:15").accepted().await;
    assert_eq!(ask("09:20").refusal().await.len(), 1, "nor before them");
}

async fn on_a_holiday_nothing_is_booked_unless_the_service_says_so(db: Database) {
    let day = date(2026, 12, 3);
    let off =
        HostRules { holidays: [(day, "Founders' Day".to_owned())].into(), ..HostRules::default() };

    assert_eq!(db.request("10:00").under(off.clone()).refusal().await, [Reason::Holiday(day)]);

    let opened = db.request("10:00").under(off).with(|unit| {
        let windows = unit.service.rules.windows_on(day).to_vec();
        unit.service.rules.overrides.insert(day, windows);
    });
    opened.accepted().await;
}

async fn a_length_to_choose_from_is_claimed_held_and_moved_whole(db: Database) {
    let long = |start| {
        db.request(start).with(|unit| {
            unit.service.rules.durations = vec![minutes(90)];
            unit.request.duration = Some(minutes(90));
        })
    };
    hold(&db, 1, "10:00", |unit| unit.duration = minutes(90)).await.unwrap();
    let other = db.request("10:00").using(Uuid::from_u128(1)).send().await;
    assert!(matches!(other, Booked::ForeignHold), "it is for another length: {other:?}");

    let (booking, _) = long("10:00").using(Uuid::from_u128(1)).accepted().await;

    assert_eq!(booking.slot, between("10:00", "11:30"));
    assert_eq!(db.claims().await, ["ada 10:00-11:30"]);
    assert!(db.request("11:25").refused().await);
    let (moved, _) = db.wish(&booking, "14:00").accepted().await;
    assert_eq!(moved.slot, between("14:00", "15:30"));
}

async fn who_joins_an_occurrence_is_not_counted_again(db: Database) {
    let party = |start| db.request(start).party(4, 1).under(a_day_takes(1));
    party("10:00").accepted().await;

    party("10:00").accepted().await;

    let (date, counted) = (date(2026, 12, 3), Counted::Host);
    assert_eq!(party("11:00").refusal().await, [Reason::DayIsFull { date, most: 1, counted }]);
}

async fn a_move_does_not_count_against_itself(db: Database) {
    let rules = HostRules { max_per_week: Some(1), ..an_hour_at_a_time() };
    let (booking, _) = db.request("10:00").under(rules.clone()).accepted().await;

    let wish = db.wish(&booking, "10:30").with(|wish| wish.hosts[0].host.rules = rules);

    assert_eq!(wish.accepted().await.0.slot.start(), at("10:30"));
}

async fn a_move_into_a_full_day_is_refused(db: Database) {
    let tomorrow = instant("2026-12-04T10:00:00Z");
    db.request("10:00").starting(tomorrow).under(a_day_takes(1)).accepted().await;
    let (booking, _) = db.request("10:00").under(a_day_takes(1)).accepted().await;

    let wish = db.wish(&booking, "10:00").with(|wish| {
        wish.start = tomorrow + minutes(120);
        wish.hosts[0].host.rules = a_day_takes(1);
    });
    let refused = wish.send().await;

    let AskedToMove::NotOffered(reasons) = refused else { panic!("{refused:?}") };
    let (date, counted) = (date(2026, 12, 4), Counted::Host);
    assert_eq!(reasons[0].1, [Reason::DayIsFull { date, most: 1, counted }]);
}

/// How many of these are accepted when all are sent at once.
async fn accepted_at_once(requests: Vec<Request>) -> usize {
    let sent = requests.into_iter().map(|request| tokio::spawn(request.send()));
    let mut accepted = 0;
    for request in sent.collect::<Vec<_>>() {
        accepted += usize::from(matches!(request.await.unwrap(), Booked::Accepted { .. }));
    }
    accepted
}

/// Forty requests for half an hour each, one after the other through the day.
fn forty(db: &Database, rules: &HostRules) -> Vec<Request> {
    let nth = |n| db.request("00:00").starting(at("01:00") + minutes(30 * n)).under(rules.clone());
    (0_i64..40).map(nth).collect()
}

async fn of_forty_at_once_no_more_are_booked_than_a_day_takes(db: Database) {
    let requests = forty(&db, &a_day_takes(7));

    assert_eq!(accepted_at_once(requests).await, 7);
    assert_eq!(db.claims().await.len(), 7);
}

async fn of_forty_at_once_no_run_lasts_longer_than_it_may(db: Database) {
    let requests = forty(&db, &an_hour_at_a_time());

    let accepted = accepted_at_once(requests).await;

    // Two in a row at most, then at least one is left out; none is left out without need.
    assert!((14..=27).contains(&accepted), "{accepted}");
    let mut ends: Option<(Timestamp, SignedDuration)> = None;
    let rows = db.select("select slot_start, slot_end from claims order by slot_start", vec![]);
    for mut row in rows.await {
        let slot = Interval::new(row.take().unwrap(), row.take().unwrap()).unwrap();
        let run = match ends {
            Some((end, run)) if slot.start() == end => run + slot.length(),
            Some(_) | None => slot.length(),
        };
        assert!(run <= minutes(60), "{run} until {slot:?}");
        ends = Some((slot.end(), run));
    }
}

async fn of_two_places_at_once_the_host_is_at_one(db: Database) {
    let ask = |start, place| db.request(start).in_the(place).under(half_an_hour_between_places());
    let both = (0..10).flat_map(|_| [ask("10:00", "Hall"), ask("10:45", "Farm")]);

    assert_eq!(accepted_at_once(both.collect()).await, 1);
}

async fn a_visitor_who_cannot_have_other_seats_keeps_theirs(db: Database) {
    hold_seats(&db, 1, 3, now()).await.unwrap();
    let mine = Visitor { id: Some(Uuid::from_u128(7)), address: None };
    let seats = |unit: &mut PlaceHold, people| {
        unit.service = crate::groups::open_house(4);
        unit.people = people;
        unit.visitor = mine;
    };
    hold(&db, 2, "10:00", |unit| seats(unit, 1)).await.unwrap();

    let more = hold(&db, 3, "10:00", |unit| seats(unit, 2)).await;

    assert!(matches!(more, Err(NotHeld::Refused(_))), "{more:?}");
    assert_eq!(db.count("select count(*) from holds").await, 2, "theirs is kept");
    assert_eq!(db.count("select taken from occurrences").await, 4);
    hold(&db, 4, "11:00", |unit| seats(unit, 4)).await.unwrap();
    assert_eq!(
        db.count("select taken from occurrences where taken = 3").await,
        3,
        "it is given up"
    );
    hold(&db, 5, "11:00", |unit| seats(unit, 3)).await.unwrap();
    assert_eq!(db.count("select count(*) from holds").await, 2, "fewer of the same are had, too");
}

async fn hold(
    db: &Database,
    holder: u128,
    start: &str,
    adapt: impl FnOnce(&mut PlaceHold),
) -> Result<store::hold::Hold, NotHeld> {
    let mut unit = PlaceHold {
        workspace: WORKSPACE,
        holder: Uuid::from_u128(holder),
        service: service(),
        hosts: vec![offer("ada", true)],
        first: None,
        start: at(start),
        duration: minutes(30),
        people: 1,
        occurrence_id: OccurrenceId::new(db.id()),
        expires_at: now() + minutes(5),
        visitor: Visitor::default(),
        now: now(),
    };
    adapt(&mut unit);
    db.write(unit).await
}
