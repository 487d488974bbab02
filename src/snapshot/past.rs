//! The past, as it was known then. Pure.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Deployments, Health, Observation, Reading, Span, minute_start};

/// When a source had data of one signal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// Its first sample or event, as far as the source was read; before that it was [`Health::Absent`].
    pub known_since: Option<DateTime<Utc>>,
    /// Stretches from a first to a last sample, or event of any kind, with no pause much longer than a minute; oldest
    /// first.
    pub spans: Vec<Span>,
}

/// What was known when `minute` began (see [`super::minute_of`]), from what is known now.
///
/// A sample or event at that very instant belongs to what came after it. How far a reading could be relied on then is
/// what it is now, but for a signal of which nothing had been heard yet: that one was [`Health::Absent`]. Where nobody
/// says when there was data, none is taken to have been there. What was deployed is what `deployments` tells of that
/// minute, never what is deployed now.
pub fn as_of(
    observation: &Observation,
    presence: &BTreeMap<String, Presence>,
    deployments: &Deployments,
    minute: i64,
) -> Observation {
    let unsaid = Presence::default();
    let readings = observation.readings.iter().map(|(key, reading)| {
        let presence = presence.get(key).unwrap_or(&unsaid);
        (key.clone(), Arc::new(reading_as_of(reading, presence, minute)))
    });
    let readings = readings.collect();
    let deployed = deployments.at(minute).cloned();
    Observation { at: observation.at.min(minute_start(minute)), skew: observation.skew, readings, deployed }
}

fn reading_as_of(reading: &Reading, presence: &Presence, minute: i64) -> Reading {
    let at = minute_start(minute);
    let cut = reading.tallies.iter().map(|(labels, counts)| (labels, counts.until(minute)));
    let tallies: BTreeMap<_, _> =
        cut.filter(|(_, counts)| counts.total() > 0).map(|(labels, counts)| (labels.clone(), counts)).collect();
    let unheard = tallies.is_empty() && presence.known_since.is_none_or(|since| since >= at);
    let newest = newest(reading, &presence.spans, at);
    Reading {
        health: match &reading.health {
            Health::Good if unheard => Health::Absent,
            health => health.clone(),
        },
        // One that was still open then ended the data: it is a gap only once there is data after it.
        gaps: reading.gaps.iter().copied().filter(|gap| newest.is_some_and(|newest| gap.1 <= newest)).collect(),
        query: reading.query.clone(),
        covered_from: reading.covered_from,
        step: reading.step,
        latency: None,
        tallies,
        newest,
    }
}

/// Up to when data was complete at `at`: its latest sample then. Within a stretch with data, samples are taken to lie a
/// step apart, back from its last one; so no minute is taken to be complete before a sample said so.
fn newest(reading: &Reading, spans: &[Span], at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let newest = reading.newest?;
    if newest <= at {
        return Some(newest);
    }
    let begun = spans.partition_point(|span| span.0 < at);
    let &(first, last) = spans.get(begun.checked_sub(1)?)?;
    if last <= at {
        return Some(last);
    }
    // No pause within a stretch is longer than a minute, however long the step is said to be.
    let step = reading.step.clamp(TimeDelta::milliseconds(1), TimeDelta::minutes(1)).num_milliseconds();
    let steps = ((last - at).num_milliseconds() + step - 1).div_euclid(step);
    Some((last - TimeDelta::milliseconds(steps.saturating_mul(step))).max(first))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::snapshot::{Counts, minute_of};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn counts(seconds: &[i64]) -> Counts {
        let mut counts = Counts::default();
        seconds.iter().for_each(|&s| counts.add(at(s), 1));
        counts
    }

    /// Sampled every 15 s in each of these stretches; what was counted, at these times.
    fn reading(spans: &[(i64, i64)], tallies: &[(&str, &[i64])]) -> (Reading, Presence) {
        let gaps = spans.windows(2).map(|pair| (at(pair[0].1), at(pair[1].0)));
        let tallies = tallies.iter().map(|(label, seconds)| (vec![(*label).to_owned()], counts(seconds)));
        let reading = Reading {
            tallies: tallies.collect(),
            health: if spans.is_empty() { Health::Absent } else { Health::Good },
            query: "query".to_owned(),
            covered_from: at(0),
            newest: spans.last().map(|span| at(span.1)),
            gaps: gaps.collect(),
            step: TimeDelta::seconds(15),
            latency: None,
        };
        let spans: Vec<Span> = spans.iter().map(|&(first, last)| (at(first), at(last))).collect();
        (reading, Presence { known_since: spans.first().map(|span| span.0), spans })
    }

    #[test]
    fn the_newest_sample_then_is_the_last_before_the_instant() {
        let (whole, presence) = reading(&[(125, 605), (1205, 1805)], &[("a", &[140, 605, 1400])]);
        for (minute, newest, gaps, health) in [
            (0, None, 0, Health::Absent),
            (2, None, 0, Health::Absent),
            (3, Some(170), 0, Health::Good),
            (10, Some(590), 0, Health::Good),
            // Within the gap, and when it is over.
            (11, Some(605), 0, Health::Good),
            (20, Some(605), 0, Health::Good),
            (21, Some(1250), 1, Health::Good),
            (30, Some(1790), 1, Health::Good),
            (31, Some(1805), 1, Health::Good),
            (99, Some(1805), 1, Health::Good),
        ] {
            let then = reading_as_of(&whole, &presence, minute);
            assert_eq!(then.newest, newest.map(at), "newest at minute {minute}");
            assert_eq!(then.gaps.len(), gaps, "gaps at minute {minute}");
            assert_eq!(then.health, health, "health at minute {minute}");
        }
    }

    #[test]
    fn what_was_not_there_yet_was_absent_and_what_is_in_doubt_stays_so() {
        let (whole, presence) = reading(&[(125, 605)], &[("a", &[300])]);
        let then = reading_as_of(&whole, &presence, 4);
        assert_eq!((then.tallies.len(), then.health), (0, Health::Good), "sampled, and nothing had happened");
        for health in [Health::Unreadable, Health::Partial("two nodes".to_owned())] {
            let doubted = Reading { health: health.clone(), ..whole.clone() };
            assert_eq!(reading_as_of(&doubted, &presence, 1).health, health);
        }
        // Nobody says when there was data: counted is counted, and nothing is fresh.
        let unsaid = reading_as_of(&whole, &Presence::default(), 6);
        assert_eq!((unsaid.tallies.len(), unsaid.health, unsaid.newest), (1, Health::Good, None));
    }

    #[test]
    fn an_event_at_the_instant_itself_came_after_it() {
        let (whole, presence) = reading(&[(0, 600)], &[("a", &[120]), ("b", &[119, 120, 121])]);
        let then = reading_as_of(&whole, &presence, 2);
        assert_eq!(then.tallies.keys().collect::<Vec<_>>(), [&vec!["b".to_owned()]]);
        assert_eq!(then.tallies[&vec!["b".to_owned()]].total(), 1);
    }

    proptest! {
        /// At its end nothing is missing; and the past of a past is that past.
        #[test]
        fn the_past_only_ever_loses_what_came_later(
            first in prop::collection::vec(0i64..6000, 0..40),
            second in prop::collection::vec(0i64..6000, 0..40),
            pauses in prop::collection::btree_set(1i64..6000, 0..6),
            (a, b) in (0i64..110, 0i64..110),
        ) {
            let edges: Vec<i64> = pauses.into_iter().collect();
            let spans: Vec<(i64, i64)> = edges.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            let (whole, presence) = reading(&spans, &[("a", &first), ("b", &second)]);
            let end = reading_as_of(&whole, &presence, 101);
            let counted: BTreeMap<_, _> =
                whole.tallies.iter().filter(|(_, counts)| counts.total() > 0).map(|(k, v)| (k.clone(), v.clone())).collect();
            prop_assert_eq!(&end.tallies, &counted);
            prop_assert_eq!((end.newest, &end.gaps), (whole.newest, &whole.gaps));

            let (early, late) = (a.min(b), a.max(b));
            let (then, later) = (reading_as_of(&whole, &presence, early), reading_as_of(&whole, &presence, late));
            prop_assert_eq!(&reading_as_of(&later, &presence, early).tallies, &then.tallies);
            prop_assert!(then.newest <= later.newest);
            prop_assert!(then.newest.is_none_or(|newest| newest <= at(early * 60)));
            for (label, counts) in &then.tallies {
                prop_assert!(counts.last().is_none_or(|last| minute_of(last) < early));
                prop_assert_eq!(counts.total(), whole.tallies[label].between(i64::MIN, early));
            }
        }
    }
}
