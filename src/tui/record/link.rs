//! Addresses that people give as evidence.

use crate::{facts, judge::Attached, text::clean};

/// The longest address that is taken.
const LONGEST: usize = 2_000;

/// Whether this is meant as an address, and not as the path of a file.
pub fn is_link(given: &str) -> bool {
    given.trim().contains("://")
}

/// An address as it is recorded. It is never opened.
///
/// # Errors
/// Where it is none of a web page, or has a password in it: the log would keep that.
pub fn link(given: &str) -> Result<Attached, String> {
    let given = facts::words(given, "give the address of what shows it")?;
    let shown = || clean(&given.chars().take(80).collect::<String>());
    if given.len() > LONGEST {
        return Err(format!("an address has at most {LONGEST} characters"));
    }
    let url = reqwest::Url::parse(&given).map_err(|why| format!("{} is no address: {why}", shown()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(format!("{} is no address of a web page; give one that begins with https://", shown()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address has a name or a password in it, which the log would keep; leave it out".to_owned());
    }
    Ok(Attached::Link { url: given })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_a_web_page_and_keeps_no_password() {
        let url = "https://ci.example/run/42?tab=log#step-3".to_owned();
        assert_eq!(link(&format!(" {url} ")), Ok(Attached::Link { url }));
        for given in ["", "  ", "notes.txt", "ftp://host/x", "javascript:alert(1)", "https://", "two words"] {
            assert!(link(given).is_err(), "{given:?}");
        }
        let refused = link("https://alice:s3cret@ci.example/").unwrap_err();
        assert!(refused.contains("password") && !refused.contains("s3cret"), "{refused}");
        assert!(link(&format!("https://ci.example/{}", "x".repeat(LONGEST))).is_err());
        assert!(is_link("https://x") && is_link("ftp://x") && !is_link("/tmp/x.log") && !is_link("notes.txt"));
    }
}
