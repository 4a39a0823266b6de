use super::session::{Activity, Keys, Screen, Witness};
use crate::link::Agents;
use crane_shared::ids::NodeId;
use crane_shared::protocol::{ExecSpec, Refusal};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Terminals of one user at a time; each holds a stream of an agent, which allows 100 in all.
const PER_USER: u32 = 8;

/// All terminals that are open. Clones share one count.
#[derive(Debug, Clone)]
pub struct Terminals {
    agents: Agents,
    open: Arc<Mutex<HashMap<String, u32>>>,
}

impl Terminals {
    /// None is open yet.
    #[must_use]
    pub fn new(agents: Agents) -> Self {
        Self {
            agents,
            open: Arc::default(),
        }
    }

    /// Starts `spec` on `node` for `user`. The two halves are two loops of the caller; when one of them ends, drop
    /// both, and the process is hung up. `witness` is asked whether the user still may, and told of the end.
    ///
    /// # Errors
    /// When the user has eight terminals already, or the agent is away. The witness hears nothing then.
    pub async fn open(
        &self,
        user: &str,
        node: &NodeId,
        spec: ExecSpec,
        witness: Arc<dyn Witness>,
    ) -> Result<(Keys, Screen), Refusal> {
        let place = self.place(user)?;
        let (keys, screen) = self.agents.exec(node, spec).await?;
        let activity = Activity::new(place, witness);
        Ok((Keys::new(keys, Arc::clone(&activity)), Screen::new(screen, activity)))
    }

    /// How many are open.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.table().values().sum()
    }

    fn place(&self, user: &str) -> Result<Place, Refusal> {
        let mut table = self.table();
        let count = table.entry(user.to_owned()).or_insert(0);
        if *count >= PER_USER {
            return Err(Refusal::Busy {
                what: "your open terminals".into(),
                limit: PER_USER,
            });
        }
        *count += 1;
        Ok(Place {
            user: user.to_owned(),
            open: Arc::clone(&self.open),
        })
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of a user's eight; dropping it makes room.
#[derive(Debug)]
pub(super) struct Place {
    user: String,
    open: Arc<Mutex<HashMap<String, u32>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = table.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                table.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crane_shared::tasks::Tasks;

    #[test]
    fn the_ninth_terminal_of_a_user_is_refused_until_one_is_closed() {
        let terminals = Terminals::new(Agents::new(&Tasks::new()));
        let mut held: Vec<_> = (0..8).map(|_| terminals.place("ada").unwrap()).collect();
        assert!(matches!(terminals.place("ada"), Err(Refusal::Busy { limit: 8, .. })));
        assert!(terminals.place("bob").is_ok());
        held.pop();
        assert!(terminals.place("ada").is_ok());
        drop(held);
        assert_eq!(terminals.count(), 0);
    }
}
