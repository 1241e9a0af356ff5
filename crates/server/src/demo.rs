//! The demo: the production server against the sandbox, with a small agency to try it on.

mod seed;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::{App, Clock};
use jiff::SignedDuration;
use sandbox::{DROP_HEADER, Options, Sandbox, SandboxClock};
use store::Access;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web::http::ServeOptions;

use crate::config::Config;
use crate::output::Output;
use crate::serve::{stop_signal, until_stopped, web_options};
use crate::{Failure, telemetry, wiring};

/// Where the demo keeps its data, below the working directory.
const FOLDER: &str = "doorstep-demo";
/// The number that the demo's texts come from.
const OUR_NUMBER: &str = "+12135550199";
const TWILIO_TOKEN: &str = "sandbox-token";

/// Serves the demo until it is told to stop.
pub(crate) async fn run(file: Option<&Path>) -> Result<(), Failure> {
    let folder = PathBuf::from(FOLDER);
    std::fs::create_dir_all(&folder)?;
    let (settings, _) = crate::load(file, quiet())?;
    let address = settings.listen.address;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("{address} cannot be listened on ({error}); choose another port with PORT=8090")
    })?;
    let base = format!("http://{}", reachable(listener.local_addr()?));
    let relay = TcpListener::bind((address.ip(), 0)).await?;
    let smtp = relay.local_addr()?;
    let (config, _) = crate::load(file, overrides(&base, &smtp.to_string()))?;
    telemetry::start(&config.log)?;

    let clock = Clock::system();
    clock.advance(remembered_advance(&folder));
    let sandbox = open_sandbox(&folder, &base, &clock).await?;
    let stop = stop_signal();
    let (mailbox, stopped) = (sandbox.clone(), stop.clone());
    let mail = tokio::spawn(async move { mailbox.serve_smtp(relay, stopped).await });

    let served = serve(config, &folder, &base, &sandbox, clock, listener, stop.clone()).await;
    stop.cancel();
    mail.await?;
    sandbox.settle().await;
    sandbox.flush().await;
    served
}

async fn serve(
    config: Config,
    folder: &Path,
    base: &str,
    sandbox: &Sandbox,
    clock: Clock,
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let options = web_options(&config.web, &config.google);
    let store = wiring::store(&config.database.url, Access::Serve, config.database.migrate).await?;
    let app = wiring::app_on(store, config, clock).await?;
    // Whatever is not the sandbox's is the server's, also what nobody knows.
    let router = sandbox.nested_router().fallback_service(web::router(app.clone(), options)?);
    let options = ServeOptions {
        drop_header: Some(axum::http::HeaderName::from_static(DROP_HEADER)),
        ..ServeOptions::default()
    };
    // The agency is set up over HTTP, like everything: its hosts consent at the sandbox.
    let serving = tokio::spawn(until_stopped(app.clone(), listener, router, options, stop.clone()));
    let key = seed::agency(&app, sandbox, folder).await;
    if let Ok(key) = &key {
        announce(&app, base, key).await?;
    } else {
        stop.cancel();
    }
    serving.await??;
    key.map(|_| ())
}

async fn open_sandbox(folder: &Path, base: &str, clock: &Clock) -> Result<Sandbox, Failure> {
    let now = clock.clone();
    let advanced = (clock.clone(), folder.to_owned());
    let options = Options {
        state_file: Some(folder.join("sandbox.json")),
        public_base: base.to_owned(),
        twilio_numbers: vec![OUR_NUMBER.to_owned()],
        twilio_inbound_webhook: Some(format!("{base}/callbacks/twilio/sms")),
        twilio_voice_webhook: Some(format!("{base}/callbacks/twilio/voice/inbound")),
        advance: Some(Arc::new(move |by| {
            let (clock, folder) = &advanced;
            clock.advance(by);
            remember_advance(folder, clock.ahead());
        })),
        ..Options::new(SandboxClock::new(move || now.now()))
    };
    Ok(Sandbox::open(options).await?)
}

/// An address that a browser on this machine can open.
fn reachable(bound: std::net::SocketAddr) -> String {
    if bound.ip().is_unspecified() {
        format!("127.0.0.1:{}", bound.port())
    } else {
        bound.to_string()
    }
}

/// What the demo sets unless whoever starts it does: it says what it has to say by itself, so the
/// log stays out of the way, and one person tries many things in a minute.
fn quiet() -> Vec<(String, String)> {
    let usual = [("DOORSTEP_LOG", "warn"), ("DOORSTEP_PUBLIC_RATE", "600/m")];
    let unset =
        usual.into_iter().filter(|(name, _)| crate::environment().all(|(given, _)| given != *name));
    unset.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The production settings, pointed at the sandbox.
fn overrides(base: &str, smtp: &str) -> Vec<(String, String)> {
    let sandbox = format!("{base}/_sandbox");
    let settings = [
        ("DOORSTEP_PUBLIC_URL", base.to_owned()),
        ("DATABASE_URL", format!("sqlite://{FOLDER}/doorstep.db")),
        ("DOORSTEP_SECRET_KEYS", String::new()),
        ("DOORSTEP_SECRETS", String::new()),
        ("DOORSTEP_PUSH", "on".to_owned()),
        ("GOOGLE_CLIENT_ID", "sandbox-client".to_owned()),
        ("GOOGLE_CLIENT_SECRET", "sandbox-secret".to_owned()),
        ("GOOGLE_REDIRECT_URI", String::new()),
        ("REDIRECT_URI", String::new()),
        ("GOOGLE_API_BASE_URL", sandbox.clone()),
        ("GOOGLE_AUTH_URL", format!("{sandbox}/o/oauth2/v2/auth")),
        ("GOOGLE_TOKEN_URL", format!("{sandbox}/token")),
        ("GOOGLE_REVOKE_URL", format!("{sandbox}/revoke")),
        ("TWILIO_ACCOUNT_SID", format!("AC{}", "0".repeat(32))),
        ("TWILIO_AUTH_TOKEN", TWILIO_TOKEN.to_owned()),
        ("TWILIO_PHONE_NUMBER", OUR_NUMBER.to_owned()),
        ("TWILIO_MESSAGING_SERVICE_SID", String::new()),
        ("TWILIO_API_BASE_URL", sandbox),
        ("TWILIO_SEND_RATE", "off".to_owned()),
        ("ALERT_SLACK_WEBHOOK_URL", format!("{base}/_sandbox/services/T1/B1/sandbox")),
        ("ALERT_PAGERDUTY_ROUTING_KEY", "sandbox-routing-key".to_owned()),
        ("ALERT_PAGERDUTY_BASE_URL", format!("{base}/_sandbox")),
        ("ALERT_EMAIL", "operations@agency.example".to_owned()),
        ("SMTP_URL", format!("smtp://{smtp}")),
        ("SENDGRID_API_KEY", String::new()),
        ("MAIL_FROM", "Harbour & Main Realty <viewings@agency.example>".to_owned()),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value));
    settings.chain(quiet()).collect()
}

fn remembered_advance(folder: &Path) -> SignedDuration {
    let text = std::fs::read_to_string(folder.join("clock-ahead-seconds")).unwrap_or_default();
    SignedDuration::from_secs(text.trim().parse().unwrap_or(0))
}

fn remember_advance(folder: &Path, ahead: SignedDuration) {
    let file = folder.join("clock-ahead-seconds");
    if let Err(error) = std::fs::write(&file, ahead.as_secs().to_string()) {
        tracing::warn!("{} was not written: {error}", file.display());
    }
}

async fn announce(app: &App, base: &str, key: &str) -> Result<(), Failure> {
    let start = seed::next_free(app).await?;
    let output = Output { json: false };
    output.text(&format!(
        "\nDoorstep demo, data in ./{FOLDER}\n\n\
         \x20 Book a viewing   {base}/book/{service}\n\
         \x20 Dashboard        {base}/admin   (sign in with the key below)\n\
         \x20 Calendars        {base}/_sandbox/calendars\n\
         \x20 Phone            {base}/_sandbox/phone\n\
         \x20 Mailbox          {base}/_sandbox/mailbox\n\
         \x20 Alerts           {base}/_sandbox/alerts\n\
         \x20 Faults, clock    {base}/_sandbox/\n\n\
         \x20 Admin API key    {key}\n\n\
         Book from a shell:\n\n\
         \x20 curl -s {base}/v1/bookings -H 'content-type: application/json' -d '{body}'\n\n\
         Ctrl-C stops it; starting again goes on with the same data.\n",
        service = seed::SERVICE,
        body = seed::example(&start),
    ))
}
