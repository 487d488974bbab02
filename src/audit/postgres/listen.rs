//! Hearing of what others append: over one connection for all logs of a database.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::watch;

use super::{Database, table::CHANNEL};

/// Time between two attempts to listen again.
const PAUSE: Duration = Duration::from_secs(1);

/// Who is told of which log.
#[derive(Default)]
pub(super) struct Listeners {
    begun: OnceLock<()>,
    /// By the log's name.
    news: Mutex<BTreeMap<String, watch::Sender<u64>>>,
}

impl Listeners {
    fn news(&self) -> MutexGuard<'_, BTreeMap<String, watch::Sender<u64>>> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, name: &str) {
        if let Some(news) = self.news().get(name) {
            news.send_modify(|count| *count += 1);
        }
    }
}

impl Database {
    /// What is set whenever somebody appended to the log of this name.
    pub(super) fn news_of(&self, name: &str) -> watch::Sender<u64> {
        self.listeners.news().entry(name.to_owned()).or_default().clone()
    }

    /// Starts to listen, once. It ends with the last log of this database.
    pub(super) fn listen(self: &Arc<Self>) {
        self.listeners.begun.get_or_init(|| drop(tokio::spawn(listen(Arc::downgrade(self)))));
    }
}

async fn listen(database: Weak<Database>) {
    while let Some(here) = database.upgrade() {
        let told = Arc::downgrade(&here.listeners);
        let heard = Box::new(move |payload: &str| {
            if let Some(listeners) = told.upgrade() {
                listeners.tell(payload);
            }
        });
        if let Ok(mut session) = here.open(heard).await
            && session.client.batch_execute(&format!("LISTEN {CHANNEL}")).await.is_ok()
        {
            // What was appended while nobody listened is news, too.
            here.listeners.news().values().for_each(|news| news.send_modify(|count| *count += 1));
            drop(here);
            tokio::select! {
                () = session.lost() => {}
                () = dropped(&database) => return,
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Returns when the last log of the database is gone.
async fn dropped(database: &Weak<Database>) {
    while database.strong_count() > 0 {
        tokio::time::sleep(PAUSE).await;
    }
}
