//! How instants are written on the screen: in UTC, or as the people here have them; and which of the two is always said.

use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, Offset, Utc};

/// In which zone instants are shown. What the judge says in words is always in UTC, and says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Times {
    /// UTC.
    #[default]
    Utc,
    /// As this machine has it, with its summer time.
    Local,
    /// So far from UTC.
    Fixed(FixedOffset),
}

impl Times {
    /// The instant in that zone.
    fn here(self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        match self {
            Self::Utc => at.fixed_offset(),
            Self::Local => at.with_timezone(&at.with_timezone(&Local).offset().fix()),
            Self::Fixed(offset) => at.with_timezone(&offset),
        }
    }

    /// The instant that is written so in that zone; none where its clocks leave that time out. Of two, the first.
    pub fn instant(self, written: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self {
            Self::Utc => Some(written.and_utc()),
            Self::Local => written.and_local_timezone(Local).earliest().map(|at| at.with_timezone(&Utc)),
            Self::Fixed(offset) => written.and_local_timezone(offset).earliest().map(|at| at.with_timezone(&Utc)),
        }
    }

    /// Written by a format of [`chrono::format::strftime`], without the zone.
    pub fn write(self, at: DateTime<Utc>, format: &str) -> String {
        self.here(at).format(format).to_string()
    }

    /// The zone at that instant: `UTC`, `+02:00`.
    pub fn zone(self, at: DateTime<Utc>) -> String {
        match self {
            Self::Utc => "UTC".to_owned(),
            Self::Local | Self::Fixed(_) => self.here(at).format("%:z").to_string(),
        }
    }

    /// The time of day to the minute, with the zone, in as few columns as say it: `12:00Z`, `14:00+02`.
    pub fn short(self, at: DateTime<Utc>) -> String {
        let zone = match self {
            Self::Utc => "Z".to_owned(),
            Self::Local | Self::Fixed(_) => {
                let zone = self.zone(at);
                zone.strip_suffix(":00").map_or_else(|| zone.clone(), str::to_owned)
            }
        };
        format!("{}{zone}", self.write(at, "%H:%M"))
    }

    /// The day, to compare with another one.
    pub fn day(self, at: DateTime<Utc>) -> NaiveDate {
        self.here(at).date_naive()
    }

    /// To the millisecond, with the zone: `2026-03-01 12:00:00.125 UTC`.
    pub fn millisecond(self, at: DateTime<Utc>) -> String {
        format!("{} {}", self.write(at, "%Y-%m-%d %H:%M:%S%.3f"), self.zone(at))
    }

    /// To the second, with the zone: `2026-03-01 12:00:00 UTC`.
    pub fn second(self, at: DateTime<Utc>) -> String {
        format!("{} {}", self.write(at, "%Y-%m-%d %H:%M:%S"), self.zone(at))
    }

    /// To the minute, with the zone: `2026-03-01 12:00 UTC`.
    pub fn minute(self, at: DateTime<Utc>) -> String {
        format!("{} {}", self.write(at, "%Y-%m-%d %H:%M"), self.zone(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_always_said() {
        let at = DateTime::from_timestamp(1_772_366_400, 0).unwrap();
        assert_eq!(Times::Utc.second(at), "2026-03-01 12:00:00 UTC");
        let berlin = Times::Fixed(FixedOffset::east_opt(3600).unwrap());
        assert_eq!(berlin.second(at), "2026-03-01 13:00:00 +01:00");
        assert_eq!(berlin.minute(at), "2026-03-01 13:00 +01:00");
        assert_eq!(berlin.write(at, "%H:%M"), "13:00");
        assert_eq!(berlin.instant(at.naive_utc()), Some(at - chrono::TimeDelta::hours(1)));
        assert_eq!(Times::Utc.instant(at.naive_utc()), Some(at));
        assert_eq!((Times::Utc.short(at), berlin.short(at)), ("12:00Z".to_owned(), "13:00+01".to_owned()));
        let kolkata = Times::Fixed(FixedOffset::east_opt(19_800).unwrap());
        assert_eq!(
            (kolkata.short(at), kolkata.millisecond(at).as_str()),
            ("17:30+05:30".to_owned(), "2026-03-01 17:30:00.000 +05:30")
        );
        let (auckland, late) = (Times::Fixed(FixedOffset::east_opt(46_800).unwrap()), at - chrono::TimeDelta::hours(2));
        assert_ne!(auckland.day(at), Times::Utc.day(at));
        assert_ne!(auckland.day(at), auckland.day(late), "its midnight is at 11:00 UTC");
        assert_eq!(Times::Local.minute(at).len(), "2026-03-01 13:00 +01:00".len());
    }
}
