//! What a team does about what it rolled back: it finds the fault, lands a fix, and runs the automated gate on it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    checkout::{FIX, land_fix},
    recorded::{QA_TOOK, green_report},
    unwritable,
};
use crate::{fault::Fault, runbook::QaGate};

/// So long after the rollback the fix is there, and its gate begins.
const FOUND_AFTER: TimeDelta = TimeDelta::minutes(2);

/// The report of the automated gate on [`FIX`], once there is one, of a demo that lives in `dir`.
pub fn qa_report_path(dir: &Path) -> PathBuf {
    dir.join("qa-report.json")
}

/// How far the fix is.
#[derive(Debug)]
pub(super) struct Fix {
    report: PathBuf,
    rolled_back_at: Option<DateTime<Utc>>,
    landed: bool,
    reported: bool,
}

impl Fix {
    pub(super) fn new(dir: &Path) -> Self {
        Self { report: qa_report_path(dir), rolled_back_at: None, landed: false, reported: false }
    }

    /// Whether whoever gets the feature now gets it with the fix: nobody is let in again without it.
    pub(super) fn deployed(&self) -> bool {
        self.reported
    }

    /// Lives on to `now`. Writes the gate's report when its run is over.
    pub(super) fn work(&mut self, off: bool, now: DateTime<Utc>, qa: &QaGate) -> Result<(), Fault> {
        if self.rolled_back_at.is_none() && off {
            self.rolled_back_at = Some(now);
        }
        let Some(began) = self.rolled_back_at.map(|at| at + FOUND_AFTER).filter(|_| !self.reported) else {
            return Ok(());
        };
        if now >= began && !self.landed {
            self.landed = true;
            land_fix(self.report.parent().unwrap_or(Path::new(".")));
        }
        if now < began + QA_TOOK {
            return Ok(());
        }
        let report = format!("{:#}\n", green_report(qa, began, FIX));
        std::fs::write(&self.report, report).map_err(|error| unwritable(&self.report, &error))?;
        self.reported = true;
        Ok(())
    }
}
