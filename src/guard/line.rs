//! The log of a guard: one JSON object a line on stdout, and nothing else there.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::Said;
use crate::judge::Assessment;

/// Lines that wait for a reader who is slow. More are lost, and counted.
const WAITING: usize = 4096;

/// How long the end waits for lines that are on their way.
const PARTING: Duration = Duration::from_millis(300);

/// One line: what was said, beside where the rollout stands. It ends without a line end.
pub fn line(at: DateTime<Utc>, said: &Said, assessment: Option<&Assessment>) -> String {
    let mut object = Map::new();
    object.insert("time".to_owned(), json!(at.to_rfc3339_opts(SecondsFormat::Millis, true)));
    object.insert("event".to_owned(), json!(said.event));
    object.insert("call".to_owned(), json!(assessment.map(|assessment| assessment.call.word())));
    object.insert("headline".to_owned(), json!(assessment.map(|assessment| assessment.headline.as_str())));
    object.insert("stage".to_owned(), json!(assessment.map(|assessment| assessment.stage.key.as_str())));
    object.insert("what".to_owned(), json!(crate::text::clean(&said.what)));
    if !said.reason.is_empty() {
        object.insert("reason".to_owned(), json!(crate::text::clean(&said.reason)));
    }
    if let Some(since) = said.since {
        object.insert("since".to_owned(), json!(since.to_rfc3339_opts(SecondsFormat::Secs, true)));
    }
    for (key, value) in &said.facts {
        object.entry(key.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(object).to_string()
}

/// Lines on their way to stdout. A reader who stalls holds nobody up.
pub struct Lines {
    queue: Option<SyncSender<String>>,
    lost: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Lines {
    /// Begins to write to stdout.
    pub fn start() -> Self {
        let (queue, lines) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        let thread = thread::Builder::new().name("lines".to_owned()).spawn(move || write(&lines, &counted)).ok();
        Self { queue: Some(queue), lost, thread }
    }

    /// Writes one line, as soon as it can be written; returns at once.
    pub fn say(&self, line: String) {
        if self.queue.as_ref().is_none_or(|queue| queue.try_send(line).is_err()) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.queue = None;
        let Some(thread) = self.thread.take() else { return };
        let began = Instant::now();
        while !thread.is_finished() && began.elapsed() < PARTING {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn write(lines: &Receiver<String>, lost: &AtomicU64) {
    while let Ok(line) = lines.recv() {
        let lost = lost.swap(0, Ordering::Relaxed);
        let mut out = io::stdout().lock();
        if lost > 0 {
            let at = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
            let _ = writeln!(out, "{}", json!({"time": at, "event": "lines-lost", "lines": lost}));
        }
        // A reader that went away is no reason to stop guarding.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}
