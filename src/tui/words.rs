//! Numbers and times as columns of a screen take them, and text cut to columns. In sentences: [`crate::units`].

use chrono::TimeDelta;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::text::clean;

/// An age in one unit and no space, for columns: `3s`, `9h`.
pub fn age(delta: TimeDelta) -> String {
    let s = delta.num_seconds().max(0);
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{}m", s / 60),
        3600..86_400 => format!("{}h", s / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

/// Time on a stopwatch: `+0.03 s` while it is short, `+00:01:47` after a minute.
pub fn stopwatch(elapsed: std::time::Duration) -> String {
    let s = elapsed.as_secs();
    if s < 60 {
        return format!("+{:.2} s", elapsed.as_secs_f64());
    }
    format!("+{:02}:{:02}:{:02}", s / 3600, s % 3600 / 60, s % 60)
}

/// A share as a percentage without the sign: `99.82`. Only all reads as 100.00, only nothing as 0.00.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "-".to_owned();
    }
    let share = share.clamp(0.0, 1.0);
    let hundredths = (share * 10_000.0).round();
    let hundredths = if share < 1.0 { hundredths.min(9_999.0) } else { hundredths };
    let hundredths = if share > 0.0 { hundredths.max(1.0) } else { hundredths };
    format!("{:.2}", hundredths / 100.0)
}

/// The first seven characters of a commit, as git shows it.
pub fn commit(sha: &str) -> String {
    clean(sha).chars().take(7).collect()
}

/// How many columns `text` takes.
pub fn width(text: &str) -> usize {
    // Most texts are plain, and each is measured several times a frame.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) { text.len() } else { UnicodeWidthStr::width(text) }
}

/// `text`, harmless, in at most `columns` columns; `ellipsis` stands for what was cut off.
pub fn fit(text: &str, columns: usize, ellipsis: &str) -> String {
    let text = clean(text);
    if width(&text) <= columns {
        return text;
    }
    let mut room = columns.saturating_sub(width(ellipsis));
    let mut out = String::new();
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if w > room {
            break;
        }
        room -= w;
        out.push(c);
    }
    if columns >= width(ellipsis) {
        out.push_str(ellipsis);
    }
    out
}

/// `text`, harmless, broken at spaces into lines of at most `columns` columns. A longer word is broken where it must, and
/// a number stays with its unit.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let text = clean(text);
    let (mut lines, mut line, mut taken) = (Vec::new(), String::new(), 0);
    for piece in pieces(&text) {
        let blank = usize::from(!line.is_empty());
        if taken + blank + piece.width() <= columns {
            line.push_str(&" "[..blank]);
            line.extend(piece.chars());
            taken += blank + piece.width();
            continue;
        }
        if blank == 1 {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        for c in piece.chars() {
            let wide = c.width().unwrap_or(0);
            if taken + wide > columns {
                lines.push(std::mem::take(&mut line));
                taken = 0;
            }
            line.push(c);
            taken += wide;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// A word, or a number and its unit, which no line end comes between: `99.50 %`, `12 m`.
struct Piece<'a> {
    word: &'a str,
    unit: Option<&'a str>,
}

impl Piece<'_> {
    fn width(&self) -> usize {
        width(self.word) + self.unit.map_or(0, |unit| 1 + width(unit))
    }

    fn chars(&self) -> impl Iterator<Item = char> {
        let unit = self.unit.into_iter().flat_map(|unit| std::iter::once(' ').chain(unit.chars()));
        self.word.chars().chain(unit)
    }
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    std::iter::from_fn(move || {
        let word = words.next()?;
        let is_number = word.ends_with(|c: char| c.is_ascii_digit());
        Some(Piece { word, unit: words.next_if(|next| is_number && is_unit(next)) })
    })
}

fn is_unit(word: &str) -> bool {
    let bare = word.trim_end_matches(|c: char| c.is_ascii_punctuation() && c != '%');
    matches!(bare, "%" | "s" | "m" | "h" | "d" | "ms")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        for (seconds, short) in [(41, "41s"), (125, "2m"), (22_320, "6h"), (172_800, "2d"), (-5, "0s")] {
            assert_eq!(age(TimeDelta::seconds(seconds)), short);
        }
        assert_eq!(stopwatch(std::time::Duration::from_millis(30)), "+0.03 s");
        assert_eq!(stopwatch(std::time::Duration::from_secs(107)), "+00:01:47");
    }

    #[test]
    fn numbers_align_and_never_flatter() {
        assert_eq!(percent(0.998_195), "99.82");
        assert_eq!(percent(0.999_99), "99.99");
        assert_eq!(percent(0.000_000_1), "0.01");
        assert_eq!(percent(1.0), "100.00");
        assert_eq!(percent(f64::NAN), "-");
    }

    #[test]
    fn text_is_cut_by_display_width() {
        assert_eq!(fit("漢字漢字", 5, "…"), "漢字…");
        assert_eq!(fit("plain", 5, "…"), "plain");
        assert_eq!(fit("plainer", 5, "…"), "plai…");
        assert_eq!(fit("x\x1b[2Jy", 9, "…"), "x[2Jy");
        assert_eq!(fit("anything", 0, "…"), "");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
        assert_eq!(wrap("the SLO is 99.50 %", 16), ["the SLO is", "99.50 %"]);
        assert_eq!(wrap("in 1 h 23 m, a day", 9), ["in 1 h", "23 m, a", "day"]);
    }

    proptest! {
        #[test]
        fn wrapping_loses_nothing_and_keeps_to_its_columns(
            words in prop::collection::vec("[A-Z]{1,9}|[0-9]{1,3} (m|h|%)|漢{1,4}", 0..20), columns in 2..30usize,
        ) {
            let text = words.join(" ");
            let lines = wrap(&text, columns);
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&lines.concat()), bare(&text));
            for (i, line) in lines.iter().enumerate() {
                prop_assert!(width(line) <= columns);
                let next = lines.get(i + 1).and_then(|next| pieces(next).next());
                prop_assert!(next.is_none_or(|next| width(line) + next.width() >= columns), "{:?}", lines);
                let unit = lines.get(i + 1).and_then(|next| next.split(' ').next()).is_some_and(is_unit);
                prop_assert!(columns < 5 || !unit, "a unit alone: {:?}", lines);
            }
        }
    }
}
