//! The dashboard's session: a cookie that names an API key and an end, with an HMAC over both.
//!
//! Nothing is stored: whether the key still works is looked up with every request, so revoking it
//! ends its sessions at once.

use app::key::{Caller, Scope};
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::KeyId;
use http::header::COOKIE;
use http::request::Parts;
use http::{HeaderMap, Method};
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use crate::http::Problem;
use crate::site::{Site, failed};

/// The cookie's name.
const NAME: &str = "doorstep_admin";
/// How long a session lasts.
const LENGTH: SignedDuration = SignedDuration::from_hours(12);

/// Whoever is signed in. Handlers behind [`required`] may extract it.
#[derive(Debug, Clone)]
pub(super) struct SignedIn {
    name: String,
}

impl SignedIn {
    /// What the dashboard calls them: their key's identifier.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Why nobody is signed in.
enum Nobody {
    /// No cookie came.
    Stranger,
    /// The cookie's session is over, or was never one.
    Over,
}

/// The layer in front of the dashboard's pages: without a session, the way to the login.
pub(super) async fn required(
    State(site): State<Site>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    match signed_in(&site, request.headers()).await? {
        Ok(signed_in) => {
            request.extensions_mut().insert(signed_in);
            Ok(next.run(request).await)
        }
        Err(nobody) => Ok(to_login(&request, &nobody)),
    }
}

async fn signed_in(site: &Site, headers: &HeaderMap) -> Result<Result<SignedIn, Nobody>, Problem> {
    let Some(cookie) = cookie(headers) else { return Ok(Err(Nobody::Stranger)) };
    let Some(key) = read(site, cookie) else { return Ok(Err(Nobody::Over)) };
    let caller = site.app.find_key(key).await.map_err(failed)?;
    Ok(match caller.filter(|caller| caller.scope == Scope::Admin) {
        Some(caller) => Ok(SignedIn { name: caller.key.to_string() }),
        None => Err(Nobody::Over),
    })
}

/// After signing in, a page that was asked for is shown; a form has to be sent again.
fn to_login(request: &Request, nobody: &Nobody) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if request.method() == Method::GET {
        let asked = request.uri().path_and_query().map_or("/admin", |asked| asked.as_str());
        query.append_pair("next", asked);
    }
    if matches!(nobody, Nobody::Over) {
        query.append_pair("over", "1");
    }
    Redirect::to(&format!("/admin/login?{}", query.finish())).into_response()
}

/// The cookie for a key that was just presented.
pub(super) fn begin(site: &Site, caller: Caller) -> String {
    let until = site.app.clock().now() + LENGTH;
    let named = format!("{}.{}", caller.key, until.as_second());
    let mac = URL_SAFE_NO_PAD.encode(site.app.session_mac(named.as_bytes()));
    set_cookie(site, &format!("{named}.{mac}"), LENGTH.as_secs())
}

/// The cookie that ends a session in this browser.
pub(super) fn end(site: &Site) -> String {
    set_cookie(site, "", 0)
}

fn set_cookie(site: &Site, value: &str, seconds: i64) -> String {
    let secure = if site.app.settings().public_url.scheme() == "https" { "; Secure" } else { "" };
    format!("{NAME}={value}; Path=/admin; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';'));
    let value = pairs.find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='));
    value.filter(|value| !value.is_empty())
}

/// The key of a session that is ours and has not ended.
fn read(site: &Site, cookie: &str) -> Option<KeyId> {
    let (named, mac) = cookie.rsplit_once('.')?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    if !bool::from(site.app.session_mac(named.as_bytes()).as_slice().ct_eq(&mac)) {
        return None;
    }
    let (key, until) = named.split_once('.')?;
    let until = Timestamp::from_second(until.parse().ok()?).ok()?;
    (until > site.app.clock().now()).then(|| key.parse().ok()).flatten()
}

impl FromRequestParts<Site> for SignedIn {
    type Rejection = Problem;

    /// 404 on a route that forgot [`required`]: it must not be served.
    async fn from_request_parts(parts: &mut Parts, _site: &Site) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::not_found)
    }
}
