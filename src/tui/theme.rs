//! Every colour and every glyph of the cockpit.
//!
//! Colours are the terminal's own sixteen, by name, on its own background. Meaning never rests on colour alone: a
//! glyph and a word stand beside it.

use ratatui::style::{Color, Modifier, Style};

use crate::{
    judge::{Call, TriggerState, Verdict},
    snapshot::SourceState,
};

/// A set of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThemeName {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// Told apart without red against green.
    ColourBlind,
}

/// The characters that are not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Holds, done.
    pub pass: &'static str,
    /// Not decided yet.
    pub pending: &'static str,
    /// Cannot be seen.
    pub unknown: &'static str,
    /// Does not hold.
    pub fail: &'static str,
    /// The present one, or one that runs.
    pub here: &'static str,
    /// Still to come, or watching.
    pub open: &'static str,
    /// A source that answers.
    pub source: &'static str,
    /// A source that answers in part.
    pub partial: &'static str,
    /// A line already travelled.
    pub thick: &'static str,
    /// A line still to travel.
    pub thin: &'static str,
    /// The SLO in the chart.
    pub dotted: &'static str,
    /// A full cell of a bar.
    pub bar_full: &'static str,
    /// An empty cell of a bar.
    pub bar_empty: &'static str,
    /// From one thing to another.
    pub arrow: &'static str,
    /// Stands for what was cut off.
    pub ellipsis: &'static str,
    /// Between two facts.
    pub dot: &'static str,
    /// Between two ends of an interval, and for nothing.
    pub dash: &'static str,
    /// The Enter key.
    pub enter: &'static str,
    /// The selected line.
    pub selected: &'static str,
    /// Corners and sides of a box: top left, top right, bottom left, bottom right, horizontal, vertical.
    pub frame: [&'static str; 6],
    /// Whether the chart may use braille.
    pub braille: bool,
    /// What large letters are made of: a whole cell, its upper half, its lower half; none where there are no halves.
    pub letter: (&'static str, Option<[&'static str; 2]>),
}

const UTF8: Glyphs = Glyphs {
    pass: "✔",
    pending: "◌",
    unknown: "?",
    fail: "✘",
    here: "◉",
    open: "○",
    source: "●",
    partial: "◐",
    thick: "━",
    thin: "─",
    dotted: "┈",
    bar_full: "▰",
    bar_empty: "▱",
    arrow: "→",
    ellipsis: "…",
    dot: "·",
    dash: "–",
    enter: "↵",
    selected: "▸",
    frame: ["╭", "╮", "╰", "╯", "─", "│"],
    braille: true,
    letter: ("█", Some(["▀", "▄"])),
};

const ASCII: Glyphs = Glyphs {
    pass: "+",
    pending: "~",
    unknown: "?",
    fail: "x",
    here: "@",
    open: "o",
    source: "*",
    partial: "%",
    thick: "=",
    thin: "-",
    dotted: ".",
    bar_full: "#",
    bar_empty: ".",
    arrow: "->",
    ellipsis: "..",
    dot: "-",
    dash: "-",
    enter: "Enter",
    selected: ">",
    frame: ["+", "+", "+", "+", "-", "|"],
    braille: false,
    letter: ("#", None),
};

/// How everything looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// The characters that are not text.
    pub glyphs: Glyphs,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
    /// Text that matters.
    pub strong: Style,
    /// Facts beside the text.
    pub dim: Style,
    /// Frames.
    pub frame: Style,
    /// It holds.
    pub good: Style,
    /// It does not hold.
    pub bad: Style,
    /// It is not decided.
    pub wait: Style,
    /// It cannot be seen.
    pub blind: Style,
    /// Where we are, and what is under way.
    pub accent: Style,
    /// A key that can be pressed.
    pub key: Style,
    /// The selected line, or the button with the focus.
    pub focus: Style,
    /// GO.
    pub go: Style,
    /// NO-GO, and the environment that matters.
    pub no_go: Style,
    /// HOLD.
    pub hold: Style,
    /// An environment other than production.
    pub badge: Style,
}

impl Theme {
    /// The look that was asked for. `mono` uses no colour at all, whatever the name says.
    pub fn new(name: ThemeName, ascii: bool, mono: bool) -> Self {
        let fg = |colour| Style::new().fg(colour);
        let block = |text, ground| Style::new().fg(text).bg(ground).add_modifier(Modifier::BOLD);
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reversed = plain.add_modifier(Modifier::BOLD | Modifier::REVERSED);
        let dark = Self {
            glyphs: if ascii { ASCII } else { UTF8 },
            ascii,
            strong: bold,
            dim: plain.add_modifier(Modifier::DIM),
            frame: plain.add_modifier(Modifier::DIM),
            good: fg(Color::Green),
            bad: fg(Color::Red),
            wait: fg(Color::Yellow),
            blind: fg(Color::Magenta),
            accent: fg(Color::Cyan),
            key: fg(Color::Cyan).add_modifier(Modifier::BOLD),
            focus: reversed,
            go: block(Color::Black, Color::Green),
            no_go: block(Color::White, Color::Red),
            hold: block(Color::Black, Color::Yellow),
            badge: block(Color::Black, Color::Cyan),
        };
        if mono {
            return Self {
                good: plain,
                bad: bold,
                wait: bold,
                blind: bold,
                accent: bold,
                key: bold,
                go: reversed,
                no_go: reversed,
                hold: reversed,
                badge: bold,
                ..dark
            };
        }
        match name {
            ThemeName::Dark => dark,
            // Yellow and cyan vanish on white.
            ThemeName::Light => Self {
                wait: fg(Color::Magenta),
                blind: fg(Color::Blue).add_modifier(Modifier::BOLD),
                accent: fg(Color::Blue),
                key: fg(Color::Blue).add_modifier(Modifier::BOLD),
                badge: block(Color::White, Color::Blue),
                ..dark
            },
            ThemeName::ColourBlind => Self {
                good: fg(Color::LightBlue),
                bad: fg(Color::LightRed).add_modifier(Modifier::BOLD),
                accent: fg(Color::White),
                key: fg(Color::White).add_modifier(Modifier::BOLD),
                go: block(Color::White, Color::Blue),
                badge: block(Color::Black, Color::White),
                ..dark
            },
        }
    }

    /// Glyph and style of a verdict.
    pub fn verdict(&self, verdict: Verdict) -> (&'static str, Style) {
        match verdict {
            Verdict::Pass => (self.glyphs.pass, self.good),
            Verdict::Pending => (self.glyphs.pending, self.wait),
            Verdict::Unknown => (self.glyphs.unknown, self.blind),
            Verdict::Fail => (self.glyphs.fail, self.bad),
        }
    }

    /// The style of the call's block.
    pub fn call(&self, call: Call) -> Style {
        match call {
            Call::Go => self.go,
            Call::NoGo => self.no_go,
            Call::Hold => self.hold,
        }
    }

    /// Glyph and style of a trigger's state.
    pub fn trigger(&self, state: TriggerState) -> (&'static str, Style) {
        match state {
            TriggerState::Armed => (self.glyphs.open, self.accent),
            TriggerState::Tripped => (self.glyphs.fail, self.bad),
            TriggerState::Unknown => (self.glyphs.unknown, self.blind),
        }
    }

    /// Glyph and style of a source's state.
    pub fn source(&self, state: SourceState) -> (&'static str, Style) {
        match state {
            SourceState::Connecting => (self.glyphs.open, self.dim),
            SourceState::Ok => (self.glyphs.source, self.good),
            SourceState::Partial => (self.glyphs.partial, self.wait),
            SourceState::Failed => (self.glyphs.fail, self.bad),
        }
    }
}

/// The ASCII character that stands for another one.
pub fn to_ascii(symbol: &str) -> &'static str {
    match symbol {
        "·" | "–" | "—" | "−" | "‐" | "─" => "-",
        "→" | "▸" | "≥" => ">",
        "←" | "≤" => "<",
        "×" | "✘" => "x",
        "…" => "~",
        "“" | "”" => "\"",
        "‘" | "’" => "'",
        "\u{a0}" => " ",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mono_has_no_colour() {
        for name in [ThemeName::Dark, ThemeName::Light, ThemeName::ColourBlind] {
            let t = Theme::new(name, false, true);
            for style in [
                t.strong, t.dim, t.frame, t.good, t.bad, t.wait, t.blind, t.accent, t.key, t.focus, t.go, t.no_go,
                t.hold, t.badge,
            ] {
                assert_eq!((style.fg, style.bg), (None, None));
            }
        }
    }

    #[test]
    fn the_colour_blind_theme_has_no_green() {
        let t = Theme::new(ThemeName::ColourBlind, false, false);
        for style in [t.good, t.bad, t.wait, t.blind, t.accent, t.go, t.no_go, t.hold] {
            assert!(![style.fg, style.bg].contains(&Some(Color::Green)));
        }
    }

    #[test]
    fn glyphs_are_one_column_and_ascii_ones_are_ascii() {
        for verdict in [Verdict::Pass, Verdict::Pending, Verdict::Unknown, Verdict::Fail] {
            let utf8 = Theme::new(ThemeName::Dark, false, false).verdict(verdict).0;
            let ascii = Theme::new(ThemeName::Dark, true, false).verdict(verdict).0;
            assert_eq!(crate::tui::words::width(utf8), 1);
            assert!(ascii.is_ascii());
        }
    }
}
