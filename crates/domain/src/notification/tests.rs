use super::*;
use crate::sample::{at, booking, cancelled, confirmed, moving, offered, other_slot, usual_slot};

const SOON: &str = "2026-12-01T08:09:59Z";
const LATER: &str = "2026-12-01T08:10:00Z";

fn stands() -> Told {
    Told::Stands { slot: usual_slot(), edition: 0 }
}

fn elsewhere() -> Told {
    Told::Stands { slot: other_slot(), edition: 0 }
}

fn news_for(
    state: BookingState,
    recipient: Recipient,
    told: Option<&Told>,
    now: Timestamp,
) -> Option<News> {
    news(&booking(state), recipient, told, now)
}

/// Rows: what is true, what the attendee was last told, what the lead and a guest hear now.
#[test]
fn the_news_is_the_difference_between_what_was_told_and_what_is_true() {
    use BookingState::{Completed, Declined, Expired, Failed, NoShow, Pending};
    let waiting = || BookingState::Waitlisted { offer: None };
    let until = at(crate::sample::CREATED) + SignedDuration::from_hours(1);
    let offer = || News::SeatsOffered { until };
    let called_off = || Some(News::Cancelled { by: Actor::Attendee });
    let moved = || Some(News::Moved { from: other_slot() });
    let asked = || Told::Asked(other_slot());
    let not_moved = || Some(News::MoveNotPossible { wanted: other_slot() });
    let rows = [
        (Pending, None, Some(News::Received), None),
        (Pending, Some(Told::Received), None, None),
        (confirmed(), None, Some(News::Confirmed), Some(News::Confirmed)),
        (confirmed(), Some(Told::Received), Some(News::Confirmed), Some(News::Confirmed)),
        (confirmed(), Some(stands()), None, None),
        (confirmed(), Some(elsewhere()), moved(), moved()),
        (confirmed(), Some(Told::Over), Some(News::Confirmed), Some(News::Confirmed)),
        (moving(), None, Some(News::Confirmed), Some(News::Confirmed)),
        (moving(), Some(stands()), None, None),
        (moving(), Some(asked()), None, None),
        (confirmed(), Some(asked()), not_moved(), not_moved()),
        (
            confirmed(),
            Some(Told::Asked(usual_slot())),
            Some(News::Confirmed),
            Some(News::Confirmed),
        ),
        (cancelled(), None, None, None),
        (cancelled(), Some(Told::Received), called_off(), called_off()),
        (cancelled(), Some(stands()), called_off(), called_off()),
        (cancelled(), Some(asked()), called_off(), called_off()),
        (cancelled(), Some(Told::Over), None, None),
        (Declined, None, Some(News::NotPossible), None),
        (Declined, Some(Told::Received), Some(News::NotPossible), Some(News::NotPossible)),
        (Declined, Some(Told::Over), None, None),
        (Failed, None, Some(News::NotPossible), None),
        (Failed, Some(Told::Received), Some(News::NotPossible), Some(News::NotPossible)),
        (Failed, Some(Told::Over), None, None),
        (Completed, None, None, None),
        (Completed, Some(stands()), None, None),
        (NoShow, Some(stands()), None, None),
        (waiting(), None, Some(News::Waitlisted), None),
        (waiting(), Some(Told::Waiting), None, None),
        (offered(), Some(Told::Waiting), Some(offer()), None),
        (offered(), None, Some(offer()), None),
        (offered(), Some(Told::Offered), None, None),
        (Pending, Some(Told::Offered), None, None),
        (confirmed(), Some(Told::Waiting), Some(News::Confirmed), Some(News::Confirmed)),
        (confirmed(), Some(Told::Offered), Some(News::Confirmed), Some(News::Confirmed)),
        (cancelled(), Some(Told::Waiting), called_off(), called_off()),
        (Declined, Some(Told::Offered), Some(News::NotPossible), Some(News::NotPossible)),
        (Expired, None, Some(News::WaitedInVain), None),
        (Expired, Some(Told::Waiting), Some(News::WaitedInVain), Some(News::WaitedInVain)),
        (Expired, Some(Told::Offered), Some(News::WaitedInVain), Some(News::WaitedInVain)),
        (Expired, Some(Told::Over), None, None),
    ];
    for (state, told, lead, guest) in rows {
        let told = told.as_ref();
        let row = format!("{state:?} after {told:?}");

        let to_lead = news_for(state.clone(), Recipient::Lead, told, at(LATER));
        assert_eq!(to_lead, lead, "lead: {row}");
        let to_guest = news_for(state, Recipient::Guest, told, at(LATER));
        assert_eq!(to_guest, guest, "guest: {row}");
    }
}

#[test]
fn a_pending_booking_is_acknowledged_only_after_ten_minutes() {
    let pending = BookingState::Pending;

    assert_eq!(news_for(pending.clone(), Recipient::Lead, None, at(SOON)), None);
    assert_eq!(news_for(pending, Recipient::Lead, None, at(LATER)), Some(News::Received));
}

#[test]
fn an_offer_that_has_lapsed_is_no_news() {
    let later = at(crate::sample::CREATED) + SignedDuration::from_hours(1);

    assert_eq!(news_for(offered(), Recipient::Lead, Some(&Told::Waiting), later), None);
}

#[test]
fn nobody_is_told_of_an_appointment_that_has_passed() {
    let end = usual_slot().end();

    assert_eq!(news_for(confirmed(), Recipient::Lead, None, end), None);
    assert_eq!(news_for(confirmed(), Recipient::Lead, Some(&Told::Received), end), None);
}

#[test]
fn whoever_has_heard_the_news_hears_none_again() {
    let asked = Some(Told::Asked(other_slot()));
    let (received, over) = (Some(Told::Received), Some(Told::Over));
    let line = [Some(Told::Waiting), Some(Told::Offered)];
    let told = [None, received, asked, Some(stands()), Some(elsewhere()), over];
    let told: Vec<_> = told.into_iter().chain(line).collect();
    for (state, told) in crate::sample::every_state()
        .into_iter()
        .chain(crate::sample::waiting_states())
        .flat_map(|state| told.iter().map(move |told| (state.clone(), told)))
    {
        let booking = booking(state);
        let Some(heard) = news(&booking, Recipient::Lead, told.as_ref(), at(LATER)) else {
            continue;
        };

        let told = heard.told(&booking);

        assert_eq!(news(&booking, Recipient::Lead, Some(&told), at(LATER)), None, "{heard:?}");
    }
}
