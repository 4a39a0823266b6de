//! Sign-in sessions of browsers.

use super::desk::within;
use super::records::{SignInRecord, UserRecord, user_key};
use super::setup::{digest, random_text};
use super::{Access, AccessError, Caller, Via, rules};
use crate::store::{Batch, Family, Order, StoreError};
use crane_shared::api::{Login, Session};
use crane_shared::secret::Secret;
use crane_shared::time::Timestamp;
use std::net::IpAddr;
use std::time::Duration;

/// A session in which nothing happens ends after this.
pub const IDLE: Duration = Duration::from_mins(30);
/// Every session ends after this, however busy.
pub const ABSOLUTE: Duration = Duration::from_hours(12);
/// How often being active is written down.
const NOTED: Duration = Duration::from_mins(1);

/// A browser has just signed in.
#[derive(Debug)]
pub struct NewSignIn {
    /// For the cookie; 256 bits. Only its hash is kept.
    pub secret: Secret<String>,
    pub session: Session,
}

impl Access {
    /// Signs in with e-mail and password. Every success makes a new session with a new secret.
    ///
    /// # Errors
    /// [`AccessError::WrongLogin`], [`AccessError::TooMany`] or [`AccessError::Busy`].
    pub async fn sign_in_with(&self, wish: &Login, from: IpAddr) -> Result<NewSignIn, AccessError> {
        // What is no address counts against the sender and is otherwise an unknown user.
        let email = rules::email(&wish.email).unwrap_or_default();
        self.attempt(Some(&email), from)?;
        // Counted as wrong until it proves right: a hundred tries side by side are a hundred tries.
        self.desk.limits().failed(self.desk.clock.now(), &email, from);
        let user = self.user_by_email(&email)?;
        let password = Secret::new(wish.password.clone());
        let stored = user.as_ref().map(|user| user.password.clone());
        let right = self.desk.passwords.verify(password, stored).await?;
        let Some(user) = user.filter(|_| right) else {
            return Err(AccessError::WrongLogin);
        };
        self.desk.limits().succeeded(self.desk.clock.now(), &email, from);
        if self.desk.passwords.is_outdated(&user.password) {
            self.renew_hash(&user, Secret::new(wish.password.clone())).await?;
        }
        self.begin(&user).await
    }

    /// Ends the caller's session, and every stream that runs on it.
    ///
    /// # Errors
    /// When the store can't be written; a token has no session to end.
    pub async fn sign_out(&self, caller: &Caller) -> Result<(), AccessError> {
        let Via::SignIn(key) = &caller.via else {
            return Err(AccessError::Forbidden(
                "an API token has no sign-in session; revoke it instead",
            ));
        };
        let mut batch = Batch::new();
        batch.delete(Family::SignIns, key);
        self.desk.store.commit(batch).await?;
        self.desk.changed();
        Ok(())
    }

    /// The caller's user, and when what it showed ends if nothing happens.
    ///
    /// # Errors
    /// [`AccessError::NotSignedIn`] when it has ended meanwhile.
    pub fn session(&self, caller: &Caller) -> Result<Session, AccessError> {
        let expires = match &caller.via {
            Via::SignIn(key) => {
                let (record, _) = self.sign_in(key)?;
                ends(&record)
            }
            Via::Token(id) => self.live_token(id)?.0.expires,
        };
        Ok(Session {
            user: caller.user.clone(),
            expires: expires.to_rfc3339(),
        })
    }

    /// Removes the records of sessions and tokens that have ended; how many. For a job that runs now and then.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub async fn sweep(&self) -> Result<usize, AccessError> {
        let mut gone = 0;
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page =
                self.desk
                    .store
                    .page::<SignInRecord>(Family::SignIns, &[], after.as_deref(), 500, Order::Forward)?;
            let Some((last, _)) = page.last() else { return Ok(gone) };
            after = Some(last.clone());
            let now = self.desk.clock.now();
            let mut batch = Batch::new();
            for (key, _) in page.iter().filter(|(_, record)| !alive(now, record)) {
                batch.delete(Family::SignIns, key);
                gone += 1;
            }
            if !batch.is_empty() {
                self.desk.store.commit(batch).await?;
            }
        }
    }

    /// A new session for `user`.
    pub(super) async fn begin(&self, user: &UserRecord) -> Result<NewSignIn, AccessError> {
        let secret = random_text::<32>()?;
        let now = self.desk.clock.now();
        let record = SignInRecord {
            user: user.id.clone(),
            made: now,
            seen: now,
        };
        let mut batch = Batch::new();
        batch.put(Family::SignIns, &digest(secret.expose()), &record)?;
        self.desk.store.commit(batch).await?;
        let session = Session {
            user: user.show(),
            expires: ends(&record).to_rfc3339(),
        };
        Ok(NewSignIn { secret, session })
    }

    pub(super) async fn by_cookie(&self, value: &Secret<String>, from: IpAddr) -> Result<Caller, AccessError> {
        let key = digest(value.expose());
        let (record, user) = self.sign_in(&key)?;
        self.note(&key, record).await?;
        Ok(Caller {
            actor: user.email.clone(),
            user: user.show(),
            via: Via::SignIn(key),
            from,
            checked: self.desk.clock.now(),
        })
    }

    /// The caller does something on a connection that is open already, e.g. types: its session is not idle.
    ///
    /// # Errors
    /// [`AccessError::NotSignedIn`] when it has ended meanwhile.
    pub async fn touch(&self, caller: &Caller) -> Result<(), AccessError> {
        match &caller.via {
            Via::SignIn(key) => {
                let (record, _) = self.sign_in(key)?;
                self.note(key, record).await
            }
            Via::Token(_) => Ok(()),
        }
    }

    /// Writes down that a session is active, now and then.
    async fn note(&self, key: &[u8; 32], mut record: SignInRecord) -> Result<(), AccessError> {
        let now = self.desk.clock.now();
        if now.since(record.seen) < NOTED {
            return Ok(());
        }
        record.seen = now;
        let mut batch = Batch::new();
        // Who signed out a moment ago stays signed out.
        batch
            .only_if_present(Family::SignIns, key)
            .put(Family::SignIns, key, &record)?;
        self.desk.store.commit(batch).await.map_err(|error| match error {
            StoreError::Conflict => AccessError::NotSignedIn,
            other => other.into(),
        })
    }

    /// The session behind `key`, if it is alive and its user exists.
    pub(super) fn sign_in(&self, key: &[u8; 32]) -> Result<(SignInRecord, UserRecord), AccessError> {
        let record: SignInRecord = self
            .desk
            .store
            .get(Family::SignIns, key)?
            .ok_or(AccessError::NotSignedIn)?;
        if !alive(self.desk.clock.now(), &record) {
            return Err(AccessError::NotSignedIn);
        }
        let user = self.user(&record.user)?.ok_or(AccessError::NotSignedIn)?;
        Ok((record, user))
    }

    async fn renew_hash(&self, user: &UserRecord, password: Secret<String>) -> Result<(), AccessError> {
        let mut renewed = user.clone();
        renewed.password = self.desk.passwords.hash(password).await?;
        let mut batch = Batch::new();
        batch
            .only_if_present(Family::Users, &user_key(&user.id))
            .put(Family::Users, &user_key(&user.id), &renewed)?;
        Ok(self.desk.store.commit(batch).await?)
    }
}

fn alive(now: Timestamp, record: &SignInRecord) -> bool {
    within(now, record.seen, IDLE) && within(now, record.made, ABSOLUTE)
}

fn ends(record: &SignInRecord) -> Timestamp {
    record.seen.plus(IDLE).min(record.made.plus(ABSOLUTE))
}
