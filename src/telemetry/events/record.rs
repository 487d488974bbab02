//! One line as a record: the wanted fields as text, everything else checked and skipped.

use std::fmt::{self, Write as _};

use memchr::memchr;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    plan::{Node, Plan, TIME},
    scan::scan,
};

/// The longest text of a field that is kept, in bytes: labels must not fill the memory.
pub(super) const TEXT_LIMIT: usize = 512;

/// The wanted fields of one record. Its buffers are used again for the next.
#[derive(Debug)]
pub(super) struct Record {
    /// By slot; an absent field, null, an object or a list is the empty text.
    pub(super) texts: Vec<String>,
    /// The time, where it is a whole number; else it is in its text.
    pub(super) time_ms: Option<i64>,
    /// Whether a field that should hold JSON in a string held something else.
    pub(super) unreadable_field: bool,
    /// JSON that was in a string.
    unescaped: String,
}

impl Record {
    /// An empty record for `plan`.
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            texts: vec![String::new(); plan.slots],
            time_ms: None,
            unreadable_field: false,
            unescaped: String::new(),
        }
    }

    /// Reads one line, whole.
    ///
    /// Nested fields are skipped once the record's name rules it out; the line is valid JSON all the same.
    pub(super) fn read(&mut self, plan: &Plan, line: &str) -> Result<(), serde_json::Error> {
        if self.pass(plan, line, true)? && plan.wants(&self.texts) {
            self.pass(plan, line, false)?;
        }
        Ok(())
    }

    /// Whether nested fields were skipped.
    fn pass(&mut self, plan: &Plan, line: &str, skim: bool) -> Result<bool, serde_json::Error> {
        self.clear();
        match scan(self, plan, line, skim) {
            Some(skipped) => Ok(skipped),
            None => self.walk(plan, line, skim),
        }
    }

    fn clear(&mut self) {
        self.texts.iter_mut().for_each(String::clear);
        self.time_ms = None;
        self.unreadable_field = false;
    }

    /// As [`scan`], for every line that is JSON.
    pub(super) fn walk(&mut self, plan: &Plan, line: &str, skim: bool) -> Result<bool, serde_json::Error> {
        self.clear();
        let mut skipped = false;
        let mut json = serde_json::Deserializer::from_str(line);
        json.deserialize_map(Object { node: &plan.root, record: self, skim: skim.then_some((plan, &mut skipped)) })?;
        json.end()?;
        Ok(skipped)
    }

    /// Takes the wanted fields out of `json`: an object, or a string that holds one.
    fn walk_nested(&mut self, node: &Node, json: &str) {
        if let Some(quoted) = json.strip_prefix('"') {
            let mut text = std::mem::take(&mut self.unescaped);
            text.clear();
            if unescape(quoted.strip_suffix('"').unwrap_or(quoted), &mut text).is_none() {
                // An escape that is rare in JSON, such as \u00e9.
                text = serde_json::from_str(json).unwrap_or_default();
            }
            if !text.is_empty() && text != "null" && self.walk_object(node, &text).is_err() {
                self.unreadable_field = true;
                self.forget(node);
            }
            self.keep(node, &text);
            self.unescaped = text;
        } else if json.starts_with('{') {
            // It is JSON: it was skipped as such.
            let _ = self.walk_object(node, json);
        }
    }

    fn walk_object(&mut self, node: &Node, json: &str) -> Result<(), serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(json);
        json.deserialize_map(Object { node, record: self, skim: None })?;
        json.end()
    }

    /// Forgets what a field held, and the fields in it: it stands there again, and the last one counts.
    pub(super) fn forget(&mut self, node: &Node) {
        if let Some(slot) = node.slot {
            self.texts[slot].clear();
            if slot == TIME {
                self.time_ms = None;
            }
        }
        for (_, child) in &node.children {
            self.forget(child);
        }
    }

    /// Keeps a field's text, if it is wanted.
    pub(super) fn keep(&mut self, node: &Node, text: &str) {
        if let Some(slot) = node.slot {
            let kept = &mut self.texts[slot];
            kept.clear();
            kept.push_str(&text[..boundary(text, TEXT_LIMIT)]);
        }
    }

    fn keep_number(&mut self, node: &Node, number: impl fmt::Display) {
        if let Some(slot) = node.slot {
            let kept = &mut self.texts[slot];
            kept.clear();
            // Writing to a String does not fail.
            let _ = write!(kept, "{number}");
        }
    }
}

/// The last place up to `limit` at which `text` can be cut.
fn boundary(text: &str, limit: usize) -> usize {
    if text.len() <= limit {
        return text.len();
    }
    (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Appends the text that stands between the quotes of a JSON string; None where it has other escapes than `\"`,
/// `\\`, `\/`, `\n`, `\r` and `\t`.
fn unescape(mut quoted: &str, out: &mut String) -> Option<()> {
    while let Some(at) = memchr(b'\\', quoted.as_bytes()) {
        out.push_str(&quoted[..at]);
        out.push(match quoted.as_bytes().get(at + 1)? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            _ => return None,
        });
        quoted = &quoted[at + 2..];
    }
    out.push_str(quoted);
    Some(())
}

/// An object of which some fields are wanted.
struct Object<'a> {
    node: &'a Node,
    record: &'a mut Record,
    skim: Option<(&'a Plan, &'a mut bool)>,
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(wanted) = map.next_key_seed(Key(self.node))? {
            let Some(node) = wanted else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.record.forget(node);
            if !node.children.is_empty() {
                let json = map.next_value::<&RawValue>()?;
                match &mut self.skim {
                    Some((plan, skipped)) if plan.rules_out(&self.record.texts) => **skipped = true,
                    _ => self.record.walk_nested(node, json.get()),
                }
                continue;
            }
            map.next_value_seed(Value { node, record: self.record })?;
        }
        Ok(())
    }
}

/// A key; gives its node if it is wanted.
struct Key<'a>(&'a Node);

impl<'de, 'a> DeserializeSeed<'de> for Key<'a> {
    type Value = Option<&'a Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for Key<'a> {
    type Value = Option<&'a Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.child(key))
    }
}

/// The value of a wanted field that has no wanted fields in it.
struct Value<'a> {
    node: &'a Node,
    record: &'a mut Record,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.record.keep(self.node, text);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.record.keep(self.node, if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => {
                self.record.keep_number(self.node, value);
                Ok(())
            }
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        if self.node.slot == Some(TIME) {
            self.record.time_ms = Some(value);
        } else {
            self.record.keep_number(self.node, value);
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.record.keep_number(self.node, value);
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.record.keep(self.node, "");
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
