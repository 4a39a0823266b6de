use super::{EMAIL, House, PASSWORD};
use crate::audit::Audit;
use futures_util::StreamExt as _;

fn setup(code: &str, n: usize) -> String {
    format!("{{\"code\":\"{code}\",\"email\":\"user{n}@example.org\",\"password\":\"{PASSWORD}\"}}")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_hold_the_link_one_becomes_administrator() {
    let house = House::new().await;
    let wishes: Vec<String> = (0..200).map(|n| setup(&house.code, n)).collect();
    let client = house.client().page();
    let tries = wishes
        .iter()
        .map(|wish| client.send("POST", "/api/v1/setup", Some(wish)));
    // As many at once as a loaded machine of two cores does handshakes for within their deadline, with two passwords
    // being hashed beside them; all 200 at once are in `access::tests`.
    let answers: Vec<_> = futures_util::stream::iter(tries).buffer_unordered(6).collect().await;
    let winners: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(winners.len(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| [201, 403, 410, 429].contains(&answer.status)),
        "{answers:?}"
    );
    let late = client.send("POST", "/api/v1/setup", Some(&setup(&house.code, 0))).await;
    assert_eq!((late.status, late.code().as_str()), (410, "setup_done"));
    let state = house.client().get("/api/v1/setup").await;
    assert_eq!(state.body, "{\"needed\":false}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_has_every_flag_and_signing_out_ends_it() {
    let house = House::new().await;
    house.cookie().await;
    let body = format!("{{\"email\":\"{EMAIL}\",\"password\":\"{PASSWORD}\"}}");
    let answer = house.client().page().send("POST", "/api/v1/login", Some(&body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let cookie = answer.headers["set-cookie"].clone();
    for flag in [
        "__Host-crane=",
        "; Path=/;",
        "; Secure;",
        "; HttpOnly;",
        "SameSite=Strict",
    ] {
        assert!(cookie.contains(flag), "{flag} is missing in {cookie}");
    }
    assert!(!cookie.contains("Domain"));
    let value = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    assert_eq!(value.len(), 43, "256 bits");
    // A session that was forced on the browser before is not the one that it gets.
    let fixed = house
        .client()
        .cookie("attacker-chose-this")
        .page()
        .send("POST", "/api/v1/login", Some(&body))
        .await;
    assert!(!fixed.headers["set-cookie"].contains("attacker"));

    let browser = || house.client().cookie(&value).page();
    assert!(browser().get("/api/v1/session").await.body.contains(EMAIL));
    let out = browser().send("POST", "/api/v1/logout", None).await;
    assert_eq!(out.status, 204);
    assert!(
        out.headers["set-cookie"].starts_with("__Host-crane=; ") && out.headers["set-cookie"].contains("Max-Age=0")
    );
    assert_eq!(browser().get("/api/v1/session").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_whatever_the_sender_says_about_itself() {
    let house = House::new().await;
    house.cookie().await;
    let body = format!("{{\"email\":\"{EMAIL}\",\"password\":\"not the right password\"}}");
    let mut statuses = Vec::new();
    for n in 0..8 {
        let forged = format!("198.51.100.{n}");
        let client = house
            .client()
            .with("X-Forwarded-For", &forged)
            .with("Forwarded", &format!("for={forged}"));
        statuses.push(client.send("POST", "/api/v1/login", Some(&body)).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
    let slowed = house.client().send("POST", "/api/v1/login", Some(&body)).await;
    assert_eq!(slowed.code(), "too_many_attempts");
    assert!(slowed.headers.contains_key("retry-after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let house = House::new().await;
    house.cookie().await;
    let try_as = async |email: &str| {
        let body = format!("{{\"email\":\"{email}\",\"password\":\"not the right password\"}}");
        house.client().send("POST", "/api/v1/login", Some(&body)).await
    };
    let (known, unknown) = (try_as(EMAIL).await, try_as("nobody@example.org").await);
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_in_the_record_and_no_secret_is() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let browser = || house.client().cookie(&cookie).page();
    let made = browser()
        .send("POST", "/api/v1/tokens", Some("{\"name\":\"ci\",\"role\":\"viewer\"}"))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let made: crane_shared::api::NewApiToken = serde_json::from_str(&made.body).unwrap();
    let revoked = browser()
        .send("DELETE", &format!("/api/v1/tokens/{}", made.token.id), None)
        .await;
    assert_eq!(revoked.status, 204);
    let join = browser().send("POST", "/api/v1/join-tokens", Some("{}")).await;
    let join: crane_shared::api::NewJoinToken = serde_json::from_str(&join.body).unwrap();
    assert!(
        join.command.contains("--pinnedpubkey 'sha256//") && join.command.ends_with(&join.secret),
        "{}",
        join.command
    );

    let record = browser().get("/api/v1/audit").await.body;
    let list: crane_shared::api::List<crane_shared::api::AuditEntry> = serde_json::from_str(&record).unwrap();
    let actions: Vec<_> = list.items.iter().rev().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["token.make", "token.revoke", "join-token.make"]);
    assert!(
        list.items
            .iter()
            .all(|entry| entry.actor == EMAIL && entry.from == "127.0.0.1")
    );
    for secret in [made.secret.as_str(), join.secret.as_str(), cookie.as_str(), PASSWORD] {
        assert!(!record.contains(secret));
    }
    assert_eq!(Audit::verify(&house.rooms.store).unwrap(), 3);
}
