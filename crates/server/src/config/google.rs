//! Google: our OAuth client and where Google is.

use std::{num::NonZeroU32, path::PathBuf};

use secrecy::SecretString;
use url::Url;

use super::{
    GOOGLE_API_BASE_URL, GOOGLE_AUTH_URL, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_RATE,
    GOOGLE_REDIRECT_URI, GOOGLE_REVOKE_URL, GOOGLE_SERVICE_ACCOUNT_FILE, GOOGLE_TOKEN_URL,
    REDIRECT_URI,
    fault::ConfigFault,
    settings::Settings,
    urls::{self, PublicUrl},
    values,
};

/// Google: our OAuth client and where Google is.
#[derive(Debug)]
pub(crate) struct GoogleConfig {
    /// `None` when hosts cannot connect their Google accounts.
    pub(crate) client: Option<GoogleClient>,
    /// Key file of a service account with domain-wide delegation.
    pub(crate) service_account_file: Option<PathBuf>,
    pub(crate) api_base_url: Url,
    pub(crate) auth_url: Url,
    pub(crate) token_url: Url,
    pub(crate) revoke_url: Url,
    /// Calls per second and connection; `None` is no limit.
    pub(crate) rate: Option<NonZeroU32>,
}

/// The OAuth client that Google knows us as.
#[derive(Debug)]
pub(crate) struct GoogleClient {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    pub(crate) redirect_uri: Url,
}

impl GoogleConfig {
    pub(super) fn read(settings: &mut Settings, public_url: &PublicUrl) -> Self {
        Self {
            client: GoogleClient::read(settings, public_url),
            service_account_file: settings
                .optional(&GOOGLE_SERVICE_ACCOUNT_FILE, |path| Ok(PathBuf::from(path))),
            api_base_url: settings.value(&GOOGLE_API_BASE_URL, urls::base),
            auth_url: settings.value(&GOOGLE_AUTH_URL, urls::endpoint),
            token_url: settings.value(&GOOGLE_TOKEN_URL, urls::endpoint),
            revoke_url: settings.value(&GOOGLE_REVOKE_URL, urls::endpoint),
            rate: settings.value(&GOOGLE_RATE, values::per_second),
        }
    }
}

impl GoogleClient {
    fn read(settings: &mut Settings, public_url: &PublicUrl) -> Option<Self> {
        let redirect_uri = redirect_uri(settings, public_url);
        let id = settings.optional(&GOOGLE_CLIENT_ID, values::token);
        let secret = settings.optional(&GOOGLE_CLIENT_SECRET, values::secret);
        settings.complete(&[&GOOGLE_CLIENT_ID, &GOOGLE_CLIENT_SECRET]);
        Some(Self { id: id?, secret: secret?, redirect_uri })
    }
}

/// The key has two names; two answers to the same question would be one too many.
fn redirect_uri(settings: &mut Settings, public_url: &PublicUrl) -> Url {
    let short = settings.optional(&REDIRECT_URI, urls::endpoint);
    let given = settings.has(&GOOGLE_REDIRECT_URI);
    let fallback = short.clone().unwrap_or_else(|| public_url.join("/oauth/google/callback"));
    let long = settings.value_or(&GOOGLE_REDIRECT_URI, fallback.as_str(), urls::endpoint);
    if given && short.is_some_and(|short| short != long) {
        settings.fault(ConfigFault::Conflict {
            key: GOOGLE_REDIRECT_URI.name,
            other: REDIRECT_URI.name,
            why: "they are two names of one setting and must agree",
        });
    }
    long
}
