use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

use super::*;
use crate::{runbook::EventRead, telemetry::events::record::TEXT_LIMIT};

const TOP: [&str; 3] = ["timestamp", "eventName", "success"];
const NESTED: [&str; 5] = ["detail.failStage", "detail.message", "detail.deep.code", "extra", "extra.code"];
const WANTED: &str = "vfs_secure_upload";

fn plan() -> Plan {
    Plan::of_one(&EventRead {
        name_field: "eventName".into(),
        names: vec![WANTED.into()],
        matchers: vec![],
        labels: TOP[2..].iter().chain(&NESTED).map(|path| (*path).into()).collect(),
        value_field: None,
    })
}

/// All that was read of a record.
fn content(record: &Record) -> (Vec<String>, Option<i64>, bool) {
    (record.texts.clone(), record.time_ms, record.unreadable_field)
}

fn scanned(plan: &Plan, line: &str, skim: bool) -> (Record, Option<bool>) {
    let mut record = Record::new(plan);
    let skipped = scan(&mut record, plan, line, skim);
    (record, skipped)
}

/// A string in JSON; `ascii` writes what need not be escaped as escapes too.
fn quoted(text: &str, ascii: bool) -> String {
    let plain = Value::from(text).to_string();
    if !ascii {
        return plain;
    }
    let escape = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
    plain.chars().map(|c| if c.is_ascii() && c != 'o' { c.to_string() } else { escape(c) }).collect()
}

fn text() -> impl Strategy<Value = String> {
    let piece =
        select(vec!["flush", "o", "é", "😀", "\"", "\\", "/", "\n", "\t", "\u{1}", " ", "{", "}", ":", ",", "u00e9"]);
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn leaf() -> impl Strategy<Value = String> {
    let other = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-3",
        "17",
        "503",
        "1790000040000",
        "123456789012345678",
        "12345678901234567890",
        "123456789012345678901",
        "2.5",
        "1e3",
        "[]",
        "{}",
        "[1, {\"a\": [\"]\", -2.5E+1]}, \"\\u00e9\\n\"]",
    ];
    prop_oneof![
        select(other.map(str::to_owned).to_vec()),
        (text(), any::<bool>()).prop_map(|(t, ascii)| quoted(&t, ascii))
    ]
}

/// An object with some of these keys, in any order, more than once.
fn object(keys: &'static [&'static str], value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let key = (select(keys), prop::bool::weighted(0.1)).prop_map(|(key, ascii)| quoted(key, ascii));
    (vec((key, value), 0..7), select(vec!["", "", " ", "\t", " \r\n "])).prop_map(|(fields, blank)| {
        let fields: Vec<String> =
            fields.into_iter().map(|(key, value)| format!("{blank}{key}{blank}:{blank}{value}{blank}")).collect();
        format!("{{{}}}", fields.join(","))
    })
}

/// A value that may be an object, as such or in a string.
fn nested(object: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (object, 0..6, any::<bool>()).prop_map(|(object, form, ascii)| match form {
        0 | 1 => object,
        2 | 3 => quoted(&object, false),
        4 => quoted(&object, ascii),
        _ => quoted(&quoted(&object, ascii), false),
    })
}

fn record() -> impl Strategy<Value = String> {
    let deep = || nested(object(&["code", "a"], leaf()));
    let inner =
        || nested(object(&["failStage", "message", "deep", "code", "a"], prop_oneof![3 => leaf(), 1 => deep()]));
    let field = prop_oneof![
        3 => Just(format!("\"eventName\":\"{WANTED}\"")),
        1 => Just("\"eventName\":\"another\"".to_owned()),
        4 => inner().prop_map(|value| format!("\"detail\":{value}")),
        1 => inner().prop_map(|value| format!("\"extra\":{value}")),
        4 => (select(vec!["timestamp", "success", "detail", "extra", "id", "eventName"]), leaf())
            .prop_map(|(key, value)| format!("\"{key}\":{value}")),
    ];
    vec(field, 0..8).prop_map(|fields| format!("{{{}}}", fields.join(",")))
}

/// Some bytes of a record replaced, left out or put in.
fn damaged() -> impl Strategy<Value = String> {
    let harm = (any::<prop::sample::Index>(), 0..3, select(b"\"\\{}[]:,0.-e u\n\x01tn".to_vec()));
    (record(), vec(harm, 0..3)).prop_map(|(record, harms)| {
        let mut bytes = record.into_bytes();
        for (at, kind, byte) in harms {
            let at = at.index(bytes.len().max(1));
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => _ = bytes.remove(at),
                _ => bytes.insert(at, byte),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// What a field holds, by way of the whole record in memory.
fn expected(value: &Value, path: &[&str], has_children: bool) -> String {
    let parsed;
    let value = match value {
        Value::String(text) if !path.is_empty() => {
            parsed = serde_json::from_str(text).unwrap_or(Value::Null);
            &parsed
        }
        value => value,
    };
    match (path, value) {
        ([key, rest @ ..], Value::Object(fields)) => {
            fields.get(*key).map_or_else(String::new, |field| expected(field, rest, has_children))
        }
        ([], Value::String(text)) => text[..text.floor_char_boundary(TEXT_LIMIT)].to_owned(),
        ([], Value::Bool(value)) if !has_children => value.to_string(),
        ([], Value::Number(n)) if !has_children => match (n.as_i64(), n.as_u64(), n.as_f64()) {
            (Some(n), _, _) => n.to_string(),
            (_, Some(n), _) => n.to_string(),
            (_, _, n) => n.unwrap().to_string(),
        },
        _ => String::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// What is known here is known rightly: the same fields as serde_json reads, and never of a line that is no JSON.
    #[test]
    fn what_is_read_in_one_pass_is_what_serde_json_reads(line in damaged(), skim in any::<bool>()) {
        let plan = plan();
        let (record, skipped) = scanned(&plan, &line, skim);
        if let Some(skipped) = skipped {
            let mut by_serde = Record::new(&plan);
            prop_assert_eq!(by_serde.walk(&plan, &line, skim).ok(), Some(skipped), "{}", line);
            prop_assert_eq!(content(&record), content(&by_serde), "{}", line);
        }
    }

    /// A line is a record if it is one to serde_json, and the same is told of one that is none.
    #[test]
    fn what_is_no_record_is_told_as_serde_json_tells_it(line in damaged()) {
        let plan = plan();
        let told = Record::new(&plan).read(&plan, &line).map_err(|e| e.to_string());
        let by_serde = Record::new(&plan).walk(&plan, &line, false).map(|_| ()).map_err(|e| e.to_string());
        prop_assert_eq!(told, by_serde, "{}", line);
    }

    /// However a record is written, its fields are those it has as a whole: of a key that stands twice, the last counts.
    #[test]
    fn a_record_reads_as_it_does_whole(line in record()) {
        let plan = plan();
        let whole: Value = serde_json::from_str(&line).unwrap();
        let mut record = Record::new(&plan);
        prop_assert!(record.read(&plan, &line).is_ok());
        let relevant = whole["eventName"] == WANTED;
        prop_assert_eq!(plan.signals_of(&record.texts).count(), usize::from(relevant), "{}", line);
        prop_assert_eq!(record.time_ms, whole["timestamp"].as_i64(), "{}", line);
        for (slot, path) in TOP.iter().chain(&NESTED).enumerate() {
            // Nested fields of other records need not be read, nor is a time that is a whole number kept as text.
            if slot < TOP.len() && !(slot == TIME && record.time_ms.is_some()) || slot >= TOP.len() && relevant {
                let keys: Vec<&str> = path.split('.').collect();
                prop_assert_eq!(&record.texts[slot], &expected(&whole, &keys, *path == "extra"), "{} of {}", path, line);
            }
        }
    }
}

#[test]
fn what_the_product_writes_is_read_in_one_pass() {
    let detail = r#"{\"failStage\":\"flush\",\"message\":\"café\",\"deep\":{\"code\":503},\"list\":[1,{}]}"#;
    for line in [
        format!(
            r#"{{"id":"a","durationMs":1.5,"success":true,"eventName":"{WANTED}","detail":"{detail}","timestamp":5}}"#
        ),
        format!(r#"{{"eventName":"{WANTED}","success":true,"timestamp":5,"detail":{}}}"#, detail.replace('\\', "")),
        format!(r#" {{ "eventName" : "{WANTED}", "success": true, "timestamp": 5 , "detail":" {detail} "}} "#),
    ] {
        let (record, skipped) = scanned(&plan(), &line, true);
        assert_eq!(skipped, Some(false), "{line}");
        assert_eq!(record.texts[1..6], [WANTED, "true", "flush", "café", "503"], "{line}");
        assert_eq!(record.time_ms, Some(5));
    }
    let (record, skipped) = scanned(&plan(), r#"{"eventName":"another","detail":"\u00e9\n","success":null}"#, true);
    assert_eq!((skipped, record.texts[1].as_str()), (Some(true), "another"));
}

#[test]
fn the_end_of_plain_text_is_found_at_any_place() {
    for special in ['"', '\\', '\n', '\0', '\u{1f}'] {
        for length in 0..40 {
            for at in 0..length {
                let mut text = "é!\u{7f} ]".repeat(7).into_bytes();
                text.truncate(length);
                text[at] = special as u8;
                assert_eq!(plain_until(&text, 0), at, "{special:?} at {at} of {length}");
                assert_eq!(plain_until(&text, at + 1), length);
            }
        }
    }
}

#[test]
fn of_a_detail_that_is_cut_off_nothing_is_kept() {
    let plan = plan();
    let mut record = Record::new(&plan);
    let line = format!(r#"{{"eventName":"{WANTED}","success":1,"detail":"{{\"failStage\":\"flush\",\"mess"}}"#);
    assert!(record.read(&plan, &line).is_ok());
    assert!(record.unreadable_field);
    assert_eq!(record.texts[1..4], [WANTED, "1", ""]);
}
