//! What becomes of a text after it was accepted, and the status callbacks that tell of it.

use std::time::Duration;

use super::message::{Direction, Text, TextStatus};
use super::signature::{sign, without_fragment};
use crate::Sandbox;
use crate::faults::FaultKind;

/// The code of an undelivered text when the fault names none: the handset is unreachable.
const UNREACHABLE: u32 = 30_003;

/// Carries an accepted text to its end, reporting every step but the first.
pub(crate) fn carry(sandbox: &Sandbox, sid: &str) {
    let (sender, sid) = (sandbox.clone(), sid.to_owned());
    sandbox.outbound().deliver(async move {
        let steps = [TextStatus::Queued, TextStatus::Sending, TextStatus::Sent];
        for status in steps {
            step(&sender, &sid, status, None).await;
        }
        let (status, error) = verdict(&sender, &sid);
        step(&sender, &sid, status, error).await;
    });
}

/// What the carrier says in the end.
fn verdict(sandbox: &Sandbox, sid: &str) -> (TextStatus, Option<u32>) {
    let to = sandbox.store().read(|world| world.twilio.find(sid).map(|text| text.to.clone()));
    let subject = format!("DELIVERY {}", to.unwrap_or_default());
    match sandbox.faults().take(&subject, &[FaultKind::Undelivered]) {
        None => (TextStatus::Delivered, None),
        Some(fault) => {
            let code = fault.reason.and_then(|code| code.parse().ok());
            (TextStatus::Undelivered, Some(code.unwrap_or(UNREACHABLE)))
        }
    }
}

async fn step(sandbox: &Sandbox, sid: &str, status: TextStatus, error_code: Option<u32>) {
    let now = sandbox.now();
    let pool = sandbox.options().twilio_numbers.first().cloned();
    let text = sandbox.store().write(|world| {
        let text = world.twilio.find_mut(sid)?;
        // The status of the create answer is not reported once more.
        if text.status == status {
            return None;
        }
        if text.from.is_empty() {
            text.from = pool.unwrap_or_else(|| "+15005550006".to_owned());
        }
        (text.status, text.error_code, text.updated) = (status, error_code, now);
        if status == TextStatus::Sent {
            text.sent = Some(now);
        }
        Some(text.clone())
    });
    if let Some(text) = text.filter(|text| text.direction == Direction::OutboundApi) {
        report(sandbox, &text).await;
    }
}

async fn report(sandbox: &Sandbox, text: &Text) {
    let Some(url) = text.status_callback.clone() else { return };
    let form = form(sandbox, text);
    let kinds = [FaultKind::LostCallback, FaultKind::LateCallback, FaultKind::DuplicateCallback];
    let subject = format!("CALLBACK {} {}", text.status.name(), text.to);
    match sandbox.faults().take(&subject, &kinds) {
        None => post(sandbox, &url, &form, Duration::ZERO).await,
        Some(fault) if fault.kind == FaultKind::LateCallback => {
            let (sender, delay) = (sandbox.clone(), fault.delay());
            sandbox.outbound().deliver(async move { post(&sender, &url, &form, delay).await });
        }
        Some(fault) if fault.kind == FaultKind::DuplicateCallback => {
            post(sandbox, &url, &form, Duration::ZERO).await;
            post(sandbox, &url, &form, Duration::ZERO).await;
        }
        Some(_lost) => {}
    }
}

fn form(sandbox: &Sandbox, text: &Text) -> Vec<(String, String)> {
    let mut form = vec![
        ("AccountSid", sandbox.options().twilio.0.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("From", text.from.clone()),
        ("MessageSid", text.sid.clone()),
        ("MessageStatus", text.status.name().to_owned()),
        ("SmsSid", text.sid.clone()),
        ("SmsStatus", text.status.name().to_owned()),
        ("To", text.to.clone()),
    ];
    if let Some(service) = &text.messaging_service {
        form.push(("MessagingServiceSid", service.clone()));
    }
    if let Some(code) = text.error_code {
        form.push(("ErrorCode", code.to_string()));
    }
    if matches!(text.status, TextStatus::Delivered | TextStatus::Undelivered) {
        form.push(("RawDlrDoneDate", text.updated.strftime("%y%m%d%H%M").to_string()));
    }
    form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// By default Twilio repeats a webhook only where no connection came about, once.
async fn post(sandbox: &Sandbox, url: &str, form: &[(String, String)], delay: Duration) {
    tokio::time::sleep(delay).await;
    for _ in 0..2 {
        match signed_post(sandbox, url, form).send().await {
            Err(error) if error.is_connect() => {}
            Err(error) => {
                tracing::debug!(error = %error.without_url(), "a status callback was lost");
                return;
            }
            Ok(_) => return,
        }
    }
}

/// A form POST as Twilio sends it.
pub(crate) fn signed_post(
    sandbox: &Sandbox,
    url: &str,
    form: &[(String, String)],
) -> reqwest::RequestBuilder {
    let signature = sign(url, form, &sandbox.options().twilio.1);
    sandbox
        .outbound()
        .post(without_fragment(url))
        .header("User-Agent", "TwilioProxy/1.1")
        .header("X-Twilio-Signature", signature)
        .header("I-Twilio-Idempotency-Token", sandbox.store().write(|world| world.ids.short(32)))
        .form(form)
}
