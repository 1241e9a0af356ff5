//! The consent page: a person picks an account, unticks scopes, allows or denies.
//!
//! A test skips the page and posts `decision=allow&account=…` to the same address, with the
//! request in the query as the page has it; without `per_scope` every scope is granted.

use std::collections::BTreeSet;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use url::Url;

use super::accounts::{Code, joined};
use super::caller::SCOPE_PREFIX;
use super::channels::is_loopback;
use super::fields::is_address;
use crate::Sandbox;
use crate::pages::{Page, html};

/// The parameters of an authorisation request, under OAuth's names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AuthRequest {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: Option<String>,
    access_type: Option<String>,
    prompt: Option<String>,
    login_hint: Option<String>,
    include_granted_scopes: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// What Google shows on a page of its own instead of sending the browser back.
struct Refused {
    status: StatusCode,
    error: &'static str,
}

impl AuthRequest {
    /// The address to send the browser back to, once nothing about the request is wrong.
    fn check(&self, sandbox: &Sandbox) -> Result<Url, Refused> {
        let refused = |status, error| Refused { status, error };
        let options = sandbox.options();
        if self.client_id != options.google_client.0 {
            return Err(refused(StatusCode::UNAUTHORIZED, "invalid_client"));
        }
        let mismatch = || refused(StatusCode::BAD_REQUEST, "redirect_uri_mismatch");
        let uri = Url::parse(&self.redirect_uri).map_err(|_| mismatch())?;
        if !is_registered(&self.redirect_uri, &uri, &options.google_redirect_uris) {
            return Err(mismatch());
        }
        let method = self.code_challenge_method.as_deref().unwrap_or("plain");
        let pkce = self.code_challenge.is_none() || ["plain", "S256"].contains(&method);
        if self.response_type != "code" || self.scope.trim().is_empty() || !pkce {
            return Err(refused(StatusCode::BAD_REQUEST, "invalid_request"));
        }
        Ok(uri)
    }

    fn scopes(&self) -> BTreeSet<String> {
        self.scope.split_whitespace().map(str::to_owned).collect()
    }

    fn prompts(&self, word: &str) -> bool {
        self.prompt.as_deref().unwrap_or_default().split_whitespace().any(|prompt| prompt == word)
    }

    fn challenge(&self) -> Option<(String, bool)> {
        let hashed = self.code_challenge_method.as_deref() == Some("S256");
        self.code_challenge.clone().map(|challenge| (challenge, hashed))
    }

    /// Back to the client, with what came of it and the client's own state.
    fn back(&self, mut uri: Url, outcome: &[(&str, &str)]) -> Response {
        uri.query_pairs_mut().extend_pairs(outcome);
        if let Some(state) = &self.state {
            uri.query_pairs_mut().append_pair("state", state);
        }
        (StatusCode::SEE_OTHER, [(header::LOCATION, uri.to_string())]).into_response()
    }
}

/// Compared exactly. With nothing registered any `https` URI is good, and `http` on loopback.
fn is_registered(text: &str, uri: &Url, registered: &[String]) -> bool {
    if !registered.is_empty() {
        return registered.iter().any(|known| known == text);
    }
    let plain = uri.scheme() == "http" && is_loopback(uri);
    (uri.scheme() == "https" || plain) && uri.fragment().is_none() && uri.username().is_empty()
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage {
    page: Page,
    accounts: Vec<String>,
    hint: String,
    scopes: Vec<Scope>,
}

struct Scope {
    full: String,
    short: String,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    page: Page,
    error: &'static str,
}

impl Refused {
    fn page(&self) -> Response {
        let page = Page::named("Access blocked");
        (self.status, html(&RefusedPage { page, error: self.error })).into_response()
    }
}

pub(crate) async fn show(
    State(sandbox): State<Sandbox>,
    Query(request): Query<AuthRequest>,
) -> Response {
    let uri = match request.check(&sandbox) {
        Ok(uri) => uri,
        Err(refused) => return refused.page(),
    };
    if request.prompts("none") {
        return request.back(uri, &[("error", "interaction_required")]);
    }
    let accounts = sandbox.store().read(|world| world.google.accounts.keys().cloned().collect());
    let scopes = request.scopes().into_iter().map(|full| {
        let short = full.strip_prefix(SCOPE_PREFIX).unwrap_or(&full).to_owned();
        Scope { full, short }
    });
    let hint = request.login_hint.clone().unwrap_or_default();
    let page = Page::named("Sign in with the sandbox");
    html(&ConsentPage { page, accounts, hint, scopes: scopes.collect() })
}

/// What the person decided.
#[derive(Debug, Default)]
struct Decision {
    allowed: bool,
    account: String,
    granted: Option<BTreeSet<String>>,
}

impl Decision {
    fn read(form: &[u8]) -> Self {
        let mut decision = Self::default();
        let mut ticked = BTreeSet::new();
        let mut per_scope = false;
        for (name, value) in url::form_urlencoded::parse(form) {
            match &*name {
                "decision" => decision.allowed = value == "allow",
                // The text field beside the chooser wins when something is typed into it.
                "account" | "other_account" if !value.trim().is_empty() => {
                    value.trim().clone_into(&mut decision.account);
                }
                "per_scope" => per_scope = true,
                "granted" => {
                    ticked.insert(value.into_owned());
                }
                _ => {}
            }
        }
        decision.granted = per_scope.then_some(ticked);
        decision
    }
}

/// Allows everything that an authorisation request asks for, as `account` would on the page. The
/// address the browser would be sent back to; `None` where the page would show an error instead.
pub(super) fn allow(sandbox: &Sandbox, authorize_url: &str, account: &str) -> Option<Url> {
    let Query(request) = Query::<AuthRequest>::try_from_uri(&authorize_url.parse().ok()?).ok()?;
    let mut uri = request.check(sandbox).ok()?;
    let code = issue(sandbox, &request, account, request.scopes());
    uri.query_pairs_mut().append_pair("code", &code);
    if let Some(state) = &request.state {
        uri.query_pairs_mut().append_pair("state", state);
    }
    Some(uri)
}

pub(crate) async fn decide(
    State(sandbox): State<Sandbox>,
    Query(request): Query<AuthRequest>,
    form: Bytes,
) -> Response {
    let uri = match request.check(&sandbox) {
        Ok(uri) => uri,
        Err(refused) => return refused.page(),
    };
    let decision = Decision::read(&form);
    let asked = request.scopes();
    let granted: BTreeSet<String> = match &decision.granted {
        Some(ticked) => asked.intersection(ticked).cloned().collect(),
        None => asked,
    };
    if !decision.allowed || granted.is_empty() || !is_address(&decision.account) {
        return request.back(uri, &[("error", "access_denied")]);
    }
    let scope = joined(&granted);
    let code = issue(&sandbox, &request, &decision.account, granted);
    request.back(uri, &[("code", &code), ("scope", &scope)])
}

fn issue(
    sandbox: &Sandbox,
    request: &AuthRequest,
    account: &str,
    granted: BTreeSet<String>,
) -> String {
    let now = sandbox.now();
    sandbox.store().write(|world| {
        world.google.ensure_account(account, "UTC");
        let mut scopes = granted;
        if request.include_granted_scopes.as_deref() == Some("true") {
            let earlier = world.google.grants.values();
            let earlier = earlier.filter(|grant| grant.email == account && !grant.revoked);
            scopes.extend(earlier.flat_map(|grant| grant.scopes.clone()));
        }
        let code = Code {
            email: account.to_owned(),
            scopes,
            redirect_uri: request.redirect_uri.clone(),
            challenge: request.challenge(),
            offline: request.access_type.as_deref() == Some("offline"),
            consent_asked: request.prompts("consent"),
            issued_at: now,
        };
        world.google.issue_code(code, &mut world.ids)
    })
}
