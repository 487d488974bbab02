//! A rollout in every state that the cockpit shows, without clock, file or network.
#![allow(dead_code, missing_docs)]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use gonogo::{
    fault::{Fault, FaultKind},
    judge::*,
    runbook::*,
    snapshot::{FlagReading, FlagState, Snapshot, SourceKind, SourceState, SourceStatus, minute_of},
    tui::{
        model::{Facts, Model},
        theme::{Theme, ThemeName},
    },
};

#[path = "operated.rs"]
mod operated;
// Not every test has use for them.
#[allow(unused_imports)]
pub use operated::*;

pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 14, 14, 2, 31).unwrap()
}

pub fn exposure(cohorts: &[&str], percent: u8) -> Exposure {
    Exposure { cohorts: cohorts.iter().map(|c| (*c).to_owned()).collect(), percent: Percent::new(percent).unwrap() }
}

fn gate_of(key: &str, title: &str, requirement: &str, condition: Condition) -> Gate {
    Gate { key: key.into(), title: title.into(), requirement: Some(requirement.into()), condition }
}

fn select(signal: &str) -> Selection {
    Selection { signal: signal.into(), matchers: Vec::new() }
}

fn signal(key: &str, title: &str, by: &[&str]) -> Signal {
    Signal {
        key: key.into(),
        title: title.into(),
        by: by.iter().map(|b| (*b).to_owned()).collect(),
        heartbeat: None,
        prometheus: None,
        events: None,
    }
}

fn rate(key: &str, title: &str, scope: RateScope) -> Rate {
    Rate {
        key: key.into(),
        title: title.into(),
        scope,
        attempts: select("secure_upload"),
        outcome: Outcome::Successes(select("secure_upload")),
        slo: 0.995,
    }
}

fn stage(key: &str, title: &str, exposure: Exposure, hours: u64) -> Stage {
    let gates = vec![
        gate_of(
            "spike",
            "No sustained error spike",
            "No sustained error spike in secure upload stages.",
            Condition::ObservationWindow,
        ),
        gate_of(
            "success",
            "Success rate holds the SLO",
            "Secure upload success rate is stable for canary cohort.",
            Condition::SuccessRate { rate: "upload".into() },
        ),
        gate_of(
            "divergence",
            "No increase in sync divergence",
            "No increase in sync divergence incidents attributable to secure uploads.",
            Condition::ObservationWindow,
        ),
        gate_of(
            "fallback",
            "No silent fallback",
            "No silent fallback to legacy upload path while secure flag is on.",
            Condition::ObservationWindow,
        ),
        gate_of(
            "messages",
            "Only declared failure messages",
            "Require deterministic failure messages for any secure upload failure.",
            Condition::ObservationWindow,
        ),
    ];
    Stage {
        key: key.into(),
        title: title.into(),
        exposure,
        observe: Duration::from_secs(hours * 3600),
        second_person: None,
        actions: Vec::new(),
        gates,
    }
}

pub fn runbook() -> Arc<Runbook> {
    let listed = [
        ("pull:pullCursorRegression", "the pull cursor moves backward"),
        ("reconcile:lastWriteIdRegression", "a reconcile lowers a last reconciled write id"),
        ("flush:staleWriteRecoveryExhausted", "stale-write recovery used its 2 retries"),
        ("hydrate:hydrateGuardrailViolation", "stored state does not validate on hydrate"),
        (
            "pull:pullPageInvariantViolation",
            "a page says there is more but is empty, or its next cursor is not its tail",
        ),
        ("pull:pullDuplicateOpReplay", "one opId appears twice in one pull cycle"),
        ("pull:lastWriteIdRegression", "a pull lowers a replica's last reconciled write id"),
        ("pull:pullRematerializationRequired", "the server asks the client to rebuild its state"),
        ("pull:pullAclSignatureVerificationFailure", "an ACL signature does not verify"),
        ("reconcile:reconcileCursorRegression", "the acknowledged cursor moves backward"),
    ];
    let codes = [
        ("NoSuchKey", "integrity", "registered, object missing", "a data integrity question; clean up by hand"),
        ("ServiceUnavailable", "transient", "transient outage", "retry, same payload"),
        ("SlowDown", "transient", "throttling", "retry with backoff, same payload"),
        ("InternalError", "transient", "transient", "retry, same payload"),
    ];
    let trigger = |key: &str, title: &str| Trigger {
        key: key.into(),
        title: title.into(),
        requirement: None,
        automatic: false,
        when: Vec::new(),
    };
    let step = |key: &str, title: &str, detail: &str, does: StepKind| ProcedureStep {
        key: key.into(),
        title: title.into(),
        detail: detail.into(),
        does,
    };
    Arc::new(Runbook {
        key: "vfs-secure-upload".into(),
        title: "VFS secure upload".into(),
        scope: Vec::new(),
        flag: Flag { key: "vfsSecureUpload".into(), legacy: Some("vfsServerRegistration".into()) },
        preconditions: Vec::new(),
        cohorts: vec![Cohort { key: "internal".into(), title: "Internal users".into(), segment: None, attribute: None }],
        stages: vec![
            stage("dark-launch", "Dark launch", Exposure::off(), 24),
            stage("internal-canary", "Internal canary", exposure(&["internal"], 0), 24),
            stage("limited-external", "Limited external", exposure(&["internal"], 5), 24),
            stage("default-on", "Default-on", Exposure::everyone(), 72),
        ],
        signals: vec![signal("secure_upload", "Secure uploads that ended", &["success"]), signal("upload_path", "Uploads by path", &["path", "flag"]), signal("storage_error", "Storage-layer 500s", &["code"])],
        rates: vec![
            rate("upload", "Secure upload success", RateScope::Rollout),
            rate("register", "Register", RateScope::Step),
            rate("stage", "Stage blob", RateScope::Step),
            rate("attach", "Attach", RateScope::Step),
            rate("flush", "Flush", RateScope::Step),
        ],
        guardrails: Some(Guardrails {
            signal: "guardrail".into(),
            listed: listed
                .iter()
                .map(|(signature, when)| Signature {
                    signature: (*signature).into(),
                    raised_when: (*when).into(),
                    triage: "compare cursor and last write ids with the server; hydrate from the last good export if they differ".into(),
                })
                .collect(),
            triage: vec!["Export the client state before a retry.".into(), "Retry once, and export again.".into(), "A state that changed on a failed attempt is a bug.".into()],
        }),
        failure_messages: Vec::new(),
        codes: codes
            .iter()
            .map(|(code, class, meaning, triage)| Code {
                signal: "storage_error".into(),
                code: (*code).into(),
                class: (*class).into(),
                meaning: (*meaning).into(),
                triage: (*triage).into(),
            })
            .collect(),
        monitors: [("fail-closed", "Fail-closed errors", "client_failure"), ("storage", "Storage errors", "storage_error")]
            .iter()
            .map(|(key, title, signal)| Monitor {
                key: (*key).into(),
                title: (*title).into(),
                events: Selection { signal: (*signal).into(), matchers: Vec::new() },
                by: "code".into(),
            })
            .collect(),
        triggers: vec![
            trigger("failure-rate", "Failure rate above the SLO"),
            trigger("guardrails", "Repeated guardrail failures"),
            trigger("protocol", "Protocol mismatch"),
            trigger("integrity", "Data integrity at risk"),
        ],
        rollback: vec![
            step("disable", "Disable", "Disable `vfsSecureUpload`.", StepKind::Disable),
            step("legacy", "Legacy behaviour back", "Confirm new uploads return to legacy registration behavior.", StepKind::ConfirmLegacy),
            step("diagnostics", "Keep diagnostics", "Keep diagnostics and incident timeline; do not discard failing payloads.", StepKind::KeepDiagnostics),
            step("fix", "Fix before re-enabling", "Land fix + tests before re-enabling canary.", StepKind::FixFirst),
        ],
        legacy: None,
        rules: vec![
            "Treat guardrail violations as hard-stop signals; do not bypass.".into(),
            "Avoid silent downgrade to plaintext/legacy behavior when secure flag is on.".into(),
            "Prefer idempotent retries with identical payloads for transient storage failures.".into(),
        ],
        checklist: Vec::new(),
        qa: None,
        evidence: Vec::new(),
        sign_off: Vec::new(),
        deployed: None,
        roles: Vec::new(),
        digest: "0".repeat(64),
    })
}

fn source(name: &str, kind: SourceKind, seconds: i64) -> SourceStatus {
    SourceStatus {
        state: SourceState::Ok,
        last_ok: Some(now() - TimeDelta::seconds(seconds)),
        ..SourceStatus::connecting(name, kind, format!("http://127.0.0.1/{name}"))
    }
}

pub fn flag_state() -> FlagState {
    FlagState {
        enabled: true,
        configured: exposure(&["internal"], 5),
        foreign: Vec::new(),
        version: "3f9c2d7e11aa".into(),
        changed_at: None,
        changed_by: None,
        changed_what: None,
        raw: serde_json::Value::Null,
    }
}

pub fn snapshot() -> Snapshot {
    Snapshot {
        at: now(),
        generation: 7,
        telemetry: None,
        telemetry_source: source("prometheus", SourceKind::Telemetry, 3),
        flag: FlagReading { state: Some(flag_state()), read_at: Some(now() - TimeDelta::seconds(1)), fault: None },
        flag_source: source("unleash", SourceKind::Flags, 1),
    }
}

fn gate(key: &str, title: &str, verdict: Verdict, brief: &str, reason: &str) -> GateAssessment {
    let mut evidence = BTreeMap::new();
    evidence.insert("attempts".to_owned(), 48_211.0);
    evidence.insert("failures".to_owned(), 87.0);
    evidence.insert("rate".to_owned(), 0.998_195);
    GateAssessment {
        key: key.into(),
        title: title.into(),
        stage: "limited-external".into(),
        kind: "success_rate",
        asks: "Does it succeed often enough, beyond luck?".into(),
        verdict,
        reason: reason.into(),
        brief: brief.into(),
        evidence,
        age: Some(TimeDelta::seconds(63)),
        query: Some("vfs_secure_upload_total{environment=\"production\",success=\"true\"}[6h12m]".into()),
        eta: None,
        since: Some(now() - TimeDelta::minutes(372)),
        failed_at: None,
    }
}

fn rated(scope: &str, kind: RateScope, key: &str, title: &str, attempts: u64, failures: u64) -> RateAssessment {
    let rate = (attempts > 0).then(|| (attempts - failures) as f64 / attempts as f64);
    RateAssessment {
        scope: scope.into(),
        kind,
        key: key.into(),
        title: title.into(),
        successes: attempts - failures,
        attempts,
        rate,
        low: rate.map_or(0.0, |r| (r - 0.0011).max(0.0)),
        high: rate.map_or(1.0, |r| (r + 0.0007).min(1.0)),
        slo: 0.995,
        from: now() - TimeDelta::minutes(372),
        to: now(),
        blind: None,
    }
}

fn guardrail(signature: &str, counts: WindowCounts, last: Option<TimeDelta>) -> GuardrailAssessment {
    GuardrailAssessment {
        signature: signature.into(),
        listed: true,
        hard_stop: false,
        counts,
        first_seen: last.map(|ago| now() - ago),
        last_seen: last.map(|ago| now() - ago),
    }
}

fn monitors() -> Vec<MonitorAssessment> {
    let counts = |m15, h1, h24, stage| WindowCounts { m15, h1, h24, stage };
    let row = |value: &str, class: Option<&str>, listed, counts, ago: Option<i64>| MonitorRow {
        value: value.into(),
        class: class.map(str::to_owned),
        listed,
        meaning: listed.then(|| format!("What {value} means.")),
        counts,
        first_seen: ago.map(|ago| now() - TimeDelta::minutes(ago * 3)),
        last_seen: ago.map(|ago| now() - TimeDelta::minutes(ago)),
    };
    vec![
        MonitorAssessment {
            key: "fail-closed".into(),
            title: "Fail-closed errors".into(),
            counts: counts(0, 4, 91, 88),
            rows: vec![
                row("Secure upload failed (flush)", None, true, counts(0, 4, 90, 87), Some(22)),
                row("Something went wrong", None, false, counts(0, 0, 1, 1), Some(300)),
            ],
            blind: None,
        },
        MonitorAssessment {
            key: "storage".into(),
            title: "Storage errors".into(),
            counts: counts(1, 3, 41, 12),
            rows: vec![
                row("SlowDown", Some("transient"), true, counts(1, 3, 41, 12), Some(4)),
                row("NoSuchKey", Some("integrity"), true, WindowCounts::default(), None),
            ],
            blind: None,
        },
    ]
}

fn trigger(key: &str, title: &str, brief: &str, reason: &str) -> TriggerAssessment {
    TriggerAssessment {
        key: key.into(),
        title: title.into(),
        state: TriggerState::Armed,
        reason: reason.into(),
        brief: brief.into(),
        since: None,
        by: None,
    }
}

fn chart(rate_at: impl Fn(i64) -> f64) -> Vec<ChartPoint> {
    let first = minute_of(now()) - 372;
    (0..372)
        .map(|i| {
            let attempts = 4_000;
            let share = rate_at(i);
            ChartPoint { minute: first + i, successes: (share * attempts as f64).round() as u64, attempts }
        })
        .collect()
}

/// Stage 2, six hours in: all is well, one gate wants more evidence.
pub fn hold() -> Assessment {
    let zero = WindowCounts::default();
    let runbook = runbook();
    let mut guardrails =
        vec![guardrail("pull:pullCursorRegression", WindowCounts { h24: 1, ..zero }, Some(TimeDelta::minutes(540)))];
    let listed = &runbook.guardrails.as_ref().unwrap().listed;
    guardrails.extend(listed[1..].iter().map(|known| guardrail(&known.signature, zero, None)));
    let storage = |code: &str, n: u64| SignalAssessment {
        key: "storage_error".into(),
        by: BTreeMap::from([("code".to_owned(), code.to_owned())]),
        count: n,
        h24: n,
    };
    Assessment {
        at: now(),
        generation: 7,
        approval: "a".repeat(64),
        candidate: Some("018e611c0ffee4a7d2b9e35f60c1d8a4b7e92f53".into()),
        call: Call::Hold,
        headline: "1 gate pending · verdict in about 1 h 50 m at today's traffic".into(),
        stage: StageAssessment {
            index: 2,
            key: "limited-external".into(),
            title: "Limited external".into(),
            entered_at: Some(now() - TimeDelta::minutes(372)),
            inferred: false,
            evidence_from: now() - TimeDelta::minutes(372),
            restarted: None,
            observed: TimeDelta::minutes(372),
            observe: TimeDelta::hours(24),
        },
        flag: FlagAssessment {
            enabled: Some(true),
            serves: Some(exposure(&["internal"], 5)),
            version: Some("3f9c2d7e11aa".into()),
            age: Some(TimeDelta::seconds(1)),
            drift: None,
            blind: None,
        },
        sources: Vec::new(),
        gates: vec![
            gate(
                "spike",
                "No sustained error spike",
                Verdict::Pass,
                "burn 0.3×",
                "burn rate 0.3 over 1 h and 0.2 over 5 m; sustained from 14.4",
            ),
            gate(
                "success",
                "Success rate holds the SLO",
                Verdict::Pass,
                "99.82 %",
                "87 of 48,211 failed; the rate is above 99.50 % at 95 % confidence",
            ),
            GateAssessment {
                eta: Some(TimeDelta::minutes(110)),
                ..gate(
                    "divergence",
                    "No increase in sync divergence",
                    Verdict::Pending,
                    "0.9×",
                    "ratio 0.9 (0.3 – 2.4), passes below 2; 41 more events, about 1 h 50 m",
                )
            },
            gate("fallback", "No silent fallback", Verdict::Pass, "0 of 48,211", "zero so far; rate below 0.006 %"),
            gate(
                "messages",
                "Only declared failure messages",
                Verdict::Pass,
                "2 kinds",
                "2 kinds of message, both declared",
            ),
        ],
        rates: vec![
            rated("stage:dark-launch", RateScope::Rollout, "upload", "Secure upload success", 0, 0),
            rated("stage:internal-canary", RateScope::Rollout, "upload", "Secure upload success", 3_914, 11),
            rated("stage:limited-external", RateScope::Rollout, "upload", "Secure upload success", 48_211, 87),
            rated("step", RateScope::Step, "register", "Register", 48_211, 9),
            rated("step", RateScope::Step, "stage", "Stage blob", 48_202, 31),
            rated("step", RateScope::Step, "attach", "Attach", 48_171, 40),
            rated("step", RateScope::Step, "flush", "Flush", 48_131, 7),
        ],
        guardrails,
        guardrails_blind: None,
        history_blind: None,
        signals: vec![storage("ServiceUnavailable", 1), storage("SlowDown", 3)],
        triggers: vec![
            trigger("failure-rate", "Failure rate above the SLO", "0.18 of 0.50 %", "87 of 48,211 failed"),
            trigger("guardrails", "Repeated guardrail failures", "0 of 2 in 15 m", "no signature repeated within 15 m"),
            trigger("protocol", "Protocol mismatch", "0", "no envelope was refused"),
            trigger("integrity", "Data integrity at risk", "no sign, no hold", "no NoSuchKey in this stage"),
        ],
        hard_stops: Vec::new(),
        advance: ActionAssessment {
            allowed: false,
            to: Some("default-on".into()),
            blockers: vec![
                "No increase in sync divergence is pending: 41 more events, about 1 h 50 m".into(),
                "the stage has been watched for 6 h 12 m of 24 h".into(),
            ],
        },
        rollback: ActionAssessment { allowed: true, to: None, blockers: Vec::new() },
        standing: gonogo::judge::Standing::default(),
        rollback_called_for: Vec::new(),
        complete: false,
        monitors: monitors(),
        chart: chart(|i| 0.998 + 0.0012 * (i as f64 / 23.0).sin() + 0.0006 * (i as f64 / 7.0).cos()),
        digest: "7c1e5b09".repeat(8),
        warnings: Vec::new(),
    }
}

/// Everything passes.
pub fn go() -> Assessment {
    let mut a = hold();
    a.call = Call::Go;
    a.headline = "all 5 gates pass · ready to advance to 3 Default-on".into();
    a.stage.observed = TimeDelta::hours(25);
    for gate in &mut a.gates {
        gate.verdict = Verdict::Pass;
        gate.eta = None;
    }
    a.gates[2].reason = "ratio 0.9 (0.5 – 1.6); passes below 2".into();
    a.advance = ActionAssessment { allowed: true, to: Some("default-on".into()), blockers: Vec::new() };
    a
}

/// A guardrail violation, and the success rate below its SLO.
pub fn no_go() -> Assessment {
    let mut a = hold();
    a.call = Call::NoGo;
    a.headline = "hard stop flush:staleWriteRecoveryExhausted · 2 violations unresolved · roll back".into();
    a.gates[1] = gate(
        "success",
        "Success rate holds the SLO",
        Verdict::Fail,
        "98.12 %",
        "906 of 48,211 failed; the rate is below 99.50 %",
    );
    let last = rated("stage:limited-external", RateScope::Rollout, "upload", "Secure upload success", 48_211, 906);
    a.rates[2] = last;
    let mut stopped = guardrail(
        "flush:staleWriteRecoveryExhausted",
        WindowCounts { m15: 1, h1: 2, h24: 2, stage: 2 },
        Some(TimeDelta::minutes(4)),
    );
    stopped.hard_stop = true;
    let mut unlisted = guardrail(
        "pull:somethingNobodyListed",
        WindowCounts { m15: 0, h1: 1, h24: 1, stage: 1 },
        Some(TimeDelta::minutes(31)),
    );
    unlisted.listed = false;
    unlisted.hard_stop = true;
    a.guardrails.retain(|g| g.signature != stopped.signature);
    a.guardrails.splice(0..0, [stopped, unlisted]);
    a.hard_stops = vec![
        HardStop {
            signature: "flush:staleWriteRecoveryExhausted".into(),
            count: 2,
            since: now() - TimeDelta::minutes(44),
            reason: "stale-write recovery used its 2 retries".into(),
        },
        HardStop {
            signature: "pull:somethingNobodyListed".into(),
            count: 1,
            since: now() - TimeDelta::minutes(31),
            reason: "nobody has listed it".into(),
        },
    ];
    a.triggers[0].state = TriggerState::Tripped;
    a.triggers[0].since = Some(now() - TimeDelta::minutes(31));
    a.triggers[0].by = Some("Secure upload".into());
    a.rollback_called_for = vec!["Failure rate above the SLO: 2.31 % of 1,203 attempts failed".into()];
    a.triggers[0].brief = "1.88 of 0.50 %".into();
    a.triggers[0].reason = "906 of 48,211 failed; the failure rate is above 0.50 %".into();
    a.advance.blockers.insert(0, "hard stop flush:staleWriteRecoveryExhausted: 2 violations unresolved".into());
    a.advance.blockers.insert(1, "Success rate holds the SLO failed: 906 of 48,211 failed".into());
    a.chart = chart(|i| if i < 200 { 0.9985 } else { 0.9985 - (i - 200) as f64 * 0.0002 });
    a
}

/// So many signatures were seen that nobody listed; the one in the middle stands as a hard stop.
pub fn many_signatures(n: usize) -> Assessment {
    let mut a = no_go();
    let row = |i: usize| GuardrailAssessment {
        signature: format!("pull:code{i:05}"),
        listed: false,
        hard_stop: i == n / 2,
        counts: WindowCounts { h1: i as u64 % 97, stage: i as u64, ..WindowCounts::default() },
        first_seen: None,
        last_seen: Some(now() - TimeDelta::seconds(i as i64)),
    };
    a.guardrails = (0..n).map(row).collect();
    a
}

/// Nothing can be seen.
pub fn blind() -> Assessment {
    let mut a = hold();
    a.headline = "5 gates unknown: prometheus has not answered for 3 m · nothing can be judged".into();
    for gate in &mut a.gates {
        gate.verdict = Verdict::Unknown;
        gate.brief = "no data".into();
        gate.reason = "the newest data is 3 m old; 2 m is the limit".into();
        gate.eta = None;
    }
    for trigger in &mut a.triggers {
        trigger.state = TriggerState::Unknown;
        trigger.brief = "no data".into();
    }
    a.guardrails_blind = Some("prometheus has not answered for 3 m".into());
    a.flag.blind = Some("the flag was last read 3 m ago".into());
    for rate in &mut a.rates {
        rate.blind = Some("3 m old".into());
    }
    a
}

/// Somebody set 100 % elsewhere.
pub fn drift() -> Assessment {
    let mut a = hold();
    a.call = Call::NoGo;
    a.headline = "the flag drifted · it serves everyone, the stage says internal + 5 %".into();
    a.flag.drift = Some("it serves everyone, the stage says internal + 5 %".into());
    a.flag.serves = Some(Exposure::everyone());
    a.advance.blockers.insert(0, "the flag drifted: it serves everyone, the stage says internal + 5 %".into());
    a
}

pub fn down(name: &str) -> Fault {
    Fault::new(
        FaultKind::Unreachable,
        format!("{name} at 127.0.0.1:4242 refused the connection"),
        "check that it runs and that the address is right",
    )
}

pub fn history() -> History {
    let entry = |minutes: i64, kind: &str, operator: Option<&str>, text: &str| TimelineEntry {
        // Older entries have lower numbers.
        seq: 10_000 - minutes as u64,
        at: now() - TimeDelta::minutes(minutes),
        kind: kind.into(),
        operator: operator.map(str::to_owned),
        text: text.into(),
    };
    History {
        visits: vec![Visit {
            stage: "limited-external".into(),
            entered_at: now() - TimeDelta::minutes(372),
            left_at: None,
            by_rollback: false,
        }],
        timeline: vec![
            entry(3000, "opened", None, "watched first in stage 1 Internal canary"),
            entry(381, "qa", Some("oncall"), "pnpm qaVfsSecureUpload  4 of 4 passed on 018e611 (clean tree), 6 m 12 s"),
            entry(378, "sign-off", Some("oncall"), "rollback owner set; gates digest 7c1e…09"),
            entry(
                372,
                "advance",
                Some("owner"),
                "1 Internal canary → 2 Limited external 5 %; read back, first canary upload after 41 s",
            ),
            entry(91, "note", Some("owner"), "two SlowDown bursts, provider incident closed"),
            entry(4, "gate", None, "Success rate holds the SLO: PENDING → PASS after 1,214 uploads"),
        ],
        ..History::default()
    }
}

pub fn facts() -> Facts {
    Facts {
        runbook: runbook(),
        environment: "production".into(),
        candidate: Some("018e611c0ffee".into()),
        operator: "oncall".into(),
        label: None,
        read_only: false,
        simulated: false,
        replay: false,
        several: false,
    }
}

/// The first frame: nothing was heard.
pub fn connecting(size: (u16, u16)) -> Model {
    let empty = Snapshot::empty(
        now(),
        SourceStatus::connecting("prometheus", SourceKind::Telemetry, String::new()),
        SourceStatus::connecting("unleash", SourceKind::Flags, String::new()),
    );
    let mut model = Model::new(facts(), Theme::new(ThemeName::Dark, false, false), Arc::new(empty), size);
    model.every = Some(Duration::from_secs(5));
    model
}

/// The cockpit with this assessment.
pub fn model(assessment: Assessment, size: (u16, u16)) -> Model {
    let mut model = connecting(size);
    model.snapshot = Arc::new(snapshot());
    model.history = Some(Arc::new(history()));
    model.assessment = Some(Arc::new(assessment));
    model.uptime = Duration::from_secs(100);
    model
}

/// Tallies after a rollback: uploads are on the old path, a few were still on the new one.
pub fn back_on_the_old_path() -> Vec<SignalAssessment> {
    let tally = |key: &str, by: &[(&str, &str)], count: u64, h24: u64| SignalAssessment {
        key: key.into(),
        by: by.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        count,
        h24,
    };
    vec![
        tally("secure_upload", &[("success", "true")], 3, 19_069),
        tally("upload_path", &[("path", "secure"), ("flag", "on")], 3, 19_069),
        tally("upload_path", &[("path", "legacy"), ("flag", "off")], 2_041, 55_859),
    ]
}

/// The entry that says that a rollback began.
pub fn begun() -> gonogo::audit::Event {
    use gonogo::{audit::*, flags::Plan};
    Event::Begun(Box::new(Begun {
        id: "7c1e5b09".into(),
        action: Action::Rollback,
        from_stage: "limited-external".into(),
        to_stage: "dark-launch".into(),
        before: None,
        target: Exposure::off(),
        plan: Plan { from_version: String::new(), target: Exposure::off(), writes: Vec::new() },
        reason: "hard stop flush:staleWriteRecoveryExhausted".into(),
        candidate: None,
        digest: None,
        runbook: None,
        request: None,
        process: None,
    }))
}

/// The cockpit with every source down.
pub fn all_down(size: (u16, u16)) -> Model {
    let mut model = model(blind(), size);
    let mut snapshot = snapshot();
    for status in [&mut snapshot.telemetry_source, &mut snapshot.flag_source] {
        status.state = SourceState::Failed;
        status.last_ok = Some(now() - TimeDelta::seconds(190));
        status.error = Some(down(&status.name));
    }
    snapshot.flag.fault = Some(down("unleash"));
    snapshot.flag.read_at = Some(now() - TimeDelta::seconds(190));
    model.snapshot = Arc::new(snapshot);
    model
}

/// The screen as text, a line per row.
pub fn screen(model: &Model) -> String {
    let buffer = draw(model);
    let width = usize::from(buffer.area.width);
    buffer
        .content
        .chunks(width)
        .map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The screen's cells.
pub fn draw(model: &Model) -> ratatui::buffer::Buffer {
    let backend = ratatui::backend::TestBackend::new(model.size.0, model.size.1);
    let mut terminal = ratatui::Terminal::new(backend).unwrap();
    terminal.draw(|frame| gonogo::tui::view::render(frame, model)).unwrap();
    terminal.backend().buffer().clone()
}
