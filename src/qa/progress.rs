//! How far a run of the gate is, from the lines that it prints. Pure. It is for people who wait: the report decides.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    judge::{QaReport, candidate},
    runbook::QaGate,
};

/// How a check stands, as far as the output says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    /// Nothing was said of it yet.
    Waiting,
    /// It began, so long after the run did.
    Running(Duration),
    /// Another one began, and of this one no result was printed.
    Over,
    /// It passed, and took so long.
    Passed(Duration),
    /// It failed, and took so long.
    Failed(Duration),
    /// It was left out.
    Skipped,
}

/// A check that the runbook lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckProgress {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub state: CheckState,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The checks that the runbook lists, in its order.
    pub checks: Vec<CheckProgress>,
    older: BTreeMap<String, String>,
}

impl Progress {
    /// Of a run that has printed nothing yet.
    pub fn new(gate: &QaGate) -> Self {
        let checks = gate.checks.iter().map(|id| CheckProgress { id: id.clone(), state: CheckState::Waiting });
        Self { checks: checks.collect(), older: gate.older.clone() }
    }

    /// Takes in one line that was printed when the run had gone on for `elapsed`. Tells whether a check stands
    /// differently now.
    pub fn line(&mut self, line: &str, elapsed: Duration) -> bool {
        let line = line.trim();
        if let Some((id, result, took)) = result_of(line) {
            return self.ended(id, result, took, elapsed);
        }
        let marked = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(id, _)| id);
        if let Some(at) = marked.and_then(|id| self.known(id)) {
            return self.began(at, elapsed);
        }
        // A tool that prints in its own way names what it is at. A list of them all says nothing.
        let mut named: Vec<usize> = line.split(|c: char| !is_of_id(c)).filter_map(|word| self.known(word)).collect();
        named.dedup();
        match named.as_slice() {
            [one] => self.began(*one, elapsed),
            _ => false,
        }
    }

    /// How many passed.
    pub fn passed(&self) -> usize {
        self.checks.iter().filter(|check| matches!(check.state, CheckState::Passed(_))).count()
    }

    /// The check that runs now.
    pub fn running(&self) -> Option<&str> {
        let running = |check: &&CheckProgress| matches!(check.state, CheckState::Running(_));
        self.checks.iter().find(running).map(|check| check.id.as_str())
    }

    fn known(&self, id: &str) -> Option<usize> {
        let id = self.older.get(id).map_or(id, String::as_str);
        self.checks.iter().position(|check| check.id == id)
    }

    fn began(&mut self, at: usize, elapsed: Duration) -> bool {
        if self.checks[at].state != CheckState::Waiting {
            return false;
        }
        for check in &mut self.checks {
            if matches!(check.state, CheckState::Running(_)) {
                check.state = CheckState::Over;
            }
        }
        self.checks[at].state = CheckState::Running(elapsed);
        true
    }

    fn ended(&mut self, id: &str, result: &str, took: Option<Duration>, elapsed: Duration) -> bool {
        let Some(at) = self.known(id) else { return false };
        let check = &mut self.checks[at];
        let seen = match check.state {
            CheckState::Running(since) => elapsed.saturating_sub(since),
            _ => Duration::ZERO,
        };
        let took = took.unwrap_or(seen);
        let state = match result.to_ascii_lowercase().as_str() {
            "pass" | "passed" => CheckState::Passed(took),
            "skip" | "skipped" => CheckState::Skipped,
            _ => CheckState::Failed(took),
        };
        let differs = check.state != state;
        check.state = state;
        differs
    }
}

/// `Result: PASS (12.3s) for api-rekey-crdt`
fn result_of(line: &str) -> Option<(&str, &str, Option<Duration>)> {
    let (result, rest) = line.strip_prefix("Result:")?.trim_start().split_once(' ')?;
    let (between, id) = match rest.strip_prefix("for ") {
        Some(id) => ("", id),
        None => rest.rsplit_once(" for ")?,
    };
    let seconds = between.trim().strip_prefix('(').and_then(|took| took.strip_suffix("s)"));
    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
    let took = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Some((id.trim(), result, took))
}

fn is_of_id(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.')
}

/// How long the last run that came to its end took, on this candidate or any other. None where there was none.
pub fn took_before(reports: &[QaReport], on: Option<&str>) -> Option<Duration> {
    let took = |report: &QaReport| {
        let completed = report.run.completed_at.filter(|_| !report.run.dry_run && report.run.all_passed)?;
        (completed - report.run.started_at).to_std().ok()
    };
    let same = |report: &&QaReport| candidate::same(Some(&report.run.candidate), on);
    let here = reports.iter().rev().filter(same).find_map(took);
    here.or_else(|| reports.iter().rev().find_map(took))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::built_in;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn states(lines: &[&str]) -> Vec<CheckState> {
        let mut progress = Progress::new(built_in().qa.as_ref().unwrap());
        for (n, line) in (0..).zip(lines) {
            progress.line(line, seconds(n));
        }
        progress.checks.into_iter().map(|check| check.state).collect()
    }

    use CheckState::{Failed, Over, Passed, Running, Skipped, Waiting};

    #[test]
    fn the_tools_own_lines_tell_how_each_check_stands() {
        let run = states(&[
            "> product@ qaVfsSecureUpload",
            "[api-rekey-crdt] API rekey + encrypted envelope parser contract",
            "  12 tests",
            "Result: PASS (12.3s) for api-rekey-crdt",
            "[api-client-crypto] API-client secure pipeline",
            "Result: FAIL (0.5s) for api-client-crypto",
            "Result: SKIPPED for client-secure-upload",
            "[vfs-sync-guardrail] by its older name",
        ]);
        assert_eq!(
            run,
            [Passed(Duration::from_millis(12_300)), Failed(Duration::from_millis(500)), Skipped, Running(seconds(7))]
        );
    }

    #[test]
    fn another_tool_names_what_it_is_at() {
        let run = states(&[
            "will run api-rekey-crdt, api-client-crypto, client-secure-upload",
            "running api-rekey-crdt ...",
            "a file called client-secure-upload.test.ts",
            "running api-client-crypto, 3 files",
            "still at api-rekey-crdt?",
        ]);
        assert_eq!(run, [Over, Running(seconds(3)), Waiting, Waiting]);
    }

    #[test]
    fn odd_lines_say_nothing() {
        for line in
            ["Result:", "Result: PASS", "Result: PASS (xs) for nobody", "[]", "[", "Result: PASS (NaNs) for x", "] ["]
        {
            assert_eq!(states(&[line]), [Waiting; 4], "{line}");
        }
    }
}
