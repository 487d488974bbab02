//! How much time the success screen shows at once.

use chrono::TimeDelta;

/// The window of the chart. It ends now, or where the stage that is looked at ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Zoom {
    /// 15 minutes.
    Quarter,
    /// An hour.
    Hour,
    /// 24 hours.
    Day,
    /// The stage, however long it is.
    #[default]
    Stage,
}

impl Zoom {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 4] = [Self::Quarter, Self::Hour, Self::Day, Self::Stage];

    /// How long it is; None for the stage.
    pub fn span(self) -> Option<TimeDelta> {
        match self {
            Self::Quarter => Some(TimeDelta::minutes(15)),
            Self::Hour => Some(TimeDelta::hours(1)),
            Self::Day => Some(TimeDelta::hours(24)),
            Self::Stage => None,
        }
    }

    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Quarter => "15 m",
            Self::Hour => "1 h",
            Self::Day => "24 h",
            Self::Stage => "stage",
        }
    }

    /// The next wider one; after the widest the narrowest.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self.place() + 1) % Self::ALL.len()]
    }

    /// The next wider one, if there is one.
    #[must_use]
    pub fn wider(self) -> Self {
        Self::ALL[(self.place() + 1).min(Self::ALL.len() - 1)]
    }

    /// The next narrower one, if there is one.
    #[must_use]
    pub fn narrower(self) -> Self {
        Self::ALL[self.place().saturating_sub(1)]
    }

    fn place(self) -> usize {
        Self::ALL.iter().position(|zoom| *zoom == self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_round_by_one_key_and_ends_by_two() {
        assert_eq!(Zoom::default().next(), Zoom::Quarter);
        assert_eq!(Zoom::Quarter.narrower(), Zoom::Quarter);
        assert_eq!(Zoom::Quarter.wider().wider().wider().wider(), Zoom::Stage);
        assert_eq!(Zoom::Stage.narrower(), Zoom::Day);
    }
}
