use super::*;

#[tokio::test]
async fn of_200_set_ups_at_once_exactly_one_wins() {
    let bench = bench();
    let code = bench.code();
    let many = (0..200).map(|n| {
        let wish = Setup {
            code: code.clone(),
            email: format!("user{n}@example.org"),
            password: PASSWORD.into(),
        };
        let access = bench.access.clone();
        async move { access.set_up(&wish, HOME).await }
    });
    let outcomes = futures_util::future::join_all(many).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| matches!(
        outcome,
        Ok(_) | Err(AccessError::SetUpDone | AccessError::Busy | AccessError::WrongCode)
    )));
    assert!(!bench.access.needs_setup().unwrap());
    assert!(!bench.dir.path().join("setup-link").exists(), "the link is gone");
}

#[tokio::test]
async fn a_wrong_code_makes_nobody_and_is_slowed_down() {
    let bench = bench();
    let code = bench.code();
    let try_code = async |code: String| {
        let wish = Setup {
            code,
            email: "a@example.org".into(),
            password: PASSWORD.into(),
        };
        bench.access.set_up(&wish, HOME).await
    };
    for n in 0..20 {
        assert!(matches!(
            try_code(format!("wrong{n}")).await,
            Err(AccessError::WrongCode)
        ));
    }
    assert!(matches!(try_code("wrong".into()).await, Err(AccessError::TooMany(_))));
    assert!(matches!(try_code(String::new()).await, Err(AccessError::TooMany(_))));
    // Who has the right link is not kept out by who has not.
    assert!(try_code(code).await.is_ok());
}

#[tokio::test]
async fn a_new_start_ends_the_old_link_and_an_administrator_ends_all_links() {
    let bench = bench();
    let first = bench.code();
    let second = bench.code();
    assert_ne!(first, second);
    let wish = Setup {
        code: first,
        email: "a@example.org".into(),
        password: PASSWORD.into(),
    };
    assert!(matches!(
        bench.access.set_up(&wish, HOME).await,
        Err(AccessError::WrongCode)
    ));
    let file = bench.dir.path().join("setup-link");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        format!("https://m:7443/setup#{second}\n")
    );
    assert!(
        bench
            .access
            .set_up_unattended("a@example.org", Secret::new(PASSWORD.into()))
            .await
            .unwrap()
    );
    assert!(
        !bench
            .access
            .set_up_unattended("b@example.org", Secret::new(PASSWORD.into()))
            .await
            .unwrap()
    );
    assert!(bench.access.offer_setup(|_| String::new()).unwrap().is_none());
    assert!(!file.exists());
}

#[tokio::test]
async fn a_weak_password_leaves_the_code_in_force() {
    let bench = bench();
    let code = bench.code();
    for password in ["adminadmin", "adminadminadmin", "short"] {
        let wish = Setup {
            code: code.clone(),
            email: "a@example.org".into(),
            password: password.into(),
        };
        assert!(matches!(
            bench.access.set_up(&wish, HOME).await,
            Err(AccessError::Invalid { field: "password", .. })
        ));
    }
    let wish = Setup {
        code,
        email: "a@example.org".into(),
        password: PASSWORD.into(),
    };
    assert!(bench.access.set_up(&wish, HOME).await.is_ok());
}

#[tokio::test]
async fn a_link_holds_for_15_minutes_and_asking_again_gives_one_that_does() {
    let bench = bench();
    let link = || {
        let link = bench.access.setup_link(|code| format!("#{code}")).unwrap().unwrap();
        link.expose().clone()
    };
    let first = link();
    bench.clock.advance(Duration::from_secs(14 * 60));
    assert_eq!(link(), first, "asking changes nothing while it holds");
    bench.clock.advance(Duration::from_secs(61));
    let wish = |link: &str| Setup {
        code: link.trim_start_matches('#').into(),
        email: "a@example.org".into(),
        password: PASSWORD.into(),
    };
    assert!(matches!(
        bench.access.set_up(&wish(&first), HOME).await,
        Err(AccessError::WrongCode)
    ));
    let second = link();
    assert_ne!(second, first);
    assert!(bench.access.set_up(&wish(&second), HOME).await.is_ok());
    assert!(bench.access.setup_link(|_| String::new()).unwrap().is_none());
}
