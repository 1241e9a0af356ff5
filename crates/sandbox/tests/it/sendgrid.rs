//! SendGrid's mail API, and the events that it signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorstep_sandbox::mail::sendgrid::{API_KEY, PUBLIC_KEY};
use doorstep_sandbox::{Fault, FaultKind};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::bench::{Answer, Bench, Receiver};

const TO: &str = "dana@example.com";

fn body() -> Value {
    json!({
        "personalizations": [{ "to": [{ "email": TO }], "custom_args": { "attempt": "a1" } }],
        "from": { "email": "visits@agency.example", "name": "Agency" },
        "subject": "Besichtigung für Zoë",
        "content": [
            { "type": "text/plain", "value": "Grüße" },
            { "type": "text/html", "value": "<p>Grüße</p>" },
            { "type": "text/calendar; method=REQUEST", "value": "BEGIN:VCALENDAR\r\n" },
        ],
        "attachments": [{ "content": "QkVHSU4=", "type": "application/ics",
                          "filename": "invite.ics", "disposition": "attachment" }],
        "headers": { "Message-ID": "<1@agency.example>" },
    })
}

async fn send(bench: &Bench, key: &str, body: &Value) -> Answer {
    let url = format!("{}/v3/mail/send", bench.base);
    Answer::of(bench.http.post(url).bearer_auth(key).json(body)).await
}

#[tokio::test]
async fn a_mail_arrives_as_it_would_with_its_invitation() {
    let bench = Bench::start().await;

    let answer = send(&bench, API_KEY, &body()).await;

    assert_eq!(answer.status.as_u16(), 202);
    let mail = bench.sandbox.mail().messages_to(TO).remove(0);
    assert_eq!(mail.subject(), "Besichtigung für Zoë");
    assert_eq!(mail.header("Message-ID").as_deref(), Some("<1@agency.example>"));
    let content = mail.content();
    assert_eq!(content.text.as_deref(), Some("Grüße"));
    assert_eq!(content.html.as_deref(), Some("<p>Grüße</p>"));
    assert_eq!(content.calendar.and_then(|(method, _)| method).as_deref(), Some("REQUEST"));
    assert_eq!(content.attachments[0].filename, "invite.ics");
}

#[tokio::test]
async fn what_sendgrid_refuses_is_refused_with_its_field() {
    let bench = Bench::start().await;
    let with = |change: fn(&mut Value)| {
        let mut body = body();
        change(&mut body);
        body
    };
    let table: [(Value, &str); 4] = [
        (
            with(|b| b["personalizations"][0]["to"][0]["email"] = json!("x")),
            "personalizations.0.to.0.email",
        ),
        (with(|b| b["subject"] = json!("")), "subject"),
        (
            with(
                |b| b["content"] = json!([{ "type": "text/html", "value": "x" }, { "type": "text/plain", "value": "x" }]),
            ),
            "content",
        ),
        (with(|b| b["headers"] = json!({ "Subject": "x" })), "headers.Subject"),
    ];
    for (body, field) in table {
        let answer = send(&bench, API_KEY, &body).await;

        assert_eq!(answer.status.as_u16(), 400);
        assert_eq!(answer.json["errors"][0]["field"], field);
    }
    assert_eq!(send(&bench, "SG.other", &body()).await.status.as_u16(), 401);
    assert_eq!(bench.sandbox.mail().messages().len(), 0);
}

#[tokio::test]
async fn events_are_signed_over_timestamp_and_body_and_a_bounce_can_be_scripted() {
    let bench = Bench::start().await;
    let receiver = Receiver::start().await;
    bench.sandbox.mail().set_event_webhook(Some(format!("{}/events", receiver.base)));
    bench.sandbox.faults().add(Fault::once(&format!("DELIVERY {TO}"), FaultKind::Undelivered));

    send(&bench, API_KEY, &body()).await;
    bench.sandbox.settle().await;

    let posted = receiver.deliveries();
    let events: Vec<Value> = posted
        .iter()
        .map(|post| serde_json::from_slice::<Value>(&post.body).expect("JSON")[0].clone())
        .collect();
    assert_eq!([&events[0]["event"], &events[1]["event"]], ["processed", "bounce"]);
    assert!(events.iter().all(|event| event["attempt"] == "a1"), "custom arguments come back");
    let der = STANDARD.decode(PUBLIC_KEY).unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &der[26..]);
    for post in &posted {
        let timestamp = post.header("x-twilio-email-event-webhook-timestamp");
        let signature =
            STANDARD.decode(post.header("x-twilio-email-event-webhook-signature")).unwrap();
        let signed = [timestamp.as_bytes(), &post.body].concat();
        assert!(key.verify(&signed, &signature).is_ok());
    }
}
