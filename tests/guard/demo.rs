//! The demo's regression, guarded for real: its events and its flag file, by the clock on the wall.

use chrono::{TimeDelta, Utc};
use gonogo::{
    audit::{AuditLog, FileLog},
    demo::{self, Demo, Scenario},
};

use super::{binary::Home, watch::Guarding};

#[tokio::test]
async fn a_regression_is_rolled_back() {
    let home = Home::new();
    let folder = home.path("demo");
    // The regression begins an hour after the opening: two hours of it are behind us.
    let opening = chrono::DateTime::from_timestamp(Utc::now().timestamp(), 0).unwrap() - TimeDelta::hours(3);
    let mut demo = Demo::open(&folder, Scenario::Regression, 1, opening).unwrap();
    demo.advance_to(Utc::now()).unwrap();
    let log = FileLog::at(&home.data().join("vfs-secure-upload").join("production"));
    for (at, operator, event) in demo.audit_events(demo::CANDIDATE) {
        log.append(at, &operator, event).await.unwrap();
    }
    let built_in = include_str!("../../assets/runbooks/vfs-secure-upload.toml");
    let marked = "key = \"failure-rate\"\ntitle";
    assert!(built_in.contains(marked));
    let runbook =
        home.write("runbook.toml", built_in.replace(marked, "key = \"failure-rate\"\nautomatic = true\ntitle"));
    let (events, flags) =
        (format!("events:{}", demo.events_path().display()), format!("flagd:{}", demo.flag_path().display()));
    let arguments = ["guard", "--auto-rollback", "--telemetry", &events, "--flags", &flags, "--runbook", &runbook];
    let guard = Guarding::start(&mut home.command(&arguments));
    let tripped = guard.says("trigger-tripped").await;
    assert_eq!((&tripped["trigger"], &tripped["already"]), (&"failure-rate".into(), &true.into()));
    guard.says("rollback-verified").await;
    guard.terminates();
    // The fleet sees it at its next poll.
    demo.advance_to(Utc::now() + TimeDelta::minutes(2)).unwrap();
    let before = demo.tally().secure;
    demo.advance_to(Utc::now() + TimeDelta::minutes(10)).unwrap();
    assert_eq!(demo.tally().secure, before, "nobody has the feature any more");
}
