//! Does a request come from our own pages? (pure)
//!
//! A browser attaches its cookie to whatever page makes it send something. It also says where that page came
//! from, in headers that no page can forge: `Sec-Fetch-Site`, and before that was there, `Origin`. Everything
//! that has an effect, and every WebSocket, must come from our own origin or from no browser at all.

use http::{HeaderMap, header};

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) headers: &'a HeaderMap,
    /// The request shows the sign-in cookie, which a browser attaches by itself.
    pub(super) by_cookie: bool,
    /// A WebSocket.
    pub(super) socket: bool,
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    /// It comes from a page of another origin; which.
    Page(String),
    /// It shows a cookie and does not say where it comes from.
    Silent,
}

/// Refuses what another origin's page made a browser send. `addresses` are the `host:port` under which this
/// manager is known.
///
/// # Errors
/// [`Foreign`] with what to tell.
pub(super) fn check(asked: Asked<'_>, addresses: &[String]) -> Result<(), Foreign> {
    let text = |name: &str| asked.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let origin = text(header::ORIGIN.as_str());
    // Newer browsers say it themselves. A WebSocket's handshake is only believed by its `Origin`: not every
    // browser sends the newer header there.
    match text("sec-fetch-site") {
        Some("same-origin") if !asked.socket || origin.is_none() => return Ok(()),
        Some("cross-site" | "same-site" | "none")
            if !origin.is_some_and(|origin| is_ours(origin, &asked, addresses)) =>
        {
            return Err(Foreign::Page(origin.unwrap_or("another site").to_owned()));
        }
        _ => {}
    }
    match origin {
        Some(origin) if is_ours(origin, &asked, addresses) => Ok(()),
        Some(origin) => Err(Foreign::Page(origin.to_owned())),
        // Programs send no `Origin`. With a cookie they must show that they are no form on a page: a page
        // can't add a header of its own without asking us first, and we never agree.
        None if asked.by_cookie && !asked.headers.contains_key("x-crane") => Err(Foreign::Silent),
        None => Ok(()),
    }
}

/// Whether `origin` is a page that this manager served: the address that was asked, or one it is known by.
fn is_ours(origin: &str, asked: &Asked<'_>, addresses: &[String]) -> bool {
    let Some(place) = origin.strip_prefix("https://") else {
        return false;
    };
    let place = with_port(place);
    let host = asked.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| with_port(host).eq_ignore_ascii_case(&place))
        || addresses
            .iter()
            .any(|address| with_port(address).eq_ignore_ascii_case(&place))
}

/// Browsers leave out the port 443.
fn with_port(place: &str) -> String {
    let after_host = place
        .rfind(']')
        .map_or(place, |end| place.get(end..).unwrap_or_default());
    if after_host.contains(':') {
        place.to_owned()
    } else {
        format!("{place}:443")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const KNOWN: &str = "panel.example.org:443";

    fn ask(by_cookie: bool, socket: bool, lines: &str) -> &'static str {
        let mut headers = HeaderMap::new();
        for line in lines.split(" | ").filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(
                http::HeaderName::from_bytes(name.to_lowercase().as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        match check(
            Asked {
                headers: &headers,
                by_cookie,
                socket,
            },
            &[KNOWN.to_owned()],
        ) {
            Ok(()) => "ok",
            Err(Foreign::Page(_)) => "foreign",
            Err(Foreign::Silent) => "silent",
        }
    }

    #[test]
    fn a_browser_must_come_from_our_own_page() {
        for (lines, expected) in [
            (
                "Host: m:7443 | Sec-Fetch-Site: same-origin | Origin: https://m:7443",
                "ok",
            ),
            ("Host: m:7443 | Sec-Fetch-Site: same-origin", "ok"),
            ("Host: m:7443 | Origin: https://m:7443", "ok"),
            ("Host: M:7443 | Origin: https://m:7443", "ok"),
            ("Host: [::1]:7443 | Origin: https://[::1]:7443", "ok"),
            ("Host: [::1] | Origin: https://[::1]", "ok"),
            // A proxy that ends TLS in front of us and changes `Host`: good when the address is listed.
            ("Host: 127.0.0.1:7443 | Origin: https://panel.example.org", "ok"),
            ("Host: 127.0.0.1:7443 | Origin: https://panel.example.org:443", "ok"),
            ("Host: 127.0.0.1:7443 | Origin: https://unlisted.example.org", "foreign"),
            ("Host: m:7443 | Origin: https://evil.example", "foreign"),
            ("Host: m:7443 | Origin: https://m:7444", "foreign"),
            ("Host: m:7443 | Origin: https://m", "foreign"),
            ("Host: m:7443 | Origin: http://m:7443", "foreign"),
            ("Host: m:7443 | Origin: null", "foreign"),
            ("Host: m:7443 | Origin: https://m:7443.evil.example", "foreign"),
            ("Host: m:7443 | Sec-Fetch-Site: cross-site", "foreign"),
            (
                "Host: m:7443 | Sec-Fetch-Site: same-site | Origin: https://other.m:7443",
                "foreign",
            ),
            ("Host: m:7443 | Sec-Fetch-Site: none", "foreign"),
            ("Host: m:7443", "silent"),
            ("Host: m:7443 | X-Crane: 1", "ok"),
            ("Host: m:7443 | X-Crane: 1 | Origin: https://evil.example", "foreign"),
        ] {
            assert_eq!(ask(true, false, lines), expected, "{lines}");
            // The same for whoever has no cookie, except that a program need not say anything.
            let expected = if expected == "silent" { "ok" } else { expected };
            assert_eq!(ask(false, false, lines), expected, "without cookie: {lines}");
        }
    }

    #[test]
    fn a_socket_is_believed_by_its_origin() {
        for (lines, expected) in [
            ("Host: m:7443 | Origin: https://m:7443", "ok"),
            (
                "Host: m:7443 | Origin: https://m:7443 | Sec-Fetch-Site: same-origin",
                "ok",
            ),
            (
                "Host: m:7443 | Origin: https://evil.example | Sec-Fetch-Site: same-origin",
                "foreign",
            ),
            ("Host: m:7443 | Origin: https://evil.example", "foreign"),
            ("Host: m:7443 | Sec-Fetch-Site: cross-site", "foreign"),
            ("Host: m:7443", "silent"),
        ] {
            assert_eq!(ask(true, true, lines), expected, "{lines}");
        }
        assert_eq!(ask(false, true, "Host: m:7443"), "ok", "a program with a token");
    }
}
