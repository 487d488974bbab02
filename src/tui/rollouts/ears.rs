//! What is heard of one rollout, beside the loop: so that the loop has one place to listen to, however many there are.

use std::sync::Arc;

use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, UnboundedSender},
        oneshot, watch,
    },
    task::JoinHandle,
};

use crate::{snapshot::Snapshot, tui::update::Msg};

/// News of one rollout.
pub(super) enum Heard {
    /// For its cockpit, as it is.
    Msg(Box<Msg>),
    /// A poll came in.
    Polled(Arc<Snapshot>),
    /// Its log changed, whoever changed it.
    LogChanged,
}

/// Listens to one rollout. Dropped, it no longer does.
pub(super) struct Ears {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<UnboundedReceiver<Msg>>,
}

impl Ears {
    /// Sends on whatever is heard, with the place of the rollout. Within a tokio runtime.
    pub(super) fn open(
        place: usize,
        mut arrivals: UnboundedReceiver<Msg>,
        mut snapshots: watch::Receiver<Arc<Snapshot>>,
        log: Arc<Notify>,
        news: UnboundedSender<(usize, Heard)>,
    ) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            loop {
                let heard = tokio::select! {
                    biased;
                    _ = &mut stopped => return arrivals,
                    Some(msg) = arrivals.recv() => Heard::Msg(Box::new(msg)),
                    () = log.notified() => Heard::LogChanged,
                    Ok(()) = snapshots.changed() => Heard::Polled(Arc::clone(&snapshots.borrow_and_update())),
                    else => return arrivals,
                };
                // Nobody listens any more once gonogo is left.
                if news.send((place, heard)).is_err() {
                    return arrivals;
                }
            }
        });
        Self { stop: Some(stop), task }
    }

    /// Stops listening, and gives back where the rollout's news arrives; none where that crashed.
    pub(super) async fn close(mut self) -> Option<UnboundedReceiver<Msg>> {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        (&mut self.task).await.ok()
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        self.task.abort();
    }
}
