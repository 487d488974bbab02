//! A day of a rollout as telemetry counted it, judged by the built-in runbook: the screens with all that belongs to them.
#![allow(dead_code, missing_docs)]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::TimeDelta;
use gonogo::{
    judge::{FlagChange, History, TimelineEntry, Visit, assess},
    runbook::{Runbook, built_in},
    snapshot::{Counts, Health, Observation, Reading, Snapshot},
    tui::model::{Facts, Model},
};

use crate::cockpit::{connecting, facts, flag_state, now, snapshot};

/// Minutes that telemetry is kept for.
pub const KEPT: i64 = 36 * 60;
/// Minutes since the present stage was entered.
pub const STAGE: i64 = 372;

/// What happened in each minute, counted from now backwards: label values, and how often.
pub type By<'a> = &'a dyn Fn(i64) -> Vec<(&'a [&'a str], u64)>;

pub fn reading(by: By<'_>) -> Arc<Reading> {
    let mut tallies: BTreeMap<Vec<String>, Counts> = BTreeMap::new();
    for ago in (1..=KEPT).rev() {
        for (labels, n) in by(ago).into_iter().filter(|(_, n)| *n > 0) {
            let labels = labels.iter().map(|label| (*label).to_owned()).collect();
            tallies.entry(labels).or_default().add(now() - TimeDelta::minutes(ago), n);
        }
    }
    Arc::new(Reading {
        tallies,
        health: Health::Good,
        query: "sum by (success) (increase(vfs_secure_upload_total{environment=\"production\"}[1m]))".into(),
        covered_from: now() - TimeDelta::minutes(KEPT),
        newest: Some(now() - TimeDelta::seconds(20)),
        gaps: vec![(now() - TimeDelta::minutes(1000), now() - TimeDelta::minutes(880))],
        step: TimeDelta::seconds(15),
        latency: None,
    })
}

/// Uploads in a minute: few in the canary, more since; none while telemetry was away.
pub fn uploads(ago: i64) -> u64 {
    match ago {
        880..1000 => 0,
        ..=STAGE => 40 + (ago % 7) as u64,
        _ => 6,
    }
}

/// How many of them failed, by whether it goes well.
pub fn failed(ago: i64, well: bool) -> u64 {
    let usual = u64::from(ago % 19 == 3);
    if well || ago > 70 { usual } else { usual + (70 - ago) as u64 / 12 }
}

pub fn telemetry(well: bool) -> Observation {
    let both = |ago: i64, failed: u64| vec![(&["true"][..], uploads(ago) - failed), (&["false"][..], failed)];
    let blob = |ago: i64| {
        let failed = failed(ago, well).min(uploads(ago));
        let mut all = Vec::new();
        for operation in ["stage", "commit"] {
            let labels: &[&str] =
                if operation == "stage" { &["stage", "true", "200"] } else { &["commit", "true", "200"] };
            all.push((labels, uploads(ago)));
        }
        all.extend([
            (&["attach", "true", "200"][..], uploads(ago) - failed),
            (&["attach", "false", "500"][..], failed),
        ]);
        all
    };
    let one = |when: bool, labels: &'static [&'static str]| if when { vec![(labels, 1)] } else { Vec::new() };
    let seen = |ago: i64| uploads(ago).min(failed(ago, well));
    let mut readings: BTreeMap<String, Arc<Reading>> = BTreeMap::new();
    let mut add = |key: &str, by: By<'_>| _ = readings.insert(key.to_owned(), reading(by));
    add("secure_upload", &|ago| both(ago, seen(ago)));
    add("upload_path", &|ago| vec![(&["secure", "on"][..], uploads(ago)), (&["legacy", "off"][..], 90)]);
    add("blob_operation", &blob);
    add("attach_failure", &|ago| vec![(&["500"][..], seen(ago)), (&["409"][..], u64::from(ago % 400 == 7))]);
    add("client_failure", &|ago| vec![(&["Secure upload failed (stage_attach)"][..], seen(ago))]);
    add("guardrail", &|_| Vec::new());
    add("sync_divergence", &|ago| vec![(&["legacy"][..], u64::from(ago % 500 == 9))]);
    add("storage_error", &|ago| {
        let mut all =
            vec![(&["SlowDown"][..], u64::from(ago % 90 < 2)), (&["ServiceUnavailable"][..], u64::from(ago == 700))];
        all.extend(one(!well && ago == 12, &["NoSuchKey"]));
        all.extend(one(!well && ago == 31, &["BucketFull"]));
        all
    });
    add("protocol_mismatch", &|_| Vec::new());
    Observation { at: now(), skew: None, readings, deployed: None }
}

pub fn past() -> History {
    let visit = |stage: &str, ago, left: Option<i64>| Visit {
        stage: stage.into(),
        entered_at: now() - TimeDelta::minutes(ago),
        left_at: left.map(|ago| now() - TimeDelta::minutes(ago)),
        by_rollback: false,
    };
    let line = |kind: &str, ago: i64, text: &str| TimelineEntry {
        seq: 1,
        at: now() - TimeDelta::minutes(ago),
        kind: kind.into(),
        operator: Some("owner".into()),
        text: text.into(),
    };
    let flag = |version: &str, ago| FlagChange { at: now() - TimeDelta::minutes(ago), version: version.into() };
    History {
        visits: vec![
            visit("dark-launch", 2100, Some(1800)),
            visit("internal-canary", 1800, Some(STAGE)),
            visit("limited-external", STAGE, None),
        ],
        flags: vec![flag("a", 1800), flag("x", 1300), flag("a", 1292), flag(&flag_state().version, STAGE)],
        timeline: vec![
            line("advance", 1800, "advance"),
            line("restore", 1292, "restore"),
            line("advance", STAGE, "advance"),
        ],
        ..History::default()
    }
}

pub fn runbook() -> Arc<Runbook> {
    Arc::new(built_in().clone())
}

/// As the judge sees it.
pub fn judged(size: (u16, u16), snapshot: Snapshot, history: History) -> Model {
    let assessment = assess(&runbook(), &snapshot, &history, None, now());
    let mut model = nothing(size);
    model.snapshot = Arc::new(snapshot);
    model.history = Some(Arc::new(history));
    model.assessment = Some(Arc::new(assessment));
    model
}

/// Nothing was heard of.
pub fn nothing(size: (u16, u16)) -> Model {
    let mut model = connecting(size);
    model.facts = Facts { runbook: runbook(), candidate: None, ..facts() };
    let mut snapshot = Snapshot::clone(&model.snapshot);
    snapshot.telemetry_source.address = "http://127.0.0.1:9090".into();
    snapshot.flag_source.address = "http://127.0.0.1:4242".into();
    model.snapshot = Arc::new(snapshot);
    model.uptime = Duration::from_secs(12);
    model
}

pub fn seen(size: (u16, u16), well: bool) -> Model {
    judged(size, Snapshot { telemetry: Some(Arc::new(telemetry(well))), ..snapshot() }, past())
}

pub fn good(size: (u16, u16)) -> Model {
    seen(size, true)
}

pub fn no_go(size: (u16, u16)) -> Model {
    seen(size, false)
}
