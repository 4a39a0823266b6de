use crane_shared::identity::{IdentityError, Pin, web_client};
use std::sync::{Arc, OnceLock};
use tokio_rustls::rustls::{ClientConfig, Error};

/// Whom a caller takes for the manager: the one whose key it saw first, and no other afterwards. Clones share it.
///
/// Only tests may begin like this; they compare the key with what the manager says of itself.
#[derive(Debug, Clone, Default)]
pub struct Trust(Arc<OnceLock<Pin>>);

impl Trust {
    /// The key, once it was seen.
    #[must_use]
    pub fn pin(&self) -> Option<String> {
        self.0.get().map(ToString::to_string)
    }

    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, IdentityError> {
        let trust = self.clone();
        let mut config = web_client(move |shown| {
            if trust.0.get_or_init(|| *shown) == shown {
                Ok(())
            } else {
                Err(Error::General(format!("another key: {shown}")))
            }
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
