//! `gonogo reduce`: back to the stage before, not all the way off. No gate is asked.

use clap::Args;

use super::{
    Failure, block_on,
    change::{Change, Terms, look, stage},
    options::Options,
};
use crate::{audit::Action, operations::Confirmed, session::Session};

#[derive(Debug, Args)]
pub(super) struct Reduce {
    /// The stage's key; it can only be the one before the present
    #[arg(long, value_name = "STAGE")]
    to: Option<String>,
    #[command(flatten)]
    terms: Terms,
}

impl Reduce {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let (reason, session) = self.terms.session(given, Action::Reduce.doing())?;
        if let Some(to) = &self.to {
            stage(&session.runbook, to)?;
        }
        block_on(self.reduce(session, reason))
    }

    async fn reduce(&self, session: Session, reason: String) -> Result<u8, Failure> {
        let (look, assessment) = look(session, self.terms.wait, Action::Reduce.doing()).await?;
        let leads = assessment.standing.reduce.to.clone();
        let to = self.to.clone().or_else(|| leads.clone()).unwrap_or_default();
        let mut against = Vec::new();
        if let (Some(named), Some(leads)) = (&self.to, &leads)
            && named != leads
        {
            against.push(format!("{named} is not the stage before {}; that is {leads}", assessment.stage.key));
        }
        let change = Change::plan(look, assessment, Action::Reduce, &to, against).await?;
        change.confirm(&self.terms).await?;
        let confirmed = Confirmed::Reduce { binding: change.binding(), reason };
        let done = format!("reduced to {}", change.stage().key);
        change.perform(confirmed, &done, self.terms.json).await
    }
}
