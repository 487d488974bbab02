//! What is kept of a rollback, as files. Pure.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::phase_name;
use crate::{
    audit::{Entry, Event, Phase},
    fault::Fault,
    judge::{Assessment, RollbackRecord},
    report::Status,
    runbook::Runbook,
    snapshot::FlagState,
    telemetry::Exhibit,
    text::clean,
};

/// Names this form of `manifest.json`. It changes when a name or a meaning does.
pub const SCHEMA: &str = "gonogo/evidence/1";

/// What is known when evidence is kept.
pub struct Facts<'a> {
    /// The rollback.
    pub rollback: &'a RollbackRecord,
    /// When in its procedure.
    pub phase: Phase,
    /// When it is kept, and from when on telemetry is.
    pub at: DateTime<Utc>,
    /// From when on telemetry is kept.
    pub since: DateTime<Utc>,
    /// By whom.
    pub operator: &'a str,
    /// On which machine.
    pub host: &'a str,
    /// What is rolled out.
    pub runbook: &'a Runbook,
    /// Where.
    pub environment: &'a str,
    /// The commit under rollout.
    pub candidate: Option<&'a str>,
    /// As judged last, if anything was.
    pub assessment: Option<&'a Assessment>,
    /// The flag before the rollback, if it was read.
    pub before: Option<&'a FlagState>,
    /// The flag as read now, and when; or why it could not be.
    pub after: Result<(&'a FlagState, DateTime<Utc>), Fault>,
    /// The audit log, or why it could not be read.
    pub timeline: Result<&'a [Entry], Fault>,
    /// What is not in the log yet.
    pub not_in_the_log: &'a [(DateTime<Utc>, String, Event)],
    /// Why telemetry gave nothing, if it did not.
    pub no_telemetry: Option<&'a str>,
}

/// The files to keep: what gonogo knows, what telemetry gave, and a manifest that says what each is and what is missing.
pub fn bundle(facts: &Facts<'_>, exhibits: Vec<Exhibit>) -> Vec<Exhibit> {
    let mut files = Vec::new();
    let mut missing = Vec::new();
    match facts.assessment {
        Some(assessment) => {
            let status = Status::new(facts.runbook, facts.environment, facts.candidate, assessment);
            let note = format!("everything judged at {}, as `gonogo status --json` tells it", instant(assessment.at));
            files.push(file("assessment.json", &note, &status));
            files.push(file("snapshot.json", "what it rests on: sources, their state and age", &snapshot(assessment)));
        }
        None => missing.push("assessment.json: nothing was judged".to_owned()),
    }
    match facts.before {
        Some(flag) => {
            files.push(file("flag-before.json", "the flag's configuration before, as its store gave it", &flag.raw))
        }
        None => missing.push("flag-before.json: the flag was not read before the rollback".to_owned()),
    }
    match &facts.after {
        Ok((flag, at)) => {
            let note = format!("the flag's configuration at {}, as its store gave it: {}", instant(*at), serves(flag));
            // What is kept at once may be read before the store says off: then it is not what came after.
            let name = if flag.serves_nobody() { "flag-after.json" } else { "flag-meanwhile.json" };
            files.push(file(name, &note, &flag.raw));
        }
        Err(fault) => missing.push(format!("flag-after.json: {fault}")),
    }
    let not_in_the_log: Vec<Value> = facts
        .not_in_the_log
        .iter()
        .map(|(at, operator, event)| json!({"at": instant(*at), "operator": operator, "event": event}))
        .collect();
    match &facts.timeline {
        Ok(entries) => {
            let timeline = json!({"entries": entries, "not_in_the_log": not_in_the_log});
            files.push(file("timeline.json", "the audit log, oldest first, and what is not in it yet", &timeline));
        }
        Err(fault) => {
            missing.push(format!("the audit log: {fault}"));
            let timeline = json!({"entries": [], "not_in_the_log": not_in_the_log});
            files.push(file("timeline.json", "what is in no audit log yet; the log could not be read", &timeline));
        }
    }
    missing.extend(facts.no_telemetry.map(|why| format!("queries and failing events: {why}")));
    files.extend(exhibits);
    let manifest = manifest(facts, &files, &missing);
    files.insert(0, manifest);
    files
}

fn manifest(facts: &Facts<'_>, files: &[Exhibit], missing: &[String]) -> Exhibit {
    let rollback = facts.rollback;
    let listed: Vec<Value> = files
        .iter()
        .map(|file| json!({"name": file.name, "bytes": file.bytes.len(), "note": clean(&file.note)}))
        .collect();
    let manifest = json!({
        "schema": SCHEMA,
        "phase": phase_name(facts.phase),
        "kept_at": instant(facts.at),
        "kept_by": {"operator": facts.operator, "host": facts.host, "version": env!("CARGO_PKG_VERSION")},
        "rollout": {"name": facts.runbook.key, "environment": facts.environment, "candidate": facts.candidate,
            "runbook": facts.runbook.digest},
        "rollback": {"id": rollback.id, "confirmed_at": instant(rollback.at), "operator": rollback.operator,
            "host": rollback.host, "reason": rollback.reason, "from_stage": rollback.from_stage,
            "candidate": rollback.candidate, "joined": rollback.joined,
            "verified_at": rollback.verified_at.map(instant)},
        "telemetry": {"from": instant(facts.since), "until": instant(facts.at)},
        "files": listed,
        "missing": missing.iter().map(|words| clean(words)).collect::<Vec<_>>(),
    });
    file("manifest.json", "what each file is, and what is missing", &manifest)
}

fn snapshot(assessment: &Assessment) -> Value {
    let sources: Vec<Value> = assessment
        .sources
        .iter()
        .map(|source| {
            json!({
                "name": source.name, "address": source.address, "state": source.state.word(),
                "last_ok": source.last_ok.map(instant),
                "age_s": source.age(assessment.at).map(|age| age.as_seconds_f64()),
                "latency_ms": source.latency.map(|latency| latency.num_milliseconds()),
                "failures": source.failures, "error": source.error.as_ref().map(ToString::to_string),
                "note": source.note,
            })
        })
        .collect();
    let flag = &assessment.flag;
    json!({
        "at": instant(assessment.at),
        "generation": assessment.generation,
        "sources": sources,
        "flag": {
            "enabled": flag.enabled, "serves": flag.serves.as_ref().map(ToString::to_string), "version": flag.version,
            "age_s": flag.age.map(|age| age.as_seconds_f64()), "drift": flag.drift, "blind": flag.blind,
        },
    })
}

fn serves(flag: &FlagState) -> String {
    match flag.foreign.is_empty() || !flag.enabled {
        true => format!("it serves {}", flag.serves()),
        false => format!("it serves {}, and by rules of others", flag.serves()),
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A file of JSON. What cannot be written as JSON is no such thing; then the file says so.
fn file(name: &str, note: &str, content: &impl Serialize) -> Exhibit {
    let bytes = serde_json::to_vec_pretty(content).unwrap_or_else(|error| format!("not kept: {error}").into_bytes());
    Exhibit { name: name.to_owned(), note: note.to_owned(), bytes }
}
