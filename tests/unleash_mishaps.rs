//! What Unleash's answers cannot be trusted for: lost, wrong or late, none of them exposes anybody by accident.

#[path = "support/cache.rs"]
mod cache;
#[path = "support/postgres.rs"]
mod postgres;
mod support;
#[path = "support/unleash.rs"]
mod unleash_server;
#[path = "support/unreliable_unleash.rs"]
mod unreliable_unleash;

use std::{future::poll_fn, sync::Arc, task::Poll};

use futures_util::future::join_all;
use gonogo::{
    fault::{Fault, FaultKind},
    flags::{
        FlagStore,
        unleash::{Together, Unleash},
    },
    runbook::{Cohort, Exposure, Flag, Percent},
};
use serde_json::json;
use unreliable_unleash::{Mishap, Unreliable};

fn exposure(cohorts: &[&str], percent: u8) -> Exposure {
    Exposure { cohorts: cohorts.iter().map(|&key| key.to_owned()).collect(), percent: Percent::new(percent).unwrap() }
}

fn store(server: &Unreliable) -> Unleash {
    let flag = Flag { key: "flag".to_owned(), legacy: None };
    let internal = Cohort {
        key: "internal".to_owned(),
        title: "Internal users".to_owned(),
        segment: Some("internal-users".to_owned()),
        attribute: None,
    };
    Unleash::new(unleash_server::http(&server.base, "secret-token"), "default", "production", &flag, &[internal])
}

/// Makes each write of the plan up to the first that fails.
async fn advance(store: &Unleash, target: &Exposure) -> Result<(), Fault> {
    let present = store.read().await?;
    for write in store.plan(&present, target).await?.writes {
        store.write(&write).await?;
    }
    Ok(())
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}

#[test]
fn the_path_prefix_of_a_proxy_is_kept_and_an_odd_event_log_is_no_failure() {
    run(async {
        let server = Unreliable::start(Mishap::None).await;
        let store = store(&server);
        advance(&store, &exposure(&["internal"], 5)).await.unwrap();
        let state = store.read().await.unwrap();
        assert_eq!(state.serves(), exposure(&["internal"], 5));
        assert_eq!((state.changed_at, state.changed_by), (None, None));
        assert_eq!(store.introduce().address.trim_end_matches('/'), server.base.trim_end_matches('/'));
    });
}

#[test]
fn what_on_adds_for_everyone_is_switched_off_at_once() {
    run(async {
        let server = Unreliable::start(Mishap::OnAddsEveryone).await;
        let fault = advance(&store(&server), &exposure(&["internal"], 0)).await.unwrap_err();
        assert!(fault.kind == FaultKind::Hazard && fault.what.contains("switched off again"), "{fault}");
        assert!(!server.state.lock().unwrap().enabled);
    });
}

#[test]
fn a_cohort_stored_without_its_segment_never_goes_on() {
    run(async {
        let server = Unreliable::start(Mishap::LosesSegments).await;
        assert!(advance(&store(&server), &exposure(&["internal"], 0)).await.is_err());
        assert_eq!(server.count("/on"), 0);
        // While the environment is on, it is switched off.
        let server = Unreliable::start(Mishap::None).await;
        let store = store(&server);
        advance(&store, &exposure(&[], 5)).await.unwrap();
        server.state.lock().unwrap().mishap = Mishap::LosesSegments;
        let fault = advance(&store, &exposure(&["internal"], 5)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Hazard, "{fault}");
        assert!(!server.state.lock().unwrap().enabled);
    });
}

#[test]
fn a_change_whose_answer_is_lost_is_made_once() {
    run(async {
        let server = Unreliable::start(Mishap::LosesAnswers).await;
        advance(&store(&server), &exposure(&["internal"], 5)).await.unwrap();
        let state = server.state.lock().unwrap();
        assert!(state.enabled);
        assert_eq!(state.strategies.len(), 2, "{:?}", state.strategies);
    });
}

#[test]
fn an_answer_of_200_is_no_proof_that_it_was_done() {
    run(async {
        let server = Unreliable::start(Mishap::IgnoresChanges).await;
        let fault = advance(&store(&server), &exposure(&["internal"], 5)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Changed, "{fault}");
        assert_eq!(server.count("/on"), 0);
    });
}

#[test]
fn on_that_cannot_be_read_back_is_taken_back() {
    run(async {
        let server = Unreliable::start(Mishap::BlindAfterChange).await;
        let fault = advance(&store(&server), &exposure(&["internal"], 5)).await.unwrap_err();
        assert!(fault.kind == FaultKind::Hazard && fault.what.contains("read back"), "{fault}");
        assert!(!server.state.lock().unwrap().enabled);
        assert!(!fault.to_string().contains("secret-token"));
        let server = Unreliable::start(Mishap::DeadAfterChange).await;
        let fault = advance(&store(&server), &exposure(&["internal"], 5)).await.unwrap_err();
        assert!(fault.kind == FaultKind::Hazard && fault.next.contains("roll back now"), "{fault}");
    });
}

#[test]
fn a_404_while_the_database_is_down_is_neither_off_nor_proof_that_the_flag_is_gone() {
    run(async {
        let server = Unreliable::start(Mishap::DatabaseDown).await;
        let store = store(&server);
        for fault in [store.read().await.unwrap_err(), store.write(&store.off()).await.unwrap_err()] {
            assert!(fault.kind == FaultKind::NotFound && fault.what.contains("database is down"), "{fault}");
        }
    });
}

#[test]
fn an_environment_that_is_on_with_nothing_in_it_is_drift() {
    run(async {
        let server = Unreliable::start(Mishap::None).await;
        let store = store(&server);
        server.state.lock().unwrap().enabled = true;
        let state = store.read().await.unwrap();
        assert!(state.enabled && state.foreign[0].contains("without a strategy"), "{state:?}");
        assert_eq!(advance(&store, &exposure(&["internal"], 0)).await.unwrap_err().kind, FaultKind::Hazard);
        store.write(&store.off()).await.unwrap();
        assert!(!store.read().await.unwrap().enabled);
    });
}

#[test]
fn segments_that_the_answer_leaves_out_are_not_taken_for_none() {
    run(async {
        let server = Unreliable::start(Mishap::None).await;
        let bare = json!({"name": "flexibleRollout", "title": "gonogo: percentage",
            "parameters": {"rollout": "5", "stickiness": "userId", "groupId": "flag"}});
        server.state.lock().unwrap().add(&bare);
        assert_eq!(store(&server).read().await.unwrap().foreign.len(), 1);
    });
}

#[test]
fn a_write_given_up_before_it_was_sent_is_not_sent() {
    run(async {
        let server = Unreliable::start(Mishap::None).await;
        let store = store(&server);
        let present = store.read().await.unwrap();
        let plan = store.plan(&present, &exposure(&[], 5)).await.unwrap();
        let mut write = store.write(&plan.writes[0]);
        // Begun, and dropped while it reads.
        assert!(poll_fn(|context| Poll::Ready(write.as_mut().poll(context).is_pending())).await);
        drop(write);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(server.state.lock().unwrap().strategies.is_empty());
    });
}

#[test]
fn on_that_nobody_waits_for_any_more_does_not_outlive_a_rollback() {
    run(async {
        let server = Unreliable::start(Mishap::SlowToSay).await;
        let store = store(&server);
        let moment = std::time::Duration::from_millis(20);
        let target = exposure(&[], 5);
        let mut advancing = Box::pin(advance(&store, &target));
        while !server.state.lock().unwrap().enabled {
            assert!(tokio::time::timeout(moment, advancing.as_mut()).await.is_err());
        }
        drop(advancing);
        for _ in 0..100 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            if server.count("/off") > 0 {
                break;
            }
        }
        assert!(!server.state.lock().unwrap().enabled);
    });
}

#[test]
fn what_many_flags_have_in_common_is_read_once_and_what_decides_is_read_anew() {
    run(async {
        let server = Unreliable::start(Mishap::None).await;
        let together = Arc::new(Together::default());
        let stores: Vec<Unleash> = (0..50).map(|_| store(&server).sharing(Arc::clone(&together))).collect();
        let all = join_all(stores.iter().map(|store| store.glance())).await;
        assert!(all.iter().all(|state| state.as_ref().is_ok_and(|state| !state.enabled)));
        assert_eq!((server.count("GET segments"), server.count("/features/flag")), (1, 1));
        // Who looks again wants to know what is new; and what a decision rests on is never somebody else's.
        stores[0].glance().await.unwrap();
        assert_eq!(server.count("GET segments"), 2);
        stores[1].read().await.unwrap();
        assert_eq!(server.count("GET segments"), 3);
        // After a write nobody is told what was read before it.
        stores[2].glance().await.unwrap();
        advance(&stores[0], &exposure(&["internal"], 5)).await.unwrap();
        let seen = join_all(stores[3..].iter().map(|store| store.glance())).await;
        assert!(seen.iter().all(|state| state.as_ref().unwrap().serves() == exposure(&["internal"], 5)));
    });
}

#[test]
fn a_server_that_fails_fails_for_all_and_is_not_asked_by_each() {
    run(async {
        let server = Unreliable::start(Mishap::DatabaseDown).await;
        let together = Arc::new(Together::default());
        let stores: Vec<Unleash> = (0..50).map(|_| store(&server).sharing(Arc::clone(&together))).collect();
        let all = join_all(stores.iter().map(|store| store.glance())).await;
        assert!(
            all.iter().all(|state| state.as_ref().is_err_and(|fault| fault.kind == FaultKind::NotFound)),
            "{all:?}"
        );
        assert!(server.state.lock().unwrap().log.len() < 10, "{:?}", server.state.lock().unwrap().log);
    });
}
