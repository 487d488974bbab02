//! The palette: everything that keys do in this session, by name.

use crossterm::event::{KeyCode, KeyEvent};

use crate::tui::{
    field::Field,
    keys::{Binding, Bound, Command, Keymap},
    model::{Model, Screen},
};

/// Lines that a page goes on.
const PAGE: usize = 10;

/// What a key in the palette comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Typed {
    /// It stays open.
    Stays,
    /// It is left.
    Left,
    /// It is left, and this is to be done.
    Chosen(&'static Binding),
}

/// The palette.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PaletteForm {
    /// What is typed.
    pub field: Field,
    /// The selected line of what fits it.
    pub selected: usize,
}

impl PaletteForm {
    /// The time that is typed behind the name of the one command that takes something: `seek 14:05`.
    pub fn time(&self, model: &Model) -> Option<String> {
        let typed = self.field.text();
        let (name, time) = typed.trim().split_once(char::is_whitespace)?;
        let takes = |bound: &&Bound| bound.binding.command == Command::SeekTo && bound.binding.name == name;
        model.keymap.available(model.facts.kind()).find(takes).map(|_| time.trim().to_owned())
    }

    /// What fits what is typed, the best first.
    pub fn found<'a>(&self, model: &'a Model) -> Vec<&'a Bound> {
        let offers = offers(&model.keymap, model);
        match self.time(model) {
            Some(_) => offers.into_iter().filter(|bound| bound.binding.command == Command::SeekTo).collect(),
            None => self.among(&offers),
        }
    }

    /// What of these fits what is typed, the best first.
    pub fn among<'a>(&self, offers: &[&'a Bound]) -> Vec<&'a Bound> {
        let typed = plain(&self.field.text());
        let fits = |bound: &&'a Bound| Some((fit(bound.binding, &typed)?, *bound));
        let mut found: Vec<(Fit, &Bound)> = offers.iter().filter_map(fits).collect();
        // Of those that fit alike, in the order of the table.
        found.sort_by_key(|(fit, _)| *fit);
        found.into_iter().map(|(_, bound)| bound).collect()
    }

    /// Takes a key in, where these are offered.
    pub fn key(&mut self, event: &KeyEvent, offers: &[&Bound]) -> Typed {
        match event.code {
            KeyCode::Esc => return Typed::Left,
            KeyCode::Enter => {
                if let Some(bound) = self.among(offers).get(self.selected) {
                    return Typed::Chosen(bound.binding);
                }
            }
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down => self.selected += 1,
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(PAGE),
            KeyCode::PageDown => self.selected += PAGE,
            KeyCode::Tab => {
                if let Some(name) = self.completed(offers) {
                    *self = Self { field: Field::new(&name), selected: 0 };
                }
            }
            _ => {
                let before = self.field.text();
                self.field.edit(event);
                if self.field.text() != before {
                    self.selected = 0;
                }
            }
        }
        self.selected = self.selected.min(self.among(offers).len().saturating_sub(1));
        Typed::Stays
    }

    /// What Tab makes of what is typed: the most that all names have in common which begin with it, else the name of
    /// the selected line.
    fn completed(&self, offers: &[&Bound]) -> Option<String> {
        let (typed, found) = (plain(&self.field.text()), self.among(offers));
        let mut names = found.iter().map(|bound| bound.binding.name).filter(|name| plain(name).starts_with(&typed));
        let first = names.next().unwrap_or_default();
        let common = names.fold(first, |common, name| {
            let same = common.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
            &common[..same]
        });
        match common.len() > typed.len() {
            true => Some(common.to_owned()),
            false => found.get(self.selected).map(|bound| bound.binding.name.to_owned()),
        }
    }
}

/// The screen that a command is to be given on, where the present one does not have it.
pub fn home(binding: &Binding, present: Screen) -> Option<Screen> {
    match binding.on {
        [] => None,
        on if on.contains(&present) => None,
        // Where most is to be found.
        on if on.contains(&Screen::Timeline) => Some(Screen::Timeline),
        [first, ..] => Some(*first),
    }
}

/// What a cockpit offers by name.
pub fn offers<'a>(keymap: &'a Keymap, model: &Model) -> Vec<&'a Bound> {
    use Command::{Details, Fail, Pass, Show};
    let here = |bound: &&Bound| match bound.binding.command {
        // What a selected line is asked for only where one is selected; not what is shown already.
        Pass | Fail | Details => bound.binding.on.contains(&model.screen),
        Show(screen) => screen != model.screen,
        _ => true,
    };
    keymap.available(model.facts.kind()).filter(|bound| is_named(bound)).filter(here).collect()
}

/// Whether a line makes sense by its name alone: not what only moves a selection. What was left without a key has no other
/// way.
pub fn is_named(bound: &Bound) -> bool {
    use Command::{Back, Down, First, Last, Left, Open, PageDown, PageUp, Palette, Right, Up};
    match bound.binding.command {
        Palette => false,
        Back | Open | Up | Down | Left | Right | PageUp | PageDown | First | Last => bound.keys.is_empty(),
        _ => true,
    }
}

/// How well a line fits, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It is its name.
    Name,
    /// Its name begins so.
    Begins,
    /// Words of its name or label begin so.
    Words,
    /// Words of its sentence do.
    Sentence,
    /// It is somewhere in its name.
    Within,
    /// Its letters are in the name, in this order, the first of them at its beginning.
    Initial,
    /// They are somewhere in it, in this order.
    Letters,
}

fn fit(binding: &Binding, typed: &str) -> Option<Fit> {
    let name = plain(binding.name);
    let short = format!("{name} {}", plain(binding.label));
    let long = format!("{short} {}", plain(binding.help));
    let begin = |text: &str| typed.split(' ').all(|part| words(text).any(|word| word.starts_with(part)));
    let letters = || {
        let mut letters = name.chars();
        typed.chars().filter(|c| *c != ' ').all(|wanted| letters.any(|c| c == wanted))
    };
    let fits = [
        (Fit::Name, name == typed),
        (Fit::Begins, name.starts_with(typed)),
        (Fit::Words, begin(&short)),
        (Fit::Sentence, begin(&long)),
        (Fit::Within, name.contains(typed)),
        (Fit::Initial, name.chars().next() == typed.chars().next() && letters()),
        (Fit::Letters, letters()),
    ];
    fits.into_iter().find(|(_, fits)| *fits).map(|(fit, _)| fit)
}

/// In small letters, with blanks between the words: `Roll-Back` is `roll back`.
fn plain(text: &str) -> String {
    let words: Vec<String> = words(&text.to_lowercase()).map(str::to_owned).collect();
    words.join(" ")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c == '-').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::BINDINGS;

    fn best(typed: &str) -> Vec<&'static str> {
        let mut found: Vec<_> =
            BINDINGS.iter().filter_map(|binding| Some((fit(binding, &plain(typed))?, binding.name))).collect();
        found.sort_by_key(|(fit, _)| *fit);
        found.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn the_nearest_name_is_first() {
        for (typed, name) in [
            ("ro", "roll-back"),
            ("back", "back"),
            ("Roll B", "roll-back"),
            ("roll-back", "roll-back"),
            ("guard", "guardrails"),
            ("adv", "advance"),
            ("plan", "rollback-plan"),
            ("gte", "gates"),
            ("triage", "guardrails"),
            ("zo", "zoom"),
        ] {
            assert_eq!(best(typed).first(), Some(&name), "{typed}: {:?}", best(typed));
        }
        assert_eq!(best("  "), BINDINGS.iter().map(|binding| binding.name).collect::<Vec<_>>(), "all, in their order");
        assert!(best("xyzzy").is_empty());
    }

    #[test]
    fn a_command_has_a_home_where_the_screen_does_not_have_it() {
        let find = |name| BINDINGS.iter().find(|binding| binding.name == name).unwrap();
        assert_eq!(home(find("vote"), Screen::Overview), Some(Screen::Briefing));
        assert_eq!(home(find("vote"), Screen::Briefing), None);
        assert_eq!(home(find("advance"), Screen::Help), None);
        assert_eq!(home(find("find"), Screen::Overview), Some(Screen::Timeline));
        assert_eq!(home(find("find"), Screen::Gates), None);
    }
}
