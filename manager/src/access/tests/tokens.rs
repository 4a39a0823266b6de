use super::*;

#[tokio::test]
async fn an_api_token_works_until_it_is_revoked_or_expires() {
    let bench = bench();
    let session = bench.admin().await;
    let caller = bench.caller(&session).await;
    let wish = |days| ApiTokenWish {
        name: "ci".into(),
        role: Authorization::Viewer,
        days,
    };
    let made = bench.access.make_token(&caller, &wish(None)).await.unwrap();
    let show = |secret: &str| Credential::Bearer(Secret::new(secret.to_owned()));
    let bearer = bench.access.authenticate(&show(&made.secret), HOME).await.unwrap();
    assert_eq!(
        (bearer.actor.as_str(), bearer.role()),
        ("token ci", Authorization::Viewer)
    );
    assert!(bearer.may(Action::Look) && !bearer.may(Action::OpenShell) && !bearer.may(Action::MintTokens));
    assert!(bench.access.tokens(&caller).unwrap()[0].1.last_used.is_some());

    let mut wrong = made.secret.clone();
    wrong.pop();
    for bad in [
        wrong.as_str(),
        "",
        "crane_pat_",
        "crane_pat_0000000000000000_x",
        made.token.id.as_str(),
    ] {
        assert!(
            bench.access.authenticate(&show(bad), HOME).await.is_err(),
            "{bad} was accepted"
        );
    }
    let mut changes = bench.access.changes();
    changes.mark_unchanged();
    bench.access.revoke_token(&caller, &made.token.id).await.unwrap();
    assert!(changes.has_changed().unwrap(), "streams are told");
    assert!(!bench.access.holds(&bearer));
    assert!(bench.access.authenticate(&show(&made.secret), HOME).await.is_err());

    let short = bench.access.make_token(&caller, &wish(Some(1))).await.unwrap();
    bench.clock.advance(Duration::from_hours(24));
    assert!(bench.access.authenticate(&show(&short.secret), HOME).await.is_err());
}

#[tokio::test]
async fn a_token_never_has_more_rights_than_who_makes_it() {
    let bench = bench();
    let session = bench.admin().await;
    let mut caller = bench.caller(&session).await;
    caller.user.role = Authorization::Operator;
    let wish = |role, name: &str, days| ApiTokenWish {
        name: name.into(),
        role,
        days,
    };
    assert!(matches!(
        bench
            .access
            .make_token(&caller, &wish(Authorization::Admin, "x", None))
            .await,
        Err(AccessError::Forbidden(_))
    ));
    assert!(
        bench
            .access
            .make_token(&caller, &wish(Authorization::Operator, "x", None))
            .await
            .is_ok()
    );
    for (name, days) in [
        ("", None),
        (" ", None),
        ("a\nb", None),
        ("x", Some(0)),
        ("x", Some(366)),
    ] {
        assert!(
            bench
                .access
                .make_token(&caller, &wish(Authorization::Viewer, name, days))
                .await
                .is_err()
        );
    }
    assert!(
        bench
            .access
            .make_token(&caller, &wish(Authorization::Viewer, &"x".repeat(65), None))
            .await
            .is_err()
    );
}
