//! Whether a request is Twilio's: it signs the address that it called, which is not the one that
//! reaches us behind a proxy, together with the form's fields.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, Uri, header};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::http::problem::Code;
use crate::http::{Client, Problem};
use crate::state::Web;

/// More fields than any callback has; Twilio adds new ones without notice.
const MOST_FIELDS: usize = 200;

/// A request that Twilio has signed. Extracting it refuses any other with 403.
#[derive(Debug)]
pub(crate) struct Signed {
    fields: Vec<(String, String)>,
}

impl Signed {
    /// The first field of that name, unless it is empty. No text from outside has a NUL character,
    /// which databases do not take.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.replace('\0', "")).filter(|value| !value.is_empty())
    }

    /// Everything that was said, for a timeline.
    pub(crate) fn payload(&self) -> Value {
        let text = |text: &str| text.replace('\0', "");
        let members =
            self.fields.iter().map(|(name, value)| (text(name), Value::String(text(value))));
        Value::Object(members.collect::<Map<_, _>>())
    }
}

impl FromRequest<Web> for Signed {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Ok(client) = Client::from_request_parts(&mut parts, web).await;
        let (uri, headers) = (parts.uri.clone(), parts.headers.clone());
        let body = Bytes::from_request(Request::from_parts(parts, body), web).await;
        let body = body.map_err(|_too_large| Problem::new(Code::PayloadTooLarge))?;
        let urls = called(web, client, &uri, &headers);
        let signed = fields(&headers, &uri, &body).filter(|fields| {
            let signature = headers.get("x-twilio-signature").and_then(|value| value.to_str().ok());
            // A JSON body is signed by its hash in the address.
            let in_form = if is_json(&headers) { &[] } else { fields.as_slice() };
            signature.is_some_and(|signature| web.app.verify_twilio(&urls, in_form, signature))
        });
        let Some(fields) = signed else {
            warn_of(&urls, &headers);
            return Err(Problem::new(Code::Forbidden));
        };
        Ok(Self { fields })
    }
}

/// The fields of a form, or the texts of a JSON object; `None` for what Twilio does not send.
fn fields(headers: &HeaderMap, uri: &Uri, body: &[u8]) -> Option<Vec<(String, String)>> {
    if !is_json(headers) {
        let fields = form_urlencoded::parse(body).into_owned().take(MOST_FIELDS + 1);
        return Some(fields.collect()).filter(|fields: &Vec<_>| fields.len() <= MOST_FIELDS);
    }
    if !app::notification::body_is_as_hashed(uri.path_and_query()?.as_str(), body) {
        return None;
    }
    let Value::Object(members) = serde_json::from_slice(body).ok()? else { return None };
    let text = |(name, value): (String, Value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Number(number) => Some((name, number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    Some(members.into_iter().filter_map(text).take(MOST_FIELDS).collect())
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json"))
}

/// The addresses that the outside may have called: at our public origin, and as a proxy that we
/// trust says.
fn called(web: &Web, client: Client, uri: &Uri, headers: &HeaderMap) -> Vec<String> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut urls = vec![web.app.settings().url(path)];
    if client.behind_trusted_proxy {
        let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let (Some(scheme), Some(host)) = (said("x-forwarded-proto"), said("x-forwarded-host")) {
            urls.push(format!("{scheme}://{host}{path}"));
        }
    }
    urls
}

/// The one line by which an operator finds a proxy that is set up wrongly. Never the signature.
fn warn_of(urls: &[String], headers: &HeaderMap) {
    let forwarded = headers.iter().filter(|(name, _)| {
        name.as_str().starts_with("x-forwarded-") || name.as_str() == "forwarded"
    });
    let forwarded: Vec<String> =
        forwarded.map(|(name, value)| format!("{name}: {value:?}")).collect();
    tracing::warn!(
        expected = urls.join(" or "),
        forwarded = forwarded.join(", "),
        "a callback is not signed by Twilio for the address we expect"
    );
}
