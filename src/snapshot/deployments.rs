//! What was deployed, over time.

use std::collections::BTreeMap;

/// Which commits ran in each minute of the past, and how many instances of each, as far as a source tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployments {
    /// What was known when a minute began, where it differs from the minute before; none where nothing was told.
    turns: BTreeMap<i64, Option<BTreeMap<String, u64>>>,
    /// The last minute that was told of.
    until: Option<i64>,
}

impl Deployments {
    /// What was known when each minute began (see [`super::minute_of`]), from each minute to the next; oldest first.
    pub fn new(told: impl IntoIterator<Item = (i64, Option<BTreeMap<String, u64>>)>) -> Self {
        let mut all = Self::default();
        for (minute, commits) in told {
            let commits = commits.filter(|commits| !commits.is_empty());
            if all.turns.last_key_value().is_none_or(|(_, last)| *last != commits) {
                all.turns.insert(minute, commits);
            }
            all.until = Some(minute);
        }
        all
    }

    /// What ran when this minute began; none where nobody told, or it is outside of what was told of.
    pub fn at(&self, minute: i64) -> Option<&BTreeMap<String, u64>> {
        if self.until.is_none_or(|until| minute > until) {
            return None;
        }
        self.turns.range(..=minute).next_back()?.1.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_holds_from_minute_to_minute_and_no_longer() {
        let ran = |commit: &str| Some(BTreeMap::from([(commit.to_owned(), 2)]));
        let told = [(5, ran("old")), (6, ran("old")), (7, ran("new")), (8, None), (9, Some(BTreeMap::new()))];
        let all = Deployments::new(told);
        let at = |minute| all.at(minute).and_then(|commits| commits.keys().next()).map(String::as_str);
        let found: Vec<Option<&str>> = (4..=10).map(at).collect();
        assert_eq!(found, [None, Some("old"), Some("old"), Some("new"), None, None, None]);
        assert_eq!(Deployments::new([(5, ran("old"))]).at(6), None, "nobody told of what came after");
        assert_eq!(Deployments::default().at(0), None);
    }
}
