//! A served sandbox with a clock of its own, clients that check every answer against the
//! providers' specifications, and a receiver for what the sandbox sends by itself.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::IntoResponse;
use doorstep_sandbox::google::NewAccount;
use doorstep_sandbox::{Options, Sandbox, SandboxClock};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::contract::{Google, Twilio};

/// A Friday in standard time.
pub(crate) const START: &str = "2026-11-20T12:00:00Z";

pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    clock: Clock,
    _serving: DropGuard,
}

#[derive(Clone)]
pub(crate) struct Clock(Arc<Mutex<Timestamp>>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(START.parse().unwrap())))
    }

    pub(crate) fn options(&self) -> Options {
        let clock = self.clone();
        Options::new(SandboxClock::new(move || *clock.0.lock().unwrap()))
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now += by;
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let clock = Clock::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut options = clock.options();
        options.public_base.clone_from(&base);
        change(&mut options);
        let sandbox = Sandbox::open(options).await.unwrap();
        let shutdown = CancellationToken::new();
        let serving = doorstep_sandbox::serve(listener, sandbox.router(), shutdown.clone());
        tokio::spawn(serving);
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().no_proxy().redirect(redirects).build().unwrap();
        Self { sandbox, base, http, clock, _serving: shutdown.drop_guard() }
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    pub(crate) fn account(&self, email: &str) -> NewAccount {
        self.sandbox.google().create_account(email, "Europe/Zurich").unwrap()
    }

    /// A client of Ann, who has an account with the full scope.
    pub(crate) fn ann(&self) -> GoogleClient<'_> {
        self.client(&self.account("ann@example.com"))
    }

    pub(crate) fn client(&self, account: &NewAccount) -> GoogleClient<'_> {
        GoogleClient { bench: self, token: account.tokens.access_token.clone() }
    }

    pub(crate) async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        Answer::of(self.http.post(format!("{}{path}", self.base)).form(form)).await
    }

    pub(crate) async fn post_json(&self, path: &str, json: &Value) -> Answer {
        Answer::of(self.http.post(format!("{}{path}", self.base)).json(json)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.http.get(format!("{}{path}", self.base))).await
    }

    /// A call to the messaging API below `/2010-04-01/Accounts/{sid}`, checked.
    pub(crate) async fn twilio(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Answer {
        let (sid, token) = Options::new(SandboxClock::new(|| Timestamp::UNIX_EPOCH)).twilio;
        let path = format!("/2010-04-01/Accounts/{sid}{path}");
        let request = self.http.request(method.clone(), format!("{}{path}", self.base));
        let request = request.basic_auth(&sid, Some(&token));
        let request = if method == Method::POST { request.form(form) } else { request };
        let answer = Answer::of(request).await;
        Twilio::load().check(&method, &path, answer.status, &answer.json);
        answer
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// Null when the body is not JSON.
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, text, json }
    }

    /// Google's reason for a refusal.
    pub(crate) fn reason(&self) -> (u16, &str) {
        let reason = self.json["error"]["errors"][0]["reason"].as_str();
        (self.status.as_u16(), reason.unwrap_or_default())
    }

    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json
    }
}

/// A client of the Calendar API whose requests and answers are checked against the discovery
/// document.
pub(crate) struct GoogleClient<'a> {
    pub(crate) bench: &'a Bench,
    pub(crate) token: String,
}

impl GoogleClient<'_> {
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.call_with(method, path, body, &[]).await
    }

    pub(crate) async fn call_with(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let url = format!("{}/calendar/v3/{path}", self.bench.base);
        let mut request = self.bench.http.request(method.clone(), url).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = Answer::of(request).await;
        Google::load().check(&method, path, body, answer.status, &answer.text);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }
}

/// One request the sandbox sent by itself.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) uri: String,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Delivery {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        let found = self.form.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

/// A server that keeps what it is sent and answers every request alike.
pub(crate) struct Receiver {
    pub(crate) base: String,
    kept: Arc<Mutex<Vec<Delivery>>>,
    _serving: DropGuard,
}

type Kept = (Arc<Mutex<Vec<Delivery>>>, (u16, &'static str, &'static str));

impl Receiver {
    pub(crate) async fn start() -> Self {
        Self::answering((204, "text/plain", "")).await
    }

    /// Answers with a status, a content type and a body.
    pub(crate) async fn answering(answer: (u16, &'static str, &'static str)) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().fallback(keep).with_state((Arc::clone(&kept), answer));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        tokio::spawn(doorstep_sandbox::serve(listener, router, shutdown.clone()));
        Self { base, kept, _serving: shutdown.drop_guard() }
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.kept.lock().unwrap().clone()
    }
}

async fn keep(
    State((kept, (status, content_type, answer))): State<Kept>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    let delivery = Delivery { uri: uri.to_string(), headers, form, body };
    kept.lock().unwrap().push(delivery);
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", content_type)], answer)
}
