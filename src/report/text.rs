//! The status for people: the call, why, then the detail. No statistics needed to read it.

use std::fmt::Write;

use super::{text_approvals, text_standing};
use crate::{
    judge::{Assessment, TriggerState, Verdict, WindowCounts},
    runbook::{RateScope, Runbook},
    units,
};

/// The whole status as plain text.
pub fn text(runbook: &Runbook, environment: &str, candidate: Option<&str>, assessment: &Assessment) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = head(&mut out, runbook, environment, candidate, assessment)
        .and_then(|()| flag(&mut out, assessment))
        .and_then(|()| text_standing::serving(&mut out, assessment))
        .and_then(|()| rollback(&mut out, assessment))
        .and_then(|()| text_standing::standing(&mut out, assessment))
        .and_then(|()| text_approvals::approvals(&mut out, assessment))
        .and_then(|()| gates(&mut out, assessment))
        .and_then(|()| rates(&mut out, assessment))
        .and_then(|()| guardrails(&mut out, assessment))
        .and_then(|()| monitors(&mut out, assessment))
        .and_then(|()| triggers(&mut out, assessment))
        .and_then(|()| sources(&mut out, assessment))
        .and_then(|()| actions(&mut out, assessment));
    out
}

pub(super) type Written = std::fmt::Result;

fn head(
    out: &mut String,
    runbook: &Runbook,
    environment: &str,
    candidate: Option<&str>,
    assessment: &Assessment,
) -> Written {
    writeln!(out, "{}  {}", assessment.call.banner(), assessment.headline)?;
    let candidate = candidate.map_or_else(String::new, |candidate| format!(", candidate {candidate}"));
    writeln!(out, "{} in {environment}{candidate}, at {}", runbook.title, units::moment(assessment.at))?;
    let stage = &assessment.stage;
    write!(out, "Stage {} of {}: {}", stage.index, runbook.stages.len().saturating_sub(1), stage.title)?;
    let inferred = if stage.inferred { "; inferred from the flag, not recorded" } else { "" };
    writeln!(
        out,
        " ({}), watched for {} of {}{inferred}",
        stage.key,
        units::duration(stage.observed),
        units::duration(stage.observe)
    )?;
    if let Some(why) = &stage.restarted {
        writeln!(out, "  evidence counts from {} on: {why}", units::moment(stage.evidence_from))?;
    }
    if assessment.complete {
        writeln!(out, "The rollout is complete: every gate of its last stage passes.")?;
    }
    Ok(())
}

/// What calls for a rollback, before everything else that there is to say.
fn rollback(out: &mut String, assessment: &Assessment) -> Written {
    if assessment.rollback_called_for.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nROLL BACK: the runbook calls for it. `gonogo rollback --reason …`, or R in the cockpit")?;
    for reason in &assessment.rollback_called_for {
        writeln!(out, "  {reason}")?;
    }
    Ok(())
}

fn flag(out: &mut String, assessment: &Assessment) -> Written {
    let flag = &assessment.flag;
    let serves = flag.serves.as_ref().map_or_else(|| "never read".to_owned(), |serves| format!("serves {serves}"));
    let age = flag.age.map_or_else(String::new, |age| format!(", read {} ago", units::duration(age)));
    writeln!(out, "Flag: {serves}{age}")?;
    for (word, text) in [("drift", &flag.drift), ("blind", &flag.blind)] {
        if let Some(text) = text {
            writeln!(out, "  {word}: {text}")?;
        }
    }
    text_standing::drift(out, assessment)
}

fn gates(out: &mut String, assessment: &Assessment) -> Written {
    writeln!(out, "\nExit gates of this stage")?;
    for gate in &assessment.gates {
        writeln!(out, "  {:<7}  {}", verdict(gate.verdict), gate.title)?;
        writeln!(out, "           {}", gate.asks)?;
        writeln!(out, "           {}", gate.reason)?;
        if let Some(failed_at) = gate.failed_at {
            let (stage, key) = (&gate.stage, &gate.key);
            writeln!(
                out,
                "           failed at {}; it stays failed until that is resolved: `gonogo hold clear --stage {stage} --gate {key} --evidence …`",
                units::moment(failed_at)
            )?;
        }
    }
    Ok(())
}

fn rates(out: &mut String, assessment: &Assessment) -> Written {
    if assessment.rates.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nSuccess rates (with the range they can be in, however often you look)")?;
    for rate in &assessment.rates {
        let scope = match rate.kind {
            RateScope::Rollout => rate.scope.strip_prefix("stage:").unwrap_or(&rate.scope),
            RateScope::Step => "step, this stage",
        };
        write!(out, "  {} ({scope}): ", rate.title)?;
        match rate.rate {
            Some(value) => writeln!(
                out,
                "{}, {} of {}, between {} and {}; wanted {}",
                units::percent(value),
                units::count(rate.successes),
                units::count(rate.attempts),
                units::percent(rate.low),
                units::percent(rate.high),
                units::percent(rate.slo)
            )?,
            None => writeln!(out, "nothing attempted; wanted {}", units::percent(rate.slo))?,
        }
        if let Some(blind) = &rate.blind {
            writeln!(out, "    not to be relied on: {blind}")?;
        }
    }
    Ok(())
}

fn guardrails(out: &mut String, assessment: &Assessment) -> Written {
    writeln!(out, "\nGuardrails")?;
    if let Some(blind) = &assessment.guardrails_blind {
        writeln!(out, "  cannot be seen: {blind}")?;
    }
    for stop in &assessment.hard_stops {
        writeln!(out, "  HARD STOP {}: {}", stop.signature, stop.reason)?;
    }
    let mut quiet = 0;
    for guardrail in &assessment.guardrails {
        if guardrail.last_seen.is_none() {
            quiet += 1;
            continue;
        }
        let counts = guardrail.counts;
        let listed = if guardrail.listed { "" } else { " (unlisted)" };
        writeln!(
            out,
            "  {}{listed}: {} in 15 m, {} in 1 h, {} in 24 h, {} in this stage",
            guardrail.signature, counts.m15, counts.h1, counts.h24, counts.stage
        )?;
    }
    match (&assessment.guardrails_blind, quiet) {
        (None, quiet) if quiet > 0 => writeln!(out, "  {} never seen", units::plural(quiet, "listed signature")),
        _ => Ok(()),
    }
}

fn monitors(out: &mut String, assessment: &Assessment) -> Written {
    if assessment.monitors.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nMonitored (in 15 m, 1 h, 24 h, and in this stage)")?;
    for monitor in &assessment.monitors {
        writeln!(out, "  {}: {}", monitor.title, windows(&monitor.counts))?;
        if let Some(blind) = &monitor.blind {
            writeln!(out, "    cannot be seen: {blind}")?;
        }
        for row in monitor.rows.iter().filter(|row| row.last_seen.is_some()) {
            let value = if row.value.is_empty() { "(none)" } else { &row.value };
            let known = match (&row.class, row.listed) {
                (Some(class), _) => format!(" [{class}]"),
                (None, true) => String::new(),
                (None, false) => " (unlisted)".to_owned(),
            };
            writeln!(out, "    {value}{known}: {}", windows(&row.counts))?;
        }
    }
    Ok(())
}

fn windows(counts: &WindowCounts) -> String {
    [counts.m15, counts.h1, counts.h24, counts.stage].map(units::count).join(", ")
}

fn triggers(out: &mut String, assessment: &Assessment) -> Written {
    writeln!(out, "\nRollback triggers")?;
    for trigger in &assessment.triggers {
        let word = match trigger.state {
            TriggerState::Armed => "armed",
            TriggerState::Tripped => "TRIPPED",
            TriggerState::Unknown => "unknown",
        };
        writeln!(out, "  {word:<7}  {}", trigger.title)?;
        writeln!(out, "           {}", trigger.reason)?;
        if let Some(since) = trigger.since {
            let by = trigger.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
            writeln!(
                out,
                "           tripped at {}{by}; it stays so until it is resolved or rolled back",
                units::moment(since)
            )?;
        }
    }
    Ok(())
}

fn sources(out: &mut String, assessment: &Assessment) -> Written {
    writeln!(out, "\nSources")?;
    for source in &assessment.sources {
        let age = source.age(assessment.at).map_or_else(String::new, |age| format!(", {} ago", units::duration(age)));
        writeln!(out, "  {} {}: {}{age}", source.name, crate::text::clean(&source.address), source.state.word())?;
        for text in source.error.iter().map(ToString::to_string).chain(source.note.clone()) {
            writeln!(out, "    {text}")?;
        }
    }
    for warning in &assessment.warnings {
        writeln!(out, "  warning: {warning}")?;
    }
    Ok(())
}

fn actions(out: &mut String, assessment: &Assessment) -> Written {
    let advance = &assessment.advance;
    match (&advance.to, advance.allowed) {
        (Some(to), true) => writeln!(out, "\nAdvance to {to}: allowed")?,
        (Some(to), false) => writeln!(out, "\nAdvance to {to}: blocked")?,
        (None, _) => writeln!(out, "\nAdvance: there is no next stage")?,
    }
    for blocker in &advance.blockers {
        writeln!(out, "  {blocker}")?;
    }
    if let Some(to) = assessment.standing.reduce.to.as_ref().filter(|_| assessment.standing.reduce.allowed) {
        writeln!(out, "Reduce to {to}: ready")?;
    }
    writeln!(out, "Roll back: {}", if assessment.rollback.allowed { "ready" } else { "blocked" })?;
    for blocker in &assessment.rollback.blockers {
        writeln!(out, "  {blocker}")?;
    }
    Ok(())
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Pending => "pending",
        Verdict::Unknown => "UNKNOWN",
        Verdict::Fail => "FAIL",
    }
}
