//! Hearing of what others append.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{PostgresLog, connection::Database, table::CHANNEL};

/// Time between two attempts to listen again.
const PAUSE: Duration = Duration::from_secs(1);

impl PostgresLog {
    /// Starts to listen, once. It ends with this log.
    pub(super) fn listen(&self) {
        self.listening.call_once(|| {
            tokio::spawn(listen(Arc::clone(&self.database), self.rows.name(), self.news.clone()));
        });
    }
}

async fn listen(database: Arc<Database>, name: String, news: watch::Sender<u64>) {
    // The log itself holds one of two senders, and a receiver for everybody who waits.
    while news.sender_count() > 1 {
        let (told, name) = (news.clone(), name.clone());
        let heard = Box::new(move |payload: &str| {
            if payload == name {
                told.send_modify(|count| *count += 1);
            }
        });
        if let Ok(mut session) = database.open(heard).await
            && session.client.batch_execute(&format!("LISTEN {CHANNEL}")).await.is_ok()
        {
            // What was appended while nobody listened is news, too.
            news.send_modify(|count| *count += 1);
            tokio::select! {
                () = session.lost() => {}
                () = dropped(&news) => return,
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Returns when the log is gone: the senders left are this task's and its connection's.
async fn dropped(news: &watch::Sender<u64>) {
    while news.sender_count() > 2 {
        tokio::time::sleep(PAUSE).await;
    }
}
