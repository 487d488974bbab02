//! The trailing mean of a rate: what the line of a chart is made of.

use crate::{judge::ChartPoint, snapshot::minute_of};

use super::Chart;

/// Attempts that the mean takes at least; before there are so many, nothing is drawn.
pub const FEWEST: u64 = 200;
/// Minutes without any attempt that are a gap in the line.
const GAP: usize = 15;

/// Attempts and successes up to each minute, from a while before the window on.
pub struct Sums {
    good: Vec<u64>,
    all: Vec<u64>,
    /// For each end, how many minutes ago the last attempt was.
    silent: Vec<usize>,
    /// Minutes before the window.
    lead: usize,
    /// Minutes that the mean goes back at least.
    mean: usize,
}

impl Sums {
    pub fn new(chart: &Chart) -> Self {
        let (from, last) = (minute_of(chart.from), minute_of(chart.to).max(minute_of(chart.from) + 1));
        // What came before the window is in the mean at its beginning.
        let first = chart.points.first().map_or(from, |point| point.minute.min(from));
        let minutes = usize::try_from(last - first).unwrap_or(1);
        let (mut good, mut all) = (vec![0; minutes + 1], vec![0; minutes + 1]);
        for point in chart.points.iter().filter(|point| (first..last).contains(&point.minute)) {
            let ChartPoint { minute, successes, attempts } = *point;
            let end = usize::try_from(minute - first).unwrap_or(0) + 1;
            good[end] += successes.min(attempts);
            all[end] += attempts;
        }
        let mut silent = vec![GAP + 1; minutes + 1];
        for end in 1..=minutes {
            silent[end] = if all[end] > 0 { 0 } else { silent[end - 1].saturating_add(1) };
            good[end] += good[end - 1];
            all[end] += all[end - 1];
        }
        Self { good, all, silent, lead: usize::try_from(from - first).unwrap_or(0), mean: chart.mean }
    }

    /// The last minute.
    pub fn end(&self) -> usize {
        self.all.len() - 1
    }

    /// Where the mean that ends here begins; None where there is too little for one.
    pub fn window(&self, end: usize, mean: usize) -> Option<usize> {
        let before = self.all[end].checked_sub(FEWEST)?;
        let enough = self.all[..=end].partition_point(|all| *all <= before) - 1;
        Some(enough.min(end.saturating_sub(mean)))
    }

    /// The mean at the end of each of so many equal pieces of the window. It goes back over its piece at least: nothing
    /// that happened is between two of them.
    pub fn rates(&self, pieces: usize) -> Vec<Option<f64>> {
        let minutes = self.end() - self.lead;
        let piece_of = minutes.div_ceil(pieces);
        let (gap, mean) = (GAP.max(piece_of), self.mean.max(piece_of));
        let at = |piece: usize| {
            let end = self.lead + ((piece + 1) * minutes).div_ceil(pieces);
            let begin = self.window(end, mean).filter(|_| self.silent[end] <= gap)?;
            let all = self.all[end] - self.all[begin];
            (all > 0).then(|| (self.good[end] - self.good[begin]) as f64 / all as f64)
        };
        (0..pieces).map(at).collect()
    }

    /// Attempts in each of so many equal pieces of the window.
    pub fn attempts(&self, pieces: usize) -> Vec<u64> {
        let minutes = self.end() - self.lead;
        let edge = |piece: usize| self.lead + (piece * minutes).div_ceil(pieces);
        (0..pieces).map(|piece| self.all[edge(piece + 1)] - self.all[edge(piece)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::minute_start;

    fn chart(points: &[ChartPoint]) -> Chart<'_> {
        Chart { to: minute_start(600), ..Chart::new(points, 0.995, minute_start(0)) }
    }

    fn points(attempts: u64, failed: impl Fn(i64) -> u64) -> Vec<ChartPoint> {
        (0..600).map(|minute| ChartPoint { minute, successes: attempts - failed(minute), attempts }).collect()
    }

    #[test]
    fn one_failure_among_a_dozen_is_no_spike() {
        let points = points(12, |minute| u64::from(minute % 60 == 7));
        let rates = Sums::new(&chart(&points)).rates(200);
        assert!(rates[..5].iter().all(Option::is_none), "too few yet");
        assert!(rates[10..].iter().all(|rate| rate.is_some_and(|rate| rate >= 0.995)));
    }

    #[test]
    fn a_gap_is_a_gap_and_a_drop_is_seen_within_the_hour() {
        let mut points = points(12, |minute| if minute >= 400 { 1 } else { 0 });
        points.retain(|point| !(200..300).contains(&point.minute));
        let rates = Sums::new(&chart(&points)).rates(600);
        assert_eq!((rates[199], rates[250], rates[301]), (Some(1.0), None, Some(1.0)));
        assert!(rates[399] == Some(1.0) && rates[460].unwrap() < 0.92);
    }

    #[test]
    fn where_little_is_attempted_the_mean_goes_back_further() {
        let (few, many) = (points(1, |_| 0), points(9, |_| 0));
        assert_eq!(chart(&few).mean_of().as_deref(), Some("mean of 200"));
        assert_eq!(chart(&many).mean_of().as_deref(), Some("1 h mean"));
        assert_eq!(chart(&many[..9]).mean_of(), None);
    }

    #[test]
    fn what_came_before_the_window_is_in_its_first_mean() {
        let points = points(12, |minute| u64::from(minute == 590));
        let late = Chart { from: minute_start(585), mean: 5, ..chart(&points) };
        let rates = Sums::new(&late).rates(15);
        assert_eq!((rates.len(), rates[0], rates[4]), (15, Some(1.0), Some(1.0)));
        assert!(rates[5].unwrap() < 1.0 && rates[14].unwrap() < 1.0, "200 attempts are 17 minutes");
    }

    #[test]
    fn no_failure_falls_between_two_points_of_a_long_line() {
        let points = points(12, |minute| if minute == 100 { 12 } else { 0 });
        let rates = Sums::new(&chart(&points)).rates(5);
        assert!(rates[0].unwrap() < 1.0 && rates[1] == Some(1.0), "120 minutes each: {rates:?}");
    }
}
