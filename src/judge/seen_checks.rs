//! What telemetry of an environment saw of what a check of the checklist is made of. It confirms no check: people make
//! them, and this is shown beside.

use chrono::{DateTime, Utc};

use super::{
    health::{Sight, sight},
    period::Period,
    select::Selected,
};
use crate::{
    runbook::{Check, MatchOp, Runbook, Selection},
    snapshot::Snapshot,
    text::clean,
    units::{count, moment},
};

/// What was seen of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCheck {
    /// Check key.
    pub check: String,
    /// Where, harmless.
    pub environment: String,
    /// From when on it was counted.
    pub since: DateTime<Utc>,
    /// What must be seen, in harmless words, and how often it was; empty where telemetry could not be asked at all.
    pub counts: Vec<(String, u64)>,
    /// Why a zero is no zero, if so; harmless.
    pub blind: Option<String>,
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

    /// The same for people: `seen in part`.
    pub fn verdict(self) -> &'static str {
        match self {
            Self::Whole => "seen",
            Self::Part => "seen in part",
            Self::Nothing => "not seen",
            Self::Blind => "cannot be seen",
        }
    }
}

impl SeenCheck {
    /// How much of it. What was seen was seen, whatever cannot be seen now.
    pub fn how(&self) -> SeenHow {
        let seen = self.counts.iter().filter(|(_, n)| *n > 0).count();
        match &self.blind {
            _ if seen > 0 && seen == self.counts.len() => SeenHow::Whole,
            Some(_) => SeenHow::Blind,
            None if seen > 0 => SeenHow::Part,
            None => SeenHow::Nothing,
        }
    }

    /// Where, since when and how often, in one harmless line: `in staging since 2026-02-01 14:40 UTC: stage 41, commit 0`.
    pub fn told(&self) -> String {
        let why = self.blind.as_deref().filter(|_| self.how() == SeenHow::Blind);
        if self.counts.is_empty() {
            return format!("in {}: {}", self.environment, why.unwrap_or("nothing is to be seen"));
        }
        let counts: Vec<String> = self.counts.iter().map(|(what, n)| format!("{what} {}", count(*n))).collect();
        let why = why.map_or_else(String::new, |why| format!("; {why}"));
        format!("in {} since {}: {}{why}", self.environment, moment(self.since), counts.join(", "))
    }

    /// The whole in one harmless line: `seen in part in staging since ...`.
    pub fn words(&self) -> String {
        format!("{} {}", self.how().verdict(), self.told())
    }
}

/// What was seen of each check that telemetry can see, in the runbook's order: in `environment`, from `since` on, at the
/// instant `now`. `observed` is telemetry of that environment, or why it cannot be asked.
pub fn seen_checks(
    runbook: &Runbook,
    environment: &str,
    observed: Result<&Snapshot, &str>,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Vec<SeenCheck> {
    let each = runbook.checklist.iter().filter_map(|check| match observed {
        Ok(snapshot) => seen_check(runbook, environment, check, snapshot, since, now),
        Err(why) => (!check.seen.is_empty()).then(|| SeenCheck {
            check: check.key.clone(),
            environment: clean(environment),
            since,
            counts: Vec::new(),
            blind: Some(clean(why)),
        }),
    });
    each.collect()
}

/// What this snapshot, which is of `environment`, has of a check from `since` on, at the instant `now`; none where
/// telemetry cannot tell.
pub fn seen_check(
    runbook: &Runbook,
    environment: &str,
    check: &Check,
    snapshot: &Snapshot,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<SeenCheck> {
    if check.seen.is_empty() {
        return None;
    }
    let counts = check
        .seen
        .iter()
        .map(|selection| (name(runbook, check, selection), Selected::new(runbook, snapshot, selection).since(since)));
    let period = Period { from: since, until: None };
    let sights = check.seen.iter().map(|selection| sight(runbook, snapshot, &selection.signal, period, now));
    let blind = sights.reduce(Sight::with).and_then(|sight| sight.blind);
    Some(SeenCheck {
        check: check.key.clone(),
        environment: clean(environment),
        since,
        counts: counts.collect(),
        blind: blind.map(|blind| blind.why),
    })
}

/// A selection in words: of several of one signal what tells them apart, else the signal's title.
fn name(runbook: &Runbook, check: &Check, selection: &Selection) -> String {
    let others: Vec<&Selection> =
        check.seen.iter().filter(|other| other.signal == selection.signal && *other != selection).collect();
    let own = selection.matchers.iter().filter(|matcher| others.iter().any(|other| !other.matchers.contains(matcher)));
    let values = own.filter_map(|matcher| match &matcher.op {
        MatchOp::In(values) => Some(values.join("|")),
        MatchOp::NotIn(_) => None,
    });
    let values = clean(&values.collect::<Vec<_>>().join(" "));
    if !values.trim().is_empty() {
        return values;
    }
    let signal = runbook.signal(&selection.signal);
    clean(signal.map_or(&selection.signal, |signal| &signal.title))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use chrono::TimeDelta;

    use super::*;
    use crate::{
        fault::{Fault, FaultKind},
        runbook::{Matcher, built_in},
        snapshot::{Counts, Health, Observation, Reading, SourceKind, SourceStatus},
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

    fn unheard() -> Snapshot {
        let source = |kind| SourceStatus::connecting("source", kind, String::new());
        Snapshot::empty(now(), source(SourceKind::Telemetry), source(SourceKind::Flags))
    }

    /// So many of each operation, so many hours ago.
    fn observed(runbook: &Runbook, seen: &[(&str, u64, i64)], health: Health, hours: i64) -> Snapshot {
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
            latency: None,
        };
        let readings = BTreeMap::from([("blob_operation".to_owned(), Arc::new(reading))]);
        let telemetry = Some(Arc::new(Observation { at: now(), readings, ..Observation::default() }));
        Snapshot { telemetry, ..unheard() }
    }

    fn said(observed: Result<&Snapshot, &str>) -> (SeenHow, String) {
        let mut found =
            seen_checks(&runbook(&["stage", "attach"]), "staging", observed, now() - TimeDelta::hours(24), now());
        assert_eq!(found.len(), 1, "a check of which nothing is to be seen is left out");
        let found = found.remove(0);
        assert_eq!((found.check.as_str(), found.environment.as_str()), ("upload", "staging"));
        (found.how(), found.words())
    }

    #[test]
    fn each_part_counts_in_the_last_day() {
        let of =
            |seen: &[(&str, u64, i64)], health, hours| observed(&runbook(&["stage", "attach"]), seen, health, hours);
        let fault = || Health::Failed(Fault::new(FaultKind::Timeout, "it hangs", "wait"));
        let whole = "seen in staging since 2026-02-01 02:40 UTC: stage 41, attach 40";
        for (snapshot, seen, words) in [
            (of(&[("stage", 41, 3), ("attach", 40, 23)], Health::Good, 30), SeenHow::Whole, whole),
            (of(&[("stage", 41, 3), ("attach", 40, 1)], fault(), 30), SeenHow::Whole, whole),
            (
                of(&[("stage", 4100, 3), ("attach", 40, 25)], Health::Good, 30),
                SeenHow::Part,
                "seen in part in staging since 2026-02-01 02:40 UTC: stage 4,100, attach 0",
            ),
            (
                of(&[("flush", 41, 3)], Health::Good, 30),
                SeenHow::Nothing,
                "not seen in staging since 2026-02-01 02:40 UTC: stage 0, attach 0",
            ),
            (
                of(&[], Health::Good, 2),
                SeenHow::Blind,
                "cannot be seen in staging since 2026-02-01 02:40 UTC: stage 0, attach 0; telemetry begins 22 h after the \
                 window does",
            ),
            (
                of(&[("stage", 41, 3)], Health::Partial("one node is down".into()), 30),
                SeenHow::Blind,
                "cannot be seen in staging since 2026-02-01 02:40 UTC: stage 41, attach 0; a partial answer: one node is \
                 down",
            ),
        ] {
            assert_eq!(said(Ok(&snapshot)), (seen, words.to_owned()));
        }
        for unseen in [of(&[], Health::Absent, 30), of(&[], Health::Unreadable, 30), unheard()] {
            let (seen, words) = said(Ok(&unseen));
            assert_eq!(seen, SeenHow::Blind, "{words}");
        }
        let (seen, words) = said(Err("no profile\u{1b} says"));
        assert_eq!((seen, words.as_str()), (SeenHow::Blind, "cannot be seen in staging: no profile says"));
    }

    #[test]
    fn a_part_is_named_by_what_tells_it_from_the_others() {
        let runbook = built_in();
        let check = |key: &str| runbook.checklist.iter().find(|check| check.key == key).unwrap();
        let seen = |key: &str| seen_check(runbook, "staging", check(key), &unheard(), now(), now());
        assert_eq!(seen("rekey"), None);
        let seen = seen("full-sequence").unwrap();
        let words: Vec<&str> = seen.counts.iter().map(|(words, _)| words.as_str()).collect();
        assert_eq!(words, ["stage", "commit", "attach", "Secure uploads that ended"]);
    }
}
