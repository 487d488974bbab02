//! Unleash: whom the real server serves, through its real SDK, after each step; and every way in which it could expose
//! people by accident. One server, many flags.

#[path = "support/cache.rs"]
mod cache;
#[path = "support/postgres.rs"]
mod postgres;
mod support;
#[path = "support/unleash.rs"]
mod unleash_server;
#[path = "support/users.rs"]
mod users;

use std::{collections::BTreeSet, pin::Pin, sync::Arc};

use gonogo::{
    fault::{Fault, FaultKind},
    flags::{FlagStore, Plan, unleash::Unleash},
    runbook::{Cohort, Exposure, Flag, Percent},
    snapshot::FlagState,
};
use reqwest::Method;
use serde_json::{Value, json};
use unleash_server::{ADMIN_TOKEN, CLIENT_TOKEN, Server};
use users::{USERS, contexts, expected};

fn cohort(key: &str, segment: Option<&str>) -> Cohort {
    Cohort { key: key.to_owned(), title: key.to_owned(), segment: segment.map(str::to_owned), attribute: None }
}

fn cohorts() -> Vec<Cohort> {
    vec![
        cohort("internal", Some("internal-users")),
        cohort("partners", Some("partner-users")),
        cohort("fickle", Some("fickle-users")),
        cohort("boundless", Some("no-constraint")),
        cohort("absent", Some("never-made")),
        cohort("unnamed", None),
    ]
}

fn exposure(cohorts: &[&str], percent: u8) -> Exposure {
    Exposure { cohorts: cohorts.iter().map(|&key| key.to_owned()).collect(), percent: Percent::new(percent).unwrap() }
}

/// A flag of its own for one scenario.
struct Case {
    server: Arc<Server>,
    flag: String,
    store: Unleash,
}

impl Case {
    async fn new(server: &Arc<Server>, flag: &str) -> Self {
        server.admin(Method::POST, "projects/default/features", json!({"name": flag, "type": "release"})).await;
        let store = store(server, ADMIN_TOKEN, "default", "production", flag);
        Self { server: Arc::clone(server), flag: flag.to_owned(), store }
    }

    fn path(&self, rest: &str) -> String {
        format!("projects/default/features/{}/environments/production{rest}", self.flag)
    }

    async fn admin(&self, method: Method, rest: &str, body: Value) -> Value {
        self.server.admin(method, &self.path(rest), body).await
    }

    async fn add(&self, strategy: Value) -> String {
        self.admin(Method::POST, "/strategies", strategy).await["id"].as_str().unwrap().to_owned()
    }

    async fn plan(&self, target: &Exposure) -> Result<Plan, Fault> {
        let present = self.store.read().await?;
        self.store.plan(&present, target).await
    }

    async fn to(&self, target: &Exposure) -> Result<FlagState, Fault> {
        for write in self.plan(target).await?.writes {
            self.store.write(&write).await?;
            self.store.write(&write).await.expect("the same write again is as good as one");
        }
        self.store.read().await
    }

    async fn roll_back(&self) -> FlagState {
        self.store.write(&self.store.off()).await.unwrap();
        self.store.write(&self.store.off()).await.unwrap();
        self.store.read().await.unwrap()
    }

    async fn served(&self) -> BTreeSet<usize> {
        let answers = self.server.served(&self.flag, &contexts()).await;
        answers.iter().enumerate().filter(|(_, on)| **on).map(|(i, _)| i).collect()
    }

    async fn assert_serves(&self, target: &Exposure) -> BTreeSet<usize> {
        let state = self.store.read().await.unwrap();
        assert!(state.serves().same_as(target), "{}: {target}, not {state:?}", self.flag);
        assert!(state.foreign.is_empty(), "{state:?}");
        assert_eq!(state.enabled, !target.is_off());
        let served = self.served().await;
        assert_eq!(served, expected(&self.flag, target), "{} serves others than {target}", self.flag);
        served
    }
}

fn store(server: &Server, token: &str, project: &str, environment: &str, flag: &str) -> Unleash {
    let flag = Flag { key: flag.to_owned(), legacy: None };
    Unleash::new(server.http(token), project, environment, &flag, &cohorts())
}

fn gradual(title: &str, rollout: &str) -> Value {
    json!({"name": "flexibleRollout", "title": title, "segments": [],
        "parameters": {"rollout": rollout, "stickiness": "userId", "groupId": "x"}})
}

fn titles(plan: &Plan) -> Vec<&str> {
    plan.writes.iter().map(|write| write.title.as_str()).collect()
}

// ---- scenarios -----------------------------------------------------------------------------------------------------

async fn stages_serve_exactly_whom_they_say(server: Arc<Server>) {
    let case = Case::new(&server, "vfsSecureUpload").await;
    case.assert_serves(&Exposure::off()).await;
    let mut before = BTreeSet::new();
    for target in [exposure(&["internal"], 0), exposure(&["internal"], 5), Exposure::everyone()] {
        let state = case.to(&target).await.unwrap();
        assert!(state.changed_at.is_some() && state.changed_by.is_some(), "{state:?}");
        let served = case.assert_serves(&target).await;
        assert!(served.is_superset(&before), "growing to {target} took the feature from somebody");
        // Roll back from here, and come again.
        assert!(case.roll_back().await.serves().is_off());
        case.assert_serves(&Exposure::off()).await;
        case.to(&target).await.unwrap();
        before = case.assert_serves(&target).await;
    }
    assert_eq!(before.len(), USERS);
}

async fn a_percentage_grows_in_place_and_shrinks_through_off(server: Arc<Server>) {
    let case = Case::new(&server, "percentages").await;
    let mut before = BTreeSet::new();
    for percent in [5, 20, 50] {
        case.to(&exposure(&[], percent)).await.unwrap();
        let served = case.assert_serves(&exposure(&[], percent)).await;
        assert!(served.is_superset(&before));
        before = served;
    }
    assert_eq!(titles(&case.plan(&exposure(&[], 51)).await.unwrap()), ["serve 51 % in production"]);
    assert!(case.plan(&exposure(&[], 50)).await.unwrap().writes.is_empty());
    let target = exposure(&["internal"], 5);
    assert_eq!(
        titles(&case.plan(&target).await.unwrap()),
        ["switch production off", "serve internal in production", "serve 5 % in production", "switch production on"]
    );
    case.to(&target).await.unwrap();
    case.assert_serves(&target).await;
    // A cohort goes, and then the percentage.
    case.to(&exposure(&[], 5)).await.unwrap();
    case.assert_serves(&exposure(&[], 5)).await;
    case.to(&exposure(&["internal"], 0)).await.unwrap();
    case.assert_serves(&exposure(&["internal"], 0)).await;
}

/// Each write of a growing plan, made alone, must leave nobody served who is in neither the old nor the new exposure.
async fn every_prefix_of_a_plan_is_safe(server: Arc<Server>) {
    let case = Case::new(&server, "prefixes").await;
    for target in [exposure(&["internal"], 5), exposure(&["internal", "partners"], 20), exposure(&[], 5)] {
        let old = case.store.read().await.unwrap().serves();
        for write in case.plan(&target).await.unwrap().writes {
            case.store.write(&write).await.unwrap();
            let served = case.store.read().await.unwrap().serves();
            assert!(old.covers(&served) || target.covers(&served), "{}: {served}", write.title);
        }
        assert_eq!(case.store.read().await.unwrap().serves(), target);
    }
}

async fn a_foreign_strategy_is_drift_and_nothing_is_built_on_it(server: Arc<Server>) {
    let case = Case::new(&server, "foreign").await;
    case.to(&exposure(&["internal"], 0)).await.unwrap();
    let planned = case.plan(&exposure(&["internal"], 5)).await.unwrap();
    let id = case.add(gradual("hotfix", "100")).await;
    let state = case.store.read().await.unwrap();
    assert!(state.enabled && state.foreign[0].contains("\"hotfix\", 100 %"), "{state:?}");
    assert_ne!(state.version, planned.from_version);
    assert_eq!(case.plan(&exposure(&["internal"], 5)).await.unwrap_err().kind, FaultKind::Hazard);
    assert_eq!(case.store.write(&planned.writes[0]).await.unwrap_err().kind, FaultKind::Hazard);
    assert_eq!(case.served().await.len(), USERS, "the foreign strategy does serve everyone");
    let state = case.roll_back().await;
    assert!(!state.enabled && state.foreign.len() == 1);
    assert!(case.served().await.is_empty());
    // It is still there, as it was: gonogo never touches what is not its own.
    let strategies = case.admin(Method::GET, "/strategies", Value::Null).await;
    let kept = strategies.as_array().unwrap().iter().find(|strategy| strategy["id"] == json!(id)).unwrap();
    assert_eq!(kept["parameters"]["rollout"], json!("100"));
    assert_eq!(case.plan(&exposure(&["internal"], 5)).await.unwrap_err().kind, FaultKind::Hazard);
}

/// Back to the stage before: through off, and after each write nobody has the feature who is not in the stage before.
async fn reducing_takes_the_feature_from_exactly_those_who_go(server: Arc<Server>) {
    let case = Case::new(&server, "reducing").await;
    case.to(&exposure(&["internal"], 5)).await.unwrap();
    case.to(&Exposure::everyone()).await.unwrap();
    let mut old = case.assert_serves(&Exposure::everyone()).await;
    for target in [exposure(&["internal"], 5), exposure(&["internal"], 0)] {
        let plan = case.plan(&target).await.unwrap();
        assert_eq!(
            titles(&plan),
            [
                "switch production off".to_owned(),
                format!("serve {} % in production", target.percent.get()),
                "switch production on".to_owned()
            ]
        );
        let whom = expected(&case.flag, &target);
        for write in &plan.writes {
            case.store.write(write).await.unwrap();
            let served = case.served().await;
            assert!(served.is_empty() || served == whom, "{}: {} users", write.title, served.len());
        }
        let now = case.assert_serves(&target).await;
        assert!(old.is_superset(&now) && now.len() < old.len());
        old = now;
    }
}

async fn what_others_left_is_taken_away_and_nobody_else_is_served_meanwhile(server: Arc<Server>) {
    let case = Case::new(&server, "restored").await;
    let target = exposure(&["internal"], 5);
    case.to(&target).await.unwrap();
    let config = case.store.read().await.unwrap().raw;
    let own = config["strategies"].as_array().unwrap().iter().find(|s| s["title"] == json!("gonogo: percentage"));
    let own = own.unwrap()["id"].as_str().unwrap().to_owned();
    case.add(gradual("hotfix", "100")).await;
    case.add(json!({"name": "default", "title": "", "parameters": {}, "segments": [1]})).await;
    case.add(case_percentage(&case.flag)).await;
    let patch = json!([{"op": "replace", "path": "/parameters/rollout", "value": "150"}]);
    case.admin(Method::PATCH, &format!("/strategies/{own}"), patch).await;
    assert_eq!(case.served().await.len(), USERS);
    let present = case.store.read().await.unwrap();
    let plan = case.store.restore(&present, &target).await.unwrap();
    assert_eq!(plan.writes[0].title, "switch production off");
    assert!(titles(&plan).contains(&"take away the strategy \"hotfix\", 100 %, that is not gonogo's"), "{plan:?}");
    // Out of order: while it is on, nothing is taken away.
    assert_eq!(case.store.write(&plan.writes[1]).await.unwrap_err().kind, FaultKind::Changed);
    let whom = expected(&case.flag, &target);
    for write in &plan.writes {
        case.store.write(write).await.unwrap();
        case.store.write(write).await.expect("the same write again is as good as one");
        let served = case.served().await;
        assert!(served.is_empty() || served == whom, "{}: {} users", write.title, served.len());
    }
    case.assert_serves(&target).await;
    let state = case.store.read().await.unwrap();
    assert!(case.store.restore(&state, &target).await.unwrap().writes.is_empty());
}

async fn what_changed_since_a_restore_was_planned_stops_it(server: Arc<Server>) {
    let case = Case::new(&server, "unrestored").await;
    let target = exposure(&["internal"], 0);
    case.to(&target).await.unwrap();
    case.add(gradual("hotfix", "100")).await;
    let present = case.store.read().await.unwrap();
    let plan = case.store.restore(&present, &target).await.unwrap();
    case.store.write(&plan.writes[0]).await.unwrap();
    // Another rule, of which the operator was not told.
    let late = case.add(gradual("one more", "100")).await;
    let fault = case.store.write(&plan.writes[1]).await.unwrap_err();
    assert!(fault.kind == FaultKind::Hazard && fault.what.contains("one more"), "{fault}");
    case.admin(Method::DELETE, &format!("/strategies/{late}"), Value::Null).await;
    case.store.write(&plan.writes[1]).await.unwrap();
    // And off again with what is not gonogo's: a restore to off takes that away too.
    case.add(gradual("one more", "100")).await;
    let present = case.store.read().await.unwrap();
    for write in case.store.restore(&present, &Exposure::off()).await.unwrap().writes {
        case.store.write(&write).await.unwrap();
    }
    let state = case.store.read().await.unwrap();
    assert!(state.foreign.is_empty() && !state.enabled, "{state:?}");
    assert!(case.served().await.is_empty());
}

async fn a_dependency_on_another_flag_is_named_and_left_alone(server: Arc<Server>) {
    let case = Case::new(&server, "child").await;
    case.to(&exposure(&["internal"], 0)).await.unwrap();
    let parent = json!({"name": "parent-of-child", "type": "release"});
    server.admin(Method::POST, "projects/default/features", parent).await;
    let path = "projects/default/features/child/dependencies";
    server.admin(Method::POST, path, json!({"feature": "parent-of-child", "enabled": true})).await;
    let present = case.store.read().await.unwrap();
    assert!(present.foreign[0].contains("depends on"), "{present:?}");
    let fault = case.store.restore(&present, &exposure(&["internal"], 0)).await.unwrap_err();
    assert!(fault.kind == FaultKind::Hazard && fault.what.contains("parent-of-child"), "{fault}");
    assert!(case.roll_back().await.serves().is_off());
}

async fn the_last_change_is_told_with_who_when_and_what(server: Arc<Server>) {
    let case = Case::new(&server, "told").await;
    let what = async || {
        let state = case.store.read().await.unwrap();
        assert!(state.changed_at.is_some() && state.changed_by.is_some(), "{state:?}");
        state.changed_what.unwrap()
    };
    let plan = case.plan(&exposure(&[], 5)).await.unwrap();
    for (write, told) in plan.writes.iter().zip(["strategy gonogo: percentage added, 5 %", "production switched on"]) {
        case.store.write(write).await.unwrap();
        assert_eq!(what().await, told);
    }
    case.to(&exposure(&[], 20)).await.unwrap();
    assert_eq!(what().await, "strategy gonogo: percentage: percentage 5 \u{2192} 20 %");
    case.roll_back().await;
    assert_eq!(what().await, "production switched off");
    let id = case.add(gradual(&"long ".repeat(40), "100")).await;
    assert!(what().await.chars().count() <= 100);
    case.admin(Method::DELETE, &format!("/strategies/{id}"), Value::Null).await;
    assert!(what().await.contains("removed, 100 %"));
}

async fn on_is_never_sent_without_the_own_strategies(server: Arc<Server>) {
    for (flag, spoil) in
        [("on-with-nothing", "delete"), ("on-with-disabled", "disable"), ("on-with-other-share", "share")]
    {
        let case = Case::new(&server, flag).await;
        let plan = case.plan(&exposure(&[], 5)).await.unwrap();
        assert_eq!(titles(&plan), ["serve 5 % in production", "switch production on"]);
        // Switching on first, out of order.
        assert_eq!(case.store.write(&plan.writes[1]).await.unwrap_err().kind, FaultKind::Changed);
        case.store.write(&plan.writes[0]).await.unwrap();
        let id = case.admin(Method::GET, "/strategies", Value::Null).await[0]["id"].as_str().unwrap().to_owned();
        let strategy = format!("/strategies/{id}");
        let patch = |path: &str, value: Value| json!([{"op": "replace", "path": path, "value": value}]);
        let kind = match spoil {
            "delete" => {
                case.admin(Method::DELETE, &strategy, Value::Null).await;
                FaultKind::Changed
            }
            "disable" => {
                case.admin(Method::PATCH, &strategy, patch("/disabled", json!(true))).await;
                FaultKind::Hazard
            }
            _ => {
                case.admin(Method::PATCH, &strategy, patch("/parameters/rollout", json!("60"))).await;
                FaultKind::Changed
            }
        };
        assert_eq!(case.store.write(&plan.writes[1]).await.unwrap_err().kind, kind, "{spoil}");
        let environment = case.admin(Method::GET, "", Value::Null).await;
        assert_eq!(environment["enabled"], json!(false), "{spoil}: {environment}");
        assert!(case.served().await.is_empty());
    }
}

async fn a_strategy_that_lost_its_shape_is_drift(server: Arc<Server>) {
    let case = Case::new(&server, "shapes").await;
    case.to(&exposure(&["internal"], 5)).await.unwrap();
    let config = case.store.read().await.unwrap().raw;
    let id = |title: &str| {
        let all = config["strategies"].as_array().unwrap();
        all.iter().find(|s| s["title"] == json!(title)).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (percentage, internal) = (id("gonogo: percentage"), id("gonogo: cohort internal"));
    let constraint = json!([{"contextName": "userId", "operator": "IN", "values": ["1"]}]);
    for (id, path, bad, words) in [
        (&percentage, "/parameters/rollout", json!("150"), "no percentage"),
        (&percentage, "/parameters/rollout", json!("-1"), "no percentage"),
        (&percentage, "/parameters/rollout", json!("abc"), "no percentage"),
        (&percentage, "/parameters/rollout", json!("5.5"), "no percentage"),
        (&percentage, "/parameters/stickiness", json!("random"), "another way"),
        (&percentage, "/parameters/groupId", json!("other"), "another way"),
        (&percentage, "/segments", json!([1]), "a segment"),
        (&percentage, "/disabled", json!(true), "disabled"),
        (&percentage, "/constraints", constraint, "constraints"),
        (&internal, "/segments", json!([]), "not limited"),
        (&internal, "/parameters/rollout", json!("50"), "50 % of its cohort"),
    ] {
        let strategy = format!("/strategies/{id}");
        let strategies = case.admin(Method::GET, "/strategies", Value::Null).await;
        let good = strategies.as_array().unwrap().iter().find(|s| s["id"] == json!(id)).unwrap().pointer(path).cloned();
        let patch = |value: &Value| json!([{"op": "replace", "path": path, "value": value}]);
        case.admin(Method::PATCH, &strategy, patch(&bad)).await;
        let state = case.store.read().await.unwrap();
        assert!(state.foreign.iter().any(|foreign| foreign.contains(words)), "{path} {bad}: {:?}", state.foreign);
        assert_eq!(case.plan(&exposure(&["internal"], 20)).await.unwrap_err().kind, FaultKind::Hazard);
        case.admin(Method::PATCH, &strategy, patch(&good.unwrap())).await;
        let state = case.store.read().await.unwrap();
        assert!(state.foreign.is_empty(), "{path}: {:?}", state.foreign);
    }
    case.add(case_percentage(&case.flag)).await;
    assert!(case.store.read().await.unwrap().foreign[0].contains("twice"));
}

fn case_percentage(flag: &str) -> Value {
    json!({"name": "flexibleRollout", "title": "gonogo: percentage", "segments": [],
        "parameters": {"rollout": "5", "stickiness": "userId", "groupId": flag}})
}

async fn segments_that_match_everyone_or_nobody_are_refused(server: Arc<Server>) {
    let case = Case::new(&server, "segments").await;
    for (key, kind, words) in [
        ("boundless", FaultKind::Hazard, "match everyone"),
        ("absent", FaultKind::Hazard, "no segment \"never-made\""),
        ("unnamed", FaultKind::Configuration, "\"unnamed\""),
        ("unheard-of", FaultKind::Configuration, "\"unheard-of\""),
    ] {
        let fault = case.plan(&exposure(&[key], 0)).await.unwrap_err();
        assert!(fault.kind == kind && fault.what.contains(words), "{key}: {fault}");
    }
    // A segment loses its constraints while it is in use: everyone is served, and it is seen.
    case.to(&exposure(&["fickle"], 0)).await.unwrap();
    let version = case.store.read().await.unwrap().version;
    let segments = server.admin(Method::GET, "segments", Value::Null).await;
    let fickle = segments["segments"].as_array().unwrap().iter().find(|s| s["name"] == json!("fickle-users")).unwrap();
    let path = format!("segments/{}", fickle["id"]);
    let put = |constraints: Value| json!({"name": "fickle-users", "constraints": constraints});
    server.admin(Method::PUT, &path, put(json!([]))).await;
    let state = case.store.read().await.unwrap();
    assert!(state.foreign[0].contains("matches everyone") && state.version != version, "{state:?}");
    assert_eq!(case.plan(&exposure(&["fickle"], 5)).await.unwrap_err().kind, FaultKind::Hazard);
    server.admin(Method::PUT, &path, put(fickle["constraints"].clone())).await;
    assert_eq!(case.store.read().await.unwrap().version, version);
}

async fn a_change_made_meanwhile_is_not_overwritten(server: Arc<Server>) {
    let case = Case::new(&server, "meanwhile").await;
    case.to(&exposure(&[], 5)).await.unwrap();
    let slow = case.plan(&exposure(&[], 20)).await.unwrap();
    case.to(&exposure(&[], 50)).await.unwrap();
    assert_eq!(case.store.write(&slow.writes[0]).await.unwrap_err().kind, FaultKind::Changed);
    assert_eq!(case.store.read().await.unwrap().serves(), exposure(&[], 50));
    // Rolled back meanwhile: what was decided while it was on is not made.
    let slow = case.plan(&exposure(&["internal"], 50)).await.unwrap();
    case.roll_back().await;
    assert_eq!(case.store.write(&slow.writes[0]).await.unwrap_err().kind, FaultKind::Changed);
}

async fn another_environment_is_another_matter(server: Arc<Server>) {
    let case = Case::new(&server, "environments").await;
    let path = "projects/default/features/environments/environments/development/strategies";
    server.admin(Method::POST, path, case_percentage("environments")).await;
    let development = server.admin(Method::GET, path, Value::Null).await;
    case.to(&exposure(&["internal"], 20)).await.unwrap();
    case.to(&exposure(&[], 5)).await.unwrap();
    case.roll_back().await;
    assert_eq!(server.admin(Method::GET, path, Value::Null).await, development);
    let other = store(&server, ADMIN_TOKEN, "default", "development", "environments").read().await.unwrap();
    assert!(!other.enabled && other.configured == exposure(&[], 5) && other.foreign.is_empty(), "{other:?}");
}

async fn failures_are_told_in_words_and_never_taken_for_off(server: Arc<Server>) {
    let case = Case::new(&server, "archived").await;
    case.to(&exposure(&["internal"], 0)).await.unwrap();
    let plan = case.plan(&exposure(&["internal"], 5)).await.unwrap();
    server.admin(Method::POST, &case.path("/off"), Value::Null).await;
    server.admin(Method::DELETE, "projects/default/features/archived", Value::Null).await;
    let fault = case.store.read().await.unwrap_err();
    assert!(fault.kind == FaultKind::NotFound && fault.what.contains("archived"), "{fault}");
    assert!(case.store.write(&plan.writes[0]).await.unwrap_err().what.contains("archived"));
    assert!(case.store.write(&case.store.off()).await.is_err());

    Case::new(&server, "present").await;
    for (token, project, environment, flag, kind, words) in [
        ("*:*.wrong", "default", "production", "present", FaultKind::Unauthorized, "401"),
        (CLIENT_TOKEN, "default", "production", "present", FaultKind::Forbidden, "403"),
        (ADMIN_TOKEN, "default", "production", "nobody-made-it", FaultKind::NotFound, "no flag \"nobody-made-it\""),
        (ADMIN_TOKEN, "elsewhere", "production", "present", FaultKind::NotFound, "project \"elsewhere\""),
        (ADMIN_TOKEN, "default", "moon", "present", FaultKind::NotFound, "environment \"moon\""),
        (ADMIN_TOKEN, "default", "../../x", "present", FaultKind::NotFound, "environment \"../../x\""),
    ] {
        let store = store(&server, token, project, environment, flag);
        for fault in [store.read().await.unwrap_err(), store.write(&store.off()).await.unwrap_err()] {
            assert_eq!(fault.kind, kind, "{fault}");
            assert!(!fault.to_string().contains(token), "{fault}");
        }
        let fault = store.read().await.unwrap_err();
        let told = kind != FaultKind::NotFound || fault.what.contains(words);
        assert!(told, "{fault}");
    }
}

async fn a_dead_database_is_not_taken_for_off(server: &Arc<Server>) {
    let case = Case::new(server, "orphan").await;
    case.to(&exposure(&["internal"], 5)).await.unwrap();
    server.stop_database();
    for fault in [case.store.read().await.unwrap_err(), case.store.write(&case.store.off()).await.unwrap_err()] {
        let certain = fault.kind == FaultKind::NotFound && !fault.what.contains("database");
        assert!(!certain, "{fault}");
    }
}

#[test]
fn unleash_serves_exactly_whom_the_stage_says_and_never_everyone_by_accident() {
    let Some(server) = Server::start() else { return };
    let server = Arc::new(server);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let failed = runtime.block_on(async {
        let segment = |name: &str, group: &str| {
            json!({"name": name, "constraints": [{"contextName": "group", "operator": "IN", "values": [group]}]})
        };
        server.admin(Method::POST, "segments", segment("internal-users", "internal")).await;
        server.admin(Method::POST, "segments", segment("partner-users", "partner")).await;
        server.admin(Method::POST, "segments", segment("fickle-users", "fickle")).await;
        server.admin(Method::POST, "segments", json!({"name": "no-constraint", "constraints": []})).await;
        type Scenario = Pin<Box<dyn Future<Output = ()> + Send>>;
        macro_rules! scenarios {
            ($($name:ident),* $(,)?) => {
                [$((stringify!($name), Box::pin($name(Arc::clone(&server))) as Scenario)),*]
            };
        }
        let running = scenarios![
            stages_serve_exactly_whom_they_say,
            a_percentage_grows_in_place_and_shrinks_through_off,
            every_prefix_of_a_plan_is_safe,
            reducing_takes_the_feature_from_exactly_those_who_go,
            what_others_left_is_taken_away_and_nobody_else_is_served_meanwhile,
            what_changed_since_a_restore_was_planned_stops_it,
            a_dependency_on_another_flag_is_named_and_left_alone,
            the_last_change_is_told_with_who_when_and_what,
            a_foreign_strategy_is_drift_and_nothing_is_built_on_it,
            on_is_never_sent_without_the_own_strategies,
            a_strategy_that_lost_its_shape_is_drift,
            segments_that_match_everyone_or_nobody_are_refused,
            a_change_made_meanwhile_is_not_overwritten,
            another_environment_is_another_matter,
            failures_are_told_in_words_and_never_taken_for_off,
        ]
        .map(|(name, scenario)| (name, tokio::spawn(scenario)));
        let mut failed = Vec::new();
        for (name, task) in running {
            match task.await {
                Ok(()) => eprintln!("ok: {name}"),
                Err(_) => failed.push(name),
            }
        }
        a_dead_database_is_not_taken_for_off(&server).await;
        failed
    });
    assert!(failed.is_empty(), "failed: {failed:?}");
}
