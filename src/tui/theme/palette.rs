//! Colours by what they mean, as numbers: the built-in sets, and those of a configuration.

use super::ThemeName;
use crate::{colour::Rgb, config};

/// Text on a ground of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The text.
    pub text: Rgb,
    /// What it stands on.
    pub ground: Rgb,
}

/// A set of colours, for a terminal that has more than sixteen of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// The grounds that it is made for: the terminal's own is one of them, or between them. They are not painted.
    pub grounds: [Rgb; 2],
    /// Facts beside the text.
    pub dim: Rgb,
    /// Frames, and what lies under a dialog.
    pub frame: Rgb,
    /// It holds.
    pub good: Rgb,
    /// It does not hold.
    pub bad: Rgb,
    /// It is not decided.
    pub wait: Rgb,
    /// It cannot be seen.
    pub blind: Rgb,
    /// Where we are, and what is under way.
    pub accent: Rgb,
    /// A key that can be pressed.
    pub key: Rgb,
    /// The selected line; none where it is the terminal's own colours, reversed.
    pub focus: Option<Block>,
    /// GO.
    pub go: Block,
    /// NO-GO, and the environment that matters.
    pub no_go: Block,
    /// HOLD.
    pub hold: Block,
    /// An environment other than production.
    pub badge: Block,
}

const fn rgb(number: u32) -> Rgb {
    Rgb::hex(number)
}

const fn block(text: u32, ground: u32) -> Block {
    Block { text: rgb(text), ground: rgb(ground) }
}

const WHITE: u32 = 0xff_ff_ff;
/// From a black terminal to the lightest ground that people call dark.
const NIGHT: [Rgb; 2] = [rgb(0), rgb(0x28_28_28)];
/// From a white terminal to one like paper.
const DAY: [Rgb; 2] = [rgb(WHITE), rgb(0xf5_f0_e0)];

const DARK: Palette = Palette {
    grounds: NIGHT,
    dim: rgb(0xa3_a3_a3),
    frame: rgb(0x7c_7c_7c),
    good: rgb(0x6b_d6_8a),
    bad: rgb(0xff_7b_72),
    wait: rgb(0xf0_c0_5a),
    blind: rgb(0xd2_a8_ff),
    accent: rgb(0x6c_c7_f0),
    key: rgb(0x6c_c7_f0),
    focus: None,
    go: block(0x06_13_0a, 0x4f_c8_71),
    no_go: block(WHITE, 0xb9_20_1f),
    hold: block(0x1a_12_00, 0xf0_c0_5a),
    badge: block(0x04_14_1c, 0x6c_c7_f0),
};

const LIGHT: Palette = Palette {
    grounds: DAY,
    dim: rgb(0x5c_5c_5c),
    frame: rgb(0x80_80_80),
    good: rgb(0x14_66_2c),
    bad: rgb(0xb3_26_1e),
    wait: rgb(0x8a_4b_00),
    blind: rgb(0x7a_28_bd),
    accent: rgb(0x0b_5c_ad),
    key: rgb(0x0b_5c_ad),
    focus: None,
    go: block(WHITE, 0x14_66_2c),
    no_go: block(WHITE, 0xb3_26_1e),
    hold: block(0x1f_14_00, 0xf2_b8_24),
    badge: block(WHITE, 0x0b_5c_ad),
};

const HIGH_CONTRAST: Palette = Palette {
    grounds: NIGHT,
    dim: rgb(0xd0_d0_d0),
    frame: rgb(0xa8_a8_a8),
    good: rgb(0x7d_ff_9b),
    bad: rgb(0xff_a2_9c),
    wait: rgb(0xff_d7_5f),
    blind: rgb(0xe3_c2_ff),
    accent: rgb(0x8f_dc_ff),
    key: rgb(0x8f_dc_ff),
    focus: None,
    go: block(0, 0x7d_ff_9b),
    no_go: block(WHITE, 0x9a_00_00),
    hold: block(0, 0xff_d7_5f),
    badge: block(0, 0x8f_dc_ff),
};

const HIGH_CONTRAST_LIGHT: Palette = Palette {
    grounds: DAY,
    dim: rgb(0x3a_3a_3a),
    frame: rgb(0x5a_5a_5a),
    good: rgb(0x00_4d_1a),
    bad: rgb(0x8b_00_00),
    wait: rgb(0x5c_3a_00),
    blind: rgb(0x4b_00_82),
    accent: rgb(0x00_3c_8f),
    key: rgb(0x00_3c_8f),
    focus: None,
    go: block(WHITE, 0x00_4d_1a),
    no_go: block(WHITE, 0x8b_00_00),
    hold: block(0, 0xff_d7_5f),
    badge: block(WHITE, 0x00_3c_8f),
};

// Blue against orange, and yellow: told apart without red against green. After Okabe and Ito.
const COLOUR_BLIND: Palette = Palette {
    good: rgb(0x56_b4_e9),
    bad: rgb(0xff_85_52),
    wait: rgb(0xf0_e4_42),
    blind: rgb(0xd9_a6_e0),
    accent: rgb(0xf2_f2_f2),
    key: rgb(0xf2_f2_f2),
    go: block(WHITE, 0x00_69_a8),
    no_go: block(WHITE, 0xa8_3d_00),
    hold: block(0x16_15_00, 0xf0_e4_42),
    badge: block(0x10_10_10, 0xf2_f2_f2),
    ..DARK
};

const COLOUR_BLIND_LIGHT: Palette = Palette {
    good: rgb(0x00_5a_9c),
    bad: rgb(0x7d_26_00),
    wait: rgb(0x7a_66_00),
    blind: rgb(0x7a_3b_87),
    accent: rgb(0x1c_1c_1c),
    key: rgb(0x1c_1c_1c),
    go: block(WHITE, 0x00_5a_9c),
    no_go: block(WHITE, 0x7d_26_00),
    hold: block(0x16_15_00, 0xf0_e4_42),
    badge: block(WHITE, 0x1c_1c_1c),
    ..LIGHT
};

impl Palette {
    /// The colours of a built-in theme; none where it has none.
    pub fn of(name: ThemeName) -> Option<Self> {
        Some(match name {
            ThemeName::Dark => DARK,
            ThemeName::Light => LIGHT,
            ThemeName::HighContrast => HIGH_CONTRAST,
            ThemeName::HighContrastLight => HIGH_CONTRAST_LIGHT,
            ThemeName::ColourBlind => COLOUR_BLIND,
            ThemeName::ColourBlindLight => COLOUR_BLIND_LIGHT,
            ThemeName::Mono => return None,
        })
    }

    /// What a configuration says, and for the rest the theme that it builds on.
    pub fn own(said: &config::Palette<Rgb>) -> Self {
        let base = Self::of(said.base).unwrap_or(DARK);
        let block = |said: &Option<config::Block<Rgb>>| said.as_ref().map(|b| Block { text: b.text, ground: b.ground });
        let accent = said.accent.unwrap_or(base.accent);
        Self {
            grounds: said.background.map_or(base.grounds, |ground| [ground; 2]),
            dim: said.dim.unwrap_or(base.dim),
            frame: said.frame.unwrap_or(base.frame),
            good: said.good.unwrap_or(base.good),
            bad: said.bad.unwrap_or(base.bad),
            wait: said.wait.unwrap_or(base.wait),
            blind: said.blind.unwrap_or(base.blind),
            accent,
            // In every built-in theme they are one colour.
            key: said.key.unwrap_or(accent),
            focus: block(&said.focus).or(base.focus),
            go: block(&said.go).unwrap_or(base.go),
            no_go: block(&said.no_go).unwrap_or(base.no_go),
            hold: block(&said.hold).unwrap_or(base.hold),
            badge: block(&said.badge).unwrap_or(base.badge),
        }
    }
}
