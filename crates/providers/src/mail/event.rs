use serde::Deserialize;
use serde_json::Value;

use super::sendgrid::REFERENCE;
use crate::error::reason_code;

/// More events than one delivery holds: the service ends a batch at 768 kB.
const MOST_EVENTS: usize = 5_000;

/// What SendGrid's event webhook says of one mail.
#[derive(Debug, Clone, PartialEq)]
pub struct MailEvent {
    /// The same for a repeat.
    pub id: String,
    /// What we put into the custom arguments: the attempt.
    pub reference: Option<String>,
    /// The provider's identifier of the mail; missing for some bounces.
    pub provider_id: Option<String>,
    /// What happened.
    pub kind: MailEventKind,
    /// All that was said.
    pub payload: Value,
}

/// What happened to a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailEventKind {
    /// SendGrid has it and will try to deliver it.
    Processed,
    /// The receiving server wants to be asked again; the service goes on by itself.
    Deferred,
    /// The receiving server took it.
    Delivered,
    /// The receiving server refused it, for good or for now; it is not tried again.
    Bounced {
        /// The enhanced status, or what there was.
        status: String,
    },
    /// It was never tried: the address is suppressed or not one.
    Dropped {
        /// Why.
        reason: String,
    },
    /// Opened, clicked, complained about: nothing that says whether it arrived. A machine that
    /// follows links opens and clicks, too.
    Other,
}

#[derive(Deserialize)]
struct WireEvent {
    sg_event_id: Option<String>,
    sg_message_id: Option<String>,
    event: Option<String>,
    status: Option<String>,
    reason: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Reads a delivery of the event webhook. What has no identifier or is no event is left out;
/// `None` when the body is not a list.
pub fn mail_events(body: &[u8]) -> Option<Vec<MailEvent>> {
    let list: Vec<Value> = serde_json::from_slice(body).ok()?;
    Some(list.into_iter().take(MOST_EVENTS).filter_map(read).collect())
}

fn read(payload: Value) -> Option<MailEvent> {
    let reference = payload.get(REFERENCE).and_then(Value::as_str).map(str::to_owned);
    let wire: WireEvent = serde_json::from_value(payload.clone()).ok()?;
    let id = wire.sg_event_id.filter(|id| (1..=100).contains(&id.len()) && !id.contains('\0'))?;
    let code = |text: Option<String>| text.map(|text| reason_code(&text)).unwrap_or_default();
    let kind = match wire.event.as_deref() {
        Some("processed") => MailEventKind::Processed,
        Some("deferred") => MailEventKind::Deferred,
        Some("delivered") => MailEventKind::Delivered,
        Some("bounce") => MailEventKind::Bounced { status: code(wire.status.or(wire.kind)) },
        Some("dropped") => MailEventKind::Dropped { reason: code(wire.reason) },
        Some(_) | None => MailEventKind::Other,
    };
    let provider_id = wire.sg_message_id.map(|id| reason_code(&id));
    Some(MailEvent { id, reference, provider_id, kind, payload })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_read_and_what_is_no_event_is_left_out() {
        let body = br#"[
            {"event":"bounce","sg_event_id":"e1","sg_message_id":"m1.filter","status":"5.1.1",
             "type":"bounce","doorstep_message":"msg_1","email":"dana@example.com"},
            {"event":"dropped","sg_event_id":"e2","reason":"Bounced Address"},
            {"event":"open","sg_event_id":"e3","url_offset":{"index":0}},
            {"event":"delivered"},
            "delivered", 7, null
        ]"#;

        let events = mail_events(body).expect("a list");

        assert_eq!(events.len(), 3);
        assert_eq!(events[0].reference.as_deref(), Some("msg_1"));
        assert_eq!(events[0].kind, MailEventKind::Bounced { status: "5.1.1".to_owned() });
        assert_eq!(events[1].kind, MailEventKind::Dropped { reason: "BouncedAddress".to_owned() });
        assert_eq!(events[2].kind, MailEventKind::Other);
        assert_eq!(mail_events(b"{}"), None);
        assert_eq!(mail_events(b""), None);
    }
}
