//! Two people: one requests, and another confirms. Pure.

use chrono::{DateTime, TimeDelta, Utc};

use super::Binding;
use crate::{
    audit::{Event, Request},
    judge::{RequestAssessment, same_person},
    text::clean,
    units::moment,
};

/// The entry by which the first of two people asks for what `binding` says. It can be confirmed for as long as
/// `stands_for`, and no longer than all stays as it is.
pub fn request(id: String, binding: &Binding, reason: &str, now: DateTime<Utc>, stands_for: TimeDelta) -> Event {
    Event::Requested(Box::new(Request {
        id,
        from_stage: binding.from_stage.clone(),
        to_stage: binding.to_stage.clone(),
        flag_version: binding.flag_version.clone(),
        candidate: binding.candidate.clone(),
        digest: binding.digest.clone(),
        writes: binding.writes.clone(),
        reason: clean(reason),
        // A time that no calendar has ends at once rather than never.
        expires_at: now.checked_add_signed(stands_for).unwrap_or(now),
    }))
}

/// Why `operator` cannot confirm the request that is named, worst first; empty where it can be confirmed.
pub fn objections(
    named: Option<&str>,
    standing: Option<&RequestAssessment>,
    operator: &str,
    to_stage: &str,
    now: DateTime<Utc>,
) -> Vec<String> {
    let Some(named) = named else {
        return vec![format!("entering {to_stage} takes two people: one requests it, and another operator confirms")];
    };
    let Some(request) = standing else {
        return vec![format!("no request {} stands; request it anew", clean(named))];
    };
    let who = format!("{} of {}", request.operator, moment(request.at));
    if request.id != named {
        let what = format!("request {} does not stand; the latest is {} by {who}", clean(named), request.id);
        return vec![what];
    }
    let mut why: Vec<String> =
        request.fallen.iter().map(|fallen| format!("the request by {who} fell: {fallen}")).collect();
    if request.expires_at <= now && why.is_empty() {
        why.push(format!("the request by {who} could be confirmed until {}", moment(request.expires_at)));
    }
    if request.to != to_stage {
        why.push(format!("{} requested {}, not {to_stage}", request.operator, request.to));
    }
    if same_person(&request.operator, operator) {
        why.push(format!("{} requested it: another operator confirms", request.operator));
    }
    why
}
