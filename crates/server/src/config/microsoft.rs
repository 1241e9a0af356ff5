//! Microsoft: our app registration and where Graph is.

use secrecy::SecretString;
use url::Url;

use super::{
    MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MICROSOFT_GRAPH_BASE_URL,
    MICROSOFT_LOGIN_BASE_URL, MICROSOFT_TENANT,
    fault::Expected,
    settings::Settings,
    urls::{self, PublicUrl},
    values,
};

/// Microsoft: our app registration and where Graph is.
#[derive(Debug)]
pub(crate) struct MicrosoftConfig {
    /// `None` when hosts cannot connect their Microsoft accounts.
    pub(crate) client: Option<MicrosoftClient>,
    /// Who may sign in: one segment of the sign-in path.
    pub(crate) tenant: String,
    pub(crate) graph_base_url: Url,
    pub(crate) login_base_url: Url,
}

/// The app registration that Microsoft knows us as.
#[derive(Debug)]
pub(crate) struct MicrosoftClient {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    pub(crate) redirect_uri: Url,
}

impl MicrosoftConfig {
    pub(super) fn read(settings: &mut Settings, public_url: &PublicUrl) -> Self {
        Self {
            client: MicrosoftClient::read(settings, public_url),
            tenant: settings.value(&MICROSOFT_TENANT, tenant),
            graph_base_url: settings.value(&MICROSOFT_GRAPH_BASE_URL, urls::base),
            login_base_url: settings.value(&MICROSOFT_LOGIN_BASE_URL, urls::base),
        }
    }
}

impl MicrosoftClient {
    fn read(settings: &mut Settings, public_url: &PublicUrl) -> Option<Self> {
        let id = settings.optional(&MICROSOFT_CLIENT_ID, values::token);
        let secret = settings.optional(&MICROSOFT_CLIENT_SECRET, values::secret);
        settings.complete(&[&MICROSOFT_CLIENT_ID, &MICROSOFT_CLIENT_SECRET]);
        let redirect_uri = public_url.join("/oauth/microsoft/callback");
        Some(Self { id: id?, secret: secret?, redirect_uri })
    }
}

fn tenant(text: &str) -> Result<String, Expected> {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    if text.len() <= 253 && text.bytes().all(safe) && !text.starts_with('.') {
        Ok(text.to_owned())
    } else {
        Err(Expected("`common`, `organizations`, `consumers`, or a tenant's id or domain"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_one_segment_of_a_path() {
        for text in ["common", "agency.example", "00000000-0000-0000-0000-000000000001"] {
            assert_eq!(tenant(text).as_deref(), Ok(text));
        }
        for text in ["..", "a/b", "a b", "a?b", "ä"] {
            assert!(tenant(text).is_err(), "{text}");
        }
    }
}
