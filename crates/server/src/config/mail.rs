//! How mail is sent, and in whose name.

use domain::{Email, people::Name};
use secrecy::SecretString;
use url::Url;

use super::{
    MAIL_FROM, SENDGRID_API_BASE_URL, SENDGRID_API_KEY, SENDGRID_WEBHOOK_PUBLIC_KEY, SMTP_URL,
    fault::{ConfigFault, Expected},
    settings::Settings,
    urls, values,
};

/// How mail is sent, and in whose name.
#[derive(Debug)]
pub(crate) struct MailConfig {
    pub(crate) from: MailFrom,
    pub(crate) transport: MailTransport,
}

/// The sender of every mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MailFrom {
    pub(crate) name: Option<Name>,
    pub(crate) address: Email,
}

/// Who takes our mail.
#[derive(Debug)]
pub(crate) enum MailTransport {
    /// A relay: a `smtp://` or `smtps://` URL with its password.
    Smtp(SecretString),
    SendGrid(SendGridConfig),
}

/// The SendGrid account.
#[derive(Debug)]
pub(crate) struct SendGridConfig {
    pub(crate) api_key: SecretString,
    pub(crate) api_base_url: Url,
    /// Verifies the event webhook; Base64 of a DER public key.
    pub(crate) webhook_public_key: Option<String>,
}

impl MailConfig {
    /// `None` when no mail is sent.
    pub(super) fn read(settings: &mut Settings) -> Option<Self> {
        let sendgrid = SendGridConfig::read(settings);
        let smtp = settings.optional(&SMTP_URL, smtp_url);
        let from = settings.optional(&MAIL_FROM, MailFrom::parse);
        let by_sendgrid = settings.has(&SENDGRID_API_KEY);
        let transport_key = if by_sendgrid { &SENDGRID_API_KEY } else { &SMTP_URL };
        settings.complete(&[transport_key, &MAIL_FROM]);
        let transport = sendgrid.map(MailTransport::SendGrid).or(smtp.map(MailTransport::Smtp));
        Some(Self { from: from?, transport: transport? })
    }
}

impl SendGridConfig {
    fn read(settings: &mut Settings) -> Option<Self> {
        let api_key = settings.optional(&SENDGRID_API_KEY, values::secret);
        let webhook_public_key = settings.optional(&SENDGRID_WEBHOOK_PUBLIC_KEY, public_key);
        if settings.has(&SENDGRID_WEBHOOK_PUBLIC_KEY) && !settings.has(&SENDGRID_API_KEY) {
            settings.fault(ConfigFault::missing(&SENDGRID_API_KEY, &SENDGRID_WEBHOOK_PUBLIC_KEY));
        }
        let api_base_url = settings.value(&SENDGRID_API_BASE_URL, urls::base);
        Some(Self { api_key: api_key?, api_base_url, webhook_public_key })
    }
}

impl MailFrom {
    /// `address` or `Name <address>`; quotes around the name are dropped.
    fn parse(text: &str) -> Result<Self, Expected> {
        let expected = Expected("`bookings@agency.example` or `Agency <bookings@agency.example>`");
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(text) => text.rsplit_once('<').ok_or(expected)?,
            None => ("", text),
        };
        let name = name.trim().trim_matches('"').trim();
        if name.contains(['<', '>', '"']) {
            return Err(expected);
        }
        let name = (!name.is_empty()).then(|| Name::parse(name)).transpose();
        let address = Email::parse(address).map_err(|_refused| expected)?;
        Ok(Self { name: name.map_err(|_refused| expected)?, address })
    }
}

/// What lettre's transport takes: a host, and for `smtp://` whether STARTTLS is demanded.
fn smtp_url(text: &str) -> Result<SecretString, Expected> {
    let expected = Expected(
        "`smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`, with special characters of the password \
         percent-encoded and at most `?tls=required` or `?tls=opportunistic` behind `smtp://`",
    );
    let url = Url::parse(text).map_err(|_refused| expected)?;
    let query_fits = match (url.scheme(), url.query()) {
        ("smtp" | "smtps", None) => true,
        ("smtp", Some(query)) => matches!(query, "tls=required" | "tls=opportunistic"),
        _ => false,
    };
    let path_is_empty = matches!(url.path(), "" | "/");
    if query_fits && path_is_empty && url.has_host() && url.fragment().is_none() {
        Ok(SecretString::from(text))
    } else {
        Err(expected)
    }
}

fn public_key(text: &str) -> Result<String, Expected> {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    if (64..=1024).contains(&text.len()) && text.bytes().all(base64) {
        Ok(text.to_owned())
    } else {
        Err(Expected("the public key that SendGrid shows, in Base64"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_of_mail_may_have_a_name() {
        let read = |text| {
            let from = MailFrom::parse(text).ok()?;
            Some((from.name.map(|name| name.to_string()), from.address.to_string()))
        };
        let address = "bookings@agency.example".to_owned();

        assert_eq!(read("bookings@agency.example"), Some((None, address.clone())));
        assert_eq!(read("<bookings@agency.example>"), Some((None, address.clone())));
        for text in
            ["The Agency <bookings@agency.example>", "\"The Agency\" <bookings@agency.example>"]
        {
            assert_eq!(read(text), Some((Some("The Agency".to_owned()), address.clone())));
        }
        for text in
            ["agency", "a@b.example, c@d.example", "A <B> <a@b.example>", "A <a@b.example> B"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_relay_has_a_host_and_known_parameters_only() {
        for text in [
            "smtp://mail.example",
            "smtp://127.0.0.1:1025",
            "smtp://ada:hunter2@mail.example:587?tls=required",
            "smtps://ada%40agency.example:hunter2@mail.example",
        ] {
            assert!(smtp_url(text).is_ok(), "{text}");
        }
        for text in [
            "mail.example",
            "smtp://",
            "http://mail.example",
            "smtp://mail.example/inbox",
            "smtp://mail.example?tls=none",
            "smtps://mail.example?tls=required",
            "smtp://mail.example#x",
        ] {
            assert!(smtp_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_webhook_key_looks_like_one() {
        assert!(public_key(&"MFkw+/AB".repeat(12)).is_ok());
        for text in ["MFkw", "-----BEGIN PUBLIC KEY-----", &"A".repeat(1025)] {
            assert!(public_key(text).is_err(), "{text}");
        }
    }
}
