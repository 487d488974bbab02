//! The query of a runbook, with the environment and the candidate put in such that they stay text.

use crate::{
    fault::{Fault, FaultKind},
    text::clean,
};

/// What the placeholders of a query stand for.
#[derive(Debug, Clone, Copy)]
pub struct Meant<'a> {
    /// `{environment}`.
    pub environment: &'a str,
    /// `{candidate}`.
    pub candidate: &'a str,
}

/// Where in a query a placeholder stands.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    /// Outside of any text: what is put in gets its own quotes.
    Nothing,
    /// `"..."`.
    Quotes,
    /// `` `...` ``, in which nothing can be escaped.
    Backticks,
}

/// The query with `{environment}` and `{candidate}` filled in, as text of LogQL: quoted where it stands outside of quotes,
/// escaped where it stands inside of them. Neither can end the text that it is put into.
///
/// # Errors
/// Where a value holds a backtick and is to stand between backticks, which cannot be written.
pub fn fill(query: &str, meant: Meant<'_>) -> Result<String, Fault> {
    let (mut filled, mut rest, mut inside) = (String::new(), query, Inside::Nothing);
    while let Some(c) = rest.chars().next() {
        if let Some((value, after)) = placeholder(rest, meant) {
            filled.push_str(&written(value, inside)?);
            rest = after;
            continue;
        }
        let mut taken = c.len_utf8();
        inside = match (inside, c) {
            (Inside::Nothing, '"') => Inside::Quotes,
            (Inside::Nothing, '`') => Inside::Backticks,
            (Inside::Quotes, '"') | (Inside::Backticks, '`') => Inside::Nothing,
            (Inside::Quotes, '\\') => {
                // What is escaped does not end the text.
                taken += rest[taken..].chars().next().map_or(0, char::len_utf8);
                Inside::Quotes
            }
            (inside, _) => inside,
        };
        filled.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    Ok(filled)
}

fn placeholder<'a, 'q>(rest: &'q str, meant: Meant<'a>) -> Option<(&'a str, &'q str)> {
    let each = [("{environment}", meant.environment), ("{candidate}", meant.candidate)];
    each.into_iter().find_map(|(name, value)| Some((value, rest.strip_prefix(name)?)))
}

fn written(value: &str, inside: Inside) -> Result<String, Fault> {
    match inside {
        Inside::Nothing => Ok(format!("\"{}\"", escaped(value))),
        Inside::Quotes => Ok(escaped(value)),
        Inside::Backticks if value.contains('`') => {
            let what = format!("{:?} cannot stand between backticks in the runbook's log query", clean(value));
            Err(Fault::new(FaultKind::Configuration, what, "write the query with double quotes"))
        }
        Inside::Backticks => Ok(value.to_owned()),
    }
}

/// As in the text of LogQL, which is that of Go.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            c if c.is_control() => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(query: &str, environment: &str) -> Result<String, Fault> {
        fill(query, Meant { environment, candidate: "018e611" })
    }

    #[test]
    fn values_are_text_wherever_they_stand() {
        for (query, environment, want) in [
            (r#"{env={environment}} |= {candidate}"#, "staging", r#"{env="staging"} |= "018e611""#),
            (r#"{env="{environment}"}"#, "staging", r#"{env="staging"}"#),
            (r#"{env="{environment}-eu"} |= "a \"{candidate}\"""#, "x", r#"{env="x-eu"} |= "a \"018e611\"""#),
            ("{env=`{environment}`}", "staging", "{env=`staging`}"),
            (r#"{env={environment}}"#, r#"a"} or {b=~"\"#, r#"{env="a\"} or {b=~\"\\"}"#),
            (r#"{env="{environment}"}"#, "a\nb\u{1b}", r#"{env="a\u000ab\u001b"}"#),
            (r#"{app="api"} | json | line_format "{{.msg}}""#, "x", r#"{app="api"} | json | line_format "{{.msg}}""#),
        ] {
            assert_eq!(with(query, environment).unwrap(), want);
        }
        let fault = with("{env=`{environment}`}", "a`b").unwrap_err();
        assert!(fault.to_string().contains("cannot stand between backticks"), "{fault}");
    }

    proptest! {
        /// Read back as Go reads a text, what stands between the quotes is the value and nothing more.
        #[test]
        fn no_value_ends_its_text(value in ".*") {
            let filled = with("{e={environment}}", &value).unwrap();
            let text = filled.strip_prefix("{e=").and_then(|rest| rest.strip_suffix('}')).unwrap();
            // JSON reads these escapes alike.
            prop_assert_eq!(serde_json::from_str::<String>(text).unwrap(), value);
        }
    }
}
