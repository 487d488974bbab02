//! The entry that comes of a line of the list and of what was typed.

use chrono::{DateTime, Utc};

use super::{Kind, polls};
use crate::{
    audit::{Event, Head},
    evidence::{is_link, link},
    facts,
    fingerprint::sha256,
    judge::{Assessment, Attached, Attachment, CheckOutcome, History},
    operations::{Signing, poll::Move, sign},
    runbook::{Fill, Runbook},
    text::clean,
};

/// Who speaks of what, when.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// What is rolled out.
    pub runbook: &'a Runbook,
    /// What is judged now; none before the first judgement.
    pub assessment: Option<&'a Assessment>,
    /// What happened so far; none before the log was read.
    pub history: Option<&'a History>,
    /// The candidate.
    pub candidate: Option<&'a str>,
    /// Who.
    pub operator: &'a str,
    /// When.
    pub now: DateTime<Utc>,
}

/// What is to be done with it.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// Recorded.
    Record(Box<Event>),
    /// Recorded where the log still ends as it was read.
    RecordAfter(Head, Box<Event>),
    /// Recorded, if the rules allow it on what the log says then.
    Make(Move),
    /// The file at this path is read first.
    Import(String),
    /// A file is copied first, and its copy recorded.
    Attach(FileToAttach),
}

/// A file that is to be copied and recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileToAttach {
    /// Its path, as it was typed.
    pub path: String,
    /// What it shows.
    pub shows: Shows,
    /// The commit that it shows something of.
    pub candidate: Option<String>,
    /// A remark.
    pub note: String,
}

/// What something shows that is attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shows {
    /// An item of evidence.
    Evidence {
        /// Its key.
        item: String,
    },
    /// How a check went.
    Check {
        /// Its key.
        check: String,
        /// Where it was made.
        environment: String,
        /// How it went.
        outcome: CheckOutcome,
    },
}

impl Shows {
    /// The folder of evidence that its files are kept in, the same as the commands keep them in.
    pub fn folder(&self) -> String {
        match self {
            Self::Evidence { item } => item.clone(),
            Self::Check { check, .. } => format!("check-{check}"),
        }
    }

    /// The entry that records it.
    pub fn event(self, attached: Attached, candidate: Option<String>, note: String) -> Event {
        match self {
            Self::Evidence { item } => Event::Attached(Box::new(Attachment { item, candidate, attached, note })),
            Self::Check { check, environment, outcome } => {
                Event::Checked { check, environment, outcome, candidate, note, attached: Some(attached) }
            }
        }
    }
}

/// What comes of the answers, in the order in which they were asked for.
///
/// # Errors
/// What is missing or wrong, in one sentence.
pub fn deed(kind: &Kind, answers: &[String], about: About<'_>) -> Result<Deed, String> {
    let answer = |i: usize| answers.get(i).map_or("", String::as_str);
    let words = |i: usize, needed: &str| facts::words(answer(i), needed);
    let candidate = || {
        let named = facts::commit(about.candidate.unwrap_or_default());
        named.map(Some).map_err(|what| format!("{what}: \"Name another candidate\" is in this list"))
    };
    if let Some(step) = polls::step(kind, |i| answer(i).to_owned())? {
        return Ok(Deed::Make(step));
    }
    let event = match kind {
        Kind::Note => Event::Note { text: words(0, "a note says something; give it in words")? },
        Kind::Pause => Event::Paused { reason: words(0, "say why: whoever waits will ask")? },
        Kind::Unpause => Event::Unpaused { reason: words(0, "say why they may go on")? },
        Kind::Hold => {
            let reason = words(0, "a hold is raised for a reason; say what is in doubt")?;
            let evidence = words(1, "a hold rests on something; say what was seen")?;
            let hold = name(&[about.operator, &about.now.to_rfc3339(), &reason]);
            Event::HoldRaised { hold, reason, evidence }
        }
        Kind::Clear(trouble) => {
            let evidence = words(0, "what stands is cleared by evidence; say what was found and done")?;
            Event::Resolved { trouble: trouble.clone(), evidence }
        }
        Kind::Raise { trigger } => {
            let reason = words(0, "a trigger is raised for a reason; say what was seen")?;
            Event::Raised { trigger: trigger.clone(), reason }
        }
        Kind::Attest { stage, gate, statement } => {
            let evidence = words(0, "a word rests on something; say what was looked at")?;
            let (stage, gate, statement) = (stage.clone(), gate.clone(), statement.clone());
            Event::Attested { stage, gate, statement, candidate: candidate()?, evidence }
        }
        Kind::Candidate => {
            Event::Basis { candidate: Some(facts::commit(answer(0))?), runbook: about.runbook.digest.clone() }
        }
        Kind::RunQa => return Err("the automated gate is run from its own dialog".to_owned()),
        Kind::Import => return words(0, "name the report's file").map(Deed::Import),
        Kind::SignOff { stage } => {
            let statement = words(0, "a signature says what was decided; give it in words")?;
            candidate()?;
            return signature(stage, statement, answers, about);
        }
        Kind::Check { check } => {
            let environment = words(0, "a check is made somewhere; name the environment")?;
            let outcomes = [CheckOutcome::Pass, CheckOutcome::Fail, CheckOutcome::Blocked];
            let outcome = outcomes.into_iter().find(|outcome| facts::outcome_word(*outcome) == answer(1));
            let outcome = outcome.ok_or("say how the check went")?;
            let (check, candidate, note) = (check.clone(), candidate()?, clean(answer(2).trim()));
            match answer(3).trim() {
                "" => Event::Checked { check, environment, outcome, candidate, note, attached: None },
                given => return attach(given, Shows::Check { check, environment, outcome }, candidate, note),
            }
        }
        Kind::Attach { item } => {
            let given = answer(0).trim();
            facts::words(given, "give a link, or the path of a file")?;
            return attach(given, Shows::Evidence { item: item.clone() }, candidate()?, clean(answer(1).trim()));
        }
        Kind::OpenPoll | Kind::Vote { .. } | Kind::ClosePoll | Kind::Assign { .. } => {
            return Err("this is not entered that way".to_owned());
        }
    };
    Ok(Deed::Record(Box::new(event)))
}

/// A link is recorded as it is. Whatever else is given is the path of a file; that is no text for a screen, and is taken
/// as it is.
fn attach(given: &str, shows: Shows, candidate: Option<String>, note: String) -> Result<Deed, String> {
    if is_link(given) {
        let attached = Attached::Link { url: link(given)? };
        return Ok(Deed::Record(Box::new(shows.event(attached, candidate, note))));
    }
    Ok(Deed::Attach(FileToAttach { path: given.to_owned(), shows, candidate, note }))
}

/// The fields of the sign-off block that the one who signs fills in, in the runbook's order: asked for after the statement.
pub fn by_hand(runbook: &Runbook) -> impl Iterator<Item = &str> {
    runbook.sign_off.iter().filter(|field| field.fill == Fill::ByHand).map(|field| field.title.as_str())
}

/// The signature for a stage, if nothing stands against it.
fn signature(stage: &str, statement: String, answers: &[String], about: About<'_>) -> Result<Deed, String> {
    let (Some(assessment), Some(history)) = (about.assessment, about.history) else {
        return Err("nothing is judged yet; wait for it".to_owned());
    };
    if assessment.stage.key != stage {
        return Err(format!("the rollout is in stage {} now", assessment.stage.key));
    }
    let given = answers.iter().skip(1).map(String::as_str).chain(std::iter::repeat(""));
    let fields = by_hand(about.runbook).zip(given);
    let fields = fields.filter(|(_, value)| !value.trim().is_empty());
    let fields = fields.map(|(title, value)| (title.to_owned(), value.to_owned())).collect();
    let signing = Signing { operator: about.operator.to_owned(), statement, fields };
    match sign(about.runbook, history, assessment, &signing, about.now) {
        Ok(event) => Ok(Deed::RecordAfter(history.head.clone(), Box::new(event))),
        Err(against) => Err(match against.as_slice() {
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} (and {} more: gonogo sign-off --print)", rest.len()),
            [] => "something stands against it".to_owned(),
        }),
    }
}

/// A name for something that is said once: from who said it, when, and what.
pub fn name(parts: &[&str]) -> String {
    sha256(parts.join("\n")).chars().take(16).collect()
}
