//! A small HTTP/1.1 client that keeps its connection and does next to nothing else, so that on two
//! processors the server gets what there is.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Failure;

/// An answer larger than this is a fault of what is measured.
const MOST_BYTES: usize = 64 << 20;
/// The end of an answer's head.
const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    /// The last answer, and nothing after it: requests are not pipelined.
    inbox: Vec<u8>,
    head: usize,
}

/// What many connections achieved together.
#[derive(Debug, Default)]
pub(crate) struct Load {
    pub(crate) answers: u64,
    pub(crate) took: Duration,
    /// How many answers had each status.
    pub(crate) statuses: Vec<(u16, u64)>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, inbox: Vec::with_capacity(64 * 1024), head: 0 })
    }

    /// Sends a request and reads the whole answer. Returns its status.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<u16, Failure> {
        self.stream.write_all(request).await?;
        self.inbox.clear();
        let (head, length) = loop {
            self.read_more().await?;
            if let Some(head) = find(&self.inbox, BLANK_LINE) {
                self.head = head + BLANK_LINE.len();
                break (head, self.header("content-length"));
            }
        };
        let status = std::str::from_utf8(&self.inbox[9..12])?.parse()?;
        let length: usize = match length {
            Some(length) => length.parse()?,
            None if status == 304 || status == 204 => 0,
            None => return Err(format!("an answer {status} without content-length").into()),
        };
        let whole = head + BLANK_LINE.len() + length;
        if whole > MOST_BYTES {
            return Err("an answer is too large".into());
        }
        while self.inbox.len() < whole {
            self.read_more().await?;
        }
        Ok(status)
    }

    async fn read_more(&mut self) -> Result<(), Failure> {
        self.inbox.reserve(16 * 1024);
        match self.stream.read_buf(&mut self.inbox).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }

    /// A header of the last answer.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let head = std::str::from_utf8(&self.inbox[..self.head]).ok()?;
        let mut headers = head.lines().filter_map(|line| line.split_once(':'));
        let found = headers.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(found.1.trim())
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.inbox[self.head..]
    }
}

impl Load {
    pub(crate) fn per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^52 answers")]
        let answers = self.answers as f64;
        answers / self.took.as_secs_f64().max(f64::EPSILON)
    }

    pub(crate) fn count(&self, status: u16) -> u64 {
        self.statuses.iter().find(|(found, _)| *found == status).map_or(0, |(_, count)| *count)
    }

    fn note(&mut self, status: u16, times: u64) {
        self.answers += times;
        match self.statuses.iter_mut().find(|(found, _)| *found == status) {
            Some((_, count)) => *count += times,
            None => self.statuses.push((status, times)),
        }
    }

    /// A fault unless every answer had this status.
    pub(crate) fn all(self, status: u16) -> Result<Self, Failure> {
        if self.count(status) == self.answers {
            return Ok(self);
        }
        Err(format!("expected only {status}, but got {:?}", self.statuses).into())
    }
}

/// When the connections stop asking.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// After this time.
    Over(Duration),
    /// After this many requests of all connections together.
    Asked(u64),
}

/// Asks over that many connections at once, each waiting for its answer before it asks again.
/// `request` is given the request's number, counted over all connections.
pub(crate) async fn load(
    address: SocketAddr,
    connections: u64,
    until: Until,
    request: impl Fn(u64) -> Vec<u8> + Clone + Send + 'static,
) -> Result<Load, Failure> {
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Client::connect(address).await?);
    }
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for (first, client) in (0..).zip(clients) {
        let request = request.clone();
        tasks.spawn(ask_on(client, first, connections, begun, until, request));
    }
    let mut whole = Load::default();
    while let Some(part) = tasks.join_next().await {
        for (status, times) in part??.statuses {
            whole.note(status, times);
        }
    }
    whole.took = begun.elapsed();
    Ok(whole)
}

async fn ask_on(
    mut client: Client,
    first: u64,
    step: u64,
    begun: Instant,
    until: Until,
    request: impl Fn(u64) -> Vec<u8>,
) -> Result<Load, Failure> {
    let mut part = Load::default();
    let mut number = first;
    let goes_on = |number: u64| match until {
        Until::Over(time) => begun.elapsed() < time,
        Until::Asked(requests) => number < requests,
    };
    while goes_on(number) {
        part.note(client.ask(&request(number)).await?, 1);
        number += step;
    }
    Ok(part)
}

/// A `GET` with further header lines, each ended by a line break.
pub(crate) fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{headers}\r\n").into_bytes()
}

/// A `POST` of a form, with further header lines, each ended by a line break.
pub(crate) fn form(path: &str, fields: &[(&str, &str)], headers: &str) -> Vec<u8> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         {headers}content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A `POST` of JSON.
pub(crate) fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
