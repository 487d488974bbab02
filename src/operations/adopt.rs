//! Accepting what somebody else made of the flag: nothing is written but the log.

use std::time::Duration;

use tokio::time::timeout;

use super::{
    Context,
    present::{blockers, under_way},
    recheck::{PATIENCE, look},
};
use crate::{
    audit::{Entry, Event},
    fault::FaultKind,
    text::clean,
};

/// So often all is looked at again because somebody wrote into the log between the look and the entry.
const ATTEMPTS: u32 = 5;

/// How long the entry may take: as long as everything else that needs the log.
const DURABLE: Duration = PATIENCE;

/// Accepts the flag as it is, where it still is what the operator saw (`flag_version`) and what `stage` says, by an entry on
/// the very record that this was judged on.
///
/// # Errors
/// What stands against it, worst first; nothing is recorded then. An entry that the log took too long for may be found there
/// later all the same.
pub async fn adopt(context: &Context, stage: &str, flag_version: &str, reason: &str) -> Result<Entry, Vec<String>> {
    for _ in 0..ATTEMPTS {
        let afresh = look(context).await.map_err(|fault| vec![fault.to_string()])?;
        let adopt = &afresh.assessment.standing.adopt;
        let mut why: Vec<String> = afresh.unfinished.as_ref().map(under_way).into_iter().collect();
        if afresh.flag.version != flag_version {
            why.push(format!("the flag was changed since you looked; it serves {}", afresh.flag.serves()));
        }
        why.extend(blockers(adopt));
        if why.is_empty() && adopt.to.as_deref() != Some(stage) {
            let to = adopt.to.as_deref().unwrap_or("none");
            why.push(format!("the stage that says what is served is {to}, not {stage}"));
        }
        if !why.is_empty() {
            return Err(why);
        }
        let event = Event::Adopted { stage: stage.to_owned(), flag: afresh.flag, reason: clean(reason) };
        let (now, operator) = (context.clock.now(), &context.operator);
        match timeout(DURABLE, context.audit.append_after(&afresh.head, now, operator, event)).await {
            Ok(Ok(entry)) => return Ok(entry),
            Ok(Err(fault)) if fault.kind == FaultKind::Changed => {}
            Ok(Err(fault)) => return Err(vec![format!("adopting waits for the audit log: {fault}")]),
            Err(_) => return Err(vec!["the audit log did not answer in time; look at it before you go on".to_owned()]),
        }
    }
    Err(vec!["others keep writing into the audit log; look again".to_owned()])
}
