//! What comes of a request, and what is stored with it.

use domain::availability::{Claimant, Holder, Reason};
use domain::convergence::EventState;
use domain::service::Channel;
use domain::{BookingState, HostId};
use store::booking::Booked;
use store::setup::ChangeSetup;

use crate::database::{Database, WORKSPACE, kind_of};
use crate::given::{at, attendee, between, minutes, now, offer, seconds, with_phone};

on_each_database! {
    a_booking_that_needs_a_calendar_is_pending_and_its_job_runs_here,
    a_booking_that_needs_nothing_outside_stands_at_once,
    everything_that_was_asked_for_is_read_back,
    a_slot_that_is_not_offered_is_refused_with_its_reasons,
    a_form_that_does_not_wait_leaves_a_declined_booking,
    the_host_with_the_fewest_bookings_takes_the_next,
    a_host_of_twice_the_weight_comes_twice_as_often,
    a_busy_host_is_passed_over,
    a_decision_on_an_old_setup_is_made_again,
    whoever_waits_is_noted_with_the_booking,
}

async fn a_booking_that_needs_a_calendar_is_pending_and_its_job_runs_here(db: Database) {
    let (booking, job) = db.pending("10:00").await;

    assert_eq!(booking.state, BookingState::Pending);
    assert_eq!(
        (kind_of(&job), job.task.booking().expect("it is about one")),
        ("calendar", booking.id)
    );
    assert_eq!(db.due_at("timer").await, Some(now() + minutes(10)), "to say it was received");
    assert!(db.claim_jobs(now()).await.is_empty(), "nobody is told anything yet");
    assert_eq!(db.claims().await, ["ada 10:00-10:30"]);
    assert_eq!(db.timeline(booking.id).await, ["request.received", "booking.decided"]);
    assert!(db.stored(booking.id).await.events.is_empty());
}

async fn a_booking_that_needs_nothing_outside_stands_at_once(db: Database) {
    let booking = db.confirmed("10:00").await;

    assert_eq!(booking.state, BookingState::Confirmed { change: None });
    let stored = db.stored(booking.id).await;
    assert_eq!(stored.events.len(), 1);
    assert_eq!(stored.events[0].record.state, EventState::Written);
    assert_eq!(stored.events[0].record.slot, booking.slot);
    assert_eq!(db.due_at("timer").await, Some(booking.slot.end()), "to complete it");
    let due = db.claim_jobs(now()).await;
    assert_eq!(due.iter().map(kind_of).collect::<Vec<_>>(), ["notify", "notify_host"]);
}

async fn everything_that_was_asked_for_is_read_back(db: Database) {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let request = db.request("10:00").with(|unit| {
        unit.request.lead = with_phone(attendee("Bo Attendee"));
        unit.request.lead.timezone = Some(zone.clone());
        unit.request.lead.locale = Some("de".to_owned());
        unit.request.guests = vec![attendee("Cy Guest")];
        unit.request.party_size = 3;
        unit.request.notes = Some("ring twice\n🏡".to_owned());
        unit.request.answers = [("Pets".to_owned(), "two".to_owned())].into();
        unit.service.location = Some("123 Main St".to_owned());
        unit.submission_id = Some("entry-7".to_owned());
        unit.source = Some("website".parse().unwrap());
    });

    let (accepted, _) = request.accepted().await;

    let stored = db.stored(accepted.id).await.booking;
    assert_eq!(format!("{stored:?}"), format!("{accepted:?}"));
    assert_eq!((stored.slot, stored.timezone), (between("10:00", "10:30"), zone));
    assert_eq!(stored.attendees.len(), 2);
}

async fn a_slot_that_is_not_offered_is_refused_with_its_reasons(db: Database) {
    let (booking, _) = db.pending("10:00").await;
    let holder = Holder::Booking(booking.id);
    let taken = Claimant { interval: between("10:00", "10:30"), holder };
    let ada: HostId = "ada".parse().unwrap();
    for (start, reason) in [
        (at("10:01"), Reason::OffGrid),
        (now() - minutes(60 * 24), Reason::TooLittleNotice),
        (now() + minutes(55), Reason::TooLittleNotice),
        (now() + minutes(60 * 24 * 61), Reason::BeyondHorizon),
        (at("10:00"), Reason::Claimed(taken)),
    ] {
        let refused = db.request("10:00").with(|unit| unit.request.start = start).send().await;

        let Booked::Refused { reasons, kept: None } = refused else { panic!("{refused:?}") };
        assert!(reasons[0].0 == ada && reasons[0].1.contains(&reason), "{start}: {reasons:?}");
    }
    assert_eq!(db.count("select count(*) from bookings").await, 1);
}

async fn a_form_that_does_not_wait_leaves_a_declined_booking(db: Database) {
    db.pending("10:00").await;

    let key = crate::given::submission("42", 1);
    let form = || {
        db.request("10:00").with(|unit| {
            unit.keep_refused = true;
            unit.submission = Some(key.clone());
        })
    };
    let refused = form().send().await;

    let Booked::Refused { kept: Some(id), .. } = refused else { panic!("{refused:?}") };
    assert_eq!(db.stored(id).await.booking.state, BookingState::Declined);
    assert_eq!(db.claims().await.len(), 1, "it claims nothing");
    let told = db.claim_job("notify", now()).await;
    assert_eq!(
        told.task.booking().expect("it is about one"),
        id,
        "the lead has left the form and is told by message"
    );
    let again = form().send().await;
    assert!(matches!(again, Booked::Replayed(same) if same == id), "once: {again:?}");
}

async fn the_host_with_the_fewest_bookings_takes_the_next(db: Database) {
    let any = |start: &str| {
        let hosts = ["ada", "cy", "dee"].map(|host| offer(host, true)).to_vec();
        db.request(start).with(|unit| unit.hosts = hosts)
    };

    let mut taken = Vec::new();
    for start in ["10:00", "11:00", "12:00", "13:00"] {
        taken.push(any(start).accepted().await.0.host.to_string());
    }

    assert_eq!(taken, ["ada", "cy", "dee", "ada"], "ties as the service names them");
}

async fn a_host_of_twice_the_weight_comes_twice_as_often(db: Database) {
    let any = |start: &str| {
        db.request(start).with(|unit| {
            unit.service.weights = [("ada".parse().unwrap(), 2)].into();
            unit.hosts = vec![offer("cy", true), offer("ada", true)];
        })
    };

    let mut taken = Vec::new();
    for start in ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00"] {
        taken.push(any(start).accepted().await.0.host.to_string());
    }

    assert_eq!(taken, ["cy", "ada", "ada", "cy", "ada", "ada"]);
}

async fn a_busy_host_is_passed_over(db: Database) {
    db.pending("10:00").await;
    let with_cy = || {
        let hosts = vec![offer("ada", true), offer("cy", true)];
        db.request("10:00").with(|unit| unit.hosts = hosts)
    };

    assert_eq!(with_cy().accepted().await.0.host.as_str(), "cy");

    let Booked::Refused { reasons, .. } = with_cy().send().await else { panic!("both are taken") };
    assert_eq!(reasons.len(), 2, "each host has its reasons");
}

async fn a_decision_on_an_old_setup_is_made_again(db: Database) {
    let (put, delete) = (vec![], vec![]);
    db.write(ChangeSetup {
        workspace: WORKSPACE,
        version: 0,
        put,
        delete,
        jobs: vec![],
        now: now(),
    })
    .await;

    let stale = db.request("10:00").send().await;
    assert!(matches!(stale, Booked::StaleSetup), "{stale:?}");
    assert!(db.claims().await.is_empty());

    db.request("10:00").with(|unit| unit.setup_version = 1).accepted().await;
}

async fn whoever_waits_is_noted_with_the_booking(db: Database) {
    let until = now() + seconds(10);

    let waiting = db.request("10:00").with(|unit| unit.awaited_until = Some(until));
    let (booking, _) = waiting.accepted().await;

    let facts = db.facts(booking.id).await;
    assert!(facts.is_awaited(now()) && !facts.is_awaited(until));
    assert!(!facts.free && facts.events.is_empty());
    let local = db.request("11:00").with(|unit| {
        unit.awaited_until = Some(until);
        unit.hosts = vec![offer("ada", false)];
        unit.service.messages = vec![Channel::Sms];
    });
    let (settled, _) = local.accepted().await;
    assert_eq!(db.facts(settled.id).await.awaited_until, None, "its answer is known");
    let reached = db.jobs().await.iter().filter(|job| job.kind == "notify").count();
    assert_eq!(reached, 0, "who gave no number gets no text");
}
