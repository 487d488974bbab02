//! What else may be done, what is a reason against going on, and the request of the first of two people.

use chrono::TimeDelta;
use gonogo::{
    judge::{Call, OpenRequest, Paused, RaisedHold, Trouble},
    runbook::Exposure,
};

use crate::{
    record::request,
    scene::{Scene, ago, exposure, fault, flag_state, now},
};

fn serving(serves: Exposure) -> Scene {
    let mut scene = Scene::healthy();
    scene.flag.state = Some(flag_state(!serves.is_off(), serves));
    scene
}

#[test]
fn to_reduce_asks_no_gate_and_only_for_fewer() {
    let reduce = |scene: &Scene| scene.judge().standing.reduce;
    let mut scene = Scene::healthy();
    scene.add("mismatch", &["/register"], ago(3), 1);
    scene.add("guardrail", &["pull", "regression"], ago(3), 1);
    scene.history.paused = Some(Paused { at: ago(9), operator: "ann".into(), reason: "weekend".into() });
    let free = reduce(&scene);
    assert_eq!((free.allowed, free.to.as_deref()), (true, Some("internal")), "{:?}", free.blockers);

    let says = |scene: &Scene, told: &str| {
        let action = reduce(scene);
        assert!(!action.allowed && action.blockers.join("; ").contains(told), "{told}: {action:?}");
    };
    says(&serving(exposure(&[], 5)), "the flag serves 5 %: stage internal would expose more people (internal)");
    says(&serving(Exposure::off()), "the flag serves off");
    assert!(reduce(&serving(Exposure::everyone())).allowed, "more than the stage says is reduced all the same");
    scene.flag.state.as_mut().unwrap().foreign = vec!["userWithId".to_owned()];
    says(&scene, "other rules decide, too");
    scene.flag = gonogo::snapshot::FlagReading { fault: Some(fault()), ..Default::default() };
    says(&scene, "the flag was never read");
    let mut scene = Scene::healthy();
    scene.history.blind = Some("permission denied".to_owned());
    says(&scene, "what happened before is not known");
    scene.enter("internal", 5);
    says(&scene, "the stage before exposes nobody: roll back");
    scene.enter("dark", 3);
    says(&scene, "this is the first stage");
}

#[test]
fn drift_has_three_ways_out_and_none_grows_what_was_decided() {
    // what the flag serves -> adopt, restore while all is well, restore while something stands against it
    let cases = [
        (exposure(&["internal"], 5), None, false, false),
        (exposure(&["internal"], 0), Some("internal"), true, false),
        (Exposure::off(), Some("dark"), true, false),
        (Exposure::everyone(), None, true, true),
        (exposure(&["internal"], 50), None, true, true),
        (exposure(&[], 5), None, true, false),
        (exposure(&["beta"], 0), None, true, false),
    ];
    for (serves, adopt, well, ill) in cases {
        let mut scene = serving(serves.clone());
        let standing = scene.judge().standing;
        assert_eq!((standing.adopt.allowed, standing.adopt.to.as_deref()), (adopt.is_some(), adopt), "{serves}");
        assert_eq!(standing.restore.allowed, well, "{serves}: {:?}", standing.restore.blockers);
        scene.add("guardrail", &["pull", "regression"], ago(3), 1);
        let restore = scene.judge().standing.restore;
        assert_eq!(restore.allowed, ill, "{serves}: {:?}", restore.blockers);
        assert_eq!(restore.to.as_deref(), Some("limited"));
    }
    // Behind rules of others nobody knows who is served.
    let mut scene = serving(Exposure::everyone());
    scene.flag.state.as_mut().unwrap().foreign = vec!["userWithId".to_owned()];
    assert!(!scene.judge().standing.adopt.allowed);
    assert!(scene.judge().standing.restore.allowed);
    scene.history.holds = vec![held()];
    let restore = scene.judge().standing.restore;
    assert_eq!(
        restore.blockers,
        ["more people may get the feature again, and hold h1 stands: roll back, or resolve it"]
    );
    // To take everything away is never growing.
    scene.enter("dark", 5);
    scene.flag.state = Some(flag_state(true, Exposure::everyone()));
    scene.flag.state.as_mut().unwrap().foreign = vec!["userWithId".to_owned()];
    assert!(scene.judge().standing.restore.allowed);
}

#[test]
fn who_changed_the_flag_is_told() {
    let mut scene = serving(Exposure::off());
    assert_eq!(scene.judge().standing.changed, None);
    let state = scene.flag.state.as_mut().unwrap();
    (state.changed_at, state.changed_by) = (Some(ago(4)), Some("eve\u{1b}[2J".to_owned()));
    state.changed_what = Some("feature-environment-disabled".to_owned());
    let changed = scene.judge().standing.changed.unwrap();
    assert_eq!((changed.at, changed.what.as_deref()), (Some(ago(4)), Some("feature-environment-disabled")));
    assert!(!changed.by.unwrap().contains('\u{1b}'));
}

fn held() -> RaisedHold {
    RaisedHold {
        at: ago(7),
        hold: "h1".to_owned(),
        operator: "ann".to_owned(),
        reason: "sums differ".to_owned(),
        evidence: "ticket 9".to_owned(),
    }
}

#[test]
fn what_people_stopped_holds_until_they_lift_it_and_comes_before_what_cannot_be_seen() {
    let mut scene = Scene::healthy();
    scene.history.holds = vec![held(), RaisedHold { hold: "h2".to_owned(), ..held() }];
    scene.history.paused = Some(Paused { at: ago(9), operator: "bob".into(), reason: "weekend".into() });
    scene.resolve_trouble(Trouble::Hold { hold: "h2".to_owned() }, ago(2));
    let a = scene.judge();
    assert_eq!((a.call, a.exit_code()), (Call::Hold, 4));
    assert_eq!(a.headline, "held by ann: sums differ · 1 more reason");
    assert_eq!(
        a.advance.blockers,
        [
            "hold h1, raised by ann at 2026-03-01 11:53 UTC: sums differ; clear it with gonogo hold clear --hold h1 \
             --evidence …",
            "paused by bob at 2026-03-01 11:51 UTC: weekend",
        ]
    );
    assert!(a.rollback.allowed && a.standing.reduce.allowed);
    assert_eq!(a.standing.holds, [held()]);
    // A person's doubt is said before what cannot be seen, and after what failed.
    scene.reading("message").health = gonogo::snapshot::Health::Unreadable;
    scene.add("mismatch", &["/register"], ago(3), 1);
    let blockers = scene.judge().advance.blockers;
    let starts =
        ["rollback trigger Trigger mismatch", "hold h1", "paused by bob", "gate Gate messages: cannot be seen"];
    for (blocker, start) in blockers.iter().zip(starts) {
        assert!(blocker.starts_with(start), "{blocker}");
    }
    // The digest is about what is judged: who confirms has none of these against it.
    let digest = Scene::healthy().judge().digest;
    assert_eq!(a.digest, digest);
}

#[test]
fn a_second_person_is_no_reason_and_a_request_says_why_it_fell() {
    let mut scene = Scene::healthy();
    scene.runbook.stages[3].second_person = Some(std::time::Duration::from_secs(1800));
    let a = scene.judge();
    assert_eq!((a.call, a.advance.allowed), (Call::Go, true));
    assert_eq!((a.standing.second_person, a.standing.request), (Some(TimeDelta::minutes(30)), None));

    let mut asked = request("q1", 0);
    (asked.expires_at, asked.digest) = (now() + TimeDelta::minutes(20), a.digest);
    scene.history.request = Some(OpenRequest { at: ago(10), operator: "ann".to_owned(), request: asked });
    let fallen = |scene: &Scene| scene.judge().standing.request.unwrap().fallen;
    assert_eq!(fallen(&scene), [""; 0]);
    let request = scene.judge().standing.request.unwrap();
    assert_eq!((request.id.as_str(), request.to.as_str(), request.operator.as_str()), ("q1", "everyone", "ann"));

    type Change = fn(&mut Scene);
    let cases: [(Change, &str); 6] = [
        (
            |s| s.history.request.as_mut().unwrap().request.expires_at = ago(1),
            "nobody confirmed it until 2026-03-01 11:59 UTC",
        ),
        (|s| s.enter("everyone", 1), "the rollout is in stage everyone"),
        (|s| s.candidate = Some("77aa00bb".to_owned()), "the candidate is 77aa00bb, it was 018e611"),
        (|s| s.candidate = None, "the candidate is none, it was 018e611"),
        (|s| s.flag.state.as_mut().unwrap().version = "v2".to_owned(), "the flag is not what it was"),
        (|s| s.add("path", &["legacy"], ago(3), 1), "something was judged otherwise since"),
    ];
    for (change, want) in cases {
        let mut scene = scene.clone();
        change(&mut scene);
        assert_eq!(fallen(&scene).first().map(String::as_str), Some(want));
    }
}

#[test]
fn a_stage_is_seen_to_serve_from_its_first_attempt_on() {
    let mut scene = Scene::quiet(10);
    let serving = scene.judge().standing.serving.unwrap();
    assert_eq!((serving.since, serving.attempts), (None, 0));
    scene.add("upload", &["true", ""], ago(20), 5);
    assert_eq!(scene.judge().standing.serving.unwrap().since, None, "before the stage was entered");
    scene.add("upload", &["true", ""], ago(7), 2);
    scene.add("upload", &["false", "attach"], now(), 1);
    let serving = scene.judge().standing.serving.unwrap();
    assert_eq!((serving.attempts, serving.blind), (3, None));
    assert!(serving.since.unwrap() >= ago(8) && serving.since.unwrap() <= ago(7));
    scene.reading("upload").health = gonogo::snapshot::Health::Unreadable;
    assert!(scene.judge().standing.serving.unwrap().blind.is_some());
    scene.enter("dark", 3);
    assert_eq!(scene.judge().standing.serving, None);
}
