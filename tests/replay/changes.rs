//! What turned between two assessments: each thing once, causes first, and nothing that only counts on.

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    judge::{self, Assessment, Call, HardStop, History, TriggerState, Verdict, Visit},
    report::{Change, Replay, What, changes},
    runbook::Exposure,
    snapshot::{Snapshot, SourceKind, SourceStatus},
};
use proptest::prelude::*;

use super::past;

const VERDICTS: [Verdict; 4] = [Verdict::Pass, Verdict::Pending, Verdict::Unknown, Verdict::Fail];
const STATES: [TriggerState; 3] = [TriggerState::Armed, TriggerState::Tripped, TriggerState::Unknown];
const CALLS: [Call; 3] = [Call::Go, Call::NoGo, Call::Hold];

/// The canary, of which nothing is known.
fn assessment() -> Assessment {
    let at = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000);
    let source = |kind| SourceStatus::connecting("source", kind, "somewhere".to_owned());
    let snapshot = Snapshot::empty(at, source(SourceKind::Telemetry), source(SourceKind::Flags));
    let stage = "internal-canary".to_owned();
    let visit = Visit { stage, entered_at: at - TimeDelta::hours(2), left_at: None, by_rollback: false };
    let history = History { visits: vec![visit], ..History::default() };
    judge::assess(&past::runbook(), &snapshot, &history, None, at)
}

fn stop(signature: &str) -> HardStop {
    let since = DateTime::<Utc>::UNIX_EPOCH;
    HardStop { signature: signature.to_owned(), count: 1, since, reason: format!("{signature} was violated") }
}

fn brief(change: &Change) -> String {
    let key = change.key.as_deref().unwrap_or("");
    format!("{} {key} {} {}", change.what, change.from.as_deref().unwrap_or("-"), change.to)
}

#[test]
fn each_thing_that_turned_is_told_with_its_reason() {
    type Turn = fn(&mut Assessment);
    let cases: [(Turn, &[&str]); 12] = [
        (|_| {}, &[]),
        // A later look whose numbers went on is no change.
        (
            |it| {
                it.at += TimeDelta::minutes(1);
                it.generation += 1;
                it.headline = "another".to_owned();
                it.gates[0].reason = "120 more".to_owned();
                it.gates[0].evidence.insert("attempts".to_owned(), 1.0);
                it.triggers[0].reason = "0 of 120".to_owned();
            },
            &[],
        ),
        (|it| it.gates[1].verdict = Verdict::Fail, &["gate success-rate unknown fail"]),
        (|it| it.triggers[0].state = TriggerState::Tripped, &["trigger failure-rate unknown tripped"]),
        // Triggers are shown with the tripped ones first: their order is no change.
        (|it| it.triggers.reverse(), &[]),
        (|it| it.hard_stops.push(stop("a:b")), &["hard-stop a:b clear standing"]),
        (|it| it.call = Call::NoGo, &["call  hold no-go"]),
        (|it| it.flag.serves = Some(Exposure::everyone()), &["flag  never read everyone"]),
        (|it| it.flag.drift = Some("serves everyone".to_owned()), &["flag  never read never read, drifted"]),
        (
            |it| {
                it.stage.key = "limited-external".to_owned();
                it.gates.truncate(1);
            },
            &["stage limited-external internal-canary limited-external", "gate observed - unknown"],
        ),
        // Back in the same stage: what was judged of the stay before does not count.
        (
            |it| {
                it.stage.entered_at = Some(it.at);
                it.gates.truncate(1);
            },
            &["stage internal-canary internal-canary internal-canary", "gate observed - unknown"],
        ),
        (
            |it| {
                it.call = Call::NoGo;
                it.gates[0].verdict = Verdict::Fail;
                it.triggers[0].state = TriggerState::Armed;
                it.hard_stops.push(stop("a:b"));
            },
            &[
                "hard-stop a:b clear standing",
                "trigger failure-rate unknown armed",
                "gate observed unknown fail",
                "call  hold no-go",
            ],
        ),
    ];
    for (i, (turn, expected)) in cases.into_iter().enumerate() {
        let before = assessment();
        let mut after = before.clone();
        turn(&mut after);
        let found = changes(&before, &after);
        assert_eq!(found.iter().map(brief).collect::<Vec<_>>(), expected, "case {i}");
        assert!(found.iter().all(|change| change.at == after.at && !change.reason.is_empty()), "case {i}: {found:?}");
    }
    let (mut before, after) = (assessment(), assessment());
    before.hard_stops.push(stop("a:b"));
    assert_eq!(brief(&changes(&before, &after)[0]), "hard-stop a:b standing clear");
}

#[test]
fn text_from_outside_stays_on_its_line() {
    let before = assessment();
    let mut after = before.clone();
    after.hard_stops.push(HardStop { reason: "a\nb\u{1b}[2J".to_owned(), ..stop("pull:\u{202e}x\u{7}") });
    let change = &changes(&before, &after)[0];
    assert_eq!((change.key.as_deref(), change.reason.as_str()), (Some("pull:x"), "a b[2J"));
}

proptest! {
    /// Whatever turned from look to look, the changes lead from the first state to the last.
    #[test]
    fn the_changes_lead_from_the_beginning_to_the_end(
        looks in prop::collection::vec((prop::array::uniform4(0usize..4), 0usize..3, 0usize..3, any::<bool>()), 1..12),
    ) {
        let start = assessment();
        let (gates, trigger) = (start.gates.clone(), start.triggers[0].key.clone());
        let mut verdicts: Vec<&str> = gates.iter().map(|gate| gate.verdict.word()).collect();
        let (mut state, mut call, mut stands) = (start.triggers[0].state.word(), start.call.word(), false);
        let mut replay = Replay::new(start.clone());
        for (verdict, tripped, called, stopped) in &looks {
            let mut next = start.clone();
            next.gates.iter_mut().zip(verdict).for_each(|(gate, i)| gate.verdict = VERDICTS[*i]);
            next.triggers[0].state = STATES[*tripped];
            next.call = CALLS[*called];
            next.hard_stops = if *stopped { vec![stop("a:b")] } else { Vec::new() };
            replay.turn(next);
        }
        for change in replay.changes() {
            prop_assert_ne!(change.from.as_deref(), Some(change.to.as_str()));
            let known = match change.what {
                What::Gate => {
                    let i = gates.iter().position(|gate| Some(&gate.key) == change.key.as_ref()).expect("a gate");
                    &mut verdicts[i]
                }
                What::Trigger => { prop_assert_eq!(change.key.as_ref(), Some(&trigger)); &mut state }
                What::Call => &mut call,
                What::HardStop => { stands = change.to == "standing"; continue }
                What::Stage | What::Flag => { prop_assert!(false, "{:?} turned", change.what); continue }
            };
            prop_assert_eq!(change.from.as_deref(), Some(*known));
            let words = VERDICTS.map(Verdict::word).into_iter().chain(STATES.map(TriggerState::word));
            *known = words.chain(CALLS.map(Call::word)).find(|word| *word == change.to).expect("a word");
        }
        let (verdict, tripped, called, stopped) = looks.last().expect("a look");
        prop_assert_eq!(verdicts, verdict.map(|i| VERDICTS[i].word()).to_vec());
        prop_assert_eq!((state, call, stands), (STATES[*tripped].word(), CALLS[*called].word(), *stopped));
    }
}
