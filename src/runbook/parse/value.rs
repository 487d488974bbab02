//! One value of a runbook, read as what is expected there, or refused.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    ops::{Range, RangeInclusive},
    time::Duration,
};

use toml::{Spanned, de::DeValue};

use super::{document::Document, table::Table};
use crate::text::clean;

/// Longest name that is typed or used in a file name.
const LONGEST_KEY: usize = 64;
/// A day and a year: what `observe` and its like may be.
const LONGEST_DURATION: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A value and the path that leads to it.
pub(super) struct Value<'a> {
    pub doc: &'a Document<'a>,
    pub path: String,
    pub node: &'a Spanned<DeValue<'a>>,
}

impl<'a> Value<'a> {
    /// Records a problem with this value. Gives None, for the reader to return.
    pub fn refuse<T>(&self, message: impl AsRef<str>) -> Option<T> {
        self.doc.refuse(&self.span(), self.shown(), message);
        None
    }

    /// How the value is quoted: a table under its own header by the header, any other value by its path.
    fn shown(&self) -> String {
        let source = self.doc.quote(&self.span());
        match self.node.get_ref() {
            DeValue::Table(_) | DeValue::Array(_) if source.starts_with("[[") => source,
            DeValue::Table(_) if source.starts_with('[') => source,
            // Dotted keys make a table that stands nowhere.
            DeValue::Table(_) if !source.starts_with('{') => self.path.clone(),
            _ => format!("{} = {source}", self.path),
        }
    }

    pub fn span(&self) -> Range<usize> {
        self.node.span()
    }

    /// A string as it stands.
    fn string(&self, expected: &str) -> Option<&'a str> {
        match self.node.get_ref().as_str() {
            Some(text) => Some(text),
            None => self.refuse(format!("expected {expected}, in quotes")),
        }
    }

    /// Words for people: on one line, whatever lines they were written on.
    pub fn words(&self) -> Option<String> {
        let text = self.string("text")?;
        let flat = text.replace(['\n', '\r', '\t'], " ");
        if clean(&flat) != flat {
            return self.refuse("expected text without control or direction-changing characters");
        }
        let shown = flat.split_whitespace().collect::<Vec<_>>().join(" ");
        if shown.is_empty() { self.refuse("expected text that is not empty") } else { Some(shown) }
    }

    /// Text that is compared or sent to a server, so kept to the letter.
    pub fn exact(&self) -> Option<String> {
        let text = self.string("text")?;
        if clean(text) != text {
            return self.refuse("expected text without control or direction-changing characters");
        }
        Some(text.to_owned())
    }

    /// [`Self::exact`], and something.
    pub fn name(&self) -> Option<String> {
        let text = self.exact()?;
        if text.trim().is_empty() { self.refuse("expected text that is not empty") } else { Some(text) }
    }

    /// A name that operators type and that is used in file names.
    pub fn slug(&self) -> Option<String> {
        let text = self.string("a key")?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
        let ends = !text.ends_with(['-', '_']);
        if starts && ends && text.chars().all(fits) && text.len() <= LONGEST_KEY {
            return Some(text.to_owned());
        }
        self.refuse(format!(
            "expected a key of at most {LONGEST_KEY} lower-case letters, digits, - and _, from a letter to a letter or \
             digit"
        ))
    }

    /// A name that satisfies `fits`.
    pub fn name_like(&self, expected: &str, fits: impl FnOnce(&str) -> bool) -> Option<String> {
        let text = self.string(expected)?;
        if fits(text) { Some(text.to_owned()) } else { self.refuse(format!("expected {expected}")) }
    }

    /// A whole number within `range`; `expected` says so in words.
    pub fn whole(&self, range: RangeInclusive<u64>, expected: &str) -> Option<u64> {
        let number = match self.node.get_ref() {
            DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        number.filter(|number| range.contains(number)).or_else(|| self.refuse(format!("expected {expected}")))
    }

    /// A finite number that `fits`; `expected` says so in words.
    pub fn number(&self, expected: &str, fits: impl FnOnce(f64) -> bool) -> Option<f64> {
        let number = match self.node.get_ref() {
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            // What is beyond i64 is beyond any number that a runbook asks for.
            DeValue::Integer(whole) => i64::from_str_radix(whole.as_str(), whole.radix()).ok().map(|n| n as f64),
            _ => None,
        };
        let number = number.filter(|number| number.is_finite() && fits(*number));
        number.or_else(|| self.refuse(format!("expected {expected}")))
    }

    /// A number that is above 0 and below 1.
    pub fn fraction(&self, expected: &str) -> Option<f64> {
        self.number(expected, |number| number > 0.0 && number < 1.0)
    }

    /// `true` or `false`.
    pub fn truth(&self) -> Option<bool> {
        self.node.get_ref().as_bool().or_else(|| self.refuse("expected true or false"))
    }

    /// A duration of whole seconds, more than none and at most a year.
    pub fn duration(&self) -> Option<Duration> {
        let expected = "a duration from 1s to 366days, such as \"24h\" or \"15m\"";
        let duration = humantime::parse_duration(self.string(expected)?).ok();
        let fits = |d: &Duration| d.subsec_nanos() == 0 && !d.is_zero() && *d <= LONGEST_DURATION;
        duration.filter(fits).or_else(|| self.refuse(format!("expected {expected}")))
    }

    /// Each entry of an array, none of them twice.
    pub fn list<T>(&self, mut read: impl FnMut(&Value<'a>) -> Option<T>) -> Option<Vec<T>> {
        let Some(array) = self.node.get_ref().as_array() else {
            return match self.node.get_ref().is_table() {
                true => self.refuse("expected a list of tables, each under a [[header]]"),
                false => self.refuse("expected a list, in [brackets]"),
            };
        };
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut list = Vec::with_capacity(array.len());
        for (index, node) in array.iter().enumerate() {
            let entry = Value { doc: self.doc, path: format!("{}[{index}]", self.path), node };
            if let Some(text) = node.get_ref().as_str() {
                match seen.entry(text) {
                    Entry::Vacant(vacant) => _ = vacant.insert(index),
                    Entry::Occupied(first) => {
                        let first = first.get();
                        entry.refuse::<()>(format!("expected each entry once: [{first}] is the same"));
                        continue;
                    }
                }
            }
            list.extend(read(&entry));
        }
        Some(list)
    }

    /// [`Self::list`], and something in it.
    pub fn full_list<T>(&self, read: impl FnMut(&Value<'a>) -> Option<T>) -> Option<Vec<T>> {
        if self.node.get_ref().as_array().is_some_and(|array| array.is_empty()) {
            return self.refuse("expected at least one entry");
        }
        self.list(read)
    }

    /// One name, or a list of them.
    pub fn one_or_more(&self, read: impl FnMut(&Value<'a>) -> Option<String>) -> Option<Vec<String>> {
        if self.node.get_ref().is_array() {
            return self.full_list(read);
        }
        let mut read = read;
        read(self).map(|name| vec![name])
    }

    /// The table that this value is, read by `read`.
    pub fn table<T>(&self, read: impl FnOnce(Table<'a>) -> Option<T>) -> Option<T> {
        let Some(entries) = self.node.get_ref().as_table() else {
            return self.refuse("expected a table");
        };
        let name = self.shown();
        let prefix = if name.starts_with('[') { String::new() } else { format!("{}.", self.path) };
        read(Table::new(self.doc, entries, self.span(), name, prefix))
    }
}
