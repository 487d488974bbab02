//! Which commit each instance runs, as its newest record says.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::snapshot::{Deployments, minute_of, minute_start};

/// An instance that was silent for longer is taken to be gone: records have no other way to say so.
pub(super) const SILENT: TimeDelta = TimeDelta::minutes(15);

/// So many instances are kept. Among more, nobody can say what all of them run.
const MOST: usize = 10_000;

/// So many minutes of instances are kept of the past: of a hundred instances, a week. Of more nobody can say what all of
/// them ran.
const MOST_MINUTES: usize = 1_000_000;

/// What a commit is called that a record does not name; never a candidate.
const UNKNOWN: &str = "unknown";

/// The instances that were heard of.
#[derive(Debug, Default)]
pub(super) struct Instances {
    newest: BTreeMap<String, (DateTime<Utc>, String)>,
    /// The newest record that there was no room for.
    left_out: Option<DateTime<Utc>>,
    past: Past,
}

/// When an instance said that it runs a commit, and which.
type Said = (DateTime<Utc>, Arc<str>);

/// What instances said in the past.
#[derive(Debug, Default)]
struct Past {
    /// By minute and instance, the latest of each.
    said: BTreeMap<(i64, Arc<str>), Said>,
    /// Each instance and each commit once.
    names: BTreeSet<Arc<str>>,
    left_out: bool,
}

impl Past {
    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.names.insert(Arc::clone(&name));
        name
    }
}

impl Instances {
    /// An instance says at `at` which commit it runs. Of two records of one time, the later line counts.
    pub(super) fn told(&mut self, instance: &str, commit: &str, at: DateTime<Utc>) {
        let commit = known_as(commit);
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

    /// Keeps what an instance said at `at`, for [`Instances::over`].
    pub(super) fn keep(&mut self, instance: &str, commit: &str, at: DateTime<Utc>) {
        let past = &mut self.past;
        let key = (minute_of(at), past.name(instance));
        let commit = past.name(known_as(commit));
        let full = past.said.len() >= MOST_MINUTES;
        match past.said.get_mut(&key) {
            Some(known) if at < known.0 => {}
            Some(known) => *known = (at, commit),
            None if full => past.left_out = true,
            None => _ = past.said.insert(key, (at, commit)),
        }
    }

    /// What each instance ran when each of these minutes began, by what was kept; nothing where not all was kept.
    pub(super) fn over(&self, from: i64, to: i64) -> Deployments {
        if self.past.left_out || self.past.said.is_empty() {
            return Deployments::default();
        }
        let mut said = self.past.said.iter().peekable();
        let mut newest: BTreeMap<&Arc<str>, (DateTime<Utc>, &Arc<str>)> = BTreeMap::new();
        Deployments::new((from..=to).map(|minute| {
            // What was said in the minute that begins came after its beginning.
            while let Some(((_, instance), (at, commit))) = said.next_if(|((then, _), _)| *then < minute) {
                newest.insert(instance, (*at, commit));
            }
            let begins = minute_start(minute);
            newest.retain(|_, (at, _)| begins - *at <= SILENT);
            let mut commits: BTreeMap<String, u64> = BTreeMap::new();
            for (_, commit) in newest.values() {
                match commits.get_mut(&***commit) {
                    Some(instances) => *instances += 1,
                    None => _ = commits.insert(commit.to_string(), 1),
                }
            }
            (minute, Some(commits))
        }))
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

/// The commit as it is told.
fn known_as(commit: &str) -> &str {
    if commit.trim().is_empty() { UNKNOWN } else { commit.trim() }
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

    #[test]
    fn the_past_is_told_as_it_was_known_in_each_minute() {
        let mut instances = Instances::default();
        // Read in whatever order: files are read one after the other.
        for (instance, commit, minutes) in
            [("a", "new", 20), ("b", "old", 1), ("a", "old", 0), ("b", " ", 5), ("a", "old", 10), ("a", "older", -3)]
        {
            instances.keep(instance, commit, at(minutes));
        }
        let first = minute_of(at(0));
        let over = instances.over(first, first + 40);
        let told = |minutes: i64| -> Vec<(String, u64)> {
            over.at(first + minutes).map(|commits| commits.clone().into_iter().collect()).unwrap_or_default()
        };
        let one = |commit: &str| (commit.to_owned(), 1);
        assert_eq!(told(0), [one("older")], "what was said in that very minute came after it began");
        assert_eq!(told(1), [one("old")]);
        assert_eq!(told(2), [("old".to_owned(), 2)]);
        assert_eq!(told(6), [one("old"), one("unknown")]);
        assert_eq!(told(20), [one("old"), one("unknown")]);
        assert_eq!(told(21), [one("new")], "b has been silent for more than a quarter of an hour");
        assert_eq!((told(35), told(36)), (vec![one("new")], vec![]));
        assert_eq!(told(41), []);
        assert_eq!(Instances::default().over(first, first + 40), Deployments::default());
    }
}
