//! A report of the automated gate, as its tool writes it. Pure.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::judge::QaRun;
use crate::{fingerprint::sha256, judge::QaCheck, text::clean};

/// More checks than this are no report: each becomes part of the log.
const MOST_CHECKS: usize = 1000;
/// Longest name in a report.
const LONGEST: usize = 500;
/// So much of a reader's message is told: it may quote what it read.
const TOLD: usize = 160;

/// The file's own fields. There are others, and there may be more of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    command: String,
    candidate_sha: String,
    #[serde(deserialize_with = "time")]
    started_at: DateTime<Utc>,
    #[serde(default, deserialize_with = "maybe_time")]
    completed_at: Option<DateTime<Utc>>,
    dry_run: bool,
    checks_run: Option<u64>,
    passed: Option<u64>,
    failed: Option<u64>,
    skipped: Option<u64>,
    all_passed: bool,
    checks: Vec<WrittenCheck>,
}

#[derive(Deserialize)]
struct WrittenCheck {
    id: String,
    status: String,
}

/// The report in `bytes`. Totals that are not those of its checks are kept: a report that contradicts itself is no
/// proof of anything.
///
/// # Errors
/// In words, what of it cannot be read: no JSON, another type than expected, a time that is not RFC 3339.
pub fn read_qa_report(bytes: &[u8]) -> Result<QaRun, String> {
    match bytes.trim_ascii_start().first() {
        None => return Err("it is empty".to_owned()),
        Some(b'{') => {}
        Some(_) => return Err("it is not a JSON object".to_owned()),
    }
    let written: Written = serde_json::from_slice(bytes).map_err(|error| told(&error.to_string()))?;
    let Written { command, candidate_sha, started_at, completed_at, dry_run, all_passed, checks, .. } = &written;
    if checks.len() > MOST_CHECKS {
        return Err(format!("it has {} checks, at most {MOST_CHECKS} are read", checks.len()));
    }
    let names = [("command", command), ("candidateSha", candidate_sha)].into_iter();
    let names = names.chain(checks.iter().flat_map(|check| [("checks[].id", &check.id), ("status", &check.status)]));
    for (field, name) in names {
        // What is cleaned could read as the name of another check, so it is refused.
        if name.len() > LONGEST || clean(name) != *name {
            return Err(format!("its {field} is longer than {LONGEST} characters or has control characters in it"));
        }
    }
    let odd = written.contradictions();
    Ok(QaRun {
        command: command.clone(),
        candidate: candidate_sha.clone(),
        started_at: *started_at,
        completed_at: *completed_at,
        dry_run: *dry_run,
        all_passed: *all_passed,
        digest: sha256(bytes),
        ran: None,
        odd,
        checks: written.checks.into_iter().map(|WrittenCheck { id, status }| QaCheck { id, status }).collect(),
    })
}

impl Written {
    fn contradictions(&self) -> Vec<String> {
        let listed = |of: fn(&str) -> bool| self.checks.iter().filter(|check| of(&check.status)).count() as u64;
        // Whether the tool counts the skipped ones among those that ran is its own affair: either is no contradiction.
        let ran = [listed(|status| status != "skipped"), listed(|_| true)];
        let each = [
            ("passed", self.passed, [listed(|status| status == "pass"); 2]),
            ("failed", self.failed, [listed(|status| status == "fail"); 2]),
            ("skipped", self.skipped, [listed(|status| status == "skipped"); 2]),
            ("checks run", self.checks_run, ran),
        ];
        let odd = each.into_iter().filter_map(|(what, said, listed)| {
            let said = said.filter(|said| !listed.contains(said))?;
            Some(format!("it counts {said} {what} and lists {}", listed[0]))
        });
        odd.collect()
    }
}

fn told(message: &str) -> String {
    let message = clean(message);
    if message.chars().count() <= TOLD {
        return message;
    }
    // Where it was comes last, and is what helps.
    let place = message.rfind(" at line ").map_or("", |at| &message[at..]);
    format!("{}...{place}", message.chars().take(TOLD).collect::<String>())
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parsed = DateTime::parse_from_rfc3339(&text);
    parsed.map(|at| at.to_utc()).map_err(|_| D::Error::custom(format!("{text:?} is no time as in RFC 3339")))
}

fn maybe_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    #[derive(Deserialize)]
    struct Time(#[serde(deserialize_with = "time")] DateTime<Utc>);
    Ok(Option::<Time>::deserialize(deserializer)?.map(|time| time.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn report() -> Value {
        json!({
            "command": "pnpm qaVfsSecureUpload",
            "candidateSha": "018e611abc1234567890abcdef1234567890abcd",
            "startedAt": "2026-03-01T10:00:00.000Z",
            "completedAt": "2026-03-01T11:06:12.500+01:00",
            "dryRun": false,
            "checksRun": 1,
            "passed": 1,
            "failed": 0,
            "skipped": 0,
            "allPassed": true,
            "checks": [{
                "id": "vfs-guardrail", "description": "Guardrails", "command": "pnpm", "args": ["test"],
                "status": "pass", "durationMs": 1200
            }],
        })
    }

    fn read(report: &Value) -> Result<QaRun, String> {
        read_qa_report(report.to_string().as_bytes())
    }

    #[test]
    fn a_report_is_read_as_the_tool_writes_it() {
        let read = read(&report()).unwrap();
        assert_eq!(read.completed_at.unwrap().to_rfc3339(), "2026-03-01T10:06:12.500+00:00");
        assert_eq!(read.checks, [QaCheck { id: "vfs-guardrail".to_owned(), status: "pass".to_owned() }]);
        assert_eq!(read.digest, sha256(report().to_string()));
        assert!(read.odd.is_empty());
    }

    #[test]
    fn a_run_that_was_cut_off_has_no_end_and_totals_that_contradict_its_checks_are_kept() {
        for cut in [json!(null), json!("absent")] {
            let mut report = report();
            report["completedAt"] = cut.clone();
            if cut != Value::Null {
                report.as_object_mut().unwrap().remove("completedAt");
            }
            report["passed"] = json!(4);
            let read = read(&report).unwrap();
            assert_eq!(read.completed_at, None);
            assert_eq!(read.odd, ["it counts 4 passed and lists 1"]);
        }
    }

    #[test]
    fn another_type_than_expected_is_refused_with_a_reason() {
        for (field, value, why) in [
            ("command", json!(3), "invalid type: integer `3`, expected a string"),
            ("candidateSha", json!(null), "invalid type: null, expected a string"),
            ("startedAt", json!("yesterday"), "\"yesterday\" is no time as in RFC 3339"),
            ("startedAt", json!("2026-03-01"), "is no time"),
            ("completedAt", json!(1_760_000_000), "invalid type: integer"),
            ("dryRun", json!("no"), "expected a boolean"),
            ("allPassed", json!(1), "expected a boolean"),
            ("passed", json!("4"), "expected u64"),
            ("failed", json!(-1), "expected u64"),
            ("checks", json!({}), "expected a sequence"),
            ("checks", json!([{"id": "x"}]), "missing field `status`"),
            ("checks", json!([{"id": "x", "status": true}]), "expected a string"),
            ("checks", json!([{"id": "vfs-\u{200b}guardrail", "status": "pass"}]), "control characters"),
            ("command", json!("x".repeat(501)), "longer than 500 characters"),
        ] {
            let mut report = report();
            report[field] = value;
            let told = read(&report).unwrap_err();
            assert!(told.contains(why), "{field}: {told}");
        }
        for field in ["command", "candidateSha", "startedAt", "dryRun", "allPassed", "checks"] {
            let mut report = report();
            report.as_object_mut().unwrap().remove(field);
            assert!(read(&report).unwrap_err().starts_with("missing field"), "{field}");
        }
        let mut long = report();
        long["dryRun"] = json!("\u{1b}[31m".repeat(10_000));
        let told = read(&long).unwrap_err();
        assert!(told.len() < 300 && !told.contains('\u{1b}') && told.contains("... at line 1"), "{told}");
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..600) {
            prop_assert!(read_qa_report(&bytes).is_err());
            let whole = report().to_string();
            let part = &whole.as_bytes()[..cut.min(whole.len() - 1)];
            prop_assert!(read_qa_report(part).is_err());
        }
    }
}
