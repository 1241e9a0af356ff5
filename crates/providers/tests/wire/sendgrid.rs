//! SendGrid's Mail Send: every request held against its OpenAPI document, every answer read.

use doorstep_providers::mail::{Invitation, InvitationMethod, Mail, MailAddress, Relay, SendGrid};
use doorstep_providers::{Http, HttpLimits, ProviderError};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::specs;
use crate::support::{self, Act, Server};

const KEY: &str = "SG.a-secret-key";

fn relay(server: &Server) -> Relay {
    let api_key = SecretString::from(KEY);
    Relay::SendGrid(SendGrid { api_key, base: server.url(""), events: None })
}

fn mail() -> Mail {
    let address = |name: Option<&str>, address: &str| MailAddress {
        name: name.map(str::to_owned),
        address: address.to_owned(),
    };
    let ics = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n".to_owned();
    Mail {
        message_id: "<bkg_1.x@agency.example>".to_owned(),
        reference: "msg_1".to_owned(),
        date: "2026-11-20T08:00:00Z".parse().expect("an instant"),
        from: address(Some("Agency"), "visits@agency.example"),
        to: address(Some("Dana Whitfield"), "dana@example.com"),
        reply_to: Some(address(None, "jane@agency.example")),
        subject: "Confirmed – viewing".to_owned(),
        text: "See you there.".to_owned(),
        html: "<p>See you there.</p>".to_owned(),
        calendar: Some(Invitation { method: InvitationMethod::Request, ics }),
        in_reply_to: None,
        unsubscribe: Some("mailto:visits@agency.example".to_owned()),
    }
}

async fn sent(
    act: Act,
    mail: &Mail,
) -> (Server, doorstep_providers::Call<doorstep_providers::mail::Receipt>) {
    let server = Server::start(vec![act]).await;
    let http = Http::new(HttpLimits::default()).expect("an HTTP client");
    let call = relay(&server).send(&http, mail).await;
    (server, call)
}

#[tokio::test]
async fn every_request_is_one_sendgrid_documents() {
    let accepted = support::answer(202, &[("x-message-id", "abc.recvd-1")], "");
    let plain = Mail { calendar: None, reply_to: None, unsubscribe: None, ..mail() };
    for mail in [mail(), plain] {
        let (server, call) = sent(accepted.clone(), &mail).await;

        let receipt = call.outcome.expect("it was taken");
        assert_eq!(receipt.id.as_deref(), Some("abc.recvd-1"));
        let request = server.requests().remove(0);
        assert_eq!(request.line(), "POST /v3/mail/send");
        assert_eq!(request.header("authorization"), Some("Bearer SG.a-secret-key"));
        let body: Value = serde_json::from_str(&request.body).expect("JSON");
        assert_eq!(faults(&body), [] as [String; 0]);
        assert!(!format!("{:?}", call.exchange).contains(KEY), "the key is masked");
    }
}

/// What in the body the specification does not allow, or misses.
fn faults(body: &Value) -> Vec<String> {
    let openapi = specs::load("sendgrid/tsg_mail_v3.json");
    let request = &openapi["components"]["requestBodies"]["PostMailSend"];
    let schema = &request["content"]["application/json"]["schema"];
    let mut schema = schema.clone();
    // Described as objects of any members.
    for open in ["headers", "custom_args"] {
        schema["properties"][open]["additionalProperties"] = json!({ "type": "string" });
    }
    let args = &mut schema["properties"]["personalizations"]["items"]["properties"]["custom_args"];
    args["additionalProperties"] = json!({ "type": "string" });
    let mut found = specs::faults(&openapi["components"]["schemas"], &schema, body, "");
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let missing = required.iter().filter_map(Value::as_str).filter(|name| body[*name].is_null());
    found.extend(missing.map(|name| format!("/{name}: missing")));
    found
}

#[test]
fn the_check_itself_finds_faults() {
    let sender = json!({ "email": "visits@agency.example" });
    let to = json!([{ "to": [{ "email": "dana@example.com" }] }]);
    for spoilt in [
        json!({ "from": sender }),
        json!({ "from": sender, "personalizations": to, "title": "x" }),
        json!({ "from": sender, "personalizations": [{ "to": "dana@example.com" }] }),
        json!({ "from": sender, "personalizations": to, "content": [{ "type": "", "value": "x" }] }),
    ] {
        assert!(!faults(&spoilt).is_empty(), "{spoilt}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_not_a_failure_and_a_hostile_header_never_leaves() {
    let (_, lost) = sent(Act::DropAfterReading, &mail()).await;
    assert!(matches!(lost.outcome, Err(ProviderError::OutcomeUnknown(_))), "{:?}", lost.outcome);
    let (_, broken) = sent(support::json(500, "{}"), &mail()).await;
    assert!(matches!(broken.outcome, Err(ProviderError::OutcomeUnknown(_))));

    let spoilt = Mail { subject: "Hi\r\nBcc: eve@example.com".to_owned(), ..mail() };
    let (server, unsent) = sent(support::answer(202, &[], ""), &spoilt).await;
    assert!(matches!(unsent.outcome, Err(ProviderError::Invalid { .. })));
    assert!(server.requests().is_empty());
}
