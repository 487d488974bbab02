//! The real binary, without a terminal: answers on stdout, the rest on stderr, exit codes as documented.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A home of its own for each test: no configuration, no state, no variable of whoever runs the tests.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
        command.args(arguments).env_clear().env("HOME", self.0.path()).env("TMPDIR", self.0.path());
        command.env("USER", "ann").env("GONOGO_DATA_DIR", self.0.path().join("data")).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// A flagd file that serves the flag to this percentage, written by gonogo's own format.
    fn flags(&self, percent: u8) -> String {
        let flag = match percent {
            0 => json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"}),
            _ => json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"}),
        };
        let text = json!({"flags": {"vfsSecureUpload": flag, "other": {"state": "ENABLED"}}});
        format!("flagd:{}", self.write("flags.json", &format!("{text:#}\n")))
    }

    fn events(&self) -> String {
        let line =
            r#"{"id":"1","eventName":"vfs_secure_upload","durationMs":5,"success":true,"timestamp":1,"detail":null}"#;
        format!("events:{}", self.write("events.ndjson", &format!("{line}\n")))
    }

    fn audit(&self) -> Vec<Value> {
        let path = self.0.path().join("data/vfs-secure-upload/production/audit.ndjson");
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    fn told(self, text: &str) -> Self {
        assert!(self.err.contains(text), "{text:?} is not in: {}", self.err);
        self
    }

    fn answered(self, text: &str) -> Self {
        assert!(self.out.contains(text), "{text:?} is not in: {}", self.out);
        self
    }

    fn silent(self) -> Self {
        assert_eq!(self.out, "", "nothing but an answer goes to stdout");
        self
    }
}

// ---- without anything -----------------------------------------------------------------------------------------------

#[test]
fn alone_it_says_in_one_screen_what_to_do() {
    let ran = Home::new().run(&[]).ended(2).silent().told("gonogo demo").told("--telemetry prometheus+http://");
    assert!(ran.err.lines().count() <= 24);
}

#[test]
fn help_version_and_completions_are_answers() {
    let home = Home::new();
    home.run(&["--help"]).ended(0).answered("Exit codes: 0 done, or GO");
    home.run(&["--version"]).ended(0).answered(env!("CARGO_PKG_VERSION"));
    for shell in ["bash", "zsh", "fish"] {
        home.run(&["completions", shell]).ended(0).answered("gonogo");
    }
    home.run(&["frobnicate"]).ended(2).silent();
}

#[test]
fn the_cockpit_without_a_terminal_says_so() {
    let home = Home::new();
    let told = "needs a terminal; without one use `gonogo status`, or `gonogo guard` to watch";
    home.run(&["--flags", &home.flags(0)]).ended(2).silent().told(told);
    let mut dumb = home.command(&["--flags", &home.flags(0)]);
    let ran = Ran::from(dumb.env("TERM", "dumb").output().unwrap()).ended(2).silent();
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.contains("TERM=dumb") && ran.err.contains("`gonogo status`"), "{}", ran.err);
}

// ---- status ---------------------------------------------------------------------------------------------------------

#[test]
fn status_explains_itself_and_its_exit_code_is_the_call() {
    let home = Home::new();
    let ran = home.run(&["status", "--flags", &home.flags(0), "--telemetry", &home.events()]);
    let call = ran.out.split_whitespace().next().unwrap().to_owned();
    assert!([("GO", 0), ("NO-GO", 3), ("HOLD", 4), ("HOLD", 5)].contains(&(call.as_str(), ran.code)), "{}", ran.out);
    for part in ["Stage 0 of 3", "Exit gates", "Rollback triggers", "Sources", "Advance to internal-canary: blocked"] {
        assert!(ran.out.contains(part), "{part} is not in {}", ran.out);
    }
    assert_eq!(home.audit(), Vec::<Value>::new(), "looking writes nothing");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::new();
    let mut child = home.command(&["runbook", "show"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!((child.wait().unwrap().code(), told.as_str()), (Some(0), ""));
}

#[test]
fn status_waits_for_a_hanging_server_only_so_long() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let telemetry = format!("prometheus+http://{}", listener.local_addr().unwrap());
    let began = Instant::now();
    home.run(&["status", "--wait", "1s", "--telemetry", &telemetry, "--flags", &home.flags(0)]).ended(5);
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

// ---- rollback -------------------------------------------------------------------------------------------------------

#[test]
fn a_rollback_switches_off_and_is_recorded_with_before_and_after() {
    let home = Home::new();
    let flags = home.flags(100);
    let ran = home.run(&["rollback", "--yes", "--reason", "it burns", "--flags", &flags]).ended(0);
    let ran = ran.answered("everyone -> off; the store, read again, says off").told("the store confirmed");
    assert_eq!(ran.out.lines().count(), 1);
    let mut audit = home.audit();
    audit.retain(|entry| entry["event"]["kind"] != "diagnostics-kept");
    assert_eq!(audit.len(), 2);
    assert_eq!(audit[0]["event"]["reason"], "it burns");
    assert_eq!(audit[0]["event"]["before"]["configured"]["percent"], 100);
    assert_eq!(audit[0]["operator"], "ann");
    assert_eq!(audit[1]["event"]["outcome"]["result"], "verified");
    let file: Value = serde_json::from_str(&fs::read_to_string(home.path("flags.json")).unwrap()).unwrap();
    assert_eq!(file["flags"]["other"]["state"], "ENABLED", "other flags stay");

    let ran = home.run(&["rollback", "--yes", "--reason", "again", "--flags", &flags]).ended(0);
    ran.answered("was off already").told("is already off in production");
}

#[test]
fn a_rollback_without_a_terminal_wants_yes() {
    let home = Home::new();
    let flags = home.flags(100);
    home.run(&["rollback", "--reason", "x", "--flags", &flags]).ended(2).silent().told("give --yes");
    home.run(&["rollback", "--yes", "--flags", &flags]).ended(2).told("--reason");
    assert!(fs::read_to_string(home.path("flags.json")).unwrap().contains("\"defaultVariant\": \"on\""));
}

#[test]
fn a_rollback_needs_the_flag_store_and_nothing_else() {
    let home = Home::new();
    let flags = home.flags(100);
    // Telemetry that is no address, a configuration that is broken, a data folder that cannot be.
    let config = home.write("config.toml", "this is = = not toml");
    let file = home.write("file", "");
    let blocked = format!("{file}/data");
    let arguments = [
        "rollback",
        "--yes",
        "--reason",
        "x",
        "--flags",
        &flags,
        "--telemetry",
        "nonsense",
        "--config",
        &config,
        "--data-dir",
        &blocked,
    ];
    let ran = home.run(&arguments).ended(0).answered("says off");
    let ran = ran.told("going on without the configuration file").told("could not be written");
    let kept = ran.err.lines().filter(|line| line.starts_with("{\"kind\":")).count();
    assert_eq!(kept, 2, "what could not be recorded is shown: {}", ran.err);
}

#[test]
fn a_rollback_that_cannot_reach_the_store_ends_at_its_limit_and_says_so() {
    let home = Home::new();
    let arguments = ["rollback", "--yes", "--reason", "x", "--limit", "1s", "--flags", "unleash+http://127.0.0.1:9"];
    home.run(&arguments).ended(1).silent().told("NOT CONFIRMED").told("switch vfsSecureUpload off in the store");
    assert_eq!(home.audit().last().unwrap()["event"]["outcome"]["result"], "not-confirmed");
    home.run(&["rollback", "--yes", "--reason", "x"]).ended(2).told("rollback needs the flag store; give --flags");
}

#[test]
fn a_rollback_works_with_a_runbook_that_does_not_hold_together() {
    let home = Home::new();
    let flags = home.flags(100);
    let broken = home.write("r.toml", "key = \"vfs-secure-upload\"\ncolour = 3\n[flag]\nkey = \"vfsSecureUpload\"\n");
    let arguments = ["rollback", "--yes", "--reason", "x", "--flags", &flags, "--runbook", &broken];
    home.run(&arguments).ended(0).told("r.toml:2:").told("going on with the flag that it names, vfsSecureUpload");
    assert!(home.audit().iter().any(|entry| entry["event"]["outcome"]["result"] == "verified"));
    let nameless = home.write("n.toml", "key = \"x\"\n");
    let arguments = ["rollback", "--yes", "--reason", "x", "--flags", &flags, "--runbook", &nameless];
    home.run(&arguments).ended(2).silent();
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_rollback_with_its_code_and_the_log_shows_that_it_was_begun() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let home = Home::new();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let flags = format!("unleash+http://{}", listener.local_addr().unwrap());
        let mut child = home
            .command(&["rollback", "--yes", "--reason", "x", "--flags", &flags])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while home.audit().is_empty() && began.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(20));
        }
        thread::sleep(Duration::from_millis(100));
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        assert_eq!(home.audit()[0]["event"]["kind"], "begun");
        assert!(home.audit().iter().all(|entry| entry["event"]["kind"] != "ended"), "nobody knows how it ended");
    }
}

#[test]
fn read_only_refuses_every_action() {
    let home = Home::new();
    let flags = home.flags(100);
    for arguments in [
        vec!["rollback", "--yes", "--reason", "x"],
        vec!["advance", "--to", "internal-canary", "--reason", "x"],
        vec!["hold", "clear", "--signature", "pull:x", "--evidence", "x"],
    ] {
        let mut arguments = arguments;
        arguments.extend(["--flags", flags.as_str(), "--read-only"]);
        home.run(&arguments).ended(6).silent().told("read-only");
    }
    assert_eq!(home.audit(), Vec::<Value>::new());
}

// ---- advance --------------------------------------------------------------------------------------------------------

#[test]
fn a_blocked_advance_says_why_and_sends_nothing() {
    let home = Home::new();
    let (flags, events) = (home.flags(0), home.events());
    let before = fs::read(home.path("flags.json")).unwrap();
    let sources = ["--flags", &flags, "--telemetry", &events];
    let advance = |to: &str, reason: &str| {
        let mut arguments = vec!["advance", "--to", to, "--reason", reason];
        arguments.extend(sources);
        home.run(&arguments)
    };
    advance("internal-canary", "x").ended(6).silent().told("refused, nothing was sent").told("gate");
    advance("limited-external", "x").ended(6).told("is not the stage after dark-launch; the next is internal-canary");
    advance("nowhere", "x").ended(2).told("the runbook has no stage \"nowhere\"; known: dark-launch, ");
    advance("internal-canary", " ").ended(2).told("needs a reason");
    assert_eq!(fs::read(home.path("flags.json")).unwrap(), before);
}

#[test]
fn an_advance_waits_for_the_audit_log() {
    let home = Home::new();
    let file = home.write("file", "");
    let blocked = format!("{file}/data");
    let sources = ["--flags", &home.flags(0), "--telemetry", &home.events(), "--data-dir", &blocked];
    let mut arguments = vec!["advance", "--to", "internal-canary", "--reason", "x"];
    arguments.extend(sources);
    home.run(&arguments).ended(6).told("advancing waits for the audit log");
    let mut arguments = vec!["status"];
    arguments.extend(sources);
    let ran = home.run(&arguments);
    assert!([3, 4, 5].contains(&ran.code), "status works all the same: {}", ran.err);
}

#[test]
fn an_advance_whose_gates_pass_is_sent_and_read_back() {
    let home = Home::new();
    let runbook = home.write(
        "quick.toml",
        r#"
key = "quick"
title = "Quick"
[flag]
key = "quick"
[[signal]]
key = "work"
title = "Work done"
by = ["success"]
events = { name = "work", labels = { success = "success" } }
[[rate]]
key = "work"
title = "Work"
scope = "rollout"
attempts = { signal = "work" }
successes = { signal = "work", match = { success = "true" } }
slo = 0.9
[[stage]]
key = "dark"
title = "Dark"
exposure = { percent = 0 }
observe = "1s"
[[stage.gate]]
key = "window"
title = "Watched long enough"
kind = "observation_window"
[[stage]]
key = "wide"
title = "Wide"
exposure = { percent = 20 }
observe = "1s"
[[stage.gate]]
key = "window"
title = "Watched long enough"
kind = "observation_window"
"#,
    );
    home.run(&["runbook", "validate", &runbook]).ended(0);
    let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
    let flags = format!("flagd:{}", home.write("quick.json", &json!({"flags": {"quick": flag}}).to_string()));
    let events = format!("events:{}", home.path("work.ndjson"));
    let sources = ["--runbook", &runbook, "--flags", &flags, "--telemetry", &events];
    let advance = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let record = |ago: u64| json!({"eventName": "work", "success": true, "timestamp": now as u64 - ago * 1000});
        let lines: String = (0..1200).rev().map(|ago| format!("{}\n", record(ago))).collect();
        home.write("work.ndjson", &lines);
        let mut arguments = vec!["advance", "--to", "wide", "--reason", "all green"];
        arguments.extend(sources);
        home.run(&arguments)
    };
    // The first look opens the log; the window has to pass from there on.
    let first = advance();
    if first.code != 0 {
        first.ended(6).told("Watched long enough");
        thread::sleep(Duration::from_millis(1500));
        advance().ended(0).answered("advanced to wide: the store, read again, serves 20 %");
    }
    let log = fs::read_to_string(home.path("data/quick/production/audit.ndjson")).unwrap();
    let kinds: Vec<String> = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["event"]["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["opened", "begun", "ended"]);
    let mut arguments = vec!["status", "--json"];
    arguments.extend(sources);
    let status: Value = serde_json::from_str(&home.run(&arguments).out).unwrap();
    assert_eq!(status["stage"]["key"], "wide");
    assert_eq!(status["flag"]["exposure"]["percent"], 20);
}

// ---- hold -----------------------------------------------------------------------------------------------------------

#[test]
fn a_hard_stop_is_cleared_by_a_record_with_evidence() {
    let home = Home::new();
    let clear = |signature: &str, evidence: &str| {
        home.run(&["hold", "clear", "--signature", signature, "--evidence", evidence])
    };
    clear("pull:pullCursorRegression", "fixed in abc, see #7").ended(0).answered("is resolved up to now");
    clear("pull:pullCursorRegression", "  ").ended(2).told("cleared by evidence");
    clear("nonsense", "x").ended(2).told("is no signature");
    let audit = home.audit();
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0]["event"]["kind"], "resolved");
    assert_eq!(audit[0]["event"]["evidence"], "fixed in abc, see #7");
}

// ---- runbook --------------------------------------------------------------------------------------------------------

#[test]
fn a_broken_runbook_is_told_whole_with_places() {
    let home = Home::new();
    let runbook = home.write("r.toml", "key = \"r\"\ntitle = 3\ncolour = \"red\"\n");
    let ran = home.run(&["runbook", "validate", &runbook]).ended(2).silent().told("r.toml:2:");
    assert!(ran.err.contains("r.toml:3:"), "all problems at once: {}", ran.err);
    let flags = home.flags(0);
    home.run(&["status", "--runbook", &runbook, "--flags", &flags]).ended(2).told("r.toml:2:");
    home.run(&["status", "--runbook", "/nowhere.toml", "--flags", &flags]).ended(2).told("/nowhere.toml");
    home.run(&["runbook", "show"]).ended(0).answered("VFS secure upload");
    home.run(&["runbook", "validate"]).ended(0).answered("4 stages");
}

// ---- configuration --------------------------------------------------------------------------------------------------

const CONFIG: &str = r#"
profile = "production"
operator = "bea"
interval = "7s"
[profiles.production]
environment = "prod"
[profiles.production.telemetry]
address = "prometheus+http://127.0.0.1:9"
token = { env = "PROM_TOKEN" }
[profiles.production.flags]
address = "unleash+http://127.0.0.1:9"
token = { file = "/nowhere/token" }
project = "web"
"#;

#[test]
fn config_says_what_is_in_force_and_where_it_came_from_and_no_secret() {
    let home = Home::new();
    let config = home.write("config.toml", CONFIG);
    let mut command = home.command(&["config", "--config", &config, "--operator", "cy"]);
    command.env("PROM_TOKEN", "hunter2").env("GONOGO_ENVIRONMENT", "staging");
    let ran = Ran::from(command.output().unwrap()).ended(0);
    let line = |name: &str| ran.out.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(line("operator").contains("cy") && line("operator").contains("(--operator)"), "{}", ran.out);
    assert!(line("environment").contains("staging") && line("environment").contains("(env GONOGO_ENVIRONMENT)"));
    assert!(line("interval").contains("7s") && line("interval").contains("(file, interval)"));
    assert!(line("telemetry token").contains("set, from env PROM_TOKEN"), "{}", ran.out);
    assert!(line("flags token").contains("/nowhere/token cannot be read"), "{}", ran.out);
    assert!(line("flags project").contains("web"));
    assert!(line("theme").contains("(default)"));
    assert!(!ran.out.contains("hunter2"));

    let mut command = home.command(&["config", "--json", "--config", &config]);
    command.env("GONOGO_FLAGS_TOKEN", "hunter2");
    let ran = Ran::from(command.output().unwrap()).ended(0);
    let facts: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(facts["flags token"]["value"], "set, from env GONOGO_FLAGS_TOKEN");
    assert_eq!(facts["operator"]["value"], "bea");
    assert!(!ran.out.contains("hunter2"));
}

#[test]
fn a_palette_that_is_hard_to_read_is_used_and_remarked_on() {
    let home = Home::new();
    let config = home.write(
        "config.toml",
        "theme = \"murky\"\n[screen]\ncolours = \"true\"\n[palettes.murky]\nbackground = \"#1d2021\"\ngood = \"#665c54\"\n",
    );
    let ran = home.run(&["config", "--config", &config]).ended(0);
    let line = |name: &str| ran.out.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(line("palette murky").contains("on dark") && line("colours").contains("true"), "{}", ran.out);
    let remark = "the palette murky is hard to read (WCAG AA): good #665c54 on #1d2021 is 2.5:1, not 4.5:1\n";
    assert_eq!(ran.err, remark);
    // It is a theme like any other.
    home.run(&["--config", &config, "--flags", &home.flags(0)]).ended(2).told("needs a terminal");
    let ran = home.run(&["--config", &config, "--flags", &home.flags(0), "--theme", "plaid"]).ended(2);
    assert!(ran.err.contains("choose one of dark, light, high-contrast"), "{}", ran.err);
    assert!(ran.err.contains("mono, murky"), "{}", ran.err);
}

#[test]
fn a_profiles_token_goes_to_the_profiles_server_alone() {
    let home = Home::new();
    let config = home.write("config.toml", CONFIG);
    let other = "unleash+http://127.0.0.1:10";
    let ran = home.run(&["config", "--config", &config, "--flags", other]).ended(0);
    let token = ran.out.lines().find(|line| line.starts_with("flags token")).unwrap();
    assert!(token.contains("none"), "{token}");
}

#[test]
fn bad_configuration_and_addresses_are_one_sentence_each() {
    let home = Home::new();
    let bad = |text: &str, told: &str| {
        let config = home.write("config.toml", text);
        home.run(&["status", "--config", &config]).ended(2).silent().told(told);
    };
    bad("operator = 3\n", "config.toml:1:12");
    bad("operator = \"a\"\ncolour = 1\n", "config.toml:2:1: unknown field `colour`");
    bad("profile = \"nowhere\"\n", "there is no profile \"nowhere\"");
    bad("interval = \"soon\"\n", "interval \"soon\" is no duration");
    home.run(&["status", "--config", "/nowhere.toml"]).ended(2).told("/nowhere.toml cannot be read");
    home.run(&["status", "--telemetry", "http://h"]).ended(2).told("write it like prometheus+http://127.0.0.1:9090");
    home.run(&["status", "--flags", "flags.json"]).ended(2).told("flagd:/etc/flagd/flags.json");
    let ran = home.run(&["status", "--flags", "unleash+http://ann:hunter2@h"]).ended(2).told("credentials in its URL");
    assert!(!ran.err.contains("hunter2"));
    home.run(&["status", "--flags", &home.flags(0), "--environment", "../x"]).ended(2).told("is no name");
    home.run(&["--flags", &home.flags(0), "--theme", "plaid"]).ended(2).told("no theme \"plaid\"");
}

#[test]
fn a_token_that_cannot_be_had_is_told_and_no_secret_is_printed_or_kept() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    let telemetry = format!("prometheus+http://{address}");
    let flags = format!("unleash+http://{address}");
    let mut command = home.command(&["status", "--telemetry", &telemetry, "--flags", &flags]);
    command.env("GONOGO_FLAGS_TOKEN", "hunter2").env("GONOGO_TELEMETRY_TOKEN", "hunter3");
    let ran = Ran::from(command.output().unwrap()).ended(5).answered("401");
    assert!(!ran.out.contains("hunter") && !ran.err.contains("hunter"));
    assert!(!everything_below(home.0.path()).contains("hunter"));
}

fn everything_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            text.push_str(&everything_below(&entry.path()));
        } else {
            text.push_str(&String::from_utf8_lossy(&fs::read(entry.path()).unwrap()));
        }
    }
    text
}

// ---- demo -----------------------------------------------------------------------------------------------------------

#[test]
fn the_demo_answers_without_a_terminal_and_the_same_for_the_same_seed() {
    let home = Home::new();
    let run = |seed: &str| {
        let ran = home.run(&["demo", "guardrail", "--after", "3h", "--json", "--seed", seed]).ended(3);
        serde_json::from_str::<Value>(&ran.out).unwrap()
    };
    let (one, again, other) = (run("1"), run("1"), run("2"));
    assert_eq!(one["hard_stops"].as_array().unwrap().len(), 1);
    assert_eq!(one["rates"], again["rates"]);
    assert_ne!(one["rates"], other["rates"]);
    let candidate = |status: &Value| status["rollout"]["candidate"].as_str().map(str::to_owned);
    assert_eq!(candidate(&one).as_deref(), Some(gonogo::demo::CANDIDATE), "one is made up");
    let named = home.run(&["demo", "guardrail", "--after", "3h", "--json", "--candidate", "1c2d3e4f5a6b"]).ended(3);
    assert_eq!(candidate(&serde_json::from_str(&named.out).unwrap()).as_deref(), Some("1c2d3e4f5a6b"));
    home.run(&["demo", "no-such-thing"]).ended(2).told("healthy, regression");
    home.run(&["demo", "--speed", "0"]).ended(2).told("is not between");
    let left: Vec<_> = fs::read_dir(home.0.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("gonogo-demo")), "{left:?}");
}
