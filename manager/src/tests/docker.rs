use super::bed::{Bed, Host, Visit, facts, greet, hello, soon};
use crane_shared::api::Feed;
use crane_shared::ids::SwarmNodeId;
use crane_shared::model::{HostFacts, SwarmMembership};
use crane_shared::protocol::{Hello, InventoryFrame, ManagerOpening, Refusal};
use crane_shared::wire::{Limit, Receiver};
use futures_util::StreamExt;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

const MANAGER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaa";
const WORKER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbb";

/// What the engine behind a host answers: status and body, by path and query.
type Engine = Arc<Mutex<dyn FnMut(&str) -> (u16, String) + Send>>;

/// Serves every Docker stream of a session as an agent does, until the session ends.
async fn serve(visit: Arc<Visit>, engine: Engine) {
    while let Ok((send, recv)) = visit.connection.accept_bi().await {
        let mut opening = Receiver::<ManagerOpening>::new(recv, Limit::Control);
        assert!(matches!(opening.recv().await, Ok(Some(ManagerOpening::Docker))));
        let (early, recv) = opening.into_raw();
        let stream = tokio::io::join(std::io::Cursor::new(early).chain_with(recv), send);
        let answer = service_fn(|request: http::Request<hyper::body::Incoming>| {
            let (status, body) = engine.lock().unwrap()(&request.uri().to_string());
            async move {
                let response = http::Response::builder().status(status);
                Ok::<_, Infallible>(response.body(Full::new(bytes::Bytes::from(body))).unwrap())
            }
        });
        let served = hyper::server::conn::http1::Builder::new()
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), answer);
        drop(served.await);
    }
}

/// Bytes that came early, then the stream.
trait ChainWith: Sized + tokio::io::AsyncRead {
    fn chain_with<R: tokio::io::AsyncRead>(self, next: R) -> tokio::io::Chain<Self, R> {
        tokio::io::AsyncReadExt::chain(self, next)
    }
}
impl ChainWith for std::io::Cursor<bytes::Bytes> {}

async fn here(bed: &Bed, host: &Host, facts: HostFacts, engine: Engine) -> Arc<Visit> {
    let hello = Hello {
        facts,
        ..hello(&host.hostname)
    };
    let visit = greet(bed.connect(host.config(bed)).await.unwrap(), hello)
        .await
        .unwrap();
    bed.until_connected(&host.node, true).await;
    let visit = Arc::new(visit);
    bed.tasks.spawn("engine", serve(Arc::clone(&visit), engine));
    visit
}

#[tokio::test]
async fn a_call_carries_the_version_that_all_three_know_and_the_engines_answer_comes_back() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let engine: Engine = Arc::new(Mutex::new(move |path: &str| {
        log.lock().unwrap().push(path.to_owned());
        match path.split('?').next().unwrap_or_default() {
            "/v1.41/containers/json" => (200, r#"[{"Id":"c1","Names":["/web"],"Future":{"x":1}}]"#.to_owned()),
            "/v1.41/services" => (200, r#"[{"ID":"s1","Unheard":[1,2]}]"#.to_owned()),
            _ => (404, r#"{"message":"page not found"}"#.to_owned()),
        }
    }));
    let _visit = here(&bed, &host, facts("alpha"), engine).await;

    let docker = bed.agents.docker(&host.node).unwrap();
    let options = bollard::query_parameters::ListContainersOptions {
        all: true,
        ..Default::default()
    };
    let containers = soon(docker.list_containers(Some(options))).await.unwrap();
    assert_eq!(containers.first().unwrap().id.as_deref(), Some("c1"));
    assert!(
        asked.lock().unwrap().iter().all(|path| path.starts_with("/v1.41/")),
        "{asked:?}"
    );

    // Raw bytes keep what bollard does not know.
    let raw = soon(bed.agents.docker_json(&host.node, "/services?status=true"))
        .await
        .unwrap();
    assert_eq!(&raw[..], br#"[{"ID":"s1","Unheard":[1,2]}]"#);

    let refusal = soon(bed.agents.docker_json(&host.node, "/nothing")).await;
    assert_eq!(
        refusal,
        Err(Refusal::Docker {
            status: 404,
            message: "page not found".into()
        })
    );
    let refusal = soon(docker.inspect_container("c9", None))
        .await
        .map_err(crate::docker::refusal);
    assert!(
        matches!(refusal, Err(Refusal::Docker { status: 404, .. })),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn an_engine_that_is_away_or_an_agent_that_leaves_is_a_refusal() {
    let bed = Bed::start();
    let host = bed.host("alpha").await;
    assert!(matches!(
        bed.agents.docker(&host.node),
        Err(Refusal::Unavailable { .. })
    ));
    let mut without = facts("alpha");
    without.engine = None;
    let engine: Engine = Arc::new(Mutex::new(|_: &str| (200, "[]".to_owned())));
    let visit = here(&bed, &host, without, engine).await;
    assert!(matches!(
        bed.agents.docker(&host.node),
        Err(Refusal::Unavailable { .. })
    ));

    // The engine is back, and the agent goes away.
    let _stream = visit.inventory(&[InventoryFrame::Facts(facts("alpha"))]).await;
    let docker = soon(async {
        loop {
            if let Ok(docker) = bed.agents.docker(&host.node) {
                break docker;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    visit.connection.close(0u8.into(), b"");
    assert!(soon(docker.version()).await.is_err());
}

/// Facts of a host in the one Swarm.
fn member(hostname: &str, id: &str, manager: bool) -> HostFacts {
    let mut facts = facts(hostname);
    facts.engine.as_mut().unwrap().swarm = Some(SwarmMembership {
        node_id: SwarmNodeId::parse(id).unwrap(),
        cluster_id: if manager { "cluster1".into() } else { String::new() },
        state: "active".into(),
        address: "192.0.2.1".into(),
        manager,
    });
    facts
}

fn swarm(running: u64) -> impl FnMut(&str) -> (u16, String) {
    move |path: &str| {
        let body = match path.split('?').next().unwrap_or_default() {
            "/v1.41/services" => format!(
                r#"[{{"ID":"s1","Spec":{{"Name":"web","Mode":{{"Replicated":{{"Replicas":3}}}}}},"ServiceStatus":{{"RunningTasks":{running},"DesiredTasks":3}}}}]"#
            ),
            "/v1.41/nodes" => format!(
                r#"[{{"ID":"{MANAGER}","Spec":{{"Availability":"active","Role":"manager"}},"Description":{{"Hostname":"alpha"}},"Status":{{"State":"ready"}},"ManagerStatus":{{"Leader":true}}}},
                   {{"ID":"{WORKER}","Spec":{{"Availability":"drain","Role":"worker","Labels":{{"zone":"b"}}}},"Description":{{"Hostname":"beta"}},"Status":{{"State":"ready"}}}}]"#
            ),
            "/v1.41/tasks" => {
                assert!(path.contains("filters=%7B%22service%22%3A%5B%22s1%22%5D%7D"), "{path}");
                format!(
                    r#"[{{"ID":"t1","ServiceID":"s1","Slot":1,"NodeID":"{WORKER}","DesiredState":"running","Status":{{"State":"running","Message":"started"}}}}]"#
                )
            }
            other => return (404, format!(r#"{{"message":"no {other}"}}"#)),
        };
        (200, body)
    }
}

#[tokio::test]
async fn what_a_swarm_says_is_read_through_any_manager_and_survives_the_loss_of_one() {
    let bed = Bed::start();
    let (alpha, beta, gamma) = (bed.host("alpha").await, bed.host("beta").await, bed.host("gamma").await);
    let idle: Engine = Arc::new(Mutex::new(|_: &str| (503, r#"{"message":"no"}"#.to_owned())));
    let _worker = here(&bed, &beta, member("beta", WORKER, false), Arc::clone(&idle)).await;
    // A manager that has lost its quorum answers nothing of use.
    let broken = here(&bed, &gamma, member("gamma", &"c".repeat(25), true), idle).await;
    let first = here(
        &bed,
        &alpha,
        member("alpha", MANAGER, true),
        Arc::new(Mutex::new(swarm(1))),
    )
    .await;

    let mut version = bed.cluster.version();
    soon(async {
        while bed.cluster.services().items.is_empty() {
            version.changed().await.unwrap();
        }
    })
    .await;
    let services = bed.cluster.services();
    assert_eq!(
        (services.items[0].tasks_running, services.items[0].tasks_desired),
        (1, 3)
    );
    assert_eq!(bed.cluster.overview().services_short, 1);
    let place = bed.cluster.node("beta").unwrap().swarm.unwrap();
    assert_eq!(
        (place.role.as_str(), place.availability.as_str(), place.state.as_str()),
        ("worker", "drain", "ready")
    );
    assert_eq!(place.labels.get("zone").map(String::as_str), Some("b"));
    assert!(bed.cluster.node("alpha").unwrap().swarm.unwrap().leader);
    let tasks = soon(bed.cluster.tasks("web")).await.unwrap();
    assert_eq!(
        (tasks.items[0].name.as_str(), tasks.items[0].node.as_deref()),
        ("web.1.t1", Some("beta"))
    );

    // The one that answered goes; nobody answers; what was known stays and says so.
    first.connection.close(0u8.into(), b"");
    soon(async {
        while bed.cluster.node("beta").unwrap().swarm.unwrap().state != "unknown" {
            version.changed().await.unwrap();
        }
    })
    .await;
    let stale = bed.cluster.services();
    assert_eq!(stale.items.len(), 1);
    assert!(
        !stale.complete && stale.missing.iter().any(|missing| missing.node == "alpha"),
        "{stale:?}"
    );

    // The other manager is well again: the feed tells what changed, without anyone asking.
    broken.connection.close(0u8.into(), b"");
    bed.until_connected(&gamma.node, false).await;
    let mut feed = bed.cluster.feed(None);
    soon(feed.next()).await;
    let _second = here(
        &bed,
        &gamma,
        member("gamma", &"c".repeat(25), true),
        Arc::new(Mutex::new(swarm(3))),
    )
    .await;
    soon(async {
        loop {
            if let Feed::Service { service } = feed.next().await.unwrap().change {
                break assert_eq!(service.tasks_running, 3);
            }
        }
    })
    .await;
    assert!(bed.cluster.services().items[0].tasks_running == 3);
}
