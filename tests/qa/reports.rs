//! Reports as the product's own tool writes them, and each way in which one must not be green.

use chrono::{DateTime, Utc};
use gonogo::{
    judge::{KeptFile, QaRan, QaReport, Tree, Verdict, qa_standing},
    qa::read_qa_report,
    runbook::{QaGate, built_in},
};
use proptest::prelude::*;
use serde_json::{Value, json};

const SHA: &str = "018e611abc1234567890abcdef1234567890abcd";
const IDS: [&str; 4] = ["api-rekey-crdt", "api-client-crypto", "client-secure-upload", "vfs-guardrail"];

fn gate() -> QaGate {
    built_in().qa.clone().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn green() -> Value {
    let check = |id: &&str| {
        json!({"id": id, "description": "as described", "command": "pnpm", "args": ["exec", "vitest"],
            "status": "pass", "durationMs": 12_300})
    };
    json!({
        "command": "pnpm qaVfsSecureUploadEvidence",
        "candidateSha": SHA,
        "startedAt": "2026-03-01T11:00:00.000Z",
        "completedAt": "2026-03-01T11:06:12.000Z",
        "dryRun": false,
        "checksRun": 4, "passed": 4, "failed": 0, "skipped": 0,
        "allPassed": true,
        "checks": IDS.iter().map(check).collect::<Vec<_>>(),
    })
}

fn ran() -> QaRan {
    let kept = |path: &str| KeptFile { path: path.into(), bytes: 1, digest: "0".repeat(64), cut: false };
    QaRan {
        exit: Some(0),
        killed: None,
        duration_ms: 372_000,
        head: Some(SHA.into()),
        tree: Tree::Clean,
        output: Some(kept("evidence/qa/o")),
        report: Some(kept("evidence/qa/r")),
    }
}

/// What is missing of a report; none where it cannot even be read.
fn judged(report: &Value, ran: Option<QaRan>) -> Option<(Verdict, Vec<String>)> {
    let mut run = read_qa_report(report.to_string().as_bytes()).ok()?;
    run.ran = ran;
    let reports = [QaReport { at: at("2026-03-01T11:07:00Z"), operator: "ann".into(), run }];
    let standing = qa_standing(&gate(), &reports, SHA, None, at("2026-03-01T12:00:00Z"));
    assert_eq!(standing.green(), standing.missing.is_empty(), "{:?}", standing.missing);
    Some((standing.verdict, standing.missing))
}

fn is_green(report: &Value, ran: Option<QaRan>) -> bool {
    judged(report, ran).is_some_and(|(verdict, _)| verdict == Verdict::Pass)
}

fn without(mut report: Value, field: &str) -> Value {
    report.as_object_mut().unwrap().remove(field);
    report
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut report = green();
    for (pointer, value) in changes {
        match report.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => report[&pointer[1..]] = value.clone(),
        }
    }
    report
}

fn checks(statuses: &[(&str, &str)]) -> Value {
    let count = |status: &str| statuses.iter().filter(|(_, s)| *s == status).count();
    let listed: Vec<Value> = statuses.iter().map(|(id, status)| json!({"id": id, "status": status})).collect();
    with(&[
        ("/checks", listed.into()),
        ("/passed", count("pass").into()),
        ("/failed", count("fail").into()),
        ("/skipped", count("skipped").into()),
        ("/checksRun", (statuses.len() - count("skipped")).into()),
        ("/allPassed", (count("fail") == 0).into()),
    ])
}

fn all_but_last<'a>(last: &[(&'a str, &'a str)]) -> Value {
    let mut statuses = vec![(IDS[0], "pass"), (IDS[1], "pass"), (IDS[2], "pass")];
    statuses.extend(last);
    checks(&statuses)
}

#[test]
fn what_really_ran_and_really_passed_is_green() {
    let upper = SHA.to_ascii_uppercase();
    for (what, report) in [
        ("as the tool writes it with a report", green()),
        ("by the command's own name", with(&[("/command", json!("pnpm qaVfsSecureUpload"))])),
        ("with other blanks in the command", with(&[("/command", json!(" pnpm  qaVfsSecureUpload "))])),
        ("by the older name of a check", all_but_last(&[("vfs-sync-guardrail", "pass")])),
        ("with a check that nobody asked for", all_but_last(&[(IDS[3], "pass"), ("new-check", "pass")])),
        ("with one more that was left out", all_but_last(&[(IDS[3], "pass"), ("new-check", "skipped")])),
        ("a check that passed twice", all_but_last(&[(IDS[3], "pass"), (IDS[3], "pass")])),
        ("a SHA in capitals", with(&[("/candidateSha", json!(upper))])),
        ("a SHA of twelve digits", with(&[("/candidateSha", json!(&SHA[..12]))])),
        ("a time in another zone", with(&[("/completedAt", json!("2026-03-01T12:06:12+01:00"))])),
        ("fields that nobody knows", with(&[("/node", json!("24.1.0"))])),
        ("without totals", without(without(without(green(), "checksRun"), "passed"), "failed")),
    ] {
        assert_eq!(judged(&report, None), Some((Verdict::Pass, vec![])), "imported, {what}");
        assert_eq!(judged(&report, Some(ran())), Some((Verdict::Pass, vec![])), "{what}");
    }
}

#[test]
fn whatever_did_not_run_or_did_not_pass_is_not_green() {
    let p = |pointer: &'static str, value: Value| with(&[(pointer, value)]);
    let rows: Vec<(&str, Value, &str)> = vec![
        ("a dry run", with(&[("/dryRun", json!(true))]), "dry run"),
        (
            "a dry run as the tool writes it",
            {
                let mut report = checks(&IDS.map(|id| (id, "skipped")));
                report["dryRun"] = json!(true);
                report
            },
            "dry run",
        ),
        ("stopped at the first failing one", checks(&[(IDS[0], "pass"), (IDS[1], "fail")]), "api-client-crypto failed"),
        (
            "went on after a failing one",
            checks(&[(IDS[0], "fail"), (IDS[1], "pass"), (IDS[2], "pass"), (IDS[3], "pass")]),
            "api-rekey-crdt failed",
        ),
        ("a failure that the totals hide", p("/checks/2/status", json!("fail")), "client-secure-upload failed"),
        ("one left out", all_but_last(&[(IDS[3], "skipped")]), "vfs-guardrail was skipped"),
        ("one missing", all_but_last(&[]), "vfs-guardrail is not in it"),
        ("none at all", checks(&[]), "is not in it"),
        ("all left out", checks(&IDS.map(|id| (id, "skipped"))), "skipped"),
        ("passed and failed", all_but_last(&[(IDS[3], "pass"), (IDS[3], "fail")]), "vfs-guardrail failed"),
        ("failed and passed", all_but_last(&[(IDS[3], "fail"), (IDS[3], "pass")]), "vfs-guardrail failed"),
        ("passed and left out", all_but_last(&[(IDS[3], "pass"), (IDS[3], "skipped")]), "several results"),
        (
            "failed by its older name",
            all_but_last(&[(IDS[3], "pass"), ("vfs-sync-guardrail", "fail")]),
            "vfs-guardrail failed",
        ),
        (
            "left out by its older name",
            all_but_last(&[(IDS[3], "pass"), ("vfs-sync-guardrail", "skipped")]),
            "several results",
        ),
        ("one more that failed", all_but_last(&[(IDS[3], "pass"), ("new-check", "fail")]), "new-check failed"),
        ("one more that FAILED", all_but_last(&[(IDS[3], "pass"), ("new-check", " FAIL ")]), "new-check failed"),
        ("one more with another word", all_but_last(&[(IDS[3], "pass"), ("new-check", "timeout")]), "new-check"),
        ("PASS", p("/checks/0/status", json!("PASS")), "not pass"),
        ("a blank after pass", p("/checks/0/status", json!("pass ")), "not pass"),
        ("passed", p("/checks/0/status", json!("passed")), "not pass"),
        ("an empty status", p("/checks/0/status", json!("")), "not pass"),
        ("Fail", p("/checks/0/status", json!("Fail")), "failed"),
        ("an id in capitals", p("/checks/0/id", json!("API-REKEY-CRDT")), "is not in it"),
        ("an id with a blank", p("/checks/0/id", json!("api-rekey-crdt ")), "is not in it"),
        ("an id like another's", p("/checks/0/id", json!("api-rekey-crdt-2")), "is not in it"),
        ("the other suite", p("/command", json!("pnpm qaVfsSecureUploadTestSuite")), "runbook asks for"),
        ("its report", p("/command", json!("pnpm qaVfsSecureUploadTestEvidence")), "runbook asks for"),
        ("another command", p("/command", json!("npm qaVfsSecureUpload")), "runbook asks for"),
        ("a part of it", p("/command", json!("pnpm qaVfsSecureUpload --only vfs-guardrail")), "runbook asks for"),
        ("no command", p("/command", json!("")), "runbook asks for"),
        ("allPassed is false", p("/allPassed", json!(false)), "not everything passed"),
        ("passed 0", p("/passed", json!(0)), "it counts 0 passed"),
        ("passed 5", p("/passed", json!(5)), "it counts 5 passed"),
        ("failed 1", p("/failed", json!(1)), "it counts 1 failed"),
        ("skipped 1", p("/skipped", json!(1)), "it counts 1 skipped"),
        ("checksRun 0", p("/checksRun", json!(0)), "it counts 0 checks run"),
        ("checksRun 3", p("/checksRun", json!(3)), "it counts 3 checks run"),
        ("no commit", p("/candidateSha", json!("unknown")), "does not say on which commit"),
        ("UNKNOWN", p("/candidateSha", json!(" Unknown ")), "does not say on which commit"),
        ("an empty commit", p("/candidateSha", json!("")), "does not say on which commit"),
        ("another commit", p("/candidateSha", json!("f".repeat(40))), "the candidate is 018e611abc12"),
        ("a commit of seven digits", p("/candidateSha", json!(&SHA[..7])), "the latest report is on"),
        ("a commit of eleven digits", p("/candidateSha", json!(&SHA[..11])), "the latest report is on"),
        ("a digit too many", p("/candidateSha", json!(format!("{SHA}0"))), "the latest report is on"),
        ("a branch", p("/candidateSha", json!("main")), "the latest report is on main"),
        ("HEAD", p("/candidateSha", json!("HEAD")), "the latest report is on HEAD"),
        ("ended before it began", p("/completedAt", json!("2026-03-01T10:59:59Z")), "began after it ended"),
        ("ended in the future", p("/completedAt", json!("2026-03-01T13:00:00Z")), "after it was recorded"),
        ("ended after it was recorded", p("/completedAt", json!("2026-03-01T11:30:00Z")), "after it was recorded"),
        ("did not end", p("/completedAt", Value::Null), "not completed"),
        ("says nothing of an end", without(green(), "completedAt"), "not completed"),
        (
            "too old",
            with(&[("/startedAt", json!("2026-02-28T11:00:00Z")), ("/completedAt", json!("2026-02-28T11:59:59Z"))]),
            "at most",
        ),
    ];
    assert!(rows.len() >= 40);
    for (what, report, why) in rows {
        for ran in [None, Some(ran())] {
            let (verdict, missing) = judged(&report, ran).unwrap_or_else(|| panic!("{what} cannot be read"));
            assert_ne!(verdict, Verdict::Pass, "{what}");
            assert!(missing.iter().any(|missing| missing.contains(why)), "{what}: {missing:?}");
        }
    }
}

#[test]
fn what_is_no_report_is_none() {
    for (what, report) in [
        ("a commit that is a number", with(&[("/candidateSha", json!(18))])),
        ("no checks", without(green(), "checks")),
        ("no dryRun", without(green(), "dryRun")),
        ("no start", without(green(), "startedAt")),
        ("a status that is true", with(&[("/checks/0/status", json!(true))])),
        ("a status that is null", with(&[("/checks/0/status", Value::Null)])),
        ("an invisible character", with(&[("/checks/0/id", json!("api-rekey-\u{200b}crdt"))])),
        ("a day for a time", with(&[("/completedAt", json!("2026-03-01"))])),
        ("a list", json!([green()])),
    ] {
        assert_eq!(judged(&report, None), None, "{what}");
    }
}

#[test]
fn how_it_was_run_counts() {
    let other = "f".repeat(40);
    let dirty = Tree::Dirty { files: vec!["src/upload.ts".into()], count: 3 };
    let unknown = Tree::Unknown { why: "git says: no".into() };
    for (why, ran) in [
        ("ended with exit code 1", QaRan { exit: Some(1), ..ran() }),
        ("a signal ended the command", QaRan { exit: None, ..ran() }),
        (
            "was killed: it took longer than 45m",
            QaRan { exit: None, killed: Some("it took longer than 45m".into()), ..ran() },
        ),
        ("was killed", QaRan { killed: Some("by hand".into()), ..ran() }),
        ("3 files differ, such as src/upload.ts", QaRan { tree: dirty, ..ran() }),
        ("not known: git says: no", QaRan { tree: unknown, ..ran() }),
        ("ffffffffffff was checked out", QaRan { head: Some(other), ..ran() }),
        ("which commit was checked out is not known", QaRan { head: None, ..ran() }),
        ("left no report", QaRan { report: None, ..ran() }),
    ] {
        let (verdict, missing) = judged(&green(), Some(ran)).unwrap();
        assert_ne!(verdict, Verdict::Pass, "{why}");
        assert!(missing.iter().any(|missing| missing.contains(why)), "{why}: {missing:?}");
    }
}

#[test]
fn of_an_imported_report_it_is_remarked_that_nothing_is_known_of_the_tree() {
    for (ran, remark) in [(None, Some("imported: nothing is known of the tree")), (Some(ran()), None)] {
        let mut run = read_qa_report(green().to_string().as_bytes()).unwrap();
        run.ran = ran;
        let reports = [QaReport { at: at("2026-03-01T11:07:00Z"), operator: "ann".into(), run }];
        let standing = qa_standing(&gate(), &reports, SHA, None, at("2026-03-01T12:00:00Z"));
        assert!(standing.green());
        assert_eq!(standing.remark, remark);
    }
}

/// A field, and a value that is not the true one.
fn untrue() -> impl Strategy<Value = (String, Value)> {
    let field =
        |name: &'static str, values: BoxedStrategy<Value>| values.prop_map(move |value| (name.to_owned(), value));
    let total = (0_u64..50).prop_map(Value::from);
    let later = (200_i64..1_000_000)
        .prop_map(|s| json!((at("2026-03-01T11:07:00Z") + chrono::TimeDelta::seconds(s)).to_rfc3339()));
    let earlier = (1_i64..1_000_000)
        .prop_map(|s| json!((at("2026-03-01T11:00:00Z") - chrono::TimeDelta::seconds(s)).to_rfc3339()));
    let words = "[ -~]{0,20}".prop_map(Value::from);
    let sha = "[0-9a-f]{0,64}".prop_map(Value::from);
    prop_oneof![
        field("/passed", total.clone().prop_filter("untrue", |v| *v != json!(4)).boxed()),
        field("/failed", total.clone().prop_filter("untrue", |v| *v != json!(0)).boxed()),
        field("/skipped", total.clone().prop_filter("untrue", |v| *v != json!(0)).boxed()),
        field("/checksRun", total.prop_filter("untrue", |v| *v != json!(4)).boxed()),
        field("/allPassed", Just(json!(false)).boxed()),
        field("/dryRun", Just(json!(true)).boxed()),
        field("/completedAt", prop_oneof![later, earlier, Just(Value::Null)].boxed()),
        field("/command", words.clone().boxed()),
        field(
            "/candidateSha",
            prop_oneof![words.clone(), sha]
                .prop_filter("untrue", |v| {
                    let named = v.as_str().unwrap_or_default().trim().to_lowercase();
                    !(named.len() >= 12 && SHA.starts_with(&named))
                })
                .boxed()
        ),
        (0_usize..4, any::<bool>(), words).prop_filter_map("untrue", |(n, id, value)| {
            let (name, truth) = if id { ("id", IDS[n]) } else { ("status", "pass") };
            let older = n == 3 && value == json!("vfs-sync-guardrail");
            (value != json!(truth) && !older).then(|| (format!("/checks/{n}/{name}"), value))
        }),
    ]
}

proptest! {
    #[test]
    fn no_single_untruth_is_green((pointer, value) in untrue(), imported in any::<bool>()) {
        let mut report = green();
        *report.pointer_mut(&pointer).unwrap() = value.clone();
        let ran = (!imported).then(ran);
        prop_assert!(!is_green(&report, ran), "{pointer} = {value}");
    }
}
