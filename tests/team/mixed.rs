//! Twenty who want different things at once: ten to advance, five to reduce, five to roll back.

use std::sync::Arc;

use gonogo::audit::{Action, Outcome, replay, unfinished};

use super::{
    race::all_at_once,
    rollout::{Machine, Rollout, Shared, begun, ended},
};

const FROM: &str = "limited-external";
const TO: &str = "default-on";
const BACK: &str = "internal-canary";

/// A last stage that does not serve everyone, so that serving too many can be seen.
fn quarter(text: String) -> String {
    text.replace("exposure = \"everyone\"", "exposure = { cohorts = [\"internal\"], percent = 25 }")
}

pub async fn twenty(shared: Arc<Shared>) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let rollout = Rollout::moved(&shared, "mixed", FROM, shared.database.address("team"), quarter).await;
    let before = rollout.record().await.head.count;
    let advance: &[&str] = &["advance", "--to", TO, "--reason", "all green", "--yes"];
    let reduce: &[&str] = &["reduce", "--to", BACK, "--reason", "doubts", "--yes"];
    let roll_back: &[&str] = &["rollback", "--reason", "3 a.m.", "--yes", "--no-watch"];
    // Four quartets of two who advance, one who reduces and one who rolls back; and one quartet more of each kind.
    let all: Vec<&[&str]> = (0..5).flat_map(|_| [advance, reduce, advance, roll_back]).collect();
    let ran = all_at_once(&rollout, &all).await;

    let (served, record) = (rollout.served().await, rollout.record().await);
    let (old, new) = (rollout.users_of(FROM), rollout.users_of(TO));
    assert!(served.is_subset(&old) || served.is_subset(&new), "{} served: {ran:#?}", served.len());
    let done = |i: usize| ran[i].1.code == 0;
    let rolled_back: Vec<usize> = (0..20).filter(|i| i % 4 == 3).collect();
    assert!(rolled_back.iter().all(|&i| done(i)), "rolling back does not wait for anybody: {ran:#?}");
    assert!(served.is_empty(), "{} are served after a rollback: {ran:#?}", served.len());
    for (operator, ran) in &ran {
        let honest = match ran.code {
            0 => !ran.err.contains("NOT CONFIRMED"),
            1 => ran.err.contains("NOT CONFIRMED"),
            6 => ran.err.contains("refused, nothing was sent"),
            _ => false,
        };
        assert!(honest, "{operator}: {ran:#?}");
    }

    // Whatever was begun has one end, and what ended well says so to whom it belongs.
    assert!(unfinished(&record).is_empty(), "{:#?}", unfinished(&record));
    for action in [Action::Advance, Action::Reduce, Action::Rollback] {
        let ends = ended(&record, action);
        for (operator, id) in begun(&record, action) {
            let mine: Vec<_> = ends.iter().filter(|(_, of, _)| *of == id).collect();
            assert_eq!(mine.len(), 1, "{operator}'s {action:?}: {:#?}", record.entries);
            let code = ran.iter().find(|(who, _)| who == operator).map(|(_, ran)| ran.code);
            assert_eq!(
                code == Some(0),
                *mine[0].2 == Outcome::Verified,
                "{operator}'s {action:?}: {mine:#?}\n{ran:#?}"
            );
        }
    }
    let rollbacks = begun(&record, Action::Rollback);
    assert_eq!(rollbacks.len(), 5, "each is on record: {rollbacks:?}");
    let history = replay(&record);
    let rollback = history.rollback.as_ref().expect("a rollback on record");
    assert_eq!(rollback.id, rollbacks[0].1, "the first is the one rollback");
    assert_eq!(rollback.joined.len(), 4, "{:?}", rollback.joined);
    assert!(rollback.verified_at.is_some() && history.present().is_some_and(|at| at.stage == "dark-launch"));
    let advances = ended(&record, Action::Advance).len() + ended(&record, Action::Reduce).len();
    let begun = begun(&record, Action::Advance).len() + begun(&record, Action::Reduce).len();
    let known = before as usize + advances + begun + 2 * rollbacks.len();
    assert_eq!(record.entries.len(), known, "{:#?}", record.entries);
    Machine::new(&rollout, "auditor").verifies(record.head.count).await;
    let done = (0..20).filter(|&i| done(i)).count();
    let slowest = ran.iter().map(|(_, ran)| ran.took).max().unwrap_or_default();
    format!("{done} of 20 done, {begun} changes begun, the first of 5 rollbacks with 4 joined; {slowest:.1?}")
}
