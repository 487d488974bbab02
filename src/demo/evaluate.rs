//! Flags as an application's flagd SDK evaluates them: the part of the format that rollouts use.
//!
//! `state`, `variants`, `defaultVariant`, and `targeting` made of `if`, `in`, `==`, `var`, `cat`, `ends_with` and
//! `fractional`. A flag with any other rule gives the application's own default, as a rule that an SDK does not know.

use serde_json::{Map, Value};

/// Weights of a `fractional` add up to no more than this.
const MAX_WEIGHT: u64 = i32::MAX as u64;

/// A flag file, as one SDK holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagSet {
    flags: Map<String, Value>,
}

/// For whom a flag is evaluated.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The user.
    pub targeting_key: &'a str,
    /// Further attributes by name.
    pub attributes: &'a [(&'a str, &'a str)],
}

impl FlagSet {
    /// Reads a flag file.
    ///
    /// # Errors
    /// Why an SDK would refuse the file, and stay with the one it has.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut file: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let Some(Value::Object(flags)) = file.get_mut("flags").map(Value::take) else {
            return Err("there is no \"flags\"".to_owned());
        };
        for (key, flag) in &flags {
            if !matches!(flag["state"].as_str(), Some("ENABLED" | "DISABLED")) {
                return Err(format!("{key} has no state"));
            }
            let Some(variants) = flag["variants"].as_object() else {
                return Err(format!("{key} has no variants"));
            };
            match flag["defaultVariant"].as_str() {
                Some(name) if !name.is_empty() && !variants.contains_key(name) => {
                    return Err(format!("{key} has a default variant that is none"));
                }
                _ => {}
            }
        }
        Ok(Self { flags })
    }

    /// The value of a boolean flag; `fallback` where the flag does not give one.
    pub fn boolean(&self, key: &str, context: &Context<'_>, fallback: bool) -> bool {
        self.variant(key, context).and_then(|name| self.flags[key]["variants"].get(name)?.as_bool()).unwrap_or(fallback)
    }

    fn variant(&self, key: &str, context: &Context<'_>) -> Option<String> {
        let flag = self.flags.get(key)?;
        if flag["state"] != "ENABLED" {
            return None;
        }
        let default = || flag["defaultVariant"].as_str().map(str::to_owned);
        let targeting = &flag["targeting"];
        if targeting.is_null() || targeting.as_object().is_some_and(Map::is_empty) {
            return default();
        }
        if !known(targeting) {
            return None;
        }
        match (Rules { flag: key, context }).evaluate(targeting)? {
            Value::Null => default(),
            value => Some(text(&value)),
        }
    }
}

/// Whether every rule in it is one that is evaluated here.
fn known(rule: &Value) -> bool {
    match rule {
        Value::Array(items) => items.iter().all(known),
        Value::Object(map) => {
            map.len() == 1
                && map.iter().all(|(operator, arguments)| {
                    matches!(operator.as_str(), "if" | "in" | "==" | "var" | "cat" | "ends_with" | "fractional")
                        && known(arguments)
                })
        }
        _ => true,
    }
}

/// JSON logic over one context. None is an error, upon which the application's own default is used.
struct Rules<'a> {
    flag: &'a str,
    context: &'a Context<'a>,
}

impl Rules<'_> {
    fn evaluate(&self, rule: &Value) -> Option<Value> {
        match rule {
            Value::Array(items) => {
                items.iter().map(|item| self.evaluate(item)).collect::<Option<_>>().map(Value::Array)
            }
            Value::Object(map) => {
                let (operator, arguments) = map.iter().next()?;
                if operator == "if" {
                    return self.choose(arguments.as_array()?);
                }
                let arguments = match self.evaluate(arguments)? {
                    Value::Array(arguments) => arguments,
                    single => vec![single],
                };
                self.apply(operator, &arguments)
            }
            plain => Some(plain.clone()),
        }
    }

    fn choose(&self, arguments: &[Value]) -> Option<Value> {
        let mut rest = arguments;
        loop {
            rest = match rest {
                [] => return Some(Value::Null),
                [otherwise] => return self.evaluate(otherwise),
                [condition, then, rest @ ..] => {
                    if truthy(&self.evaluate(condition)?) {
                        return self.evaluate(then);
                    }
                    rest
                }
            };
        }
    }

    fn apply(&self, operator: &str, arguments: &[Value]) -> Option<Value> {
        let argument = |n: usize| arguments.get(n).unwrap_or(&Value::Null);
        match operator {
            "var" => Some(match self.lookup(argument(0).as_str()?) {
                Value::Null => argument(1).clone(),
                found => found,
            }),
            "==" => Some(loosely_equal(argument(0), argument(1)).into()),
            "in" => Some(Value::Bool(match argument(1) {
                Value::Array(items) => items.contains(argument(0)),
                Value::String(whole) => argument(0).as_str().is_some_and(|part| whole.contains(part)),
                _ => false,
            })),
            "cat" => Some(arguments.iter().map(text).collect::<String>().into()),
            "ends_with" => Some(match (argument(0).as_str(), argument(1).as_str()) {
                (Some(whole), Some(end)) => whole.ends_with(end).into(),
                _ => Value::Null,
            }),
            "fractional" => Some(self.fractional(arguments)),
            _ => None,
        }
    }

    fn lookup(&self, name: &str) -> Value {
        match name {
            "$flagd.flagKey" => self.flag.into(),
            "targetingKey" => self.context.targeting_key.into(),
            _ => self
                .context
                .attributes
                .iter()
                .find(|(attribute, _)| *attribute == name)
                .map_or(Value::Null, |(_, value)| (*value).into()),
        }
    }

    /// The variant of the bucket that the hash of a text falls in; that of flag and user if none is named.
    fn fractional(&self, arguments: &[Value]) -> Value {
        let (by, buckets) = match arguments {
            [Value::String(by), buckets @ ..] => (by.clone(), buckets),
            buckets if !self.context.targeting_key.is_empty() => {
                (format!("{}{}", self.flag, self.context.targeting_key), buckets)
            }
            _ => return Value::Null,
        };
        let Some(buckets) = buckets.iter().map(bucket).collect::<Option<Vec<_>>>() else {
            return Value::Null;
        };
        let total: u64 = buckets.iter().map(|(_, weight)| weight).sum();
        let Ok(hash) = murmur3::murmur3_32(&mut by.as_bytes(), 0) else { return Value::Null };
        if total > MAX_WEIGHT {
            return Value::Null;
        }
        let place = (u64::from(hash) * total) >> 32;
        let mut end = 0;
        for (variant, weight) in buckets {
            end += weight;
            if place < end {
                return variant.clone();
            }
        }
        Value::Null
    }
}

/// `["variant", weight]`; a weight below zero is zero, none is one.
fn bucket(entry: &Value) -> Option<(&Value, u64)> {
    let (variant, weight) = match entry.as_array()?.as_slice() {
        [variant] => (variant, 1),
        [variant, weight] => (variant, weight.as_i64()?.max(0).unsigned_abs()),
        _ => return None,
    };
    (!variant.is_array() && !variant.is_object()).then_some((variant, weight.min(MAX_WEIGHT + 1)))
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(value) => value.as_f64() != Some(0.0),
        Value::String(value) => !value.is_empty(),
        Value::Array(value) => !value.is_empty(),
        Value::Object(_) => true,
    }
}

/// Equality across types, as JavaScript's `==`.
fn loosely_equal(a: &Value, b: &Value) -> bool {
    fn number(value: &Value) -> Option<f64> {
        match value {
            Value::Number(value) => value.as_f64(),
            Value::Bool(value) => Some(f64::from(u8::from(*value))),
            Value::String(value) if value.trim().is_empty() => Some(0.0),
            Value::String(value) => value.trim().parse().ok(),
            _ => None,
        }
    }
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::String(a), Value::String(b)) => a == b,
        _ => number(a).is_some_and(|a| number(b) == Some(a)),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
