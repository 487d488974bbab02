//! The past of one rollout: what telemetry and the audit log say of it, and the judgement of any of its instants.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use clap::Args;
use tokio::time::{Instant, timeout_at};

use super::{Exit, Failure, connect, instant::instant};
use crate::{
    audit::{Record, replay},
    config::Settings,
    fault::{Fault, FaultKind},
    judge::{self, Assessment, History, Visit},
    runbook::Runbook,
    session::Pending,
    snapshot::{
        Deployments, FlagReading, FlagState, Observation, Presence, Snapshot, SourceKind, SourceState, SourceStatus,
        as_of, minute_of, minute_start,
    },
    telemetry::Telemetry,
};

/// A source that fails is asked so often before it is believed: each time it may be asked for less at once.
const ATTEMPTS: u32 = 4;

/// That the flag was not recorded, said once.
const FLAG_ASSUMED: &str = "flag stores keep no history: where the audit log says nothing, the flag is taken to have \
                            been what the stage says";

/// Which stage it was, where the audit log does not say.
#[derive(Debug, Args)]
pub(super) struct Stay {
    /// The stage then, where the audit log does not say; it wins over the log
    #[arg(long, value_name = "KEY")]
    pub(super) stage: Option<String>,
    /// When that stage was entered, to the minute; of a replay, its beginning if nothing is said
    #[arg(long, value_name = "TIME", requires = "stage")]
    pub(super) entered: Option<String>,
}

/// What is known of the past. Judging an instant of it is pure.
pub(super) struct Past {
    pub(super) runbook: Arc<Runbook>,
    pub(super) environment: String,
    candidate: Option<String>,
    record: Record,
    /// The stage that somebody says it was.
    told: Option<Visit>,
    telemetry: Option<Arc<Observation>>,
    presence: BTreeMap<String, Presence>,
    deployments: Deployments,
    status: SourceStatus,
    then: Option<Then>,
    flag_was_assumed: bool,
    /// What was assumed, and what is not as it is for the present.
    notes: Vec<String>,
}

/// What the audit log knew, up to when it says something more.
struct Then {
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    history: History,
    flag: Option<FlagState>,
    flag_assumed: bool,
    candidate: Option<String>,
}

impl Past {
    /// Reads the audit log and finds the stage at `from`, the first instant that is to be judged. No telemetry yet.
    pub(super) async fn of(
        settings: &Settings,
        runbook: Arc<Runbook>,
        stay: &Stay,
        from: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let environment = settings.environment.value.clone();
        let folder = settings.data_dir.value.join(&runbook.key).join(&environment);
        let mut notes = Vec::new();
        let record = match connect::audit(&settings.audit, &folder, &runbook.key, &environment).read().await {
            Ok(record) => record,
            Err(fault) if stay.stage.is_none() => return Err(fault.into()),
            Err(fault) => {
                notes.push(format!("nothing of the audit log is in this: {fault}"));
                Record::default()
            }
        };
        let told = told(&runbook, stay, from, now)?;
        if told.is_some() && !record.entries.is_empty() {
            notes.push("--stage wins over the stages and the flag that the audit log has on record".to_owned());
        }
        if let Some(damage) = &record.damage {
            notes.push(format!("the audit log is damaged: {damage}"));
        }
        let past = Self {
            status: SourceStatus::connecting("telemetry", SourceKind::Telemetry, "none".to_owned()),
            candidate: settings.candidate.as_ref().map(|candidate| candidate.value.clone()),
            runbook,
            environment,
            record,
            told,
            telemetry: None,
            presence: BTreeMap::new(),
            deployments: Deployments::default(),
            then: None,
            flag_was_assumed: false,
            notes,
        };
        if past.told.is_none() && replay(&past.record.until(from)).visits.is_empty() {
            return Err(past.no_stage(from));
        }
        Ok(past)
    }

    fn no_stage(&self, at: DateTime<Utc>) -> Failure {
        let at_then = crate::units::moment(at);
        let later = self.record.says_more_after(at).map(crate::units::moment);
        let what = match later {
            Some(begins) => format!("the audit log knows no stage at {at_then}: it begins at {begins}"),
            None => format!("there is no audit log of this rollout, so the stage at {at_then} is not known"),
        };
        let keys: Vec<&str> = self.runbook.stages.iter().map(|stage| stage.key.as_str()).collect();
        let next = format!("say which stage it was with --stage ({}), and with --entered since when", keys.join(", "));
        Failure::new(Exit::Usage, format!("{what}; {next}"))
    }

    /// From when on telemetry is needed to judge from `from` on.
    pub(super) fn evidence_since(&mut self, from: DateTime<Utc>) -> DateTime<Utc> {
        judge::evidence_since(&self.then(from).history, from)
    }

    /// Reads telemetry up to `to` as it was then, for no longer than `wait`. What went wrong is in [`Past::status`].
    pub(super) async fn read(
        &mut self,
        source: Pending<Box<dyn Telemetry>>,
        since: DateTime<Utc>,
        to: DateTime<Utc>,
        wait: Duration,
    ) {
        let end = Instant::now() + wait;
        self.status = source.introduction;
        let connected = tokio::task::spawn_blocking(source.connect).await.unwrap_or_else(|_| {
            let what = "telemetry could not be set up: its set-up crashed";
            Err(Fault::new(FaultKind::Configuration, what, "see the log file"))
        });
        let mut source = match connected {
            Ok(source) => source,
            Err(fault) => return self.failed(fault),
        };
        let mut failures = 0;
        loop {
            let Ok(poll) = timeout_at(end, source.poll(since, to)).await else { break };
            self.telemetry = Some(poll.observation);
            self.status = poll.status;
            if source.is_loading() {
                continue;
            }
            failures += 1;
            let again = self.status.error.as_ref().is_some_and(|fault| may_be_too_much(fault.kind));
            if !again || failures >= ATTEMPTS {
                self.presence = source.presence();
                self.deployments = source.deployments();
                return;
            }
        }
        let (name, address) = (self.status.name.clone(), self.status.address.clone());
        let what = format!("{name} at {address} was not read whole within {}", humantime::format_duration(wait));
        self.failed(Fault::new(FaultKind::Timeout, what, "check that it is up, or wait longer with --wait"));
    }

    fn failed(&mut self, fault: Fault) {
        self.status.state = SourceState::Failed;
        self.status.failures = self.status.failures.saturating_add(1);
        self.status.error = Some(fault);
    }

    /// The telemetry source: state, error.
    pub(super) fn status(&self) -> &SourceStatus {
        &self.status
    }

    /// Everything at `at`, a whole minute, as it was known then.
    pub(super) fn assess(&mut self, at: DateTime<Utc>, generation: u64) -> Assessment {
        let then = |now: &Arc<Observation>| as_of(now, &self.presence, &self.deployments, minute_of(at));
        let telemetry = self.telemetry.as_ref().map(|now| Arc::new(then(now)));
        let status = SourceStatus { last_ok: self.status.last_ok.map(|ok| ok.min(at)), ..self.status.clone() };
        let runbook = Arc::clone(&self.runbook);
        let then = self.then(at);
        let mut log = SourceStatus::connecting("flag", SourceKind::Flags, "the audit log".to_owned());
        log.state = if then.flag.is_some() { SourceState::Ok } else { SourceState::Partial };
        log.last_ok = Some(at);
        let flag = FlagReading { state: then.flag.clone(), read_at: then.flag.as_ref().map(|_| at), fault: None };
        let snapshot = Snapshot { at, generation, telemetry, telemetry_source: status, flag, flag_source: log };
        let assessment = judge::assess(&runbook, &snapshot, &then.history, then.candidate.as_deref(), at);
        self.flag_was_assumed |= self.then.as_ref().is_some_and(|then| then.flag_assumed);
        assessment
    }

    /// The commit that was under rollout at `at`.
    pub(super) fn candidate(&mut self, at: DateTime<Utc>) -> Option<String> {
        self.then(at).candidate.clone()
    }

    /// What was assumed, as far as something was judged.
    pub(super) fn notes(&self) -> Vec<String> {
        let assumed = self.flag_was_assumed.then(|| FLAG_ASSUMED.to_owned());
        self.notes.iter().cloned().chain(assumed).collect()
    }

    fn then(&mut self, at: DateTime<Utc>) -> &Then {
        let holds = |then: &Then| then.from <= at && then.until.is_none_or(|until| at < until);
        match self.then.take().filter(holds) {
            Some(then) => self.then.insert(then),
            None => {
                let then = self.find(at);
                self.then.insert(then)
            }
        }
    }

    fn find(&mut self, at: DateTime<Utc>) -> Then {
        let record = self.record.until(at);
        let mut history = replay(&record);
        let mut flag = record.flag().cloned();
        if let Some(told) = &self.told {
            history.visits = vec![told.clone()];
            history.flags.clear();
            history.unfinished = None;
            flag = None;
        }
        let candidate = history.candidate(self.candidate.as_deref()).map(str::to_owned);
        // The question is what this runbook says of the past, whichever was in force then.
        if let Some(basis) = history.bases.last_mut().filter(|basis| basis.runbook != self.runbook.digest) {
            basis.runbook.clone_from(&self.runbook.digest);
            let note = "the runbook has changed since: the past is judged by the one at hand";
            if self.notes.iter().all(|known| known != note) {
                self.notes.push(note.to_owned());
            }
        }
        let flag_assumed = flag.is_none();
        let flag = flag.or_else(|| assumed(&self.runbook, &history));
        Then { from: at, until: self.record.says_more_after(at), history, flag, flag_assumed, candidate }
    }
}

/// A failure upon which a source asks for less at once the next time.
fn may_be_too_much(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::Timeout | FaultKind::TooLarge | FaultKind::Server)
}

/// The stay that somebody says it was.
fn told(runbook: &Runbook, stay: &Stay, from: DateTime<Utc>, now: DateTime<Utc>) -> Result<Option<Visit>, Failure> {
    let Some(key) = &stay.stage else { return Ok(None) };
    if runbook.stage(key).is_none() {
        let keys: Vec<&str> = runbook.stages.iter().map(|stage| stage.key.as_str()).collect();
        let what = format!("the runbook has no stage {key:?}; it has {}", keys.join(", "));
        return Err(Failure::new(Exit::Usage, what));
    }
    let entered_at = match &stay.entered {
        Some(text) => minute_start(minute_of(instant("--entered", text, now)?)),
        None => from,
    };
    if entered_at > from {
        let what = format!(
            "--entered {} is after {}, the first instant to judge",
            crate::units::moment(entered_at),
            crate::units::moment(from)
        );
        return Err(Failure::new(Exit::Usage, what));
    }
    Ok(Some(Visit { stage: key.clone(), entered_at, left_at: None, by_rollback: false }))
}

/// The flag as the stage says. It is the configuration that was last on record, as far as evidence is concerned.
fn assumed(runbook: &Runbook, history: &History) -> Option<FlagState> {
    let (_, stage) = runbook.stage(&history.present()?.stage)?;
    Some(FlagState {
        enabled: !stage.exposure.is_off(),
        configured: stage.exposure.clone(),
        foreign: Vec::new(),
        version: history.flags.last().map_or_else(|| "assumed".to_owned(), |known| known.version.clone()),
        changed_at: None,
        changed_by: None,
        changed_what: None,
        raw: serde_json::Value::Null,
    })
}

/// The telemetry that these settings name, for what it knew in the past.
///
/// # Errors
/// Where none is named.
pub(super) fn telemetry(
    settings: &Settings,
    runbook: &Arc<Runbook>,
    now: DateTime<Utc>,
) -> Result<Pending<Box<dyn Telemetry>>, Failure> {
    let server = settings.telemetry.clone()?;
    if server.is_none() {
        return Err(Failure::new(Exit::Usage, connect::GUIDE));
    }
    Ok(connect::past_telemetry(server, runbook, &settings.environment.value, now))
}
