mod setting_up;
mod signing_in;
mod tokens;

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
