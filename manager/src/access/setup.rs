use super::AccessError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crane_shared::secret::Secret;
use ring::rand::{SecureRandom, SystemRandom};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Bytes from the system's own source.
pub(super) fn random<const N: usize>() -> Result<[u8; N], AccessError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| AccessError::Broken("the system has no random numbers".to_owned()))?;
    Ok(bytes)
}

/// `N` random bytes as text that fits into a cookie, a URL and a shell.
pub(super) fn random_text<const N: usize>() -> Result<Secret<String>, AccessError> {
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(random::<N>()?)))
}

/// 16 hexadecimal digits that nobody has yet.
pub(super) fn random_id() -> Result<String, AccessError> {
    random::<8>().map(hex::encode)
}

/// What we keep of a secret.
pub(super) fn digest(secret: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, secret.as_bytes()).as_ref());
    hash
}

/// Writes `text` to `path` so that only our user can read it, whole or not at all.
pub(super) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let fresh = path.with_extension("new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_private_file_is_ours_alone_even_over_an_open_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("setup-link");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        write_private(&path, "new\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_code_has_128_bits_and_never_comes_twice() {
        let first = random_text::<16>().unwrap();
        assert_eq!(first.expose().len(), 22);
        assert!(first != random_text::<16>().unwrap());
    }
}
