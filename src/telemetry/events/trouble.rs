//! What was wrong with the records, told without stopping for it.

use std::path::Path;

use super::tail::LINE_LIMIT;
use crate::text;

/// Above this share of unreadable lines the tallies are not to be relied on.
const TOLERATED: f64 = 0.05;

/// Counts of what was wrong.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    /// Lines seen, blank ones aside.
    pub(super) lines: u64,
    /// Lines over the limit.
    pub(super) too_long: u64,
    /// Records whose `detail` is no JSON: counted, with the fields in it empty.
    pub(super) unreadable_fields: u64,
    /// Records with an impossible time.
    pub(super) impossible_times: u64,
    /// Records with a number of occurrences that is none.
    pub(super) impossible_values: u64,
    malformed: u64,
    last_malformed: String,
}

impl Trouble {
    /// Notes a line that is no record.
    pub(super) fn malformed(&mut self, path: &Path, line: u64, why: &serde_json::Error) {
        self.malformed += 1;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let why = why.to_string();
        // serde_json counts lines within the one line it was given.
        let why = why.split(" at line ").next().unwrap_or_default();
        self.last_malformed = text::clean(&format!("{name}:{line}: {why}"));
    }

    /// In words, where so much is unreadable that the rest is not to be relied on.
    pub(super) fn too_much(&self) -> Option<String> {
        let bad = self.malformed + self.too_long;
        let share = bad as f64 / self.lines.max(1) as f64;
        (share > TOLERATED).then(|| format!("{bad} of {} lines cannot be read", self.lines))
    }

    /// In words, if there was any.
    pub(super) fn note(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.malformed > 0 {
            let lines = count(self.malformed, "malformed line");
            parts.push(match self.malformed {
                1 => format!("{lines}, at {}", self.last_malformed),
                _ => format!("{lines}, the last at {}", self.last_malformed),
            });
        }
        if self.too_long > 0 {
            parts.push(format!("{} over {} MB skipped", count(self.too_long, "line"), LINE_LIMIT >> 20));
        }
        if self.unreadable_fields > 0 {
            parts.push(format!("{} with a detail that is no JSON", count(self.unreadable_fields, "record")));
        }
        if self.impossible_times > 0 {
            parts.push(format!("{} with an impossible time", count(self.impossible_times, "record")));
        }
        if self.impossible_values > 0 {
            parts.push(format!("{} with a value that is no count", count(self.impossible_values, "record")));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

fn count(n: u64, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
