//! Twenty who want different things at once: ten to advance, five to reduce, five to roll back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gonogo::audit::{Action, Outcome, replay, unfinished};

use super::{
    race::{end, start},
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
    let changes: Vec<&[&str]> = (0..5).flat_map(|_| [advance, reduce, advance]).collect();
    let mut running = start(&rollout, 0, &changes);
    // Rolling back reads no telemetry: it would be over before anybody else has begun.
    let until = Instant::now() + Duration::from_secs(30);
    while changed(&rollout).await == 0 {
        assert!(Instant::now() < until, "nobody began to change anything");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.extend(start(&rollout, changes.len(), &[roll_back; 5]));
    let ran = end(running).await;

    let (served, record) = (rollout.served().await, rollout.record().await);
    let (old, new) = (rollout.users_of(FROM), rollout.users_of(TO));
    assert!(served.is_subset(&old) || served.is_subset(&new), "{} served: {ran:#?}", served.len());
    let done = |i: usize| ran[i].1.code == 0;
    assert!((15..20).all(done), "rolling back does not wait for anybody: {ran:#?}");
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
    let begun = changed(&rollout).await;
    assert!(begun >= 1, "a change was under way");
    let known = before as usize + advances + begun + 2 * rollbacks.len();
    assert_eq!(record.entries.len(), known, "{:#?}", record.entries);
    Machine::new(&rollout, "auditor").verifies(record.head.count).await;
    let done = (0..20).filter(|&i| done(i)).count();
    let slowest = ran.iter().map(|(_, ran)| ran.took).max().unwrap_or_default();
    format!("{done} of 20 done, {begun} changes begun, the first of 5 rollbacks with 4 joined; {slowest:.1?}")
}

/// How many advances and reductions are on record as begun.
async fn changed(rollout: &Rollout) -> usize {
    let record = rollout.record().await;
    begun(&record, Action::Advance).len() + begun(&record, Action::Reduce).len()
}
