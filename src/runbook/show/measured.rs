//! What is measured: rates, monitored classes, and the signals behind them.

use super::words::{any_of, conditions, named, percent, selection};
use crate::runbook::{Outcome, RateScope, Runbook, Signal, page::Page};

pub(super) fn rates(page: &mut Page, runbook: &Runbook) {
    if runbook.rates.is_empty() {
        return;
    }
    page.heading("Success rates");
    for (index, rate) in runbook.rates.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        let scope = match rate.scope {
            RateScope::Rollout => "judged for each rollout stage",
            RateScope::Step => "one step of the operation",
        };
        page.line(2, "", &format!("{} {scope}", named(&rate.title, &rate.key)));
        page.fact(4, "SLO", &percent(rate.slo));
        page.fact(4, "attempts", &selection(&rate.attempts));
        match &rate.outcome {
            Outcome::Successes(good) => page.fact(4, "successes", &selection(good)),
            Outcome::Failures(bad) => page.fact(4, "failures", &selection(bad)),
        }
    }
}

/// Classes of what happens, each with its tally.
pub(super) fn monitors(page: &mut Page, runbook: &Runbook) {
    if !runbook.monitors.is_empty() {
        page.heading("Monitors");
    }
    for (index, monitor) in runbook.monitors.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.line(2, "", &named(&monitor.title, &monitor.key));
        page.fact(4, "counts", &selection(&monitor.events));
        page.fact(4, "by", &monitor.by);
    }
}

pub(super) fn signals(page: &mut Page, runbook: &Runbook) {
    if runbook.signals.is_empty() {
        return;
    }
    page.heading("Signals");
    for (index, signal) in runbook.signals.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.line(2, "", &named(&signal.title, &signal.key));
        page.fact(4, "by", &signal.by.join(", "));
        if let Some(heartbeat) = &signal.heartbeat {
            page.fact(4, "heartbeat", &format!("{heartbeat} (while it is there, silence is zero)"));
        }
        if let Some(read) = &signal.prometheus {
            page.fact(4, "prometheus", &(read.metric.clone() + &conditions(&read.matchers)));
            page.fact(4, "", &held(signal, &read.labels));
            if !read.replica_labels.is_empty() {
                let copies = format!("copies that differ only in {} are counted once", any_of(&read.replica_labels));
                page.fact(4, "", &copies);
            }
        }
        if let Some(read) = &signal.events {
            let name = format!("{} is {}", read.name_field, any_of(&read.names));
            page.fact(4, "events", &(name + &conditions(&read.matchers)));
            page.fact(4, "", &held(signal, &read.labels));
            if let Some(field) = &read.value_field {
                page.fact(4, "", &format!("{field} says how many one record stands for"));
            }
        }
    }
}

/// Where each label of the signal is found.
fn held(signal: &Signal, labels: &[String]) -> String {
    let pairs: Vec<String> = signal.by.iter().zip(labels).map(|(by, held)| format!("{by} from {held}")).collect();
    pairs.join(", ")
}
