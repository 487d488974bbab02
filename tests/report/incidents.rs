//! Rollbacks told as incidents: each step where it belongs, each duration between the right two.

use chrono::{DateTime, Utc};
use gonogo::{
    audit::{Action, Event, Outcome, Phase},
    judge::{LegacyEvidence, Trouble},
    report::release::{Incident, Step},
};

use crate::story::{CANDIDATE, FIX, Story, at, green, guardrail, not_confirmed, runbook, trigger};

fn incidents(story: &Story) -> Vec<Incident> {
    story.log().incidents(runbook())
}

fn only(story: &Story) -> Incident {
    let mut all = incidents(story);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

fn when(step: &Option<Step>) -> Option<DateTime<Utc>> {
    step.as_ref().map(|step| step.at)
}

fn legacy(story: &mut Story, seconds: i64) {
    let by = LegacyEvidence::Telemetry { last_gone: None, back: 12, found: "12 uploads are back".to_owned() };
    story.tell(seconds, "bob", Event::LegacyConfirmed { rollback: "r1".to_owned(), by });
}

/// From the first violation to the way on.
fn whole() -> Story {
    let mut story = Story::opened();
    story.seen(100, guardrail("pull:cursor"), "seen once");
    story.seen(130, trigger("repeated-guardrails"), "two within 15 m");
    story.begin(160, "bob", "r1", Action::Rollback, "cursor went backwards");
    story.end(164, "bob", "r1", Action::Rollback, Outcome::Verified);
    legacy(&mut story, 200);
    let kept = |phase| Event::DiagnosticsKept {
        rollback: "r1".to_owned(),
        phase,
        folder: "/data/r1".to_owned(),
        files: 4,
        digest: "00".to_owned(),
    };
    story.tell(166, "bob", kept(Phase::AtOnce)).tell(201, "bob", kept(Phase::AtTheEnd));
    let trouble = Trouble::Rollback { rollback: "r1".to_owned() };
    story.tell(300, "ann", Event::Resolved { trouble, evidence: "cursor is monotone again".to_owned() });
    story.tell(310, "ann", Event::Basis { candidate: Some(FIX.to_owned()), runbook: runbook().digest.clone() });
    story.tell(320, "ann", green(FIX, 319));
    story.begin(400, "ann", "a1", Action::Advance, "fixed");
    story.end(403, "ann", "a1", Action::Advance, Outcome::Verified);
    story
}

#[test]
fn each_step_has_its_time_and_each_duration_its_two_ends() {
    let incident = only(&whole());
    let steps = [
        ("detected", when(&incident.detected), 100),
        ("tripped", when(&incident.tripped), 130),
        ("requested", Some(incident.requested.at), 160),
        ("written", when(&incident.written), 163),
        ("confirmed", when(&incident.confirmed), 164),
        ("legacy", when(&incident.legacy), 200),
        ("resolved", when(&incident.resolved), 300),
        ("fixed", when(&incident.fixed), 310),
        ("green", when(&incident.green), 320),
        ("left", when(&incident.left), 403),
    ];
    for (step, found, want) in steps {
        assert_eq!(found, Some(at(want)), "{step}");
    }
    assert_eq!(incident.kept.iter().map(|kept| kept.at).collect::<Vec<_>>(), [at(166), at(201)]);
    assert!(incident.kept[0].what.contains("bob-laptop:/data/r1"), "{:?}", incident.kept[0]);
    assert_eq!(incident.requested.by.as_deref(), Some("bob"));
    assert!(incident.requested.what.contains("cursor went backwards"), "{:?}", incident.requested);
    assert_eq!(incident.candidate.as_deref(), Some(CANDIDATE));
    assert_eq!(incident.before.as_deref(), Some("5 %"));
    let seconds = [incident.to_request(), incident.to_confirmed(), incident.to_legacy(), incident.total()]
        .map(|span| span.unwrap().num_seconds());
    assert_eq!(seconds, [60, 4, 40, 100]);
}

#[test]
fn what_is_not_on_record_is_none_and_makes_no_duration() {
    let mut story = Story::opened();
    story.begin(160, "bob", "r1", Action::Rollback, "a hunch");
    let incident = only(&story);
    let missing = [&incident.detected, &incident.tripped, &incident.confirmed, &incident.legacy, &incident.green];
    assert!(missing.iter().all(|step| step.is_none()), "{incident:#?}");
    assert_eq!([incident.to_request(), incident.to_confirmed(), incident.to_legacy(), incident.total()], [None; 4]);
    assert_eq!(incident.attempts[0].ended_at, None);
    assert!(incident.attempts[0].ended.contains("not known"), "{:?}", incident.attempts);
}

#[test]
fn what_was_resolved_or_came_later_did_not_call_for_it() {
    let mut story = Story::opened();
    story.seen(100, guardrail("a:b"), "resolved before");
    story.tell(110, "ann", Event::Resolved { trouble: guardrail("a:b"), evidence: "it was a test".to_owned() });
    story.tell(120, "ann", Event::Raised { trigger: "data-integrity".to_owned(), reason: "checksums".to_owned() });
    story.begin(160, "bob", "r1", Action::Rollback, "why");
    story.end(164, "bob", "r1", Action::Rollback, Outcome::Verified);
    story.seen(170, guardrail("c:d"), "afterwards");
    let incident = only(&story);
    assert_eq!(when(&incident.detected), Some(at(120)));
    assert_eq!(when(&incident.tripped), Some(at(120)));
    assert_eq!(incident.called_for.len(), 1, "{:#?}", incident.called_for);
    assert_eq!(incident.detected.unwrap().by.as_deref(), Some("ann"));
}

#[test]
fn who_joins_takes_part_in_one_incident() {
    let mut story = Story::opened();
    story.begin(160, "bob", "r1", Action::Rollback, "first");
    story.begin(162, "eve", "r2", Action::Rollback, "second");
    story.end(165, "eve", "r2", Action::Rollback, Outcome::Verified);
    story.end(166, "bob", "r1", Action::Rollback, Outcome::Verified);
    let incident = only(&story);
    let by: Vec<&str> = incident.attempts.iter().map(|attempt| attempt.by.as_str()).collect();
    assert_eq!(by, ["bob on bob-laptop", "eve on eve-laptop"]);
    assert_eq!((incident.requested.at, when(&incident.confirmed)), (at(160), Some(at(165))));
    assert!(incident.attempts.iter().all(|attempt| attempt.confirmed));
}

#[test]
fn one_that_was_cut_off_is_finished_by_the_next() {
    let mut story = Story::opened();
    story.begin(160, "bob", "r1", Action::Rollback, "first");
    story.begin(500, "bob", "r2", Action::Rollback, "again");
    story.end(503, "bob", "r2", Action::Rollback, Outcome::Verified);
    let incident = only(&story);
    let ended: Vec<_> = incident.attempts.iter().map(|attempt| (attempt.ended_at, attempt.confirmed)).collect();
    assert_eq!(ended, [(None, false), (Some(at(503)), true)]);
    assert_eq!(incident.to_confirmed().unwrap().num_seconds(), 343);
}

#[test]
fn one_that_was_never_confirmed_says_so() {
    let mut story = Story::opened();
    story.begin(160, "bob", "r1", Action::Rollback, "first");
    story.end(190, "bob", "r1", Action::Rollback, not_confirmed());
    let incident = only(&story);
    assert_eq!((incident.confirmed, incident.attempts[0].confirmed), (None, false));
    assert!(incident.attempts[0].ended.contains("flags did not answer"), "{:?}", incident.attempts);
}

#[test]
fn an_entry_that_was_written_twice_is_one_attempt() {
    let mut story = Story::opened();
    story.begin(160, "bob", "r1", Action::Rollback, "first").begin(160, "bob", "r1", Action::Rollback, "first");
    story.end(164, "bob", "r1", Action::Rollback, Outcome::Verified);
    assert_eq!(only(&story).attempts.len(), 1);
}

#[test]
fn what_called_for_one_did_not_call_for_the_next() {
    let mut story = whole();
    story.tell(500, "ann", Event::Note { text: "calm".to_owned() });
    story.begin(600, "bob", "r2", Action::Rollback, "again");
    story.end(604, "bob", "r2", Action::Rollback, Outcome::Verified);
    let all = incidents(&story);
    assert_eq!(all.iter().map(|incident| incident.rollback.as_str()).collect::<Vec<_>>(), ["r1", "r2"]);
    assert_eq!(all[1].detected, None);
    assert_eq!(all[1].candidate.as_deref(), Some(FIX));
    // The last of them is the one that the cockpit shows.
    let shown = story.log().history.rollback.unwrap();
    assert_eq!((shown.id.as_str(), shown.verified_at), ("r2", when(&all[1].confirmed)));
}

#[test]
fn a_green_run_on_what_was_rolled_back_is_no_fix() {
    let mut story = Story::opened();
    story.begin(160, "bob", "r1", Action::Rollback, "first");
    story.end(164, "bob", "r1", Action::Rollback, Outcome::Verified);
    story.tell(300, "ann", green(CANDIDATE, 299));
    let incident = only(&story);
    assert_eq!((incident.fixed, incident.green), (None, None));
}
