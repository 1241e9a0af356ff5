//! Phone calls: placed, answered or not, and led by what webhooks answer.

use doorstep_sandbox::twilio::{Answering, CallStatus, Said};
use reqwest::Method;
use serde_json::Value;

use crate::bench::{Answer, Bench, Receiver};

const OURS: &str = "+12135550100";
const PHONE: &str = "+12135550142";
const MENU: &str = "<Response><Gather input=\"dtmf speech\" action=\"http://127.0.0.1:9/next\">\
    <Say>Press 1.</Say></Gather></Response>";

async fn place(bench: &Bench, url: &str, callback: &str) -> Answer {
    let form = [
        ("To", PHONE),
        ("From", OURS),
        ("Url", url),
        ("StatusCallback", callback),
        ("MachineDetection", "DetectMessageEnd"),
        ("Timeout", "30"),
    ];
    bench.twilio(Method::POST, "/Calls.json", &form).await
}

#[tokio::test]
async fn a_call_rings_until_its_phone_is_told_what_to_do() {
    let (bench, receiver) = (Bench::start().await, Receiver::start().await);
    let menu = Receiver::answering((200, "text/xml", MENU)).await;

    let placed = place(&bench, &menu.base, &receiver.base).await;
    let sid = placed.json["sid"].as_str().unwrap().to_owned();
    let ringing = bench.sandbox.twilio().calls();
    let taken = bench.sandbox.twilio().take_call(&sid, Answering::Person).await.unwrap();
    bench.sandbox.twilio().hang_up(&sid).await;

    assert_eq!((placed.status.as_u16(), &placed.json["status"]), (201, &"queued".into()));
    assert_eq!(ringing[0].status, CallStatus::Ringing);
    assert_eq!((taken.status, taken.heard), (CallStatus::InProgress, vec!["Press 1.".to_owned()]));
    assert_eq!(menu.deliveries()[0].field("AnsweredBy"), "human");
    assert_eq!(receiver.deliveries()[0].field("CallStatus"), "completed");
    let read = bench.twilio(Method::GET, &format!("/Calls/{sid}.json"), &[]).await.ok();
    assert_eq!(read["status"], "completed");
    let listed = bench.twilio(Method::GET, "/Calls.json?To=%2B12135550142", &[]).await.ok();
    assert_eq!(listed["calls"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_phone_may_be_busy_silent_or_a_machine() {
    let (bench, receiver) = (Bench::start().await, Receiver::start().await);
    let left = "<Response><Say>Please call back.</Say></Response>";
    let message = Receiver::answering((200, "text/xml", left)).await;

    for (answering, status) in [
        (Answering::Busy, "busy"),
        (Answering::NoAnswer, "no-answer"),
        (Answering::Machine, "completed"),
    ] {
        bench.sandbox.twilio().set_answering(PHONE, Some(answering));
        place(&bench, &message.base, &receiver.base).await;
        bench.sandbox.settle().await;
        let reported = receiver.deliveries().pop().unwrap();
        assert_eq!(reported.field("CallStatus"), status);
    }

    assert_eq!(message.deliveries().len(), 1, "only the machine hears anything");
    assert_eq!(message.deliveries()[0].field("AnsweredBy"), "machine_end_beep");
}

#[tokio::test]
async fn keys_and_words_go_where_they_are_listened_for() {
    let bench = Bench::start().await;
    let next = Receiver::answering((200, "text/xml", "<Response><Hangup/></Response>")).await;
    let twilio = bench.sandbox.twilio();

    for (said, field, value) in [
        (Said::Keys("1".to_owned()), "Digits", "1"),
        (Said::Words("confirm".to_owned()), "SpeechResult", "confirm"),
    ] {
        let menu = MENU.replace("http://127.0.0.1:9", &next.base);
        let menu = Receiver::answering((200, "text/xml", menu.leak())).await;
        twilio.set_voice_webhook(Some(menu.base.clone()));
        let call = twilio.call(PHONE, OURS).await.unwrap();
        let after = twilio.say(&call.sid, &said).await.unwrap();

        assert_eq!(after.status, CallStatus::Completed);
        let posted = next.deliveries().pop().unwrap();
        assert_eq!((posted.field(field), posted.field("Direction")), (value, "inbound"));
        assert_eq!(posted.uri, "/next");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_twiml_ends_the_call_with_its_code() {
    let bench = Bench::start().await;
    let twilio = bench.sandbox.twilio();
    for (document, code) in [("nonsense", 12_100), ("<Response><Shout/></Response>", 12_200)] {
        let webhook = Receiver::answering((200, "text/xml", document)).await;
        twilio.set_voice_webhook(Some(webhook.base.clone()));

        let call = twilio.call(PHONE, OURS).await.unwrap();

        assert_eq!((call.error_code, call.status), (Some(code), CallStatus::Completed));
    }
}

#[tokio::test]
async fn a_call_that_cannot_be_placed_is_refused_with_twilios_code() {
    let bench = Bench::start().await;
    let url = "http://127.0.0.1:9/";
    for (form, code) in [
        (vec![("From", OURS), ("Url", url)], 21_201),
        (vec![("To", "12"), ("From", OURS), ("Url", url)], 21_217),
        (vec![("To", PHONE), ("From", OURS)], 21_205),
    ] {
        let refused = bench.twilio(Method::POST, "/Calls.json", &form).await;
        assert_eq!((refused.status.as_u16(), &refused.json["code"]), (400, &Value::from(code)));
    }
}
