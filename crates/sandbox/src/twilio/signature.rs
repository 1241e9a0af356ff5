//! `X-Twilio-Signature`: how the sandbox proves that a callback comes from it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Signs a form POST to `url`, which is the URL as it was configured, without its fragment.
///
/// Keys come in byte order, each followed by its value; a key that is repeated contributes each
/// distinct value once, in byte order, with the key before every one of them.
pub(crate) fn sign(url: &str, form: &[(String, String)], auth_token: &str) -> String {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (key, value) in form {
        values.entry(key).or_default().insert(value);
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes())
        .expect("an HMAC key may have any length");
    mac.update(without_fragment(url).as_bytes());
    for (key, values) in values {
        for value in values {
            mac.update(key.as_bytes());
            mac.update(value.as_bytes());
        }
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The fragment carries Twilio's connection overrides; it is neither sent nor signed.
pub(crate) fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(url, _)| url)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn vectors(list: &str) -> Vec<Value> {
        let file = include_str!("../../../../specs/twilio/signature-vectors.json");
        let file: Value = serde_json::from_str(file).expect("the vectors are JSON");
        file[list].as_array().cloned().unwrap_or_default()
    }

    fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
        vector[field].as_str().unwrap_or_default()
    }

    fn form(vector: &Value) -> Vec<(String, String)> {
        let params = vector["form_params"].as_object().into_iter().flatten();
        params
            .flat_map(|(key, value)| {
                let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                values
                    .into_iter()
                    .map(move |value| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
            })
            .collect()
    }

    #[test]
    fn every_published_vector_is_reproduced() {
        let vectors = vectors("vectors");
        assert!(vectors.len() >= 32, "only {} vectors", vectors.len());

        for vector in vectors {
            let url = text(&vector, "signed_url");
            let signature = sign(url, &form(&vector), text(&vector, "auth_token"));
            assert_eq!(signature, text(&vector, "expected_signature"), "{}", vector["id"]);
        }
    }

    #[test]
    fn the_fragment_is_not_signed() {
        let form = [("Body".to_owned(), "hi".to_owned())];

        let signature = sign("https://example.com/in?x=1#rc=2&rp=ct", &form, "12345");

        assert_eq!(signature, sign("https://example.com/in?x=1", &form, "12345"));
    }
}
