//! The operators' channels, with answers as they give them.

use doorstep_providers::ProviderError;
use doorstep_providers::alert::{PagerDuty, PagerEvent, Slack};
use serde_json::Value;

use crate::support::{Act, Server, answer, json};
use crate::twilio::http;

const TRIGGER: PagerEvent<'static> = PagerEvent::Trigger {
    summary: "The host has to connect again",
    severity: "error",
    class: "connection_revoked",
    source: "book.example",
    at: jiff::Timestamp::UNIX_EPOCH,
    link: "https://book.example/admin/alerts",
};

fn slack(server: &Server) -> Slack {
    Slack { webhook: server.url("/services/T1/B1/the-secret-part").as_str().into() }
}

fn pager(server: &Server) -> PagerDuty {
    PagerDuty { routing_key: "the-routing-key".into(), base: server.url("/") }
}

#[tokio::test]
async fn slack_is_told_in_plain_text_and_its_address_stays_secret() {
    let server = Server::start(vec![answer(200, &[], "ok")]).await;

    let call = slack(&server).say(&http(), "1 < 2 & <!channel>").await;

    call.outcome.expect("it was taken");
    let body: Value = serde_json::from_str(&server.requests()[0].body).expect("JSON");
    assert_eq!(body["text"], "1 &lt; 2 &amp; &lt;!channel&gt;");
    let shown = format!("{:?}", call.exchange);
    assert!(!shown.contains("the-secret-part"), "{shown}");
}

#[tokio::test]
async fn pagerduty_gets_both_ends_of_an_incident_under_one_key() {
    let taken = r#"{"status":"success","message":"Event processed","dedup_key":"k"}"#;
    let server = Server::start(vec![json(202, taken), json(202, taken)]).await;
    let pager = pager(&server);

    let begins = pager.send(&http(), "k", &TRIGGER).await;
    pager.send(&http(), "k", &PagerEvent::Resolve).await.outcome.expect("it was taken");

    begins.outcome.expect("it was taken");
    assert!(!format!("{:?}", begins.exchange).contains("the-routing-key"));
    let sent: Vec<Value> = server
        .requests()
        .iter()
        .map(|request| serde_json::from_str(&request.body).expect("JSON"))
        .collect();
    assert_eq!(server.requests()[0].line(), "POST /v2/enqueue");
    assert_eq!(sent[0]["event_action"], "trigger");
    assert_eq!(sent[0]["payload"]["severity"], "error");
    assert_eq!(sent[1]["event_action"], "resolve");
    assert!(sent.iter().all(|event| event["dedup_key"] == "k"));
}

#[tokio::test]
async fn what_an_answer_proves_decides_what_may_be_done_next() {
    let script = vec![
        answer(404, &[], "no_service"),
        answer(429, &[("retry-after", "30")], ""),
        answer(500, &[], "rollback_error"),
        Act::DropAfterReading,
    ];
    let server = Server::start(script).await;
    let mut outcomes = Vec::new();
    for _ in 0..4 {
        outcomes.push(slack(&server).say(&http(), "hello").await.outcome.expect_err("refused"));
    }

    assert!(
        matches!(&outcomes[0], ProviderError::Refused { status: 404, reason, .. } if reason == "no_service")
    );
    assert!(matches!(outcomes[1], ProviderError::Throttled { retry_after: Some(_) }));
    assert!(matches!(outcomes[2], ProviderError::OutcomeUnknown(_)));
    assert!(matches!(outcomes[3], ProviderError::OutcomeUnknown(_)));
}
