use super::bed::{Bed, Host, Visit, container, container_id, soon};
use crate::cluster::{ContainerFilter, FeedEvent};
use crane_shared::api::Feed;
use crane_shared::ids::{ServiceId, TaskId};
use crane_shared::model::{Container, ContainerSample, ContainerState, HostLoad, SampleBatch, SwarmTask, Usage};
use crane_shared::protocol::{InventoryFrame, Refusal};
use crane_shared::time::Timestamp;
use crane_shared::wire::Sender;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use std::collections::BTreeSet;

/// A host that is here and holds `containers`.
async fn here(bed: &Bed, hostname: &str, containers: Vec<Container>) -> (Host, Visit, Sender<InventoryFrame>) {
    let host = bed.host(hostname).await;
    let visit = host.visit(bed).await.unwrap();
    let stream = visit.inventory(&[]).await;
    let mut stream = stream;
    sweep(bed, &host, &mut stream, containers).await;
    (host, visit, stream)
}

async fn sweep(bed: &Bed, host: &Host, stream: &mut Sender<InventoryFrame>, containers: Vec<Container>) {
    let wanted: BTreeSet<_> = containers.iter().map(|container| container.id.clone()).collect();
    stream.send(&InventoryFrame::SweepBegins).await.unwrap();
    for part in containers.chunks(64) {
        stream.send(&InventoryFrame::Sweep(part.to_vec())).await.unwrap();
    }
    stream.send(&InventoryFrame::SweepEnds).await.unwrap();
    settle(bed, || {
        let list = bed
            .cluster
            .containers(&ContainerFilter {
                node: Some(host.node.to_string()),
                limit: Some(1000),
                ..Default::default()
            })
            .unwrap();
        list.complete
            && list
                .items
                .into_iter()
                .map(|container| container.id)
                .collect::<BTreeSet<_>>()
                == wanted
    })
    .await;
}

/// Waits until the picture looks so.
async fn settle(bed: &Bed, looks: impl Fn() -> bool) {
    let mut version = bed.cluster.version();
    soon(async {
        while !looks() {
            version.changed().await.unwrap();
        }
    })
    .await;
}

fn task(mut container: Container, service: &str, stack: Option<&str>) -> Container {
    container.task = Some(SwarmTask {
        id: TaskId::parse("t".repeat(25)).unwrap(),
        name: container.name.clone(),
        service_id: ServiceId::parse("s".repeat(25)).unwrap(),
        service_name: service.into(),
        stack: stack.map(Into::into),
    });
    container
}

fn names(bed: &Bed, filter: ContainerFilter) -> Vec<String> {
    let list = bed.cluster.containers(&filter).unwrap();
    list.items.into_iter().map(|container| container.name).collect()
}

#[tokio::test]
async fn a_sweep_forgets_what_it_does_not_name() {
    let bed = Bed::start();
    let (host, _visit, mut stream) = here(&bed, "alpha", vec![container(1, "a"), container(2, "b")]).await;
    sweep(&bed, &host, &mut stream, vec![container(2, "b"), container(3, "c")]).await;
    assert_eq!(names(&bed, ContainerFilter::default()), ["b", "c"]);
    stream.send(&InventoryFrame::Removed(container_id(2))).await.unwrap();
    settle(&bed, || bed.cluster.place_of(&container_id(2)).is_none()).await;
    // What changes while a sweep runs belongs to it.
    stream.send(&InventoryFrame::SweepBegins).await.unwrap();
    stream.send(&InventoryFrame::Changed(container(4, "d"))).await.unwrap();
    stream.send(&InventoryFrame::SweepEnds).await.unwrap();
    settle(&bed, || bed.cluster.place_of(&container_id(3)).is_none()).await;
    assert_eq!(names(&bed, ContainerFilter::default()), ["d"]);
}

#[tokio::test]
async fn lists_are_filtered_and_paged_without_holes() {
    let bed = Bed::start();
    let mut all: Vec<_> = (0..250).map(|n| container(n, &format!("web-{:03}", n % 200))).collect();
    all[7].state = ContainerState::Exited;
    all[8] = task(all[8].clone(), "shop_api", Some("shop"));
    let (_host, _visit, _stream) = here(&bed, "alpha", all).await;
    let (_other, _visit2, _stream2) = here(&bed, "beta", vec![container(900, "db")]).await;

    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let filter = ContainerFilter {
            limit: Some(40),
            after: after.clone(),
            ..Default::default()
        };
        let page = bed.cluster.containers(&filter).unwrap();
        assert_eq!(page.total, 251);
        seen.extend(page.items.into_iter().map(|container| (container.name, container.id)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 251);
    assert!(seen.is_sorted_by(|a, b| a < b), "a page repeats or skips");

    let by = |filter| names(&bed, filter);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        by(ContainerFilter {
            state: text("exited"),
            ..Default::default()
        }),
        ["web-007"]
    );
    assert_eq!(
        by(ContainerFilter {
            service: text("shop_api"),
            ..Default::default()
        }),
        ["web-008"]
    );
    assert_eq!(
        by(ContainerFilter {
            stack: text("shop"),
            ..Default::default()
        }),
        ["web-008"]
    );
    assert_eq!(
        by(ContainerFilter {
            node: text("beta"),
            ..Default::default()
        }),
        ["db"]
    );
    assert_eq!(
        by(ContainerFilter {
            q: text("BETA nginx"),
            ..Default::default()
        }),
        ["db"]
    );
    assert!(
        by(ContainerFilter {
            q: text("beta redis"),
            ..Default::default()
        })
        .is_empty()
    );
    for bad in [
        ContainerFilter {
            state: text("sleeping"),
            ..Default::default()
        },
        ContainerFilter {
            node: text("gamma"),
            ..Default::default()
        },
        ContainerFilter {
            after: text("x"),
            ..Default::default()
        },
    ] {
        assert!(bed.cluster.containers(&bad).is_err(), "{bad:?}");
    }
}

#[tokio::test]
async fn a_container_is_found_by_id_prefix_and_name_and_never_guessed() {
    let bed = Bed::start();
    let (_host, _visit, _stream) = here(&bed, "alpha", vec![container(0xabcd << 48, "web"), container(1, "db")]).await;
    let (_other, _visit2, _stream2) = here(&bed, "beta", vec![container(0xabce << 48, "web")]).await;
    let find = |name: &str| bed.cluster.container(name).map(|(_, id, _)| id);
    assert_eq!(find(container_id(1).as_str()), Ok(container_id(1)));
    assert_eq!(find("db"), Ok(container_id(1)));
    assert_eq!(find("abcd"), Ok(container_id(0xabcd << 48)));
    assert!(matches!(find("web"), Err(Refusal::Invalid { .. })));
    assert!(matches!(find("abc"), Err(Refusal::NotFound { .. })));
    assert!(matches!(find("ffff"), Err(Refusal::NotFound { .. })));
    let (id, name) = bed
        .cluster
        .container_of(&_host.node, (&container_id(0xabcd << 48)).into())
        .unwrap();
    assert_eq!((id, name.as_str()), (container_id(0xabcd << 48), "web"));
    assert!(
        bed.cluster
            .container_of(&_other.node, (&container_id(1)).into())
            .is_none()
    );
}

async fn event(feed: &mut BoxStream<'static, FeedEvent>) -> FeedEvent {
    soon(feed.next()).await.unwrap()
}

#[tokio::test]
async fn the_feed_goes_on_where_a_reader_left_and_starts_over_when_it_must() {
    let bed = Bed::start();
    let (host, _visit, mut stream) = here(&bed, "alpha", vec![container(1, "a")]).await;
    let mut feed = bed.cluster.feed(None);
    let start = event(&mut feed).await;
    assert_eq!(start.change, Feed::Reset);

    stream.send(&InventoryFrame::Changed(container(2, "b"))).await.unwrap();
    let changed = event(&mut feed).await;
    assert!(
        matches!(&changed.change, Feed::Container { container } if container.name == "b"),
        "{changed:?}"
    );
    assert!(changed.version > start.version);
    drop(feed);

    stream.send(&InventoryFrame::Removed(container_id(1))).await.unwrap();
    settle(&bed, || bed.cluster.place_of(&container_id(1)).is_none()).await;
    let mut feed = bed.cluster.feed(Some(changed.version));
    let gone = event(&mut feed).await;
    assert_eq!(
        gone.change,
        Feed::ContainerGone {
            id: container_id(1).to_string()
        }
    );

    // Another run's number, and one from the future.
    for wrong in [0, gone.version + 1000] {
        assert_eq!(event(&mut bed.cluster.feed(Some(wrong))).await.change, Feed::Reset);
    }

    bed.registry.remove(&host.node).await.unwrap();
    let mut kinds = Vec::new();
    loop {
        match event(&mut feed).await.change {
            Feed::NodeGone { id } => break assert_eq!(id, host.node.to_string()),
            other => kinds.push(other),
        }
    }
    assert!(
        kinds.contains(&Feed::ContainerGone {
            id: container_id(2).to_string()
        }),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn a_slow_reader_of_the_feed_gets_each_thing_once_as_it_is_now() {
    let bed = Bed::start();
    let (_host, _visit, mut stream) = here(&bed, "alpha", vec![container(1, "a")]).await;
    let mut feed = bed.cluster.feed(None);
    event(&mut feed).await;
    for restarts in 1..=100 {
        let mut changed = container(1, "a");
        changed.restarts = restarts;
        stream.send(&InventoryFrame::Changed(changed)).await.unwrap();
    }
    settle(&bed, || bed.cluster.container("a").unwrap().2.restarts == 100).await;
    let only = event(&mut feed).await;
    assert!(
        matches!(&only.change, Feed::Container { container } if container.restarts == 100),
        "{only:?}"
    );
    assert!(futures_util::poll!(feed.next()).is_pending());
}

#[tokio::test]
async fn figures_are_the_newest_and_vanish_with_their_session() {
    let bed = Bed::start();
    let (host, visit, _stream) = here(&bed, "alpha", vec![container(1, "a")]).await;
    let batch = |at: i64, cpu: u32| SampleBatch {
        at: Timestamp(at),
        period_ms: 10_000,
        host: HostLoad {
            cpu,
            memory_total: 100,
            ..Default::default()
        },
        containers: vec![ContainerSample {
            key: (&container_id(1)).into(),
            usage: Usage {
                cpu,
                memory: 5,
                ..Default::default()
            },
        }],
    };
    bed.cluster.observe(&host.node, &batch(2000, 5000));
    // Late out of a spool.
    bed.cluster.observe(&host.node, &batch(1000, 1));
    let node = bed.cluster.node("alpha").unwrap();
    assert_eq!(node.load.map(|load| load.cpu), Some(50.0));
    assert_eq!(bed.cluster.container("a").unwrap().2.cpu, Some(50.0));
    let overview = bed.cluster.overview();
    assert_eq!(
        (overview.cpu_used, overview.cpu_total, overview.memory_total),
        (1.0, 2, 100)
    );
    assert_eq!((overview.containers_running, overview.nodes_connected), (1, 1));

    visit.connection.close(0u8.into(), b"");
    settle(&bed, || !bed.cluster.node("alpha").unwrap().connected).await;
    assert_eq!(bed.cluster.node("alpha").unwrap().load, None);
    assert_eq!(bed.cluster.container("a").unwrap().2.cpu, None);
}
