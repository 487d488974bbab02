//! A time of the recording that is played, typed.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};

use crate::{
    recording::Playing,
    timeline::moment,
    tui::{field::Field, model::Model, times::Times},
};

/// A minute is typed, and the recording begins or ends within it.
const NEAR: TimeDelta = TimeDelta::minutes(1);

/// Which time is to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeekForm {
    /// What is typed.
    pub field: Field,
}

impl SeekForm {
    /// The form with this typed so far.
    pub fn new(typed: &str) -> Self {
        Self { field: Field::new(typed) }
    }

    /// The instant that is typed.
    ///
    /// # Errors
    /// Why it is none of the recording, in one sentence.
    pub fn found(&self, model: &Model) -> Result<DateTime<Utc>, String> {
        let Some(playing) = &model.playing else { return Err("nothing is played yet".to_owned()) };
        let typed = self.field.text();
        let at = instant(typed.trim(), playing, model.now, model.times).ok_or_else(|| {
            format!("{typed:?} is no time; write it like 14:05, 14:05:30, +10m, -1h or 2026-03-01 14:05")
        })?;
        if at + NEAR <= playing.from || at - NEAR > playing.to {
            let (at, from, to) =
                (model.times.second(at), model.times.second(playing.from), model.times.second(playing.to));
            return Err(format!("{at} is not in it: it goes from {from} to {to}"));
        }
        Ok(at.clamp(playing.from, playing.to))
    }
}

/// The instant that is meant, seen from `now`: of a time of day without its day, the nearest of the recording.
fn instant(typed: &str, playing: &Playing, now: DateTime<Utc>, times: Times) -> Option<DateTime<Utc>> {
    if let Some((back, length)) =
        typed.strip_prefix('+').map(|rest| (false, rest)).or_else(|| typed.strip_prefix('-').map(|rest| (true, rest)))
    {
        let length = TimeDelta::from_std(humantime::parse_duration(length.trim()).ok()?).ok()?;
        return if back { now.checked_sub_signed(length) } else { now.checked_add_signed(length) };
    }
    for format in ["%H:%M", "%H:%M:%S"] {
        let Ok(time) = NaiveTime::parse_from_str(typed, format) else { continue };
        let days = [times.day(now).checked_sub_days(Days::new(1)), Some(times.day(now)), times.day(now).succ_opt()];
        let ends = [times.day(playing.from), times.day(playing.to)].map(Some);
        let all = days.into_iter().chain(ends).flatten().filter_map(|day| times.instant(day.and_time(time)));
        let inside = |at: &DateTime<Utc>| *at + NEAR > playing.from && *at - NEAR <= playing.to;
        // One of the recording, if there is one; of those the nearest.
        return all.min_by_key(|at| (!inside(at), (*at - now).abs()));
    }
    // Without a zone it is one of the zone that is shown.
    let plain = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];
    let plain = plain.iter().find_map(|format| chrono::NaiveDateTime::parse_from_str(typed, format).ok());
    match plain {
        Some(plain) => times.instant(plain),
        // So long ago says nothing here: from when?
        None => {
            moment(typed, playing.to).filter(|moment| moment.named == crate::timeline::Named::Exactly).map(|at| at.at)
        }
    }
}
