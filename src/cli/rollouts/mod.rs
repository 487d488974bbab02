//! `gonogo RUNBOOK...` and `gonogo FOLDER`: one rollout is its cockpit, several are a list of them.

mod files;
mod profiles;

use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;

use self::profiles::Profiles;
use super::{Exit, Failure, block_on_with, candidate, connect, options, options::Options, record::Record, watch};
use crate::{
    config::{Address, Setting, Settings},
    fault::Fault,
    runbook::Runbook,
    tui::{
        self,
        rollouts::{Named, Rollout},
    },
};

/// Threads for what blocks, such as a file on a disk that hangs: with many rollouts one of them must not stop the others.
const BLOCKING: usize = 48;

/// What is watched.
#[derive(Debug, Clone, Args)]
pub(super) struct Watched {
    /// Runbooks, or folders of runbooks: several rollouts are a list, the worst first.
    ///
    /// The addresses of a runbook are those of each profile of the configuration whose `runbook` is that file (of several
    /// such profiles, of the one given with --profile); of a runbook that no profile names, those of the profile and the
    /// options in force. What is given on the command line counts for all of them. Each rollout has its own audit log, in
    /// the folder of its runbook's key and its environment. A file that is no sound runbook is a line that says why.
    #[arg(value_name = "RUNBOOK|FOLDER")]
    rollouts: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) record: Record,
}

impl Watched {
    /// Whether nothing was named.
    pub(super) fn is_empty(&self) -> bool {
        self.rollouts.is_empty()
    }

    /// The same, recorded if that was said before the command's name.
    pub(super) fn recorded(self, record: &Record) -> Self {
        Self { record: self.record.or(record), ..self }
    }

    /// Opens the cockpit, or the list of several.
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        if self.is_empty() {
            return watch::run(given, &self.record);
        }
        if given.runbook.is_some() {
            return Err(Failure::new(Exit::Usage, "runbooks are named twice: leave --runbook out"));
        }
        let settings = given.resolve_as_given()?;
        let profiles = Profiles::of(&settings)?;
        let files = files::runbooks(&self.rollouts)?;
        let of_file = |file: &PathBuf| {
            let names = profiles.of_runbook(file);
            let names = if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
            names.into_iter().map(|name| (file.clone(), name.map(str::to_owned))).collect::<Vec<_>>()
        };
        let all: Vec<(PathBuf, Option<String>)> = files.iter().flat_map(of_file).collect();
        let folders = self.rollouts.iter().any(|path| path.is_dir());
        if let ([(file, profile)], false) = (all.as_slice(), folders) {
            return watch::run(&options_for(given, file, profile.as_deref()), &self.record);
        }
        if !self.record.is_none() {
            return Err(Failure::new(Exit::Usage, "--record keeps one rollout, and several are named; name one"));
        }
        watch::require_terminal(
            "the list of rollouts needs a terminal; without one use `gonogo status --runbook FILE`",
        )?;
        let look = watch::look(&settings)?;
        let mut wiring = Wiring { given, profiles: &profiles, shared: Arc::default(), commits: BTreeMap::new() };
        let mut rollouts = Vec::new();
        let mut taken: Vec<(PathBuf, String)> = Vec::new();
        for (file, profile) in &all {
            rollouts.push(wiring.rollout(file, profile.as_deref(), &mut taken));
        }
        block_on_with(BLOCKING, async {
            let ended = tui::run_several(rollouts, look).await;
            ended.map_err(|error| Failure::new(Exit::CouldNotRun, format!("the list could not be shown: {error}")))
        })
    }
}

fn options_for(given: &Options, file: &Path, profile: Option<&str>) -> Options {
    let profile = profile.map(str::to_owned).or_else(|| given.profile.clone());
    Options { runbook: Some(file.to_owned()), profile, ..given.clone() }
}

/// A candidate's name, and the checkout in which it was looked up.
type Name = (String, Option<PathBuf>);

/// What git said of it; none where it is a commit already.
type Commit = Option<Result<Setting<String>, Fault>>;

/// What the rollouts are wired with.
struct Wiring<'a> {
    given: &'a Options,
    profiles: &'a Profiles,
    shared: Arc<connect::Shared>,
    /// What git said of each candidate's name: asked once for all rollouts.
    commits: BTreeMap<Name, Commit>,
}

impl Wiring<'_> {
    /// A rollout, wired; `taken` are the data folders of those before it, with their files.
    fn rollout(&mut self, file: &Path, profile: Option<&str>, taken: &mut Vec<(PathBuf, String)>) -> Rollout {
        let shown = file.display().to_string();
        let name = file.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        let mut named = Named { file: shown, profile: profile.map(str::to_owned), title: name, ..Named::default() };
        match self.wired(file, profile, taken, &mut named) {
            Ok((session, asks)) => Rollout::Open { named, session: Box::new(session), asks },
            Err(failure) => Rollout::Broken { named, why: failure.message },
        }
    }

    fn wired(
        &mut self,
        file: &Path,
        profile: Option<&str>,
        taken: &mut Vec<(PathBuf, String)>,
        named: &mut Named,
    ) -> Result<(crate::session::Session, u64), Failure> {
        let mut settings = options_for(self.given, file, profile).resolve_as_given()?;
        if profile.is_none() {
            self.profiles.only_addresses(&mut settings, file);
        }
        named.environment = settings.environment.value.clone();
        named.read_only = settings.read_only.value;
        let runbook = options::load_runbook(&settings)?;
        (named.key, named.title) = (runbook.key.clone(), runbook.title.clone());
        self.name_commit(&mut settings)?;
        if let (Ok(None), Ok(None)) = (&settings.telemetry, &settings.flags) {
            let what = "no telemetry and no flag store is named; write a profile with this runbook into the \
                        configuration, or give --telemetry and --flags";
            return Err(Failure::new(Exit::Usage, what));
        }
        let folder = settings.data_dir.value.join(&runbook.key).join(&settings.environment.value);
        if let Some((_, other)) = taken.iter().find(|(taken, _)| *taken == folder) {
            let what = format!(
                "{other} is the same rollout: key {} in {}; two of them would write into one audit log. \
                 Give one of them another key",
                runbook.key, settings.environment.value
            );
            return Err(Failure::new(Exit::Usage, what));
        }
        let asks = asks(&settings, &runbook, taken.len());
        let session = connect::session_sharing(settings, runbook, &self.shared)?;
        taken.push((folder, named.file.clone()));
        Ok((session, asks))
    }

    /// Puts the commit in the place of the candidate's name.
    fn name_commit(&mut self, settings: &mut Settings) -> Result<(), Failure> {
        let Some(given) = &settings.candidate else { return Ok(()) };
        let checkout = settings.checkout.as_ref().map(|checkout| checkout.value.clone());
        let answer = self.commits.entry((given.value.clone(), checkout)).or_insert_with(|| candidate::found(settings));
        if let Some(answer) = answer.clone() {
            settings.candidate = Some(answer.map_err(|fault| candidate::not_known(settings, &fault))?);
        }
        Ok(())
    }
}

/// Equal where the same server is asked for the same counters; else the rollout's own.
fn asks(settings: &Settings, runbook: &Runbook, own: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    match &settings.telemetry {
        Ok(Some(server)) if matches!(server.address.value, Address::Prometheus(_)) => {
            server.address.value.to_string().hash(&mut hasher);
            settings.environment.value.hash(&mut hasher);
            for signal in &runbook.signals {
                format!("{:?}", signal.prometheus).hash(&mut hasher);
            }
        }
        _ => own.hash(&mut hasher),
    }
    hasher.finish()
}
