//! What Twilio reports of our texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorstep_web::http::rate_limit::Rate;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::given::{Given, TWILIO_TOKEN};
use super::{Answer, Call, problem};

const PATH: &str = "/callbacks/twilio/status?message=msg_00000000000000000000000001";
const BODY: &str = "MessageSid=SM1&MessageStatus=delivered&From=%2B12135550199";
/// The fields of the body by name, each with its value.
const SIGNED: &str = "From+12135550199MessageSidSM1MessageStatusdelivered";

fn signature(url: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(TWILIO_TOKEN.as_bytes()).unwrap();
    mac.update(format!("{url}{SIGNED}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

async fn report(given: &Given, signature: &str) -> Answer {
    let call = Call::new("POST", PATH).body("application/x-www-form-urlencoded", BODY);
    given.send(call.header("x-twilio-signature", signature)).await
}

#[tokio::test]
async fn a_report_is_believed_if_it_is_signed_for_our_public_address() {
    let given = Given::agency().await;

    for origin in ["https://book.agency.example", "https://book.agency.example:443"] {
        report(&given, &signature(&format!("{origin}{PATH}"))).await.ok(204);
    }
    for wrong in [
        signature(&format!("https://other.example{PATH}")),
        signature("https://book.agency.example/callbacks/twilio/status"),
        String::new(),
        "nonsense".to_owned(),
    ] {
        assert_eq!(report(&given, &wrong).await.problem(), problem(403, "forbidden"));
    }
    let unsigned = Call::new("POST", PATH).body("application/x-www-form-urlencoded", BODY);
    assert_eq!(given.send(unsigned).await.problem(), problem(403, "forbidden"));
}

#[tokio::test]
async fn only_a_trusted_proxy_is_believed_what_it_forwarded() {
    let given = Given::with(Rate::Off, "10.0.0.0/8").await;
    let call = || {
        Call::new("POST", PATH)
            .body("application/x-www-form-urlencoded", BODY)
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "other.example")
            .header("x-twilio-signature", &signature(&format!("https://other.example{PATH}")))
    };

    let by_proxy = given.send(call().from("10.0.0.1:443")).await;
    let by_stranger = given.send(call().from("203.0.113.9:443")).await;

    by_proxy.ok(204);
    assert_eq!(by_stranger.problem(), problem(403, "forbidden"));
}
