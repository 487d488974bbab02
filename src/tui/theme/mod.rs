//! Every colour and every glyph of the cockpit.
//!
//! The ground is the terminal's own. Of its sixteen colours the names are used; where it has more, numbers that are read
//! on a dark ground, or on a light one (`contrast`). Meaning never rests on colour alone: a glyph and a word stand
//! beside it.

mod choice;
mod contrast;
mod depth;
mod glyphs;
mod palette;
mod sixteen;

use std::ops::Deref;

use ratatui::style::{Modifier, Style};

pub use self::{
    choice::Themes,
    contrast::Pair,
    depth::Depth,
    glyphs::{Glyphs, to_ascii},
    palette::{Block, Palette},
};
pub use crate::config::ThemeName;
use crate::{
    colour::Rgb,
    judge::{Call, TriggerState, Verdict},
    snapshot::SourceState,
};

/// How everything looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// The characters that are not text.
    pub glyphs: Glyphs,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
    styles: Styles,
}

impl Deref for Theme {
    type Target = Styles;

    fn deref(&self) -> &Styles {
        &self.styles
    }
}

/// How what means something looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Styles {
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

impl Styles {
    /// Each, by its name in a configuration.
    pub fn all(&self) -> [(&'static str, Style); 14] {
        [
            ("strong", self.strong),
            ("dim", self.dim),
            ("frame", self.frame),
            ("good", self.good),
            ("bad", self.bad),
            ("wait", self.wait),
            ("blind", self.blind),
            ("accent", self.accent),
            ("key", self.key),
            ("focus", self.focus),
            ("go", self.go),
            ("no_go", self.no_go),
            ("hold", self.hold),
            ("badge", self.badge),
        ]
    }
}

impl Theme {
    /// A built-in theme in the terminal's own sixteen colours. `mono` uses no colour at all, whatever the name says.
    pub fn new(name: ThemeName, ascii: bool, mono: bool) -> Self {
        let depth = if mono { Depth::None } else { Depth::Sixteen };
        Self::drawn(name, None, depth, ascii)
    }

    /// A palette on a terminal of that depth; of `base` where that has no numbers for it.
    pub fn drawn(base: ThemeName, palette: Option<&Palette>, depth: Depth, ascii: bool) -> Self {
        let styles = match (depth, palette) {
            (Depth::None, _) => sixteen::mono(),
            (Depth::Sixteen, _) | (_, None) => sixteen::named(base),
            (_, Some(palette)) => numbers(palette, depth),
        };
        Self { glyphs: if ascii { glyphs::ASCII } else { glyphs::UTF8 }, ascii, styles }
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

/// The styles of a palette. Nothing is left to how faint the terminal draws what is faint.
fn numbers(palette: &Palette, depth: Depth) -> Styles {
    let fg = |rgb: Rgb| depth.colour(rgb).map_or_else(Style::new, |colour| Style::new().fg(colour));
    let block = |block: Block| {
        let style = fg(block.text).add_modifier(Modifier::BOLD);
        depth.colour(block.ground).map_or(style, |ground| style.bg(ground))
    };
    let plain = sixteen::mono();
    Styles {
        strong: plain.strong,
        dim: fg(palette.dim),
        frame: fg(palette.frame),
        good: fg(palette.good),
        bad: fg(palette.bad),
        wait: fg(palette.wait),
        blind: fg(palette.blind),
        accent: fg(palette.accent),
        key: fg(palette.key).add_modifier(Modifier::BOLD),
        focus: palette.focus.map_or(plain.focus, block),
        go: block(palette.go),
        no_go: block(palette.no_go),
        hold: block(palette.hold),
        badge: block(palette.badge),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    #[test]
    fn mono_has_no_colour() {
        let mono = |name| Theme::new(name, false, true);
        for theme in ThemeName::ALL.into_iter().map(mono).chain([Theme::new(ThemeName::Mono, false, false)]) {
            for (role, style) in theme.all() {
                assert_eq!((style.fg, style.bg), (None, None), "{role}");
            }
        }
    }

    #[test]
    fn the_colour_blind_theme_has_no_green() {
        for name in [ThemeName::ColourBlind, ThemeName::ColourBlindLight] {
            for (role, style) in Theme::new(name, false, false).all() {
                assert!(![style.fg, style.bg].contains(&Some(Color::Green)), "{role}");
                assert!(![style.fg, style.bg].contains(&Some(Color::LightGreen)), "{role}");
            }
        }
    }

    #[test]
    fn with_numbers_nothing_is_left_to_the_terminal() {
        for name in ThemeName::ALL {
            let Some(palette) = Palette::of(name) else { continue };
            for depth in [Depth::True, Depth::TwoFiftySix] {
                let theme = Theme::drawn(name, Some(&palette), depth, false);
                for (role, style) in theme.all() {
                    assert!(!style.add_modifier.contains(Modifier::DIM), "{role}");
                    let numbers = |colour: Color| matches!(colour, Color::Rgb(..) | Color::Indexed(16..));
                    assert!([style.fg, style.bg].into_iter().flatten().all(numbers), "{role}");
                }
            }
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
