//! The steps of the rollback procedure, and the interlock.

use chrono::{DateTime, Utc};
use gonogo::{
    audit::Phase,
    judge::{Assessment, LegacyEvidence, QaCheck, QaReport, QaRun, Resolution, RollbackRecord, StepState, Trouble},
    runbook::{Exposure, ProcedureStep, StepKind},
};

use crate::scene::{Scene, ago, exposure, flag_state, now, select};

const BAD: &str = "018e611abc1234567890abcdef1234567890abcd";
const FIX: &str = "77aa00bbccddeeff00112233445566778899aabb";

pub fn rollback(minutes: i64) -> RollbackRecord {
    RollbackRecord {
        id: "r1".to_owned(),
        at: ago(minutes),
        operator: "ann".to_owned(),
        host: "box".to_owned(),
        reason: "uploads fail".to_owned(),
        from_stage: "limited".to_owned(),
        candidate: Some(BAD.to_owned()),
        before: Some(exposure(&["internal"], 5)),
        joined: Vec::new(),
        verified_at: Some(ago(minutes)),
        legacy: None,
        kept: Vec::new(),
        resolved: None,
        left_at: None,
    }
}

/// Rolled back to `dark` so many minutes ago, read back off; nothing else done.
pub fn rolled_back(minutes: i64) -> Scene {
    let mut scene = Scene::healthy();
    scene.enter("dark", minutes);
    scene.history.visits.last_mut().unwrap().by_rollback = true;
    scene.history.rollback = Some(rollback(minutes));
    scene.candidate = Some(BAD.to_owned());
    scene.runbook.stages[0].gates[0].condition = gonogo::runbook::Condition::ObservationWindow;
    let step = |title: &str, does| ProcedureStep {
        key: title.to_lowercase(),
        title: title.to_owned(),
        detail: String::new(),
        does,
    };
    scene.runbook.rollback = vec![
        step("Disable", StepKind::Disable),
        step("Legacy", StepKind::ConfirmLegacy),
        step("Keep", StepKind::KeepDiagnostics),
        step("Tell", StepKind::ByHand),
        step("Fix", StepKind::FixFirst),
    ];
    scene.runbook.legacy = Some(gonogo::runbook::LegacyPath {
        gone: select("path", &[("path", "secure")]),
        back: select("path", &[("path", "legacy")]),
        sdk_poll: std::time::Duration::from_secs(15),
    });
    scene
}

fn record(scene: &mut Scene) -> &mut RollbackRecord {
    scene.history.rollback.as_mut().unwrap()
}

pub fn step(a: &Assessment, does: StepKind) -> (StepState, String) {
    let procedure = a.standing.procedure.as_ref().expect("a procedure");
    let step = procedure.steps.iter().find(|step| step.does == does).expect("the step");
    (step.state, step.found.clone())
}

fn green(candidate: &str, at: DateTime<Utc>) -> QaReport {
    let ids = ["api-rekey-crdt", "api-client-crypto", "client-secure-upload", "vfs-guardrail"];
    QaReport {
        at,
        operator: "ci".to_owned(),
        run: QaRun {
            command: "make qa".to_owned(),
            candidate: candidate.to_owned(),
            started_at: at,
            completed_at: Some(at),
            dry_run: false,
            all_passed: true,
            checks: ids.map(|id| QaCheck { id: id.to_owned(), status: "pass".to_owned() }).to_vec(),
            digest: "a".repeat(64),
            ran: None,
            odd: Vec::new(),
        },
    }
}

fn resolved(at: DateTime<Utc>) -> Resolution {
    Resolution {
        at,
        trouble: Trouble::Rollback { rollback: "r1".to_owned() },
        operator: "bob".to_owned(),
        evidence: "a lost lock; fixed in 77aa00bb, test added".to_owned(),
    }
}

#[test]
fn the_first_stage_stays_locked_until_all_three_are_there() {
    let mut scene = rolled_back(60);
    let unmet = |scene: &Scene| -> Vec<String> {
        let a = scene.judge();
        let blockers = a.advance.blockers.iter().filter(|blocker| blocker.starts_with("interlock: "));
        let told: Vec<String> = blockers.cloned().collect();
        let interlock = a.standing.interlock.unwrap();
        assert_eq!(interlock.locked(), !told.is_empty());
        assert_eq!(interlock.rolled_back.as_deref(), Some(BAD));
        told
    };
    assert_eq!(
        unmet(&scene),
        [
            "interlock: another candidate: 018e611abc12 is the commit that was rolled back; name the commit that has \
             the fix with --candidate",
            "interlock: a green automated gate on it: it is asked of the other candidate; run `make qa` on it: gonogo \
             qa run, or record its report: gonogo qa import",
            "interlock: a resolution: write down what was found and fixed: gonogo hold clear --rollback --evidence …",
        ]
    );
    let a = scene.judge();
    assert_eq!(step(&a, StepKind::FixFirst).0, StepState::Locked);
    assert!(a.rollback.allowed);

    // Names that do not say that it is another: none, one too short, the same otherwise written.
    scene.candidate = None;
    assert!(unmet(&scene)[0].contains("no candidate is named"));
    for same in [&BAD[..7], &BAD[..12], &BAD.to_uppercase()] {
        scene.candidate = Some(same.to_owned());
        assert_eq!(unmet(&scene).len(), 3, "{same}");
    }
    scene.candidate = Some(BAD[..7].to_owned());
    assert!(unmet(&scene)[0].contains("018e611 is too short to say that it is not 018e611abc12"));

    // A green run from before, on another commit, or a failed one does not do.
    scene.candidate = Some(FIX.to_owned());
    assert_eq!(unmet(&scene).len(), 2);
    scene.history.qa_reports = vec![green(FIX, ago(90))];
    assert!(unmet(&scene)[0].contains("there is no report yet on 77aa00bbccdd"), "{:?}", unmet(&scene));
    scene.history.qa_reports.push(green(BAD, ago(20)));
    assert!(unmet(&scene)[0].contains("the latest report is on 018e611abc12"));
    let mut failed = green(FIX, ago(15));
    failed.run.checks[1].status = "fail".to_owned();
    scene.history.qa_reports.push(failed);
    assert!(unmet(&scene)[0].contains("check api-client-crypto failed"));
    scene.history.qa_reports.push(green(FIX, ago(10)));
    assert_eq!(unmet(&scene).len(), 1);
    record(&mut scene).resolved = Some(resolved(ago(5)));
    assert_eq!(unmet(&scene), [""; 0]);
    let a = scene.judge();
    assert_eq!(step(&a, StepKind::FixFirst).0, StepState::Open);
    let found: Vec<_> = a.standing.interlock.unwrap().needs.into_iter().map(|need| need.found).collect();
    assert_eq!(found[0], "77aa00bbccdd, not 018e611abc12, which was rolled back");
    assert!(found[1].starts_with("green on 77aa00bbccdd") && found[2].contains("a lost lock"));
}

#[test]
fn a_rollout_without_an_automated_gate_needs_the_other_two() {
    let mut scene = rolled_back(60);
    scene.runbook.qa = None;
    let keys = |scene: &Scene| -> Vec<_> {
        scene.judge().standing.interlock.unwrap().needs.iter().map(|need| need.key).collect()
    };
    assert_eq!(keys(&scene), ["candidate", "resolution"]);
    // Of a rollback whose commit nobody named, any commit that is named is another.
    record(&mut scene).candidate = None;
    assert!(scene.judge().standing.interlock.unwrap().needs[0].met);
}

#[test]
fn it_stands_in_the_stage_that_was_rolled_back_to_and_nowhere_else() {
    let mut scene = rolled_back(60);
    assert!(scene.judge().standing.interlock.is_some());
    record(&mut scene).left_at = Some(ago(30));
    let standing = scene.judge().standing;
    assert!(standing.interlock.is_none() && standing.procedure.is_none());
    // While it is under way, the rollout is where it was.
    let mut scene = rolled_back(60);
    scene.history.visits.pop();
    scene.history.visits.last_mut().unwrap().left_at = None;
    record(&mut scene).verified_at = None;
    let a = scene.judge();
    assert!(a.standing.interlock.is_none());
    assert_eq!(step(&a, StepKind::FixFirst).0, StepState::Waiting);
    assert_eq!(step(&a, StepKind::ConfirmLegacy).0, StepState::Waiting);
    let none = Scene::healthy().judge().standing;
    assert!(none.interlock.is_none() && none.procedure.is_none());
}

#[test]
fn the_first_step_says_which_of_its_states_it_is_in() {
    let off = || flag_state(false, Exposure::off());
    let on = || flag_state(true, exposure(&["internal"], 5));
    // verified, what the flag serves, read so many seconds ago -> state, words
    let cases = [
        (false, on(), 700, StepState::Requested, "the store has not said off yet"),
        (false, on(), 5, StepState::Requested, "the flag serves internal + 5 %"),
        (false, off(), 5, StepState::Converging, "the flag reads off, which is not on record yet"),
        (true, off(), 5, StepState::Verified, "the store, read again, said off at 11:50:30"),
        (true, on(), 700, StepState::Verified, "said off"),
        (true, on(), 5, StepState::Converging, "serves internal + 5 % again: roll back again"),
    ];
    for (verified, state, age, want, told) in cases {
        let mut scene = rolled_back(10);
        scene.flag.state = Some(state);
        scene.flag.read_at = Some(now() - chrono::TimeDelta::seconds(age));
        if !verified {
            record(&mut scene).verified_at = None;
        }
        let (state, found) = step(&scene.judge(), StepKind::Disable);
        assert_eq!(state, want, "{found}");
        assert!(found.contains(told), "{found}");
    }
}

#[test]
fn what_is_on_record_of_the_other_steps_counts() {
    let mut scene = rolled_back(10);
    let a = scene.judge();
    assert_eq!(step(&a, StepKind::KeepDiagnostics).0, StepState::Waiting);
    assert_eq!(step(&a, StepKind::ByHand), (StepState::ByHand, String::new()));
    assert_eq!(a.standing.procedure.as_ref().unwrap().done_at, None);

    let attested = LegacyEvidence::Attested { statement: "looked at the board".to_owned() };
    record(&mut scene).legacy = Some((ago(6), "bob".to_owned(), attested));
    record(&mut scene).kept.push((ago(9), Phase::AtOnce, "box:/data/1".to_owned()));
    record(&mut scene).joined = vec!["bob on two".to_owned()];
    let a = scene.judge();
    let (state, found) = step(&a, StepKind::ConfirmLegacy);
    assert_eq!((state, found.as_str()), (StepState::Attested, "by bob at 11:54:30: looked at the board"));
    assert_eq!(step(&a, StepKind::KeepDiagnostics).0, StepState::Kept);
    assert_eq!(a.standing.procedure.as_ref().unwrap().done_at, None, "the end is not kept yet");

    record(&mut scene).kept.push((ago(5), Phase::AtTheEnd, "box:/data/2".to_owned()));
    let by = LegacyEvidence::Telemetry { last_gone: None, back: 45, found: "nobody on it".to_owned() };
    record(&mut scene).legacy = Some((ago(6), "gonogo".to_owned(), by));
    let a = scene.judge();
    assert_eq!(step(&a, StepKind::ConfirmLegacy).0, StepState::Verified);
    let procedure = a.standing.procedure.unwrap();
    assert_eq!((procedure.done_at, procedure.joined.len()), (Some(ago(5)), 1));

    // A runbook without a procedure has the usual one.
    scene.runbook.rollback.clear();
    let steps = scene.judge().standing.procedure.unwrap().steps;
    let kinds: Vec<_> = steps.iter().map(|step| step.does).collect();
    assert_eq!(kinds, [StepKind::Disable, StepKind::ConfirmLegacy, StepKind::KeepDiagnostics, StepKind::FixFirst]);
}
