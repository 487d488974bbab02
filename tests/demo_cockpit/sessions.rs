//! Sessions whose keys are tried, beside the demo itself: a recording, and several rollouts.

use std::{fmt::Write, path::Path};

use chrono::SubsecRound;
use gonogo::{
    demo::{self, Scenario},
    recording::Reel,
};

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
    recorded.pty.types("+");
    recorded.pty.waits("six hours in the file", || {
        let times = |reel: Reel| reel.times().next().zip(reel.times().last());
        Reel::open(Path::new(&film)).ok().and_then(times).is_some_and(|(from, to)| to - from >= TimeDelta::hours(6))
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
