//! Options of every command, and what they and the configuration come to.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use directories::ProjectDirs;

use super::{Exit, Failure, candidate};
use crate::{
    config::{self, Given, Settings},
    runbook::{self, Runbook, nearest},
    text::clean,
};

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rollout")]
pub(super) struct Options {
    /// Where telemetry is read: prometheus+http://HOST:PORT or events:PATH [env: GONOGO_TELEMETRY]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(super) telemetry: Option<String>,
    /// Where the flag is: unleash+http://HOST:PORT or flagd:PATH [env: GONOGO_FLAGS]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(super) flags: Option<String>,
    /// Where logs are read: loki+http://HOST:PORT [env: GONOGO_LOGS]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(super) logs: Option<String>,
    /// Where the audit log is: file, or postgres://USER@HOST:PORT/DATABASE [env: GONOGO_AUDIT]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(super) audit: Option<String>,
    /// The runbook; without one, the built-in VFS secure upload [env: GONOGO_RUNBOOK]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) runbook: Option<PathBuf>,
    /// Where it is rolled out; production if nothing else is said [env: GONOGO_ENVIRONMENT]
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) environment: Option<String>,
    /// The commit under rollout: a SHA, a name the checkout knows, or git for what is checked out [env: GONOGO_CANDIDATE]
    #[arg(long, global = true, value_name = "COMMIT")]
    pub(super) candidate: Option<String>,
    /// The product's checkout: its automated gate runs there, and names of commits are looked up [env: GONOGO_CHECKOUT]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) checkout: Option<PathBuf>,
    /// A profile of the configuration [env: GONOGO_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// The configuration file [env: GONOGO_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Where audit log and evidence are kept [env: GONOGO_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// Who acts; the login name if nothing else is said [env: GONOGO_OPERATOR]
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) operator: Option<String>,
    /// Change nothing, whatever is asked [env: GONOGO_READ_ONLY]
    #[arg(long, global = true)]
    pub(super) read_only: bool,
    /// Time between polls: 5s [env: GONOGO_INTERVAL]
    #[arg(long, global = true, value_name = "TIME")]
    pub(super) interval: Option<String>,
    /// Colours of the screen: dark, light, high-contrast, colour-blind, mono, or one of your own; NO_COLOR turns them
    /// off [env: GONOGO_THEME]
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) theme: Option<String>,
    /// Draw with ASCII only [env: GONOGO_ASCII]
    #[arg(long, global = true)]
    pub(super) ascii: bool,
    /// Take the mouse: click on lines, panels and keys, scroll with the wheel [env: GONOGO_MOUSE]
    #[arg(long, global = true)]
    pub(super) mouse: bool,
}

impl Options {
    /// Everything that is in force, the candidate in full: what is judged or recorded is bound to a commit. May ask git.
    pub(super) fn resolve(&self) -> Result<Settings, Failure> {
        let mut settings = self.resolved(false)?;
        candidate::in_full(&mut settings)?;
        Ok(settings)
    }

    /// The same with the candidate as it was given, for what neither judges nor records. Asks nobody.
    pub(super) fn resolve_as_given(&self) -> Result<Settings, Failure> {
        self.resolved(false)
    }

    /// That without the configuration file, for what must work whatever is in it.
    pub(super) fn resolve_without_file(&self) -> Result<Settings, Failure> {
        self.resolved(true)
    }

    fn resolved(&self, without_file: bool) -> Result<Settings, Failure> {
        let given = Given {
            config: self.config.clone(),
            profile: self.profile.clone(),
            telemetry: self.telemetry.clone(),
            flags: self.flags.clone(),
            logs: self.logs.clone(),
            audit: self.audit.clone(),
            runbook: self.runbook.clone(),
            environment: self.environment.clone(),
            candidate: self.candidate.clone(),
            checkout: self.checkout.clone(),
            operator: self.operator.clone(),
            theme: self.theme.clone(),
            ascii: self.ascii,
            mouse: self.mouse,
            interval: self.interval.clone(),
            data_dir: self.data_dir.clone(),
            read_only: self.read_only,
            instead: None,
            without_file,
        };
        let variable = |name: &str| std::env::var(name).ok();
        Ok(config::resolve(&given, &variable, folders().as_ref())?)
    }
}

/// The platform's own folders.
pub(super) fn folders() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "gonogo")
}

/// The runbook that the settings name, or the built-in one. All its problems are told at once.
///
/// # Errors
/// Also where the profile names a role that the runbook does not have: nobody would ever be asked.
pub(super) fn load_runbook(settings: &Settings) -> Result<Arc<Runbook>, Failure> {
    let runbook = load_runbook_whatever_roles(settings)?;
    refuse_unknown_roles(settings, &runbook)?;
    Ok(runbook)
}

/// Refuses a role of the profile that the runbook does not have.
pub(super) fn refuse_unknown_roles(settings: &Settings, runbook: &Runbook) -> Result<(), Failure> {
    let known = || runbook.roles.iter().map(|role| role.key.as_str());
    let Some(name) = settings.roles.keys().find(|name| !known().any(|key| key == name.as_str())) else { return Ok(()) };
    let (name, choice) = (clean(name), nearest::choice(name, known().collect::<Vec<_>>()));
    Err(Failure::new(
        Exit::Usage,
        format!("the profile names a role `{name}` that the runbook does not have; {choice}"),
    ))
}

/// [`load_runbook`], for what must work whatever roles the profile names.
pub(super) fn load_runbook_whatever_roles(settings: &Settings) -> Result<Arc<Runbook>, Failure> {
    let mut runbook = match &settings.runbook {
        None => runbook::built_in().clone(),
        Some(path) => runbook::load(&path.value).map_err(|error| broken(&error))?,
    };
    for role in &mut runbook.roles {
        role.configured = settings.roles.get(&role.key).cloned();
    }
    Ok(Arc::new(runbook))
}

/// A runbook that cannot be used, as a failure.
pub(super) fn broken(error: &runbook::LoadError) -> Failure {
    match error {
        runbook::LoadError::File(fault) => Failure::new(Exit::Usage, fault.to_string()),
        runbook::LoadError::Problems(problems) => {
            let count = crate::units::plural(problems.len(), "problem");
            Failure::new(Exit::Usage, format!("the runbook has {count}\n{error}"))
        }
    }
}
