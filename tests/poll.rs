//! The rules of the go/no-go poll and of the roles: who may do what, on what the log says then.
#![allow(missing_docs)]

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Entry, Event, Record, replay},
    judge::{History, PollAnswer},
    operations::poll::{Meeting, Move, Refusal, against, next_poll, open_poll},
    runbook::{Runbook, built_in},
    snapshot::FlagState,
};
use proptest::prelude::*;

const SHA: &str = "018e611abc1234567890abcdef1234567890abcd";
const OTHER: &str = "77aa00bbccddeeff00112233445566778899aabb";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

/// A log, a second from entry to entry.
#[derive(Clone)]
struct Log {
    runbook: Runbook,
    entries: Vec<Entry>,
}

impl Log {
    fn empty() -> Self {
        Self { runbook: built_in().clone(), entries: Vec::new() }
    }

    /// In stage 2, the roles given: ann is the release owner, bob the API.
    fn in_stage_two() -> Self {
        let mut log = Self::empty();
        let event = Event::Opened {
            stage: log.runbook.stages[2].key.clone(),
            entered_at: at(-3600),
            flag: None,
            candidate: Some(SHA.into()),
            runbook: Some(log.runbook.digest.clone()),
        };
        log.add("ann", event);
        log.makes("ann", assign("release-owner", Some("Ann "))).unwrap();
        log.makes("ann", assign("api", Some("bob"))).unwrap();
        log
    }

    fn add(&mut self, operator: &str, event: Event) {
        let seq = self.entries.len() as u64 + 1;
        let (host, version, previous, hash) = (String::new(), String::new(), String::new(), String::new());
        let at = at(self.entries.len() as i64);
        self.entries.push(Entry { seq, at, operator: operator.into(), host, version, event, previous, hash });
    }

    fn history(&self) -> History {
        replay(&Record { entries: self.entries.clone(), ..Record::default() })
    }

    fn with<T>(&self, operator: &str, ask: impl FnOnce(&Meeting<'_>) -> T) -> T {
        let history = self.history();
        ask(&Meeting { runbook: &self.runbook, history: &history, candidate: None, operator })
    }

    /// Records the move, if the rules allow it.
    fn makes(&mut self, operator: &str, step: Move) -> Result<Event, Refusal> {
        let event = self.with(operator, |meeting| step.event(meeting))?;
        self.add(operator, event.clone());
        Ok(event)
    }

    #[track_caller]
    fn refuses(&mut self, operator: &str, step: Move, why: &str) {
        let before = self.entries.len();
        match self.makes(operator, step) {
            Err(Refusal::Rule(told)) => assert!(told.contains(why), "{told}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(self.entries.len(), before);
    }

    #[track_caller]
    fn is_no_use(&mut self, operator: &str, step: Move, why: &str) {
        match self.makes(operator, step) {
            Err(Refusal::Words(told)) => assert!(told.contains(why), "{told}"),
            other => panic!("{other:?}"),
        }
    }
}

fn open() -> Move {
    Move::Open { question: String::new() }
}

fn vote(role: &str, answer: PollAnswer, reason: &str) -> Move {
    Move::Vote { role: role.into(), answer, reason: reason.into() }
}

fn close(decision: PollAnswer, reason: &str) -> Move {
    Move::Close { decision, reason: reason.into() }
}

fn assign(role: &str, name: Option<&str>) -> Move {
    Move::Assign { role: role.into(), name: name.map(Into::into) }
}

use PollAnswer::{Go, NoGo};

#[test]
fn a_poll_is_about_the_candidate_in_the_present_stage_and_asks_each_role() {
    let mut log = Log::in_stage_two();
    let Event::PollOpened { poll, stage, candidate, roles, question, .. } = log.makes("cy", open()).unwrap() else {
        panic!()
    };
    assert_eq!((poll.as_str(), stage.as_str(), candidate.as_deref()), ("p1", "limited-external", Some(SHA)));
    assert_eq!(question, "Go on to 3 Default-on?");
    let keys: Vec<&str> = roles.iter().map(|role| role.key.as_str()).collect();
    assert_eq!(keys, ["release-owner", "rollback-owner", "client", "api", "storage"]);
    log.refuses("ann", open(), "poll p1 is open, by cy since 2026-");
    log.refuses("ann", open(), "gonogo poll close go|no-go --reason");
    log.makes("ann", close(NoGo, "not today")).unwrap();
    let asked = Move::Open { question: " And\x1b now? ".into() };
    let Event::PollOpened { poll, question, .. } = log.makes("cy", asked).unwrap() else { panic!() };
    assert_eq!((poll.as_str(), question.as_str()), ("p2", "And now?"));
}

#[test]
fn without_a_candidate_or_roles_there_is_nothing_to_ask() {
    let mut log = Log::empty();
    log.is_no_use("ann", open(), "name it as the candidate");
    let mut log = Log::in_stage_two();
    log.runbook.roles.clear();
    log.refuses("ann", open(), "names nobody to ask");
    log.runbook.stages.remove(2);
    log.runbook.roles = built_in().roles.clone();
    log.refuses("ann", open(), "which this runbook lacks");
}

#[test]
fn only_whoever_has_the_role_answers_for_it_and_the_last_answer_counts() {
    let mut log = Log::in_stage_two();
    log.refuses("bob", vote("api", Go, ""), "no poll is open: gonogo poll open");
    log.makes("cy", open()).unwrap();
    log.refuses("ann", vote("api", Go, ""), "API is bob, who answers for it, and you are ann");
    log.refuses("ann", vote("storage", Go, ""), "nobody is named as Storage");
    log.is_no_use("ann", vote("apy", Go, ""), "did you mean `api`?");
    log.is_no_use("bob", vote("api", NoGo, " \u{200b}"), "a NO-GO has a reason");
    log.makes(" BOB ", vote("api", NoGo, "waits for the divergence gate")).unwrap();
    let said = |log: &Log| {
        let history = log.history();
        let vote = open_poll(&history).unwrap().answer("api").unwrap().clone();
        (vote.answer, vote.reason)
    };
    assert_eq!(said(&log), (NoGo, "waits for the divergence gate".to_owned()));
    log.makes("bob", vote("api", Go, "")).unwrap();
    assert_eq!(said(&log), (Go, String::new()));
    // Who has it now speaks for it from here on.
    log.makes("ann", assign("api", Some("dee"))).unwrap();
    log.refuses("bob", vote("api", NoGo, "no"), "API is dee, who answers for it, and you are bob");
    log.makes("dee", vote("api", NoGo, "the retry storm")).unwrap();
    log.makes("ann", assign("api", None)).unwrap();
    log.refuses("dee", vote("api", Go, ""), "nobody is named as API");
    log.with("dee", |meeting| assert!(meeting.votes().is_err()));
}

#[test]
fn the_release_owner_decides_and_hears_what_stands_beside_it() {
    let mut log = Log::in_stage_two();
    log.refuses("ann", close(Go, "all well"), "no poll is open");
    log.makes("cy", open()).unwrap();
    log.makes("bob", vote("api", NoGo, "waits")).unwrap();
    log.makes("ann", vote("release-owner", Go, "")).unwrap();
    log.refuses("bob", close(Go, "all well"), "Release owner is Ann, who decides, and you are bob");
    log.is_no_use("ann", close(Go, "  "), "a decision has a reason");
    let remarks = log.with("ann", |meeting| close(Go, "x").remarks(meeting));
    assert_eq!(
        remarks,
        ["no answer from Rollback owner", "no answer from Client", "API said NO-GO: waits", "no answer from Storage"]
    );
    log.makes("aNN", close(Go, "the gate is about another path")).unwrap();
    let history = log.history();
    let poll = &history.polls[0];
    assert_eq!(poll.decision.as_ref().unwrap().answer, Go);
    assert_eq!(against(poll).len(), 4);
    log.refuses("bob", vote("api", Go, ""), "no poll is open");
    log.refuses("ann", close(NoGo, "again"), "no poll is open");
}

#[test]
fn where_nobody_has_that_duty_nobody_decides_and_where_there_is_none_anybody_does() {
    let mut log = Log::in_stage_two();
    log.makes("ann", assign("release-owner", None)).unwrap();
    log.makes("cy", open()).unwrap();
    log.refuses("whoever", close(NoGo, "nobody is here"), "nobody is named as Release owner");
    let mut log = Log::in_stage_two();
    for role in &mut log.runbook.roles {
        role.duty = None;
    }
    log.makes("cy", open()).unwrap();
    log.makes("whoever", close(Go, "small team")).unwrap();
}

#[test]
fn a_poll_falls_with_what_it_was_about_and_makes_room_for_another() {
    type Change = (&'static str, fn(&mut Log));
    let changes: [Change; 3] = [
        ("the candidate is another one", |log| {
            let runbook = log.runbook.digest.clone();
            log.add("ann", Event::Basis { candidate: Some(OTHER.into()), runbook });
        }),
        ("the runbook is another one", |log| log.runbook.digest = "f".repeat(64)),
        ("a stage was entered since", |log| {
            let stage = log.runbook.stages[1].key.clone();
            let flag = FlagState {
                enabled: true,
                configured: log.runbook.stages[1].exposure.clone(),
                foreign: Vec::new(),
                version: "2".into(),
                changed_at: None,
                changed_by: None,
                changed_what: None,
                raw: serde_json::Value::Null,
            };
            log.add("ann", Event::Adopted { stage, flag, reason: "set elsewhere".into() });
        }),
    ];
    for (why, change) in changes {
        let mut log = Log::in_stage_two();
        log.makes("cy", open()).unwrap();
        change(&mut log);
        log.refuses("bob", vote("api", Go, ""), why);
        log.refuses("ann", close(Go, "all well"), why);
        // It can be put away, or the next one opened over it.
        log.clone().makes("ann", close(NoGo, "overtaken")).unwrap();
        let Event::PollOpened { poll, .. } = log.makes("cy", open()).unwrap() else { panic!() };
        assert_eq!(poll, "p2");
        log.makes("bob", vote("api", Go, "")).unwrap();
        assert_eq!(log.history().polls[1].votes.len(), 1);
        assert_eq!(log.history().polls[0].votes.len(), 0);
    }
}

#[test]
fn a_past_that_cannot_be_read_decides_nothing() {
    let mut log = Log::in_stage_two();
    log.makes("cy", open()).unwrap();
    let mut history = log.history();
    history.blind = Some("the chain is broken at entry 3".into());
    let meeting = Meeting { runbook: &log.runbook, history: &history, candidate: None, operator: "ann" };
    for step in [open(), vote("release-owner", Go, ""), close(NoGo, "x")] {
        let Err(Refusal::Rule(why)) = step.event(&meeting) else { panic!("{step:?}") };
        assert!(why.contains("the chain is broken"), "{why}");
    }
}

#[test]
fn a_role_is_given_by_name() {
    let mut log = Log::in_stage_two();
    log.is_no_use("ann", assign("apy", Some("x")), "did you mean `api`?");
    log.is_no_use("ann", assign("api", Some("\u{200b} ")), "give a name");
    let remarks = log.with("ann", |meeting| assign("api", None).remarks(meeting));
    assert_eq!(remarks, ["before: bob"]);
}

/// One of all moves, by one of all people.
fn moves() -> impl Strategy<Value = (String, Move)> {
    let role = prop::sample::select(vec!["api", "release-owner", "storage", "nothing"]);
    let who = prop::sample::select(vec!["ann", "bob", "cy", ""]).prop_map(str::to_owned);
    let answer = prop::sample::select(vec![Go, NoGo]);
    let reason = prop::sample::select(vec!["", "a reason", "\u{7}"]);
    let step = prop_oneof![
        Just(open()),
        (role.clone(), answer.clone(), reason.clone()).prop_map(|(role, answer, reason)| vote(role, answer, reason)),
        (answer, reason).prop_map(|(decision, reason)| close(decision, reason)),
        (role, prop::option::of(prop::sample::select(vec!["ann", "bob", " "])))
            .prop_map(|(role, name)| assign(role, name)),
    ];
    (who, step)
}

proptest! {
    /// Whatever is tried in whatever order: what the rules let into the log counts there, one poll at a time.
    #[test]
    fn what_is_recorded_counts(tried in prop::collection::vec(moves(), 0..40)) {
        let mut log = Log::in_stage_two();
        for (who, step) in tried {
            let before = log.history();
            let Ok(event) = log.makes(&who, step) else { continue };
            let after = log.history();
            prop_assert!(!after.timeline.last().unwrap().text.contains("counts for nothing"));
            match event {
                Event::PollOpened { poll, .. } => {
                    prop_assert!(open_poll(&before).is_none());
                    prop_assert_eq!(&poll, &next_poll(&before));
                    prop_assert!(before.polls.iter().all(|known| known.poll != poll));
                }
                Event::Voted { role, reason, answer, .. } => {
                    let has = before.assigned[&role].name.as_deref().unwrap().trim().to_lowercase();
                    prop_assert_eq!(has, who);
                    prop_assert!(answer == Go || !reason.is_empty());
                }
                Event::PollClosed { reason, .. } => {
                    prop_assert!(open_poll(&after).is_none() && !reason.is_empty());
                }
                _ => {}
            }
            prop_assert!(after.polls.iter().filter(|poll| poll.decision.is_none()).count() <= 1);
        }
    }
}
