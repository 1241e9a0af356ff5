//! Every fault, at every call to a provider.

mod at_booking;
mod at_cancelling;
mod at_moving;
mod at_updating;

use std::time::Duration;

use sandbox::{Fault, FaultKind};
use scenarios::{Database, Given};
use serde_json::json;

/// Shorter than a slow provider takes, long enough for one that answers.
const CALL_LIMIT: Duration = Duration::from_millis(700);

/// A provider's misbehaviour, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    RequestLost,
    AnswerLost,
    Throttled,
    ThrottledFor(u32),
    RateLimited,
    ServerError,
    Unavailable,
    UnavailableButApplied,
    TooSlow,
    Garbled,
    Unauthorized,
    /// Of a mail server: a reply code, before or after taking the message.
    Reply(u16),
    ReplyButApplied(u16),
}

/// What can go wrong with a call over HTTP.
const OVER_HTTP: [Trouble; 11] = [
    Trouble::RequestLost,
    Trouble::AnswerLost,
    Trouble::Throttled,
    Trouble::ThrottledFor(7),
    Trouble::RateLimited,
    Trouble::ServerError,
    Trouble::Unavailable,
    Trouble::UnavailableButApplied,
    Trouble::TooSlow,
    Trouble::Garbled,
    Trouble::Unauthorized,
];

/// What can go wrong with a step of a talk with the mail server.
const OVER_SMTP: [Trouble; 3] = [Trouble::RequestLost, Trouble::Reply(451), Trouble::TooSlow];

impl Trouble {
    fn at(self, subject: &str) -> Fault {
        let once = |kind| Fault::once(subject, kind);
        match self {
            Self::RequestLost => once(FaultKind::DropBefore),
            Self::AnswerLost => once(FaultKind::DropAfter),
            Self::Throttled => Fault::error(subject, 429),
            Self::ThrottledFor(seconds) => {
                let wait = ("Retry-After".to_owned(), seconds.to_string());
                Fault { headers: [wait].into(), ..Fault::error(subject, 429) }
            }
            Self::RateLimited => Fault {
                reason: Some("rateLimitExceeded".to_owned()),
                body: subject.contains("Messages").then(|| json!({ "code": 20429 })),
                ..Fault::error(subject, 403)
            },
            Self::ServerError => Fault::error(subject, 500),
            Self::Unavailable => Fault::error(subject, 503),
            Self::UnavailableButApplied => Fault { applied: true, ..Fault::error(subject, 503) },
            Self::TooSlow => Fault { delay_ms: Some(1_000), ..once(FaultKind::Delay) },
            Self::Garbled => once(FaultKind::Malformed),
            Self::Unauthorized => Fault::error(subject, 401),
            Self::Reply(code) => Fault::error(subject, code),
            Self::ReplyButApplied(code) => Fault { applied: true, ..Fault::error(subject, code) },
        }
    }
}

/// One row of a table: a fault at a call, with the caller waiting or not.
#[derive(Debug, Clone, Copy)]
struct Row {
    trouble: Trouble,
    subject: &'static str,
    waits: bool,
}

impl Row {
    fn patience(self) -> Duration {
        if self.waits { Duration::from_secs(10) } else { Duration::ZERO }
    }

    fn fault(self) -> Fault {
        self.trouble.at(self.subject)
    }

    /// A service that accepts on trust, so that no fault may cost the booking.
    fn given(self, database: Database) -> Given {
        let given = Given::on(database).rule("when_unreachable = \"pending\"");
        match self.trouble {
            Trouble::TooSlow => given.call_limit(CALL_LIMIT),
            _ => given,
        }
    }
}

fn rows(troubles: &[Trouble], subjects: &[&'static str], waits: &[bool]) -> Vec<(String, Row)> {
    let mut rows = Vec::new();
    for &subject in subjects {
        for &trouble in troubles {
            for &waits in waits {
                let row = Row { trouble, subject, waits };
                rows.push((format!("{row:?}"), row));
            }
        }
    }
    rows
}

const TEXT: &str = "POST *Messages.json";
const MAIL_STEPS: [&str; 4] = ["SMTP CONNECT", "SMTP MAIL", "SMTP RCPT", "SMTP DATA"];

/// The faults of the messages that follow a change.
fn rows_of_messages() -> Vec<(String, Row)> {
    let mut all = rows(&OVER_HTTP, &[TEXT], &[false]);
    all.extend(rows(&OVER_SMTP, &MAIL_STEPS, &[false]));
    let applied = [Trouble::AnswerLost, Trouble::ReplyButApplied(451)];
    all.extend(rows(&applied, &["SMTP DATA"], &[false]));
    all
}
