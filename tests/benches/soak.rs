//! The cockpit for an hour while its sources fail at random: `cargo bench --bench soak -- 60` (minutes; 5 if nothing is
//! said). Prints what it measured as JSON, and ends with 1 where memory or the log grew, a poll was missed, or a frame
//! was larger than a whole screen.
//!
//! Telemetry is a real Prometheus behind a proxy that answers late, cuts, lies or hangs; the flag is a file that
//! vanishes and is garbled. Linux only: it reads `/proc`.
#![allow(missing_docs)]

#[path = "../support/fault_proxy.rs"]
mod fault_proxy;
#[path = "../support/faulty.rs"]
mod faulty;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/prometheus.rs"]
mod prometheus;
#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use fault_proxy::{Act, FaultProxy};
use portable_pty::CommandBuilder;
use program::{Program, Taken};
use prometheus::{Known, Options};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

const SIZE: (u16, u16) = (120, 36);
const INTERVAL: Duration = Duration::from_secs(5);
/// A request may take as long as that: a poll after a hang comes so much later.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The first minutes fill caches and windows, and are not compared.
const WARM: Duration = Duration::from_secs(120);

/// What becomes of a request: two of three are answered as they should be.
fn fate(random: &mut ChaCha8Rng) -> Act {
    match random.random_range(0..30) {
        0..20 => Act::Pass,
        20..23 => Act::AnsweredLate(Duration::from_millis(random.random_range(100..4_000))),
        23..25 => Act::Cut,
        25 => Act::DoneAndCut,
        26 => Act::Answer(503, "{}"),
        27 => Act::Answer(200, "<html>sign in</html>"),
        28 => {
            Act::Answer(200, r#"{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,"NaN"]]}]}}"#)
        }
        _ => Act::AnsweredLate(Duration::from_secs(30)),
    }
}

/// How much the files below a folder hold.
fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let each = entries.flatten().map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => size_of(&entry.path()),
        _ => entry.metadata().map_or(0, |data| data.len()),
    });
    each.sum()
}

/// What the screen was sent.
#[derive(Debug, Default)]
struct Sent {
    bytes: u64,
    frames: u64,
    largest: usize,
    open: usize,
    inside: bool,
    tail: Vec<u8>,
}

impl Sent {
    /// Frames of more than one line stand between the two ends of a synchronized update; one line is no more than that.
    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.tail.extend(bytes);
        loop {
            let mark: &[u8] = if self.inside { b"\x1b[?2026l" } else { b"\x1b[?2026h" };
            let Some(at) = self.tail.windows(mark.len()).position(|window| window == mark) else {
                let keep = self.tail.len().min(mark.len() - 1);
                self.open += self.tail.len() - keep;
                self.tail.drain(..self.tail.len() - keep);
                return;
            };
            let whole = self.open + at;
            if self.inside {
                (self.frames, self.largest) = (self.frames + 1, self.largest.max(whole));
            }
            (self.open, self.inside) = (0, !self.inside);
            self.tail.drain(..at + mark.len());
        }
    }
}

fn main() -> ExitCode {
    let minutes = std::env::args().find_map(|word| word.parse::<u64>().ok()).unwrap_or(5);
    let end = chrono::Utc::now().timestamp();
    let samples = (0..=3_000).map(|i| ((end - (3_000 - i) * 15) * 1000, i as f64)).collect();
    let known = Known { metric: "up", labels: r#"job="uploads""#.to_owned(), samples };
    let Some(server) = prometheus::start(&Options { history: &[known], ..Options::default() }) else {
        support::missing("Prometheus");
        return ExitCode::FAILURE;
    };
    let home = tempfile::tempdir().expect("a folder");
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let (base, seen, upstream) = (mpsc::channel(), Arc::clone(&arrived), server.base.clone());
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let random = Mutex::new(ChaCha8Rng::seed_from_u64(7));
            let rule = move |_: &fault_proxy::Request| {
                seen.lock().expect("nobody panicked").push(Instant::now());
                fate(&mut random.lock().expect("nobody panicked"))
            };
            let proxy = FaultProxy::before(&upstream, rule).await;
            base.0.send(proxy.base.clone()).expect("somebody waits");
            std::future::pending::<()>().await
        });
    });
    let base = base.1.recv().expect("the proxy stands");
    let flags = home.path().join("flags.json");
    let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
    let whole = json!({"flags": {"vfsSecureUpload": flag}}).to_string();
    fs::write(&flags, &whole).expect("written");

    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
    let store = format!("flagd:{}", flags.display());
    command.args(["--telemetry", &format!("prometheus+{base}"), "--flags", &store, "--interval", "5s"]);
    command.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("USER", "soak")] {
        command.env(name, value);
    }
    command.env("HOME", home.path());
    let program = Program::start(command, SIZE);

    let (began, mut random) = (Instant::now(), ChaCha8Rng::seed_from_u64(11));
    let mut samples: Vec<(Duration, Taken, u64)> = Vec::new();
    while began.elapsed() < Duration::from_secs(60 * minutes) {
        match random.random_range(0..6) {
            0 => drop(fs::remove_file(&flags)),
            1 => fs::write(&flags, &whole[..whole.len() / 2]).expect("written"),
            _ => fs::write(&flags, &whole).expect("written"),
        }
        thread::sleep(Duration::from_secs(10));
        let Some(taken) = program.taken() else {
            eprintln!("gonogo ended");
            return ExitCode::FAILURE;
        };
        samples.push((began.elapsed(), taken, size_of(home.path())));
    }
    let mut sent = Sent::default();
    sent.take(&program.since(0));
    drop(program);

    let warm: Vec<&(Duration, Taken, u64)> = samples.iter().filter(|sample| sample.0 >= WARM).collect();
    let third = (warm.len() / 3).max(1);
    let mean = |part: &[&(Duration, Taken, u64)]| {
        part.iter().map(|sample| sample.1.resident_kb).sum::<u64>() / part.len().max(1) as u64
    };
    let (first, last) = (mean(&warm[..third.min(warm.len())]), mean(&warm[warm.len().saturating_sub(third)..]));
    let arrived = arrived.lock().expect("nobody panicked").clone();
    let longest = arrived.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
    let (minutes_run, cpu) =
        (began.elapsed().as_secs_f64() / 60.0, samples.last().map(|s| s.1.cpu).unwrap_or_default());
    let log = samples.last().map_or(0, |sample| sample.2);
    // A cell takes at most a position, a whole style and a character.
    let whole_screen = usize::from(SIZE.0) * usize::from(SIZE.1) * 24;
    let allowed = INTERVAL + 2 * TIMEOUT + Duration::from_secs(1);
    let verdicts = json!({
        "memory flat": last <= first + first / 20 + 512,
        "no poll missed": longest <= allowed,
        "frames bounded": sent.largest <= whole_screen,
        "files bounded": log <= 16 << 20,
    });
    let told = json!({
        "minutes": (minutes_run * 10.0).round() / 10.0,
        "resident KB, first and last third": [first, last],
        "resident KB, most": warm.iter().map(|sample| sample.1.resident_kb).max(),
        "CPU %": (cpu.as_secs_f64() / began.elapsed().as_secs_f64() * 10_000.0).round() / 100.0,
        "requests": arrived.len(),
        "longest time without a request, s": longest.as_secs_f64(),
        "frames": sent.frames,
        "bytes per second": sent.bytes as f64 / began.elapsed().as_secs_f64(),
        "largest frame, bytes": sent.largest,
        "files, bytes": log,
        "held": verdicts,
    });
    println!("{told:#}");
    let held = verdicts.as_object().is_some_and(|all| all.values().all(|held| held == true));
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
