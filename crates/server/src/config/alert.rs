//! Where operators hear of incidents: any number of channels together.

use domain::Email;
use secrecy::SecretString;
use url::Url;

use super::{
    ALERT_EMAIL, ALERT_PAGERDUTY_BASE_URL, ALERT_PAGERDUTY_ROUTING_KEY, ALERT_SLACK_WEBHOOK_URL,
    SENDGRID_API_KEY, SMTP_URL, fault::ConfigFault, settings::Settings, urls, values,
};

/// Where operators hear of incidents.
#[derive(Debug)]
pub(crate) struct AlertConfig {
    /// The URL is the credential.
    pub(crate) slack_webhook_url: Option<SecretString>,
    pub(crate) pagerduty: Option<PagerDutyConfig>,
    /// Set only when mail is configured.
    pub(crate) email: Option<Email>,
}

/// The PagerDuty service that is paged.
#[derive(Debug)]
pub(crate) struct PagerDutyConfig {
    pub(crate) routing_key: SecretString,
    pub(crate) base_url: Url,
}

impl AlertConfig {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            slack_webhook_url: settings.optional(&ALERT_SLACK_WEBHOOK_URL, urls::secret_endpoint),
            pagerduty: PagerDutyConfig::read(settings),
            email: email(settings),
        }
    }
}

impl PagerDutyConfig {
    fn read(settings: &mut Settings) -> Option<Self> {
        let base_url = settings.value(&ALERT_PAGERDUTY_BASE_URL, urls::base);
        let routing_key = settings.optional(&ALERT_PAGERDUTY_ROUTING_KEY, values::secret)?;
        Some(Self { routing_key, base_url })
    }
}

/// An address that no mail can reach would be silent on the day it is needed.
fn email(settings: &mut Settings) -> Option<Email> {
    let email = settings.optional(&ALERT_EMAIL, values::email)?;
    if !settings.has(&SMTP_URL) && !settings.has(&SENDGRID_API_KEY) {
        settings.fault(ConfigFault::missing(&SMTP_URL, &ALERT_EMAIL));
    }
    Some(email)
}
