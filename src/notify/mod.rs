//! Telling people who look at no screen: a webhook, and a command hook.
//!
//! Each has a queue and a task of its own. Handing a notice over never waits, whatever becomes of it.

mod hook;
mod notice;
mod webhook;

use std::{sync::Arc, time::Duration};

pub use hook::Hook;
pub use notice::Notice;
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::JoinHandle,
};
pub use webhook::Webhook;

use crate::fault::{Fault, FaultKind};

/// Notices that wait while an earlier one is delivered. More are dropped, and said to be.
const WAITING: usize = 64;

/// Waits before a notice is sent again. With the times of the attempts it is given up after about a minute.
const BACKOFF: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(15)];

/// Somebody to tell.
enum Target {
    Webhook(Box<Webhook>),
    Hook(Hook),
}

/// What became of a notice.
#[derive(Debug, Clone)]
pub struct Report {
    /// `webhook` or `hook`.
    pub target: &'static str,
    /// What it was about: [`Notice::event`].
    pub event: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it is given up, or why it is tried again; none where it was delivered.
    pub fault: Option<Fault>,
    /// Whether it is tried again.
    pub again: bool,
}

/// Hands notices to everybody who is to be told. Dropped, it ends what is under way.
pub struct Notifier {
    queues: Vec<(&'static str, Sender<Arc<Notice>>)>,
    tasks: Vec<JoinHandle<()>>,
    reports: Sender<Report>,
}

impl Notifier {
    /// Begins to wait for notices. Within a tokio runtime. What becomes of each comes through the receiver; where nobody
    /// takes it from there, reports are dropped, never notices.
    pub fn start(webhook: Option<Webhook>, hook: Option<Hook>) -> (Self, Receiver<Report>) {
        let (reports, receiver) = mpsc::channel(WAITING * 8);
        let webhook = webhook.map(|webhook| ("webhook", Target::Webhook(Box::new(webhook))));
        let hook = hook.map(|hook| ("hook", Target::Hook(hook)));
        let (mut queues, mut tasks) = (Vec::new(), Vec::new());
        for (name, target) in webhook.into_iter().chain(hook) {
            let (queue, notices) = mpsc::channel(WAITING);
            queues.push((name, queue));
            tasks.push(tokio::spawn(deliver(name, target, notices, reports.clone())));
        }
        (Self { queues, tasks, reports }, receiver)
    }

    /// Who is told: `webhook`, `hook`.
    pub fn targets(&self) -> Vec<&'static str> {
        self.queues.iter().map(|(name, _)| *name).collect()
    }

    /// Tells everybody, and returns at once.
    pub fn tell(&self, notice: Notice) {
        let notice = Arc::new(notice);
        for (target, queue) in &self.queues {
            if queue.try_send(Arc::clone(&notice)).is_err() {
                let what = format!("{WAITING} notices wait for the {target} already; this one was dropped");
                let fault = Fault::new(FaultKind::TooLarge, what, "see why it does not take them");
                let event = notice.event.clone();
                let _ = self.reports.try_send(Report { target, event, attempts: 0, fault: Some(fault), again: false });
            }
        }
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn deliver(name: &'static str, mut target: Target, mut notices: Receiver<Arc<Notice>>, reports: Sender<Report>) {
    while let Some(notice) = notices.recv().await {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let sent = match &mut target {
                Target::Webhook(webhook) => webhook.post(&notice).await,
                // What a program did before it failed is not known: it is not run twice.
                Target::Hook(hook) => hook.run(&notice).await.map_err(|fault| (fault, false)),
            };
            let wait = BACKOFF.get(attempts as usize - 1);
            let (fault, wait) = match sent {
                Ok(()) => (None, None),
                Err((fault, may_pass)) => (Some(fault), wait.filter(|_| may_pass)),
            };
            let event = notice.event.clone();
            let report = Report { target: name, event, attempts, fault, again: wait.is_some() };
            // A full queue of reports is no reason to stop telling.
            let _ = reports.try_send(report);
            match wait {
                Some(wait) => tokio::time::sleep(*wait).await,
                None => break,
            }
        }
    }
}
