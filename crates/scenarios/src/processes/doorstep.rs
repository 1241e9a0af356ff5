//! The processes, and what they stand on.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use sandbox::{Options, Sandbox, SandboxClock};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::place::Place;
use crate::Database;
use crate::simulation::{HOSTS, Policy, setup};

/// The number our texts come from.
const OUR_NUMBER: &str = "+12135550199";
/// 32 bytes that nobody has to guess.
const SECRET_KEYS: &str = "torture:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
/// How often something is looked at that takes its time.
const LOOK: Duration = Duration::from_millis(50);
/// A process that does not answer within this time never will.
const STARTED: Duration = Duration::from_mins(1);
/// The lease of a worker that died runs out within a minute; what it left is done soon after.
const RESTED: Duration = Duration::from_mins(4);

/// The sandbox, the database, and the instances that serve it.
pub(super) struct Site {
    pub(super) sandbox: Sandbox,
    pub(super) place: Place,
    pub(super) http: reqwest::Client,
    settings: Vec<(&'static str, String)>,
    ports: Vec<u16>,
    running: Vec<Running>,
    key: String,
    folder: TempDir,
    _stop: DropGuard,
}

/// A process of ours. It is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Site {
    pub(super) async fn begin(database: Database) -> Self {
        let stop = CancellationToken::new();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = Place::make(database, folder.path()).await;
        let (sandbox, base, smtp) = open_sandbox(&stop).await;
        let mut ports = Vec::new();
        for _ in 0..place.instances() {
            ports.push(free_port().await);
        }
        let settings = settings(&place, &base, &smtp, ports[0]);
        let (http, key, running) = (client(), String::new(), Vec::new());
        let mut site = Self {
            sandbox,
            place,
            http,
            settings,
            ports,
            running,
            key,
            folder,
            _stop: stop.drop_guard(),
        };
        site.set_up().await;
        site
    }

    async fn set_up(&mut self) {
        for (_, account) in HOSTS {
            let made = self.sandbox.google().create_account(account, "America/Los_Angeles");
            made.expect("an account");
        }
        let file = self.folder.path().join("setup.toml");
        std::fs::write(&file, setup(Policy::Pending)).expect("the folder is ours");
        let key = self.says(&["key", "create", "--scope", "admin"]);
        key.trim().clone_into(&mut self.key);
        let file = file.to_string_lossy().into_owned();
        let applied = self.says(&["--json", "apply", &file]);
        for at in 0..self.ports.len() {
            let child = self.spawn(at);
            self.running.push(child);
        }
        for at in 0..self.ports.len() {
            self.answers(at).await;
        }
        let applied: Value = serde_json::from_str(&applied).expect("it is JSON");
        for consent in applied["consents"].as_array().expect("both hosts have to consent") {
            let text = |field: &str| consent[field].as_str().expect("it is text").to_owned();
            self.consents(&text("account"), &text("authorize_url")).await;
        }
    }

    /// Where the instances are reached.
    pub(super) fn entrances(&self) -> Vec<String> {
        self.ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect()
    }

    /// An admin's key.
    pub(super) fn key(&self) -> String {
        self.key.clone()
    }

    /// `kill -9`, and a new process at once. One that does not serve yet is waited for, so that there
    /// is something to be interrupted.
    pub(super) async fn kills(&mut self, at: usize) {
        let at = at % self.ports.len();
        self.answers(at).await;
        tokio::time::sleep_until(Instant::now() + LOOK).await;
        drop(self.running.remove(at));
        let successor = self.spawn(at);
        self.running.insert(at, successor);
    }

    /// Takes the database away until then. `false` where it is a file.
    pub(super) async fn cuts_off(&self, until: Instant) -> bool {
        let Some(proxy) = self.place.proxy() else { return false };
        proxy.cut();
        tokio::time::sleep_until(until).await;
        proxy.heal();
        true
    }

    /// Waits until everybody serves and nothing is left to do.
    pub(super) async fn comes_to_rest(&mut self) {
        for at in 0..self.running.len() {
            self.answers(at).await;
        }
        let health = format!("{}/health", self.entrances()[0]);
        let mut looks = tokio::time::interval(LOOK);
        let rested = async {
            loop {
                looks.tick().await;
                let asked = self.http.get(&health).send().await;
                if let Ok(answer) = asked
                    && let Ok(health) = answer.json::<Value>().await
                    && health["jobs"]["due"] == 0
                {
                    return;
                }
            }
        };
        // What is still due then is a promise that is not kept, and is found by the verdict.
        let _ = tokio::time::timeout(RESTED, rested).await;
    }

    async fn answers(&mut self, at: usize) {
        let ready = format!("{}/health/ready", self.entrances()[at]);
        let mut looks = tokio::time::interval(LOOK);
        let answered = async {
            loop {
                looks.tick().await;
                let asked = self.http.get(&ready).send().await;
                if asked.is_ok_and(|answer| answer.status().is_success()) {
                    return;
                }
                // Started while the database was away, it may have given up.
                if self.running[at].0.try_wait().is_ok_and(|ended| ended.is_some()) {
                    self.running[at] = self.spawn(at);
                }
            }
        };
        let answered = tokio::time::timeout(STARTED, answered).await;
        assert!(answered.is_ok(), "instance {at} does not serve: {}", self.log(at));
    }

    fn spawn(&self, at: usize) -> Running {
        let log = File::options().create(true).append(true).open(self.log_file(at));
        let mut command = self.command(&["serve"]);
        command.env("DOORSTEP_LISTEN", format!("127.0.0.1:{}", self.ports[at]));
        command.stdout(Stdio::null()).stderr(log.expect("the folder is ours"));
        Running(command.spawn().expect("the binary is there"))
    }

    /// What a command prints that has to succeed.
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("the binary is there");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).expect("it is text")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(beside_us("doorstep"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    fn log_file(&self, at: usize) -> PathBuf {
        self.folder.path().join(format!("instance-{at}.log"))
    }

    /// The end of what an instance wrote.
    pub(super) fn log(&self, at: usize) -> String {
        let log = std::fs::read_to_string(self.log_file(at)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// A host consents in a browser.
    async fn consents(&self, account: &str, authorize_url: &str) {
        let begun = self.http.get(authorize_url).send().await.expect("it serves");
        let header = |name: &str| {
            let value = begun.headers().get(name).and_then(|value| value.to_str().ok());
            value.expect("the browser is led on").to_owned()
        };
        let (location, cookie) = (header("location"), header("set-cookie"));
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let back = self.sandbox.google().consent(&location, account).expect("a consent");
        let done = self.http.get(back).header("cookie", cookie).send().await.expect("it serves");
        assert!(done.status().as_u16() < 400, "{account} did not consent: {}", done.status());
    }
}

async fn open_sandbox(stop: &CancellationToken) -> (Sandbox, String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    let sink = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let smtp = format!("smtp://{}", sink.local_addr().expect("bound"));
    let options = Options {
        public_base: base.clone(),
        twilio_numbers: vec![OUR_NUMBER.to_owned()],
        ..Options::new(clock())
    };
    let sandbox = Sandbox::open(options).await.expect("a sandbox in memory");
    tokio::spawn(sandbox::serve(listener, sandbox.router(), stop.clone()));
    let (mailbox, stopped) = (sandbox.clone(), stop.clone());
    tokio::spawn(async move { mailbox.serve_smtp(sink, stopped).await });
    (sandbox, base, smtp)
}

#[expect(clippy::disallowed_methods, reason = "real processes go by the machine's clock")]
fn clock() -> SandboxClock {
    SandboxClock::new(Timestamp::now)
}

fn settings(place: &Place, base: &str, smtp: &str, port: u16) -> Vec<(&'static str, String)> {
    vec![
        ("DATABASE_URL", place.url()),
        ("DOORSTEP_PUBLIC_URL", format!("http://127.0.0.1:{port}")),
        ("DOORSTEP_SECRET_KEYS", SECRET_KEYS.to_owned()),
        ("DOORSTEP_PUBLIC_RATE", "off".to_owned()),
        ("DOORSTEP_PUSH", "off".to_owned()),
        ("DOORSTEP_LOST_ANSWER_WAIT", "2s".to_owned()),
        ("DOORSTEP_LOG", "warn".to_owned()),
        ("GOOGLE_CLIENT_ID", "sandbox-client".to_owned()),
        ("GOOGLE_CLIENT_SECRET", "sandbox-secret".to_owned()),
        ("GOOGLE_API_BASE_URL", base.to_owned()),
        ("GOOGLE_AUTH_URL", format!("{base}/o/oauth2/v2/auth")),
        ("GOOGLE_TOKEN_URL", format!("{base}/token")),
        ("GOOGLE_REVOKE_URL", format!("{base}/revoke")),
        ("TWILIO_ACCOUNT_SID", format!("AC{}", "0".repeat(32))),
        ("TWILIO_AUTH_TOKEN", "sandbox-token".to_owned()),
        ("TWILIO_PHONE_NUMBER", OUR_NUMBER.to_owned()),
        ("TWILIO_API_BASE_URL", base.to_owned()),
        ("TWILIO_SEND_RATE", "off".to_owned()),
        ("GOOGLE_RATE", "1000".to_owned()),
        ("SMTP_URL", smtp.to_owned()),
        ("MAIL_FROM", "viewings@agency.example".to_owned()),
    ]
}

/// What asks over HTTP, a browser included: it follows nothing by itself.
pub(super) fn client() -> reqwest::Client {
    // Only the first client of a process installs it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let none = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().redirect(none).timeout(Duration::from_secs(30));
    client.build().expect("an HTTP client")
}

/// A port that is free now. An instance that dies leaves it for its successor.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("bound").port()
}

/// A program in the folder of this one, where Cargo puts them all.
fn beside_us(name: &str) -> PathBuf {
    let us = std::env::current_exe().expect("a program knows where it is");
    let folder = us.parent().unwrap_or_else(|| Path::new("."));
    folder.join(name)
}
