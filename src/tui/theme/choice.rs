//! The themes that there are, and the one that is shown.

use std::sync::Arc;

use super::{Depth, Palette, Theme, ThemeName};
use crate::{colour::Rgb, config, units::plural};

/// A set of colours by its name.
#[derive(Debug, Clone, PartialEq)]
struct Named {
    name: String,
    /// What is drawn where there are sixteen colours.
    base: ThemeName,
    /// What is drawn where there are more; none where it has none.
    palette: Option<Palette>,
    /// What is to be said of it.
    remark: Option<String>,
}

/// The themes that there are, and the one that is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Themes {
    all: Arc<[Named]>,
    at: usize,
    depth: Depth,
    ascii: bool,
}

impl Default for Themes {
    fn default() -> Self {
        Self::new([], Depth::default(), false)
    }
}

impl Themes {
    /// The built-in ones, and those of a configuration by their names, on a terminal of that depth.
    pub fn new<'a>(
        own: impl IntoIterator<Item = (&'a String, &'a config::Palette<Rgb>)>,
        depth: Depth,
        ascii: bool,
    ) -> Self {
        let built_in = ThemeName::ALL.into_iter().map(|base| {
            let (name, palette) = (base.word().to_owned(), Palette::of(base));
            Named { name, base, palette, remark: None }
        });
        let own = own.into_iter().map(|(name, said)| {
            let (name, palette) = (crate::text::clean(name), Palette::own(said));
            // It is said in a footer: which they are is another command's answer.
            let hard = palette.pairs(depth).iter().filter(|pair| !pair.is_read()).count();
            let remark = (hard > 0).then(|| {
                let colours = plural(hard, "colour");
                format!("{colours} of the palette {name} hard to read; `gonogo config` says which")
            });
            Named { name, base: said.base, palette: Some(palette), remark }
        });
        Self { all: built_in.chain(own).collect(), at: 0, depth, ascii }
    }

    /// Their names, in the order in which one goes through them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|named| named.name.as_str())
    }

    /// Chooses one by its name; false where there is none of that name.
    #[must_use]
    pub fn choose(&mut self, name: &str) -> bool {
        // Both spellings.
        let name = name.replace("color", "colour");
        let found = self.all.iter().position(|named| named.name.replace("color", "colour") == name);
        self.at = found.unwrap_or(self.at);
        found.is_some()
    }

    /// Goes to the next one; after the last the first. Those that look alike here are one.
    pub fn next(&mut self) {
        let before = self.theme();
        for _ in 0..self.all.len() {
            self.at = (self.at + 1) % self.all.len();
            if self.theme() != before {
                return;
            }
        }
    }

    /// The name of the one that is shown.
    pub fn name(&self) -> &str {
        self.all.get(self.at).map_or("", |named| named.name.as_str())
    }

    /// What is to be said of the one that is shown: that it is hard to read.
    pub fn remark(&self) -> Option<&str> {
        self.all.get(self.at)?.remark.as_deref()
    }

    /// How many colours there are.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// The one that is shown, as it is drawn here.
    pub fn theme(&self) -> Theme {
        let named = self.all.get(self.at);
        let (base, palette) = named.map_or((ThemeName::Dark, None), |named| (named.base, named.palette.as_ref()));
        Theme::drawn(base, palette, self.depth, self.ascii)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Vec<(String, config::Palette<Rgb>)> {
        let said = config::Palette { good: Some(Rgb(1, 2, 3)), ..config::Palette::default() };
        vec![("mine".to_owned(), said)]
    }

    fn themes(own: &[(String, config::Palette<Rgb>)], depth: Depth) -> Themes {
        Themes::new(own.iter().map(|(name, said)| (name, said)), depth, false)
    }

    #[test]
    fn one_goes_through_all_of_them_and_comes_back() {
        let own = own();
        let mut themes = themes(&own, Depth::True);
        let mut seen = Vec::new();
        for _ in 0..=ThemeName::ALL.len() {
            seen.push(themes.name().to_owned());
            themes.next();
        }
        assert_eq!(seen, themes.names().collect::<Vec<_>>());
        assert_eq!((seen.last().map(String::as_str), themes.name()), (Some("mine"), "dark"));
    }

    #[test]
    fn without_colours_there_is_one() {
        let mut themes = themes(&[], Depth::None);
        themes.next();
        let name = themes.name().to_owned();
        assert_eq!((name.as_str(), themes.theme()), ("dark", Theme::new(ThemeName::Mono, false, false)));
    }

    #[test]
    fn a_palette_of_ones_own_is_drawn_and_its_remark_said_while_it_is_shown() {
        let own = own();
        let mut themes = themes(&own, Depth::True);
        assert_eq!(themes.remark(), None);
        assert!(themes.choose("mine"));
        assert_eq!(themes.theme().good.fg, Some(ratatui::style::Color::Rgb(1, 2, 3)));
        assert!(themes.remark().is_some_and(|remark| remark.starts_with("1 colour of the palette mine hard to read")));
        assert!(!themes.choose("plaid") && themes.name() == "mine");
        assert!(themes.choose("color-blind") && themes.name() == "colour-blind");
    }
}
