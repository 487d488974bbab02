//! The automated gate beside the loop: run, told of, recorded, ended.

use std::{collections::VecDeque, path::PathBuf, time::Duration};

use tokio::sync::{oneshot, watch};

use super::Shell;
use crate::{
    audit::Event,
    config::AtHand,
    qa::{Done, NotRun, Order, Progress, Secrets, kill_all, prepare},
    tui::update::{GateNews, Msg},
};

/// So many of the last lines are shown.
const TAIL: usize = 60;
/// What is printed is told no more often: nobody reads faster, and keys come first.
const EVERY: Duration = Duration::from_millis(100);

/// Where the gate is run.
#[derive(Debug, Default)]
pub(in crate::tui) struct Place {
    /// The product's checkout.
    pub(in crate::tui) checkout: Option<PathBuf>,
    /// Where programs are looked for first.
    pub(in crate::tui) path: Option<PathBuf>,
    /// Where evidence is kept.
    pub(in crate::tui) data_dir: PathBuf,
    /// Tokens that are not kept with what it printed.
    pub(in crate::tui) at_hand: AtHand,
}

/// Ends the run that goes on.
pub(super) struct Stop {
    number: u64,
    sender: Option<oneshot::Sender<String>>,
}

impl Drop for Shell {
    fn drop(&mut self) {
        // Whoever leaves the cockpit leaves no gate behind, not even one that could not be stopped in time.
        kill_all();
    }
}

impl Shell {
    /// Asks the run of this number to end, as the operator wants it.
    pub(super) fn kill_gate(&mut self, number: u64) {
        self.end_gate(number, format!("by {} in the cockpit", self.model.facts.operator));
    }

    /// Asks the run of this number to end, and tells it why. One that was asked already is not asked again.
    pub(super) fn end_gate(&mut self, number: u64, why: String) {
        let stop = self.gate.as_mut().filter(|stop| stop.number == number);
        if let Some(sender) = stop.and_then(|stop| stop.sender.take()) {
            // One that has ended meanwhile does not listen any more.
            let _ = sender.send(why);
        }
    }

    /// Runs the gate; what is heard of it carries this number.
    pub(super) fn run_gate(&mut self, number: u64) {
        let news = self.news.clone();
        let tell = move |heard| drop(news.send(Msg::Gate(number, heard)));
        let facts = &self.model.facts;
        let Some(gate) = facts.runbook.qa.clone() else {
            return tell(GateNews::NotRun("the runbook has no automated gate".to_owned()));
        };
        let Some(checkout) = self.place.checkout.clone() else {
            let why = "no checkout is named; give --checkout, or write checkout into the profile";
            return tell(GateNews::NotRun(why.to_owned()));
        };
        let mut order = Order {
            gate: gate.clone(),
            checkout,
            candidate: facts.candidate.clone(),
            data_dir: self.place.data_dir.clone(),
            clock: self.clock,
            path: self.place.path.clone(),
            secrets: Secrets::of_this_process(),
        };
        let (sender, stopped) = oneshot::channel();
        self.gate = Some(Stop { number, sender: Some(sender) });
        let stop = async move {
            match stopped.await {
                Ok(why) => why,
                Err(_) => std::future::pending().await,
            }
        };
        let (live, mut seen) = watch::channel((Progress::new(&gate), VecDeque::new()));
        let told = tell.clone();
        tokio::spawn(async move {
            while seen.changed().await.is_ok() {
                let (progress, tail) = seen.borrow_and_update().clone();
                told(GateNews::Printed(Box::new(progress), tail.into()));
                tokio::time::sleep(EVERY).await;
            }
        });
        let printed = move |lines: Vec<String>, elapsed| {
            live.send_modify(|(progress, tail)| {
                for line in lines {
                    progress.line(&line, elapsed);
                    tail.push_back(line);
                }
                let more = tail.len().saturating_sub(TAIL);
                tail.drain(..more);
            });
        };
        let log = self.appending();
        let at_hand = self.place.at_hand.clone();
        let run = tokio::spawn(async move {
            // Files are read for it: not where keys are waited for.
            match tokio::task::spawn_blocking(move || at_hand.values()).await {
                Ok(values) => order.secrets = order.secrets.and(values),
                Err(_) => {
                    let why = "nothing was run: the profile's tokens, which are kept out of its output, were not read";
                    return GateNews::NotRun(why.to_owned());
                }
            }
            let done = async { Ok::<_, NotRun>(prepare(order).await?.run(stop, printed).await?) };
            match done.await {
                Err(why) => GateNews::NotRun(why.to_string()),
                Ok(Done { run, mut remarks }) => {
                    let kept = run.ran.iter().flat_map(|ran| [&ran.output, &ran.report]).flatten();
                    remarks.extend(kept.map(|kept| format!("kept {}", kept.path)));
                    GateNews::Recorded(log.append(Event::QaReported(Box::new(run))).await, remarks)
                }
            }
        });
        tokio::spawn(async move { tell(run.await.unwrap_or(GateNews::Lost)) });
    }
}
