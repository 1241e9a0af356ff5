//! Sending texts, their callbacks, and texts from phones.

use doorstep_sandbox::twilio::{Direction, TextStatus};
use doorstep_sandbox::{Fault, FaultKind};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::Value;

use crate::bench::{Answer, Bench, Delivery, Receiver};

const OURS: &str = "+12135550100";
const PHONE: &str = "+12135550142";

async fn send(bench: &Bench, callback: &str, body: &str) -> Answer {
    let form = [("To", PHONE), ("From", OURS), ("Body", body), ("StatusCallback", callback)];
    bench.twilio(Method::POST, "/Messages.json", &form).await
}

fn statuses(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.field("MessageStatus")).collect()
}

/// Recomputed from what arrived, with code that is not the sandbox's.
fn is_signed(delivery: &Delivery, base: &str) -> bool {
    let mut form = delivery.form.clone();
    form.sort();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"sandbox-token").unwrap();
    mac.update(format!("{base}{}", delivery.uri).as_bytes());
    for (name, value) in form {
        mac.update(format!("{name}{value}").as_bytes());
    }
    let expected = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        mac.finalize().into_bytes(),
    );
    delivery.header("x-twilio-signature") == expected
}

#[tokio::test]
async fn a_text_is_carried_to_its_end_with_signed_callbacks() {
    let bench = Bench::start().await;
    let receiver = Receiver::start().await;

    let sent = send(&bench, &format!("{}/status?aid=1", receiver.base), "Hi + ü").await;
    bench.sandbox.settle().await;

    assert_eq!((sent.status.as_u16(), &sent.json["status"]), (201, &"queued".into()));
    let callbacks = receiver.deliveries();
    assert_eq!(statuses(&callbacks), ["sending", "sent", "delivered"]);
    assert!(callbacks.iter().all(|callback| is_signed(callback, &receiver.base)));
    assert_eq!(callbacks[0].field("MessageSid"), sent.json["sid"]);
    assert_eq!(callbacks[0].uri, "/status?aid=1");
    let path = format!("/Messages/{}.json", sent.json["sid"].as_str().unwrap());
    assert_eq!(bench.twilio(Method::GET, &path, &[]).await.ok()["status"], "delivered");
    assert_eq!(bench.sandbox.twilio().texts_to(PHONE)[0].body, "Hi + ü");
}

#[tokio::test]
async fn callbacks_get_lost_come_twice_and_tell_of_failure() {
    let bench = Bench::start().await;
    let receiver = Receiver::start().await;
    let faults = bench.sandbox.faults();
    faults.add(Fault::once("CALLBACK sending *", FaultKind::LostCallback));
    faults.add(Fault::once("CALLBACK sent *", FaultKind::DuplicateCallback));
    let unreachable = Fault::once(&format!("DELIVERY {PHONE}"), FaultKind::Undelivered);
    faults.add(Fault { reason: Some("30005".to_owned()), ..unreachable });

    send(&bench, &receiver.base, "Hi").await.ok();
    bench.sandbox.settle().await;

    let callbacks = receiver.deliveries();
    assert_eq!(statuses(&callbacks), ["sent", "sent", "undelivered"]);
    assert_eq!(callbacks[2].field("ErrorCode"), "30005");
    assert_eq!(bench.sandbox.twilio().texts()[0].error_code, Some(30_005));
}

#[tokio::test]
async fn a_late_callback_is_overtaken() {
    let bench = Bench::start().await;
    let receiver = Receiver::start().await;
    let late = Fault::once("CALLBACK sending *", FaultKind::LateCallback);
    bench.sandbox.faults().add(Fault { delay_ms: Some(1_500), ..late });

    send(&bench, &receiver.base, "Hi").await.ok();
    bench.sandbox.settle().await;

    assert_eq!(statuses(&receiver.deliveries()), ["sent", "delivered", "sending"]);
}

#[tokio::test]
async fn what_twilio_refuses_is_refused() {
    let bench = Bench::with(|options| options.twilio_numbers = vec![OURS.to_owned()]).await;
    let long = "x".repeat(1_601);
    let cases = [
        ("", OURS, "Hi", "", 21604),
        ("555-0142", OURS, "Hi", "", 21211),
        ("+15005550009", OURS, "Hi", "", 21614),
        ("+15005550004", OURS, "Hi", "", 21610),
        (PHONE, "", "Hi", "", 21603),
        (PHONE, "+12135550199", "Hi", "", 21606),
        (PHONE, "+15005550008", "Hi", "", 21611),
        (PHONE, OURS, "", "", 21602),
        (PHONE, OURS, &long, "", 21617),
        (PHONE, OURS, "Hi", "http://bad_host.example/x", 21609),
    ];
    for (to, from, body, callback, code) in cases {
        let form = [("To", to), ("From", from), ("Body", body), ("StatusCallback", callback)];
        let refused = bench.twilio(Method::POST, "/Messages.json", &form).await;
        assert_eq!((refused.status.as_u16(), &refused.json["code"]), (400, &code.into()));
    }
    assert!(bench.sandbox.twilio().texts().is_empty());
}

#[tokio::test]
async fn credentials_are_checked() {
    let bench = Bench::start().await;
    let sid = format!("AC{}", "0".repeat(32));
    let url = format!("{}/2010-04-01/Accounts/{sid}/Messages.json", bench.base);

    let wrong = Answer::of(bench.http.get(&url).basic_auth(&sid, Some("wrong"))).await;
    let other = url.replace(&sid, &sid.replace('0', "1"));
    let other = Answer::of(bench.http.get(other).basic_auth(&sid, Some("sandbox-token"))).await;

    assert_eq!((wrong.status.as_u16(), &wrong.json["code"]), (401, &20003.into()));
    assert_eq!(other.status, 404);
}

#[tokio::test]
async fn the_list_is_filtered_and_paged() {
    let bench = Bench::start().await;
    for body in ["one", "two", "three"] {
        send(&bench, "", body).await.ok();
    }
    bench.sandbox.settle().await;
    let list = async |path: &str| bench.twilio(Method::GET, path, &[]).await.ok();
    let bodies = |page: &Value| {
        let messages = page["messages"].as_array().unwrap();
        messages.iter().map(|m| m["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    let first = list("/Messages.json?To=%2B12135550142&PageSize=2").await;
    let next = first["next_page_uri"].as_str().unwrap();
    let second = list(&next[next.find("/Messages").unwrap()..]).await;

    assert_eq!(
        (bodies(&first), bodies(&second)),
        (vec!["three".to_owned(), "two".to_owned()], vec!["one".to_owned()])
    );
    assert_eq!(second["next_page_uri"], Value::Null);
    assert!(bodies(&list("/Messages.json?To=%2B12135550143").await).is_empty());
    let far = format!("/Messages.json?Page={}", usize::MAX);
    assert!(bodies(&list(&far).await).is_empty());
    assert_eq!(bodies(&list("/Messages.json?DateSent=2026-11-20").await).len(), 3);
    assert!(bodies(&list("/Messages.json?DateSent%3C=2026-11-19").await).is_empty());
}

#[tokio::test]
async fn a_messaging_service_chooses_the_sender_later() {
    let bench = Bench::with(|options| options.twilio_numbers = vec![OURS.to_owned()]).await;
    let service = format!("MG{}", "a".repeat(32));
    let form = [("To", PHONE), ("MessagingServiceSid", &service), ("Body", "Hi")];

    let sent = bench.twilio(Method::POST, "/Messages.json", &form).await.ok();
    bench.sandbox.settle().await;

    assert_eq!((&sent["status"], &sent["from"]), (&"accepted".into(), &Value::Null));
    assert_eq!(sent["num_segments"], "0");
    assert_eq!(bench.sandbox.twilio().texts()[0].from, OURS);
}

#[tokio::test]
async fn a_reply_reaches_the_webhook_and_its_twiml_the_phone() {
    let twiml = "<Response><Message>See you at 10 &amp; bring ID</Message></Response>";
    let webhook = Receiver::answering((200, "text/xml", twiml)).await;
    let url = format!("{}/in", webhook.base);
    let bench = Bench::with(|options| options.twilio_inbound_webhook = Some(url)).await;
    let text = serde_json::json!({ "from": PHONE, "to": OURS, "body": "C" });

    let received = bench.post_json("/_sandbox/twilio/inbound", &text).await.ok();
    bench.sandbox.settle().await;

    assert_eq!(received["webhook_status"], 200);
    let request = &webhook.deliveries()[0];
    assert!(is_signed(request, &webhook.base));
    assert_eq!((request.field("Body"), request.field("From")), ("C", PHONE));
    assert!(request.form.contains(&("ToCity".to_owned(), String::new())));
    let reply = &bench.sandbox.twilio().texts_to(PHONE)[0];
    assert_eq!(reply.body, "See you at 10 & bring ID");
    assert_eq!((reply.direction, reply.status), (Direction::OutboundReply, TextStatus::Delivered));
}

#[tokio::test]
async fn a_webhook_that_answers_badly_is_named_by_twilios_code() {
    let cases = [
        ((500, "text/xml", ""), 11_200),
        ((200, "application/json", "{}"), 12_300),
        ((200, "text/xml", "oops"), 12_100),
    ];
    for (answer, code) in cases {
        let webhook = Receiver::answering(answer).await;
        let bench = Bench::start().await;
        bench.sandbox.twilio().set_inbound_webhook(Some(webhook.base.clone()));

        let received = bench.sandbox.twilio().receive(PHONE, OURS, "C").await;

        assert_eq!(received.error_code, Some(code));
    }
}

#[tokio::test]
async fn a_phone_that_says_stop_gets_nothing_more_until_it_says_start() {
    let bench = Bench::start().await;
    let twilio = bench.sandbox.twilio();

    twilio.receive(PHONE, OURS, " stop ").await;
    let refused = send(&bench, "", "Hi").await;
    twilio.receive(PHONE, OURS, "START").await;
    let allowed = send(&bench, "", "Hi").await;

    assert_eq!(refused.json["code"], 21610);
    assert_eq!(allowed.status, 201);
}

#[tokio::test]
async fn a_text_can_be_redacted_and_deleted() {
    let bench = Bench::start().await;
    let sent = send(&bench, "", "secret").await.ok();
    let path = format!("/Messages/{}.json", sent["sid"].as_str().unwrap());

    assert_eq!(bench.twilio(Method::POST, &path, &[("Body", "")]).await.ok()["body"], "");
    assert_eq!(bench.twilio(Method::DELETE, &path, &[]).await.status, 204);
    assert_eq!(bench.twilio(Method::GET, &path, &[]).await.status, 404);
}
