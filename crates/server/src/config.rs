//! The settings: what may be set, where a value comes from, and what it means to the program.
//!
//! Every key stands once, in the table below. From it come the parsing of the start, the output of
//! `doorstep config`, and the page `docs/reference/configuration.md`.
//!
//! Invariants:
//! - a [`Config`] exists only when every given value is well-formed and the values fit together;
//! - all faults are told at once, by name, and none of them repeats a value;
//! - nothing in here reads the machine's environment: `main` hands it in.

mod alert;
mod database;
mod effective;
mod env_file;
mod fault;
mod google;
mod key;
mod key_file;
mod listen;
mod log;
mod mail;
mod microsoft;
mod push;
mod reference;
mod secrets;
mod settings;
mod sources;
#[cfg(test)]
mod tests;
mod timing;
mod twilio;
mod urls;
mod values;
mod web;

pub(crate) use alert::AlertConfig;
pub(crate) use database::{DatabaseConfig, DatabaseUrl};
pub(crate) use effective::Effective;
pub(crate) use fault::ConfigError;
pub(crate) use google::GoogleConfig;
pub(crate) use key::Key;
pub(crate) use listen::ListenConfig;
pub(crate) use log::{LogConfig, LogFormat};
pub(crate) use mail::{MailConfig, MailTransport};
pub(crate) use microsoft::MicrosoftConfig;
pub(crate) use push::PushConfig;
pub(crate) use reference::reference;
pub(crate) use secrets::SecretsConfig;
pub(crate) use sources::Sources;
pub(crate) use timing::TimingConfig;
pub(crate) use twilio::{TwilioConfig, TwilioSender};
pub(crate) use web::WebConfig;

use key::Fallback::{Computed, Nothing, Value};
use settings::Settings;

key::table! {
    "Listening" {
        PORT: Value("8080"), Open,
            "Port to listen on at 127.0.0.1. `DOORSTEP_LISTEN` wins when both are set.";
        DOORSTEP_LISTEN: Computed("`127.0.0.1:PORT`"), Open,
            "Full address to listen on, such as `0.0.0.0:8080` or `[::]:8080`.";
    }
    "Web" {
        DOORSTEP_PUBLIC_URL: Computed("`http://` and the listening address"), Open,
            "How the outside reaches the server: links in messages, OAuth callbacks and signature checks are built on it. A path is kept, a slash at the end dropped.";
        DOORSTEP_TRUSTED_PROXIES: Nothing, Open,
            "Comma-separated CIDRs (or single addresses) of proxies whose `X-Forwarded-*` headers are believed.";
        DOORSTEP_CORS_ORIGINS: Value("*"), Open,
            "Comma-separated origins whose pages may call the public API from a browser, such as `https://www.agency.example`; `*` is all.";
        DOORSTEP_PUBLIC_RATE: Value("60/m"), Open,
            "Calls without a key that one client address may make per second, minute or hour (`5/s`, `60/m`, `1000/h`); `off` for no limit.";
        DOORSTEP_DEFAULT_REGION: Nothing, Open,
            "Country, as two letters such as `US`, in which a phone number without country code is read when the host has no phone.";
    }
    "Database" {
        DATABASE_URL: Value("sqlite://doorstep.db"), Password,
            "`sqlite://PATH` (`sqlite://doorstep.db` is relative, `sqlite:///var/lib/doorstep.db` absolute) or `postgres://USER:PASSWORD@HOST/NAME`, which takes `?sslmode=` (`disable`, `prefer`, `require`, `verify-full` with `sslrootcert=PATH`), several hosts with `target_session_attrs=read-write`, and `pgbouncer=on` for a pooler in transaction mode, with `direct=HOST:PORT` for the server behind it.";
        DOORSTEP_MIGRATE: Value("on"), Open,
            "Whether `serve` brings the schema up to date by itself: `on` or `off`.";
    }
    "Secrets" {
        DOORSTEP_SECRET_KEYS: Computed("with SQLite: the file `doorstep.key` beside the database, made at the first start"), Hidden,
            "Comma-separated `id:base64(32 bytes)`. The first key encrypts what is stored, all of them decrypt. PostgreSQL does not start without this or `DOORSTEP_SECRETS`.";
        DOORSTEP_SECRETS: Nothing, Open,
            "`file:PATH`: the same list in a file, where a line break may stand for a comma. Not together with `DOORSTEP_SECRET_KEYS`. `vault:` and `aws:` are not supported yet.";
    }
    "Google" {
        GOOGLE_CLIENT_ID: Nothing, Open,
            "Id of the OAuth client. Needs `GOOGLE_CLIENT_SECRET`.";
        GOOGLE_CLIENT_SECRET: Nothing, Hidden,
            "Secret of the OAuth client.";
        GOOGLE_REDIRECT_URI: Computed("`PUBLIC_URL/oauth/google/callback`"), Open,
            "Where Google sends the host back to; registered with the OAuth client, letter by letter.";
        REDIRECT_URI: Nothing, Open,
            "Another name of `GOOGLE_REDIRECT_URI`. When both are set they must agree.";
        GOOGLE_API_BASE_URL: Value("https://www.googleapis.com"), Open,
            "Base of the calendar API.";
        GOOGLE_AUTH_URL: Value("https://accounts.google.com/o/oauth2/v2/auth"), Open,
            "Where a host is sent to consent.";
        GOOGLE_TOKEN_URL: Value("https://oauth2.googleapis.com/token"), Open,
            "Where codes and refresh tokens are exchanged.";
        GOOGLE_REVOKE_URL: Value("https://oauth2.googleapis.com/revoke"), Open,
            "Where a token is given back.";
        GOOGLE_SERVICE_ACCOUNT_FILE: Nothing, Open,
            "Key file (JSON) of a service account with domain-wide delegation; it needs no client, and speaks for the accounts whose host has not consented.";
        GOOGLE_RATE: Value("9"), Open,
            "Calls per second and connection, evenly spaced (1 to 1000); `off` for no limit.";
    }
    "Microsoft" {
        MICROSOFT_CLIENT_ID: Nothing, Open,
            "Id of the app registration. Needs `MICROSOFT_CLIENT_SECRET`.";
        MICROSOFT_CLIENT_SECRET: Nothing, Hidden,
            "Secret of the app registration.";
        MICROSOFT_TENANT: Value("common"), Open,
            "Who may sign in: `common`, `organizations`, `consumers`, or a tenant's id or domain.";
        MICROSOFT_GRAPH_BASE_URL: Value("https://graph.microsoft.com"), Open,
            "Base of Microsoft Graph; the national clouds have their own.";
        MICROSOFT_LOGIN_BASE_URL: Value("https://login.microsoftonline.com"), Open,
            "Base of the sign-in endpoints.";
    }
    "Twilio" {
        TWILIO_ACCOUNT_SID: Nothing, Open,
            "The account, `AC…`. Needs `TWILIO_AUTH_TOKEN` and one sender.";
        TWILIO_AUTH_TOKEN: Nothing, Hidden,
            "The account's token: signs in, and verifies what Twilio sends us.";
        TWILIO_PHONE_NUMBER: Nothing, Open,
            "Sender: a number with country code such as `+12135550100`, or a short code. Not together with `TWILIO_MESSAGING_SERVICE_SID`.";
        TWILIO_MESSAGING_SERVICE_SID: Nothing, Open,
            "Sender: a messaging service, `MG…`.";
        TWILIO_API_BASE_URL: Value("https://api.twilio.com"), Open,
            "Base of Twilio's API.";
        TWILIO_SEND_RATE: Computed("by sender: toll-free 3, short code 100, messaging service 10, any other number 1"), Open,
            "Texts per second and sender (1 to 1000), at most 10 in flight; `off` for no limit.";
    }
    "Mail" {
        SMTP_URL: Nothing, Password,
            "`smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`; `?tls=required` demands STARTTLS of an `smtp://` relay.";
        SENDGRID_API_KEY: Nothing, Hidden,
            "Mail goes through SendGrid, not SMTP, when this is set.";
        SENDGRID_API_BASE_URL: Value("https://api.sendgrid.com"), Open,
            "Base of SendGrid's API; `https://api.eu.sendgrid.com` for accounts in the EU.";
        SENDGRID_WEBHOOK_PUBLIC_KEY: Nothing, Open,
            "Public key, in Base64, that verifies SendGrid's event webhook.";
        MAIL_FROM: Nothing, Open,
            "Sender of every mail: `bookings@agency.example` or `Agency <bookings@agency.example>`. Needed as soon as mail is configured.";
    }
    "Alerts" {
        ALERT_SLACK_WEBHOOK_URL: Nothing, Hidden,
            "Incoming webhook of the Slack channel that hears of incidents.";
        ALERT_PAGERDUTY_ROUTING_KEY: Nothing, Hidden,
            "Integration key of the PagerDuty service that is paged.";
        ALERT_PAGERDUTY_BASE_URL: Value("https://events.pagerduty.com"), Open,
            "Base of PagerDuty's events API.";
        ALERT_EMAIL: Nothing, Open,
            "Address that hears of incidents. Needs mail to be configured.";
    }
    "Calendars and jobs" {
        DOORSTEP_PUSH: Value("auto"), Open,
            "Whether providers are asked to push changes: `on`, `off`, or `auto`: only when `DOORSTEP_PUBLIC_URL` is https.";
        DOORSTEP_POLL_INTERVAL: Value("5m"), Open,
            "How often a calendar is read, beside push (`1s` to `1d`).";
        DOORSTEP_RETRY_BASE: Value("1s"), Open,
            "First step of the exponential backoff, which is jittered (`1s` to `1h`).";
        DOORSTEP_LOST_ANSWER_WAIT: Value("30s"), Open,
            "How long to wait for a callback or a listing before a message whose answer was lost is looked up (`0s` to `1h`).";
        DOORSTEP_HOLD_TTL: Value("5m"), Open,
            "How long a hold keeps its slot (`1s` to `1d`).";
        DOORSTEP_MAX_DELETIONS_PER_SYNC: Value("10"), Open,
            "More deletions than this in one pass over a calendar stop the pass and alert (0 to 10000).";
    }
    "Log" {
        DOORSTEP_LOG: Value("info"), Open,
            "What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`, `off`) and, after commas, `module=level`.";
        DOORSTEP_LOG_FORMAT: Value("auto"), Open,
            "`pretty`, `json`, or `auto`: `pretty` on a terminal, else `json`. The log goes to standard error.";
        OTEL_EXPORTER_OTLP_ENDPOINT: Nothing, Open,
            "Where traces are sent by OTLP.";
    }
}

/// Every setting, parsed; one small struct per concern.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) listen: ListenConfig,
    pub(crate) web: WebConfig,
    pub(crate) database: DatabaseConfig,
    pub(crate) secrets: SecretsConfig,
    pub(crate) google: GoogleConfig,
    pub(crate) microsoft: MicrosoftConfig,
    pub(crate) twilio: Option<TwilioConfig>,
    pub(crate) mail: Option<MailConfig>,
    pub(crate) alert: AlertConfig,
    pub(crate) push: PushConfig,
    pub(crate) timing: TimingConfig,
    pub(crate) log: LogConfig,
}

impl Config {
    /// Reads all settings; the second value is what `doorstep config` prints. Fails with every
    /// fault of every source.
    pub(crate) fn load(sources: Sources) -> Result<(Self, Effective), ConfigError> {
        let mut settings = Settings::gather(sources);
        let config = Self::read(&mut settings);
        Ok((config, settings.finish()?))
    }

    /// A malformed value is replaced by its default, so that the faults behind it are found too;
    /// `finish` refuses the result.
    fn read(settings: &mut Settings) -> Self {
        let listen = ListenConfig::read(settings);
        let web = WebConfig::read(settings, &listen);
        let database = DatabaseConfig::read(settings);
        let mail = MailConfig::read(settings);
        Self {
            secrets: SecretsConfig::read(settings, &database),
            google: GoogleConfig::read(settings, &web.public_url),
            microsoft: MicrosoftConfig::read(settings, &web.public_url),
            twilio: TwilioConfig::read(settings),
            alert: AlertConfig::read(settings),
            push: PushConfig::read(settings, &web.public_url),
            timing: TimingConfig::read(settings),
            log: LogConfig::read(settings),
            listen,
            web,
            database,
            mail,
        }
    }
}
