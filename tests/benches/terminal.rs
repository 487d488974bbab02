//! What gonogo is to sit before, beside other programs in the same run: `cargo bench --bench terminal -- btm gitui`.
//! Prints as JSON, for each of them: how long until a quarter of the rows has text, how long from a key to the first
//! byte, and, while nothing is pressed, processor time, memory and bytes to the terminal.
//!
//! gonogo is measured on files, with ten thousand signatures in them, and with sources that take a connection and never
//! answer. Linux only: it reads `/proc`.
#![allow(missing_docs)]

#[path = "../support/program.rs"]
mod program;

use std::{
    fmt::Write as _,
    fs,
    net::TcpListener,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use portable_pty::CommandBuilder;
use program::Program;
use serde_json::{Value, json};

const SIZE: (u16, u16) = (120, 36);
const STARTS: usize = 9;
const IDLE: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(5);

/// Middle, and the one that 95 % are below.
fn told(mut took: Vec<Duration>) -> Value {
    took.sort();
    let ms = |at: usize| took.get(at).map(|time| (time.as_secs_f64() * 100_000.0).round() / 100.0);
    json!({"n": took.len(), "median": ms(took.len() / 2), "p95": ms(took.len() * 95 / 100)})
}

/// How long until a quarter of the rows has text.
fn first_screen(command: CommandBuilder) -> Duration {
    let began = Instant::now();
    let program = Program::start(command, SIZE);
    let (mut screen, mut read) = (vt100::Parser::new(SIZE.1, SIZE.0, 0), 0);
    loop {
        let came = program.next(read, PATIENCE).expect("a screen in time");
        let bytes = program.since(read);
        read += bytes.len();
        screen.process(&bytes);
        let rows = screen.screen().rows(0, SIZE.0).filter(|row| !row.trim().is_empty()).count();
        if rows * 4 >= usize::from(SIZE.1) {
            return came - began;
        }
    }
}

/// Measures a program that these keys move.
fn measure(command: &CommandBuilder, keys: &[&str]) -> Value {
    let starts = (0..STARTS).map(|_| first_screen(command.clone())).collect();
    let mut program = Program::start(command.clone(), SIZE);
    program.quiet(Duration::from_millis(300), PATIENCE);
    let (mut took, mut silent) = (Vec::new(), 0);
    for key in keys {
        program.quiet(Duration::from_millis(60), PATIENCE);
        let (count, pressed) = (program.count(), Instant::now());
        program.press(key);
        match program.next(count, Duration::from_millis(500)) {
            Some(came) => took.push(came - pressed),
            None => silent += 1,
        }
    }
    let began = program.taken().expect("it runs");
    thread::sleep(IDLE);
    let ended = program.taken().expect("it runs");
    let seconds = (ended.at - began.at).as_secs_f64();
    let cpu = (ended.cpu - began.cpu).as_secs_f64() / seconds * 100.0;
    json!({
        "first screen, ms": told(starts),
        "key to first byte, ms": told(took),
        "keys that changed nothing": silent,
        "idle, % of a core": (cpu * 1000.0).round() / 1000.0,
        "idle, bytes per second": ((ended.sent - began.sent) as f64 / seconds).round(),
        "resident, KB": ended.resident_kb,
    })
}

/// This many records of violations, each of a signature of its own.
fn records(signatures: usize) -> String {
    let mut text = String::new();
    for i in 0..signatures {
        let at = (Utc::now() - TimeDelta::minutes(40)).timestamp_millis() + i as i64;
        let name = "vfs_sync_guardrail_violation_total";
        let tags = format!(r#"{{"stage":"pull","code":"code{i:05}"}}"#);
        let _ = writeln!(text, r#"{{"metricName":"{name}","value":1,"timestamp":{at},"tags":{tags}}}"#);
    }
    text
}

fn gonogo(home: &Path, telemetry: &str, flags: &str) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
    command.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("USER", "bench")] {
        command.env(name, value);
    }
    command.env("HOME", home);
    command.env("GONOGO_FLAGS_TOKEN", "none");
    command.args(["--telemetry", telemetry, "--flags", flags]);
    command
}

/// Takes connections, and answers none of them.
fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || listener.incoming().flatten().collect::<Vec<_>>());
    format!("http://{address}")
}

fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let path = |name: &str| home.path().join(name).display().to_string();
    let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
    fs::write(path("flags.json"), json!({"flags": {"vfsSecureUpload": flag}}).to_string()).expect("written");
    fs::write(path("few.ndjson"), records(3)).expect("written");
    fs::write(path("many.ndjson"), records(10_000)).expect("written");
    let flags = format!("flagd:{}", path("flags.json"));

    // Twice ten down and ten up: every list measured has that many rows, so that each key moves the mark.
    let up_and_down = [["j"; 10], ["k"; 10], ["j"; 10], ["k"; 10]].concat();
    let list_of =
        |view| -> Vec<&str> { [view].into_iter().chain(up_and_down.iter().copied()).chain(["g", "?"]).collect() };
    let (guardrails, sources, views) = (list_of("u"), list_of("i"), ["\t"; 42]);
    let mut all = serde_json::Map::new();
    let hanging = || (format!("prometheus+{}", silent()), format!("unleash+{}", silent()));
    let read = |name: &str| (format!("events:{}", path(name)), flags.clone());
    for (name, (telemetry, flags), keys) in [
        ("gonogo", read("few.ndjson"), guardrails.as_slice()),
        ("gonogo, 10,000 signatures", read("many.ndjson"), guardrails.as_slice()),
        ("gonogo, sources hang", hanging(), sources.as_slice()),
        ("gonogo, sources hang, a view with each key", hanging(), &views),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        let command = gonogo(home.path(), &telemetry, &flags);
        all.insert(name.to_owned(), measure(&command, keys));
    }
    for name in std::env::args().skip(1).filter(|word| !word.starts_with('-')) {
        let mut command = CommandBuilder::new(&name);
        command.env("TERM", "xterm-256color");
        command.cwd(std::env::current_dir().expect("a folder"));
        all.insert(name, measure(&command, &up_and_down));
    }
    println!("{:#}", Value::Object(all));
}
