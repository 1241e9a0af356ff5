#![expect(clippy::unwrap_used, reason = "a fixture that does not read fails the test")]

use domain::source::{FieldMap, Secret, SourceKind, Verification};
use serde_json::json;

use super::*;

fn source(verify: Verification) -> Source {
    Source {
        id: "website".parse().unwrap(),
        kind: SourceKind::Json,
        service: None,
        timezone: None,
        verify,
        map: FieldMap::default(),
        start_format: None,
    }
}

fn proof(source: &Source, presented: Option<&str>, body: &str) -> Proof {
    Proof::of(
        source,
        |name| presented.filter(|_| name == "X-Proof").map(str::as_bytes),
        body.as_bytes(),
    )
}

#[test]
fn a_shared_secret_is_compared_whole() {
    let header = "X-Proof".to_owned();
    let source = source(Verification::Header { header, secret: Secret::new("open sesame") });

    assert_eq!(proof(&source, Some("open sesame"), ""), Proof::Given);
    for wrong in [None, Some(""), Some("open"), Some("open sesame "), Some("OPEN SESAME")] {
        assert_eq!(proof(&source, wrong, ""), Proof::Wrong, "{wrong:?}");
    }
}

/// The HMAC-SHA256 of RFC 4231, test case 2.
#[test]
fn a_signature_is_read_in_hexadecimal_and_base64() {
    let header = "X-Proof".to_owned();
    let source = source(Verification::Hmac { header, secret: Secret::new("Jefe") });
    let body = "what do ya want for nothing?";
    let hexadecimal = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let base64 = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";

    for right in [hexadecimal, base64, &format!("sha256={hexadecimal}")] {
        assert_eq!(proof(&source, Some(right), body), Proof::Given, "{right}");
        assert_eq!(proof(&source, Some(right), "something else"), Proof::Wrong, "{right}");
    }
    for wrong in [&hexadecimal[1..], "", "sha256=", "é"] {
        assert_eq!(proof(&source, Some(wrong), body), Proof::Wrong, "{wrong}");
    }
}

#[test]
fn without_a_secret_nothing_is_asked() {
    assert_eq!(proof(&source(Verification::None), None, "x"), Proof::NotAsked);
}

fn read(content_type: &str, body: &[u8]) -> Option<Result<Value, Faults>> {
    let encoding = Encoding::of(content_type)?;
    let delivery = Delivery { content_type: String::new(), encoding, body: body.to_vec() };
    let read_json: ReadJson = |body| Ok(serde_json::from_slice(body).unwrap());
    Some(payload::read(&delivery, read_json))
}

#[test]
fn a_form_is_a_flat_object_of_texts() {
    let form = "application/x-www-form-urlencoded; charset=UTF-8";

    let fields = read(form, b"1.3=Da+na&ticked=a&ticked=b&ticked=c&empty=&%C3%BC=%26").unwrap();

    let expected = json!({ "1.3": "Da na", "ticked": ["a", "b", "c"], "empty": "", "ü": "&" });
    assert_eq!(fields, Ok(expected));
    for bad in [&b"a=%ff"[..], b"a=%00", b"%ff=a"] {
        assert!(read(form, bad).unwrap().is_err(), "{bad:?}");
    }
    let many = "a=1&".repeat(3_000);
    assert!(read(form, many.as_bytes()).unwrap().is_err());
}

#[test]
fn content_types_are_told_apart() {
    for json in
        ["application/json", "Application/JSON; charset=utf-8", "application/cloudevents+json"]
    {
        assert_eq!(Encoding::of(json), Some(Encoding::Json), "{json}");
    }
    for other in
        ["", "text/plain", "multipart/form-data; boundary=x", "application/jsonp", "image/svg+json"]
    {
        assert_eq!(Encoding::of(other), None, "{other}");
    }
}

#[test]
fn every_scalar_has_a_text_and_a_list_of_them_too() {
    let text = |value: Value| payload::text(&value).ok().flatten();

    assert_eq!(text(json!(15_125_550_142_i64)).as_deref(), Some("15125550142"));
    assert_eq!(text(json!(true)).as_deref(), Some("true"));
    assert_eq!(text(json!(["a", 1, null])).as_deref(), Some("a, 1"));
    assert_eq!(text(json!(null)), None);
    assert!(payload::text(&json!({})).is_err() && payload::text(&json!([[]])).is_err());
}
