//! What a service offers in the month that a visitor looks at.

use app::{App, AppError};
use domain::{Interval, Service};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use crate::pages::Visitor;
use crate::pages::picker::{Offer, Picker, Slot};
use crate::pages::query::PickerQuery;

/// How many months are looked through for the next free day.
const MONTHS_AHEAD: usize = 12;

/// What is shown, and to whom.
pub(super) struct Looking<'a> {
    /// The service.
    pub(super) service: &'a Service,
    /// The visitor.
    pub(super) visitor: &'a Visitor,
    /// The page's own path.
    pub(super) path: String,
    /// Parameters that every link of the page keeps.
    pub(super) keep: Vec<(&'static str, String)>,
}

impl Looking<'_> {
    /// The picker of the month, day and slot that were asked for. Months that are over or beyond
    /// the horizon are not shown, whatever the address says.
    pub(super) async fn picker(self, app: &App, query: &PickerQuery) -> Result<Picker, AppError> {
        let now = app.clock().now();
        let today = self.visitor.date_of(now);
        let last = now.checked_add(self.service.rules.horizon).unwrap_or(Timestamp::MAX);
        let last_on = self.visitor.date_of(last);
        let start = query.start();
        let start_on = start.map(|start| self.visitor.date_of(start));
        let day = query.day().or(start_on);
        let month = query.month().or(day).unwrap_or(today).first_of_month();
        let month = month.clamp(today.first_of_month(), last_on.first_of_month());
        let offer = self.offer(app, month, last_on).await?;
        Ok(Picker {
            visitor: self.visitor.clone(),
            path: self.path,
            keep: self.keep,
            today,
            last_on,
            month,
            day: day.filter(|day| day.first_of_month() == month),
            start,
            offer,
            seats: self.service.group.is_some(),
            waitlist: self.service.group.as_ref().is_some_and(|group| group.waiting_list.is_some()),
        })
    }

    async fn offer(&self, app: &App, month: Date, last_on: Date) -> Result<Offer, AppError> {
        let slots = self.slots(app, month).await?;
        let next_on =
            if slots.is_empty() { self.next_free_day(app, month, last_on).await? } else { None };
        Ok(Offer::Slots { slots, next_on })
    }

    async fn slots(&self, app: &App, month: Date) -> Result<Vec<Slot>, AppError> {
        let Some(range) = self.month(month) else { return Ok(Vec::new()) };
        let Some(free) = app.free_slots(&self.service.id, range).await? else {
            return Ok(Vec::new());
        };
        Ok(free
            .slots
            .iter()
            .map(|free| Slot { remaining: free.remaining, ..free_slot(free.slot) })
            .collect())
    }

    async fn next_free_day(
        &self,
        app: &App,
        month: Date,
        last_on: Date,
    ) -> Result<Option<Date>, AppError> {
        let later = (1..=MONTHS_AHEAD).map_while(|months| {
            let months = i32::try_from(months).ok()?.months();
            month.checked_add(months).ok().filter(|month| *month <= last_on)
        });
        for month in later {
            if let Some(first) = self.slots(app, month).await?.first() {
                return Ok(Some(self.visitor.date_of(first.start)));
            }
        }
        Ok(None)
    }

    /// The month as the visitor's zone cuts it.
    fn month(&self, first: Date) -> Option<Interval> {
        let midnight = |date: Date| self.visitor.zone().to_timestamp(date.at(0, 0, 0, 0)).ok();
        let next = first.checked_add(1.month()).ok()?;
        Interval::new(midnight(first)?, midnight(next)?)
    }
}

/// A slot that is free.
pub(super) fn free_slot(slot: Interval) -> Slot {
    Slot { start: slot.start(), end: slot.end(), remaining: 1 }
}
