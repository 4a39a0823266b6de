//! What a password and an e-mail address must look like (pure).

/// Shortest password, in characters.
const SHORTEST: usize = 12;
/// Longest password, in bytes: more is work for us and no safety for anybody.
const LONGEST: usize = 1024;

/// Long passwords that are tried first, lower case without spaces. Shorter ones are refused by length.
const COMMON: &[&str] = &[
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "abcdefghijkl",
    "administrator",
    "administrator1",
    "changeme1234",
    "changemenow1",
    "changemeplease",
    "cranecrane12",
    "dockerdocker1",
    "dockerswarm1",
    "iloveyou1234",
    "letmeinletmein1",
    "p@ssw0rd1234",
    "passw0rd1234",
    "password1234",
    "password12345",
    "password123456",
    "password@123",
    "password2025",
    "password2026",
    "passwordpassword1",
    "qazwsxedcrfv",
    "qwerty123456",
    "qwerty1234567",
    "qwertyqwerty1",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdf",
    "qwertyuiopasdfghjkl",
    "rootrootroot1",
    "superadmin123",
    "swarmswarm12",
    "thisisapassword",
    "trustno1trustno1",
    "welcome12345",
    "welcome123456",
    "zaq12wsxcde3",
];

/// Why `password` is not good enough for the account `email`; `None` when it is.
#[must_use]
pub fn weakness(password: &str, email: &str) -> Option<&'static str> {
    if password.len() > LONGEST {
        return Some("it is longer than 1,024 bytes");
    }
    if password.chars().count() < SHORTEST {
        return Some("it has fewer than 12 characters");
    }
    let plain: Vec<char> = password.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let text: String = plain.iter().collect();
    if COMMON.contains(&text.as_str()) {
        return Some("it is one of the first that anybody would try");
    }
    if repeats(&plain) {
        return Some("it repeats a few characters");
    }
    if counts(&plain) {
        return Some("it is a row of neighbouring characters");
    }
    let email = email.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    if text == email || (!local.is_empty() && text.replace(local, "").chars().count() < 6) {
        return Some("it is little more than the e-mail address");
    }
    None
}

/// `aaaaaaaaaaaa`, `abcabcabcabc`, `adminadminadmin`: a piece of at most six characters, again and again.
fn repeats(text: &[char]) -> bool {
    (1..=6).any(|piece| text.len() >= 2 * piece && text.iter().zip(text.iter().skip(piece)).all(|(a, b)| a == b))
}

/// `123456789012`, `zyxwvutsrqpo`: each step is one up or each is one down (9 → 0 counts as up).
fn counts(text: &[char]) -> bool {
    let step = |by: i64| {
        text.windows(2).all(|pair| match pair {
            ['9', '0'] => by == 1,
            ['0', '9'] => by == -1,
            [a, b] => i64::from(u32::from(*b)) - i64::from(u32::from(*a)) == by,
            _ => true,
        })
    };
    step(1) || step(-1)
}

/// An e-mail address in the one form that we store: trimmed, lower case. `None` when it is none.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.split_once('@')?;
    let plain =
        |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '@' | '<' | '>' | '"' | ',' | ';' | '/');
    let good = !local.is_empty()
        && !domain.is_empty()
        && text.len() <= 254
        && local.chars().all(plain)
        && domain.chars().all(plain)
        && !domain.starts_with('.')
        && !domain.ends_with('.');
    good.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_anybody_would_try_are_refused() {
        for bad in [
            "",
            "adminadmin",
            "adminadminadmin",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabc",
            "Password 1234",
            "123456789012",
            "210987654321",
            "Qwertyuiop 12",
            "anna@example.org",
            "anna12345anna",
        ] {
            assert!(weakness(bad, "anna@example.org").is_some(), "{bad:?} was accepted");
        }
        assert!(weakness(&"é1x".repeat(400), "a@b").is_some(), "too long was accepted");
    }

    #[test]
    fn long_phrases_are_fine_in_any_language() {
        for good in [
            "blue kettle on the moon",
            "一二三四五 六七八九十 甲乙丙",
            "x9!kT2@pLq7#",
        ] {
            assert_eq!(weakness(good, "anna@example.org"), None, "{good:?} was refused");
        }
    }

    #[test]
    fn an_address_has_one_form() {
        assert_eq!(email(" Anna@Example.ORG "), Some("anna@example.org".to_owned()));
        for bad in [
            "",
            "anna",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@.b",
            &format!("a@{}", "b".repeat(260)),
        ] {
            assert_eq!(email(bad), None, "{bad:?} was accepted");
        }
    }
}
