//! How the terminal's pen gets from one style to the next in the fewest bytes (SGR, ECMA-48 8.3.117).

use std::io::{self, Write};

use crossterm::style::Colored;
use ratatui::{
    backend::IntoCrossterm,
    style::{Color, Modifier},
};

/// What takes every style back.
pub(super) const PLAIN: &str = "\x1b[m";

/// Each modifier, and the parameters that begin and end it. Some end together.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// In which style the terminal writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) fg: Color,
    pub(super) bg: Color,
    pub(super) modifier: Modifier,
}

impl Pen {
    /// As it is behind [`PLAIN`].
    pub(super) const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    /// Makes it this one: nothing is written where it is already.
    pub(super) fn become_one(&mut self, to: Self, out: &mut impl Write) -> io::Result<()> {
        if *self == to {
            return Ok(());
        }
        let from = std::mem::replace(self, to);
        if to == Self::PLAIN {
            return out.write_all(PLAIN.as_bytes());
        }
        let mut separator = "\x1b[";
        let mut next = || std::mem::replace(&mut separator, ";");
        let removed = from.modifier - to.modifier;
        let mut kept = from.modifier & to.modifier;
        for (modifier, _, end) in MODIFIERS {
            if removed.contains(modifier) {
                write!(out, "{}{end}", next())?;
                // What ends together with it begins again.
                MODIFIERS.iter().filter(|other| other.2 == end).for_each(|other| kept -= other.0);
            }
        }
        for (modifier, begin, _) in MODIFIERS {
            if (to.modifier - kept).contains(modifier) {
                write!(out, "{}{begin}", next())?;
            }
        }
        if from.fg != to.fg {
            write!(out, "{}{}", next(), Colored::ForegroundColor(to.fg.into_crossterm()))?;
        }
        if from.bg != to.bg {
            write!(out, "{}{}", next(), Colored::BackgroundColor(to.bg.into_crossterm()))?;
        }
        out.write_all(b"m")
    }
}
