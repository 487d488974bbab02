//! The driver of the guard's rollback, beside the loop.

use std::sync::Arc;

use tokio::{
    sync::{mpsc, mpsc::UnboundedSender, watch},
    task::JoinHandle,
};

use crate::{
    audit::Outcome,
    fault::Fault,
    flags::FlagStore,
    judge::History,
    operations::{AttendantReport, Confirmed, Context, Progress, perform},
};

/// What the loop is told by its own tasks.
pub(super) enum News {
    /// The audit log was read, or it could not be.
    Past(Box<Result<History, Fault>>),
    /// The rollback reports.
    Progress(Progress),
    /// What was done of a rollback's later steps.
    Attended(AttendantReport),
    /// The rollback is gone; it has ended, or crashed.
    Gone,
}

/// The flag store, once it is connected.
pub(super) type Store = watch::Receiver<Option<Result<Arc<dyn FlagStore>, Fault>>>;

/// Rolls back as soon as the store is connected, until the store, read again, says off. Its progress becomes news; the
/// last of it is that it is gone.
pub(super) fn roll_back(
    confirmed: Confirmed,
    context: impl FnOnce(Arc<dyn FlagStore>) -> Context + Send + 'static,
    mut store: Store,
    news: UnboundedSender<News>,
) -> JoinHandle<()> {
    let (updates, mut progress) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(progress) = progress.recv().await {
            let _ = news.send(News::Progress(progress));
        }
        let _ = news.send(News::Gone);
    });
    tokio::spawn(async move {
        let connected = match store.wait_for(Option::is_some).await {
            Ok(connected) => connected.clone(),
            Err(_) => None,
        };
        match connected {
            Some(Ok(store)) => drop(perform(confirmed, context(store), updates).await),
            Some(Err(fault)) => {
                let _ = updates.send(Progress::Ended { outcome: Outcome::NotConfirmed { fault }, after: None });
            }
            // The poller is gone: the end is near.
            None => {}
        }
    })
}
