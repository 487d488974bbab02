//! The configuration that comes of the answers, as text. Pure.

use std::{fmt::Write, path::PathBuf};

use crate::config::{File, Role, TokenSource};

/// What is to be written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Draft {
    /// Name of the profile.
    pub profile: String,
    /// Where it is rolled out.
    pub environment: String,
    /// The runbook's file; none for the built-in one.
    pub runbook: Option<PathBuf>,
    /// Address of telemetry, and where its token comes from.
    pub telemetry: Option<Source>,
    /// Address of the flag store, and where its token comes from.
    pub flags: Option<Source>,
    /// Who acts, where that is not the login name.
    pub operator: Option<String>,
}

/// One source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    /// As on the command line.
    pub address: String,
    /// Where its token comes from.
    pub token: Option<TokenSource>,
}

/// A source that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Telemetry.
    Telemetry,
    /// The flag store.
    Flags,
}

impl Asked {
    /// Both, in the order in which they are asked for.
    pub const ALL: [Self; 2] = [Self::Telemetry, Self::Flags];

    /// What its address is taken for.
    pub fn role(self) -> Role {
        match self {
            Self::Telemetry => Role::Telemetry,
            Self::Flags => Role::Flags,
        }
    }

    /// Where its token is looked for.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Telemetry => "GONOGO_TELEMETRY_TOKEN",
            Self::Flags => "GONOGO_FLAGS_TOKEN",
        }
    }
}

impl Draft {
    /// Where this source is named.
    pub fn slot(&mut self, asked: Asked) -> &mut Option<Source> {
        match asked {
            Asked::Telemetry => &mut self.telemetry,
            Asked::Flags => &mut self.flags,
        }
    }

    /// The whole file: what was there, and this profile at its end. It becomes the one that is used when none is named,
    /// where there is no such one yet.
    pub fn text(&self, before: Option<(&str, &File)>) -> String {
        let mut head = String::new();
        let (old, file) = before.map_or(("", None), |(text, file)| (text, Some(file)));
        let mut say = |key: &str, value: &str| _ = writeln!(head, "{key} = {}", quoted(value));
        if file.is_none_or(|file| file.profile.is_none()) {
            say("profile", &self.profile);
        }
        if let Some(operator) = self.operator.as_ref().filter(|_| file.is_none_or(|file| file.operator.is_none())) {
            say("operator", operator);
        }
        let gap = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
        format!("{head}{old}{gap}{}", self.tables())
    }

    fn tables(&self) -> String {
        let name = key(&self.profile);
        let mut text = format!("\n[profiles.{name}]\nenvironment = {}\n", quoted(&self.environment));
        if let Some(path) = &self.runbook {
            let _ = writeln!(text, "runbook = {}", quoted(&path.display().to_string()));
        }
        for (role, source) in [("telemetry", &self.telemetry), ("flags", &self.flags)] {
            let Some(Source { address, token }) = source else { continue };
            let _ = write!(text, "\n[profiles.{name}.{role}]\naddress = {}\n", quoted(address));
            let from = match token {
                None => continue,
                Some(TokenSource::Env(name)) => format!("env = {}", quoted(name)),
                Some(TokenSource::File(path)) => format!("file = {}", quoted(&path.display().to_string())),
                Some(TokenSource::Command(words)) => {
                    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                    format!("command = [{}]", words.join(", "))
                }
            };
            let _ = writeln!(text, "token = {{ {from} }}");
        }
        text
    }
}

/// As a value of TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// As a key of TOML.
fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    // As a key a string must stand on one line.
    if bare { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;

    fn draft() -> Draft {
        Draft {
            profile: "production".to_owned(),
            environment: "production".to_owned(),
            runbook: Some("up\"load.toml".into()),
            telemetry: Some(Source {
                address: "prometheus+https://p.example".to_owned(),
                token: Some(TokenSource::Command(vec!["pass".to_owned(), "show x".to_owned()])),
            }),
            flags: Some(Source {
                address: "flagd:/etc/flags.json".to_owned(),
                token: Some(TokenSource::Env("FLAGS".to_owned())),
            }),
            operator: Some("ann".to_owned()),
        }
    }

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        for name in ["production", "my profile", "a\"b"] {
            let draft = Draft { profile: name.to_owned(), ..draft() };
            let text = draft.text(None);
            let file = parse(&text, Path::new("c")).unwrap();
            assert_eq!((file.profile.as_deref(), file.operator.as_deref()), (Some(name), Some("ann")), "{text}");
            let profile = &file.profiles[name];
            assert_eq!(profile.runbook, draft.runbook);
            let telemetry = profile.telemetry.as_ref().unwrap();
            let source = draft.telemetry.as_ref().unwrap();
            assert_eq!((&telemetry.address, &telemetry.token), (&source.address, &source.token));
            let flags = profile.flags.as_ref().unwrap();
            assert_eq!(flags.token, Some(TokenSource::Env("FLAGS".to_owned())));
        }
    }

    #[test]
    fn what_was_there_stays_as_it_is() {
        let old = "# mine\ntheme = \"light\"\n\n[profiles.staging]\nenvironment = \"staging\"";
        let text = draft().text(Some((old, &parse(old, Path::new("c")).unwrap())));
        assert!(text.contains(old));
        let file = parse(&text, Path::new("c")).unwrap();
        assert_eq!(file.profiles.len(), 2);
        assert_eq!((file.profile.as_deref(), file.theme.as_deref()), (Some("production"), Some("light")));

        let old = "profile = \"staging\"\noperator = \"bob\"\n[profiles.staging]\n";
        let text = draft().text(Some((old, &parse(old, Path::new("c")).unwrap())));
        let file = parse(&text, Path::new("c")).unwrap();
        assert_eq!((file.profile.as_deref(), file.operator.as_deref()), (Some("staging"), Some("bob")));
    }

    #[test]
    fn what_was_not_named_is_not_written() {
        let draft = Draft { profile: "p".to_owned(), environment: "e".to_owned(), ..Draft::default() };
        assert_eq!(draft.text(None), "profile = \"p\"\n\n[profiles.p]\nenvironment = \"e\"\n");
    }
}
