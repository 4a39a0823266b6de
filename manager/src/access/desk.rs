use super::limits::Limits;
use super::password::Passwords;
use super::records::{FIRST_ADMIN, UserRecord, email_key, user_key};
use super::setup::{digest, random_id, random_text, write_private};
use super::{AccessError, Caller, Credential, Hashing, NewSignIn, rules};
use crate::store::{Batch, Family, Store, StoreError};
use crane_shared::api::{Authorization, Setup, User};
use crane_shared::ids::UserId;
use crane_shared::secret::Secret;
use crane_shared::time::{Clock, Timestamp};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// What this room is told when it is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    pub hashing: Hashing,
    /// Where the set-up link lies while no administrator exists.
    pub setup_file: PathBuf,
}

/// The desk where everybody says who they are. Clones share one.
#[derive(Debug, Clone)]
pub struct Access {
    pub(super) desk: Arc<Desk>,
}

#[derive(Debug)]
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) passwords: Passwords,
    limits: Mutex<Limits>,
    /// The set-up code that was handed out last.
    code: Mutex<Option<Code>>,
    setup_file: PathBuf,
    /// Moves when a credential was taken away: who streams looks whether its own still holds.
    changes: watch::Sender<u64>,
}

/// How long a set-up code holds. Whoever comes later asks for a new link on the manager's own machine.
const SETUP_LIFE: Duration = Duration::from_mins(15);

/// A set-up code as it is kept.
#[derive(Debug, Clone, Copy)]
struct Code {
    /// SHA-256 of it.
    digest: [u8; 32],
    made: Timestamp,
}

impl Access {
    /// Opens the desk.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn open(store: Store, clock: Clock, settings: Settings) -> Result<Self, AccessError> {
        Ok(Self {
            desk: Arc::new(Desk {
                store,
                clock,
                passwords: Passwords::new(settings.hashing)?,
                limits: Mutex::default(),
                code: Mutex::default(),
                setup_file: settings.setup_file,
                changes: watch::Sender::new(0),
            }),
        })
    }

    /// True until the first administrator exists.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn needs_setup(&self) -> Result<bool, AccessError> {
        Ok(self
            .desk
            .store
            .get::<Timestamp>(Family::Settings, FIRST_ADMIN)?
            .is_none())
    }

    /// Makes the one-time code for the first administrator and writes the link that `link` makes of it to the
    /// set-up file, for our user's eyes only. Older codes end. `None` when there is an administrator; then an
    /// old file is removed.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn offer_setup(&self, link: impl FnOnce(&str) -> String) -> Result<Option<Secret<String>>, AccessError> {
        if !self.needs_setup()? {
            self.close_setup();
            return Ok(None);
        }
        let code = random_text::<16>()?;
        let link = Secret::new(link(code.expose()));
        write_private(&self.desk.setup_file, &format!("{}\n", link.expose())).map_err(|error| {
            AccessError::Broken(format!("{} can't be written: {error}", self.desk.setup_file.display()))
        })?;
        *self.desk.code() = Some(Code {
            digest: digest(code.expose()),
            made: self.desk.clock.now(),
        });
        Ok(Some(link))
    }

    /// The link that holds now: the last one, or a new one when its time is over. `None` when there is an administrator.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn setup_link(&self, link: impl FnOnce(&str) -> String) -> Result<Option<Secret<String>>, AccessError> {
        if self.needs_setup()?
            && self.code_that_holds().is_some()
            && let Ok(text) = std::fs::read_to_string(&self.desk.setup_file)
        {
            return Ok(Some(Secret::new(text.trim().to_owned())));
        }
        self.offer_setup(link)
    }

    fn code_that_holds(&self) -> Option<[u8; 32]> {
        let code = (*self.desk.code())?;
        within(self.desk.clock.now(), code.made, SETUP_LIFE).then_some(code.digest)
    }

    /// Makes the first administrator and signs them in. However many try at once, one succeeds.
    ///
    /// # Errors
    /// A wrong code, a weak password, or somebody was first.
    pub async fn set_up(&self, wish: &Setup, from: IpAddr) -> Result<NewSignIn, AccessError> {
        if !self.needs_setup()? {
            return Err(AccessError::SetUpDone);
        }
        if self.code_that_holds() != Some(digest(&wish.code)) {
            // Only wrong codes count: who has the right one is not slowed down.
            self.attempt(None, from)?;
            return Err(AccessError::WrongCode);
        }
        let user = self
            .make_first_admin(&wish.email, Secret::new(wish.password.clone()))
            .await?;
        self.begin(&user).await
    }

    /// Makes the first administrator from the command line's files. False when there is one already.
    ///
    /// # Errors
    /// A weak password or an address that is none.
    pub async fn set_up_unattended(&self, email: &str, password: Secret<String>) -> Result<bool, AccessError> {
        if !self.needs_setup()? {
            return Ok(false);
        }
        match self.make_first_admin(email, password).await {
            Ok(_) => Ok(true),
            Err(AccessError::SetUpDone) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Who shows `credential`, if it holds now. The only maker of a [`Caller`].
    ///
    /// # Errors
    /// [`AccessError::NotSignedIn`] for everything that does not hold.
    pub async fn authenticate(&self, credential: &Credential, from: IpAddr) -> Result<Caller, AccessError> {
        match credential {
            Credential::Cookie(value) => self.by_cookie(value, from).await,
            Credential::Bearer(value) => self.by_token(value, from).await,
        }
    }

    /// Moves whenever a credential was taken away. Streams wait for it and ask [`Access::holds`].
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.desk.changes.subscribe()
    }

    /// Whether what the caller showed still holds. Does not count as being active.
    #[must_use]
    pub fn holds(&self, caller: &Caller) -> bool {
        match &caller.via {
            super::Via::SignIn(key) => self.sign_in(key).is_ok(),
            super::Via::Token(id) => self.live_token(id).is_ok(),
        }
    }

    pub(super) fn attempt(&self, account: Option<&str>, from: IpAddr) -> Result<(), AccessError> {
        let now = self.desk.clock.now();
        self.desk
            .limits()
            .attempt(now, account, from)
            .map_err(AccessError::TooMany)
    }

    pub(super) fn user(&self, id: &UserId) -> Result<Option<UserRecord>, AccessError> {
        Ok(self.desk.store.get(Family::Users, &user_key(id))?)
    }

    pub(super) fn user_by_email(&self, email: &str) -> Result<Option<UserRecord>, AccessError> {
        match self.desk.store.get::<UserId>(Family::Users, &email_key(email))? {
            Some(id) => self.user(&id),
            None => Ok(None),
        }
    }

    async fn make_first_admin(&self, email: &str, password: Secret<String>) -> Result<UserRecord, AccessError> {
        let email = rules::email(email).ok_or_else(|| AccessError::Invalid {
            field: "email",
            why: "it is not an e-mail address".to_owned(),
        })?;
        if let Some(why) = rules::weakness(password.expose(), &email) {
            return Err(AccessError::Invalid {
                field: "password",
                why: why.to_owned(),
            });
        }
        let record = UserRecord {
            id: UserId::parse(random_id()?).map_err(|error| AccessError::Broken(error.to_string()))?,
            password: self.desk.passwords.hash(password).await?,
            email,
            role: Authorization::Admin,
            made: self.desk.clock.now(),
        };
        let mut batch = Batch::new();
        batch
            .only_if_absent(Family::Settings, FIRST_ADMIN)
            .put(Family::Settings, FIRST_ADMIN, &record.made)?
            .put(Family::Users, &user_key(&record.id), &record)?
            .put(Family::Users, &email_key(&record.email), &record.id)?;
        match self.desk.store.commit(batch).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Err(AccessError::SetUpDone),
            Err(error) => return Err(error.into()),
        }
        self.close_setup();
        tracing::info!(user = %record.email, "first administrator made");
        Ok(record)
    }

    fn close_setup(&self) {
        *self.desk.code() = None;
        match std::fs::remove_file(&self.desk.setup_file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(file = %self.desk.setup_file.display(), %error, "old set-up link not removed");
            }
            _ => {}
        }
    }
}

impl Desk {
    pub(super) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn code(&self) -> MutexGuard<'_, Option<Code>> {
        self.code.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was taken away.
    pub(super) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

impl UserRecord {
    /// As the API shows them.
    pub(super) fn show(&self) -> User {
        User {
            id: self.id.clone(),
            email: self.email.clone(),
            role: self.role,
        }
    }
}

/// Whether `now` lies within `span` after `start`. A clock that was set back extends nothing: what seems
/// to come from more than a minute in the future has ended.
pub(super) fn within(now: Timestamp, start: Timestamp, span: Duration) -> bool {
    now.since(start) < span && start.since(now) < Duration::from_mins(1)
}
