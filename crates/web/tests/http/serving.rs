//! The accept loop, over real connections.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::HeaderName;
use axum::routing::get as on_get;
use doorstep_web::http::{ServeOptions, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const DROP: HeaderName = HeaderName::from_static("x-answer-lost");
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

struct Server {
    address: SocketAddr,
    shutdown: CancellationToken,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(router: Router, options: ServeOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(serve(listener, router, options, shutdown.clone()));
        Self { address, shutdown, running }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn send(&self, request: &[u8]) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(request).await.unwrap();
        stream
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
    }
}

/// What comes until the other end closes.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    match stream.read_to_string(&mut text).await {
        Ok(_) => text,
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
            text
        }
    }
}

/// What comes first, on a connection that stays open.
async fn first(stream: &mut TcpStream) -> String {
    let mut bytes = [0; 4096];
    let length = stream.read(&mut bytes).await.unwrap();
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

fn hello() -> Router {
    Router::new().route("/", on_get(async || "hello"))
}

/// A handler that says when it has begun, and ends when it is told to.
fn slow() -> (Router, mpsc::Receiver<()>, CancellationToken) {
    let (begun, begins) = mpsc::channel(8);
    let end = CancellationToken::new();
    let until = end.clone();
    let handler = async move || {
        begun.send(()).await.unwrap();
        until.cancelled().await;
        "done"
    };
    (Router::new().route("/", on_get(handler)), begins, end)
}

#[tokio::test]
async fn handlers_learn_the_peers_address() {
    let peer = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string();
    let server =
        Server::start(Router::new().route("/", on_get(peer)), ServeOptions::default()).await;

    let mut stream = server.send(REQUEST).await;

    let address = stream.local_addr().unwrap().to_string();
    let answer = first(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with(&address), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_never_finishes_its_head_is_disconnected() {
    let options =
        ServeOptions { head_timeout: Duration::from_millis(50), ..ServeOptions::default() };
    let server = Server::start(hello(), options).await;

    let silent = server.connect().await;
    let unfinished = server.send(b"GET / HTTP/1.1\r\nhost: loc").await;
    let mut idle = server.send(REQUEST).await;
    assert!(first(&mut idle).await.ends_with("hello"));

    assert_eq!(rest(silent).await, "");
    assert!(!rest(unfinished).await.contains("200"));
    assert_eq!(rest(idle).await, "");
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_to_be_lost_closes_the_connection() {
    let router = Router::new().route("/", on_get(async || ([(DROP, "1")], "never seen")));
    let lossy = ServeOptions { drop_header: Some(DROP), ..ServeOptions::default() };
    let server = Server::start(router.clone(), lossy).await;
    let plain = Server::start(router, ServeOptions::default()).await;

    assert_eq!(rest(server.send(REQUEST).await).await, "");
    assert!(first(&mut plain.send(REQUEST).await).await.ends_with("never seen"));

    server.stop().await;
    plain.stop().await;
}

#[tokio::test]
async fn beyond_the_cap_a_connection_waits_until_another_ends() {
    let (router, mut begins, end) = slow();
    let options = ServeOptions { max_connections: 1, ..ServeOptions::default() };
    let server = Server::start(router, options).await;
    let mut running = server.send(REQUEST).await;
    begins.recv().await.unwrap();
    let mut waiting = server.send(REQUEST).await;

    let begins_now = tokio::time::timeout(Duration::from_millis(50), begins.recv()).await;
    assert!(begins_now.is_err(), "the second connection was served beside the first");

    end.cancel();
    assert!(first(&mut running).await.ends_with("done"));
    drop(running);
    assert!(first(&mut waiting).await.ends_with("done"));
    drop(waiting);
    server.stop().await;
}

#[tokio::test]
async fn shutdown_lets_running_requests_end_and_takes_no_new_ones() {
    let (router, mut begins, end) = slow();
    let server = Server::start(router, ServeOptions::default()).await;
    let running = server.send(REQUEST).await;
    begins.recv().await.unwrap();
    let idle = server.connect().await;

    server.shutdown.cancel();
    assert_eq!(rest(idle).await, "");
    end.cancel();

    assert!(rest(running).await.ends_with("done"));
    let address = server.address;
    server.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_request_that_outlasts_the_shutdowns_deadline_is_cut() {
    let (router, mut begins, _end) = slow();
    let shutdown_timeout = Duration::from_millis(50);
    let server =
        Server::start(router, ServeOptions { shutdown_timeout, ..ServeOptions::default() }).await;
    let running = server.send(REQUEST).await;
    begins.recv().await.unwrap();

    server.stop().await;

    assert_eq!(rest(running).await, "");
}

#[tokio::test]
async fn what_is_not_http_or_far_too_long_is_refused() {
    let server = Server::start(hello(), ServeOptions::default()).await;

    let nonsense = rest(server.send(b"\x16\x03\x01\x00\x00\x00\r\n\r\n").await).await;
    assert!(nonsense.starts_with("HTTP/1.1 400"), "{nonsense}");
    let path = "a".repeat(70_000);
    let long = rest(server.send(format!("GET /{path} HTTP/1.1\r\n\r\n").as_bytes()).await).await;
    assert!(long.is_empty() || long.starts_with("HTTP/1.1 4"), "{long}");

    assert!(first(&mut server.send(REQUEST).await).await.ends_with("hello"));
    server.stop().await;
}
