//! The dialog of the automated gate: asked for, watched, hidden, killed, and what leaving does to it.

use gonogo::{
    qa::Progress as GateProgress,
    runbook::{Runbook, built_in},
    tui::update::GateNews,
};

use super::*;

const ENTER: KeyCode = KeyCode::Enter;
const ESC: KeyCode = KeyCode::Esc;

fn with_gate(size: (u16, u16)) -> Model {
    let mut model = model(hold(), size);
    let runbook = Runbook { qa: built_in().qa.clone(), ..(*model.facts.runbook).clone() };
    model.facts.runbook = Arc::new(runbook);
    model.screen = Screen::Readiness;
    model
}

fn asked(size: (u16, u16)) -> Model {
    let mut model = with_gate(size);
    press(&mut model, KeyCode::Char('x'));
    model
}

fn running(size: (u16, u16)) -> Model {
    let mut model = asked(size);
    assert_eq!(at_leisure(&mut model, &[ENTER]), [Effect::RunGate(1)]);
    let mut progress = GateProgress::new(model.facts.runbook.qa.as_ref().unwrap());
    let lines =
        ["[api-rekey-crdt] contract", "Result: PASS (62.3s) for api-rekey-crdt", "[api-client-crypto] pipeline"];
    for (n, line) in (0..).zip(lines) {
        progress.line(line, Duration::from_secs(n));
    }
    let tail = lines.iter().map(|line| (*line).to_owned()).collect();
    update(&mut model, Msg::Gate(1, GateNews::Printed(Box::new(progress), tail)));
    wait(&mut model, 75_000);
    model
}

fn ended(size: (u16, u16)) -> Model {
    let mut model = running(size);
    update(&mut model, Msg::Gate(1, GateNews::NotRun("018e is the candidate, 5eed is checked out".into())));
    model
}

#[test]
fn the_gate_at_each_size() {
    show("gate-asks", asked);
    show("gate-runs", running);
    show("gate-kill", |size| {
        let mut model = running(size);
        at_leisure(&mut model, &[KeyCode::Char('k')]);
        model
    });
    show("gate-not-run", ended);
    show("gate-quit", |size| {
        let mut model = running(size);
        at_leisure(&mut model, &[ESC, KeyCode::Char('q')]);
        model
    });
    show("gate-hidden", |size| {
        let mut model = running(size);
        at_leisure(&mut model, &[ESC]);
        model
    });
}

#[test]
fn it_asks_before_it_runs_and_says_why_it_cannot() {
    let mut model = asked((120, 36));
    assert_eq!(press(&mut model, ENTER), [], "on its way before anybody could read it");
    assert_eq!(at_leisure(&mut model, &[ESC]), []);
    let mut nameless = with_gate((120, 36));
    nameless.facts.candidate = None;
    press(&mut nameless, KeyCode::Char('x'));
    assert!(screen(&nameless).contains("no candidate is named"));
    assert_eq!(at_leisure(&mut nameless, &[ENTER]), []);
    let mut none = self::model(hold(), (120, 36));
    none.screen = Screen::Readiness;
    press(&mut none, KeyCode::Char('x'));
    assert!(screen(&none).contains("the runbook has no automated gate"));
    assert_eq!(at_leisure(&mut none, &[ENTER]), []);
    let mut looking = with_gate((120, 36));
    looking.facts.read_only = true;
    press(&mut looking, KeyCode::Char('x'));
    assert!(looking.dialogs.is_empty());
}

#[test]
fn hidden_it_runs_on_and_a_rollback_opens_over_it() {
    let mut model = running((120, 36));
    assert!(screen(&model).contains("hide, it runs on"));
    press(&mut model, R);
    assert!(screen(&model).contains("off for everyone"));
    at_leisure(&mut model, &[ESC, ESC]);
    assert!(model.dialogs.is_empty() && screen(&model).contains("gate runs 1/4"));
    // Asked for again it is shown, and not begun a second time.
    assert!(!at_leisure(&mut model, &[KeyCode::Char('x'), ENTER]).iter().any(|e| matches!(e, Effect::RunGate(_))));
    assert!(screen(&model).contains("api-client-crypto"));
}

#[test]
fn two_presses_kill_it_and_one_that_is_held_down_does_not() {
    let k = KeyCode::Char('k');
    let mut model = running((120, 36));
    assert_eq!([press(&mut model, k), press(&mut model, k), press(&mut model, k)].concat(), []);
    assert_eq!(at_leisure(&mut model, &[k]), [Effect::KillGate(1)]);
    assert_eq!(at_leisure(&mut model, &[k, k]), [], "once is enough");
    let mut other = running((120, 36));
    assert_eq!(at_leisure(&mut other, &[k, KeyCode::Char('j'), k]), [], "another key between takes it back");
}

#[test]
fn leaving_asks_while_it_runs() {
    let mut model = running((120, 36));
    at_leisure(&mut model, &[ESC]);
    assert!(!press(&mut model, KeyCode::Char('q')).contains(&Effect::Quit));
    let shown = screen(&model);
    assert!(shown.contains("The automated gate runs. It is stopped first"), "{shown}");
    assert!(at_leisure(&mut model, &[Y]).contains(&Effect::Quit));
    let mut over = ended((120, 36));
    at_leisure(&mut over, &[ESC]);
    assert_eq!(press(&mut over, KeyCode::Char('q')), [Effect::Quit]);
}

#[test]
fn news_of_an_earlier_run_are_dropped() {
    let mut model = ended((120, 36));
    at_leisure(&mut model, &[ESC, KeyCode::Char('x'), ENTER]);
    assert!(model.gate_runs());
    update(&mut model, Msg::Gate(1, GateNews::Lost));
    assert!(model.gate_runs());
    update(&mut model, Msg::Gate(2, GateNews::Lost));
    assert!(!model.gate_runs() && screen(&model).contains("nothing of it is on record"));
}

#[test]
fn the_list_of_what_can_be_entered_leads_to_it() {
    let mut model = with_gate((120, 36));
    press(&mut model, KeyCode::Char('E'));
    for _ in 0..40 {
        if screen(&model).contains("▸ Run the automated gate") {
            break;
        }
        press(&mut model, KeyCode::Down);
    }
    at_leisure(&mut model, &[ENTER]);
    assert!(screen(&model).contains("Run the automated gate?"));
}
