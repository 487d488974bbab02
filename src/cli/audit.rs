//! `gonogo audit`: what is in the log, whether it is whole, and where it is.

use std::{path::PathBuf, sync::Arc};

use chrono::Utc;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    Exit, Failure, block_on, connect,
    options::{self, Options},
    output,
    timeline::Selection,
};
use crate::{
    audit::{AuditLog, Event, FileLog, Head, Movable, Outbox, move_log},
    config::{AuditPlace, Settings},
    text::clean,
    units,
};

/// Exit code of a log that is not as it was written.
const DAMAGED: u8 = 3;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Print what happened, oldest first
    Show(Show),
    /// Check every entry; prints count and head hash; exit code 3 where an entry was edited, removed, reordered or cut off
    Verify(Verify),
    /// Move the log into a database or back into a file; a move that was cut off is finished by doing it again
    Move(Move),
}

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Print the finding as JSON
    #[arg(long)]
    json: bool,
    /// The count of an earlier report: the log must still hold what it held then
    #[arg(long, value_name = "N", requires = "head")]
    count: Option<u64>,
    /// The head hash of that report
    #[arg(long, value_name = "HASH", requires = "count")]
    head: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Move {
    /// Where it is to be: file, or postgres://USER@HOST:PORT/DATABASE
    #[arg(long, value_name = "ADDRESS")]
    to: String,
}

/// What a check found.
#[derive(Serialize)]
struct Finding {
    place: String,
    count: u64,
    head: String,
    sound: bool,
    problems: Vec<String>,
    /// What is kept here and not in the log yet.
    waiting: usize,
}

impl Audit {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        match self {
            Self::Show(command) => command.run(given),
            Self::Verify(command) => command.run(given),
            Self::Move(command) => command.run(given),
        }
    }
}

/// Where one rollout's log is.
struct Place {
    settings: Settings,
    /// The key of the rollout.
    rollout: String,
    folder: PathBuf,
}

impl Place {
    fn of(given: &Options) -> Result<Self, Failure> {
        let settings = given.resolve_as_given()?;
        let rollout = options::load_runbook(&settings)?.key.clone();
        let folder = settings.data_dir.value.join(&rollout).join(&settings.environment.value);
        Ok(Self { settings, rollout, folder })
    }

    fn log(&self) -> Arc<dyn AuditLog> {
        connect::audit(&self.settings.audit, &self.folder, &self.rollout, &self.settings.environment.value)
    }
}

impl Show {
    fn run(&self, given: &Options) -> Result<u8, Failure> {
        let place = Place::of(given)?;
        let log = place.log();
        let record = block_on(async { Ok(log.read().await?) })?;
        if let Some(damage) = &record.damage {
            output::complain(&format!("the audit log is damaged: {}", clean(damage)));
        }
        self.selection.print(&record, &place.rollout, &place.settings.environment.value, Utc::now())?;
        Ok(Exit::Done as u8)
    }
}

impl Verify {
    fn run(&self, given: &Options) -> Result<u8, Failure> {
        let log = Place::of(given)?.log();
        let record = block_on(async { Ok(log.read().await?) })?;
        let mut problems: Vec<String> = record.damage.iter().map(|damage| clean(damage)).collect();
        if let (Some(count), Some(hash)) = (self.count, &self.head) {
            let earlier = Head { count, hash: hash.to_ascii_lowercase() };
            problems.extend(earlier.is_in(&record).err().map(|lost| format!("against the earlier report: {lost}")));
        }
        let Head { count, hash: head } = record.head;
        let (place, waiting) = (log.place(), log.kept().len());
        let finding = Finding { place, count, head, sound: problems.is_empty(), problems, waiting };
        match self.json {
            true => output::json(&finding)?,
            false => output::answer(&finding.to_string())?,
        }
        Ok(if finding.sound { Exit::Done as u8 } else { DAMAGED })
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: {}", if self.sound { "sound" } else { "DAMAGED" }, self.place)?;
        for problem in &self.problems {
            writeln!(f, "  {problem}")?;
        }
        writeln!(f, "count {}", self.count)?;
        writeln!(f, "head  {}", if self.head.is_empty() { "none" } else { &self.head })?;
        if self.waiting > 0 {
            writeln!(f, "{} not in it yet, kept here", units::plural(self.waiting, "event"))?;
        }
        Ok(())
    }
}

impl Move {
    fn run(&self, given: &Options) -> Result<u8, Failure> {
        let Place { settings, rollout, folder } = Place::of(given)?;
        if settings.read_only.value {
            return Err(Failure::read_only());
        }
        let target = Options { audit: Some(self.to.clone()), ..given.clone() }.resolve_as_given()?;
        let environment = &settings.environment.value;
        let log = |place: &AuditPlace| -> Arc<dyn Movable> {
            match place {
                AuditPlace::File => Arc::new(FileLog::at(&folder)),
                AuditPlace::Postgres(database) => Arc::new(connect::postgres(database, &rollout, environment)),
            }
        };
        let (from, to) = (log(&settings.audit?.value), log(&target.audit?.value));
        let head = block_on(async {
            // What waits was decided before the move; where the log is closed already, it goes to the new place.
            let moved = from.read().await?.entries.last().is_some_and(|e| matches!(e.event, Event::Moved { .. }));
            if !moved {
                Outbox::new(Arc::clone(&from) as _, &folder, false).flush().await?;
            }
            Ok(move_log(&*from, &*to, Utc::now(), &settings.operator.value).await?)
        })?;
        let (place, count) = (to.place(), head.count);
        output::answer(&format!("moved: {count} entries are in {place}\nhead  {}\n", head.hash))?;
        let shown = if self.to == "file" { "file" } else { self.to.as_str() };
        output::tell(&format!("name it from now on, everywhere: --audit {shown}, or `audit` in the profile"));
        Ok(Exit::Done as u8)
    }
}
