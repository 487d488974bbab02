//! A history of which every count is known.

use std::collections::BTreeMap;

use chrono::Utc;

use super::{GUARDRAILS, UPLOADS, map, prometheus::Known};

/// The samples of a process that counts: scraped every `step` seconds in `from..=to`, `each` more at every scrape,
/// from `first` on, and from nothing again after each of `restarts`.
pub fn counting(from: i64, to: i64, step: i64, first: u64, each: u64, restarts: &[i64]) -> Vec<(i64, f64)> {
    let mut value = first;
    let mut samples = Vec::new();
    let mut at = from;
    while at <= to {
        if at > from {
            value += each;
            if restarts.iter().any(|restart| (at - step..at).contains(restart)) {
                value = each;
            }
        }
        samples.push((at * 1000 + 123, value as f64));
        at += step;
    }
    samples
}

/// What happened in the four hours before `end`, with more before it.
pub fn history(end: i64) -> Vec<Known> {
    let hour = 3600;
    let start = end - 4 * hour;
    let upload = |environment: &str, success: &str, step: &str, instance: &str, samples| Known {
        metric: UPLOADS,
        labels: format!(
            "environment=\"{environment}\",success=\"{success}\",fail_stage=\"{step}\",instance=\"{instance}\""
        ),
        samples,
    };
    let mut silent = counting(start - 4 * hour, start + 600, 15, 0, 1, &[]);
    let resumed = counting(start + 3000, end, 15, 5000, 1, &[]);
    silent.extend(&resumed);
    vec![
        // Scraped all along: `up` says that the server has data from before.
        Known {
            metric: "up",
            labels: "job=\"api\"".to_owned(),
            samples: counting(start - 4 * hour, end, 60, 1, 0, &[]),
        },
        // There before the window at a high count, restarted twice within: 960 scrapes of +2.
        upload(
            "production",
            "true",
            "",
            "a",
            counting(start - 4 * hour, end, 15, 70_000, 2, &[start + 3605, end - 3605]),
        ),
        // A pod that came and went, its first sample 1: 1 + 120 * 3.
        upload("production", "true", "", "b", counting(start + 3600, start + 3600 + 1800, 15, 1, 3, &[])),
        // The same pod's name again later, from nothing: 2 + 40 * 1.
        upload("production", "true", "", "b2", counting(start + 9000, start + 9600, 15, 2, 1, &[])),
        // An exporter that writes booleans as digits; born within: 7 + 40.
        upload("production", "1", "", "c", counting(start + 7200, start + 7800, 15, 7, 1, &[])),
        // Failures: one newborn at 1 that never moves, one that was there before and never moves in the window.
        upload("production", "false", "stage_attach", "a", counting(start + 5000, end, 15, 1, 0, &[])),
        upload("production", "false", "flush", "a", counting(start - 4 * hour, end, 15, 12, 0, &[])),
        // Not scraped for 40 minutes, counting on meanwhile.
        upload("production", "true", "register", "d", silent),
        // Another environment, busier.
        upload("staging", "false", "flush", "s", counting(start - hour, end, 15, 0, 1000, &[])),
        Known {
            metric: GUARDRAILS,
            labels: "environment=\"production\",stage=\"pull\",code=\"pullDuplicateOpReplay\"".to_owned(),
            samples: counting(end - 600, end - 300, 15, 1, 0, &[]),
        },
    ]
}

/// What must be counted of it.
pub fn expected(end: i64) -> BTreeMap<String, u64> {
    let start = end - 4 * 3600;
    // The first sample of `d` in the window counts one step; the value of 5000 after the silence, the difference.
    let before_silence = 600 / 15 + 1;
    let d = before_silence + (5000 - (4 * 3600 + 600) / 15) + (end - start - 3000) / 15;
    map(&[
        ("true/", 961 * 2 + (1 + 120 * 3) + (2 + 40) + (7 + 40)),
        ("true/register", d as u64),
        ("false/stage_attach", 1),
    ])
}

/// The last whole minute but one, so that nothing of the history is in the future.
pub fn recently() -> i64 {
    Utc::now().timestamp() / 60 * 60 - 60
}
