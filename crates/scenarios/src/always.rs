//! What is true of every scenario when it has come to rest.

use std::collections::BTreeMap;

use app::booking::BookingFilter;
use domain::BookingState;

use crate::Scenario;
use crate::scenario::JANE;

/// The promises, checked against the sandbox's state.
pub(crate) async fn check(scenario: &Scenario) {
    let filter = BookingFilter::default();
    let all = scenario.app.list_bookings(filter, None, 1_000).await.expect("the database works");
    let mut live: BTreeMap<String, usize> = BTreeMap::new();
    for event in scenario.sandbox.google().events(JANE) {
        if let Some(booking) = event.private_property("doorstep_booking") {
            *live.entry(booking.to_owned()).or_default() += 1;
        }
    }
    for stored in &all {
        let booking = &stored.booking;
        let events = live.remove(&booking.id.to_string()).unwrap_or(0);
        let expected = match booking.state {
            BookingState::Confirmed { .. } | BookingState::Completed | BookingState::NoShow => 1,
            BookingState::Pending => events, // Still being worked on.
            BookingState::Cancelled(_) | BookingState::Declined | BookingState::Failed => 0,
        };
        assert_eq!(events, expected, "events of {} ({})", booking.id, booking.state.status());
    }
    assert!(live.is_empty(), "events without a booking: {live:?}");
    for (index, one) in all.iter().enumerate() {
        for other in &all[index + 1..] {
            let (one, other) = (&one.booking, &other.booking);
            let clash = one.state.is_active()
                && other.state.is_active()
                && one.host == other.host
                && one.slot.overlaps(other.slot);
            assert!(!clash, "{} and {} overlap", one.id, other.id);
        }
    }
}
