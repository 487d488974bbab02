//! What of a palette is hard to read.

use std::fmt;

use super::{Depth, Palette};
use crate::colour::{FOR_LINES, FOR_TEXT, Rgb};

/// Two colours that are seen together.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// What is drawn so: `good`.
    pub role: &'static str,
    /// Its colour.
    pub text: Rgb,
    /// What it stands on.
    pub ground: Rgb,
    /// The contrast that it needs.
    pub needs: f64,
}

impl Pair {
    /// How well it is read.
    pub fn contrast(&self) -> f64 {
        self.text.contrast(self.ground)
    }

    /// Whether it is read well enough (WCAG 2, level AA).
    pub fn is_read(&self) -> bool {
        self.contrast() >= self.needs
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, text, ground, needs } = self;
        // Rounded down: 4.49 is not enough, and must not read as 4.5.
        let contrast = libm::floor(self.contrast() * 10.0) / 10.0;
        write!(f, "{role} {text} on {ground} is {contrast:.1}:1, not {needs:.1}:1")
    }
}

impl Palette {
    /// Everything that is drawn with it, as a terminal of that depth draws it; nothing where only the terminal knows.
    pub fn pairs(&self, depth: Depth) -> Vec<Pair> {
        let texts = [
            ("dim", self.dim, FOR_TEXT),
            ("frame", self.frame, FOR_LINES),
            ("good", self.good, FOR_TEXT),
            ("bad", self.bad, FOR_TEXT),
            ("wait", self.wait, FOR_TEXT),
            ("blind", self.blind, FOR_TEXT),
            ("accent", self.accent, FOR_TEXT),
            ("key", self.key, FOR_TEXT),
        ];
        let on_ground = texts.into_iter().filter_map(|(role, text, needs)| {
            let text = depth.drawn(text)?;
            // The terminal's own ground is as it is.
            let ground = self.grounds.into_iter().min_by(|a, b| text.contrast(*a).total_cmp(&text.contrast(*b)))?;
            Some(Pair { role, text, ground, needs })
        });
        let blocks = [("go", self.go), ("no_go", self.no_go), ("hold", self.hold), ("badge", self.badge)];
        let blocks = blocks.into_iter().chain(self.focus.map(|focus| ("focus", focus)));
        let blocks = blocks.filter_map(|(role, block)| {
            Some(Pair { role, text: depth.drawn(block.text)?, ground: depth.drawn(block.ground)?, needs: FOR_TEXT })
        });
        on_ground.chain(blocks).collect()
    }

    /// What of it is hard to read, in a sentence; none where nothing is.
    pub fn remark(&self, name: &str, depth: Depth) -> Option<String> {
        let hard: Vec<Pair> = self.pairs(depth).into_iter().filter(|pair| !pair.is_read()).collect();
        let each: Vec<String> = hard.iter().map(ToString::to_string).collect();
        (!each.is_empty()).then(|| format!("the palette {name} is hard to read (WCAG AA): {}", each.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::ThemeName;

    #[test]
    fn every_built_in_pair_is_read_on_each_ground_that_it_is_made_for() {
        for name in ThemeName::ALL {
            let Some(palette) = Palette::of(name) else { continue };
            for depth in [Depth::True, Depth::TwoFiftySix] {
                let pairs = palette.pairs(depth);
                assert_eq!(pairs.len(), 12);
                for pair in pairs {
                    assert!(pair.is_read(), "{} {depth:?}: {pair}", name.word());
                }
            }
        }
    }

    #[test]
    fn high_contrast_is_level_aaa() {
        for name in [ThemeName::HighContrast, ThemeName::HighContrastLight] {
            for pair in Palette::of(name).unwrap().pairs(Depth::True) {
                let needs = if pair.role == "frame" { 4.5 } else { 7.0 };
                assert!(pair.contrast() >= needs, "{} {}: {:.2}", name.word(), pair.role, pair.contrast());
            }
        }
    }

    /// The colour as somebody sees it who has no cones for red, or none for green (Viénot, Brettel and Mollon 1999).
    fn seen_without(cones: &str, rgb: Rgb) -> [f64; 3] {
        let linear = |channel: u8| libm::pow(f64::from(channel) / 255.0, 2.2);
        let (r, g, b) = (linear(rgb.0), linear(rgb.1), linear(rgb.2));
        let (yellow, blue) = match cones {
            "red" => (0.11238 * r + 0.88762 * g, 0.00401 * r - 0.00401 * g + b),
            _ => (0.29275 * r + 0.70725 * g, -0.02234 * r + 0.02234 * g + b),
        };
        // Near enough to how different it looks: by the root, as screens are coded.
        [yellow, yellow, blue].map(|channel| libm::pow(channel.clamp(0.0, 1.0), 1.0 / 2.2))
    }

    #[test]
    fn what_decides_is_told_apart_without_red_or_without_green() {
        for name in [ThemeName::ColourBlind, ThemeName::ColourBlindLight] {
            let palette = Palette::of(name).unwrap();
            let roles = [("good", palette.good), ("bad", palette.bad), ("wait", palette.wait)];
            let blocks = [("go", palette.go.ground), ("no_go", palette.no_go.ground), ("hold", palette.hold.ground)];
            let ways = [
                ("red", Depth::True),
                ("green", Depth::True),
                ("red", Depth::TwoFiftySix),
                ("green", Depth::TwoFiftySix),
            ];
            for (cones, depth) in ways {
                for set in [roles, blocks] {
                    for (i, (one, a)) in set.iter().enumerate() {
                        for (other, b) in &set[..i] {
                            let seen = |rgb: Rgb| seen_without(cones, depth.drawn(rgb).unwrap());
                            let (a, b) = (seen(*a), seen(*b));
                            let apart: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                            assert!(apart > 0.15, "{} without {cones}: {one} and {other}: {apart:.2}", name.word());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_hard_to_read_is_said_with_its_numbers() {
        let dark = Palette::of(ThemeName::Dark).unwrap();
        assert_eq!(dark.remark("dark", Depth::True), None);
        let murky = Palette { good: Rgb::hex(0x55_55_55), ..dark };
        assert_eq!(
            murky.remark("murky", Depth::True).unwrap(),
            "the palette murky is hard to read (WCAG AA): good #555555 on #282828 is 1.9:1, not 4.5:1"
        );
        assert_eq!(murky.remark("murky", Depth::Sixteen), None, "its base is drawn there");
    }
}
