//! Hears other instances' bells, on a connection of its own that is opened again when it is lost.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_postgres::{AsyncMessage, Error};

use super::Direct;
use super::bell::{Bell, CHANNEL};
use super::transaction::describe;
use crate::listener::Listener;

/// Before a lost connection is opened again. Jobs are looked for meanwhile.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens in a task of its own.
pub(super) fn start(server: Arc<Direct>, own: Arc<Bell>) -> Listener {
    let heard = Arc::new(Notify::new());
    let task = tokio::spawn(listen(server, own, heard.clone()));
    Listener::new(heard, task.abort_handle())
}

async fn listen(server: Arc<Direct>, own: Arc<Bell>, heard: Arc<Notify>) {
    loop {
        match until_lost(&server, &own, &heard).await {
            Ok(()) => tracing::debug!("the server ended the connection that listens"),
            Err(error) => {
                tracing::debug!("the connection that listens was lost: {}", describe(&error));
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn until_lost(server: &Direct, own: &Bell, heard: &Notify) -> Result<(), Error> {
    let (client, mut connection) = server.config.connect(server.connector.clone()).await?;
    let statement = format!("listen {CHANNEL}");
    let mut asked = pin!(client.batch_execute(&statement));
    let mut listens = false;
    loop {
        tokio::select! {
            answer = &mut asked, if !listens => {
                answer?;
                listens = true;
                // What was rung while nobody listened.
                heard.notify_one();
            }
            message = poll_fn(|context| connection.poll_message(context)) => match message {
                Some(Ok(AsyncMessage::Notification(ring))) => {
                    if own.is_foreign(ring.payload()) {
                        heard.notify_one();
                    }
                }
                Some(other) => drop(other?),
                None => return Ok(()),
            }
        }
    }
}
