//! Reading one listing of a calendar's events, page by page.

use domain::Interval;
use domain::convergence::event_of;
use domain::mirror::pieces;
use domain::time::zone_named;
use jiff::tz::TimeZone;
use providers::Call;
use providers::google::{Event, EventPage, EventQuery, EventStatus, GoogleCalendar};
use store::mirror::{KeepPage, MirrorEntry, OwnEvents};

use super::Run;
use crate::LEASE;
use crate::calendar::{CalendarError, GoogleRequest, is_busy, slot_of, time_of};

/// More pages than any calendar fills; a listing that goes on and on is one that went wrong.
const MOST_PAGES: usize = 2_000;

/// A listing on its way.
pub(super) struct Listing {
    pass: i64,
    /// From which changes are listed; everything is, without it.
    token: Option<String>,
    within: Interval,
    pages: usize,
    next_page_token: Option<String>,
    sync_token: Option<String>,
    /// Our events that are gone, and those that are there.
    gone: OwnEvents,
    found: OwnEvents,
}

/// What a page means for the rest of the pass.
pub(super) struct Page {
    pub(super) is_last: bool,
    /// Whether an instance of a series changed. What became of the others is not said.
    pub(super) has_series: bool,
}

impl Listing {
    pub(super) fn of_changes(pass: i64, token: &str, within: Interval) -> Self {
        Self { token: Some(token.to_owned()), ..Self::of_everything(pass, within) }
    }

    pub(super) fn of_everything(pass: i64, within: Interval) -> Self {
        Self {
            pass,
            token: None,
            within,
            pages: 0,
            next_page_token: None,
            sync_token: None,
            gone: OwnEvents::new(),
            found: OwnEvents::new(),
        }
    }
}

impl Listing {
    /// The pass, our events that are gone, those that were found, and the token for the next pass.
    pub(super) fn into_parts(self) -> (i64, OwnEvents, OwnEvents, Option<String>) {
        (self.pass, self.gone, self.found, self.sync_token)
    }
}

impl Run<'_> {
    /// Reads and keeps the next page.
    pub(super) async fn page(&self, listing: &mut Listing) -> Result<Page, CalendarError> {
        listing.pages += 1;
        if listing.pages > MOST_PAGES {
            let text = format!("the calendar '{}' does not come to an end", self.calendar.id);
            return Err(CalendarError::NotConfigured(text));
        }
        let request = List {
            calendar: &self.calendar.calendar,
            token: listing.token.as_deref(),
            within: listing.within,
            page_token: listing.next_page_token.as_deref(),
        };
        let page = self.app.google(&self.calendar.account, &request).await.outcome?;
        let is_series = |event: &Event| event.recurring_event_id.is_some();
        if listing.token.is_some() && page.events.iter().any(is_series) {
            return Ok(Page { is_last: false, has_series: true });
        }
        for id in &page.unreadable {
            // Its time is unknown. A booking asks the calendar itself, which knows it.
            tracing::warn!(calendar.id = %self.calendar.id, event = id, "an event makes no sense");
        }
        let gone = self.keep(listing, &page).await?;
        listing.gone.extend(gone);
        let is_last = page.next_page_token.is_none();
        listing.next_page_token = page.next_page_token;
        listing.sync_token = page.next_sync_token;
        Ok(Page { is_last, has_series: false })
    }

    async fn keep(
        &self,
        listing: &mut Listing,
        page: &EventPage,
    ) -> Result<OwnEvents, CalendarError> {
        let zone = page.time_zone.as_deref().and_then(zone_named);
        let zone = zone.unwrap_or_else(|| self.host.timezone.clone());
        let now = self.app.clock().now();
        let entries: Vec<MirrorEntry> =
            page.events.iter().map(|event| entry(event, &zone, listing.within)).collect();
        let found = entries.iter().filter(|entry| !entry.is_gone);
        listing.found.extend(found.filter_map(|entry| entry.own));
        let unit = KeepPage {
            job: self.job.clone(),
            leased_until: now + LEASE,
            calendar: self.calendar.id.clone(),
            host: self.host.id.clone(),
            pass: listing.pass,
            counts: listing.token.is_some(),
            entries,
            first_id: self.app.ids().job(),
            now,
        };
        Ok(self.app.store().write(unit).await?)
    }
}

fn entry(event: &Event, zone: &TimeZone, within: Interval) -> MirrorEntry {
    let time = time_of(event, zone).filter(|_| is_busy(event));
    MirrorEntry {
        event_id: event.id.clone(),
        busy: time.map(|time| pieces(time, within)).unwrap_or_default(),
        slot: slot_of(event),
        etag: event.etag.clone(),
        is_gone: event.status == EventStatus::Cancelled,
        own: event_of(&event.id),
    }
}

struct List<'a> {
    calendar: &'a str,
    token: Option<&'a str>,
    within: Interval,
    page_token: Option<&'a str>,
}

impl GoogleRequest for List<'_> {
    const KIND: &'static str = "calendar.sync";
    type Answer = EventPage;

    async fn send(&self, google: GoogleCalendar<'_>) -> Call<EventPage> {
        let query = match self.token {
            Some(sync_token) => EventQuery::Changes { sync_token },
            None => EventQuery::Overlapping { start: self.within.start(), end: self.within.end() },
        };
        google.list_events(self.calendar, &query, self.page_token).await
    }
}
