use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

use super::GoogleEndpoints;
use super::errors::{Grant, token_error};
use crate::error::ProviderError;
use crate::exchange::Call;
use crate::http::{Answer, Http, Request};

/// What we ask a host for: to write bookings, to read availability, and to list calendars.
/// Each call's own scope is checked by Google, and `calendar.events` covers neither of the others.
pub const SCOPES: [&str; 3] = [
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/calendar.freebusy",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
];

/// The one scope that includes all of [`SCOPES`].
const FULL_ACCESS: &str = "https://www.googleapis.com/auth/calendar";

/// A lifetime beyond this is not believed; Google's tokens live for about an hour.
const LONGEST_TOKEN_LIFE: u64 = 24 * 60 * 60;

/// Our registration with Google, and the three calls that turn consent into access tokens.
#[derive(Debug, Clone)]
pub struct GoogleOAuth {
    /// From Google's console.
    pub client_id: String,
    /// From Google's console; ours, never a host's.
    pub client_secret: SecretString,
    /// Must equal a registered one to the letter.
    pub redirect_uri: Url,
    /// Where Google is.
    pub endpoints: GoogleEndpoints,
}

/// What the token endpoint granted.
#[derive(Debug, Clone)]
pub struct TokenGrant {
    /// Sent as `Authorization: Bearer`.
    pub access_token: SecretString,
    /// From the moment of the answer.
    pub expires_in: Duration,
    /// Only in answer to a code, and then only with offline access; a refresh keeps the old one.
    pub refresh_token: Option<SecretString>,
    /// What the host really granted: single scopes can be unticked.
    pub scopes: BTreeSet<String>,
}

impl GoogleOAuth {
    /// Where to send the host's browser. `state` comes back unchanged and must be bound to that
    /// browser; `pkce_challenge` is [`pkce_challenge`] of a verifier kept for the exchange.
    ///
    /// Scopes granted earlier are deliberately not merged in (`include_granted_scopes`): a combined
    /// grant dies as a whole, for every client of the project. Consent is always shown, since only
    /// then is a refresh token certain to be issued.
    pub fn authorize_url(
        &self,
        state: &str,
        pkce_challenge: &str,
        login_hint: Option<&str>,
    ) -> Url {
        let mut url = self.endpoints.auth_url.clone();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("response_type", "code")
            .append_pair("scope", &SCOPES.join(" "))
            .append_pair("access_type", "offline")
            .append_pair("prompt", "consent")
            .append_pair("state", state)
            .append_pair("code_challenge", pkce_challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(login_hint.map(|hint| ("login_hint", hint)));
        url
    }

    /// Turns the code from the callback into tokens. Never repeat it after a lost answer: a code
    /// works once, so the host consents again. A dead code is [`ProviderError::Refused`].
    pub async fn exchange_code(&self, http: &Http, code: &str, verifier: &str) -> Call<TokenGrant> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", verifier),
        ];
        let request = self.token_request(&fields).secret(code).secret(verifier);
        http.call(request, |answer| read_grant(answer, Grant::Code)).await
    }

    /// A fresh access token. A dead refresh token is [`ProviderError::ConnectionRevoked`]; a wrong
    /// client secret of ours is [`ProviderError::ClientCredentials`]. Safe to repeat.
    pub async fn refresh(&self, http: &Http, refresh_token: &SecretString) -> Call<TokenGrant> {
        let token = refresh_token.expose_secret();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let request = self.token_request(&fields).secret(token);
        http.call(request, |answer| read_grant(answer, Grant::Refresh)).await
    }

    /// Gives a grant back, by its access or refresh token. One that is dead already is refused
    /// with 400, which the caller may take for success.
    pub async fn revoke(&self, http: &Http, token: &SecretString) -> Call<()> {
        let fields = vec![("token".to_owned(), token.expose_secret().to_owned())];
        let request = Request::new(Method::POST, self.endpoints.revoke_url.clone())
            .form(fields)
            .secret(token.expose_secret());
        http.call(request, |answer| {
            if answer.is_success() { Ok(()) } else { Err(token_error(&answer, Grant::Code)) }
        })
        .await
    }

    fn token_request(&self, fields: &[(&str, &str)]) -> Request {
        let secret = self.client_secret.expose_secret();
        let client = [("client_id", self.client_id.as_str()), ("client_secret", secret)];
        let form = fields.iter().chain(&client).map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Request::new(Method::POST, self.endpoints.token_url.clone())
            .form(form.collect())
            .secret(secret)
    }
}

/// The S256 challenge for a PKCE verifier (RFC 7636, section 4.2).
pub fn pkce_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Which of [`SCOPES`] the host did not grant; empty when all is well.
pub fn missing_scopes(grant: &TokenGrant) -> Vec<&'static str> {
    if grant.scopes.contains(FULL_ACCESS) {
        return Vec::new();
    }
    SCOPES.into_iter().filter(|scope| !grant.scopes.contains(*scope)).collect()
}

#[derive(Deserialize)]
struct WireGrant {
    access_token: Option<String>,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    scope: Option<String>,
}

pub(super) fn read_grant(answer: Answer, grant: Grant) -> Result<TokenGrant, ProviderError> {
    if !answer.is_success() {
        return Err(token_error(&answer, grant));
    }
    let wire: WireGrant = answer.json("a token")?;
    // Google answers a misspelt scope with 200 and no access token.
    let token = wire.access_token.filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| ProviderError::malformed("an access token"))?;
    let seconds = wire.expires_in.ok_or_else(|| ProviderError::malformed("a token's lifetime"))?;
    Ok(TokenGrant {
        access_token: token.into(),
        expires_in: Duration::from_secs(seconds.min(LONGEST_TOKEN_LIFE)),
        refresh_token: wire.refresh_token.filter(|token| !token.is_empty()).map(Into::into),
        scopes: granted_scopes(wire.scope.as_deref()),
    })
}

/// A missing `scope` means "as asked for" (RFC 6749, section 5.1).
fn granted_scopes(scope: Option<&str>) -> BTreeSet<String> {
    match scope {
        Some(list) => list.split_ascii_whitespace().map(str::to_owned).collect(),
        None => SCOPES.into_iter().map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::HeaderMap;

    use super::*;

    fn grant(body: &str) -> Result<TokenGrant, ProviderError> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let answer = Answer { status: 200, headers: HeaderMap::new(), body, cut_short: None };
        read_grant(answer, Grant::Code)
    }

    #[test]
    fn the_challenge_is_the_one_of_the_standard() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"; // RFC 7636, appendix B

        assert_eq!(pkce_challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn an_unticked_scope_is_noticed() {
        let grant = grant(&format!(
            r#"{{"access_token":"a","expires_in":3599,"scope":"{} {}","extra":[1]}}"#,
            SCOPES[0], SCOPES[2]
        ))
        .expect("a grant");

        assert_eq!(missing_scopes(&grant), [SCOPES[1]]);
        assert_eq!(grant.expires_in, Duration::from_secs(3599));
        assert!(grant.refresh_token.is_none());
    }

    #[test]
    fn full_access_covers_everything_and_a_missing_scope_means_as_asked() {
        let full = r#"{"access_token":"a","expires_in":1,"scope":"https://www.googleapis.com/auth/calendar"}"#;

        assert!(missing_scopes(&grant(full).expect("a grant")).is_empty());
        let silent = grant(r#"{"access_token":"a","expires_in":1}"#).expect("a grant");
        assert!(missing_scopes(&silent).is_empty());
    }

    #[test]
    fn an_answer_without_an_access_token_is_no_grant() {
        for body in [r#"{"id_token":"x","expires_in":1}"#, r#"{"access_token":"","expires_in":1}"#]
        {
            assert!(matches!(grant(body), Err(ProviderError::OutcomeUnknown(_))), "{body}");
        }
    }

    #[test]
    fn tokens_do_not_show_in_debug_output() {
        let grant = grant(r#"{"access_token":"ya29.x","expires_in":1,"refresh_token":"1//y"}"#);

        let shown = format!("{grant:?}");

        assert!(!shown.contains("ya29") && !shown.contains("1//y"), "{shown}");
    }
}
