//! Go/no-go polls and who has which role: what may be recorded of them, and why something may not. Pure; the same rules at
//! the command line and in the cockpit.

use crate::{
    audit::Event,
    facts,
    judge::{History, PollAnswer, PollRecord, PollRole, candidate},
    runbook::{Runbook, Stage},
    text::clean,
    units::moment,
};

/// What somebody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Opens a poll.
    Open {
        /// What is asked; empty for the next stage.
        question: String,
    },
    /// Answers for a role.
    Vote {
        /// Role key.
        role: String,
        /// The answer.
        answer: PollAnswer,
        /// Why; a NO-GO has a reason.
        reason: String,
    },
    /// Decides, which closes the poll.
    Close {
        /// What is decided.
        decision: PollAnswer,
        /// Why.
        reason: String,
    },
    /// Gives a role to somebody, or takes it from whoever has it.
    Assign {
        /// Role key.
        role: String,
        /// Who has it from here on.
        name: Option<String>,
    },
}

/// Who makes it, and on what.
#[derive(Debug, Clone, Copy)]
pub struct Meeting<'a> {
    /// What is rolled out.
    pub runbook: &'a Runbook,
    /// What happened so far.
    pub history: &'a History,
    /// The commit that this operator names, if any; else the one on record is meant.
    pub candidate: Option<&'a str>,
    /// Who.
    pub operator: &'a str,
}

/// Why it is not recorded, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Something is missing in what was said, or it names nothing.
    Words(String),
    /// The rules are against it.
    Rule(String),
}

impl Refusal {
    /// The sentence.
    pub fn text(&self) -> &str {
        match self {
            Self::Words(text) | Self::Rule(text) => text,
        }
    }
}

/// The poll that is open: the latest, while nobody has decided it.
pub fn open_poll(history: &History) -> Option<&PollRecord> {
    history.polls.last().filter(|poll| poll.decision.is_none())
}

/// The id of the next poll: `p1`, `p2`, ..., short enough to be said over a telephone.
pub fn next_poll(history: &History) -> String {
    let numbers = history.polls.iter().filter_map(|poll| poll.poll.strip_prefix('p')?.parse::<u32>().ok());
    format!("p{}", numbers.max().unwrap_or(0).saturating_add(1))
}

/// What is asked where nobody says it: `Go on to 3 Default-on?`
pub fn question(runbook: &Runbook, stage: &Stage) -> String {
    let next = runbook.stage(&stage.key).and_then(|(at, _)| Some((at + 1, runbook.stages.get(at + 1)?)));
    match next {
        Some((at, next)) => format!("Go on to {at} {}?", clean(&next.title)),
        None => "Is the rollout complete?".to_owned(),
    }
}

/// What stands beside a decision: each NO-GO with its reason, and each role without an answer.
pub fn against(poll: &PollRecord) -> Vec<String> {
    let each = poll.roles.iter().filter_map(|role| match poll.answer(&role.key) {
        None => Some(format!("no answer from {}", clean(&role.title))),
        Some(vote) if vote.answer == PollAnswer::NoGo => {
            Some(format!("{} said NO-GO: {}", clean(&role.title), clean(&vote.reason)))
        }
        Some(_) => None,
    });
    each.collect()
}

impl<'a> Meeting<'a> {
    /// The commit that is meant.
    pub fn candidate(&self) -> Option<&'a str> {
        candidate::named(self.history.candidate(candidate::named(self.candidate)))
    }

    /// The present stage, as the log says; the first where it says nothing.
    ///
    /// # Errors
    /// Where the runbook lacks it.
    pub fn stage(&self) -> Result<&'a Stage, Refusal> {
        let found = match self.history.present() {
            Some(visit) => self.runbook.stage(&visit.stage).map(|(_, stage)| stage),
            None => self.runbook.stages.first(),
        };
        found.ok_or_else(|| {
            let present = self.history.present().map_or_else(String::new, |visit| clean(&visit.stage));
            Refusal::Rule(format!("the rollout is in stage {present:?}, which this runbook lacks"))
        })
    }

    /// Why a poll counts no more, if so: the stage, the candidate or the runbook is another one. Where nobody has named a
    /// candidate, the poll's own is meant.
    pub fn fell(&self, poll: &PollRecord) -> Option<&'static str> {
        let moved = |visit: &crate::judge::Visit| visit.stage != poll.stage || visit.entered_at > poll.at;
        let named = poll.candidate.as_deref();
        let mut since = self.history.bases.iter().filter(|basis| basis.since > poll.at);
        let other = |basis: &crate::judge::Basis| !candidate::same(basis.candidate.as_deref(), named);
        if self.history.present().is_some_and(moved) {
            Some("a stage was entered since")
        } else if self.candidate().is_some_and(|meant| !candidate::same(Some(meant), named)) || since.clone().any(other)
        {
            Some("the candidate is another one")
        } else if poll.runbook != self.runbook.digest || since.any(|basis| basis.runbook != poll.runbook) {
            Some("the runbook is another one")
        } else {
            None
        }
    }

    /// That a poll can be opened.
    ///
    /// # Errors
    /// What stands against it.
    pub fn may_open(&self) -> Result<(), Refusal> {
        self.past_is_known()?;
        if self.runbook.roles.is_empty() {
            return Err(Refusal::Rule("the runbook names nobody to ask: list each [[role]] in it".to_owned()));
        }
        match open_poll(self.history).filter(|poll| self.fell(poll).is_none()) {
            Some(poll) => Err(Refusal::Rule(format!(
                "poll {} is open, by {} since {}: close it first with gonogo poll close go|no-go --reason …",
                clean(&poll.poll),
                clean(&poll.operator),
                moment(poll.at)
            ))),
            None => Ok(()),
        }
    }

    /// The roles that this operator can answer for now; never empty.
    ///
    /// # Errors
    /// Why there are none.
    pub fn votes(&self) -> Result<Vec<&'a PollRole>, Refusal> {
        let poll = self.counting()?;
        let may = |role: &&PollRole| facts::may_vote(self.runbook, self.history, &role.key, self.operator).is_ok();
        let roles: Vec<&PollRole> = poll.roles.iter().filter(may).collect();
        match roles.is_empty() {
            true => {
                Err(Refusal::Rule(format!("{} has no role that is asked: gonogo role assign", clean(self.operator))))
            }
            false => Ok(roles),
        }
    }

    /// The poll that this operator can close.
    ///
    /// # Errors
    /// That none is open, or who decides.
    pub fn may_close(&self) -> Result<&'a PollRecord, Refusal> {
        self.past_is_known()?;
        let poll = open_poll(self.history).ok_or_else(none_open)?;
        facts::may_decide(self.runbook, self.history, self.operator).map_err(Refusal::Rule)?;
        Ok(poll)
    }

    /// The poll that answers count in.
    fn counting(&self) -> Result<&'a PollRecord, Refusal> {
        self.past_is_known()?;
        let poll = open_poll(self.history).ok_or_else(none_open)?;
        match self.fell(poll) {
            Some(why) => Err(Refusal::Rule(format!("poll {} counts no more: {why}; open another", clean(&poll.poll)))),
            None => Ok(poll),
        }
    }

    fn past_is_known(&self) -> Result<(), Refusal> {
        match &self.history.blind {
            Some(blind) => Err(Refusal::Rule(format!("what happened before is not known: {}", clean(blind)))),
            None => Ok(()),
        }
    }
}

impl Move {
    /// The entry that it makes.
    ///
    /// # Errors
    /// Why there is none.
    pub fn event(&self, meeting: &Meeting<'_>) -> Result<Event, Refusal> {
        match self {
            Self::Open { question: asked } => {
                meeting.may_open()?;
                let stage = meeting.stage()?;
                let candidate = facts::commit(meeting.candidate().unwrap_or_default())
                    .map_err(|what| Refusal::Words(format!("{what} as the candidate")))?;
                let asked = clean(asked).trim().to_owned();
                let role = |role: &crate::runbook::Role| PollRole { key: role.key.clone(), title: clean(&role.title) };
                Ok(Event::PollOpened {
                    poll: next_poll(meeting.history),
                    stage: stage.key.clone(),
                    candidate: Some(candidate),
                    runbook: meeting.runbook.digest.clone(),
                    roles: meeting.runbook.roles.iter().map(role).collect(),
                    question: if asked.is_empty() { question(meeting.runbook, stage) } else { asked },
                })
            }
            Self::Vote { role, answer, reason } => {
                let reason = match answer {
                    PollAnswer::Go => clean(reason).trim().to_owned(),
                    PollAnswer::NoGo => words(reason, "a NO-GO has a reason; give it in words")?,
                };
                let poll = meeting.counting()?;
                known(meeting, role)?;
                if !poll.roles.iter().any(|asked| asked.key == *role) {
                    let what = format!("poll {} does not ask {role}: it was opened without it", clean(&poll.poll));
                    return Err(Refusal::Rule(what));
                }
                facts::may_vote(meeting.runbook, meeting.history, role, meeting.operator).map_err(Refusal::Rule)?;
                Ok(Event::Voted { poll: poll.poll.clone(), role: role.clone(), answer: *answer, reason })
            }
            Self::Close { decision, reason } => {
                let reason = words(reason, "a decision has a reason; give it in words")?;
                // One that counts no more can be put away, and no more than that.
                let poll = match decision {
                    PollAnswer::Go => meeting.counting().and_then(|_| meeting.may_close())?,
                    PollAnswer::NoGo => meeting.may_close()?,
                };
                Ok(Event::PollClosed { poll: poll.poll.clone(), decision: *decision, reason })
            }
            Self::Assign { role, name } => {
                known(meeting, role)?;
                let name = name.as_deref().map(|name| words(name, "a role is somebody's; give a name")).transpose()?;
                Ok(Event::Assigned { role: role.clone(), name })
            }
        }
    }

    /// What to know of it beside the entry: what a decision passes over, who had a role before.
    pub fn remarks(&self, meeting: &Meeting<'_>) -> Vec<String> {
        match self {
            Self::Close { .. } => open_poll(meeting.history).map(against).unwrap_or_default(),
            Self::Assign { role, .. } => {
                let before = facts::holder_of(meeting.runbook, meeting.history, role);
                before.map(|before| format!("before: {before}")).into_iter().collect()
            }
            Self::Open { .. } | Self::Vote { .. } => Vec::new(),
        }
    }
}

fn none_open() -> Refusal {
    Refusal::Rule("no poll is open: gonogo poll open".to_owned())
}

fn words(given: &str, needed: &str) -> Result<String, Refusal> {
    facts::words(given, needed).map_err(Refusal::Words)
}

fn known(meeting: &Meeting<'_>, role: &str) -> Result<(), Refusal> {
    match meeting.runbook.role(role) {
        Some(_) => Ok(()),
        // It says which there are.
        None => facts::may_vote(meeting.runbook, meeting.history, role, meeting.operator).map_err(Refusal::Words),
    }
}
