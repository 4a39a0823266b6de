use super::*;
use crate::store::Store;
use crane_shared::api::{ApiTokenWish, Authorization, Login, Setup};
use crane_shared::secret::Secret;
use crane_shared::time::{Clock, Timestamp};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const PASSWORD: &str = "blue kettle on the moon";

struct Bench {
    access: Access,
    clock: Clock,
    dir: tempfile::TempDir,
}

fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Timestamp(1_700_000_000_000));
    let access = open(&dir, &clock);
    Bench { access, clock, dir }
}

fn open(dir: &tempfile::TempDir, clock: &Clock) -> Access {
    let store = Store::open(&dir.path().join("store")).unwrap();
    let settings = Settings {
        hashing: Hashing::QUICK,
        setup_file: dir.path().join("setup-link"),
    };
    Access::open(store, clock.clone(), settings).unwrap()
}

impl Bench {
    fn code(&self) -> String {
        let link = self
            .access
            .offer_setup(|code| format!("https://m:7443/setup#{code}"))
            .unwrap()
            .unwrap();
        link.expose().split('#').nth(1).unwrap().to_owned()
    }

    async fn admin(&self) -> NewSignIn {
        let wish = Setup {
            code: self.code(),
            email: "Anna@Example.org".into(),
            password: PASSWORD.into(),
        };
        self.access.set_up(&wish, HOME).await.unwrap()
    }

    async fn caller(&self, sign_in: &NewSignIn) -> Caller {
        self.access
            .authenticate(&Credential::Cookie(sign_in.secret.clone()), HOME)
            .await
            .unwrap()
    }

    async fn cookie_holds(&self, sign_in: &NewSignIn) -> bool {
        self.access
            .authenticate(&Credential::Cookie(sign_in.secret.clone()), HOME)
            .await
            .is_ok()
    }
}

fn login(password: &str) -> Login {
    Login {
        email: "anna@example.org".into(),
        password: password.into(),
    }
}

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
