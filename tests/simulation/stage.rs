//! A stage under watch: what telemetry has told of it so far, and what the judge says.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    judge::{self, GateAssessment, History, Visit},
    runbook::{self, Runbook},
    snapshot::{Counts, Health, Observation, Reading, Snapshot, SourceKind, SourceState, SourceStatus},
};

use super::traffic::Ended;

const RUNBOOK: &str = r#"
key = "simulated"
title = "Simulated"

[flag]
key = "feature"

[[signal]]
key = "upload"
title = "Uploads"
by = ["success"]
prometheus = { metric = "upload_total" }

[[rate]]
key = "upload"
title = "Upload"
scope = "rollout"
slo = SLO
attempts = { signal = "upload" }
successes = { signal = "upload", match = { success = "true" } }

[[stage]]
key = "dark"
title = "Dark"
exposure = "off"
observe = "1h"

[[stage.gate]]
key = "window"
title = "Window"
kind = "observation_window"

[[stage]]
key = "canary"
title = "Canary"
exposure = { percent = 5 }
observe = "1h"

[[stage.gate]]
key = "rate"
title = "Rate"
kind = "success_rate"
rate = "upload"
"#;

/// One stage with one gate, on a success rate.
#[derive(Debug)]
pub struct Stage {
    runbook: Runbook,
    history: History,
    snapshot: Snapshot,
    now: DateTime<Utc>,
}

impl Stage {
    /// Entered at the beginning of a minute, with this SLO.
    pub fn enter(slo: f64) -> Self {
        let now = DateTime::from_timestamp(1_790_000_040, 0).expect("an instant");
        let runbook = runbook::parse(&RUNBOOK.replace("SLO", &slo.to_string()), "simulated.toml");
        let canary = Visit { stage: "canary".to_owned(), entered_at: now, left_at: None, by_rollback: false };
        let source = |name, kind| SourceStatus {
            state: SourceState::Ok,
            last_ok: Some(now),
            ..SourceStatus::connecting(name, kind, String::new())
        };
        let reading = Reading {
            tallies: ["true", "false"].map(|success| (vec![success.to_owned()], Counts::default())).into(),
            health: Health::Good,
            query: String::new(),
            covered_from: now,
            newest: Some(now),
            gaps: vec![],
            step: TimeDelta::seconds(15),
            latency: None,
        };
        let readings = BTreeMap::from([("upload".to_owned(), Arc::new(reading))]);
        Self {
            runbook: runbook.unwrap_or_else(|problems| panic!("{problems:?}")),
            history: History { visits: vec![canary], ..History::default() },
            snapshot: Snapshot {
                telemetry: Some(Arc::new(Observation {
                    at: now,
                    skew: Some(TimeDelta::zero()),
                    readings,
                    deployed: None,
                })),
                ..Snapshot::empty(now, source("prometheus", SourceKind::Telemetry), source("flagd", SourceKind::Flags))
            },
            now,
        }
    }

    /// What ended in the next `lasting`, at its beginning.
    pub fn pass(&mut self, lasting: TimeDelta, ended: Ended) {
        let at = self.now;
        self.now += lasting;
        let observation = self.snapshot.telemetry.as_mut().and_then(Arc::get_mut).expect("telemetry of our own");
        let reading = observation.readings.get_mut("upload").and_then(Arc::get_mut).expect("a reading of our own");
        for (labels, counts) in &mut reading.tallies {
            let is_success = labels[0] == "true";
            counts.add(at, if is_success { ended.attempts - ended.failures } else { ended.failures });
        }
        reading.newest = Some(self.now);
        observation.at = self.now;
        self.snapshot.at = self.now;
    }

    /// What the judge says of the gate now.
    pub fn look(&self) -> GateAssessment {
        let mut assessment = judge::assess(&self.runbook, &self.snapshot, &self.history, None, self.now);
        assessment.gates.remove(0)
    }
}
