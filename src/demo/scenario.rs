//! What goes wrong in a demo, and when.

use std::{fmt, str::FromStr};

/// A story that the demo tells within six simulated hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scenario {
    /// Nothing goes wrong.
    #[default]
    Healthy,
    /// After an hour one in twenty secure uploads fails, and from the second hour on two in a hundred.
    Regression,
    /// After two hours a client's pull cursor moves backward, once.
    Guardrail,
    /// After an hour and a half some clients upload on the legacy path although their flag is on.
    Fallback,
    /// After three hours no telemetry arrives any more.
    Blind,
    /// After an hour the storage throttles; after three, objects are missing.
    Storage,
    /// After an hour somebody sets the flag to everyone, without gonogo.
    Drift,
}

const HOUR: i64 = 3600;

/// Seconds after the opening at which the flag is changed behind gonogo's back.
const DRIFT_AT: i64 = HOUR;
const GUARDRAIL_AT: i64 = 2 * HOUR;
const MISSING_OBJECTS_FROM: i64 = 3 * HOUR;
const MISSING_OBJECTS_EVERY: i64 = 12 * 60;

/// How things stand at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Conditions {
    /// Share of secure uploads that fail beyond the usual few.
    pub(super) failing: f64,
    /// Share of uploads that fall back to the legacy path with the flag on.
    pub(super) falling_back: f64,
    /// Share of secure uploads that the storage throttles.
    pub(super) throttled: f64,
    /// Whether telemetry arrives.
    pub(super) telemetry: bool,
}

/// Something that happens once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Incident {
    /// A pull cursor moves backward.
    CursorRegression,
    /// A registered object is missing.
    MissingObject,
    /// Somebody sets the flag to everyone.
    FlagSetElsewhere,
}

impl Incident {
    /// The signature of the guardrail that it violates, if it does.
    pub(super) fn violates(self) -> Option<&'static str> {
        match self {
            Self::CursorRegression => Some("pull:pullCursorRegression"),
            Self::MissingObject | Self::FlagSetElsewhere => None,
        }
    }
}

impl Scenario {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] =
        [Self::Healthy, Self::Regression, Self::Guardrail, Self::Fallback, Self::Blind, Self::Storage, Self::Drift];

    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Regression => "regression",
            Self::Guardrail => "guardrail",
            Self::Fallback => "fallback",
            Self::Blind => "blind",
            Self::Storage => "storage",
            Self::Drift => "drift",
        }
    }

    /// How things stand so many seconds after the opening.
    pub(super) fn conditions(self, second: i64) -> Conditions {
        let from = |share: f64, start: i64| if second >= start { share } else { 0.0 };
        let storm = self == Self::Storage && (HOUR..HOUR + 40 * 60).contains(&second);
        Conditions {
            failing: match self {
                Self::Regression => from(0.019, HOUR),
                _ => 0.0,
            },
            falling_back: if self == Self::Fallback { from(0.15, HOUR * 3 / 2) } else { 0.0 },
            throttled: if storm { 0.35 } else { 0.004 },
            telemetry: self != Self::Blind || second < 3 * HOUR,
        }
    }

    /// What happens in this very second.
    pub(super) fn incident(self, second: i64) -> Option<Incident> {
        let missing = second >= MISSING_OBJECTS_FROM && (second - MISSING_OBJECTS_FROM) % MISSING_OBJECTS_EVERY == 0;
        match self {
            Self::Guardrail if second == GUARDRAIL_AT => Some(Incident::CursorRegression),
            Self::Storage if missing => Some(Incident::MissingObject),
            Self::Drift if second == DRIFT_AT => Some(Incident::FlagSetElsewhere),
            _ => None,
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|scenario| scenario.word() == word).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|scenario| scenario.word()).collect();
            format!("there is no scenario \"{}\"; choose one of {}", crate::text::clean(word), words.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_its_scenario() {
        for scenario in Scenario::ALL {
            assert_eq!(scenario.to_string().parse(), Ok(scenario));
        }
        assert!("Healthy".parse::<Scenario>().unwrap_err().contains("healthy, regression"));
    }
}
