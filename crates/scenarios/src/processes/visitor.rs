//! Somebody who books, moves and cancels over HTTP, and remembers every answer.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::phone_of;
use crate::simulation::{Dice, PEOPLE, SERVICES};

/// How long somebody waits who got no answer.
const BREATH: Duration = Duration::from_millis(40);
/// Somebody who never gets an answer at all.
const TRIES: usize = 2_000;
/// The days and the quarters of a day that people want: few enough that they meet.
const DAYS: usize = 40;
const QUARTERS: usize = 32;

/// What one or all visitors were answered.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) made: Vec<Made>,
    pub(super) accepted: usize,
    pub(super) refused: usize,
    pub(super) unanswered: usize,
    /// Answers that nobody should ever get.
    pub(super) wrong: Vec<String>,
}

/// A booking that was answered with success.
pub(super) struct Made {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) body: Value,
    /// It was confirmed, and by the answers it must be so still.
    pub(super) stands: bool,
    /// A cancellation was answered with success.
    pub(super) cancelled: bool,
    /// When it starts, by the answers.
    pub(super) start: Timestamp,
}

impl Answers {
    pub(super) fn add(&mut self, other: Self) {
        self.made.extend(other.made);
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.wrong.extend(other.wrong);
    }
}

/// The answer to one request.
struct Answer {
    status: StatusCode,
    body: Value,
    /// Nothing was asked before that had no answer, and may have had its effect.
    first: bool,
}

pub(super) struct Visitor {
    number: u64,
    requests: usize,
    dice: Dice,
    entrances: Vec<String>,
    key: String,
    http: reqwest::Client,
    first: Timestamp,
    answers: Answers,
}

impl Visitor {
    pub(super) fn new(number: u64, seed: u64, entrances: Vec<String>, key: String) -> Self {
        Self {
            number,
            requests: 0,
            dice: Dice::new(seed.wrapping_add(number)),
            entrances,
            key,
            http: super::doorstep::client(),
            first: tomorrow(),
            answers: Answers::default(),
        }
    }

    /// Comes again and again.
    pub(super) async fn comes_until(mut self, stop: CancellationToken) -> Answers {
        while !stop.is_cancelled() {
            let known = self.answers.made.iter().any(|made| made.stands);
            match self.dice.below(10) {
                6 | 7 if known => self.moves().await,
                8 if known => self.cancels().await,
                9 if known => self.repeats().await,
                _ => self.books().await,
            }
        }
        self.answers
    }

    fn start(&mut self) -> Timestamp {
        let minutes = 24 * 60 * self.dice.below(DAYS) + 15 * self.dice.below(QUARTERS);
        self.first + SignedDuration::from_mins(i64::try_from(minutes).expect("a few days"))
    }

    async fn books(&mut self) {
        let start = self.start();
        let (service, name) = (self.dice.one_of(&SERVICES), self.dice.one_of(&PEOPLE));
        self.requests += 1;
        let key = format!("visitor-{}-{}", self.number, self.requests);
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let body = json!({
            "service": service,
            "start": start.to_string(),
            "attendee": { "name": name, "email": email, "phone": phone_of(name) },
        });
        let Some(answer) = self.posts("/v1/bookings", &key, &body).await else { return };
        if answer.status.is_success() {
            let stands = answer.body["status"] == "confirmed";
            let id = answer.body["id"].as_str().unwrap_or_default().to_owned();
            self.answers.made.push(Made { id, key, body, stands, cancelled: false, start });
        } else if answer.status == StatusCode::CONFLICT && !has_alternatives(&answer.body) {
            self.answers.wrong.push(format!("a 409 without alternatives: {}", answer.body));
        }
    }

    fn some(&mut self) -> usize {
        let standing = self.answers.made.iter().enumerate().filter(|(_, made)| made.stands);
        let standing: Vec<usize> = standing.map(|(at, _)| at).collect();
        self.dice.one_of(&standing)
    }

    /// A move that is answered 202 may still be dropped: then both times are right.
    async fn moves(&mut self) {
        let (at, start) = (self.some(), self.start());
        self.requests += 1;
        let key = format!("visitor-{}-{}", self.number, self.requests);
        let path = format!("/v1/bookings/{}/reschedule", self.answers.made[at].id);
        let body = json!({ "start": start.to_string() });
        let answer = self.posts(&path, &key, &body).await;
        let made = &mut self.answers.made[at];
        match answer {
            Some(answer) if answer.status == StatusCode::OK && answer.body["change"].is_null() => {
                let start = answer.body["start"].as_str().and_then(|start| start.parse().ok());
                made.start = start.unwrap_or(made.start);
            }
            Some(answer) if answer.first && !answer.status.is_success() => {}
            Some(_) | None => made.stands = false,
        }
    }

    async fn cancels(&mut self) {
        let at = self.some();
        self.requests += 1;
        let key = format!("visitor-{}-{}", self.number, self.requests);
        let path = format!("/v1/bookings/{}/cancel", self.answers.made[at].id);
        let answer = self.posts(&path, &key, &json!({ "reason": "no time" })).await;
        let made = &mut self.answers.made[at];
        match answer {
            Some(answer) if answer.status.is_success() => {
                (made.stands, made.cancelled) = (false, true);
            }
            Some(answer) if answer.first => {}
            Some(_) | None => made.stands = false,
        }
    }

    async fn repeats(&mut self) {
        let at = self.some();
        let made = &self.answers.made[at];
        let (id, key, body) = (made.id.clone(), made.key.clone(), made.body.clone());
        let Some(answer) = self.posts("/v1/bookings", &key, &body).await else { return };
        if answer.status != StatusCode::OK || answer.body["id"] != *id {
            let (status, body) = (answer.status, answer.body);
            let text = format!("{key} made {id}, and was answered {status} {body} when repeated");
            self.answers.wrong.push(text);
        }
    }

    /// Asks until there is an answer, each time by another entrance: the key makes that harmless.
    async fn posts(&mut self, path: &str, key: &str, body: &Value) -> Option<Answer> {
        let mut breaths = tokio::time::interval(BREATH);
        for tried in 0..TRIES {
            breaths.tick().await;
            let entrance = &self.entrances[self.dice.below(self.entrances.len())];
            let request = self.http.post(format!("{entrance}{path}")).json(body);
            let request = request.bearer_auth(&self.key).header("idempotency-key", key);
            if let Ok(answer) = request.send().await {
                let status = answer.status();
                let body: Value = answer.json().await.unwrap_or_default();
                if status == StatusCode::INTERNAL_SERVER_ERROR {
                    self.answers.wrong.push(format!("{path} was answered 500: {body}"));
                }
                if !status.is_server_error() && body != Value::Null {
                    let answered = if status.is_success() {
                        &mut self.answers.accepted
                    } else {
                        &mut self.answers.refused
                    };
                    *answered += 1;
                    return Some(Answer { status, body, first: tried == 0 });
                }
            }
            self.answers.unanswered += 1;
        }
        None
    }
}

fn has_alternatives(answer: &Value) -> bool {
    answer["alternatives"].as_array().is_some_and(|all| !all.is_empty())
}

/// Four in the afternoon of the next day, in UTC.
#[expect(clippy::disallowed_methods, reason = "real processes go by the machine's clock")]
fn tomorrow() -> Timestamp {
    let day = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let noon = day.at(16, 0, 0, 0).to_zoned(TimeZone::UTC).expect("UTC has every hour");
    noon.timestamp() + SignedDuration::from_hours(24)
}
