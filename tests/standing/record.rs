//! What entries of the log come to.

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Action, Begun, Entry, Event, Outcome, Phase, Record, Request, replay},
    fault::{Fault, FaultKind},
    flags::Plan,
    judge::{History, LegacyEvidence, Trouble},
    runbook::Exposure,
    snapshot::FlagState,
};

use crate::scene::{exposure, flag_state};

pub fn at(minutes: i64) -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

pub fn entry(minutes: i64, who: &str, event: Event) -> Entry {
    let (operator, host) = who.split_once('@').unwrap_or((who, "box"));
    Entry {
        seq: 0,
        at: at(minutes),
        operator: operator.to_owned(),
        host: host.to_owned(),
        version: "1".to_owned(),
        event,
        previous: String::new(),
        hash: format!("hash-{minutes}"),
    }
}

fn serving(version: &str, exposure: Exposure) -> FlagState {
    FlagState { version: version.to_owned(), ..flag_state(!exposure.is_off(), exposure) }
}

pub fn stage_exposure(stage: &str) -> Exposure {
    match stage {
        "dark" => Exposure::off(),
        "internal" => exposure(&["internal"], 0),
        "limited" => exposure(&["internal"], 5),
        _ => Exposure::everyone(),
    }
}

pub fn opened(minutes: i64, stage: &str) -> Entry {
    let event = Event::Opened {
        stage: stage.to_owned(),
        entered_at: at(minutes),
        flag: Some(serving(stage, stage_exposure(stage))),
        candidate: Some("018e611abc12".to_owned()),
        runbook: Some("d".repeat(64)),
    };
    entry(minutes, "ann", event)
}

pub fn begun(minutes: i64, who: &str, id: &str, action: Action, way: (&str, &str), before: &str) -> Entry {
    let begun = Begun {
        id: id.to_owned(),
        action,
        from_stage: way.0.to_owned(),
        to_stage: way.1.to_owned(),
        before: Some(serving(before, stage_exposure(before))),
        target: stage_exposure(way.1),
        plan: Plan { from_version: before.to_owned(), target: stage_exposure(way.1), writes: Vec::new() },
        reason: format!("because of {id}"),
        candidate: Some("018e611abc12".to_owned()),
        digest: None,
        runbook: Some("d".repeat(64)),
        request: None,
        process: Some(7),
    };
    entry(minutes, who, Event::Begun(Box::new(begun)))
}

pub fn ended(minutes: i64, who: &str, id: &str, action: Action, now_in: Option<&str>) -> Entry {
    let outcome = match now_in {
        Some(_) => Outcome::Verified,
        None => Outcome::NotConfirmed { fault: Fault::new(FaultKind::Timeout, "no answer", "look") },
    };
    let after = now_in.map(|stage| serving(stage, stage_exposure(stage)));
    entry(minutes, who, Event::Ended { id: id.to_owned(), action, outcome, after })
}

/// A whole action of this person, a minute long.
pub fn done(minutes: i64, who: &str, id: &str, action: Action, from: &str, to: &str) -> [Entry; 2] {
    let begin = begun(minutes, who, id, action, (from, to), from);
    [begin, ended(minutes + 1, who, id, action, Some(to))]
}

pub fn past(entries: impl IntoIterator<Item = Entry>) -> History {
    replay(&Record { entries: entries.into_iter().collect(), ..Record::default() })
}

/// Stages with when each was entered and left.
fn visits(history: &History) -> Vec<(&str, i64, Option<i64>, bool)> {
    let minutes = |instant: DateTime<Utc>| (instant - at(0)).num_minutes();
    let each =
        history.visits.iter().map(|v| (v.stage.as_str(), minutes(v.entered_at), v.left_at.map(minutes), v.by_rollback));
    each.collect()
}

/// In `limited` from 20 on.
pub fn limited() -> Vec<Entry> {
    let mut entries = vec![opened(0, "dark")];
    entries.extend(done(9, "ann", "a1", Action::Advance, "dark", "internal"));
    entries.extend(done(19, "ann", "a2", Action::Advance, "internal", "limited"));
    entries
}

const TO_LIMITED: [(&str, i64, Option<i64>, bool); 3] =
    [("dark", 0, Some(10), false), ("internal", 10, Some(20), false), ("limited", 20, None, false)];

#[test]
fn who_rolls_back_while_a_rollback_stands_joins_it() {
    let mut entries = limited();
    entries.push(begun(30, "ann@one", "r1", Action::Rollback, ("limited", "dark"), "limited"));
    entries.push(begun(30, "bob@two", "r2", Action::Rollback, ("limited", "dark"), "limited"));
    entries.push(ended(31, "ann@one", "r1", Action::Rollback, Some("dark")));
    entries.push(ended(31, "bob@two", "r2", Action::Rollback, Some("dark")));
    // And once more, much later, where it is off.
    entries.extend(done(50, "eve@one", "r3", Action::Rollback, "dark", "dark"));
    let history = past(entries);
    assert_eq!(visits(&history)[2..], [("limited", 20, Some(31), false), ("dark", 31, None, true)]);
    let record = history.rollback.unwrap();
    assert_eq!((record.id.as_str(), record.at, record.operator.as_str()), ("r1", at(30), "ann"));
    assert_eq!((record.from_stage.as_str(), record.host.as_str()), ("limited", "one"));
    assert_eq!(record.joined, ["bob on two", "eve on one"]);
    assert_eq!((record.verified_at, record.left_at), (Some(at(31)), None));
    assert_eq!(record.before, Some(stage_exposure("limited")));
    assert_eq!(record.candidate.as_deref(), Some("018e611abc12"));
    assert!(history.timeline.iter().any(|line| line.text.contains("together with that of ann")));
}

#[test]
fn what_is_off_already_is_not_rolled_back() {
    let mut entries = vec![opened(0, "dark")];
    entries.extend(done(5, "ann", "r1", Action::Rollback, "dark", "dark"));
    let history = past(entries);
    assert_eq!(visits(&history), [("dark", 0, None, false)]);
    assert_eq!(history.rollback, None);
    // Without anything on record, there is a stage all the same.
    let history = past(done(5, "ann", "r1", Action::Rollback, "limited", "dark"));
    assert_eq!(visits(&history), [("dark", 6, None, true)]);
    assert_eq!(history.rollback.unwrap().from_stage, "limited");
}

#[test]
fn a_rollback_counts_while_it_may_be_and_no_longer_once_it_was_not_confirmed() {
    let mut entries = limited();
    entries.push(begun(30, "ann", "r1", Action::Rollback, ("limited", "dark"), "limited"));
    let under_way = past(entries.clone());
    assert_eq!(under_way.rollback.as_ref().map(|record| record.verified_at), Some(None));
    assert_eq!(under_way.unfinished.as_ref().map(|open| open.id.as_str()), Some("r1"));
    assert_eq!(visits(&under_way), TO_LIMITED);

    entries.push(ended(31, "ann", "r1", Action::Rollback, None));
    assert_eq!(past(entries.clone()).rollback, None);
    // Another try is a rollback of its own.
    entries.extend(done(33, "bob", "r2", Action::Rollback, "limited", "dark"));
    let record = past(entries).rollback.unwrap();
    assert_eq!((record.id.as_str(), record.joined.len(), record.verified_at), ("r2", 0, Some(at(34))));
}

#[test]
fn a_rollback_is_over_when_the_stage_that_it_entered_is_left_again() {
    let mut entries = limited();
    entries.extend(done(30, "ann", "r1", Action::Rollback, "limited", "dark"));
    let resolved = Event::Resolved { trouble: Trouble::Rollback { rollback: "r1".into() }, evidence: "fixed".into() };
    let kept = |phase, folder: &str| Event::DiagnosticsKept {
        rollback: "r1".to_owned(),
        phase,
        folder: folder.to_owned(),
        files: 4,
        digest: "e".repeat(64),
    };
    entries.push(entry(31, "ann@one", kept(Phase::AtOnce, "/data/1")));
    let by = LegacyEvidence::Attested { statement: "looked at the board".to_owned() };
    entries.push(entry(35, "bob", Event::LegacyConfirmed { rollback: "r1".to_owned(), by: by.clone() }));
    entries.push(entry(36, "ann@one", kept(Phase::AtTheEnd, "/data/2")));
    entries.push(entry(40, "bob", resolved));
    let stands = past(entries.clone()).rollback.unwrap();
    assert_eq!(stands.legacy, Some((at(35), "bob".to_owned(), by)));
    let kept: Vec<_> = stands.kept.iter().map(|(_, phase, folder)| (*phase, folder.as_str())).collect();
    assert_eq!(kept, [(Phase::AtOnce, "one:/data/1"), (Phase::AtTheEnd, "one:/data/2")]);
    assert_eq!(stands.resolved.as_ref().map(|resolved| resolved.evidence.as_str()), Some("fixed"));
    assert_eq!(stands.left_at, None);

    entries.extend(done(60, "ann", "a3", Action::Advance, "dark", "internal"));
    assert_eq!(past(entries.clone()).rollback.unwrap().left_at, Some(at(61)));
    // The next one is another.
    entries.extend(done(70, "ann", "r2", Action::Rollback, "internal", "dark"));
    let record = past(entries).rollback.unwrap();
    assert_eq!((record.id.as_str(), record.left_at, record.resolved), ("r2", None, None));
}

#[test]
fn off_is_to_be_seen_anew_where_somebody_had_switched_it_on_again() {
    let mut entries = limited();
    entries.extend(done(30, "ann", "r1", Action::Rollback, "limited", "dark"));
    let by = LegacyEvidence::Attested { statement: "looked".to_owned() };
    entries.push(entry(33, "ann", Event::LegacyConfirmed { rollback: "r1".to_owned(), by: by.clone() }));
    entries.push(entry(40, "ann", Event::FlagFound { flag: serving("on", stage_exposure("internal")) }));
    entries.push(begun(41, "bob", "r2", Action::Rollback, ("dark", "dark"), "internal"));
    let under_way = past(entries.clone()).rollback.unwrap();
    assert_eq!((under_way.id.as_str(), under_way.verified_at, under_way.legacy), ("r1", None, None));
    let mut failed = entries.clone();
    failed.push(ended(42, "bob", "r2", Action::Rollback, None));
    let record = past(failed).rollback.unwrap();
    assert_eq!((record.verified_at, record.legacy), (Some(at(31)), Some((at(33), "ann".to_owned(), by))));
    entries.push(ended(42, "bob", "r2", Action::Rollback, Some("dark")));
    let history = past(entries);
    assert_eq!(visits(&history).last(), Some(&("dark", 31, None, true)));
    let record = history.rollback.unwrap();
    assert_eq!((record.verified_at, record.legacy), (Some(at(42)), None));
}

#[test]
fn each_way_out_of_drift_enters_what_it_says() {
    let adopted = |stage: &str| Event::Adopted {
        stage: stage.to_owned(),
        flag: serving("other", stage_exposure(stage)),
        reason: "agreed on the call".to_owned(),
    };
    let mut entries = limited();
    entries.push(entry(30, "ann", adopted("internal")));
    let history = past(entries.clone());
    assert_eq!(visits(&history)[2..], [("limited", 20, Some(30), false), ("internal", 30, None, false)]);
    assert_eq!((history.rollback, history.flags.last().map(|flag| flag.version.as_str())), (None, Some("other")));

    // Off is a rollback, by whomever.
    entries.push(entry(40, "bob@two", adopted("dark")));
    entries.push(entry(45, "bob@two", adopted("dark")));
    let history = past(entries);
    assert_eq!(visits(&history)[3..], [("internal", 30, Some(40), false), ("dark", 40, None, true)]);
    let record = history.rollback.unwrap();
    assert_eq!(
        (record.id.as_str(), record.operator.as_str(), record.from_stage.as_str()),
        ("hash-40", "bob", "internal")
    );
    assert_eq!((record.at, record.verified_at, record.left_at), (at(40), Some(at(40)), None));
}

#[test]
fn to_reduce_enters_the_stage_before_and_to_restore_stays() {
    let mut entries = limited();
    entries.extend(done(30, "ann", "x1", Action::Reduce, "limited", "internal"));
    let history = past(entries.clone());
    assert_eq!(visits(&history)[2..], [("limited", 20, Some(31), false), ("internal", 31, None, false)]);
    // The drift was never found on record, and what is restored has the version that it had: evidence begins again.
    entries.push(begun(40, "ann", "x2", Action::Restore, ("internal", "internal"), "everyone"));
    entries.push(ended(41, "ann", "x2", Action::Restore, Some("internal")));
    let after = past(entries);
    assert_eq!(visits(&after), visits(&history));
    let flags: Vec<_> = after.flags.iter().map(|flag| (flag.version.as_str(), flag.at)).collect();
    assert_eq!(flags[3..], [("internal", at(31)), ("everyone", at(40)), ("internal", at(41))]);
}

#[test]
fn what_is_appended_late_is_put_where_it_belongs() {
    // The log was away for one machine: it rolled back at 30, and that reached the log after all the rest.
    let late = done(30, "ann@one", "r1", Action::Rollback, "limited", "dark");
    let mut others: Vec<Entry> = limited();
    others.extend(done(32, "bob@two", "r2", Action::Rollback, "limited", "dark"));
    let joined = past(others.iter().cloned().chain(late.clone()));
    assert_eq!(visits(&joined)[2..], [("limited", 20, Some(31), false), ("dark", 31, None, true)]);
    let record = joined.rollback.unwrap();
    assert_eq!((record.id.as_str(), record.joined.as_slice()), ("r2", &["ann on one".to_owned()][..]));
    assert_eq!(record.left_at, None);

    // The stage was left since: the rollback is in between, and is over.
    others.extend(done(60, "bob@two", "a3", Action::Advance, "dark", "internal"));
    let over = past(others.iter().cloned().chain(late.clone()));
    assert_eq!(
        visits(&over)[2..],
        [("limited", 20, Some(31), false), ("dark", 31, Some(61), true), ("internal", 61, None, false)]
    );
    assert_eq!(over.rollback.unwrap().left_at, Some(at(61)));
    let flags: Vec<_> = over.flags.iter().map(|flag| flag.version.as_str()).collect();
    assert_eq!(flags, ["dark", "internal", "limited", "dark", "internal"]);

    // Nobody else rolled back: another machine went on from a stage that was off by then.
    let mut raced: Vec<Entry> = limited();
    raced.push(entry(35, "bob@two", Event::Note { text: "lunch".to_owned() }));
    let history = past(raced.into_iter().chain(late));
    assert_eq!(visits(&history)[2..], [("limited", 20, Some(31), false), ("dark", 31, None, true)]);
}

#[test]
fn a_clock_that_was_set_back_changes_no_order() {
    // One machine, whose clock loses a quarter of an hour before it rolls back.
    let mut entries = limited();
    entries.extend(done(12, "ann", "r1", Action::Rollback, "limited", "dark"));
    let history = past(entries);
    assert_eq!(history.present().unwrap().stage, "dark");
    assert_eq!(history.rollback.unwrap().id, "r1");
    assert_eq!(history.flags.last().unwrap().version, "dark");
    // Two machines a minute apart: what was done after the advance is after it.
    let mut entries = limited();
    entries.extend(done(18, "bob@two", "r1", Action::Rollback, "limited", "dark"));
    let history = past(entries);
    assert_eq!(history.present().unwrap().stage, "dark");
    assert_eq!(history.rollback.unwrap().left_at, None);
}

pub fn request(id: &str, expires: i64) -> Request {
    Request {
        id: id.to_owned(),
        from_stage: "limited".to_owned(),
        to_stage: "everyone".to_owned(),
        flag_version: "v1".to_owned(),
        candidate: Some("018e611".to_owned()),
        digest: "f".repeat(64),
        writes: Vec::new(),
        reason: "all green".to_owned(),
        expires_at: at(expires),
    }
}

#[test]
fn a_request_falls_at_whatever_changes_what_it_rests_on() {
    let asked = |id| entry(30, "ann", Event::Requested(Box::new(request(id, 60))));
    let text = |text: &str| text.to_owned();
    let hold = Event::HoldRaised { hold: text("h1"), reason: text("doubt"), evidence: text("ticket") };
    let cases = [
        (Event::Paused { reason: text("weekend") }, true),
        (hold, true),
        (Event::FlagFound { flag: serving("v2", Exposure::off()) }, true),
        (Event::Basis { candidate: None, runbook: text("e") }, true),
        (Event::Withdrawn { request: text("q1"), why: text("not yet") }, true),
        (Event::Withdrawn { request: text("q0"), why: text("an older one") }, false),
        (begun(31, "ann", "r", Action::Rollback, ("limited", "dark"), "limited").event, true),
        (Event::Adopted { stage: text("internal"), flag: serving("v2", Exposure::off()), reason: text("yes") }, true),
        (Event::Note { text: text("looking") }, false),
        (Event::Unpaused { reason: text("monday") }, false),
    ];
    for (event, falls) in cases {
        let mut entries = limited();
        entries.push(asked("q1"));
        assert!(past(entries.clone()).request.is_some());
        entries.push(entry(31, "bob", event.clone()));
        assert_eq!(past(entries).request.is_none(), falls, "{event:?}");
    }
    let mut entries = limited();
    entries.extend([asked("q1"), asked("q2")]);
    assert_eq!(past(entries).request.unwrap().request.id, "q2");
}

#[test]
fn pauses_end_and_holds_stay_on_record() {
    let raised = |id: &str| Event::HoldRaised {
        hold: id.to_owned(),
        reason: "doubt".to_owned(),
        evidence: "ticket 9".to_owned(),
    };
    let mut entries = limited();
    entries.push(entry(30, "ann", Event::Paused { reason: "weekend".to_owned() }));
    entries.push(entry(31, "bob", raised("h1")));
    let history = past(entries.clone());
    assert_eq!(history.paused.as_ref().map(|paused| (paused.operator.as_str(), paused.at)), Some(("ann", at(30))));
    assert_eq!(gonogo::judge::next_hold(&history), "h2");
    entries.push(entry(40, "ann", Event::Unpaused { reason: "monday".to_owned() }));
    let trouble = Trouble::Hold { hold: "h1".to_owned() };
    entries.push(entry(41, "bob", Event::Resolved { trouble, evidence: "it was the test data".to_owned() }));
    let history = past(entries);
    assert_eq!((history.paused, history.holds.len()), (None, 1));
    let last: Vec<_> = history.timeline.iter().rev().take(2).map(|line| line.text.as_str()).collect();
    assert_eq!(last, ["hold h1 resolved: it was the test data", "promotions go on: monday"]);
}
