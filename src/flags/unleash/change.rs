//! The last entry of Unleash's event log about a flag, in words: when, by whom, and what was changed.
//!
//! Unleash keeps `preData` and `data` with each event; a toggle has neither. The names of the events are those of its
//! `/api/admin/search/events`.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::config::Strategy;
use crate::text;

/// The longest line, in characters: titles are other people's, and can be of any length.
const LIMIT: usize = 100;

/// The longest title or name within it.
const NAME_LIMIT: usize = 48;

/// What the store says of the last change.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct LastChange {
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) by: Option<String>,
    pub(super) what: Option<String>,
}

/// One entry of the event log.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    created_at: DateTime<Utc>,
    created_by: Option<String>,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    pre_data: Value,
    #[serde(default)]
    data: Value,
}

impl Event {
    /// The same for people.
    pub(super) fn told(self, environment: &str) -> LastChange {
        let what = (!self.r#type.is_empty()).then(|| short(&text::clean(&self.what(environment)), LIMIT));
        LastChange { at: Some(self.created_at), by: self.created_by.map(|name| short(&text::clean(&name), 80)), what }
    }

    fn what(&self, environment: &str) -> String {
        let strategy = |data: &Value| serde_json::from_value::<Strategy>(data.clone()).ok();
        match (self.r#type.as_str(), strategy(&self.pre_data), strategy(&self.data)) {
            ("feature-environment-enabled", ..) => format!("{environment} switched on"),
            ("feature-environment-disabled", ..) => format!("{environment} switched off"),
            ("feature-strategy-add", _, Some(new)) => format!("strategy {} added{}", name(&new), share(&new)),
            ("feature-strategy-remove", Some(old), _) => format!("strategy {} removed{}", name(&old), share(&old)),
            ("feature-strategy-update", Some(old), Some(new)) => {
                format!("strategy {}: {}", name(&new), differences(&old, &new))
            }
            ("feature-archived", ..) => "archived".to_owned(),
            ("feature-revived", ..) => "revived from the archive".to_owned(),
            // `feature-import`, and whatever comes with later versions.
            (other, ..) => other.replace('-', " "),
        }
    }
}

/// The strategy's title, or its kind where it has none.
fn name(strategy: &Strategy) -> String {
    let label = strategy.label();
    short(if label == "flexibleRollout" { "default" } else { label }, NAME_LIMIT)
}

fn share(strategy: &Strategy) -> String {
    strategy.parameter("rollout").map(|rollout| format!(", {} %", short(rollout, 8))).unwrap_or_default()
}

fn differences(old: &Strategy, new: &Strategy) -> String {
    let mut parts = Vec::new();
    let rollout = |strategy: &Strategy| short(strategy.parameter("rollout").unwrap_or("none"), 8);
    if rollout(old) != rollout(new) {
        parts.push(format!("percentage {} \u{2192} {} %", rollout(old), rollout(new)));
    }
    if old.disabled != new.disabled {
        parts.push(if new.disabled { "disabled" } else { "enabled" }.to_owned());
    }
    if old.title != new.title {
        parts.push(format!("was called {}", name(old)));
    }
    let others = |strategy: &Strategy| {
        let mut parameters = strategy.parameters.clone();
        parameters.remove("rollout");
        parameters
    };
    for (what, changed) in [
        ("segments", old.segments != new.segments),
        ("constraints", old.constraints != new.constraints),
        ("variants", old.variants != new.variants),
        ("other parameters", others(old) != others(new)),
    ] {
        if changed {
            parts.push(format!("{what} changed"));
        }
    }
    if parts.is_empty() { "written again, unchanged".to_owned() } else { parts.join(", ") }
}

fn short(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit - 1).chain(['\u{2026}']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn what(kind: &str, old: Value, new: Value) -> String {
        let event = json!({"createdAt": "2026-03-01T11:12:00Z", "createdBy": "ann\u{1b}[31m", "type": kind,
            "preData": old, "data": new});
        let told = serde_json::from_value::<Event>(event).unwrap().told("production");
        assert_eq!(told.by.as_deref(), Some("ann[31m"));
        assert!(told.at.is_some());
        told.what.unwrap()
    }

    fn strategy(title: &str, rollout: &str) -> Value {
        json!({"id": "1", "name": "flexibleRollout", "title": title, "segments": [], "constraints": [],
            "parameters": {"rollout": rollout, "stickiness": "default", "groupId": "x"}})
    }

    #[test]
    fn each_change_is_one_short_line() {
        let none = Value::Null;
        let own = |rollout| strategy("gonogo: percentage", rollout);
        for (kind, old, new, line) in [
            ("feature-strategy-add", none.clone(), strategy("", "100"), "strategy default added, 100 %"),
            ("feature-strategy-add", none.clone(), json!({"id": "1", "name": "default"}), "strategy default added"),
            ("feature-environment-enabled", none.clone(), none.clone(), "production switched on"),
            ("feature-environment-disabled", none.clone(), none.clone(), "production switched off"),
            ("feature-strategy-update", own("5"), own("20"), "strategy gonogo: percentage: percentage 5 \u{2192} 20 %"),
            ("feature-strategy-update", own("5"), own("5"), "strategy gonogo: percentage: written again, unchanged"),
            ("feature-strategy-remove", strategy("hotfix", "50"), none.clone(), "strategy hotfix removed, 50 %"),
            ("feature-archived", none.clone(), none.clone(), "archived"),
            ("feature-strategy-add", none.clone(), none.clone(), "feature strategy add"),
            ("strategy-order-changed", none.clone(), none.clone(), "strategy order changed"),
        ] {
            assert_eq!(what(kind, old, new), line);
        }
        let mut new = own("5");
        new["segments"] = json!([7]);
        new["disabled"] = json!(true);
        let line = "strategy gonogo: percentage: disabled, segments changed";
        assert_eq!(what("feature-strategy-update", own("5"), new), line);
    }

    #[test]
    fn nothing_of_other_people_is_long_or_moves_the_cursor() {
        let long =
            what("feature-strategy-add", Value::Null, strategy(&"\u{1b}]0;x\u{7}\n".repeat(400), &"9".repeat(900)));
        assert!(long.chars().count() <= LIMIT && !long.chars().any(char::is_control), "{long}");
        let kind = what(&"k-".repeat(500), Value::Null, Value::Null);
        assert!(kind.chars().count() <= LIMIT, "{kind}");
    }

    #[test]
    fn an_event_without_a_kind_still_tells_when_and_who() {
        let event = json!({"createdAt": "2026-03-01T11:12:00Z", "createdBy": "ann"});
        let told = serde_json::from_value::<Event>(event).unwrap().told("production");
        assert_eq!((told.by.as_deref(), told.what), (Some("ann"), None));
    }
}
