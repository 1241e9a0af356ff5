//! A server that answers each connection as scripted, byte for byte, and keeps what it was sent.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What to do with one connection.
#[derive(Clone)]
pub(crate) enum Act {
    /// Read the request, answer with these bytes, close.
    Answer(Vec<u8>),
    /// Read the request, then close without a word: the answer is lost.
    DropAfterReading,
    /// Read the request and never answer.
    Hang,
}

/// A running server. Its connections are answered in the order of the script; after its end
/// they are closed at once.
pub(crate) struct Server {
    address: std::net::SocketAddr,
    requests: Arc<Mutex<Vec<Received>>>,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Received {
    /// `METHOD target`.
    pub(crate) fn line(&self) -> &str {
        self.head.split(" HTTP/").next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Server {
    pub(crate) async fn start(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            for act in script {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(serve(stream, act, Arc::clone(&kept)));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).expect("a URL")
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An answer with a JSON body.
pub(crate) fn json(status: u16, body: &str) -> Act {
    answer(status, &[("content-type", "application/json")], body)
}

/// An answer with any headers.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Act {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| format!("\r\n{name}: {value}")).collect();
    let text = format!(
        "HTTP/1.1 {status} Scripted\r\nconnection: close\r\ncontent-length: {}{}\r\n\r\n{body}",
        body.len(),
        headers.concat()
    );
    Act::Answer(text.into_bytes())
}

async fn serve(mut stream: TcpStream, act: Act, kept: Arc<Mutex<Vec<Received>>>) {
    let request = read_request(&mut stream).await;
    kept.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    match act {
        Act::Answer(bytes) => {
            // The client may have hung up on a long answer, which is what some tests are about.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Act::DropAfterReading => drop(stream),
        Act::Hang => std::future::pending().await,
    }
}

async fn read_request(stream: &mut TcpStream) -> Received {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let request = Received { head: head.to_owned(), body: body.to_owned() };
            let length = request.header("content-length").and_then(|n| n.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return request;
            }
        }
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.expect("a readable connection");
        assert!(read > 0, "the client closed before its request was whole");
        bytes.extend_from_slice(&chunk[..read]);
    }
}
