use super::AccessError;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use crane_shared::secret::Secret;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many hashes are computed at once: two times 64 MiB is all that password work may ever take.
const AT_ONCE: usize = 2;
/// How many more may wait; the next one is told to come back.
const QUEUE: usize = 16;

/// What one guess costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashing {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Hashing {
    /// Above OWASP's floor (19 MiB, 2 passes): 64 MiB and 3 passes, about 0.2 s on an idle core.
    pub const STRONG: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
    };
    /// As little as argon2 permits, for tests that are not about hashing.
    #[cfg(test)]
    pub const QUICK: Self = Self {
        memory_kib: 8,
        passes: 1,
    };

    fn argon2(self) -> Result<Argon2<'static>, AccessError> {
        let params = Params::new(self.memory_kib, self.passes, 1, None).map_err(broken)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

fn broken(error: impl std::fmt::Display) -> AccessError {
    AccessError::Broken(format!("password hashing failed: {error}"))
}

/// The place where passwords are hashed and compared, a few at a time.
#[derive(Debug)]
pub(super) struct Passwords {
    hashing: Hashing,
    turns: Arc<Semaphore>,
    places: Semaphore,
    /// A hash that no password has; compared when a user is unknown, so that it takes as long.
    nobody: String,
}

impl Passwords {
    pub(super) fn new(hashing: Hashing) -> Result<Self, AccessError> {
        let salt = super::setup::random::<16>()?;
        let hash = super::setup::random::<32>()?;
        Ok(Self {
            hashing,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            places: Semaphore::new(AT_ONCE + QUEUE),
            nobody: format!(
                "$argon2id$v=19$m={},t={},p=1${}${}",
                hashing.memory_kib,
                hashing.passes,
                STANDARD_NO_PAD.encode(salt),
                STANDARD_NO_PAD.encode(hash)
            ),
        })
    }

    /// The PHC string of `password`, with a salt of its own.
    pub(super) async fn hash(&self, password: Secret<String>) -> Result<String, AccessError> {
        let hashing = self.hashing;
        self.in_turn(move || {
            let hash = hashing
                .argon2()?
                .hash_password(password.expose().as_bytes())
                .map_err(broken)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether `password` is the one behind `phc`; without `phc` it works as long and says no.
    pub(super) async fn verify(&self, password: Secret<String>, phc: Option<String>) -> Result<bool, AccessError> {
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| self.nobody.clone());
        let matches = self
            .in_turn(move || {
                let stored = PasswordHash::new(&phc).map_err(broken)?;
                // The figures in the string decide the work; ours are always within these.
                let params = Params::try_from(&stored).map_err(broken)?;
                if params.m_cost() > 256 * 1024 || params.t_cost() > 16 || params.p_cost() > 4 {
                    return Err(broken("a stored hash asks for too much work"));
                }
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                Ok(argon2.verify_password(password.expose().as_bytes(), &stored).is_ok())
            })
            .await?;
        Ok(matches && known)
    }

    /// True when `phc` was made with other figures than today's.
    pub(super) fn is_outdated(&self, phc: &str) -> bool {
        let today = format!("m={},t={},p=1", self.hashing.memory_kib, self.hashing.passes);
        phc.split('$').nth(3) != Some(today.as_str())
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccessError> + Send + 'static,
    ) -> Result<T, AccessError> {
        let _place = self.places.try_acquire().map_err(|_| AccessError::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(broken)?;
        // The turn moves into the work: a browser that goes away must not let a third hash start.
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        })
        .await
        .map_err(broken)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn the_right_password_matches_and_no_other() {
        let passwords = Passwords::new(Hashing::QUICK).unwrap();
        let phc = passwords.hash(secret("blue kettle on the moon")).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert!(
            passwords
                .verify(secret("blue kettle on the moon"), Some(phc.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(secret("blue kettle on the mooN"), Some(phc.clone()))
                .await
                .unwrap()
        );
        assert!(!passwords.verify(secret("blue kettle on the moon"), None).await.unwrap());
        assert!(!passwords.is_outdated(&phc));
        assert!(Passwords::new(Hashing::STRONG).unwrap().is_outdated(&phc));
    }

    #[tokio::test]
    async fn the_nineteenth_at_once_is_told_to_come_back() {
        let passwords = Passwords::new(Hashing::QUICK).unwrap();
        let held = passwords.turns.clone().acquire_many_owned(2).await.unwrap();
        let waiting: Vec<_> = (0..18).map(|_| Box::pin(passwords.hash(secret("x")))).collect();
        let mut waiting = futures_util::future::join_all(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert!(matches!(passwords.hash(secret("x")).await, Err(AccessError::Busy)));
        drop(held);
        assert!(waiting.await.into_iter().all(|hash| hash.is_ok()));
    }

    #[tokio::test]
    async fn a_stored_hash_cannot_ask_for_unbounded_work() {
        let passwords = Passwords::new(Hashing::QUICK).unwrap();
        let greedy = passwords.nobody.replace("m=8,", "m=4000000,");
        assert!(passwords.verify(secret("x"), Some(greedy)).await.is_err());
    }
}
