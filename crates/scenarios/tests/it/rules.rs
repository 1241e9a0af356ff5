//! Every rule at once: what is offered, what is explained and what is booked are one answer.

use app::booking::{Booked, Progress};
use domain::availability::Reason;
use domain::{BookingId, Interval, ServiceId};
use jiff::{SignedDuration, Timestamp};
use scenarios::{Database, Given, SETUP, Scenario, Wish};

/// Two more services of Jane's, at other places, one of them for groups.
const MORE_SERVICES: &str = r#"
[[services]]
id = "survey"
title = "Survey"
location = "12 Hill Rd"
hosts = ["jane"]
duration = "45m"
buffer_before = "10m"
slot_every = "15m"
notice = "2h"
max_per_week = 3
availability = [{ days = ["tue", "wed"], from = "09:00", to = "17:00" }]

[[services]]
id = "open-house"
title = "Open house"
location = "Town Hall"
hosts = ["jane"]
duration = "60m"
slot_every = "30m"
notice = "2h"
capacity = 2
availability = [{ days = ["tue", "wed"], from = "10:00", to = "16:00" }]
"#;

/// What Jane takes on, whatever the service.
const RULES_OF_JANE: &str = r#"
max_per_day = 5
max_per_week = 9
longest_run = "2h"
shortest_break = "20m"
travel_time = "25m"
travel_times = [{ between = ["12 Hill Rd", "Town Hall"], time = "40m" }]
holidays = [{ date = "2026-12-03", name = "Founders' Day" }]
"#;

const SERVICES: [&str; 3] = ["viewing", "survey", "open-house"];

scenarios::on_each_database! {
    what_is_offered_can_be_booked_and_what_is_not_is_explained,
    what_new_rules_would_not_offer_is_named_and_stays,
}

async fn what_is_offered_can_be_booked_and_what_is_not_is_explained(database: Database) {
    let given = Given::on(database).and(MORE_SERVICES);
    let notices = "notices = []\n";
    let scenario = given.with(notices, &format!("{notices}{RULES_OF_JANE}")).begins().await;
    scenario.blocks("Dentist", "2026-12-02T20:00:00Z", "2026-12-02T21:00:00Z");
    scenario.runs_jobs().await;
    let (mut booked, mut refused) = (0, 0);

    for (service, start) in questions() {
        let offered = is_offered(&scenario, service, start).await;
        let reasons = reasons(&scenario, service, start).await;

        assert_eq!(offered, reasons.is_empty(), "{service} at {start}: {reasons:?}");
        if reasons == ["busy"] {
            continue; // The calendar itself decides of that, and may have changed.
        }
        let outcome = scenario.tries_to_book(&Wish { start, ..wish(service) }).await;
        match outcome {
            Booked::Accepted(Progress::Done(_)) => {
                assert!(offered, "{service} at {start} was booked: {reasons:?}");
                booked += 1;
            }
            Booked::Refused { .. } => {
                assert!(!offered, "{service} at {start} was offered");
                refused += 1;
            }
            other @ (Booked::Accepted(_)
            | Booked::Replayed(_)
            | Booked::Mismatch
            | Booked::ForeignHold
            | Booked::UnknownService
            | Booked::UnknownHost) => panic!("{service} at {start}: {other:?}"),
        }
    }

    assert!(booked >= 8 && refused >= 30, "{booked} booked, {refused} refused");
}

async fn what_new_rules_would_not_offer_is_named_and_stays(database: Database) {
    let scenario = Given::on(database).and(MORE_SERVICES).begins().await;
    let house = Wish::at("2026-12-01T22:00:00Z").of("open-house");
    let tuesday = scenario.books(&Wish::at("2026-12-01T18:00:00Z")).await.booking;
    let wednesday = scenario.books(&Wish::at("2026-12-02T18:00:00Z")).await.booking;
    let guests = [scenario.books(&house).await, scenario.books(&house.by("Cy Lead")).await];
    let [first, second] = guests.map(|guest| guest.booking.id);
    let before = format!("{SETUP}\n{MORE_SERVICES}");
    let without_tuesday = before.replacen("\"tue\", ", "", 1);
    let a_day_takes_one = before.replace("notices = []", "notices = []\nmax_per_day = 1");

    assert_eq!(outside(&scenario, &before, true).await, []);
    let closed = [(tuesday.id, vec!["outside_windows"])];
    assert_eq!(outside(&scenario, &without_tuesday, true).await, closed);
    assert!(scenario.offers("2026-12-01T19:00:00Z").await, "nothing is applied yet");
    assert_eq!(outside(&scenario, &without_tuesday, false).await, closed);
    assert!(!scenario.offers("2026-12-01T19:00:00Z").await);
    let mut full = outside(&scenario, &a_day_takes_one, true).await;
    full.sort_unstable();
    let mut all = [tuesday.id, first, second].map(|id| (id, vec!["day_is_full"]));
    all.sort_unstable();
    assert_eq!(full, all, "but not {}, alone on its day", wednesday.id);

    let stored = scenario.booking(tuesday.id).await.booking;
    assert_eq!((stored.slot, stored.state), (tuesday.slot, tuesday.state));
}

/// The bookings that a setup leaves outside its rules, and what speaks against each.
async fn outside(
    scenario: &Scenario,
    setup: &str,
    dry_run: bool,
) -> Vec<(BookingId, Vec<&'static str>)> {
    let setup = setup.to_owned();
    let applied = scenario.does(|app| async move { app.apply_setup(&setup, dry_run).await }).await;
    let outside = applied.expect("the setup is right").outside;
    outside.into_iter().map(|one| (one.booking, one.reasons)).collect()
}

fn wish(service: &'static str) -> Wish {
    Wish::at("2026-12-01T18:00:00Z").of(service)
}

/// Starts of three days, on the grids and beside them, each of some service; always the same ones.
fn questions() -> impl Iterator<Item = (&'static str, Timestamp)> {
    let first: Timestamp = "2026-12-01T16:40:00Z".parse().expect("an instant");
    // A step that shares no divisor with the number of starts comes by each of them, far from the last.
    (0..240).map(move |nth| {
        let step = nth * 37 % 180;
        let (day, quarter) = (step / 60, step % 60);
        let start = SignedDuration::from_hours(24 * day) + SignedDuration::from_mins(10 * quarter);
        (SERVICES[usize::try_from(nth * 7 % 3).expect("small")], first + start)
    })
}

async fn is_offered(scenario: &Scenario, service: &str, start: Timestamp) -> bool {
    let service: ServiceId = service.parse().expect("a slug");
    let day = SignedDuration::from_hours(24);
    let range = Interval::new(start - day, start + day).expect("a stretch");
    let free = scenario.app().free_slots(&service, range).await.expect("the database works");
    let free = free.expect("the service is there");
    free.slots.iter().any(|free| free.slot.start() == start && free.remaining > 0)
}

async fn reasons(scenario: &Scenario, service: &str, start: Timestamp) -> Vec<&'static str> {
    let service: ServiceId = service.parse().expect("a slug");
    let explained = scenario.app().explain(&service, None, start).await;
    let explained = explained.expect("the database works").expect("the service is there");
    explained[0].reasons().map(Reason::code).collect()
}
