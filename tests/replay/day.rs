//! A day of which every minute is known: healthy, then a drop, then a guardrail violation; as counters and as events.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    binary::{Home, Ran, run},
    past,
    prometheus::Known,
};

/// Seconds between two samples; none of them falls on a whole minute.
const STEP: i64 = 15;
const OFFSET: i64 = 5;

/// Minutes after the canary was entered.
pub const DROP: i64 = 100;
pub const VIOLATION: i64 = 130;
pub const LENGTH: i64 = 150;

/// The signature of the violation.
pub const VIOLATED: &str = "reconcile:reconcileCursorRegression";

/// The day, told from when the canary was entered.
#[derive(Clone, Copy)]
pub struct Day {
    pub entered: DateTime<Utc>,
}

impl Day {
    /// One that ended with the last whole minute.
    pub fn ended_now() -> Self {
        let now = Utc::now().timestamp();
        let end = DateTime::from_timestamp(now - now.rem_euclid(60), 0).expect("an instant");
        Self { entered: end - TimeDelta::minutes(LENGTH) }
    }

    pub fn minute(&self, n: i64) -> DateTime<Utc> {
        self.entered + TimeDelta::minutes(n)
    }

    /// As gonogo takes it on the command line.
    pub fn time(&self, n: i64) -> String {
        rfc3339(self.minute(n))
    }

    /// The counters in `from..to`, minutes: thirty uploads with each sample.
    pub fn counters(&self, from: i64, to: i64) -> Vec<Known> {
        let counter = |metric: &'static str, labels: &str, born: i64, each: u64, at_once: bool| {
            let zero = self.minute(born).timestamp() + OFFSET;
            let value = |at: i64| if at_once { each } else { each * ((at - zero) / STEP + 1) as u64 };
            let (begin, end) = (self.minute(from.max(born)).timestamp(), self.minute(to).timestamp());
            let times = (begin + OFFSET..end).step_by(STEP as usize);
            let samples: Vec<(i64, f64)> = times.map(|at| (at * 1000, value(at) as f64)).collect();
            Known { metric, labels: format!("environment=\"production\",{labels}"), samples }
        };
        let healthy = counter("vfs_secure_upload_total", "success=\"true\",pod=\"a\"", -30, 30, false);
        // From the drop on the same number fails.
        let stop = (self.minute(DROP).timestamp() * 1000, 30.0 * ((DROP + 30) * 60 / STEP) as f64);
        let succeeded = healthy.samples.iter().map(|&(at, value)| (at, if at > stop.0 { stop.1 } else { value }));
        let all = vec![
            Known { samples: succeeded.collect(), ..healthy },
            counter("vfs_secure_upload_total", "success=\"false\",fail_stage=\"flush\",pod=\"a\"", DROP, 30, false),
            counter("vfs_upload_total", "path=\"secure\",secure_flag=\"on\"", -30, 30, false),
            counter("vfs_blob_flush_operation_total", "operation_kind=\"attach\",success=\"true\"", -30, 30, false),
            counter(
                "vfs_sync_guardrail_violation_total",
                "stage=\"reconcile\",code=\"reconcileCursorRegression\"",
                VIOLATION,
                2,
                true,
            ),
        ];
        all.into_iter().filter(|known| !known.samples.is_empty()).collect()
    }

    /// The same as event records: two uploads a second.
    pub fn events(&self) -> String {
        let mut text = String::new();
        let mut line = |event: Value| writeln!(text, "{event}").expect("written");
        for second in -30 * 60..LENGTH * 60 {
            let at = (self.entered + TimeDelta::seconds(second)).timestamp_millis();
            let ok = second < DROP * 60;
            for half in [100, 600] {
                let detail = match ok {
                    true => json!({}),
                    false => json!({ "failStage": "flush", "message": "Secure upload failed (flush)" }),
                };
                line(json!({
                    "eventName": "vfs_secure_upload", "success": ok, "timestamp": at + half, "detail": detail,
                }));
            }
            let detail = json!({ "path": "secure", "secureFlag": "on" });
            line(json!({ "eventName": "api_post_vfs_register", "timestamp": at + 300, "detail": detail }));
            let detail = json!({ "operationKind": "attach" });
            line(json!({
                "eventName": "vfs_blob_flush_operation", "success": true, "timestamp": at + 400, "detail": detail,
            }));
            // As in the product, this record has no time: it has that of the one before it.
            if second == VIOLATION * 60 + 20 {
                line(json!({
                    "metricName": "vfs_sync_guardrail_violation_total", "value": 2,
                    "tags": { "stage": "reconcile", "code": "reconcileCursorRegression" },
                }));
            }
        }
        text
    }

    /// Has the audit log say that the canary was entered then, from a dark launch twenty minutes before.
    pub async fn logged(&self, home: &Home) {
        past::entered(&home.data(), &[("dark-launch", self.minute(-20)), ("internal-canary", self.entered)]).await;
    }
}

pub fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Runs gonogo on this telemetry, with the runbook of the tests.
pub async fn gonogo(home: &Home, telemetry: &str, arguments: &[&str]) -> Ran {
    let mut command = home.command(arguments);
    command.args(["--telemetry", telemetry, "--runbook", past::RUNBOOK]);
    run(command).await
}

/// What turned, as `minute what key from to`, minutes after the canary was entered.
pub fn turns(day: &Day, replay: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let turn = |change: &Value| {
        let at: DateTime<Utc> = change["at"].as_str().expect("a time").parse().expect("a time");
        let minute = (at - day.entered).num_minutes();
        let what = [&change["what"], &change["key"], &change["from"], &change["to"]].map(word);
        format!("{minute} {}", what.join(" "))
    };
    replay["changes"].as_array().expect("changes").iter().map(turn).collect()
}
