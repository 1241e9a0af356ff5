//! The least that could answer over HTTP: the same layers, accept loop and log as Doorstep's, around
//! a handler that answers what it was told to. In a process of its own, as Doorstep is.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use web::http::{LayerOptions, ServeOptions, layered, serve as serve_http};

use crate::Failure;
use crate::load::Client;

/// The path under which the bare handler answers.
pub(crate) const PATH: &str = "/v1/answer";

/// Headers that Doorstep's handlers set themselves; the layers set the others.
const OF_HANDLERS: [&str; 6] =
    ["content-type", "etag", "cache-control", "vary", "retry-after", "location"];

/// One of Doorstep's answers, to be given again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CannedAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// What the bare handler answers, to a request with `If-None-Match` and to any other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CannedAnswers {
    pub(crate) full: CannedAnswer,
    pub(crate) unchanged: Option<CannedAnswer>,
}

impl CannedAnswer {
    /// What this client was last answered.
    pub(crate) fn of(status: u16, client: &Client) -> Self {
        let header = |name: &str| Some((name.to_owned(), client.header(name)?.to_owned()));
        Self {
            status,
            headers: OF_HANDLERS.into_iter().filter_map(header).collect(),
            body: STANDARD.encode(client.body()),
        }
    }

    fn response(&self) -> Result<(StatusCode, HeaderMap, Bytes), Failure> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?);
        }
        let body = STANDARD.decode(&self.body)?;
        Ok((StatusCode::from_u16(self.status)?, headers, body.into()))
    }
}

type Ready = (StatusCode, HeaderMap, Bytes);

#[derive(Clone)]
struct Answers {
    full: Arc<Ready>,
    unchanged: Option<Arc<Ready>>,
}

/// Serves the answers in that file on a free port, whose number goes to standard output, until the
/// process is killed.
#[tokio::main]
pub(crate) async fn serve(answers: &Path) -> Result<(), Failure> {
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let layer = layer.json().flatten_event(true).with_span_list(false);
    let filter = tracing_subscriber::EnvFilter::new("info");
    tracing_subscriber::registry().with(filter).with(layer).try_init()?;

    let canned: CannedAnswers = serde_json::from_slice(&std::fs::read(answers)?)?;
    let unchanged = canned.unchanged.map(|answer| answer.response().map(Arc::new));
    let state =
        Answers { full: Arc::new(canned.full.response()?), unchanged: unchanged.transpose()? };
    let router = Router::new().route(PATH, get(answer).post(answer)).with_state(state);
    let count = AtomicU64::new(0);
    let ids = Arc::new(move || format!("req_{:032x}", count.fetch_add(1, Ordering::Relaxed)));
    let router = layered(router, LayerOptions::new(ids))?;

    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    println!("{}", listener.local_addr()?.port());
    serve_http(listener, router, ServeOptions::default(), CancellationToken::new()).await?;
    Ok(())
}

/// Reads what was sent, as any handler must.
async fn answer(State(answers): State<Answers>, headers: HeaderMap, _body: Bytes) -> Response {
    let unchanged = answers.unchanged.filter(|_| headers.contains_key(header::IF_NONE_MATCH));
    let (status, headers, body) = unchanged.unwrap_or(answers.full).as_ref().clone();
    (status, headers, body).into_response()
}
