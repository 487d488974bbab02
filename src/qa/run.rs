//! A run of the gate on a checkout: what must hold before it, the run, and what is kept and known of it afterwards.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use tokio::{fs::File, io::AsyncWriteExt, process::Command};

use super::{
    Lines, Secrets, call,
    file::bytes_of,
    process::{self, Ended, Sink},
    read_qa_report,
    secrets::Redactor,
};
use crate::{
    checkout::Checkout,
    clock::Clock,
    evidence::{keep, keep_file},
    fault::{Fault, FaultKind},
    judge::{KeptFile, QaRan, QaRun, Tree, candidate},
    runbook::QaGate,
    text::clean,
};

/// The folder of evidence that runs are kept in.
const FOLDER: &str = "qa";
/// A command that prints more is killed, so that it does not fill the disk.
const MOST_PRINTED: u64 = 1 << 30;
/// How far the tool's clock may be behind ours.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(2);

/// What is to be run, where, and on what.
#[derive(Debug, Clone)]
pub struct Order {
    /// The gate.
    pub gate: QaGate,
    /// The product's checkout.
    pub checkout: PathBuf,
    /// The commit under rollout; none: whichever is checked out.
    pub candidate: Option<String>,
    /// Where the rollout's evidence is kept.
    pub data_dir: PathBuf,
    /// Where the present comes from.
    pub clock: Clock,
    /// Where programs are looked for first, before the PATH.
    pub path: Option<PathBuf>,
    /// What the command is not told, and what is not kept of its output.
    pub secrets: Secrets,
}

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
pub enum NotRun {
    /// What is checked out is not what is rolled out.
    #[error("{0}")]
    Refused(String),
    /// It could not be run.
    #[error("{0}")]
    Fault(#[from] Fault),
}

/// A checkout that the gate can be run on.
#[derive(Debug)]
pub struct Ready {
    order: Order,
    checkout: Checkout,
    /// The commit that is checked out, in full.
    pub head: String,
    /// Whether it is that commit and nothing else.
    pub tree: Tree,
}

/// A run that ended, one way or the other.
#[derive(Debug)]
pub struct Done {
    /// For the audit log.
    pub run: QaRun,
    /// What could not be read or kept of it, each in a sentence.
    pub remarks: Vec<String>,
}

/// Looks at the checkout.
///
/// # Errors
/// Where it has another commit than the candidate, or cannot be looked at.
pub async fn prepare(order: Order) -> Result<Ready, NotRun> {
    let checkout = Checkout::at(&order.checkout);
    let head = checkout.head().await?;
    if let Some(named) = candidate::named(order.candidate.as_deref())
        && !candidate::same(Some(named), Some(&head))
    {
        let place = clean(&checkout.root().display().to_string());
        let next = match checkout.commit(named).await {
            Ok(commit) if commit == head => format!("that is the same commit: name it by its SHA, {head}"),
            _ => format!("check out {}, or name the other one with --candidate", clean(named)),
        };
        let named = clean(named);
        return Err(NotRun::Refused(format!("the candidate is {named}, and {head} is checked out in {place}; {next}")));
    }
    let tree = checkout.tree().await;
    Ok(Ready { order, checkout, head, tree })
}

impl Ready {
    /// Runs the command to its end, or until `stop` says why it is to be ended. Its lines are told as they come, each
    /// with the time since the beginning.
    ///
    /// # Errors
    /// Where the command did not start.
    pub async fn run(
        self,
        stop: impl Future<Output = String>,
        tell: impl FnMut(Vec<String>, Duration),
    ) -> Result<Done, Fault> {
        let gate = &self.order.gate;
        let spool = tempfile::Builder::new().prefix("gonogo-qa-").tempdir().map_err(|error| no_spool(&error))?;
        let (output, report) = (spool.path().join("output.txt"), spool.path().join("report.json"));
        let called = call(gate, &report)?;
        let mut command = Command::new(&called.program);
        command.args(&called.arguments).current_dir(self.checkout.root()).stdin(Stdio::null());
        self.order.secrets.names.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.env("GITHUB_SHA", &self.head).env("GONOGO_CANDIDATE", &self.head);
        if let Some(first) = &self.order.path {
            command.env("PATH", path_with(first));
        }

        let file = File::create(&output).await.map_err(|error| no_spool(&error))?;
        let (started_at, began) = (self.order.clock.now(), Instant::now());
        let redactor = self.order.secrets.redactor();
        let mut sink = Spool { file: Ok(file), printed: 0, redactor, lines: Lines::default(), began, tell };
        let ended = process::run(command, gate.limit, stop, &mut sink).await;
        let ended = ended.map_err(|error| did_not_start(&called.program, &error))?;
        let spooled = sink.end().await;
        let after = self.look_again().await;
        let printed = Printed { spool, output, report, spooled };
        self.done(started_at, began.elapsed(), ended, after, printed).await
    }

    /// Whether it is still the commit and nothing else.
    async fn look_again(&self) -> Tree {
        match self.checkout.head().await {
            Ok(head) if head == self.head => self.checkout.tree().await,
            Ok(head) => Tree::Unknown { why: format!("{head} was checked out while it ran") },
            Err(fault) => Tree::Unknown { why: fault.what },
        }
    }

    async fn done(
        self,
        started_at: DateTime<Utc>,
        took: Duration,
        ended: Ended,
        after: Tree,
        printed: Printed,
    ) -> Result<Done, Fault> {
        let Self { order, head, tree, .. } = self;
        let (gate, data_dir, secrets) = (order.gate, order.data_dir, order.secrets);
        let command = gate.command.clone();
        let kept = tokio::task::spawn_blocking(move || printed.keep(&gate, &data_dir, &secrets)).await;
        let crashed = |_| Fault::new(FaultKind::File, "what the gate printed could not be kept", "see the log file");
        let Kept { output, report, read, mut remarks } = kept.map_err(crashed)?;
        let completed_at = ended.killed.is_none().then(|| order.clock.now());
        let mut run = read.unwrap_or_else(|| QaRun {
            command,
            candidate: head.clone(),
            started_at,
            completed_at,
            dry_run: false,
            all_passed: false,
            checks: Vec::new(),
            odd: Vec::new(),
            digest: String::new(),
            ran: None,
        });
        if run.started_at + MAX_SKEW < started_at {
            run.odd.push("it says that it began before the command was run: it is of an earlier run".to_owned());
        }
        remarks.extend(ended.killed.as_ref().map(|why| format!("the run was killed: {why}")));
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let tree = worse(tree, after);
        let Ended { exit, killed } = ended;
        run.ran = Some(QaRan { exit, killed, duration_ms, head: Some(head), tree, output, report });
        Ok(Done { run, remarks })
    }
}

/// Of what was before and what was after, what counts.
fn worse(before: Tree, after: Tree) -> Tree {
    match (before, after) {
        (dirty @ Tree::Dirty { .. }, _) | (_, dirty @ Tree::Dirty { .. }) => dirty,
        (unknown @ Tree::Unknown { .. }, _) | (_, unknown @ Tree::Unknown { .. }) => unknown,
        (Tree::Clean, Tree::Clean) => Tree::Clean,
    }
}

fn path_with(first: &Path) -> OsString {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(first.to_owned()).chain(std::env::split_paths(&rest));
    std::env::join_paths(all).unwrap_or(rest)
}

fn no_spool(error: &io::Error) -> Fault {
    let what = format!("no temporary folder could be made for what the gate prints: {error}");
    Fault::new(FaultKind::File, what, "free some space, or set TMPDIR")
}

fn did_not_start(program: &str, error: &io::Error) -> Fault {
    let program = clean(program);
    match error.kind() {
        io::ErrorKind::NotFound => Fault::new(
            FaultKind::NotFound,
            format!("the gate's command {program} was not found"),
            "install it, or start gonogo where it is on the PATH",
        ),
        _ => Fault::new(
            FaultKind::File,
            format!("the gate's command {program} did not start: {error}"),
            "run it by hand",
        ),
    }
}

/// Takes the output: whole into a file, without secrets, and line by line to whoever looks on.
struct Spool<T> {
    /// The first failure ends the writing, not the run.
    file: Result<File, io::Error>,
    printed: u64,
    redactor: Redactor,
    lines: Lines,
    began: Instant,
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

    async fn end(mut self) -> io::Result<()> {
        let rest = self.redactor.end();
        self.put(&rest).await;
        if let Some(line) = self.lines.end() {
            (self.tell)(vec![line], self.began.elapsed());
        }
        self.file?.flush().await
    }
}

/// What a run left, in a folder that goes away with it.
struct Printed {
    spool: TempDir,
    output: PathBuf,
    report: PathBuf,
    spooled: io::Result<()>,
}

/// What is kept of it.
struct Kept {
    output: Option<KeptFile>,
    report: Option<KeptFile>,
    read: Option<QaRun>,
    remarks: Vec<String>,
}

impl Printed {
    /// Blocking.
    fn keep(self, gate: &QaGate, data: &Path, secrets: &Secrets) -> Kept {
        let mut remarks = Vec::new();
        let output = match self.spooled.and_then(|()| keep_file(data, FOLDER, "output.txt", &self.output)) {
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
        let _ = self.spool.close();
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
