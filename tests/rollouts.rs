//! The real binary on several runbooks, in a real terminal, by keys alone: a list, a cockpit behind each line, and a
//! rollback of the one that was meant and of no other.
#![allow(missing_docs)]

#[path = "support/terminal.rs"]
mod terminal;

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, path::Path, process::Command};

use base64::{Engine, prelude::BASE64_STANDARD};
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

    /// Adds to the configuration.
    fn configure(&self, more: &str) {
        let path = self.0.path().join("config.toml");
        let config = fs::read_to_string(&path).unwrap();
        fs::write(path, config + more).unwrap();
    }

    fn open(&self, arguments: &[&str]) -> Pty {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
        command.env_clear();
        command.env("HOME", self.0.path());
        command.env("USER", "oncall");
        command.env("GONOGO_DATA_DIR", self.0.path().join("data"));
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.0.path().join("bin").display()));
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

    /// What is on record of this rollout.
    fn events(&self, key: &str) -> Vec<Event> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = self.0.path().join("data").join(key).join("production");
        let record = runtime.block_on(FileLog::at(Path::new(&folder)).read()).unwrap();
        record.entries.into_iter().map(|entry| entry.event).collect()
    }

    /// The actions that the log of this rollout says ended, and how.
    fn ended(&self, key: &str) -> Vec<(Action, Outcome)> {
        let ended = self.events(key).into_iter().filter_map(|event| match event {
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
    // Not that something is wrong with it, but what.
    pty.until("what is wrong", |screen| line(screen, "torn.toml").is_some_and(|row| row.contains("expected the key")));
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
fn a_filter_narrows_it_what_is_selected_is_copied_and_read_only_has_no_rollback() {
    let scene = Scene::new();
    let mut pty = scene.open(&["--read-only", "runbooks/alpha.toml", "runbooks/beta.toml", "runbooks/alpha.toml"]);
    // A file that is named twice is one rollout.
    pty.sees("2 rollouts");
    pty.types("/");
    pty.types("alp");
    pty.misses("Beta upload");
    pty.types("\r");
    pty.types("y");
    pty.sees(": copied ");
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    let (_, sent) = bytes.split_once("\x1b]52;c;").expect("it went to the terminal's clipboard");
    let sent = BASE64_STANDARD.decode(sent.split_once('\x07').expect("its end").0).unwrap();
    assert!(String::from_utf8(sent).unwrap().starts_with("Alpha upload, production\n"), "{bytes}");
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

/// A flag of this rollout in a store that takes connections and never answers; it does so as long as the listener lives.
fn silent(scene: &Scene, key: &str) -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let store = format!("unleash+http://{}", listener.local_addr().unwrap());
    let path = scene.0.path().join("config.toml");
    let config = fs::read_to_string(&path).unwrap();
    let file = format!("flagd:{}", scene.0.path().join(format!("{key}.json")).display());
    assert!(config.contains(&file));
    fs::write(path, config.replace(&file, &store)).unwrap();
    listener
}

#[test]
fn who_leaves_while_an_action_runs_is_asked_on_the_list_and_in_the_cockpit_and_it_stays_on_record() {
    let scene = Scene::new();
    let _silent = silent(&scene, "alpha");
    let mut pty = scene.open(&["runbooks"]);
    pty.until("beta at everyone", |screen| line(screen, "Beta").is_some_and(|row| row.contains("everyone")));
    pty.selects("Alpha upload");
    pty.presses_until("R", "Alpha upload (alpha)");
    pty.presses_until("y", "Disable the flag");
    pty.presses_until("\x1b", "3 rollouts");
    pty.until("alpha rolling back", |screen| line(screen, "Alpha").is_some_and(|row| row.contains("rolling back")));
    // The list asks, and says at which one; Esc stays.
    pty.presses_until("q", "Quit now?");
    pty.sees("Alpha upload, production: rolling back");
    assert!(!pty.contents().contains("Beta upload, production: "));
    pty.presses_until_gone("\x1b", "Quit now?");
    pty.sees("3 rollouts");
    // Its cockpit asks in its own dialog; that of another one leads to the list, which asks.
    pty.presses_until("\r", "Exit gates");
    pty.presses_until("q", "An action is under way");
    pty.presses_until_gone("\x1b", "Quit now?");
    pty.presses_until("m", "3 rollouts");
    pty.selects("Beta upload");
    pty.presses_until("\r", "Exit gates");
    pty.presses_until("q", "Alpha upload, production: rolling back");
    assert_eq!(pty.ends_by("y"), 0);
    pty.was_given_back();
    let begun = |event: &&Event| matches!(event, Event::Begun(begun) if begun.action == Action::Rollback);
    assert_eq!(scene.events("alpha").iter().filter(begun).count(), 1);
    assert_eq!((scene.ended("alpha"), scene.ended("beta")), (Vec::new(), Vec::new()), "the next start takes it up");
    assert!(scene.serves("beta"));
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=t", "-c", "user.email=t@t", "-C"]).arg(folder).args(arguments);
    let output = git.output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn a_gate_that_runs_behind_the_list_is_stopped_and_recorded_on_the_way_out() {
    let scene = Scene::new();
    let at = |name: &str| scene.0.path().join(name);
    for name in ["product", "bin"] {
        fs::create_dir(at(name)).unwrap();
    }
    git(&at("product"), &["init", "-q"]);
    git(&at("product"), &["commit", "-q", "--allow-empty", "-m", "all"]);
    let gate =
        format!("#!/bin/sh\necho $$ > '{}'\necho THE GATE IS UP\nwhile :; do sleep 1; done\n", at("id").display());
    fs::write(at("bin/pnpm"), gate).unwrap();
    fs::set_permissions(at("bin/pnpm"), fs::Permissions::from_mode(0o755)).unwrap();
    // The last profile is beta's.
    fs::remove_file(at("runbooks/torn.toml")).unwrap();
    scene.configure(&format!(
        "checkout = \"product\"\ncandidate = \"{}\"\n",
        git(&at("product"), &["rev-parse", "HEAD"])
    ));
    let mut pty = scene.open(&["runbooks"]);
    pty.sees("2 rollouts");
    pty.selects("Beta upload");
    pty.presses_until("c", "Automated gate");
    pty.presses_until("x", "Run the automated gate?");
    pty.presses_until("\r", "THE GATE IS UP");
    pty.presses_until("\x1b", "Automated gate");
    pty.presses_until("m", "2 rollouts");
    pty.until("the gate in its line", |screen| {
        line(screen, "Beta").is_some_and(|row| row.contains("the automated gate"))
    });
    pty.presses_until("q", "Beta upload, production: the automated gate runs");
    assert_eq!(pty.ends_by("y"), 0);
    pty.sees("Beta upload: the automated gate was stopped; recorded as entry");
    pty.was_given_back();
    let alive = Command::new("kill").args(["-0", fs::read_to_string(at("id")).unwrap().trim()]).output().unwrap();
    assert!(!alive.status.success(), "it was left behind");
    let events = scene.events("beta");
    let Some(Event::QaReported(run)) = events.last() else { panic!("{events:?}") };
    assert_eq!(run.ran.as_ref().and_then(|ran| ran.killed.as_deref()), Some("by oncall, who left the cockpit"));
    assert!(!run.all_passed && scene.events("alpha").iter().all(|event| !matches!(event, Event::QaReported(_))));
}

#[test]
fn it_is_looked_at_and_opened_by_hand_as_a_cockpit_is() {
    let scene = Scene::new();
    fs::remove_file(scene.0.path().join("runbooks/torn.toml")).unwrap();
    let mut pty = scene.open(&["runbooks"]);
    pty.until("both at everyone", |screen| {
        ["Alpha", "Beta"].iter().all(|title| line(screen, title).is_some_and(|row| row.contains("everyone")))
    });
    pty.waits("the title of the list", || terminal::count(&pty.bytes(), "\x1b]2;gonogo: 2 HOLD of 2 rollouts") > 0);
    pty.types("\x1bOR");
    pty.sees("times as this machine has them");
    pty.types("\x1bOQ");
    pty.sees("until gonogo ends");
    pty.types(":");
    pty.sees("Palette");
    pty.types("gates");
    pty.sees("Exit gates: reason");
    pty.presses_until("\r", "Esc back");
    pty.presses_until("m", "2 rollouts");
    // A click selects, and a second one opens.
    let row = |pty: &Pty, title: &str| {
        let rows: Vec<String> = pty.screen().contents().lines().map(str::to_owned).collect();
        rows.iter().skip(3).position(|row| row.contains(title)).unwrap() + 4
    };
    let click = format!("\x1b[<0;20;{0}M\x1b[<0;20;{0}m", row(&pty, "Beta"));
    pty.types(&click);
    pty.until("beta selected", |screen| line(screen, "Beta").is_some_and(|row| row.contains('▸')));
    pty.types(&click);
    pty.sees("Exit gates");
    pty.sees("Beta upload");
    assert_eq!(pty.quits(), 0);
    pty.was_given_back();
}
