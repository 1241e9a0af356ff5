//! The description: complete, and enforced as published.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Call;
use super::given::Given;

async fn description(given: &Given) -> Value {
    given.send(Call::get("/openapi.json")).await.ok(200)
}

/// Every method and path that is described.
fn operations(description: &Value) -> BTreeSet<(String, String)> {
    let paths = description["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| -> Vec<(String, String)> {
        let methods = item.as_object().unwrap().keys().filter(|name| *name != "parameters");
        methods.map(|method| (method.to_uppercase(), path.clone())).collect()
    };
    paths.iter().flat_map(of_path).collect()
}

/// What the public contract lists, as far as this version has it.
const CALLS: [(&str, &str); 45] = [
    ("GET", "/health"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/problems/{code}"),
    ("POST", "/callbacks/twilio/status"),
    ("POST", "/hooks/{source}"),
    ("GET", "/v1/bookings"),
    ("POST", "/v1/bookings"),
    ("GET", "/v1/bookings/{booking}"),
    ("POST", "/v1/bookings/{booking}/cancel"),
    ("POST", "/v1/bookings/{booking}/no-show"),
    ("POST", "/v1/bookings/{booking}/reschedule"),
    ("GET", "/v1/bookings/{booking}/timeline"),
    ("POST", "/v1/holds"),
    ("DELETE", "/v1/holds/{hold}"),
    ("GET", "/v1/services"),
    ("POST", "/v1/services"),
    ("GET", "/v1/services/{service}"),
    ("PATCH", "/v1/services/{service}"),
    ("DELETE", "/v1/services/{service}"),
    ("GET", "/v1/services/{service}/slots"),
    ("GET", "/v1/services/{service}/explain"),
    ("GET", "/v1/hosts"),
    ("POST", "/v1/hosts"),
    ("GET", "/v1/hosts/{id}"),
    ("PATCH", "/v1/hosts/{id}"),
    ("DELETE", "/v1/hosts/{id}"),
    ("GET", "/v1/calendars"),
    ("POST", "/v1/calendars"),
    ("GET", "/v1/calendars/{id}"),
    ("PATCH", "/v1/calendars/{id}"),
    ("DELETE", "/v1/calendars/{id}"),
    ("GET", "/v1/sources"),
    ("POST", "/v1/sources"),
    ("GET", "/v1/sources/{id}"),
    ("PATCH", "/v1/sources/{id}"),
    ("DELETE", "/v1/sources/{id}"),
    ("GET", "/v1/keys"),
    ("POST", "/v1/keys"),
    ("DELETE", "/v1/keys/{key}"),
    ("GET", "/v1/connections"),
    ("POST", "/v1/connections"),
    ("GET", "/v1/connections/{connection}"),
];

/// The rest of them: more than a table of the other length holds.
const MORE_CALLS: [(&str, &str); 18] = [
    ("POST", "/v1/hosts/{id}/holidays"),
    ("POST", "/v1/services/{service}/links"),
    ("DELETE", "/v1/connections/{connection}"),
    ("GET", "/v1/connections/{connection}/calendars"),
    ("GET", "/v1/keys/{key}"),
    ("PATCH", "/v1/keys/{key}"),
    ("POST", "/callbacks/google"),
    ("POST", "/callbacks/sendgrid"),
    ("POST", "/callbacks/twilio/sms"),
    ("POST", "/callbacks/twilio/voice/inbound"),
    ("POST", "/callbacks/twilio/voice/outbound"),
    ("POST", "/callbacks/twilio/voice/status"),
    ("POST", "/callbacks/twilio/voice/step"),
    ("POST", "/v1/calendars/{id}/deletions"),
    ("POST", "/v1/operations"),
    ("GET", "/v1/operations/{operation}"),
    ("POST", "/v1/operations/{operation}/pause"),
    ("POST", "/v1/operations/{operation}/resume"),
];

#[tokio::test]
async fn the_description_lists_exactly_what_is_served() {
    let given = Given::agency().await;

    let described = operations(&description(&given).await);

    let owned = |(method, path): &(&str, &str)| ((*method).to_owned(), (*path).to_owned());
    let expected: BTreeSet<_> = CALLS.iter().chain(&MORE_CALLS).map(owned).collect();
    assert_eq!(described, expected);
    for (method, path) in &described {
        let path = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let method: &'static str = match method.as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "PATCH" => "PATCH",
            _ => "DELETE",
        };
        let status = given.as_admin(Call::new(method, &path)).await.status.as_u16();
        assert_ne!(status, 405, "{method} {path}");
    }
    for path in described.iter().map(|(_, path)| path).filter(|path| !path.contains('{')) {
        let put = given.as_admin(Call::new("PUT", path.as_str())).await;
        assert_eq!(put.status.as_u16(), 405, "{path} is a route");
    }
}

#[tokio::test]
async fn the_description_is_whole() {
    let given = Given::agency().await;

    let description = description(&given).await;

    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(description["components"]["securitySchemes"]["key"]["scheme"], "bearer");
    let text = description.to_string();
    for (_, rest) in text.match_indices("\"$ref\":\"#").map(|(at, _)| text.split_at(at + 9)) {
        let pointer = rest.split('"').next().unwrap().trim_start_matches('#');
        assert!(description.pointer(pointer).is_some(), "{pointer} leads somewhere");
    }
    let mut ids = BTreeSet::new();
    for (method, path) in operations(&description) {
        let operation = &description["paths"][&path][method.to_lowercase()];
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
        assert!(operation["summary"].is_string(), "{method} {path} says what it does");
        assert!(operation["security"].is_array(), "{method} {path} says who may call it");
        // What Google notifies of is said by headers; the others say all by their path.
        let bare = ["/no-show", "/callbacks/google", "/pause", "/resume"];
        let bare = bare.iter().any(|end| path.ends_with(end));
        let has_body = matches!(method.as_str(), "POST" | "PATCH") && !bare;
        assert_eq!(operation["requestBody"].is_object(), has_body, "{method} {path}");
    }
}

#[tokio::test]
async fn bodies_are_checked_against_the_schemas_that_are_published() {
    let given = Given::agency().await;
    let description = description(&given).await;

    for (path, schema) in [
        ("/v1/bookings", "NewBooking"),
        ("/v1/holds", "NewHold"),
        ("/v1/hosts", "HostDoc"),
        ("/v1/calendars", "CalendarDoc"),
        ("/v1/services", "ServiceDoc"),
        ("/v1/sources", "SourceDoc"),
        ("/v1/keys", "NewKey"),
        ("/v1/connections", "NewConnection"),
    ] {
        let published = &description["components"]["schemas"][schema];
        let body = &description["paths"][path]["post"]["requestBody"]["content"];
        let named = format!("#/components/schemas/{schema}");
        assert_eq!(body["application/json"]["schema"]["$ref"], named, "{path}");
        assert_eq!(published["additionalProperties"], false, "{schema}");

        // A booking is of a service, or is ad hoc: a schema cannot say that one of the two is required.
        let least = match schema {
            "NewBooking" => serde_json::json!({ "service": "viewing" }),
            _ => serde_json::json!({}),
        };
        let empty = given.as_admin(Call::post(path, &least)).await.faults();

        let required = published["required"].as_array().unwrap().iter();
        let mut required: Vec<String> =
            required.map(|member| format!("/{}", member.as_str().unwrap())).collect();
        required.sort();
        let missing: Vec<String> = empty.into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(missing, required, "{path}");
    }
}

#[tokio::test]
async fn whatever_takes_a_body_says_how_it_refuses_one() {
    let given = Given::agency().await;

    let description = description(&given).await;

    let items = description["paths"].as_object().unwrap().values();
    let operations: Vec<&Value> =
        items.flat_map(|item| item.as_object().unwrap().values()).collect();
    let with_body: Vec<_> =
        operations.iter().filter(|one| one["requestBody"].is_object()).collect();
    assert!(with_body.len() > 10);
    for operation in with_body {
        for status in ["413", "415"] {
            assert!(operation["responses"][status].is_object(), "{}", operation["operationId"]);
        }
    }
    assert!(!description.to_string().contains("\"default\":null"));
}
