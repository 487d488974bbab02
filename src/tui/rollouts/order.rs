//! Which rollouts are shown, and in which order.

use super::list::{Entry, Seen};

/// The places of the entries that fit the filter, the worst first; of those that stand alike by name, and always in the
/// same order.
pub fn order(entries: &[Entry], filter: &str) -> Vec<usize> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let mut shown: Vec<usize> = (0..entries.len()).filter(|i| fits(&entries[*i], &words)).collect();
    shown.sort_by(|a, b| {
        let key = |i: usize| {
            let Entry { named, seen } = &entries[i];
            (seen.rank(), named.title.to_lowercase(), &named.environment, i)
        };
        key(*a).cmp(&key(*b))
    });
    shown
}

/// Whether each of the words is in what the rollout is called: title, key, environment, file, profile; in who has a duty in
/// it; or in its call or stage.
fn fits(Entry { named, seen }: &Entry, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let names = [&named.title, &named.key, &named.environment, &named.file];
    let mut all: Vec<String> = names.into_iter().chain(&named.profile).map(|name| name.to_lowercase()).collect();
    all.push(seen.rank().word().to_lowercase());
    if let Seen::Rollout(standing) = seen {
        all.extend(standing.stage.as_ref().map(|stage| stage.title.to_lowercase()));
        all.extend(standing.owners.iter().map(|(_, name)| name.to_lowercase()));
    }
    words.iter().all(|word| all.iter().any(|name| name.contains(word.as_str())))
}
