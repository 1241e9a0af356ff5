//! What the host of a booking is told, by mail.

use domain::host_news::{HOST, host_news};
use domain::notification::News;
use domain::service::Channel;
use domain::{Booking, BookingState};
use store::message::{Message, NotificationFacts};

use super::due::Due;
use super::{Content, Outgoing};
use crate::App;

impl App {
    /// What a host of a booking is to hear, whose position this is.
    pub(super) fn due_for_host(&self, facts: &NotificationFacts, position: u32) -> Due {
        let now = self.clock().now();
        let booking = &facts.booking;
        let setup = self.setup();
        let nth = usize::try_from(position - HOST).unwrap_or(usize::MAX);
        let host = booking.hosts().nth(nth).and_then(|host| setup.setup.host(host));
        let Some((host, address)) = host.and_then(|host| Some((host, host.email.clone()?))) else {
            return Due::Nothing { next: None };
        };
        let maybe_read = facts.open.as_ref().map(|open| &open.told);
        let untold = host_news(booking, facts.told.as_ref().or(maybe_read), now)
            .or_else(|| unreached(booking, facts));
        let Some(news) = untold else { return Due::Nothing { next: None } };
        let told = news.told(booking);
        if !host.news.want(&news) {
            return Due::Settled { told, entries: Vec::new(), next: None };
        }
        let admin = self.settings().url(&format!("/admin/bookings/{}", booking.id));
        let content = Content::for_host(booking, host, &news, &admin);
        let message = Message {
            id: self.ids().message(),
            booking: booking.id,
            position,
            channel: Channel::Email,
            news: news.as_str().to_owned(),
            recipient: address.to_string(),
            body: content.plain(),
            told,
            provider_id: None,
            created_at: now,
        };
        Due::Tell(Box::new(Outgoing {
            message,
            news,
            content,
            hindrance: None,
            entries: Vec::new(),
            next: None,
        }))
    }
}

/// That no message reaches the lead is news to a host once, whatever else they are told meanwhile.
fn unreached(booking: &Booking, facts: &NotificationFacts) -> Option<News> {
    let stands = matches!(booking.state, BookingState::Confirmed { .. });
    (stands && facts.unreached_at.is_some() && !facts.unreached_told).then_some(News::Unreached)
}
