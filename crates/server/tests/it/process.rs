//! Starting and stopping `doorstep` in a folder of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A `doorstep` that serves, stopped when dropped.
pub(crate) struct Doorstep {
    child: Child,
    /// Where it is reached.
    pub(crate) base: String,
    /// What it printed when it was ready.
    pub(crate) announced: String,
    /// What asks it.
    pub(crate) http: reqwest::Client,
}

/// The binary, in a folder, without the settings of whoever runs the tests.
pub(crate) fn doorstep(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorstep"));
    command.current_dir(folder).env_clear().env("PORT", "0");
    command
}

/// Runs a command to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    doorstep(folder).args(arguments).output().unwrap()
}

/// What a command that must succeed printed.
pub(crate) fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

impl Doorstep {
    /// Starts the demo and waits until it says that it is ready.
    pub(crate) fn demo(folder: &Path) -> Self {
        let mut child = doorstep(folder).arg("demo").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut announced = String::new();
        loop {
            let line = lines.next().expect("it says that it is ready").unwrap();
            announced.push_str(&line);
            announced.push('\n');
            if line.starts_with("Ctrl-C stops it") {
                break;
            }
        }
        let page = announced.split_whitespace().find(|word| word.contains("/book/")).unwrap();
        let base = page.split("/book/").next().unwrap().to_owned();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let redirect = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(redirect).build().unwrap();
        Self { child, base, announced, http }
    }

    /// The admin key that the demo printed.
    pub(crate) fn key(&self) -> String {
        let word = self.announced.split_whitespace().find(|word| word.starts_with("dsk_"));
        word.unwrap().to_owned()
    }

    /// The body of the `curl` that the demo printed.
    pub(crate) fn example(&self) -> Value {
        let body = self.announced.split("-d '").nth(1).unwrap().split('\'').next().unwrap();
        serde_json::from_str(body).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(self.key());
        request.send().await.unwrap()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        self.http.post(format!("{}{path}", self.base)).json(body).send().await.unwrap()
    }

    pub(crate) async fn submit(&self, path: &str, form: &[(&str, &str)]) -> reqwest::Response {
        self.http.post(format!("{}{path}", self.base)).form(form).send().await.unwrap()
    }

    /// Asks again until `done`, for at most ten seconds: other processes have their own clock.
    pub(crate) async fn until<T>(&self, path: &str, done: impl Fn(&Value) -> Option<T>) -> T {
        let mut next = tokio::time::interval(Duration::from_millis(20));
        let asked = async {
            loop {
                next.tick().await;
                if let Some(found) = done(&self.json(path).await) {
                    return found;
                }
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(10), asked).await;
        found.unwrap_or_else(|_late| panic!("{path} does not come to that state"))
    }

    /// Ctrl-C.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
        assert!(self.child.wait().unwrap().success(), "it stops cleanly");
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Doorstep {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
