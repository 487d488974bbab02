//! `status --json` and its schema hold each other: every real output is valid, and nothing in the schema is never there.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(include_str!("../assets/status.schema.json")).unwrap()
}

fn gonogo(arguments: &[&str]) -> (Value, i32) {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let status = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e} in {arguments:?}: {told}"));
    (status, output.status.code().unwrap())
}

fn valid(status: &Value) {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(status).map(|e| format!("{} at {}", e, e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Every property that the schema names, by its path.
fn declared(schema: &Value, path: &str, into: &mut BTreeSet<String>) {
    for branch in schema["oneOf"].as_array().into_iter().flatten() {
        declared(branch, path, into);
    }
    if schema["items"].is_object() {
        declared(&schema["items"], path, into);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{name}");
        declared(property, &path, into);
        into.insert(path);
    }
}

/// Every property that an output has, by its path; what is below a map of free names is left out.
fn present(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| present(item, path, into)),
        Value::Object(fields) if !path.ends_with("/evidence") && !path.ends_with("/by") => {
            for (name, field) in fields {
                let path = format!("{path}/{name}");
                present(field, &path, into);
                into.insert(path);
            }
        }
        _ => {}
    }
}

#[test]
fn real_outputs_are_valid_and_together_have_every_property() {
    let mut seen = BTreeSet::new();
    for scenario in ["healthy", "guardrail"] {
        let (status, code) = gonogo(&["demo", scenario, "--after", "3h", "--json"]);
        valid(&status);
        present(&status, "", &mut seen);
        let expected = match status["call"].as_str().unwrap() {
            "go" => [0, 0],
            "no-go" => [3, 3],
            _ => [4, 5],
        };
        assert!(expected.contains(&code), "{code} for {}", status["call"]);
    }
    let mut all = BTreeSet::new();
    declared(&schema(), "", &mut all);
    assert_eq!(all, seen);
}

#[test]
fn nothing_heard_is_valid_too_and_unknown() {
    let (status, code) = gonogo(&[
        "status",
        "--json",
        "--wait",
        "2s",
        "--telemetry",
        "prometheus+http://127.0.0.1:9",
        "--flags",
        "flagd:/nowhere/flags.json",
    ]);
    valid(&status);
    assert_eq!((status["call"].as_str(), code), (Some("hold"), 5));
    assert_eq!(status["flag"]["exposure"], Value::Null);
    for source in status["sources"].as_array().unwrap() {
        assert_eq!(source["state"], "failed");
        assert!(source["error"].is_string());
    }
    assert_eq!(status["actions"]["advance"]["allowed"], false);
    assert_eq!(status["actions"]["rollback"]["allowed"], true);
}

#[test]
fn the_schema_refuses_what_it_does_not_know() {
    let (mut status, _) = gonogo(&["status", "--json", "--wait", "1s", "--flags", "flagd:/nowhere/flags.json"]);
    valid(&status);
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (pointer, wrong) in [("/call", "maybe"), ("/observed_at", "today"), ("/schema", "other")] {
        let right = status.pointer_mut(pointer).unwrap().take();
        *status.pointer_mut(pointer).unwrap() = Value::from(wrong);
        assert!(!validator.is_valid(&status), "{pointer} = {wrong}");
        *status.pointer_mut(pointer).unwrap() = right;
    }
    status["stage"]["more"] = Value::from(1);
    assert!(!validator.is_valid(&status));
}
