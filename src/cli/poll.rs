//! `gonogo poll`: who says GO and who says NO-GO, from any machine on the shared log.

use std::fmt::Write as _;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::{Exit, Failure, block_on, options::Options, output, recording::Recording};
use crate::{
    facts,
    judge::{History, PollAnswer, PollRecord, candidate},
    operations::{
        Decided,
        poll::{Move, against, open_poll},
    },
    text::clean,
    units::moment,
};

#[derive(Debug, Subcommand)]
pub(super) enum Poll {
    /// Ask each role of the runbook, for the candidate in the present stage
    Open(Open),
    /// Answer for a role that is yours; a later answer takes the place of an earlier one
    Vote(Vote),
    /// Decide, which closes the poll: the release owner does
    Close(Close),
    /// Show the latest poll
    Show(Show),
}

#[derive(Debug, Args)]
pub(super) struct Open {
    /// What is asked; whether to go on to the next stage if nothing else is said
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    question: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Vote {
    /// The role's key
    role: String,
    /// The answer
    answer: Answer,
    /// Why; a NO-GO needs it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Close {
    /// What is decided
    decision: Answer,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Print the entry as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Answer {
    Go,
    NoGo,
}

impl From<Answer> for PollAnswer {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Go => Self::Go,
            Answer::NoGo => Self::NoGo,
        }
    }
}

impl Poll {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        match self {
            Self::Open(open) => {
                record(given, &Move::Open { question: open.question.clone() }, open.json, |poll, _| opened(poll))
            }
            Self::Vote(vote) => {
                let (role, answer, reason) = (vote.role.clone(), vote.answer.into(), vote.reason.clone());
                record(given, &Move::Vote { role, answer, reason }, vote.json, voted)
            }
            Self::Close(close) => {
                let (decision, reason) = (close.decision.into(), close.reason.clone());
                record(given, &Move::Close { decision, reason }, close.json, |poll, _| closed(poll))
            }
            Self::Show(show) => show.run(given),
        }
    }
}

/// Makes the move, and answers what became of the poll.
fn record(
    given: &Options,
    step: &Move,
    json: bool,
    answer: impl Fn(&PollRecord, &Move) -> String,
) -> Result<u8, Failure> {
    let recording = Recording::open(given)?;
    block_on(async {
        let Decided { entry, .. } = recording.make(step, json).await?;
        if json {
            output::json(&entry)?;
            return Ok(Exit::Done as u8);
        }
        let history = recording.history().await?;
        let poll = history.polls.last();
        let what = poll.map(|poll| answer(poll, step)).unwrap_or_default();
        output::answer(&format!("recorded as entry {}: {what}\n", entry.seq))?;
        Ok(Exit::Done as u8)
    })
}

fn opened(poll: &PollRecord) -> String {
    let (id, stage) = (clean(&poll.poll), clean(&poll.stage));
    let commit = poll.candidate.as_deref().map(candidate::shown).unwrap_or_default();
    let asked: Vec<String> = poll.roles.iter().map(|role| clean(&role.key)).collect();
    format!(
        "poll {id} on {stage} for {commit} opened: {}\nit asks {}\nanswer with gonogo poll vote ROLE go|no-go",
        clean(&poll.question),
        asked.join(", ")
    )
}

fn voted(poll: &PollRecord, step: &Move) -> String {
    let Move::Vote { role, answer, .. } = step else { return String::new() };
    let title = poll.roles.iter().find(|known| known.key == *role).map_or_else(|| clean(role), |r| clean(&r.title));
    format!("{title}: {}; {}", answer.word(), answered(poll))
}

/// A decision, and what it passes over.
fn closed(poll: &PollRecord) -> String {
    let word = poll.decision.as_ref().map_or("", |decision| decision.answer.word());
    let mut text = format!("poll {} closed with {word}", clean(&poll.poll));
    for one in against(poll) {
        // Writing to a String does not fail.
        let _ = write!(text, "\n  {one}");
    }
    text
}

fn answered(poll: &PollRecord) -> String {
    let answered = poll.roles.iter().filter(|role| poll.answer(&role.key).is_some()).count();
    format!("{answered} of {} have answered", poll.roles.len())
}

/// A poll, for tools.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    /// Whether answers are awaited.
    open: bool,
    /// Why it counts no more, if so.
    fell: Option<&'a str>,
    /// Each role that it asks, in order.
    answers: Vec<Asked>,
    #[serde(flatten)]
    poll: &'a PollRecord,
}

#[derive(Debug, Serialize)]
struct Asked {
    key: String,
    title: String,
    /// Who has the role now.
    name: Option<String>,
    /// The answer that counts.
    answer: Option<PollAnswer>,
    /// Who gave it.
    by: Option<String>,
    reason: Option<String>,
}

impl Show {
    fn run(&self, given: &Options) -> Result<u8, Failure> {
        let recording = Recording::to_read(given)?;
        block_on(async {
            let history = recording.history().await?;
            let shown = history.polls.last().map(|poll| shown(&recording, &history, poll));
            if self.json {
                output::json(&shown)?;
            } else {
                let none = || "no poll was held: gonogo poll open\n".to_owned();
                output::answer(&shown.as_ref().map_or_else(none, text))?;
            }
            Ok(Exit::Done as u8)
        })
    }
}

fn shown<'a>(recording: &Recording, history: &History, poll: &'a PollRecord) -> Shown<'a> {
    let answers = poll.roles.iter().map(|role| {
        let vote = poll.answer(&role.key);
        Asked {
            key: clean(&role.key),
            title: clean(&role.title),
            name: facts::holder_of(&recording.runbook, history, &role.key),
            answer: vote.map(|vote| vote.answer),
            by: vote.map(|vote| clean(&vote.operator)),
            reason: vote.map(|vote| clean(&vote.reason)).filter(|reason| !reason.is_empty()),
        }
    });
    let fell = recording.meeting(history).fell(poll);
    let open = fell.is_none() && open_poll(history).is_some();
    Shown { open, fell, answers: answers.collect(), poll }
}

fn text(shown: &Shown<'_>) -> String {
    let poll = shown.poll;
    let commit = poll.candidate.as_deref().map(candidate::shown).unwrap_or_default();
    let (id, stage, who) = (clean(&poll.poll), clean(&poll.stage), clean(&poll.operator));
    let mut out = format!("{}\n", clean(&poll.question));
    // Writing to a String does not fail.
    let _ = writeln!(out, "poll {id} on {stage} for {commit}, opened by {who} at {}", moment(poll.at));
    let width = |of: fn(&Asked) -> usize| shown.answers.iter().map(of).max().unwrap_or(0);
    let titles = width(|asked| asked.title.chars().count());
    let names = width(|asked| asked.who().chars().count());
    for asked in &shown.answers {
        let word = asked.answer.map_or("no answer", PollAnswer::word);
        let reason = asked.reason.as_ref().map_or_else(String::new, |reason| format!("  {reason}"));
        let _ = writeln!(out, "  {:<titles$}  {:<names$}  {word}{reason}", asked.title, asked.who());
    }
    let _ = match (&poll.decision, shown.fell) {
        (_, Some(why)) => writeln!(out, "it counts no more: {why}"),
        (Some(decision), None) => writeln!(
            out,
            "closed with {} by {} at {}: {}",
            decision.answer.word(),
            clean(&decision.operator),
            moment(decision.at),
            clean(&decision.reason)
        ),
        (None, None) => {
            writeln!(out, "open: {}; decide with gonogo poll close go|no-go --reason …", answered(poll))
        }
    };
    out
}

impl Asked {
    /// Who answered; else who is asked.
    fn who(&self) -> &str {
        self.by.as_deref().or(self.name.as_deref()).unwrap_or("nobody")
    }
}
