//! What telemetry of an environment saw of what a check of the checklist is made of. It confirms no check: people make
//! them, and this is shown beside.

use chrono::{DateTime, TimeDelta, Utc};

use super::select::count_since;
use crate::{
    runbook::{Check, MatchOp, Runbook, Selection},
    snapshot::{Health, Observation},
    text::clean,
    units::moment,
};

/// How far back it is looked.
const WITHIN: TimeDelta = TimeDelta::hours(24);

/// What was seen of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCheck {
    /// Check key.
    pub check: String,
    /// Where.
    pub environment: String,
    /// How much of it.
    pub seen: SeenHow,
    /// In one line, harmless: `seen in staging: stage 41, commit 40`.
    pub words: String,
}

/// How much of a check was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenHow {
    /// Each of its parts, at least once.
    Whole,
    /// Some of its parts.
    Part,
    /// None of it.
    Nothing,
    /// That cannot be told.
    Blind,
}

impl SeenHow {
    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Whole => "seen",
            Self::Part => "part",
            Self::Nothing => "not-seen",
            Self::Blind => "unknown",
        }
    }
}

/// What was seen of each check that telemetry can see, in the runbook's order: in `environment`, in the 24 hours up to
/// `now`. `observed` is telemetry of that environment, or why it cannot be asked.
pub fn seen_checks(
    runbook: &Runbook,
    environment: &str,
    observed: Result<&Observation, &str>,
    now: DateTime<Utc>,
) -> Vec<SeenCheck> {
    let checks = runbook.checklist.iter().filter(|check| !check.seen.is_empty());
    let each = checks.map(|check| {
        let environment = clean(environment);
        let (seen, words) = match observed {
            Err(why) => (SeenHow::Blind, format!("telemetry of {environment} cannot be asked: {}", clean(why))),
            Ok(observation) => judged(runbook, &environment, check, observation, now),
        };
        SeenCheck { check: check.key.clone(), environment, seen, words }
    });
    each.collect()
}

fn judged(
    runbook: &Runbook,
    environment: &str,
    check: &Check,
    observation: &Observation,
    now: DateTime<Utc>,
) -> (SeenHow, String) {
    let from = now - WITHIN;
    let (mut parts, mut late, mut blind) = (Vec::new(), None, None);
    for selection in &check.seen {
        let Some(reading) = observation.readings.get(&selection.signal) else {
            blind.get_or_insert(format!("{} is not read there", clean(&selection.signal)));
            continue;
        };
        match &reading.health {
            Health::Good | Health::Absent => {}
            Health::Partial(why) => _ = blind.get_or_insert(clean(why)),
            Health::Failed(fault) => _ = blind.get_or_insert(fault.to_string()),
            Health::Unreadable => {
                blind.get_or_insert(format!("the runbook does not say how {} is read there", clean(&selection.signal)));
            }
        }
        if reading.covered_from > from && !matches!(reading.health, Health::Absent) {
            late = late.max(Some(reading.covered_from));
        }
        parts.push((name(runbook, selection), count_since(runbook, reading, selection, from)));
    }
    let found: Vec<&(String, u64)> = parts.iter().filter(|(_, n)| *n > 0).collect();
    let counted: Vec<String> = parts.iter().map(|(name, n)| format!("{name} {n}")).collect();
    let counted = counted.join(", ");
    if found.len() == check.seen.len() {
        // What was seen was seen, whatever else was missed.
        return (SeenHow::Whole, format!("seen in {environment}: {counted}"));
    }
    if let Some(why) = blind {
        let so_far = if found.is_empty() { String::new() } else { format!(" (so far: {counted})") };
        return (SeenHow::Blind, format!("not known of {environment}: {why}{so_far}"));
    }
    let since = late.map_or_else(|| "in 24 h".to_owned(), |late| format!("since {}", moment(late)));
    match found.is_empty() {
        true => (SeenHow::Nothing, format!("not seen in {environment} {since}")),
        false => (SeenHow::Part, format!("seen in part in {environment} {since}: {counted}")),
    }
}

/// The values that are looked for, else the signal's title: `commit`. That something is true says nothing by itself.
fn name(runbook: &Runbook, selection: &Selection) -> String {
    let values = selection.matchers.iter().filter_map(|matcher| match &matcher.op {
        MatchOp::In(values) if values.iter().any(|value| value != "true") => Some(values.join("/")),
        _ => None,
    });
    let values: Vec<String> = values.collect();
    let title = || runbook.signal(&selection.signal).map_or(selection.signal.as_str(), |signal| &signal.title);
    clean(&if values.is_empty() { title().to_owned() } else { values.join(" ") })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use super::*;
    use crate::{
        fault::{Fault, FaultKind},
        runbook::{Matcher, built_in},
        snapshot::{Counts, Reading},
    };

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_770_000_000, 0).unwrap()
    }

    /// A runbook with one check that is made of these operations.
    fn runbook(operations: &[&str]) -> Runbook {
        let mut runbook = built_in().clone();
        let seen = operations.iter().map(|operation| Selection {
            signal: "blob_operation".into(),
            matchers: vec![Matcher { field: "operation".into(), op: MatchOp::In(vec![(*operation).to_owned()]) }],
        });
        let plain = Check { key: "restore".into(), title: "Restore".into(), seen: Vec::new() };
        runbook.checklist = vec![plain, Check { key: "upload".into(), title: "Upload".into(), seen: seen.collect() }];
        runbook
    }

    /// So many of each operation, so many hours ago.
    fn observed(runbook: &Runbook, seen: &[(&str, u64, i64)], health: Health, hours: i64) -> Observation {
        let by = &runbook.signal("blob_operation").unwrap().by;
        let mut tallies = BTreeMap::new();
        for (operation, n, ago) in seen {
            let labels: Vec<String> = by
                .iter()
                .map(|label| if label == "operation" { (*operation).to_owned() } else { "x".into() })
                .collect();
            let counts: &mut Counts = tallies.entry(labels).or_default();
            counts.add(now() - TimeDelta::hours(*ago), *n);
        }
        let reading = Reading {
            tallies,
            health,
            query: String::new(),
            covered_from: now() - TimeDelta::hours(hours),
            newest: Some(now()),
            gaps: Vec::new(),
            step: TimeDelta::minutes(1),
        };
        let readings = BTreeMap::from([("blob_operation".to_owned(), Arc::new(reading))]);
        Observation { readings, ..Observation::default() }
    }

    fn said(observed: Result<&Observation, &str>) -> (SeenHow, String) {
        let mut found = seen_checks(&runbook(&["stage", "attach"]), "staging", observed, now());
        assert_eq!(found.len(), 1, "a check of which nothing is to be seen is left out");
        let found = found.remove(0);
        assert_eq!((found.check.as_str(), found.environment.as_str()), ("upload", "staging"));
        (found.seen, found.words)
    }

    #[test]
    fn each_part_counts_in_the_last_day() {
        let of =
            |seen: &[(&str, u64, i64)], health, hours| observed(&runbook(&["stage", "attach"]), seen, health, hours);
        let fault = || Health::Failed(Fault::new(FaultKind::Timeout, "it hangs", "wait"));
        for (observation, seen, words) in [
            (
                of(&[("stage", 41, 3), ("attach", 40, 23)], Health::Good, 30),
                SeenHow::Whole,
                "seen in staging: stage 41, attach 40",
            ),
            (
                of(&[("stage", 41, 3), ("attach", 40, 1)], fault(), 30),
                SeenHow::Whole,
                "seen in staging: stage 41, attach 40",
            ),
            (
                of(&[("stage", 41, 3), ("attach", 40, 25)], Health::Good, 30),
                SeenHow::Part,
                "seen in part in staging in 24 h: stage 41, attach 0",
            ),
            (of(&[("flush", 41, 3)], Health::Good, 30), SeenHow::Nothing, "not seen in staging in 24 h"),
            (of(&[], Health::Absent, 0), SeenHow::Nothing, "not seen in staging in 24 h"),
            (of(&[], Health::Good, 2), SeenHow::Nothing, "not seen in staging since 2026-02-02 00:40 UTC"),
            (
                of(&[("stage", 41, 3)], fault(), 30),
                SeenHow::Blind,
                "not known of staging: it hangs; wait (so far: stage 41, attach 0)",
            ),
            (
                of(&[], Health::Unreadable, 30),
                SeenHow::Blind,
                "not known of staging: the runbook does not say how blob_operation is read there",
            ),
        ] {
            assert_eq!(said(Ok(&observation)), (seen, words.to_owned()));
        }
        assert_eq!(said(Ok(&Observation::default())).0, SeenHow::Blind);
        let (seen, words) = said(Err("no profile\u{1b} says"));
        assert_eq!((seen, words.as_str()), (SeenHow::Blind, "telemetry of staging cannot be asked: no profile says"));
    }
}
