use super::record::{TokenRecord, is_hostname};
use super::{EnrolmentError, Registry};
use crate::store::{Batch, Family, Order, StoreError};
use crane_shared::api::{self, JoinTokenWish};
use crane_shared::identity::{IdentityError, JoinToken, verify_proof};
use crane_shared::ids::TokenId;
use crane_shared::protocol::JoinRequest;
use crane_shared::secret::Secret;
use crane_shared::time::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use std::time::Duration;
use tracing::info;

/// How long a token works when nobody says, and at most: a day-old line in a chat is nobody's key.
const MINUTES: u16 = 15;
const MOST_MINUTES: u16 = 24 * 60;
/// Used and expired tokens are shown this long, then forgotten.
const SHOWN: Duration = Duration::from_secs(7 * 86_400);
/// Tokens that are kept, used ones included.
const MOST_TOKENS: usize = 1000;

impl Registry {
    /// Makes a join token. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// When the wish is out of bounds, or the disk refuses.
    pub async fn make_join_token(
        &self,
        wish: &JoinTokenWish,
    ) -> Result<(api::JoinToken, Secret<String>), EnrolmentError> {
        let minutes = wish.minutes.unwrap_or(MINUTES);
        if !(1..=MOST_MINUTES).contains(&minutes) {
            return Err(invalid("minutes", "it must be 1 to 1440"));
        }
        let hostname = wish.hostname.clone().filter(|name| !name.is_empty());
        if hostname.as_deref().is_some_and(|name| !is_hostname(name)) {
            return Err(invalid("hostname", "it must be a host's name"));
        }
        let now = self.inner.clock.now();
        let expires = now.plus(Duration::from_secs(60 * u64::from(minutes)));
        let token = JoinToken::make(self.inner.keys.authority.pin(), expires)?;
        let record = TokenRecord {
            id: token.id,
            public_key: token.public_key()?,
            created: now,
            expires: token.expires,
            hostname,
            used_by: None,
        };
        let mut batch = Batch::new();
        let kept = self.tokens()?;
        let (old, kept): (Vec<_>, Vec<_>) = kept.into_iter().partition(|token| now.since(token.expires) > SHOWN);
        if kept.len() >= MOST_TOKENS {
            return Err(invalid("tokens", "there are 1,000 already; revoke some"));
        }
        for token in old {
            batch.delete(Family::JoinTokens, &token.id);
        }
        batch.only_if_absent(Family::JoinTokens, &record.id);
        batch.put(Family::JoinTokens, &record.id, &record)?;
        self.inner.store.commit(batch).await?;
        info!(token = %hex::encode(record.id), minutes, "join token made");
        Ok((self.token_view(record)?, token.to_text()))
    }

    /// All tokens that are kept, newest first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn join_tokens(&self) -> Result<Vec<api::JoinToken>, EnrolmentError> {
        let mut all = self.tokens()?;
        all.sort_by_key(|token| std::cmp::Reverse((token.created, token.id)));
        all.into_iter().map(|token| self.token_view(token)).collect()
    }

    /// Makes a token worthless.
    ///
    /// # Errors
    /// When there is no such token, or the disk refuses.
    pub async fn revoke_join_token(&self, token: &TokenId) -> Result<(), EnrolmentError> {
        let nothing = || EnrolmentError::NotFound {
            what: format!("join token {token}"),
        };
        let id = hex::decode(token.as_str()).map_err(|_| nothing())?;
        let mut batch = Batch::new();
        batch.only_if_present(Family::JoinTokens, &id);
        batch.delete(Family::JoinTokens, &id);
        self.inner.store.commit(batch).await.map_err(|err| match err {
            StoreError::Conflict => nothing(),
            other => other.into(),
        })?;
        info!(%token, "join token revoked");
        Ok(())
    }

    /// The unused token behind a request, if its proof holds; else what is wrong, for our own log alone.
    pub(super) fn token_for(
        &self,
        request: &JoinRequest,
        exporter: &[u8; 32],
        now: Timestamp,
    ) -> Result<TokenRecord, &'static str> {
        let found: Option<TokenRecord> = self
            .inner
            .store
            .get(Family::JoinTokens, &request.token)
            .map_err(|_| "the store can't be read")?;
        let token = found.ok_or("no such token")?;
        let proven = verify_proof(
            &token.public_key,
            exporter,
            &request.csr,
            &request.token,
            &request.hostname,
            &request.agent_version,
            &request.proof,
        );
        if !proven {
            return Err("the proof does not hold");
        }
        if token.used_by.is_some() {
            return Err("the token is used");
        }
        if now >= token.expires {
            return Err("the token is expired");
        }
        if !is_hostname(&request.hostname) {
            return Err("the host's name is none");
        }
        if token.hostname.as_ref().is_some_and(|name| *name != request.hostname) {
            return Err("the token is for another host");
        }
        if request.agent_version.len() > 64 || request.agent_version.chars().any(char::is_control) {
            return Err("the agent's version is none");
        }
        Ok(token)
    }

    fn tokens(&self) -> Result<Vec<TokenRecord>, EnrolmentError> {
        let all = self
            .inner
            .store
            .page(Family::JoinTokens, b"", None, 2 * MOST_TOKENS, Order::Forward)?;
        Ok(all.into_iter().map(|(_, token)| token).collect())
    }

    fn token_view(&self, token: TokenRecord) -> Result<api::JoinToken, EnrolmentError> {
        let id = TokenId::parse(hex::encode(token.id)).map_err(|err| EnrolmentError::Store(err.to_string()))?;
        Ok(api::JoinToken {
            id,
            created: token.created.to_rfc3339(),
            expires: token.expires.to_rfc3339(),
            hostname: token.hostname,
            used_by: token.used_by.map(|node| {
                self.inner
                    .members
                    .find(&node)
                    .map_or_else(|| node.to_string(), |record| record.hostname)
            }),
        })
    }
}

/// Eight random bytes.
pub(super) fn random() -> Result<[u8; 8], IdentityError> {
    let mut bytes = [0; 8];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| IdentityError::Key("no random bytes".into()))?;
    Ok(bytes)
}

fn invalid(field: &'static str, why: &str) -> EnrolmentError {
    EnrolmentError::Invalid {
        field,
        why: why.to_owned(),
    }
}
