//! What becomes of a mail after it was taken, told by the event webhook.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use serde_json::{Map, Value, json};

use crate::Sandbox;
use crate::faults::FaultKind;

/// The sandbox's own key pair, made for it alone: it proves nothing to anybody else.
const PRIVATE_KEY: &str = concat!(
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgec4GXa8yAuRYl4a66xKoM+FEKysSJyIyV4LhhxxEXuuh",
    "RANCAARGAlQnVJ41h6Xb6SHw/M0GHzxrMg8jQ0Ihy6egJUanQLrCmohhb1nDLvIf+CU9h/2c3qc1Nlk6JMpT8/K5VTMz"
);
/// What verifies the sandbox's events: the value of `SENDGRID_WEBHOOK_PUBLIC_KEY`.
pub const PUBLIC_KEY: &str = concat!(
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAERgJUJ1SeNYel2+kh8PzNBh88azIPI0NCIcunoCVGp0C6wpqIYW9Zwy7y",
    "H/glPYf9nN6nNTZZOiTKU/PyuVUzMw=="
);

/// Carries a mail to its end, reporting `processed` and then the receiving server's verdict.
pub(super) fn carry(sandbox: &Sandbox, id: &str, to: &str, custom_args: Map<String, Value>) {
    let (sender, id, to) = (sandbox.clone(), id.to_owned(), to.to_owned());
    sandbox.outbound().deliver(async move {
        let subject = format!("DELIVERY {to}");
        let bounced = sender.faults().take(&subject, &[FaultKind::Undelivered]);
        let verdict = match bounced {
            None => json!({ "event": "delivered", "response": "250 OK" }),
            Some(fault) => json!({
                "event": "bounce", "type": "bounce",
                "status": fault.reason.unwrap_or_else(|| "5.1.1".to_owned()),
                "reason": "550 5.1.1 The mailbox does not exist",
            }),
        };
        for (step, told) in [json!({ "event": "processed" }), verdict].into_iter().enumerate() {
            let event = event(&sender, &id, &to, step, &told, &custom_args);
            report(&sender, &event, &to).await;
        }
    });
}

fn event(
    sandbox: &Sandbox,
    id: &str,
    to: &str,
    step: usize,
    told: &Value,
    custom_args: &Map<String, Value>,
) -> Map<String, Value> {
    let mut event = custom_args.clone();
    // Reserved members win over custom arguments of the same name.
    event.extend([
        ("email".to_owned(), json!(to)),
        ("timestamp".to_owned(), json!(sandbox.now().as_second())),
        ("sg_event_id".to_owned(), json!(format!("{id}-{step}"))),
        ("sg_message_id".to_owned(), json!(format!("{id}.recvd-sandbox-0"))),
        ("smtp-id".to_owned(), json!(format!("<{id}@sandbox.invalid>"))),
    ]);
    event.extend(told.as_object().cloned().unwrap_or_default());
    event
}

async fn report(sandbox: &Sandbox, event: &Map<String, Value>, to: &str) {
    let Some(url) = sandbox.store().read(|world| world.mail.event_webhook.clone()) else { return };
    let kinds = [FaultKind::LostCallback, FaultKind::DuplicateCallback];
    let name = event["event"].as_str().unwrap_or_default();
    let fault = sandbox.faults().take(&format!("CALLBACK {name} {to}"), &kinds);
    let times = match fault.map(|fault| fault.kind) {
        None => 1,
        Some(FaultKind::DuplicateCallback) => 2,
        Some(_lost) => 0,
    };
    // The service ends the body with a line break, which is part of what is signed.
    let body = format!("{}\r\n", json!([event]));
    for _ in 0..times {
        if let Err(error) = signed(sandbox, &url, body.clone()).send().await {
            tracing::debug!(error = %error.without_url(), "an event of a mail was lost");
        }
    }
}

fn signed(sandbox: &Sandbox, url: &str, body: String) -> reqwest::RequestBuilder {
    let timestamp = sandbox.now().as_second().to_string();
    let signature = sign(&timestamp, body.as_bytes());
    sandbox
        .outbound()
        .post(url)
        .header("Content-Type", "application/json")
        .header("X-Twilio-Email-Event-Webhook-Timestamp", timestamp)
        .header("X-Twilio-Email-Event-Webhook-Signature", signature)
        .body(body)
}

/// A signature needs true chance: it is the one thing here that no seed repeats.
pub(crate) fn sign(timestamp: &str, body: &[u8]) -> String {
    let random = SystemRandom::new();
    let der = STANDARD.decode(PRIVATE_KEY).expect("the key is written in this file");
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der, &random);
    let message = [timestamp.as_bytes(), body].concat();
    let signature = key.expect("the key is one of P-256").sign(&random, &message);
    STANDARD.encode(signature.expect("the machine has random numbers").as_ref())
}
