//! Mail. A repeat has the same Message-ID, so that a receiver can drop the second copy.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::host_news::HOST;
use domain::ics::{self, Party};
use domain::notification::News;
use domain::{Booking, BookingId, Provider};
use jiff::Timestamp;
use providers::mail::{Invitation, InvitationMethod, Mail, MailAddress};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::booking::FindBooking;
use store::calendar_event::StoredEvent;
use store::job::Job;
use store::message::{Fate, Message, NotificationFacts};
use store::timeline::AppendTimeline;

use super::{Handed, Outgoing};
use crate::{App, AppError};

impl App {
    pub(super) async fn hand_to_relay(
        &self,
        job: &Job,
        outgoing: &Outgoing,
        facts: &NotificationFacts,
    ) -> Handed {
        let Some((relay, from)) = &self.providers().mail else {
            return self.not_configured("mail relay");
        };
        let Outgoing { message, content, .. } = outgoing;
        let mail = Mail {
            message_id: message_id(message, facts, &from.address),
            reference: message.id.to_string(),
            date: message.created_at,
            from: from.clone(),
            to: MailAddress {
                name: content.recipient_name.clone(),
                address: message.recipient.clone(),
            },
            reply_to: self.reply_to(message, &facts.booking),
            subject: content.subject.clone(),
            text: content.plain(),
            html: content.html(),
            calendar: self.invitation(outgoing, &facts.booking, from).await,
            in_reply_to: None,
            unsubscribe: None,
        };
        let call = relay.send(&self.providers().http, &mail).await;
        let entries = vec![self.call_entry("message.send", &call)];
        let (fate, postponement) = match &call.outcome {
            Ok(receipt) => {
                let provider_id = receipt.id.clone().unwrap_or(mail.message_id);
                (Fate::Sent { provider_id: Some(provider_id) }, None)
            }
            Err(error) => self.after_error(job, error),
        };
        Handed { fate, entries, postponement }
    }

    /// A mail whose answer was lost is sent again, under the same Message-ID, which lets a receiver
    /// drop the second copy. Where the relay reports what it took, it had its time to say so.
    pub(super) async fn note_second_mail(&self, open: &Message) -> Result<(), AppError> {
        let reports = self.providers().mail.as_ref().is_some_and(|(relay, _)| relay.reports());
        let summary = if reports {
            "The answer was lost and no event tells of the mail: it is sent again"
        } else {
            "The answer was lost: the mail is sent again under the same Message-ID"
        };
        let entry = self.entry("message.sent_again", summary, &json!({}));
        let (workspace, booking) = (self.workspace(), open.booking);
        Ok(self.store().write(AppendTimeline { workspace, booking, entry }).await?)
    }

    /// An attendee's answer goes to the host, the host's to the lead.
    fn reply_to(&self, message: &Message, booking: &Booking) -> Option<MailAddress> {
        let setup = self.setup();
        let host = setup.setup.host(&booking.host);
        let (name, address) = if message.position >= HOST {
            let lead = booking.lead();
            (lead.name.as_ref().map(ToString::to_string), lead.email.clone()?)
        } else {
            let host = host?;
            (Some(host.name.to_string()), host.email.clone()?)
        };
        Some(MailAddress { name, address: address.to_string() })
    }

    /// Our invitation, or its cancellation. Where the calendar's provider invites the attendees,
    /// there is none of ours: two would be two appointments in their calendar.
    async fn invitation(
        &self,
        outgoing: &Outgoing,
        booking: &Booking,
        from: &MailAddress,
    ) -> Option<Invitation> {
        let (method, wire) = match outgoing.news {
            News::Confirmed | News::Moved { .. } | News::Updated => {
                (ics::Method::Request, InvitationMethod::Request)
            }
            News::Cancelled { .. } => (ics::Method::Cancel, InvitationMethod::Cancel),
            News::Received
            | News::Waitlisted
            | News::SeatsOffered { .. }
            | News::WaitedInVain
            | News::Reminder { .. }
            | News::Unreached
            | News::MoveNotPossible { .. }
            | News::NotPossible => return None,
        };
        let message = &outgoing.message;
        if message.position >= HOST
            || self.provider_invites(booking.id, &self.events(booking).await)
        {
            return None;
        }
        let setup = self.setup();
        let host = setup.setup.host(&booking.host).map(|host| host.name.to_string());
        let organizer = host.or_else(|| from.name.clone()).unwrap_or_else(|| from.address.clone());
        let name = outgoing.content.recipient_name.clone();
        let name = name.unwrap_or_else(|| message.recipient.clone());
        let ics = ics::write(&ics::Object {
            method,
            uid: &self.own_uid(booking),
            sequence: booking.revision,
            stamp: message.created_at,
            slot: booking.slot,
            summary: &booking.title,
            location: booking.location.as_deref(),
            description: &booking.title,
            // Mail programs act only on what comes from the organizer itself.
            organizer: Some(Party { name: &organizer, address: &from.address }),
            attendee: Some(Party { name: &name, address: &message.recipient }),
        });
        Some(Invitation { method: wire, ics })
    }

    async fn events(&self, booking: &Booking) -> Vec<StoredEvent> {
        let find = FindBooking { workspace: self.workspace(), id: booking.id };
        let stored = self.store().read(find).await.ok().flatten();
        stored.map(|stored| stored.events).unwrap_or_default()
    }

    /// Whether the provider that keeps a booking's event invites its attendees by itself.
    fn provider_invites(&self, booking: BookingId, events: &[StoredEvent]) -> bool {
        let setup = self.setup();
        // Those who share an occurrence's event are not invited by it: each has a UID of their own.
        let own = events.iter().rev().find(|event| event.is_of(booking));
        let calendar = own.and_then(|event| setup.setup.calendar(&event.record.calendar));
        calendar.is_some_and(|calendar| match calendar.provider {
            Provider::Google => true,
            Provider::Local => false,
        })
    }

    fn own_uid(&self, booking: &Booking) -> String {
        let host = self.settings().public_url.host_str().unwrap_or("doorstep").to_owned();
        format!("{}@{host}", booking.id)
    }

    /// The booking as an iCalendar object to be kept, under the identifier that the invitation has.
    pub async fn ics(&self, booking: &Booking, slot: domain::Interval, stamp: Timestamp) -> String {
        let events = self.events(booking).await;
        let mut own = events.iter().rev().filter(|event| event.is_of(booking.id));
        let from_provider = own.find_map(|event| event.ical_uid.clone());
        let uid = from_provider.unwrap_or_else(|| self.own_uid(booking));
        ics::write(&ics::Object {
            method: ics::Method::Publish,
            uid: &uid,
            sequence: booking.revision,
            stamp,
            slot,
            summary: &booking.title,
            location: booking.location.as_deref(),
            description: &booking.title,
            organizer: None,
            attendee: None,
        })
    }
}

/// The same for every try at telling the same person the same thing. What they were told before is
/// part of it: a booking that moves away and back is news each time, and so is every reminder.
fn message_id(message: &Message, before: &NotificationFacts, from: &str) -> String {
    let domain = from.rsplit_once('@').map_or("doorstep.invalid", |(_, domain)| domain);
    let Message { booking, position, news, told, .. } = message;
    let NotificationFacts { told: known, told_at, .. } = before;
    let same = format!("{booking}/{position}/{news}/{told:?}/{known:?}/{told_at:?}");
    let digest = Sha256::digest(same.as_bytes());
    let short = URL_SAFE_NO_PAD.encode(&digest[..12]);
    format!("<{booking}.{short}@{domain}>")
}
