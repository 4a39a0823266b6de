//! API tokens: for scripts and the CLI. They carry a role of their own, never more than their owner has now.

use super::records::{ApiTokenRecord, UserRecord};
use super::role::covers;
use super::setup::{digest, random_id, random_text};
use super::{Access, AccessError, Caller, Via};
use crate::store::{Batch, Family, Order, StoreError};
use crane_shared::api::{ApiToken, ApiTokenWish, Authorization, NewApiToken, User};
use crane_shared::ids::TokenId;
use crane_shared::secret::Secret;
use std::net::IpAddr;
use std::time::Duration;

/// What every API token begins with, so that secret scanners find one that was committed somewhere.
pub const PREFIX: &str = "crane_pat_";
/// How long a token lives when nobody says.
const DAYS: u16 = 90;
/// The longest life.
const MOST_DAYS: u16 = 365;
/// Tokens of one user; nobody needs more, and a list of them stays a page.
const MOST: usize = 100;
/// How often the time of use is written down.
const NOTED: Duration = Duration::from_mins(5);

impl Access {
    /// Makes a token that belongs to the caller. The answer is the only time its secret is shown.
    ///
    /// # Errors
    /// A role above the caller's, a name or a life that is not valid, or 100 tokens already.
    pub async fn make_token(&self, caller: &Caller, wish: &ApiTokenWish) -> Result<NewApiToken, AccessError> {
        if !covers(caller.role(), wish.role) {
            return Err(AccessError::Forbidden("a token can't have more rights than you"));
        }
        let name = wish.name.trim();
        let invalid = |field, why: &str| {
            Err(AccessError::Invalid {
                field,
                why: why.to_owned(),
            })
        };
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return invalid("name", "it must have 1 to 64 characters");
        }
        let days = wish.days.unwrap_or(DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            return invalid("days", "it must be 1 to 365");
        }
        if self
            .tokens(caller)?
            .iter()
            .filter(|(owner, _)| *owner == caller.user.id)
            .count()
            >= MOST
        {
            return invalid("name", "you have 100 tokens already; remove one first");
        }
        let secret = random_text::<32>()?;
        let now = self.desk.clock.now();
        let record = ApiTokenRecord {
            id: TokenId::parse(random_id()?).map_err(|error| AccessError::Broken(error.to_string()))?,
            user: caller.user.id.clone(),
            name: name.to_owned(),
            role: wish.role,
            hash: digest(secret.expose()),
            made: now,
            expires: now.plus(Duration::from_hours(24 * u64::from(days))),
            used: None,
        };
        let key = record.id.as_str().as_bytes();
        let mut batch = Batch::new();
        batch
            .only_if_absent(Family::ApiTokens, key)
            .put(Family::ApiTokens, key, &record)?;
        self.desk.store.commit(batch).await?;
        Ok(NewApiToken {
            secret: format!("{PREFIX}{}_{}", record.id, secret.expose()),
            token: record.show(),
        })
    }

    /// The caller's tokens with their owner, newest first; an administrator sees everybody's.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn tokens(&self, caller: &Caller) -> Result<Vec<(crane_shared::ids::UserId, ApiToken)>, AccessError> {
        let all = matches!(caller.role(), Authorization::Admin);
        let mut records: Vec<ApiTokenRecord> = self
            .desk
            .store
            .page(Family::ApiTokens, &[], None, 10_000, Order::Forward)?
            .into_iter()
            .map(|(_, record)| record)
            .filter(|record: &ApiTokenRecord| all || record.user == caller.user.id)
            .collect();
        records.sort_by(|a, b| (b.made, &a.id).cmp(&(a.made, &b.id)));
        Ok(records
            .into_iter()
            .map(|record| (record.user.clone(), record.show()))
            .collect())
    }

    /// Takes a token away; from the next request on, and from streams that run on it, at once. Its name.
    ///
    /// # Errors
    /// [`AccessError::NotFound`], also for somebody else's token unless the caller is an administrator.
    pub async fn revoke_token(&self, caller: &Caller, id: &TokenId) -> Result<String, AccessError> {
        let all = matches!(caller.role(), Authorization::Admin);
        let record = self
            .desk
            .store
            .get::<ApiTokenRecord>(Family::ApiTokens, id.as_str().as_bytes())?
            .filter(|record| all || record.user == caller.user.id)
            .ok_or_else(|| AccessError::NotFound(format!("token {id}")))?;
        let mut batch = Batch::new();
        batch.delete(Family::ApiTokens, id.as_str().as_bytes());
        self.desk.store.commit(batch).await?;
        self.desk.changed();
        Ok(record.name)
    }

    pub(super) async fn by_token(&self, value: &Secret<String>, from: IpAddr) -> Result<Caller, AccessError> {
        let (id, secret) = value
            .expose()
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .ok_or(AccessError::NotSignedIn)?;
        let id = TokenId::parse(id).map_err(|_| AccessError::NotSignedIn)?;
        let (mut record, user) = self.live_token(&id)?;
        // Both sides are hashes of 256 random bits: how long the comparison takes tells nothing.
        if record.hash != digest(secret) {
            return Err(AccessError::NotSignedIn);
        }
        let now = self.desk.clock.now();
        if record.used.is_none_or(|used| now.since(used) >= NOTED) {
            record.used = Some(now);
            let mut batch = Batch::new();
            let key = id.as_str().as_bytes();
            batch
                .only_if_present(Family::ApiTokens, key)
                .put(Family::ApiTokens, key, &record)?;
            self.desk.store.commit(batch).await.map_err(|error| match error {
                StoreError::Conflict => AccessError::NotSignedIn,
                other => other.into(),
            })?;
        }
        Ok(Caller {
            actor: format!("token {}", record.name),
            user: User {
                id: user.id,
                email: user.email,
                role: least(user.role, record.role),
            },
            via: Via::Token(id),
            from,
            checked: self.desk.clock.now(),
        })
    }

    /// A token that has not expired, and its owner.
    pub(super) fn live_token(&self, id: &TokenId) -> Result<(ApiTokenRecord, UserRecord), AccessError> {
        let record: ApiTokenRecord = self
            .desk
            .store
            .get(Family::ApiTokens, id.as_str().as_bytes())?
            .ok_or(AccessError::NotSignedIn)?;
        if self.desk.clock.now() >= record.expires {
            return Err(AccessError::NotSignedIn);
        }
        let user = self.user(&record.user)?.ok_or(AccessError::NotSignedIn)?;
        Ok((record, user))
    }
}

impl ApiTokenRecord {
    fn show(&self) -> ApiToken {
        ApiToken {
            id: self.id.clone(),
            name: self.name.clone(),
            role: self.role,
            created: self.made.to_rfc3339(),
            expires: self.expires.to_rfc3339(),
            last_used: self.used.map(|used| used.to_rfc3339()),
        }
    }
}

/// The smaller of two roles: a token shrinks with its owner.
fn least(a: Authorization, b: Authorization) -> Authorization {
    if covers(a, b) { b } else { a }
}
