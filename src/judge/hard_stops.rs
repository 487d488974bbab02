//! Which guardrail violations stand.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    HardStop, Resolution, Trouble,
    period::{first_since, since},
};
use crate::{
    snapshot::Counts,
    units::{count, moment},
};

/// Up to when each signature is resolved. A resolution cannot reach into the future.
pub(super) fn resolved(resolutions: &[Resolution], now: DateTime<Utc>) -> HashMap<&str, DateTime<Utc>> {
    let mut latest = HashMap::with_capacity(resolutions.len());
    for resolution in resolutions {
        let Trouble::Guardrail { signature } = &resolution.trouble else { continue };
        let at = resolution.at.min(now);
        latest.entry(signature.as_str()).and_modify(|known: &mut DateTime<Utc>| *known = at.max(*known)).or_insert(at);
    }
    latest
}

/// The violations of one signature that stand: those of the present run that nobody resolved.
///
/// One is enough. It stands whatever the rollout does afterwards, a rollback included, until a resolution that is not
/// older than it.
pub(super) fn standing(
    signature: &str,
    counts: &Counts,
    run_began: DateTime<Utc>,
    resolved: Option<DateTime<Utc>>,
) -> Option<HardStop> {
    // Times are known to the nanosecond: what is later than the resolution is at the next one or after.
    let from = resolved.map_or(run_began, |at| run_began.max(at + TimeDelta::nanoseconds(1)));
    let first = first_since(counts, from)?;
    let n = since(counts, from);
    let times = if n == 1 { "at".to_owned() } else { format!("{} times since", count(n)) };
    let reason = ["guardrail ", signature, ": violated ", &times, " ", &moment(first)].concat();
    Some(HardStop { signature: signature.to_owned(), count: n, since: first, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_violation_stands_until_it_is_resolved() {
        // violations, run began, resolutions (signature, at) -> (count, since)
        type Case = (&'static [i64], i64, &'static [(&'static str, i64)], Option<(u64, i64)>);
        let cases: [Case; 11] = [
            (&[], 600, &[], None),
            (&[700], 600, &[], Some((1, 700))),
            (&[500], 600, &[], None),
            (&[600], 600, &[], Some((1, 600))),
            (&[700], 600, &[("a:b", 700)], None),
            (&[700], 600, &[("a:b", 699)], Some((1, 700))),
            (&[700], 600, &[("a:c", 900)], Some((1, 700))),
            (&[700, 1000], 600, &[("a:b", 900)], Some((1, 960))),
            (&[700, 1000], 600, &[("a:b", 900), ("a:b", 1000)], None),
            (&[500, 700, 800], 600, &[], Some((2, 660))),
            // Resolved by a clock that is ahead: what comes later stands all the same.
            (&[700, 2100], 600, &[("a:b", 9999)], Some((1, 2100))),
        ];
        for (violations, began, resolutions, want) in cases {
            let mut counts = Counts::default();
            for &s in violations {
                counts.add(at(s), 1);
            }
            let resolutions: Vec<Resolution> = resolutions
                .iter()
                .map(|&(signature, s)| Resolution {
                    at: at(s),
                    trouble: Trouble::Guardrail { signature: signature.to_owned() },
                    operator: "owner".to_owned(),
                    evidence: "incident 7".to_owned(),
                })
                .collect();
            let resolved = resolved(&resolutions, at(2000));
            let got = standing("a:b", &counts, at(began), resolved.get("a:b").copied());
            let got = got.map(|stop| (stop.count, stop.since.timestamp()));
            assert_eq!(got, want, "{violations:?}, run began {began}, {resolutions:?}");
        }
    }
}
