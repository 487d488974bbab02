//! Settings made a session: the one place where adapters are chosen.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub(super) use super::sharing::Shared;
use super::{Exit, Failure};
use crate::{
    audit::{Anchored, AuditLog, Entry, Event, FileLog, Head, Outbox, PostgresLog, Record},
    clock::Clock,
    config::{Address, AtHand, AuditPlace, Database, Server, Setting, Settings},
    fault::{Fault, FaultKind},
    flags::{FlagStore, flagd::Flagd, unleash::Unleash},
    http::{Endpoint, Http},
    logs::{Logs, loki::Loki},
    runbook::{MatchOp, Runbook},
    session::{Connect, Elsewhere, Pending, Session},
    snapshot::{SourceKind, SourceStatus},
    telemetry::{Telemetry, events::Events, prometheus::Prometheus},
};

/// Everything for one rollout, wired. Nothing is opened, and no address is asked, before it is first needed.
pub(super) fn session(settings: Settings, runbook: Arc<Runbook>) -> Result<Session, Failure> {
    session_sharing(settings, runbook, &Arc::default())
}

/// The same, sharing with other rollouts what they have in common.
pub(super) fn session_sharing(
    settings: Settings,
    runbook: Arc<Runbook>,
    shared: &Arc<Shared>,
) -> Result<Session, Failure> {
    let at_hand = AtHand::of(&settings);
    let telemetry = settings.telemetry?;
    let flags = settings.flags?;
    let data_dir = settings.data_dir.value.join(&runbook.key).join(&settings.environment.value);
    Ok(Session {
        elsewhere: elsewhere(telemetry.clone(), settings.elsewhere, &runbook, &settings.environment.value, shared),
        logs: logs(settings.logs),
        telemetry: pending_telemetry(telemetry, &runbook, &settings.environment.value, shared),
        flags: pending_flags(flags, &runbook, &settings.environment.value, shared),
        audit: audit_sharing(&settings.audit, &data_dir, &runbook.key, &settings.environment.value, shared),
        runbook,
        environment: settings.environment.value,
        candidate: settings.candidate.map(|candidate| candidate.value),
        checkout: settings.checkout.map(|checkout| checkout.value),
        qa_path: None,
        at_hand,
        operator: settings.operator.value,
        clock: Clock::System,
        interval: settings.interval.value,
        data_dir,
        read_only: settings.read_only.value,
        label: None,
        skip: None,
        tape: None,
    })
}

/// The audit log, an outbox before it and its head noted here. One that cannot be used takes nothing but what may wait.
pub(super) fn audit(
    settings: &Result<Setting<AuditPlace>, Fault>,
    folder: &Path,
    rollout: &str,
    environment: &str,
) -> Arc<dyn AuditLog> {
    audit_sharing(settings, folder, rollout, environment, &Shared::default())
}

fn audit_sharing(
    settings: &Result<Setting<AuditPlace>, Fault>,
    folder: &Path,
    rollout: &str,
    environment: &str,
    shared: &Shared,
) -> Arc<dyn AuditLog> {
    let near = settings.as_ref().is_ok_and(|audit| audit.value == AuditPlace::File);
    let log: Arc<dyn AuditLog> = match settings {
        Ok(Setting { value: AuditPlace::File, .. }) => Arc::new(FileLog::at(folder)),
        Ok(Setting { value: AuditPlace::Postgres(database), .. }) => {
            Arc::new(PostgresLog::on(shared.database(database), rollout, environment))
        }
        Err(fault) => Arc::new(Unusable(fault.clone())),
    };
    Arc::new(Anchored::new(Arc::new(Outbox::new(log, folder, near)), folder))
}

/// The log of one rollout in a database.
pub(super) fn postgres(database: &Database, rollout: &str, environment: &str) -> PostgresLog {
    PostgresLog::on(Shared::default().database(database), rollout, environment)
}

/// A log whose address is none: rolling back goes on without it.
struct Unusable(Fault);

#[async_trait]
impl AuditLog for Unusable {
    fn place(&self) -> String {
        "nowhere".to_owned()
    }

    async fn append(&self, _: DateTime<Utc>, _: &str, _: Event) -> Result<Entry, Fault> {
        Err(self.0.clone())
    }

    async fn append_after(&self, _: &Head, _: DateTime<Utc>, _: &str, _: Event) -> Result<Entry, Fault> {
        Err(self.0.clone())
    }

    async fn read(&self) -> Result<Record, Fault> {
        Err(self.0.clone())
    }
}

/// That there is nothing to look at yet, and what to do about it.
pub(super) fn require_sources(settings: &Settings) -> Result<(), Failure> {
    match (&settings.telemetry, &settings.flags) {
        (Ok(None), Ok(None)) => Err(Failure::new(Exit::Usage, GUIDE)),
        _ => Ok(()),
    }
}

/// What to do where nothing is named.
pub(super) const GUIDE: &str = "there is nothing to watch yet: no telemetry and no flag store is named

See it at work, with nothing but this program:
  gonogo demo

Watch a rollout:
  gonogo --telemetry prometheus+http://127.0.0.1:9090 --flags unleash+http://127.0.0.1:4242
  gonogo --telemetry events:/var/log/uploads.ndjson --flags flagd:/etc/flagd/flags.json

Tokens come from GONOGO_TELEMETRY_TOKEN and GONOGO_FLAGS_TOKEN.
Say them once: `gonogo init` asks for both, tries them, and writes the configuration file.";

fn pending_telemetry(
    server: Option<Server>,
    runbook: &Arc<Runbook>,
    environment: &str,
    shared: &Arc<Shared>,
) -> Pending<Box<dyn Telemetry>> {
    let Some(server) = server else { return not_named(SourceKind::Telemetry) };
    let (runbook, environment, shared) = (Arc::clone(runbook), environment.to_owned(), Arc::clone(shared));
    let address = server.address.value.clone();
    Pending {
        introduction: introduction(&address, SourceKind::Telemetry),
        connect: Box::new(move || match &address {
            Address::Events(path) => Ok(Box::new(Events::new(path.clone(), &runbook, &environment)) as _),
            _ => Ok(Box::new(Prometheus::on(shared.prometheus(&server)?, &runbook, &environment)?) as _),
        }),
    }
}

/// Telemetry of other environments: as a profile of that environment says, else the same server asked for it.
fn elsewhere(
    here: Option<Server>,
    mut profiles: BTreeMap<String, Result<Server, Fault>>,
    runbook: &Arc<Runbook>,
    environment: &str,
    shared: &Arc<Shared>,
) -> Elsewhere {
    let (runbook, present, shared) = (Arc::clone(runbook), environment.to_owned(), Arc::clone(shared));
    let of_none = |what: String, environment: &str| {
        let next = format!("write a profile with environment = {environment:?} and telemetry into the configuration");
        Fault::new(FaultKind::Configuration, what, next)
    };
    if let Some(server) = here.clone() {
        profiles.insert(present.clone(), Ok(server));
    }
    Arc::new(move |environment| {
        if let Some(server) = profiles.get(environment) {
            return Ok(pending_telemetry(Some(server.clone()?), &runbook, environment, &shared));
        }
        let Some(server) = &here else { return Err(of_none("no telemetry is named".to_owned(), environment)) };
        let address = &server.address.value;
        match address {
            Address::Prometheus(_) if tells_environments_apart(&runbook) => {
                Ok(pending_telemetry(Some(server.clone()), &runbook, environment, &shared))
            }
            Address::Prometheus(_) => {
                let what = "the runbook's queries do not tell environments apart".to_owned();
                Err(of_none(what, environment))
            }
            _ => Err(of_none(format!("{address} is of {present} alone"), environment)),
        }
    })
}

/// Whether whatever is seen of a check is asked for by environment. Else the numbers of one would stand for another.
fn tells_environments_apart(runbook: &Runbook) -> bool {
    let mut seen = runbook.checklist.iter().flat_map(|check| &check.seen);
    seen.all(|selection| {
        let read = runbook.signal(&selection.signal).and_then(|signal| signal.prometheus.as_ref());
        let values = read.into_iter().flat_map(|read| &read.matchers).filter_map(|matcher| match &matcher.op {
            MatchOp::In(values) => Some(values),
            MatchOp::NotIn(_) => None,
        });
        values.flatten().any(|value| value.contains("{environment}"))
    })
}

/// The largest answer that is read from a server of logs, in bytes.
const LOGS_LIMIT: usize = 16 << 20;

fn logs(server: Result<Option<Server>, Fault>) -> Connect<Arc<dyn Logs>> {
    Box::new(move || {
        let server = server?.ok_or_else(|| {
            let next = "give --logs, or write logs into the profile; or attach an excerpt with \
                        gonogo evidence attach ITEM --log FILE";
            Fault::new(FaultKind::Configuration, "no address of logs is named", next)
        })?;
        let endpoint = Endpoint { body_limit: LOGS_LIMIT, ..server.endpoint()? };
        Ok(Arc::new(Loki::new(Http::new(endpoint)?)) as _)
    })
}

/// Telemetry for polls whose `now` is some time ago; `present` is the real one.
pub(super) fn past_telemetry(
    server: Option<Server>,
    runbook: &Arc<Runbook>,
    environment: &str,
    present: DateTime<Utc>,
) -> Pending<Box<dyn Telemetry>> {
    let Some(server) = server else { return not_named(SourceKind::Telemetry) };
    let (runbook, environment) = (Arc::clone(runbook), environment.to_owned());
    let address = server.address.value.clone();
    Pending {
        introduction: introduction(&address, SourceKind::Telemetry),
        connect: Box::new(move || match &address {
            Address::Events(path) => {
                Ok(Box::new(Events::new(path.clone(), &runbook, &environment).in_the_past(present)) as _)
            }
            _ => {
                let http = Http::new(server.endpoint()?)?;
                Ok(Box::new(Prometheus::new(http, &runbook, &environment)?.in_the_past()) as _)
            }
        }),
    }
}

fn pending_flags(
    server: Option<Server>,
    runbook: &Arc<Runbook>,
    environment: &str,
    shared: &Arc<Shared>,
) -> Pending<Arc<dyn FlagStore>> {
    let Some(server) = server else { return not_named(SourceKind::Flags) };
    let (flag, cohorts, environment) = (runbook.flag.clone(), runbook.cohorts.clone(), environment.to_owned());
    let (address, shared) = (server.address.value.clone(), Arc::clone(shared));
    Pending {
        introduction: introduction(&address, SourceKind::Flags),
        connect: Box::new(move || match &address {
            Address::Flagd(path) => {
                Ok(Arc::new(Flagd::new(path.clone(), &flag, &cohorts).sharing(shared.file(path))) as _)
            }
            _ => {
                let (http, together) = shared.unleash(&server)?;
                let unleash = Unleash::new(http, &server.project.value, &environment, &flag, &cohorts);
                Ok(Arc::new(unleash.sharing(together)) as _)
            }
        }),
    }
}

fn introduction(address: &Address, kind: SourceKind) -> SourceStatus {
    SourceStatus::connecting(address.name(), kind, crate::text::clean(&address.place()))
}

/// A source that nobody named: everything that rests on it is unknown.
fn not_named<T>(kind: SourceKind) -> Pending<T> {
    let (name, option) = match kind {
        SourceKind::Telemetry => ("telemetry", "--telemetry"),
        SourceKind::Flags => ("flags", "--flags"),
    };
    let fault = Fault::new(FaultKind::Configuration, format!("no {name} address is named"), format!("give {option}"));
    Pending {
        introduction: SourceStatus::connecting(name, kind, "none".to_owned()),
        connect: Box::new(move || Err(fault)),
    }
}
