//! The timeline and the report as files, written beside the loop.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use tokio::task::JoinError;

use super::Shell;
use crate::{
    aside::{Aside, IfTaken},
    audit::make_private,
    fault::{Fault, FaultKind},
    judge::TimelineEntry,
    report::release::{self, Log, LogReading},
    timeline::{About, markdown},
    tui::update::{Export, Msg},
};

impl Shell {
    /// Writes what is shown to `DATA/exports/timeline-TIME.md`, and tells where that is.
    pub(super) fn export(&self, export: Export) {
        let (news, now, data) = (self.news.clone(), self.clock.now(), self.data_dir.clone());
        let (runbook, environment) = (self.model.facts.runbook.clone(), self.model.facts.environment.clone());
        tokio::spawn(async move {
            let written = tokio::task::spawn_blocking(move || {
                let timeline = &export.history.timeline;
                let about = About {
                    rollout: &runbook.title,
                    environment: &environment,
                    at: now,
                    query: &export.query,
                    of: timeline.len(),
                };
                let text = markdown(&about, oldest_first(timeline, export.shown.as_deref()));
                write(&exports(data)?, &format!("timeline-{}.md", stamp(now)), text.as_bytes())
            });
            // Nobody listens any more once the cockpit is left.
            let _ = news.send(Msg::Exported(told("timeline", written.await)));
        });
    }

    /// Writes the report of what is judged now to `DATA/exports/report-TIME.html`, `.md` and `.json`, and tells where.
    pub(super) fn report(&self) {
        let (news, now, data, audit) =
            (self.news.clone(), self.clock.now(), self.data_dir.clone(), Arc::clone(&self.audit));
        let (facts, assessment) = (self.model.facts.clone(), self.model.assessment.clone());
        tokio::spawn(async move {
            let mut reading = LogReading::default();
            let log = match audit.read_each(&mut |entry| reading.pass(entry)).await {
                Ok(ending) => reading.finish(ending),
                Err(fault) => Log::blind(fault.to_string()),
            };
            let (place, waiting) = (audit.place(), audit.kept().len());
            let written = tokio::task::spawn_blocking(move || {
                let folder = exports(data)?;
                let assessment = assessment.ok_or_else(|| io::Error::other("nothing is judged yet"))?;
                let look = release::Look {
                    runbook: &facts.runbook,
                    environment: &facts.environment,
                    candidate: facts.candidate.as_deref(),
                    assessment: &assessment,
                    log: &log,
                    place: &place,
                    waiting,
                    from: None,
                    to: None,
                };
                let (by, version) = (crate::text::clean(&facts.operator), env!("CARGO_PKG_VERSION").to_owned());
                let report =
                    release::Report::new(&look, release::Made { at: assessment.at, by, version, offline: false });
                let (mut md, mut html) = (Vec::new(), Vec::new());
                release::markdown(&report, &mut md)?;
                release::html(&report, &mut html)?;
                let json = serde_json::to_vec_pretty(&report)?;
                let name = format!("report-{}", stamp(now));
                write(&folder, &format!("{name}.json"), &json)?;
                write(&folder, &format!("{name}.md"), &md)?;
                write(&folder, &format!("{name}.html"), &html)
            });
            let _ = news.send(Msg::Exported(told("report", written.await)));
        });
    }
}

/// Where files are written to.
fn exports(data: Option<PathBuf>) -> io::Result<PathBuf> {
    let none = || io::Error::other("this session keeps nothing on the disk");
    data.map(|data| data.join("exports")).ok_or_else(none)
}

fn stamp(now: DateTime<Utc>) -> impl std::fmt::Display {
    now.format("%Y%m%dT%H%M%SZ")
}

/// Where it is, or why it is nowhere.
fn told(what: &str, written: Result<io::Result<String>, JoinError>) -> Result<String, Fault> {
    let failed = |why: &str| {
        let next = "free space, or make the data folder writable; `gonogo config` names it";
        Fault::new(FaultKind::File, format!("the {what} could not be written: {why}"), next)
    };
    match written {
        Ok(Ok(path)) => Ok(crate::text::clean(&path)),
        Ok(Err(error)) => Err(failed(&error.to_string())),
        Err(_) => Err(failed("its writer crashed")),
    }
}

fn oldest_first<'a>(
    timeline: &'a [TimelineEntry],
    shown: Option<&'a [usize]>,
) -> Box<dyn Iterator<Item = &'a TimelineEntry> + 'a> {
    match shown {
        Some(shown) => Box::new(shown.iter().rev().filter_map(|place| timeline.get(*place))),
        None => Box::new(timeline.iter()),
    }
}

/// Writes it, and tells where: what is there is never overwritten.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<String> {
    make_private(folder)?;
    let mut aside = Aside::of(&folder.join(name))?;
    aside.file().write_all(bytes)?;
    let path = aside.name(IfTaken::Number)?;
    Ok(fs::canonicalize(&path).unwrap_or(path).display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_overwritten() {
        let data = tempfile::tempdir().unwrap();
        let now = DateTime::from_timestamp(1_772_366_400, 0).unwrap();
        let (folder, name) = (data.path().join("exports"), format!("timeline-{}.md", stamp(now)));
        let first = write(&folder, &name, b"one").unwrap();
        let second = write(&folder, &name, b"two").unwrap();
        assert!(first.ends_with("timeline-20260301T120000Z.md") && second.ends_with("timeline-20260301T120000Z-2.md"));
        assert_eq!(
            (fs::read_to_string(first).unwrap(), fs::read_to_string(second).unwrap()),
            ("one".into(), "two".into())
        );
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "nothing is left beside them");
    }
}
