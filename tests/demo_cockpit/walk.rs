//! The whole runbook, by keys alone: from the dark launch to its completion, with everything on record that a promotion
//! rests on; and what the log then makes of it.

use std::process::Command;

use serde_json::Value;

use super::{Demo, SPEED};

/// A demo's owner is whoever runs it.
const OWNER: [&str; 2] = ["--operator", "ann"];

/// The checks of the built-in runbook, in its order.
const CHECKS: [&str; 7] =
    ["fresh-item", "full-sequence", "rekey", "share", "crdt-write", "restart-hydrate", "failure-cases"];

impl Demo {
    /// At the very beginning: nothing is on record but the roles.
    fn at_the_beginning() -> Self {
        Self::start(SPEED, &[&["healthy", "--stage", "dark-launch"], &OWNER[..]].concat())
    }

    /// Lets a day pass, six hours at a key.
    fn lets_a_day_pass(&mut self) {
        for _ in 0..4 {
            let before = self.clock();
            self.pty.types("+");
            self.pty.waits("six hours to pass", || self.clock() != before);
        }
    }

    /// The hour and the day that the simulated clock shows, as the events tell: how much was lived.
    fn clock(&self) -> u64 {
        std::fs::metadata(self.folder().join("events.ndjson")).map(|file| file.len() / 200_000).unwrap_or_default()
    }

    /// Leaves whatever is open, to the overview.
    fn looks_around(&mut self) {
        for _ in 0..4 {
            if self.pty.contents().contains("Rollback triggers") {
                return;
            }
            self.pty.types("\x1b");
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        self.pty.sees("Rollback triggers");
    }

    /// Opens the readiness screen.
    fn looks_at_readiness(&mut self) {
        self.looks_around();
        self.pty.types("c");
        self.pty.sees("Automated gate");
    }

    /// Runs the automated gate from the readiness screen, and waits until it is green.
    fn runs_the_gate(&mut self) {
        self.looks_at_readiness();
        self.pty.presses_until("x", "Run the automated gate?");
        self.pty.presses_until("\r", "Esc hide");
        self.pty.sees(": green on ");
        self.closes("Esc close");
    }

    /// Records the words of the form that is open: each field, then the button.
    fn records(&mut self, words: &[&str], shown: &str) {
        for words in words {
            // What is typed while a form opens is dropped: so from the beginning again, until it is there.
            if !words.is_empty() {
                self.pty.presses_until(&format!("\x15{words}"), words);
            }
            self.pty.types("\r");
        }
        // Once it is recorded the form is gone, and another Enter would open the next.
        self.pty.presses_until_gone("\r", "Tab next");
        self.pty.sees(shown);
    }

    /// Records each check as passed where it is to be made next.
    fn makes_the_checks(&mut self, environments: usize) {
        self.looks_at_readiness();
        for check in CHECKS {
            self.pty.selects(check);
            self.pty.presses_until("p", "a remark; may stay empty");
            self.pty.presses_until("\x15run 12", "run 12");
            self.pty.types("\r\r");
            // Beside the list stands the detail of the selected line.
            let list = |row: &str| row.split("\u{2502}\u{2502}").next().unwrap_or_default().to_owned();
            let made = |row: String| row.contains(check) && row.matches("\u{2714} pass").count() == environments;
            let passed = |demo: &Self| demo.pty.contents().lines().map(list).any(made);
            self.pty.presses_until_gone("\r", "Tab next");
            self.pty.waits("the check to be counted", || passed(self));
        }
    }

    fn attaches(&mut self, item: &str, link: &str) {
        self.looks_at_readiness();
        self.pty.selects(item);
        self.pty.presses_until("\r", "a link, or the path of a file");
        self.records(&[link, "one upload"], "recorded as entry");
    }

    /// Picks GO where an answer is asked for, and goes on to the reason.
    fn says_go(&mut self) {
        self.pty.presses_until("\x1b[C", "\u{25b8} GO");
        self.pty.types("\t");
    }

    /// On to this stage, typed by name.
    fn advances(&mut self, stage: &str, shown: &str) {
        self.looks_around();
        self.pty.sees("every gate passes");
        self.pty.presses_until("A", &format!("type {stage}"));
        self.pty.presses_until(&format!("\x15{stage}"), &format!("stage    {stage}"));
        self.pty.types("\tall gates pass\t");
        self.pty.presses_until("\r", "VERIFIED");
        self.closes("VERIFIED");
        self.pty.sees(shown);
    }

    /// The report that the briefing wrote.
    pub(super) fn report(&mut self) -> Value {
        self.looks_around();
        self.pty.presses_until("b", "Poll");
        self.pty.presses_until("w", "report-");
        let folder = self.folder().join("state/vfs-secure-upload/production/exports");
        let found = || std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let json = || found().find(|path| path.extension().is_some_and(|extension| extension == "json"));
        self.pty.waits("the report", || found().filter(|path| path.to_string_lossy().contains("report-")).count() == 3);
        serde_json::from_slice(&std::fs::read(json().expect("a report")).unwrap()).unwrap()
    }

    /// What another look at the files of this demo answers.
    fn gonogo(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_gonogo"))
            .env_clear()
            .env("HOME", self.home.path())
            .args(arguments)
            .arg("--data-dir")
            .arg(self.folder().join("state"))
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

#[test]
fn the_whole_runbook_is_walked_by_keys_and_the_report_is_filled_from_facts() {
    let mut demo = Demo::at_the_beginning();
    demo.runs_the_gate();
    demo.looks_around();
    demo.pty.presses_until("E", "Enter into the audit log");
    demo.pty.selects("Attest fail-closed-staging");
    demo.pty.presses_until("\r", "what was looked at");
    demo.records(&["smoke runs of three nights"], "recorded as entry");
    demo.advances("internal-canary", "\u{25c9} 1 Internal canary");

    demo.lets_a_day_pass();
    demo.advances("limited-external", "\u{25c9} 2 Limited external");

    demo.lets_a_day_pass();
    demo.makes_the_checks(1);
    demo.runs_the_gate();
    // The meeting: the team answers, then whoever runs the demo, who decides.
    demo.looks_around();
    demo.pty.presses_until("b", "no poll");
    demo.pty.presses_until("o", "question");
    demo.records(&[""], "4 of 5");
    demo.pty.presses_until("v", "why; a NO-GO needs it");
    demo.pty.presses_until("\t", "answer   \u{25b8} not said   GO   NO-GO   Left Right");
    demo.says_go();
    demo.records(&["all gates pass"], "5 of 5");
    demo.pty.presses_until("d", "everybody says GO");
    demo.says_go();
    demo.records(&["on to everyone"], "by ann at");
    demo.advances("default-on", "\u{25c9} 3 Default-on");

    for _ in 0..3 {
        demo.lets_a_day_pass();
    }
    demo.makes_the_checks(2);
    demo.runs_the_gate();
    demo.attaches("successful upload", "https://logs.example/ok");
    demo.attaches("forced failure", "https://logs.example/failed");
    demo.looks_at_readiness();
    demo.pty.selects("Promotion decision owner");
    demo.pty.presses_until("\r", "what was decided, in words");
    demo.records(&["default-on for good"], "recorded as entry");
    demo.looks_around();
    demo.pty.sees("the rollout is complete");

    let report = demo.report();
    assert_eq!((&report["call"], &report["rollout"]["complete"]), (&Value::from("go"), &Value::from(true)));
    let block = report["sign_off"].as_array().unwrap();
    assert_eq!(block.len(), 7);
    for field in block {
        assert!(field["open"].is_null() && field["value"].as_str().is_some_and(|value| !value.is_empty()), "{field}");
    }
    let (code, told) = demo.gonogo(&["audit", "verify"]);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = demo.gonogo(&["evidence", "verify"]);
    assert_eq!(code, Some(0), "{told}");
    let bundle = demo.home.path().join("all.tar.gz").display().to_string();
    let (code, told) = demo.gonogo(&["bundle", "--offline", "--output", &bundle]);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = demo.gonogo(&["bundle", "verify", &bundle]);
    assert_eq!(code, Some(0), "{told}");
    demo.quits();
}
