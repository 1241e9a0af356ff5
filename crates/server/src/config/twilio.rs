//! Twilio: the account that sends texts and calls.

use std::num::NonZeroU32;

use domain::Phone;
use jiff::SignedDuration;
use secrecy::SecretString;
use url::Url;

use super::{
    TWILIO_ACCOUNT_SID, TWILIO_API_BASE_URL, TWILIO_AUTH_TOKEN, TWILIO_MESSAGING_SERVICE_SID,
    TWILIO_PHONE_NUMBER, TWILIO_SEND_RATE,
    fault::{ConfigFault, Expected},
    settings::Settings,
    urls, values,
};

/// Twilio: the account that sends texts and calls.
#[derive(Debug)]
pub(crate) struct TwilioConfig {
    pub(crate) account_sid: String,
    pub(crate) auth_token: SecretString,
    pub(crate) sender: TwilioSender,
    pub(crate) api_base_url: Url,
    /// Texts per second; `None` is no limit.
    pub(crate) send_rate: Option<NonZeroU32>,
}

/// Who a text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TwilioSender {
    Number(Phone),
    /// Five or six digits, without country code.
    ShortCode(String),
    MessagingService(String),
}

impl TwilioConfig {
    pub(super) fn read(settings: &mut Settings) -> Option<Self> {
        let account_sid = settings.optional(&TWILIO_ACCOUNT_SID, account_sid);
        let auth_token = settings.optional(&TWILIO_AUTH_TOKEN, values::secret);
        let sender = TwilioSender::read(settings);
        let api_base_url = settings.value(&TWILIO_API_BASE_URL, urls::base);
        let send_rate = match &sender {
            Some(sender) => {
                let usual = sender.usual_rate().to_string();
                settings.value_or(&TWILIO_SEND_RATE, &usual, values::per_second)
            }
            None => settings.optional(&TWILIO_SEND_RATE, values::per_second).flatten(),
        };
        settings.complete(&[&TWILIO_ACCOUNT_SID, &TWILIO_AUTH_TOKEN, sender_key(settings)]);
        Some(Self {
            account_sid: account_sid?,
            auth_token: auth_token?,
            sender: sender?,
            api_base_url,
            send_rate,
        })
    }
}

impl TwilioConfig {
    /// The time between two texts; none where there is no limit.
    pub(crate) fn interval(&self) -> SignedDuration {
        match self.send_rate {
            Some(rate) => {
                SignedDuration::from_secs(1) / i32::try_from(rate.get()).unwrap_or(i32::MAX)
            }
            None => SignedDuration::ZERO,
        }
    }
}

/// The sender that was given, or the one a newcomer would give.
fn sender_key(settings: &Settings) -> &'static super::Key {
    if settings.has(&TWILIO_MESSAGING_SERVICE_SID) {
        &TWILIO_MESSAGING_SERVICE_SID
    } else {
        &TWILIO_PHONE_NUMBER
    }
}

impl TwilioSender {
    fn read(settings: &mut Settings) -> Option<Self> {
        let number = settings.optional(&TWILIO_PHONE_NUMBER, number);
        let service = settings.optional(&TWILIO_MESSAGING_SERVICE_SID, messaging_service);
        if settings.has(&TWILIO_PHONE_NUMBER) && settings.has(&TWILIO_MESSAGING_SERVICE_SID) {
            settings.fault(ConfigFault::Conflict {
                key: TWILIO_PHONE_NUMBER.name,
                other: TWILIO_MESSAGING_SERVICE_SID.name,
                why: "texts have one sender",
            });
        }
        number.or(service)
    }

    /// Texts per second that Twilio takes from such a sender without queueing them.
    fn usual_rate(&self) -> u32 {
        match self {
            Self::Number(phone) if is_toll_free(phone) => 3,
            Self::Number(_) => 1,
            Self::ShortCode(_) => 100,
            Self::MessagingService(_) => 10,
        }
    }
}

/// The toll-free area codes of the North American numbering plan.
fn is_toll_free(phone: &Phone) -> bool {
    ["800", "833", "844", "855", "866", "877", "888"]
        .iter()
        .any(|area| phone.as_str().strip_prefix("+1").is_some_and(|rest| rest.starts_with(area)))
}

fn account_sid(text: &str) -> Result<String, Expected> {
    values::sid(text, "AC", "an account SID, which begins with `AC`")
}

fn messaging_service(text: &str) -> Result<TwilioSender, Expected> {
    values::sid(text, "MG", "a messaging service SID, which begins with `MG`")
        .map(TwilioSender::MessagingService)
}

fn number(text: &str) -> Result<TwilioSender, Expected> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && matches!(text.len(), 5 | 6) {
        return Ok(TwilioSender::ShortCode(text.to_owned()));
    }
    Phone::parse(text, None).map(TwilioSender::Number).map_err(|_refused| {
        Expected("a number with country code, such as `+12135550100`, or a short code")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_paced_by_what_it_is() {
        for (text, rate) in
            [("+12135550100", 1), ("+18885550100", 3), ("+442079460100", 1), ("12345", 100)]
        {
            assert_eq!(number(text).map(|sender| sender.usual_rate()), Ok(rate), "{text}");
        }
        let service = messaging_service("MG01").expect("a SID");
        assert_eq!(service.usual_rate(), 10);
    }

    #[test]
    fn a_sender_can_be_dialled() {
        for text in ["2135550100", "1234", "1234567", "+1", "agency", "+1213555010O"] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
