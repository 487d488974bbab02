//! The timeline as a file, written beside the loop.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use chrono::{DateTime, Utc};

use super::Shell;
use crate::{
    audit::make_private,
    fault::{Fault, FaultKind},
    judge::TimelineEntry,
    timeline::{About, markdown},
    tui::update::{Export, Msg},
};

/// No more files are written within one second.
const MOST: usize = 100;

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
                match &data {
                    Some(data) => write(&data.join("exports"), now, &text),
                    None => Err(io::Error::other("this session keeps nothing on the disk")),
                }
            });
            let answer = match written.await {
                Ok(Ok(path)) => Ok(crate::text::clean(&path)),
                Ok(Err(error)) => Err(failed(&error.to_string())),
                Err(_) => Err(failed("its writer crashed")),
            };
            // Nobody listens any more once the cockpit is left.
            let _ = news.send(Msg::Exported(answer));
        });
    }
}

fn failed(why: &str) -> Fault {
    let next = "free space, or make the data folder writable; `gonogo config` names it";
    Fault::new(FaultKind::File, format!("the timeline could not be written: {why}"), next)
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

/// Writes it aside, and gives it the first name that is free.
fn write(folder: &Path, now: DateTime<Utc>, text: &str) -> io::Result<String> {
    make_private(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    let name = format!("timeline-{}", now.format("%Y%m%dT%H%M%SZ"));
    for number in 1..=MOST {
        let path = folder.join(if number == 1 { format!("{name}.md") } else { format!("{name}-{number}.md") });
        // One that is there is never overwritten.
        match file.persist_noclobber(&path) {
            Ok(_) => {
                #[cfg(unix)]
                File::open(folder)?.sync_all()?;
                return Ok(fs::canonicalize(&path).unwrap_or(path).display().to_string());
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(error.error),
        }
    }
    Err(io::Error::other(format!("{name} was written {MOST} times already")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_overwritten() {
        let data = tempfile::tempdir().unwrap();
        let (folder, now) = (data.path().join("exports"), DateTime::from_timestamp(1_772_366_400, 0).unwrap());
        let first = write(&folder, now, "one").unwrap();
        let second = write(&folder, now, "two").unwrap();
        assert!(first.ends_with("timeline-20260301T120000Z.md") && second.ends_with("timeline-20260301T120000Z-2.md"));
        assert_eq!(
            (fs::read_to_string(first).unwrap(), fs::read_to_string(second).unwrap()),
            ("one".into(), "two".into())
        );
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "nothing is left beside them");
    }
}
