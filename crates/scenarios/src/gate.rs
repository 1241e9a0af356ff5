//! Gates in front of the providers: a call can be held before it is applied, or its answer before
//! it is seen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Longer than any call takes to arrive, also on a machine that is busy with other things.
const ARRIVAL: Duration = Duration::from_secs(20);

/// Asked for to learn that everything that was written before has arrived.
const ASK: &str = "/_gate";

/// Where a call is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It left the client and has no effect yet.
    Before,
    /// It has had its effect, and the client does not know.
    After,
}

/// All gates of one scenario. Cheap to clone.
#[derive(Clone, Default)]
pub struct Gates {
    guard: Arc<Mutex<Guard>>,
    passing: Arc<watch::Sender<usize>>,
}

#[derive(Default)]
struct Guard {
    passed: Vec<String>,
    holds: Vec<Hold>,
}

/// A call that is, or will be, held.
#[derive(Debug, Clone)]
pub struct Held {
    subject: String,
    reached: CancellationToken,
    released: CancellationToken,
}

struct Hold {
    pattern: String,
    skip: usize,
    side: Side,
    held: Held,
}

impl Gates {
    /// Holds the next call whose `METHOD /path` or `SMTP step` matches, after `skip` others that
    /// do. `*` stands for any run of characters.
    pub fn hold(&self, pattern: &str, skip: usize, side: Side) -> Held {
        let held = Held {
            subject: format!("{side:?} {pattern} (+{skip})"),
            reached: CancellationToken::new(),
            released: CancellationToken::new(),
        };
        let hold = Hold { pattern: pattern.to_owned(), skip, side, held: held.clone() };
        self.guard().holds.push(hold);
        held
    }

    /// Every call so far, in order.
    pub fn passed(&self) -> Vec<String> {
        self.guard().passed.clone()
    }

    /// Forgets the calls so far.
    pub fn forget(&self) {
        self.guard().passed.clear();
    }

    /// Lets everything pass that was to be held.
    pub fn open(&self) {
        for hold in self.guard().holds.drain(..) {
            hold.held.release();
        }
    }

    /// Counts a call, and says whether and where it is held.
    pub(crate) fn arrives(&self, subject: &str) -> Option<(Side, Held)> {
        let mut guard = self.guard();
        guard.passed.push(subject.to_owned());
        let at = guard.holds.iter().position(|hold| matches(&hold.pattern, subject))?;
        let hold = &mut guard.holds[at];
        if hold.skip > 0 {
            hold.skip -= 1;
            return None;
        }
        let hold = guard.holds.remove(at);
        Some((hold.side, hold.held))
    }

    fn guard(&self) -> MutexGuard<'_, Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no call is on its way through. The clock of a scenario jumps: without this, a
    /// call of a process that died could still arrive after hours. What the process had only just
    /// written is read before [`ASK`] is answered, since that comes behind it.
    pub(crate) async fn quiet(&self, http: &Url) {
        for _ in 0..2 {
            ask(http).await.expect("the sandbox answers while its scenario lasts");
        }
        let mut passing = self.passing.subscribe();
        passing.wait_for(|calls| *calls == 0).await.expect("the sender is ours");
    }

    fn pass(&self) -> Passing {
        self.passing.send_modify(|calls| *calls += 1);
        Passing(self.passing.clone())
    }
}

/// Asks for nothing, on a connection of its own, and waits for the answer.
async fn ask(http: &Url) -> std::io::Result<()> {
    let at = http.socket_addrs(|| None)?;
    let mut connection = TcpStream::connect(at.as_slice()).await?;
    let request = format!("GET {ASK} HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    connection.read_to_end(&mut Vec::new()).await?;
    Ok(())
}

/// A call on its way through.
struct Passing(Arc<watch::Sender<usize>>);

impl Drop for Passing {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls -= 1);
    }
}

impl Held {
    /// Waits until the call is held.
    pub async fn reached(&self) {
        let arrival = tokio::time::timeout(ARRIVAL, self.reached.cancelled()).await;
        assert!(arrival.is_ok(), "no call came to be held: {}", self.subject);
    }

    /// Lets the call, or its answer, go on.
    pub fn release(&self) {
        self.released.cancel();
    }

    pub(crate) async fn stands_here(&self) {
        self.reached.cancel();
        self.released.cancelled().await;
    }
}

/// Holds calls over HTTP. An answer is held after the call was applied to its end, also when the
/// client has hung up by then.
pub(crate) async fn gate(State(gates): State<Gates>, request: Request, next: Next) -> Response {
    if request.uri().path() == ASK {
        return StatusCode::NO_CONTENT.into_response();
    }
    let subject = format!("{} {}", request.method(), request.uri().path());
    match gates.arrives(&subject) {
        None => {
            let _passing = gates.pass();
            next.run(request).await
        }
        Some((Side::Before, held)) => {
            held.stands_here().await;
            let _passing = gates.pass();
            next.run(request).await
        }
        Some((Side::After, held)) => {
            let answer = tokio::spawn(next.run(request)).await.expect("the sandbox does not panic");
            held.stands_here().await;
            answer
        }
    }
}

fn matches(pattern: &str, subject: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = subject.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some(last) => last.is_empty() || subject.ends_with(last),
    }
}
