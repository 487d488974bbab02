//! Colours as numbers, and how well one is read on another (WCAG 2).

use std::fmt;

/// The contrast that text needs (WCAG 2.2, success criterion 1.4.3, level AA).
pub const FOR_TEXT: f64 = 4.5;

/// The contrast that a line or a frame needs (WCAG 2.2, success criterion 1.4.11).
pub const FOR_LINES: f64 = 3.0;

/// An sRGB colour: red, green, blue. Black, where nothing else is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// The colour of six hexadecimal digits in one number: `0x1d2021`.
    pub const fn hex(number: u32) -> Self {
        let [_, red, green, blue] = number.to_be_bytes();
        Self(red, green, blue)
    }

    /// As people write it: `#1d2021`. None where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let whole = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| whole).map(Self::hex)
    }

    /// How bright it is, from 0 for black to 1 for white.
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// How well one of the two is read on the other: from 1, not at all, to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Square of the distance to another colour, as far as numbers tell.
    pub fn distance(self, other: Self) -> u32 {
        let square = |one: u8, two: u8| u32::from(one.abs_diff(two)).pow(2);
        square(self.0, other.0) + square(self.1, other.1) + square(self.2, other.2)
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrasts_are_those_of_the_recommendation() {
        let (black, white) = (Rgb::hex(0), Rgb::hex(0xff_ff_ff));
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        assert!((white.contrast(white) - 1.0).abs() < 1e-9);
        // The lightest grey that passes on white, and the one after it.
        assert!(Rgb::hex(0x76_76_76).contrast(white) >= FOR_TEXT);
        assert!(Rgb::hex(0x77_77_77).contrast(white) < FOR_TEXT);
        // Red counts for a fifth, green for most of it.
        assert!((Rgb::hex(0xff_00_00).luminance() - 0.2126).abs() < 1e-9);
        assert!((Rgb::hex(0x00_ff_00).luminance() - 0.7152).abs() < 1e-9);
    }

    #[test]
    fn a_colour_is_six_digits_after_a_hash() {
        assert_eq!(Rgb::parse("#1D2021"), Some(Rgb(0x1d, 0x20, 0x21)));
        assert_eq!(Rgb(0x1d, 0x20, 0x21).to_string(), "#1d2021");
        for no in ["1d2021", "#1d202", "#1d20211", "#1d202g", "#+d2021", "#fff", "red", "", "#ééé"] {
            assert_eq!(Rgb::parse(no), None, "{no}");
        }
    }
}
