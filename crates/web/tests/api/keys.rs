//! API keys, and connections.

use serde_json::{Value, json};

use super::given::Given;
use super::{Call, fault, problem};

#[tokio::test]
async fn a_key_is_shown_once_and_works_until_it_is_revoked() {
    let given = Given::agency().await;
    let body = json!({ "scope": "read", "name": "Report" });

    let made = given.as_admin(Call::post("/v1/keys", &body)).await.ok(201);

    let secret = made["key"].as_str().unwrap();
    assert_eq!(made["scopes"], json!(["read"]));
    given.send(Call::get("/v1/bookings").key(secret)).await.ok(200);
    let list = given.as_admin(Call::get("/v1/keys")).await;
    assert!(!list.body.contains(secret));
    let listed = &list.ok(200)["items"][1];
    assert_eq!((&listed["id"], &listed["name"]), (&made["id"], &json!("Report")));
    let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
    given.as_admin(Call::new("DELETE", &path)).await.ok(204);
    let refused = given.send(Call::get("/v1/bookings").key(secret)).await;
    assert_eq!(refused.problem(), problem(401, "unauthorized"));
    let again = given.as_admin(Call::new("DELETE", &path)).await;
    assert_eq!(again.problem(), problem(404, "not_found"));
}

#[tokio::test]
async fn a_key_can_be_given_another_name_and_nothing_else() {
    let given = Given::agency().await;
    let body = json!({ "scope": "read", "name": "Report" });
    let made = given.as_admin(Call::post("/v1/keys", &body)).await.ok(201);
    let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());

    let patch = |path: &str, body: &Value| Call::new("PATCH", path).json(body);
    let renamed = given.as_admin(patch(&path, &json!({ "name": "Month" }))).await.ok(200);

    assert_eq!((&renamed["name"], &renamed["scopes"]), (&json!("Month"), &json!(["read"])));
    assert_eq!(given.as_admin(Call::get(&path)).await.ok(200), renamed);
    let more = json!({ "name": "Month", "scope": "admin" });
    let faults = given.as_admin(patch(&path, &more)).await.faults();
    assert_eq!(faults, [fault("/scope", "unknown_member")]);
    let faults = given.as_admin(patch(&path, &json!({ "name": "a\u{1}" }))).await.faults();
    assert_eq!(faults, [fault("/name", "control_characters")]);
    let nobody = format!("/v1/keys/key_{}", "0".repeat(26));
    let unknown = given.as_admin(patch(&nobody, &json!({ "name": null }))).await;
    assert_eq!(unknown.problem(), problem(404, "not_found"));
}

#[tokio::test]
async fn a_key_without_a_known_scope_is_a_fault() {
    let given = Given::agency().await;

    let faults = given.as_admin(Call::post("/v1/keys", &json!({ "scope": "root" }))).await.faults();

    assert_eq!(faults, [fault("/scope", "enum")]);
}

#[tokio::test]
async fn nobody_is_sent_to_consent_to_a_service_account() {
    let given = Given::delegated().await;
    let body = json!({ "provider": "google", "host": "gus" });

    let made = given.as_admin(Call::post("/v1/connections", &body)).await.ok(201);

    let waiting = "awaiting_consent"; // Google is not there, so that it is still to be tried.
    let id = &made["id"];
    assert_eq!(made, json!({ "id": id, "status": waiting, "authorize_url": null }));
}

#[tokio::test]
async fn a_connection_waits_for_its_host() {
    let given = Given::agency().await;
    let body = json!({ "provider": "google", "host": "gus" });

    let made = given.as_admin(Call::post("/v1/connections", &body)).await.ok(201);

    assert_eq!(made["status"], "awaiting_consent");
    let url = made["authorize_url"].as_str().unwrap();
    assert!(url.starts_with("https://book.agency.example/oauth/google/start?ticket="), "{url}");
    let path = format!("/v1/connections/{}", made["id"].as_str().unwrap());
    let read = given.as_admin(Call::get(&path)).await.ok(200);
    let expected = json!({
        "id": made["id"], "provider": "google", "host": "gus", "account": "gus@agency.example",
        "status": "awaiting_consent", "reason": null,
    });
    assert_eq!(read, expected);
    let list = given.as_admin(Call::get("/v1/connections")).await.ok(200);
    assert_eq!(list["items"], json!([expected]));
    let calendars = given.as_admin(Call::get(format!("{path}/calendars"))).await;
    assert_eq!(calendars.problem(), problem(409, "not_connected"));
    given.as_admin(Call::new("DELETE", &path)).await.ok(204);
    for call in
        [Call::get(&path), Call::new("DELETE", &path), Call::get(format!("{path}/calendars"))]
    {
        assert_eq!(given.as_admin(call).await.problem(), problem(404, "not_found"));
    }
}

#[tokio::test]
async fn who_has_no_calendar_there_has_nothing_to_connect() {
    let given = Given::agency().await;
    let post = |body| given.as_admin(Call::post("/v1/connections", &body));

    let jane = post(json!({ "provider": "google", "host": "jane" })).await.faults();
    let nobody = post(json!({ "provider": "caldav", "host": "nobody" })).await.faults();

    assert_eq!(jane, [fault("/host", "no_calendar")]);
    assert_eq!(nobody, [fault("/host", "unknown_host"), fault("/provider", "not_supported_yet")]);
}
