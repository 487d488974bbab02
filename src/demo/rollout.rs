//! A rollout to watch, and how the fleet behind it lives from one instant to the next.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    FlagSet, OPENS_IN, Scenario, Tally, checkout, events_path,
    fix::Fix,
    flag_path,
    fleet::{Fleet, Thinning},
    opening,
    scenario::Incident,
    team::Violation,
    unwritable,
};
use crate::{
    audit,
    clock::Clock,
    fault::Fault,
    runbook::{Exposure, Runbook, built_in},
};

/// Telemetry goes back to this long before the canary was entered.
const LEAD: TimeDelta = TimeDelta::minutes(30);
/// Up to this many seconds before the opening, only some of the legacy uploads leave a record.
const RECENT: i64 = 3600;
const WHOLE: Thinning = Thinning { legacy_records: 1, external_uploads: 1 };
const OF_THE_PAST: Thinning = Thinning { legacy_records: 10, external_uploads: 1 };
/// Of hours that nobody looks at.
const SKIPPED: Thinning = Thinning { legacy_records: 1, external_uploads: 20 };
/// Written to the file in one go.
const BUFFER: usize = 1 << 20;

/// A rollout to watch: its flag file, its events, and the fleet behind them.
#[derive(Debug)]
pub struct Demo {
    pub(super) runbook: &'static Runbook,
    scenario: Scenario,
    opening: DateTime<Utc>,
    /// The stage that it opens in.
    stage: usize,
    flag_path: PathBuf,
    events_path: PathBuf,
    fleet: Fleet,
    /// The team's work on what was rolled back.
    fix: Fix,
    /// Who is the release owner: an operator's name.
    pub(super) owner: String,
    /// Guardrails that the fleet has violated since the opening, oldest first.
    pub(super) violations: Vec<Violation>,
    /// Seconds after the opening up to which the fleet has lived.
    second: i64,
    /// The flag file as last read.
    flag_text: String,
    buffer: String,
    /// What is lived is not written yet.
    holding: bool,
}

impl Demo {
    /// Writes the flag file and the events of the two days before `opening` into `dir`.
    ///
    /// # Errors
    /// [`crate::fault::FaultKind::File`] where they cannot be written.
    pub fn open(dir: &Path, scenario: Scenario, seed: u64, opening: DateTime<Utc>) -> Result<Self, Fault> {
        Self::open_in(dir, scenario, seed, opening, OPENS_IN.len() - 1)
    }

    /// The same, in the stage of this index: one of [`OPENS_IN`]. Of the last of them, what people record is on record;
    /// of an earlier one it is left to do.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_in(
        dir: &Path,
        scenario: Scenario,
        seed: u64,
        opening: DateTime<Utc>,
        stage: usize,
    ) -> Result<Self, Fault> {
        let runbook = built_in();
        let mut demo = Self {
            runbook,
            scenario,
            opening,
            stage,
            flag_path: flag_path(dir),
            events_path: events_path(dir),
            fleet: Fleet::new(seed, &runbook.flag.key),
            fix: Fix::new(dir),
            owner: opening::OPERATOR.to_owned(),
            violations: Vec::new(),
            second: 0,
            flag_text: String::new(),
            buffer: String::new(),
            holding: false,
        };
        fs::create_dir_all(dir).map_err(|e| unwritable(dir, &e))?;
        fs::write(&demo.events_path, "").map_err(|e| unwritable(&demo.events_path, &e))?;
        demo.live_the_past()?;
        Ok(demo)
    }

    /// The same with this operator as the release owner: whoever has the cockpit may sign and decide.
    pub fn owned_by(mut self, operator: &str) -> Self {
        operator.clone_into(&mut self.owner);
        self
    }

    /// The flagd file that the fleet obeys.
    pub fn flag_path(&self) -> &Path {
        &self.flag_path
    }

    /// The file that the fleet's events are written to.
    pub fn events_path(&self) -> &Path {
        &self.events_path
    }

    /// What the audit log says of the time before the opening: when, who, what. It is about this candidate.
    pub fn audit_events(&self, candidate: &str) -> Vec<(DateTime<Utc>, String, audit::Event)> {
        opening::audit_events(self.runbook, self.opening, self.stage, candidate, &self.owner)
    }

    /// What the fleet has written so far.
    pub fn tally(&self) -> Tally {
        self.fleet.tally()
    }

    /// Lives on to the simulated instant `now`, whole seconds, and appends the events of that time. A changed flag
    /// file is seen by the users who poll from the instant reached before.
    ///
    /// # Errors
    /// [`crate::fault::FaultKind::File`] where the events or the flag file cannot be written.
    pub fn advance_to(&mut self, now: DateTime<Utc>) -> Result<(), Fault> {
        self.live_to(now, WHOLE)
    }

    /// Lives on to `now` as [`Self::advance_to`] does, with fewer uploads, and puts `clock` forward by `by` before
    /// what happened meanwhile is in the file: an event of the future would be taken for a clock gone wrong.
    ///
    /// # Errors
    /// As for [`Self::advance_to`].
    pub fn skip(&mut self, clock: Clock, by: TimeDelta) -> Result<(), Fault> {
        self.holding = true;
        let lived = self.live_to(clock.now() + by, SKIPPED);
        self.holding = false;
        clock.put_forward(by);
        let told = checkout::put_forward(self.flag_path.parent().unwrap_or(Path::new(".")), clock);
        lived.and(told).and(self.flush())
    }

    fn live_to(&mut self, now: DateTime<Utc>, thinning: Thinning) -> Result<(), Fault> {
        let until = (now - self.opening).num_seconds();
        let flag = self.flag_text.clone();
        self.poll_flag_file();
        if self.flag_text != flag {
            self.date_by_this_clock(now);
        }
        self.work_on_the_fix()?;
        let mut drifted = Ok(());
        while self.second < until {
            if let Some(incident) = self.scenario.incident(self.second) {
                if incident == Incident::FlagSetElsewhere {
                    drifted = self.set_everyone();
                    self.poll_flag_file();
                }
                if incident == Incident::CursorRegression {
                    checkout::reveal(self.folder(), "vfs-guardrail")?;
                }
                self.fleet.suffer(self.now_ms(), incident);
                if let Some(signature) = incident.violates() {
                    let at = self.lived();
                    self.violations.push(Violation { at, signature: signature.to_owned() });
                }
            }
            self.live(thinning)?;
        }
        if self.holding { drifted } else { self.flush().and(drifted) }
    }

    fn live_the_past(&mut self) -> Result<(), Fault> {
        let visits = opening::visits(self.runbook, self.opening, self.stage);
        let canary = visits.get(1).map_or(self.opening, |(_, entered_at)| *entered_at);
        self.second = (canary - LEAD - self.opening).num_seconds();
        for (n, (stage, _)) in visits.iter().enumerate() {
            let left_at = visits.get(n + 1).map_or(self.opening, |(_, entered_at)| *entered_at);
            let text = opening::flag_text(self.runbook, &stage.exposure);
            self.serve(text.clone());
            if n + 1 == visits.len() {
                fs::write(&self.flag_path, text).map_err(|e| unwritable(&self.flag_path, &e))?;
                self.date(&self.flag_path)?;
            }
            while self.second < (left_at - self.opening).num_seconds() {
                let thinning = if self.second < -RECENT { OF_THE_PAST } else { WHOLE };
                self.live(thinning)?;
            }
        }
        self.flush()
    }

    fn live(&mut self, thinning: Thinning) -> Result<(), Fault> {
        let mut conditions = self.scenario.conditions(self.second);
        if conditions.failing > 0.0 && self.fix.deployed() {
            conditions.failing = 0.0;
        }
        self.fleet.live(self.now_ms(), self.second, &conditions, thinning, &mut self.buffer);
        self.second += 1;
        if self.buffer.len() >= BUFFER && !self.holding { self.flush() } else { Ok(()) }
    }

    /// What fails is worked on from when it was rolled back.
    fn work_on_the_fix(&mut self) -> Result<(), Fault> {
        let now = self.lived();
        let fails = self.scenario.conditions(self.second).failing > 0.0;
        match &self.runbook.qa {
            Some(qa) if fails => {
                checkout::reveal(self.folder(), "client-secure-upload")?;
                self.fix.work(self.fleet.serves_nobody(), now, qa)
            }
            _ => Ok(()),
        }
    }

    fn folder(&self) -> &Path {
        self.flag_path.parent().unwrap_or(Path::new("."))
    }

    fn now_ms(&self) -> i64 {
        self.lived().timestamp_millis()
    }

    fn flush(&mut self) -> Result<(), Fault> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        // What could not be written is lost, as a client's telemetry is.
        let text = std::mem::take(&mut self.buffer);
        let file = OpenOptions::new().append(true).create(true).open(&self.events_path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|e| unwritable(&self.events_path, &e))
    }

    /// As SDKs do: a file that cannot be read or understood changes nothing.
    fn poll_flag_file(&mut self) {
        if let Ok(text) = fs::read_to_string(&self.flag_path)
            && text != self.flag_text
        {
            self.serve(text);
        }
    }

    fn serve(&mut self, text: String) {
        if let Ok(flags) = FlagSet::parse(&text) {
            self.fleet.serve(self.now_ms(), flags);
        }
        self.flag_text = text;
    }

    /// Somebody else sets the flag to everyone.
    fn set_everyone(&self) -> Result<(), Fault> {
        let fault = |e: io::Error| unwritable(&self.flag_path, &e);
        let text = fs::read_to_string(&self.flag_path).map_err(fault)?;
        let mut file: serde_json::Value = serde_json::from_str(&text).map_err(|e| fault(e.into()))?;
        if let Some(flags) = file.get_mut("flags").and_then(serde_json::Value::as_object_mut) {
            flags.insert(self.runbook.flag.key.clone(), opening::flag(self.runbook, &Exposure::everyone()));
        }
        let mut new = tempfile::NamedTempFile::new_in(self.folder()).map_err(fault)?;
        writeln!(new, "{file:#}").map_err(fault)?;
        self.date(new.path())?;
        new.persist(&self.flag_path).map_err(|e| fault(e.error))?;
        Ok(())
    }

    /// Somebody changed the flag file since it was last looked at: by an editor, say, which knows nothing of this fleet's
    /// time. What gonogo wrote says when that was.
    fn date_by_this_clock(&self, now: DateTime<Utc>) {
        let modified = fs::metadata(&self.flag_path).and_then(|about| about.modified());
        if modified.map(DateTime::<Utc>::from).is_ok_and(|at| at < self.lived() || now < at) {
            // One that may not be written to keeps its own time: the fleet obeys it all the same.
            let _ = self.date(&self.flag_path);
        }
    }

    /// How far the fleet has lived.
    fn lived(&self) -> DateTime<Utc> {
        self.opening + TimeDelta::seconds(self.second)
    }

    /// The flag file at this path was changed now, as this fleet reckons.
    fn date(&self, path: &Path) -> Result<(), Fault> {
        let file = fs::File::options().write(true).open(path);
        file.and_then(|file| file.set_modified(self.lived().into())).map_err(|e| unwritable(path, &e))
    }
}
