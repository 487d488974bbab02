//! Secrets taken out of log lines, by the shapes that they are known by. Pure.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

/// What stands in the place of a secret.
pub const REDACTED: &str = "[redacted]";

/// Shorter values of secrets are not looked for: they would be found in ordinary words.
const SHORTEST: usize = 6;

/// Quotes within quotes within quotes take a pass each; more than so many of them are no log line.
const MOST_PASSES: usize = 64;

/// What the name of a value ends with where the value is a secret: `accessToken`, `db_password`, `x-api-key`.
const NAMES: &str = "token|password|passwd|passphrase|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|\
                     secret[_-]?key|client[_-]?secret|cookie|credentials?";

/// Shapes whose last group is the secret; what is before it stays.
static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let value = r#"(\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']*'|[^\s"'\\&,;]+(?:[,;][^\s"'\\&,;]+)*)"#;
    [
        // A private key, to its end or to where the text was cut.
        r"()(-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z))".to_owned(),
        r#"((?i:authorization)\\?["']?\s*[:=]\s*\\?["']?(?:(?i:bearer|basic|token|digest|apikey)\s+)?)([^\s"'\\,]+)"#
            .to_owned(),
        format!(r#"((?i:{NAMES})\\?["']?\s*[:=]\s*){value}"#),
        // A JSON web token.
        r"()(\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?)".to_owned(),
        // Amazon, GitHub, GitLab, Slack, Grafana, Stripe, Google.
        r"()(\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}\b)".to_owned(),
        r"()(\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|gl[cs]a?_|sk_live_|AIza)[A-Za-z0-9_=-]{16,})".to_owned(),
        // Credentials in an address.
        r"(\b[A-Za-z][A-Za-z0-9+.-]*://)([^\s/@\x22']*:[^\s/@\x22']*)@".to_owned(),
    ]
    .iter()
    // They are written here, and a test makes each of them.
    .filter_map(|shape| Regex::new(shape).ok())
    .collect()
});

/// `Bearer VALUE`, without the header's name: a secret only where the value looks like one.
static SCHEME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(\b(?i:bearer|basic)\s+)([A-Za-z0-9._~+/-]{6,}=*)").ok());

/// `text` with every secret replaced by [`REDACTED`], and nothing else changed. `known` are the values of secrets, which
/// are looked for as they are. Doing it twice is doing it once.
pub fn redact(text: &str, known: &[&str]) -> String {
    let mut text = Cow::Borrowed(text);
    // What is left of one shape may be another.
    for _ in 0..MOST_PASSES {
        let next = once(&text, known);
        if next == *text {
            return next;
        }
        text = Cow::Owned(next);
    }
    // No log is written like that: what nobody can take apart is not shown.
    REDACTED.to_owned()
}

fn once(text: &str, known: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in known.iter().filter(|secret| secret.len() >= SHORTEST && !REDACTED.contains(**secret)) {
        text = text.replace(*secret, REDACTED);
    }
    for shape in SHAPES.iter() {
        let covered = |found: &Captures<'_>| {
            let secret = &found[2];
            let quotes = ["\\\"", "\"", "'"].into_iter().find(|quote| secret.starts_with(quote)).unwrap_or_default();
            let ends = if secret.ends_with(quotes) { quotes } else { "" };
            // What follows the secret within the shape, such as the @ of an address, stays.
            let after = &found[0][found[1].len() + secret.len()..];
            format!("{}{quotes}{REDACTED}{ends}{after}", &found[1])
        };
        text = shape.replace_all(&text, covered).into_owned();
    }
    let Some(scheme) = SCHEME.as_ref() else { return text };
    let covered = |found: &Captures<'_>| match random(&found[2]) {
        true => format!("{}{REDACTED}", &found[1]),
        false => found[0].to_owned(),
    };
    scheme.replace_all(&text, covered).into_owned()
}

/// Whether it looks like no word of a language: it is long, or has a digit, a sign, or capitals within.
fn random(value: &str) -> bool {
    let odd = |c: char| !c.is_ascii_lowercase();
    value.len() >= 20 || value.chars().skip(1).any(odd)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_shape_is_one() {
        LazyLock::force(&SHAPES);
        assert_eq!(SHAPES.len(), 7);
        assert!(SCHEME.is_some());
        for shape in SHAPES.iter() {
            assert_eq!(shape.captures_len(), 3, "{shape}");
        }
    }

    #[test]
    fn quotes_that_were_cut_off_take_several_passes() {
        let parts = ["token=", "\\\"", "\"", "\"token\": \",AA_ ,\"", "\"token\": \"%_%0%a\""];
        for text in [parts.concat(), parts.join(" "), parts.concat().repeat(40)] {
            let text = redact(&text, &[]);
            assert_eq!(redact(&text, &[]), text);
            assert!(!text.contains("AA_") && !text.contains("%_%0%a"), "{text}");
        }
    }

    #[test]
    fn secrets_go_and_what_is_around_them_stays() {
        for (line, want) in [
            ("Authorization: Bearer abc.def-123 GET /vfs", "Authorization: Bearer [redacted] GET /vfs"),
            ("authorization: s3cret", "authorization: [redacted]"),
            (r#"{"Authorization":"Basic YTpi","n":1}"#, r#"{"Authorization":"Basic [redacted]","n":1}"#),
            ("sent Bearer 0af7651916cd43dd on", "sent Bearer [redacted] on"),
            ("GET /x?token=abc&id=7 200", "GET /x?token=[redacted]&id=7 200"),
            (r#"{"password":"a b,c","user":"ann"}"#, r#"{"password":"[redacted]","user":"ann"}"#),
            (r#"{\"accessToken\":\"abc\",\"n\":1}"#, r#"{\"accessToken\":\"[redacted]\",\"n\":1}"#),
            (
                "api_key = 'k 1' apiKey:k2, x-api-key: k3",
                "api_key = '[redacted]' apiKey:[redacted], x-api-key: [redacted]",
            ),
            ("db_password=p,w;d host=db", "db_password=[redacted] host=db"),
            ("aws_secret_access_key=wJalr/K7MDENG", "aws_secret_access_key=[redacted]"),
            ("key AKIAIOSFODNN7EXAMPLE used", "key [redacted] used"),
            ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-1 ok", "jwt [redacted] ok"),
            ("postgres://ann:pw@db/x", "postgres://[redacted]@db/x"),
            ("ghp_0123456789abcdefghij0123456789abcdef.", "[redacted]."),
            ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nnext", "[redacted]\nnext"),
            ("-----BEGIN PRIVATE KEY-----\nMII", "[redacted]"),
            ("of mine: open sesame", "of mine: [redacted]"),
        ] {
            assert_eq!(redact(line, &["open sesame"]), want);
        }
    }

    #[test]
    fn what_only_resembles_a_secret_stays() {
        for line in [
            "tokenizer: started, 3 tokens read",
            "a bearer bond and a basic understanding of Basic authentication",
            "passwords are hashed; the secretary has keys",
            "POST /vfs/register 200 12ms sha256:0a1b2c3d eyJ",
            "http://host/a@b:c",
            "",
        ] {
            assert_eq!(redact(line, &["a", "redacted"]), line);
        }
    }

    /// Lines with secrets of each shape in them, and the part that must not survive.
    fn secrets() -> impl Strategy<Value = (String, String)> {
        let name = prop::sample::select(vec!["token", "password", "API_KEY", "clientSecret", "x-api-key"]);
        prop_oneof![
            "[A-Za-z0-9]{20,40}".prop_map(|secret| (format!("Bearer {secret}"), secret)),
            "[A-Za-z0-9+/]{20,40}={0,2}".prop_map(|secret| (format!("Authorization: Basic {secret}"), secret)),
            (name.clone(), "[A-Za-z0-9%$#.!_-]{6,30}").prop_map(|(name, secret)| (format!("{name}={secret}"), secret)),
            (name, "[A-Za-z0-9 ,;%&._-]{6,30}")
                .prop_map(|(name, secret)| (format!("\"{name}\": \"{secret}\""), secret)),
            "AKIA[A-Z0-9]{16}".prop_map(|secret| (secret.clone(), secret)),
            "eyJ[A-Za-z0-9_-]{10,20}\\.[A-Za-z0-9_-]{10,20}\\.[A-Za-z0-9_-]{10,20}".prop_map(|s| (s.clone(), s)),
        ]
    }

    proptest! {
        #[test]
        fn no_known_shape_survives(before in "[a-z ]{0,20}", (shape, secret) in secrets(), after in "[a-z ]{0,20}") {
            let text = redact(&format!("{before} {shape} {after}"), &[]);
            prop_assert!(!text.contains(&secret) && text.contains(REDACTED), "{text}");
            prop_assert!(text.starts_with(&before) && text.ends_with(&after), "{text}");
        }

        #[test]
        fn twice_is_once(parts in prop::collection::vec(prop_oneof![
            ".{0,12}",
            secrets().prop_map(|(shape, _)| shape),
            prop::sample::select(vec!["token=", "Bearer ", "\"", "\\\"", "'", "://", "@", "secret: ", REDACTED, ":"])
                .prop_map(str::to_owned),
        ], 0..12), known in "[a-z]{0,8}") {
            let text = redact(&parts.concat(), &[&known]);
            prop_assert_eq!(redact(&text, &[&known]), text);
        }

        #[test]
        fn plain_words_stay(text in "[a-jA-J0-9 .,/()\n-]{0,80}") {
            prop_assert_eq!(redact(&text, &[]), text);
        }
    }
}
