use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};

use crate::error::{ProviderError, Undeliverable};

/// One message to one recipient.
#[derive(Debug, Clone)]
pub struct Mail {
    /// `<…@…>`, the same for every try at this message.
    pub message_id: String,
    /// Ours, another one for every try: what a relay's reports come back with.
    pub reference: String,
    /// When the message was written; the same for every try.
    pub date: Timestamp,
    /// Ours. For an invitation it should be the organizer, or mail clients offer no answers.
    pub from: MailAddress,
    /// For an invitation one of its attendees.
    pub to: MailAddress,
    /// Where answers go; to `from` if none.
    pub reply_to: Option<MailAddress>,
    /// One line.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// The same in HTML.
    pub html: String,
    /// Shown as an invitation with buttons, and attached as a file.
    pub calendar: Option<Invitation>,
    /// The message this one continues, `<…@…>`.
    pub in_reply_to: Option<String>,
    /// For what comes again and again without being asked for: where it is called off (RFC 2369).
    pub unsubscribe: Option<String>,
}

/// Someone's mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAddress {
    /// Shown instead of the address.
    pub name: Option<String>,
    /// `local@domain`.
    pub address: String,
}

/// An iCalendar object and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Must equal the object's `METHOD`.
    pub method: InvitationMethod,
    /// The whole object, lines ended by CR LF.
    pub ics: String,
}

/// What an invitation asks for (RFC 5546).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationMethod {
    /// Come, or note the change.
    Request,
    /// Do not come.
    Cancel,
    /// Nothing: for information only.
    Publish,
}

impl InvitationMethod {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
            Self::Publish => "PUBLISH",
        }
    }
}

impl Mail {
    /// The message as it goes over the wire, in a layout Gmail, Outlook and Apple Mail all read:
    /// the invitation is the last alternative, and attached once more as a file.
    pub(super) fn build(&self) -> Result<Message, ProviderError> {
        self.check_lines()?;
        let builder = Message::builder()
            .message_id(Some(self.message_id.clone()))
            .date(SystemTime::from(self.date))
            .from(self.from.mailbox().ok_or_else(bad_sender)?)
            .to(self.to.mailbox().ok_or_else(bad_recipient)?)
            .subject(self.subject.clone())
            // Keeps vacation replies and other robots quiet (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        let builder = match self.reply_to.as_ref().and_then(MailAddress::mailbox) {
            Some(reply_to) => builder.reply_to(reply_to),
            None => builder,
        };
        let builder = match &self.in_reply_to {
            Some(id) => builder.in_reply_to(id.clone()).references(id.clone()),
            None => builder,
        };
        let builder = match &self.unsubscribe {
            Some(uri) => builder.raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("List-Unsubscribe"),
                format!("<{uri}>"),
            )),
            None => builder,
        };
        let built = builder.multipart(self.parts());
        built.map_err(|_no_recipient| ProviderError::Invalid {
            reason: "a mail needs its addresses",
        })
    }

    /// Whatever becomes a header is one line: a line break would begin another header.
    pub(super) fn check_lines(&self) -> Result<(), ProviderError> {
        let lines = [
            Some(&self.message_id),
            Some(&self.subject),
            self.in_reply_to.as_ref(),
            self.unsubscribe.as_ref(),
        ];
        if lines.into_iter().flatten().any(|line| line.chars().any(char::is_control)) {
            return Err(ProviderError::Invalid { reason: "a header is one line of text" });
        }
        Ok(())
    }

    fn parts(&self) -> MultiPart {
        let readable = MultiPart::alternative()
            .singlepart(SinglePart::plain(self.text.clone()))
            .singlepart(SinglePart::html(self.html.clone()));
        let Some(invitation) = &self.calendar else { return readable };
        let file = Attachment::new("invite.ics".to_owned()).body(
            invitation.ics.clone().into_bytes(),
            content_type("application/ics; name=\"invite.ics\""),
        );
        MultiPart::mixed().multipart(readable.singlepart(invitation.part())).singlepart(file)
    }
}

impl Invitation {
    fn part(&self) -> SinglePart {
        let kind = format!("text/calendar; charset=utf-8; method={}", self.method.as_str());
        SinglePart::builder().header(content_type(&kind)).body(self.ics.clone())
    }
}

impl MailAddress {
    fn mailbox(&self) -> Option<Mailbox> {
        let name = self.name.as_ref().map(|name| name.replace(char::is_control, " "));
        Some(Mailbox::new(name, self.address.parse().ok()?))
    }
}

fn content_type(text: &str) -> ContentType {
    ContentType::parse(text).expect("the types written in this file are well formed")
}

fn bad_sender() -> ProviderError {
    ProviderError::Misconfigured { reason: "sender_address".to_owned() }
}

fn bad_recipient() -> ProviderError {
    ProviderError::Undeliverable {
        cause: Undeliverable::BadAddress,
        reason: "malformed_address".to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::mail) fn mail() -> Mail {
        let address = |name: &str, address: &str| MailAddress {
            name: Some(name.to_owned()),
            address: address.to_owned(),
        };
        Mail {
            message_id: "<ntf-1@book.example>".to_owned(),
            reference: "msg_1".to_owned(),
            date: "2026-11-20T08:00:00Z".parse().expect("an instant"),
            from: address("Jane Agent", "jane@agency.example"),
            to: address("Dana Whitfield", "dana@example.com"),
            reply_to: None,
            subject: "Confirmed: viewing – 123 Main St".to_owned(),
            text: "See you there.".to_owned(),
            html: "<p>See you there.</p>".to_owned(),
            calendar: None,
            in_reply_to: None,
            unsubscribe: None,
        }
    }

    fn wire(mail: &Mail) -> String {
        String::from_utf8(mail.build().expect("a message").formatted()).expect("ASCII on the wire")
    }

    #[test]
    fn an_invitation_is_the_last_alternative_and_a_file() {
        let ics = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n".to_owned();
        let invitation = Invitation { method: InvitationMethod::Request, ics };

        let wire = wire(&Mail { calendar: Some(invitation), ..mail() });

        let at = |part: &str| wire.find(part).unwrap_or_else(|| panic!("{part} not in {wire}"));
        let parts = [
            "Content-Type: multipart/mixed;",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html; charset=utf-8",
            "Content-Type: text/calendar; charset=utf-8; method=REQUEST",
            "Content-Type: application/ics; name=\"invite.ics\"",
        ];
        assert!(parts.map(at).is_sorted(), "{wire}");
        assert_eq!(wire.matches("Content-Disposition: attachment").count(), 1);
        assert_eq!(wire.matches("METHOD:REQUEST").count(), 2, "the same text twice");
    }

    #[test]
    fn a_repeat_is_the_same_message_with_the_same_id_and_date() {
        let wire = wire(&mail());

        assert!(wire.contains("Message-ID: <ntf-1@book.example>\r\n"), "{wire}");
        assert!(wire.contains("Date: Fri, 20 Nov 2026 08:00:00 +0000\r\n"), "{wire}");
        assert!(wire.contains("Auto-Submitted: auto-generated\r\n"), "{wire}");
        assert!(wire.is_ascii() && !wire.contains("multipart/mixed"), "{wire}");
    }

    #[test]
    fn a_line_break_cannot_smuggle_in_a_header() {
        let spoilt = Mail { subject: "Hi\r\nBcc: eve@example.com".to_owned(), ..mail() };
        assert!(matches!(spoilt.build(), Err(ProviderError::Invalid { .. })));

        let mut named = mail();
        named.to.name = Some("Dana\r\nBcc: eve@example.com".to_owned());
        assert!(!wire(&named).contains("\r\nBcc"));
    }

    #[test]
    fn a_malformed_address_is_the_recipients_or_ours() {
        let mut mail = mail();
        mail.to.address = "dana at example".to_owned();
        assert!(matches!(mail.build(), Err(ProviderError::Undeliverable { .. })));

        mail.from.address = String::new();
        assert!(matches!(mail.build(), Err(ProviderError::Misconfigured { .. })));
    }
}
