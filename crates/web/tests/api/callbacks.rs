//! What Twilio reports of our texts, and what it brings us from phones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorstep_web::http::rate_limit::Rate;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use serde_json::json;

use super::given::{Given, TWILIO_TOKEN, but, wish};
use super::{Answer, Call, problem};

const PATH: &str = "/callbacks/twilio/status?message=msg_00000000000000000000000001";
const BODY: &str = "MessageSid=SM1&MessageStatus=delivered&From=%2B12135550199";
/// The fields of the body by name, each with its value.
const SIGNED: &str = "From+12135550199MessageSidSM1MessageStatusdelivered";

fn signature(url: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(TWILIO_TOKEN.as_bytes()).unwrap();
    mac.update(format!("{url}{SIGNED}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

async fn report(given: &Given, signature: &str) -> Answer {
    let call = Call::new("POST", PATH).body("application/x-www-form-urlencoded", BODY);
    given.send(call.header("x-twilio-signature", signature)).await
}

#[tokio::test]
async fn a_report_is_believed_if_it_is_signed_for_our_public_address() {
    let given = Given::agency().await;

    for origin in ["https://book.agency.example", "https://book.agency.example:443"] {
        report(&given, &signature(&format!("{origin}{PATH}"))).await.ok(204);
    }
    for wrong in [
        signature(&format!("https://other.example{PATH}")),
        signature("https://book.agency.example/callbacks/twilio/status"),
        String::new(),
        "nonsense".to_owned(),
    ] {
        assert_eq!(report(&given, &wrong).await.problem(), problem(403, "forbidden"));
    }
    let unsigned = Call::new("POST", PATH).body("application/x-www-form-urlencoded", BODY);
    assert_eq!(given.send(unsigned).await.problem(), problem(403, "forbidden"));
}

/// A form as Twilio posts it, signed for our public address.
fn posted(path: &str, fields: &[(&str, &str)]) -> Call {
    let url = format!("https://book.agency.example{path}");
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let signed: String = sorted.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(TWILIO_TOKEN.as_bytes()).unwrap();
    mac.update(format!("{url}{signed}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Call::new("POST", path)
        .body("application/x-www-form-urlencoded", form(fields))
        .header("x-twilio-signature", &signature)
}

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

const PHONE: &str = "+12135550142";

fn text(sid: &str, body: &str) -> Call {
    let fields = [
        ("MessageSid", sid),
        ("From", PHONE),
        ("To", "+12135550199"),
        ("Body", body),
        ("FromCity", ""),
    ];
    posted("/callbacks/twilio/sms", &fields)
}

async fn booked_by_phone(given: &Given) -> String {
    let attendee = json!({ "name": "Dana <b>Whitfield</b>", "phone": PHONE });
    let wish = but(wish("2026-12-01T10:00:00-08:00"), json!({ "attendee": attendee }));
    let booking = given.as_admin(Call::post("/v1/bookings", &wish)).await.ok(201);
    booking["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_text_is_answered_in_the_same_request() {
    let given = Given::agency().await;
    let id = booked_by_phone(&given).await;

    let answer = given.send(text("SM1", "C")).await;

    assert_eq!(answer.header("content-type"), "text/xml; charset=utf-8");
    let answered = answer.body;
    let expected = "<Response><Message>Thank you for confirming: Viewing: 123 Main St, Tue 1 Dec";
    assert!(answered.contains(expected), "{answered}");
    let booking = given.as_admin(Call::get(format!("/v1/bookings/{id}"))).await.ok(200);
    assert_eq!(booking["attending"][0]["position"], 0);
    assert_eq!(booking["attending"][0]["by"], "sms");
}

#[tokio::test]
async fn a_forged_or_replayed_text_changes_nothing() {
    let given = Given::agency().await;
    let id = booked_by_phone(&given).await;
    given.send(text("SM1", "X")).await;

    let fields = [("MessageSid", "SM2"), ("From", PHONE), ("Body", "1")];
    let forged = Call::new("POST", "/callbacks/twilio/sms")
        .body("application/x-www-form-urlencoded", form(&fields))
        .header("x-twilio-signature", "bm9uc2Vuc2U=");
    let forged = given.send(forged).await;
    let known = given.send(text("SM1", "X")).await.body;
    given.clock.advance(jiff::SignedDuration::from_mins(2));
    let replayed = given.send(text("SM1", "X")).await;

    assert_eq!(forged.problem(), problem(403, "forbidden"));
    assert!(known.contains("Reply 1 to call it off"), "the provider missed the answer: {known}");
    assert_eq!(replayed.problem(), problem(403, "forbidden"));
    let booking = given.as_admin(Call::get(format!("/v1/bookings/{id}"))).await.ok(200);
    assert_eq!(booking["status"], "confirmed");
}

#[tokio::test]
async fn odd_texts_are_answered_safely() {
    let given = Given::agency().await;
    booked_by_phone(&given).await;
    let long = "\u{1f389}".repeat(2_500);

    for (at, body) in
        ["<Message>&\0\u{1}</Message>", "\u{202e}C", &long, "", "مرحبا"].iter().enumerate()
    {
        let answer = given.send(text(&format!("SM{at}"), body)).await.body;
        assert!(answer.starts_with("<?xml version"), "{answer}");
        assert_eq!(answer.matches("<Message>").count(), 1, "{answer}");
    }
    for from in ["12345", "Agency", "", "+1", "anonymous"] {
        let fields = [("MessageSid", "SM9"), ("From", from), ("Body", "R")];
        let answer = given.send(posted("/callbacks/twilio/sms", &fields)).await.body;
        assert!(answer.ends_with("<Response></Response>"), "{from}: {answer}");
    }
}

#[tokio::test]
async fn a_json_callback_is_believed_by_the_hash_of_its_body() {
    let given = Given::agency().await;
    let body = r#"{"MessageSid":"SM1","MessageStatus":"sent"}"#;
    let digest = <sha2::Sha256 as sha2::Digest>::digest(body.as_bytes());
    let hash = format!("{:x}", bytes::Bytes::copy_from_slice(&digest));
    let post = |hash: &str, body: &str| {
        let path = format!("/callbacks/twilio/status?bodySHA256={hash}");
        let url = format!("https://book.agency.example{path}");
        let mut mac = Hmac::<Sha1>::new_from_slice(TWILIO_TOKEN.as_bytes()).unwrap();
        mac.update(url.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        Call::new("POST", &path)
            .body("application/json", body)
            .header("x-twilio-signature", &signature)
    };

    given.send(post(&hash, body)).await.ok(204);

    let altered = given.send(post(&hash, "{}")).await;
    assert_eq!(altered.problem(), problem(403, "forbidden"));
}

fn call(path: &str, more: &[(&str, &str)]) -> Call {
    let mut fields = vec![
        ("CallSid", "CA1"),
        ("From", PHONE),
        ("To", "+12135550199"),
        ("Direction", "inbound"),
        ("CallStatus", "in-progress"),
    ];
    fields.extend(more);
    posted(path, &fields)
}

#[tokio::test]
async fn a_caller_hears_their_appointment_and_its_choices() {
    let given = Given::agency().await;
    let id = booked_by_phone(&given).await;

    let hello = given.send(call("/callbacks/twilio/voice/inbound", &[])).await.body;
    let step = "/callbacks/twilio/voice/step?step=1";
    let confirmed = given.send(call(step, &[("Digits", "1")])).await.body;
    let repeated = given.send(call(step, &[("Digits", "1")])).await.body;

    assert!(hello.contains("<Gather input=\"dtmf speech\" numDigits=\"1\""), "{hello}");
    let action = "action=\"https://book.agency.example/callbacks/twilio/voice/step?step=1\"";
    assert!(hello.contains(action), "{hello}");
    let said = "Your appointment is Viewing: 123 Main St, Tuesday, December 1, at 10:00 AM, Los Angeles time.";
    assert!(hello.contains(said), "{hello}");
    assert!(confirmed.contains("Thank you.") && confirmed.contains("<Hangup/>"), "{confirmed}");
    assert_eq!(confirmed, repeated);
    let booking = given.as_admin(Call::get(format!("/v1/bookings/{id}"))).await.ok(200);
    assert_eq!(booking["attending"][0]["by"], "voice");
}

#[tokio::test]
async fn only_a_trusted_proxy_is_believed_what_it_forwarded() {
    let given = Given::with(Rate::Off, "10.0.0.0/8").await;
    let call = || {
        Call::new("POST", PATH)
            .body("application/x-www-form-urlencoded", BODY)
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "other.example")
            .header("x-twilio-signature", &signature(&format!("https://other.example{PATH}")))
    };

    let by_proxy = given.send(call().from("10.0.0.1:443")).await;
    let by_stranger = given.send(call().from("203.0.113.9:443")).await;

    by_proxy.ok(204);
    assert_eq!(by_stranger.problem(), problem(403, "forbidden"));
}

/// A delivery as SendGrid signed it; from the test suite of its own Python library.
const EVENTS: &str = concat!(
    r#"[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","#,
    r#""sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","#,
    r#""sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","#,
    r#""smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]"#,
    "\r\n"
);
const EVENTS_SIGNED: &str = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";

#[tokio::test]
async fn an_event_of_a_mail_is_believed_if_its_bytes_are_signed() {
    let given = Given::agency().await;
    let post = |timestamp: &str, signature: &str, body: &'static str| {
        Call::new("POST", "/callbacks/sendgrid")
            .body("application/json", body)
            .header("x-twilio-email-event-webhook-timestamp", timestamp)
            .header("x-twilio-email-event-webhook-signature", signature)
    };

    given.send(post("1600112502", EVENTS_SIGNED, EVENTS)).await.ok(204);
    for forged in [
        post("1600112503", EVENTS_SIGNED, EVENTS),
        post("1600112502", EVENTS_SIGNED, "[]"),
        post("1600112502", "", EVENTS),
        post("1600112502", "nonsense", EVENTS),
        Call::new("POST", "/callbacks/sendgrid").body("application/json", EVENTS),
    ] {
        assert_eq!(given.send(forged).await.problem(), problem(403, "forbidden"));
    }
}

#[tokio::test]
async fn a_notification_about_a_calendar_without_its_subscription_changes_nothing() {
    let given = Given::agency().await;
    let notification = |channel: &str| {
        Call::new("POST", "/callbacks/google")
            .header("x-goog-channel-id", channel)
            .header("x-goog-channel-token", "guess")
            .header("x-goog-resource-id", "anything")
            .header("x-goog-resource-state", "exists")
    };

    let unknown = given.send(notification("nobodys")).await;
    let nameless = given.send(Call::new("POST", "/callbacks/google")).await;

    assert_eq!(unknown.problem(), problem(404, "not_found"));
    assert_eq!(nameless.problem(), problem(403, "forbidden"));
}
