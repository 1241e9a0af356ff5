//! The mailbox: a list, and one mail with everything in it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::links::{Piece, pieces};
use super::{Page, html};
use crate::Sandbox;
use crate::mail::Mail;

/// A mail's own markup may style itself, show the images it brought and open its links beside the
/// sandbox's page, and nothing else.
const MAIL_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; \
                           default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                           frame-ancestors 'self'";

#[derive(Template)]
#[template(path = "mailbox.html")]
struct List {
    page: Page,
    mails: Vec<Line>,
}

struct Line {
    id: u64,
    subject: String,
    to: String,
    received: String,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct One {
    page: Page,
    id: u64,
    envelope_from: String,
    envelope_to: String,
    headers: Vec<(String, String)>,
    text: Option<Vec<Piece>>,
    has_html: bool,
    invitation: Option<Shown>,
    files: Vec<File>,
}

/// An invitation as a calendar would show it.
struct Shown {
    verb: &'static str,
    lines: Vec<(String, String)>,
}

/// The properties that a person looks at.
const PROPERTIES: [(&str, &str); 9] = [
    ("SUMMARY", "What"),
    ("DTSTART", "From"),
    ("DTEND", "To"),
    ("LOCATION", "Where"),
    ("ORGANIZER", "Organizer"),
    ("ATTENDEE", "Attendee"),
    ("STATUS", "Status"),
    ("SEQUENCE", "Version"),
    ("UID", "Identifier"),
];

impl Shown {
    fn of(method: Option<&str>, object: &str) -> Self {
        let unfolded = object.replace("\r\n ", "").replace("\n ", "");
        let lines = PROPERTIES.iter().filter_map(|(property, label)| {
            let found = unfolded.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                (name.split(';').next() == Some(property)).then_some(value)
            });
            let plain = found?.replace("\\n", " ").replace('\\', "");
            Some(((*label).to_owned(), plain))
        });
        let verb = match method {
            Some("CANCEL") => "Takes an appointment out of the calendar",
            Some("REQUEST") => "Invites to an appointment, or changes it",
            Some(_) | None => "Tells of an appointment",
        };
        Self { verb, lines: lines.collect() }
    }
}

struct File {
    name: String,
    kind: String,
    bytes: usize,
    text: Option<String>,
}

pub(super) async fn list(State(sandbox): State<Sandbox>) -> Response {
    let mails = sandbox.mail().messages();
    let mails = mails.iter().rev().map(|mail| Line {
        id: mail.id,
        subject: mail.subject(),
        to: mail.to.join(", "),
        received: mail.received.strftime("%-d %b %H:%M UTC").to_string(),
    });
    html(&List { page: Page::named("Mailbox"), mails: mails.collect() })
}

pub(super) async fn show(State(sandbox): State<Sandbox>, Path(id): Path<u64>) -> Response {
    let Some(mail) = sandbox.mail().find(id) else { return StatusCode::NOT_FOUND.into_response() };
    html(&one(&mail))
}

fn one(mail: &Mail) -> One {
    let content = mail.content();
    let shown = content.calendar.as_ref();
    let shown = shown.map(|(method, text)| Shown::of(method.as_deref(), text));
    let invitation = content.calendar.map(|(method, text)| File {
        name: "invitation".to_owned(),
        kind: format!("text/calendar; method={}", method.unwrap_or_default()),
        bytes: text.len(),
        text: Some(text),
    });
    let attached = content.attachments.iter().map(|file| File {
        name: file.filename.clone(),
        kind: file.content_type.clone(),
        bytes: file.bytes.len(),
        text: file.text(),
    });
    One {
        page: Page::named(mail.subject()),
        id: mail.id,
        envelope_from: mail.from.clone(),
        envelope_to: mail.to.join(", "),
        headers: mail.headers(),
        text: content.text.as_deref().map(pieces),
        has_html: content.html.is_some(),
        invitation: shown,
        files: invitation.into_iter().chain(attached).collect(),
    }
}

/// The mail's own markup, for the frame that shows it. Its links open in a page of their own.
pub(super) async fn html_body(State(sandbox): State<Sandbox>, Path(id): Path<u64>) -> Response {
    let body = sandbox.mail().find(id).and_then(|mail| mail.content().html);
    let Some(body) = body else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(MAIL_POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, format!("<base target=\"_blank\">{body}")).into_response()
}
