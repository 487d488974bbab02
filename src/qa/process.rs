//! The gate's command as a process: in a group of its own, so that all that it starts ends with it.

use std::{
    io,
    os::fd::OwnedFd,
    process::Stdio,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::{
    io::AsyncReadExt,
    net::unix::pipe::Receiver,
    process::{Child, Command},
    time::{Instant, sleep_until},
};

/// How long after a polite request what is still there is killed.
const GRACE: Duration = Duration::from_secs(5);
/// How long after the command has ended its output is still waited for: what it left running may hold on to it.
const DRAIN: Duration = Duration::from_secs(1);
/// Far enough away for a timer that is not set.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// The groups that run now.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Kills every gate that runs in this process: for an end without destructors, as when the terminal hangs up.
pub fn kill_all() {
    for group in RUNNING.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let _ = kill_process_group(*group, Signal::KILL);
    }
}

/// How the command ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its exit code; none where a signal ended it.
    pub(super) exit: Option<i32>,
    /// Why it was ended before it was done.
    pub(super) killed: Option<String>,
}

/// Takes what is printed. An error says why no more of it is wanted; then the command is killed.
pub(super) trait Sink {
    async fn take(&mut self, bytes: &[u8]) -> Result<(), String>;
}

/// Runs the command to its end, or until `stop` says why not, or until `limit`.
pub(super) async fn run(
    mut command: Command,
    limit: Duration,
    stop: impl Future<Output = String>,
    sink: &mut impl Sink,
) -> io::Result<Ended> {
    // One pipe for both, so that what is printed stays in its order.
    let (reader, writer) = io::pipe()?;
    let mut output = Receiver::from_owned_fd(OwnedFd::from(reader))?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    command.process_group(0).kill_on_drop(true);
    let mut group = Group::of(command.spawn()?)?;
    // It holds the pipe open as long as it is there.
    drop(command);

    let id = group.id;
    let exited = tokio::task::spawn_blocking(move || wait_for(id));
    tokio::pin!(exited, stop);
    let mut until = Instant::now() + limit;
    let (mut killed, mut over, mut open) = (None, false, true);
    let mut buffer = vec![0; 64 << 10];
    // Whose turn it is to be killed, and when the output is not waited for any more.
    let (mut kill_at, mut drained_at) = (None, None);
    let far = Instant::now() + NEVER;
    while !over || (open && drained_at.is_some_and(|at| Instant::now() < at)) {
        let unwanted = tokio::select! {
            read = output.read(&mut buffer), if open => match read {
                Ok(n) if n > 0 => sink.take(&buffer[..n]).await.err(),
                _ => {
                    open = false;
                    None
                }
            },
            _ = &mut exited, if !over => {
                over = true;
                drained_at = Some(Instant::now() + DRAIN);
                None
            }
            why = &mut stop, if killed.is_none() && !over => Some(why),
            () = sleep_until(until), if killed.is_none() && !over => {
                Some(format!("it took longer than {}", humantime::format_duration(limit)))
            }
            () = sleep_until(kill_at.unwrap_or(far)), if kill_at.is_some() => {
                kill_at = None;
                group.signal(Signal::KILL);
                None
            }
            () = sleep_until(drained_at.unwrap_or(far)), if drained_at.is_some() => None,
        };
        if let Some(why) = unwanted
            && killed.is_none()
        {
            killed = Some(why);
            until = far;
            kill_at = Some(Instant::now() + GRACE);
            group.signal(Signal::TERM);
        }
    }
    Ok(Ended { exit: group.end().await?.code(), killed })
}

/// Returns when the process has ended. It keeps its id: nobody has waited for it to the end.
fn wait_for(id: Pid) {
    let ended = || waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    while ended().is_err_and(|error| error == rustix::io::Errno::INTR) {}
}

/// A process and whatever it started. Dropped before it ended, all of it is killed.
struct Group {
    child: Child,
    /// It is the id of the group, and no other's for as long as the process was not waited for to the end.
    id: Pid,
    waited: bool,
}

impl Group {
    fn of(child: Child) -> io::Result<Self> {
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let id = id.ok_or_else(|| io::Error::other("it has no process id"))?;
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        Ok(Self { child, id, waited: false })
    }

    fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.id, signal);
    }

    /// Ends whatever is left of the group, and tells how the process itself ended.
    async fn end(&mut self) -> io::Result<std::process::ExitStatus> {
        self.forget();
        let status = self.child.wait().await;
        self.waited = true;
        status
    }

    /// Kills what is left, while the id is still the group's own.
    fn forget(&self) {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|id| *id != self.id);
        let _ = kill_process_group(self.id, Signal::KILL);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.waited {
            self.forget();
        }
    }
}
