//! `gonogo hold`: hard stops are cleared by a recorded resolution with evidence, and by nothing else.

use clap::{Args, Subcommand};

use super::{Exit, Failure, block_on, connect, options, options::Options, output};
use crate::{audit::Event, judge::Trouble};

#[derive(Debug, Subcommand)]
pub(super) enum Hold {
    /// Record that a hard stop is resolved, and how
    Clear(Clear),
}

#[derive(Debug, Args)]
pub(super) struct Clear {
    /// The signature, stage:code
    #[arg(long, value_name = "SIGNATURE")]
    signature: String,
    /// What was found and done, with links
    #[arg(long, value_name = "TEXT")]
    evidence: String,
}

impl Hold {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let Self::Clear(clear) = self;
        let signature = crate::text::clean(clear.signature.trim());
        let evidence = crate::text::clean(clear.evidence.trim());
        if evidence.is_empty() {
            let what = "a hard stop is cleared by evidence; say with --evidence what was found and done";
            return Err(Failure::new(Exit::Usage, what));
        }
        if !signature.contains(':') {
            let what = format!("{signature:?} is no signature; write it like pull:pullCursorRegression");
            return Err(Failure::new(Exit::Usage, what));
        }
        let settings = given.resolve()?;
        if settings.read_only.value {
            return Err(Failure::new(Exit::Refused, "refused: this is read-only; leave --read-only out to act"));
        }
        let runbook = options::load_runbook(&settings)?;
        let listed = runbook.guardrails.iter().flat_map(|guardrails| &guardrails.listed);
        if !listed.into_iter().any(|known| known.signature == signature) {
            output::tell(&format!("the runbook does not list {signature}; recorded all the same"));
        }
        let session = connect::session(settings, runbook)?;
        block_on(async {
            let event = Event::Resolved { trouble: Trouble::Guardrail { signature: signature.clone() }, evidence };
            let entry = session.audit.append(session.clock.now(), &session.operator, event).await?;
            output::answer(&format!("recorded as entry {}: {signature} is resolved up to now\n", entry.seq))?;
            Ok(Exit::Done as u8)
        })
    }
}
