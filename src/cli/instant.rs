//! The instants that the past is judged at: named as in a query of the timeline, but never by their day alone.

use chrono::{DateTime, Utc};

use super::{Exit, Failure};
use crate::{
    snapshot::{minute_of, minute_start},
    timeline::{Named, moment},
};

/// The instant that `text`, the value of `option`, names.
///
/// # Errors
/// What is wrong with it: it is no instant, it is a whole day, or it is later than `now`.
pub(super) fn instant(option: &str, text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
    let usage = |what: String| Failure::new(Exit::Usage, what);
    let shown = crate::text::clean(text);
    let named = moment(text, now).ok_or_else(|| {
        usage(format!(
            "{option} {shown:?} is no time; write it like 2026-03-01T11:12:00Z, or 6h for six hours ago, or now"
        ))
    })?;
    let at = named.at;
    if named.named == Named::Day {
        // Judged is an instant, and nobody could tell which one of the day was meant.
        return Err(usage(format!("{option} {shown} is a whole day; say when in it, like {}T11:12Z", text.trim())));
    }
    if at > now {
        return Err(usage(format!("{option} {shown} is in the future; the past can be judged up to now")));
    }
    Ok(at)
}

/// The beginning of the minute that `at` is in; and, where `text` said another instant to the second, a sentence that
/// says so. So long ago and now are about as exact as they sound.
pub(super) fn whole_minute(option: &str, text: &str, at: DateTime<Utc>) -> (DateTime<Utc>, Option<String>) {
    let minute = minute_start(minute_of(at));
    let exact = moment(text, at).is_some_and(|moment| moment.named == Named::Exactly);
    let format = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    let note = (exact && minute != at).then(|| {
        format!("{option} {} is judged as of {}: the past is known to the whole minute", format(at), format(minute))
    });
    (minute, note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_say_instants_in_several_ways() {
        let now = DateTime::from_timestamp(1_772_366_400, 0).unwrap();
        for (text, want) in [
            ("now", Some(0)),
            ("6h", Some(-21_600)),
            ("1h 30m ago", Some(-5400)),
            ("2026-03-01T11:12:00Z", Some(-2880)),
            ("2026-03-01T13:12:30+02:00", Some(-2850)),
            ("2026-03-01 11:12 UTC", Some(-2880)),
            ("2026-03-01 11:12", Some(-2880)),
            ("11:12", Some(-2880)),
            ("2026-03-01T12:01:00Z", None),
            ("2026-03-01", None),
            ("yesterday", None),
            ("-6h", None),
            ("", None),
            ("500000000000000000s", None),
        ] {
            let at = instant("--at", text, now).ok().map(|at| (at - now).num_seconds());
            assert_eq!(at, want, "{text}");
        }
        let future = instant("--to", "2026-03-01T12:01:00Z", now).unwrap_err();
        assert!(future.message.contains("in the future"), "{}", future.message);
        assert_eq!(future.exit, Exit::Usage);
        for day in ["2026-03-01", " 2026-02-28 "] {
            let refused = instant("--at", day, now).unwrap_err();
            assert!(refused.message.contains("is a whole day; say when in it, like 2026-0"), "{}", refused.message);
            assert_eq!(refused.exit, Exit::Usage);
        }
    }

    #[test]
    fn instants_are_taken_to_the_minute_before() {
        let at = |millis| DateTime::from_timestamp_millis(millis).unwrap();
        assert_eq!(whole_minute("--at", "1970-01-01T00:02:00Z", at(120_000)), (at(120_000), None));
        assert_eq!(whole_minute("--at", "6h", at(179_999)), (at(120_000), None));
        let (minute, note) = whole_minute("--at", "1970-01-01T00:02:59.999Z", at(179_999));
        assert_eq!(minute, at(120_000));
        assert_eq!(whole_minute("--at", "00:02:59", at(179_000)).1.map(|note| note.contains("00:02:00Z")), Some(true));
        let note = note.unwrap();
        assert!(note.contains("1970-01-01T00:02:59.999Z") && note.contains("1970-01-01T00:02:00Z"), "{note}");
    }
}
