//! The production server.

use std::time::Duration;

use app::{App, Runner};
use store::Access;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web::WebOptions;
use web::http::{ServeOptions, serve};

use crate::config::{Config, GoogleConfig, WebConfig};
use crate::{Failure, wiring};

/// How long running requests may take once the server was told to stop.
const GOODBYE: Duration = Duration::from_secs(20);

/// Serves until it is told to stop.
pub(crate) async fn run(config: Config) -> Result<(), Failure> {
    let address = config.listen.address;
    let options = web_options(&config.web, &config.google);
    let app = wiring::app(config, Access::Serve).await?;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("{address} cannot be listened on: {error}"))?;
    let router = web::router(app.clone(), options)?;
    let stop = stop_signal();
    tracing::info!("serving {} on {}", app.settings().public_url, listener.local_addr()?);
    until_stopped(
        app,
        listener,
        router,
        ServeOptions { shutdown_timeout: GOODBYE, ..ServeOptions::default() },
        stop,
    )
    .await
}

/// Serves HTTP and runs jobs until `stop`; then requests and jobs that have begun come to their end.
pub(crate) async fn until_stopped(
    app: App,
    listener: TcpListener,
    router: axum::Router,
    options: ServeOptions,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let runner = Runner::new(app.clone());
    runner.take_over().await?;
    app.watch_text_inbox().await?;
    let jobs = tokio::spawn({
        let stop = stop.clone();
        async move { runner.run(stop).await }
    });
    serve(listener, router, options, stop).await?;
    jobs.await?;
    tracing::info!("stopped");
    Ok(())
}

/// What the settings say about HTTP.
pub(crate) fn web_options(web: &WebConfig, google: &GoogleConfig) -> WebOptions {
    WebOptions {
        trusted_proxies: web.trusted_proxies.clone(),
        cors: web.cors_origins.clone(),
        public_rate: web.public_rate,
        secure: web.public_url.is_https(),
        form_targets: wiring::consent_origin(google).into_iter().collect(),
    }
}

/// Cancelled by Ctrl-C or a `SIGTERM`. A second signal ends the process at once.
pub(crate) fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let cancelled = stop.clone();
    tokio::spawn(async move {
        signal().await;
        tracing::info!("stopping: running requests and jobs come to their end first");
        cancelled.cancel();
        signal().await;
        std::process::exit(130);
    });
    stop
}

async fn signal() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
