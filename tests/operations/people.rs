//! Stages that take two people.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Event, Outcome},
    judge::RequestAssessment,
    operations::{Confirmed, request},
};

use crate::{
    log::Log,
    store::Store,
    world::{REQUEST, World, advance, binding, held, refused, rules, run, world},
};

fn two_people(world: &mut World) {
    let runbook = Arc::make_mut(&mut world.context.runbook);
    runbook.stages[2].second_person = Some(Duration::from_secs(3600));
}

fn standing(operator: &str) -> RequestAssessment {
    RequestAssessment {
        id: "r1".to_owned(),
        at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        operator: operator.to_owned(),
        to: "wide".to_owned(),
        reason: "all green".to_owned(),
        expires_at: Utc::now() + TimeDelta::hours(1),
        fallen: Vec::new(),
    }
}

fn confirming(id: Option<&str>) -> Confirmed {
    let Confirmed::Advance { binding, reason, .. } = advance(1) else { unreachable!() };
    Confirmed::Advance { binding, reason, request: id.map(str::to_owned) }
}

async fn tried(
    id: Option<&str>,
    standing: Option<RequestAssessment>,
    takes_two: bool,
) -> (Outcome, Arc<Store>, Arc<Log>) {
    REQUEST.set(standing);
    let (store, log) = (Store::new(held(true, 5)), Arc::new(Log::default()));
    let mut world = world(&store, &log);
    if takes_two {
        two_people(&mut world);
    }
    let (outcome, _) = run(confirming(id), world).await;
    (outcome, store, log)
}

#[tokio::test(start_paused = true)]
async fn another_operator_confirms_and_the_entry_says_so() {
    let (outcome, _, log) = tried(Some("r1"), Some(standing("bob")), true).await;
    assert_eq!(outcome, Outcome::Verified);
    let (operator, begun) = &log.begun()[0];
    assert_eq!((operator.as_str(), begun.request.as_deref()), ("ann", Some("r1")));
}

#[tokio::test(start_paused = true)]
async fn everything_else_refuses_and_nothing_is_sent() {
    let bob = || Some(standing("bob"));
    let cases = [
        (None, bob(), "takes two people"),
        (Some("r1"), None, "no request r1 stands"),
        (Some("r0"), bob(), "request r0 does not stand; the latest is r1 by bob"),
        (Some("r1"), Some(standing("ann")), "another operator confirms"),
        (Some("r1"), Some(standing(" Ann ")), "another operator confirms"),
        (Some("r1"), Some(RequestAssessment { to: "everyone".to_owned(), ..standing("bob") }), "not wide"),
        (
            Some("r1"),
            Some(RequestAssessment { expires_at: Utc::now() - TimeDelta::seconds(1), ..standing("bob") }),
            "could be confirmed until",
        ),
        (
            Some("r1"),
            Some(RequestAssessment { fallen: vec!["the candidate is another".to_owned()], ..standing("bob") }),
            "fell: the candidate is another",
        ),
    ];
    for (id, standing, says) in cases {
        let (outcome, store, log) = tried(id, standing, true).await;
        let why = refused(&outcome);
        assert!(why.contains(says), "{says:?} in {why:?}");
        assert!(store.sent().is_empty() && log.begun().is_empty(), "{says}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_one_is_enough_a_request_is_not_asked_about() {
    let (outcome, _, log) = tried(Some("nonsense"), None, false).await;
    assert_eq!(outcome, Outcome::Verified);
    assert_eq!(log.begun()[0].1.request, None);
}

#[test]
fn a_request_names_all_that_it_rests_on() {
    let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let binding = binding("canary", "wide", 7, &[rules(50)]);
    let Event::Requested(request) = request("r1".to_owned(), &binding, "all\ngreen", now, TimeDelta::minutes(30))
    else {
        panic!()
    };
    assert_eq!((request.id.as_str(), request.flag_version.as_str()), ("r1", "7"));
    assert_eq!((request.from_stage.as_str(), request.to_stage.as_str()), ("canary", "wide"));
    assert_eq!((&request.writes, &request.digest), (&binding.writes, &binding.digest));
    assert_eq!(request.expires_at, now + TimeDelta::minutes(30));
    assert!(!request.reason.contains('\n'));
}
