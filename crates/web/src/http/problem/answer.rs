//! How a problem leaves: as JSON or as a page, with the request's id.

use std::sync::Arc;
use std::time::Duration;

use axum::body::HttpBody;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::Fault;
use serde_json::{Map, Value, json};

use super::{Code, Problem};
use crate::http::request_id::RequestId;

/// A small body can have thousands of faults; a person mends the first hundred and sends again.
const MAX_FAULTS: usize = 100;

/// Member names are the sender's and of any length, and a pointer repeats them for every fault.
const MAX_POINTER_BYTES: usize = 512;

/// Renders a problem for a person, with the same status. Headers such as `Retry-After` are added
/// to what it returns.
pub type ProblemPage = Arc<dyn Fn(&Problem, &RequestId) -> Response + Send + Sync>;

impl Problem {
    /// The document of RFC 9457. The members every problem has win over those added.
    pub fn document(&self, request_id: Option<&RequestId>) -> Value {
        let mut document = Map::new();
        document.insert("type".to_owned(), format!("/problems/{}", self.code.as_str()).into());
        document.insert("title".to_owned(), self.code.title().into());
        document.insert("status".to_owned(), self.code.status().as_u16().into());
        let detail = self.detail.as_deref().unwrap_or(self.code.usual_detail());
        document.insert("detail".to_owned(), detail.into());
        document.insert("code".to_owned(), self.code.as_str().into());
        if let Some(id) = request_id {
            document.insert("request_id".to_owned(), id.as_str().into());
        }
        if !self.faults.is_empty() {
            let faults = self.faults.as_slice().iter().take(MAX_FAULTS);
            document.insert("errors".to_owned(), faults.map(fault_member).collect());
        }
        for (name, value) in &self.members {
            document.entry(name.clone()).or_insert_with(|| value.clone());
        }
        Value::Object(document)
    }

    fn answer(&self, request_id: Option<&RequestId>) -> Response {
        let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
        (self.code.status(), json, self.document(request_id).to_string()).into_response()
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, whole_seconds(wait).into());
        }
        if self.code == Code::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.answer(None);
        self.add_headers(response.headers_mut());
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives a response its last form: a problem gets the request's id, or its page where a `page` is
/// wanted, and an error of the framework's becomes a problem.
pub(in crate::http) fn finish(
    mut response: Response,
    id: &RequestId,
    page: Option<&ProblemPage>,
) -> Response {
    let made = response.extensions_mut().remove::<Problem>();
    let Some(problem) = made.or_else(|| foreign_error(&response)) else { return response };
    let (parts, _) = response.into_parts();
    let mut answer = page.map_or_else(|| problem.answer(Some(id)), |page| page(&problem, id));
    let own = answer.headers().clone();
    for (name, value) in &parts.headers {
        if !describes_the_body(name) && !own.contains_key(name) {
            answer.headers_mut().append(name, value.clone());
        }
    }
    problem.add_headers(answer.headers_mut());
    answer
}

/// The framework's refusals are plain text or empty; an error with another type was meant so.
fn foreign_error(response: &Response) -> Option<Problem> {
    let code = Code::of_status(response.status())?;
    let is_foreign = match response.headers().get(header::CONTENT_TYPE) {
        None => HttpBody::size_hint(response.body()).exact() == Some(0),
        Some(kind) => kind.as_bytes().starts_with(b"text/plain"),
    };
    is_foreign.then(|| Problem::new(code))
}

fn describes_the_body(name: &HeaderName) -> bool {
    [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::ETAG]
        .contains(name)
}

fn fault_member(fault: &Fault) -> Value {
    let pointer = shortened(fault.pointer.as_str());
    json!({ "pointer": pointer, "code": fault.code, "message": fault.message })
}

fn shortened(pointer: &str) -> String {
    if pointer.len() <= MAX_POINTER_BYTES {
        return pointer.to_owned();
    }
    let end = pointer.floor_char_boundary(MAX_POINTER_BYTES);
    format!("{}…", &pointer[..end])
}

/// At least one: a client told to wait for zero seconds comes back at once.
fn whole_seconds(wait: Duration) -> u64 {
    let started = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(started).max(1)
}
