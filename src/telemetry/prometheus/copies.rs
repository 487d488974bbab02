//! One counter that several servers scrape, counted once.
//!
//! Copies are samples of the same counter, so they are read as one: what counts is how far above the highest value that
//! any copy has shown a sample is. To count what one copy adds, and go on with another when it falls silent, would count
//! what happened between the last sample of the one and that of the other twice: servers scrape at moments of their own.
//!
//! The hard part is a restart, for a lower value may also be that of a server whose clock is a little behind. So each
//! copy is compared with itself, and is known to show a certain life of the process or not. A copy that shows the present
//! one and falls has seen a restart: the next life begins, and the others are waited for. One that shows the life before
//! follows with a fall of its own. One that is new, or was silent for longer, shows the present life once its clock
//! cannot be to blame any more.

use super::{ledger::whole, wire::Sample};

/// The clocks of two servers are not further apart than this, in milliseconds.
const APART: i64 = 60_000;

/// The copies of one counter.
#[derive(Debug)]
pub struct Copies {
    /// The highest value of the present life of the process, and when it was shown last; none while only values from
    /// before the window are known, of which nobody knows how old they are.
    high: Option<Sample>,
    /// How many lives before the present one are known.
    life: u64,
    /// When the present life began, if an earlier one is known.
    began: Option<i64>,
    each: Vec<Copy>,
}

/// What one server has of it.
#[derive(Debug)]
struct Copy {
    id: u64,
    last: Sample,
    /// The life that its last sample is known to be of.
    life: Option<u64>,
}

impl Copies {
    /// Of a counter that one server alone was known to scrape.
    pub fn of(id: u64, last: Sample) -> Self {
        let high = (!last.value.is_nan()).then_some(last);
        Self { high, life: 0, began: None, each: vec![Copy { id, last, life: Some(0) }] }
    }

    /// The last sample of a copy.
    pub fn last(&self, id: u64) -> Option<Sample> {
        self.each.iter().find(|copy| copy.id == id).map(|copy| copy.last)
    }

    /// Notes what a copy was before the window. How long before is not known, so that none tells more than another.
    pub fn begin(&mut self, id: u64, last: Sample) {
        self.each.retain(|copy| copy.id != id);
        self.each.push(Copy { id, last, life: None });
        self.each.iter_mut().for_each(|copy| copy.life = None);
        self.high = None;
    }

    /// How much a copy's next sample adds to what was counted. Samples come in the order of time, but for those that
    /// reach the server late.
    pub fn count(&mut self, id: u64, sample: Sample) -> u64 {
        let copy = self.each.iter().position(|copy| copy.id == id).unwrap_or_else(|| {
            // Nothing is known of it, not even whether it fell.
            let unknown = Sample { at: i64::MIN, value: f64::NEG_INFINITY };
            self.each.push(Copy { id, last: unknown, life: None });
            self.each.len() - 1
        });
        let fell = sample.value < self.each[copy].last.value;
        let Some(high) = self.high else {
            let added = self.first(copy, sample);
            self.high = Some(sample);
            self.each[copy] = Copy { id, last: sample, life: Some(self.life) };
            return added;
        };
        self.each[copy].last = sample;
        // Below what was shown longer ago than clocks are apart: that was another life.
        let behind = sample.value < high.value && sample.at > high.at + APART;
        if sample.at.saturating_add(APART) < high.at {
            // Too late to be told from another life.
            self.each[copy].life = self.each[copy].life.filter(|_| !fell);
            return 0;
        }
        if self.each[copy].life == Some(self.life) {
            // Silent over the fall, it may have none of its own to show.
            if !fell && !behind {
                return self.rise(sample);
            }
            if sample.at >= high.at {
                return self.restart(copy, sample);
            }
            // It arrived late: the others have shown that restart, or caught up since.
            self.each[copy].life = None;
            return 0;
        }
        if let Some(began) = self.began.filter(|began| sample.at <= began + APART) {
            // Without a fall of its own it may still show the life before. Of a fall from longer ago nobody knows into
            // which life it was.
            if !fell {
                return 0;
            }
            let before = self.each[copy].life.is_some_and(|life| life + 1 == self.life) && sample.at >= began - APART;
            self.each[copy].life = before.then_some(self.life);
            return if before { self.rise(sample) } else { 0 };
        }
        if sample.value >= high.value {
            self.each[copy].life = Some(self.life);
            return self.rise(sample);
        }
        // A little behind the others, or the first to show a restart that they are about to show as well; unless they
        // have been silent for too long for that.
        if behind { self.restart(copy, sample) } else { 0 }
    }

    /// What the first sample of all adds to the values from before the window.
    fn first(&self, copy: usize, sample: Sample) -> u64 {
        let own = self.each[copy].last.value;
        if own.is_nan() {
            return 0;
        }
        let others = self.each.iter().map(|copy| copy.last.value).filter(|value| *value <= sample.value);
        let before = if own.is_finite() && own <= sample.value { own } else { others.fold(0.0, f64::max) };
        whole(sample.value) - whole(before)
    }

    fn rise(&mut self, sample: Sample) -> u64 {
        match &mut self.high {
            Some(high) if sample.value >= high.value => {
                let added = whole(sample.value) - whole(high.value);
                *high = Sample { at: high.at.max(sample.at), ..sample };
                added
            }
            _ => 0,
        }
    }

    fn restart(&mut self, shows: usize, sample: Sample) -> u64 {
        self.life += 1;
        self.each[shows].life = Some(self.life);
        (self.high, self.began) = (Some(sample), Some(sample.at));
        whole(sample.value)
    }

    /// Forgets copies whose last sample is before `at`; how many.
    pub fn forget_before(&mut self, at: i64) -> usize {
        let before = self.each.len();
        self.each.retain(|copy| copy.last.at >= at);
        before - self.each.len()
    }

    /// Whether all of them are forgotten.
    pub fn is_empty(&self) -> bool {
        self.each.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{
        ledger::{
            Ledger,
            tests::{Shows, labels, ledger, take},
        },
        wire::Sample,
    };

    /// Counts the samples of some copies, given in seconds, and gives the increments.
    fn count(ledger: &mut Ledger, copies: &[(&str, &[(i64, f64)])], floor: i64) -> Vec<(i64, u64)> {
        let millis: Vec<Vec<(i64, f64)>> =
            copies.iter().map(|(_, samples)| samples.iter().map(|(at, value)| (at * 1000, *value)).collect()).collect();
        let pairs: Vec<[(&str, &str); 2]> =
            copies.iter().map(|(copy, _)| [("pod", "x"), ("prometheus_replica", *copy)]).collect();
        let series: Vec<Shows<'_>> =
            pairs.iter().zip(&millis).map(|(pairs, samples)| (&pairs[..], &samples[..])).collect();
        let told = take(ledger, &series, floor * 1000);
        assert_eq!(told.refused, None);
        told.increments.into_iter().map(|(at, n)| (at / 1000, n)).collect()
    }

    fn begin(ledger: &mut Ledger, at: i64, copies: &[(&str, f64)]) {
        for (copy, value) in copies {
            let labels = labels(&[("pod", "x"), ("prometheus_replica", copy)]);
            ledger.begin(&labels, Sample { at: at * 1000, value: *value }).unwrap();
        }
    }

    #[test]
    fn what_two_servers_saw_counts_once() {
        for (says, a, b, expected) in [
            (
                "a newborn, seen by one first",
                vec![(10, 3.0), (25, 5.0)],
                vec![(12, 3.0), (27, 6.0)],
                vec![(10, 3), (25, 2), (27, 1)],
            ),
            (
                "clocks apart: a lower value is no restart",
                vec![(10, 50.0), (25, 60.0), (40, 60.0)],
                vec![(12, 48.0), (27, 58.0), (42, 60.0)],
                vec![(10, 50), (25, 10)],
            ),
            (
                "a restart that both see",
                vec![(10, 50.0), (25, 4.0), (40, 9.0)],
                vec![(15, 52.0), (30, 5.0), (45, 9.0)],
                vec![(10, 50), (15, 2), (25, 4), (30, 1), (40, 4)],
            ),
            (
                "at the same instant, before and after a restart",
                vec![(10, 50.0), (25, 4.0), (40, 9.0)],
                vec![(10, 50.0), (25, 53.0), (40, 9.0)],
                vec![(10, 50), (25, 3), (25, 4), (40, 5)],
            ),
            (
                "one is silent over a restart",
                vec![(10, 50.0), (600, 7.0), (615, 8.0)],
                vec![(15, 50.0), (30, 55.0), (45, 1.0), (590, 6.0), (605, 8.0)],
                vec![(10, 50), (30, 5), (45, 1), (590, 5), (600, 1), (605, 1)],
            ),
            (
                "one takes over from the other, not counting what that one counted",
                vec![(10, 50.0), (25, 60.0)],
                vec![(20, 57.0), (35, 63.0), (50, 70.0)],
                vec![(10, 50), (20, 7), (25, 3), (35, 3), (50, 7)],
            ),
            (
                "one was silent, the other goes, and the process restarts and counts more than the first one saw",
                vec![(10, 3.0), (400, 4.0), (415, 9.0)],
                vec![(12, 3.0), (300, 600.0)],
                vec![(10, 3), (300, 597), (400, 4), (415, 5)],
            ),
            (
                "one comes back behind the clock, between two restarts that it did not see",
                vec![(10, 700.0), (476, 640.0), (491, 0.0)],
                vec![(15, 700.0), (300, 2.0), (470, 650.0), (475, 0.0), (480, 0.0)],
                vec![(10, 700), (300, 2), (470, 648)],
            ),
            (
                "one comes, the other goes, and the process restarts meanwhile",
                vec![(10, 50.0), (25, 60.0)],
                vec![(300, 2.0), (315, 4.0)],
                vec![(10, 50), (25, 10), (300, 2), (315, 2)],
            ),
        ] {
            let expected: Vec<(i64, u64)> = expected;
            assert_eq!(count(&mut ledger(), &[("a", &a), ("b", &b)], 0), expected, "{says}");
            assert_eq!(count(&mut ledger(), &[("b", &b), ("a", &a)], 0), expected, "{says}, the other way round");
        }
    }

    #[test]
    fn labels_that_are_no_replicas_are_no_copies() {
        let mut ledger = ledger();
        let told = take(
            &mut ledger,
            &[(&[("pod", "x"), ("prometheus_replica", "a")], &[(10, 3.0)]), (&[("pod", "y")], &[(10, 4.0)])],
            0,
        );
        assert_eq!(told.increments.iter().map(|i| i.1).sum::<u64>(), 7);
        // Without the label it is one more copy: the server had none before.
        assert_eq!(take(&mut ledger, &[(&[("pod", "x")], &[(20, 5.0)])], 0).increments, [(20, 2)]);
    }

    #[test]
    fn of_the_values_before_a_window_the_living_ones_count() {
        // One server has been gone for days, since before the process last restarted.
        let mut ledger = ledger();
        begin(&mut ledger, -120, &[("gone", 500.0), ("a", 100.0), ("b", 99.0)]);
        let increments = count(
            &mut ledger,
            &[("a", &[(-50, 101.0), (-5, 105.0), (10, 107.0)]), ("b", &[(-40, 103.0), (-1, 106.0), (14, 108.0)])],
            0,
        );
        assert_eq!(increments, [(10, 1), (14, 1)]);
        // It is back, and behind the others for a moment.
        let increments = count(&mut ledger, &[("gone", &[(20, 107.0), (35, 112.0)]), ("a", &[(25, 110.0)])], 0);
        assert_eq!(increments, [(25, 2), (35, 2)]);
        // Nobody was scraped around the beginning.
        for (first, expected) in [(130.0, 30), (101.0, 1), (7.0, 7)] {
            let mut ledger = super::super::ledger::tests::ledger();
            begin(&mut ledger, -120, &[("a", 100.0), ("b", 100.0)]);
            let told = count(&mut ledger, &[("a", &[(600, first)]), ("b", &[(607, first)])], 0);
            assert_eq!(told, [(600, expected)]);
        }
    }

    #[test]
    fn what_arrives_late_counts_at_most_what_is_new() {
        let mut ledger = ledger();
        let a = [(10, 50.0), (25, 2.0), (40, 9.0), (55, 60.0)];
        assert_eq!(count(&mut ledger, &[("a", &a), ("b", &[(12, 50.0)])], 0).iter().map(|i| i.1).sum::<u64>(), 110);
        // Its own fall is that of the other, and older than what is known by now.
        assert_eq!(count(&mut ledger, &[("b", &[(27, 3.0), (42, 10.0)])], 0), []);
        assert_eq!(count(&mut ledger, &[("b", &[(57, 61.0), (72, 61.0)])], 0), [(57, 1)]);
        // So late that it may be of any life.
        assert_eq!(count(&mut ledger, &[("a", &[(200, 70.0)])], 0), [(200, 9)]);
        assert_eq!(count(&mut ledger, &[("c", &[(90, 300.0)])], 0), []);
        assert_eq!(count(&mut ledger, &[("c", &[(210, 71.0)])], 0), [(210, 1)]);
    }

    /// What a process counted: for each of its lives when it began, and its value second by second.
    #[derive(Debug)]
    struct Process {
        lives: Vec<(i64, Vec<u64>)>,
    }

    impl Process {
        fn value(&self, at: i64) -> Option<(usize, u64)> {
            let life = self.lives.partition_point(|(began, _)| *began <= at).checked_sub(1)?;
            let (began, values) = &self.lives[life];
            values.get((at - began) as usize).map(|value| (life, *value))
        }
    }

    /// It never restarts before it has counted more than the longest silence lets it count anew, for that restart could
    /// not be seen; and for three minutes at the end nothing happens.
    fn process() -> impl Strategy<Value = Process> {
        prop::collection::vec((0u64..4, prop::bool::weighted(0.3)), 30..60).prop_map(|minutes| {
            let (mut lives, mut at) = (vec![(0, Vec::new())], 0i64);
            for (rate, restart) in minutes {
                let (began, values): &mut (i64, Vec<u64>) = lives.last_mut().expect("a life");
                let value = values.last().copied().unwrap_or(0);
                if restart && value > 4 * SILENCE as u64 && at - *began > SILENCE {
                    lives.push((at, Vec::new()));
                }
                let values = &mut lives.last_mut().expect("a life").1;
                let mut value = values.last().copied().unwrap_or(0);
                for _ in 0..60 {
                    value += rate;
                    values.push(value);
                }
                at += 60;
            }
            let values = &mut lives.last_mut().expect("a life").1;
            values.extend(vec![values.last().copied().unwrap_or(0); 180]);
            Process { lives }
        })
    }

    /// The longest that no server looks, in seconds.
    const SILENCE: i64 = 150;

    /// A server: seconds between its scrapes, its first one, its clock's error, and when it does not scrape.
    #[derive(Debug, Clone)]
    struct Server {
        step: i64,
        phase: i64,
        error: i64,
        silences: Vec<(i64, i64)>,
    }

    fn server(error: i64) -> impl Strategy<Value = Server> {
        let silence = (0i64..3600, prop_oneof![60i64..200, 600i64..3600]).prop_map(|(from, long)| (from, from + long));
        (prop::sample::select(vec![5i64, 15, 30, 60]), 0i64..60, -error..=error, prop::collection::vec(silence, 0..3))
            .prop_map(|(step, phase, error, silences)| Server { step, phase, error, silences })
    }

    /// When a server scrapes, by the true time.
    fn scrapes(server: &Server, end: i64) -> impl Iterator<Item = i64> {
        let silent = move |at: &i64| server.silences.iter().any(|(from, to)| (from..to).contains(&at));
        (server.phase..end).step_by(server.step as usize).filter(move |at| !silent(at))
    }

    /// What must at least be counted, and at most, and what was. `slack`: how long before a restart a server may have
    /// been the only one to see a value that does not count.
    fn checked(process: &Process, servers: &[Server], cuts: &[(i64, i64)], slack: i64) -> Result<(), TestCaseError> {
        let end = process.lives.last().map_or(0, |(began, values)| began + values.len() as i64);
        let mut all: Vec<i64> = servers.iter().flat_map(|server| scrapes(server, end)).collect();
        all.extend([0, end]);
        all.sort_unstable();
        prop_assume!(all.windows(2).all(|pair| pair[1] - pair[0] <= SILENCE - 70));
        let highest = |slack: i64| {
            let mut highest = vec![0; process.lives.len()];
            for &at in &all {
                let Some((life, value)) = process.value(at) else { continue };
                let restart = process.lives.get(life + 1).map_or(i64::MAX, |(began, _)| *began);
                if at + slack < restart {
                    highest[life] = value.max(highest[life]);
                }
            }
            highest.iter().sum::<u64>()
        };
        let (least, most) = (highest(slack), highest(-1));
        let names = ["a", "b", "c"];
        let series: Vec<Vec<(i64, f64)>> = servers
            .iter()
            .map(|server| {
                let shown = |at| process.value(at).map(|(_, value)| (at + server.error, value as f64));
                scrapes(server, end).filter_map(shown).collect()
            })
            .collect();
        let mut told = Vec::new();
        for cuts in [cuts, &[]] {
            let (mut ledger, mut done, mut increments) = (ledger(), -60, Vec::new());
            for (overlap, long) in cuts.iter().copied().chain([(0, end + 120)]) {
                let (from, to) = (done - overlap, (done + long).min(end + 60));
                let part: Vec<(&str, Vec<(i64, f64)>)> = names
                    .iter()
                    .zip(&series)
                    .map(|(name, samples)| {
                        (*name, samples.iter().copied().filter(|(at, _)| *at > from && *at <= to).collect())
                    })
                    .collect();
                let part: Vec<(&str, &[(i64, f64)])> =
                    part.iter().map(|(name, samples)| (*name, &samples[..])).collect();
                increments.extend(count(&mut ledger, &part, -1000));
                done = to;
            }
            told.push(increments);
        }
        prop_assert_eq!(&told[0], &told[1], "the cut of the answers matters");
        let total: u64 = told[0].iter().map(|(_, n)| n).sum();
        prop_assert!((least..=most).contains(&total), "{total} is not in {least}..={most}");
        Ok(())
    }

    fn cuts() -> impl Strategy<Value = Vec<(i64, i64)>> {
        prop::collection::vec((0i64..200, 1i64..400), 0..20)
    }

    proptest! {
        /// Servers that look at moments of their own, and are up at times of their own: what any of them saw counts,
        /// once.
        #[test]
        fn the_highest_of_each_life_counts(
            process in process(),
            servers in prop::collection::vec(server(0), 1..=3),
            cuts in cuts(),
        ) {
            checked(&process, &servers, &cuts, -1)?;
        }

        /// With clocks that differ, what one server alone saw in the seconds before a restart may be taken for what
        /// another saw after it. No more than that is lost, and nothing is counted twice.
        #[test]
        fn clocks_that_differ_count_nothing_twice(
            process in process(),
            servers in prop::collection::vec(server(5), 1..=3),
            cuts in cuts(),
        ) {
            checked(&process, &servers, &cuts, 10)?;
        }
    }
}
