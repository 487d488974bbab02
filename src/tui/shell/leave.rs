//! The way out of the cockpit: a gate that runs is stopped first, and its run is recorded as stopped.

use std::time::Duration;

use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, timeout_at},
};

use super::Shell;
use crate::{
    audit::Event,
    qa::kill_all,
    text::clean,
    tui::update::{GateNews, Msg},
};

/// Whoever leaves waits no longer.
pub(in crate::tui) const PATIENCE: Duration = Duration::from_secs(5);
/// After that the gate is not asked to end any more, but made to: what was run is still to be kept and recorded.
const GRACE: Duration = Duration::from_secs(2);

impl Shell {
    /// Ends the gate that runs, and tells in one sentence what became of it. Takes at most [`PATIENCE`].
    pub(in crate::tui) async fn stop_gate(&mut self, arrivals: &mut UnboundedReceiver<Msg>, why: String) -> String {
        let Some(number) = self.model.gate.as_ref().map(|gate| gate.number) else { return told(None) };
        let now = Instant::now();
        self.end_gate(number, why);
        if let Ok(ended) = timeout_at(now + GRACE, end_of(number, arrivals)).await {
            return told(ended);
        }
        kill_all();
        told(timeout_at(now + PATIENCE, end_of(number, arrivals)).await.ok().flatten())
    }
}

/// How that run ended; none where nobody will tell any more.
async fn end_of(number: u64, arrivals: &mut UnboundedReceiver<Msg>) -> Option<GateNews> {
    loop {
        match arrivals.recv().await? {
            Msg::Gate(of, news) if of == number && !matches!(news, GateNews::Printed(..)) => return Some(news),
            _ => {}
        }
    }
}

fn told(ended: Option<GateNews>) -> String {
    match ended {
        Some(GateNews::Recorded(Ok(entry), _)) => {
            let stopped = matches!(&entry.event, Event::QaReported(run) if run.ran.as_ref().is_some_and(|ran| ran.killed.is_some()));
            let how = if stopped { "was stopped" } else { "had ended" };
            format!("the automated gate {how}; recorded as entry {}", entry.seq)
        }
        Some(GateNews::Recorded(Err(fault), _)) => {
            clean(&format!("the automated gate was stopped, and the run is not on record: {fault}"))
        }
        Some(GateNews::NotRun(why)) => clean(&format!("the automated gate was not run: {why}")),
        Some(GateNews::Lost | GateNews::Printed(..)) | None => {
            "the automated gate was killed, and nothing of the run is on record".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::{
        audit::Entry,
        fault::{Fault, FaultKind},
        judge::{QaRan, QaRun, Tree},
        qa::Progress,
        runbook::built_in,
    };

    fn recorded(killed: Option<&str>) -> GateNews {
        let at = chrono::DateTime::UNIX_EPOCH;
        let ran = QaRan {
            exit: None,
            killed: killed.map(str::to_owned),
            duration_ms: 1,
            head: None,
            tree: Tree::Clean,
            output: None,
            report: None,
        };
        let run = QaRun {
            command: "pnpm qa".into(),
            candidate: "018e611".into(),
            started_at: at,
            completed_at: None,
            dry_run: false,
            all_passed: false,
            checks: Vec::new(),
            odd: Vec::new(),
            digest: String::new(),
            ran: Some(ran),
        };
        let entry = Entry {
            seq: 7,
            at,
            operator: "oncall".into(),
            host: "ops-1".into(),
            version: "0".into(),
            event: Event::QaReported(Box::new(run)),
            previous: String::new(),
            hash: String::new(),
        };
        GateNews::Recorded(Ok(Box::new(entry)), Vec::new())
    }

    #[test]
    fn it_is_told_what_became_of_the_run() {
        let fault = Fault::new(FaultKind::File, "the disk is full\x1b[2J", "free some space");
        for (news, expected) in [
            (Some(recorded(Some("by oncall"))), "was stopped; recorded as entry 7"),
            (Some(recorded(None)), "had ended; recorded as entry 7"),
            (
                Some(GateNews::Recorded(Err(fault), Vec::new())),
                "was stopped, and the run is not on record: the disk is full",
            ),
            (Some(GateNews::NotRun("another commit".into())), "was not run: another commit"),
            (Some(GateNews::Lost), "nothing of the run is on record"),
            (None, "nothing of the run is on record"),
        ] {
            let told = told(news);
            assert!(told.contains(expected) && !told.contains('\x1b'), "{told}");
        }
    }

    #[tokio::test]
    async fn only_the_end_of_that_run_counts() {
        let (news, mut arrivals) = unbounded_channel();
        let printed = GateNews::Printed(Box::new(Progress::new(built_in().qa.as_ref().unwrap())), Vec::new());
        for msg in [Msg::Kept(3), Msg::Gate(1, GateNews::Lost), Msg::Gate(2, printed), Msg::Gate(2, recorded(None))] {
            news.send(msg).unwrap();
        }
        assert!(matches!(end_of(2, &mut arrivals).await, Some(GateNews::Recorded(Ok(_), _))));
        drop(news);
        assert!(end_of(2, &mut arrivals).await.is_none());
    }
}
