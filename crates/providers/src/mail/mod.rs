//! Mail: laying out a message, with a calendar invitation where there is one, and handing it to the
//! operator's mail server or to SendGrid once.
//!
//! What it is not for: writing the iCalendar text, choosing recipients, or sending again. A repeat
//! keeps the same Message-ID, so that many mailboxes drop the copy, though none promises to.
//!
//! Invariants: one recipient a message, so that one bad address fails alone; a refusal is told
//! from an answer lost after the content was handed over, which is the only case in which the
//! message may be on its way all the same.
//!
//! Facts come from RFC 5321, 3463 and 6047, from SendGrid's specification (`specs/sendgrid`), and
//! from what mail clients do with invitations.

mod codes;
mod event;
mod event_key;
mod message;
mod relay;
mod sendgrid;
mod smtp;

pub use event::{MailEvent, MailEventKind, mail_events};
pub use event_key::EventKey;
pub use message::{Invitation, InvitationMethod, Mail, MailAddress};
pub use relay::{Receipt, Relay};
pub use sendgrid::{REFERENCE, SendGrid};
pub use smtp::{Smtp, SmtpReply, SmtpUrlError};
