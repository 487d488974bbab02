//! What a body says that is not what was asked for.

use crate::{
    fault::{Fault, FaultKind},
    text::clean,
};

/// A server's own message is cut to this many characters.
const MESSAGE: usize = 200;

/// A body that is not the JSON that was expected. Nothing of its content is repeated.
pub(super) fn not_json(server: &str, body: &[u8], error: &serde_json::Error) -> Fault {
    let what = if body.trim_ascii().is_empty() {
        "with an empty body instead of JSON".to_owned()
    } else if is_html(body) {
        "with an HTML page instead of JSON".to_owned()
    } else if error.is_eof() {
        format!("with JSON that is cut off after {} bytes", body.len())
    } else if error.is_data() {
        format!("with JSON of another shape than expected: {}", expectation(error))
    } else {
        format!("with something that is not JSON (line {}, column {})", error.line(), error.column())
    };
    Fault::new(
        FaultKind::Malformed,
        format!("{server} answered {what}"),
        "check that the address is the API's own, and that no log-in page is in between",
    )
}

/// What serde expected, without the value that it found.
fn expectation(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {}", shorten(expected)),
        None if text.starts_with("missing field") => shorten(&text),
        None => format!("line {}, column {}", error.line(), error.column()),
    }
}

/// A server's own words in the body of an error, on one line.
pub(super) fn message(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if is_html(body) {
        return Some("an HTML page".to_owned());
    }
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else {
        return text.lines().find(|line| !line.trim().is_empty()).map(|line| shorten(line.trim()));
    };
    let words = |value: &serde_json::Value| value.as_str().filter(|s| !s.trim().is_empty()).map(str::to_owned);
    let detail = json.pointer("/details/0/message").and_then(words);
    let main = ["/error", "/message", "/error/message", "/error_description", "/errors/0/message"]
        .iter()
        .find_map(|path| json.pointer(path).and_then(words));
    let text = match (main, detail) {
        (Some(main), Some(detail)) if main != detail => format!("{main}; {detail}"),
        (Some(only), _) | (None, Some(only)) => only,
        (None, None) => return None,
    };
    Some(shorten(&text))
}

fn is_html(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    start.first() == Some(&b'<')
}

/// On one line, and not a long one.
pub(super) fn shorten(text: &str) -> String {
    let text = clean(text);
    match text.char_indices().nth(MESSAGE) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_own_words_are_found_wherever_it_puts_them() {
        for (body, expected) in [
            (r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#, Some("parse error")),
            (
                r#"{"name":"X","message":"no","details":[{"message":"rollout must be <= 100"}]}"#,
                Some("no; rollout must be <= 100"),
            ),
            (r#"{"error":{"message":"inner"}}"#, Some("inner")),
            ("404 page not found\n", Some("404 page not found")),
            ("\n<!doctype html><title>x</title>", Some("an HTML page")),
            ("first\u{1b}[2J line\nsecond", Some("first[2J line")),
            ("{}", None),
            ("  ", None),
        ] {
            assert_eq!(message(body.as_bytes()).as_deref(), expected, "{body}");
        }
        assert_eq!(message("é".repeat(300).as_bytes()).map(|text| text.chars().count()), Some(MESSAGE + 1));
    }

    #[test]
    fn what_serde_found_is_not_repeated() {
        let error = serde_json::from_str::<Vec<u8>>(r#"{"token":"hunter22"}"#).unwrap_err();
        let fault = not_json("prometheus", b"{}", &error);
        assert!(!fault.to_string().contains("hunter22"), "{fault}");
        let error = serde_json::from_str::<u8>(r#""hunter22, expected hunter22""#).unwrap_err();
        assert!(!not_json("prometheus", b"{}", &error).to_string().contains("hunter22"));
    }
}
