//! `gonogo report`: one report of the rollout for a release tracker.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};

use super::{Exit, Failure, block_on, connect, gather::Look, instant::instant, options, options::Options, output};
use crate::{
    aside::{Aside, IfTaken},
    clock::Clock,
    fault::{Fault, FaultKind},
    report::release::{self, Log, LogReading, Made},
    session::{Pending, Session},
    snapshot::{SourceKind, SourceStatus},
};

#[derive(Debug, Args)]
pub(super) struct Report {
    /// Its form; without it what the name of the output ends with, else Markdown
    #[arg(long, value_name = "FORM")]
    format: Option<Format>,
    /// Write it into this file, for its owner alone; without it, to stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write it over a file that is there
    #[arg(long, requires = "output")]
    force: bool,
    /// Tell what happened from then on: 2026-03-01T11:12:00Z, or 6h for six hours ago
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// And up to then
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Ask no source: the audit log alone
    #[arg(long)]
    offline: bool,
    /// How long to wait for the sources; the report says which did not answer
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    wait: Duration,
}

/// From when and up to when it tells what happened; none is no end.
type Period = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Md,
    Json,
    Html,
}

impl Format {
    /// By how the name of a file ends.
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "md" | "markdown" => Some(Self::Md),
            "json" => Some(Self::Json),
            "html" | "htm" => Some(Self::Html),
            _ => None,
        }
    }
}

impl Report {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let now = Clock::System.now();
        let period = self.period(now)?;
        // Asked before the sources are: nobody waits for a report that cannot be kept.
        if let Some(path) = self.output.as_ref().filter(|path| !self.force && path.symlink_metadata().is_ok()) {
            return Err(taken(path));
        }
        let settings = given.resolve()?;
        if !self.offline {
            connect::require_sources(&settings).map_err(|failure| Failure {
                message: format!("{}\n\nA report of the audit log alone: --offline", failure.message),
                ..failure
            })?;
        }
        let runbook = options::load_runbook(&settings)?;
        let mut session = if self.offline {
            let settings = crate::config::Settings { telemetry: Ok(None), flags: Ok(None), ..settings };
            connect::session(settings, runbook)?
        } else {
            connect::session(settings, runbook)?
        };
        if self.offline {
            session.telemetry = not_asked("telemetry", SourceKind::Telemetry);
            session.flags = not_asked("flags", SourceKind::Flags);
        }
        block_on(self.write(session, period))
    }

    fn period(&self, now: DateTime<Utc>) -> Result<Period, Failure> {
        let of = |option: &str, text: &Option<String>| text.as_ref().map(|it| instant(option, it, now)).transpose();
        let (from, to) = (of("--from", &self.from)?, of("--to", &self.to)?);
        match (from, to) {
            (Some(from), Some(to)) if to < from => Err(Failure::new(Exit::Usage, "--to is before --from")),
            period => Ok(period),
        }
    }

    async fn write(&self, session: Session, (from, to): Period) -> Result<u8, Failure> {
        let mut log = read(&session).await;
        let audit = std::sync::Arc::clone(&session.audit);
        let look = Look::with(session, std::mem::take(&mut log.history), self.wait).await;
        let assessment = look.assess();
        log.history = look.history;
        let facts = release::Look {
            runbook: &look.runbook,
            environment: &look.environment,
            candidate: look.candidate.as_deref(),
            assessment: &assessment,
            log: &log,
            place: &audit.place(),
            waiting: audit.kept().len(),
            from,
            to,
        };
        let made = Made {
            at: assessment.at,
            by: crate::text::clean(&look.operator),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            offline: self.offline,
        };
        let report = release::Report::new(&facts, made);
        let format = self.format.or_else(|| Format::of(self.output.as_deref()?)).unwrap_or(Format::Md);
        let tell = |out: &mut dyn Write| match format {
            Format::Md => release::markdown(&report, out),
            Format::Html => release::html(&report, out),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, &report)?;
                out.write_all(b"\n")
            }
        };
        match &self.output {
            None => print(tell)?,
            Some(path) => {
                keep(path, self.force, tell)?;
                output::tell(&format!("the report is in {}", crate::text::clean(&path.display().to_string())));
            }
        }
        Ok(Exit::Done as u8)
    }
}

/// The audit log, entry by entry.
async fn read(session: &Session) -> Log {
    let mut reading = LogReading::default();
    match session.audit.read_each(&mut |entry| reading.pass(entry)).await {
        Ok(ending) => reading.finish(ending),
        Err(fault) => Log::blind(fault.to_string()),
    }
}

/// A source that is not to be asked.
fn not_asked<T>(name: &'static str, kind: SourceKind) -> Pending<T> {
    let fault = Fault::new(FaultKind::Configuration, format!("{name} was not asked"), "leave --offline out to ask it");
    Pending {
        introduction: SourceStatus::connecting(name, kind, "none".to_owned()),
        connect: Box::new(move || Err(fault)),
    }
}

/// A reader that went away is no failure.
fn print(tell: impl Fn(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match tell(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::CouldNotRun, format!("the report could not be written: {error}")))
        }
        Err(_) => {
            // What is still in the buffer has no reader.
            drop(out.into_parts());
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Writes the whole report or none of it.
fn keep(path: &Path, force: bool, tell: impl Fn(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let if_taken = if force { IfTaken::Replace } else { IfTaken::Refuse };
    let written = || {
        let mut aside = Aside::of(path)?;
        let mut out = BufWriter::with_capacity(1 << 16, aside.file());
        tell(&mut out).and_then(|()| out.flush())?;
        drop(out);
        aside.name(if_taken)
    };
    match written() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(taken(path)),
        Err(error) => {
            let shown = crate::text::clean(&path.display().to_string());
            Err(Failure::new(Exit::CouldNotRun, format!("the report could not be written to {shown}: {error}")))
        }
    }
}

fn taken(path: &Path) -> Failure {
    let shown = crate::text::clean(&path.display().to_string());
    Failure::new(Exit::Usage, format!("{shown} is there already: name another, or give --force"))
}
