//! A screen as SVG. Text is text; what screens draw with characters is drawn, so that no font can tear it.

use std::fmt::Write;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

/// Width and height of a cell, and where its text stands in it.
const CELL: (f32, f32) = (8.4, 18.0);
const BASE: f32 = 13.5;
/// Space around the screen.
const MARGIN: f32 = 12.0;

/// What a terminal's own colours look like.
pub struct Ground {
    pub back: &'static str,
    pub text: &'static str,
    /// The line around it: a page may be as light as it is.
    pub edge: &'static str,
    /// The sixteen, in the order of ANSI.
    pub named: [&'static str; 16],
}

pub const DARK: Ground = Ground {
    back: "#15181e",
    text: "#d5dae3",
    edge: "#30363d",
    named: [
        "#15181e", "#ff6b6b", "#5fd38a", "#f2c14e", "#6cb0ff", "#d99bff", "#54d1db", "#d5dae3", "#8b93a1", "#ff8787",
        "#7ee2a4", "#ffd876", "#8ec5ff", "#e6b8ff", "#7ae4ec", "#ffffff",
    ],
};

pub const LIGHT: Ground = Ground {
    back: "#fbfaf7",
    text: "#22262e",
    edge: "#d0d0c8",
    named: [
        "#22262e", "#b3261e", "#1b6e36", "#8a5a00", "#1d4ed8", "#8b2fb5", "#0b6b77", "#e8e6e0", "#626975", "#c43a31",
        "#227a40", "#976400", "#2a5bdd", "#9a3fc2", "#127783", "#ffffff",
    ],
};

impl Ground {
    /// Whether dark text is read on it.
    pub fn is_light(&self) -> bool {
        self.back == LIGHT.back
    }
}

/// The whole screen; `title` is for whoever cannot see it.
pub fn svg(buffer: &Buffer, title: &str, ground: &Ground) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let (width, height) = (f32::from(columns) * CELL.0 + 2.0 * MARGIN, f32::from(rows) * CELL.1 + 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" role=\"img\" \
         font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"14\">\n\
         <title>{}</title>\n<rect x=\"0.5\" y=\"0.5\" width=\"{:.1}\" height=\"{:.1}\" rx=\"8\" fill=\"{}\" stroke=\"{}\"/>\n",
        escaped(title),
        width - 1.0,
        height - 1.0,
        ground.back,
        ground.edge
    );
    for (row, cells) in buffer.content.chunks(usize::from(columns)).enumerate() {
        let y = MARGIN + row as f32 * CELL.1;
        backs(&mut out, cells, y, ground);
        texts(&mut out, cells, y, ground);
    }
    out.push_str("</svg>\n");
    out
}

/// Foreground and background as they are seen.
fn colours(cell: &Cell, ground: &Ground) -> (String, Option<String>) {
    let text = colour(cell.fg, ground).unwrap_or_else(|| ground.text.to_owned());
    let back = colour(cell.bg, ground);
    match cell.modifier.contains(Modifier::REVERSED) {
        true => (back.unwrap_or_else(|| ground.back.to_owned()), Some(text)),
        false => (text, back),
    }
}

fn colour(colour: Color, ground: &Ground) -> Option<String> {
    let at = match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Indexed(n) => return Some(indexed(n, ground)),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    Some(ground.named[at].to_owned())
}

/// xterm's 256: the sixteen, a cube of six to a side, then greys.
fn indexed(n: u8, ground: &Ground) -> String {
    let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match n {
        0..16 => ground.named[usize::from(n)].to_owned(),
        16..232 => {
            let n = n - 16;
            format!("#{:02x}{:02x}{:02x}", level(n / 36), level(n / 6 % 6), level(n % 6))
        }
        _ => {
            let grey = 8 + 10 * (n - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
    }
}

fn backs(out: &mut String, cells: &[Cell], y: f32, ground: &Ground) {
    let mut x = 0;
    while x < cells.len() {
        let Some(back) = colours(&cells[x], ground).1 else {
            x += 1;
            continue;
        };
        let run = cells[x..].iter().take_while(|cell| colours(cell, ground).1.as_deref() == Some(&back)).count();
        rect(out, at(x), y, run as f32 * CELL.0, CELL.1, &back, 1.0);
        x += run;
    }
}

fn at(column: usize) -> f32 {
    MARGIN + column as f32 * CELL.0
}

/// How a cell's text looks: runs of the same look are one piece of text.
fn look(cell: &Cell, ground: &Ground) -> (String, bool, bool) {
    (colours(cell, ground).0, cell.modifier.contains(Modifier::BOLD), cell.modifier.contains(Modifier::DIM))
}

fn texts(out: &mut String, cells: &[Cell], y: f32, ground: &Ground) {
    let mut x = 0;
    while x < cells.len() {
        let (colour, bold, dim) = look(&cells[x], ground);
        let opacity = if dim { 0.62 } else { 1.0 };
        let symbol = cells[x].symbol();
        if symbol.trim().is_empty() {
            x += 1;
        } else if is_drawn(symbol) {
            // Those alike are one: where two meet, nothing shines through.
            let same = |cell: &Cell| look(cell, ground) == (colour.clone(), bold, dim) && cell.symbol() == symbol;
            let run = if joins(symbol) { cells[x..].iter().take_while(|cell| same(cell)).count() } else { 1 };
            drawn(out, symbol, (at(x), y), run as f32 * CELL.0, &colour, opacity);
            x += run;
        } else {
            let same = |cell: &Cell| look(cell, ground) == (colour.clone(), bold, dim) && !is_drawn(cell.symbol());
            let run = cells[x..].iter().take_while(|cell| same(cell)).count().max(1);
            let text: String = cells[x..x + run].iter().map(Cell::symbol).collect();
            let text = text.trim_end();
            let columns = gonogo::tui::words::width(text);
            let weight = if bold { " font-weight=\"700\"" } else { "" };
            let faint = if dim { " opacity=\"0.62\"" } else { "" };
            let _ = writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" xml:space=\"preserve\" fill=\"{colour}\"{weight}{faint}>{}</text>",
                at(x),
                y + BASE,
                columns as f32 * CELL.0,
                escaped(text)
            );
            x += run;
        }
    }
}

fn rect(out: &mut String, x: f32, y: f32, width: f32, height: f32, colour: &str, opacity: f32) {
    let faint = if opacity < 1.0 { format!(" opacity=\"{opacity}\"") } else { String::new() };
    let _ = writeln!(
        out,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"{faint}/>"
    );
}

fn is_drawn(symbol: &str) -> bool {
    drawn(&mut String::new(), symbol, (0.0, 0.0), CELL.0, "", 1.0)
}

/// Whether it goes on in the next cell where that holds the same.
fn joins(symbol: &str) -> bool {
    symbol.chars().all(|c| matches!(c, '─' | '━' | '┈' | '▀' | '▁'..='█'))
}

/// Draws a character that is no letter, as wide as it is told; false where it is a letter.
fn drawn(out: &mut String, symbol: &str, (x, y): (f32, f32), width: f32, colour: &str, opacity: f32) -> bool {
    let mut letters = symbol.chars();
    let (Some(c), None) = (letters.next(), letters.next()) else { return false };
    let height = CELL.1;
    let (middle_x, middle_y) = (x + width / 2.0, y + height / 2.0);
    let faint = if opacity < 1.0 { format!(" opacity=\"{opacity}\"") } else { String::new() };
    let mut line = |path: String, thick: f32, dash: &str| {
        let _ = writeln!(
            out,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{thick}\"{dash}{faint}/>"
        );
    };
    let (right, bottom) = (x + width, y + height);
    match c {
        '─' => line(format!("M{x:.1} {middle_y:.1}H{right:.1}"), 1.0, ""),
        '━' => line(format!("M{x:.1} {middle_y:.1}H{right:.1}"), 2.4, ""),
        '┈' => line(format!("M{x:.1} {middle_y:.1}H{right:.1}"), 1.0, " stroke-dasharray=\"2 2\""),
        '┃' => line(format!("M{middle_x:.1} {y:.1}V{bottom:.1}"), 2.4, ""),
        '│' => line(format!("M{middle_x:.1} {y:.1}V{bottom:.1}"), 1.0, ""),
        '╭' => {
            line(format!("M{right:.1} {middle_y:.1}Q{middle_x:.1} {middle_y:.1} {middle_x:.1} {bottom:.1}"), 1.0, "")
        }
        '╮' => line(format!("M{x:.1} {middle_y:.1}Q{middle_x:.1} {middle_y:.1} {middle_x:.1} {bottom:.1}"), 1.0, ""),
        '╰' => line(format!("M{right:.1} {middle_y:.1}Q{middle_x:.1} {middle_y:.1} {middle_x:.1} {y:.1}"), 1.0, ""),
        '╯' => line(format!("M{x:.1} {middle_y:.1}Q{middle_x:.1} {middle_y:.1} {middle_x:.1} {y:.1}"), 1.0, ""),
        '█' => rect(out, x, y, width, height, colour, opacity),
        '▀' => rect(out, x, y, width, height / 2.0, colour, opacity),
        '▄' => rect(out, x, middle_y, width, height / 2.0, colour, opacity),
        '▁'..='▇' => {
            let share = (c as u32 - '▁' as u32 + 1) as f32 / 8.0;
            rect(out, x, bottom - share * height, width, share * height, colour, opacity);
        }
        '▰' => rect(out, x + 0.8, middle_y - 4.0, width - 1.6, 8.0, colour, opacity),
        '▱' => {
            line(format!("M{:.1} {:.1}h{:.1}v7h-{:.1}z", x + 1.3, middle_y - 3.5, width - 2.6, width - 2.6), 1.0, "")
        }
        '\u{2800}'..='\u{28ff}' => braille(out, c as u32 - 0x2800, x, y, colour, opacity),
        _ => return false,
    }
    true
}

/// Eight dots; the bits count down the left column, then the right one, and the lowest row comes last.
fn braille(out: &mut String, bits: u32, x: f32, y: f32, colour: &str, opacity: f32) {
    let places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    for (bit, (column, row)) in places.into_iter().enumerate() {
        if bits >> bit & 1 == 1 {
            let (x, y) = (x + CELL.0 * (0.25 + 0.5 * column as f32), y + CELL.1 * (0.125 + 0.25 * row as f32));
            rect(out, x - 1.0, y - 1.0, 2.0, 2.0, colour, opacity);
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
