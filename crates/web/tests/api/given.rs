//! A small agency: Jane shows a house on weekdays, nine to five, in Los Angeles; Gus takes calls and
//! keeps his calendar at Google, which cannot be reached. It is eight o'clock there on Monday,
//! 30 November 2026.

use app::incident::Alerts;
use app::key::Scope;
use app::{App, Clock, Ids, Providers, Settings, Vault, VaultKey};
use axum::Router;
use doorstep_web::WebOptions;
use doorstep_web::http::TrustedProxies;
use doorstep_web::http::cors::CorsOrigins;
use doorstep_web::http::rate_limit::Rate;
use jiff::SignedDuration;
use providers::google::{GoogleEndpoints, GoogleOAuth, ServiceAccount};
use providers::mail::{EventKey, MailAddress, Relay, SendGrid};
use providers::twilio::{Sender, Twilio};
use providers::{Http, HttpLimits};
use secrecy::SecretString;
use serde_json::{Value, json};
use store::{Access, Store};
use tempfile::TempDir;
use url::Url;

use super::{Answer, Call};

const SETUP: &str = r#"
[[hosts]]
id = "jane"
name = "Jane Agent"
email = "jane@agency.example"
phone = "+12135550100"
timezone = "America/Los_Angeles"

[[hosts]]
id = "gus"
name = "Gus Agent"
timezone = "Europe/Berlin"

[[calendars]]
id = "jane-local"
host = "jane"
provider = "local"

[[calendars]]
id = "gus-work"
host = "gus"
provider = "google"
account = "gus@agency.example"

[[services]]
id = "viewing"
title = "Viewing: 123 Main St"
hosts = ["jane"]
duration = "30m"
notice = "0m"
availability = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "17:00" }]

[[services]]
id = "call"
title = "A call"
hosts = ["gus"]
duration = "30m"
notice = "0m"
when_unreachable = "pending"
availability = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "17:00" }]

[[services]]
id = "strict-call"
title = "A call, if the calendar can be read"
hosts = ["gus"]
duration = "30m"
notice = "0m"
availability = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "17:00" }]

[[sources]]
id = "website"
kind = "gravity_forms"
service = "viewing"
timezone = "America/Chicago"
verify = { header = "X-Form-Secret", secret = "open sesame" }

[sources.map]
submission_id = "/id"
name = ["/1.3", "/1.6"]
email = "/2"
phone = "/3"
start = ["/4", "/5"]
answers = { "Address" = "/6", "Notes" = "/7" }

[[sources]]
id = "partner"
kind = "json"
verify = { hmac = "X-Signature", secret = "shared" }
map = { service = "/what", start = "/when", name = "/who/name", email = "/who/email", party_size = "/people", phone = "/who/phone" }

[[sources]]
id = "open"
kind = "json"
service = "viewing"
map = { start = "/start", name = "/name", email = "/email" }
"#;

/// What SendGrid signs with; from the test suite of its own Python library.
const SENDGRID_KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";

/// What Twilio signs with.
pub(super) const TWILIO_TOKEN: &str = "12345";

/// A server with its database.
pub(super) struct Given {
    pub(super) app: App,
    pub(super) clock: Clock,
    pub(super) router: Router,
    pub(super) admin: String,
    _folder: TempDir,
}

impl Given {
    /// The agency as it usually is.
    pub(super) async fn agency() -> Self {
        Self::with(Rate::Off, "").await
    }

    /// The agency with another public rate, behind these proxies.
    pub(super) async fn with(public_rate: Rate, proxies: &str) -> Self {
        Self::open(public_rate, proxies, providers()).await
    }

    /// The agency with a service account, and no client to consent to.
    pub(super) async fn delegated() -> Self {
        let providers = providers();
        let endpoints = providers.google.as_ref().unwrap().endpoints.clone();
        let file = json!({
            "type": "service_account", "client_email": "robot@project.iam.example",
            "private_key_id": "k1",
            "private_key": include_str!("../../../providers/tests/keys/service-account.pem"),
        });
        let service_account = ServiceAccount::from_key_file(&file.to_string(), endpoints).unwrap();
        let service_account = Some(service_account);
        Self::open(Rate::Off, "", Providers { google: None, service_account, ..providers }).await
    }

    async fn open(public_rate: Rate, proxies: &str, providers: Providers) -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open_sqlite(&folder.path().join("test.db"), Access::Serve, true);
        let clock = Clock::frozen("2026-11-30T16:00:00Z".parse().unwrap());
        let ids = Ids::seeded(clock.clone(), 7);
        let key = VaultKey { id: "test".to_owned(), key: [7; 32] };
        let vault = Vault::new(vec![key], ids.clone()).unwrap();
        let app = App::open(store.unwrap(), clock.clone(), ids, vault, settings(), providers);
        let app = app.await.unwrap();
        app.apply_setup(SETUP, false).await.unwrap();
        let admin = app.create_key(Scope::Admin, None).await.unwrap().secret;
        let options = WebOptions {
            trusted_proxies: TrustedProxies::parse(proxies).unwrap(),
            cors: CorsOrigins::Any,
            public_rate,
            secure: true,
            form_targets: Vec::new(),
        };
        let router = doorstep_web::router(app.clone(), options).unwrap();
        Self { app, clock, router, admin, _folder: folder }
    }

    /// A key of that scope.
    pub(super) async fn key(&self, scope: Scope) -> String {
        self.app.create_key(scope, None).await.unwrap().secret
    }

    /// Sends a call as it is.
    pub(super) async fn send(&self, call: Call) -> Answer {
        call.send(&self.router).await
    }

    /// Sends a call with an admin's key.
    pub(super) async fn as_admin(&self, call: Call) -> Answer {
        call.key(&self.admin).send(&self.router).await
    }

    /// Books with an admin's key, and answers the booking.
    pub(super) async fn booked(&self, start: &str) -> Value {
        self.as_admin(Call::post("/v1/bookings", &wish(start))).await.ok(201)
    }

    /// How many bookings there are.
    pub(super) async fn count(&self) -> usize {
        let list = self.as_admin(Call::get("/v1/bookings?limit=200")).await.ok(200);
        list["items"].as_array().unwrap().len()
    }
}

/// Dana wants a viewing.
pub(super) fn wish(start: &str) -> Value {
    json!({
        "service": "viewing",
        "start": start,
        "attendee": { "name": "Dana Whitfield", "email": "dana.whitfield@example.com" },
    })
}

/// The same object with some members replaced, or with null taken away.
pub(super) fn but(mut value: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    let members = value.as_object_mut().unwrap();
    for (name, change) in changes {
        members.remove(&name);
        if !change.is_null() {
            members.insert(name, change);
        }
    }
    value
}

fn settings() -> Settings {
    Settings {
        public_url: "https://book.agency.example/".parse().unwrap(),
        retry_base: SignedDuration::from_secs(1),
        lost_answer_wait: SignedDuration::from_secs(30),
        hold_ttl: SignedDuration::from_mins(5),
        poll_interval: SignedDuration::from_mins(5),
        text_interval: SignedDuration::ZERO,
        push: false,
        max_deletions_per_sync: 10,
        default_region: None,
        google_spacing: None,
    }
}

/// Accounts with the third parties; a call to any of them goes nowhere.
fn providers() -> Providers {
    let nowhere = || Url::parse("http://127.0.0.1:9/").unwrap();
    let secret = |text: &str| SecretString::from(text.to_owned());
    let google = GoogleOAuth {
        endpoints: GoogleEndpoints {
            api_base: nowhere(),
            token_url: nowhere(),
            revoke_url: nowhere(),
            ..GoogleEndpoints::default()
        },
        client_id: "client".to_owned(),
        client_secret: secret("secret"),
        redirect_uri: "https://book.agency.example/oauth/google/callback".parse().unwrap(),
    };
    let twilio = Twilio {
        account_sid: format!("AC{}", "0".repeat(32)),
        auth_token: secret(TWILIO_TOKEN),
        sender: Sender::Number("+12135550199".to_owned()),
        base: nowhere(),
    };
    let http = Http::new(HttpLimits::default()).unwrap();
    let sendgrid = SendGrid {
        api_key: secret("SG.key"),
        base: nowhere(),
        events: EventKey::parse(SENDGRID_KEY),
    };
    let from = MailAddress { name: None, address: "bookings@agency.example".to_owned() };
    let mail = Some((Relay::SendGrid(sendgrid), from));
    let (google, twilio) = (Some(google), Some(twilio));
    let service_account = None;
    Providers { http, google, service_account, twilio, mail, alerts: Alerts::default() }
}
