//! Sessions whose keys are tried, beside the demo itself: a recording, and several rollouts.

use std::fmt::Write;

use chrono::SubsecRound;
use gonogo::demo::{self, Scenario};

use super::*;

const BUILT_IN: &str = include_str!("../../assets/runbooks/vfs-secure-upload.toml");

fn runs(home: &TempDir, arguments: &[&str]) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
    command.env_clear();
    for variable in ["HOME", "TMPDIR", "GONOGO_DATA_DIR"] {
        command.env(variable, home.path());
    }
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("USER", "oncall");
    command.cwd(home.path());
    command.args(arguments);
    Pty::start(command, (120, 36))
}

/// The recording of a demo of more than six hours, at its end.
pub fn replay() -> Demo {
    let home = tempfile::tempdir().unwrap();
    let film = home.path().join("film.gz").display().to_string();
    let mut recorded = Demo::open(&["healthy", "--skip", "6h", "--record", &film]);
    recorded.pty.sees("every gate passes");
    let clock = |screen: &vt100::Screen| screen.rows(0, 200).next().unwrap_or_default();
    let before = clock(&recorded.pty.screen());
    let hour = before.find(" UTC").map(|at| before[at - 8..at - 6].to_owned()).unwrap();
    recorded.pty.types("+");
    recorded.pty.until("six hours later", |screen| {
        let now = clock(screen);
        now.find(" UTC").is_some_and(|at| now[at - 8..at - 6] != *hour)
    });
    recorded.pty.settles();
    recorded.quits();
    let pty = runs(&home, &["replay", &film]);
    pty.sees(" REPLAY ");
    Demo { pty, home }
}

/// Two rollouts of one fleet, which lived until now; the first one is open.
pub fn several() -> Demo {
    let home = tempfile::tempdir().unwrap();
    // Where the flag file of a demo is looked for.
    let folder = home.path().join("demos/fleet");
    let now = Utc::now().trunc_subsecs(0);
    let mut fleet = demo::Demo::open(&folder, Scenario::Healthy, 1, now - TimeDelta::hours(1)).unwrap();
    fleet.advance_to(now).unwrap();
    let mut config = String::new();
    for (key, title) in [("alpha", "Alpha upload"), ("beta", "Beta upload")] {
        let text = BUILT_IN
            .replace("key = \"vfs-secure-upload\"", &format!("key = \"{key}\""))
            .replace("title = \"VFS secure upload\"", &format!("title = \"{title}\""));
        fs::write(home.path().join(format!("{key}.toml")), text).unwrap();
        let (events, flags) = (demo::events_path(&folder), demo::flag_path(&folder));
        let _ = writeln!(
            config,
            "[profiles.{key}]\nrunbook = \"{key}.toml\"\ntelemetry = {{ address = \"events:{}\" }}\nflags = {{ address = \"flagd:{}\" }}",
            events.display(),
            flags.display()
        );
    }
    fs::write(home.path().join("config.toml"), config).unwrap();
    let pty = runs(&home, &["--config", "config.toml", "--candidate", "018e611c0ffee", "alpha.toml", "beta.toml"]);
    pty.sees("2 rollouts");
    // Each of them is known.
    pty.until("both read", |screen| screen.contents().matches("5 %").count() >= 2);
    Demo { pty, home }
}
