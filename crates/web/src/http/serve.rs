//! The accept loop: axum's own sets no time-out on a request's head and no bound on connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderName, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How long to wait after an accept that failed for want of something, such as file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A head larger than this is refused with 431; it bounds the path and the query string too.
const HEAD_BYTES: usize = 64 * 1024;

/// How connections are served.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// How long a client may take to send a request's head, and an idle connection may stay.
    pub head_timeout: Duration,
    /// Connections at once; the next waits in the kernel's queue until one ends.
    pub max_connections: usize,
    /// How long running requests may take once shutdown began.
    pub shutdown_timeout: Duration,
    /// A response with this header is not sent: its connection is closed without an answer. The
    /// demo's sandbox simulates lost answers with it.
    pub drop_header: Option<HeaderName>,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(10),
            max_connections: 4096,
            shutdown_timeout: Duration::from_secs(30),
            drop_header: None,
        }
    }
}

/// Serves `router` over HTTP/1.1 until `shutdown`, then lets running requests end within their
/// deadline. Handlers get the peer's address as `ConnectInfo<SocketAddr>`.
///
/// Fails only when the listener was never usable; an accept that fails later is tried again.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServeOptions,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(net.address = %address, "listening on http://{address}");
    let ending = Ending { gracefully: shutdown, at_once: CancellationToken::new() };
    let connections = TaskTracker::new();
    let free = Arc::new(Semaphore::new(options.max_connections));
    while let Some((stream, peer, permit)) = next(&listener, &free, &ending.gracefully).await {
        let connection = Connection { peer, router: router.clone(), options: options.clone() };
        connections.spawn(connection.serve(stream, ending.clone(), permit));
    }

    drop(listener);
    connections.close();
    if tokio::time::timeout(options.shutdown_timeout, connections.wait()).await.is_err() {
        tracing::warn!("closing {} connections that were still busy", connections.len());
        ending.at_once.cancel();
        connections.wait().await;
    }
    Ok(())
}

/// The next connection with its place among those allowed; `None` when we are to stop.
async fn next(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let accept = async {
        let permit = Arc::clone(free).acquire_owned().await.expect("it is never closed");
        let (stream, peer) = accept(listener).await;
        (stream, peer, permit)
    };
    shutdown.run_until_cancelled(accept).await
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Out of file descriptors, most likely: trying at once would only spin.
                tracing::error!(error = %error, "could not accept a connection, trying again");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The client went away before we took it; the next one is no worse for that.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    [ConnectionAborted, ConnectionRefused, ConnectionReset].contains(&error.kind())
}

#[derive(Clone)]
struct Ending {
    gracefully: CancellationToken,
    at_once: CancellationToken,
}

/// Returned from a hyper service, this error makes hyper close the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("this answer is to be lost")]
struct AnswerLost;

#[derive(Clone)]
struct Connection {
    peer: SocketAddr,
    router: Router,
    options: ServeOptions,
}

impl Connection {
    async fn serve(self, stream: TcpStream, ending: Ending, _place: OwnedSemaphorePermit) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = %error, "could not set TCP_NODELAY");
        }
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.options.head_timeout)
            .max_buf_size(HEAD_BYTES);
        let was_asked = AtomicBool::new(false);
        let service = service_fn(|request| {
            was_asked.store(true, Ordering::Relaxed);
            self.answer(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);

        tokio::select! {
            ended = connection.as_mut() => return note(ended),
            () = ending.gracefully.cancelled() => {}
        }
        // hyper would wait for the first request of a connection that never had one.
        if was_asked.load(Ordering::Relaxed) {
            connection.as_mut().graceful_shutdown();
            note(ending.at_once.run_until_cancelled(connection).await.unwrap_or(Ok(())));
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response, AnswerLost> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let Ok(response) = self.router.clone().oneshot(request).await;
        let is_lost = |name: &HeaderName| response.headers().contains_key(name);
        if self.options.drop_header.as_ref().is_some_and(is_lost) {
            return Err(AnswerLost);
        }
        Ok(response)
    }
}

/// Clients go away at any time: worth a line only to whoever looks for one.
fn note(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(error = %error, "a connection ended early");
    }
}
