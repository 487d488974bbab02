//! A request that waits for a second person, and why it fell.
//!
//! What else makes a request fall is in the log, and takes it out of the history. The writes that it rests on are known
//! only where the flag store is, and are checked there.

use super::Judged;
use crate::{
    judge::{RequestAssessment, context::Context},
    text::clean,
    units::moment,
};

/// The latest request that nothing on record has made fall.
pub(super) fn assess(cx: &Context<'_>, judged: &Judged<'_>) -> Option<RequestAssessment> {
    let open = cx.history.request.as_ref()?;
    let asked = &open.request;
    let mut fallen = Vec::new();
    if cx.now > asked.expires_at {
        fallen.push(format!("nobody confirmed it until {}", moment(asked.expires_at)));
    }
    if asked.from_stage != cx.present.stage.key || Some(asked.to_stage.as_str()) != judged.to {
        fallen.push(format!("the rollout is in stage {}", cx.present.stage.key));
    }
    if asked.candidate.as_deref() != cx.candidate {
        let name = |candidate: Option<&str>| candidate.map_or_else(|| "none".to_owned(), clean);
        fallen.push(format!("the candidate is {}, it was {}", name(cx.candidate), name(asked.candidate.as_deref())));
    }
    if judged.flag.version.as_deref() != Some(clean(&asked.flag_version).as_str()) {
        fallen.push("the flag is not what it was".to_owned());
    }
    // Of what was judged, only the digest is known. What is told already is in it.
    if fallen.is_empty() && asked.digest != judged.digest {
        fallen.push("something was judged otherwise since".to_owned());
    }
    Some(RequestAssessment {
        id: asked.id.clone(),
        at: open.at,
        operator: clean(&open.operator),
        to: asked.to_stage.clone(),
        reason: clean(&asked.reason),
        expires_at: asked.expires_at,
        fallen,
    })
}
