//! Style sheet, modules and images, built into the binary.
//!
//! A page names an asset with the hash of its content, so a browser may keep it for ever and still
//! gets the new one after an upgrade. Without the hash, or with an old one, it has to ask again.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

struct Asset {
    name: &'static str,
    content_type: &'static str,
    body: &'static [u8],
    hash: String,
}

macro_rules! assets {
    ($($name:literal: $content_type:expr),+ $(,)?) => {
        [$(Asset::new($name, $content_type, include_bytes!(concat!("../../assets/", $name)))),+]
    };
}

static ASSETS: LazyLock<[Asset; 11]> = LazyLock::new(|| {
    assets! {
        "doorstep.css": CSS,
        "embed.js": JAVASCRIPT,
        "favicon.svg": SVG,
        "frame.js": JAVASCRIPT,
        "logo.svg": SVG,
        "pending.js": JAVASCRIPT,
        "picker.js": JAVASCRIPT,
        "street.svg": SVG,
        "closed-door.svg": SVG,
        "submit.js": JAVASCRIPT,
        "zone.js": JAVASCRIPT,
    }
});

impl Asset {
    fn new(name: &'static str, content_type: &'static str, body: &'static [u8]) -> Self {
        let mut hash = String::new();
        for byte in Sha256::digest(body).iter().take(8) {
            write!(hash, "{byte:02x}").expect("a string takes every write");
        }
        Self { name, content_type, body, hash }
    }
}

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The address a page uses. An unknown name has no hash, and no asset either.
pub(super) fn address(name: &str) -> String {
    let hash = find(name).map_or("", |asset| asset.hash.as_str());
    format!("/assets/{name}?v={hash}")
}

/// `GET /assets/{name}`, `GET /embed.js` and `GET /favicon.ico`. They change nothing, need no key and no rate limit.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/assets/{name}", get(asset))
        .route("/embed.js", get(async |headers: HeaderMap| named("embed.js", &headers)))
        .route("/favicon.ico", get(async |headers: HeaderMap| named("favicon.svg", &headers)))
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    v: String,
}

async fn asset(
    Path(name): Path<String>,
    Query(Version { v }): Query<Version>,
    headers: HeaderMap,
) -> Response {
    find(&name).map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |asset| answer(asset, v == asset.hash, &headers),
    )
}

/// Agencies put one of these addresses into their own pages, and browsers guess the other, so they
/// can never carry a hash.
fn named(name: &str, headers: &HeaderMap) -> Response {
    find(name).map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |asset| answer(asset, false, headers),
    )
}

fn answer(asset: &'static Asset, forever: bool, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", asset.hash);
    let keep = if forever { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    let known = headers.get_all(IF_NONE_MATCH).iter().any(|seen| seen.as_bytes() == tag.as_bytes());
    if known {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag.as_str()), (CACHE_CONTROL, keep)])
            .into_response();
    }
    let about = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, keep),
        (ETAG, tag.as_str()),
        (http::header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (about, asset.body).into_response()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use axum::body::Body;
    use http::Request;
    use tower::ServiceExt as _;

    use super::*;

    async fn get(path: &str, seen: Option<&str>) -> Response {
        let mut request = Request::get(path);
        if let Some(tag) = seen {
            request = request.header(IF_NONE_MATCH, tag);
        }
        router::<()>().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn header(response: &Response, name: http::HeaderName) -> String {
        response.headers()[name].to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn an_asset_named_with_its_hash_is_kept_for_ever() {
        let response = get(&address("doorstep.css"), None).await;

        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, CONTENT_TYPE), CSS);
        assert!(header(&response, CACHE_CONTROL).contains("immutable"));
    }

    #[tokio::test]
    async fn an_asset_named_with_an_old_hash_is_asked_for_again() {
        let response = get("/assets/doorstep.css?v=0123456789abcdef", None).await;

        assert!(!header(&response, CACHE_CONTROL).contains("immutable"));

        let again = get("/assets/doorstep.css", Some(&header(&response, ETAG))).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn the_embedding_script_has_an_address_of_its_own() {
        let response = get("/embed.js", None).await;

        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, CONTENT_TYPE), JAVASCRIPT);
    }

    #[tokio::test]
    async fn a_path_never_leaves_the_assets() {
        for path in ["/assets/nothing.css", "/assets/..%2f..%2fCargo.toml", "/assets/%00"] {
            assert_eq!(get(path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
