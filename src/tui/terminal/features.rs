//! What the terminal can do beyond drawing, as its environment tells. Nothing is asked of it: an answer that never comes
//! would cost seconds.

use crate::config::Links;

/// What the terminal can do beyond drawing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// Its title can be set, and given back as it was.
    pub title: bool,
    /// Text can be a link (OSC 8).
    pub links: bool,
    /// It is tmux, which takes some sequences only in an envelope.
    pub tmux: bool,
}

/// The least version of the VTE library that knows links.
const VTE: u32 = 5000;

impl Features {
    /// What is asked for, else what the environment tells.
    pub fn find(links: Links, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let tmux = set("TMUX").is_some();
        // The console has no title, and prints what it does not know. Screen has no place to keep a title in.
        let plain = matches!(term.as_str(), "" | "linux" | "dumb") || (term.starts_with("screen") && !tmux);
        let links = match links {
            Links::On => true,
            Links::Off => false,
            Links::Auto => !plain && knows_links(&term, tmux, &set),
        };
        Self { title: !plain, links, tmux }
    }
}

fn knows_links(term: &str, tmux: bool, set: &dyn Fn(&str) -> Option<String>) -> bool {
    let program = set("TERM_PROGRAM").unwrap_or_default();
    if tmux {
        // What the terminal around it left in the environment says nothing of tmux.
        return program == "tmux" && set("TERM_PROGRAM_VERSION").is_some_and(|version| since(&version, (3, 4)));
    }
    const PROGRAMS: [&str; 9] =
        ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "mintty", "rio", "Tabby", "WarpTerminal"];
    const TERMS: [&str; 6] = ["xterm-kitty", "xterm-ghostty", "foot", "alacritty", "wezterm", "contour"];
    PROGRAMS.contains(&program.as_str())
        || TERMS.iter().any(|known| term.starts_with(known))
        || ["KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM"].iter().any(|name| set(name).is_some())
        || set("VTE_VERSION").and_then(|version| version.parse::<u32>().ok()).is_some_and(|version| version >= VTE)
}

/// Whether `3.5a` is at least that.
fn since(version: &str, least: (u32, u32)) -> bool {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<u32>().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(links: Links, set: &[(&str, &str)]) -> Features {
        let find = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Features::find(links, &find)
    }

    #[test]
    fn links_are_for_terminals_that_are_known_to_have_them() {
        for (set, links) in [
            (&[("TERM", "xterm-256color")][..], false),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")], true),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "4600")], false),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], true),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")], false),
            (&[("TERM", "xterm-kitty")], true),
            (&[("TERM", "xterm-256color"), ("WT_SESSION", "x")], true),
            (&[("TERM", "linux"), ("VTE_VERSION", "7600")], false),
            (&[("TERM", "tmux-256color"), ("TMUX", "/t"), ("VTE_VERSION", "7600")], false),
            (
                &[
                    ("TERM", "tmux-256color"),
                    ("TMUX", "/t"),
                    ("TERM_PROGRAM", "tmux"),
                    ("TERM_PROGRAM_VERSION", "3.3a"),
                ],
                false,
            ),
            (
                &[("TERM", "tmux-256color"), ("TMUX", "/t"), ("TERM_PROGRAM", "tmux"), ("TERM_PROGRAM_VERSION", "3.5")],
                true,
            ),
        ] {
            assert_eq!(found(Links::Auto, set).links, links, "{set:?}");
            assert!(found(Links::On, set).links && !found(Links::Off, set).links);
        }
    }

    #[test]
    fn a_title_is_for_terminals_that_give_it_back() {
        for (set, title) in [
            (&[("TERM", "xterm")][..], true),
            (&[("TERM", "screen-256color"), ("TMUX", "/t")], true),
            (&[("TERM", "screen")], false),
            (&[("TERM", "linux")], false),
            (&[], false),
        ] {
            assert_eq!(found(Links::Auto, set).title, title, "{set:?}");
        }
    }
}
