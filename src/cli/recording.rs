//! What the commands share that record a fact: the audit log, what it says so far, and who is spoken of.

use std::{path::Path, sync::Arc};

use super::{Exit, Failure, connect, options, options::Options, output};
use crate::{
    audit::{Entry, Event, Head, Record, replay},
    config::AtHand,
    facts,
    fault::Fault,
    judge::{History, candidate},
    operations::{
        self, Decided, append_decided,
        poll::{Meeting, Move, Refusal},
    },
    runbook::{Runbook, Stage, nearest},
    session::Session,
    text::clean,
};

/// The audit log of one rollout, to be read and added to. No telemetry and no flag store is asked for.
pub(super) struct Recording {
    pub(super) runbook: Arc<Runbook>,
    session: Session,
}

impl Recording {
    /// To add to the log.
    pub(super) fn open(given: &Options) -> Result<Self, Failure> {
        let settings = given.resolve_as_given()?;
        if settings.read_only.value {
            return Err(Failure::read_only());
        }
        Self::to_read(given)
    }

    /// To read the log, and no more.
    pub(super) fn to_read(given: &Options) -> Result<Self, Failure> {
        let mut settings = given.resolve()?;
        let at_hand = AtHand::of(&settings);
        // What is recorded is recorded, whatever is wrong with the address of a source.
        (settings.telemetry, settings.flags) = (Ok(None), Ok(None));
        let runbook = options::load_runbook(&settings)?;
        let session = connect::session(settings, Arc::clone(&runbook))?;
        // Nothing is asked of the sources; their tokens are kept out of what is kept all the same.
        Ok(Self { runbook, session: Session { at_hand, ..session } })
    }

    /// What it was opened on.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// The candidate, if one is named.
    pub(super) fn candidate(&self) -> Option<&str> {
        candidate::named(self.session.candidate.as_deref())
    }

    /// The candidate that a fact is to be bound to.
    pub(super) fn required_candidate(&self) -> Result<String, Failure> {
        required(self.session.candidate.as_deref())
    }

    /// The log, entry by entry.
    pub(super) async fn record(&self) -> Result<Record, Failure> {
        Ok(self.session.audit.read().await?)
    }

    /// What happened so far.
    pub(super) async fn history(&self) -> Result<History, Failure> {
        Ok(replay(&self.record().await?))
    }

    /// The stage that is meant: the named one, else the present one as the log says, else the first.
    pub(super) async fn stage(&self, named: Option<&str>) -> Result<&Stage, Failure> {
        let stages = &self.runbook.stages;
        let known = || stages.iter().map(|stage| stage.key.as_str());
        if let Some(named) = named {
            let found = self.runbook.stage(named).map(|(_, stage)| stage);
            return found.ok_or_else(|| unknown("stage", named, known().collect()));
        }
        let history = self.history().await?;
        let found = match history.present() {
            Some(visit) => self.runbook.stage(&visit.stage).map(|(_, stage)| stage),
            None => stages.first(),
        };
        found.ok_or_else(|| {
            let present = history.present().map_or_else(String::new, |visit| clean(&visit.stage));
            let what = format!(
                "the audit log says that the rollout is in stage {present:?}, which this runbook lacks; give --stage"
            );
            Failure::new(Exit::Usage, what)
        })
    }

    /// Adds to the log.
    pub(super) async fn append(&self, event: Event) -> Result<Entry, Failure> {
        Ok(self.session.audit.append(self.session.clock.now(), &self.session.operator, event).await?)
    }

    /// Adds to the log if it still ends where it was read to.
    pub(super) async fn append_after(&self, head: &Head, event: Event) -> Result<Entry, Fault> {
        self.session.audit.append_after(head, self.session.clock.now(), &self.session.operator, event).await
    }

    /// Makes this move if the rules allow it on what the log says then. Names that were put on record first are told,
    /// whatever became of it; beside the answer where that is JSON.
    pub(super) async fn make(&self, step: &Move, json: bool) -> Result<Decided, Failure> {
        let decide = |history: &History| {
            step.event(&self.meeting(history)).map_err(|refusal| match refusal {
                Refusal::Words(what) => Failure::new(Exit::Usage, what),
                Refusal::Rule(what) => Failure::refused("nothing was recorded", vec![what]),
            })
        };
        let (audit, operator) = (self.session.audit.as_ref(), &self.session.operator);
        let mut names = Vec::new();
        let now = || self.session.clock.now();
        let made = append_decided(audit, &self.runbook, operator, now, decide, &mut names).await;
        tell_names(&self.runbook, &names, json)?;
        made
    }

    /// Who speaks, on what.
    pub(super) fn meeting<'a>(&'a self, history: &'a History) -> Meeting<'a> {
        Meeting { runbook: &self.runbook, history, candidate: self.candidate(), operator: &self.session.operator }
    }

    /// Adds to the log, and answers what was recorded: `recorded as entry 7: ...`, or the entry.
    pub(super) async fn answer(&self, event: Event, what: &str, json: bool) -> Result<u8, Failure> {
        let entry = self.append(event).await?;
        match json {
            true => output::json(&entry)?,
            false => output::answer(&format!("recorded as entry {}: {}\n", entry.seq, clean(what)))?,
        }
        Ok(Exit::Done as u8)
    }

    /// Where files of this rollout are kept.
    pub(super) fn data_dir(&self) -> &Path {
        &self.session.data_dir
    }

    /// The session, for what asks more than the log.
    pub(super) fn into_session(self) -> Session {
        self.session
    }

    pub(super) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.session.clock.now()
    }
}

/// Says which names were put on record first; beside the answer where that is JSON.
pub(super) fn tell_names(runbook: &Runbook, names: &[Entry], json: bool) -> Result<(), Failure> {
    for name in names {
        let text = operations::told(runbook, name);
        match json {
            true => output::tell(&text),
            false => output::answer(&format!("{text}\n"))?,
        }
    }
    Ok(())
}

/// The candidate that a fact is to be bound to; a name that is none is no use of the command.
pub(super) fn required(named: Option<&str>) -> Result<String, Failure> {
    let Some(named) = candidate::named(named) else {
        let what = "this counts for one commit; name it with --candidate, such as \"$(git rev-parse HEAD)\"";
        return Err(Failure::new(Exit::Usage, what));
    };
    let named = facts::commit(named).map_err(|what| Failure::new(Exit::Usage, format!("{what} with --candidate")))?;
    if let Some(remark) = facts::abbreviated(&named) {
        output::tell(&remark);
    }
    Ok(named)
}

/// Words that were given, on one line and without control characters; `needed` is told where there are none.
pub(super) fn words(given: &str, needed: &str) -> Result<String, Failure> {
    facts::words(given, needed).map_err(|needed| Failure::new(Exit::Usage, needed))
}

/// That there is no such thing in the runbook, and what may have been meant.
pub(super) fn unknown(what: &str, name: &str, known: Vec<&str>) -> Failure {
    let name = clean(name);
    let choice = nearest::choice(&name, known);
    Failure::new(Exit::Usage, format!("the runbook has no {what} {name:?}; {choice}"))
}
