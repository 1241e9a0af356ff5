//! Takes secrets out of what is kept for admins.
//!
//! Three nets, because each alone has holes: names of fields that hold secrets, the literal
//! secrets this call was made with, and the shape of manage links and of passwords in URLs.

use serde_json::Value;
use url::Url;

pub(crate) const MASK: &str = "***";

/// The longest body kept, in bytes.
pub(crate) const BODY_BYTES: usize = 64 * 1024;

/// A shorter literal would blot out innocent text.
const SHORTEST_SECRET: usize = 6;

/// The shortest run of characters after `/b/` that is taken for a manage token.
const SHORTEST_MANAGE_TOKEN: usize = 16;

const SECRET_FIELDS: [&str; 16] = [
    "access_token",
    "api_key",
    "assertion",
    "auth_token",
    "authorization",
    "client_secret",
    "code",
    "code_verifier",
    "cookie",
    "id_token",
    "password",
    "proxy-authorization",
    "refresh_token",
    "set-cookie",
    "ticket",
    "token",
];

/// Masks what belongs to one call.
#[derive(Default)]
pub(crate) struct Masker {
    known: Vec<String>,
}

impl Masker {
    /// Also masks these literal secrets wherever they turn up.
    pub(crate) fn new(known: impl IntoIterator<Item = String>) -> Self {
        Self { known: known.into_iter().filter(|s| s.len() >= SHORTEST_SECRET).collect() }
    }

    pub(crate) fn url(&self, url: &Url) -> String {
        let mut shown = url.clone();
        // Neither setter can fail on a URL that has a host, and one without has no credentials.
        let _ = shown.set_password(None);
        let _ = shown.set_username("");
        if url.query().is_some() {
            let pairs = self.pairs(url.query_pairs().into_owned());
            shown.query_pairs_mut().clear().extend_pairs(pairs);
        }
        self.value(shown.as_str())
    }

    pub(crate) fn header(&self, name: &str, value: &str) -> String {
        if is_secret_field(name) { MASK.to_owned() } else { cut(self.value(value), 1024) }
    }

    /// A form, as it goes over the wire but for the masks.
    pub(crate) fn form(&self, pairs: &[(String, String)]) -> String {
        let masked = self.pairs(pairs.iter().cloned());
        let text =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(masked).finish();
        cut(text, BODY_BYTES)
    }

    /// A body of any kind: by field when it is JSON, by pattern when it is not.
    pub(crate) fn body(&self, bytes: &[u8]) -> String {
        let shown = if let Ok(mut json) = serde_json::from_slice::<Value>(bytes) {
            self.json(&mut json);
            json.to_string()
        } else {
            mask_named(&self.value(&String::from_utf8_lossy(bytes)))
        };
        cut(shown, BODY_BYTES)
    }

    /// One text: literal secrets, manage links and passwords in URLs.
    pub(crate) fn value(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.known {
            text = text.replace(secret, MASK);
        }
        mask_links(&mask_url_credentials(&text))
    }

    fn pairs(
        &self,
        pairs: impl Iterator<Item = (String, String)>,
    ) -> impl Iterator<Item = (String, String)> {
        pairs.map(|(name, value)| {
            let shown = if is_secret_field(&name) { MASK.to_owned() } else { self.value(&value) };
            (name, shown)
        })
    }

    fn json(&self, json: &mut Value) {
        match json {
            Value::String(text) => *text = self.value(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    // A number named `code` is a provider's error code, not an OAuth code.
                    if is_secret_field(name) && !value.is_number() && !value.is_null() {
                        *value = Value::from(MASK);
                    } else {
                        self.json(value);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn is_secret_field(name: &str) -> bool {
    SECRET_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field))
}

/// Cuts at a character boundary, so that at most `limit` bytes remain.
pub(crate) fn cut(mut text: String, limit: usize) -> String {
    text.truncate(text.floor_char_boundary(limit));
    text
}

/// Masks `name=value`, `name: value` and `"name": "value"` in text of unknown form.
fn mask_named(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut hidden = Vec::new();
    for field in SECRET_FIELDS {
        // What is hidden already is not searched again, or `code=code=…` would take forever.
        let mut hidden_until = 0;
        for (at, _) in lower.match_indices(field).filter(|(at, _)| stands_alone(&lower, *at)) {
            if at >= hidden_until
                && let Some(range) = value_after(text, at + field.len())
            {
                hidden_until = range.1;
                hidden.push(range);
            }
        }
    }
    replace_ranges(text, hidden)
}

fn stands_alone(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Where the value lies whose name ends at `end`, if a value follows.
fn value_after(text: &str, end: usize) -> Option<(usize, usize)> {
    let rest = &text[end..];
    let after_name = rest.trim_start_matches(['"', '\'', ' ']);
    let after_sign = after_name.strip_prefix([':', '='])?.trim_start_matches(['"', '\'', ' ']);
    let start = text.len() - after_sign.len();
    let value = after_sign.split(['"', '\'', '&', ',', ';', '}', '<', '\r', '\n']).next()?;
    let short_number = value.len() <= 6 && value.bytes().all(|b| b.is_ascii_digit());
    (!short_number).then_some((start, start + value.len()))
}

fn mask_url_credentials(text: &str) -> String {
    let hidden = text.match_indices("://").filter_map(|(at, sign)| {
        let start = at + sign.len();
        let authority = text[start..]
            .split(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '<'))
            .next()?;
        let end = authority.rfind('@')?;
        Some((start, start + end))
    });
    replace_ranges(text, hidden.collect())
}

/// The tokens of links: to manage a booking, and to a service that is found only with one.
fn mask_links(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut hidden = Vec::new();
    for marker in ["/b/", "%2fb%2f", "?link=", "&link=", "&amp;link=", "%3flink%3d", "%26link%3d"] {
        for (at, _) in lower.match_indices(marker) {
            let start = at + marker.len();
            let token = text[start..]
                .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
                .next()
                .unwrap_or_default();
            if token.len() >= SHORTEST_MANAGE_TOKEN {
                hidden.push((start, start + token.len()));
            }
        }
    }
    replace_ranges(text, hidden)
}

fn replace_ranges(text: &str, mut ranges: Vec<(usize, usize)>) -> String {
    ranges.sort_unstable();
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in ranges {
        if start >= from {
            shown.push_str(&text[from..start]);
            shown.push_str(MASK);
        }
        from = from.max(end);
    }
    shown.push_str(&text[from..]);
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_input_breaks_masking_or_shows_a_known_secret(text in any::<String>()) {
            let masker = Masker::new(["ya29.known".to_owned()]);

            let shown = masker.body(format!("{text}ya29.known{text}").as_bytes());

            prop_assert!(!shown.contains("ya29.known") && shown.len() <= BODY_BYTES);
        }

        #[test]
        fn a_token_answer_cut_off_anywhere_shows_no_token(
            token in "[A-Za-z0-9_/.-]{8,40}",
            field in proptest::sample::select(SECRET_FIELDS.to_vec()),
            cut_at in 0_usize..120,
        ) {
            let whole = format!(r#"{{"expires_in": 3599, "{field}": "zzzz{token}", "x": 1}}"#);
            let sent = &whole[..cut_at.min(whole.len())];

            prop_assert!(!Masker::default().body(sent.as_bytes()).contains("zzzz"));
        }
    }

    #[test]
    fn a_hostile_body_is_masked_in_reasonable_time() {
        let hostile = "code=".repeat(400_000);

        assert_eq!(Masker::default().body(hostile.as_bytes()), "code=***");
    }

    #[test]
    fn json_fields_that_hold_secrets_are_masked_at_any_depth() {
        let body = br#"{"a":[{"refresh_token":"1//x"}],"error":{"code":403},"code":"4/abc","n":1}"#;

        let shown = Masker::default().body(body);

        // Compared as JSON: the order of members is not ours to promise.
        let shown: Value = serde_json::from_str(&shown).expect("JSON stays JSON");
        let masked = r#"{"a":[{"refresh_token":"***"}],"code":"***","error":{"code":403},"n":1}"#;
        assert_eq!(shown, serde_json::from_str::<Value>(masked).expect("a literal"));
    }

    #[test]
    fn a_body_that_is_not_json_is_masked_by_pattern() {
        let shown = Masker::default()
            .body(br#"{"access_token": "ya29.secret", "x": 1, <cut> code=4/zz&b=c"#);

        assert_eq!(shown, r#"{"access_token": "***", "x": 1, <cut> code=***&b=c"#);
    }

    #[test]
    fn a_known_secret_is_masked_wherever_the_provider_echoes_it() {
        let masker = Masker::new(["ya29.known".to_owned()]);

        assert_eq!(masker.body(br#"{"m":"bad ya29.known!"}"#), r#"{"m":"bad ***!"}"#);
    }

    #[test]
    fn manage_links_are_masked_in_texts_and_forms() {
        let link = "See https://book.example/b/AbCdEfGhIjKlMnOpQrSt_-12/event.ics".to_owned();

        let shown = Masker::default().form(&[("Body".to_owned(), link)]);

        assert_eq!(shown, "Body=See+https%3A%2F%2Fbook.example%2Fb%2F***%2Fevent.ics");
    }

    #[test]
    fn links_to_services_are_masked_in_texts_forms_and_pages() {
        let token = "AbCdEfGhIjKlMnOpQrSt_-12";
        let link = format!("https://book.example/book/viewing?link={token}");

        let form = Masker::default().form(&[("Body".to_owned(), link.clone())]);
        let body = Masker::default().body(format!("<a href=\"{link}&amp;lang=de\">").as_bytes());

        assert!(!form.contains(token) && form.ends_with("link%3D***"), "{form}");
        assert!(!body.contains(token) && body.contains("lang=de"), "{body}");
    }

    #[test]
    fn urls_lose_credentials_and_secret_query_values() {
        let url = Url::parse("https://me:pw@example.com/x?code=4%2Fabc&q=1").expect("a URL");

        assert_eq!(Masker::default().url(&url), "https://example.com/x?code=***&q=1");
        assert_eq!(
            Masker::default().value("at smtp://u:p@host:25 now"),
            "at smtp://***@host:25 now"
        );
    }

    #[test]
    fn overlapping_finds_are_masked_once() {
        let shown = replace_ranges("abcdef", vec![(1, 4), (2, 3), (3, 5)]);

        assert_eq!(shown, "a***f");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("aäa".to_owned(), 2), "a");
    }
}
