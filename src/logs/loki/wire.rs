//! The answer as it is on the wire.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub status: String,
    pub error: Option<String>,
    pub data: Option<Data>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Data {
    #[serde(rename = "resultType")]
    pub kind: String,
    /// Read once its type is known.
    pub result: Box<RawValue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Stream {
    pub stream: BTreeMap<String, String>,
    pub values: Vec<Value>,
}

/// `["1570818238000000000", "the line"]`, and perhaps a third element with structured metadata, which is left out.
#[derive(Debug)]
pub(super) struct Value {
    /// Nanoseconds since 1970.
    pub at: i64,
    pub line: String,
}

/// The streams of an answer; else why they are none, without what was found there.
pub(super) fn streams(result: &str) -> Result<Vec<Stream>, String> {
    serde_json::from_str::<Option<Vec<Stream>>>(result).map(Option::unwrap_or_default).map_err(|error| {
        let text = error.to_string();
        match text.strip_prefix("a time ").or(text.strip_prefix("a value ")) {
            Some(_) => text.split(" at line ").next().unwrap_or_default().to_owned(),
            None => format!("line {}, column {} of its result", error.line(), error.column()),
        }
    })
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements)
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time and a line")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let at: String = elements.next_element()?.ok_or_else(|| A::Error::custom("a value is empty"))?;
        let line = elements.next_element()?.ok_or_else(|| A::Error::custom("a value has no line"))?;
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        let at = at.parse().map_err(|_| A::Error::custom("a time is no number of nanoseconds"))?;
        Ok(Value { at, line })
    }
}
