//! Making, changing and deleting what the setup holds.

use serde_json::{Value, json};

use super::given::{Given, but, wish};
use super::{Call, fault, problem};

/// A right object of each kind, by its list.
fn objects() -> [(&'static str, Value); 4] {
    let open = json!([{ "days": ["tue"], "from": "09:00", "to": "10:00" }]);
    let service = json!({ "id": "talk", "title": "A talk", "hosts": ["jane"], "duration": "15m", "availability": open });
    let source = json!({
        "id": "form", "kind": "json", "service": "viewing",
        "verify": { "header": "X-Secret", "secret": "hush" },
        "map": { "start": "/s", "name": "/n", "email": "/e" },
    });
    [
        ("/v1/hosts", json!({ "id": "kim", "name": "Kim", "timezone": "UTC" })),
        (
            "/v1/calendars",
            json!({ "id": "jane-busy", "host": "jane", "provider": "local", "roles": ["busy"] }),
        ),
        ("/v1/services", service),
        ("/v1/sources", source),
    ]
}

#[tokio::test]
async fn an_object_is_made_read_changed_and_deleted() {
    let given = Given::agency().await;

    for (list, object) in objects() {
        let path = format!("{list}/{}", object["id"].as_str().unwrap());
        let made = given.as_admin(Call::post(list, &object)).await;
        assert_eq!(
            (made.status.as_u16(), made.header("location")),
            (201, path.as_str()),
            "{}",
            made.body
        );
        let again = given.as_admin(Call::post(list, &object)).await;
        assert_eq!(again.problem(), problem(409, "already_exists"), "{list}");

        let read = given.as_admin(Call::get(&path)).await.ok(200);
        assert_eq!(read["id"], object["id"]);
        let list = given.as_admin(Call::get(list)).await.ok(200);
        assert!(list["items"].as_array().unwrap().contains(&read));

        let unchanged = given.as_admin(Call::new("PATCH", &path).json(&json!({}))).await.ok(200);
        assert_eq!(but(unchanged, json!({ "outside_rules": null })), read);
        given.as_admin(Call::new("DELETE", &path)).await.ok(204);
        let gone = given.as_admin(Call::get(&path)).await;
        assert_eq!(gone.problem(), problem(404, "not_found"));
        for method in ["PATCH", "DELETE"] {
            let call = Call::new(method, &path).json(&json!({}));
            assert_eq!(given.as_admin(call).await.problem(), problem(404, "not_found"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_patch_replaces_what_it_names_and_null_takes_away() {
    let given = Given::agency().await;
    let patch = json!({ "email": null, "name": "Jane B. Agent" });

    let host = given.as_admin(Call::new("PATCH", "/v1/hosts/jane").json(&patch)).await.ok(200);

    let expected = json!({ "id": "jane", "name": "Jane B. Agent", "phone": "+12135550100", "timezone": "America/Los_Angeles",
                           "notices": ["new", "moved", "cancelled", "failed"], "language": "en",
                           "shortest_break": "15m", "travel_time": "0m", "outside_rules": [] });
    assert_eq!(host, expected);
}

#[tokio::test]
async fn a_secret_is_never_shown_and_stays_when_others_change() {
    let given = Given::agency().await;

    let patch = json!({ "timezone": "Europe/Berlin", "verify": { "secret": "***" } });
    let source = given.as_admin(Call::new("PATCH", "/v1/sources/website").json(&patch)).await;
    let list = given.as_admin(Call::get("/v1/sources")).await;

    assert!(!source.body.contains("sesame") && !list.body.contains("sesame"));
    assert_eq!(source.ok(200)["verify"], json!({ "header": "X-Form-Secret", "secret": "***" }));
    let call = Call::post("/hooks/website", &json!({})).header("x-form-secret", "open sesame");
    assert_eq!(given.send(call).await.status.as_u16(), 400, "the secret still verifies");
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_pointer() {
    let given = Given::agency().await;
    let post = |list: &str, body: Value| given.as_admin(Call::post(list, &body));
    let patch = |path: &str, body: Value| given.as_admin(Call::new("PATCH", path).json(&body));

    let host = post("/v1/hosts", json!({ "id": "Kim", "timezone": "Mars", "age": 3 })).await;
    let expected =
        [fault("/age", "unknown_member"), fault("/id", "pattern"), fault("/name", "required")];
    assert_eq!(host.faults(), expected);
    let calendar = json!({ "id": "x", "host": "nobody", "provider": "local" });
    assert_eq!(post("/v1/calendars", calendar).await.faults(), [fault("/host", "unknown_host")]);
    let renamed = patch("/v1/hosts/jane", json!({ "id": "june" })).await;
    assert!(renamed.faults().contains(&fault("/id", "id_changed")));
    let zone = patch("/v1/hosts/jane", json!({ "timezone": "Mars" })).await;
    assert_eq!(zone.faults(), [fault("/timezone", "unknown_timezone")]);
    let alone = patch("/v1/services/viewing", json!({ "waitlist": true })).await;
    assert_eq!(alone.faults(), [fault("/waitlist", "needs_capacity")]);
    assert_eq!(patch("/v1/hosts/jane", json!([])).await.faults(), [fault("", "type")]);
}

#[tokio::test]
async fn a_change_names_the_bookings_that_it_leaves_outside() {
    let given = Given::agency().await;
    let booking = given.booked("2026-12-01T10:00:00-08:00").await;
    let patch = |path: &str, body| given.as_admin(Call::new("PATCH", path).json(&body));

    let hours = json!({ "availability": [{ "days": ["tue"], "from": "12:00", "to": "17:00" }] });
    let service = patch("/v1/services/viewing", hours).await.ok(200);
    let harmless = patch("/v1/services/call", json!({ "title": "Talk" })).await.ok(200);
    let host = patch("/v1/hosts/jane", json!({ "holidays": [{ "date": "2026-12-01" }] })).await;

    assert_eq!(service["outside_rules"][0]["booking"], booking["id"]);
    assert_eq!(service["outside_rules"][0]["reasons"], json!(["outside_windows"]));
    assert_eq!(harmless["outside_rules"], json!([]));
    assert_eq!(host.ok(200)["outside_rules"][0]["booking"], booking["id"]);
    let read = given.as_admin(Call::get("/v1/services/viewing")).await.ok(200);
    assert_eq!(read.get("outside_rules"), None, "only a change has them");
}

#[tokio::test]
async fn what_others_need_cannot_be_deleted() {
    let given = Given::agency().await;
    let delete = |path: &str| given.as_admin(Call::new("DELETE", path));

    let host = delete("/v1/hosts/jane").await;
    let service = delete("/v1/services/viewing").await;
    given.booked("2026-12-01T10:00:00-08:00").await;
    for source in ["website", "open"] {
        delete(&format!("/v1/sources/{source}")).await.ok(204);
    }
    let booked = delete("/v1/services/viewing").await;

    assert_eq!(host.problem(), problem(409, "in_use"));
    assert!(host.json()["detail"].as_str().unwrap().contains("/services/viewing/hosts/0"));
    assert_eq!(service.problem(), problem(409, "in_use"));
    assert_eq!(booked.problem(), problem(409, "in_use"));
}

#[tokio::test]
async fn a_service_that_was_just_made_can_be_booked() {
    let given = Given::agency().await;
    let [.., (list, service), _] = objects();
    given.as_admin(Call::post(list, &service)).await.ok(201);

    let body = but(wish("2026-12-01T09:15:00-08:00"), json!({ "service": "talk" }));
    given.send(Call::post("/v1/bookings", &body)).await.ok(201);
}

#[tokio::test]
async fn deciding_about_deletions_where_none_wait_is_harmless() {
    let given = Given::agency().await;
    let calendar =
        json!({ "id": "jane-busy", "host": "jane", "provider": "local", "roles": ["busy"] });
    given.as_admin(Call::post("/v1/calendars", &calendar)).await.ok(201);
    let path = "/v1/calendars/jane-busy/deletions";
    let accept = json!({ "decision": "accept" });

    let decided = given.as_admin(Call::post(path, &accept)).await.ok(200);

    let expected = json!({ "calendar": "jane-busy", "decision": "accept", "bookings": 0 });
    assert_eq!(decided, expected);
    let nowhere = given.as_admin(Call::post("/v1/calendars/none/deletions", &accept)).await;
    assert_eq!(nowhere.problem(), problem(404, "not_found"));
    let perhaps = given.as_admin(Call::post(path, &json!({ "decision": "perhaps" }))).await;
    assert_eq!(perhaps.faults(), [fault("/decision", "enum")]);
    let anybody = given.send(Call::post(path, &accept)).await;
    assert_eq!(anybody.problem(), problem(401, "unauthorized"));
}
