//! Whether a webhook is Twilio's: HMAC-SHA1 over the URL as Twilio called it and the form's fields.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Whether `signature` (the header `X-Twilio-Signature`) is right for any of the URLs. `urls` are
/// what the outside may have called, see [`url_candidates`]; `fields` are all decoded form fields,
/// and none for a GET or a JSON body, which also needs [`body_hash_matches`].
pub fn verify(
    auth_token: &SecretString,
    urls: &[String],
    fields: &[(String, String)],
    signature: &str,
) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    let tail = signed_fields(fields);
    urls.iter().any(|url| {
        let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.expose_secret().as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(url.as_bytes());
        mac.update(tail.as_bytes());
        mac.verify_slice(&signature).is_ok() // Compares in constant time.
    })
}

/// Keys in byte order, each before each of its distinct values in byte order. Sorting the joined
/// pairs instead would differ where one key begins with another.
fn signed_fields(fields: &[(String, String)]) -> String {
    let mut sorted = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (key, value) in fields {
        sorted.entry(key).or_default().insert(value);
    }
    let pairs = sorted.iter().flat_map(|(key, values)| values.iter().map(move |v| [*key, *v]));
    pairs.flatten().collect()
}

/// The forms of one public URL that Twilio may have signed: as it is, without its port, with the
/// scheme's default port, and each with an apostrophe in the query encoded or not. Works on the
/// text, because a parsed URL would lose the host's letter case, which is signed too.
pub fn url_candidates(url: &str) -> Vec<String> {
    let url = url.split('#').next().unwrap_or_default();
    let mut candidates = vec![url.to_owned()];
    if let Some((scheme, rest)) = url.split_once("://") {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let bare = without_port(authority);
        let port = if scheme.eq_ignore_ascii_case("http") { 80 } else { 443 };
        candidates.push(format!("{scheme}://{bare}{tail}"));
        if bare == authority {
            candidates.push(format!("{scheme}://{bare}:{port}{tail}"));
        }
    }
    let reencoded: Vec<_> = candidates.iter().filter_map(|url| apostrophe_swapped(url)).collect();
    candidates.extend(reencoded);
    candidates
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.is_empty() => host,
        Some(_) | None => authority,
    }
}

/// Twilio's own library tries this as well: `'` and `%27` both occur.
fn apostrophe_swapped(url: &str) -> Option<String> {
    let (path, query) = url.split_once('?')?;
    if query.contains('\'') {
        Some(format!("{path}?{}", query.replace('\'', "%27")))
    } else if query.contains("%27") {
        Some(format!("{path}?{}", query.replace("%27", "'")))
    } else {
        None
    }
}

/// Whether the URL's query parameter `bodySHA256` is the hash of this body. `false` without one.
pub fn body_hash_matches(url: &str, body: &[u8]) -> bool {
    let Some((_, query)) = url.split_once('?') else { return false };
    let hash = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "bodySHA256");
    // Not a secret: the parameter is covered by the signature, and anyone can compute the hash.
    hash.is_some_and(|(_, hash)| hash.eq_ignore_ascii_case(&hash_of(body)))
}

fn hash_of(body: &[u8]) -> String {
    format!("{:x}", Bytes::copy_from_slice(&Sha256::digest(body)))
}
