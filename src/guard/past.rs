//! The rollout's past, as the guard keeps up with it: the log is read whenever it has grown, beside the loop.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc::UnboundedSender, watch},
    task::JoinHandle,
    time::timeout,
};

use super::{Said, act::News};
use crate::{
    audit::{AuditLog, Head, replay},
    clock::Clock,
    fault::Fault,
    judge::History,
    operations::{Reading, recall},
    runbook::Runbook,
    snapshot::Snapshot,
};

/// The log is read again at least so often.
const EVERY: Duration = Duration::from_secs(30);

/// After a reading that failed the next begins no sooner.
const REST: Duration = Duration::from_secs(2);

/// One whole reading may take this long.
const LIMIT: Duration = Duration::from_secs(20);

/// What is known of the past.
pub(super) struct Past {
    history: Arc<History>,
    /// Whether the log was ever read.
    known: bool,
    failing: bool,
    /// Whether an action ended that the history does not hold yet.
    outdated: bool,
    version: Option<String>,
    wake: Arc<Notify>,
    reader: JoinHandle<()>,
}

/// What the log is read with.
pub(super) struct Reader {
    pub audit: Arc<dyn AuditLog>,
    pub runbook: Arc<Runbook>,
    pub candidate: Option<String>,
    pub operator: String,
    pub clock: Clock,
    /// Nothing is added to the log then.
    pub read_only: bool,
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
}

impl Past {
    /// Begins to read.
    pub(super) fn start(reader: Reader, news: UnboundedSender<News>) -> Self {
        let wake = Arc::new(Notify::new());
        let reader = tokio::spawn(reader.keep_up(news, Arc::clone(&wake)));
        let (history, version) =
            (Arc::new(History { blind: Some("it was not read yet".to_owned()), ..History::default() }), None);
        Self { history, known: false, failing: false, outdated: false, version, wake, reader }
    }

    /// What happened so far. Before it was ever read it says so.
    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// The same, to be kept.
    pub(super) fn shared(&self) -> Arc<History> {
        Arc::clone(&self.history)
    }

    /// Takes a reading in. What was read before stands where this one failed.
    pub(super) fn arrived(&mut self, read: Result<History, Fault>) -> Option<Said> {
        self.outdated = false;
        let failed = std::mem::replace(&mut self.failing, read.is_err());
        match read {
            Ok(history) => {
                self.history = Arc::new(history);
                self.known = true;
                failed.then(|| Said::new("log-back", "the audit log can be read and written again"))
            }
            Err(fault) => {
                if !self.known {
                    self.history = Arc::new(History { blind: Some(fault.to_string()), ..History::default() });
                }
                let what = match self.known {
                    true => "the audit log fails; what was read of it before stands",
                    false => "the audit log fails, and was never read",
                };
                (!failed).then(|| Said::new("log-failing", what).because(fault.to_string()))
            }
        }
    }

    /// A new version of the flag tells how an action ended, or what somebody else did: the log is read, and learns it.
    pub(super) fn saw(&mut self, snapshot: &Snapshot) {
        let version = snapshot.flag.state.as_ref().map(|flag| flag.version.clone());
        if version != self.version {
            self.version = version;
            self.wake.notify_one();
        }
    }

    /// An action ended just now.
    pub(super) fn outdated(&mut self) {
        self.outdated = true;
        self.wake.notify_one();
    }

    /// Whether an action ended that the history does not hold yet.
    pub(super) fn is_outdated(&self) -> bool {
        self.outdated
    }
}

impl Drop for Past {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Reader {
    async fn keep_up(self, news: UnboundedSender<News>, wake: Arc<Notify>) {
        loop {
            let read = match timeout(LIMIT, self.read()).await {
                Ok(read) => read,
                Err(_) => Err(silent()),
            };
            let head = read.as_ref().ok().map(|history| history.head.clone());
            // Nobody listens any more once the guard ends.
            let _ = news.send(News::Past(Box::new(read)));
            tokio::select! {
                () = self.grown(head) => {}
                () = wake.notified() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn grown(&self, head: Option<Head>) {
        match head {
            Some(head) => self.audit.changed(&head).await,
            None => tokio::time::sleep(REST).await,
        }
    }

    async fn read(&self) -> Result<History, Fault> {
        let snapshot = Arc::clone(&self.snapshots.borrow());
        if self.read_only {
            return Ok(replay(&self.audit.read().await?));
        }
        let (candidate, now) = (self.candidate.as_deref(), self.clock.now());
        // A guard looks: what is judged from now on is decided by people.
        recall(self.audit.as_ref(), &self.runbook, &snapshot, candidate, &self.operator, Reading::Later, now).await
    }
}

fn silent() -> Fault {
    let what = format!("the audit log did not answer within {} s", LIMIT.as_secs());
    Fault::new(crate::fault::FaultKind::Timeout, what, "check the disk or the server that it is on")
}
