//! What the sandbox sends by itself: pushes, status callbacks and inbound webhooks.

use std::future::Future;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use tokio::sync::watch;

use crate::state::SandboxError;

/// Twilio gives a webhook 15 seconds over all attempts [connection overrides]; pushes get as much.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The most of an answer that is read; Twilio's limit for a document is 64 kB [error 11750].
const MOST_BYTES: usize = 64 * 1024;

/// The sandbox's own HTTP client, and the count of deliveries that are on their way.
pub(crate) struct Outbound {
    client: Client,
    on_the_way: watch::Sender<usize>,
}

/// One delivery on its way; it counts until it is dropped.
struct Delivery(watch::Sender<usize>);

impl Drop for Delivery {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Outbound {
    pub(crate) fn new() -> Result<Self, SandboxError> {
        // Whoever installed a provider before us chose the same one: there is only ring.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(SandboxError::Client)?;
        Ok(Self { client, on_the_way: watch::Sender::new(0) })
    }

    pub(crate) fn post(&self, url: &str) -> RequestBuilder {
        self.client.post(url)
    }

    /// Runs a delivery in the background.
    pub(crate) fn deliver(&self, delivery: impl Future<Output = ()> + Send + 'static) {
        self.on_the_way.send_modify(|count| *count += 1);
        let counted = Delivery(self.on_the_way.clone());
        tokio::spawn(async move {
            delivery.await;
            drop(counted);
        });
    }

    pub(crate) async fn settle(&self) {
        let mut count = self.on_the_way.subscribe();
        // It fails only when the sender is gone, and `self` holds one.
        let _ = count.wait_for(|count| *count == 0).await;
    }
}

/// Reads at most the first 64 kB of an answer as text.
pub(crate) async fn read_text(mut response: Response) -> Result<String, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= MOST_BYTES {
            bytes.truncate(MOST_BYTES);
            break;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
