//! Google's two error shapes: the API's nested envelope and the token endpoint's flat one.

use std::borrow::Cow;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error of the Calendar API, as its error guide lists them.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    domain: &'static str,
    reason: Cow<'static, str>,
    message: Cow<'static, str>,
    location: Option<(&'static str, &'static str)>,
}

impl ApiError {
    fn new(
        status: StatusCode,
        domain: &'static str,
        reason: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, domain, reason: reason.into(), message: message.into(), location: None }
    }

    fn at(self, kind: &'static str, name: &'static str) -> Self {
        Self { location: Some((kind, name)), ..self }
    }

    pub(crate) fn bad_request(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "global", reason, message)
    }

    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::bad_request("invalid", message)
    }

    pub(crate) fn invalid_parameter(name: &'static str) -> Self {
        Self::invalid(format!("Invalid value for: {name}")).at("parameter", name)
    }

    pub(crate) fn required(message: impl Into<Cow<'static, str>>) -> Self {
        Self::bad_request("required", message)
    }

    pub(crate) fn empty_range() -> Self {
        let message = "The specified time range is empty.";
        Self::new(StatusCode::BAD_REQUEST, "calendar", "timeRangeEmpty", message)
    }

    pub(crate) fn login_required() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "global", "required", "Login Required")
            .at("header", "Authorization")
    }

    pub(crate) fn invalid_credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "global", "authError", "Invalid Credentials")
            .at("header", "Authorization")
    }

    pub(crate) fn insufficient_scopes() -> Self {
        let message = "Request had insufficient authentication scopes.";
        Self::new(StatusCode::FORBIDDEN, "global", "insufficientPermissions", message)
    }

    pub(crate) fn needs_access(level: &str) -> Self {
        let message = format!("You need to have {level} access to this calendar.");
        Self::new(StatusCode::FORBIDDEN, "calendar", "requiredAccessLevel", message)
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "global", "forbidden", "Forbidden")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "global", "notFound", "Not Found")
    }

    pub(crate) fn channel_not_found(id: &str) -> Self {
        let message = format!("Channel '{id}' not found for project");
        Self::new(StatusCode::NOT_FOUND, "global", "notFound", message)
    }

    pub(crate) fn duplicate() -> Self {
        let message = "The requested identifier already exists.";
        Self::new(StatusCode::CONFLICT, "global", "duplicate", message)
    }

    pub(crate) fn deleted() -> Self {
        Self::new(StatusCode::GONE, "global", "deleted", "Resource has been deleted")
    }

    pub(crate) fn full_sync_required() -> Self {
        let message = "Sync token is no longer valid, a full sync is required.";
        Self::new(StatusCode::GONE, "calendar", "fullSyncRequired", message)
            .at("parameter", "syncToken")
    }

    pub(crate) fn condition_not_met() -> Self {
        let message = "Precondition Failed";
        Self::new(StatusCode::PRECONDITION_FAILED, "global", "conditionNotMet", message)
            .at("header", "If-Match")
    }

    /// Google's words, for callers that do not speak HTTP.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    fn body(&self) -> Value {
        let mut error = json!({
            "domain": self.domain, "reason": self.reason, "message": self.message,
        });
        if let Some((kind, name)) = self.location {
            error["locationType"] = kind.into();
            error["location"] = name.into();
        }
        let code = self.status.as_u16();
        json!({ "error": { "code": code, "message": self.message, "errors": [error] } })
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}

/// What the API says with `status` when a fault names no body of its own.
pub(crate) fn scripted(status: StatusCode, reason: Option<&str>, subject: &str) -> Response {
    let mut error = match status.as_u16() {
        401 => ApiError::invalid_credentials(),
        403 if reason == Some("quotaExceeded") => {
            usage_limit(status, "quotaExceeded", "Calendar usage limits exceeded.")
        }
        403 if reason == Some("userRateLimitExceeded") => {
            usage_limit(status, "userRateLimitExceeded", "User Rate Limit Exceeded")
        }
        403 | 429 => usage_limit(status, "rateLimitExceeded", "Rate Limit Exceeded"),
        404 => ApiError::not_found(),
        409 => ApiError::duplicate(),
        410 if subject.starts_with("GET ") => ApiError::full_sync_required(),
        410 => ApiError::deleted(),
        412 => ApiError::condition_not_met(),
        400..500 => ApiError::new(status, "global", "badRequest", "Bad Request"),
        _ => ApiError::new(status, "global", "backendError", "Backend Error"),
    };
    if let Some(reason) = reason {
        error.reason = reason.to_owned().into();
    }
    error.into_response()
}

fn usage_limit(status: StatusCode, reason: &'static str, message: &'static str) -> ApiError {
    ApiError::new(status, "usageLimits", reason, message)
}

/// An error of the token and revocation endpoints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlatError {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
}

impl FlatError {
    pub(crate) const UNKNOWN_CLIENT: Self = Self::client("The OAuth client was not found.");
    pub(crate) const WRONG_SECRET: Self = Self::client("The provided client secret is invalid.");
    pub(crate) const EXPIRED_OR_REVOKED: Self =
        Self::bad_request("invalid_grant", "Token has been expired or revoked.");
    pub(crate) const BAD_CODE: Self = Self::bad_request("invalid_grant", "Malformed auth code.");
    pub(crate) const BAD_VERIFIER: Self =
        Self::bad_request("invalid_grant", "Invalid code verifier.");
    pub(crate) const REDIRECT_MISMATCH: Self =
        Self::bad_request("redirect_uri_mismatch", "Bad Request");
    pub(crate) const UNSUPPORTED_GRANT: Self =
        Self::bad_request("unsupported_grant_type", "Invalid grant_type");
    pub(crate) const INVALID_REQUEST: Self = Self::bad_request("invalid_request", "Bad Request");
    pub(crate) const INVALID_TOKEN: Self =
        Self::bad_request("invalid_token", "Token expired or revoked");

    pub(crate) const UNTIMELY_ASSERTION: Self = Self::bad_request(
        "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable \
         timeframe. Check your iat and exp values in the JWT claim.",
    );
    pub(crate) const WRONG_AUDIENCE: Self =
        Self::bad_request("invalid_grant", "Invalid JWT: Failed audience check.");
    pub(crate) const WRONG_SIGNATURE: Self =
        Self::bad_request("invalid_grant", "Invalid JWT Signature.");
    pub(crate) const UNKNOWN_SERVICE_ACCOUNT: Self =
        Self::bad_request("invalid_grant", "Invalid grant: account not found");
    pub(crate) const NOT_DELEGATED: Self = Self {
        status: StatusCode::UNAUTHORIZED,
        error: "unauthorized_client",
        description: "Client is unauthorized to retrieve access tokens using this method, or \
                      client not authorized for any of the scopes requested.",
    };
    pub(crate) const EMPTY_SCOPE: Self =
        Self::bad_request("invalid_scope", "Invalid OAuth scope or ID token audience provided.");
    pub(crate) const UNKNOWN_SUBJECT: Self =
        Self::bad_request("invalid_grant", "Invalid email or User ID");

    const fn bad_request(error: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description }
    }

    const fn client(description: &'static str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, error: "invalid_client", description }
    }
}

impl IntoResponse for FlatError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        (self.status, Json(body)).into_response()
    }
}

/// What the token endpoint says with `status` when a fault names no body of its own.
pub(crate) fn scripted_flat(status: StatusCode, reason: Option<&str>) -> Response {
    let (error, description) = match status.as_u16() {
        401 => ("invalid_client", "The provided client secret is invalid."),
        400..500 => ("invalid_grant", "Token has been expired or revoked."),
        _ => ("internal_failure", "Backend Error"),
    };
    let error = reason.unwrap_or(error);
    (status, Json(json!({ "error": error, "error_description": description }))).into_response()
}
