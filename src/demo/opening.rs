//! What is behind a demo when it opens: stages 0 and 1, recorded as if gonogo had been there.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{recorded::recorded, team};
use crate::{
    audit::{Action, Begun, Event, Outcome},
    flags::{Plan, Write, flagd::Flagd},
    runbook::{Exposure, Runbook, Stage},
    snapshot::FlagState,
};

/// Who acted before the opening.
pub(super) const OPERATOR: &str = "release-owner";
/// By the stage that a demo opens in: how many minutes before the opening each stage up to it was entered. The last demo's
/// stage is watched for 24 hours within six hours; the others have just begun.
pub const OPENS_IN: [&[i64]; 3] = [&[30], &[26 * 60, 30], &[70 * 60, 45 * 60, 18 * 60 + 30]];
/// How long an advance took.
const ADVANCE_TOOK: TimeDelta = TimeDelta::seconds(2);

/// The stages entered so far and when, oldest first.
pub(super) fn visits(runbook: &Runbook, opening: DateTime<Utc>, stage: usize) -> Vec<(&Stage, DateTime<Utc>)> {
    let entered = OPENS_IN[stage.min(OPENS_IN.len() - 1)];
    let entered = entered.iter().map(|minutes| opening - TimeDelta::minutes(*minutes));
    runbook.stages.iter().zip(entered).collect()
}

/// The whole flag file that serves `exposure`.
fn flag_file(runbook: &Runbook, exposure: &Exposure) -> Value {
    let mut flags = serde_json::Map::new();
    if let Some(legacy) = &runbook.flag.legacy {
        let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"});
        flags.insert(legacy.clone(), flag);
    }
    flags.insert(runbook.flag.key.clone(), flag(runbook, exposure));
    json!({"$schema": "https://flagd.dev/schema/v0/flags.json", "flags": flags})
}

/// The same as it is written.
pub(super) fn flag_text(runbook: &Runbook, exposure: &Exposure) -> String {
    format!("{:#}\n", flag_file(runbook, exposure))
}

/// The flag that serves `exposure`.
pub(super) fn flag(runbook: &Runbook, exposure: &Exposure) -> Value {
    let default = if exposure.is_everyone() { "on" } else { "off" };
    let mut flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": default});
    if !exposure.is_off() && !exposure.is_everyone() {
        flag["targeting"] = targeting(runbook, exposure);
    }
    flag
}

/// `{"if": [{"in": [{"var": "group"}, ["internal"]]}, "on", {"fractional": [["on", 5], ["off", 95]]}]}`
fn targeting(runbook: &Runbook, exposure: &Exposure) -> Value {
    let percent = exposure.percent.get();
    let rest = match percent {
        0 => json!("off"),
        _ => json!({"fractional": [["on", percent], ["off", 100 - percent]]}),
    };
    let cohorts = exposure.cohorts.iter().filter_map(|key| runbook.cohort(key)?.attribute.as_ref());
    let mut arguments: Vec<Value> =
        cohorts.flat_map(|rule| [json!({"in": [{"var": rule.name}, rule.values]}), json!("on")]).collect();
    if arguments.is_empty() {
        return rest;
    }
    arguments.push(rest);
    json!({"if": arguments})
}

/// What the audit log says of the time before the opening: when, who, what.
pub(super) fn audit_events(
    runbook: &Runbook,
    opening: DateTime<Utc>,
    stage: usize,
    candidate: &str,
    owner: &str,
) -> Vec<(DateTime<Utc>, String, Event)> {
    let visits = visits(runbook, opening, stage);
    let mut events = Vec::new();
    if let Some((stage, entered_at)) = visits.first() {
        let flag = state(runbook, &stage.exposure, *entered_at);
        events.push((
            *entered_at,
            Event::Opened {
                stage: stage.key.clone(),
                entered_at: *entered_at,
                flag,
                candidate: Some(candidate.to_owned()),
                runbook: Some(runbook.digest.clone()),
            },
        ));
    }
    if let Some((_, entered_at)) = visits.first() {
        let given = |(role, name)| (*entered_at, Event::Assigned { role, name: Some(name) });
        events.extend(team::roles(runbook, owner).into_iter().map(given));
    }
    for (n, pair) in visits.windows(2).enumerate() {
        let ((from, left_at), (to, entered_at)) = (pair[0], pair[1]);
        events.extend(recorded(runbook, from, entered_at - ADVANCE_TOOK, candidate));
        let before = state(runbook, &from.exposure, left_at);
        let after = state(runbook, &to.exposure, entered_at);
        let id = format!("demo-{}", n + 1);
        let version = before.as_ref().map(|flag| flag.version.clone()).unwrap_or_default();
        let begun = Begun {
            id: id.clone(),
            action: Action::Advance,
            from_stage: from.key.clone(),
            to_stage: to.key.clone(),
            target: to.exposure.clone(),
            plan: Plan {
                from_version: version,
                target: to.exposure.clone(),
                writes: vec![Write { title: format!("serve {}", to.exposure), request: flag(runbook, &to.exposure) }],
            },
            before,
            reason: format!("{} done, all gates pass", from.title),
            candidate: Some(candidate.to_owned()),
            digest: None,
            runbook: Some(runbook.digest.clone()),
            request: None,
            process: None,
        };
        events.push((entered_at - ADVANCE_TOOK, Event::Begun(Box::new(begun))));
        let outcome = Outcome::Verified;
        events.push((entered_at, Event::Ended { id, action: Action::Advance, outcome, after }));
    }
    if let Some((present, _)) = visits.last().filter(|_| stage + 1 == OPENS_IN.len()) {
        events.extend(recorded(runbook, present, opening, candidate));
    }
    events.into_iter().map(|(at, event)| (at, OPERATOR.to_owned(), event)).collect()
}

/// The flag as the file said it then; none for a stage that a flagd file cannot serve.
fn state(runbook: &Runbook, exposure: &Exposure, changed_at: DateTime<Utc>) -> Option<FlagState> {
    let store = Flagd::new("", &runbook.flag, &runbook.cohorts);
    store.state_of(&flag_text(runbook, exposure), Some(changed_at)).ok()
}
