//! The list: what stands and can be cleared first, then what people say, then what they checked.

use std::borrow::Cow;

use super::by_hand;
use crate::{
    facts,
    judge::{Assessment, History, PollRole, TriggerState, Trouble, Verdict, check_places},
    runbook::{EvidenceFrom, Runbook},
};

/// The answer that says where a check was made.
pub const WHERE: &str = "where";
/// The answer that says how a check went.
pub const OUTCOME: &str = "outcome";

/// What a line of the list records.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A remark.
    Note,
    /// Promotions are frozen.
    Pause,
    /// Promotions go on.
    Unpause,
    /// The rollout is held.
    Hold,
    /// Something that stands is resolved.
    Clear(Trouble),
    /// A rollback trigger that only people can see.
    Raise {
        /// Its key.
        trigger: String,
    },
    /// Somebody's word for a gate of the present stage.
    Attest {
        /// Stage key.
        stage: String,
        /// Gate key.
        gate: String,
        /// What is attested.
        statement: String,
    },
    /// Another commit is rolled out from here on.
    Candidate,
    /// A run of the automated gate, made here.
    RunQa,
    /// A report of the automated gate, from a file.
    Import,
    /// The release owner's signature for the present stage.
    SignOff {
        /// Stage key.
        stage: String,
    },
    /// A go/no-go poll begins.
    OpenPoll,
    /// An answer in the open poll.
    Vote {
        /// The roles that this operator can answer for.
        roles: Vec<PollRole>,
    },
    /// The open poll is decided.
    ClosePoll,
    /// Who has a role.
    Assign {
        /// Its key.
        role: String,
    },
    /// A check of the checklist.
    Check {
        /// Its key.
        check: String,
    },
    /// Evidence for an item that the runbook lists: an address, or a file.
    Attach {
        /// Its key.
        item: String,
    },
}

/// Of a longer title its beginning is the label, so that there is room for what is typed.
const LONGEST_LABEL: usize = 28;

/// What a line asks for before it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Words.
    Text {
        /// Their name, in a word, or a field's title.
        label: Cow<'static, str>,
        /// What they say.
        hint: &'static str,
    },
    /// One of these.
    Pick {
        /// Its name, in a word.
        label: &'static str,
        /// What there is to choose from; never empty.
        options: Vec<String>,
    },
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What it records.
    pub kind: Kind,
    /// What it does, in a few words.
    pub title: String,
    /// What it is about, in one line.
    pub detail: String,
    /// What it asks for, in order.
    pub asks: Vec<Ask>,
}

/// Everything that can be entered now.
pub fn choices(
    assessment: Option<&Assessment>,
    history: Option<&History>,
    runbook: &Runbook,
    environment: &str,
) -> Vec<Choice> {
    let mut list = assessment.map(standing).unwrap_or_default();
    list.push(choice(
        Kind::Note,
        "Note",
        "a remark for whoever reads the timeline",
        vec![text("text", "what is to be remembered")],
    ));
    let paused = assessment.and_then(|a| a.standing.paused.as_ref()).or(history.and_then(|h| h.paused.as_ref()));
    list.push(match paused {
        Some(paused) => {
            let detail = format!("paused by {}: {}", paused.operator, paused.reason);
            choice(Kind::Unpause, "Unpause promotions", detail, vec![text("reason", "why they may go on")])
        }
        None => {
            let detail = "nobody advances until it is lifted; rolling back stays possible";
            choice(Kind::Pause, "Pause promotions", detail, vec![text("reason", "why")])
        }
    });
    let held = "such as for a doubt about data integrity; cleared by evidence";
    list.push(choice(
        Kind::Hold,
        "Raise a hold",
        held,
        vec![text("reason", "why"), text("evidence", "what it rests on")],
    ));
    list.push(choice(
        Kind::Candidate,
        "Name another candidate",
        "evidence begins again with it",
        vec![text("commit", "its SHA, in full")],
    ));
    if let Some(qa) = &runbook.qa {
        list.push(choice(Kind::RunQa, "Run the automated gate", &qa.command, Vec::new()));
        list.push(choice(
            Kind::Import,
            "Import a QA report",
            &qa.command,
            vec![text("file", "path of the JSON report")],
        ));
    }
    let stage = assessment.and_then(|a| runbook.stage(&a.stage.key)).map(|(_, stage)| stage);
    for (gate, statement) in stage.map(facts::attested).unwrap_or_default() {
        let (key, statement) = (stage.map_or("", |stage| &stage.key).to_owned(), statement.to_owned());
        let title = format!("Attest {gate}");
        let kind = Kind::Attest { stage: key, gate: gate.to_owned(), statement: statement.clone() };
        list.push(choice(kind, title, statement, vec![text("evidence", "what was looked at, with links")]));
    }
    if let Some(stage) = stage.filter(|stage| facts::asks_for_signature(stage)) {
        let kind = Kind::SignOff { stage: stage.key.clone() };
        let title = format!("Sign off {}", stage.title);
        list.push(choice(kind, title, "bound to stage, candidate and runbook", signature(runbook)));
    }
    for key in facts::raisable(runbook) {
        let title = runbook.triggers.iter().find(|trigger| trigger.key == key).map_or(key, |trigger| &trigger.title);
        let asks = vec![text("reason", "what was seen, with links")];
        list.push(choice(
            Kind::Raise { trigger: key.to_owned() },
            format!("Raise: {title}"),
            "a rollback trigger that people see",
            asks,
        ));
    }
    let mut places: Vec<String> = check_places(runbook).into_iter().map(str::to_owned).collect();
    if places.is_empty() {
        places.push(environment.to_owned());
    }
    for check in &runbook.checklist {
        let asks = vec![
            Ask::Pick { label: WHERE, options: places.clone() },
            Ask::Pick { label: OUTCOME, options: ["pass", "fail", "blocked"].map(str::to_owned).to_vec() },
            text("note", "a remark; may stay empty"),
            text("shown by", "a link, or the path of a file; may stay empty"),
        ];
        list.push(choice(Kind::Check { check: check.key.clone() }, format!("Check {}", check.key), &check.title, asks));
    }
    for item in &runbook.evidence {
        let asks =
            vec![text("what", "a link (https://...), or the path of a file"), text("note", "a remark; may stay empty")];
        let detail = match &item.from {
            EvidenceFrom::Logs(read) => {
                format!("{}; `gonogo evidence fetch {}` reads the logs of {}", item.title, item.key, read.environment)
            }
            _ => item.title.clone(),
        };
        list.push(choice(Kind::Attach { item: item.key.clone() }, format!("Attach {}", item.key), detail, asks));
    }
    list
}

/// What stands and is cleared by evidence.
fn standing(assessment: &Assessment) -> Vec<Choice> {
    let evidence = || vec![text("evidence", "what was found and done, with links")];
    let mut list = Vec::new();
    for stop in &assessment.hard_stops {
        let trouble = Trouble::Guardrail { signature: stop.signature.clone() };
        list.push(choice(Kind::Clear(trouble), format!("Clear {}", stop.signature), &stop.reason, evidence()));
    }
    for trigger in assessment.triggers.iter().filter(|trigger| trigger.state == TriggerState::Tripped) {
        let trouble = Trouble::Trigger { trigger: trigger.key.clone() };
        list.push(choice(
            Kind::Clear(trouble),
            format!("Clear trigger: {}", trigger.title),
            &trigger.reason,
            evidence(),
        ));
    }
    for gate in assessment.gates.iter().filter(|gate| gate.verdict == Verdict::Fail) {
        let trouble = Trouble::Gate { stage: gate.stage.clone(), gate: gate.key.clone() };
        list.push(choice(Kind::Clear(trouble), format!("Clear failed gate: {}", gate.title), &gate.reason, evidence()));
    }
    for hold in &assessment.standing.holds {
        let trouble = Trouble::Hold { hold: hold.hold.clone() };
        let detail = format!("held by {}: {}", hold.operator, hold.reason);
        list.push(choice(Kind::Clear(trouble), "Clear the hold", detail, evidence()));
    }
    let interlock = assessment.standing.interlock.as_ref();
    let unresolved = |interlock: &&crate::judge::InterlockAssessment| {
        interlock.needs.iter().any(|need| need.key == "resolution" && !need.met)
    };
    if let Some(interlock) = interlock.filter(unresolved) {
        let trouble = Trouble::Rollback { rollback: interlock.rollback.clone() };
        let detail = "what it was called for, and how that was put right";
        list.push(choice(Kind::Clear(trouble), "Resolve the rollback", detail, evidence()));
    }
    list
}

pub(super) fn text(label: &'static str, hint: &'static str) -> Ask {
    Ask::Text { label: Cow::Borrowed(label), hint }
}

/// What is asked of the one who signs: the statement, then each field of the block that is filled in by hand.
fn signature(runbook: &Runbook) -> Vec<Ask> {
    let title = |title: &str| crate::text::clean(title).chars().take(LONGEST_LABEL).collect::<String>();
    let fields =
        by_hand(runbook).map(|field| Ask::Text { label: Cow::Owned(title(field)), hint: "in the sign-off block" });
    [text("decided", "what was decided, in words")].into_iter().chain(fields).collect()
}

pub(super) fn choice(kind: Kind, title: impl Into<String>, detail: impl AsRef<str>, asks: Vec<Ask>) -> Choice {
    Choice { kind, title: title.into(), detail: detail.as_ref().to_owned(), asks }
}
