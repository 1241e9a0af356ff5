use super::*;

const NOW: &str = "2026-12-01T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("an instant")
}

fn id(number: u128) -> BookingId {
    BookingId::new(Uuid::from_u128(number))
}

fn known(number: u128) -> Known {
    Known { id: id(number), revision: 7, may_change: true, changing: false }
}

fn offer(number: u128) -> Offer {
    let start = now() + SignedDuration::from_hours(i64::try_from(number).expect("small"));
    Offer { start, host: "ada".parse().expect("a slug"), hold: Uuid::from_u128(number) }
}

fn asked(question: Question) -> Asked {
    Asked { question, until: now() + SignedDuration::from_mins(5) }
}

fn late(asked: Asked) -> Asked {
    Asked { until: now(), ..asked }
}

fn times() -> Asked {
    asked(Question::Times { booking: id(1), offers: vec![offer(1), offer(2), offer(3)] })
}

fn cancel() -> Asked {
    asked(Question::Cancel { booking: id(1), revision: 7 })
}

fn hears(heard: &Heard, asked: Option<&Asked>, known: &[Known]) -> Step {
    follow(heard, asked, known, now())
}

#[test]
fn somebody_with_one_booking_is_understood_at_once() {
    let one = [known(1)];

    assert_eq!(hears(&Heard::Confirm, None, &one), Step::Attend(id(1)));
    assert_eq!(
        hears(&Heard::Move, None, &one),
        Step::Offer { booking: id(1), near: None, again: None }
    );
    assert_eq!(hears(&Heard::Cancel, None, &one), Step::AskCancel(id(1)));
    assert_eq!(hears(&Heard::Explain, None, &one), Step::Say(Reply::Help));
    assert_eq!(hears(&Heard::Unclear, None, &one), Step::Say(Reply::NotUnderstood));
}

#[test]
fn a_named_time_is_looked_for() {
    let when = When { day: None, times: vec![jiff::civil::Time::midnight()] };
    let near = Some(when.clone());

    let expected = Step::Offer { booking: id(1), near: near.clone(), again: None };

    assert_eq!(hears(&Heard::When(when.clone()), None, &[known(1)]), expected);
    assert_eq!(hears(&Heard::When(when.clone()), Some(&times()), &[known(2), known(1)]), expected);
    let which = Step::AskWhich { wish: Wish::Move(near), bookings: vec![id(1), id(2)] };
    assert_eq!(hears(&Heard::When(when), None, &[known(1), known(2)]), which);
}

#[test]
fn somebody_with_several_bookings_is_asked_which() {
    let two = [known(1), known(2)];
    let bookings = vec![id(1), id(2)];

    for (heard, wish) in [
        (Heard::Confirm, Wish::Confirm),
        (Heard::Move, Wish::Move(None)),
        (Heard::Cancel, Wish::Cancel),
    ] {
        let expected = Step::AskWhich { wish, bookings: bookings.clone() };
        assert_eq!(hears(&heard, None, &two), expected);
    }
    let which = |wish| asked(Question::Which { wish, bookings: bookings.clone() });
    let second = |wish| hears(&Heard::Pick(2), Some(&which(wish)), &two);
    assert_eq!(second(Wish::Confirm), Step::Attend(id(2)));
    assert_eq!(second(Wish::Cancel), Step::AskCancel(id(2)));
    assert_eq!(second(Wish::Move(None)), Step::Offer { booking: id(2), near: None, again: None });
    let third = hears(&Heard::Pick(3), Some(&which(Wish::Confirm)), &two);
    assert_eq!(third, Step::Say(Reply::NotAChoice));
    let gone = hears(&Heard::Pick(2), Some(&which(Wish::Confirm)), &[known(1)]);
    assert_eq!(gone, Step::Say(Reply::NothingAsked));
}

#[test]
fn a_number_picks_one_of_the_times_that_are_kept() {
    let moved = hears(&Heard::Pick(2), Some(&times()), &[known(1)]);

    let others = vec![offer(1).hold, offer(3).hold];
    assert_eq!(moved, Step::Act(Act::Move { booking: id(1), to: offer(2), others }));
    for number in [0, 4, 9] {
        let wrong = hears(&Heard::Pick(number), Some(&times()), &[known(1)]);
        assert_eq!(wrong, Step::Say(Reply::NotAChoice), "{number}");
    }
}

#[test]
fn a_late_number_is_answered_and_not_obeyed() {
    let one = [known(1)];

    let lapsed = hears(&Heard::Pick(2), Some(&late(times())), &one);
    let cancelled = hears(&Heard::Pick(1), Some(&late(cancel())), &one);
    let nothing = hears(&Heard::Pick(1), None, &one);

    let again = Some(Again::Lapsed);
    assert_eq!(lapsed, Step::Offer { booking: id(1), near: None, again });
    assert_eq!(cancelled, Step::AskCancel(id(1)));
    assert_eq!(nothing, Step::Say(Reply::NothingAsked));
}

#[test]
fn a_number_about_a_booking_that_is_over_does_nothing() {
    for question in [times(), cancel()] {
        let step = hears(&Heard::Pick(1), Some(&question), &[known(2)]);
        assert_eq!(step, Step::Say(Reply::NothingAsked));
    }
}

#[test]
fn calling_off_takes_a_second_word_about_what_they_saw() {
    let one = [known(1)];

    let yes = hears(&Heard::Pick(1), Some(&cancel()), &one);
    let no = hears(&Heard::Pick(2), Some(&cancel()), &one);
    let moved_since = Known { revision: 8, ..known(1) };
    let outdated = hears(&Heard::Pick(1), Some(&cancel()), &[moved_since]);

    assert_eq!(yes, Step::Act(Act::Cancel { booking: id(1), revision: 7 }));
    assert_eq!(no, Step::Keep(id(1)));
    assert_eq!(outdated, Step::AskCancel(id(1)));
}

#[test]
fn whoever_may_not_change_it_can_still_say_that_they_come() {
    let guest = [Known { may_change: false, ..known(1) }];

    assert_eq!(hears(&Heard::Confirm, None, &guest), Step::Attend(id(1)));
    assert_eq!(hears(&Heard::Move, None, &guest), Step::Say(Reply::MayNot));
    assert_eq!(hears(&Heard::Cancel, None, &guest), Step::Say(Reply::MayNot));
}

#[test]
fn a_booking_that_is_being_moved_is_not_moved_again() {
    let moving = [Known { changing: true, ..known(1) }];

    assert_eq!(hears(&Heard::Move, None, &moving), Step::Say(Reply::InProgress));
    assert_eq!(hears(&Heard::Pick(1), Some(&times()), &moving), Step::Say(Reply::InProgress));
}

#[test]
fn words_of_carriers_touch_no_booking_whatever_was_asked() {
    for question in [None, Some(times()), Some(cancel())] {
        for known in [vec![], vec![known(1)]] {
            for consent in [Consent::Stop, Consent::Start] {
                let step = hears(&Heard::Consent(consent), question.as_ref(), &known);
                assert_eq!(step, Step::Consent(consent));
            }
            let help = hears(&Heard::LeftToCarrier, question.as_ref(), &known);
            assert_eq!(help, Step::Silence);
        }
    }
}

#[test]
fn strangers_are_told_that_nothing_is_known() {
    for heard in [Heard::Confirm, Heard::Move, Heard::Pick(1), Heard::Explain, Heard::Unclear] {
        assert_eq!(hears(&heard, Some(&cancel()), &[]), Step::Say(Reply::Nobody), "{heard:?}");
    }
}

#[test]
fn further_times_are_of_the_same_booking() {
    let more = hears(&Heard::More, Some(&times()), &[known(2), known(1)]);

    assert_eq!(more, Step::Offer { booking: id(1), near: None, again: Some(Again::More) });
}
