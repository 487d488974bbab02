//! What is kept of an incident from events: the failing records, as they came.
//!
//! It reads the files anew and on its own, with the same plan and scanner as the polls, and touches nothing of theirs.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs::File,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    failing::Failing,
    files::Files,
    plan::{Plan, TIME},
    reader::time,
    record::Record,
    tail::{Line, Tail},
};
use crate::{
    runbook::Runbook,
    telemetry::{Diagnostics, Exhibit},
};

/// So many records are kept, the newest first.
const LINES: usize = 50_000;
/// So many bytes of them.
const BYTES: usize = 64 << 20;
/// After this it ends, whatever is not read yet.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads the failing records of a file or a folder.
#[derive(Debug)]
pub(super) struct Exhibits {
    root: PathBuf,
    runbook: Arc<Runbook>,
    environment: String,
    lines: usize,
}

impl Exhibits {
    pub(super) fn new(root: PathBuf, runbook: &Runbook, environment: &str) -> Self {
        Self { root, runbook: Arc::new(runbook.clone()), environment: environment.to_owned(), lines: LINES }
    }

    fn read(&self, since: DateTime<Utc>, until: DateTime<Utc>, stop: &AtomicBool) -> Vec<Exhibit> {
        let plan = Plan::new(&self.runbook, &self.environment, &self.root.display().to_string());
        let failing = Failing::new(&self.runbook, &plan);
        let mut kept = Kept::new(self.lines);
        let mut record = Record::new(&plan);
        let mut files = Files::new(self.root.clone());
        let unlisted = files.refresh(until).err();
        let (mut told, mut block) = (Vec::new(), Vec::new());
        // The newest file first: what there is no time for is then the oldest.
        for (age, file) in files.followed.iter().rev().enumerate() {
            let path = crate::text::clean(&file.path.display().to_string());
            if stop.load(Ordering::Relaxed) {
                told.push(json!({"file": path, "left_out": "there was no time left to read it"}));
                continue;
            }
            let (mut lines, mut unread, mut found, mut skipped) = (0_u64, 0_u64, 0_u64, 0_u64);
            let mut tail = Tail::default();
            let outcome = File::open(&file.path).and_then(|mut open| {
                tail.read(&mut open, &mut block, stop, &mut |number, line| {
                    let bytes = match line {
                        Line::Whole(bytes) | Line::Torn(bytes) => bytes.trim_ascii(),
                        Line::TooLong => {
                            skipped += 1;
                            return true;
                        }
                    };
                    if bytes.is_empty() {
                        return true;
                    }
                    lines += 1;
                    let text =
                        std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
                    if record.read(&plan, text.trim_start_matches('\u{feff}')).is_err() {
                        unread += 1;
                        return true;
                    }
                    if !failing.holds(&plan, &record.texts) {
                        return true;
                    }
                    let at = record.time_ms.map_or_else(|| time(&record.texts[TIME]), DateTime::from_timestamp_millis);
                    // One without a time that can be read is kept: nothing says that it is not from the window.
                    if at.is_none_or(|at| since <= at && at <= until) {
                        found += 1;
                        kept.add(at.unwrap_or(since), (usize::MAX - age, number), bytes);
                    }
                    true
                })
            });
            let failed = outcome.err().map(|error| error.to_string());
            let cut = stop.load(Ordering::Relaxed).then(|| format!("there was no time left after line {lines}"));
            told.push(json!({
                "file": path, "bytes_read": tail.offset(), "records": lines, "failing_in_window": found,
                "not_json": unread, "too_long": skipped, "failed": failed, "left_out": cut,
            }));
        }
        let failed = unlisted.map(|fault| fault.to_string());
        kept.exhibits(&json!({
            "source": crate::text::clean(&self.root.display().to_string()),
            "from": since.to_rfc3339(), "until": until.to_rfc3339(),
            "kept_are": failing.meaning(), "failed": failed, "files": told,
        }))
    }

    #[cfg(test)]
    fn at_most(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }
}

#[async_trait]
impl Diagnostics for Exhibits {
    async fn collect(&self, since: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Exhibit> {
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, this) = (
            Arc::clone(&stop),
            Self {
                root: self.root.clone(),
                runbook: Arc::clone(&self.runbook),
                environment: self.environment.clone(),
                ..*self
            },
        );
        let mut reading = tokio::task::spawn_blocking(move || this.read(since, until, &seen));
        // Whoever gives up asking gives up reading.
        let _stop = Stop(Arc::clone(&stop));
        let read = match tokio::time::timeout(PATIENCE, &mut reading).await {
            Ok(read) => read,
            Err(_) => {
                stop.store(true, Ordering::Relaxed);
                // It looks at that between two blocks; a disk that hangs is not waited for.
                match tokio::time::timeout(Duration::from_secs(2), reading).await {
                    Ok(read) => read,
                    Err(_) => return vec![unread(&self.root, "the disk that it is on hangs")],
                }
            }
        };
        read.unwrap_or_else(|_| vec![unread(&self.root, "reading it ended early; see the log file")])
    }
}

struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn unread(root: &std::path::Path, why: &str) -> Exhibit {
    let note = crate::text::clean(&format!("the failing events of {} are not kept: {why}", root.display()));
    let bytes = serde_json::to_vec_pretty(&json!({"failed": note})).unwrap_or_default();
    Exhibit { name: "failing-events.note.json".to_owned(), note, bytes }
}

/// File, the oldest first, and line.
type Place = (usize, u64);

/// The newest failing records, within the limits.
struct Kept {
    most: usize,
    lines: BTreeMap<(DateTime<Utc>, Place), Vec<u8>>,
    bytes: usize,
    left_out: u64,
    left_out_bytes: u64,
}

impl Kept {
    fn new(most: usize) -> Self {
        Self { most, lines: BTreeMap::new(), bytes: 0, left_out: 0, left_out_bytes: 0 }
    }

    fn add(&mut self, at: DateTime<Utc>, place: Place, line: &[u8]) {
        self.bytes += line.len() + 1;
        self.lines.insert((at, place), line.to_vec());
        while self.lines.len() > self.most || self.bytes > BYTES {
            let Some((_, oldest)) = self.lines.pop_first() else { return };
            self.bytes -= oldest.len() + 1;
            self.left_out += 1;
            self.left_out_bytes += oldest.len() as u64 + 1;
        }
    }

    fn exhibits(self, facts: &serde_json::Value) -> Vec<Exhibit> {
        let n = self.lines.len();
        let mut bytes = Vec::with_capacity(self.bytes);
        for line in self.lines.values() {
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        }
        let note = match self.left_out {
            0 => format!("{n} failing events as they came, oldest first"),
            older => {
                format!("the newest {n} failing events as they came, oldest first; {older} older ones are left out")
            }
        };
        let mut facts = facts.clone();
        facts["kept"] = json!(n);
        facts["left_out"] = json!(self.left_out);
        facts["left_out_bytes"] = json!(self.left_out_bytes);
        let told = serde_json::to_vec_pretty(&facts).unwrap_or_default();
        vec![
            Exhibit { name: "failing-events.ndjson".to_owned(), note, bytes },
            Exhibit {
                name: "failing-events.note.json".to_owned(),
                note: "which files the failing events are from, and what was left out".to_owned(),
                bytes: told,
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_are_kept_whatever_their_order_in_the_file_and_the_rest_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        let record = |at: i64| {
            format!(
                r#"{{"metricName":"vfs_sync_guardrail_violation_total","value":1,"timestamp":{at},"tags":{{"stage":"pull","code":"x"}}}}"#
            )
        };
        let start = 1_700_000_000_000;
        let lines = [record(start + 3), record(start), record(start + 2), record(start + 1), record(start - 5_000)];
        std::fs::write(&path, lines.join("\n")).unwrap();
        let exhibits = Exhibits::new(path, crate::runbook::built_in(), "production").at_most(2);
        let (since, until) = (start / 1000, start / 1000 + 60);
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let kept = exhibits.collect(instant(since), instant(until)).await;
        assert_eq!(String::from_utf8(kept[0].bytes.clone()).unwrap(), format!("{}\n{}\n", lines[2], lines[0]));
        assert!(kept[0].note.contains("2 older ones are left out"), "{}", kept[0].note);
        let facts: serde_json::Value = serde_json::from_slice(&kept[1].bytes).unwrap();
        assert_eq!((&facts["left_out"], &facts["files"][0]["records"]), (&json!(2), &json!(5)));
    }
}
