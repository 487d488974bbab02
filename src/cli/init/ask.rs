//! Questions to a person, one line each.

use std::io::{self, BufRead, Write};

use super::super::{Exit, Failure, output};
use crate::{config::TokenSource, text::clean};

/// Asks until the answer is one; Enter takes what stands in brackets.
///
/// # Errors
/// When the input ends.
pub(super) fn question<T>(title: &str, default: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Failure> {
    loop {
        let shown = if default.is_empty() { String::new() } else { format!(" [{}]", clean(default)) };
        let answer = line(&format!("{title}{shown}: "))?;
        let answer = if answer.is_empty() { default } else { &answer };
        match read(answer) {
            Ok(read) => return Ok(read),
            Err(why) => why.lines().for_each(|line| output::tell(&format!("  {}", clean(line)))),
        }
    }
}

/// One of these letters, as the first one of the answer.
///
/// # Errors
/// When the input ends.
pub(super) fn choice(title: &str, letters: &str) -> Result<char, Failure> {
    question(title, "", |answer| {
        let letter = answer.chars().next().map(|letter| letter.to_ascii_lowercase());
        letter.filter(|letter| letters.contains(*letter)).ok_or_else(|| format!("answer with one of {letters}"))
    })
}

fn line(title: &str) -> Result<String, Failure> {
    let mut err = io::stderr();
    let _ = err.write_all(title.as_bytes()).and_then(|()| err.flush());
    let mut answer = String::new();
    match io::stdin().lock().read_line(&mut answer) {
        Ok(1..) => Ok(answer.trim().to_owned()),
        Ok(0) | Err(_) => Err(Failure::new(Exit::CouldNotRun, "the answers ended; nothing was written")),
    }
}

/// Where a token comes from: `env:NAME`, `file:PATH`, `command:PROGRAM ARGUMENTS`, or nothing. What is none of these may
/// be a token, and is not repeated.
pub(super) fn token(given: &str) -> Result<Option<TokenSource>, String> {
    let form = "write env:NAME, file:PATH or command:PROGRAM, or nothing; a token itself is never written down";
    if given.is_empty() || given == "none" {
        return Ok(None);
    }
    match given.split_once(':').map(|(kind, rest)| (kind, rest.trim())) {
        Some(("env", name)) if !name.is_empty() && !name.contains(['=', ' ']) => {
            Ok(Some(TokenSource::Env(name.to_owned())))
        }
        Some(("file", path)) if !path.is_empty() => Ok(Some(TokenSource::File(path.into()))),
        Some(("command", line)) => match shell_words::split(line) {
            Ok(words) if !words.is_empty() => Ok(Some(TokenSource::Command(words))),
            _ => Err("no program can be told from that; quote it as a shell does".to_owned()),
        },
        _ => Err(form.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_from_somewhere_and_is_never_repeated() {
        assert_eq!(token(""), Ok(None));
        assert_eq!(token("env:TOKEN"), Ok(Some(TokenSource::Env("TOKEN".to_owned()))));
        assert_eq!(token("file:/run/t"), Ok(Some(TokenSource::File("/run/t".into()))));
        let words = ["pass", "show", "a b"].map(str::to_owned).to_vec();
        assert_eq!(token("command:pass show 'a b'"), Ok(Some(TokenSource::Command(words))));
        for given in ["s3cret", "*:*.s3cret", "env:", "env:a=b", "command:", "command:'s3cret", "file:"] {
            let why = token(given).unwrap_err();
            assert!(!why.contains("s3cret"), "{why}");
        }
    }
}
