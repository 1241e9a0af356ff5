#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::*;
use crate::convergence::EventState;
use crate::group::Group;
use crate::host::HostRules;
use crate::people::Name;
use crate::response::IfDeclined;
use crate::sample::{attendee, usual_slot};
use crate::service::{Assignment, Rules, Visibility, WhenUnreachable};

fn occurrence(state: OccurrenceState) -> Occurrence {
    Occurrence {
        id: OccurrenceId::new(Uuid::from_u128(0x0c)),
        service: "open-house".parse().unwrap(),
        host: "ada".parse().unwrap(),
        slot: usual_slot(),
        capacity: 12,
        taken: 3,
        state,
        revision: 1,
        roster: 5,
        shown: 5,
    }
}

fn event(state: EventState) -> EventRecord {
    let calendar = "ada-work".parse().unwrap();
    EventRecord { generation: 0, calendar, state, slot: usual_slot(), edition: 0 }
}

fn step(occurrence: &Occurrence, awaited: bool, events: &[EventRecord]) -> Step {
    occurrence.next_step(awaited, events, &"ada-work".parse().unwrap())
}

#[test]
fn its_event_is_written_once_whoever_joins() {
    use OccurrenceState::{Asked, Free, Standing};
    let (intended, written) = (event(EventState::Intended), event(EventState::Written));
    for (state, awaited, events, expected) in [
        (Asked, true, vec![], Step::CheckFree(usual_slot())),
        (Free, true, vec![], Step::Insert { generation: 0 }),
        (Free, true, vec![intended.clone()], Step::Insert { generation: 0 }),
        (Free, true, vec![written.clone()], Step::Settle),
        (Standing, false, vec![written.clone()], Step::Done),
        (Standing, true, vec![written.clone()], Step::Settle), // It came while it was written.
        (Standing, false, vec![intended], Step::Insert { generation: 0 }),
    ] {
        assert_eq!(step(&occurrence(state), awaited, &events), expected, "{state:?} {events:?}");
    }
}

#[test]
fn the_roster_is_shown_anew_after_everybody_who_waits_was_told() {
    let changed = Occurrence { roster: 6, ..occurrence(OccurrenceState::Standing) };
    let written = [event(EventState::Written)];

    assert_eq!(step(&changed, true, &written), Step::Settle);
    assert_eq!(step(&changed, false, &written), Step::Patch { generation: 0 });
}

#[test]
fn the_last_to_leave_takes_the_event_along() {
    let empty = occurrence(OccurrenceState::Empty);

    let left = step(&empty, false, &[event(EventState::Written)]);
    assert_eq!(left, Step::Delete { generation: 0 });
    assert_eq!(step(&empty, false, &[event(EventState::Removed)]), Step::Done);

    // Whoever comes next asks the calendars anew, and the used identifier is not used again.
    let again = occurrence(OccurrenceState::Free);
    let next = step(&again, true, &[event(EventState::Removed)]);
    assert_eq!(next, Step::Insert { generation: 1 });
}

fn service(roster: Roster) -> Service {
    Service {
        id: "open-house".parse().unwrap(),
        title: "Open house".to_owned(),
        location: Some("123 Main St".to_owned()),
        description: None,
        hosts: vec!["ada".parse().unwrap()],
        assignment: Assignment::Any,
        weights: BTreeMap::new(),
        visibility: Visibility::Public,
        rules: Rules {
            duration: SignedDuration::from_mins(30),
            durations: vec![],
            slot_every: SignedDuration::from_mins(30),
            buffer_before: SignedDuration::ZERO,
            buffer_after: SignedDuration::ZERO,
            notice: SignedDuration::ZERO,
            horizon: SignedDuration::from_hours(24),
            max_per_day: None,
            max_per_week: None,
            weekly: BTreeMap::new(),
            overrides: BTreeMap::new(),
            any_time: false,
        },
        when_unreachable: WhenUnreachable::Closed,
        calendar_reminders: vec![],
        messages: vec![],
        telling: crate::telling::Telling::default(),
        guests_may_change: true,
        if_declined: IfDeclined::Keep,
        group: Some(Group { capacity: 12, waiting_list: None, roster }),
    }
}

fn described(roster: Roster, lines: &[RosterLine]) -> String {
    let host = Host {
        id: "ada".parse().unwrap(),
        name: Name::parse("Ada").unwrap(),
        email: None,
        phone: None,
        timezone: TimeZone::UTC,
        news: crate::host_news::HostNews::default(),
        rules: HostRules::default(),
    };
    let occurrence = occurrence(OccurrenceState::Standing);
    let url = "https://book.example.com/admin/occurrences/occ_1";
    let event = occurrence_event(&occurrence, lines, &service(roster), &host, 0, url);
    assert_eq!(
        event.summary,
        format!("Open house ({}/12)", lines.iter().map(|line| line.people).sum::<u32>())
    );
    event.description
}

#[test]
fn the_event_shows_as_much_of_its_people_as_the_service_says() {
    let lines = [
        RosterLine { lead: attendee("Bo Attendee"), people: 1 },
        RosterLine { lead: attendee("Cy Attendee"), people: 2 },
    ];

    let contacts = described(Roster::Contacts, &lines);
    assert!(contacts.contains("Bo Attendee, bo@example.com, +12135550142\n"), "{contacts}");
    assert!(contacts.contains("Cy Attendee, bo@example.com, +12135550142 (party of 2)"));
    let names = described(Roster::Names, &lines);
    assert!(names.contains("Bo Attendee\nCy Attendee (party of 2)"), "{names}");
    assert!(!names.contains("example.com,"), "{names}");
    let numbers = described(Roster::Numbers, &lines);
    assert!(numbers.starts_with("3 of 12 places are booked.\n\nhttps://"), "{numbers}");
}

#[test]
fn a_roster_that_is_too_long_for_a_calendar_says_how_many_it_leaves_out() {
    let lines = vec![RosterLine { lead: attendee("Bo Attendee"), people: 1 }; 500];

    let description = described(Roster::Contacts, &lines);

    assert!(description.len() < 8_192, "{}", description.len());
    assert!(description.contains("more bookings\n\nhttps://"), "{description}");
}

#[test]
fn a_state_is_read_back_by_its_name() {
    use OccurrenceState::{Asked, Empty, Free, Standing};
    for state in [Empty, Asked, Free, Standing] {
        assert_eq!(OccurrenceState::named(state.as_str()), Some(state));
    }
}
