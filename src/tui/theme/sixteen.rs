//! The terminal's own sixteen colours, by name, on its own ground; and no colour at all.

use ratatui::style::{Color, Modifier, Style};

use super::{Styles, ThemeName};

/// Bold and reversed, nothing else.
pub(super) fn mono() -> Styles {
    let plain = Style::new();
    let bold = plain.add_modifier(Modifier::BOLD);
    let faint = plain.add_modifier(Modifier::DIM);
    let reversed = plain.add_modifier(Modifier::BOLD | Modifier::REVERSED);
    Styles {
        strong: bold,
        dim: faint,
        frame: faint,
        good: plain,
        bad: bold,
        wait: bold,
        blind: bold,
        accent: bold,
        key: bold,
        focus: reversed,
        go: reversed,
        no_go: reversed,
        hold: reversed,
        badge: bold,
    }
}

/// The sixteen. Each pair is read in xterm's colours and in VGA's; where bold is drawn as bright, too: so nothing black
/// is bold, and on a light ground nothing red.
pub(super) fn named(name: ThemeName) -> Styles {
    let fg = |colour: Color| Style::new().fg(colour);
    let bold = |colour: Color| fg(colour).add_modifier(Modifier::BOLD);
    let on = |style: Style, ground: Color| style.bg(ground);
    let dark = Styles {
        good: fg(Color::Green),
        // The darker red and magenta vanish on black, and VGA's yellow is brown.
        bad: fg(Color::LightRed),
        wait: fg(Color::LightYellow),
        blind: fg(Color::LightMagenta),
        accent: fg(Color::Cyan),
        key: bold(Color::Cyan),
        go: on(fg(Color::Black), Color::Green),
        no_go: on(bold(Color::White), Color::Red),
        hold: on(fg(Color::Black), Color::LightYellow),
        badge: on(fg(Color::Black), Color::Cyan),
        ..mono()
    };
    // On white there are four that can be read: black, red, blue, magenta.
    let light = Styles {
        good: fg(Color::Blue),
        bad: fg(Color::Red),
        wait: fg(Color::Magenta),
        blind: fg(Color::Magenta).add_modifier(Modifier::UNDERLINED),
        accent: mono().strong,
        key: bold(Color::Blue),
        badge: on(bold(Color::White), Color::Blue),
        ..dark
    };
    match name {
        ThemeName::Dark => dark,
        ThemeName::Light => light,
        ThemeName::HighContrast => Styles {
            good: fg(Color::LightGreen),
            accent: fg(Color::LightCyan),
            key: bold(Color::LightCyan),
            go: on(fg(Color::Black), Color::LightGreen),
            badge: on(fg(Color::Black), Color::LightCyan),
            // How faint the terminal draws it is its own affair.
            dim: Style::new(),
            frame: Style::new(),
            ..dark
        },
        ThemeName::HighContrastLight => Styles { dim: Style::new(), frame: Style::new(), ..light },
        ThemeName::ColourBlind => Styles {
            good: fg(Color::LightCyan),
            bad: bold(Color::LightRed),
            accent: fg(Color::White),
            key: bold(Color::White),
            go: on(bold(Color::White), Color::Blue),
            badge: on(fg(Color::Black), Color::White),
            ..dark
        },
        ThemeName::ColourBlindLight => Styles { go: on(bold(Color::White), Color::Blue), ..light },
        ThemeName::Mono => mono(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::{FOR_TEXT, Rgb};

    const NAMES: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    const XTERM: [u32; 16] = [
        0, 0xcd_00_00, 0x00_cd_00, 0xcd_cd_00, 0x00_00_ee, 0xcd_00_cd, 0x00_cd_cd, 0xe5_e5_e5, 0x7f_7f_7f, 0xff_00_00,
        0x00_ff_00, 0xff_ff_00, 0x5c_5c_ff, 0xff_00_ff, 0x00_ff_ff, 0xff_ff_ff,
    ];
    const VGA: [u32; 16] = [
        0, 0xaa_00_00, 0x00_aa_00, 0xaa_55_00, 0x00_00_aa, 0xaa_00_aa, 0x00_aa_aa, 0xaa_aa_aa, 0x55_55_55, 0xff_55_55,
        0x55_ff_55, 0xff_ff_55, 0x55_55_ff, 0xff_55_ff, 0x55_ff_ff, 0xff_ff_ff,
    ];

    fn index(colour: Color) -> usize {
        NAMES.iter().position(|known| *known == colour).expect("one of the sixteen")
    }

    #[test]
    fn every_named_pair_is_read_in_both_tables_bold_as_bright_or_not() {
        for name in ThemeName::ALL {
            // Black on a dark terminal, bright white on a light one.
            let own = if name.is_light() { 15 } else { 0 };
            let styles = named(name);
            for (role, style) in styles.all() {
                let Some(colour) = style.fg else { continue };
                let text = index(colour);
                let bright = style.add_modifier.contains(Modifier::BOLD) && text < 8;
                let texts = [text, if bright { text + 8 } else { text }];
                let ground = style.bg.map_or(own, index);
                for (table, colours) in [("xterm", XTERM), ("VGA", VGA)] {
                    for text in texts {
                        let contrast = Rgb::hex(colours[text]).contrast(Rgb::hex(colours[ground]));
                        assert!(contrast >= FOR_TEXT, "{} {role}, {table}: {contrast:.2}", name.word());
                    }
                }
            }
        }
    }

    #[test]
    fn only_blocks_have_a_ground() {
        for name in ThemeName::ALL {
            for (role, style) in named(name).all() {
                let block = matches!(role, "go" | "no_go" | "hold" | "badge");
                assert!(style.bg.is_none() || block, "{} {role}", name.word());
            }
        }
    }
}
