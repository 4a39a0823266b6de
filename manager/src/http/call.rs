use super::error::ApiError;
use super::table::Route;
use crate::access::Caller;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// A request that the guard let in.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) route: &'static Route,
    /// What stands where the route's path has braces.
    holes: Vec<String>,
    query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    body: Bytes,
    pub(super) from: IpAddr,
    /// Set on every route that is not open.
    pub(super) caller: Option<Caller>,
    /// It asks to become a WebSocket.
    pub(super) socket: bool,
    /// The connection's place; a socket keeps it for as long as it lives.
    pub(super) seat: Arc<Seat>,
}

/// A connection's place among all, and among those of its address.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) _overall: OwnedSemaphorePermit,
    pub(super) _address: super::server::AddressPlace,
}

impl Call {
    /// What the guard knows about a request.
    #[allow(
        clippy::too_many_arguments,
        reason = "made in one place, out of the parts of one request"
    )]
    pub(super) fn new(
        route: &'static Route,
        holes: Vec<String>,
        query: Option<&str>,
        headers: HeaderMap,
        body: Bytes,
        caller: Option<Caller>,
        socket: bool,
        (from, seat): (IpAddr, Arc<Seat>),
    ) -> Self {
        let query = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
        Self {
            route,
            holes,
            query,
            headers,
            body,
            from,
            caller,
            socket,
            seat,
        }
    }

    /// What `{id}` stood for.
    pub(super) fn id(&self) -> &str {
        self.holes.first().map_or("", String::as_str)
    }

    /// `{id}` as a checked id; what is none does not exist.
    pub(super) fn id_as<T: std::str::FromStr>(&self, what: &str) -> Result<T, ApiError> {
        self.id()
            .parse()
            .map_err(|_| ApiError::not_found(format!("{what} {}", self.id())))
    }

    /// The JSON body.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The position helps; the text may quote what was sent, and passwords are sent here.
            let what = if error.is_data() {
                "a field is missing, unknown or of the wrong kind"
            } else {
                "it is not JSON"
            };
            let place = format!("line {}, column {}", error.line(), error.column());
            ApiError::new(
                StatusCode::BAD_REQUEST,
                "invalid",
                format!("the body can't be read: {what} ({place})"),
            )
            .hint("/api/v1/openapi.json says what it must look like.")
        })
    }

    /// For lists that always come whole: a client that reads every list in pages may say so, and gets one page.
    pub(super) fn one_page(&self) -> Result<(), ApiError> {
        let mut query = self.query();
        query.number("limit", 1..=1000_u32)?;
        query.text("after");
        query.end()
    }

    /// The query's parameters; call [`Query::end`] when all were asked for.
    pub(super) const fn query(&self) -> Query<'_> {
        Query {
            pairs: self.query.as_slice(),
            known: Vec::new(),
        }
    }
}

/// Reads parameters one by one and refuses what nobody asked for, so that a typo is not a wrong answer.
pub(super) struct Query<'a> {
    pairs: &'a [(String, String)],
    known: Vec<&'static str>,
}

impl Query<'_> {
    /// The text of `name`; an empty one counts as left out.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.all(name).into_iter().next()
    }

    /// Every text of `name`.
    pub(super) fn all(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        let named = self
            .pairs
            .iter()
            .filter(|(key, value)| key == name && !value.is_empty());
        named.map(|(_, value)| value.clone()).collect()
    }

    /// A whole number within `range`.
    pub(super) fn number<T>(&mut self, name: &'static str, range: RangeInclusive<T>) -> Result<Option<T>, ApiError>
    where
        T: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text.parse::<T>().ok().filter(|number| range.contains(number));
        let wrong = || ApiError::invalid(name, format!("it must be {} to {}", range.start(), range.end()));
        number.ok_or_else(wrong).map(Some)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, ApiError> {
        match self.text(name).as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(ApiError::invalid(name, "it must be true or false")),
        }
    }

    /// Everything was asked for; what is left is a mistake.
    pub(super) fn end(self) -> Result<(), ApiError> {
        match self.pairs.iter().find(|(key, _)| !self.known.contains(&key.as_str())) {
            Some((key, _)) => Err(ApiError::invalid(key, "there is no such parameter here")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(String, String)]) -> Query<'_> {
        Query {
            pairs,
            known: Vec::new(),
        }
    }

    #[test]
    fn parameters_are_read_and_typos_are_told() {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(b"limit=10&q=a%20b&container=x&container=y&follow=true&state=")
                .into_owned()
                .collect();
        let mut reader = query(&pairs);
        assert_eq!(reader.number("limit", 1..=100).unwrap(), Some(10));
        assert_eq!(reader.text("q").unwrap(), "a b");
        assert_eq!(reader.all("container"), ["x", "y"]);
        assert_eq!(reader.flag("follow").unwrap(), Some(true));
        assert_eq!(reader.text("state"), None);
        assert_eq!(reader.text("node"), None);
        reader.end().unwrap();
        assert_eq!(
            query(&pairs)
                .number("limit", 1..=5)
                .unwrap_err()
                .problem()
                .field
                .unwrap(),
            "limit"
        );
        assert!(query(&pairs).flag("q").is_err());
        assert!(query(&pairs).end().is_err());
    }
}
