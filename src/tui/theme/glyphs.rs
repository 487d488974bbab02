//! The characters that are not text.

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

pub(super) const UTF8: Glyphs = Glyphs {
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

pub(super) const ASCII: Glyphs = Glyphs {
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
