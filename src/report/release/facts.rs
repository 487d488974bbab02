//! From what was judged and what is on record to the report.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{chart::Charts, log::Log, model::*, promotion, steps};
use crate::{
    judge::{Assessment, History, Resolution, TimelineEntry, Trouble},
    runbook::Runbook,
    text::clean,
};

/// When a report was made, by whom and by what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Made {
    /// When.
    pub at: DateTime<Utc>,
    /// Who asked for it.
    pub by: String,
    /// Version of gonogo.
    pub version: String,
    /// Whether no source was asked.
    pub offline: bool,
}

/// Everything a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// What is rolled out.
    pub runbook: &'a Runbook,
    /// Where.
    pub environment: &'a str,
    /// The commit under rollout, as it was named or is on record.
    pub candidate: Option<&'a str>,
    /// The present, judged.
    pub assessment: &'a Assessment,
    /// The past.
    pub log: &'a Log,
    /// Where the log is.
    pub place: &'a str,
    /// Events that are not in it yet.
    pub waiting: usize,
    /// Tells what happened from here on.
    pub from: Option<DateTime<Utc>>,
    /// And up to here.
    pub to: Option<DateTime<Utc>>,
}

impl Look<'_> {
    /// Whether something of this instant is told.
    pub(super) fn tells(&self, at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }
}

impl<'a> Report<'a> {
    /// The report of this look.
    pub fn new(look: &Look<'a>, made: Made) -> Self {
        let Look { runbook, assessment, log, candidate, .. } = *look;
        let history = &log.history;
        let timeline = timeline(look);
        Self {
            schema: REPORT_SCHEMA,
            rollout: Rollout {
                key: runbook.key.clone(),
                title: clean(&runbook.title),
                flag: runbook.flag.key.clone(),
                environment: clean(look.environment),
                candidate: candidate.map(clean),
                runbook: runbook.digest.clone(),
                complete: assessment.complete,
            },
            made,
            period: Period { from: look.from, to: look.to },
            call: assessment.call.word(),
            headline: clean(&assessment.headline),
            blockers: assessment.advance.blockers.iter().map(|blocker| clean(blocker)).collect(),
            digest: assessment.digest.clone(),
            stage: Stage {
                index: assessment.stage.index,
                of: runbook.stages.len(),
                key: assessment.stage.key.clone(),
                title: clean(&assessment.stage.title),
                entered_at: assessment.stage.entered_at,
                inferred: assessment.stage.inferred,
                evidence_from: assessment.stage.evidence_from,
                restarted: assessment.stage.restarted.as_deref().map(clean),
                observed_s: assessment.stage.observed.num_seconds(),
                observe_s: assessment.stage.observe.num_seconds(),
            },
            sources: sources(assessment),
            flag: Flag {
                serves: assessment.flag.serves.as_ref().map(|serves| clean(&serves.to_string())),
                version: assessment.flag.version.clone(),
                drift: assessment.flag.drift.as_deref().map(clean),
                blind: assessment.flag.blind.as_deref().map(clean),
            },
            sign_off: promotion::sign_off(look),
            roles: promotion::roles(assessment),
            signatures: promotion::signatures(look),
            polls: promotion::polls(look),
            stages: stages(look),
            gates: gates(assessment),
            rates: rates(assessment),
            guardrails: guardrails(assessment, history),
            triggers: triggers(assessment, history),
            holds: holds(history),
            qa_runs: promotion::qa_runs(look),
            checklist: promotion::checklist(look),
            evidence: promotion::evidence(look),
            attachments: promotion::attachments(look),
            deployed: promotion::deployed(assessment),
            incidents: steps::incidents(look),
            timeline,
            audit: Audit {
                place: clean(look.place),
                count: history.head.count,
                head: history.head.hash.clone(),
                sound: history.damage.is_none() && history.blind.is_none(),
                problem: history.blind.as_ref().or(history.damage.as_ref()).map(|problem| clean(problem)),
                waiting: look.waiting,
                lines: history.timeline.len(),
                told: timeline.len(),
            },
            charts: Charts::of(runbook, assessment, history),
        }
    }
}

/// The lines of the period: they are in order of time.
fn timeline<'a>(look: &Look<'a>) -> &'a [TimelineEntry] {
    let all = &look.log.history.timeline;
    let from = look.from.map_or(0, |from| all.partition_point(|line| line.at < from));
    let to = look.to.map_or(all.len(), |to| all.partition_point(|line| line.at <= to));
    all.get(from..to).unwrap_or_default()
}

fn sources(assessment: &Assessment) -> Vec<Source> {
    let each = assessment.sources.iter().map(|source| Source {
        name: source.name.clone(),
        address: clean(&source.address),
        state: source.state.word(),
        age_s: source.age(assessment.at).map(|age| age.num_seconds()),
        error: source.error.as_ref().map(ToString::to_string),
        note: source.note.as_deref().map(clean),
    });
    each.collect()
}

fn stages(look: &Look<'_>) -> Vec<Visit> {
    let (history, now) = (&look.log.history, look.assessment.at);
    let each = history.visits.iter().map(|visit| {
        let entered = look.log.entered.iter().find(|entered| entered.at == visit.entered_at);
        let known = look.runbook.stages.iter().find(|stage| stage.key == visit.stage);
        Visit {
            stage: clean(&visit.stage),
            title: clean(known.map_or(visit.stage.as_str(), |stage| &stage.title)),
            entered_at: visit.entered_at,
            left_at: visit.left_at,
            lasted_s: (visit.left_at.unwrap_or(now) - visit.entered_at).max(TimeDelta::zero()).num_seconds(),
            by_rollback: visit.by_rollback,
            by: entered.map(|entered| clean(&entered.operator)),
            why: entered.map(|entered| clean(&entered.reason)),
        }
    });
    each.collect()
}

fn gates(assessment: &Assessment) -> Vec<Gate> {
    let telemetry = assessment.sources.first().map(|source| clean(&format!("{} {}", source.name, source.address)));
    let each = assessment.gates.iter().map(|gate| Gate {
        key: gate.key.clone(),
        title: clean(&gate.title),
        kind: gate.kind,
        asks: clean(&gate.asks),
        verdict: gate.verdict.word(),
        reason: clean(&gate.reason),
        brief: clean(&gate.brief),
        evidence: gate.evidence.clone(),
        since: gate.since,
        age_s: gate.age.map(|age| age.num_seconds()),
        query: gate.query.as_deref().map(clean),
        source: gate.query.as_ref().and(telemetry.clone()),
        failed_at: gate.failed_at,
    });
    each.collect()
}

fn rates(assessment: &Assessment) -> Vec<Rate> {
    let each = assessment.rates.iter().map(|rate| Rate {
        scope: rate.scope.clone(),
        key: rate.key.clone(),
        title: clean(&rate.title),
        successes: rate.successes,
        attempts: rate.attempts,
        rate: rate.rate,
        low: rate.low,
        high: rate.high,
        slo: rate.slo,
        from: rate.from,
        to: rate.to,
        blind: rate.blind.as_deref().map(clean),
    });
    each.collect()
}

fn resolutions(history: &History, trouble: &Trouble) -> Vec<Resolved> {
    let of_it = history.resolutions.iter().filter(|resolution| resolution.trouble == *trouble);
    of_it.map(resolved).collect()
}

fn resolved(resolution: &Resolution) -> Resolved {
    let (operator, evidence) = (clean(&resolution.operator), clean(&resolution.evidence));
    Resolved { at: resolution.at, operator, evidence }
}

fn guardrails(assessment: &Assessment, history: &History) -> Guardrails {
    let (seen, quiet): (Vec<_>, Vec<_>) =
        assessment.guardrails.iter().partition(|row| row.last_seen.is_some() || row.hard_stop);
    let tallies = seen.into_iter().map(|row| Tally {
        signature: clean(&row.signature),
        listed: row.listed,
        hard_stop: row.hard_stop,
        m15: row.counts.m15,
        h1: row.counts.h1,
        h24: row.counts.h24,
        stage: row.counts.stage,
        first_seen: row.first_seen,
        last_seen: row.last_seen,
    });
    let trouble = |signature: &str| Trouble::Guardrail { signature: signature.to_owned() };
    let mut hard_stops: Vec<HardStop> = assessment
        .hard_stops
        .iter()
        .map(|stop| HardStop {
            signature: clean(&stop.signature),
            since: Some(stop.since),
            count: Some(stop.count),
            reason: clean(&stop.reason),
            stands: true,
            resolutions: resolutions(history, &trouble(&stop.signature)),
        })
        .collect();
    for resolution in &history.resolutions {
        let Trouble::Guardrail { signature } = &resolution.trouble else { continue };
        let signature_shown = clean(signature);
        if hard_stops.iter().any(|stop| stop.signature == signature_shown) {
            continue;
        }
        let seen = history.seen.iter().find(|seen| seen.trouble == resolution.trouble);
        hard_stops.push(HardStop {
            signature: signature_shown,
            since: seen.map(|seen| seen.at),
            count: None,
            reason: seen.map_or_else(String::new, |seen| clean(&seen.reason)),
            stands: false,
            resolutions: resolutions(history, &resolution.trouble),
        });
    }
    Guardrails {
        blind: assessment.guardrails_blind.as_deref().map(clean),
        tallies: tallies.collect(),
        never_seen: quiet.iter().filter(|row| row.listed).count(),
        hard_stops,
    }
}

fn triggers(assessment: &Assessment, history: &History) -> Vec<Trigger> {
    let each = assessment.triggers.iter().map(|trigger| Trigger {
        key: trigger.key.clone(),
        title: clean(&trigger.title),
        state: trigger.state.word(),
        reason: clean(&trigger.reason),
        since: trigger.since,
        by: trigger.by.as_deref().map(clean),
        resolutions: resolutions(history, &Trouble::Trigger { trigger: trigger.key.clone() }),
    });
    each.collect()
}

fn holds(history: &History) -> Vec<Hold> {
    let each = history.holds.iter().map(|raised| {
        let trouble = Trouble::Hold { hold: raised.hold.clone() };
        let cleared = history.resolutions.iter().rfind(|resolution| resolution.trouble == trouble);
        Hold {
            hold: clean(&raised.hold),
            at: raised.at,
            operator: clean(&raised.operator),
            reason: clean(&raised.reason),
            evidence: clean(&raised.evidence),
            cleared: cleared.map(resolved),
        }
    });
    each.collect()
}
