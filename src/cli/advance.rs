//! `gonogo advance`: looks once, and goes on only if every exit gate allows it.

use std::time::Duration;

use clap::Args;

use super::{Exit, Failure, block_on, connect, gather::Look, operation, options, options::Options, output};
use crate::{
    audit::Outcome,
    judge,
    judge::Assessment,
    operations::{Binding, Confirmed, Context, Reading, recall},
    session::Session,
};

#[derive(Debug, Args)]
pub(super) struct Advance {
    /// The next stage's key, written out: it must be the one after the present
    #[arg(long, value_name = "STAGE")]
    to: String,
    /// Why; it goes into the audit log
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Do not ask for the stage's name once more on a terminal
    #[arg(long)]
    yes: bool,
    /// How long to wait for the sources
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    wait: Duration,
}

impl Advance {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        if self.reason.trim().is_empty() {
            return Err(Failure::new(Exit::Usage, "advancing needs a reason; give --reason in words"));
        }
        let settings = given.resolve()?;
        connect::require_sources(&settings)?;
        if settings.read_only.value {
            return Err(refused(vec!["this is read-only; leave --read-only out to act".to_owned()]));
        }
        let runbook = options::load_runbook(&settings)?;
        if runbook.stage(&self.to).is_none() {
            let known: Vec<&str> = runbook.stages.iter().map(|stage| stage.key.as_str()).collect();
            let what = format!("there is no stage {:?}; the runbook has {}", self.to, known.join(", "));
            return Err(Failure::new(Exit::Usage, what));
        }
        block_on(self.advance(connect::session(settings, runbook)?))
    }

    async fn advance(&self, session: Session) -> Result<u8, Failure> {
        let mut look = Look::take(session, self.wait).await;
        remember(&mut look).await?;
        let assessment = look.assess();
        let blockers = self.blockers(&assessment);
        if !blockers.is_empty() {
            // What to do about a source that is blind stands beside its failure, not in the reasons that rest on it.
            for error in assessment.sources.iter().filter_map(|source| source.error.as_ref()) {
                output::complain(&error.to_string());
            }
            return Err(refused(blockers));
        }
        let (Some(Ok(store)), Some(version)) = (look.store(), assessment.flag.version.clone()) else {
            return Err(refused(vec!["the flag could not be read".to_owned()]));
        };
        let name = look.runbook.flag.key.clone();
        let before = assessment.flag.serves.clone().unwrap_or_default();
        let target = look.runbook.stage(&self.to).map(|(_, stage)| stage.exposure.clone()).unwrap_or_default();
        if !self.yes && output::can_ask() {
            let question =
                format!("Advance {name} in {}: {before} -> {target}. Type the stage's name: ", look.environment);
            let answer = tokio::task::spawn_blocking(move || output::ask(&question)).await.unwrap_or_default();
            if answer != self.to {
                return Err(refused(vec!["the stage's name was not typed; nothing was sent".to_owned()]));
            }
        }
        let binding = Binding {
            from_stage: assessment.stage.key.clone(),
            to_stage: self.to.clone(),
            flag_version: version,
            candidate: look.candidate.clone(),
            digest: assessment.digest.clone(),
            writes: Vec::new(),
        };
        let context = Context {
            runbook: look.runbook.clone(),
            candidate: look.candidate.clone(),
            operator: look.operator.clone(),
            store,
            audit: look.audit.clone(),
            clock: look.clock,
            latest: look.snapshots(),
            assess: judge::assess,
            stage: assessment.stage.key.clone(),
            limit: Some(Duration::from_secs(120)),
        };
        let confirmed = Confirmed::Advance { binding, reason: crate::text::clean(&self.reason), request: None };
        match operation::run(confirmed, context).await? {
            Outcome::Verified => {
                let text = format!("advanced to {}: the store, read again, serves {target}\n", self.to);
                output::answer(&text)?;
                Ok(Exit::Done as u8)
            }
            Outcome::Refused { why } => Err(refused(why)),
            Outcome::NotConfirmed { fault } => Err(Failure::new(Exit::CouldNotRun, format!("NOT CONFIRMED: {fault}"))),
        }
    }

    /// What stands against it, worst first.
    fn blockers(&self, assessment: &Assessment) -> Vec<String> {
        let next = assessment.advance.to.as_deref();
        let mut blockers = Vec::new();
        if next != Some(self.to.as_str()) {
            let next = next.map_or_else(|| "there is none".to_owned(), |next| format!("the next is {next}"));
            blockers.push(format!("{} is not the stage after {}; {next}", self.to, assessment.stage.key));
        }
        if !assessment.advance.allowed {
            blockers.extend(assessment.advance.blockers.iter().cloned());
        }
        if blockers.is_empty() && !assessment.advance.allowed {
            blockers.push("the judge does not allow it".to_owned());
        }
        blockers
    }
}

/// The history, with what the log does not know yet written down: how a cut-off action ended, where the rollout stood.
async fn remember(look: &mut Look) -> Result<(), Failure> {
    let snapshot = look.snapshots().borrow().clone();
    let candidate = look.candidate.as_deref();
    let known = recall(
        look.audit.as_ref(),
        &look.runbook,
        &snapshot,
        candidate,
        &look.operator,
        Reading::First,
        look.clock.now(),
    )
    .await;
    look.history = known.map_err(|fault| refused(vec![format!("advancing waits for the audit log: {fault}")]))?;
    Ok(())
}

fn refused(why: Vec<String>) -> Failure {
    Failure::new(Exit::Refused, format!("refused, nothing was sent:\n  {}", why.join("\n  ")))
}
