use super::{Client, House};
use crate::access::{Action, allows};
use crate::http::table::{ROUTES, Route, Shape, Who};
use crane_shared::api::Authorization;

/// A path that names things which do not exist.
fn path(route: &Route) -> String {
    let id = if route.path.contains("tokens") {
        "0123456789abcdef"
    } else {
        "nothing-here"
    };
    route.path.replace("{id}", id)
}

async fn ask(client: Client, route: &Route, suffix: &str) -> super::client::Answer {
    let body = (route.shape == Shape::Body).then_some("{}");
    let client = if route.shape == Shape::Socket {
        client
            .with("Upgrade", "websocket")
            .with("Connection", "Upgrade")
            .with("Sec-WebSocket-Version", "13")
            .with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    } else {
        client
    };
    client
        .send(route.method, &format!("{}{suffix}", path(route)), body)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_open_routes_answers_without_a_credential() {
    let house = House::new().await;
    let token = house.token(&house.cookie().await, Authorization::Admin).await;
    for route in ROUTES {
        let tries = [
            (house.client(), String::new()),
            (house.client(), format!("?token={token}&access_token={token}")),
            (house.client().bearer("crane_pat_0123456789abcdef_AAAA"), String::new()),
            (
                house.client().with("Authorization", &format!("Basic {token}")),
                String::new(),
            ),
            (house.client().cookie("AAAA"), String::new()),
        ];
        for (at, (client, suffix)) in tries.into_iter().enumerate() {
            // A cookie on anything but a GET must also say where it comes from; here it does.
            let client = if at == 4 { client.page() } else { client };
            let answer = ask(client, route, &suffix).await;
            if route.who == Who::Open {
                assert_ne!(
                    answer.code(),
                    "not_signed_in",
                    "{} {} try {at}",
                    route.method,
                    route.path
                );
            } else {
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (401, "not_signed_in"),
                    "{} {} try {at}",
                    route.method,
                    route.path
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_gets_as_far_as_the_table_says() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    for role in [Authorization::Viewer, Authorization::Operator, Authorization::Admin] {
        let token = house.token(&cookie, role).await;
        for route in ROUTES {
            let answer = ask(house.client().bearer(&token), route, "").await;
            let may = match route.who {
                Who::May(Action::MintTokens) => false,
                Who::May(action) => allows(role, action),
                Who::Anyone | Who::Open => true,
            };
            let place = format!("{role:?} {} {}: {answer:?}", route.method, route.path);
            if !may {
                assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{place}");
                continue;
            }
            // A token can't sign out; apart from that nothing here is forbidden.
            assert!(
                answer.status != 403
                    || answer.code() == "forbidden" && route.path.ends_with("/logout")
                    || answer.code() == "wrong_code",
                "{place}"
            );
            // The guard let it in, so some handler must have taken it: 500 would say that none did.
            assert!(answer.status < 500, "{place}");
            assert_ne!(answer.status, 401, "{place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_problem_json_and_every_answer_is_safe_to_show() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let admin = || house.client().cookie(&cookie).page();
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(70_000));
    let cases = [
        (admin().get("/api/v1/nothing").await, 404, "no_such_route"),
        (admin().get("/api/v1/nodes/nothing").await, 404, "not_found"),
        (admin().get("/api/v1/containers/nothing/logs").await, 404, "not_found"),
        (
            admin().send("DELETE", "/api/v1/tokens/NOT-HEX", None).await,
            404,
            "not_found",
        ),
        (
            admin().send("PUT", "/api/v1/overview", None).await,
            405,
            "method_not_allowed",
        ),
        (
            admin().send("POST", "/containers/x", None).await,
            405,
            "method_not_allowed",
        ),
        (admin().send("POST", "/api/v1/tokens", Some("{")).await, 400, "invalid"),
        (
            admin()
                .send(
                    "POST",
                    "/api/v1/tokens",
                    Some("{\"name\":\"x\",\"role\":\"admin\",\"days\":1,\"more\":1}"),
                )
                .await,
            400,
            "invalid",
        ),
        (
            admin().send("POST", "/api/v1/tokens", Some(&long)).await,
            413,
            "too_large",
        ),
        (
            admin()
                .with("Content-Type", "text/plain")
                .with("Content-Length", "0")
                .send("POST", "/api/v1/tokens", None)
                .await,
            415,
            "not_json",
        ),
        (
            admin()
                .with("Content-Type", "application/json")
                .with("Transfer-Encoding", "chunked")
                .send("POST", "/api/v1/tokens", None)
                .await,
            411,
            "length_required",
        ),
        (admin().get("/api/v1/containers?limit=0").await, 400, "invalid"),
        (admin().get("/api/v1/containers?colour=red").await, 400, "invalid"),
        (admin().get("/api/v1/containers/x/exec").await, 404, "not_found"),
        (house.client().get("/api/v1/nodes").await, 401, "not_signed_in"),
    ];
    for (answer, status, code) in cases {
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert!(answer.headers["content-security-policy"].starts_with("default-src 'none'"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_works() {
    let house = House::new().await;
    for path in ["/healthz", "/readyz", "/", "/containers/abc", "/api/v1/setup"] {
        assert_eq!(house.client().get(path).await.status, 200, "{path}");
    }
    let binary = house.client().get("/agent/linux-amd64").await;
    assert_eq!(binary.body, "agent ".repeat(100_000));
    let checksum = house.client().get("/agent/linux-amd64.sha256").await;
    let expected = hex::encode(ring::digest::digest(&ring::digest::SHA256, binary.body.as_bytes()));
    assert_eq!(checksum.body, format!("{expected}  linux-amd64\n"));
    let script = house.client().get("/install.sh").await.body;
    assert!(script.contains(&expected) && script.contains(&house.rooms.about.pin.to_string()));
    assert!(script.contains(&house.address.to_string()) && script.contains("panel.example.org:443"));
    assert!(!script.contains("@ADDRESS@") && !script.contains("@PIN@") && !script.contains("@SHA256@"));
    std::fs::write(&house.rooms.about.agent_binary, "another").unwrap();
    let renewed = house.client().get("/agent/linux-amd64.sha256").await;
    assert_ne!(renewed.body, checksum.body, "a replaced program has a new checksum");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_begin_at_once_and_end_with_their_credential() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let client = house.client().cookie(&cookie);
    let mut stream = client.connect().await;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let request = format!(
        "GET /api/v1/feed HTTP/1.1\r\nHost: {}\r\nCookie: __Host-crane={cookie}\r\n\r\n",
        house.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let head = super::client::read(&mut stream).await;
    assert_eq!(
        (head.status, head.headers["content-type"].as_str()),
        (200, "text/event-stream")
    );
    let out = house
        .client()
        .cookie(&cookie)
        .page()
        .send("POST", "/api/v1/logout", None)
        .await;
    assert_eq!(out.status, 204);
    let mut rest = Vec::new();
    // Without the end this waits for ever, and the test with it.
    tokio::time::timeout(std::time::Duration::from_secs(30), stream.read_to_end(&mut rest))
        .await
        .unwrap()
        .ok();
    assert_eq!(house.client().cookie(&cookie).get("/api/v1/session").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_manager_closes_streams() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let mut stream = house.client().connect().await;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let request = format!(
        "GET /api/v1/stats HTTP/1.1\r\nHost: {}\r\nCookie: __Host-crane={cookie}\r\n\r\n",
        house.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(super::client::read(&mut stream).await.status, 200);
    assert_eq!(
        house.tasks.shutdown(std::time::Duration::from_secs(30)).await,
        Vec::<&str>::new()
    );
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.ok();
}
