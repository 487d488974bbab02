//! `gonogo demo`: a simulated fleet that obeys a real flag file and writes real events, watched through the real sources.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::{
    Exit, Failure,
    awaited::{Ready, awaiting},
    block_on, candidate, connect,
    options::Options,
    output,
    record::Record,
    status, watch,
};
use crate::{
    audit::AuditLog,
    clock::Clock,
    config::{Address, AuditPlace, Origin, Server, Setting, Settings},
    demo::{self, Scenario},
    fault::{Fault, FaultKind},
    flags::flagd::Flagd,
    runbook,
    session::{Pending, Session},
};

/// Simulated seconds in one real second, unless somebody asks for others: an hour in a minute.
const SPEED: f64 = 60.0;

/// Faster than this, no poll is recent.
const FASTEST: f64 = 600.0;

/// A Monday morning: with `--after` the same seed gives the same status whenever it is asked for.
const OPENING: i64 = 1_767_603_600;

#[derive(Debug, Clone, Args)]
pub(super) struct Demo {
    /// healthy, regression, guardrail, fallback, blind, storage or drift
    #[arg(default_value_t = Scenario::Healthy)]
    scenario: Scenario,
    /// Simulated seconds in one real second
    #[arg(long, value_name = "TIMES", default_value_t = SPEED)]
    speed: f64,
    /// The same seed gives the same fleet
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The stage that it opens in: dark-launch, internal-canary or limited-external
    #[arg(long, value_name = "KEY", default_value = "limited-external")]
    stage: String,
    /// Open the cockpit after so much simulated time
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, conflicts_with = "after")]
    skip: Option<Duration>,
    /// Do not open the cockpit: print the status after so much simulated time, and end with its exit code
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    after: Option<Duration>,
    /// Print that status as JSON
    #[arg(long, requires = "after")]
    json: bool,
    #[command(flatten)]
    record: Record,
}

impl Demo {
    /// The same, recorded if that was said before the command's name.
    pub(super) fn recorded(self, record: &Record) -> Self {
        Self { record: self.record.clone().or(record), ..self }
    }

    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        if self.after.is_some() && !self.record.is_none() {
            let what = "--after opens no cockpit that could be recorded; leave it or --record out";
            return Err(Failure::new(Exit::Usage, what));
        }
        if !(0.1..=FASTEST).contains(&self.speed) {
            let what = format!("--speed {} is not between 0.1 and {FASTEST}", self.speed);
            return Err(Failure::new(Exit::Usage, what));
        }
        // What the configuration says of real rollouts is no matter here, even if it is broken.
        let mut settings = given.resolve_as_given().or_else(|_| given.resolve_without_file())?;
        match candidate::in_full(&mut settings) {
            Err(failure) if given.candidate.is_some() => return Err(failure),
            Err(_) => settings.candidate = None,
            Ok(()) => {}
        }
        self.stage()?;
        let folder = Folder::make(given.data_dir.as_deref())?;
        match self.after {
            Some(after) => self.simulate(settings, folder.path(), after),
            None => self.watch(settings, folder.path()),
        }
    }

    /// Lives so long at once, and looks.
    fn simulate(&self, settings: Settings, folder: &Path, after: Duration) -> Result<u8, Failure> {
        let opening = DateTime::from_timestamp(OPENING, 0).unwrap_or_default();
        let shown = opening + lifetime("--after", after)?;
        let clock = Clock::simulated(shown, 1.0);
        let session = session(settings, folder, clock, 1.0)?;
        block_on(async {
            let candidate = session.candidate.as_deref().unwrap_or(demo::CANDIDATE);
            let spoken_of = (candidate, session.operator.as_str());
            self.live(folder, opening, shown, session.audit.as_ref(), spoken_of).await?;
            status::print(session, Duration::from_secs(60), self.json).await
        })
    }

    /// Lives on while the cockpit is open. Its past takes a while: the cockpit is there before it.
    fn watch(&self, settings: Settings, folder: &Path) -> Result<u8, Failure> {
        let look = watch::look(&settings)?;
        if !self.record.is_none() {
            watch::require_terminal(watch::NO_TERMINAL)?;
        }
        let shown = DateTime::from_timestamp(Utc::now().timestamp(), 0).unwrap_or_default();
        let opening = shown - lifetime("--skip", self.skip.unwrap_or_default())?;
        let clock = Clock::simulated(shown, self.speed);
        let session = session(settings, folder, clock, self.speed)?;
        let (this, folder, audit, ready) =
            (self.clone(), folder.to_owned(), Arc::clone(&session.audit), Ready::default());
        let (skip, orders) = mpsc::unbounded_channel();
        let session = Session { skip: Some(skip), ..session };
        let candidate = session.candidate.clone().unwrap_or_else(|| demo::CANDIDATE.to_owned());
        let (opened, operator) = (Arc::clone(&ready), session.operator.clone());
        block_on(async {
            // A demo has the built-in runbook, whichever is configured.
            let text = self.record.text_built_in()?;
            let session = self.record.tape(awaiting(session, &ready), text)?;
            let fleet = tokio::spawn(async move {
                match this.live(&folder, opening, shown, audit.as_ref(), (&candidate, &operator)).await {
                    Ok(demo) => {
                        let place = folder.clone();
                        // Beside everything: it is there long before anybody runs the gate. Without git the gate says so.
                        tokio::task::spawn_blocking(move || {
                            if let Err(fault) = demo::make_checkout(&place, clock) {
                                tracing::warn!(%fault, "the demo has no checkout");
                            }
                        });
                        let _ = opened.set(Ok(()));
                        demo::run(demo, clock, audit, orders).await;
                    }
                    Err(fault) => drop(opened.set(Err(fault))),
                }
            });
            let code = watch::open(session, look).await;
            fleet.abort();
            code
        })
    }

    /// The index of the stage that it opens in.
    fn stage(&self) -> Result<usize, Fault> {
        let stages = &runbook::built_in().stages[..demo::OPENS_IN.len()];
        stages.iter().position(|stage| stage.key == self.stage).ok_or_else(|| {
            let known: Vec<&str> = stages.iter().map(|stage| stage.key.as_str()).collect();
            let what = format!("a demo does not open in stage {:?}", self.stage);
            Fault::new(FaultKind::Configuration, what, format!("give --stage {}", known.join(" or ")))
        })
    }

    /// A fleet that has lived until `shown`, its past in the audit log: of this candidate, with this release owner.
    async fn live(
        &self,
        folder: &Path,
        opening: DateTime<Utc>,
        shown: DateTime<Utc>,
        audit: &dyn AuditLog,
        (candidate, operator): (&str, &str),
    ) -> Result<demo::Demo, Fault> {
        let (folder, scenario, seed, stage) = (folder.to_owned(), self.scenario, self.seed, self.stage()?);
        let lived = tokio::task::spawn_blocking(move || {
            let mut demo = demo::Demo::open_in(&folder, scenario, seed, opening, stage)?;
            demo.advance_to(shown).map(|()| demo)
        });
        let demo = lived.await.unwrap_or_else(|_| {
            Err(Fault::new(FaultKind::File, "the demo's fleet could not be set up", "start it again"))
        })?;
        let demo = demo.owned_by(operator);
        for (at, operator, event) in demo.audit_events(candidate) {
            audit.append(at, &operator, event).await?;
        }
        Ok(demo)
    }
}

/// How long a demo is to live before it is looked at.
fn lifetime(option: &str, time: Duration) -> Result<TimeDelta, Failure> {
    let lifetime = TimeDelta::from_std(time).ok().filter(|lifetime| *lifetime <= TimeDelta::days(30));
    let too_long = || Failure::new(Exit::Usage, format!("{option} is more than the demo can live; give up to 30d"));
    lifetime.ok_or_else(too_long)
}

/// The rollout of the fleet in `folder`, read through the real sources.
fn session(mut settings: Settings, folder: &Path, clock: Clock, speed: f64) -> Result<Session, Failure> {
    settings.telemetry = Ok(Some(source(Address::Events(demo::events_path(folder)))));
    settings.flags = Ok(Some(source(Address::Flagd(demo::flag_path(folder)))));
    // Ten simulated seconds apart, as far as that is bearable.
    settings.interval.value = Duration::from_secs_f64((10.0 / speed).clamp(0.25, 5.0));
    // Nothing of a real rollout is asked.
    settings.logs = Ok(None);
    settings.elsewhere.clear();
    settings.environment.value = "production".to_owned();
    // What was recorded before the opening was recorded of a commit.
    settings.candidate.get_or_insert_with(|| Setting { value: demo::CANDIDATE.to_owned(), origin: Origin::Default });
    settings.audit = Ok(Setting { value: AuditPlace::File, origin: Origin::Default });
    settings.data_dir.value = folder.join("state");
    let runbook = runbook::built_in();
    let session = connect::session(settings, Arc::new(runbook.clone()))?;
    let store = Flagd::new(demo::flag_path(folder), &runbook.flag, &runbook.cohorts).by(clock);
    let flags = Pending { connect: Box::new(move || Ok(Arc::new(store) as _)), ..session.flags };
    Ok(Session {
        clock,
        flags,
        label: Some("demo".to_owned()),
        checkout: Some(demo::checkout_path(folder)),
        qa_path: Some(demo::bin_path(folder)),
        ..session
    })
}

fn source(address: Address) -> Server {
    let default = |value: String| Setting { value, origin: Origin::Default };
    Server {
        address: Setting { value: address, origin: Origin::Default },
        token: None,
        user: None,
        headers: Default::default(),
        ca_file: None,
        timeout: Duration::from_secs(10),
        project: default("default".to_owned()),
    }
}

/// Where a demo lives: a private folder that goes with it, or one within `--data-dir` that stays.
enum Folder {
    Passing(TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn make(parent: Option<&Path>) -> Result<Self, Failure> {
        let failed = |error| {
            let what = format!("no folder could be made for the demo: {error}; name a writable one with --data-dir");
            Failure::new(Exit::CouldNotRun, what)
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix("gonogo-demo-");
        match parent {
            None => builder.tempdir().map(Self::Passing).map_err(failed),
            Some(parent) => {
                std::fs::create_dir_all(parent).map_err(failed)?;
                let path = builder.tempdir_in(parent).map_err(failed)?.keep();
                output::tell(&format!("the demo is kept in {}", path.display()));
                Ok(Self::Kept(path))
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Passing(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}
