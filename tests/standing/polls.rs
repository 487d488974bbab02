//! Go/no-go polls: whose answers count, who decides, and what a poll keeps from going on.

use gonogo::{
    audit::{Entry, Event, Record, replay},
    facts::{may_decide, may_vote},
    judge::{Assessment, Assignment, Call, PollAnswer, PollRole, Verdict, present_poll},
    runbook::{Condition, Duty, Role},
};
use proptest::prelude::*;

use crate::{
    record::{at, entry, opened},
    scene::{Scene, ago, gate, gate_of},
};

use PollAnswer::{Go, NoGo};

const SHA: &str = "018e611abc12";
const ROLES: [&str; 4] = ["release", "rollback", "client", "api"];

pub fn role(key: &str, duty: Option<Duty>) -> Role {
    Role { key: key.to_owned(), title: format!("The {key}"), duty, configured: None }
}

pub fn assign(scene: &mut Scene, role: &str, name: Option<&str>) {
    let assigned = Assignment { at: ago(100), operator: "ann".to_owned(), name: name.map(str::to_owned) };
    scene.history.assigned.insert(role.to_owned(), assigned);
}

/// In `limited`, all green, four roles of which each is somebody's: `rel`, `rol`, `cli`, and nobody's `api`.
fn scene() -> Scene {
    let mut scene = Scene::healthy();
    scene.candidate = Some(SHA.to_owned());
    let duty = |key| match key {
        "release" => Some(Duty::ReleaseOwner),
        "rollback" => Some(Duty::RollbackOwner),
        _ => None,
    };
    scene.runbook.roles = ROLES.map(|key| role(key, duty(key))).to_vec();
    for key in &ROLES[..3] {
        assign(&mut scene, key, Some(&key[..3]));
    }
    scene
}

fn open(scene: &Scene, poll: &str) -> Event {
    let roles = ROLES.map(|key| PollRole { key: key.to_owned(), title: format!("The {key}") });
    Event::PollOpened {
        poll: poll.to_owned(),
        stage: "limited".to_owned(),
        candidate: scene.candidate.clone(),
        runbook: scene.runbook.digest.clone(),
        roles: roles.to_vec(),
        question: "on to everyone?".to_owned(),
    }
}

fn vote(role: &str, answer: PollAnswer) -> Event {
    let (poll, role, reason) = ("p1".to_owned(), role.to_owned(), "as seen".to_owned());
    Event::Voted { poll, role, answer, reason }
}

fn close(poll: &str, decision: PollAnswer, reason: &str) -> Event {
    Event::PollClosed { poll: poll.to_owned(), decision, reason: reason.to_owned() }
}

/// Takes these into the history, the way the log does, each a minute after the one before.
fn record(scene: &mut Scene, events: Vec<(&str, Event)>) {
    let mut entries: Vec<Entry> = vec![opened(0, "limited")];
    for (role, assigned) in &scene.history.assigned {
        entries.push(entry(0, "ann", Event::Assigned { role: role.clone(), name: assigned.name.clone() }));
    }
    entries.extend((1..).zip(events).map(|(minute, (who, event))| {
        // In the scene's own time.
        let at = ago(200) + (at(minute) - at(0));
        Entry { at, ..entry(minute, who, event) }
    }));
    let history = replay(&Record { entries, ..Record::default() });
    (scene.history.polls, scene.history.timeline) = (history.polls, history.timeline);
}

fn judged(events: Vec<(&str, Event)>) -> Assessment {
    let mut scene = scene();
    record(&mut scene, events);
    scene.judge()
}

fn answers(a: &Assessment) -> Vec<Option<PollAnswer>> {
    let poll = a.standing.poll.as_ref().expect("a poll");
    poll.answers.iter().map(|answer| answer.vote.as_ref().map(|vote| vote.answer)).collect()
}

#[track_caller]
fn blocked(a: &Assessment, call: Call, told: &str) {
    assert_eq!(a.call, call, "{}", a.headline);
    assert!(a.advance.blockers.iter().any(|why| why.contains(told)), "{told:?} is not in {:?}", a.advance.blockers);
    assert!(a.rollback.allowed && a.standing.reduce.allowed);
}

#[test]
fn an_open_poll_holds_and_says_how_many_answered_and_who_is_against() {
    let open = open(&scene(), "p1");
    assert_eq!(judged(vec![]).call, Call::Go);
    blocked(&judged(vec![("ann", open.clone())]), Call::Hold, "a poll is open: 0 of 4 have answered");
    let a = judged(vec![("ann", open), ("rel", vote("release", Go)), ("cli", vote("client", NoGo))]);
    blocked(&a, Call::Hold, "a poll is open: 2 of 4 have answered; The client says NO-GO: as seen");
    assert_eq!((answers(&a), a.exit_code()), (vec![Some(Go), None, Some(NoGo), None], 4));
    let poll = a.standing.poll.unwrap();
    assert!(poll.open());
    assert_eq!(poll.answers.iter().map(|role| role.name.as_deref()).collect::<Vec<_>>()[2..], [Some("cli"), None]);
}

#[test]
fn only_who_has_a_role_answers_for_it() {
    let open = open(&scene(), "p1");
    let cases: [(&str, &str, &str, bool); 7] = [
        ("who has it", "cli", "client", true),
        ("in another case, spaced", " CLI ", "client", true),
        ("another", "bob", "client", false),
        ("another's", "rel", "client", false),
        ("nobody's", "bob", "api", false),
        ("no such role", "cli", "storage", false),
        ("no name", "", "api", false),
    ];
    for (name, who, role, counts) in cases {
        let mut scene = scene();
        record(&mut scene, vec![("ann", open.clone()), (who, vote(role, NoGo))]);
        let a = scene.judge();
        let poll = a.standing.poll.as_ref().unwrap();
        assert_eq!((poll.answered(), poll.dissent().count()), (usize::from(counts), usize::from(counts)), "{name}");
        assert_eq!(poll.record.votes.len(), usize::from(counts), "{name}");
        assert_eq!(may_vote(&scene.runbook, &scene.history, role, who).is_ok(), counts, "{name}");
        let told = &scene.history.timeline.last().unwrap().text;
        // The log alone does not know what configurations say of a role that nobody was given.
        assert_eq!(told.contains("counts for nothing"), !counts && role != "api", "{name}: {told}");
    }
    let scene = scene();
    let why = |role, who| may_vote(&scene.runbook, &scene.history, role, who).unwrap_err();
    assert!(why("client", "bob").starts_with("The client is cli, who answers for it, and you are bob"));
    assert!(why("api", "bob").starts_with("nobody is named as The api"));
    assert!(
        why("storage", "bob").contains("the runbook has no role \"storage\"; known: release, rollback, client, api")
    );
}

#[test]
fn an_answer_is_that_of_who_has_the_role_now() {
    let mut scene = scene();
    let given = Event::Assigned { role: "api".to_owned(), name: Some("bob".to_owned()) };
    let taken = Event::Assigned { role: "client".to_owned(), name: None };
    let opened = open(&scene, "p1");
    record(&mut scene, vec![("ann", opened), ("cli", vote("client", Go)), ("bob", vote("api", Go)), ("ann", given)]);
    assign(&mut scene, "api", Some("bob"));
    assert_eq!(answers(&scene.judge()), [None, None, Some(Go), Some(Go)]);
    assign(&mut scene, "client", None);
    assert_eq!(answers(&scene.judge()), [None, None, None, Some(Go)]);
    // By the log, nobody is the client any more when this answer comes.
    let opened = open(&scene, "p1");
    record(&mut scene, vec![("ann", opened), ("ann", taken), ("cli", vote("client", Go))]);
    assign(&mut scene, "client", Some("cli"));
    assert_eq!(answers(&scene.judge()), [None; 4]);
    assert!(scene.history.timeline.last().unwrap().text.ends_with("counts for nothing: nobody is client"));
}

#[test]
fn a_decision_is_the_release_owners_and_a_no_go_stands_until_another_poll() {
    let open = |poll: &str| ("ann", open(&scene(), poll));
    // By somebody else it decides nothing, and keeps nobody from deciding.
    let a = judged(vec![open("p1"), ("cli", close("p1", Go, "fine"))]);
    blocked(&a, Call::Hold, "a poll is open");
    let a = judged(vec![open("p1"), ("cli", close("p1", Go, "fine")), ("rel", close("p1", NoGo, "not yet"))]);
    blocked(&a, Call::NoGo, "poll: NO-GO by rel at 2026-03-01 08:43 UTC: not yet; hold another one to lift it");
    let no_go = vec![open("p1"), ("rel", close("p1", NoGo, "not yet"))];
    // The first decision counts.
    let a = judged([no_go.clone(), vec![("rel", close("p1", Go, "now"))]].concat());
    blocked(&a, Call::NoGo, "NO-GO by rel");
    let again = [no_go, vec![open("p2")]].concat();
    blocked(&judged(again.clone()), Call::Hold, "a poll is open: 0 of 4");
    let a = judged([again, vec![("rel", close("p2", Go, "repaired"))]].concat());
    assert_eq!(a.call, Call::Go, "{}", a.headline);
    // Nobody is the release owner: nobody decides. Without the duty, anybody does.
    let mut scene = scene();
    record(&mut scene, vec![open("p1"), ("cli", close("p1", Go, "fine"))]);
    assign(&mut scene, "release", None);
    assert!(scene.judge().standing.poll.unwrap().open());
    assert!(may_decide(&scene.runbook, &scene.history, "rel").unwrap_err().starts_with("nobody is named"));
    scene.runbook.roles[0].duty = None;
    assert!(!scene.judge().standing.poll.unwrap().open());
    assert_eq!(may_decide(&scene.runbook, &scene.history, "cli"), Ok(()));
}

#[test]
fn a_go_against_a_no_go_says_why_and_is_shown_with_the_dissent() {
    let asked = || vec![("ann", open(&scene(), "p1")), ("cli", vote("client", NoGo))];
    let a = judged([asked(), vec![("rel", close("p1", Go, " "))]].concat());
    blocked(&a, Call::Hold, "a poll is open: 1 of 4 have answered; The client says NO-GO");

    let mut scene = scene();
    scene.runbook.stages[2].gates.push(gate("meeting", Condition::Poll));
    record(&mut scene, [asked(), vec![("rel", close("p1", Go, "known, and not from this"))]].concat());
    let a = scene.judge();
    assert_eq!(a.call, Call::Go, "{}", a.headline);
    let found = gate_of(&a, "meeting");
    assert!(found.reason.contains("(against the NO-GO of The client): known, and not from this"), "{}", found.reason);
    // Of nobody against: a word is enough.
    assert_eq!(judged(vec![("ann", open(&scene, "p1")), ("rel", close("p1", Go, ""))]).call, Call::Go);
}

#[test]
fn the_gate_asks_for_a_poll_that_was_closed_with_go() {
    let opened = || ("ann", open(&scene(), "p1"));
    type Case = (&'static str, Vec<(&'static str, Event)>, Verdict, &'static str);
    let cases: [Case; 5] = [
        ("none", vec![], Verdict::Pending, "no poll was held in this stage"),
        ("open", vec![opened()], Verdict::Pending, "the poll is open, 0 of 4 have answered"),
        ("go", vec![opened(), ("rel", close("p1", Go, "fine"))], Verdict::Pass, "GO by rel"),
        ("no-go", vec![opened(), ("rel", close("p1", NoGo, "no"))], Verdict::Pending, "NO-GO by rel"),
        ("by another", vec![opened(), ("bob", close("p1", Go, "fine"))], Verdict::Pending, "the poll is open"),
    ];
    for (name, events, verdict, told) in cases {
        let mut scene = scene();
        scene.runbook.stages[2].gates.push(gate("meeting", Condition::Poll));
        record(&mut scene, events);
        let a = scene.judge();
        let found = gate_of(&a, "meeting");
        assert_eq!(found.verdict, verdict, "{name}: {}", found.reason);
        assert!(found.reason.contains(told), "{name}: {}", found.reason);
        // Nothing that an approval rests on.
        assert_eq!(
            a.approval,
            {
                scene.history.polls.clear();
                scene.judge().approval
            },
            "{name}"
        );
    }
}

#[test]
fn a_poll_falls_with_what_it_is_about_and_another_candidates_lifts_no_no_go() {
    type Change = fn(&mut Scene);
    let cases: [(&str, Change, Option<&str>); 4] = [
        ("another candidate", |s| s.candidate = Some("77aa00bbccdd".to_owned()), Some("the candidate is another one")),
        ("no candidate", |s| s.candidate = None, Some("the candidate is another one")),
        ("another runbook", |s| s.runbook.digest = "e".repeat(64), Some("the runbook is another one")),
        ("another stay", |s| s.history.visits.last_mut().unwrap().entered_at = ago(10), None),
    ];
    for (name, change, why) in cases {
        let mut scene = scene();
        let opened = open(&scene, "p1");
        record(&mut scene, vec![("ann", opened), ("rel", close("p1", NoGo, "no"))]);
        blocked(&scene.judge(), Call::NoGo, "poll: NO-GO");
        change(&mut scene);
        let a = scene.judge();
        assert!(!a.advance.blockers.iter().any(|why| why.contains("poll")), "{name}: {:?}", a.advance.blockers);
        assert_eq!(a.standing.poll.and_then(|poll| poll.fell).as_deref(), why, "{name}");
    }
    let mut scene = scene();
    let mut other = open(&scene, "p2");
    if let Event::PollOpened { candidate, .. } = &mut other {
        *candidate = Some("77aa00bbccdd".to_owned());
    }
    let opened = open(&scene, "p1");
    record(&mut scene, vec![("ann", opened), ("rel", close("p1", NoGo, "no")), ("bob", other)]);
    blocked(&scene.judge(), Call::NoGo, "poll: NO-GO by rel");
    let by_log = present_poll(&scene.runbook, &scene.history, scene.candidate.as_deref(), scene.now).unwrap();
    assert_eq!(Some(by_log), scene.judge().standing.poll);
}

#[test]
fn of_two_polls_the_later_counts_and_each_answer_is_its_own_polls() {
    let opened = |poll: &str| ("ann", open(&scene(), poll));
    let a = judged(vec![opened("p1"), opened("p2"), ("cli", vote("client", NoGo)), ("rel", close("p1", Go, "why"))]);
    let poll = a.standing.poll.as_ref().unwrap();
    assert_eq!((poll.record.poll.as_str(), poll.answered(), poll.open()), ("p2", 0, true));
    // An entry that was tried again is there twice, and is one poll.
    let mut scene = scene();
    let first = Entry { at: ago(150), ..entry(1, "ann", open(&scene, "p1")) };
    let answer = Entry { at: ago(149), ..entry(2, "cli", vote("client", NoGo)) };
    let entries = vec![opened_entry(), first.clone(), answer, first];
    scene.history.polls = replay(&Record { entries, ..Record::default() }).polls;
    assert_eq!(scene.history.polls.len(), 1);
    assert_eq!(scene.judge().standing.poll.unwrap().answered(), 1);
}

fn opened_entry() -> Entry {
    opened(0, "limited")
}

#[test]
fn a_rollback_owner_is_named_before_anybody_is_served() {
    let mut scene = scene();
    assign(&mut scene, "rollback", None);
    blocked(&scene.judge(), Call::Hold, "nobody is named as The rollback: gonogo role assign");
    scene.history.assigned.remove("rollback");
    blocked(&scene.judge(), Call::Hold, "nobody is named as The rollback");
    scene.runbook.roles[1].configured = Some("  ".to_owned());
    blocked(&scene.judge(), Call::Hold, "nobody is named as The rollback");
    // Back to what the stage says needs nobody new.
    scene.flag.state = Some(crate::scene::flag_state(true, crate::scene::exposure(&["internal"], 90)));
    let a = scene.judge();
    assert!(a.standing.restore.allowed && a.standing.reduce.allowed && a.rollback.allowed);
    scene.runbook.roles[1].configured = Some("rol".to_owned());
    scene.enter("limited", 360);
    assert_eq!(scene.judge().call, Call::Go);
    // Behind the last stage nobody more is served.
    assign(&mut scene, "rollback", None);
    scene.enter("everyone", 360);
    let a = scene.judge();
    assert!(!a.advance.blockers.iter().any(|why| why.contains("nobody is named as")), "{:?}", a.advance.blockers);
}

fn anyone() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["rel", "rol", "cli", "api", "bob", "", "REL"])
}

fn anything() -> impl Strategy<Value = (&'static str, Event)> {
    let answer = || prop_oneof![Just(Go), Just(NoGo)];
    let poll = || prop::sample::select(vec!["p1", "p2", "p3"]);
    let role = prop::sample::select(vec!["release", "rollback", "client", "api", "storage"]);
    let reason = prop::sample::select(vec!["", "why", "a\u{1b}[2Jb\u{202e}c\nd"]);
    prop_oneof![
        (anyone(), poll()).prop_map(|(who, poll)| (who, open(&scene(), poll))),
        (anyone(), poll(), role, answer()).prop_map(|(who, poll, role, answer)| {
            let Event::Voted { role, answer, reason, .. } = vote(role, answer) else { unreachable!() };
            (who, Event::Voted { poll: poll.to_owned(), role, answer, reason })
        }),
        (anyone(), poll(), answer(), reason).prop_map(|(who, poll, answer, reason)| (who, close(poll, answer, reason))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// In whatever order and however often: nobody answers or decides for another, an open poll holds, a NO-GO stands.
    #[test]
    fn nobody_gets_by_a_poll(events in prop::collection::vec(anything(), 0..14)) {
        let mut scene = scene();
        record(&mut scene, events);
        let a = scene.judge();
        let raw = format!("{a:?}");
        prop_assert!(!raw.contains("\\u{1b}") && !raw.contains("\\u{202e}") && !raw.contains("c\\nd"), "{raw}");
        let Some(poll) = &a.standing.poll else { return Ok(()) };
        for answer in poll.answers.iter() {
            if let Some(vote) = &answer.vote {
                prop_assert_eq!(vote.operator.trim().to_lowercase(), answer.name.clone().unwrap_or_default());
            }
        }
        match &poll.record.decision {
            None => prop_assert!(a.call == Call::Hold && poll.open()),
            Some(decision) => {
                prop_assert_eq!(decision.operator.to_lowercase(), "rel");
                let overruled = decision.answer == Go && poll.dissent().count() > 0;
                prop_assert!(!(overruled && decision.reason.trim().is_empty()));
                prop_assert_eq!(a.call, if decision.answer == Go { Call::Go } else { Call::NoGo });
            }
        }
        prop_assert!(a.rollback.allowed);
    }
}
