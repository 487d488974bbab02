//! A run of the gate on a checkout: what must hold before it, the run, and what is kept and known of it afterwards.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::process::Command;

use super::{
    Secrets, call,
    printed::{Kept, Room},
    process::{self, Ended},
};
use crate::{
    checkout::Checkout,
    clock::Clock,
    fault::{Fault, FaultKind},
    judge::{QaRan, QaRun, Tree, candidate},
    runbook::QaGate,
    text::clean,
};

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
        let room = Room::new()?;
        let called = call(gate, &room.report)?;
        let mut command = Command::new(&called.program);
        command.args(&called.arguments).current_dir(self.checkout.root()).stdin(Stdio::null());
        self.order.secrets.names.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.env("GITHUB_SHA", &self.head).env("GONOGO_CANDIDATE", &self.head);
        if let Some(first) = &self.order.path {
            command.env("PATH", path_with(first));
        }

        let mut sink = room.spool(self.order.secrets.redactor(), tell).await?;
        let (started_at, began) = (self.order.clock.now(), sink.began);
        let ended = process::run(command, gate.limit, stop, &mut sink).await;
        let ended = ended.map_err(|error| did_not_start(&called.program, &error))?;
        let spooled = sink.end().await;
        let after = self.look_again().await;
        self.done(started_at, began.elapsed(), ended, after, (room, spooled)).await
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
        (room, spooled): (Room, io::Result<()>),
    ) -> Result<Done, Fault> {
        let Self { order, head, tree, .. } = self;
        let (gate, data_dir, secrets) = (order.gate, order.data_dir, order.secrets);
        let command = gate.command.clone();
        let kept = tokio::task::spawn_blocking(move || room.keep(spooled, &gate, &data_dir, &secrets)).await;
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
