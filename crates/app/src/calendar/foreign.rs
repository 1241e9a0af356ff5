//! What a host's calendars hold that is not ours, over a long stretch at once: one read for many
//! bookings.

use domain::{HostId, Interval, Provider};
use jiff::{SignedDuration, Timestamp};
use providers::google::{Event, EventTime};
use store::calendar_event::OwnEvents;

use super::CalendarError;
use super::check::List;
use super::google::is_busy;
use crate::App;
use crate::setup::Setup;

/// More pages than months of a busy calendar fill.
const MOST_PAGES: usize = 40;
/// A whole day is somebody's day somewhere: in no zone does it begin or end later than this.
const ANY_ZONE: SignedDuration = SignedDuration::from_hours(14);

impl App {
    /// The stretches within which something of others blocks the host. What cannot be read is an
    /// error, never free.
    pub(crate) async fn foreign_busy(
        &self,
        setup: &Setup,
        host: &HostId,
        within: Interval,
    ) -> Result<Vec<Interval>, CalendarError> {
        let mut busy = Vec::new();
        for calendar in setup.busy_calendars(host) {
            match calendar.provider {
                Provider::Local => continue, // Our own claims are looked at before.
                Provider::Google => {}
            }
            let own = OwnEvents {
                workspace: self.workspace(),
                calendar: calendar.id.clone(),
                joined: host.clone(),
                within,
            };
            let own = self.store().read(own).await?;
            let mut page_token: Option<String> = None;
            for page_number in 0.. {
                if page_number == MOST_PAGES {
                    let text = format!("the calendar '{}' has no end", calendar.id);
                    return Err(CalendarError::NotConfigured(text));
                }
                let (name, token) = (calendar.calendar.as_str(), page_token.as_deref());
                let request = List { calendar: name, within, page_token: token };
                let page = self.google(&calendar.account, &request).await.outcome?;
                if !page.unreadable.is_empty() {
                    let text = format!("an event of the calendar '{}' cannot be read", calendar.id);
                    return Err(CalendarError::NotConfigured(text));
                }
                let foreign = page.events.iter().filter(|event| !own.contains(&event.id));
                busy.extend(foreign.filter(|event| is_busy(event)).map(when));
                match page.next_page_token {
                    Some(token) => page_token = Some(token),
                    None => break,
                }
            }
        }
        Ok(busy)
    }
}

/// When an event blocks; always, if it does not say.
fn when(event: &Event) -> Interval {
    let start = event.start.as_ref().and_then(|time| edge(time, -ANY_ZONE));
    let end = event.end.as_ref().and_then(|time| edge(time, ANY_ZONE));
    let stretch = start.zip(end).and_then(|(start, end)| Interval::new(start, end));
    let always = || Interval::new(Timestamp::MIN, Timestamp::MAX).expect("all of time");
    stretch.unwrap_or_else(always)
}

fn edge(time: &EventTime, slack: SignedDuration) -> Option<Timestamp> {
    match time {
        EventTime::At { instant, .. } => Some(*instant),
        EventTime::On(date) => {
            let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
            midnight.checked_add(slack).ok()
        }
    }
}
