//! Where providers push to: takes what Google sends and hands it to the process that runs now.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use app::App;
use app::watch::{CalendarNotification, Notified};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Our side of push. All clones share.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    app: Arc<Mutex<Option<App>>>,
}

impl Receiver {
    /// Takes pushes until `stop`. Says where.
    pub(crate) async fn begin(&self, stop: CancellationToken) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let router =
            Router::new().route("/callbacks/google", post(notified)).with_state(self.clone());
        let server = axum::serve(listener, router);
        tokio::spawn(async move {
            tokio::select! {
                ended = server => ended.expect("it serves"),
                () = stop.cancelled() => {}
            }
        });
        address
    }

    /// From now on pushes are this process's.
    pub(crate) fn hand_to(&self, app: Option<App>) {
        *self.app.lock().unwrap_or_else(PoisonError::into_inner) = app;
    }
}

async fn notified(State(receiver): State<Receiver>, headers: HeaderMap) -> StatusCode {
    let app = receiver.app.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(app) = app else { return StatusCode::SERVICE_UNAVAILABLE };
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let notification = CalendarNotification {
        channel: header("x-goog-channel-id"),
        token: SecretString::from(header("x-goog-channel-token")),
        resource_id: header("x-goog-resource-id"),
        is_beginning: header("x-goog-resource-state") == "sync",
    };
    match app.calendar_notified(notification).await {
        Ok(Notified::Taken(_)) => StatusCode::NO_CONTENT,
        Ok(Notified::Unknown) => StatusCode::NOT_FOUND,
        Ok(Notified::Forged) => StatusCode::FORBIDDEN,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
