//! A service account with domain-wide delegation: acts for any account of a Workspace whose
//! administrator trusts it, so that no host has to consent.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use reqwest::Method;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::GoogleEndpoints;
use super::errors::Grant;
use super::oauth::{SCOPES, TokenGrant, read_grant};
use crate::exchange::Call;
use crate::http::{Http, Request};

/// The grant type of an assertion (RFC 7523, section 2.1).
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// How long an assertion is good for, in seconds: the longest that Google takes.
const ASSERTION_LIFE: i64 = 3_600;

/// A service account and its key. `Debug` shows nothing of the key but its public half.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    /// Its address; what Google knows it by.
    pub email: String,
    key_id: String,
    key: Arc<RsaKeyPair>,
    /// Where Google is.
    pub endpoints: GoogleEndpoints,
}

/// Why a key file cannot be used. Shows no part of it: it is a secret.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It is something else altogether.
    #[error("it is not the JSON of a key file (line {line}, column {column})")]
    Json {
        /// Where reading ended, from 1.
        line: usize,
        /// The same within the line.
        column: usize,
    },
    /// The key of another kind of account, or the registration of a client.
    #[error("its `type` is not \"service_account\"")]
    OtherKind,
    /// Something is missing.
    #[error("it has no `{0}`")]
    Missing(&'static str),
    /// The key is no PEM, or not in PKCS#8.
    #[error("its `private_key` is not a PEM block \"PRIVATE KEY\"")]
    NoPem,
    /// The key is of another kind, or too short.
    #[error("its `private_key` is not an RSA key of 2048 to 4096 bits")]
    NoRsaKey,
}

#[derive(Deserialize)]
struct KeyFile {
    #[serde(rename = "type")]
    kind: Option<String>,
    client_email: Option<String>,
    private_key: Option<String>,
    private_key_id: Option<String>,
}

impl ServiceAccount {
    /// Reads a key file as Google's console hands it out. The addresses in it are left aside: where
    /// Google is, the operator's configuration says.
    pub fn from_key_file(json: &str, endpoints: GoogleEndpoints) -> Result<Self, KeyFileError> {
        let file: KeyFile = serde_json::from_str(json)
            .map_err(|error| KeyFileError::Json { line: error.line(), column: error.column() })?;
        if file.kind.as_deref() != Some("service_account") {
            return Err(KeyFileError::OtherKind);
        }
        let given = |name, value: Option<String>| {
            value.filter(|value| !value.is_empty()).ok_or(KeyFileError::Missing(name))
        };
        let email = given("client_email", file.client_email)?;
        let key_id = given("private_key_id", file.private_key_id)?;
        let pem = given("private_key", file.private_key)?;
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_quotes_the_key| KeyFileError::NoPem)?;
        let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())
            .map_err(|_says_no_more| KeyFileError::NoRsaKey)?;
        Ok(Self { email, key_id, key: Arc::new(key), endpoints })
    }

    /// An access token for an account; there is no refresh token, the next one is asked for in the
    /// same way. An account that the service account may not act for is
    /// [`ProviderError::ConnectionRevoked`]; a key that Google does not know any more is
    /// [`ProviderError::ClientCredentials`]. Safe to repeat.
    ///
    /// [`ProviderError::ConnectionRevoked`]: crate::ProviderError::ConnectionRevoked
    /// [`ProviderError::ClientCredentials`]: crate::ProviderError::ClientCredentials
    pub async fn access_token(
        &self,
        http: &Http,
        account: &str,
        now: Timestamp,
    ) -> Call<TokenGrant> {
        let assertion = self.assertion(account, now);
        let request = Request::new(Method::POST, self.endpoints.token_url.clone())
            .secret(&assertion)
            .form(vec![
                ("grant_type".to_owned(), JWT_BEARER.to_owned()),
                ("assertion".to_owned(), assertion),
            ]);
        http.call(request, |answer| read_grant(answer, Grant::Assertion)).await
    }

    /// A signed JWT (RFC 7515) that says for whom a token is wanted, and what for.
    fn assertion(&self, account: &str, now: Timestamp) -> String {
        let iat = now.as_second();
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id });
        let claims = json!({
            "iss": self.email,
            "sub": account,
            "scope": SCOPES.join(" "),
            "aud": self.endpoints.token_url.as_str(),
            "iat": iat,
            "exp": iat + ASSERTION_LIFE,
        });
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("a key that was read signs, into as many bytes as its modulus has");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    const KEY: &str = include_str!("../../tests/keys/service-account.pem");

    fn file() -> Value {
        json!({
            "type": "service_account", "client_email": "robot@project.iam.example",
            "private_key_id": "k1", "private_key": KEY, "token_uri": "https://elsewhere.example/",
        })
    }

    fn read(file: &Value) -> Result<ServiceAccount, KeyFileError> {
        ServiceAccount::from_key_file(&file.to_string(), GoogleEndpoints::default())
    }

    fn decoded(part: &str) -> Value {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    #[test]
    fn an_assertion_names_the_account_and_carries_a_signature_that_holds() {
        let service_account = read(&file()).expect("a key file");
        let now = "2026-12-01T18:00:00Z".parse().expect("an instant");

        let assertion = service_account.assertion("jane@agency.example", now);

        let (signed, signature) = assertion.rsplit_once('.').expect("three parts");
        let (header, claims) = signed.split_once('.').expect("three parts");
        assert_eq!(decoded(header), json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }));
        let expected = json!({
            "iss": "robot@project.iam.example", "sub": "jane@agency.example",
            "scope": SCOPES.join(" "), "aud": "https://oauth2.googleapis.com/token",
            "iat": now.as_second(), "exp": now.as_second() + 3_600,
        });
        assert_eq!(decoded(claims), expected);
        let public = service_account.key.public().as_ref();
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(signed.as_bytes(), &signature)
            .expect("the signature holds");
    }

    #[test]
    fn a_file_that_is_no_key_says_why_and_shows_nothing_of_itself() {
        let table: [(&str, Value, &str); 6] = [
            ("type", "authorized_user".into(), "its `type` is not"),
            ("client_email", Value::Null, "no `client_email`"),
            ("private_key_id", "".into(), "no `private_key_id`"),
            ("private_key", Value::Null, "no `private_key`"),
            ("private_key", "s3cret".into(), "not a PEM block"),
            ("client_email", 1.into(), "not the JSON of a key file"),
        ];
        for (member, value, expected) in table {
            let mut file = file();
            file[member] = value;

            let error = read(&file).expect_err(member).to_string();

            assert!(error.contains(expected), "{member}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        let public = include_str!("../../tests/keys/service-account.pub.pem");
        let swapped = KEY.lines().next().expect("a first line");
        let mangled = public
            .replace("-----BEGIN PUBLIC KEY-----", swapped)
            .replace("-----END PUBLIC KEY-----", "-----END PRIVATE KEY-----");
        let mut file = file();
        file["private_key"] = mangled.into();
        assert!(matches!(read(&file), Err(KeyFileError::NoRsaKey)));
        let nothing = ServiceAccount::from_key_file("", GoogleEndpoints::default());
        assert!(matches!(nothing, Err(KeyFileError::Json { .. })));
    }

    #[test]
    fn the_key_does_not_show_in_debug_output() {
        let shown = format!("{:?}", read(&file()).expect("a key file"));

        let second_line = KEY.lines().nth(1).expect("a second line");
        assert!(!shown.contains(second_line) && !shown.contains("PRIVATE"), "{shown}");
    }
}
