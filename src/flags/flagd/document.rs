//! One flag's text within the file's, found and replaced without touching a byte around it.

use std::{fmt, ops::Range};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::rules::Served;

/// A flagd file in which one flag was found.
#[derive(Debug)]
pub(super) struct Document<'a> {
    text: &'a str,
    flag: Range<usize>,
    members: Members<'a>,
}

impl<'a> Document<'a> {
    /// Finds `flag` in `text`.
    pub(super) fn parse(text: &'a str, flag: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("it is empty".into());
        }
        let top: Members = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let flags = top.one("flags")?.ok_or("it has no \"flags\"")?;
        let flags: Members =
            serde_json::from_str(flags.get()).map_err(|_| "its \"flags\" are no JSON object".to_owned())?;
        let raw = flags.one(flag)?.ok_or_else(|| format!("it has no flag \"{flag}\""))?.get();
        let members = serde_json::from_str(raw).map_err(|_| format!("its flag \"{flag}\" is no JSON object"))?;
        // A raw value borrows from the text it was read from: its distance from the start is its place.
        let start = raw.as_ptr() as usize - text.as_ptr() as usize;
        Ok(Self { text, flag: start..start + raw.len(), members })
    }

    /// The flag's own text.
    pub(super) fn flag_text(&self) -> &'a str {
        &self.text[self.flag.clone()]
    }

    /// The flag as JSON, refused if a key stands twice anywhere in it.
    pub(super) fn strict(&self) -> Result<Value, String> {
        serde_json::from_str::<Strict>(self.flag_text()).map(|strict| strict.0).map_err(|e| e.to_string())
    }

    /// The text of a member of the flag; the last, if it stands twice.
    pub(super) fn member(&self, key: &str) -> Option<&'a str> {
        self.members.0.iter().rev().find(|(name, _)| name == key).map(|(_, raw)| raw.get())
    }

    /// The file's text with the flag serving `served`, and a false variant of name `add_false` if one is named.
    pub(super) fn with(&self, served: &Served, add_false: Option<&str>) -> String {
        let style = Style::of(self.text, &self.flag);
        let mut members: Vec<(&str, String)> = Vec::new();
        for (key, raw) in &self.members.0 {
            match members.iter_mut().find(|(name, _)| name == key) {
                // JSON readers take the last.
                Some(earlier) => earlier.1 = raw.get().to_owned(),
                None => members.push((key, raw.get().to_owned())),
            }
        }
        let mut set = |key: &'static str, value: Value| match members.iter_mut().find(|(name, _)| *name == key) {
            Some(member) if same_json(&member.1, &value) => {}
            Some(member) => member.1 = style.value(&value),
            None => members.push((key, style.value(&value))),
        };
        set("state", served.state.clone().into());
        if let Some(name) = add_false {
            let mut variants = self
                .member("variants")
                .and_then(|raw| serde_json::from_str(raw).ok())
                .unwrap_or_else(|| Value::Object(Default::default()));
            if let Some(variants) = variants.as_object_mut() {
                variants.insert(name.to_owned(), false.into());
            }
            set("variants", variants);
        }
        set("defaultVariant", served.default_variant.clone().into());
        match &served.targeting {
            Some(targeting) => set("targeting", targeting.clone()),
            None => members.retain(|(key, _)| *key != "targeting"),
        }
        let mut out = String::with_capacity(self.text.len() + 256);
        out.push_str(&self.text[..self.flag.start]);
        style.object(&members, &mut out);
        out.push_str(&self.text[self.flag.end..]);
        out
    }
}

fn same_json(raw: &str, value: &Value) -> bool {
    serde_json::from_str::<Strict>(raw).is_ok_and(|strict| strict.0 == *value)
}

/// How the flag is laid out in its file.
struct Style {
    /// Line end and indentation of a member, and of the closing brace; none where all is on one line.
    lines: Option<(String, String)>,
    /// One level of indentation.
    unit: String,
    /// What stands between a key and its value.
    colon: &'static str,
}

impl Style {
    fn of(text: &str, flag: &Range<usize>) -> Self {
        let own = &text[flag.clone()];
        let colon = if own.contains("\": ") || own.contains('\n') { ": " } else { ":" };
        let Some(first) = own.find('\n') else { return Self { lines: None, unit: String::new(), colon } };
        let end = if own[..first].ends_with('\r') { "\r\n" } else { "\n" };
        let line = text[..flag.start].rfind('\n').map_or(0, |at| at + 1);
        let outer = blanks(&text[line..]);
        let inner = blanks(&own[first + 1..]);
        let unit = inner.strip_prefix(outer).filter(|unit| !unit.is_empty()).unwrap_or("  ");
        Self { lines: Some((format!("{end}{outer}{unit}"), format!("{end}{outer}"))), unit: unit.to_owned(), colon }
    }

    fn value(&self, value: &Value) -> String {
        let Some((inner, _)) = &self.lines else { return value.to_string() };
        let mut bytes = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(self.unit.as_bytes());
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
        match value.serialize(&mut serializer).map(|()| String::from_utf8(bytes)) {
            // No line end within a JSON string is a raw one.
            Ok(Ok(text)) => text.replace('\n', inner),
            _ => value.to_string(),
        }
    }

    fn object(&self, members: &[(&str, String)], out: &mut String) {
        out.push('{');
        for (index, (key, raw)) in members.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            match &self.lines {
                Some((inner, _)) => out.push_str(inner),
                None if index > 0 && self.colon == ": " => out.push(' '),
                None => {}
            }
            out.push_str(&Value::from(*key).to_string());
            out.push_str(self.colon);
            out.push_str(raw);
        }
        if let Some((_, outer)) = &self.lines {
            out.push_str(outer);
        }
        out.push('}');
    }
}

fn blanks(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// An object's members in order, each value as the very text it is in the file.
#[derive(Debug)]
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn one(&self, key: &str) -> Result<Option<&'a RawValue>, String> {
        let mut found = self.0.iter().filter(|(name, _)| name == key);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(format!("the key \"{key}\" stands twice in it")),
            (first, None) => Ok(first.map(|(_, raw)| *raw)),
        }
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// JSON in which no key stands twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        StrictSeed.deserialize(deserializer).map(Strict)
    }
}

#[derive(Clone, Copy)]
struct StrictSeed;

impl<'de> DeserializeSeed<'de> for StrictSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictSeed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = serde_json::Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(self)?;
            if members.contains_key(&key) {
                return Err(A::Error::custom(format!("the key \"{key}\" stands twice in the flag")));
            }
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}
