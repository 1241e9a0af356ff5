use super::*;

const POLL: SignedDuration = SignedDuration::from_mins(5);
const NOW: &str = "2026-12-01T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn read(minutes_ago: i64) -> Reading {
    let then = at(NOW) - SignedDuration::from_mins(minutes_ago);
    Reading { synced_at: Some(then), read_at: Some(then), ..Reading::default() }
}

fn offered(policy: WhenUnreachable, reading: Reading) -> bool {
    matches!(standing(policy, &[reading], POLL, at(NOW)), Standing::Offered { .. })
}

#[test]
fn a_calendar_is_readable_until_two_polls_have_passed() {
    assert!(offered(WhenUnreachable::Closed, read(9)));
    assert!(!offered(WhenUnreachable::Closed, read(10)));
}

#[test]
fn a_failed_reading_makes_it_unreadable_at_once() {
    let failing = Reading { is_failing: true, ..read(1) };

    assert!(!offered(WhenUnreachable::Closed, failing));
    assert!(offered(WhenUnreachable::Pending, failing));
}

#[test]
fn the_mirror_stands_in_for_an_unreadable_calendar_as_long_as_the_service_says() {
    let cached = |minutes| WhenUnreachable::Cached(SignedDuration::from_mins(minutes));
    let failing = Reading { is_failing: true, ..read(14) };

    assert!(offered(cached(15), failing));
    assert!(!offered(cached(14), failing));
    assert!(!offered(cached(15), Reading { is_failing: true, ..Reading::default() }));
}

#[test]
fn a_live_check_keeps_a_calendar_readable_and_does_not_make_the_mirror_younger() {
    let checked = Reading { read_at: Some(at(NOW)), ..read(60) };
    let cached = WhenUnreachable::Cached(SignedDuration::from_mins(15));

    assert!(offered(WhenUnreachable::Closed, checked));
    assert!(!offered(cached, Reading { is_failing: true, ..checked }));
}

#[test]
fn where_nothing_was_read_yet_offers_rest_on_our_own_tables() {
    let whole = standing(WhenUnreachable::Closed, &[Reading::default()], POLL, at(NOW));

    assert_eq!(whole, Standing::Offered { until: Timestamp::MAX });
}

#[test]
fn one_unreadable_calendar_of_several_withholds_the_host() {
    let readings = [read(1), read(11)];

    assert_eq!(standing(WhenUnreachable::Closed, &readings, POLL, at(NOW)), Standing::Withheld);
}

#[test]
fn an_offer_ends_with_the_first_reading_that_grows_too_old() {
    let until = at(NOW) + SignedDuration::from_mins(3);

    let whole = standing(WhenUnreachable::Closed, &[read(1), read(7)], POLL, at(NOW));

    assert_eq!(whole, Standing::Offered { until });
}

#[test]
fn changes_are_enough_until_the_day_is_over_or_the_horizon_is_out_of_sight() {
    let (now, horizon) = (at(NOW), SignedDuration::from_hours(60 * 24));
    let hours_ago = |hours: i64| Some(now - SignedDuration::from_hours(hours));
    let days_ahead = |days: i64| Some(now + SignedDuration::from_hours(days * 24));
    let is_whole = |token, listed, covers| {
        matches!(next_pass(token, listed, covers, horizon, now), Some(Pass::Everything(_)))
    };

    assert!(!is_whole(true, hours_ago(23), days_ahead(60)));
    assert!(is_whole(true, hours_ago(24), days_ahead(60)), "a day is over");
    assert!(is_whole(true, hours_ago(1), days_ahead(59)), "the horizon is out of sight");
    assert!(is_whole(false, hours_ago(1), days_ahead(60)), "there is no token");
    assert!(is_whole(true, None, None), "it was never listed");
}

#[test]
fn a_long_absence_is_kept_in_pieces_that_touch_and_stay_within_what_is_known() {
    let within = Interval::new(at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    let away = Interval::new(at("2026-11-01T00:00:00Z"), at("2027-03-01T00:00:00Z"));
    let (within, away) = (within.expect("a stretch"), away.expect("a stretch"));

    let pieces = pieces(away, within);

    assert_eq!(pieces.len(), 4);
    assert!(pieces.iter().all(|piece| piece.length() <= LONGEST_PIECE));
    assert!(pieces.windows(2).all(|pair| pair[0].end() == pair[1].start()));
    assert_eq!((pieces[0].start(), pieces[3].end()), (within.start(), within.end()));
}
