//! Trust in the manager's key and nothing else: the pin that the operator confirmed takes the place of the web's authorities.

use crane_shared::identity::{Pin, web_client};
use rustls::CertificateError;
use std::sync::{Arc, Mutex};

/// TLS that accepts only `pin`; with `None` it accepts nobody, and the second value tells whose key it saw.
pub(crate) fn tls(pin: Option<Pin>) -> anyhow::Result<(rustls::ClientConfig, Arc<Mutex<Option<Pin>>>)> {
    let seen = Arc::new(Mutex::new(None));
    let remembered = Arc::clone(&seen);
    let config = web_client(move |shown| {
        if let Ok(mut seen) = remembered.lock() {
            *seen = Some(*shown);
        }
        if pin == Some(*shown) {
            Ok(())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    })?;
    Ok((config, seen))
}
