//! Services that are found only with a signed link.

use app::key::Scope;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::given::{Given, but, wish};
use super::{Call, fault, problem};

const SLOTS: &str = "/v1/services/viewing/slots?from=2026-12-01&to=2026-12-01";
const AT_TEN: &str = "2026-12-01T10:00:00-08:00";

/// The agency, whose viewing is found only with a link.
async fn agency() -> Given {
    let given = Given::agency().await;
    let link = json!({ "visibility": "link" });
    given.as_admin(Call::new("PATCH", "/v1/services/viewing").json(&link)).await.ok(200);
    given
}

/// The token of a new link.
async fn link(given: &Given, service: &str, life: &str) -> String {
    let wanted = json!({ "expires_in": life });
    let path = format!("/v1/services/{service}/links");
    let made = given.as_admin(Call::post(path, &wanted)).await.ok(201);
    let url = made["url"].as_str().unwrap();
    let page = format!("https://book.agency.example/book/{service}?link=");
    url.strip_prefix(&page).expect(url).to_owned()
}

fn hold(link: &Value) -> Value {
    but(json!({ "service": "viewing", "start": AT_TEN }), json!({ "link": link }))
}

#[tokio::test]
async fn without_a_link_there_is_no_such_service() {
    let given = agency().await;
    let unknown = wish(AT_TEN);
    let nobody = but(unknown.clone(), json!({ "service": "nobody" }));

    assert_eq!(
        given.send(Call::get("/v1/services/viewing")).await.problem(),
        problem(404, "not_found")
    );
    assert_eq!(given.send(Call::get(SLOTS)).await.problem(), problem(404, "not_found"));
    let held = given.send(Call::post("/v1/holds", &hold(&Value::Null))).await;
    let booked = given.send(Call::post("/v1/bookings", &unknown)).await;
    let of_nobody = given.send(Call::post("/v1/bookings", &nobody)).await;

    assert_eq!(held.faults(), [fault("/service", "unknown_service")]);
    assert_eq!(booked.faults(), of_nobody.faults());
    let listed = given.send(Call::get("/v1/services")).await.ok(200);
    assert!(!listed.to_string().contains("viewing"), "{listed}");
    assert_eq!(given.count().await, 0);
}

#[tokio::test]
async fn a_link_opens_its_service_until_it_expires() {
    let given = agency().await;
    let token = link(&given, "viewing", "1h").await;
    let linked = json!({ "link": token });

    let service = format!("/v1/services/viewing?link={token}");
    given.send(Call::get(service)).await.ok(200);
    given.send(Call::get(format!("{SLOTS}&link={token}"))).await.ok(200);
    let held = given.send(Call::post("/v1/holds", &hold(&json!(token)))).await.ok(201);
    let with_hold = but(but(wish(AT_TEN), linked.clone()), json!({ "hold": held["id"] }));
    let booked = given.send(Call::post("/v1/bookings", &with_hold)).await.ok(201);

    let timeline = format!("/v1/bookings/{}/timeline", booked["id"].as_str().unwrap());
    let timeline = given.as_admin(Call::get(timeline)).await.ok(200);
    assert!(!timeline.to_string().contains(&token), "a token is a secret");
    given.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(
        given.send(Call::get(format!("{SLOTS}&link={token}"))).await.problem(),
        problem(404, "not_found")
    );
    let late = but(wish("2026-12-01T11:00:00-08:00"), linked);
    assert_eq!(
        given.send(Call::post("/v1/bookings", &late)).await.problem(),
        problem(400, "invalid_request")
    );
}

#[tokio::test]
async fn only_our_own_link_to_that_service_opens_it() {
    let given = agency().await;
    let token = link(&given, "viewing", "7d").await;
    let other = link(&given, "call", "7d").await;
    let altered = format!("{}{}", if token.starts_with('A') { 'B' } else { 'A' }, &token[1..]);

    for hostile in [&other, &altered, &token[1..], &format!("{token}A"), "%00", "%ff", "é"] {
        let answer = given.send(Call::get(format!("{SLOTS}&link={hostile}"))).await;
        let refused = [400, 404].contains(&answer.status.as_u16());
        assert!(refused, "{hostile}: {}", answer.status);
    }
}

#[tokio::test]
async fn keys_that_may_book_and_forms_need_no_link() {
    let given = agency().await;
    let bookings = given.key(Scope::Bookings).await;
    let read = given.key(Scope::Read).await;
    let form = json!({ "start": "2026-12-01T12:00:00-08:00", "name": "Dana", "email": "dana@example.com" });

    given.send(Call::get(SLOTS).key(&bookings)).await.ok(200);
    assert_eq!(given.send(Call::get(SLOTS).key(&read)).await.problem(), problem(404, "not_found"));
    given.send(Call::post("/v1/bookings", &wish(AT_TEN)).key(&bookings)).await.ok(201);
    given.booked("2026-12-01T11:00:00-08:00").await;
    given.send(Call::post("/hooks/open", &form)).await.ok(201);
}

#[tokio::test]
async fn a_link_is_signed_by_admins_for_a_time_that_makes_sense() {
    let given = agency().await;
    let bookings = given.key(Scope::Bookings).await;
    let path = "/v1/services/viewing/links";

    let usual = given.as_admin(Call::post(path, &json!({}))).await.ok(201);

    assert_eq!(usual["expires_at"], "2026-12-07T16:00:00+00:00");
    for hostile in ["0m", "367d", "-1h", "soon", ""] {
        let wanted = json!({ "expires_in": hostile });
        assert_eq!(
            given.as_admin(Call::post(path, &wanted)).await.problem(),
            problem(400, "invalid_request")
        );
    }
    assert_eq!(
        given.send(Call::post(path, &json!({}))).await.problem(),
        problem(401, "unauthorized")
    );
    assert_eq!(
        given.send(Call::post(path, &json!({})).key(&bookings)).await.problem(),
        problem(403, "forbidden")
    );
    let nobody = "/v1/services/nobody/links";
    assert_eq!(
        given.as_admin(Call::post(nobody, &json!({}))).await.problem(),
        problem(404, "not_found")
    );
}
