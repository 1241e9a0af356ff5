//! What is true of every scenario when it has come to rest.

use std::collections::BTreeMap;

use app::booking::BookingFilter;
use domain::conflict::ConflictKind;
use domain::{Booking, BookingState, WorkspaceId};
use store::job::ListJobs;

use crate::Scenario;
use crate::heard::{self, Heard};
use crate::records::{self, history, rows};

/// The promises, checked against what is stored and what the sandbox holds.
pub(crate) async fn check(scenario: &Scenario) {
    let listing = scenario.app().list_bookings(BookingFilter::default(), None, 1_000).await;
    let listing = listing.expect("the database works");
    let (moved_away, all): (Vec<bool>, Vec<Booking>) = listing
        .into_iter()
        .map(|stored| {
            let kind = stored.conflict.map(|conflict| conflict.kind);
            (kind == Some(ConflictKind::EventMoved), stored.booking)
        })
        .unzip();
    events_agree(scenario, &all, &moved_away);
    claims_agree(scenario, &all);
    nobody_overlaps(&all);
    people_know(scenario, &all);
    jobs_are_explained(scenario).await;
}

/// Exactly one event for what stands, at its time unless it shows a conflict; none for what does not.
fn events_agree(scenario: &Scenario, all: &[Booking], moved_away: &[bool]) {
    let mut live: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for event in scenario.all_events() {
        if let Some(booking) = event.private_property("doorstep_booking") {
            live.entry(booking.to_owned()).or_default().push((event.start, event.end));
        }
    }
    for (booking, moved_away) in all.iter().zip(moved_away) {
        let events = live.remove(&booking.id.to_string()).unwrap_or_default();
        if *moved_away {
            // Where the host put it, and nobody else may.
            assert_eq!(events.len(), 1, "events of {}", booking.id);
            continue;
        }
        let slot = (booking.slot.start(), booking.slot.end());
        let expected = match booking.state {
            BookingState::Confirmed { .. } | BookingState::Completed | BookingState::NoShow => {
                vec![slot]
            }
            BookingState::Pending => events.clone(), // Still being worked on.
            BookingState::Waitlisted { .. }
            | BookingState::Cancelled(_)
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => vec![],
        };
        let agrees = events == expected;
        let told = || history(scenario, &hex(booking));
        let (id, status) = (booking.id, booking.state.status());
        assert!(agrees, "events of {id} ({status}): {events:?}, not {expected:?}\n{}", told());
    }
    assert!(live.is_empty(), "events without a booking: {live:?}");
}

/// One claim of each of its hosts for whatever occupies their time, none for anything else.
fn claims_agree(scenario: &Scenario, all: &[Booking]) {
    let sql = "select holder, slot_start from claims where expires_at is null";
    let mut claims: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (holder, start) in rows::<i64>(scenario, sql) {
        claims.entry(holder).or_default().push(start);
    }
    for booking in all {
        let claimed = claims.remove(&hex(booking)).unwrap_or_default();
        let being_moved = booking.change().is_some();
        let expected = match &booking.state {
            BookingState::Pending | BookingState::Confirmed { .. } if !being_moved => {
                booking.hosts().map(|_| booking.slot.start().as_microsecond()).collect()
            }
            // What has begun keeps its claim: its time has passed or is passing.
            BookingState::Pending
            | BookingState::Confirmed { .. }
            | BookingState::Completed
            | BookingState::NoShow => claimed.clone(),
            BookingState::Waitlisted { .. }
            | BookingState::Cancelled(_)
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => vec![],
        };
        assert_eq!(claimed, expected, "claims of {} ({})", booking.id, booking.state.status());
    }
    assert!(claims.is_empty(), "claims without a booking: {claims:?}");
}

fn nobody_overlaps(all: &[Booking]) {
    for (index, one) in all.iter().enumerate() {
        for other in &all[index + 1..] {
            let clash = one.state.is_active()
                && other.state.is_active()
                && one.hosts().any(|host| other.hosts().any(|theirs| theirs == host))
                && one.slot.overlaps(other.slot);
            assert!(!clash, "{} and {} overlap", one.id, other.id);
        }
    }
}

/// Nobody heard the same thing twice in a row, or of an end without a beginning, and the last thing
/// that everybody heard is true.
fn people_know(scenario: &Scenario, all: &[Booking]) {
    let mut told: BTreeMap<(String, String, &str), Vec<Heard>> = BTreeMap::new();
    for heard in heard::everything(scenario) {
        let whom = (heard.booking.clone(), heard.recipient.clone(), heard.channel);
        told.entry(whom).or_default().push(heard);
    }
    let sql = "select distinct booking, state from messages
                where channel = 'email' and state = 'superseded'";
    let lost_mails: Vec<String> =
        rows::<String>(scenario, sql).into_iter().map(|(booking, _)| booking).collect();
    for ((booking, who, channel), heard) in &told {
        let news: Vec<&str> = heard.iter().map(|heard| heard.news.as_str()).collect();
        let case = format!("{who} by {channel} about {booking}: {news:?}");
        for pair in heard.windows(2) {
            let again = pair[0] == pair[1] && pair[0].news != "reminder";
            assert!(!again, "told twice: {case}\n{}", history(scenario, booking));
        }
        let booking = all.iter().find(|stored| hex(stored) == *booking).expect("it is stored");
        let last = heard.last().expect("it is not empty");
        let state = booking.state.status();
        let attends = booking.attendees.iter().any(|attendee| {
            attendee.email.as_ref().is_some_and(|email| email.as_str() == who)
                || attendee.phone.as_ref().is_some_and(|phone| phone.as_str() == who)
        });
        if !attends {
            continue; // A host, who may want to hear of some things only.
        }
        let needs_another = matches!(news[0], "cancelled" | "moved" | "move_not_possible");
        // A mail whose answer was lost may have been read, and cannot be looked up.
        let maybe_read = *channel == "email" && lost_mails.contains(&hex(booking));
        assert!(!needs_another || maybe_read, "phantom: {case}");
        match &booking.state {
            BookingState::Confirmed { change: None } => {
                let start = Some(booking.slot.start().as_microsecond());
                let knows = (last.told.as_str(), last.starts_at) == ("stands", start);
                assert!(
                    knows,
                    "believes in another time: {case}\n{}",
                    history(scenario, &hex(booking))
                );
            }
            BookingState::Cancelled(_)
            | BookingState::Declined
            | BookingState::Failed
            | BookingState::Expired => {
                assert_eq!(
                    last.told, "over",
                    "still believes in a booking that is {state}: {case}"
                );
            }
            BookingState::Completed | BookingState::NoShow => {
                assert_ne!(last.told, "over", "{case}");
            }
            BookingState::Waitlisted { offer: Some(_) } => {
                assert_eq!(last.told, "offered", "{case}");
            }
            BookingState::Waitlisted { offer: None } => assert_eq!(last.told, "waiting", "{case}"),
            BookingState::Pending | BookingState::Confirmed { change: Some(_) } => {}
        }
    }
    for booking in
        all.iter().filter(|booking| matches!(booking.state, BookingState::Confirmed { .. }))
    {
        for (channel, address) in [
            ("sms", booking.lead().phone.as_ref().map(ToString::to_string)),
            ("email", booking.lead().email.as_ref().map(ToString::to_string)),
        ] {
            let Some(address) = address else { continue };
            let known = told.contains_key(&(hex(booking), address.clone(), channel));
            assert!(known, "{address} never heard by {channel} of {}", booking.id);
        }
    }
    let sql = "select booking, news from messages where state = 'sending'";
    assert_eq!(rows::<String>(scenario, sql), [], "attempts without an end");
}

/// What is left to do waits for its time, for a host to connect again, or was given up in a test
/// that expects it.
async fn jobs_are_explained(scenario: &Scenario) {
    let unit = ListJobs { workspace: WorkspaceId::DEFAULT, limit: 1_000 };
    let jobs = scenario.app().store().read(unit).await.expect("the database works");
    let now = scenario.latest();
    for job in jobs {
        let is_periodic = matches!(job.kind.as_str(), "timer" | "sync" | "watch");
        let waits_for_time = (is_periodic || job.attempt == 0) && job.due_at > now;
        let explained = waits_for_time || job.parked_by.is_some();
        assert!(explained, "a job nobody can explain: {job:?}");
    }
    let sql = "select id, kind from jobs where lease_owner is not null";
    assert_eq!(rows::<String>(scenario, sql), [], "jobs that nobody works on are leased");
}

fn hex(booking: &Booking) -> String {
    records::hex(booking.id.uuid())
}
