//! How instants are written on the screen: in UTC, or as the people here have them; and which of the two is always said.

use chrono::{DateTime, FixedOffset, Local, Offset, Utc};

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
        assert_eq!(Times::Local.minute(at).len(), "2026-03-01 13:00 +01:00".len());
    }
}
