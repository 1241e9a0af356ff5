use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::event_key::EventKey;
use super::message::{Invitation, Mail, MailAddress};
use super::relay::Receipt;
use crate::error::{HttpError, ProviderError, Undeliverable, reason_code};
use crate::exchange::Call;
use crate::http::{Answer, Http, Request};

/// What an attempt's identifier is called among SendGrid's custom arguments, and so in its events.
pub const REFERENCE: &str = "doorstep_message";
/// The longest wait that a rate limit can impose on us.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// An account at SendGrid (v3 Mail Send).
#[derive(Debug, Clone)]
pub struct SendGrid {
    /// May send mail.
    pub api_key: SecretString,
    /// `https://api.sendgrid.com`, or that of another region.
    pub base: Url,
    /// Verifies what the event webhook posts; without it, nothing is believed.
    pub events: Option<EventKey>,
}

impl SendGrid {
    /// Hands one mail over, once. There is no key that makes a repeat harmless: after a lost answer
    /// only an event can tell whether it was taken.
    pub(super) async fn send(&self, http: &Http, mail: &Mail) -> Call<Receipt> {
        let request = match mail.check_lines().and_then(|()| self.request(mail)) {
            Ok(request) => request,
            Err(error) => return Call::unsent(error),
        };
        http.call(request, |answer| {
            if answer.is_success() { Ok(receipt(&answer)) } else { Err(refusal(answer)) }
        })
        .await
    }

    /// Asks what the key may do, and sends nothing.
    pub(super) async fn probe(&self, http: &Http) -> Call<()> {
        let request = match self.asks(Method::GET, &["scopes"], |request| request) {
            Ok(request) => request,
            Err(error) => return Call::unsent(error),
        };
        http.call(request, |answer| {
            if !answer.is_success() {
                return Err(refusal(answer));
            }
            let granted = answer.json::<WireScopes>("scopes")?.scopes;
            if granted.iter().any(|scope| scope == "mail.send") {
                return Ok(());
            }
            Err(ProviderError::Misconfigured { reason: "sender_or_scope".to_owned() })
        })
        .await
    }

    fn request(&self, mail: &Mail) -> Result<Request, ProviderError> {
        self.asks(Method::POST, &["mail", "send"], |request| request.json(&body(mail)))
    }

    fn asks(
        &self,
        method: Method,
        path: &[&str],
        with: impl FnOnce(Request) -> Request,
    ) -> Result<Request, ProviderError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| ProviderError::Invalid { reason: "the API's base URL has no path" })?
            .pop_if_empty()
            .push("v3")
            .extend(path);
        let key = self.api_key.expose_secret();
        with(Request::new(method, url)).secret(key).header(AUTHORIZATION, &format!("Bearer {key}"))
    }
}

/// Links stay as they are: a rewritten one would be fetched by its own host first, and hides ours.
fn body(mail: &Mail) -> Value {
    let mut content = vec![part("text/plain", &mail.text), part("text/html", &mail.html)];
    let mut body = Map::new();
    if let Some(invitation) = &mail.calendar {
        let kind = format!("text/calendar; charset=utf-8; method={}", invitation.method.as_str());
        content.push(part(&kind, &invitation.ics));
        body.insert("attachments".to_owned(), json!([file(invitation)]));
    }
    let reply_to = mail.reply_to.as_ref().map(|reply_to| ("reply_to", address(reply_to)));
    let fields = [
        (
            "personalizations",
            json!([{
                "to": [address(&mail.to)],
                "custom_args": { REFERENCE: mail.reference },
            }]),
        ),
        ("from", address(&mail.from)),
        ("subject", json!(mail.subject)),
        ("content", json!(content)),
        ("headers", headers(mail)),
        (
            "tracking_settings",
            json!({
                "click_tracking": { "enable": false, "enable_text": false },
                "open_tracking": { "enable": false },
            }),
        ),
    ];
    body.extend(fields.into_iter().chain(reply_to).map(|(name, value)| (name.to_owned(), value)));
    Value::Object(body)
}

fn part(kind: &str, text: &str) -> Value {
    json!({ "type": kind, "value": text })
}

fn file(invitation: &Invitation) -> Value {
    json!({
        "content": STANDARD.encode(invitation.ics.as_bytes()),
        "type": "application/ics",
        "filename": "invite.ics",
        "disposition": "attachment",
    })
}

fn address(of: &MailAddress) -> Value {
    let name = of.name.as_ref().map(|name| name.replace(char::is_control, " "));
    match name {
        Some(name) => json!({ "email": of.address, "name": name }),
        None => json!({ "email": of.address }),
    }
}

fn headers(mail: &Mail) -> Value {
    let unsubscribe = mail.unsubscribe.as_ref().map(|uri| format!("<{uri}>"));
    let headers = [
        ("Message-ID", Some(mail.message_id.clone())),
        ("Auto-Submitted", Some("auto-generated".to_owned())),
        ("In-Reply-To", mail.in_reply_to.clone()),
        ("References", mail.in_reply_to.clone()),
        ("List-Unsubscribe", unsubscribe),
    ];
    let given =
        headers.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
    Value::Object(given.collect())
}

fn receipt(answer: &Answer) -> Receipt {
    let id = answer.headers.get("x-message-id").and_then(|id| id.to_str().ok());
    Receipt { id: id.map(reason_code) }
}

#[derive(Default, Deserialize)]
struct WireErrors {
    #[serde(default)]
    errors: Vec<WireError>,
}

#[derive(Deserialize)]
struct WireScopes {
    scopes: Vec<String>,
}

#[derive(Deserialize)]
struct WireError {
    #[serde(default)]
    message: String,
    field: Option<String>,
}

fn refusal(answer: Answer) -> ProviderError {
    let status = answer.status;
    if status == 429 {
        return ProviderError::Throttled { retry_after: until_reset(&answer) };
    }
    if !(400..500).contains(&status) {
        return ProviderError::OutcomeUnknown(HttpError::Status(status));
    }
    let wire: WireErrors = answer.json("an error").unwrap_or_default();
    let first = wire.errors.into_iter().next();
    let (message, field) =
        first.map(|error| (error.message, error.field.unwrap_or_default())).unwrap_or_default();
    let reason = reason_code(&field);
    match status {
        401 => ProviderError::ClientCredentials { reason: "api_key".to_owned() },
        // The key may not send, or the sender is not one of the account's.
        403 => ProviderError::Misconfigured { reason: "sender_or_scope".to_owned() },
        400 if field.starts_with("personalizations") && field.contains(".to") => {
            ProviderError::Undeliverable { cause: Undeliverable::BadAddress, reason }
        }
        _ => ProviderError::Refused { status, reason, message },
    }
}

/// The reset is an instant; it is read against the answer's own date, so that our clock does not
/// matter.
fn until_reset(answer: &Answer) -> Option<Duration> {
    let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
    let reset = Timestamp::from_second(header("x-ratelimit-reset")?.parse().ok()?).ok()?;
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    let now = parser.parse_timestamp(header("date")?).ok()?;
    let wait = Duration::try_from(reset.duration_since(now)).unwrap_or_default();
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::super::message::InvitationMethod;
    use super::super::message::tests::mail;
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Answer {
        let headers: HeaderMap = headers
            .iter()
            .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)))
            .collect();
        Answer { status, headers, body: Bytes::from_static(body.as_bytes()), cut_short: None }
    }

    #[test]
    fn an_invitation_is_the_last_content_and_a_file() {
        let ics = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n".to_owned();
        let invitation = Invitation { method: InvitationMethod::Cancel, ics };

        let body = body(&Mail { calendar: Some(invitation), ..mail() });

        let kinds: Vec<&str> = body["content"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|c| c["type"].as_str())
            .collect();
        assert_eq!(
            kinds,
            ["text/plain", "text/html", "text/calendar; charset=utf-8; method=CANCEL"]
        );
        assert_eq!(body["attachments"][0]["filename"], "invite.ics");
        assert_eq!(body["personalizations"][0]["custom_args"][REFERENCE], "msg_1");
        assert_eq!(body["headers"]["Auto-Submitted"], "auto-generated");
    }

    #[test]
    fn a_refusal_says_who_has_to_do_something() {
        let bad_address = r#"{"errors":[{"message":"Does not contain a valid address.","field":"personalizations.0.to.0.email"}]}"#;
        let bad_body = r#"{"errors":[{"message":"too long","field":"subject"}]}"#;
        let seen = |status, body| format!("{:?}", refusal(answer(status, &[], body)));

        assert!(seen(400, bad_address).starts_with("Undeliverable"), "{}", seen(400, bad_address));
        assert!(seen(400, bad_body).starts_with("Refused"));
        assert!(seen(401, "").starts_with("ClientCredentials"));
        assert!(seen(403, "{}").starts_with("Misconfigured"));
        for status in [500, 502, 503, 504, 302] {
            assert!(seen(status, "").starts_with("OutcomeUnknown"), "{status}");
        }
    }

    #[test]
    fn a_rate_limit_is_waited_for_by_the_providers_own_clock() {
        let date = ("date", "Tue, 01 Dec 2026 08:00:00 GMT");
        let wait = |reset| until_reset(&answer(429, &[("x-ratelimit-reset", reset), date], ""));

        assert_eq!(wait("1796112042"), Some(Duration::from_secs(42)));
        assert_eq!(wait("1796111000"), Some(Duration::ZERO));
        assert_eq!(wait("9796112042"), Some(LONGEST_WAIT));
        assert_eq!(wait("soon"), None);
    }
}
