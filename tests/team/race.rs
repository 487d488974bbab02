//! Twenty who advance at once.

use std::sync::Arc;

use gonogo::audit::{Action, Event, Outcome};
use tokio::task::JoinHandle;

use super::{
    binary::{Ran, run},
    rollout::{Machine, Rollout, Shared, begun, ended},
};

const TO: &str = "limited-external";
const TWENTY: usize = 20;

/// Those who run, each as an operator on a machine of its own.
pub type Running = Vec<JoinHandle<(String, Ran)>>;

/// Starts all of them at once, numbered from `first` on.
pub fn start(rollout: &Rollout, first: usize, arguments: &[&[&str]]) -> Running {
    let mut running = Vec::new();
    for (i, arguments) in arguments.iter().enumerate() {
        let operator = format!("op{:02}", first + i);
        let machine = Machine::new(rollout, &operator);
        let command = machine.command(arguments);
        running.push(tokio::spawn(async move {
            let ran = run(command).await;
            drop(machine);
            (operator, ran)
        }));
    }
    running
}

/// How each of them ended.
pub async fn end(running: Running) -> Vec<(String, Ran)> {
    let mut ran = Vec::new();
    for one in running {
        ran.push(one.await.expect("a run"));
    }
    ran
}

pub async fn twenty(shared: Arc<Shared>) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let rollout = Rollout::new(&shared, "race", "internal-canary").await;
    let before = rollout.record().await.head.count;
    let advance: &[&str] = &["advance", "--to", TO, "--reason", "all green", "--yes"];
    let ran = end(start(&rollout, 0, &[advance; TWENTY])).await;

    let won: Vec<&str> = ran.iter().filter(|(_, ran)| ran.code == 0).map(|(who, _)| who.as_str()).collect();
    assert_eq!(won.len(), 1, "{:#?}\n{ran:#?}", rollout.record().await.entries);
    let (winner, record) = (won[0], rollout.record().await);
    assert_eq!(rollout.served().await, rollout.users_of(TO), "{ran:#?}");

    let begun = begun(&record, Action::Advance);
    assert_eq!(begun.len(), 1, "{:#?}\n{:#?}\n{ran:#?}", record.entries, winner);
    let ends = ended(&record, Action::Advance);
    let verified: Vec<_> = ends.iter().filter(|(_, _, outcome)| **outcome == Outcome::Verified).collect();
    assert_eq!(verified.len(), 1, "{ends:#?}");
    let (entry, id, _) = verified[0];
    assert_eq!((entry.operator.as_str(), *id), (winner, begun[0].1));
    assert_eq!(begun[0].0, winner);

    // Whoever lost says to whom, or where the rollout is by now; and what it recorded is what it said.
    let mut refused = 0;
    for (operator, ran) in ran.iter().filter(|(who, _)| who != winner) {
        assert_eq!(ran.code, 6, "{operator}: {ran:#?}");
        assert!(ran.err.contains("refused, nothing was sent"), "{operator}: {ran:#?}");
        let already = ran.err.contains(&format!("the rollout is in stage {TO}"));
        assert!(ran.err.contains(winner) || already, "{operator}: {ran:#?}");
        for (entry, _, outcome) in ends.iter().filter(|(entry, _, _)| entry.operator == *operator) {
            let Outcome::Refused { why } = outcome else { panic!("{entry:#?}") };
            assert!(why.iter().all(|why| ran.err.contains(why)), "{operator} said something else: {why:?}\n{ran:#?}");
            refused += 1;
        }
    }
    let bases = record.entries.iter().skip(before as usize).filter(|e| matches!(e.event, Event::Basis { .. })).count();
    assert_eq!(bases, 0, "nobody judges anything else than before");
    assert_eq!(record.head.count, before + 2 + refused, "{:#?}", record.entries);
    Machine::new(&rollout, "auditor").verifies(record.head.count).await;
    let slowest = ran.iter().map(|(_, ran)| ran.took).max().unwrap_or_default();
    format!("{winner} advanced, {refused} of 19 were refused at the send, the rest before; {slowest:.1?}")
}
