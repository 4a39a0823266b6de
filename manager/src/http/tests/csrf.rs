use super::House;

/// A mutating route and a socket, under every header that a browser or a program may send.
#[tokio::test(flavor = "multi_thread")]
async fn only_our_own_pages_make_a_browser_act() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let ours = format!("https://{}", house.address);
    let cases: [(&[(&str, &str)], bool); 12] = [
        (&[("Origin", &ours), ("Sec-Fetch-Site", "same-origin")], true),
        (&[("Origin", &ours)], true),
        (&[("Sec-Fetch-Site", "same-origin")], true),
        (&[("Origin", "https://panel.example.org")], true),
        (&[("X-Crane", "1")], true),
        (&[], false),
        (
            &[("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")],
            false,
        ),
        (&[("Origin", "https://evil.example")], false),
        (&[("Origin", "null")], false),
        (&[("Sec-Fetch-Site", "same-site")], false),
        (&[("Sec-Fetch-Site", "none")], false),
        (&[("Origin", "https://evil.example"), ("X-Crane", "1")], false),
    ];
    for (headers, good) in cases {
        for socket in [false, true] {
            let mut client = house.client().cookie(&cookie);
            for (name, value) in headers {
                client = client.with(name, value);
            }
            let answer = if socket {
                client
                    .with("Upgrade", "websocket")
                    .with("Connection", "Upgrade")
                    .with("Sec-WebSocket-Version", "13")
                    .with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
                    .get("/api/v1/containers/nothing-here/exec")
                    .await
            } else {
                client.send("DELETE", "/api/v1/nodes/nothing-here", None).await
            };
            let expected = if good {
                (404, "not_found")
            } else {
                (403, "foreign_origin")
            };
            assert_eq!(
                (answer.status, answer.code().as_str()),
                expected,
                "socket {socket}: {headers:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refusal_names_the_setting_that_helps() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let client = house
        .client()
        .cookie(&cookie)
        .with("Origin", "https://unlisted.example.org");
    let answer = client.send("POST", "/api/v1/logout", None).await;
    assert!(
        answer.body.contains("--advertise") && answer.body.contains("unlisted.example.org"),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_cannot_sign_anybody_in() {
    let house = House::new().await;
    house.cookie().await;
    let body = format!(
        "{{\"email\":\"{}\",\"password\":\"{}\"}}",
        super::EMAIL,
        super::PASSWORD
    );
    let foreign = house
        .client()
        .with("Origin", "https://evil.example")
        .send("POST", "/api/v1/login", Some(&body))
        .await;
    assert_eq!(
        (foreign.status, foreign.headers.contains_key("set-cookie")),
        (403, false)
    );
}
