use super::{Inventory, News};
use crane_shared::model::Container;
use crane_shared::protocol::InventoryFrame;
use crane_shared::wire::encode;
use std::collections::VecDeque;
use tokio::sync::broadcast;

/// At most so many containers in a frame…
const MOST_PER_FRAME: usize = 64;
/// …and about so many bytes, half of what a frame may hold.
const BYTES_PER_FRAME: usize = 512 << 10;

/// One reader of the inventory: everything first, then changes. A reader that falls behind gets everything again.
#[derive(Debug)]
pub struct Feed {
    inventory: Inventory,
    news: broadcast::Receiver<News>,
    /// Frames that are due before the next news.
    due: VecDeque<InventoryFrame>,
}

impl Feed {
    pub(super) fn new(inventory: Inventory) -> Self {
        let news = inventory.inner.news.subscribe();
        let due = VecDeque::from([InventoryFrame::Facts(inventory.facts())]);
        let mut feed = Self { inventory, news, due };
        feed.look_at_all();
        feed
    }

    /// The next frame. Cancel-safe.
    pub async fn next(&mut self) -> InventoryFrame {
        loop {
            if let Some(frame) = self.due.pop_front() {
                return frame;
            }
            match self.news.recv().await {
                Ok(News::All) | Err(broadcast::error::RecvError::Lagged(_)) => self.look_at_all(),
                Ok(News::Changed(key)) => {
                    // Gone by now is told by its own news.
                    let container = self.inventory.picture().containers.get(&key).cloned();
                    self.due.extend(container.map(InventoryFrame::Changed));
                }
                Ok(News::Removed(id)) => return InventoryFrame::Removed(id),
                Ok(News::Facts) => return InventoryFrame::Facts(self.inventory.facts()),
                Ok(News::Swarm { kind, id }) => return InventoryFrame::SwarmChanged { kind, id },
                Ok(News::Lost { why }) => return InventoryFrame::EngineLost { why },
                // The inventory holds the sending half, and we hold the inventory.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    fn look_at_all(&mut self) {
        // News from before this look are in it.
        self.news = self.news.resubscribe();
        let picture = self.inventory.picture();
        if let Some(why) = &picture.lost {
            self.due.push_back(InventoryFrame::EngineLost { why: why.clone() });
        } else if picture.swept {
            self.due.push_back(InventoryFrame::SweepBegins);
            self.due.extend(chunks(picture.containers.values()));
            self.due.push_back(InventoryFrame::SweepEnds);
        }
    }
}

fn chunks<'a>(containers: impl Iterator<Item = &'a Container>) -> Vec<InventoryFrame> {
    let mut frames = Vec::new();
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    for container in containers {
        let size = encode(container).map_or(0, |bytes| bytes.len());
        if chunk.len() == MOST_PER_FRAME || (bytes + size > BYTES_PER_FRAME && !chunk.is_empty()) {
            frames.push(InventoryFrame::Sweep(std::mem::take(&mut chunk)));
            bytes = 0;
        }
        bytes += size;
        chunk.push(container.clone());
    }
    if !chunk.is_empty() {
        frames.push(InventoryFrame::Sweep(chunk));
    }
    frames
}
