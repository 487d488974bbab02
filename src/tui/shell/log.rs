//! The audit log beside the loop: read again as soon as it changes, whoever changed it, and added to.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::timeout,
};

use super::{Shell, typed};
use crate::{
    audit::{AuditLog, Entry, Event, Head, replay},
    fault::{Fault, FaultKind},
    judge::{self, History},
    operations::{
        Decided, Reading, append_decided, append_named,
        poll::{Meeting, Move, Refusal},
        recall, told,
    },
    qa::read_qa_file,
    tui::{model::Facts, update::Msg},
};

/// How often the audit log is read again, whether or not it says that it changed.
const HISTORY_EVERY: Duration = Duration::from_secs(30);

/// The same where nobody looks.
const HISTORY_EVERY_BEHIND: Duration = Duration::from_secs(300);

/// How long the log may take for an entry that somebody waits for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for the log to end elsewhere than it did. Dropped, it no longer does.
pub(super) struct LogWatch {
    head: watch::Sender<Head>,
    changed: Arc<Notify>,
    task: JoinHandle<()>,
}

impl LogWatch {
    pub(super) fn start(audit: Arc<dyn AuditLog>) -> Self {
        let (head, mut seen) = watch::channel(Head::default());
        let changed = Arc::new(Notify::new());
        let notify = Arc::clone(&changed);
        let task = tokio::spawn(async move {
            // Before it was read for the first time there is nothing to compare with.
            while seen.changed().await.is_ok() {
                loop {
                    let end = seen.borrow_and_update().clone();
                    tokio::select! {
                        () = audit.changed(&end) => {}
                        known = seen.changed() => if known.is_ok() { continue } else { return },
                    }
                    notify.notify_one();
                    break;
                }
            }
        });
        Self { head, changed, task }
    }
}

impl Drop for LogWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shell {
    /// Returns when the log changed, whoever changed it.
    pub(in crate::tui) fn log_changed(&self) -> impl Future<Output = ()> + use<> {
        let changed = Arc::clone(&self.log.changed);
        async move { changed.notified().await }
    }

    /// Nobody looks at it from here on, or somebody does again: then what the log says is read anew.
    pub(in crate::tui) fn behind(&mut self, behind: bool) {
        if std::mem::replace(&mut self.behind, behind) == behind {
            return;
        }
        self.audit.attended(!behind);
        if !behind {
            self.read_history_again();
        }
    }

    /// What is told when the log changed.
    pub(in crate::tui) fn log_changes(&self) -> Arc<Notify> {
        Arc::clone(&self.log.changed)
    }

    /// Whether the audit log is to be read once more; not while a reading still hangs. Where nobody looks and nothing is
    /// under way, that it did not change is enough to know for longer.
    pub(in crate::tui) fn history_is_old(&self) -> bool {
        let unfinished = self.model.history.as_ref().is_none_or(|history| history.unfinished.is_some());
        let every = if self.behind && !unfinished { HISTORY_EVERY_BEHIND } else { HISTORY_EVERY };
        !self.reading() && self.history_read.elapsed() >= every
    }

    fn reading(&self) -> bool {
        self.history_reader.as_ref().is_some_and(|reader| !reader.is_finished())
    }

    /// Reads the log now, or as soon as the reading under way is done: one that is slow must not be begun for ever.
    pub(in crate::tui) fn read_history_again(&mut self) {
        if self.reading() { self.read_again = true } else { self.read_history() }
    }

    /// Reads the audit log beside the loop. A reading that still hangs is given up: its answer would be older.
    pub(in crate::tui) fn read_history(&mut self) {
        self.history_read = Instant::now();
        // A recording brings its own.
        if self.model.facts.replay {
            return;
        }
        self.read_again = false;
        if let Some(reader) = self.history_reader.take() {
            reader.abort();
        }
        let (audit, news, clock) = (Arc::clone(&self.audit), self.news.clone(), self.clock);
        let (facts, snapshot) = (self.model.facts.clone(), Arc::clone(&self.model.snapshot));
        let acting = self.acting();
        let reading = if self.model.history.is_none() { Reading::First } else { Reading::Later };
        self.history_reader = Some(tokio::spawn(async move {
            let history = if facts.read_only || acting {
                audit.read().await.map(|record| replay(&record))
            } else {
                let candidate = facts.candidate.as_deref();
                let (runbook, operator, now) = (&facts.runbook, &facts.operator, clock.now());
                recall(audit.as_ref(), runbook, &snapshot, candidate, operator, reading, now).await
            };
            // Nobody listens any more once the cockpit is left.
            let _ = news.send(history.map_or_else(Msg::NoHistory, |history| Msg::History(Arc::new(history))));
        }));
    }

    /// What follows from the log as it was just read.
    pub(super) fn remember(&mut self, history: &History) {
        self.log.head.send_replace(history.head.clone());
        // Who named no candidate looks at the one on record; and whoever named another one since, named it for all.
        let facts = &mut self.model.facts;
        let renamed = self.basis.is_some() && self.basis.as_ref() != history.bases.last();
        let named = if renamed { None } else { facts.candidate.as_deref() };
        facts.candidate = history.candidate(named).map(str::to_owned);
        self.basis = history.bases.last().cloned();
        let since = judge::evidence_since(history, self.clock.now());
        self.poller.since.send_if_modified(|present| std::mem::replace(present, since) != since);
        self.judge();
        if let Some(unfinished) = self.take_up.decide(history, &self.model, self.clock.now()) {
            self.take(Msg::Interrupted(Box::new(unfinished)));
        }
        if std::mem::take(&mut self.read_again) {
            self.read_history();
        }
    }

    /// Says how many entries wait for the log.
    pub(in crate::tui) fn count_kept(&mut self) {
        let kept = self.audit.kept().len();
        self.take(Msg::Kept(kept));
    }

    /// Records one event beside the loop.
    pub(super) fn record(&self, event: Event) {
        let log = self.appending();
        let news = self.news.clone();
        tokio::spawn(async move {
            let _ = news.send(Msg::Recorded(log.append(event).await, Vec::new()));
        });
    }

    /// Records one event beside the loop, if the log still ends there; the names on which it rests before it.
    pub(super) fn record_after(&self, head: Head, event: Event) {
        let (log, news) = (self.appending(), self.news.clone());
        let (runbook, history) =
            (Arc::clone(&self.model.facts.runbook), self.model.history.clone().unwrap_or_default());
        tokio::spawn(async move {
            let mut names = Vec::new();
            let (audit, at) = (log.audit.as_ref(), (&head, || log.clock.now()));
            let appended = append_named(audit, (&runbook, &history), &log.operator, at, event, &mut names);
            let recorded = in_time(appended).await;
            let _ = news.send(Msg::Recorded(recorded, names.iter().map(|name| told(&runbook, name)).collect()));
        });
    }

    /// Makes a move of the poll or of the roles, if the rules allow it on what the log says then.
    pub(super) fn make(&self, step: Move) {
        let (log, news, facts) = (self.appending(), self.news.clone(), self.model.facts.clone());
        tokio::spawn(async move {
            let decide = |history: &History| {
                let refused = |refusal: Refusal| {
                    Fault::new(FaultKind::Changed, refusal.text(), "see in the timeline who did what meanwhile")
                };
                step.event(&meeting(&facts, history)).map_err(refused)
            };
            let audit = log.audit.as_ref();
            let mut names = Vec::new();
            let now = || log.clock.now();
            let made = append_decided(audit, &facts.runbook, &log.operator, now, decide, &mut names);
            let made = timeout(PATIENCE, made).await.unwrap_or_else(|_| Err(no_answer()));
            // They are on record, whatever became of the entry after them.
            let mut remarks: Vec<String> = names.iter().map(|name| told(&facts.runbook, name)).collect();
            let recorded = made.map(|Decided { before, entry }| {
                remarks.extend(step.remarks(&meeting(&facts, &before)));
                Box::new(entry)
            });
            let _ = news.send(Msg::Recorded(recorded, remarks));
        });
    }

    /// Reads a report of the automated gate, and records it.
    pub(super) fn import(&self, path: String) {
        let log = self.appending();
        let news = self.news.clone();
        let known = self.model.facts.runbook.qa.is_some();
        tokio::spawn(async move {
            let read = tokio::task::spawn_blocking(move || read_qa_file(&typed::path(&path))).await;
            let told = match read {
                _ if !known => {
                    let what = "the runbook has no automated gate, so there is nothing to import";
                    (Err(Fault::new(FaultKind::Configuration, what, "see the runbook")), Vec::new())
                }
                Ok(Ok(run)) => (log.append(Event::QaReported(Box::new(run))).await, Vec::new()),
                Ok(Err(fault)) => (Err(fault), Vec::new()),
                Err(_) => {
                    let what = "the QA report could not be read: its reader crashed";
                    (Err(Fault::new(FaultKind::File, what, "see the log file")), Vec::new())
                }
            };
            let _ = news.send(Msg::Recorded(told.0, told.1));
        });
    }

    /// Reads the flag again and, where nothing changed since it was looked at, records that it is adopted.
    pub(super) fn adopt(&self, stage: String, version: String, reason: String, head: Head) {
        let log = self.appending();
        self.ask_store(
            move |store| async move {
                let flag = store.read().await?;
                if flag.version != version {
                    let what = format!("the flag changed once more since you looked; it serves {}", flag.serves());
                    return Err(Fault::new(FaultKind::Changed, what, "look again before you adopt it"));
                }
                log.append_after(&head, Event::Adopted { stage, flag, reason }).await
            },
            |recorded| Msg::Recorded(recorded, Vec::new()),
        );
    }

    pub(super) fn appending(&self) -> Appending {
        Appending { audit: Arc::clone(&self.audit), operator: self.model.facts.operator.clone(), clock: self.clock }
    }
}

fn meeting<'a>(facts: &'a Facts, history: &'a History) -> Meeting<'a> {
    let (runbook, candidate, operator) = (&*facts.runbook, facts.candidate.as_deref(), facts.operator.as_str());
    Meeting { runbook, history, candidate, operator }
}

/// What an entry is added with.
pub(super) struct Appending {
    audit: Arc<dyn AuditLog>,
    operator: String,
    clock: crate::clock::Clock,
}

impl Appending {
    pub(super) async fn append(&self, event: Event) -> Result<Box<Entry>, Fault> {
        in_time(self.audit.append(self.clock.now(), &self.operator, event)).await
    }

    async fn append_after(&self, head: &Head, event: Event) -> Result<Box<Entry>, Fault> {
        in_time(self.audit.append_after(head, self.clock.now(), &self.operator, event)).await
    }
}

async fn in_time(appended: impl Future<Output = Result<Entry, Fault>>) -> Result<Box<Entry>, Fault> {
    timeout(PATIENCE, appended).await.unwrap_or_else(|_| Err(no_answer())).map(Box::new)
}

fn no_answer() -> Fault {
    let what = format!("the audit log did not answer within {} s", PATIENCE.as_secs());
    Fault::new(FaultKind::Timeout, what, "see in the timeline whether it is there before you enter it again")
}
