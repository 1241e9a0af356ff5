//! Whose call it is, and whether they may make it.
//!
//! [`identified`] stands in front of everything under `/v1`: apart from the public calls, a missing
//! or wrong key is 401 before the request is looked at any further. What a key allows is said by the
//! first argument of each handler: [`Reader`], [`Booker`] or [`Admin`].

use app::App;
use app::key::{Caller, Scope};
use app::service_link::Pass;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::failure::Failure;
use crate::http::Client;
use crate::http::problem::{Code, Problem};
use crate::http::rate_limit::Exempt;
use crate::state::Web;

/// The calls that need no key. `HEAD` counts as `GET`.
const PUBLIC: [(Method, &str); 6] = [
    (Method::GET, "/v1/services"),
    (Method::GET, "/v1/services/{service}"),
    (Method::GET, "/v1/services/{service}/slots"),
    (Method::POST, "/v1/holds"),
    (Method::DELETE, "/v1/holds/{hold}"),
    (Method::POST, "/v1/bookings"),
];

fn is_public(request: &Request) -> bool {
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let matched = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    PUBLIC.iter().any(|(public, path)| public == method && Some(*path) == matched)
}

/// Finds the caller. Callers without a key draw on their address's allowance, those who are turned
/// away included.
pub(super) async fn identified(
    State(web): State<Web>,
    client: Client,
    mut request: Request,
    next: Next,
) -> Response {
    match caller_of(&web.app, request.headers()).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(Exempt);
            next.run(request).await
        }
        Ok(None) if is_public(&request) => match web.public.check(client.address) {
            Ok(()) => next.run(request).await,
            Err(problem) => problem.into_response(),
        },
        Ok(None) => turned_away(&web, client),
        Err(problem) if problem.code() == Code::Unauthorized => turned_away(&web, client),
        Err(problem) => problem.into_response(),
    }
}

fn turned_away(web: &Web, client: Client) -> Response {
    let limited = web.public.check(client.address);
    limited.err().unwrap_or_else(Problem::unauthorized).into_response()
}

/// Whose key a request carries; `None` without one. A key that is not one of ours is a problem.
pub(crate) async fn caller_of(app: &App, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    let mut presented = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = presented.next() else { return Ok(None) };
    if presented.next().is_some() {
        return Err(Problem::unauthorized());
    }
    let (scheme, secret) =
        value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::unauthorized());
    }
    let caller = app.find_caller(secret.trim()).await.map_err(Failure)?;
    caller.map(Some).ok_or_else(Problem::unauthorized)
}

/// The caller, if there is one: of the public calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Anybody(pub(crate) Option<Caller>);

impl Anybody {
    /// Whether they may do what that scope allows.
    pub(crate) fn may(self, scope: Scope) -> bool {
        self.0.is_some_and(|caller| caller.scope >= scope)
    }

    /// A refusal unless they may.
    pub(crate) fn must(self, scope: Scope) -> Result<Caller, Problem> {
        let caller = self.0.ok_or_else(Problem::unauthorized)?;
        if caller.scope >= scope { Ok(caller) } else { Err(Problem::new(Code::Forbidden)) }
    }

    /// By what right they ask for a service: a key that may book needs no link.
    pub(crate) fn pass(self, link: Option<&str>) -> Pass {
        if self.may(Scope::Bookings) { Pass::Trusted } else { Pass::of(link) }
    }

    /// What idempotency keys of theirs belong to.
    pub(crate) fn key_scope(self) -> String {
        self.0.map_or_else(|| "public".to_owned(), |caller| caller.key.to_string())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Anybody {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Self, std::convert::Infallible> {
        Ok(Self(parts.extensions.get::<Caller>().copied()))
    }
}

/// The caller, if their key allows that much.
fn caller_with(scope: Scope, parts: &Parts) -> Result<Caller, Problem> {
    let caller = parts.extensions.get::<Caller>().copied();
    Anybody(caller).must(scope)
}

/// A caller who may read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader;

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        caller_with(Scope::Read, parts).map(|_caller| Self)
    }
}

/// A caller who may book, cancel, move and mark no-shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Booker(Caller);

impl Booker {
    /// What idempotency keys of theirs belong to.
    pub(crate) fn key_scope(self) -> String {
        self.0.key.to_string()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Booker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        caller_with(Scope::Bookings, parts).map(Self)
    }
}

/// A caller who may do everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admin;

impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        caller_with(Scope::Admin, parts).map(|_caller| Self)
    }
}
