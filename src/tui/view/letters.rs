//! GO, HOLD and NO-GO in letters that can be read from the back of a room.

use crate::tui::{theme::Theme, words::width};

/// How large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Fifteen rows.
    Giant,
    /// Ten rows.
    Huge,
    /// Five rows.
    Large,
    /// Three rows; five where the theme has no half cells.
    Small,
}

/// Rows of a letter before it is enlarged.
const HEIGHT: usize = 5;

/// The dots of a letter, row by row; none of a character that no call has in it.
fn dots(letter: char) -> [&'static str; HEIGHT] {
    match letter {
        'D' => ["#### ", "#   #", "#   #", "#   #", "#### "],
        'G' => ["#####", "#    ", "#  ##", "#   #", "#####"],
        'H' => ["#   #", "#   #", "#####", "#   #", "#   #"],
        'L' => ["#    ", "#    ", "#    ", "#    ", "#####"],
        'N' => ["#   #", "##  #", "# # #", "#  ##", "#   #"],
        'O' => ["#####", "#   #", "#   #", "#   #", "#####"],
        '-' => ["   ", "   ", "###", "   ", "   "],
        _ => [""; HEIGHT],
    }
}

/// The largest in which `word` has no more than so many columns and rows, if there is one.
pub fn largest(word: &str, columns: usize, rows: usize, theme: &Theme) -> Option<Vec<String>> {
    [Size::Giant, Size::Huge, Size::Large, Size::Small]
        .into_iter()
        .map(|size| rows_of(word, size, theme))
        .find(|drawn| drawn.len() <= rows && drawn.iter().all(|row| width(row) <= columns))
}

/// The same for several words: as high and as wide as they need to be so that each of them can stand there.
pub fn room_for(words: &[&str], columns: usize, rows: usize, theme: &Theme) -> Option<(usize, usize)> {
    let size = [Size::Giant, Size::Huge, Size::Large, Size::Small].into_iter().find(|size| {
        let fits = |drawn: Vec<String>| drawn.len() <= rows && drawn.iter().all(|row| width(row) <= columns);
        words.iter().all(|word| fits(rows_of(word, *size, theme)))
    })?;
    let drawn = words.iter().map(|word| rows_of(word, size, theme));
    let each = drawn.map(|drawn| (drawn.iter().map(|row| width(row)).max().unwrap_or(0), drawn.len()));
    each.reduce(|(wide, high), (w, h)| (wide.max(w), high.max(h)))
}

/// `word` in rows that are all of one width.
pub fn rows_of(word: &str, size: Size, theme: &Theme) -> Vec<String> {
    let lit: Vec<Vec<bool>> = (0..HEIGHT)
        .map(|row| {
            let letters: Vec<&str> = word.chars().map(|letter| dots(letter)[row]).collect();
            letters.join(" ").chars().map(|dot| dot == '#').collect()
        })
        .collect();
    let (full, halves) = theme.glyphs.letter;
    let cell = |lit: bool, wide: usize| if lit { full.repeat(wide) } else { " ".repeat(wide) };
    let enlarged = |wide: usize, high: usize| {
        let rows = lit.iter().map(|row| row.iter().map(|dot| cell(*dot, wide)).collect::<String>());
        rows.flat_map(|row| vec![row; high]).collect()
    };
    match (size, halves) {
        (Size::Giant, _) => enlarged(4, 3),
        (Size::Huge, _) => enlarged(3, 2),
        (Size::Large, _) => enlarged(2, 1),
        (Size::Small, None) => enlarged(1, 1),
        (Size::Small, Some([upper, lower])) => {
            let pair = |rows: &[Vec<bool>]| {
                let below = |at: usize| rows.get(1).is_some_and(|row| row[at]);
                let dots = rows[0].iter().enumerate().map(|(at, above)| match (*above, below(at)) {
                    (true, true) => full,
                    (true, false) => upper,
                    (false, true) => lower,
                    (false, false) => " ",
                });
                dots.collect()
            };
            lit.chunks(2).map(pair).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{judge::Call, tui::theme::ThemeName};

    #[test]
    fn every_call_has_letters_of_one_width_and_no_size_is_mistaken() {
        for (ascii, small) in [(false, 3), (true, 5)] {
            let theme = Theme::new(ThemeName::Dark, ascii, false);
            for call in [Call::Go, Call::Hold, Call::NoGo] {
                for (size, high) in [(Size::Giant, 15), (Size::Huge, 10), (Size::Large, 5), (Size::Small, small)] {
                    let rows = rows_of(call.banner(), size, &theme);
                    assert_eq!(rows.len(), high);
                    assert!(rows.iter().all(|row| width(row) == width(&rows[0]) && row.is_ascii() >= ascii));
                    assert!(rows.iter().any(|row| !row.trim().is_empty()));
                }
            }
        }
    }

    #[test]
    fn a_word_is_as_large_as_its_room() {
        let theme = Theme::new(ThemeName::Dark, false, false);
        let size = |columns, rows| largest("NO-GO", columns, rows, &theme).map(|rows| (width(&rows[0]), rows.len()));
        assert_eq!(size(108, 15), Some((108, 15)));
        assert_eq!(size(107, 15), Some((81, 10)));
        assert_eq!(size(81, 10), Some((81, 10)));
        assert_eq!(size(80, 10), Some((54, 5)));
        assert_eq!(size(200, 9), Some((54, 5)));
        assert_eq!(size(53, 9), Some((27, 3)));
        assert_eq!((size(26, 9), size(90, 2)), (None, None));
    }

    #[test]
    fn words_that_take_turns_have_one_size() {
        let theme = Theme::new(ThemeName::Dark, false, false);
        let room = |columns, rows| room_for(&["GO", "HOLD", "NO-GO"], columns, rows, &theme);
        assert_eq!(room(108, 15), Some((108, 15)));
        assert_eq!(room(107, 15), Some((81, 10)), "though the others would fit");
        assert_eq!(room(20, 15), None);
    }

    #[test]
    fn the_letters_are_the_words() {
        let theme = Theme::new(ThemeName::Dark, true, false);
        let go = ["##### #####", "#     #   #", "#  ## #   #", "#   # #   #", "##### #####"];
        assert_eq!(rows_of("GO", Size::Small, &theme), go);
    }
}
