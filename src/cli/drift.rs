//! `gonogo drift`: somebody changed the flag elsewhere. Three ways out: adopt it, restore what the stage says, roll back.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    Exit, Failure, block_on,
    change::{self, Change, Terms, blocked, refused},
    gather::Look,
    options::Options,
    output,
};
use crate::{
    audit::Action,
    judge::{ActionAssessment, Assessment},
    operations::{self, Confirmed, blockers},
    session::Session,
    snapshot::FlagState,
    text::clean,
    units::moment,
};

#[derive(Debug, Subcommand)]
pub(super) enum Drift {
    /// Say how the flag is not what the stage says, who changed it, and what can be done
    Show(Show),
    /// Accept what is served: the rollout is then in the earlier stage that says just that; off is a rollback
    Adopt(Adopt),
    /// Make the flag serve again what the present stage says, rules of others taken away
    Restore(Restore),
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// As JSON
    #[arg(long)]
    json: bool,
    /// How long to wait for the sources
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    wait: Duration,
}

#[derive(Debug, Args)]
pub(super) struct Adopt {
    #[command(flatten)]
    terms: Terms,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    #[command(flatten)]
    terms: Terms,
}

impl Drift {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        match self {
            Self::Show(show) => block_on(show.show(change::session(given, false)?)),
            Self::Adopt(adopt) => {
                let (reason, session) = adopt.terms.session(given, "adopting")?;
                block_on(adopt.adopt(session, reason))
            }
            Self::Restore(restore) => {
                let (reason, session) = restore.terms.session(given, Action::Restore.doing())?;
                block_on(restore.restore(session, reason))
            }
        }
    }
}

impl Show {
    async fn show(&self, session: Session) -> Result<u8, Failure> {
        let look = Look::take(session, self.wait).await;
        let assessment = look.assess();
        let state = look.snapshots().borrow().flag.state.clone();
        for error in assessment.sources.iter().filter_map(|source| source.error.as_ref()) {
            output::complain(&error.to_string());
        }
        match self.json {
            true => output::json(&facts(&look, &assessment, state.as_ref()))?,
            false => output::answer(&text(&look, &assessment, state.as_ref()))?,
        }
        Ok(Exit::Done as u8)
    }
}

impl Adopt {
    async fn adopt(&self, session: Session, reason: String) -> Result<u8, Failure> {
        let (look, assessment) = change::look(session, self.terms.wait, "adopting").await?;
        let adopt = &assessment.standing.adopt;
        let against = blockers(adopt);
        if !against.is_empty() {
            return Err(blocked(&assessment, against));
        }
        let (Some(Ok(store)), Some(version), Some(stage)) = (look.store(), &assessment.flag.version, &adopt.to) else {
            return Err(refused(vec!["the flag could not be read".to_owned()]));
        };
        let serves = assessment.flag.serves.clone().unwrap_or_default();
        if !self.terms.yes {
            if !output::can_ask() {
                let what = "this asks first, and there is no terminal to ask on; give --yes";
                return Err(Failure::new(Exit::Usage, what));
            }
            let name = &look.runbook.flag.key;
            let what = format!("Adopt that {name} serves {serves} in {}: stage {stage}.", look.environment);
            change::yes(format!("{what} Type y and Enter: ")).await?;
        }
        let context = change::context(&look, store, assessment.stage.key.clone());
        let entry = operations::adopt(&context, stage, version, &reason).await.map_err(refused)?;
        match self.terms.json {
            true => output::json(&entry)?,
            false => output::answer(&format!("adopted as entry {}: stage {stage}, serves {serves}\n", entry.seq))?,
        }
        Ok(Exit::Done as u8)
    }
}

impl Restore {
    async fn restore(&self, session: Session, reason: String) -> Result<u8, Failure> {
        let (look, assessment) = change::look(session, self.terms.wait, Action::Restore.doing()).await?;
        let stage = assessment.stage.key.clone();
        let change = Change::plan(look, assessment, Action::Restore, &stage, Vec::new()).await?;
        change.confirm(&self.terms).await?;
        let confirmed = Confirmed::Restore { binding: change.binding(), reason };
        change.perform(confirmed, &format!("restored what {stage} says"), self.terms.json).await
    }
}

fn facts(look: &Look, assessment: &Assessment, state: Option<&FlagState>) -> serde_json::Value {
    let way = |way: &ActionAssessment| json!({"allowed": way.allowed, "to": way.to, "blockers": way.blockers});
    let says = look.runbook.stage(&assessment.stage.key).map(|(_, stage)| &stage.exposure);
    json!({
        "stage": assessment.stage.key,
        "says": says,
        "serves": assessment.flag.serves,
        "drift": assessment.flag.drift,
        "blind": assessment.flag.blind,
        "foreign": state.map(|state| &state.foreign),
        "flag_version": assessment.flag.version,
        "changed_by": state.and_then(|state| state.changed_by.as_ref()),
        "changed_at": state.and_then(|state| state.changed_at),
        "changed_what": state.and_then(|state| state.changed_what.as_ref()),
        "adopt": way(&assessment.standing.adopt),
        "restore": way(&assessment.standing.restore),
        "rollback": way(&assessment.rollback),
    })
}

fn text(look: &Look, assessment: &Assessment, state: Option<&FlagState>) -> String {
    let name = &look.runbook.flag.key;
    if let Some(blind) = &assessment.flag.blind {
        return format!("{name} cannot be seen: {}\n", clean(blind));
    }
    let Some(drift) = &assessment.flag.drift else {
        let serves = assessment.flag.serves.clone().unwrap_or_default();
        return format!("{name} is what stage {} says: it serves {serves}\n", assessment.stage.key);
    };
    let mut lines = vec![format!("{name} {}", clean(drift))];
    if let Some(state) = state {
        let who = state.changed_by.as_deref().unwrap_or("somebody");
        let at = state.changed_at.map_or_else(String::new, |at| format!(" at {}", moment(at)));
        let what = state.changed_what.as_ref().map_or_else(String::new, |what| format!(": {what}"));
        if state.changed_by.is_some() || state.changed_at.is_some() {
            lines.push(clean(&format!("last changed by {who}{at}{what}")));
        }
    }
    let ways = [("adopt", &assessment.standing.adopt), ("restore", &assessment.standing.restore)];
    for (word, way) in ways {
        let to = way.to.as_ref().map_or_else(String::new, |to| format!(" (stage {to})"));
        let says = match blockers(way) {
            against if against.is_empty() => format!("gonogo drift {word} --reason TEXT{to}"),
            against => format!("no: {}", against.join("; ")),
        };
        lines.push(format!("  {word:<9}{}", clean(&says)));
    }
    lines.push("  rollback gonogo rollback --reason TEXT".to_owned());
    lines.join("\n") + "\n"
}
