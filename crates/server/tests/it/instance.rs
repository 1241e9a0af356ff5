//! `doorstep serve`, as an operator runs it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::doorstep;

/// The key that every instance of a test has.
pub(crate) const SECRET_KEYS: &str = "test:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
/// Longer than anything here takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Hosts whose time is bookable around the clock in pieces of five minutes. `calendar` is what
/// stands in the file behind a host.
pub(crate) fn around_the_clock(hosts: u64, calendar: impl Fn(u64) -> String) -> String {
    let host = |number| {
        let calendar = calendar(number);
        format!(
            r#"
[[hosts]]
id = "host-{number}"
name = "Host {number}"
email = "host-{number}@agency.example"
timezone = "UTC"
{calendar}
[[services]]
id = "visit-{number}"
title = "Visit {number}"
hosts = ["host-{number}"]
duration = "5m"
notice = "0m"
horizon = "730d"
messages = []
availability = [{{ days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "24:00" }}]
"#
        )
    };
    (0..hosts).map(host).collect()
}

/// Runs a command on a database to its end.
pub(crate) fn command(folder: &Path, database: &str, arguments: &[&str]) -> Output {
    let mut command = doorstep(folder);
    command.args(arguments).env("DATABASE_URL", database).env("DOORSTEP_SECRET_KEYS", SECRET_KEYS);
    command.output().unwrap()
}

/// Applies a setup with the keys that instances have.
pub(crate) fn apply(folder: &Path, database: &str, setup: &str) {
    std::fs::write(folder.join("setup.toml"), setup).unwrap();
    let applied = command(folder, database, &["apply", "setup.toml"]);
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
}

/// A running server, killed when dropped.
pub(crate) struct Instance {
    child: Child,
    /// Where it is reached.
    pub(crate) base: String,
    /// What asks it.
    pub(crate) http: reqwest::Client,
}

impl Instance {
    /// Starts `doorstep serve` and waits until it says where.
    pub(crate) fn serve(folder: &Path, database: &str, settings: &[(&str, &str)]) -> Self {
        let mut command = doorstep(folder);
        command.arg("serve");
        Self::started(command, database, settings)
    }

    /// Starts what ends in `doorstep serve`.
    pub(crate) fn started(mut command: Command, database: &str, settings: &[(&str, &str)]) -> Self {
        command
            .env("DATABASE_URL", database)
            .env("DOORSTEP_SECRET_KEYS", SECRET_KEYS)
            .env("DOORSTEP_PUBLIC_RATE", "off")
            .env("DOORSTEP_LOG_FORMAT", "json")
            .envs(settings.iter().copied())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let address = loop {
            let Some(line) = lines.next() else { panic!("it did not start: {said}") };
            let line = line.unwrap();
            let message = serde_json::from_str::<Value>(&line).unwrap_or_default();
            let message = message["message"].as_str().unwrap_or_default().to_owned();
            if let (true, Some((_, address))) =
                (message.starts_with("serving "), message.rsplit_once(" on "))
            {
                break address.to_owned();
            }
            said.push_str(&line);
        };
        // Somebody has to read what it says, or it waits.
        std::thread::spawn(move || lines.for_each(drop));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        Self { child, base: format!("http://{address}"), http }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) async fn status(&self, path: &str) -> u16 {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
        answer.status().as_u16()
    }

    /// Books the `number`th visit of a host; the key is the same whenever it is asked for again.
    /// `None` when no answer came.
    pub(crate) async fn book(&self, host: u64, start: &str, key: &str) -> Option<(u16, Value)> {
        let body = json!({
            "service": format!("visit-{host}"),
            "start": start,
            "attendee": { "name": "Bo Lead", "email": "bo@example.com" },
        });
        let request = self.http.post(format!("{}/v1/bookings", self.base));
        let answer = request.header("idempotency-key", key).json(&body).send().await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.ok()?))
    }

    /// Asks again until a path answers with that status. Other processes have their own pace.
    pub(crate) async fn until(&self, path: &str, status: u16) {
        let mut next = tokio::time::interval(Duration::from_millis(10));
        let asked = async {
            while self.status(path).await != status {
                next.tick().await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, asked).await;
        assert!(found.is_ok(), "{path} does not answer {status}");
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
