//! What is looked for, in one line.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{
    moment::{Moment, Named, moment},
    word::{Word, apart},
};
use crate::judge::TimelineEntry;

/// What is looked for. All of it must hold: words in any order and case, `kind:rollback`, `who:ann`, `since:2h`,
/// `until:14:00`; `-word` must not occur, `"two words"` stand together. `@14:05` goes to that time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    terms: Vec<Term>,
    jump: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    says: Says,
    /// Whether it must hold; else it must not.
    wanted: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Says {
    Word(Word),
    Kind(Word),
    Who(Word),
    Since(DateTime<Utc>),
    Until(DateTime<Utc>),
}

/// Why a line is no query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Complaint {
    /// A quote has no end.
    #[error("the quote has no end; close it with \"")]
    OpenQuote,
    /// A time cannot be read.
    #[error("{0:?} is no time; write it like 14:05, 2h, 2026-03-01 or 2026-03-01T14:05Z")]
    NoTime(String),
    /// Something was named and nothing said of it.
    #[error("{0} needs a word after it, such as {0}{1}")]
    Nothing(&'static str, &'static str),
    /// A time is a bound, and a bound has no opposite.
    #[error("-{0} says nothing; use {1} instead")]
    NotABound(&'static str, &'static str),
    /// Two times to go to.
    #[error("there are two times to go to; leave one @ out")]
    TwoJumps,
}

/// Who did it, where nobody did.
const NOBODY: &str = "gonogo";

impl Query {
    /// The query that `line` says, seen from `now`.
    ///
    /// # Errors
    /// What is wrong with it, for whoever typed it.
    pub fn parse(line: &str, now: DateTime<Utc>) -> Result<Self, Complaint> {
        let mut query = Self::default();
        let mut pieces = pieces(line)?.into_iter().peekable();
        while let Some(piece) = pieces.next() {
            if let Some(time) = piece.jump() {
                let next = pieces.peek().filter(|next| next.quoted.is_none() && !next.negated);
                let (at, both) = jump(time, next.map(|next| next.text.as_str()), now)?;
                if both {
                    pieces.next();
                }
                if query.jump.replace(at.at).is_some() {
                    return Err(Complaint::TwoJumps);
                }
            } else if let Some(term) = piece.term(now)? {
                query.terms.push(term);
            }
        }
        Ok(query)
    }

    /// Whether every entry fits.
    pub fn is_everything(&self) -> bool {
        self.terms.is_empty()
    }

    /// The time to go to.
    pub fn jump(&self) -> Option<DateTime<Utc>> {
        self.jump
    }

    /// Whether this entry fits.
    pub fn fits(&self, entry: &TimelineEntry) -> bool {
        self.terms.iter().all(|term| term.says.holds(entry) == term.wanted)
    }

    /// Where in `text` the words are that are looked for: in order, apart from each other.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let words = self.terms.iter().filter(|term| term.wanted).filter_map(|term| match &term.says {
            Says::Word(word) => Some(word),
            _ => None,
        });
        apart(words.flat_map(|word| word.all(text)).collect())
    }
}

impl Says {
    fn holds(&self, entry: &TimelineEntry) -> bool {
        let who = entry.operator.as_deref().unwrap_or(NOBODY);
        match self {
            Self::Word(word) => word.is_in(&entry.text) || word.is_in(&entry.kind) || word.is_in(who),
            Self::Kind(kind) => kind.begins(&entry.kind),
            Self::Who(name) => name.is_in(who),
            Self::Since(from) => entry.at >= *from,
            Self::Until(to) => entry.at <= *to,
        }
    }
}

/// The time to go to, and whether it took the next piece, too: `@2026-03-01 14:05`.
fn jump(time: &str, next: Option<&str>, now: DateTime<Utc>) -> Result<(Moment, bool), Complaint> {
    let at = moment(time, now).ok_or_else(|| Complaint::NoTime(time.to_owned()))?;
    let both = next.filter(|_| at.named == Named::Day).and_then(|next| moment(&format!("{time} {next}"), now));
    Ok(both.map_or((at, false), |both| (both, true)))
}

/// A piece of the line, between blanks.
struct Piece {
    text: String,
    negated: bool,
    /// Where in the text the first quote began.
    quoted: Option<usize>,
}

impl Piece {
    fn jump(&self) -> Option<&str> {
        self.text.strip_prefix('@').filter(|_| !self.negated && self.quoted != Some(0))
    }

    fn term(&self, now: DateTime<Utc>) -> Result<Option<Term>, Complaint> {
        // What is within quotes is no name of a field.
        let named = self.text.split_once(':').filter(|(name, _)| self.quoted.is_none_or(|quote| name.len() < quote));
        let time = |text: &str| moment(text, now).ok_or_else(|| Complaint::NoTime(text.to_owned()));
        let says = match named {
            Some(("kind", "")) => return Err(Complaint::Nothing("kind:", "rollback")),
            Some(("who", "")) => return Err(Complaint::Nothing("who:", "ann")),
            Some(("since", "")) => return Err(Complaint::Nothing("since:", "2h")),
            Some(("until", "")) => return Err(Complaint::Nothing("until:", "14:00")),
            Some(("since", _)) if self.negated => return Err(Complaint::NotABound("since:", "until:")),
            Some(("until", _)) if self.negated => return Err(Complaint::NotABound("until:", "since:")),
            Some(("kind", kind)) => Says::Kind(Word::new(kind)),
            Some(("who", who)) => Says::Who(Word::new(who)),
            Some(("since", text)) => Says::Since(time(text)?.at),
            Some(("until", text)) => Says::Until(time(text)?.end()),
            _ if self.text.is_empty() => return Ok(None),
            _ => Says::Word(Word::new(&self.text)),
        };
        Ok(Some(Term { says, wanted: !self.negated }))
    }
}

fn pieces(line: &str) -> Result<Vec<Piece>, Complaint> {
    let mut pieces = Vec::new();
    let mut letters = line.chars().peekable();
    while let Some(first) = letters.next() {
        if first.is_whitespace() {
            continue;
        }
        // A dash on its own is a word.
        let negated = first == '-' && letters.peek().is_some_and(|next| !next.is_whitespace());
        let mut piece = Piece { text: String::new(), negated, quoted: None };
        let mut within = false;
        let mut letter = if negated { letters.next() } else { Some(first) };
        while let Some(c) = letter {
            match c {
                '"' => {
                    piece.quoted.get_or_insert(piece.text.len());
                    within = !within;
                }
                c => piece.text.push(c),
            }
            letter = letters.next_if(|c| within || !c.is_whitespace());
        }
        if within {
            return Err(Complaint::OpenQuote);
        }
        pieces.push(piece);
    }
    Ok(pieces)
}
