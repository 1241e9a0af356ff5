//! From settings to a working app.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use app::incident::Alerts;
use app::{App, Clock, Ids, Providers, Settings, Vault, VaultKey};
use jiff::SignedDuration;
use providers::alert::{PagerDuty, Slack};
use providers::google::{GoogleEndpoints, GoogleOAuth, ServiceAccount};
use providers::mail::{EventKey, MailAddress, Relay, SendGrid, Smtp};
use providers::twilio::{Sender, Twilio};
use providers::{Http, HttpLimits};
use secrecy::{ExposeSecret, SecretString};
use store::{Access, Store};

use crate::Failure;
use crate::config::{AlertConfig, Config, DatabaseUrl, GoogleConfig, MailConfig, MailTransport};
use crate::config::{SecretsConfig, TwilioConfig, TwilioSender};

/// How long one mail may take.
const MAIL: Duration = Duration::from_secs(15);

/// A key file beyond this many bytes is none; Google's have about 2,400.
const LONGEST_KEY_FILE: u64 = 64 * 1024;

/// Opens the database that the settings name.
pub(crate) async fn store(
    url: &DatabaseUrl,
    access: Access,
    migrate: bool,
) -> Result<Store, Failure> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder)?;
            }
            let opened = Store::open_sqlite(path, access, migrate);
            Ok(opened.map_err(|error| format!("{}: {error}", path.display()))?)
        }
        DatabaseUrl::Postgres(url) => {
            let opened = Store::open_postgres(url.expose_secret(), migrate).await;
            Ok(opened.map_err(|error| format!("DATABASE_URL: {error}"))?)
        }
    }
}

/// Opens the database and builds the use cases on it, by the time that its instances agree on.
pub(crate) async fn app(config: Config, access: Access) -> Result<App, Failure> {
    let store = store(&config.database.url, access, config.database.migrate).await?;
    let clock = Clock::of(&store).await?;
    app_on(store, config, clock).await
}

/// Builds the use cases on a database.
pub(crate) async fn app_on(store: Store, config: Config, clock: Clock) -> Result<App, Failure> {
    let ids = Ids::system(clock.clone());
    let vault = vault(config.secrets, &ids)?;
    let settings = Settings {
        public_url: config.web.public_url.join("/"),
        retry_base: config.timing.retry_base,
        lost_answer_wait: config.timing.lost_answer_wait,
        hold_ttl: config.timing.hold_ttl,
        poll_interval: config.timing.poll_interval,
        text_interval: config.twilio.as_ref().map_or(SignedDuration::ZERO, TwilioConfig::interval),
        push: config.push.enabled,
        max_deletions_per_sync: config.timing.max_deletions_per_sync,
        default_region: config.web.default_region,
        google_spacing: config.google.rate.map(|rate| domain::pacing::spacing(rate.get())),
    };
    let (google, service_account) = google(config.google)?;
    let providers = Providers {
        http: Http::new(HttpLimits::default())?,
        google,
        service_account,
        twilio: config.twilio.map(twilio),
        mail: config.mail.map(mail).transpose()?,
        alerts: alerts(config.alert),
    };
    Ok(App::open(store, clock, ids, vault, settings, providers).await?)
}

fn vault(secrets: SecretsConfig, ids: &Ids) -> Result<Vault, Failure> {
    let loaded = secrets.load(|bytes| {
        for chunk in bytes.chunks_mut(32) {
            chunk.copy_from_slice(&ids.secret::<32>()[..chunk.len()]);
        }
    })?;
    if let Some(made) = &loaded.made {
        tell_about_key(made);
    }
    let keys = std::iter::once(loaded.keys.first).chain(loaded.keys.others);
    let keys = keys.map(|key| VaultKey { id: key.id, key: *key.bytes.expose_secret() }).collect();
    Vault::new(keys, ids.clone()).ok_or_else(|| "a secret key's id is too long".into())
}

fn tell_about_key(file: &Path) {
    eprintln!(
        "doorstep: made {}, the key that encrypts stored tokens. Keep a copy: without it every \
         calendar has to be connected again.",
        file.display()
    );
}

/// Both ways into Google accounts: our client, which hosts consent to, and the service account.
fn google(config: GoogleConfig) -> Result<(Option<GoogleOAuth>, Option<ServiceAccount>), Failure> {
    let endpoints = GoogleEndpoints {
        api_base: config.api_base_url,
        auth_url: config.auth_url,
        token_url: config.token_url,
        revoke_url: config.revoke_url,
    };
    let file = config.service_account_file.as_deref();
    let service_account = file.map(|path| service_account(path, endpoints.clone())).transpose()?;
    let oauth = config.client.map(|client| GoogleOAuth {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uri: client.redirect_uri,
        endpoints,
    });
    Ok((oauth, service_account))
}

fn service_account(path: &Path, endpoints: GoogleEndpoints) -> Result<ServiceAccount, Failure> {
    let unusable = |why: &dyn std::fmt::Display| -> Failure {
        format!("GOOGLE_SERVICE_ACCOUNT_FILE: {} cannot be used: {why}", path.display()).into()
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| unusable(&error))?;
    // One that is longer is cut, and then is no JSON.
    file.take(LONGEST_KEY_FILE).read_to_string(&mut text).map_err(|error| unusable(&error))?;
    let text = SecretString::from(text);
    ServiceAccount::from_key_file(text.expose_secret(), endpoints).map_err(|error| unusable(&error))
}

fn twilio(config: TwilioConfig) -> Twilio {
    let sender = match config.sender {
        TwilioSender::Number(number) => Sender::Number(number.to_string()),
        TwilioSender::ShortCode(code) => Sender::Number(code),
        TwilioSender::MessagingService(sid) => Sender::MessagingService(sid),
    };
    let (account_sid, auth_token) = (config.account_sid, config.auth_token);
    Twilio { account_sid, auth_token, sender, base: config.api_base_url }
}

fn mail(config: MailConfig) -> Result<(Relay, MailAddress), Failure> {
    let from = MailAddress {
        name: config.from.name.map(|name| name.to_string()),
        address: config.from.address.to_string(),
    };
    match config.transport {
        MailTransport::Smtp(url) => {
            Ok((Relay::Smtp(Smtp::from_url(url.expose_secret(), MAIL)?), from))
        }
        MailTransport::SendGrid(account) => {
            let events = account.webhook_public_key.as_deref().map(|key| {
                EventKey::parse(key).ok_or("SENDGRID_WEBHOOK_PUBLIC_KEY is not a P-256 public key")
            });
            let (api_key, base) = (account.api_key, account.api_base_url);
            let sendgrid = SendGrid { api_key, base, events: events.transpose()? };
            Ok((Relay::SendGrid(sendgrid), from))
        }
    }
}

fn alerts(config: AlertConfig) -> Alerts {
    let pagerduty = config.pagerduty.map(|pagerduty| PagerDuty {
        routing_key: pagerduty.routing_key,
        base: pagerduty.base_url,
    });
    Alerts {
        slack: config.slack_webhook_url.map(|webhook| Slack { webhook }),
        pagerduty,
        email: config.email.map(|email| email.to_string()),
    }
}

/// The origins that a page of ours may send a person to: forms that end there need to be allowed.
pub(crate) fn consent_origin(config: &GoogleConfig) -> Option<String> {
    config.client.as_ref().map(|_| config.auth_url.origin().ascii_serialization())
}
