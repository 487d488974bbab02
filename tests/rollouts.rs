//! The real binary on several runbooks, in a real terminal, by keys alone: a list, a cockpit behind each line, and a
//! rollback of the one that was meant and of no other.
#![allow(missing_docs)]

#[path = "support/terminal.rs"]
mod terminal;

use std::{fs, path::Path};

use gonogo::audit::{Action, AuditLog, Event, FileLog, Outcome};
use portable_pty::CommandBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;
use terminal::Pty;

const BUILT_IN: &str = include_str!("../assets/runbooks/vfs-secure-upload.toml");

/// Two rollouts of one flag file, a runbook that is torn, and a configuration that says where each is read.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        fs::create_dir(scene.0.path().join("runbooks")).unwrap();
        let mut config = String::new();
        for (key, title) in [("alpha", "Alpha upload"), ("beta", "Beta upload")] {
            let text = BUILT_IN
                .replace("key = \"vfs-secure-upload\"", &format!("key = \"{key}\""))
                .replace("title = \"VFS secure upload\"", &format!("title = \"{title}\""))
                .replace("vfsSecureUpload", &format!("{key}Upload"));
            scene.write(&format!("runbooks/{key}.toml"), &text);
            let events = scene.write(&format!("{key}.ndjson"), "");
            let flags = scene.write(&format!("{key}.json"), &flags(&format!("{key}Upload")));
            config += &format!(
                "[profiles.{key}]\nrunbook = \"runbooks/{key}.toml\"\n\
                 telemetry = {{ address = \"events:{events}\" }}\nflags = {{ address = \"flagd:{flags}\" }}\n"
            );
        }
        scene.write("runbooks/torn.toml", "key = \"torn\"\nflag = 3\n");
        scene.write("runbooks/config.toml", "[profiles.none]\n");
        scene.write("config.toml", &config);
        scene
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn open(&self, arguments: &[&str]) -> Pty {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
        command.env_clear();
        command.env("HOME", self.0.path());
        command.env("USER", "oncall");
        command.env("GONOGO_DATA_DIR", self.0.path().join("data"));
        command.cwd(self.0.path());
        command.args(["--config", "config.toml", "--interval", "500ms"]);
        command.args(arguments);
        Pty::start(command, (120, 36))
    }

    /// Whether the flag of this rollout serves anybody.
    fn serves(&self, key: &str) -> bool {
        let text = fs::read_to_string(self.0.path().join(format!("{key}.json"))).unwrap();
        let flags: Value = serde_json::from_str(&text).unwrap();
        flags["flags"][format!("{key}Upload")]["defaultVariant"] == json!("on")
    }

    /// The actions that the log of this rollout says ended, and how.
    fn ended(&self, key: &str) -> Vec<(Action, Outcome)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = self.0.path().join("data").join(key).join("production");
        let record = runtime.block_on(FileLog::at(Path::new(&folder)).read()).unwrap();
        let ended = record.entries.into_iter().filter_map(|entry| match entry.event {
            Event::Ended { action, outcome, .. } => Some((action, outcome)),
            _ => None,
        });
        ended.collect()
    }
}

fn flags(flag: &str) -> String {
    let on = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"});
    format!("{:#}\n", json!({"flags": {flag: on}}))
}

/// The line of the list that says this.
fn line(screen: &vt100::Screen, title: &str) -> Option<String> {
    screen.contents().lines().skip(3).find(|row| row.contains(title)).map(str::to_owned)
}

#[test]
fn one_of_two_is_opened_and_rolled_back_and_the_list_says_so() {
    let scene = Scene::new();
    let mut pty = scene.open(&["runbooks"]);
    pty.sees("3 rollouts");
    pty.sees("1 broken");
    pty.until("both at everyone", |screen| {
        ["Alpha", "Beta"].iter().all(|title| line(screen, title).is_some_and(|row| row.contains("everyone")))
    });
    pty.selects("Beta upload");
    // Its cockpit, and back.
    pty.presses_until("\r", "Exit gates");
    pty.sees("Beta upload");
    pty.presses_until("m", "3 rollouts");
    // The confirmation names it, and going back on it leads back to the list.
    pty.presses_until("R", "Beta upload (beta)");
    pty.presses_until_gone("\x1b", "Beta upload (beta)");
    pty.sees("3 rollouts");
    assert!(scene.serves("alpha") && scene.serves("beta"));
    pty.presses_until("R", "Beta upload (beta)");
    pty.presses_until("y", "VERIFIED");
    pty.presses_until("\x1b", "3 rollouts");
    pty.until("beta off and alpha as it was", |screen| {
        line(screen, "Beta").is_some_and(|row| row.contains(" off "))
            && line(screen, "Alpha").is_some_and(|row| row.contains("everyone"))
    });
    assert!(scene.serves("alpha") && !scene.serves("beta"));
    assert_eq!(scene.ended("beta"), [(Action::Rollback, Outcome::Verified)]);
    assert_eq!(scene.ended("alpha"), []);
    assert_eq!(pty.quits(), 0);
    pty.was_given_back();
}

#[test]
fn a_filter_narrows_it_and_read_only_has_no_rollback() {
    let scene = Scene::new();
    let mut pty = scene.open(&["--read-only", "runbooks/alpha.toml", "runbooks/beta.toml", "runbooks/alpha.toml"]);
    // A file that is named twice is one rollout.
    pty.sees("2 rollouts");
    pty.types("/");
    pty.types("alp");
    pty.misses("Beta upload");
    pty.types("\r");
    pty.types("R");
    pty.types("?");
    pty.sees("any key closes the help");
    assert!(!pty.contents().contains("off for everyone"));
    pty.presses_until_gone("\x1b", "any key closes");
    pty.presses_until("\x1b", "Beta upload");
    assert_eq!(pty.quits(), 0);
    assert!(scene.serves("alpha") && scene.serves("beta"));
}

#[test]
fn one_runbook_is_its_cockpit() {
    let scene = Scene::new();
    let mut pty = scene.open(&["runbooks/alpha.toml"]);
    pty.sees("Exit gates");
    pty.sees("Alpha upload");
    assert!(!pty.contents().contains("m rollouts"));
    assert_eq!(pty.quits(), 0);
}
