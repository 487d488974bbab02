//! What a run prints and reports: taken up while it runs, and kept as evidence afterwards, without secrets.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::{fs::File, io::AsyncWriteExt};

use super::{Lines, Secrets, file::bytes_of, process::Sink, read_qa_report, secrets::Redactor};
use crate::{
    evidence::{keep, keep_file},
    fault::{Fault, FaultKind},
    judge::{KeptFile, QaRun},
    runbook::QaGate,
};

/// The folder of evidence that runs are kept in.
const FOLDER: &str = "qa";
/// A command that prints more is killed, so that it does not fill the disk.
const MOST_PRINTED: u64 = 1 << 30;

/// A folder for what a run leaves; it goes away with it.
pub(super) struct Room {
    folder: TempDir,
    output: PathBuf,
    /// Where the command is to write its report.
    pub(super) report: PathBuf,
}

impl Room {
    /// One of its own, among temporary files.
    pub(super) fn new() -> Result<Self, Fault> {
        let folder = tempfile::Builder::new().prefix("gonogo-qa-").tempdir().map_err(|error| no_spool(&error))?;
        let (output, report) = (folder.path().join("output.txt"), folder.path().join("report.json"));
        Ok(Self { folder, output, report })
    }

    /// What takes the output from here on.
    pub(super) async fn spool<T>(&self, redactor: Redactor, tell: T) -> Result<Spool<T>, Fault> {
        let file = File::create(&self.output).await.map_err(|error| no_spool(&error))?;
        Ok(Spool { file: Ok(file), printed: 0, redactor, lines: Lines::default(), began: Instant::now(), tell })
    }
}

/// Takes the output: whole into a file, without secrets, and line by line to whoever looks on.
pub(super) struct Spool<T> {
    /// The first failure ends the writing, not the run.
    file: Result<File, io::Error>,
    printed: u64,
    redactor: Redactor,
    lines: Lines,
    /// When the run began.
    pub(super) began: Instant,
    tell: T,
}

impl<T: FnMut(Vec<String>, Duration)> Sink for Spool<T> {
    async fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        let bytes = self.redactor.push(bytes);
        self.put(&bytes).await;
        if self.printed > MOST_PRINTED { Err("it printed more than 1 GiB".to_owned()) } else { Ok(()) }
    }
}

impl<T: FnMut(Vec<String>, Duration)> Spool<T> {
    async fn put(&mut self, bytes: &[u8]) {
        if self.printed <= MOST_PRINTED
            && let Ok(file) = &mut self.file
            && let Err(error) = file.write_all(bytes).await
        {
            self.file = Err(error);
        }
        self.printed += bytes.len() as u64;
        let lines = self.lines.push(bytes);
        if !lines.is_empty() {
            (self.tell)(lines, self.began.elapsed());
        }
    }

    /// What still waits is written; the first failure of all.
    pub(super) async fn end(mut self) -> io::Result<()> {
        let rest = self.redactor.end();
        self.put(&rest).await;
        if let Some(line) = self.lines.end() {
            (self.tell)(vec![line], self.began.elapsed());
        }
        self.file?.flush().await
    }
}

/// What is kept of it.
pub(super) struct Kept {
    pub(super) output: Option<KeptFile>,
    pub(super) report: Option<KeptFile>,
    /// What the report says.
    pub(super) read: Option<QaRun>,
    /// What could not be read or kept, each in a sentence.
    pub(super) remarks: Vec<String>,
}

impl Room {
    /// Keeps it below `data`, where `spooled` says that the output was written. Blocking.
    pub(super) fn keep(self, spooled: io::Result<()>, gate: &QaGate, data: &Path, secrets: &Secrets) -> Kept {
        let mut remarks = Vec::new();
        let output = match spooled.and_then(|()| keep_file(data, FOLDER, "output.txt", &self.output)) {
            Ok(kept) => Some(kept),
            Err(error) => {
                remarks.push(format!("what the command printed could not be kept: {error}"));
                None
            }
        };
        let (report, read) = match read_report(gate, data, &self.report, secrets) {
            Ok((kept, read)) => (Some(kept), Some(read)),
            Err(why) => {
                remarks.push(why);
                (None, None)
            }
        };
        // It may be on a disk that does not let go of it; nothing is lost with it.
        let _ = self.folder.close();
        Kept { output, report, read, remarks }
    }
}

fn read_report(gate: &QaGate, data: &Path, path: &Path, secrets: &Secrets) -> Result<(KeptFile, QaRun), String> {
    if gate.report.is_empty() {
        return Err("the runbook does not say how the command is made to write a report: [qa] report".to_owned());
    }
    if !path.exists() {
        return Err("the command wrote no report".to_owned());
    }
    let bytes = bytes_of(path).map_err(|fault| fault.what)?;
    let mut redactor = secrets.redactor();
    let bytes = [redactor.push(&bytes), redactor.end()].concat();
    // Kept even if nobody can read it: somebody will want to know why.
    let kept = keep(data, FOLDER, "report.json", &bytes);
    let read = read_qa_report(&bytes).map_err(|why| {
        let kept = kept.as_ref().map_or(String::new(), |kept| format!("; it is kept as {}", kept.path));
        format!("the command's report cannot be read: {why}{kept}")
    })?;
    let kept = kept.map_err(|error| format!("the command's report could not be kept: {error}"))?;
    Ok((kept, read))
}

fn no_spool(error: &io::Error) -> Fault {
    let what = format!("no temporary folder could be made for what the gate prints: {error}");
    Fault::new(FaultKind::File, what, "free some space, or set TMPDIR")
}
