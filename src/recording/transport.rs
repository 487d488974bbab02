//! Where a recording is played, how fast, and where a key leads. Pure: real time is told.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

/// A longer stretch in which nothing was recorded is passed over: the machine was asleep, or time was put forward.
const LONG: i64 = 5 * 60_000;

/// So much of such a stretch is played, real time.
const PAUSE: Duration = Duration::from_secs(2);

/// How fast: a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Speed(i8);

impl Speed {
    /// An eighth.
    pub const SLOWEST: Self = Self(-3);
    /// 64 times.
    pub const FASTEST: Self = Self(6);

    /// Recorded seconds in one real second.
    pub fn times(self) -> f64 {
        2_f64.powi(i32::from(self.0))
    }

    /// Twice as fast, as far as that goes.
    #[must_use]
    pub fn faster(self) -> Self {
        Self(self.0 + 1).min(Self::FASTEST)
    }

    /// Half as fast, as far as that goes.
    #[must_use]
    pub fn slower(self) -> Self {
        Self(self.0 - 1).max(Self::SLOWEST)
    }
}

/// As it is shown and given: `4x`, `1/2x`.
impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            power @ 0.. => write!(f, "{}x", 1_u32 << power),
            power => write!(f, "1/{}x", 1_u32 << -power),
        }
    }
}

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let given = text.trim_end_matches('x');
        let all = (Self::SLOWEST.0..=Self::FASTEST.0).map(Self);
        let mut named = all.filter(|speed| speed.to_string().trim_end_matches('x') == given);
        named.next().ok_or_else(|| "a speed is 1/8, 1/4, 1/2, 1, 2, 4, 8, 16, 32 or 64".to_owned())
    }
}

/// What a key asks of the player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Stand still, or go on; at the end, from the beginning.
    Pause,
    /// Half as fast.
    Slower,
    /// Twice as fast.
    Faster,
    /// To the moment before, and stand still.
    StepBack,
    /// To the next moment, and stand still.
    StepOn,
    /// So much on, or back where it is negative.
    Seek(TimeDelta),
    /// To this instant.
    To(DateTime<Utc>),
}

/// What the screen says of the player.
#[derive(Debug, Clone, PartialEq)]
pub struct Playing {
    /// The first instant of the recording.
    pub from: DateTime<Utc>,
    /// The last one.
    pub to: DateTime<Utc>,
    /// How fast.
    pub speed: Speed,
    /// Whether it stands still.
    pub paused: bool,
    /// Whether it is at its end.
    pub ended: bool,
    /// What is wrong with it here, in words.
    pub trouble: Option<String>,
}

/// The place in a recording.
#[derive(Debug, Clone)]
pub struct Transport {
    /// When each moment was, ms since 1970; never empty, never falling.
    times: Arc<[i64]>,
    /// The moment that is shown.
    here: usize,
    /// The present of the recording, ms since 1970.
    now: f64,
    /// Real time since the moment came.
    since: Duration,
    speed: Speed,
    paused: bool,
}

impl Transport {
    /// At the first of these moments, playing. None where there is none. A time before the one before it is taken to be
    /// that one: a clock was set back.
    pub fn new(times: impl IntoIterator<Item = DateTime<Utc>>, speed: Speed) -> Option<Self> {
        let mut latest = i64::MIN;
        let times: Arc<[i64]> = times
            .into_iter()
            .map(|at| {
                // Whole milliseconds, and none before the moment itself.
                latest = latest.max((at + TimeDelta::nanoseconds(999_999)).timestamp_millis());
                latest
            })
            .collect();
        let now = *times.first()? as f64;
        Some(Self { times, here: 0, now, since: Duration::ZERO, speed, paused: false })
    }

    /// The moment that is shown.
    pub fn here(&self) -> usize {
        self.here
    }

    /// The present of the recording.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.now as i64).unwrap_or_default()
    }

    /// Whether it is at its last moment.
    pub fn ended(&self) -> bool {
        self.here + 1 == self.times.len()
    }

    /// What the screen says of it.
    pub fn playing(&self, trouble: Option<String>) -> Playing {
        let at = |ms: Option<&i64>| ms.and_then(|ms| DateTime::from_timestamp_millis(*ms)).unwrap_or_default();
        let (from, to) = (at(self.times.first()), at(self.times.last()));
        Playing { from, to, speed: self.speed, paused: self.paused, ended: self.ended(), trouble }
    }

    /// Stands still.
    pub fn stop(&mut self) {
        self.paused = true;
    }

    /// Lets so much real time pass.
    pub fn pass(&mut self, real: Duration) {
        if self.paused || self.ended() {
            return;
        }
        self.since += real;
        self.now += real.as_secs_f64() * 1000.0 * self.speed.times();
        let next = self.times[self.here + 1];
        if next - self.times[self.here] > LONG && self.since >= PAUSE {
            self.now = self.now.max(next as f64);
        }
        let here = self.times.partition_point(|at| *at as f64 <= self.now).saturating_sub(1).max(self.here);
        if here != self.here {
            (self.here, self.since) = (here, Duration::ZERO);
        }
        if self.ended() {
            self.now = self.times[self.here] as f64;
        }
    }

    /// How long until the next moment, real time; None where it stands still.
    pub fn until_next(&self) -> Option<Duration> {
        if self.paused || self.ended() {
            return None;
        }
        let next = self.times[self.here + 1];
        let left = (next as f64 - self.now).max(0.0) / (1000.0 * self.speed.times());
        let long = next - self.times[self.here] > LONG;
        let left = if long { left.min(PAUSE.saturating_sub(self.since).as_secs_f64()) } else { left };
        Some(Duration::try_from_secs_f64(left).unwrap_or(PAUSE))
    }

    /// Does what a key asks for.
    pub fn order(&mut self, order: Order) {
        match order {
            Order::Pause if self.ended() => {
                self.go(0);
                self.paused = false;
            }
            Order::Pause => self.paused = !self.paused,
            Order::Slower => self.speed = self.speed.slower(),
            Order::Faster => self.speed = self.speed.faster(),
            Order::StepBack => {
                self.paused = true;
                self.go(self.here.saturating_sub(1));
            }
            Order::StepOn => {
                self.paused = true;
                self.go((self.here + 1).min(self.times.len() - 1));
            }
            Order::Seek(by) => self.seek((self.now as i64).saturating_add(by.num_milliseconds())),
            Order::To(at) => self.seek(at.timestamp_millis()),
        }
    }

    /// To this instant, ms since 1970, or the nearest that there is.
    fn seek(&mut self, now: i64) {
        let (first, last) = (self.times[0], self.times[self.times.len() - 1]);
        let now = now.clamp(first, last);
        // Of several moments at one instant the last one stands; the beginning is before all of them.
        let reached = if now == first { 0 } else { self.times.partition_point(|at| *at <= now) - 1 };
        self.go(reached);
        self.now = now as f64;
    }

    fn go(&mut self, here: usize) {
        (self.here, self.since, self.now) = (here, Duration::ZERO, self.times[here] as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn transport(seconds: &[i64]) -> Transport {
        Transport::new(seconds.iter().map(|s| at(*s)), Speed::default()).unwrap()
    }

    #[test]
    fn it_plays_to_its_end_and_stands_still() {
        let mut player = transport(&[0, 5, 10]);
        assert_eq!(player.until_next(), Some(Duration::from_secs(5)));
        player.pass(Duration::from_secs(6));
        assert_eq!((player.here(), player.now()), (1, at(6)));
        player.order(Order::Faster);
        player.pass(Duration::from_secs(3));
        assert_eq!((player.here(), player.now(), player.until_next()), (2, at(10), None));
        assert!(player.playing(None).ended);
        player.pass(Duration::from_secs(99));
        assert_eq!(player.now(), at(10));
        player.order(Order::Pause);
        assert_eq!((player.here(), player.until_next()), (0, Some(Duration::from_millis(2500))));
    }

    #[test]
    fn a_step_stands_still_and_a_seek_does_not() {
        let mut player = transport(&[0, 5, 10, 800, 1500]);
        player.order(Order::StepOn);
        player.order(Order::StepOn);
        player.order(Order::StepBack);
        assert_eq!((player.here(), player.until_next()), (1, None));
        player.order(Order::Pause);
        player.order(Order::Seek(TimeDelta::minutes(10)));
        assert_eq!((player.here(), player.now()), (2, at(605)));
        player.order(Order::Seek(TimeDelta::minutes(-20)));
        assert_eq!((player.here(), player.now(), player.playing(None).paused), (0, at(0), false));
        player.order(Order::Seek(TimeDelta::days(9)));
        assert!(player.ended());
    }

    #[test]
    fn a_time_leads_there_and_one_before_or_after_it_all_to_an_end() {
        let mut player = transport(&[0, 5, 10, 800, 1500]);
        for (to, here, now) in [(12, 2, 12), (800, 3, 800), (-90, 0, 0), (99_999, 4, 1500), (5, 1, 5)] {
            player.order(Order::To(at(to)));
            assert_eq!((player.here(), player.now()), (here, at(now)), "{to}");
        }
        assert!(!player.playing(None).paused, "it plays on from there");
    }

    #[test]
    fn back_at_the_beginning_no_moment_is_left_out() {
        let mut player = transport(&[0, 0, 0, 5, 10]);
        player.order(Order::Seek(TimeDelta::seconds(7)));
        assert_eq!(player.here(), 3);
        player.order(Order::Seek(TimeDelta::minutes(-1)));
        assert_eq!((player.here(), player.now()), (0, at(0)));
        player.order(Order::StepOn);
        assert_eq!(player.here(), 1);
    }

    #[test]
    fn a_long_stretch_without_anything_is_passed_over_and_a_clock_never_goes_back() {
        let mut player = transport(&[0, 86_400, 10, 86_401]);
        player.pass(Duration::from_secs(1));
        assert_eq!((player.here(), player.until_next()), (0, Some(Duration::from_secs(1))));
        player.pass(Duration::from_secs(1));
        assert_eq!((player.here(), player.now()), (2, at(86_400)), "both that are at this instant by then");
    }

    #[test]
    fn speeds_are_powers_of_two() {
        let mut speed = Speed::SLOWEST;
        let mut shown = vec![speed.to_string()];
        while speed != Speed::FASTEST {
            speed = speed.faster();
            assert_eq!(speed.to_string().parse(), Ok(speed));
            shown.push(speed.to_string());
        }
        assert_eq!(shown.join(" "), "1/8x 1/4x 1/2x 1x 2x 4x 8x 16x 32x 64x");
        assert_eq!((speed.faster(), Speed::SLOWEST.slower()), (Speed::FASTEST, Speed::SLOWEST));
        assert!("3".parse::<Speed>().is_err());
    }
}
