//! Where a secret comes from. It is fetched when it is needed, and never printed.

use std::{
    env, fs,
    io::Read,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use secrecy::SecretString;
use serde::Deserialize;

use crate::fault::{Fault, FaultKind};

/// How long a command that prints a token may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a token comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub enum TokenSource {
    /// A variable of the environment.
    Env(String),
    /// A file that holds it and nothing else.
    File(PathBuf),
    /// A program and its arguments; it prints the token.
    Command(Vec<String>),
}

/// The value of a header: in the open, or from a source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Secret {
    /// As it is.
    Plain(String),
    /// From a source.
    From(TokenSource),
}

impl Secret {
    /// Its value.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn fetch(&self) -> Result<SecretString, Fault> {
        match self {
            Self::Plain(text) => Ok(text.clone().into()),
            Self::From(source) => source.fetch(),
        }
    }
}

impl TryFrom<toml::Value> for TokenSource {
    type Error = &'static str;

    /// By hand, because a derived reader would quote what it refuses: a token written in the open.
    fn try_from(value: toml::Value) -> Result<Self, Self::Error> {
        const EXPECTED: &str = "where the token comes from was expected: \
                                { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", ...] }";
        let mut fields = value.as_table().ok_or(EXPECTED)?.iter();
        let (Some((kind, value)), None) = (fields.next(), fields.next()) else { return Err(EXPECTED) };
        let text = |value: &toml::Value| value.as_str().map(str::to_owned).ok_or(EXPECTED);
        match kind.as_str() {
            "env" => text(value).map(Self::Env),
            "file" => text(value).map(|path| Self::File(path.into())),
            "command" => {
                value.as_array().ok_or(EXPECTED)?.iter().map(text).collect::<Result<_, _>>().map(Self::Command)
            }
            _ => Err(EXPECTED),
        }
    }
}

impl TokenSource {
    /// The token, without white space around it.
    ///
    /// # Errors
    /// When it cannot be had, or is empty. The text never holds the token.
    pub fn fetch(&self) -> Result<SecretString, Fault> {
        let token = match self {
            Self::Env(name) => env::var(name).map_err(|_| missing(format!("the variable {name} is not set")))?,
            Self::File(path) => {
                let why = |error| missing(format!("the token file {} cannot be read: {error}", path.display()));
                fs::read_to_string(path).map_err(why)?
            }
            Self::Command(words) => run(words)?,
        };
        match token.trim() {
            "" => Err(missing(format!("{} gives an empty token", self.describe()))),
            token => Ok(token.to_owned().into()),
        }
    }

    /// Where it comes from, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Env(name) => format!("env {name}"),
            Self::File(path) => format!("file {}", path.display()),
            Self::Command(words) => format!("command {}", words.first().map_or("", String::as_str)),
        }
    }
}

fn run(words: &[String]) -> Result<String, Fault> {
    let [program, arguments @ ..] = words else {
        return Err(missing("the token's command is empty".to_owned()));
    };
    let failed = |why: String| missing(format!("the token's command {program} {why}"));
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("did not start: {error}")))?;
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("did not end within {} s", PATIENCE.as_secs())));
            }
            Err(error) => return Err(failed(format!("was lost: {error}"))),
        }
    };
    if !status.success() {
        return Err(failed(format!("failed ({status})")));
    }
    let mut token = String::new();
    let mut output = child.stdout.take().ok_or_else(|| failed("printed nothing".to_owned()))?;
    // A token is short; a pipe holds more than this without anybody reading it.
    output
        .by_ref()
        .take(16 << 10)
        .read_to_string(&mut token)
        .map_err(|_| failed("printed something that is no text".to_owned()))?;
    Ok(token)
}

fn missing(what: String) -> Fault {
    Fault::new(FaultKind::Unauthorized, what, "give the token, or correct where the profile says it comes from")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_file_and_a_command_give_their_token_trimmed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "s3cret\n").unwrap();
        let from_file = TokenSource::File(file.path().to_owned()).fetch().unwrap();
        assert_eq!(from_file.expose_secret(), "s3cret");
        let command = TokenSource::Command(["printf", " s3cret\\n"].map(str::to_owned).to_vec());
        assert_eq!(command.fetch().unwrap().expose_secret(), "s3cret");
    }

    #[test]
    fn what_cannot_be_had_names_where_it_should_have_come_from() {
        for (source, expected) in [
            (TokenSource::Env("GONOGO_TEST_NOT_SET".to_owned()), "GONOGO_TEST_NOT_SET is not set"),
            (TokenSource::File("/nowhere/token".into()), "/nowhere/token cannot be read"),
            (TokenSource::File("/dev/null".into()), "gives an empty token"),
            (TokenSource::Command(vec!["false".to_owned()]), "failed"),
            (TokenSource::Command(vec!["no-such-program".to_owned()]), "did not start"),
            (TokenSource::Command(Vec::new()), "empty"),
        ] {
            let fault = source.fetch().unwrap_err();
            assert!(fault.what.contains(expected), "{fault}");
        }
    }
}
