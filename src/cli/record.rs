//! `--record FILE`: keeps what the cockpit shows.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;

use super::{Exit, Failure, options::broken};
use crate::{
    config::Settings,
    recording::{self, SCHEMA, Tape, line},
    runbook,
    session::Session,
};

/// Whether a recording is kept, and where.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Recording")]
pub(super) struct Record {
    /// Keep everything that is shown in this new file; gonogo replay FILE plays it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write the recording over a file that is there
    #[arg(long, requires = "record")]
    force: bool,
}

/// The runbook as it is written, where a recording needs it.
pub(super) struct Text(Option<String>);

impl Record {
    /// Whether there is nothing to keep.
    pub(super) fn is_none(&self) -> bool {
        self.record.is_none()
    }

    /// This; where it is none, the other.
    pub(super) fn or(self, other: &Self) -> Self {
        if self.is_none() { other.clone() } else { self }
    }

    /// The text of the runbook that the settings name.
    pub(super) fn text(&self, settings: &Settings) -> Result<Text, Failure> {
        self.text_of(settings.runbook.as_ref().map(|path| path.value.as_path()))
    }

    /// The text of the built-in runbook.
    pub(super) fn text_built_in(&self) -> Result<Text, Failure> {
        self.text_of(None)
    }

    fn text_of(&self, path: Option<&Path>) -> Result<Text, Failure> {
        let read = || runbook::text(path).map_err(|error| broken(&error));
        Ok(Text(if self.is_none() { None } else { Some(read()?) }))
    }

    /// `session`, recorded if that was asked for.
    pub(super) fn tape(&self, session: Session, Text(text): Text) -> Result<Session, Failure> {
        let (Some(path), Some(text)) = (&self.record, text) else { return Ok(session) };
        if crate::fingerprint::sha256(&text) != session.runbook.digest {
            return Err(Failure::new(Exit::CouldNotRun, "the runbook was changed while it was read; start again"));
        }
        let roles = session.runbook.roles.iter();
        let header = line::Header {
            schema: SCHEMA,
            gonogo: env!("CARGO_PKG_VERSION").to_owned(),
            rollout: session.runbook.key.clone(),
            environment: session.environment.clone(),
            candidate: session.candidate.clone(),
            operator: session.operator.clone(),
            label: session.label.clone(),
            started_at: line::At::new(session.clock.now()),
            interval_ms: u64::try_from(session.interval.as_millis()).unwrap_or(u64::MAX),
            runbook: text,
            roles: roles.filter_map(|role| Some((role.key.clone(), role.configured.clone()?))).collect(),
        };
        let recorder = recording::create(path, self.force, header)?;
        let audit = recorder.tape(Arc::clone(&session.audit), session.clock);
        Ok(Session { audit, tape: Some(Tape::Recording(recorder)), ..session })
    }
}
