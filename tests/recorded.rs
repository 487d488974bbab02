//! The gates that read what people and tools recorded: what counts as green, done, attested and signed, and every way
//! in which it does not.

#[path = "support/scene.rs"]
mod scene;

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    judge::{
        Assessment, Attestation, Basis, Call, CheckOutcome, CheckResult, GateAssessment, QaReport, SignOff, Verdict,
        qa_standing,
    },
    runbook::Check,
};
use proptest::prelude::*;
use scene::*;
use serde_json::{Value, json};

const SHA: &str = "018e611abc1234567890abcdef1234567890abcd";
const OTHER: &str = "77aa00bbccddeeff00112233445566778899aabb";
const IDS: [&str; 4] = ["api-rekey-crdt", "api-client-crypto", "client-secure-upload", "vfs-guardrail"];

/// A report as the product's tool writes it: all green, ended an hour ago.
fn written() -> Value {
    let checks = IDS.map(|id| {
        json!({"id": id, "description": id, "command": "pnpm", "args": ["test", id], "status": "pass", "durationMs": 900})
    });
    json!({
        "command": "make qa", "candidateSha": SHA,
        "startedAt": ago(66).to_rfc3339(), "completedAt": ago(60).to_rfc3339(),
        "dryRun": false, "checksRun": 4, "passed": 4, "failed": 0, "skipped": 0, "allPassed": true,
        "checks": checks,
    })
}

/// The same, changed, with the totals of what it lists then.
fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut report = written();
    change(&mut report);
    let checks = report["checks"].as_array().cloned().unwrap_or_default();
    for (total, status) in [("passed", "pass"), ("failed", "fail"), ("skipped", "skipped")] {
        report[total] = json!(checks.iter().filter(|check| check["status"] == status).count());
    }
    report["checksRun"] = json!(checks.len());
    report
}

/// That report, as it is in the history when it was recorded at this instant.
fn recorded(report: &Value, at: DateTime<Utc>) -> QaReport {
    let run = gonogo::qa::read_qa_report(report.to_string().as_bytes()).expect("a report");
    QaReport { at, operator: "ann".to_owned(), run }
}

/// In `dark`, which asks for a green run, with these reports, the last of them recorded two minutes ago.
fn dark(reports: &[Value]) -> Scene {
    let mut scene = Scene::healthy();
    scene.enter("dark", 300);
    scene.candidate = Some(SHA.to_owned());
    let first = 1 + i64::try_from(reports.len()).expect("a few");
    scene.history.qa_reports = reports.iter().zip(0..).map(|(report, n)| recorded(report, ago(first - n))).collect();
    scene
}

fn qa(scene: &Scene) -> (Verdict, String) {
    let a = scene.judge();
    finite(&a);
    let gate = gate_of(&a, "qa");
    (gate.verdict, gate.reason.clone())
}

fn finite(a: &Assessment) {
    for gate in &a.gates {
        assert!(gate.evidence.values().all(|value| value.is_finite()), "{}: {:?}", gate.key, gate.evidence);
    }
}

#[track_caller]
fn says(name: &str, (verdict, reason): (Verdict, String), want: Verdict, told: &str) {
    assert_eq!(verdict, want, "{name}: {reason}");
    assert!(reason.contains(told), "{name}: {told:?} is not in: {reason}");
}

// ---- the automated gate --------------------------------------------------------------------------------------------

#[test]
fn a_green_run_on_the_candidate_passes_and_says_on_what() {
    let scene = dark(&[written()]);
    let a = scene.judge();
    let gate = gate_of(&a, "qa");
    assert_eq!(gate.verdict, Verdict::Pass, "{}", gate.reason);
    assert_eq!(
        gate.reason,
        "4 checks passed on 018e611abc12, in the run that ended 2026-03-01 11:00 UTC (imported: nothing is known of the tree)"
    );
    assert_eq!((gate.brief.as_str(), gate.age), ("4 of 4", Some(TimeDelta::hours(1))));
    for (key, want) in [("checks_passed", 4.0), ("checks_needed", 4.0), ("age_s", 3600.0), ("max_age_s", 86_400.0)] {
        assert_eq!(gate.evidence[key], want, "{key}");
    }
    // Written in another case, spaced otherwise, with a check that the runbook does not list: still green.
    let same = with(|report| {
        report["candidateSha"] = json!(SHA.to_uppercase());
        report["command"] = json!(" make   qa ");
        report["checks"].as_array_mut().unwrap().push(json!({"id": "new", "status": "pass"}));
    });
    assert_eq!(qa(&dark(&[same])).0, Verdict::Pass);
}

#[test]
fn every_way_in_which_a_report_is_not_green() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change, Verdict, &str); 23] = [
        ("a check failed", |r| r["checks"][3]["status"] = json!("fail"), Verdict::Fail, "check vfs-guardrail failed"),
        (
            "an unlisted check failed",
            |r| r["checks"].as_array_mut().unwrap().push(json!({"id": "new", "status": "fail"})),
            Verdict::Fail,
            "check new failed",
        ),
        (
            "twice, passed and failed",
            |r| r["checks"].as_array_mut().unwrap().push(json!({"id": IDS[0], "status": "fail"})),
            Verdict::Fail,
            "check api-rekey-crdt failed",
        ),
        (
            "twice, passed and skipped",
            |r| r["checks"].as_array_mut().unwrap().push(json!({"id": IDS[0], "status": "skipped"})),
            Verdict::Unknown,
            "check api-rekey-crdt is in it with several results",
        ),
        ("skipped", |r| r["checks"][1]["status"] = json!("skipped"), Verdict::Pending, "api-client-crypto was skipped"),
        (
            "another word",
            |r| r["checks"][1]["status"] = json!("PASS"),
            Verdict::Pending,
            "has the result `PASS`, not pass",
        ),
        ("empty word", |r| r["checks"][1]["status"] = json!(""), Verdict::Pending, "not pass"),
        (
            "missing",
            |r| _ = r["checks"].as_array_mut().unwrap().remove(2),
            Verdict::Pending,
            "client-secure-upload is not in it",
        ),
        ("no checks at all", |r| r["checks"] = json!([]), Verdict::Pending, "check api-rekey-crdt is not in it"),
        (
            "an older name",
            |r| r["checks"][3]["id"] = json!("vfs-sync-guardrail"),
            Verdict::Pending,
            "check vfs-guardrail is not in it",
        ),
        ("dry run", |r| r["dryRun"] = json!(true), Verdict::Pending, "it was a dry run"),
        ("cut off", |r| r["completedAt"] = json!(null), Verdict::Pending, "the run was not completed"),
        (
            "another command",
            |r| r["command"] = json!("make qa-fast"),
            Verdict::Pending,
            "it is of `make qa-fast`, the runbook asks for `make qa`",
        ),
        (
            "too old",
            |r| (r["startedAt"], r["completedAt"]) = (json!(ago(1450).to_rfc3339()), json!(ago(1441).to_rfc3339())),
            Verdict::Pending,
            "the run is 24 h 1 m old, at most 24 h is allowed",
        ),
        (
            "from the future",
            |r| r["completedAt"] = json!(ago(-30).to_rfc3339()),
            Verdict::Unknown,
            "it says that it ended 32 m after it was recorded",
        ),
        (
            "ended before it began",
            |r| r["completedAt"] = json!(ago(70).to_rfc3339()),
            Verdict::Unknown,
            "it began after it ended",
        ),
        (
            "says that it is not green",
            |r| r["allPassed"] = json!(false),
            Verdict::Unknown,
            "names no check that failed",
        ),
        (
            "another candidate",
            |r| r["candidateSha"] = json!(OTHER),
            Verdict::Pending,
            "the latest report is on 77aa00bbccdd, the candidate is 018e611abc12",
        ),
        (
            "no candidate",
            |r| r["candidateSha"] = json!("unknown"),
            Verdict::Pending,
            "does not say on which commit it ran",
        ),
        ("empty candidate", |r| r["candidateSha"] = json!(""), Verdict::Pending, "does not say on which commit it ran"),
        (
            "one digit more",
            |r| r["candidateSha"] = json!(format!("{}e", &SHA[..39])),
            Verdict::Pending,
            "the latest report is on",
        ),
        ("abbreviated", |r| r["candidateSha"] = json!(&SHA[..11]), Verdict::Pending, "name 12 digits or more"),
        (
            "nothing passed, and it says so",
            |r| {
                r["dryRun"] = json!(true);
                for check in r["checks"].as_array_mut().unwrap() {
                    check["status"] = json!("skipped");
                }
            },
            Verdict::Pending,
            "and 2 more",
        ),
    ];
    for (name, change, verdict, told) in cases {
        let report = with(change);
        if verdict != Verdict::Unknown {
            assert_eq!(report["allPassed"], true, "{name}: what it says of itself proves nothing");
        }
        let scene = dark(&[report]);
        says(name, qa(&scene), verdict, told);
        assert!(!scene.judge().advance.allowed, "{name}");
    }
    let none = dark(&[]);
    says("no report", qa(&none), Verdict::Pending, "no report yet on 018e611abc12; run `make qa` on the candidate");
}

#[test]
fn a_report_that_ends_within_the_clocks_reach_is_believed_and_one_beyond_never_is() {
    let ending = |end: TimeDelta| with(|report| report["completedAt"] = json!((ago(2) + end).to_rfc3339()));
    assert_eq!(qa(&dark(&[ending(TimeDelta::seconds(120))])).0, Verdict::Pass);
    let mut scene = dark(&[ending(TimeDelta::seconds(121))]);
    assert_eq!(qa(&scene).0, Verdict::Unknown);
    // Waiting does not make it true.
    scene.now = now() + TimeDelta::hours(1);
    scene.source.last_ok = Some(scene.now);
    says("later", qa(&scene), Verdict::Unknown, "after it was recorded");
}

#[test]
fn a_run_grows_too_old_while_nothing_else_happens() {
    let mut scene = dark(&[written()]);
    scene.now = ago(60) + TimeDelta::hours(24);
    assert_eq!(qa(&scene).0, Verdict::Pass, "as old as is allowed");
    scene.now += TimeDelta::seconds(1);
    says("a second later", qa(&scene), Verdict::Pending, "at most 24 h is allowed");
}

#[test]
fn a_runbook_that_asks_for_nothing_is_not_passed_by_anything() {
    let mut scene = dark(&[written()]);
    scene.runbook.qa = None;
    says("no gate", qa(&scene), Verdict::Unknown, "does not say which automated gate");
    let mut scene = dark(&[written()]);
    scene.runbook.qa.as_mut().unwrap().checks.clear();
    says("no checks", qa(&scene), Verdict::Unknown, "lists no check");
}

/// A run that ended so many minutes ago, with this check failed.
fn run(ended: i64, candidate: &str, failed: Option<usize>) -> Value {
    with(|report| {
        report["candidateSha"] = json!(candidate);
        report["startedAt"] = json!(ago(ended + 5).to_rfc3339());
        report["completedAt"] = json!(ago(ended).to_rfc3339());
        if let Some(failed) = failed {
            report["checks"][failed]["status"] = json!("fail");
            report["allPassed"] = json!(false);
        }
    })
}

#[test]
fn the_latest_run_on_the_candidate_decides() {
    let green = |ended| run(ended, SHA, None);
    let red = |ended| run(ended, SHA, Some(0));
    let dry = |ended| {
        let mut report = green(ended);
        report["dryRun"] = json!(true);
        report
    };
    for (name, reports, want, told) in [
        ("repaired", vec![red(60), green(30)], Verdict::Pass, "4 checks passed"),
        ("broken", vec![green(60), red(30)], Verdict::Fail, "check api-rekey-crdt failed"),
        ("a dry run repairs nothing", vec![red(60), dry(30)], Verdict::Fail, "no later run has passed them all"),
        ("a dry run after a green one", vec![green(60), dry(30)], Verdict::Pending, "dry run"),
        ("an old green report recorded late", vec![red(30), green(60)], Verdict::Fail, "check api-rekey-crdt failed"),
        ("red elsewhere", vec![green(60), run(30, OTHER, Some(0))], Verdict::Pass, "4 checks passed"),
        ("green elsewhere", vec![red(60), run(30, OTHER, None)], Verdict::Fail, "check api-rekey-crdt failed"),
        ("repaired too long ago", vec![red(3000), green(2900)], Verdict::Pending, "at most 24 h is allowed"),
    ] {
        says(name, qa(&dark(&reports)), want, told);
    }
    let a = dark(&[green(60), red(30)]).judge();
    assert_eq!(gate_of(&a, "qa").failed_at, Some(ago(30)));
    assert_eq!(a.call, Call::NoGo);
}

#[test]
fn a_resolved_failure_asks_for_a_new_run() {
    let mut scene = dark(&[run(60, SHA, Some(0))]);
    scene.resolve_gate_here("qa", ago(1));
    says("resolved", qa(&scene), Verdict::Pending, "check api-rekey-crdt failed, which was resolved: run it again");
    scene.history.qa_reports.push(recorded(&run(0, SHA, Some(1)), now()));
    says("failed again", qa(&scene), Verdict::Fail, "check api-client-crypto failed");
    scene.history.qa_reports.push(recorded(&run(0, SHA, None), now()));
    says("green", qa(&scene), Verdict::Pass, "4 checks passed");
}

#[test]
fn a_candidate_is_told_by_twelve_digits_or_more() {
    for (candidate, verdict, told) in [
        (Some(&SHA[..12]), Verdict::Pass, "018e611abc12"),
        (Some(&SHA[..11]), Verdict::Pending, "018e611abc1 is too short to say that it is the same: name 12 digits"),
        (Some(&SHA[..7]), Verdict::Pending, "name 12 digits or more"),
        (Some("018e611abc13"), Verdict::Pending, "the candidate is 018e611abc13"),
        (Some("unknown"), Verdict::Pending, "the candidate is not known: name the commit"),
        (Some(" "), Verdict::Pending, "no candidate is named: name the commit under rollout with --candidate"),
        (None, Verdict::Pending, "no candidate is named: name the commit under rollout with --candidate"),
    ] {
        let mut scene = dark(&[written()]);
        scene.candidate = candidate.map(str::to_owned);
        says(&format!("{candidate:?}"), qa(&scene), verdict, told);
    }
    // Two that know nothing are not the same commit.
    let mut scene = dark(&[with(|report| report["candidateSha"] = json!("unknown"))]);
    scene.candidate = Some("unknown".to_owned());
    assert_eq!(qa(&scene).0, Verdict::Pending);
}

#[test]
fn a_past_that_cannot_be_read_is_unknown_and_names_come_out_clean() {
    let mut scene = dark(&[]);
    scene.history.blind = Some("the audit log \u{1b}[31mcannot be read".to_owned());
    says("blind", qa(&scene), Verdict::Unknown, "what was recorded is not known: the audit log [31mcannot be read");

    let mut scene = dark(&[written()]);
    scene.history.qa_reports[0].run.checks[0].id = "x\u{202e}\u{1b}[2J".repeat(100);
    scene.history.qa_reports[0].run.checks[0].status = "fail".to_owned();
    let (verdict, reason) = qa(&scene);
    assert_eq!(verdict, Verdict::Fail);
    assert!(!reason.contains(['\u{1b}', '\u{202e}']) && reason.len() < 600, "{reason}");
}

proptest! {
    /// Whatever a report holds, it is green only where each check that is asked for passed and none failed.
    #[test]
    fn nothing_but_passes_is_green(
        checks in proptest::collection::vec((0_usize..6, 0_usize..4), 0..9),
        flags in (any::<bool>(), any::<bool>(), any::<bool>()),
        ended in -300_i64..3000,
    ) {
        let statuses = ["pass", "pass", "fail", "skipped"];
        let names = [IDS[0], IDS[1], IDS[2], IDS[3], "vfs-sync-guardrail", "new"];
        let listed: Vec<Value> =
            checks.iter().map(|&(id, status)| json!({"id": names[id], "status": statuses[status]})).collect();
        let report = with(|report| {
            report["checks"] = json!(listed);
            report["dryRun"] = json!(flags.0);
            report["allPassed"] = json!(flags.1);
            report["completedAt"] = if flags.2 { json!(ago(ended).to_rfc3339()) } else { json!(null) };
            report["startedAt"] = json!(ago(ended + 5).to_rfc3339());
        });
        let scene = dark(&[report]);
        let gate = scene.runbook.qa.clone().unwrap();
        let standing = qa_standing(&gate, &scene.history.qa_reports, SHA, None, now());
        let (verdict, reason) = qa(&scene);
        prop_assert_eq!(standing.verdict, verdict, "one function decides");
        prop_assert_eq!(standing.green(), standing.missing.is_empty(), "{}", reason);
        let every = |id: usize| checks.iter().any(|&(known, status)| known == id && statuses[status] == "pass");
        let sound = (0..4).all(every)
            && checks.iter().all(|&(_, status)| statuses[status] != "fail")
            && checks.iter().all(|&(id, status)| id > 3 || statuses[status] == "pass");
        let whole = !flags.0 && flags.1 && flags.2 && (0..=1440).contains(&ended);
        if verdict == Verdict::Pass {
            prop_assert!(sound && !flags.0 && flags.1 && flags.2 && (-2..=1440).contains(&ended), "{}", reason);
        }
        if sound && whole {
            prop_assert_eq!(verdict, Verdict::Pass, "{}", reason);
        }
    }
}

// ---- the checklist -------------------------------------------------------------------------------------------------

/// In `everyone`, entered 300 minutes ago, which asks for the checklist in production, a word and a signature.
fn everyone() -> Scene {
    let mut scene = Scene::healthy();
    scene.enter("everyone", 300);
    scene.candidate = Some(SHA.to_owned());
    scene.runbook.checklist = ["fresh", "rekey", "restart"]
        .map(|key| Check { key: key.to_owned(), title: key.to_owned(), seen: Vec::new() })
        .to_vec();
    scene
}

fn made(check: &str, environment: &str, candidate: Option<&str>, outcome: CheckOutcome, minutes: i64) -> CheckResult {
    CheckResult {
        at: ago(minutes),
        check: check.to_owned(),
        environment: environment.to_owned(),
        outcome,
        candidate: candidate.map(str::to_owned),
        operator: "bea".to_owned(),
        note: String::new(),
        attached: None,
    }
}

fn gate(scene: &Scene, key: &str) -> GateAssessment {
    let a = scene.judge();
    finite(&a);
    gate_of(&a, key).clone()
}

#[test]
fn the_latest_result_of_each_check_in_the_environment_on_the_candidate_decides() {
    use CheckOutcome::{Blocked, Fail, Pass};
    let on = Some(SHA);
    let done =
        |minutes| vec![made("fresh", "production", on, Pass, minutes), made("rekey", "production", on, Pass, minutes)];
    let cases: [(&str, Vec<CheckResult>, Verdict, &str, &str); 11] = [
        (
            "all",
            vec![made("restart", "production", on, Pass, 50)],
            Verdict::Pass,
            "3 checks passed in production on 018e611abc12",
            "3 of 3",
        ),
        (
            "before the stage",
            vec![made("restart", "production", on, Pass, 500)],
            Verdict::Pass,
            "3 checks passed",
            "3 of 3",
        ),
        (
            "one missing",
            vec![],
            Verdict::Pending,
            "1 check to be made in production on 018e611abc12, the first restart",
            "2 of 3",
        ),
        ("in staging", vec![made("restart", "staging", on, Pass, 50)], Verdict::Pending, "the first restart", "2 of 3"),
        (
            "on another",
            vec![made("restart", "production", Some(OTHER), Pass, 50)],
            Verdict::Pending,
            "the first restart",
            "2 of 3",
        ),
        (
            "on none",
            vec![made("restart", "production", None, Pass, 50)],
            Verdict::Pending,
            "the first restart",
            "2 of 3",
        ),
        (
            "blocked",
            vec![made("restart", "production", on, Blocked, 50)],
            Verdict::Pending,
            "1 blocked check in production on 018e611abc12: restart",
            "2 of 3",
        ),
        (
            "failed",
            vec![made("restart", "production", on, Fail, 50)],
            Verdict::Fail,
            "1 failed check in production on 018e611abc12: restart",
            "1 failed",
        ),
        (
            "failed, then passed",
            vec![made("restart", "production", on, Fail, 60), made("restart", "production", on, Pass, 50)],
            Verdict::Pass,
            "3 checks passed",
            "3 of 3",
        ),
        (
            "passed, then failed",
            vec![made("restart", "production", on, Pass, 60), made("restart", "production", on, Fail, 50)],
            Verdict::Fail,
            "restart",
            "1 failed",
        ),
        (
            "failed on another since",
            vec![made("restart", "production", on, Pass, 60), made("restart", "production", Some(OTHER), Fail, 50)],
            Verdict::Pass,
            "3 checks passed",
            "3 of 3",
        ),
    ];
    for (name, results, verdict, told, brief) in cases {
        let mut scene = everyone();
        scene.history.checks = done(100);
        scene.history.checks.extend(results);
        let gate = gate(&scene, "checks");
        says(name, (gate.verdict, gate.reason.clone()), verdict, told);
        assert_eq!(gate.brief, brief, "{name}");
        assert_eq!(gate.failed_at.is_some(), verdict == Verdict::Fail, "{name}");
        assert_eq!(gate.evidence["checks_needed"], 3.0, "{name}");
    }
}

#[test]
fn a_checklist_that_is_empty_or_bound_to_nothing_does_not_pass() {
    let mut scene = everyone();
    scene.history.checks =
        ["fresh", "rekey", "restart"].map(|check| made(check, "production", None, CheckOutcome::Pass, 50)).to_vec();
    scene.candidate = None;
    let found = gate(&scene, "checks");
    says("no candidate", (found.verdict, found.reason), Verdict::Pending, "--candidate");
    scene.runbook.checklist.clear();
    assert_eq!(gate(&scene, "checks").verdict, Verdict::Unknown);
}

#[test]
fn a_resolved_failure_of_a_check_asks_for_the_check_again_and_blocked_ones_are_named_with_their_remark() {
    let mut scene = everyone();
    scene.history.checks = ["fresh", "rekey", "restart"]
        .map(|check| made(check, "production", Some(SHA), CheckOutcome::Fail, 50))
        .to_vec();
    scene.resolve_gate_here("checks", ago(40));
    let found = gate(&scene, "checks");
    says("resolved", (found.verdict, found.reason), Verdict::Pending, "3 checks to be made in production");
    scene.history.checks.push(CheckResult {
        note: "the \u{1b}[31mserver is down".to_owned(),
        ..made("fresh", "production", Some(SHA), CheckOutcome::Blocked, 30)
    });
    let found = gate(&scene, "checks");
    let told = "fresh (the [31mserver is down); 2 checks to be made in production on 018e611abc12, the first rekey";
    says("blocked", (found.verdict, found.reason), Verdict::Pending, told);
    scene.history.checks.push(made("rekey", "production", Some(SHA), CheckOutcome::Fail, 20));
    assert_eq!(gate(&scene, "checks").verdict, Verdict::Fail, "it failed again");
}

// ---- words and signatures ------------------------------------------------------------------------------------------

fn word(minutes: i64) -> Attestation {
    Attestation {
        at: ago(minutes),
        stage: "everyone".to_owned(),
        gate: "word".to_owned(),
        statement: "the logs are clean".to_owned(),
        candidate: Some(SHA.to_owned()),
        operator: "bea".to_owned(),
        evidence: "logs of run 12".to_owned(),
    }
}

#[test]
fn a_word_counts_for_its_gate_its_candidate_its_statement_and_its_stay() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change, Verdict, &str); 11] = [
        ("as asked", |_| {}, Verdict::Pass, "bea at 2026-03-01 10:00 UTC: logs of run 12"),
        ("twelve digits", |s| s.candidate = Some(SHA[..12].to_owned()), Verdict::Pass, "logs of run 12"),
        (
            "another stage",
            |s| s.history.attestations[0].stage = "limited".to_owned(),
            Verdict::Pending,
            "nobody has given their word",
        ),
        (
            "another gate",
            |s| s.history.attestations[0].gate = "owner".to_owned(),
            Verdict::Pending,
            "nobody has given their word",
        ),
        (
            "another candidate",
            |s| s.candidate = Some(OTHER.to_owned()),
            Verdict::Pending,
            "the latest word is on 018e611abc12, the candidate is 77aa00bbccdd",
        ),
        (
            "no candidate then",
            |s| s.history.attestations[0].candidate = None,
            Verdict::Pending,
            "the latest word is on no candidate",
        ),
        ("no candidate now", |s| s.candidate = None, Verdict::Pending, "--candidate"),
        (
            "another statement",
            |s| s.history.attestations[0].statement = "all is well".to_owned(),
            Verdict::Pending,
            "the latest word is that \"all is well\", and the gate asks for another",
        ),
        (
            "before the stage",
            |s| s.history.attestations[0].at = ago(301),
            Verdict::Pending,
            "from before 2026-03-01 07:00 UTC",
        ),
        (
            "before a resolution",
            |s| s.resolve_gate_here("word", ago(5)),
            Verdict::Pending,
            "from before 2026-03-01 11:55 UTC",
        ),
        (
            "a later one elsewhere",
            |s| s.history.attestations.push(Attestation { candidate: Some(OTHER.to_owned()), ..word(1) }),
            Verdict::Pass,
            "logs of run 12",
        ),
    ];
    for (name, change, verdict, told) in cases {
        let mut scene = everyone();
        scene.history.attestations = vec![word(120)];
        change(&mut scene);
        let gate = gate(&scene, "word");
        says(name, (gate.verdict, gate.reason), verdict, told);
        assert_eq!(gate.evidence.get("age_s").copied(), (verdict == Verdict::Pass).then_some(7200.0), "{name}");
    }
}

/// For what is there to approve in the scene.
fn signature(scene: &Scene, minutes: i64) -> SignOff {
    SignOff {
        at: ago(minutes),
        stage: "everyone".to_owned(),
        candidate: Some(SHA.to_owned()),
        runbook: "d".repeat(64),
        operator: "owner".to_owned(),
        statement: "default-on".to_owned(),
        approval: Some(scene.judge().approval),
        block: Vec::new(),
    }
}

fn basis(minutes: i64, candidate: Option<&str>, runbook: &str) -> Basis {
    Basis { since: ago(minutes), candidate: candidate.map(str::to_owned), runbook: runbook.repeat(64) }
}

#[test]
fn a_signature_falls_with_what_was_signed() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change, Verdict, &str); 12] = [
        ("as asked", |_| {}, Verdict::Pass, "owner at 2026-03-01 10:00 UTC: default-on"),
        (
            "another stage",
            |s| s.history.sign_offs[0].stage = "limited".to_owned(),
            Verdict::Pending,
            "nobody has signed for 018e611abc12",
        ),
        (
            "another candidate",
            |s| s.candidate = Some(OTHER.to_owned()),
            Verdict::Pending,
            "the latest signature is for 018e611abc12, the candidate is 77aa00bbccdd",
        ),
        ("no candidate then", |s| s.history.sign_offs[0].candidate = None, Verdict::Pending, "is for no candidate"),
        ("no candidate now", |s| s.candidate = None, Verdict::Pending, "--candidate"),
        (
            "another runbook",
            |s| s.runbook.digest = "e".repeat(64),
            Verdict::Pending,
            "for another version of the runbook",
        ),
        (
            "before the stage",
            |s| s.history.sign_offs[0].at = ago(301),
            Verdict::Pending,
            "from before 2026-03-01 07:00 UTC",
        ),
        ("before a resolution", |s| s.resolve_gate_here("owner", ago(5)), Verdict::Pending, "from before"),
        (
            "what was signed for came on record later",
            |s| s.history.bases = vec![basis(60, Some(&SHA[..12]), "d")],
            Verdict::Pass,
            "default-on",
        ),
        (
            "the candidate went and came back",
            |s| {
                s.history.bases =
                    vec![basis(200, Some(SHA), "d"), basis(60, Some(OTHER), "d"), basis(30, Some(SHA), "d")]
            },
            Verdict::Pending,
            "the candidate or the runbook changed since the latest signature",
        ),
        (
            "the runbook went and came back",
            |s| {
                s.history.bases = vec![basis(200, Some(SHA), "d"), basis(60, Some(SHA), "e"), basis(30, Some(SHA), "d")]
            },
            Verdict::Pending,
            "changed since the latest signature",
        ),
        ("blind", |s| s.history.blind = Some("the disk is gone".to_owned()), Verdict::Unknown, "the disk is gone"),
    ];
    for (name, change, verdict, told) in cases {
        let mut scene = everyone();
        scene.history.sign_offs = vec![signature(&scene, 120)];
        change(&mut scene);
        let gate = gate(&scene, "owner");
        says(name, (gate.verdict, gate.reason), verdict, told);
    }
}

#[test]
fn all_that_was_asked_for_is_a_pass_of_each() {
    let mut scene = everyone();
    scene.history.checks = ["fresh", "rekey", "restart"]
        .map(|check| made(check, "production", Some(SHA), CheckOutcome::Pass, 50))
        .to_vec();
    scene.history.attestations = vec![word(20)];
    scene.history.sign_offs = vec![signature(&scene, 10)];
    let a = scene.judge();
    for gate in &a.gates {
        assert_eq!(gate.verdict, Verdict::Pass, "{}: {}", gate.key, gate.reason);
        assert!(gate.age.is_some(), "{}", gate.key);
    }
    assert_eq!((a.call, a.complete), (Call::Go, true), "{}", a.headline);
}
