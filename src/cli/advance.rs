//! `gonogo advance`: looks once, and goes on only if every exit gate allows it.

use clap::Args;

use super::{
    Exit, Failure, block_on,
    change::{Change, Terms, look, stage},
    options::Options,
    request,
};
use crate::{
    audit::Action,
    judge::{Assessment, History},
    operations::{Confirmed, objections},
    session::Session,
    text::clean,
    units::moment,
};

#[derive(Debug, Args)]
pub(super) struct Advance {
    /// The next stage's key, written out: it must be the one after the present
    #[arg(long, value_name = "STAGE", required_unless_present = "withdraw")]
    to: Option<String>,
    /// Where it takes two people: ask for it; nothing is sent before another operator confirms
    #[arg(long, conflicts_with_all = ["confirm", "withdraw"])]
    request: bool,
    /// Where it takes two people: confirm another operator's request, by its id, and send it
    #[arg(long, value_name = "ID", conflicts_with = "withdraw")]
    confirm: Option<String>,
    /// Take a request back, by its id
    #[arg(long, value_name = "ID", conflicts_with = "to")]
    withdraw: Option<String>,
    #[command(flatten)]
    terms: Terms,
}

impl Advance {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        if let Some(withdrawn) = &self.withdraw {
            return block_on(request::withdraw(given, withdrawn, &self.terms.reason, self.terms.json));
        }
        let (reason, session) = self.terms.session(given, Action::Advance.doing())?;
        let to = self.to.as_deref().unwrap_or_default();
        let two_people = stage(&session.runbook, to)?.second_person.is_some();
        if self.request && !two_people {
            let what = format!("entering {to} does not take two people; leave --request out");
            return Err(Failure::new(Exit::Usage, what));
        }
        block_on(self.advance(session, to, reason, two_people))
    }

    async fn advance(&self, session: Session, to: &str, reason: String, two_people: bool) -> Result<u8, Failure> {
        let (look, assessment) = look(session, self.terms.wait, Action::Advance.doing()).await?;
        let mut against = elsewhere(to, &assessment, &look.history);
        if two_people && !self.request && self.confirm.is_none() {
            against.push(format!(
                "entering {to} takes two people: add --request, and another operator confirms with --confirm ID"
            ));
        }
        if two_people && let Some(named) = self.confirm.as_deref() {
            let request = assessment.standing.request.as_ref();
            against.extend(objections(Some(named), request, &look.operator, to, assessment.at));
        }
        let change = Change::plan(look, assessment, Action::Advance, to, against).await?;
        change.confirm(&self.terms).await?;
        if self.request {
            return request::record(&change, &reason, self.terms.json).await;
        }
        let confirmed = Confirmed::Advance { binding: change.binding(), reason, request: self.confirm.clone() };
        change.perform(confirmed, &format!("advanced to {to}"), self.terms.json).await
    }
}

/// That the stage which was named is not the next; where it was entered already, by whom.
fn elsewhere(to: &str, assessment: &Assessment, history: &History) -> Vec<String> {
    let next = assessment.advance.to.as_deref();
    if next == Some(to) {
        return Vec::new();
    }
    if assessment.stage.key == to {
        let entered = history.present().map(|visit| visit.entered_at);
        let by = history.timeline.iter().rev().find(|line| Some(line.at) == entered && line.kind == "advance");
        let by = by.and_then(|line| Some((clean(line.operator.as_ref()?), moment(line.at))));
        let by = by.map_or_else(String::new, |(who, at)| format!(", after {who}'s advance of {at}"));
        return vec![format!("the rollout is in stage {to} already{by}")];
    }
    let next = next.map_or_else(|| "there is none".to_owned(), |next| format!("the next is {next}"));
    vec![format!("{to} is not the stage after {}; {next}", assessment.stage.key)]
}
