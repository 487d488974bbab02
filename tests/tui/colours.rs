//! Each view at each size with its colours: the text, below it a letter for the look of each cell, and what each letter is on
//! a dark ground and on a light one.

use std::fmt::Write;

use gonogo::tui::{
    model::{Model, Screen},
    theme::{Depth, Palette, Theme, ThemeName},
};
use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

use crate::{cockpit::draw, judged};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

/// As a terminal of many colours has it.
fn on(ground: ThemeName, model: &Model) -> Buffer {
    let theme = Theme::drawn(ground, Palette::of(ground).as_ref(), Depth::True, false);
    draw(&Model { theme, ..model.clone() })
}

/// `#6bd68a on #15181e bold`; empty where it is the terminal's own.
fn look(cell: &Cell) -> String {
    let colour = |colour: Color| match colour {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        other => format!("{other:?}").to_lowercase(),
    };
    let mut words = Vec::new();
    // What is blank has no colour but that of its ground.
    if cell.fg != Color::Reset && cell.symbol() != " " {
        words.push(colour(cell.fg));
    }
    if cell.bg != Color::Reset {
        words.push(format!("on {}", colour(cell.bg)));
    }
    let modifiers = [(Modifier::BOLD, "bold"), (Modifier::UNDERLINED, "underlined"), (Modifier::REVERSED, "reversed")];
    let seen = |modifier| cell.symbol() != " " || modifier != Modifier::BOLD;
    let has = modifiers.into_iter().filter(|(modifier, _)| cell.modifier.contains(*modifier) && seen(*modifier));
    words.extend(has.map(|(_, word)| word.to_owned()));
    words.join(" ")
}

/// Text and looks, row by row, then the legend.
fn drawn(model: &Model) -> String {
    let (dark, light) = (on(ThemeName::Dark, model), on(ThemeName::Light, model));
    let mut legend: Vec<[String; 2]> = Vec::new();
    let mut out = String::new();
    let width = usize::from(dark.area.width);
    for (dark, light) in dark.content.chunks(width).zip(light.content.chunks(width)) {
        let (mut text, mut looks) = (String::new(), String::new());
        for (dark, light) in dark.iter().zip(light) {
            assert_eq!(dark.symbol(), light.symbol(), "a theme changes colours and nothing else");
            text.push_str(dark.symbol());
            let both = [look(dark), look(light)];
            looks.push(if both.iter().all(String::is_empty) {
                ' '
            } else {
                let known = legend.iter().position(|known| *known == both);
                let at = known.unwrap_or_else(|| {
                    legend.push(both);
                    legend.len() - 1
                });
                char::from(b'a' + u8::try_from(at).unwrap())
            });
        }
        let _ = writeln!(out, "{}\n{}", text.trim_end(), looks.trim_end());
    }
    for (i, [dark, light]) in legend.iter().enumerate() {
        let _ = writeln!(out, "{}  dark {dark}, light {light}", char::from(b'a' + i as u8));
    }
    out
}

#[test]
fn each_view_at_each_size_on_both_grounds() {
    for screen in Screen::ALL {
        for size in SIZES {
            let mut model = judged::no_go(size);
            model.screen = screen;
            let name = format!("colours-{}-{}x{}", format!("{screen:?}").to_lowercase(), size.0, size.1);
            insta::assert_snapshot!(name, drawn(&model));
        }
    }
}
