//! Mail, by SMTP. A repeat has the same Message-ID, so that a receiver can drop the second copy.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::notification::Told;
use domain::{Booking, ics};
use jiff::Timestamp;
use providers::mail::{Invitation, InvitationMethod, Mail, MailAddress};
use sha2::{Digest, Sha256};
use store::booking::FindBooking;
use store::job::Job;
use store::message::{Fate, Message, NotificationFacts};

use super::{Content, Handed};
use crate::App;

impl App {
    pub(super) async fn hand_to_relay(
        &self,
        job: &Job,
        message: &Message,
        content: &Content,
        facts: &NotificationFacts,
    ) -> Handed {
        let Some((relay, from)) = &self.providers().mail else {
            return self.not_configured("mail relay");
        };
        let mail = Mail {
            message_id: message_id(message, facts.told_at, &from.address),
            date: message.created_at,
            from: from.clone(),
            to: MailAddress {
                name: content.recipient_name.clone(),
                address: message.recipient.clone(),
            },
            subject: content.subject.clone(),
            text: content.plain(),
            html: content.html(),
            calendar: self.enclosed(message, &facts.booking).await,
            in_reply_to: None,
        };
        let call = relay.send(&mail).await;
        let entries = vec![self.call_entry("message.send", &call)];
        let (fate, postponement) = match &call.outcome {
            Ok(_) => (Fate::Sent { provider_id: Some(mail.message_id.clone()) }, None),
            Err(error) => self.after_error(job, error),
        };
        Handed { fate, entries, postponement }
    }

    /// The event as a file, for information: the invitation comes from the calendar's provider.
    async fn enclosed(&self, message: &Message, booking: &Booking) -> Option<Invitation> {
        let Told::Stands(slot) = message.told else { return None };
        let ics = self.ics(booking, slot, message.created_at).await;
        Some(Invitation { method: InvitationMethod::Publish, ics })
    }

    /// The booking as an iCalendar object, under the identifier that the provider's invitation has.
    pub async fn ics(&self, booking: &Booking, slot: domain::Interval, stamp: Timestamp) -> String {
        let find = FindBooking { workspace: self.workspace(), id: booking.id };
        let stored = self.store().read(find).await.ok().flatten();
        let events = stored.map(|stored| stored.events).unwrap_or_default();
        // Those who share an occurrence's event are not invited by it: each has a UID of its own.
        let mut own = events.iter().rev().filter(|event| event.is_of(booking.id));
        let from_provider = own.find_map(|event| event.ical_uid.clone());
        let host = self.settings().public_url.host_str().unwrap_or("doorstep").to_owned();
        let uid = from_provider.unwrap_or_else(|| format!("{}@{host}", booking.id));
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
        })
    }
}

/// The same for every try at telling the same person the same thing. What they were told before is
/// part of it: a booking that moves away and back is news each time.
fn message_id(message: &Message, told_before: Option<Timestamp>, from: &str) -> String {
    let domain = from.rsplit_once('@').map_or("doorstep.invalid", |(_, domain)| domain);
    let same =
        format!("{}/{}/{:?}/{told_before:?}", message.booking, message.position, message.told);
    let digest = Sha256::digest(same.as_bytes());
    let short = URL_SAFE_NO_PAD.encode(&digest[..12]);
    format!("<{}.{short}@{domain}>", message.booking)
}
