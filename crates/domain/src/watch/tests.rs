use std::slice::from_ref;

use jiff::SignedDuration;

use super::*;

const JANE: &str = "google/jane@agency.example/primary";

fn at(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-12-01T00:00:00Z".parse().expect("an instant");
    start + SignedDuration::from_hours(hours)
}

fn open(id: &str, created: i64, expires: i64) -> Channel {
    Channel {
        id: id.to_owned(),
        account: "jane@agency.example".to_owned(),
        source: JANE.to_owned(),
        state: ChannelState::Open,
        resource_id: Some("r".to_owned()),
        created_at: at(created),
        expires_at: at(expires),
    }
}

#[test]
fn without_a_subscription_one_is_opened() {
    assert_eq!(next_step(&[], Some(JANE), at(0)), Step::Open);
    assert_eq!(next_step(&[], None, at(0)), Step::Done(None));
}

#[test]
fn a_subscription_is_renewed_before_it_ends_and_stopped_after_that() {
    let old = open("old", 0, 100);
    let new = open("new", 75, 175);

    assert_eq!(next_step(from_ref(&old), Some(JANE), at(74)), Step::Done(Some(at(75))));
    assert_eq!(next_step(from_ref(&old), Some(JANE), at(75)), Step::Open);
    assert_eq!(next_step(&[old.clone(), new.clone()], Some(JANE), at(75)), Step::Stop(old));
    assert_eq!(next_step(&[new], Some(JANE), at(75)), Step::Done(Some(at(150))));
}

#[test]
fn one_whose_answer_was_lost_does_not_count_and_is_stopped_once_its_resource_is_known() {
    let asked = Channel { state: ChannelState::Asked, resource_id: None, ..open("asked", 0, 100) };
    let new = open("new", 1, 101);
    let known = Channel { resource_id: new.resource_id.clone(), ..asked.clone() };

    assert_eq!(next_step(from_ref(&asked), Some(JANE), at(1)), Step::Open);
    assert_eq!(next_step(&[asked.clone(), new], Some(JANE), at(2)), Step::Stop(known));
    let others =
        Channel { source: "google/bob@agency.example/primary".to_owned(), ..open("b", 1, 101) };
    let (both, bob) = ([asked.clone(), others], "google/bob@agency.example/primary");
    assert_eq!(next_step(&both, Some(bob), at(2)), Step::Done(Some(at(76))), "another resource");
    assert_eq!(next_step(from_ref(&asked), None, at(2)), Step::Done(Some(at(100))));
    assert_eq!(next_step(from_ref(&asked), None, at(100)), Step::Forget(asked));
}

#[test]
fn one_whose_first_notification_came_before_its_answer_can_be_stopped() {
    let asked = Channel { state: ChannelState::Asked, ..open("asked", 0, 100) };

    assert_eq!(next_step(from_ref(&asked), None, at(1)), Step::Stop(asked));
}

#[test]
fn one_of_another_account_is_replaced() {
    let other =
        Channel { source: "google/bob@agency.example/primary".to_owned(), ..open("b", 0, 100) };

    assert_eq!(next_step(from_ref(&other), Some(JANE), at(1)), Step::Open);
    assert_eq!(next_step(from_ref(&other), None, at(1)), Step::Stop(other));
}
