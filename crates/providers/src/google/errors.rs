//! Google's two kinds of error answers: the API's nested envelope and the token endpoint's flat one.

use serde::Deserialize;
use serde_json::Value;

use crate::error::{HttpError, ProviderError, reason_code};
use crate::http::Answer;

#[derive(Default, Deserialize)]
struct ApiErrorBody {
    error: ApiError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ApiError {
    message: String,
    errors: Vec<ApiErrorItem>,
    details: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ApiErrorItem {
    reason: String,
}

impl ApiError {
    fn of(answer: &Answer) -> Self {
        let body: ApiErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
        body.error
    }

    /// The old `errors[].reason` decides; newer front ends may send only `details[].reason`.
    fn reason(&self) -> String {
        let item = self.errors.first().map(|item| item.reason.as_str());
        let detail = || self.details.iter().find_map(|detail| detail.get("reason")?.as_str());
        reason_code(item.or_else(detail).unwrap_or_default())
    }
}

/// What an unsuccessful answer of the Calendar API means: status and reason together decide
/// (guide "Handle API errors"). The body may be anything.
pub(super) fn api_error(answer: &Answer) -> ProviderError {
    let error = ApiError::of(answer);
    let reason = error.reason();
    match (answer.status, reason.as_str()) {
        (403 | 429, "quotaExceeded" | "dailyLimitExceeded") => ProviderError::QuotaExceeded,
        (429, _) | (403, "rateLimitExceeded" | "userRateLimitExceeded") => {
            ProviderError::Throttled { retry_after: answer.retry_after() }
        }
        // A receiver that Google will not call, not a credential: the connection is well.
        (status @ (401 | 403), reason) if reason.starts_with("push.") => {
            ProviderError::Refused { status, reason: reason.to_owned(), message: error.message }
        }
        (401, _) => ProviderError::Unauthorized,
        (403, "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => {
            ProviderError::InsufficientScope
        }
        (403, "accessNotConfigured" | "SERVICE_DISABLED") => {
            ProviderError::Misconfigured { reason }
        }
        (404, _) => ProviderError::NotFound,
        (409, _) => ProviderError::Conflict { reason },
        (410, _) => ProviderError::Gone { reason },
        (412, _) => ProviderError::PreconditionFailed,
        (408, _) => ProviderError::OutcomeUnknown(HttpError::Status(408)),
        (status @ 400..500, _) => ProviderError::Refused { status, reason, message: error.message },
        (status, _) => ProviderError::OutcomeUnknown(HttpError::Status(status)),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenErrorBody {
    error: String,
    error_description: String,
    error_subtype: String,
}

/// What the token was asked for with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grant {
    /// A code from the browser: a dead one says nothing about an existing connection.
    Code,
    /// A stored refresh token: a dead one means that the connection is.
    Refresh,
    /// A service account's assertion for one account: it may not act for that account, or it is
    /// the service account itself that Google does not know.
    Assertion,
}

/// How Google begins to describe an assertion that is our fault, whatever account it is for: a key
/// that was deleted, a clock that is off, a service account that is gone.
const OUR_FAULTS: [&str; 2] = ["Invalid JWT", "Invalid grant: account not found"];

/// What an unsuccessful answer of the token or revocation endpoint means. A wrong client secret
/// of ours is never taken for a dead connection.
pub(super) fn token_error(answer: &Answer, grant: Grant) -> ProviderError {
    let body: TokenErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = reason_code(&body.error);
    match (answer.status, reason.as_str()) {
        (429, _) => ProviderError::Throttled { retry_after: answer.retry_after() },
        (400..500, "unauthorized_client") if grant == Grant::Assertion => {
            ProviderError::ConnectionRevoked { reason }
        }
        (400..500, "invalid_grant")
            if grant == Grant::Assertion
                && OUR_FAULTS.iter().any(|fault| body.error_description.starts_with(fault)) =>
        {
            let reason = reason_code(&body.error_description.replace(' ', "_"));
            ProviderError::ClientCredentials { reason }
        }
        (
            400..500,
            "invalid_client" | "unauthorized_client" | "deleted_client" | "disabled_client",
        ) => ProviderError::ClientCredentials { reason },
        (400..500, "invalid_grant" | "access_denied" | "admin_policy_enforced")
            if grant != Grant::Code =>
        {
            let subtype = reason_code(&body.error_subtype);
            let reason = if subtype.is_empty() { reason } else { subtype };
            ProviderError::ConnectionRevoked { reason }
        }
        (408, _) => ProviderError::OutcomeUnknown(HttpError::Status(408)),
        (status @ 400..500, _) => {
            ProviderError::Refused { status, reason, message: body.error_description }
        }
        (status, _) => ProviderError::OutcomeUnknown(HttpError::Status(status)),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::HeaderMap;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let body = Bytes::copy_from_slice(body.as_bytes());
        Answer { status, headers: HeaderMap::new(), body, cut_short: None }
    }

    fn api(status: u16, reason: &str) -> String {
        let body = format!(
            r#"{{"error":{{"code":{status},"message":"m","errors":[{{"domain":"global","reason":"{reason}","message":"m"}}]}}}}"#
        );
        variant(&api_error(&answer(status, &body)))
    }

    fn token(status: u16, error: &str, grant: Grant) -> String {
        variant(&token_error(&answer(status, &format!(r#"{{"error":"{error}"}}"#)), grant))
    }

    fn variant(error: &ProviderError) -> String {
        let debug = format!("{error:?}");
        debug.split([' ', '(']).next().unwrap_or_default().to_owned()
    }

    #[test]
    fn status_and_reason_together_decide() {
        let table = [
            (400, "timeRangeEmpty", "Refused"),
            (401, "authError", "Unauthorized"),
            (403, "userRateLimitExceeded", "Throttled"),
            (403, "rateLimitExceeded", "Throttled"),
            (429, "rateLimitExceeded", "Throttled"),
            (429, "", "Throttled"),
            (403, "quotaExceeded", "QuotaExceeded"),
            (403, "dailyLimitExceeded", "QuotaExceeded"),
            (403, "insufficientPermissions", "InsufficientScope"),
            (403, "accessNotConfigured", "Misconfigured"),
            (403, "forbiddenForNonOrganizer", "Refused"),
            (404, "notFound", "NotFound"),
            (408, "", "OutcomeUnknown"),
            (409, "duplicate", "Conflict"),
            (410, "deleted", "Gone"),
            (412, "conditionNotMet", "PreconditionFailed"),
            (500, "backendError", "OutcomeUnknown"),
            (503, "", "OutcomeUnknown"),
            (302, "", "OutcomeUnknown"),
        ];
        for (status, reason, expected) in table {
            assert_eq!(api(status, reason), expected, "{status} {reason}");
        }
    }

    #[test]
    fn the_newer_detail_names_the_reason_when_the_old_list_is_missing() {
        let body = r#"{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"@type":"x"},{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}"#;

        assert_eq!(variant(&api_error(&answer(403, body))), "InsufficientScope");
    }

    #[test]
    fn a_body_that_is_no_envelope_leaves_the_status_to_decide() {
        for body in ["", "<html>", "[]", r#"{"error":"text"}"#, r#"{"error":{"errors":{}}}"#] {
            assert_eq!(variant(&api_error(&answer(403, body))), "Refused", "{body}");
            assert_eq!(variant(&api_error(&answer(502, body))), "OutcomeUnknown", "{body}");
            assert_eq!(variant(&token_error(&answer(400, body), Grant::Refresh)), "Refused");
        }
    }

    #[test]
    fn only_a_refused_refresh_token_revokes_a_connection() {
        let table = [
            (400, "invalid_grant", Grant::Refresh, "ConnectionRevoked"),
            (400, "invalid_grant", Grant::Code, "Refused"),
            (401, "invalid_client", Grant::Refresh, "ClientCredentials"),
            (400, "unauthorized_client", Grant::Refresh, "ClientCredentials"),
            (400, "disabled_client", Grant::Refresh, "ClientCredentials"),
            (400, "invalid_request", Grant::Refresh, "Refused"),
            (429, "", Grant::Refresh, "Throttled"),
            (500, "internal_failure", Grant::Refresh, "OutcomeUnknown"),
        ];
        for (status, error, grant, expected) in table {
            assert_eq!(token(status, error, grant), expected, "{status} {error} {grant:?}");
        }
    }

    #[test]
    fn an_assertion_that_is_refused_is_about_its_account_or_about_our_key() {
        let table = [
            (
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens",
                "ConnectionRevoked",
            ),
            ("invalid_grant", "Invalid email or User ID", "ConnectionRevoked"),
            ("invalid_grant", "The account has been deleted", "ConnectionRevoked"),
            ("access_denied", "Account restricted", "ConnectionRevoked"),
            ("invalid_grant", "Invalid JWT Signature.", "ClientCredentials"),
            ("invalid_grant", "Invalid JWT: Failed audience check.", "ClientCredentials"),
            ("invalid_grant", "Invalid grant: account not found", "ClientCredentials"),
            ("invalid_client", "The OAuth client was not found.", "ClientCredentials"),
            ("disabled_client", "", "ClientCredentials"),
            ("invalid_scope", "", "Refused"),
        ];
        for (error, description, expected) in table {
            let body = format!(r#"{{"error":"{error}","error_description":"{description}"}}"#);
            let found = variant(&token_error(&answer(400, &body), Grant::Assertion));
            assert_eq!(found, expected, "{error} {description}");
        }
    }

    #[test]
    fn the_subtype_is_the_reason_when_there_is_one() {
        let body = r#"{"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_subtype":"invalid_rapt"}"#;

        let error = token_error(&answer(400, body), Grant::Refresh);

        assert_eq!(error.to_string(), "the host has to reconnect the account (invalid_rapt)");
    }
}
