//! One start of a group service at one host: one claim, one calendar event, seats.
//!
//! Its bookings are confirmed and declined together until its event stands; from then on whoever
//! takes a seat is confirmed at once, and only the roster changes. The last to leave takes the event
//! along; whoever comes next begins anew.

use crate::calendar_event::{CalendarEvent, EventOwner, Invited, contact_line};
use crate::convergence::{EventRecord, Step, Wanted, next_step, standing_event};
use crate::group::Roster;
use crate::host::Host;
use crate::id::{CalendarId, HostId, OccurrenceId, ServiceId};
use crate::people::Attendee;
use crate::service::Service;
use crate::time::Interval;

/// One start of a group service at one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its identifier.
    pub id: OccurrenceId,
    /// What takes place.
    pub service: ServiceId,
    /// With whom.
    pub host: HostId,
    /// When.
    pub slot: Interval,
    /// How many people fit in.
    pub capacity: u32,
    /// How many seats are taken, by bookings, holds and offers.
    pub taken: u32,
    /// What is true of its event.
    pub state: OccurrenceState,
    /// Rises when the state does: a worker that decided on an older one changes nothing.
    pub revision: i64,
    /// Rises with every change of who comes.
    pub roster: i64,
    /// The roster that its event shows.
    pub shown: i64,
}

/// What is true of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OccurrenceState {
    /// Nobody is booked: there is no event, or it has to go.
    Empty,
    /// Somebody is booked, and the calendars have not been asked.
    Asked,
    /// The calendars were found free; the event is being written.
    Free,
    /// Its event is in the calendar: its bookings stand.
    Standing,
}

impl OccurrenceState {
    /// The state's name in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Asked => "asked",
            Self::Free => "free",
            Self::Standing => "standing",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Empty, Self::Asked, Self::Free, Self::Standing];
        all.into_iter().find(|state| state.as_str() == name)
    }
}

impl Occurrence {
    /// How many people still fit in.
    pub fn remaining(&self) -> u32 {
        self.capacity.saturating_sub(self.taken)
    }

    /// The next step so that the calendar agrees. `awaited` says whether a booking waits for the
    /// event: one that came while it was being written.
    pub fn next_step(&self, awaited: bool, events: &[EventRecord], calendar: &CalendarId) -> Step {
        let (wanted, free) = match self.state {
            OccurrenceState::Empty => (Wanted::Nothing, false),
            OccurrenceState::Asked => (Wanted::Asked(self.slot), false),
            OccurrenceState::Free => (Wanted::Asked(self.slot), true),
            OccurrenceState::Standing => (Wanted::Standing(self.slot), true),
        };
        let standing =
            standing_event(events, calendar).filter(|_| self.state == OccurrenceState::Standing);
        match (next_step(wanted, free, events, calendar), standing) {
            (Step::Done, Some(_)) if awaited => Step::Settle,
            (Step::Done, Some(generation)) if self.shown != self.roster => {
                Step::Patch { generation }
            }
            (
                step @ (Step::CheckFree(_)
                | Step::Insert { .. }
                | Step::Patch { .. }
                | Step::Look { .. }
                | Step::Settle
                | Step::Delete { .. }
                | Step::Done),
                _,
            ) => step,
        }
    }
}

/// One line of a roster.
#[derive(Debug, Clone)]
pub struct RosterLine {
    /// Who booked.
    pub lead: Attendee,
    /// How many come.
    pub people: u32,
}

/// The longest description we write: Google takes 8,192 characters.
const LONGEST: usize = 8_000;

/// The event of an occurrence. Only the host is invited: its bookings' people must not learn of each
/// other. `door_url` leads to its page in the dashboard, which needs a login.
pub fn occurrence_event(
    occurrence: &Occurrence,
    roster: &[RosterLine],
    service: &Service,
    host: &Host,
    generation: u32,
    door_url: &str,
) -> CalendarEvent {
    let people: u32 = roster.iter().map(|line| line.people).sum();
    let invited =
        host.email.clone().map(|email| Invited { email, name: Some(host.name.to_string()) });
    CalendarEvent {
        summary: format!("{} ({people}/{})", service.title, occurrence.capacity),
        location: service.location.clone(),
        description: description(occurrence, roster, shown(service), door_url),
        slot: occurrence.slot,
        timezone: host.timezone.clone(),
        invited: invited.into_iter().collect(),
        reminders: service.calendar_reminders.clone(),
        owner: EventOwner::Occurrence(occurrence.id),
        has_guests: false,
        roster: Some(occurrence.roster),
        edition: 0,
        generation,
        submission_id: None,
        phones: Vec::new(),
    }
}

fn shown(service: &Service) -> Roster {
    service.group.as_ref().map_or(Roster::Numbers, |group| group.roster)
}

fn description(
    occurrence: &Occurrence,
    roster: &[RosterLine],
    shown: Roster,
    door_url: &str,
) -> String {
    let people: u32 = roster.iter().map(|line| line.people).sum();
    let head = format!("{people} of {} places are booked.", occurrence.capacity);
    let tail = format!("\n{door_url}");
    let mut lines = vec![head];
    let mut room = LONGEST.saturating_sub(tail.len() + 100);
    for (place, line) in roster.iter().enumerate() {
        let Some(text) = roster_line(line, shown) else { break };
        room = room.saturating_sub(text.len() + 1);
        if room == 0 {
            lines.push(format!("… and {} more bookings", roster.len() - place));
            break;
        }
        lines.push(text);
    }
    lines.push(tail);
    lines.join("\n")
}

fn roster_line(line: &RosterLine, shown: Roster) -> Option<String> {
    let who = match shown {
        Roster::Contacts => contact_line(&line.lead),
        Roster::Names => line.lead.name.as_ref().map_or("Guest".to_owned(), ToString::to_string),
        Roster::Numbers => return None,
    };
    Some(if line.people > 1 { format!("{who} (party of {})", line.people) } else { who })
}

#[cfg(test)]
mod tests;
