//! The readiness screen.

use portable_pty::CommandBuilder;

use super::{Two, terminal::Pty};

fn cockpit(two: &Two) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
    command.args(two.with(&[]));
    command.env_clear();
    command.env("HOME", two.home.path(""));
    command.env("TMPDIR", two.home.path(""));
    command.env("USER", "ann");
    command.env("GONOGO_DATA_DIR", two.home.data());
    Pty::start(command, (140, 44))
}

#[test]
fn readiness_shows_what_the_other_environment_saw() {
    let Some(two) = Two::start() else { return };
    let mut cockpit = cockpit(&two);
    cockpit.presses_until("c", "A restart recovers.");
    // Its own environment is what its own polls say, since the stage began: nothing of the past.
    cockpit.sees("in production since");
    cockpit.sees("seen  in staging since");
    cockpit.sees("done 41");
    assert!(!cockpit.contents().contains("done 77"), "staging's server is asked of staging alone");
    cockpit.presses_until("\x1b[B", "Both sides see it.");
    cockpit.sees("cannot be seen  in staging since");
    cockpit.sees("share 0");
    assert!(!cockpit.contents().contains("share 99"), "what production's server says of staging is not shown");
    assert!(!cockpit.contents().contains("horse"));
    assert_eq!(cockpit.quits(), 0);
    cockpit.was_given_back();
}

#[test]
fn a_server_that_hangs_holds_up_no_key() {
    let Some(two) = Two::start() else { return };
    two.staging.hang(true);
    let mut cockpit = cockpit(&two);
    cockpit.presses_until("c", "A restart recovers.");
    cockpit.sees("in production since");
    cockpit.sees("not known yet  asking staging");
    assert!(!cockpit.contents().contains("seen  in staging"), "{}", cockpit.contents());
    cockpit.presses_until("R", "Roll back");
    cockpit.presses_until_gone("\x1b", "Roll back");
    cockpit.sees("cannot be seen  in staging");
    assert_eq!(cockpit.quits(), 0);
}
