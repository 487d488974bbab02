//! `[palettes.NAME]`: the operator's own colours, as they are written.

use serde::Deserialize;
use toml::Spanned;

use super::ThemeName;
use crate::{colour::Rgb, text::clean};

/// A set of colours; what it does not say is as in the theme that it builds on.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Palette<C> {
    /// The built-in theme that it builds on.
    #[serde(default)]
    pub base: ThemeName,
    /// The terminal's ground that it is made for. It is not painted: the contrast of each colour is computed on it.
    pub background: Option<C>,
    /// Facts beside the text.
    pub dim: Option<C>,
    /// Frames.
    pub frame: Option<C>,
    /// It holds.
    pub good: Option<C>,
    /// It does not hold.
    pub bad: Option<C>,
    /// It is not decided.
    pub wait: Option<C>,
    /// It cannot be seen.
    pub blind: Option<C>,
    /// Where we are, and what is under way.
    pub accent: Option<C>,
    /// A key that can be pressed; as `accent` where that alone is said.
    pub key: Option<C>,
    /// The selected line.
    pub focus: Option<Block<C>>,
    /// GO.
    pub go: Option<Block<C>>,
    /// NO-GO, and the environment that matters.
    pub no_go: Option<Block<C>>,
    /// HOLD.
    pub hold: Option<Block<C>>,
    /// An environment other than production.
    pub badge: Option<Block<C>>,
}

/// Text on a ground of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block<C> {
    /// The text.
    pub text: C,
    /// What it stands on.
    pub ground: C,
}

/// A colour as it is written, and where.
pub type Written = Spanned<String>;

/// What is wrong with a palette, and at which byte of the file it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub at: Option<usize>,
    pub what: String,
}

impl Palette<Written> {
    /// The colours as numbers.
    pub(super) fn read(&self, name: &str) -> Result<Palette<Rgb>, Wrong> {
        let place = format!("[palettes.{}]", clean(name));
        if ThemeName::named(name).is_some() {
            return Err(Wrong { at: None, what: format!("{place} is built in; give yours another name") });
        }
        if self.base == ThemeName::Mono {
            return Err(Wrong { at: None, what: format!("{place} base: mono has no colours to build on") });
        }
        let read = |key: &str, written: &Written| {
            Rgb::parse(written.get_ref()).ok_or_else(|| {
                let text = clean(written.get_ref());
                let what = format!("{place} {key}: {text:?} is no colour; write it like \"#b8bb26\"");
                Wrong { at: Some(written.span().start), what }
            })
        };
        let colour = |key: &str, said: &Option<Written>| said.as_ref().map(|written| read(key, written)).transpose();
        let block = |key: &str, said: &Option<Block<Written>>| {
            let both = |block: &Block<Written>| {
                let text = read(&format!("{key}.text"), &block.text)?;
                Ok(Block { text, ground: read(&format!("{key}.ground"), &block.ground)? })
            };
            said.as_ref().map(both).transpose()
        };
        Ok(Palette {
            base: self.base,
            background: colour("background", &self.background)?,
            dim: colour("dim", &self.dim)?,
            frame: colour("frame", &self.frame)?,
            good: colour("good", &self.good)?,
            bad: colour("bad", &self.bad)?,
            wait: colour("wait", &self.wait)?,
            blind: colour("blind", &self.blind)?,
            accent: colour("accent", &self.accent)?,
            key: colour("key", &self.key)?,
            focus: block("focus", &self.focus)?,
            go: block("go", &self.go)?,
            no_go: block("no_go", &self.no_go)?,
            hold: block("hold", &self.hold)?,
            badge: block("badge", &self.badge)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;

    #[test]
    fn a_palette_is_read() {
        let text = "[palettes.mine]\nbase = \"light\"\nbackground = \"#fbf1c7\"\ngood = \"#79740e\"\n\
                    go = { text = \"#fbf1c7\", ground = \"#79740e\" }\n";
        let file = parse(text, Path::new("c")).unwrap();
        let mine = &file.own["mine"];
        assert_eq!((mine.base, mine.background), (ThemeName::Light, Some(Rgb(0xfb, 0xf1, 0xc7))));
        assert_eq!((mine.good, mine.bad), (Some(Rgb(0x79, 0x74, 0x0e)), None));
        let go = mine.go.as_ref().unwrap();
        assert_eq!((go.text, go.ground), (Rgb(0xfb, 0xf1, 0xc7), Rgb(0x79, 0x74, 0x0e)));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_its_key() {
        for (text, said) in [
            ("good = \"#b8b\"", "c:2:8: [palettes.mine] good: \"#b8b\" is no colour; write it like \"#b8bb26\""),
            (
                "go = { text = \"#000000\", ground = \"green\" }",
                "c:2:35: [palettes.mine] go.ground: \"green\" is no colour",
            ),
            ("go = { text = \"#000000\" }", "c:2:6: missing field `ground`"),
            ("god = \"#000000\"", "c:2:1: unknown field `god`, expected one of `base`"),
            ("base = \"plaid\"", "c:2:8: unknown variant `plaid`, expected one of `dark`, `light`"),
            ("base = \"mono\"", "c: [palettes.mine] base: mono has no colours to build on"),
        ] {
            let fault = parse(&format!("[palettes.mine]\n{text}\n"), Path::new("c")).unwrap_err();
            assert!(fault.what.starts_with(said), "{}", fault.what);
        }
        let fault = parse("[palettes.dark]\n", Path::new("c")).unwrap_err();
        assert_eq!(fault.what, "c: [palettes.dark] is built in; give yours another name");
    }
}
