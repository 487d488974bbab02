//! Killed with SIGKILL on the team's log: before the first write, and after the last one before its end is recorded. Then
//! another member, or the same machine started afresh, finds out what happened.

use std::{process::Stdio, sync::Arc, time::Duration};

use gonogo::audit::{Action, Outcome, Record, unfinished};
use portable_pty::CommandBuilder;
use tokio::sync::mpsc;

use super::{
    fault_proxy::{Act, FaultProxy},
    rollout::{Machine, Rollout, Shared, begun, ended},
    terminal::Pty,
    unleash_server::ADMIN_TOKEN,
};

/// When it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Begun is on record, and the first write is on the wire but never made.
    BeforeTheFirst,
    /// The write of this number, which is the last, is made, and never answered.
    AfterTheLast(usize),
}

pub type Cell = (Action, When);

pub const CELLS: [Cell; 6] = [
    (Action::Advance, When::BeforeTheFirst),
    (Action::Advance, When::AfterTheLast(2)),
    (Action::Reduce, When::BeforeTheFirst),
    (Action::Reduce, When::AfterTheLast(3)),
    (Action::Rollback, When::BeforeTheFirst),
    (Action::Rollback, When::AfterTheLast(1)),
];

/// Stages from and to, and what is run.
fn plan(action: Action) -> (&'static str, &'static str, Vec<&'static str>) {
    match action {
        Action::Advance => {
            let to = "internal-canary";
            ("dark-launch", to, vec!["advance", "--to", to, "--reason", "all green", "--yes"])
        }
        Action::Reduce => {
            let to = "internal-canary";
            ("limited-external", to, vec!["reduce", "--to", to, "--reason", "doubts", "--yes"])
        }
        _ => {
            let arguments = vec!["rollback", "--reason", "3 a.m.", "--yes", "--no-watch"];
            ("limited-external", "dark-launch", arguments)
        }
    }
}

pub async fn cell(shared: Arc<Shared>, (action, when): Cell) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let (from, to, arguments) = plan(action);
    let key = format!("killed-{}-{}", action.word(), if when == When::BeforeTheFirst { "before" } else { "after" });
    let rollout = Rollout::new(&shared, &key, from).await;
    let mut ann = Machine::new(&rollout, "ann");
    let (told, mut came) = mpsc::unbounded_channel();
    let proxy = FaultProxy::before(&shared.server.base, move |request| match when {
        When::BeforeTheFirst if request.is_write(1) => Act::Told(told.clone()),
        When::AfterTheLast(last) if request.is_write(last) => Act::DoneAndTold(told.clone()),
        _ => Act::Pass,
    })
    .await;
    ann.asks(&rollout, &proxy.base);
    let mut child = ann.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("gonogo starts");
    let reached = tokio::time::timeout(Duration::from_secs(60), came.recv()).await;
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert!(reached.is_ok_and(|told| told.is_some()), "{key}: it did not come so far");
    ann.asks(&rollout, &shared.server.base);

    let expected = if when == When::BeforeTheFirst { from } else { to };
    assert_eq!(rollout.served().await, rollout.users_of(expected), "{key}");
    let how = match action {
        Action::Rollback => taken_up(&rollout, &ann).await,
        _ => found_out(&rollout, action, when, from, to).await,
    };
    ann.verifies(rollout.record().await.head.count).await;
    format!("{key}: {how}")
}

/// Another member looks, wants to go on, and reads what became of it.
async fn found_out(rollout: &Rollout, action: Action, when: When, from: &str, to: &str) -> String {
    let record = rollout.record().await;
    let id = only(&record, action);
    assert_eq!(unfinished(&record).len(), 1, "begun, and without an end");
    let bob = Machine::new(rollout, "bob");
    let status = bob.ran(&["status", "--json"]).await.json();
    let told = status["actions"]["advance"]["blockers"].to_string();
    assert!(told.contains(&format!("the end of the {} begun at", action.word())), "{status:#}");
    let served = rollout.served().await;
    // Nothing is carried on by itself; what was not finished is said, and where the rollout is.
    bob.advances("dark-launch").await.ended(6);
    assert_eq!(rollout.served().await, served, "what was cut off is not carried on");
    let record = rollout.record().await;
    assert!(unfinished(&record).is_empty(), "{:#?}", record.entries);
    let ends = ended(&record, action);
    let [(entry, of, outcome)] = &ends[..] else { panic!("{ends:#?}") };
    assert_eq!((entry.operator.as_str(), *of), ("bob", id.as_str()));
    let shown = bob.ran(&["audit", "show"]).await.ended(0).out;
    let stage = bob.ran(&["status", "--json"]).await.json()["stage"]["key"].clone();
    match (when, outcome) {
        (When::BeforeTheFirst, Outcome::NotConfirmed { fault }) => {
            assert!(fault.what.contains("gonogo ended before the store confirmed"), "{fault}");
            assert!(shown.contains("not confirmed: gonogo ended before the store confirmed"), "{shown}");
            assert_eq!(stage, from);
        }
        (When::AfterTheLast(_), Outcome::Verified) => {
            assert!(shown.contains(&format!("{} {from} → {to} verified", action.word())), "{shown}");
            assert_eq!(stage, to);
        }
        _ => panic!("{ends:#?}"),
    }
    format!("{} users served, {outcome:?}", served.len())
}

/// The cockpit on the same machine goes on with a rollback by itself; no key is pressed.
async fn taken_up(rollout: &Rollout, ann: &Machine) -> String {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
    command.env_clear();
    command.args(ann.arguments(&[]));
    for variable in ["HOME", "TMPDIR"] {
        command.env(variable, ann.home.path(""));
    }
    command.env("USER", "ann");
    command.env("GONOGO_FLAGS_TOKEN", ADMIN_TOKEN);
    let (log_at, key) = (rollout.log_at.clone(), rollout.key.clone());
    let mut pty = tokio::task::spawn_blocking(move || Pty::start(command, (120, 36))).await.expect("a terminal");
    let until = std::time::Instant::now() + Duration::from_secs(40);
    let record = loop {
        let record = rollout.record().await;
        if !ended(&record, Action::Rollback).is_empty() {
            break record;
        }
        assert!(std::time::Instant::now() < until, "{key} on {log_at} never ends:\n{}", pty.contents());
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(rollout.served().await.is_empty());
    let id = only(&record, Action::Rollback);
    let ends = ended(&record, Action::Rollback);
    let [(_, of, outcome)] = &ends[..] else { panic!("{ends:#?}") };
    assert_eq!((*of, *outcome), (id.as_str(), &Outcome::Verified));
    let code = tokio::task::spawn_blocking(move || {
        pty.sees("rolled back");
        pty.quits()
    });
    let code = code.await.expect("the cockpit ends");
    let record = rollout.record().await;
    assert_eq!(only(&record, Action::Rollback), id, "still one rollback");
    assert_eq!(ended(&record, Action::Rollback).len(), 1, "{:#?}", record.entries);
    format!("off, one begun and one end, exit {code}")
}

/// The id of the only such action on record.
fn only(record: &Record, action: Action) -> String {
    let begun = begun(record, action);
    assert_eq!(begun.len(), 1, "{:#?}", record.entries);
    begun[0].1.to_owned()
}
