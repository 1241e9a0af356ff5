use std::error::Error as _;
use std::time::{Duration, Instant};

use lettre::Message;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::codes::{Stage, refusal};
use super::message::Mail;
use crate::error::{HttpError, ProviderError, chain};
use crate::exchange::{Call, Exchange};
use crate::masking::Masker;

/// How long parting may take once the outcome is known.
const QUIT_TIME: Duration = Duration::from_secs(1);

/// The operator's mail server.
///
/// Each message has a connection of its own, and the conversation is led step by step: only so is
/// a connection lost before the content told from one lost after it.
#[derive(Debug, Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<(String, SecretString)>,
    total: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// From the first byte, port 465.
    Wrapped,
    /// `STARTTLS`, or nothing is sent.
    Required,
    /// `STARTTLS` where the server offers it.
    Opportunistic,
    /// Never.
    None,
}

/// The mail server's answer to the content: it owns the message now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpReply {
    /// 250, usually.
    pub code: u16,
    /// The server's words; often with its id for the message.
    pub text: String,
}

/// `SMTP_URL` cannot be used. Names no part of it, since it holds a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlError {
    /// It is no URL, or not one of `smtp` or `smtps`.
    #[error("is not of the form smtp://HOST or smtps://HOST")]
    Malformed,
    /// It names no host.
    #[error("names no host")]
    NoHost,
    /// `tls` is something else than it can be.
    #[error("has a `tls` that is not `required`, `opportunistic` or `none`")]
    UnknownTls,
}

impl Smtp {
    /// From `smtp://USER:PASSWORD@HOST:PORT?tls=…` or `smtps://…`, with ports 587 and 465 unless
    /// given. `tls` applies to `smtp` and is `required` when there is a password to protect and
    /// the host is another machine, else `opportunistic`. `total` bounds one message.
    pub fn from_url(url: &str, total: Duration) -> Result<Self, SmtpUrlError> {
        let url = Url::parse(url).map_err(|_shows_no_secret| SmtpUrlError::Malformed)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SmtpUrlError::NoHost)?;
        let credentials = (!url.username().is_empty()).then(|| {
            (decoded(url.username()), SecretString::from(decoded(url.password().unwrap_or(""))))
        });
        let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let (encryption, port) = match url.scheme() {
            "smtps" => (Encryption::Wrapped, 465),
            "smtp" => (encryption(&url, credentials.is_some() && !local)?, 587),
            _ => return Err(SmtpUrlError::Malformed),
        };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            encryption,
            credentials,
            total,
        })
    }

    /// Hands one message over, once. [`ProviderError::OutcomeUnknown`] only when the connection
    /// was lost after the content had gone out.
    pub async fn send(&self, mail: &Mail) -> Call<SmtpReply> {
        let message = match mail.build() {
            Ok(message) => message,
            Err(error) => return Call::unsent(error),
        };
        let mut exchange = self.exchange(mail);
        let started = Instant::now();
        let mut stage = Stage::Connect;

        let talk = tokio::time::timeout(self.total, self.deliver(&message, &mut stage)).await;

        exchange.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = match talk {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(self.failed(stage, error, &mut exchange)),
            Err(_elapsed) => Err(cut_off(stage, HttpError::TimedOut)),
        };
        match &outcome {
            Ok(reply) => {
                exchange.status = Some(reply.code);
                exchange.response_body.clone_from(&reply.text);
            }
            Err(error) => exchange.failure = Some(format!("{stage:?}: {}", chain(error))),
        }
        Call { outcome, exchange }
    }

    /// Connects and logs in, and sends nothing.
    pub(super) async fn probe(&self) -> Call<()> {
        let mut exchange = self.nothing_sent();
        let mut stage = Stage::Connect;
        let talk = async {
            let mut connection = self.connect(&mut stage).await?;
            let _ = tokio::time::timeout(QUIT_TIME, connection.quit()).await;
            Ok(())
        };
        let outcome = match tokio::time::timeout(self.total, talk).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.failed(stage, error, &mut exchange)),
            Err(_elapsed) => Err(cut_off(stage, HttpError::TimedOut)),
        };
        Call { outcome, exchange }
    }

    async fn deliver(&self, message: &Message, stage: &mut Stage) -> Result<SmtpReply, Failure> {
        let mut connection = self.connect(stage).await?;
        let result = hand_over(&mut connection, message, stage).await;
        // The outcome is known: how the server takes the parting changes nothing.
        let _ = tokio::time::timeout(QUIT_TIME, connection.quit()).await;
        result
    }

    async fn connect(&self, stage: &mut Stage) -> Result<AsyncSmtpConnection, Failure> {
        let name = ClientId::default();
        let tls = || TlsParameters::new(self.host.clone());
        let wrapped = (self.encryption == Encryption::Wrapped).then(tls).transpose()?;
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(self.total), &name, wrapped, None)
                .await?;
        match self.encryption {
            Encryption::Required if !connection.can_starttls() => return Err(Failure::NoTls),
            Encryption::Required | Encryption::Opportunistic if connection.can_starttls() => {
                connection.starttls(tls()?, &name).await?;
            }
            Encryption::Wrapped
            | Encryption::Required
            | Encryption::Opportunistic
            | Encryption::None => {}
        }
        if let Some((user, password)) = &self.credentials {
            *stage = Stage::Login;
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }

    fn failed(&self, stage: Stage, failure: Failure, exchange: &mut Exchange) -> ProviderError {
        let error = match failure {
            Failure::NoTls => {
                return ProviderError::Misconfigured { reason: "starttls".to_owned() };
            }
            Failure::NoUtf8 => return no_utf8(),
            Failure::Smtp(error) => error,
        };
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        if let Some(code) = error.status() {
            let secrets = self.credentials.iter().map(|(_, s)| s.expose_secret().to_owned());
            exchange.status = Some(code.into());
            exchange.response_body = Masker::new(secrets).value(&text);
            refusal(stage, code.into(), &text)
        } else if error.is_client() {
            // We ourselves declined: the server offers no way to log in that we know.
            ProviderError::Misconfigured { reason: "smtp_login".to_owned() }
        } else {
            cut_off(stage, HttpError::Broken(Box::new(error)))
        }
    }

    /// What an admin may see: the message as it was meant, not its encoding for transport.
    fn exchange(&self, mail: &Mail) -> Exchange {
        let masker = Masker::default();
        let headers = [
            ("Message-ID", mail.message_id.as_str()),
            ("From", mail.from.address.as_str()),
            ("To", mail.to.address.as_str()),
            ("Subject", mail.subject.as_str()),
        ];
        let body = serde_json::json!({
            "text": mail.text,
            "html": mail.html,
            "calendar": mail.calendar.as_ref().map(|invitation| invitation.ics.as_str()),
        });
        Exchange {
            request_headers: headers.map(|(n, v)| (n.to_owned(), masker.header(n, v))).into(),
            request_body: masker.body(body.to_string().as_bytes()),
            ..self.nothing_sent()
        }
    }

    fn nothing_sent(&self) -> Exchange {
        let scheme = if self.encryption == Encryption::Wrapped { "smtps" } else { "smtp" };
        Exchange {
            method: "SMTP".to_owned(),
            url: format!("{scheme}://{}:{}", self.host, self.port),
            ..Exchange::default()
        }
    }
}

enum Failure {
    Smtp(SmtpError),
    NoTls,
    NoUtf8,
}

impl From<SmtpError> for Failure {
    fn from(error: SmtpError) -> Self {
        Self::Smtp(error)
    }
}

async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    message: &Message,
    stage: &mut Stage,
) -> Result<SmtpReply, Failure> {
    let envelope = message.envelope();
    let mut options = Vec::new();
    if !envelope.to().iter().chain(envelope.from()).all(|address| address.to_string().is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure::NoUtf8);
        }
        options.push(MailParameter::SmtpUtfEight);
    }

    *stage = Stage::Sender;
    connection.command(MailFrom::new(envelope.from().cloned(), options)).await?;
    *stage = Stage::Recipient;
    for recipient in envelope.to() {
        connection.command(Rcpt::new(recipient.clone(), Vec::new())).await?;
    }
    *stage = Stage::Data;
    connection.command(Data).await?;
    *stage = Stage::Content;
    let reply = connection.message(&message.formatted()).await?;
    let text = reply.message().collect::<Vec<_>>().join("\n");
    Ok(SmtpReply { code: reply.code().into(), text })
}

/// Only content that went out can have been taken.
fn cut_off(stage: Stage, cause: HttpError) -> ProviderError {
    match stage {
        Stage::Content => ProviderError::OutcomeUnknown(cause),
        Stage::Connect | Stage::Login | Stage::Sender | Stage::Recipient | Stage::Data => {
            ProviderError::NotSent(cause)
        }
    }
}

fn no_utf8() -> ProviderError {
    ProviderError::Undeliverable {
        cause: crate::Undeliverable::BadAddress,
        reason: "smtputf8".to_owned(),
    }
}

fn encryption(url: &Url, secret: bool) -> Result<Encryption, SmtpUrlError> {
    let wish = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value);
    match wish.as_deref() {
        None if secret => Ok(Encryption::Required),
        None | Some("opportunistic") => Ok(Encryption::Opportunistic),
        Some("required") => Ok(Encryption::Required),
        Some("none") => Ok(Encryption::None),
        Some(_) => Err(SmtpUrlError::UnknownTls),
    }
}

/// Percent-decoded. A form's `+` for a space does not apply to credentials in a URL.
fn decoded(text: &str) -> String {
    let field = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(field.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(url: &str) -> Result<Smtp, SmtpUrlError> {
        Smtp::from_url(url, Duration::from_secs(1))
    }

    #[test]
    fn the_url_names_server_credentials_and_encryption() {
        let smtp = smtp("smtp://me%40agency.example:p%2Fa+s&s=@mail.example").expect("a URL");

        assert_eq!((smtp.host.as_str(), smtp.port), ("mail.example", 587));
        assert_eq!(smtp.encryption, Encryption::Required);
        let (user, password) = smtp.credentials.as_ref().expect("credentials");
        assert_eq!((user.as_str(), password.expose_secret()), ("me@agency.example", "p/a+s&s="));
        assert!(!format!("{smtp:?}").contains("p/a"));
    }

    #[test]
    fn a_password_crosses_the_network_encrypted_unless_told_otherwise() {
        let table = [
            ("smtps://u:p@mail.example", Encryption::Wrapped, 465),
            ("smtp://u:p@mail.example:25", Encryption::Required, 25),
            ("smtp://u:p@mail.example?tls=none", Encryption::None, 587),
            ("smtp://u:p@127.0.0.1:1025", Encryption::Opportunistic, 1025),
            ("smtp://mail.example", Encryption::Opportunistic, 587),
            ("smtp://mail.example?tls=required", Encryption::Required, 587),
        ];
        for (url, encryption, port) in table {
            let smtp = smtp(url).expect(url);
            assert_eq!((smtp.encryption, smtp.port), (encryption, port), "{url}");
        }
    }

    #[test]
    fn an_unusable_url_is_refused_without_showing_it() {
        let table = [
            ("mail.example", SmtpUrlError::Malformed),
            ("http://u:p@mail.example", SmtpUrlError::Malformed),
            ("smtp://", SmtpUrlError::NoHost),
            ("smtp://mail.example?tls=maybe", SmtpUrlError::UnknownTls),
        ];
        for (url, expected) in table {
            assert_eq!(smtp(url).expect_err(url), expected, "{url}");
        }
    }
}
