//! Numbers as people read them: counts, percentages, durations, times of day. One spelling for screen and commands.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};

/// A count with its thousands grouped: `48,211`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A share of one as a percentage: `99.82 %`, `0.50 %`.
///
/// Exactly nothing is `0 %` and exactly all is `100 %`; what is merely close gets as many decimals as it takes to say
/// so, because "100 %" over a failure would be a lie. A share that is no number is `-`.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "-".to_owned();
    }
    let share = share.clamp(0.0, 1.0);
    if share == 0.0 || share == 1.0 {
        return format!("{:.0} %", share * 100.0);
    }
    let share = share.clamp(1e-10, 1.0 - 1e-10);
    let nearest_edge = share.min(1.0 - share);
    let decimals = (2..8).find(|&d| nearest_edge * 100.0 >= 10f64.powi(-d)).unwrap_or(8);
    format!("{:.*} %", decimals as usize, share * 100.0)
}

/// A duration by its two largest units: `45 s`, `3 m 20 s`, `12 m`, `1 h 50 m`, `24 h`, `2 d 4 h`. A negative one is
/// `0 s`.
pub fn duration(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: i64, unit: &str, small: i64, sub: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {sub}"),
    };
    match () {
        () if minutes == 0 => format!("{seconds} s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if hours == 0 => format!("{minutes} m"),
        () if hours < 48 => two(hours, "h", minutes % 60, "m"),
        () => two(days, "d", hours % 24, "h"),
    }
}

/// A time of day in UTC: `14:03:07`.
pub fn clock(at: DateTime<Utc>) -> String {
    at.format("%H:%M:%S").to_string()
}

/// A day and time in UTC: `2026-11-23 14:03 UTC`.
pub fn moment(at: DateTime<Utc>) -> String {
    // By hand: a thousand hard stops say it a thousand times, and a format string is read anew each time.
    let Ok(year @ 0..=9999) = u32::try_from(at.year()) else { return at.format("%Y-%m-%d %H:%M UTC").to_string() };
    let mut text = String::with_capacity(20);
    let parts = [(year / 100, ""), (year % 100, "-"), (at.month(), "-"), (at.day(), " "), (at.hour(), ":")];
    for (number, after) in parts.into_iter().chain([(at.minute(), " UTC")]) {
        text.extend([number / 10, number % 10].into_iter().filter_map(|digit| char::from_digit(digit, 10)));
        text.push_str(after);
    }
    text
}

/// A count with its noun in the right number: `1 gate`, `2 gates`.
pub fn plural(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_format() {
        for seconds in [0, 59, 3_600, 951_782_400, 1_790_000_059, -1, -62_135_596_801, 253_402_300_800] {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            assert_eq!(moment(at), at.format("%Y-%m-%d %H:%M UTC").to_string());
        }
    }

    #[test]
    fn counts_are_grouped() {
        for (n, want) in [(0, "0"), (999, "999"), (1000, "1,000"), (48_211, "48,211"), (1_234_567, "1,234,567")] {
            assert_eq!(count(n), want);
        }
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn percentages_never_claim_all_or_nothing() {
        for (share, want) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.9982, "99.82 %"),
            (0.005, "0.50 %"),
            (0.99996, "99.996 %"),
            (0.999_999, "99.9999 %"),
            (0.000_012, "0.001 %"),
            (0.5, "50.00 %"),
            (f64::NAN, "-"),
            (f64::INFINITY, "-"),
        ] {
            assert_eq!(percent(share), want);
        }
        for tiny in [1e-7, 1e-9, 1e-12] {
            assert!(!percent(1.0 - tiny).starts_with("100"), "{}", percent(1.0 - tiny));
        }
    }

    #[test]
    fn durations_have_two_units() {
        for (s, want) in [
            (-5, "0 s"),
            (0, "0 s"),
            (45, "45 s"),
            (200, "3 m 20 s"),
            (180, "3 m"),
            (725, "12 m"),
            (6600, "1 h 50 m"),
            (7200, "2 h"),
            (86_400, "24 h"),
            (187_200, "2 d 4 h"),
        ] {
            assert_eq!(duration(TimeDelta::seconds(s)), want);
        }
    }

    #[test]
    fn nouns_agree_with_their_number() {
        assert_eq!((plural(1, "gate"), plural(0, "gate")), ("1 gate".to_owned(), "0 gates".to_owned()));
    }
}
