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
    /// How many colours the terminal has.
    pub colours: Colours,
    /// Whether links can be opened from the terminal.
    pub links: Links,
}

/// A built-in set of colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    /// For a dark ground.
    #[default]
    Dark,
    /// For a light ground.
    Light,
    /// For a dark ground, of higher contrast.
    HighContrast,
    /// For a light ground, of higher contrast.
    HighContrastLight,
    /// For a dark ground, told apart without red against green.
    #[serde(alias = "color-blind")]
    ColourBlind,
    /// For a light ground, told apart without red against green.
    #[serde(alias = "color-blind-light")]
    ColourBlindLight,
    /// No colour: bold and reversed only.
    Mono,
}

impl ThemeName {
    /// All of them, in the order in which one goes through them.
    pub const ALL: [Self; 7] = [
        Self::Dark,
        Self::Light,
        Self::HighContrast,
        Self::HighContrastLight,
        Self::ColourBlind,
        Self::ColourBlindLight,
        Self::Mono,
    ];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::HighContrastLight => "high-contrast-light",
            Self::ColourBlind => "colour-blind",
            Self::ColourBlindLight => "colour-blind-light",
            Self::Mono => "mono",
        }
    }

    /// The one that is written so.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.word() == word)
    }

    /// Whether it is made for a light ground.
    pub fn is_light(self) -> bool {
        matches!(self, Self::Light | Self::HighContrastLight | Self::ColourBlindLight)
    }
}

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Colours {
    /// As the terminal says of itself.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// None.
    #[serde(rename = "none")]
    None,
    /// Its own sixteen.
    #[serde(rename = "16")]
    Sixteen,
    /// xterm's 256.
    #[serde(rename = "256")]
    TwoFiftySix,
    /// All.
    #[serde(rename = "true")]
    True,
}

impl Colours {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::None => "none",
            Self::Sixteen => "16",
            Self::TwoFiftySix => "256",
            Self::True => "true",
        }
    }
}

/// Whether links can be opened from the terminal (OSC 8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Links {
    /// Where the terminal is known to.
    #[default]
    Auto,
    /// Yes.
    On,
    /// No.
    Off,
}

impl Links {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        }
    }
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
