//! `gonogo advance` on a terminal: the plan is shown, and the stage's name is asked for.

use std::sync::Arc;

use portable_pty::CommandBuilder;

use super::{rollout::Rollout, terminal::Pty};

fn advance(rollout: &Rollout) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
    command.args(rollout.arguments(&["advance", "--to", "limited-external", "--reason", "all green"]));
    command.env_clear();
    command.env("HOME", rollout.home.path(""));
    command.env("TMPDIR", rollout.home.path(""));
    command.env("USER", "ann");
    command.env("GONOGO_DATA_DIR", rollout.home.data());
    Pty::start(command, (160, 40))
}

fn shows_the_plan(terminal: &Pty, rollout: &Rollout) {
    terminal.sees("advance internal-canary -> limited-external");
    terminal.sees("  1. ");
    let serves = format!("serves   internal -> {}", rollout.exposure("limited-external"));
    terminal.sees(&serves);
    terminal.sees("gains    5 % of all users");
    terminal.sees("gates    pass Observation window, pass Success rate holds the SLO");
    terminal.sees("Type the stage's name: ");
}

/// Types this where the stage's name is asked for; how the command ended, with these words on the screen.
async fn answered(rollout: &Arc<Rollout>, text: &str, words: &'static str) -> u32 {
    let (rollout, text) = (Arc::clone(rollout), text.to_owned());
    // Off the runtime's thread: the product goes on meanwhile.
    let typing = tokio::task::spawn_blocking(move || {
        let before = rollout.flag();
        let mut terminal = advance(&rollout);
        shows_the_plan(&terminal, &rollout);
        assert_eq!(rollout.flag(), before, "nothing is sent before it is confirmed");
        terminal.types(&format!("{text}\r"));
        let code = terminal.ends();
        terminal.sees(words);
        code
    });
    typing.await.expect("an answer")
}

#[tokio::test]
async fn it_shows_each_write_and_another_name_sends_nothing() {
    let rollout = Arc::new(Rollout::in_stage("internal-canary").await);
    let before = rollout.flag();
    for wrong in ["limited", "y", "", "internal-canary"] {
        let words = "refused, nothing was sent: the stage's name was not typed";
        assert_eq!(answered(&rollout, wrong, words).await, 6, "{wrong:?}");
        assert_eq!(rollout.flag(), before, "{wrong:?}");
        assert_eq!(rollout.log().await.len(), 1, "{wrong:?}");
    }
    let words = "advanced to limited-external: the store, read again, serves";
    assert_eq!(answered(&rollout, "limited-external", words).await, 0);
    rollout.serves(&rollout.exposure("limited-external")).await;
}
