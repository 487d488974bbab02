//! Instants as people say them in a query.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

/// An instant that somebody named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When; of a day, its beginning.
    pub at: DateTime<Utc>,
    /// How it was named.
    pub named: Named,
}

/// How an instant was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Only its day was.
    Day,
    /// By date and time, or by the time of day: to the minute or closer.
    Exactly,
    /// So long ago, or now: about as exact as it sounds.
    Ago,
}

impl Moment {
    /// The last instant that is meant, where it ends a stretch of time: a day is meant to its end.
    pub fn end(self) -> DateTime<Utc> {
        let next = if self.named == Named::Day { self.at.checked_add_days(Days::new(1)) } else { None };
        next.map_or(self.at, |next| next - TimeDelta::nanoseconds(1))
    }
}

/// The instant that `text` names, seen from `now`, in UTC: `2026-03-01T12:00Z`, `2026-03-01 12:00`, `2026-03-01`,
/// `14:05` (the last time that it was 14:05), `2h` (so long ago), `now`.
pub fn moment(text: &str, now: DateTime<Utc>) -> Option<Moment> {
    let text = text.trim();
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Moment { at: day.and_time(NaiveTime::MIN).and_utc(), named: Named::Day });
    }
    let (at, named) = match exactly(text, now) {
        Some(at) => (at, Named::Exactly),
        None => (ago(text, now)?, Named::Ago),
    };
    Some(Moment { at, named })
}

fn exactly(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    let plain = text.strip_suffix('Z').or_else(|| text.strip_suffix(" UTC")).unwrap_or(text);
    for format in ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(plain, format) {
            return Some(at.and_utc());
        }
    }
    for format in ["%H:%M", "%H:%M:%S"] {
        if let Ok(time) = NaiveTime::parse_from_str(plain, format) {
            let today = now.date_naive().and_time(time).and_utc();
            // After midnight, 22:00 is that of yesterday.
            return if today <= now { Some(today) } else { today.checked_sub_days(Days::new(1)) };
        }
    }
    None
}

fn ago(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if text == "now" {
        return Some(now);
    }
    let ago = humantime::parse_duration(text.strip_suffix(" ago").unwrap_or(text)).ok()?;
    now.checked_sub_signed(TimeDelta::from_std(ago).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_say_instants_in_several_ways() {
        let now = DateTime::from_timestamp(1_772_366_400, 0).unwrap();
        for (text, want) in [
            ("now", Some(0)),
            ("2h", Some(-7200)),
            ("1h 30m ago", Some(-5400)),
            ("2026-03-01T12:00Z", Some(0)),
            ("2026-03-01T11:12:00Z", Some(-2880)),
            ("2026-03-01T13:12:30+02:00", Some(-2850)),
            ("2026-03-01 11:12", Some(-2880)),
            ("2026-03-01 11:12 UTC", Some(-2880)),
            ("11:12", Some(-2880)),
            ("11:12:30", Some(-2850)),
            ("12:00", Some(0)),
            ("12:01", Some(60 - 86_400)),
            ("25:00", None),
            ("yesterday", None),
            ("-2h", None),
            ("", None),
            ("500000000000000000s", None),
        ] {
            assert_eq!(moment(text, now).map(|moment| (moment.at - now).num_seconds()), want, "{text}");
        }
        let day = moment("2026-03-01", now).unwrap();
        assert!(day.named == Named::Day && (now - day.at).num_hours() == 12);
        for (text, named) in [("11:12", Named::Exactly), ("2h ago", Named::Ago), ("now", Named::Ago)] {
            assert_eq!(moment(text, now).map(|moment| moment.named), Some(named), "{text}");
        }
        assert_eq!(moment("2026-03-02", now).unwrap().at - day.end(), TimeDelta::nanoseconds(1));
    }
}
