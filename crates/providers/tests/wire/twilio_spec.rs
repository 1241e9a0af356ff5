//! Every request to Twilio, held against its OpenAPI document.

use doorstep_providers::twilio::{NewCall, Sender};
use serde_json::Value;

use crate::specs::{self, is_instance, parameter_faults};
use crate::support::{self, Received, Server};
use crate::twilio::{http, number, twilio};

#[tokio::test]
async fn every_request_is_one_twilio_documents() {
    let server = Server::start(vec![support::json(200, "{}"); 16]).await;
    let callback = "https://book.example/callbacks/twilio/status?aid=n1".parse().expect("a URL");
    let service = Sender::MessagingService("MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned());

    for sender in [number(), service] {
        let mut twilio = twilio(&server, sender);
        twilio.base = server.url("");
        drop(twilio.send_message(&http(), "+12135550123", "Hi", Some(&callback)).await);
        drop(twilio.list_messages(&http(), "+12135550123", 50).await);
        let sid = format!("SM{}", "a".repeat(32));
        drop(twilio.get_message(&http(), &sid).await);
        let script = "https://book.example/callbacks/twilio/voice/say".parse().expect("a URL");
        let (to, url, status_callback) = ("+12135550123", &script, &callback);
        drop(twilio.create_call(&http(), &NewCall { to, url, status_callback }).await);
        drop(twilio.list_received(&http(), 50).await);
        drop(twilio.list_calls(&http(), "+12135550123", 50).await);
    }

    let openapi = specs::load("twilio/twilio_api_v2010.pruned.json");
    // A messaging service places no calls.
    assert_eq!(server.requests().len(), 6 + 5);
    for request in server.requests() {
        let faults = request_faults(&openapi, &request);
        assert!(faults.is_empty(), "{}: {faults:#?}", request.line());
    }
}

fn request_faults(openapi: &Value, request: &Received) -> Vec<String> {
    let (method, path, query) = specs::target(request.line());
    let operation = openapi["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .filter(|(template, _)| is_instance(template, &path))
        .map(|(_, item)| &item[method.to_ascii_lowercase()])
        .find(|operation| operation.is_object());
    let Some(operation) = operation else { return vec!["no such operation".to_owned()] };

    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for (name, value) in &query {
        match parameters.iter().find(|p| p["name"] == name.as_str() && p["in"] == "query") {
            Some(parameter) => found.extend(parameter_faults(&parameter["schema"], value, name)),
            None => found.push(format!("?{name}: no such parameter")),
        }
    }
    found.extend(form_faults(operation, &request.body));
    found
}

fn form_faults(operation: &Value, body: &str) -> Vec<String> {
    let content = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"];
    let schema = &content["schema"];
    let fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let mut found = Vec::new();
    for (name, value) in &fields {
        let property = &schema["properties"][name];
        if property.is_object() {
            found.extend(parameter_faults(property, value, name));
        } else {
            found.push(format!("{name}: no such field"));
        }
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let missing = required.iter().filter(|name| !fields.iter().any(|(n, _)| *name == n));
    found.extend(missing.map(|name| format!("{name}: missing")));
    found
}

#[test]
fn the_check_itself_finds_faults() {
    let openapi = specs::load("twilio/twilio_api_v2010.pruned.json");
    let base = "/2010-04-01/Accounts/AC1";
    let request = |line: String, body: &str| Received {
        head: format!("{line} HTTP/1.1"),
        body: body.to_owned(),
    };
    let spoilt = [
        request(format!("POST {base}/Texts.json"), ""),
        request(format!("POST {base}/Messages.json"), "Body=x"),
        request(format!("POST {base}/Messages.json"), "To=x&Text=y"),
        request(format!("GET {base}/Messages.json?Receiver=x"), ""),
        request(format!("GET {base}/Messages.json?PageSize=many"), ""),
    ];
    for request in spoilt {
        assert!(!request_faults(&openapi, &request).is_empty(), "{}", request.line());
    }
}
