//! The database is away: rolling back goes on, advancing waits, and nothing is lost.

use std::sync::Arc;

use gonogo::audit::Action;

use super::{
    postgres::Postgres,
    rollout::{Machine, Rollout, Shared, begun, ended},
};

pub async fn rolling_back_goes_on(shared: Arc<Shared>) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let database = tokio::task::spawn_blocking(|| Postgres::start("team")).await.expect("a start");
    let mut database = database.expect("PostgreSQL, which the others have");
    let address = database.address("team");
    let rollout = Rollout::moved(&shared, "away", "limited-external", address, |text| text).await;
    let (ann, bob) = (Machine::new(&rollout, "ann"), Machine::new(&rollout, "bob"));
    let before = rollout.record().await.head.count;
    database.kill();

    bob.advances("default-on").await.ended(6).told("advancing waits for the audit log");
    assert_eq!(rollout.served().await, rollout.users_of("limited-external"), "nothing was sent");
    let rolled_back = ann.rolls_back().await.ended(0).answered("the store, read again, says off");
    assert!(rolled_back.err.contains("2 entries are not in the audit log yet"), "{}", rolled_back.err);
    assert!(rollout.served().await.is_empty());
    bob.advances("internal-canary").await.ended(6).told("advancing waits for the audit log");
    ann.advances("internal-canary").await.ended(6).told("advancing waits for the audit log");

    let database = tokio::task::spawn_blocking(move || {
        database.go_on();
        database
    });
    let database = database.await.expect("started again");
    assert_eq!(rollout.record().await.head.count, before, "nothing of it was there yet");
    ann.ran(&["status"]).await;
    let record = rollout.record().await;
    let begun = begun(&record, Action::Rollback);
    assert_eq!(begun.len(), 1, "{:#?}", record.entries);
    let ends = ended(&record, Action::Rollback);
    assert_eq!(ends.iter().map(|(_, id, _)| *id).collect::<Vec<_>>(), [begun[0].1]);
    assert_eq!(record.head.count, before + 2, "{:#?}", record.entries);
    bob.advances("internal-canary").await.ended(6).told("interlock: ");
    ann.verifies(record.head.count).await;
    bob.verifies(record.head.count).await;
    drop(database);
    format!("rolled back without it in {:.1?}, 2 entries forwarded once", rolled_back.took)
}
