//! One signal's tallies, with a bound on how many there can be.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::{snapshot::Counts, text};

/// So many combinations of labels are told apart.
pub(super) const COMBINATIONS: usize = 10_000;
/// The label under which the others are counted.
pub(super) const OTHER: &str = "(other)";

/// One signal's occurrences by its labels.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    /// Whether a record of this signal was ever seen, of whatever time.
    pub(super) seen: bool,
    /// Whether some combinations could not be told apart.
    pub(super) crowded: bool,
    rows: Vec<(Vec<String>, Counts)>,
    index: HashMap<String, usize>,
    key: String,
    /// Key and row of the last occurrence: the next is often alike.
    last: (String, Option<usize>),
}

impl Tallies {
    /// Counts `n` occurrences at `at`.
    pub(super) fn add<'a>(&mut self, labels: impl Iterator<Item = &'a str> + Clone, at: DateTime<Utc>, n: u64) {
        self.key.clear();
        for label in labels.clone() {
            self.key.push_str(label);
            self.key.push('\0');
        }
        let row = match &self.last {
            (key, Some(row)) if *key == self.key => *row,
            _ => {
                let known = self.index.get(&self.key).copied();
                let row = known.unwrap_or_else(|| self.new_row(labels.map(text::clean).collect()));
                self.last.0.clone_from(&self.key);
                self.last.1 = Some(row);
                row
            }
        };
        self.rows[row].1.add(at, n);
    }

    /// By labels, for a reading.
    pub(super) fn to_map(&self) -> BTreeMap<Vec<String>, Counts> {
        let mut map: BTreeMap<Vec<String>, Counts> = BTreeMap::new();
        for (labels, counts) in &self.rows {
            match map.get_mut(labels) {
                // Labels that differ only in characters that are not shown.
                Some(same) => same.merge(counts),
                None => _ = map.insert(labels.clone(), counts.clone()),
            }
        }
        map
    }

    /// Forgets what happened before `minute`; true if there was something.
    pub(super) fn forget_before(&mut self, minute: i64) -> bool {
        let mut forgotten = false;
        for (_, counts) in &mut self.rows {
            if !counts.range(i64::MIN, minute).is_empty() {
                counts.forget_before(minute);
                forgotten = true;
            }
        }
        if forgotten {
            let rows = &self.rows;
            let has_any = |row: &usize| !rows[*row].1.range(i64::MIN, i64::MAX).is_empty();
            let kept: Vec<(String, usize)> = self.index.drain().filter(|(_, row)| has_any(row)).collect();
            let mut moved = Vec::with_capacity(kept.len());
            let mut new_place = HashMap::new();
            for (key, row) in kept {
                let place = *new_place.entry(row).or_insert_with(|| {
                    moved.push(std::mem::take(&mut self.rows[row]));
                    moved.len() - 1
                });
                self.index.insert(key, place);
            }
            self.rows = moved;
            self.last.1 = None;
        }
        forgotten
    }

    fn new_row(&mut self, labels: Vec<String>) -> usize {
        let full = self.rows.len() >= COMBINATIONS;
        let (key, labels) = if full {
            self.crowded = true;
            let other = vec![OTHER.to_owned(); labels.len()];
            (other.iter().map(|label| format!("{label}\0")).collect(), other)
        } else {
            (self.key.clone(), labels)
        };
        *self.index.entry(key).or_insert_with(|| {
            self.rows.push((labels, Counts::default()));
            self.rows.len() - 1
        })
    }
}
