//! What people really heard: the texts and mails at the sandbox, each with the attempt behind it.

use sandbox::twilio::{Direction, Text};
use store::{Row, StoreError};

use crate::Scenario;
use crate::given::OPERATORS;
use crate::records::hex;

/// One message that arrived, and what it was about by our records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// About which booking, in hexadecimal.
    pub booking: String,
    /// Whom.
    pub recipient: String,
    /// How.
    pub channel: &'static str,
    /// What kind of news.
    pub news: String,
    /// What the recipient then knows: `stands`, `over`, `received` or `asked`.
    pub told: String,
    /// The start that it names, in microseconds.
    pub starts_at: Option<i64>,
    /// The edition of the title and place that it names.
    pub edition: i64,
}

struct Attempt {
    heard: Heard,
    body: String,
    matched: bool,
}

/// Everything that arrived, in order, texts before mails. A mail that came more than once with the
/// same Message-ID counts once: that is what the identifier is for.
pub(crate) fn everything(scenario: &Scenario) -> Vec<Heard> {
    let mut attempts = attempts(scenario);
    let mut heard = Vec::new();
    let answers = answers(scenario);
    let sent =
        |text: &Text| text.direction == Direction::OutboundApi && !answers.contains(&text.sid);
    for text in scenario.sandbox.twilio().texts().into_iter().filter(sent) {
        heard.push(find(&mut attempts, "sms", &text.to, &text.body));
    }
    let mut known = Vec::new();
    let mails = scenario.sandbox.mail().messages();
    for mail in mails.into_iter().filter(|mail| mail.to != [OPERATORS]) {
        let id = mail.header("Message-ID").expect("a mail has a Message-ID");
        // The list of a host's day is about no booking.
        let of_day = id.starts_with("<day.");
        if !known.contains(&id) && !of_day {
            known.push(id);
            heard.push(find(&mut attempts, "email", &mail.to[0], &mail.text()));
        }
    }
    heard
}

/// The identifiers of what was sent by itself in answer to a text.
fn answers(scenario: &Scenario) -> Vec<String> {
    let sql = "select reply_sid from inbound_texts where reply_sid is not null";
    let rows = scenario.looks(sql).into_iter();
    rows.map(|mut row| row.take().expect("an identifier")).collect()
}

/// The attempt behind a message: the first that no message was found for yet.
fn find(attempts: &mut [Attempt], channel: &'static str, to: &str, body: &str) -> Heard {
    let fits = |attempt: &Attempt| {
        let heard = &attempt.heard;
        heard.channel == channel && heard.recipient == to && plain(&attempt.body) == plain(body)
    };
    let fresh = attempts.iter().position(|attempt| fits(attempt) && !attempt.matched);
    let at = fresh.or_else(|| attempts.iter().position(fits));
    let at = at.unwrap_or_else(|| panic!("{to} got something nobody sent: {body}"));
    attempts[at].matched = true;
    attempts[at].heard.clone()
}

fn plain(text: &str) -> String {
    text.replace('\r', "").trim().to_owned()
}

fn attempts(scenario: &Scenario) -> Vec<Attempt> {
    let sql = "select booking, recipient, channel, news, told, starts_at, edition, body
                 from messages order by id";
    let rows = scenario.looks(sql).into_iter();
    rows.map(|row| attempt(row).expect("it can be read")).collect()
}

fn attempt(mut row: Row) -> Result<Attempt, StoreError> {
    let booking = hex(row.take()?);
    let recipient = row.take()?;
    let channel: String = row.take()?;
    let heard = Heard {
        booking,
        recipient,
        channel: match channel.as_str() {
            "sms" => "sms",
            "voice" => "voice",
            _ => "email",
        },
        news: row.take()?,
        told: row.take()?,
        starts_at: row.take()?,
        edition: row.take()?,
    };
    Ok(Attempt { heard, body: row.take()?, matched: false })
}
