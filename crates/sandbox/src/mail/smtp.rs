//! The SMTP sink: a real dialogue with limits, in which every step can be made to fail.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Sandbox;
use crate::faults::{Fault, FaultKind};

/// RFC 5321 §4.5.3.1 has 512 octets for a command line; AUTH needs more (RFC 4954 §4).
const LONGEST_COMMAND: u64 = 12_288;

/// The size announced in EHLO and enforced.
const MOST_BYTES: usize = 10 * 1024 * 1024;

/// The least RFC 5321 §4.5.3.1.8 asks a server to accept.
const MOST_RECIPIENTS: usize = 100;

/// How long a client may stay silent.
const IDLE: Duration = Duration::from_mins(5);

/// How many dialogues may go on at once.
const MOST_CONNECTIONS: usize = 64;

const KINDS: &[FaultKind] = &[FaultKind::Error, FaultKind::DropBefore, FaultKind::DropAfter];

pub(crate) async fn serve(sandbox: &Sandbox, listener: TcpListener, shutdown: CancellationToken) {
    let dialogues = TaskTracker::new();
    let room = std::sync::Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(place) = std::sync::Arc::clone(&room).try_acquire_owned() else { continue };
        let (dialogue, shutdown) = (Dialogue::new(sandbox, stream), shutdown.clone());
        dialogues.spawn(async move {
            tokio::select! {
                () = dialogue.run() => {}
                () = shutdown.cancelled() => {}
            }
            drop(place);
        });
    }
    dialogues.close();
    dialogues.wait().await;
}

/// The connection is over: the client left, broke the rules, or a fault closed it.
struct Over;

impl From<std::io::Error> for Over {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

/// The mail that is being handed over.
#[derive(Default)]
struct Envelope {
    from: Option<String>,
    to: Vec<String>,
}

struct Dialogue {
    sandbox: Sandbox,
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    greeted: bool,
    envelope: Envelope,
}

impl Dialogue {
    fn new(sandbox: &Sandbox, stream: TcpStream) -> Self {
        let (reader, writer) = stream.into_split();
        let (reader, envelope) = (BufReader::new(reader), Envelope::default());
        Self { sandbox: sandbox.clone(), reader, writer, greeted: false, envelope }
    }

    async fn run(mut self) {
        // How it ended is the client's business; what was accepted is in the mailbox.
        let (Ok(()) | Err(Over)) = self.talk().await;
    }

    async fn talk(&mut self) -> Result<(), Over> {
        match self.fault("SMTP CONNECT").await? {
            Some(reply) => return self.say(&reply).await,
            None => self.say("220 sandbox.example ESMTP").await?,
        }
        loop {
            let line = self.read_line().await?;
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => self.greet(true).await?,
                "HELO" => self.greet(false).await?,
                "AUTH" => self.authenticate(rest).await?,
                "MAIL" => self.mail(rest).await?,
                "RCPT" => self.recipient(rest).await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    self.envelope = Envelope::default();
                    self.say("250 2.0.0 OK").await?;
                }
                "NOOP" => self.say("250 2.0.0 OK").await?,
                "VRFY" => self.say("252 2.5.0 Cannot verify").await?,
                "QUIT" => return self.say("221 2.0.0 Bye").await,
                _ => self.say("502 5.5.1 Command not recognised").await?,
            }
        }
    }

    async fn greet(&mut self, extended: bool) -> Result<(), Over> {
        self.greeted = true;
        self.envelope = Envelope::default();
        if !extended {
            return self.say("250 sandbox.example").await;
        }
        let size = format!("250-SIZE {MOST_BYTES}");
        let lines = [
            "250-sandbox.example",
            "250-8BITMIME",
            "250-SMTPUTF8",
            "250-ENHANCEDSTATUSCODES",
            &size,
            "250 AUTH PLAIN LOGIN",
        ];
        self.say(&lines.join("\r\n")).await
    }

    /// Any name and password will do; only the form is checked.
    async fn authenticate(&mut self, rest: &str) -> Result<(), Over> {
        let (method, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let answers = match method.to_ascii_uppercase().as_str() {
            "PLAIN" if initial.is_empty() => vec![self.ask("").await?],
            "PLAIN" => vec![initial.to_owned()],
            "LOGIN" if initial.is_empty() => {
                vec![self.ask("VXNlcm5hbWU6").await?, self.ask("UGFzc3dvcmQ6").await?]
            }
            "LOGIN" => vec![initial.to_owned(), self.ask("UGFzc3dvcmQ6").await?],
            _ => return self.say("504 5.5.4 Unknown authentication method").await,
        };
        let encoded = answers.iter().all(|answer| STANDARD.decode(answer).is_ok());
        let reply =
            if encoded { "235 2.7.0 Accepted" } else { "501 5.5.2 Cannot decode the answer" };
        match self.fault("SMTP AUTH").await? {
            Some(refusal) => self.say(&refusal).await,
            None => self.say(reply).await,
        }
    }

    async fn ask(&mut self, challenge: &str) -> Result<String, Over> {
        self.say(&format!("334 {challenge}")).await?;
        self.read_line().await
    }

    async fn mail(&mut self, rest: &str) -> Result<(), Over> {
        if let Some(refusal) = self.fault("SMTP MAIL").await? {
            return self.say(&refusal).await;
        }
        if !self.greeted || self.envelope.from.is_some() {
            return self.say("503 5.5.1 Bad sequence of commands").await;
        }
        let Some((from, parameters)) = path(rest, "FROM:") else {
            return self.say("501 5.5.4 Syntax: MAIL FROM:<address>").await;
        };
        let size = parameters.split_whitespace().find_map(|p| p.strip_prefix("SIZE="));
        if size.and_then(|size| size.parse::<usize>().ok()).is_some_and(|size| size > MOST_BYTES) {
            return self.say("552 5.3.4 Message too big").await;
        }
        self.envelope.from = Some(from.to_owned());
        self.say("250 2.1.0 OK").await
    }

    async fn recipient(&mut self, rest: &str) -> Result<(), Over> {
        if let Some(refusal) = self.fault("SMTP RCPT").await? {
            return self.say(&refusal).await;
        }
        if self.envelope.from.is_none() {
            return self.say("503 5.5.1 Bad sequence of commands").await;
        }
        if self.envelope.to.len() == MOST_RECIPIENTS {
            return self.say("452 4.5.3 Too many recipients").await;
        }
        match path(rest, "TO:") {
            Some((to, _)) if to.contains('@') => {
                self.envelope.to.push(to.to_owned());
                self.say("250 2.1.5 OK").await
            }
            Some(_) | None => self.say("501 5.1.3 Syntax: RCPT TO:<address>").await,
        }
    }

    async fn data(&mut self) -> Result<(), Over> {
        if self.envelope.to.is_empty() {
            return self.say("503 5.5.1 Bad sequence of commands").await;
        }
        self.say("354 End data with <CR><LF>.<CR><LF>").await?;
        let Some(raw) = self.read_message().await? else {
            self.envelope = Envelope::default();
            return self.say("552 5.3.4 Message too big").await;
        };
        self.wait("SMTP DATA").await;
        let fault = self.sandbox.faults().take("SMTP DATA", KINDS);
        let applied = fault.as_ref().is_none_or(|f| f.kind == FaultKind::DropAfter || f.applied);
        let envelope = std::mem::take(&mut self.envelope);
        let mut reply = "250 2.0.0 OK".to_owned();
        if applied {
            let from = envelope.from.unwrap_or_default();
            let id = self.sandbox.mail().keep(from, envelope.to, &raw);
            reply = format!("250 2.0.0 OK, kept as {id}");
        }
        match fault {
            Some(fault) if fault.kind == FaultKind::Error => self.say(&refusal(&fault)).await,
            Some(_dropped) => Err(Over),
            None => self.say(&reply).await,
        }
    }

    /// The message with its dots unstuffed; `None` when it is too big, though read to its end.
    async fn read_message(&mut self) -> Result<Option<Vec<u8>>, Over> {
        let mut raw = Vec::new();
        let mut too_big = false;
        loop {
            let mut line = Vec::new();
            let most = MOST_BYTES as u64 + 1;
            let mut limited = (&mut self.reader).take(most);
            let read = limited.read_until(b'\n', &mut line);
            if tokio::time::timeout(IDLE, read).await.map_err(|_| Over)?? == 0 {
                return Err(Over);
            }
            if line == b".\r\n" || line == b".\n" {
                return Ok((!too_big).then_some(raw));
            }
            let unstuffed = line.strip_prefix(b".").unwrap_or(&line);
            too_big = too_big || raw.len() + unstuffed.len() > MOST_BYTES;
            if !too_big {
                raw.extend_from_slice(unstuffed);
            }
        }
    }

    async fn read_line(&mut self) -> Result<String, Over> {
        let mut line = Vec::new();
        let mut limited = (&mut self.reader).take(LONGEST_COMMAND);
        let read = limited.read_until(b'\n', &mut line);
        tokio::time::timeout(IDLE, read).await.map_err(|_| Over)??;
        if line.last() != Some(&b'\n') {
            return Err(Over);
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    async fn say(&mut self, reply: &str) -> Result<(), Over> {
        self.writer.write_all(format!("{reply}\r\n").as_bytes()).await?;
        Ok(())
    }

    async fn wait(&self, step: &str) {
        if let Some(delay) = self.sandbox.faults().take_delay(step) {
            tokio::time::sleep(delay).await;
        }
    }

    /// The refusal a fault has for this step; a fault that drops the connection ends it here.
    async fn fault(&self, step: &str) -> Result<Option<String>, Over> {
        self.wait(step).await;
        match self.sandbox.faults().take(step, KINDS) {
            None => Ok(None),
            Some(fault) if fault.kind == FaultKind::Error => Ok(Some(refusal(&fault))),
            Some(_dropped) => Err(Over),
        }
    }
}

fn refusal(fault: &Fault) -> String {
    let code = fault.status.unwrap_or(451);
    let text = fault.body.as_ref().and_then(|body| body.as_str());
    let usual = if code < 500 { "4.3.0 Try again later" } else { "5.0.0 Refused" };
    // One reply is one line: a script must not be able to answer for the next command.
    format!("{code} {}", text.unwrap_or(usual).replace(['\r', '\n'], " "))
}

/// `FROM:<address> PARAMETERS` taken apart.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let rest = rest.trim_start();
    let named = rest.get(..keyword.len())?.eq_ignore_ascii_case(keyword);
    let after = rest[keyword.len()..].trim_start().strip_prefix('<')?;
    let (address, parameters) = after.split_once('>')?;
    let sound = address.len() <= 320 && !address.contains(|c: char| c.is_control() || c == ' ');
    (named && sound).then_some((address, parameters))
}
