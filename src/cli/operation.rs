//! An operation from the command line: its progress told as it happens, its end as the answer.

use std::sync::{Arc, Mutex};

use tokio::{sync::mpsc, task::JoinHandle};

use super::{Exit, Failure, output, waiting};
use crate::{
    audit::{Event, Outcome},
    operations::{Confirmed, Context, Progress, perform},
    text::clean,
    units::moment,
};

/// Does it, tells its progress and what the audit log did not take, and gives how it ended. A signal ends the telling and the doing; the log then shows that
/// it was begun, and the next start finds out how it ended.
pub(super) async fn run(confirmed: Confirmed, context: Context) -> Result<Outcome, Failure> {
    let (audit, shown) = (Arc::clone(&context.audit), Arc::<Mutex<Vec<Event>>>::default());
    let seen = Arc::clone(&shown);
    let watch = move |progress: &Progress| {
        if let (Progress::Kept(events), Ok(mut seen)) = (progress, seen.lock()) {
            seen.extend(events.iter().cloned());
        }
    };
    let outcome = watched(confirmed, context, watch).await;
    let shown = shown.lock().map(|shown| shown.clone()).unwrap_or_default();
    waiting::tell(audit.as_ref(), &shown).await;
    outcome
}

/// The same; `watch` sees all progress as it happens.
pub(super) async fn watched(
    confirmed: Confirmed,
    context: Context,
    mut watch: impl FnMut(&Progress) + Send + 'static,
) -> Result<Outcome, Failure> {
    let (updates, mut progress) = mpsc::unbounded_channel();
    let telling: JoinHandle<()> = tokio::spawn(async move {
        while let Some(update) = progress.recv().await {
            tell(&update);
            watch(&update);
        }
    });
    let outcome = tokio::select! {
        outcome = perform(confirmed, context, updates) => outcome,
        exit = signalled() => {
            let what = "stopped before the store confirmed; look at the flag: `gonogo status`";
            return Err(Failure::new(exit, what));
        }
    };
    let _ = telling.await;
    Ok(outcome)
}

fn tell(update: &Progress) {
    match update {
        Progress::Begun { .. } | Progress::Ended { .. } => {}
        Progress::NotRecorded(fault) => output::complain(&fault.to_string()),
        Progress::Kept(entries) => {
            output::complain("keep these lines, they are not in the audit log:");
            for entry in entries {
                output::tell(&serde_json::to_string(entry).unwrap_or_default());
            }
        }
        Progress::Sent { title, attempt: 1 } => output::tell(&format!("sent: {title}")),
        Progress::Sent { title, attempt } => output::tell(&format!("sent again ({attempt}): {title}")),
        Progress::Answered { title } => output::tell(&format!("the store confirmed: {title}")),
        Progress::Retrying { fault, .. } => output::tell(&format!("not confirmed, trying again: {fault}")),
        Progress::ReadBack(flag) if flag.enabled && !flag.foreign.is_empty() => {
            output::tell(&format!("read back: serves {}, and by rules of others", flag.serves()));
        }
        Progress::Converging(flag) => {
            let serves = flag.serves();
            output::tell(&format!("the store confirmed, and does not say off yet: it serves {serves}"));
        }
        Progress::Joined { operator, at } => {
            let at = moment(*at);
            output::tell(&format!("{} had begun to roll back at {at}: both are one rollback", clean(operator)));
        }
        Progress::ReadBack(flag) => output::tell(&format!("read back: serves {}", flag.serves())),
    }
}

/// Resolves when this process is asked to end. Listens from its first poll on.
#[cfg(unix)]
pub(super) async fn signalled() -> Exit {
    use tokio::signal::unix::{SignalKind, signal};
    async fn once(kind: SignalKind) {
        match signal(kind) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    }
    tokio::select! {
        () = once(SignalKind::interrupt()) => Exit::Interrupted,
        () = once(SignalKind::terminate()) => Exit::Terminated,
        () = once(SignalKind::hangup()) => Exit::HungUp,
    }
}

#[cfg(not(unix))]
pub(super) async fn signalled() -> Exit {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Exit::Interrupted,
        Err(_) => std::future::pending().await,
    }
}
