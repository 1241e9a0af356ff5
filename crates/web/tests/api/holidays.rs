//! Holidays out of iCalendar files.

use serde_json::json;

use super::given::Given;
use super::{Call, fault, problem};

const PATH: &str = "/v1/hosts/jane/holidays";
const TOMORROW: &str = "2026-12-01T10:00:00-08:00";

fn file(event: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

fn import(text: &str) -> Call {
    Call::new("POST", PATH).body("text/calendar; charset=utf-8", text)
}

#[tokio::test]
async fn a_file_closes_its_days_and_names_the_bookings_on_them() {
    let given = Given::agency().await;
    let booking = given.booked(TOMORROW).await;
    let known = json!({ "holidays": [{ "date": "2026-12-02", "name": "Mine" }] });
    given.as_admin(Call::new("PATCH", "/v1/hosts/jane").json(&known)).await.ok(200);

    let event = "DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261203\r\nSUMMARY:Fair";
    let imported = given.as_admin(import(&file(event))).await.ok(200);

    assert_eq!(
        imported,
        json!({
            "holidays": [
                { "date": "2026-12-01", "name": "Fair" },
                { "date": "2026-12-02", "name": "Fair" },
            ],
            "outside_rules": [{
                "booking": booking["id"],
                "service": "viewing",
                "host": "jane",
                "start": TOMORROW,
                "reasons": ["holiday"],
            }],
        })
    );
    let host = given.as_admin(Call::get("/v1/hosts/jane")).await.ok(200);
    let expected = json!([
        { "date": "2026-12-02", "name": "Mine" },
        { "date": "2026-12-01", "name": "Fair" },
    ]);
    assert_eq!(host["holidays"], expected, "a day that was one stays as it was");
    let slots = "/v1/services/viewing/slots?from=2026-12-01&to=2026-12-02";
    assert_eq!(given.send(Call::get(slots)).await.ok(200)["slots"], json!([]));
    given.as_admin(import(&file(event))).await.ok(200);
    assert_eq!(given.as_admin(Call::get("/v1/hosts/jane")).await.ok(200), host);
}

#[tokio::test]
async fn what_is_no_holiday_file_is_refused_and_leaves_nothing() {
    let given = Given::agency().await;

    let timed = given.as_admin(import(&file("DTSTART:20261201T100000Z"))).await;
    assert_eq!(timed.faults(), [fault("", "not_a_holiday_file")]);
    let why = timed.json()["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(why.starts_with("line 3: "), "{why}");
    let bytes = Call::new("POST", PATH).body("text/calendar", vec![0xff; 100]);
    assert_eq!(given.as_admin(bytes).await.faults(), [fault("", "encoding")]);
    let json = given.as_admin(Call::post(PATH, &json!({}))).await;
    assert_eq!(json.problem(), problem(415, "unsupported_media_type"));
    let large = given.as_admin(import(&" ".repeat(1024 * 1024 + 1))).await;
    assert_eq!(large.problem(), problem(413, "payload_too_large"));
    let nobody = Call::new("POST", "/v1/hosts/nobody/holidays");
    let nobody = given.as_admin(nobody.body("text/calendar", file("DTSTART:20261201"))).await;
    assert_eq!(nobody.problem(), problem(404, "not_found"));
    let anybody = given.send(import(&file("DTSTART:20261201"))).await;
    assert_eq!(anybody.problem(), problem(401, "unauthorized"));
    let host = given.as_admin(Call::get("/v1/hosts/jane")).await.ok(200);
    assert_eq!(host.get("holidays"), None);
}
