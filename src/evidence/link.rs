//! Addresses that people attach. Pure.

use reqwest::Url;

use crate::text::clean;

/// No address is longer.
const LONGEST: usize = 2000;

/// Whether this is meant as an address, and not as the path of a file.
pub fn is_link(given: &str) -> bool {
    given.contains("://")
}

/// An address of the web as it was given, fit to be recorded and shown.
///
/// # Errors
/// Why it is none, in one sentence that holds no credentials.
pub fn link(given: &str) -> Result<String, String> {
    let given = given.trim();
    if given.len() > LONGEST {
        return Err(format!("the link has {} bytes; one of up to {LONGEST} can be kept", given.len()));
    }
    // A parser of addresses drops line ends and tabs in silence, and a screen shows marks of direction as nothing.
    if clean(given) != given || given.contains(char::is_whitespace) {
        return Err("the link has control characters or white space in it; give it as the browser shows it".to_owned());
    }
    let url = Url::parse(given).map_err(|_| "this is no link; write it like https://ci.example/run/7".to_owned())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("a link is of http or https; of anything else, attach a copy as a file".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the link has credentials in it, and the audit log is for all to read; take them out".to_owned());
    }
    Ok(given.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{is_link, link};

    #[test]
    fn what_has_a_scheme_is_meant_as_an_address() {
        assert!(is_link("https://x") && is_link(" ftp://x") && !is_link("/tmp/x.log") && !is_link("notes.txt"));
    }

    #[test]
    fn an_address_of_the_web_is_kept_as_it_is() {
        for given in ["https://ci.example/run/7?tab=log#L3", "http://[::1]:8080/", "https://bücher.example/ä"] {
            assert_eq!(link(&format!(" {given}\n")).as_deref(), Ok(given));
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        let long = format!("https://h/{}", "x".repeat(2000));
        for (given, why) in [
            ("", "this is no link"),
            ("ci.example/run/7", "this is no link"),
            ("two words", "white space"),
            ("notes.txt", "this is no link"),
            ("ftp://host/x", "of http or https"),
            ("javascript:alert(1)", "of http or https"),
            ("file:///etc/passwd", "of http or https"),
            ("https://", "this is no link"),
            ("https://ann:hunter2@h/", "credentials"),
            ("https://hunter2@h/", "credentials"),
            ("https://h/a\u{1b}[2J", "control characters"),
            ("https://h/a\nb", "control characters"),
            ("https://h/\u{202e}b", "control characters"),
            ("https://h/a b", "white space"),
            (&long, "2010 bytes"),
        ] {
            let said = link(given).unwrap_err();
            assert!(said.contains(why) && !said.contains("hunter2"), "{given:?}: {said}");
        }
    }
}
