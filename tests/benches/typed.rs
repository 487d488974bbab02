//! The whole way, as a person goes it: a key typed into a terminal with the real program in it.

use std::{
    thread,
    time::{Duration, Instant},
};

use portable_pty::CommandBuilder;
use tokio::runtime::Runtime;

use super::{store::Store, terminal::Pty};

/// From typing the key that confirms to the arrival of the request, once. The program starts anew with an empty log.
pub fn once(runtime: &Runtime, store: &mut Store) -> Duration {
    let home = tempfile::tempdir().expect("a folder");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
    command.env_clear();
    command.env("HOME", home.path());
    command.env("USER", "ann");
    command.env("GONOGO_DATA_DIR", home.path().join("data"));
    command.args(["--flags", &format!("unleash+{}", store.base)]);
    let mut pty = Pty::start(command, (120, 36));
    // Polls go on: the connection is open.
    pty.sees("unleash");
    thread::sleep(Duration::from_millis(700));
    pty.types("R");
    pty.sees("off for everyone");
    // A key right after the dialog opened may have been meant for what was there before.
    thread::sleep(Duration::from_millis(600));
    store.forget();
    let typed = Instant::now();
    pty.types("y");
    runtime.block_on(store.arrival()) - typed
}
