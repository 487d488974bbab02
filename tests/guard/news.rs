//! What it says of one assessment after another, without IO.

use chrono::TimeDelta;
use gonogo::guard::{Changes, Guard, Said};

use super::scene::{Scene, ago, exposure, flag_state, now};

struct Watched {
    scene: Scene,
    changes: Changes,
    guard: Guard,
}

impl Watched {
    fn new(scene: Scene) -> Self {
        let guard = Guard::new(&scene.runbook, false);
        Self { scene, changes: Changes::default(), guard }
    }

    /// What is said so many seconds after the scene's instant. Telemetry stays as fresh as it was.
    fn look(&mut self, seconds: i64, acting: bool) -> Vec<Said> {
        let at = now() + TimeDelta::seconds(seconds);
        self.scene.now = at;
        self.scene.flag.read_at = Some(at);
        for reading in self.scene.readings.values_mut() {
            reading.newest = Some(at - TimeDelta::seconds(5));
        }
        self.changes.of(&self.scene.judge(), &self.scene.history, &self.guard, acting)
    }
}

fn events(said: &[Said]) -> Vec<&str> {
    said.iter().map(|said| said.event).collect()
}

fn told(said: &[Said]) -> Vec<&str> {
    said.iter().filter(|said| said.tell).map(|said| said.event).collect()
}

#[test]
fn a_trip_and_a_hard_stop_are_told_once_and_their_end_is_said() {
    let mut watched = Watched::new(Scene::healthy());
    assert_eq!(told(&watched.look(0, false)), Vec::<&str>::new());
    watched.scene.add("mismatch", &["register"], ago(1), 1);
    watched.scene.add("guardrail", &["pull", "pullCursorRegression"], ago(1), 1);
    let said = watched.look(5, false);
    assert_eq!(told(&said), ["trigger-tripped", "hard-stop"]);
    assert_eq!(said.iter().find(|said| said.event == "trigger-tripped").unwrap().facts["already"], false);
    assert!(said.iter().any(|said| said.event == "call" && said.facts["before"] != "no-go"));
    assert_eq!(events(&watched.look(10, false)), Vec::<&str>::new());
    watched.scene.resolve_trigger("mismatch", now() + TimeDelta::seconds(11));
    assert_eq!(events(&watched.look(15, false)), ["trigger-cleared"]);
    watched.scene.add("mismatch", &["register"], now() + TimeDelta::seconds(20), 1);
    assert_eq!(told(&watched.look(25, false)), ["trigger-tripped"], "another trip");
}

#[test]
fn what_was_tripped_at_the_start_says_so() {
    let mut scene = Scene::healthy();
    scene.add("mismatch", &["register"], ago(30), 1);
    let said = Watched::new(scene).look(0, false);
    let tripped = said.iter().find(|said| said.event == "trigger-tripped").unwrap();
    assert!(tripped.what.contains("already when the guard was started"), "{}", tripped.what);
    assert_eq!(tripped.since.map(|since| since <= ago(29)), Some(true));
}

#[test]
fn drift_is_told_once_it_lasts_and_never_while_an_action_runs() {
    let mut watched = Watched::new(Scene::healthy());
    watched.look(0, false);
    watched.scene.flag.state = Some(flag_state(true, exposure(&["internal"], 50)));
    assert_eq!(told(&watched.look(5, true)), Vec::<&str>::new());
    assert_eq!(told(&watched.look(10, true)), Vec::<&str>::new());
    assert_eq!(told(&watched.look(15, false)), Vec::<&str>::new(), "it may be on its way");
    assert_eq!(told(&watched.look(20, false)), ["drift"]);
    assert_eq!(told(&watched.look(25, false)), Vec::<&str>::new());
    watched.scene.flag.state = Some(flag_state(true, exposure(&["internal"], 5)));
    assert!(events(&watched.look(30, false)).contains(&"drift-gone"));
}

#[test]
fn blindness_is_told_after_five_minutes_and_once() {
    let mut watched = Watched::new(Scene::healthy());
    watched.look(0, false);
    watched.scene.polled = false;
    let mut all = Vec::new();
    for seconds in (10..=900).step_by(10) {
        let said = watched.look(seconds, false);
        all.extend(said.into_iter().filter(|said| said.tell).map(|said| (seconds, said.event)));
    }
    assert_eq!(all, [(320, "blind")]);
    watched.scene.polled = true;
    assert!(events(&watched.look(910, false)).contains(&"sight-back"));
}

#[test]
fn a_source_that_fails_and_comes_back_is_said() {
    use gonogo::snapshot::SourceState;
    let mut watched = Watched::new(Scene::healthy());
    assert!(!events(&watched.look(0, false)).contains(&"source-failing"));
    (watched.scene.source.state, watched.scene.source.error) = (SourceState::Failed, Some(super::scene::fault()));
    let said = watched.look(5, false);
    let failing = said.iter().find(|said| said.event == "source-failing").unwrap();
    assert!(failing.reason.contains("refused the connection") && !failing.tell, "{failing:?}");
    assert!(!events(&watched.look(10, false)).contains(&"source-failing"));
    (watched.scene.source.state, watched.scene.source.error) = (SourceState::Ok, None);
    assert!(events(&watched.look(15, false)).contains(&"source-back"));
}
