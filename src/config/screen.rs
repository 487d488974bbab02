//! How the operator wants the cockpit to look and to behave, as it is written in the configuration.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `[screen]`: what has no option of its own on the command line.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Screen {
    /// In which zone times are shown.
    pub times: Zone,
    /// Whether the mouse is taken. Off, because the terminal's own selection is worth more to most.
    pub mouse: bool,
    /// What the terminal rings for.
    pub alerts: Alerts,
}

/// In which zone times are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// UTC.
    #[default]
    Utc,
    /// As this machine has it.
    Local,
}

impl Zone {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Utc => "utc",
            Self::Local => "local",
        }
    }
}

/// What the terminal rings for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alerts {
    /// Nothing.
    None,
    /// A trigger that trips, a hard stop that stands.
    #[default]
    Trouble,
    /// Those, and each change of the call.
    Call,
}

impl Alerts {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Trouble => "trouble",
            Self::Call => "call",
        }
    }
}

/// `[keys]`: keys by the name of a command.
pub type Keys = BTreeMap<String, KeyNames>;

/// One key, or several, by name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum KeyNames {
    /// `gates = "e"`
    One(String),
    /// `gates = ["e", "F5"]`
    Several(Vec<String>),
}

impl KeyNames {
    /// All of them.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::One(name) => vec![name.clone()],
            Self::Several(names) => names.clone(),
        }
    }
}
