use super::*;

#[tokio::test]
async fn every_sign_in_has_a_secret_of_its_own_and_only_its_hash_is_kept() {
    let bench = bench();
    let first = bench.admin().await;
    let second = bench.access.sign_in_with(&login(PASSWORD), HOME).await.unwrap();
    assert!(first.secret != second.secret);
    assert_eq!(second.session.user.email, "anna@example.org");
    let caller = bench.caller(&second).await;
    bench.access.sign_out(&caller).await.unwrap();
    assert!(!bench.cookie_holds(&second).await && bench.cookie_holds(&first).await);
    assert!(!bench.access.holds(&caller));

    let secret = first.secret.expose().clone();
    drop(bench.access);
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(bench.dir.path().join("store")).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap_or_default());
    }
    assert!(
        bytes.windows(16).any(|window| window == b"anna@example.org"),
        "the scan sees the store"
    );
    for hidden in [secret.as_str(), PASSWORD] {
        assert!(
            !bytes.windows(hidden.len()).any(|window| window == hidden.as_bytes()),
            "a secret is on disk"
        );
    }
}

#[tokio::test]
async fn an_idle_session_ends_and_a_busy_one_ends_after_twelve_hours() {
    let bench = bench();
    let idle = bench.admin().await;
    bench.clock.advance(IDLE - Duration::from_secs(1));
    assert!(bench.cookie_holds(&idle).await);
    bench.clock.advance(IDLE);
    assert!(!bench.cookie_holds(&idle).await);

    let busy = bench.access.sign_in_with(&login(PASSWORD), HOME).await.unwrap();
    for _ in 0..(12 * 60 / 20 - 1) {
        bench.clock.advance(Duration::from_mins(20));
        assert!(bench.cookie_holds(&busy).await);
    }
    bench.clock.advance(Duration::from_mins(20));
    assert!(!bench.cookie_holds(&busy).await);
    assert_eq!(bench.access.sweep().await.unwrap(), 2);
}

#[tokio::test]
async fn a_clock_that_was_set_back_extends_nothing() {
    let bench = bench();
    let session = bench.admin().await;
    let earlier = Clock::manual(Timestamp(1_600_000_000_000));
    drop(bench.access);
    let access = open(&bench.dir, &earlier);
    let cookie = Credential::Cookie(session.secret.clone());
    assert!(matches!(
        access.authenticate(&cookie, HOME).await,
        Err(AccessError::NotSignedIn)
    ));
}

#[tokio::test]
async fn sessions_outlive_a_restart() {
    let bench = bench();
    let session = bench.admin().await;
    drop(bench.access);
    let access = open(&bench.dir, &bench.clock);
    assert!(
        access
            .authenticate(&Credential::Cookie(session.secret.clone()), HOME)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_also_side_by_side() {
    let bench = bench();
    bench.admin().await;
    let stranger = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
    let wish = login("wrong wrong wrong");
    let many = (0..15).map(|_| bench.access.sign_in_with(&wish, stranger));
    let outcomes = futures_util::future::join_all(many).await;
    let tried = outcomes
        .iter()
        .filter(|o| matches!(o, Err(AccessError::WrongLogin)))
        .count();
    let slowed = outcomes
        .iter()
        .filter(|o| matches!(o, Err(AccessError::TooMany(_))))
        .count();
    assert_eq!((tried, slowed), (5, 10));
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_look_alike() {
    let bench = bench();
    bench.admin().await;
    let wrong = bench
        .access
        .sign_in_with(&login("wrong wrong wrong"), HOME)
        .await
        .unwrap_err();
    let unknown = Login {
        email: "nobody@example.org".into(),
        password: "wrong wrong wrong".into(),
    };
    let unknown = bench.access.sign_in_with(&unknown, HOME).await.unwrap_err();
    assert_eq!(wrong.to_string(), unknown.to_string());
}
