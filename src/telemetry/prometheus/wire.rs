//! Answers of the Prometheus HTTP API, decoded without copying what stays in the body.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// What stands around every answer.
#[derive(Debug, Deserialize)]
pub struct Envelope<T> {
    /// `success` or `error`.
    pub status: String,
    /// The answer, if there is one.
    pub data: Option<Data<T>>,
    /// The server's words for an error.
    #[serde(default)]
    pub error: Option<String>,
    /// Why the answer may be incomplete.
    #[serde(default)]
    pub warnings: Option<Vec<String>>,
    /// VictoriaMetrics clusters say so when a storage node did not answer.
    #[serde(default, rename = "isPartial")]
    pub is_partial: bool,
}

/// The answer proper. Its type is told by what it decodes as.
#[derive(Debug, Deserialize)]
pub struct Data<T> {
    /// Series, or a number.
    pub result: T,
}

/// One series of a vector or a matrix.
#[derive(Debug, Deserialize)]
pub struct Series<'a> {
    /// Its labels.
    #[serde(borrow)]
    pub metric: Labels<'a>,
    /// Its samples in a matrix, oldest first.
    #[serde(default)]
    pub values: Vec<Sample>,
    /// Its sample in a vector.
    #[serde(default)]
    pub value: Option<Sample>,
    /// Native histograms, which are no counters.
    #[serde(default)]
    pub histograms: Vec<IgnoredAny>,
}

/// An instant in milliseconds since 1970, and a value; NaN for one that is no number.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// When it was taken.
    pub at: i64,
    /// What it was.
    pub value: f64,
}

/// The labels of a series, in the server's order.
#[derive(Debug)]
pub struct Labels<'a>(pub Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Labels<'_> {
    /// The value of a label; an absent label is the empty string.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(label, _)| label == name).map_or("", |(_, value)| value)
    }
}

/// A number as the answer of `time()`: a scalar in Prometheus, a vector in VictoriaMetrics.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Number {
    /// A scalar.
    Scalar(Sample),
    /// A vector of one.
    Vector(Vec<NumberSeries>),
}

/// The one entry of a vector.
#[derive(Debug, Deserialize)]
pub struct NumberSeries {
    value: Sample,
}

impl Number {
    /// Whether it came as a vector, as VictoriaMetrics has it.
    pub fn is_vector(&self) -> bool {
        matches!(self, Self::Vector(_))
    }

    /// The number, if there is exactly one.
    pub fn get(&self) -> Option<f64> {
        match self {
            Self::Scalar(sample) => Some(sample.value),
            Self::Vector(series) => match &series[..] {
                [one] => Some(one.value.value),
                _ => None,
            },
        }
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Sample;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pair of time and value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sample, A::Error> {
                let missing = |i| serde::de::Error::invalid_length(i, &"a pair of time and value");
                let at: f64 = seq.next_element()?.ok_or_else(|| missing(0))?;
                let Decimal(value) = seq.next_element()?.ok_or_else(|| missing(1))?;
                Ok(Sample { at: (at * 1000.0).round() as i64, value })
            }
        }
        deserializer.deserialize_tuple(2, Pair)
    }
}

/// A number in a string: `"1"`, `"1e+06"`, `"NaN"`, `"+Inf"`.
struct Decimal(f64);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Decimal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number in a string")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
                // A count as it is usually written, exact, and read faster than a float.
                if !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit()) {
                    let number = text.bytes().fold(0u64, |number, digit| 10 * number + u64::from(digit - b'0'));
                    return Ok(Decimal(number as f64));
                }
                Ok(Decimal(text.parse().unwrap_or(f64::NAN)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Labels<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Vec<(Cow<'de, str>, Cow<'de, str>)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(16);
                while let Some((Text(name), Text(value))) = map.next_entry()? {
                    pairs.push((name, value));
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Pairs).map(Labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_borrows_its_labels_and_parses_its_values() {
        let body = br#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"__name__":"c","a":"x\ty"},"values":[[1795398655.123,"1e+03"],[1795398670,"NaN"],[1,"+Inf"],[2,"?"]]}]},
            "warnings":["w"],"infos":["i"]}"#;
        let answer: Envelope<Vec<Series<'_>>> = serde_json::from_slice(body).unwrap();
        let series = &answer.data.unwrap().result[0];
        assert!(matches!(series.metric.0[0].1, Cow::Borrowed("c")));
        assert_eq!((series.metric.get("a"), series.metric.get("b")), ("x\ty", ""));
        assert_eq!((series.values[0].at, series.values[0].value), (1_795_398_655_123, 1000.0));
        assert!(
            series.values[1].value.is_nan() && series.values[2].value.is_infinite() && series.values[3].value.is_nan()
        );
        assert_eq!(answer.warnings, Some(vec!["w".to_owned()]));
    }

    #[test]
    fn the_time_of_both_servers() {
        for result in [r#"[1795398655.5,"1795398655.5"]"#, r#"[{"metric":{},"value":[1795398655,"1795398655.5"]}]"#] {
            let number: Number = serde_json::from_str(result).unwrap();
            assert_eq!(number.get(), Some(1_795_398_655.5));
        }
        assert_eq!(serde_json::from_str::<Number>("[]").unwrap().get(), None);
    }
}
