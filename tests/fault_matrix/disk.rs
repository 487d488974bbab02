//! A disk that is full at each entry of the log, by the limit on the size of a file that the system sets a process.

use std::{
    process::{Command, Stdio},
    sync::{Arc, OnceLock},
    time::Duration,
};

use chrono::TimeDelta;
use gonogo::audit::{Outcome, unfinished};

use super::{
    binary::Ran,
    cell::{Action, Cell, ENTER, Move, REDUCE, RESTORE, ROLL_BACK, Shared},
    fault_proxy::{Act, FaultProxy},
    past,
    support::installed,
    verdict::Ends,
};

/// Where the disk is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Before the first byte of the entry that says that it begins.
    AtOnce,
    /// In the middle of that entry.
    Midway,
    /// When its end is to be written.
    AtTheEnd,
}

pub fn cells() -> Vec<(Full, Move)> {
    if installed("prlimit").is_none() {
        super::support::missing("prlimit");
        return Vec::new();
    }
    let all = [Full::AtOnce, Full::Midway, Full::AtTheEnd].into_iter();
    all.flat_map(|full| [ENTER, ROLL_BACK, REDUCE, RESTORE].map(|doing| (full, doing))).collect()
}

/// Writes of the action; its last one is followed by the entry that says how it ended.
fn writes(doing: Move) -> usize {
    match doing.action {
        Action::Advance => 2,
        Action::RollBack => 1,
        Action::Reduce | Action::Restore => 3,
    }
}

pub async fn cell(shared: Arc<Shared>, full: Full, doing: Move) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let name = format!("full-{full:?}-{:?}", doing.action);
    let cell = Cell::new(&shared, &name, doing).await;
    let path = cell.log().path().to_owned();
    let size = move || std::fs::metadata(&path).expect("a log").len();
    let from_the_start = match full {
        Full::AtOnce => size(),
        Full::Midway => size() + 300,
        Full::AtTheEnd => 1 << 30,
    };
    let pid: Arc<OnceLock<u32>> = Arc::default();
    let known = Arc::clone(&pid);
    let (last, prlimit) = (writes(doing), installed("prlimit").expect("it is there"));
    let limiter = prlimit.clone();
    let proxy = FaultProxy::before(&shared.server.base, move |request| {
        if full == Full::AtTheEnd && request.is_write(last) {
            let pid = known.get().expect("it was started").to_string();
            let limit = format!("--fsize={}:", size());
            assert!(Command::new(&limiter).args(["--pid", &pid, &limit]).status().expect("it runs").success());
        }
        Act::Pass
    })
    .await;
    let command = limited(&cell.command(&proxy, Duration::from_secs(10), &doing.arguments()), &prlimit, from_the_start);
    let ran = run(command, &pid).await;
    let said = format!("{name}: exit {}\n{}{}", ran.code, ran.out, ran.err);
    let ends = cell.ends(&name).await;
    let rolls_back = doing.action == Action::RollBack;
    let kept: Vec<serde_json::Value> = ran.err.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let record = cell.record().await;
    match full {
        // Only rolling back goes on without the log, and what it could not write is shown.
        Full::AtOnce | Full::Midway if !rolls_back => {
            assert!(ran.code == 6 && ends == Ends::Old && ran.err.contains("audit log"), "{said}");
            assert!(unfinished(&record).is_empty() && record.entries.len() == 1, "{said}");
        }
        Full::AtOnce | Full::Midway => {
            assert!(ran.code == 0 && ends == Ends::New && !kept.is_empty(), "{said}");
            assert!(ran.err.contains("keep these lines"), "{said}");
            assert_eq!(record.entries.len(), 1, "{said}");
        }
        Full::AtTheEnd => {
            assert!(ran.code == 0 && ends == Ends::New && kept.is_empty(), "{said}");
            // The log has no room for it; a file of its own beside it has, and that is told.
            let outbox = cell.log().path().with_file_name("outbox.ndjson");
            let told = format!("not in the audit log yet, and kept in {}", outbox.display());
            assert!(ran.err.contains(&told), "{said}");
            let open = unfinished(&record);
            assert_eq!(open.len(), 1, "{said}");
            let id = open[0].1.id.clone();
            // With room again, a fresh start sends how it ended.
            let left = || std::fs::metadata(&outbox).expect("an outbox").len();
            for _ in 0..5 {
                cell.starts(&name).await;
                // One that looks and ends at once may have sent it and not noted so: the next one finds it there.
                if left() == 0 {
                    break;
                }
            }
            assert_eq!((cell.end_of(&id).await, left()), (vec![Outcome::Verified], 0), "{said}");
            past::let_pass(&cell.home.data(), "production", TimeDelta::minutes(4)).await;
            cell.rolls_back(&name).await;
            cell.settles(&name, &id).await;
        }
    }
    format!("{name}: exit {}, {ends:?}", ran.code)
}

/// The same command, unable to write files larger than `bytes`. The signal that comes with it is ignored: what is left is
/// an error of the write, as of a disk that is full.
fn limited(command: &Command, prlimit: &std::path::Path, bytes: u64) -> Command {
    let mut limited = Command::new("/bin/sh");
    limited.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
    limited.arg(prlimit).arg(format!("--fsize={bytes}:")).arg(command.get_program()).args(command.get_args());
    limited.env_clear().envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    limited.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    limited
}

/// Runs to the end, and says under which id.
async fn run(mut command: Command, pid: &OnceLock<u32>) -> Ran {
    let began = std::time::Instant::now();
    let child = command.spawn().expect("gonogo starts");
    pid.set(child.id()).expect("once");
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().expect("it ends")).await.expect("a run");
    Ran {
        code: output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", output.status)),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
        took: began.elapsed(),
    }
}
