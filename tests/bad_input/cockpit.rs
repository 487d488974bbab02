//! The same faults, with the cockpit open: it stays, says so, answers its keys, and gives the terminal back.

use std::time::Duration;

use portable_pty::CommandBuilder;

use super::{
    healthy::{Healthy, Side, source},
    past,
    servers::{Row, TOKEN, all, rows, serve},
    terminal::Pty,
};

async fn stays(row: Row) {
    let healthy = Healthy::new().await;
    let (base, extra, _server) = serve(&row.server, &healthy.home).await;
    let bad =
        |side: Side| source(side, &format!("{}+{base}", side.program()), &format!("timeout = \"700ms\"\n{extra}"));
    let sources = bad(Side::Telemetry) + &bad(Side::Flags);
    let config = healthy.home.write("config.toml", format!("profile = \"p\"\n[profiles.p]\n{sources}"));
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
    command.env_clear();
    command.env("HOME", healthy.home.path("."));
    command.env("GONOGO_DATA_DIR", healthy.home.data());
    if row.token.is_some() {
        command.env("GONOGO_TELEMETRY_TOKEN", TOKEN);
        command.env("GONOGO_FLAGS_TOKEN", TOKEN);
    }
    command.args(["--config", &config, "--runbook", past::RUNBOOK, "--interval", "300ms"]);
    let watched = tokio::task::spawn_blocking(move || {
        let mut pty = Pty::start(command, (120, 36));
        pty.until("two failed sources and a HOLD", |screen| {
            let shown = screen.contents();
            shown.matches("failed").count() >= 2 && shown.contains("HOLD") && !shown.contains("PASS")
        });
        // Some more polls, with the same answers.
        std::thread::sleep(Duration::from_secs(1));
        pty.types("?");
        pty.sees("Keys: lowercase looks");
        pty.types("R");
        pty.sees("off for everyone");
        pty.presses_until_gone("\x1b", "off for everyone");
        pty.presses_until_gone("\x1b", "Keys: lowercase looks");
        assert!(!pty.contents().contains("hunter2"), "{}", pty.contents());
        assert_eq!(pty.quits(), 0);
        pty.was_given_back();
        assert!(!String::from_utf8_lossy(&pty.bytes()).contains("hunter2"));
    });
    watched.await.expect("the cockpit stays");
}

#[tokio::test]
async fn no_fault_of_a_server_ends_the_cockpit() {
    all(rows().into_iter().map(|row| (row.name.to_owned(), stays(row))).collect()).await;
}
