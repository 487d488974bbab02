//! A table of a runbook, read key by key. What was not asked for is unknown.

use std::{
    cell::RefCell,
    collections::{HashMap, hash_map::Entry},
    ops::Range,
};

use toml::de::DeTable;

use super::{document::Document, nearest::nearest, value::Value};

/// A table under reading.
pub(super) struct Table<'a> {
    pub doc: &'a Document<'a>,
    entries: &'a DeTable<'a>,
    span: Range<usize>,
    /// How the table is called where it is refused: its header, or its path.
    name: String,
    /// Path of an inline table, in front of its keys: `exposure.`
    prefix: String,
    asked: RefCell<Vec<&'static str>>,
    missing: RefCell<Vec<&'static str>>,
}

impl<'a> Table<'a> {
    pub fn new(
        doc: &'a Document<'a>,
        entries: &'a DeTable<'a>,
        span: Range<usize>,
        name: String,
        prefix: String,
    ) -> Self {
        Self { doc, entries, span, name, prefix, asked: RefCell::default(), missing: RefCell::default() }
    }

    /// Records a problem with the table as a whole.
    pub fn refuse(&self, message: impl AsRef<str>) {
        self.doc.refuse(&self.span, &self.name, message);
    }

    /// The value of `key`, if it is there.
    pub fn get(&self, key: &'static str) -> Option<Value<'a>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        let node = self.entries.get(key)?;
        Some(Value { doc: self.doc, path: format!("{}{key}", self.prefix), node })
    }

    /// Reads a key that may be missing.
    pub fn optional<T>(&self, key: &'static str, read: impl FnOnce(&Value<'a>) -> Option<T>) -> Option<T> {
        self.get(key).and_then(|value| read(&value))
    }

    /// Reads a key that must be there.
    pub fn required<T>(&self, key: &'static str, read: impl FnOnce(&Value<'a>) -> Option<T>) -> Option<T> {
        let value = self.get(key);
        if value.is_none() {
            self.missing.borrow_mut().push(key);
        }
        value.and_then(|value| read(&value))
    }

    /// Reads a key that must be there. A blank stands in for what was refused: it goes no further than the refusal.
    pub fn need<T: Default>(&self, key: &'static str, read: impl FnOnce(&Value<'a>) -> Option<T>) -> T {
        self.required(key, read).unwrap_or_default()
    }

    /// Reads each entry of an array that may be missing.
    pub fn list<T>(&self, key: &'static str, read: impl FnMut(&Value<'a>) -> Option<T>) -> Vec<T> {
        self.optional(key, |value| value.list(read)).unwrap_or_default()
    }

    /// Reads each entry of an array that must be there and must not be empty.
    pub fn full_list<T>(&self, key: &'static str, read: impl FnMut(&Value<'a>) -> Option<T>) -> Vec<T> {
        self.need(key, |value| value.full_list(read))
    }

    /// Refuses entries of the array `key` that agree in all of `fields` with an earlier one.
    pub fn refuse_repeats(&self, key: &str, fields: &[&str]) {
        let Some(array) = self.entries.get(key).and_then(|value| value.get_ref().as_array()) else { return };
        let mut first: HashMap<Vec<&str>, Range<usize>> = HashMap::new();
        for entry in array.iter().filter_map(|entry| entry.get_ref().as_table()) {
            let values: Option<Vec<_>> = fields.iter().map(|field| entry.get(*field)).collect();
            let Some(values) = values else { continue };
            let texts: Option<Vec<&str>> = values.iter().map(|value| value.get_ref().as_str()).collect();
            let (Some(texts), Some(last)) = (texts, values.last()) else { continue };
            let span = last.span();
            match first.entry(texts) {
                Entry::Vacant(vacant) => _ = vacant.insert(span),
                Entry::Occupied(earlier) => {
                    let field = fields.last().copied().unwrap_or_default();
                    let line = self.doc.line(earlier.get());
                    let text = format!("{field} = {}", self.doc.quote(&span));
                    self.doc.refuse(&span, text, format!("expected another {field}: line {line} has the same"));
                }
            }
        }
    }

    /// Every key of a table whose keys are free, with where it stands and its value.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, Range<usize>, Value<'a>)> {
        self.entries.iter().map(|(key, node)| {
            let path = format!("{}{}", self.prefix, self.doc.quote(&key.span()));
            (key.get_ref().as_ref(), key.span(), Value { doc: self.doc, path, node })
        })
    }

    /// Refuses what is missing and what is unknown.
    pub fn finish(self) {
        let asked = self.asked.take();
        let mut missing = self.missing.take();
        for key in self.entries.keys() {
            let name = key.get_ref().as_ref();
            if asked.contains(&name) {
                continue;
            }
            let absent = asked.iter().copied().filter(|known| !self.entries.contains_key(*known));
            let message = match nearest(name, absent) {
                Some(meant) => {
                    // One slip of the pen is one problem.
                    missing.retain(|key| *key != meant);
                    format!("expected a known key; did you mean `{meant}`?")
                }
                None if super::TOP_LEVEL.contains(&name) => {
                    format!("expected `{name}` at the top of the file, before the first [section]")
                }
                None if super::SECTIONS.contains(&name) => {
                    format!("expected `{name}` in sections of its own, each under [[{name}]]")
                }
                None => format!("expected a known key: {}", asked.join(", ")),
            };
            self.doc.refuse(&key.span(), format!("{}{}", self.prefix, self.doc.quote(&key.span())), message);
        }
        self.refuse_missing(&missing);
    }

    /// Refuses what is missing. What is unknown cannot be told.
    pub fn abandon(self) {
        self.refuse_missing(&self.missing.borrow());
    }

    fn refuse_missing(&self, missing: &[&str]) {
        for key in missing {
            self.refuse(format!("expected the key `{key}`, which is missing"));
        }
    }
}
