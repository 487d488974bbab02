//! What changed of a tally, and a tally with a change. Pure.

use super::line::{At, Tally};
use crate::snapshot::{Counts, minute_of};

/// No minute has more occurrences, so that no sum of all that a recording can hold overflows.
const MOST: u64 = 1 << 40;

/// So many empty minutes within a run take less than beginning another one.
const BRIDGED: i64 = 3;

/// What leads from `old` to `new`; None where nothing does. The label values are the caller's.
pub(super) fn change(old: Option<&Counts>, new: &Counts) -> Option<Tally> {
    if old == Some(new) {
        return None;
    }
    let lost = |old: &&Counts| {
        (old.first().is_some() && new.first().is_none()) || (old.last().is_some() && new.last().is_none())
    };
    let old = old.filter(|old| !lost(old));
    let buckets = all(new);
    let Some(old) = old.filter(|_| !buckets.is_empty()) else {
        let (first, last) = (new.first().map(At::new), new.last().map(At::new));
        return Some(Tally { fresh: true, n: runs(buckets.iter().copied(), BRIDGED), first, last, ..Tally::default() });
    };
    let begins = buckets[0].0;
    let from = all(old).first().filter(|bucket| bucket.0 < begins).map(|_| begins);
    let known = old.range(begins, i64::MAX);
    let differs = |known: Option<At>, now: Option<At>| now.filter(|_| known != now);
    Some(Tally {
        from,
        n: runs(differences(known, buckets), 0),
        first: differs(old.first().map(At::new), new.first().map(At::new)),
        last: differs(old.last().map(At::new), new.last().map(At::new)),
        ..Tally::default()
    })
}

/// `old` with a change; None where the change is not in order, or holds what no recording holds.
pub(super) fn changed(old: Option<&Counts>, tally: &Tally) -> Option<Counts> {
    let old = old.filter(|_| !tally.fresh);
    let known = old.map_or(&[][..], |old| old.range(tally.from.unwrap_or(i64::MIN), i64::MAX));
    let mut changes = Vec::new();
    let mut before = None;
    for run in &tally.n {
        let (&start, counts) = run.split_first()?;
        for (i, &n) in counts.iter().enumerate() {
            let minute = start.checked_add(i64::try_from(i).ok()?)?;
            let n = u64::try_from(n).ok().filter(|n| *n <= MOST)?;
            if before.is_some_and(|before| minute <= before) || !is_allowed(minute) {
                return None;
            }
            before = Some(minute);
            changes.push((minute, n));
        }
    }
    let first = tally.first.map(At::get).or_else(|| old?.first());
    let last = tally.last.map(At::get).or_else(|| old?.last());
    Some(Counts::of(merged(known, &changes), first, last))
}

/// Whether [`At`] has this minute.
fn is_allowed(minute: i64) -> bool {
    let latest = chrono::DateTime::<chrono::Utc>::MAX_UTC;
    (0..=minute_of(At::new(latest).get())).contains(&minute)
}

fn all(counts: &Counts) -> &[(i64, u64)] {
    counts.range(i64::MIN, i64::MAX)
}

/// The minutes in which `new` has another count than `old`, with zero where it has none.
fn differences<'a>(old: &'a [(i64, u64)], new: &'a [(i64, u64)]) -> impl Iterator<Item = (i64, u64)> + 'a {
    let (mut old, mut new) = (old.iter().copied().peekable(), new.iter().copied().peekable());
    std::iter::from_fn(move || {
        loop {
            return match (old.peek().copied(), new.peek().copied()) {
                (None, None) => None,
                (Some(was), Some(is)) if was == is => {
                    old.next();
                    new.next();
                    continue;
                }
                (Some(was), is) if is.is_none_or(|is| was.0 < is.0) => {
                    old.next();
                    Some((was.0, 0))
                }
                (was, _) => {
                    let is = new.next()?;
                    if was.is_some_and(|was| was.0 == is.0) {
                        old.next();
                    }
                    Some(is)
                }
            };
        }
    })
}

/// Minutes in runs, each with its first minute. Gaps of up to `bridged` minutes are zeros.
fn runs(buckets: impl Iterator<Item = (i64, u64)>, bridged: i64) -> Vec<Vec<i64>> {
    let mut runs: Vec<Vec<i64>> = Vec::new();
    let mut next = None;
    for (minute, n) in buckets {
        let n = i64::try_from(n.min(MOST)).unwrap_or(i64::MAX);
        match (runs.last_mut(), next) {
            (Some(run), Some(next)) if minute - next <= bridged => {
                run.extend((next..minute).map(|_| 0));
                run.push(n);
            }
            _ => runs.push(vec![minute, n]),
        }
        next = Some(minute + 1);
    }
    runs
}

/// Both in order, the changes instead of what was known; what became zero is left out.
fn merged(known: &[(i64, u64)], changes: &[(i64, u64)]) -> Vec<(i64, u64)> {
    let mut out = Vec::with_capacity(known.len() + changes.len());
    let mut known = known.iter().copied().peekable();
    for &(minute, n) in changes {
        while let Some(bucket) = known.next_if(|bucket| bucket.0 < minute) {
            out.push(bucket);
        }
        known.next_if(|bucket| bucket.0 == minute);
        if n > 0 {
            out.push((minute, n));
        }
    }
    out.extend(known);
    out
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn counts(buckets: &[(i64, u64)], forget: i64) -> Counts {
        let mut counts = Counts::default();
        for &(minute, n) in buckets {
            counts.add(DateTime::from_timestamp(minute * 60 + minute % 60, 0).unwrap(), n);
        }
        counts.forget_before(forget);
        counts
    }

    #[test]
    fn a_minute_more_says_that_minute() {
        let old = counts(&[(10, 3), (11, 4)], 0);
        let new = counts(&[(10, 3), (11, 4), (12, 1)], 0);
        let tally = change(Some(&old), &new).unwrap();
        assert_eq!((tally.fresh, tally.n.clone()), (false, vec![vec![12, 1]]));
        assert_eq!((tally.first, tally.last.is_some()), (None, true));
        assert_eq!(changed(Some(&old), &tally), Some(new));
    }

    #[test]
    fn what_is_out_of_order_or_out_of_reach_is_refused() {
        for n in [vec![vec![]], vec![vec![5, 1], vec![5, 1]], vec![vec![i64::MAX, 1, 1]], vec![vec![1, -1]]] {
            assert_eq!(changed(None, &Tally { n: n.clone(), ..Tally::default() }), None, "{n:?}");
        }
    }

    proptest! {
        #[test]
        fn a_change_leads_from_any_tally_to_any_other(
            old in prop::option::of((prop::collection::vec((100i64..160, 1u64..9), 0..40), 90i64..170)),
            new in (prop::collection::vec((100i64..160, 1u64..9), 0..40), 90i64..170),
        ) {
            let old = old.map(|(buckets, forget)| counts(&buckets, forget));
            let new = counts(&new.0, new.1);
            match change(old.as_ref(), &new) {
                None => prop_assert_eq!(old.as_ref(), Some(&new)),
                Some(tally) => {
                    let text = serde_json::to_string(&tally).unwrap();
                    let tally: Tally = serde_json::from_str(&text).unwrap();
                    let got = changed(old.as_ref(), &tally).unwrap();
                    prop_assert_eq!(&got, &new);
                    prop_assert_eq!(got.total(), new.total());
                }
            }
        }
    }
}
