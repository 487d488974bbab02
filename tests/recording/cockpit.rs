//! The real binary in a real terminal: a demo is recorded, and played by keys.

use std::path::{Path, PathBuf};

use gonogo::{
    judge::{Call, assess},
    recording::Reel,
};
use portable_pty::CommandBuilder;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    binary::{Home, run},
    terminal::Pty,
};

const SIZE: (u16, u16) = (120, 36);

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn film(&self) -> PathBuf {
        self.0.path().join("film.gz")
    }

    fn runs(&self, arguments: &[&str]) -> Pty {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
        command.env_clear();
        for variable in ["HOME", "TMPDIR", "GONOGO_DATA_DIR"] {
            command.env(variable, self.0.path());
        }
        command.env("USER", "oncall");
        command.args(arguments);
        Pty::start(command, SIZE)
    }

    fn records(&self, arguments: &[&str]) -> Pty {
        let film = self.film().display().to_string();
        let pty = self.runs(&[&["demo"], arguments, &["--record", &film]].concat());
        pty.sees("Exit gates");
        pty.sees(" REC ");
        pty
    }

    fn plays(&self) -> Pty {
        let pty = self.runs(&["replay", &self.film().display().to_string()]);
        pty.sees(" REPLAY ");
        pty
    }
}

/// The call and the headline at each moment that was judged.
fn judged(film: &Path) -> Vec<Option<(Call, String)>> {
    let mut reel = Reel::open(film).unwrap();
    let moments = reel.times().count();
    let mut calls = Vec::new();
    for i in 0..moments {
        let scene = reel.scene(i).unwrap();
        let judged = scene.snapshot.zip(reel.history(i).0).map(|(snapshot, history)| {
            let judged = assess(reel.runbook(), &snapshot, &history, scene.candidate.as_deref(), snapshot.at);
            (judged.call, judged.headline)
        });
        calls.push(judged);
    }
    calls
}

#[test]
fn a_recorded_demo_is_played_paused_stepped_and_sought() {
    let place = Place::new();
    // After two hours a guardrail is violated, once.
    let mut live = place.records(&["guardrail", "--skip", "100m", "--speed", "120"]);
    live.sees("NO-GO");
    // It goes on for a while after that.
    live.sees("was seen");
    assert_eq!(live.quits(), 0);
    live.was_given_back();

    let calls = judged(&place.film());
    let stopped = calls.iter().position(|judged| judged.as_ref().is_some_and(|judged| judged.0 == Call::NoGo));
    let stopped = stopped.expect("what was seen was recorded");
    assert!(calls[..stopped].iter().flatten().any(|judged| judged.0 == Call::Hold));

    let mut player = place.plays();
    player.presses_until("p", "paused");
    assert!(!player.contents().contains("NO-GO"), "it begins before that:\n{}", player.contents());
    player.misses("read-only");
    // To the end, which is after it, and says that it is the end.
    for _ in 0..6 {
        player.types(")");
    }
    player.sees("the recording ends here");
    player.sees("NO-GO");
    player.sees(&calls.last().unwrap().as_ref().unwrap().1[..40]);
    // Back before it, as it was then.
    for _ in 0..6 {
        player.types("(");
    }
    // At its very beginning: a step is counted from there.
    player.misses("NO-GO");
    player.misses("the recording ends here");
    // Step by step to the very moment at which the call turned.
    for _ in 0..stopped {
        player.types(".");
    }
    player.sees("NO-GO");
    player.types(",");
    player.misses("NO-GO");
    // Nothing acts on what is over.
    player.types("R");
    player.types(".");
    player.sees("NO-GO");
    assert!(!player.contents().contains("Roll back"), "{}", player.contents());
    player.types(",>");
    player.sees("paused 2x");
    player.types("<<");
    player.sees("paused 1/2x");
    assert_eq!(player.quits(), 0);
    player.was_given_back();
}

#[test]
fn what_a_killed_gonogo_recorded_can_be_played() {
    let place = Place::new();
    let mut live = place.records(&["healthy", "--skip", "1h", "--speed", "60"]);
    live.sees("HOLD");
    live.waits("some moments in the file", || Reel::open(&place.film()).is_ok_and(|reel| reel.times().count() > 8));
    live.signal(Signal::KILL);
    live.ends();
    let reel = Reel::open(&place.film()).unwrap();
    assert!(reel.cut().is_some() && reel.times().count() > 8);
    drop(reel);
    let mut player = place.plays();
    player.types("))))))");
    player.sees("it breaks off");
    assert_eq!(player.quits(), 0);
}

#[tokio::test]
async fn without_a_terminal_and_without_a_file_it_says_what_to_do() {
    let home = Home::new();
    for (arguments, says) in [
        (vec!["replay", "film.gz"], "a recording is played in a terminal"),
        (vec!["replay", "film.gz", "--from", "2h"], "cannot be used with"),
        (vec!["replay", "--speed", "4"], "<FILE>"),
        (vec!["replay", "film.gz", "--speed", "3"], "a speed is 1/8"),
        (vec!["--record", "film.gz", "status"], "this command opens none"),
        (vec!["demo", "--after", "1h", "--record", "film.gz"], "--after opens no cockpit"),
        (vec!["demo", "--record", "film.gz"], "the cockpit needs a terminal"),
        (vec!["demo", "--force"], "--record <FILE>"),
    ] {
        let ran = run(home.command(&arguments)).await;
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
    }
    assert!(!home.path("film.gz").exists());
}
