//! How many colours the terminal has, and what becomes of a colour there.

use ratatui::style::Color;

use crate::{colour::Rgb, config::Colours};

/// How many colours there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// None: bold and reversed only.
    None,
    /// The terminal's own sixteen, by name.
    #[default]
    Sixteen,
    /// xterm's 256, of which the first sixteen are the terminal's own.
    TwoFiftySix,
    /// Each that there is.
    True,
}

/// The steps of xterm's cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Depth {
    /// What is asked for, else what the terminal says of itself in its environment. Nothing is asked of the terminal.
    pub fn find(asked: Colours, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        // https://no-color.org: present and not empty. The environment comes before the file.
        if set("NO_COLOR").is_some() {
            return Self::None;
        }
        match asked {
            Colours::Auto => {}
            Colours::None => return Self::None,
            Colours::Sixteen => return Self::Sixteen,
            Colours::TwoFiftySix => return Self::TwoFiftySix,
            Colours::True => return Self::True,
        }
        let term = set("TERM").unwrap_or_default();
        let many = term.contains("256color");
        // Screen passes no true colour on, and the console has sixteen, whatever the terminal around them left behind.
        let within_screen = term.starts_with("screen") && set("TMUX").is_none();
        match set("COLORTERM").as_deref() {
            _ if term == "linux" => Self::Sixteen,
            Some("truecolor" | "24bit") if !within_screen => Self::True,
            _ if term.ends_with("-direct") || set("WT_SESSION").is_some() => Self::True,
            _ if many => Self::TwoFiftySix,
            _ => Self::Sixteen,
        }
    }

    /// The colour as it can be had; none where there are no numbers for it.
    pub fn colour(self, rgb: Rgb) -> Option<Color> {
        match self {
            Self::None | Self::Sixteen => None,
            Self::TwoFiftySix => Some(Color::Indexed(nearest(rgb))),
            Self::True => Some(Color::Rgb(rgb.0, rgb.1, rgb.2)),
        }
    }

    /// The numbers that the terminal then draws; none where only it knows them.
    pub fn drawn(self, rgb: Rgb) -> Option<Rgb> {
        match self {
            Self::None | Self::Sixteen => None,
            Self::TwoFiftySix => Some(indexed(nearest(rgb))),
            Self::True => Some(rgb),
        }
    }
}

/// The one of the 240 colours, whose numbers are the same everywhere, that is nearest.
fn nearest(rgb: Rgb) -> u8 {
    (16..=255).min_by_key(|index| indexed(*index).distance(rgb)).unwrap_or(16)
}

/// The numbers of one of them: a cube of six steps, then a row of greys.
fn indexed(index: u8) -> Rgb {
    match index.saturating_sub(16) {
        in_cube @ 0..216 => {
            let step = |unit: u8| STEPS[usize::from(in_cube / unit % 6)];
            Rgb(step(36), step(6), step(1))
        }
        grey => {
            let level = 8 + 10 * (grey - 216);
            Rgb(level, level, level)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(asked: Colours, set: &[(&str, &str)]) -> Depth {
        let find = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Depth::find(asked, &find)
    }

    #[test]
    fn the_terminal_says_how_many_it_has() {
        for (set, depth) in [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], Depth::True),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "24bit")], Depth::True),
            (&[("TERM", "xterm-direct")], Depth::True),
            (&[("TERM", "xterm-256color")], Depth::TwoFiftySix),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "1")], Depth::TwoFiftySix),
            (&[("TERM", "screen-256color"), ("COLORTERM", "truecolor")], Depth::TwoFiftySix),
            (&[("TERM", "screen-256color"), ("COLORTERM", "truecolor"), ("TMUX", "/tmp/t")], Depth::True),
            (&[("TERM", "linux"), ("COLORTERM", "truecolor")], Depth::Sixteen),
            (&[("TERM", "xterm")], Depth::Sixteen),
            (&[], Depth::Sixteen),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], Depth::None),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::TwoFiftySix),
        ] {
            assert_eq!(found(Colours::Auto, set), depth, "{set:?}");
        }
    }

    #[test]
    fn what_is_asked_for_counts_before_what_the_terminal_says_and_after_no_color() {
        let terminal = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")];
        assert_eq!(found(Colours::Sixteen, &terminal), Depth::Sixteen);
        assert_eq!(found(Colours::TwoFiftySix, &terminal), Depth::TwoFiftySix);
        assert_eq!(found(Colours::None, &terminal), Depth::None);
        assert_eq!(found(Colours::True, &[("TERM", "xterm")]), Depth::True);
        assert_eq!(found(Colours::True, &[("NO_COLOR", "1")]), Depth::None);
    }

    #[test]
    fn every_one_of_the_240_is_nearest_to_itself() {
        for index in 16..=255 {
            assert_eq!(indexed(nearest(indexed(index))), indexed(index), "{index}");
        }
        assert_eq!((indexed(16), indexed(231), indexed(244)), (Rgb(0, 0, 0), Rgb(255, 255, 255), Rgb(128, 128, 128)));
        assert_eq!(nearest(Rgb(0x5f, 0xd7, 0x88)), 78);
    }
}
