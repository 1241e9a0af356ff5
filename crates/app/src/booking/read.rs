//! Reading bookings.

use domain::service::Channel;
use domain::{BookingId, ServiceId, TimelineEntryId};
use jiff::Timestamp;
use store::booking::{BookingFilter, FindBooking, ListBookings, StoredBooking};
use store::message::{ListMessages, MessageSummary};
use store::timeline::{ListTimeline, TimelineEntry};

use crate::{App, AppError};

impl App {
    /// One booking.
    pub async fn find_booking(&self, id: BookingId) -> Result<Option<StoredBooking>, AppError> {
        Ok(self.store().read(FindBooking { workspace: self.workspace(), id }).await?)
    }

    /// A booking that is known to exist.
    pub(crate) async fn load_booking(&self, id: BookingId) -> Result<StoredBooking, AppError> {
        self.find_booking(id).await?.ok_or(AppError::Overtaken)
    }

    /// A page of bookings, by start.
    pub async fn list_bookings(
        &self,
        filter: BookingFilter,
        after: Option<(Timestamp, BookingId)>,
        limit: i64,
    ) -> Result<Vec<StoredBooking>, AppError> {
        let unit = ListBookings { workspace: self.workspace(), filter, after, limit };
        Ok(self.store().read(unit).await?)
    }

    /// A page of a booking's timeline, oldest first.
    pub async fn timeline(
        &self,
        booking: BookingId,
        after: Option<TimelineEntryId>,
        limit: i64,
    ) -> Result<Vec<TimelineEntry>, AppError> {
        let unit = ListTimeline { workspace: self.workspace(), booking, after, limit };
        Ok(self.store().read(unit).await?)
    }

    /// The messages of a booking.
    pub async fn messages(&self, booking: BookingId) -> Result<Vec<MessageSummary>, AppError> {
        Ok(self.store().read(ListMessages { workspace: self.workspace(), booking }).await?)
    }

    /// How attendees of a service are told. Of a service that is gone: on every channel they gave.
    pub(crate) fn channels(&self, service: &ServiceId) -> Vec<Channel> {
        match self.setup().setup.service(service) {
            Some(service) => service.channels(),
            None => vec![Channel::Sms, Channel::Email],
        }
    }
}
