//! Which commit each instance runs, as its newest record says.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

/// An instance that was silent for longer is taken to be gone: records have no other way to say so.
const SILENT: TimeDelta = TimeDelta::minutes(15);

/// So many instances are kept. Among more, nobody can say what all of them run.
const MOST: usize = 10_000;

/// What a commit is called that a record does not name; never a candidate.
const UNKNOWN: &str = "unknown";

/// The instances that were heard of.
#[derive(Debug, Default)]
pub(super) struct Instances {
    newest: BTreeMap<String, (DateTime<Utc>, String)>,
    /// The newest record that there was no room for.
    left_out: Option<DateTime<Utc>>,
}

impl Instances {
    /// An instance says at `at` which commit it runs. Of two records of one time, the later line counts.
    pub(super) fn told(&mut self, instance: &str, commit: &str, at: DateTime<Utc>) {
        let commit = if commit.trim().is_empty() { UNKNOWN } else { commit.trim() };
        if let Some(known) = self.newest.get_mut(instance) {
            if at >= known.0 {
                *known = (at, commit.to_owned());
            }
            return;
        }
        if self.newest.len() >= MOST {
            self.newest.retain(|_, (heard, _)| at - *heard <= SILENT);
        }
        if self.newest.len() >= MOST {
            self.left_out = self.left_out.max(Some(at));
            return;
        }
        self.newest.insert(instance.to_owned(), (at, commit.to_owned()));
    }

    /// How many instances run each commit at `now`; none where no instance tells, or not all were kept.
    pub(super) fn at(&self, now: DateTime<Utc>) -> Option<BTreeMap<String, u64>> {
        let stands = |heard: DateTime<Utc>| now - heard <= SILENT;
        if self.left_out.is_some_and(stands) {
            return None;
        }
        let mut commits: BTreeMap<String, u64> = BTreeMap::new();
        for (_, commit) in self.newest.values().filter(|(heard, _)| stands(*heard)) {
            *commits.entry(commit.clone()).or_default() += 1;
        }
        (!commits.is_empty()).then_some(commits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_040 + 60 * minutes, 0).unwrap()
    }

    fn told(instances: &Instances, minutes: i64) -> Vec<(String, u64)> {
        instances.at(at(minutes)).into_iter().flatten().collect()
    }

    #[test]
    fn the_newest_word_of_each_instance_counts_for_a_quarter_of_an_hour() {
        let mut instances = Instances::default();
        assert_eq!(instances.at(at(0)), None);
        instances.told("a", "old", at(0));
        instances.told("b", "old", at(1));
        instances.told("a", "new", at(2));
        assert_eq!(told(&instances, 2), [("new".to_owned(), 1), ("old".to_owned(), 1)]);
        // Late, and so no news.
        instances.told("a", "old", at(1));
        instances.told("b", " ", at(3));
        assert_eq!(told(&instances, 17), [("new".to_owned(), 1), ("unknown".to_owned(), 1)]);
        assert_eq!(told(&instances, 18), [("unknown".to_owned(), 1)]);
        assert_eq!(instances.at(at(19)), None);
    }

    #[test]
    fn more_instances_than_are_kept_make_it_unknown_until_they_are_gone() {
        let mut instances = Instances::default();
        for n in 0..MOST {
            instances.told(&n.to_string(), "new", at(0));
        }
        assert_eq!(told(&instances, 1), [("new".to_owned(), MOST as u64)]);
        instances.told("one more", "old", at(1));
        assert_eq!(instances.at(at(1)), None);
        assert_eq!(instances.at(at(16)), None);
        // Those that are silent make room.
        instances.told("later", "new", at(17));
        assert_eq!(told(&instances, 17), [("new".to_owned(), 1)]);
    }
}
