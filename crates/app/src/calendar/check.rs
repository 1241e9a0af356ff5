//! The live check: do the host's calendars leave a stretch free?

use std::collections::BTreeMap;

use domain::{CalendarId, HostId, Interval, Provider, ServiceId};
use providers::Call;
use providers::google::{
    CalendarBusy, Event, EventPage, EventQuery, GoogleCalendar, MAX_BUSY_CALENDARS,
};
use store::calendar_event::OwnEvents;
use store::timeline::TimelineEntry;

use super::google::is_busy;
use super::{Asked, CalendarError, GoogleRequest};
use crate::App;
use crate::setup::Setup;

/// What the calendars say of a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freedom {
    /// Nothing is there.
    Free,
    /// Something that is not ours is there.
    Busy,
}

/// The calendars of one account, by our slug and the provider's name.
type OfAccount = Vec<(CalendarId, String)>;

impl App {
    /// Asks every calendar that blocks the host's time about exactly the stretch a booking would
    /// claim. Whatever cannot be read is an error, never free.
    pub(crate) async fn check_free(
        &self,
        setup: &Setup,
        service: &ServiceId,
        host: &HostId,
        slot: Interval,
    ) -> Asked<Freedom> {
        let within = claim_of(setup, service, slot);
        let mut entries = Vec::new();
        for (account, calendars) in by_account(setup, host) {
            for chunk in calendars.chunks(MAX_BUSY_CALENDARS) {
                let asked_at = self.clock().now();
                let outcome =
                    self.check_calendars(&account, chunk, within, host, &mut entries).await;
                if let Err(error) = self.note_reading(setup, chunk, outcome.is_ok(), asked_at).await
                {
                    tracing::warn!("how the calendars were read is not noted: {error}");
                }
                match outcome {
                    Ok(Freedom::Free) => {}
                    outcome => return Asked { outcome, entries },
                }
            }
        }
        Asked { outcome: Ok(Freedom::Free), entries }
    }

    async fn check_calendars(
        &self,
        account: &str,
        calendars: &[(CalendarId, String)],
        within: Interval,
        host: &HostId,
        entries: &mut Vec<TimelineEntry>,
    ) -> Result<Freedom, CalendarError> {
        let names: Vec<&str> = calendars.iter().map(|(_, name)| name.as_str()).collect();
        let asked = self.google(account, &FreeBusy { calendars: &names, within }).await;
        entries.extend(asked.entries);
        let said = asked.outcome?;
        let mut in_the_way = Vec::new();
        for (id, name) in calendars {
            match said.get(name) {
                Some(CalendarBusy::Busy(busy)) => {
                    let overlaps = |(start, end): &(jiff::Timestamp, jiff::Timestamp)| {
                        Interval::new(*start, *end).is_some_and(|busy| busy.overlaps(within))
                    };
                    if busy.iter().any(overlaps) {
                        in_the_way.push((id.clone(), name.clone()));
                    }
                }
                Some(CalendarBusy::Unknown { reason }) => return Err(unreadable(id, reason)),
                None => return Err(unreadable(id, "missing")),
            }
        }
        self.look_closer(account, &in_the_way, within, host, entries).await
    }

    /// Busy time carries no identifiers, so it may be an event of ours: one that is being moved or
    /// is about to be deleted. The claim already keeps our own bookings apart.
    async fn look_closer(
        &self,
        account: &str,
        calendars: &[(CalendarId, String)],
        within: Interval,
        host: &HostId,
        entries: &mut Vec<TimelineEntry>,
    ) -> Result<Freedom, CalendarError> {
        for (id, name) in calendars {
            let (workspace, calendar, joined) = (self.workspace(), id.clone(), host.clone());
            let own = OwnEvents { workspace, calendar, joined, within };
            let own = self.store().read(own).await?;
            if own.is_empty() || self.has_others(account, name, &own, within, entries).await? {
                return Ok(Freedom::Busy);
            }
        }
        Ok(Freedom::Free)
    }

    async fn has_others(
        &self,
        account: &str,
        calendar: &str,
        own: &[String],
        within: Interval,
        entries: &mut Vec<TimelineEntry>,
    ) -> Result<bool, CalendarError> {
        let mut page_token: Option<String> = None;
        for _ in 0..20 {
            let request = List { calendar, within, page_token: page_token.as_deref() };
            let asked = self.google(account, &request).await;
            entries.extend(asked.entries);
            let page = asked.outcome?;
            if !page.unreadable.is_empty() || page.events.iter().any(|event| blocks(event, own)) {
                return Ok(true);
            }
            match page.next_page_token {
                Some(token) => page_token = Some(token),
                None => return Ok(false),
            }
        }
        Ok(true) // More pages than a stretch of time can fill: unknown is busy.
    }
}

struct FreeBusy<'a> {
    calendars: &'a [&'a str],
    within: Interval,
}

impl GoogleRequest for FreeBusy<'_> {
    const KIND: &'static str = "calendar.free_busy";
    type Answer = BTreeMap<String, CalendarBusy>;

    async fn send(&self, google: GoogleCalendar<'_>) -> Call<Self::Answer> {
        google.busy(self.calendars, self.within.start(), self.within.end()).await
    }
}

/// A page of the events that overlap a stretch of time.
pub(super) struct List<'a> {
    pub(super) calendar: &'a str,
    pub(super) within: Interval,
    pub(super) page_token: Option<&'a str>,
}

impl GoogleRequest for List<'_> {
    const KIND: &'static str = "calendar.list";
    type Answer = EventPage;

    async fn send(&self, google: GoogleCalendar<'_>) -> Call<EventPage> {
        let query = EventQuery::Overlapping { start: self.within.start(), end: self.within.end() };
        google.list_events(self.calendar, &query, self.page_token).await
    }
}

/// What a booking at a slot occupies, buffers included.
pub(crate) fn claim_of(setup: &Setup, service: &ServiceId, slot: Interval) -> Interval {
    match setup.service(service) {
        Some(service) => slot.widened(service.rules.buffer_before, service.rules.buffer_after),
        None => slot,
    }
}

/// Whether an event makes its time busy and is not ours.
fn blocks(event: &Event, own: &[String]) -> bool {
    is_busy(event) && !own.contains(&event.id)
}

fn by_account(setup: &Setup, host: &HostId) -> BTreeMap<String, OfAccount> {
    let mut accounts: BTreeMap<String, OfAccount> = BTreeMap::new();
    for calendar in setup.busy_calendars(host) {
        match calendar.provider {
            Provider::Local => {} // Our own claims are looked at before anybody is asked.
            Provider::Google => accounts
                .entry(calendar.account.clone())
                .or_default()
                .push((calendar.id.clone(), calendar.calendar.clone())),
        }
    }
    accounts
}

fn unreadable(calendar: &CalendarId, reason: &str) -> CalendarError {
    CalendarError::NotConfigured(format!("the calendar '{calendar}' could not be read ({reason})"))
}
