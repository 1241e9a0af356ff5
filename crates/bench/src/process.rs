//! The processes that are measured: the release binary `doorstep`, and the bare handler.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Failure;
use crate::bare_handler::CannedAnswers;
use crate::load::{Client, get};

/// A server that does not answer within this time never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// The key that this program and the server encrypt tokens with: both work on one database.
pub(crate) const SECRET_KEYS: &str = "bench:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
/// The bytes of that key.
pub(crate) const SECRET_KEY: [u8; 32] = [7; 32];

/// A folder with a database, and what runs on it.
pub(crate) struct Site {
    folder: TempDir,
    /// Settings beside the usual ones.
    pub(crate) settings: Vec<(String, String)>,
}

/// A running server. It is killed when this is dropped: what it has answered is stored.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From before the process was made until it answered.
    pub(crate) started_in: Duration,
}

impl Site {
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self { folder: tempfile::tempdir()?, settings: Vec::new() })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("doorstep.db")
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts `doorstep serve` here, with its log in a file, and waits until it answers.
    pub(crate) async fn serve(&self) -> Result<Server, Failure> {
        let address = free_address()?;
        let mut command = Command::new(beside_us("doorstep")?);
        command
            .arg("serve")
            .env_clear()
            .env("DOORSTEP_LISTEN", address.to_string())
            .env("DOORSTEP_PUBLIC_URL", format!("http://{address}"))
            .env("DATABASE_URL", format!("sqlite://{}", self.database().display()))
            .env("DOORSTEP_SECRET_KEYS", SECRET_KEYS)
            .env("DOORSTEP_PUBLIC_RATE", "off")
            .envs(self.settings.iter().map(|(key, value)| (key, value)))
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(self.path().join("server.log"))?);
        let begun = Instant::now();
        let mut server = Server { child: command.spawn()?, address, started_in: Duration::ZERO };
        server.wait_until_it_answers(begun).await.map_err(|failure| {
            let log = std::fs::read_to_string(self.path().join("server.log")).unwrap_or_default();
            format!("doorstep serve: {failure}; its log: {log}")
        })?;
        Ok(server)
    }

    /// Starts the bare handler with these answers.
    pub(crate) fn serve_bare(&self, answers: &CannedAnswers) -> Result<Server, Failure> {
        let file = self.path().join("answers.json");
        std::fs::write(&file, serde_json::to_vec(answers)?)?;
        let begun = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .arg("bare-handler")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(self.path().join("bare.log"))?)
            .spawn()?;
        let mut port = String::new();
        let output = child.stdout.take().ok_or("the bare handler has no output")?;
        BufReader::new(output).read_line(&mut port)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.trim().parse()?));
        Ok(Server { child, address, started_in: begun.elapsed() })
    }
}

impl Server {
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Pauses as shortly as the timer can: the pause is measured too, but spinning would take the
    /// processor that the server needs to start.
    async fn wait_until_it_answers(&mut self, begun: Instant) -> Result<(), Failure> {
        let request = get("/health/live", "");
        loop {
            if let Ok(mut client) = Client::connect(self.address).await
                && client.ask(&request).await? == 200
            {
                self.started_in = begun.elapsed();
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("it ended with {status}").into());
            }
            if begun.elapsed() > PATIENCE {
                return Err("it did not answer in time".into());
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program in the folder of this one.
pub(crate) fn beside_us(name: &str) -> Result<PathBuf, Failure> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() {
        return Ok(path);
    }
    Err(format!("{} is missing; `cargo xtask bench` builds it", path.display()).into())
}

fn free_address() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?.local_addr()?)
}
