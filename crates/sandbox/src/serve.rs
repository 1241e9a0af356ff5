//! An accept loop that can close a connection without answering, and the sign that asks for it.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// The header of a response that must never be sent: the accept loop closes the connection in
/// its place. A loop other than [`serve`] passes its responses through [`honour_drop`].
pub const DROP_HEADER: &str = "x-doorstep-sandbox-drop";

/// How long a client may take to send its request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long connections may take to finish their requests once shutdown began.
const GOODBYE: Duration = Duration::from_secs(5);

/// The connection is to be closed without an answer. Returned from a hyper service, this error
/// makes hyper do so.
#[derive(Debug, thiserror::Error)]
#[error("a scripted fault closes this connection without an answer")]
pub struct DropConnection;

/// Turns a response that carries [`DROP_HEADER`] into an error, and leaves every other alone.
pub fn honour_drop<B>(
    response: axum::http::Response<B>,
) -> Result<axum::http::Response<B>, DropConnection> {
    if response.headers().contains_key(DROP_HEADER) { Err(DropConnection) } else { Ok(response) }
}

/// The response that [`honour_drop`] recognises.
pub(crate) fn dropped() -> Response {
    let header = [(DROP_HEADER, HeaderValue::from_static("1"))];
    (StatusCode::BAD_GATEWAY, header).into_response()
}

/// Serves `router` over HTTP/1.1 on `listener` until `shutdown`, then lets running requests end.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(serve_connection(stream, router.clone(), shutdown.clone()));
            }
            Err(error) => {
                // Out of file descriptors, most likely: accepting again at once would spin.
                tracing::warn!(error = %error, "the sandbox could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    connections.close();
    if tokio::time::timeout(GOODBYE, connections.wait()).await.is_err() {
        tracing::warn!("the sandbox closed connections that were still busy");
    }
}

async fn serve_connection(stream: TcpStream, router: Router, shutdown: CancellationToken) {
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let answer: Result<Response, Infallible> = router.oneshot(request.map(Body::new)).await;
            let Ok(response) = answer;
            honour_drop(response)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);

    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = %error, "a connection to the sandbox ended early");
    }
}
