//! Services, as anybody and as an admin sees them.

use serde_json::json;

use super::Call;
use super::given::Given;

#[tokio::test]
async fn anybody_sees_what_attendees_need() {
    let given = Given::agency().await;

    let service = given.send(Call::get("/v1/services/viewing")).await.ok(200);

    assert_eq!(
        service,
        json!({
            "id": "viewing",
            "title": "Viewing: 123 Main St",
            "duration": "30m",
            "hosts": [{ "id": "jane", "name": "Jane Agent" }],
            "timezone": "America/Los_Angeles",
            "capacity": 1,
            "waitlist": false,
        })
    );
}

#[tokio::test]
async fn an_admin_sees_the_whole_document() {
    let given = Given::agency().await;

    let service = given.as_admin(Call::get("/v1/services/viewing")).await.ok(200);

    assert_eq!(service["hosts"], json!(["jane"]));
    assert_eq!(service["availability"][0]["from"], "09:00");
}

#[tokio::test]
async fn services_are_listed_in_pieces() {
    let given = Given::agency().await;

    let first = given.send(Call::get("/v1/services?limit=2")).await.ok(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = given.send(Call::get(format!("/v1/services?cursor={cursor}"))).await.ok(200);

    let ids = |list: &serde_json::Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!([ids(&first), ids(&rest)].concat(), ["call", "strict-call", "viewing"]);
    let hidden = json!({ "visibility": "hidden" });
    given.as_admin(Call::new("PATCH", "/v1/services/call").json(&hidden)).await.ok(200);
    let listed = given.send(Call::get("/v1/services")).await.ok(200);
    assert_eq!(ids(&listed), ["strict-call", "viewing"]);
    given.send(Call::get("/v1/services/call")).await.ok(200); // By whoever knows its address.
    assert_eq!(rest["next_cursor"], json!(null));
}

#[tokio::test]
async fn a_page_of_anybodys_may_call_what_is_public() {
    let given = Given::agency().await;
    let origin = |call: Call| call.header("origin", "https://listings.example.com");

    let answer = given.send(origin(Call::get("/v1/services"))).await;
    let preflight = origin(Call::new("OPTIONS", "/v1/bookings"))
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,idempotency-key");
    let preflight = given.send(preflight).await;
    let private = given.as_admin(origin(Call::get("/v1/hosts"))).await;

    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(preflight.status.as_u16(), 200);
    assert!(preflight.header("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(private.header("access-control-allow-origin"), "");
}
