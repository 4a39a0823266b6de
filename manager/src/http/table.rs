//! The table of routes: everything that this server answers, who may ask, and what a request may carry.
//!
//! The guard obeys it, the OpenAPI document is made from it, and tests walk it: a route that is not here
//! is a 404 before any handler is asked.

use crate::access::Action;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Everybody.
    Open,
    /// Whoever shows a credential that holds, whatever its rights.
    Anyone,
    /// Whoever may do this.
    May(Action),
}

/// What goes in and comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// No body in, one answer out.
    Answer,
    /// A JSON body of at most [`BODY_LIMIT`] in, one answer out.
    Body,
    /// An answer that goes on for as long as somebody reads.
    Stream,
    /// A WebSocket.
    Socket,
    /// A WebSocket when upgraded, else a stream.
    StreamOrSocket,
}

/// Largest body of any request, in bytes. The largest honest one is a command line, far below.
pub(super) const BODY_LIMIT: u64 = 64 * 1024;

/// One line of the table.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) name: Name,
    /// `GET` also answers `HEAD`.
    pub(super) method: &'static str,
    /// Segments in braces take any one segment.
    pub(super) path: &'static str,
    pub(super) who: Who,
    pub(super) shape: Shape,
}

macro_rules! routes {
    ($($name:ident $method:ident $path:literal $who:expr, $shape:ident;)*) => {
        /// Every route by its name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(super) enum Name { $($name),* }
        /// Every route.
        pub(super) static ROUTES: &[Route] = &[
            $(Route { name: Name::$name, method: stringify!($method), path: $path, who: $who, shape: Shape::$shape }),*
        ];
    };
}

use Who::{Anyone, May, Open};

routes! {
    SetupState      GET    "/api/v1/setup"                     Open, Answer;
    Setup           POST   "/api/v1/setup"                     Open, Body;
    Login           POST   "/api/v1/login"                     Open, Body;
    Logout          POST   "/api/v1/logout"                    Anyone, Answer;
    Session         GET    "/api/v1/session"                   Anyone, Answer;
    Tokens          GET    "/api/v1/tokens"                    May(Action::ManageOwnTokens), Answer;
    MakeToken       POST   "/api/v1/tokens"                    May(Action::MintTokens), Body;
    RevokeToken     DELETE "/api/v1/tokens/{id}"               May(Action::ManageOwnTokens), Answer;
    JoinTokens      GET    "/api/v1/join-tokens"               May(Action::ManageNodes), Answer;
    MakeJoinToken   POST   "/api/v1/join-tokens"               May(Action::ManageNodes), Body;
    RevokeJoinToken DELETE "/api/v1/join-tokens/{id}"          May(Action::ManageNodes), Answer;
    Overview        GET    "/api/v1/overview"                  May(Action::Look), Answer;
    System          GET    "/api/v1/system"                    May(Action::Look), Answer;
    Nodes           GET    "/api/v1/nodes"                     May(Action::Look), Answer;
    Node            GET    "/api/v1/nodes/{id}"                May(Action::Look), Answer;
    RemoveNode      DELETE "/api/v1/nodes/{id}"                May(Action::ManageNodes), Answer;
    NodeImages      GET    "/api/v1/nodes/{id}/images"         May(Action::Look), Answer;
    NodeNetworks    GET    "/api/v1/nodes/{id}/networks"       May(Action::Look), Answer;
    NodeVolumes     GET    "/api/v1/nodes/{id}/volumes"        May(Action::Look), Answer;
    NodeDoctor      GET    "/api/v1/nodes/{id}/doctor"         May(Action::Look), Answer;
    NodeSeries      GET    "/api/v1/nodes/{id}/series"         May(Action::Look), Answer;
    Containers      GET    "/api/v1/containers"                May(Action::Look), Answer;
    Container       GET    "/api/v1/containers/{id}"           May(Action::Look), Answer;
    ContainerInspect GET   "/api/v1/containers/{id}/inspect"   May(Action::ReadLogs), Answer;
    ContainerChanges GET   "/api/v1/containers/{id}/changes"   May(Action::Look), Answer;
    ContainerSeries GET    "/api/v1/containers/{id}/series"    May(Action::Look), Answer;
    ContainerLogs   GET    "/api/v1/containers/{id}/logs"      May(Action::ReadLogs), StreamOrSocket;
    ContainerExec   GET    "/api/v1/containers/{id}/exec"      May(Action::OpenShell), Socket;
    Services        GET    "/api/v1/services"                  May(Action::Look), Answer;
    ServiceTasks    GET    "/api/v1/services/{id}/tasks"       May(Action::Look), Answer;
    Feed            GET    "/api/v1/feed"                      May(Action::Look), Stream;
    Stats           GET    "/api/v1/stats"                     May(Action::Look), Stream;
    AuditRecord     GET    "/api/v1/audit"                     May(Action::ReadAudit), Answer;
    OpenApi         GET    "/api/v1/openapi.json"              Anyone, Answer;
    Healthz         GET    "/healthz"                          Open, Answer;
    Readyz          GET    "/readyz"                           Open, Answer;
    Metrics         GET    "/metrics"                          May(Action::ReadMetrics), Answer;
    InstallScript   GET    "/install.sh"                       Open, Answer;
    AgentBinary     GET    "/agent/linux-amd64"                Open, Stream;
    AgentChecksum   GET    "/agent/linux-amd64.sha256"         Open, Answer;
    Web             GET    "/"                                 Open, Answer;
}

/// What a method and a path lead to.
#[derive(Debug)]
pub(super) enum Found {
    /// A route, and what stood where its braces are.
    Route(&'static Route, Vec<String>),
    /// The path exists, but not for this method; those that it has.
    OtherMethod(Vec<&'static str>),
    Nothing,
}

/// Folders that are the API's and never the dashboard's: an unknown path in them is a 404.
const NOT_PAGES: [&str; 3] = ["/api", "/agent", "/hooks"];

/// Looks a request up. Paths of the dashboard are the browser's own business, so that any other path that
/// somebody `GET`s is its front page.
#[must_use]
pub(super) fn find(method: &str, path: &str) -> Found {
    let method = if method == "HEAD" { "GET" } else { method };
    let mut others = Vec::new();
    for route in ROUTES {
        if let Some(holes) = fits(route.path, path) {
            if route.method == method {
                return Found::Route(route, holes);
            }
            others.push(route.method);
        }
    }
    if !others.is_empty() {
        return Found::OtherMethod(others);
    }
    let is_page = !NOT_PAGES.iter().any(|folder| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    match ROUTES.last() {
        Some(web) if is_page && method == web.method => Found::Route(web, Vec::new()),
        Some(web) if is_page => Found::OtherMethod(vec![web.method]),
        _ => Found::Nothing,
    }
}

/// What stands in the holes of `pattern`, if `path` has its form. Nothing is decoded: no valid id has a `%`.
fn fits(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut holes = Vec::new();
    let mut given = path.split('/');
    for wanted in pattern.split('/') {
        let segment = given.next()?;
        if wanted.starts_with('{') {
            if segment.is_empty() || segment.len() > 255 {
                return None;
            }
            holes.push(segment.to_owned());
        } else if wanted != segment {
            return None;
        }
    }
    given.next().is_none().then_some(holes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(method: &str, path: &str) -> String {
        match find(method, path) {
            Found::Route(route, holes) => format!("{:?} {}", route.name, holes.join(",")).trim().to_owned(),
            Found::OtherMethod(others) => format!("405 {}", others.join(",")),
            Found::Nothing => "404".to_owned(),
        }
    }

    #[test]
    fn requests_find_their_route() {
        for (method, path, expected) in [
            ("GET", "/api/v1/nodes", "Nodes"),
            ("HEAD", "/api/v1/nodes", "Nodes"),
            ("GET", "/api/v1/nodes/web-1/series", "NodeSeries web-1"),
            ("DELETE", "/api/v1/nodes/web-1", "RemoveNode web-1"),
            ("PUT", "/api/v1/nodes/web-1", "405 GET,DELETE"),
            ("POST", "/api/v1/overview", "405 GET"),
            ("GET", "/api/v1/nodes/", "404"),
            ("GET", "/api/v1//nodes", "404"),
            ("GET", "/api/v1/nothing", "404"),
            ("GET", "/api", "404"),
            ("GET", "/agent/windows", "404"),
            ("GET", "/", "Web"),
            ("GET", "/containers/abc", "Web"),
            ("GET", "/apiary", "Web"),
            ("POST", "/containers/abc", "405 GET"),
            ("GET", "", "Web"),
        ] {
            assert_eq!(show(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn no_two_lines_say_the_same() {
        for (at, route) in ROUTES.iter().enumerate() {
            for other in &ROUTES[at + 1..] {
                assert!(
                    (route.method, route.path) != (other.method, other.path),
                    "{} twice",
                    route.path
                );
                assert!(route.name != other.name);
            }
            assert_eq!(
                show(route.method, &route.path.replace("{id}", "x"))
                    .split(' ')
                    .next()
                    .unwrap(),
                format!("{:?}", route.name)
            );
        }
    }

    #[test]
    fn only_these_are_open() {
        let open: Vec<_> = ROUTES
            .iter()
            .filter(|route| route.who == Open)
            .map(|route| route.path)
            .collect();
        assert_eq!(
            open,
            [
                "/api/v1/setup",
                "/api/v1/setup",
                "/api/v1/login",
                "/healthz",
                "/readyz",
                "/install.sh",
                "/agent/linux-amd64",
                "/agent/linux-amd64.sha256",
                "/"
            ]
        );
    }

    #[test]
    fn what_reads_has_no_effect_and_what_has_an_effect_does_not_read() {
        for route in ROUTES.iter().filter(|route| route.shape == Shape::Body) {
            assert_eq!(route.method, "POST", "{}", route.path);
        }
    }
}
