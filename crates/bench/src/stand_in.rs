//! A calendar provider that takes its time, and says how long it took: the sandbox, delayed, on a
//! thread of its own.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use app::Clock;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use providers::google::{GoogleEndpoints, GoogleOAuth};
use sandbox::{Fault, FaultKind, Options, Sandbox, SandboxClock};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::Failure;

/// The id and secret of our registration.
pub(crate) const CLIENT: (&str, &str) = ("bench-client", "bench-secret");

/// How long the provider spent on the calls with each access token.
#[derive(Clone, Default)]
struct Spent(Arc<Mutex<HashMap<String, Duration>>>);

/// The provider. Its thread ends with this process.
#[derive(Clone)]
pub(crate) struct StandIn {
    pub(crate) sandbox: Sandbox,
    pub(crate) base: Url,
    spent: Spent,
}

impl StandIn {
    pub(crate) fn start() -> Result<Self, Failure> {
        let (ready, started) = std::sync::mpsc::sync_channel(1);
        let spent = Spent::default();
        let noted = spent.clone();
        thread::Builder::new().name("provider".to_owned()).spawn(move || {
            let ended = serve(noted, &ready);
            // The first of two reports is the one that is read.
            let _ = ready.try_send(
                ended
                    .map_err(|failure| failure.to_string())
                    .and_then(|()| Err("the provider has ended".to_owned())),
            );
        })?;
        let (sandbox, base) = started.recv()??;
        Ok(Self { sandbox, base, spent })
    }

    /// From now on every call to a calendar takes that much longer.
    pub(crate) fn slow_down(&self, delay: Duration) -> Result<(), Failure> {
        let delay_ms = Some(u64::try_from(delay.as_millis())?);
        let subject = "* /calendar/v3/*".to_owned();
        let p = Some(1.0);
        let fault = Fault { subject, kind: FaultKind::Delay, p, delay_ms, ..Fault::default() };
        self.sandbox.faults().add(fault);
        Ok(())
    }

    /// Our registration with it.
    pub(crate) fn oauth(&self) -> Result<GoogleOAuth, Failure> {
        let endpoints = GoogleEndpoints {
            api_base: self.base.clone(),
            auth_url: self.base.join("/o/oauth2/v2/auth")?,
            token_url: self.base.join("/token")?,
            revoke_url: self.base.join("/revoke")?,
        };
        Ok(GoogleOAuth {
            client_id: CLIENT.0.to_owned(),
            client_secret: SecretString::from(CLIENT.1),
            redirect_uri: Url::parse("http://127.0.0.1:9/oauth/google/callback")?,
            endpoints,
        })
    }

    /// How long it spent with each access token so far.
    pub(crate) fn spent(&self) -> HashMap<String, Duration> {
        self.spent.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

type Started = Result<(Sandbox, Url), String>;

#[tokio::main(flavor = "current_thread")]
async fn serve(spent: Spent, ready: &std::sync::mpsc::SyncSender<Started>) -> Result<(), Failure> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let base = Url::parse(&format!("http://{}", listener.local_addr()?))?;
    let clock = Clock::system();
    let options = Options {
        google_client: (CLIENT.0.to_owned(), CLIENT.1.to_owned()),
        public_base: base.as_str().trim_end_matches('/').to_owned(),
        ..Options::new(SandboxClock::new(move || clock.now()))
    };
    let sandbox = Sandbox::open(options).await?;
    let router = sandbox.router().layer(from_fn_with_state(spent, timed));
    ready.send(Ok((sandbox, base)))?;
    sandbox::serve(listener, router, CancellationToken::new()).await;
    Ok(())
}

async fn timed(State(spent): State<Spent>, request: Request, next: Next) -> Response {
    let token = request.headers().get(header::AUTHORIZATION);
    let token = token.and_then(|token| token.to_str().ok()).unwrap_or_default().to_owned();
    let begun = Instant::now();
    let response = next.run(request).await;
    let mut spent = spent.0.lock().unwrap_or_else(PoisonError::into_inner);
    *spent.entry(token).or_default() += begun.elapsed();
    response
}
