//! What is deployed, beside the candidate.

use gonogo::{
    judge::{Assessment, Call},
    runbook::Deployed,
};

use crate::scene::Scene;

const SHA: &str = "018e611abc1234567890abcdef1234567890abcd";
const OTHER: &str = "77aa00bbccddeeff00112233445566778899aabb";

/// All green, with these commits told as deployed, each on so many instances.
fn judged(candidate: Option<&str>, required: bool, told: Option<&[(&str, u64)]>, stage: &str) -> Assessment {
    let mut scene = Scene::healthy();
    scene.candidate = candidate.map(str::to_owned);
    scene.runbook.deployed = Some(Deployed { prometheus: None, events: None, required });
    if stage != "limited" {
        scene.enter(stage, 300);
    }
    scene.deployed = told.map(|told| told.iter().map(|(commit, n)| ((*commit).to_owned(), *n)).collect());
    scene.judge()
}

#[test]
fn what_runs_is_the_candidate_or_blocks() {
    type Case = (&'static str, Option<&'static str>, bool, Option<&'static [(&'static str, u64)]>, u8, &'static str);
    let cases: [Case; 17] = [
        ("it is", Some(SHA), true, Some(&[(SHA, 3)]), 0, ""),
        ("abbreviated", Some(SHA), true, Some(&[("018e611abc12", 3)]), 0, ""),
        ("twice, in two ways", Some(SHA), true, Some(&[("018e611abc12", 3), (SHA, 1)]), 0, ""),
        (
            "differs",
            Some(SHA),
            false,
            Some(&[(OTHER, 3)]),
            3,
            "deployed is 77aa00bbccdd on 3, the candidate is 018e611abc12",
        ),
        ("differs, required", Some(SHA), true, Some(&[(OTHER, 3)]), 3, "deployed is 77aa00bbccdd on 3"),
        (
            "under way",
            Some(SHA),
            false,
            Some(&[(OTHER, 3), (SHA, 2)]),
            4,
            "a deployment is under way: 2 of 5 instances run the candidate 018e611abc12, beside 77aa00bbccdd on 3",
        ),
        ("only by instances that are none", Some(SHA), false, Some(&[(OTHER, 0), (SHA, 2)]), 0, ""),
        ("not told", Some(SHA), false, None, 0, ""),
        ("nothing told", Some(SHA), false, Some(&[]), 0, ""),
        ("not told, required", Some(SHA), true, None, 5, "telemetry does not tell what is deployed"),
        ("nothing told, required", Some(SHA), true, Some(&[]), 5, "telemetry does not tell what is deployed"),
        ("unknown", Some(SHA), false, Some(&[("unknown", 2), (SHA, 1)]), 0, ""),
        ("unknown, required", Some(SHA), true, Some(&[("unknown", 2), (SHA, 1)]), 5, "2 of 3 instances do not tell"),
        ("too short to say", Some(SHA), true, Some(&[("018e611", 2)]), 5, "2 of 2 instances do not tell"),
        (
            "unknown beside another",
            Some(SHA),
            false,
            Some(&[("unknown", 2), (OTHER, 1)]),
            3,
            "deployed is 77aa00bbccdd on 1",
        ),
        ("no candidate", None, false, Some(&[(OTHER, 2)]), 0, ""),
        ("no candidate, required", None, true, Some(&[(OTHER, 2)]), 5, "77aa00bbccdd on 2, and no candidate is named"),
    ];
    for (name, candidate, required, told, code, why) in cases {
        let a = judged(candidate, required, told, "limited");
        assert_eq!(a.exit_code(), code, "{name}: {}", a.headline);
        let told = a.advance.blockers.iter().any(|blocker| blocker.contains(why));
        assert_eq!(told, code != 0, "{name}: {:?}", a.advance.blockers);
        // Nothing of it keeps anybody from serving fewer.
        assert!(a.rollback.allowed && a.standing.reduce.allowed, "{name}");
    }
}

#[test]
fn it_is_the_same_where_nobody_is_served() {
    let a = judged(Some(SHA), false, Some(&[(OTHER, 3)]), "dark");
    assert_eq!(a.call, Call::NoGo);
    assert!(a.headline.contains("deployed is 77aa00bbccdd"), "{}", a.headline);
}

#[test]
fn counts_beyond_all_bounds_and_hostile_names_break_nothing() {
    let a = judged(Some(SHA), true, Some(&[("a\u{1b}[2Jb", u64::MAX), (SHA, u64::MAX)]), "limited");
    let deployed = a.standing.deployed.as_ref().unwrap();
    assert!(deployed.under_way() && deployed.blocks);
    assert!(deployed.commits.iter().any(|(commit, _)| commit == "a[2Jb"));
    assert!(!format!("{a:?}").contains("\\u{1b}"));
}

#[test]
fn a_runbook_that_does_not_say_how_it_is_told_compares_nothing() {
    assert_eq!(Scene::healthy().judge().standing.deployed, None);
}
