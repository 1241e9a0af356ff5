//! Addresses of the web: ours and the providers'.

use std::fmt;

use secrecy::SecretString;
use url::Url;

use super::fault::Expected;

/// How the outside reaches the server: `http` or `https`, perhaps with a path, never with a slash
/// at the end, so that a path can be put behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl(Url);

impl PublicUrl {
    pub(super) fn parse(text: &str) -> Result<Self, Expected> {
        base(text).map(Self)
    }

    /// The URL of a path of ours, which begins with a slash.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// Without a slash at the end.
impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

const EXPECTED_BASE: Expected =
    Expected("an http or https URL without user, password, query and fragment");

/// A URL that paths are put behind.
pub(super) fn base(text: &str) -> Result<Url, Expected> {
    let url = endpoint(text).map_err(|_refused| EXPECTED_BASE)?;
    if url.query().is_none() { Ok(url) } else { Err(EXPECTED_BASE) }
}

/// A URL that is called as it is.
pub(super) fn endpoint(text: &str) -> Result<Url, Expected> {
    let expected = Expected("an http or https URL without user, password and fragment");
    let url = Url::parse(text).map_err(|_refused| expected)?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && !text.contains(char::is_whitespace)
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none();
    if plain { Ok(url) } else { Err(expected) }
}

/// A URL whose path is the secret.
pub(super) fn secret_endpoint(text: &str) -> Result<SecretString, Expected> {
    endpoint(text).map(|url| SecretString::from(String::from(url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_behind_the_public_url_with_one_slash() {
        for (text, shown, joined) in [
            ("https://book.example", "https://book.example", "https://book.example/b/1"),
            ("https://book.example/", "https://book.example", "https://book.example/b/1"),
            ("http://x.example:8080/a/", "http://x.example:8080/a", "http://x.example:8080/a/b/1"),
        ] {
            let url = PublicUrl::parse(text).expect(text);

            assert_eq!(url.to_string(), shown);
            assert_eq!(url.join("/b/1").as_str(), joined);
            assert_eq!(url.is_https(), text.starts_with("https"));
        }
    }

    #[test]
    fn only_plain_web_addresses_are_taken() {
        for text in [
            "book.example",
            "/b",
            "ftp://book.example",
            "javascript:alert(1)",
            "https://",
            "https://ada@book.example",
            "https://ada:hunter2@book.example",
            "https://book.example/#top",
            "https://book.example/ x",
        ] {
            assert!(endpoint(text).is_err(), "{text}");
            assert!(base(text).is_err(), "{text}");
            assert!(secret_endpoint(text).is_err(), "{text}");
        }
        assert!(endpoint("https://book.example/?a=b").is_ok());
        assert!(base("https://book.example/?a=b").is_err());
    }
}
