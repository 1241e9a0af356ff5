//! What Twilio's error codes ask for, in answers and in status callbacks.

use serde::Deserialize;

use crate::error::{HttpError, ProviderError, Undeliverable};
use crate::http::Answer;

/// What one error code asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeClass {
    /// Our account or sender is set up wrongly: nothing goes out until the operator acts.
    Configuration,
    /// The request was wrong: our bug.
    Request,
    /// This recipient, or this text to them, will not get through.
    Recipient(Undeliverable),
    /// It was not processed, or it has ended without delivery: later may work.
    Later,
    /// The request may have had its effect.
    Unknown,
    /// Whether it was delivered is not known and will not be.
    DeliveryUnknown,
    /// Says nothing about a text of ours.
    Notice,
}

/// What a code asks for; `None` for one we do not know, which must then be judged by the HTTP
/// status or the message's status. The data behind it is `specs/twilio/error-classification.json`.
pub fn classify_code(code: u32) -> Option<CodeClass> {
    use Undeliverable::{BadAddress, Filtered, NotTextable, OptedOut};
    Some(match code {
        13227
        | 20003
        | 21210
        | 21212
        | 21215
        | 21219
        | 21401
        | 21408
        | 21601
        | 21606
        | 21608
        | 21659
        | 21703..=21705
        | 30002
        | 30010
        | 30018
        | 30024
        | 30032..=30035 => CodeClass::Configuration,
        20404
        | 21201
        | 21205
        | 21602..=21604
        | 21609
        | 21617
        | 21656
        | 35111
        | 35114
        | 35115
        | 35118 => CodeClass::Request,
        21211 | 21217 | 21266 | 30005 => CodeClass::Recipient(BadAddress),
        21214 | 21216 | 21612 | 21614 | 21635 | 30006 => CodeClass::Recipient(NotTextable),
        21610 | 30004 => CodeClass::Recipient(OptedOut),
        30007 | 30019 => CodeClass::Recipient(Filtered),
        14107 | 20429 | 21611 | 21619 | 22005 | 30001 | 30003 | 30008 | 30017 | 30022 | 30023
        | 30027 | 30450 | 30500 | 35125 => CodeClass::Later,
        20500 | 20503 => CodeClass::Unknown,
        30410 => CodeClass::DeliveryUnknown,
        11200 | 11205 | 11210 | 11215 | 11220 | 11235 | 11237 | 11750 | 12100 | 12200 | 12300
        | 21220 | 30009 | 57012 => CodeClass::Notice,
        _ => return None,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    code: Option<u32>,
    message: String,
}

/// What an unsuccessful answer means. The code decides where it is known; a gateway may answer
/// without one, and then only the status counts.
pub(super) fn api_error(answer: &Answer) -> ProviderError {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let status = answer.status;
    let reason = body.code.map_or_else(String::new, |code| code.to_string());
    if !(400..500).contains(&status) || status == 408 {
        return ProviderError::OutcomeUnknown(HttpError::Status(status));
    }
    if status == 429 {
        return ProviderError::Throttled { retry_after: answer.retry_after() };
    }
    if status == 401 || body.code == Some(20003) {
        return ProviderError::ClientCredentials { reason };
    }
    if status == 404 {
        return ProviderError::NotFound;
    }
    match body.code.and_then(classify_code) {
        Some(CodeClass::Configuration) => ProviderError::Misconfigured { reason },
        Some(CodeClass::Recipient(cause)) => ProviderError::Undeliverable { cause, reason },
        Some(CodeClass::Later) => ProviderError::TryLater { reason },
        Some(CodeClass::Unknown | CodeClass::DeliveryUnknown) => {
            ProviderError::OutcomeUnknown(HttpError::Status(status))
        }
        Some(CodeClass::Request | CodeClass::Notice) | None => {
            ProviderError::Refused { status, reason, message: body.message }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;
    use reqwest::header::HeaderMap;
    use serde_json::Value;

    use super::*;

    fn variant(status: u16, body: &str) -> String {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let answer = Answer { status, headers: HeaderMap::new(), body, cut_short: None };
        let debug = format!("{:?}", api_error(&answer));
        debug.split([' ', '(']).next().unwrap_or_default().to_owned()
    }

    #[test]
    fn every_code_of_the_catalogue_is_classified_as_the_data_says() {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/twilio/error-classification.json");
        let text = std::fs::read_to_string(path).expect("the data file");
        let data: BTreeMap<String, Value> = serde_json::from_str(&text).expect("JSON");

        let codes = data["codes"].as_array().expect("a list of codes");

        assert!(codes.len() > 70);
        for entry in codes {
            let code = entry["code"].as_u64().and_then(|code| u32::try_from(code).ok());
            let ours = classify_code(code.expect("a code")).expect("a class");
            let class = entry["class"].as_str().expect("a class");
            let alert = entry["surface"] == "alert";
            assert!(agrees(class, alert, ours), "{entry}: {ours:?}");
        }
    }

    fn agrees(class: &str, alert: bool, ours: CodeClass) -> bool {
        use Undeliverable::{BadAddress, Filtered, NotTextable, OptedOut};
        match class {
            "config" => ours == CodeClass::Configuration,
            "bug" if alert => ours == CodeClass::Notice,
            "bug" | "permanent" => ours == CodeClass::Request,
            "permanent-recipient" => {
                matches!(ours, CodeClass::Recipient(BadAddress | NotTextable))
            }
            "suppress" => ours == CodeClass::Recipient(OptedOut),
            "content" => ours == CodeClass::Recipient(Filtered),
            "transient" | "transient-safe" => ours == CodeClass::Later,
            "ambiguous" => ours == CodeClass::Unknown,
            "ambiguous-terminal" => ours == CodeClass::DeliveryUnknown,
            "race" | "own-outage" | "info" => ours == CodeClass::Notice,
            _ => false,
        }
    }

    #[test]
    fn an_unknown_code_is_left_to_the_status() {
        assert_eq!(classify_code(99_999), None);
        assert_eq!(variant(400, r#"{"code":99999,"message":"new"}"#), "Refused");
        assert_eq!(variant(503, r#"{"code":99999}"#), "OutcomeUnknown");
    }

    #[test]
    fn answers_are_classified_by_code_and_by_status_where_there_is_none() {
        let table = [
            (400, r#"{"code":21610,"status":400}"#, "Undeliverable"),
            (400, r#"{"code":21211}"#, "Undeliverable"),
            (400, r#"{"code":21608}"#, "Misconfigured"),
            (400, r#"{"code":21611}"#, "TryLater"),
            (400, r#"{"code":21617}"#, "Refused"),
            (401, r#"{"code":20003}"#, "ClientCredentials"),
            (403, r#"{"code":20003}"#, "ClientCredentials"),
            (401, "", "ClientCredentials"),
            (404, r#"{"code":20404}"#, "NotFound"),
            (408, "", "OutcomeUnknown"),
            (429, r#"{"code":20429}"#, "Throttled"),
            (500, r#"{"code":20500}"#, "OutcomeUnknown"),
            (502, "<html>Bad Gateway</html>", "OutcomeUnknown"),
            (307, "", "OutcomeUnknown"),
        ];
        for (status, body, expected) in table {
            assert_eq!(variant(status, body), expected, "{status} {body}");
        }
    }
}
