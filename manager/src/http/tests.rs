//! The real server, over real TLS, on a port of its own: what a stranger, a browser and a program get.

mod client;
mod csrf;
mod limits;
mod routes;
mod sign_in;

use super::{About, Front, Rooms, Server};
use crate::access::{Access, Credential, Hashing, Settings};
use crate::audit::Audit;
use crate::cluster::Cluster;
use crate::enrolment::{Config, Keys, Registry};
use crate::link::Agents;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::terminal::Terminals;
use client::Client;
use crane_shared::api::{ApiTokenWish, Authorization, Setup};
use crane_shared::identity::{install_crypto, web_server};
use crane_shared::tasks::Tasks;
use crane_shared::time::Clock;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;

const EMAIL: &str = "anna@example.org";
const PASSWORD: &str = "blue kettle on the moon";
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A manager without agents.
struct House {
    rooms: Arc<Rooms>,
    address: SocketAddr,
    code: String,
    tasks: Tasks,
    _dir: tempfile::TempDir,
}

impl House {
    async fn new() -> Self {
        install_crypto();
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path();
        let (tasks, clock) = (Tasks::new(), Clock::Real);
        let store = Store::open(&data.join("store")).unwrap();
        let keys = Arc::new(Keys::open(data, &clock).unwrap());
        let chain = keys
            .authority
            .issue_manager(keys.manager_key.expose(), &["localhost".to_owned()], clock.now())
            .unwrap();
        let agents = Agents::new(&tasks);
        let registry = Registry::open(
            store.clone(),
            clock.clone(),
            Arc::clone(&keys),
            agents.clone(),
            Config::default(),
        )
        .unwrap();
        let listener = TcpListener::bind((HERE, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        std::fs::write(data.join("crane-agent"), "agent ".repeat(100_000)).unwrap();
        let settings = Settings {
            hashing: Hashing::QUICK,
            setup_file: data.join("setup-link"),
        };
        let rooms = Arc::new(Rooms {
            access: Access::open(store.clone(), clock.clone(), settings).unwrap(),
            audit: Audit::open(store.clone(), clock.clone()).unwrap(),
            cluster: Cluster::new(agents.clone(), registry.members(), clock.clone()),
            metrics: Metrics::new(store.clone(), clock.clone()),
            terminals: Terminals::new(agents.clone()),
            registry,
            agents,
            store,
            tasks: tasks.clone(),
            about: About {
                started: clock.now(),
                addresses: vec!["panel.example.org:443".to_owned()],
                pin: keys.web_pin().unwrap(),
                agent_binary: data.join("crane-agent"),
            },
            clock,
        });
        let link = rooms.access.offer_setup(|code| format!("#{code}")).unwrap().unwrap();
        let code = link.expose().trim_start_matches('#').to_owned();
        let tls = Arc::new(web_server(&chain, keys.manager_key.expose()).unwrap());
        let server = Server::new(listener, tls, Front::new(&rooms), &tasks);
        tasks.spawn("https listener", server.run());
        Self {
            rooms,
            address,
            code,
            tasks,
            _dir: dir,
        }
    }

    fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// The first administrator's cookie value.
    async fn cookie(&self) -> String {
        let wish = Setup {
            code: self.code.clone(),
            email: EMAIL.into(),
            password: PASSWORD.into(),
        };
        self.rooms
            .access
            .set_up(&wish, HERE)
            .await
            .unwrap()
            .secret
            .expose()
            .clone()
    }

    /// An API token with the rights of `role`.
    async fn token(&self, cookie: &str, role: Authorization) -> String {
        let cookie = Credential::Cookie(crane_shared::secret::Secret::new(cookie.to_owned()));
        let caller = self.rooms.access.authenticate(&cookie, HERE).await.unwrap();
        let wish = ApiTokenWish {
            name: format!("{role:?}"),
            role,
            days: None,
        };
        self.rooms.access.make_token(&caller, &wish).await.unwrap().secret
    }
}
