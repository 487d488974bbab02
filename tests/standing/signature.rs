//! The signature stands for what was signed, and for nothing else.

use chrono::TimeDelta;
use gonogo::{
    facts::may_sign,
    judge::{Assessment, FlagChange, SignOff, Trouble, Verdict},
    runbook::{Condition, Duty},
    snapshot::Health,
};
use proptest::prelude::*;

use crate::{
    polls::{assign, role},
    scene::{Scene, ago, gate, gate_of, now, visit},
};

const SHA: &str = "018e611abc1234567890abcdef1234567890abcd";

/// In `limited`, every gate green, and a signature asked for that nobody has given.
fn asked() -> Scene {
    let mut scene = Scene::healthy();
    scene.candidate = Some(SHA.to_owned());
    let (_, stage) = scene.runbook.stage("limited").expect("a stage");
    let mut stage = stage.clone();
    stage.gates.insert(1, gate("owner", Condition::SignOff));
    scene.runbook.stages[2] = stage;
    scene
}

/// Signed so many minutes ago for what is there.
fn sign(scene: &mut Scene, minutes: i64) {
    let signed = SignOff {
        at: ago(minutes),
        stage: "limited".to_owned(),
        candidate: Some(SHA.to_owned()),
        runbook: scene.runbook.digest.clone(),
        operator: "ada".to_owned(),
        statement: "default-on".to_owned(),
        approval: Some(scene.judge().approval),
        block: vec![("Rollback owner".to_owned(), "bob".to_owned())],
    };
    scene.history.sign_offs.push(signed);
}

fn owner(a: &Assessment) -> (Verdict, String) {
    let gate = gate_of(a, "owner");
    (gate.verdict, gate.reason.clone())
}

#[track_caller]
fn stands(scene: &Scene) {
    let a = scene.judge();
    assert_eq!(owner(&a).0, Verdict::Pass, "{}", owner(&a).1);
    assert_eq!(a.standing.signature.as_ref().map(|signed| signed.operator.as_str()), Some("ada"));
    assert_eq!(a.approval, a.standing.signature.as_ref().and_then(|signed| signed.approval.clone()).unwrap());
}

#[track_caller]
fn fell(name: &str, scene: &Scene, told: &str) {
    let a = scene.judge();
    let (verdict, reason) = owner(&a);
    assert_eq!(verdict, Verdict::Pending, "{name}: {reason}");
    assert!(reason.contains(told), "{name}: {told:?} is not in: {reason}");
    assert_eq!(a.standing.signature, None, "{name}");
    assert!(!a.advance.allowed, "{name}");
}

#[test]
fn signed_for_what_is_there_it_stands_in_its_place_among_the_gates() {
    let mut scene = asked();
    fell("not signed", &scene, "nobody has signed for 018e611abc12");
    let before = scene.judge();
    sign(&mut scene, 5);
    stands(&scene);
    let a = scene.judge();
    assert!(a.advance.allowed, "{:?}", a.advance.blockers);
    let keys: Vec<&str> = a.gates.iter().map(|gate| gate.key.as_str()).collect();
    assert_eq!(keys, ["observed", "owner", "success", "fallback", "messages"]);
    // The signature is no part of what it approves, and is part of what a confirmation rests on.
    assert_eq!(a.approval, before.approval);
    assert_ne!(a.digest, before.digest);
}

#[test]
fn it_falls_with_everything_that_was_signed_for() {
    type Change = fn(&mut Scene);
    const NOT_AS_IT_WAS: &str = "a gate, the flag, a hard stop or a trigger is not as it was when ada signed";
    let cases: [(&str, Change, &str); 12] = [
        ("a gate", |s| s.uploads(30, 0, 0, 4000), NOT_AS_IT_WAS),
        ("a gate unseen", |s| s.reading("message").health = Health::Unreadable, "gate Gate messages is unknown now"),
        ("the flag", |s| s.flag.state.as_mut().unwrap().version = "v2".to_owned(), NOT_AS_IT_WAS),
        (
            "the flag, on record",
            |s| {
                s.flag.state.as_mut().unwrap().version = "v2".to_owned();
                let change = |at, version: &str| FlagChange { at, version: version.to_owned() };
                s.history.flags = vec![change(ago(9000), "v1"), change(ago(2), "v2")];
            },
            "the flag was changed at 2026-03-01 11:58 UTC",
        ),
        ("the flag unread", |s| s.flag.read_at = Some(ago(60)), NOT_AS_IT_WAS),
        ("a hard stop", |s| s.add("guardrail", &["pull", "regression"], ago(2), 1), NOT_AS_IT_WAS),
        ("a trigger", |s| s.add("mismatch", &["/a"], ago(2), 1), NOT_AS_IT_WAS),
        (
            "a hard stop that was resolved since",
            |s| {
                s.add("guardrail", &["pull", "regression"], ago(4), 1);
                s.resolve("pull:regression", ago(2));
            },
            "hard stop pull:regression was resolved at 2026-03-01 11:58 UTC, after ada signed",
        ),
        (
            "a hold that was cleared since",
            |s| s.resolve_trouble(Trouble::Hold { hold: "h1".to_owned() }, ago(1)),
            "hold h1 was resolved at 2026-03-01 11:59 UTC, after ada signed",
        ),
        ("an earlier version", |s| s.history.sign_offs[0].approval = None, "does not say what was approved"),
        ("nonsense", |s| s.history.sign_offs[0].approval = Some(String::new()), NOT_AS_IT_WAS),
        (
            "rolled back and entered again",
            |s| {
                s.history.visits.last_mut().unwrap().left_at = Some(ago(4));
                s.history.visits.push(visit("dark", ago(4), Some(ago(3))));
                s.history.visits.push(visit("limited", ago(3), None));
            },
            "from before 2026-03-01 11:57 UTC",
        ),
    ];
    for (name, change, told) in cases {
        let mut scene = asked();
        sign(&mut scene, 5);
        stands(&scene);
        change(&mut scene);
        fell(name, &scene, told);
    }
}

#[test]
fn what_was_resolved_before_is_part_of_what_was_signed() {
    let mut scene = asked();
    scene.add("guardrail", &["pull", "regression"], ago(40), 1);
    scene.resolve("pull:regression", ago(30));
    sign(&mut scene, 5);
    stands(&scene);
    // One that was written down late, with an earlier time, was not known either.
    scene.resolve("pull:regression", ago(20));
    fell("late", &scene, "is not as it was when ada signed");
    sign(&mut scene, 1);
    stands(&scene);
}

#[test]
fn while_a_gate_cannot_be_seen_it_does_not_stand_and_then_stands_again() {
    let mut scene = asked();
    sign(&mut scene, 5);
    let seen = scene.readings.clone();
    scene.reading("upload").health = Health::Unreadable;
    fell("blind", &scene, "is unknown now");
    scene.readings = seen;
    stands(&scene);
}

#[test]
fn what_is_signed_while_something_is_pending_falls_once_it_is_there() {
    let mut scene = asked();
    let entered = ago(60);
    scene.history.visits.last_mut().unwrap().entered_at = entered;
    assert_ne!(gate_of(&scene.judge(), "observed").verdict, Verdict::Pass);
    sign(&mut scene, 5);
    stands(&scene);
    scene.history.visits.last_mut().unwrap().entered_at = ago(360);
    fell("observed", &scene, "is not as it was");
}

#[test]
fn the_latest_that_stands_counts_whatever_was_signed_after_it() {
    let mut scene = asked();
    sign(&mut scene, 5);
    let stale = SignOff { at: ago(1), approval: Some("0".repeat(64)), ..scene.history.sign_offs[0].clone() };
    scene.history.sign_offs.push(stale);
    stands(&scene);
    assert_eq!(scene.judge().standing.signature.unwrap().at, ago(5));
}

#[test]
fn where_there_is_a_release_owner_only_they_sign() {
    let mut scene = asked();
    scene.runbook.roles = vec![role("owner", Some(Duty::ReleaseOwner))];
    let may = |scene: &Scene, who: &str| may_sign(&scene.runbook, &scene.history, who);
    sign(&mut scene, 5);
    fell("nobody is", &scene, "by ada, who is not the release owner");
    assert!(may(&scene, "ada").unwrap_err().contains("nobody is named as The owner"));
    scene.runbook.roles[0].configured = Some(" Ada ".to_owned());
    stands(&scene);
    assert_eq!(may(&scene, "ADA"), Ok(()));
    assign(&mut scene, "owner", Some("bob"));
    fell("another is", &scene, "by ada, who is not the release owner");
    assert!(may(&scene, "ada").unwrap_err().contains("The owner is bob"));
    // The log comes before the configuration, also where it says that nobody is.
    assign(&mut scene, "owner", None);
    fell("nobody is any more", &scene, "not the release owner");
    assert!(may(&scene, "ada").is_err());
    scene.runbook.roles.clear();
    stands(&scene);
    assert_eq!(may(&scene, "anybody"), Ok(()));
}

#[test]
fn the_block_and_the_evidence_show_the_signature_only_while_it_stands() {
    use gonogo::runbook::{EvidenceFrom, EvidenceItem, Fill, SignOffField};
    let mut scene = asked();
    let field = |title: &str, fill| SignOffField { title: title.to_owned(), fill };
    scene.runbook.sign_off = vec![field("Owner", Fill::Decision), field("Rollback owner", Fill::ByHand)];
    let (key, title) = ("decision".to_owned(), "The decision".to_owned());
    scene.runbook.evidence = vec![EvidenceItem { key, title, from: EvidenceFrom::SignOff }];
    sign(&mut scene, 5);
    let a = scene.judge();
    assert!(a.standing.sign_off.iter().all(|field| field.open.is_none()), "{:?}", a.standing.sign_off);
    assert_eq!(a.standing.sign_off[1].value.as_deref(), Some("bob"));
    assert_eq!(a.standing.evidence[0].open, None);
    scene.flag.state.as_mut().unwrap().version = "v2".to_owned();
    let a = scene.judge();
    assert!(a.standing.sign_off.iter().all(|field| field.value.is_none()), "{:?}", a.standing.sign_off);
    assert!(a.standing.evidence[0].shown.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever is assigned, whenever it was signed: a signature never stands for another digest, nor before the stage.
    #[test]
    fn no_other_digest_ever_stands(approval in "[0-9a-f]{64}", minutes in 0_i64..600, late in 0_i64..25) {
        let mut scene = asked();
        sign(&mut scene, minutes);
        scene.now = now() + TimeDelta::seconds(late);
        prop_assert_eq!(scene.judge().standing.signature.is_some(), minutes <= 360);
        scene.history.sign_offs[0].approval = Some(approval);
        prop_assert_eq!(scene.judge().standing.signature, None);
    }
}
