//! Consent, codes, tokens, revocation.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use crate::bench::{Answer, Bench};

const BACK: &str = "https://book.example.org/oauth/google/callback";
const EVENTS_SCOPE: &str = "https://www.googleapis.com/auth/calendar.events";
const BUSY_SCOPE: &str = "https://www.googleapis.com/auth/calendar.freebusy";
const ROBOT: &str = "robot@project.iam.example";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-allowed-1234";

/// The authorisation request as a query, with `more` appended.
fn request(more: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()));
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("client_id", "sandbox-client"),
            ("redirect_uri", BACK),
            ("response_type", "code"),
            ("scope", &format!("{EVENTS_SCOPE} {BUSY_SCOPE}")),
            ("state", "st/ate"),
            ("access_type", "offline"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ])
        .extend_pairs(more)
        .finish()
}

async fn decide(
    bench: &Bench,
    more: &[(&str, &str)],
    form: &[(&str, &str)],
) -> Vec<(String, String)> {
    let path = format!("/o/oauth2/v2/auth?{}", request(more));
    let answer = bench.post_form(&path, form).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let back = Url::parse(answer.headers["location"].to_str().unwrap()).unwrap();
    assert!(back.as_str().starts_with(BACK));
    back.query_pairs().into_owned().collect()
}

fn named<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

async fn allow(bench: &Bench, more: &[(&str, &str)]) -> String {
    let form = [("decision", "allow"), ("account", "ann@example.com")];
    named(&decide(bench, more, &form).await, "code").to_owned()
}

async fn exchange(bench: &Bench, code: &str, verifier: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", "sandbox-client"),
        ("client_secret", "sandbox-secret"),
        ("redirect_uri", BACK),
        ("code_verifier", verifier),
    ];
    bench.post_form("/token", &form).await
}

async fn refresh(bench: &Bench, token: &Value, secret: &str) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str().unwrap()),
        ("client_id", "sandbox-client"),
        ("client_secret", secret),
    ];
    bench.post_form("/token", &form).await
}

#[tokio::test]
async fn consent_leads_to_tokens_that_work_for_an_hour() {
    let bench = Bench::start().await;
    let code = allow(&bench, &[]).await;

    let tokens = exchange(&bench, &code, VERIFIER).await.ok();

    assert_eq!(tokens["expires_in"], 3599);
    assert_eq!(tokens["scope"], format!("{EVENTS_SCOPE} {BUSY_SCOPE}"));
    let token = tokens["access_token"].as_str().unwrap();
    let list = async || {
        let url = format!("{}/calendar/v3/calendars/primary/events", bench.base);
        Answer::of(bench.http.get(url).bearer_auth(token)).await
    };
    assert_eq!(list().await.ok()["summary"], "ann@example.com");
    bench.advance(SignedDuration::from_secs(3_599));
    assert_eq!(list().await.reason(), (401, "authError"));
    let fresh = refresh(&bench, &tokens["refresh_token"], "sandbox-secret").await.ok();
    assert_eq!(fresh["refresh_token"], Value::Null);
    assert_ne!(fresh["access_token"], tokens["access_token"]);
}

#[tokio::test]
async fn a_code_is_good_once_and_only_with_its_verifier() {
    let bench = Bench::start().await;
    let code = allow(&bench, &[]).await;
    exchange(&bench, &code, VERIFIER).await.ok();

    let again = exchange(&bench, &code, VERIFIER).await;
    let stolen = exchange(&bench, &allow(&bench, &[]).await, "another verifier").await;
    let late = allow(&bench, &[]).await;
    bench.advance(SignedDuration::from_mins(11));
    let late = exchange(&bench, &late, VERIFIER).await;

    for refused in [again, stolen, late] {
        assert_eq!(
            (refused.status.as_u16(), &refused.json["error"]),
            (400, &"invalid_grant".into())
        );
    }
}

#[tokio::test]
async fn only_a_first_or_asked_for_consent_brings_a_refresh_token() {
    let bench = Bench::start().await;
    let tokens = async |more: &[(&str, &str)]| {
        let code = allow(&bench, more).await;
        exchange(&bench, &code, VERIFIER).await.ok()["refresh_token"].is_string()
    };

    assert!(tokens(&[]).await);
    assert!(!tokens(&[]).await);
    assert!(tokens(&[("prompt", "consent")]).await);
}

#[tokio::test]
async fn scopes_can_be_unticked_and_consent_denied() {
    let bench = Bench::start().await;
    let account = ("account", "ann@example.com");
    let one = [("decision", "allow"), account, ("per_scope", "1"), ("granted", BUSY_SCOPE)];
    let none = [("decision", "allow"), account, ("per_scope", "1")];

    let unticked = decide(&bench, &[], &one).await;
    let empty = decide(&bench, &[], &none).await;
    let denied = decide(&bench, &[], &[("decision", "deny"), account]).await;

    assert_eq!(named(&unticked, "scope"), BUSY_SCOPE);
    let tokens = exchange(&bench, named(&unticked, "code"), VERIFIER).await.ok();
    assert_eq!(tokens["scope"], BUSY_SCOPE);
    assert_eq!(named(&empty, "error"), "access_denied");
    assert_eq!(named(&denied, "error"), "access_denied");
    assert_eq!(named(&denied, "state"), "st/ate");
}

#[tokio::test]
async fn the_page_offers_accounts_and_shows_what_is_wrong() {
    let bench = Bench::with(|options| options.google_redirect_uris = vec![BACK.to_owned()]).await;
    bench.account("ann@example.com");

    let page = bench.get(&format!("/o/oauth2/v2/auth?{}", request(&[]))).await;
    let query = request(&[]).replace("callback", "callback%2F");
    let mismatch = bench.get(&format!("/o/oauth2/v2/auth?{query}")).await;
    let stranger = request(&[]).replace("sandbox-client", "someone-else");
    let stranger = bench.get(&format!("/_sandbox/o/oauth2/v2/auth?{stranger}")).await;

    assert!(page.text.contains("ann@example.com") && page.text.contains("calendar.freebusy"));
    assert_eq!(mismatch.status, 400);
    assert!(mismatch.text.contains("redirect_uri_mismatch"));
    assert_eq!(stranger.status, 401);
}

#[tokio::test]
async fn a_wrong_secret_is_the_clients_fault_and_harms_no_grant() {
    let bench = Bench::start().await;
    let code = allow(&bench, &[]).await;
    let tokens = exchange(&bench, &code, VERIFIER).await.ok();

    let wrong = refresh(&bench, &tokens["refresh_token"], "rotated").await;
    let basic = bench
        .http
        .post(format!("{}/token", bench.base))
        .basic_auth("sandbox-client", Some("sandbox-secret"))
        .form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ]);

    assert_eq!((wrong.status.as_u16(), &wrong.json["error"]), (401, &"invalid_client".into()));
    assert_eq!(Answer::of(basic).await.status, 200);
}

#[tokio::test]
async fn revoking_either_token_ends_both() {
    let bench = Bench::start().await;
    for kind in ["access_token", "refresh_token"] {
        let code = allow(&bench, &[("prompt", "consent")]).await;
        let tokens = exchange(&bench, &code, VERIFIER).await.ok();
        let form = [("token", tokens[kind].as_str().unwrap())];

        assert_eq!(bench.post_form("/revoke", &form).await.status, 200);
        assert_eq!(bench.post_form("/revoke", &form).await.status, 400);

        let refused = refresh(&bench, &tokens["refresh_token"], "sandbox-secret").await;
        assert_eq!(refused.json["error_description"], "Token has been expired or revoked.");
        let url = format!("{}/calendar/v3/calendars/primary/events", bench.base);
        let call = bench.http.get(url).bearer_auth(tokens["access_token"].as_str().unwrap());
        assert_eq!(Answer::of(call).await.reason(), (401, "authError"));
    }
}

#[tokio::test]
async fn a_service_account_acts_for_the_account_it_names() {
    let bench = Bench::start().await;
    bench.account("ann@example.com");
    bench.sandbox.google().trust_service_account(ROBOT, None, None);
    let now = bench.sandbox.now().as_second();
    let assertion = |change: &dyn Fn(&mut Value)| {
        let mut claims = serde_json::json!({
            "iss": ROBOT, "scope": EVENTS_SCOPE, "sub": "ann@example.com",
            "aud": "https://oauth2.googleapis.com/token", "iat": now, "exp": now + 3600,
        });
        change(&mut claims);
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        format!("{}.{}.signature", part("{\"alg\":\"RS256\"}"), part(&claims.to_string()))
    };
    let ask = async |assertion: String| {
        let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        bench.post_form("/token", &[("grant_type", grant), ("assertion", &assertion)]).await
    };

    let tokens = ask(assertion(&|_| {})).await.ok();
    let refused = [
        ask(assertion(&|claims| claims["sub"] = "nobody@example.com".into())).await,
        ask(assertion(&|claims| claims["iss"] = "other@project.iam.example".into())).await,
        ask(assertion(&|claims| claims["exp"] = (now + 7200).into())).await,
        ask(assertion(&|claims| claims["iat"] = (now + 301).into())).await,
        ask(assertion(&|claims| claims["aud"] = "https://example.com".into())).await,
    ];

    assert!(tokens["access_token"].is_string() && tokens["refresh_token"].is_null());
    assert!(refused.iter().all(|answer| answer.json["error"] == "invalid_grant"));
}

#[tokio::test]
async fn an_assertion_counts_where_its_signature_holds_and_its_scopes_are_delegated() {
    let bench = Bench::start().await;
    bench.account("ann@example.com");
    let now = bench.sandbox.now().as_second();
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = serde_json::json!({
        "iss": ROBOT, "scope": EVENTS_SCOPE, "sub": "ann@example.com",
        "aud": format!("{}/token", bench.base), "iat": now, "exp": now + 3600,
    });
    let signed = format!("{}.{}", part(serde_json::json!({ "alg": "RS256" })), part(claims));
    let assertion = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature(signed.as_bytes())));
    let ask = async |known: Value| {
        let answer = bench.post_json("/_sandbox/service-accounts", &known).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        let form = [("grant_type", grant), ("assertion", assertion.as_str())];
        let answer = bench.post_form("/token", &form).await;
        answer.json["error"].as_str().unwrap_or_default().to_owned()
    };
    let right = include_str!("../../../providers/tests/keys/service-account.pub.pem");
    let wrong = include_str!("../../../providers/tests/keys/other.pub.pem");
    let known = |key: &str, scopes: Value| serde_json::json!({ "client_email": ROBOT, "public_key": key, "scopes": scopes });

    assert_eq!(ask(known(right, Value::Null)).await, "");
    assert_eq!(ask(known(wrong, Value::Null)).await, "invalid_grant");
    assert_eq!(
        ask(known(right, serde_json::json!(["calendar.freebusy"]))).await,
        "unauthorized_client"
    );
    assert_eq!(ask(known(right, serde_json::json!(["calendar.events"]))).await, "");

    let no_key = known("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", Value::Null);
    assert_eq!(bench.post_json("/_sandbox/service-accounts", &no_key).await.status, 400);
}

fn signature(signed: &[u8]) -> Vec<u8> {
    use rustls::pki_types::PrivatePkcs8KeyDer;
    use rustls::pki_types::pem::PemObject as _;

    let pem = include_bytes!("../../../providers/tests/keys/service-account.pem");
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem).unwrap();
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed, &mut signature).unwrap();
    signature
}
