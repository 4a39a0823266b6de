use super::changes::Thing;
use super::picture::Picture;
use super::{Cluster, views};
use crane_shared::api::Feed;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::watch;

/// Changes that come within this time travel together, and a thing that changed twice is told once.
const GATHER: Duration = Duration::from_millis(50);
/// Rendered at a time, so that one slow reader holds little.
const BATCH: usize = 256;

/// One change, with the version of the picture that it leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedEvent {
    /// Give it back as `since` to go on behind this event.
    pub version: u64,
    pub change: Feed,
}

struct Reader {
    cluster: Cluster,
    moved: watch::Receiver<u64>,
    since: Option<u64>,
    ready: VecDeque<FeedEvent>,
}

pub(super) fn follow(cluster: Cluster, since: Option<u64>) -> BoxStream<'static, FeedEvent> {
    let reader = Reader {
        moved: cluster.version(),
        cluster,
        since,
        ready: VecDeque::new(),
    };
    stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((event, reader))
    })
    .boxed()
}

impl Reader {
    async fn next(&mut self) -> Option<FeedEvent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            // Seen before looking, so that a change in between wakes us again.
            self.moved.borrow_and_update();
            self.fill();
            if self.ready.is_empty() {
                self.moved.changed().await.ok()?;
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    fn fill(&mut self) {
        let picture = self.cluster.read();
        let found = self.since.and_then(|since| picture.changes.after(since, BATCH));
        let Some((things, until)) = found else {
            let version = picture.changes.version();
            self.since = Some(version);
            self.ready.push_back(FeedEvent {
                version,
                change: Feed::Reset,
            });
            return;
        };
        self.since = Some(until);
        self.ready.extend(things.into_iter().map(|(version, thing)| FeedEvent {
            version,
            change: render(&picture, &thing),
        }));
    }
}

/// How the thing is now.
fn render(picture: &Picture, thing: &Thing) -> Feed {
    match thing {
        Thing::Node(id) => picture.nodes.get(id).map_or_else(
            || Feed::NodeGone { id: id.to_string() },
            |node| Feed::Node {
                node: Box::new(views::node(picture, node)),
            },
        ),
        Thing::Container(node, id) => picture
            .nodes
            .get(node)
            .and_then(|node| node.containers.get(id).map(|held| views::container(node, held)))
            .map_or_else(
                || Feed::ContainerGone { id: id.to_string() },
                |container| Feed::Container {
                    container: Box::new(container),
                },
            ),
        Thing::Service(id) => picture
            .swarms
            .values()
            .find_map(|swarm| swarm.services.get(id))
            .map_or_else(
                || Feed::ServiceGone { id: id.clone() },
                |service| Feed::Service {
                    service: Box::new(service.clone()),
                },
            ),
    }
}
