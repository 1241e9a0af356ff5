//! Webhook signatures, held against the vectors of Twilio's own helper libraries.

use doorstep_providers::twilio::signature::{body_hash_matches, url_candidates, verify};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::Value;

use crate::specs;

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap_or_else(|| panic!("{name} in {vector}"))
}

/// A list as value is a key that is repeated.
fn fields(vector: &Value) -> Vec<(String, String)> {
    let Some(params) = vector["form_params"].as_object() else { return Vec::new() };
    let each = params.iter().flat_map(|(key, value)| {
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        values.into_iter().map(|value| (key.clone(), value.as_str().expect("text").to_owned()))
    });
    each.collect()
}

/// What a webhook handler does: the signature, and for a JSON body its hash.
fn accepted(vector: &Value, signature: &str) -> bool {
    let token = SecretString::from(text(vector, "auth_token"));
    let url = text(vector, "presented_url");
    let signed = verify(&token, &url_candidates(url), &fields(vector), signature);
    let body = vector["raw_body"].as_str();
    signed && body.is_none_or(|body| body_hash_matches(url, body.as_bytes()))
}

#[test]
fn every_genuine_request_is_accepted() {
    let data = specs::load("twilio/signature-vectors.json");
    let vectors = data["vectors"].as_array().expect("vectors");

    assert_eq!(vectors.len(), 32);
    for vector in vectors {
        assert!(accepted(vector, text(vector, "expected_signature")), "{vector}");
    }
}

#[test]
fn every_forged_request_is_refused() {
    let data = specs::load("twilio/signature-vectors.json");
    let vectors = data["negative_vectors"].as_array().expect("vectors");

    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        assert!(!accepted(vector, text(vector, "signature")), "{vector}");
    }
}

#[test]
fn a_genuine_request_is_refused_once_anything_is_changed() {
    let data = specs::load("twilio/signature-vectors.json");
    let vector = &data["vectors"][0];
    let (signature, url) = (text(vector, "expected_signature"), text(vector, "presented_url"));
    let token = SecretString::from(text(vector, "auth_token"));
    let genuine = fields(vector);
    let with = |extra: (&str, &str)| {
        let mut fields = genuine.clone();
        fields.push((extra.0.to_owned(), extra.1.to_owned()));
        verify(&token, &url_candidates(url), &fields, signature)
    };

    assert!(!with(("Extra", "")), "an added field");
    assert!(!with(("Digits", "9")), "an added value");
    assert!(!verify(&"other".into(), &url_candidates(url), &genuine, signature), "another key");
    for forged in ["", "=", "not base64", "AAAA", &signature[..20], &signature.to_lowercase()] {
        assert!(!verify(&token, &url_candidates(url), &genuine, forged), "{forged}");
    }
}

#[test]
fn a_body_is_checked_against_the_hash_in_the_url() {
    let data = specs::load("twilio/signature-vectors.json");
    let json = data["vectors"].as_array().expect("vectors").iter();
    let vector = json.clone().find(|v| v["id"] == "json-body").expect("the vector");
    let url = text(vector, "presented_url");

    assert!(body_hash_matches(url, text(vector, "raw_body").as_bytes()));
    assert!(!body_hash_matches(url, b"{}"));
    assert!(!body_hash_matches("https://example.com/?x=1", b"{}"));
}

proptest! {
    #[test]
    fn no_url_or_signature_from_outside_breaks_the_check(
        url in any::<String>(),
        signature in any::<String>(),
        field in any::<(String, String)>(),
    ) {
        let token = SecretString::from("12345");

        prop_assert!(!verify(&token, &url_candidates(&url), &[field], &signature));
        let unhashed = !body_hash_matches(&url, b"a body");
        prop_assert!(unhashed);
    }
}
