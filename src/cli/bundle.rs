//! `gonogo bundle`: everything of a rollout in one archive, and whether an archive is as it was made.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Subcommand};

use super::{
    Exit, Failure, block_on, connect,
    gather::Look,
    options::{self, Options},
    output,
};
use crate::{
    audit::{AuditLog, Ending, FileLog, Movable, Record, read_text},
    bundle::{self, Checked, Contents, Document, Made},
    config::{AuditPlace, Settings},
    fault::{Fault, FaultKind},
    fingerprint::sha256,
    report::{
        self,
        release::{self, Log, LogReading},
    },
    runbook,
    text::clean,
    units,
};

/// Exit code of a bundle that is not as it was made, or of a damaged log.
const NOT_SOUND: u8 = 3;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Bundle {
    #[command(subcommand)]
    verify: Option<Verify>,
    /// Where it is written; its own name in this folder if nothing is said
    #[arg(long, value_name = "FILE.tar.gz")]
    output: Option<PathBuf>,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
    /// Ask neither telemetry nor the flag store: what they would say is unknown in the reports
    #[arg(long)]
    offline: bool,
    /// How long to wait for the sources; what has not answered then is unknown
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    wait: Duration,
    /// As JSON: where it is, its digest, what is missing
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verify {
    /// Check that a bundle is as it was made, and of a whole audit log; exit code 3 where it is not
    Verify {
        /// The bundle
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Print the finding as JSON
        #[arg(long)]
        json: bool,
    },
}

impl Bundle {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        match &self.verify {
            Some(Verify::Verify { file, json }) => verify(file, *json),
            None => self.make(given),
        }
    }

    fn make(&self, given: &Options) -> Result<u8, Failure> {
        let mut settings = given.resolve()?;
        let loaded = options::load_runbook(&settings)?;
        let text = runbook::text(settings.runbook.as_ref().map(|path| path.value.as_path()))
            .map_err(|error| options::broken(&error))?;
        if sha256(&text) != loaded.digest {
            let what = "the runbook was changed while it was read";
            return Err(Fault::new(FaultKind::Changed, what, "try again").into());
        }
        if self.offline {
            (settings.telemetry, settings.flags) = (Ok(None), Ok(None));
        }
        let log = lines(&settings, &loaded.key)?;
        let by = settings.operator.value.clone();
        let session = connect::session(settings, loaded)?;
        let (audit, data) = (std::sync::Arc::clone(&session.audit), session.data_dir.clone());
        let (look, log, mut damage) = block_on(async {
            // A log whose end was cut off reads as a whole one: that there was more is only known here. The bytes are read
            // after it, and are no older.
            let Record { damage, .. } = audit.read().await?;
            let text = log.text().await?;
            Ok((Look::take(session, self.wait).await, text, damage))
        })?;
        let (record, _) = read_text(&log);
        if let Some(new) =
            record.damage.filter(|new| !damage.as_ref().is_some_and(|damage| damage.contains(new.as_str())))
        {
            damage = Some(damage.map_or(new.clone(), |damage| format!("{damage}; {new}")));
        }
        let mut reading = LogReading::default();
        record.entries.iter().for_each(|entry| reading.pass(entry));
        let ending = Ending { damage: damage.clone(), head: record.head.clone() };
        let contents = Contents {
            rollout: &look.runbook.key,
            environment: &look.environment,
            candidate: look.candidate.as_deref(),
            at: look.clock.now(),
            by: &clean(&by),
            host: &clean(&gethostname::gethostname().to_string_lossy()),
            documents: documents(&look, &reading.finish(ending), audit.as_ref(), self.offline)?,
            log: &log,
            entries: &record.entries,
            head: record.head,
            damage,
            waiting: audit.kept().len(),
            runbook: text.as_bytes(),
            data: &data,
        };
        self.tell(&bundle::make(contents, self.output.as_deref(), self.force)?)
    }

    fn tell(&self, made: &Made) -> Result<u8, Failure> {
        for missing in &made.missing {
            output::tell(&format!("not in it: {}", clean(&missing.to_string())));
        }
        for problem in &made.problems {
            output::complain(&format!("the bundle was made, and is not sound: {}", clean(problem)));
        }
        if self.json {
            output::json(made)?;
        } else {
            let head = if made.audit.hash.is_empty() { "none" } else { &made.audit.hash };
            output::answer(&format!(
                "{}\n{} files, {} bytes; read back\nsha256 {}\nlog    count {}, head {head}\n",
                clean(&made.path.display().to_string()),
                units::count(made.files as u64),
                units::count(made.bytes),
                made.sha256,
                made.audit.count,
            ))?;
        }
        Ok(if made.problems.is_empty() { Exit::Done as u8 } else { NOT_SOUND })
    }
}

/// What is made for the bundle from what was just judged: each with its name in the bundle.
fn documents(look: &Look, log: &Log, audit: &dyn AuditLog, offline: bool) -> Result<Vec<Document>, Failure> {
    let assessment = look.assess();
    let facts = release::Look {
        runbook: &look.runbook,
        environment: &look.environment,
        candidate: look.candidate.as_deref(),
        assessment: &assessment,
        log,
        place: &audit.place(),
        waiting: audit.kept().len(),
        from: None,
        to: None,
    };
    let (at, by, version) = (assessment.at, clean(&look.operator), env!("CARGO_PKG_VERSION").to_owned());
    let report = release::Report::new(&facts, release::Made { at, by, version, offline });
    let status = report::Status::new(&look.runbook, &look.environment, look.candidate.as_deref(), &assessment);
    let document = |name: &str, what: &str, write: &dyn Fn(&mut Vec<u8>) -> io::Result<()>| {
        let mut bytes = Vec::new();
        let failed = |error| Failure::new(Exit::CouldNotRun, format!("{name} could not be made: {error}"));
        write(&mut bytes).map_err(failed)?;
        Ok::<_, Failure>(Document { name: name.to_owned(), what: what.to_owned(), bytes })
    };
    Ok(vec![
        document("report.md", "the report, for a release tracker", &|out| release::markdown(&report, out))?,
        document("report.html", "the report, with charts", &|out| release::html(&report, out))?,
        document("report.json", "the report, as `gonogo report --format json` tells it", &|out| {
            serde_json::to_writer_pretty(out, &report).map_err(io::Error::from)
        })?,
        document("status.json", "everything judged, as `gonogo status --json` tells it", &|out| {
            serde_json::to_writer_pretty(out, &status).map_err(io::Error::from)
        })?,
    ])
}

/// The log itself, without what stands before it: its bytes are wanted.
fn lines(settings: &Settings, rollout: &str) -> Result<Box<dyn Movable>, Failure> {
    let environment = &settings.environment.value;
    Ok(match &settings.audit.as_ref().map_err(Fault::clone)?.value {
        AuditPlace::File => Box::new(FileLog::at(&settings.data_dir.value.join(rollout).join(environment))),
        AuditPlace::Postgres(database) => Box::new(connect::postgres(database, rollout, environment)),
    })
}

fn verify(file: &Path, json: bool) -> Result<u8, Failure> {
    let name = clean(&file.display().to_string());
    let checked = bundle::check(file)
        .map_err(|error| Failure::new(Exit::CouldNotRun, format!("{name} cannot be checked: {error}")))?;
    match (json, checked.facts()) {
        (true, Ok(facts)) => output::json(&facts)?,
        (true, Err(error)) => return Err(Failure::new(Exit::CouldNotRun, format!("the answer is no JSON: {error}"))),
        (false, _) => output::answer(&found(&name, &checked))?,
    }
    Ok(if checked.is_sound() { Exit::Done as u8 } else { NOT_SOUND })
}

fn found(name: &str, checked: &Checked) -> String {
    let damage = checked.damage().map(clean);
    let mut text = match (checked.is_as_made(), &damage) {
        (true, None) => format!("sound: {name}\n"),
        (true, Some(damage)) => {
            format!("NOT SOUND: {name}\n  the archive is as it was made; the audit log in it is damaged: {damage}\n")
        }
        (false, _) => format!("NOT AS IT WAS MADE: {name}\n"),
    };
    for problem in &checked.problems {
        text.push_str(&format!("  {}\n", clean(&problem.to_string())));
    }
    text.push_str(&format!("sha256 {}\n", checked.sha256));
    let Some(manifest) = &checked.manifest else { return text };
    let (rollout, environment) = (clean(&manifest.rollout), clean(&manifest.environment));
    let (at, by, host) = (units::moment(manifest.made_at), clean(&manifest.by), clean(&manifest.host));
    text.push_str(&format!("made   {at} by {by} on {host}: {rollout} in {environment}\n"));
    text.push_str(&format!("log    count {}, head {}\n", manifest.audit.count, clean(&manifest.audit.hash)));
    if let Some(damage) = damage.filter(|_| !checked.is_as_made()) {
        text.push_str(&format!("       damaged when it was made: {damage}\n"));
    }
    for missing in &manifest.missing {
        text.push_str(&format!("not in it: {}\n", clean(&missing.to_string())));
    }
    text
}
