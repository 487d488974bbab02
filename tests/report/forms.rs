//! The JSON and its schema, and what a report tells of a period.

use gonogo::report::release::REPORT_SCHEMA;
use serde_json::Value;

use crate::story::{Story, at, everything};

fn told(story: &Story) -> Value {
    story.report(|report| serde_json::to_value(report).unwrap())
}

fn valid(report: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../../assets/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(report).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn every_report_is_valid() {
    for story in [Story::default(), Story::opened(), everything("words"), everything("<b>|@x")] {
        let report = told(&story);
        valid(&report);
        assert_eq!(report["schema"], REPORT_SCHEMA);
    }
}

#[test]
fn the_schema_refuses_what_is_not_in_it() {
    let mut report = told(&Story::opened());
    report["surprise"] = Value::Null;
    let schema: Value = serde_json::from_str(include_str!("../../assets/report.schema.json")).unwrap();
    assert!(!jsonschema::is_valid(&schema, &report));
}

#[test]
fn a_field_of_the_block_is_filled_or_says_why_not() {
    let report = told(&Story::opened());
    for field in report["sign_off"].as_array().unwrap() {
        assert!(field["value"].is_string() ^ field["open"].is_string(), "{field}");
    }
    assert!(report["sign_off"].as_array().unwrap().iter().any(|field| field["open"].is_string()));
}

#[test]
fn a_period_has_the_lines_of_its_ends_and_no_others() {
    let mut story = Story::opened();
    for second in [10, 20, 30, 40] {
        story.note(second, "ann", &format!("note {second}"));
    }
    let lines = story.report_of(Some(at(20)), Some(at(30)), |report| serde_json::to_value(report).unwrap());
    let texts: Vec<&str> =
        lines["timeline"].as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["note 20", "note 30"]);
    assert_eq!((&lines["audit"]["lines"], &lines["audit"]["told"]), (&Value::from(5), &Value::from(2)));
    assert_eq!(lines["period"]["from"], serde_json::to_value(at(20)).unwrap());
}

#[test]
fn a_signature_for_another_candidate_does_not_stand() {
    let report = told(&everything("words"));
    assert_eq!(report["signatures"][0]["stands"], false);
}

#[test]
fn hard_stops_tell_how_they_were_resolved_and_which_stand() {
    let report = told(&everything("words"));
    let stops = report["guardrails"]["hard_stops"].as_array().unwrap();
    let of = |signature: &str| stops.iter().find(|stop| stop["signature"] == signature).unwrap();
    assert_eq!(of("words")["stands"], false);
    assert_eq!(of("words")["resolutions"][0]["evidence"], "words");
    assert_eq!(of("pull:pullCursorRegression")["stands"], true);
}
