//! What advancing, reducing and restoring share on the command line: one look, a plan that is shown, a question, a send.

use std::{sync::Arc, time::Duration};

use clap::Args;
use serde_json::json;

use super::{Exit, Failure, connect, gather::Look, operation, options, options::Options, output, recording::unknown};
use crate::{
    audit::{Action, Outcome},
    flags::{FlagStore, Plan},
    judge::{self, Assessment},
    operations::{Binding, Confirmed, Context, Reading, allowance, blockers, recall},
    runbook::{Exposure, Runbook, Stage},
    session::Session,
    text::clean,
    tui::dialog::gains,
};

/// How long an action from the command line is tried.
const LIMIT: Duration = Duration::from_secs(120);

/// What every change takes.
#[derive(Debug, Args)]
pub(super) struct Terms {
    /// Why; it goes into the audit log
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
    /// Do not ask. Without a terminal to ask on, all but `advance`, which names its stage, need it
    #[arg(long)]
    pub(super) yes: bool,
    /// How long to wait for the sources
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    pub(super) wait: Duration,
    /// Print what was planned and how it ended, or why it was refused, as JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl Terms {
    /// The reason, and a session that may act.
    pub(super) fn session(&self, given: &Options, doing: &str) -> Result<(String, Session), Failure> {
        let reason = clean(self.reason.trim());
        if reason.is_empty() {
            return Err(Failure::new(Exit::Usage, format!("{doing} needs a reason; give --reason in words")));
        }
        Ok((reason, session(given, true)?))
    }
}

/// The stage that was named; a name that the runbook lacks is no use of the command.
pub(super) fn stage<'a>(runbook: &'a Runbook, named: &str) -> Result<&'a Stage, Failure> {
    let known = || runbook.stages.iter().map(|stage| stage.key.as_str()).collect();
    runbook.stage(named).map(|(_, stage)| stage).ok_or_else(|| unknown("stage", named, known()))
}

/// Everything wired for one look, and for what may follow it.
pub(super) fn session(given: &Options, acts: bool) -> Result<Session, Failure> {
    let settings = given.resolve()?;
    connect::require_sources(&settings)?;
    if acts && settings.read_only.value {
        return Err(Failure::read_only());
    }
    let runbook = options::load_runbook(&settings)?;
    connect::session(settings, runbook)
}

/// Looks once, and writes down what the log does not know yet: how a cut-off action ended, where the rollout stood.
pub(super) async fn look(session: Session, wait: Duration, doing: &str) -> Result<(Look, Assessment), Failure> {
    let mut look = Look::take(session, wait).await;
    let snapshot = look.snapshots().borrow().clone();
    let (audit, candidate, now) = (look.audit.as_ref(), look.candidate.as_deref(), look.clock.now());
    let known = recall(audit, &look.runbook, &snapshot, candidate, &look.operator, Reading::First, now).await;
    look.history = known.map_err(|fault| refused(vec![format!("{doing} waits for the audit log: {fault}")]))?;
    let assessment = look.assess();
    Ok((look, assessment))
}

/// A refusal. What to do about a source that is blind stands beside its failure, not in the reasons that rest on it.
pub(super) fn blocked(assessment: &Assessment, why: Vec<String>) -> Failure {
    for error in assessment.sources.iter().filter_map(|source| source.error.as_ref()) {
        output::complain(&error.to_string());
    }
    refused(why)
}

pub(super) fn refused(why: Vec<String>) -> Failure {
    Failure::refused("nothing was sent", why)
}

/// A change that the judge allows, with its plan.
pub(super) struct Change {
    pub(super) look: Look,
    pub(super) assessment: Assessment,
    action: Action,
    store: Arc<dyn FlagStore>,
    version: String,
    to: Stage,
    before: Exposure,
    plan: Plan,
}

impl Change {
    /// Plans a change that leads to the stage `to`; `against` it stand these, and what the judge says.
    pub(super) async fn plan(
        look: Look,
        assessment: Assessment,
        action: Action,
        to: &str,
        mut against: Vec<String>,
    ) -> Result<Self, Failure> {
        against.extend(blockers(allowance(action, &assessment)));
        if !against.is_empty() {
            return Err(blocked(&assessment, against));
        }
        let flag = look.snapshots().borrow().flag.state.clone();
        let (Some(Ok(store)), Some(flag)) = (look.store(), flag) else {
            return Err(refused(vec!["the flag could not be read".to_owned()]));
        };
        let Some((_, stage)) = look.runbook.stage(to) else {
            return Err(refused(vec![format!("the runbook has no stage {}", clean(to))]));
        };
        let planned = match action {
            Action::Restore => store.restore(&flag, &stage.exposure).await,
            _ => store.plan(&flag, &stage.exposure).await,
        };
        let plan = planned.map_err(|fault| refused(vec![fault.to_string()]))?;
        let (to, before, version) = (stage.clone(), flag.serves(), flag.version);
        Ok(Self { look, assessment, action, store, version, to, before, plan })
    }

    /// What a confirmation is bound to.
    pub(super) fn binding(&self) -> Binding {
        Binding {
            from_stage: self.assessment.stage.key.clone(),
            to_stage: self.to.key.clone(),
            flag_version: self.version.clone(),
            candidate: self.look.candidate.clone(),
            digest: self.assessment.digest.clone(),
            writes: self.plan.writes.clone(),
        }
    }

    /// The stage that it enters, or restores.
    pub(super) fn stage(&self) -> &Stage {
        &self.to
    }

    /// Whether somebody gets the feature who does not have it.
    fn grows(&self) -> bool {
        !self.before.covers(&self.to.exposure)
    }

    /// Shows the plan, and asks: for the stage's name where somebody gains, else for a y.
    pub(super) async fn confirm(&self, terms: &Terms) -> Result<(), Failure> {
        if terms.yes {
            return Ok(());
        }
        if !output::can_ask() {
            // Who writes the stage's name into a command has said it.
            return match self.action {
                Action::Advance => Ok(()),
                _ => Err(Failure::new(Exit::Usage, "this asks first, and there is no terminal to ask on; give --yes")),
            };
        }
        output::tell(&self.shown());
        let (name, environment, target) = (&self.look.runbook.flag.key, &self.look.environment, &self.to.exposure);
        let word = if self.action == Action::Advance { "Advance" } else { "Change" };
        let what = format!("{word} {name} in {environment}: {} -> {target}.", self.before);
        if self.grows() || self.action == Action::Advance {
            let answer = ask(format!("{what} Type the stage's name: ")).await;
            (answer == self.to.key)
                .then_some(())
                .ok_or_else(|| refused(vec!["the stage's name was not typed".to_owned()]))
        } else {
            yes(format!("{what} Type y and Enter: ")).await
        }
    }

    /// Each write, before and after, who gains, and what it rests on.
    fn shown(&self) -> String {
        let (before, after) = (&self.before, &self.to.exposure);
        let mut lines = vec![format!("{} {} -> {}", self.action.word(), self.assessment.stage.key, self.to.key)];
        let writes = self.plan.writes.iter().enumerate();
        lines.extend(writes.map(|(i, write)| format!("  {}. {}", i + 1, clean(&write.title))));
        if self.plan.writes.is_empty() {
            lines.push("  nothing has to be written".to_owned());
        }
        lines.push(format!("  serves   {before} -> {after}"));
        lines.push(format!("  gains    {}", clean(&gains(before, after, &self.look.runbook))));
        let gates = self.assessment.gates.iter().map(|gate| format!("{} {}", gate.verdict.word(), gate.title));
        if self.action == Action::Advance {
            lines.push(format!("  gates    {}", clean(&gates.collect::<Vec<_>>().join(", "))));
        }
        lines.push(format!("  digest   {}", self.assessment.digest));
        lines.join("\n")
    }

    /// What was planned, for tools.
    pub(super) fn facts(&self) -> serde_json::Value {
        let writes: Vec<_> = self.plan.writes.iter().map(|write| &write.title).collect();
        json!({
            "action": self.action.word(),
            "from_stage": self.assessment.stage.key,
            "to_stage": self.to.key,
            "before": self.before,
            "after": self.to.exposure,
            "gains": gains(&self.before, &self.to.exposure, &self.look.runbook),
            "writes": writes,
            "flag_version": self.version,
            "candidate": self.look.candidate,
            "digest": self.assessment.digest,
        })
    }

    /// Does it, and answers how it ended; `done` is what is said of it.
    pub(super) async fn perform(self, confirmed: Confirmed, done: &str, json: bool) -> Result<u8, Failure> {
        let mut facts = self.facts();
        let context = context(&self.look, self.store, self.assessment.stage.key);
        match operation::run(confirmed, context).await? {
            Outcome::Verified if json => {
                facts["outcome"] = "verified".into();
                output::json(&facts)?;
            }
            Outcome::Verified => {
                let serves = &self.to.exposure;
                output::answer(&format!("{done}: the store, read again, serves {serves}\n"))?;
            }
            Outcome::Refused { why } => return Err(refused(why)),
            Outcome::NotConfirmed { fault } => {
                if json {
                    (facts["outcome"], facts["fault"]) = ("not-confirmed".into(), json!(fault));
                    output::json(&facts)?;
                }
                return Err(Failure::new(Exit::CouldNotRun, format!("NOT CONFIRMED: {fault}")));
            }
        }
        Ok(Exit::Done as u8)
    }
}

/// What an operation after this look is done with.
pub(super) fn context(look: &Look, store: Arc<dyn FlagStore>, stage: String) -> Context {
    Context {
        runbook: Arc::clone(&look.runbook),
        candidate: look.candidate.clone(),
        operator: look.operator.clone(),
        store,
        audit: Arc::clone(&look.audit),
        clock: look.clock,
        latest: look.snapshots(),
        assess: judge::assess,
        stage,
        limit: Some(LIMIT),
    }
}

/// Asks for a y; without one nothing is done.
pub(super) async fn yes(question: String) -> Result<(), Failure> {
    match ask(question).await.as_str() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(refused(vec!["nobody said y".to_owned()])),
    }
}

async fn ask(question: String) -> String {
    tokio::task::spawn_blocking(move || output::ask(&question)).await.unwrap_or_default()
}
