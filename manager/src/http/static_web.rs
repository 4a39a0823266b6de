//! The dashboard, out of the manager's own binary.
//!
//! Files under `assets/` have their hash in their name and are kept for ever; everything else is asked for
//! again each time. Any path that is no file is the front page: the page itself knows what to show.

use super::error::{Answer, ApiError};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::Embed;
use warp::reply::Response;

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../web/dist"]
struct Dist;

/// Shown when the binary was built without the dashboard.
const WITHOUT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Crane</title>\
<body><p>This crane-manager was built without its dashboard. Build it with <code>make</code>, or use the \
<code>crane</code> command line.</p></body></html>";

/// Whether the dashboard is in this binary.
#[must_use]
pub(crate) fn is_built_in() -> bool {
    Dist::get("index.html").is_some()
}

/// The file at `path`, or the front page.
pub(super) fn serve(path: &str, headers: &HeaderMap) -> Answer {
    let path = path.trim_start_matches('/');
    match Dist::get(path).filter(|_| path != "index.html") {
        Some(file) => Ok(asset(path, &file, headers)),
        // A missing file is not a page: a browser that wants a script must not get HTML.
        None if path.starts_with("assets/") => Err(ApiError::not_found("this file").hint("Load the page again.")),
        None => Ok(page(headers)),
    }
}

fn asset(path: &str, file: &rust_embed::EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = format!(
        "\"{}\"",
        hex::encode(file.metadata.sha256_hash().get(..16).unwrap_or_default())
    );
    let fresh = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if fresh {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(file.data.to_vec().into())
    };
    let keep = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(media(path)));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        out.insert(header::ETAG, tag);
    }
    response
}

/// The front page. Its policy allows our own files and nothing inline; what libraries put into `<style>` the
/// dashboard turns into constructed style sheets (`web/src/ui/strict-styles.ts`).
fn page(headers: &HeaderMap) -> Response {
    let mut response = match Dist::get("index.html") {
        Some(file) => asset("index.html", &file, headers),
        None => {
            let mut response = Response::new(WITHOUT.into());
            let html = HeaderValue::from_static(media("index.html"));
            response.headers_mut().insert(header::CONTENT_TYPE, html);
            response
        }
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    out.insert("permissions-policy", HeaderValue::from_static(FEATURES));
    response
}

/// What a page may load and do. The same as in `web/vite.config.ts`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; \
    require-trusted-types-for 'script'";
/// What a page never needs.
const FEATURES: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";

fn media(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_runs_nothing_inline() {
        let response = page(&HeaderMap::new());
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(!policy.contains("unsafe") && policy.contains("default-src 'none'; script-src 'self';"));
    }

    #[test]
    fn any_path_is_the_front_page_but_a_missing_file_is_missing() {
        assert_eq!(
            serve("/containers/abc", &HeaderMap::new()).unwrap().status(),
            StatusCode::OK
        );
        assert_eq!(
            serve("/../../etc/passwd", &HeaderMap::new()).unwrap().headers()[header::CONTENT_TYPE],
            "text/html; charset=utf-8"
        );
        assert_eq!(
            serve("/assets/old-1234.js", &HeaderMap::new()).unwrap_err().status(),
            StatusCode::NOT_FOUND
        );
    }
}
