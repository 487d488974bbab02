//! The start: what is watched with, and what is in force.

use std::time::{Duration, Instant};

use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::timeout,
};

use super::{Options, Shell};
use crate::{
    guard::{Changes, Guard, Lines, act::News, attending::attending, facts::Facts, past::Past, words},
    judge::{self, History},
    notify::{Notifier, Report},
    operations::this_host,
    poller,
    session::Session,
};

/// How long the start waits for the audit log; without it, it goes on and says so.
const LOG_PATIENCE: Duration = Duration::from_secs(5);

impl Shell {
    /// Begins to watch, and says so.
    pub(super) async fn start(
        session: Session,
        options: Options,
        (notifier, reports): (Notifier, mpsc::Receiver<Report>),
    ) -> (Self, UnboundedReceiver<News>, mpsc::Receiver<Report>) {
        let now = Instant::now();
        let guard = Guard::new(&session.runbook, options.armed);
        let sources = [&session.telemetry.introduction, &session.flags.introduction]
            .map(|source| format!("{} {}", source.name, source.address));
        let facts = Facts {
            runbook: session.runbook,
            environment: session.environment,
            candidate: session.candidate,
            operator: session.operator,
            host: this_host(),
            clock: session.clock,
            audit: session.audit,
            read_only: session.read_only,
        };
        let since = judge::evidence_since(&History::default(), facts.clock.now());
        let poller = poller::start(session.telemetry, session.flags, facts.clock, session.interval, since);
        let (news, mut arrivals) = mpsc::unbounded_channel();
        let past = Past::start(facts.reader(poller.snapshots.clone()), news.clone());
        let attendant = attending(&facts, &poller, session.data_dir, news.clone());
        let mut shell = Self {
            attendant,
            facts,
            guard,
            changes: Changes::default(),
            past,
            poller,
            notifier,
            lines: Lines::start(),
            news,
            interval: session.interval,
            started: now,
            judged: now,
            heartbeat: (options.heartbeat, now),
            assessment: None,
            rolling: None,
            taken_up: None,
            driver: None,
        };
        let first = timeout(LOG_PATIENCE, arrivals.recv()).await.ok().flatten();
        shell.say_start(sources.to_vec(), first.as_ref());
        if let Some(first) = first {
            shell.arrival(first);
        }
        (shell, arrivals, reports)
    }

    fn say_start(&self, sources: Vec<String>, first: Option<&News>) {
        let stage = match first {
            Some(News::Past(past)) => past.as_ref().as_ref().ok().and_then(|past| past.present()),
            _ => None,
        };
        let said = words::start(words::Start {
            rollout: &self.facts.runbook.key,
            environment: &self.facts.environment,
            stage: stage.map(|visit| visit.stage.clone()),
            sources,
            audit_log: self.facts.audit.place(),
            armed: self.guard.is_armed(),
            armed_for: self.guard.armed_for(),
            notifies: self.notifier.targets(),
            operator: &self.facts.operator,
        });
        self.say(&said);
    }
}
