//! The token and revocation endpoints.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::accounts::{Code, TOKEN_SECONDS, Tokens};
use super::assertion;
use super::errors::FlatError;
use crate::Sandbox;

/// The grant type of a service account's assertion.
const SERVICE_ACCOUNT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

type Form = BTreeMap<String, String>;

pub(crate) async fn token(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, FlatError> {
    let form: Form = url::form_urlencoded::parse(&body).into_owned().collect();
    if form.get("grant_type").is_some_and(|grant| grant == SERVICE_ACCOUNT) {
        return assert(&sandbox, &form);
    }
    check_client(&sandbox, &headers, &form)?;
    match form.get("grant_type").map(String::as_str) {
        Some("authorization_code") => exchange(&sandbox, &form),
        Some("refresh_token") => refresh(&sandbox, &form),
        Some(_) | None => Err(FlatError::UNSUPPORTED_GRANT),
    }
}

/// `client_secret_basic` where the header is there, `client_secret_post` otherwise.
fn check_client(sandbox: &Sandbox, headers: &HeaderMap, form: &Form) -> Result<(), FlatError> {
    let posted = |name: &str| form.get(name).cloned().unwrap_or_default();
    let (id, secret) =
        basic(headers).unwrap_or_else(|| (posted("client_id"), posted("client_secret")));
    let (known_id, known_secret) = &sandbox.options().google_client;
    if id != *known_id {
        return Err(FlatError::UNKNOWN_CLIENT);
    }
    let right: bool = secret.as_bytes().ct_eq(known_secret.as_bytes()).into();
    if right { Ok(()) } else { Err(FlatError::WRONG_SECRET) }
}

/// RFC 6749 has both halves form-encoded before they are joined.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    let pair = format!("v={}", text.replace('&', "%26"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs.next().map_or_else(String::new, |(_, value)| value.into_owned())
}

fn exchange(sandbox: &Sandbox, form: &Form) -> Result<Json<Value>, FlatError> {
    let now = sandbox.now();
    let name = form.get("code").ok_or(FlatError::INVALID_REQUEST)?;
    let (code, tokens) = sandbox.store().write(|world| {
        let code = world.google.redeem_code(name, now)?;
        if form.get("redirect_uri") != Some(&code.redirect_uri) {
            return Err(FlatError::REDIRECT_MISMATCH);
        }
        check_verifier(&code, form.get("code_verifier").map(String::as_str))?;
        let tokens = world.google.consented(&code, now, &mut world.ids);
        Ok((code, tokens))
    })?;
    let mut answer = answer(&tokens);
    if code.scopes.contains("openid") {
        answer["id_token"] = id_token(sandbox, &code.email).into();
    }
    Ok(Json(answer))
}

fn check_verifier(code: &Code, verifier: Option<&str>) -> Result<(), FlatError> {
    let Some((challenge, hashed)) = &code.challenge else { return Ok(()) };
    let verifier = verifier.ok_or(FlatError::BAD_VERIFIER)?;
    let presented = if *hashed {
        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
    } else {
        verifier.to_owned()
    };
    if presented == *challenge { Ok(()) } else { Err(FlatError::BAD_VERIFIER) }
}

fn refresh(sandbox: &Sandbox, form: &Form) -> Result<Json<Value>, FlatError> {
    let now = sandbox.now();
    let token = form.get("refresh_token").ok_or(FlatError::INVALID_REQUEST)?;
    let tokens = sandbox.store().write(|world| world.google.refresh(token, now, &mut world.ids))?;
    Ok(Json(answer(&tokens)))
}

/// A service account proves itself by its assertion, so there is no client secret.
fn assert(sandbox: &Sandbox, form: &Form) -> Result<Json<Value>, FlatError> {
    let now = sandbox.now();
    let presented = form.get("assertion").ok_or(FlatError::INVALID_REQUEST)?;
    let tokens = sandbox
        .store()
        .write(|world| assertion::exchange(&mut world.google, presented, now, &mut world.ids))?;
    let mut answer = answer(&tokens);
    // What was granted is what was asked for, so Google does not repeat it here.
    answer.as_object_mut().map(|fields| fields.remove("scope"));
    Ok(Json(answer))
}

fn answer(tokens: &Tokens) -> Value {
    let mut answer = json!({
        "access_token": tokens.access_token,
        "expires_in": TOKEN_SECONDS,
        "scope": tokens.scope,
        "token_type": "Bearer",
    });
    if let Some(refresh_token) = &tokens.refresh_token {
        answer["refresh_token"] = refresh_token.clone().into();
    }
    answer
}

/// Says who the account is. It is not signed: the sandbox has no key a client could know, and a
/// client that got it straight from the token endpoint over TLS need not check one.
fn id_token(sandbox: &Sandbox, email: &str) -> String {
    let now = sandbox.now().as_second();
    let header = json!({ "alg": "none", "typ": "JWT" });
    let claims = json!({
        "iss": "https://accounts.google.com",
        "aud": sandbox.options().google_client.0,
        "sub": email,
        "email": email,
        "email_verified": true,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
    });
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(&header), part(&claims))
}

/// The token comes in the form, or in the query as Google's documents show it too.
pub(crate) async fn revoke(
    State(sandbox): State<Sandbox>,
    axum::extract::Query(query): axum::extract::Query<Form>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), FlatError> {
    let form: Form = url::form_urlencoded::parse(&body).into_owned().collect();
    let token = form.get("token").or_else(|| query.get("token"));
    let token = token.ok_or(FlatError::INVALID_REQUEST)?;
    sandbox.store().write(|world| world.google.revoke(token))?;
    Ok((StatusCode::OK, Json(json!({}))))
}
