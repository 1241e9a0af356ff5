//! Twilio's calls, with answers as Twilio gives them.

use doorstep_providers::twilio::{MessageStatus, NewCall, PhoneCallStatus, Sender, Twilio};
use doorstep_providers::{Http, HttpLimits, ProviderError, Undeliverable};

use crate::support::{Act, Server, answer, json};

const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

pub(crate) fn twilio(server: &Server, sender: Sender) -> Twilio {
    Twilio {
        account_sid: ACCOUNT.to_owned(),
        auth_token: "the-auth-token".into(),
        sender,
        base: server.url("/_sandbox"),
    }
}

pub(crate) fn number() -> Sender {
    Sender::Number("+12135550100".to_owned())
}

pub(crate) fn http() -> Http {
    Http::new(HttpLimits::default()).expect("a client")
}

#[tokio::test]
async fn a_text_is_sent_once_with_its_callback_and_no_secret_is_kept() {
    let body = r#"{"sid":"SM1","status":"queued","error_code":null,"body":"Hi, https://book.example/b/0123456789abcdefABCDEF"}"#;
    let server = Server::start(vec![json(201, body)]).await;
    let callback = "https://book.example/callbacks/twilio/status?aid=n1".parse().expect("a URL");

    let text = "Hi, https://book.example/b/0123456789abcdefABCDEF";
    let call = twilio(&server, number())
        .send_message(&http(), "+12135550123", text, Some(&callback))
        .await;

    assert_eq!(call.outcome.expect("a message").status, MessageStatus::Queued);
    let sent = &server.requests()[0];
    assert_eq!(sent.line(), format!("POST /_sandbox/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
    assert!(
        sent.body.starts_with("To=%2B12135550123&From=%2B12135550100&Body=Hi"),
        "{}",
        sent.body
    );
    assert!(sent.body.ends_with("%3Faid%3Dn1"), "{}", sent.body);
    let basic = sent.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    let shown = format!("{:?}", call.exchange);
    for secret in ["the-auth-token", basic.expect("basic credentials"), "0123456789abcdef"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("aid%3Dn1") && shown.contains("12135550123"), "{shown}");
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_by_recipient() {
    let found = r#"{"messages":[{"sid":"SM1","status":"sent","direction":"outbound-api","body":"Hi"}],"next_page_uri":null}"#;
    let server = Server::start(vec![Act::DropAfterReading, json(200, found)]).await;
    let twilio = twilio(&server, number());

    let lost = twilio.send_message(&http(), "+12135550123", "Hi", None).await;
    let list = twilio.list_messages(&http(), "+12135550123", 50).await;

    assert!(matches!(lost.outcome, Err(ProviderError::OutcomeUnknown(_))));
    assert_eq!(list.outcome.expect("a list")[0].sid, "SM1");
    let query = "To=%2B12135550123&PageSize=50&From=%2B12135550100";
    assert!(server.requests()[1].line().ends_with(query), "{}", server.requests()[1].line());
}

#[tokio::test]
async fn with_a_messaging_service_the_look_up_does_not_name_a_sender() {
    let server = Server::start(vec![json(200, r#"{"messages":[]}"#)]).await;
    let sender = Sender::MessagingService("MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned());

    let list = twilio(&server, sender).list_messages(&http(), "+12135550123", 5000).await;

    assert!(list.outcome.expect("a list").is_empty());
    assert!(server.requests()[0].line().ends_with("?To=%2B12135550123&PageSize=1000"));
}

#[tokio::test]
async fn refusals_say_what_to_do_about_the_recipient() {
    let opted_out = json(400, r#"{"code":21610,"message":"unsubscribed","status":400}"#);
    let throttled = answer(429, &[("retry-after", "2")], r#"{"code":20429}"#);
    let server = Server::start(vec![opted_out, throttled]).await;
    let twilio = twilio(&server, number());

    let first = twilio.send_message(&http(), "+12135550123", "Hi", None).await;
    let second = twilio.send_message(&http(), "+12135550123", "Hi", None).await;

    assert!(matches!(
        first.outcome,
        Err(ProviderError::Undeliverable { cause: Undeliverable::OptedOut, .. })
    ));
    assert!(matches!(second.outcome, Err(ProviderError::Throttled { retry_after: Some(_) })));
}

#[tokio::test]
async fn an_empty_or_too_long_text_and_an_odd_sid_are_not_sent() {
    let server = Server::start(Vec::new()).await;
    let twilio = twilio(&server, number());

    for body in [String::new(), "x".repeat(1601)] {
        let call = twilio.send_message(&http(), "+12135550123", &body, None).await;
        assert!(matches!(call.outcome, Err(ProviderError::Invalid { .. })));
    }
    let call = twilio.get_message(&http(), "../Calls").await;
    assert!(matches!(call.outcome, Err(ProviderError::Invalid { .. })));
}

#[tokio::test]
async fn a_call_is_placed_from_our_number_and_not_from_a_messaging_service() {
    let placed = json(201, r#"{"sid":"CA1","status":"queued","direction":"outbound-api"}"#);
    let found = json(200, r#"{"calls":[{"sid":"CA1","status":"no-answer"}]}"#);
    let server = Server::start(vec![placed, found]).await;
    let script = "https://book.example/callbacks/twilio/voice/say".parse().expect("a URL");
    let service = Sender::MessagingService("MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned());
    let (number, service) = (twilio(&server, number()), twilio(&server, service));

    let new = NewCall { to: "+12135550123", url: &script, status_callback: &script };
    let call = number.create_call(&http(), &new).await;
    let list = number.list_calls(&http(), "+12135550123", 50).await;
    let refused = service.create_call(&http(), &new).await;

    assert_eq!(call.outcome.expect("a call").status, PhoneCallStatus::Queued);
    assert_eq!(list.outcome.expect("a list")[0].status, PhoneCallStatus::NoAnswer);
    assert!(matches!(refused.outcome, Err(ProviderError::Misconfigured { .. })));
    let sent = &server.requests()[0].body;
    assert!(sent.starts_with("To=%2B12135550123&From=%2B12135550100&Url=https"), "{sent}");
}
