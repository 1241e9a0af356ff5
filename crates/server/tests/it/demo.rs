//! What the README promises.

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::process::Doorstep;

const EVENTS: &str = "/_sandbox/google/events?calendar=jane@agency.example";

/// The live events that are bookings of ours.
fn ours(events: &Value) -> Vec<Value> {
    let events = events["items"].as_array().or(events.as_array()).cloned().unwrap_or_default();
    let live = |event: &Value| event["status"] != "cancelled";
    let booked =
        |event: &Value| event["extendedProperties"]["private"]["doorstep_booking"].is_string();
    events.into_iter().filter(|event| live(event) && booked(event)).collect()
}

fn count(list: &Value) -> usize {
    list["items"].as_array().or(list.as_array()).map_or(0, Vec::len)
}

#[tokio::test]
async fn the_printed_request_books_one_event_one_text_and_one_mail() {
    let folder = tempdir().unwrap();
    let demo = Doorstep::demo(folder.path());

    let answer = demo.post("/v1/bookings", &demo.example()).await;

    assert_eq!(answer.status(), 201);
    let booking: Value = answer.json().await.unwrap();
    assert_eq!(booking["status"], "confirmed");
    assert_eq!(ours(&demo.json(EVENTS).await).len(), 1);
    let one = |list: &Value| (count(list) == 1).then_some(());
    demo.until("/_sandbox/twilio/texts", one).await;
    let to_bo = |mail: &Value| mail["to"][0] == "bo@example.com";
    let one = |list: &Value| {
        let mails = list["items"].as_array().or(list.as_array()).unwrap();
        (mails.iter().filter(|mail| to_bo(mail)).count() == 1).then_some(())
    };
    demo.until("/_sandbox/mail", one).await;
    demo.stop();
}

#[tokio::test]
async fn what_was_booked_is_still_there_after_a_stop_and_after_a_kill() {
    let folder = tempdir().unwrap();
    let demo = Doorstep::demo(folder.path());
    let booked = demo.post("/v1/bookings", &demo.example()).await;
    let id = booked.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    let key = demo.key();
    demo.stop();

    let again = Doorstep::demo(folder.path());
    let found = again.json(&format!("/v1/bookings/{id}")).await;
    assert_eq!((found["status"].as_str(), again.key()), (Some("confirmed"), key));
    assert_eq!(ours(&again.json(EVENTS).await).len(), 1);
    let second = again.post("/v1/bookings", &again.example()).await;
    assert_eq!(second.status(), 201);
    let second = second.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    again.kill();

    let last = Doorstep::demo(folder.path());
    let found = last.json(&format!("/v1/bookings/{second}")).await;
    assert_eq!(found["status"], "confirmed");
    last.stop();
}

#[tokio::test]
async fn the_page_books_moves_and_cancels_without_a_script() {
    let folder = tempdir().unwrap();
    let demo = Doorstep::demo(folder.path());
    let start = demo.example()["start"].as_str().unwrap().to_owned();
    let page = demo.get("/book/123-main-st").await.text().await.unwrap();
    assert!(page.contains("Open house viewing: 123 Main St"));

    let form = [
        ("start", start.as_str()),
        ("submission_id", "a-page-s-own-id"),
        ("tz", "America/Los_Angeles"),
        ("name", "Ana Page"),
        ("email", "ana@example.com"),
        ("phone", "(213) 555-0124"),
    ];
    let answer = demo.submit("/book/123-main-st", &form).await;

    assert_eq!(answer.status(), 303);
    let link = answer.headers()["location"].to_str().unwrap().to_owned();
    let link = link.split('?').next().unwrap().trim_start_matches(&demo.base).to_owned();
    assert!(link.starts_with("/b/"), "{link}");
    let manage = demo.get(&link).await.text().await.unwrap();
    assert!(manage.contains("Open house viewing: 123 Main St"));
    assert_eq!(ours(&demo.json(EVENTS).await).len(), 1);

    let revision = hidden(&manage, "revision");
    let cancelled = demo.submit(&format!("{link}/cancel"), &[("revision", &revision)]).await;
    assert_eq!(cancelled.status(), 303);
    demo.until(EVENTS, |events| ours(events).is_empty().then_some(())).await;
    demo.stop();
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let field = page.split(&format!("name=\"{name}\"")).nth(1).unwrap();
    field.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_form_books_once_however_often_it_is_sent() {
    let folder = tempdir().unwrap();
    let demo = Doorstep::demo(folder.path());
    let start = demo.example()["start"].as_str().unwrap().to_owned();
    let (date, time) = (&start[..10], &start[11..16]);
    let entry = json!({
        "id": "4187", "1.3": "Dana", "1.6": "Whitfield", "2": "dana@example.com",
        "3": "(213) 555-0142", "4": date, "5": time,
    });
    let send = async |secret: &str| {
        let request = demo.http.post(format!("{}/hooks/website", demo.base));
        let answer = request.header("x-form-secret", secret).json(&entry).send().await.unwrap();
        answer.status()
    };

    assert_eq!(send("wrong").await, 401);
    assert_eq!(send("demo-form-secret").await, 201);
    assert_eq!(send("demo-form-secret").await, 200);

    assert_eq!(ours(&demo.json(EVENTS).await).len(), 1);
    demo.stop();
}

#[tokio::test]
async fn a_lost_answer_of_the_calendar_still_ends_in_one_event() {
    let folder = tempdir().unwrap();
    let demo = Doorstep::demo(folder.path());
    let fault = json!({ "match": "POST /calendar/v3/calendars/*/events", "type": "drop_after" });
    assert_eq!(demo.post("/_sandbox/faults", &fault).await.status(), 201);

    let answer = demo.post("/v1/bookings", &demo.example()).await;

    let id = answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    let confirmed = |booking: &Value| (booking["status"] == "confirmed").then_some(());
    demo.until(&format!("/v1/bookings/{id}"), confirmed).await;
    assert_eq!(ours(&demo.json(EVENTS).await).len(), 1);
    demo.stop();
}

#[tokio::test]
async fn the_demos_phone_answers_by_text_and_in_a_call() {
    let folder = tempdir().unwrap();
    let demo = Doorstep::demo(folder.path());
    demo.post("/v1/bookings", &demo.example()).await;
    let first = |texts: &Value| texts["items"][0]["to"].as_str().map(str::to_owned);
    let phone = demo.until("/_sandbox/twilio/texts", first).await;
    let sent = async |path: &str, body: Value| {
        let answer = demo.post(path, &body).await;
        answer.json::<Value>().await.unwrap()
    };
    let ours = "+12135550199";

    let text = json!({ "from": phone, "to": ours, "body": "C" });
    let texted = sent("/_sandbox/twilio/inbound", text).await;
    let call = sent("/_sandbox/twilio/calls", json!({ "from": phone, "to": ours })).await;
    let path = format!("/_sandbox/twilio/calls/{}", call["sid"].as_str().unwrap());
    let pressed = sent(&path, json!({ "press": "1" })).await;

    let replied = texted["replies"][0].as_str().unwrap_or_default();
    assert!(replied.starts_with("Thank you for confirming"), "{texted}");
    let hello = call["heard"][0].as_str().unwrap_or_default();
    assert!(hello.starts_with("Hello. Your appointment is Open house viewing"), "{call}");
    assert_eq!(pressed["status"], "completed", "{pressed}");
    assert_eq!(pressed["error_code"], Value::Null, "{pressed}");
    demo.stop();
}
