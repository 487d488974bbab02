//! The candidate in full: what the checkout says that its name stands for.

use std::path::Path;

use super::{Exit, Failure, block_on};
use crate::{
    checkout::Checkout,
    config::{Setting, Settings},
    fault::{Fault, FaultKind},
    judge::candidate,
    text::clean,
};

/// What is written for the commit that is checked out.
const GIT: &str = "git";

/// What the name of a candidate has to be looked up as, if it has to be.
#[derive(Debug, PartialEq)]
enum Lookup<'a> {
    /// No name, a whole SHA, or no checkout that knows more.
    AsGiven,
    /// This name in this folder.
    Name(&'a str, &'a Path),
}

/// A whole SHA is what it is, fetched or not; any other name is looked up where a checkout is known. `git` means what is
/// checked out there, or in the working directory.
fn lookup<'a>(name: Option<&'a str>, checkout: Option<&'a Path>) -> Lookup<'a> {
    match (candidate::named(name), checkout) {
        (Some(GIT), folder) => Lookup::Name("HEAD", folder.unwrap_or(Path::new("."))),
        (Some(name), Some(folder)) if !is_whole(name) => Lookup::Name(name, folder),
        _ => Lookup::AsGiven,
    }
}

/// A SHA-1 or a SHA-256 with all its digits.
fn is_whole(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The SHA that git gives for the candidate, with where it came from; none where it stays as it was given.
pub(super) fn found(settings: &Settings) -> Option<Result<Setting<String>, Fault>> {
    let checkout = settings.checkout.as_ref().map(|checkout| checkout.value.as_path());
    let given = settings.candidate.as_ref()?;
    let Lookup::Name(name, folder) = lookup(Some(&given.value), checkout) else { return None };
    let asked = block_on(async { Ok(Checkout::at(folder).commit(name).await) });
    let answer =
        asked.unwrap_or_else(|failure| Err(Fault::new(FaultKind::Configuration, failure.message, "give a SHA")));
    Some(answer.map(|value| Setting { value, origin: given.origin.clone() }))
}

/// Puts the SHA in the place of the candidate's name. Runs git, for as long as [`Checkout`] lets it.
///
/// # Errors
/// Where the name stands for no commit: what is judged or recorded would be bound to nothing.
pub(super) fn in_full(settings: &mut Settings) -> Result<(), Failure> {
    if let Some(answer) = found(settings) {
        settings.candidate = Some(answer.map_err(|fault| not_known(settings, &fault))?);
    }
    Ok(())
}

/// That the candidate's name stands for no commit, and what to do about it.
pub(super) fn not_known(settings: &Settings, fault: &Fault) -> Failure {
    let given = settings.candidate.as_ref().map(|given| format!(" {:?} ({})", clean(&given.value), given.origin));
    Failure::new(Exit::Usage, format!("the candidate{} is not known: {fault}", given.unwrap_or_default()))
}

/// For what must not wait for git: a candidate that only git knows is none.
pub(super) fn without_git(settings: &mut Settings) {
    if settings.candidate.as_ref().is_some_and(|given| candidate::named(Some(&given.value)) == Some(GIT)) {
        settings.candidate = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_checkout_knows_better_is_looked_up() {
        let sha = "018e611abc1234567890abcdef1234567890abcd";
        let folder = Path::new("product");
        for (name, checkout, want) in [
            (None, Some(folder), Lookup::AsGiven),
            (Some(""), Some(folder), Lookup::AsGiven),
            (Some("unknown"), Some(folder), Lookup::AsGiven),
            (Some(sha), Some(folder), Lookup::AsGiven),
            (Some("v1.2"), None, Lookup::AsGiven),
            (Some("v1.2"), Some(folder), Lookup::Name("v1.2", folder)),
            (Some(&sha[..12]), Some(folder), Lookup::Name(&sha[..12], folder)),
            (Some(&sha[..39]), Some(folder), Lookup::Name(&sha[..39], folder)),
            (Some("git"), Some(folder), Lookup::Name("HEAD", folder)),
            (Some(" git "), None, Lookup::Name("HEAD", Path::new("."))),
            (Some("Git"), None, Lookup::AsGiven),
        ] {
            assert_eq!(lookup(name, checkout), want, "{name:?} in {checkout:?}");
        }
    }
}
