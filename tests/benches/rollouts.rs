//! What many rollouts in one cockpit take: `cargo bench --bench rollouts -- 60` (seconds; 30 if nothing is said). Prints
//! what it measured as JSON, and ends with 1 where more than 5 % of a core went while those that share their questions
//! were watched, or while nobody answered, or where a key waited.
//!
//! 200 runbooks in a folder, polled every 5 s, in a terminal of 120x36: on one flag file and on a real Prometheus that
//! scrapes counters which grow. Once all of them read the same counters, and once each its own; then the server hangs.
//! Requests are counted by the server itself. Linux only: it reads `/proc`.
#![allow(missing_docs)]

#[path = "../support/prometheus.rs"]
mod prometheus;
#[path = "../support/mod.rs"]
mod support;

use std::{
    fmt::Write as _,
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use prometheus::{Options, Prometheus};
use serde_json::{Map, Value, json};

const RUNBOOK: &str = include_str!("../../assets/runbooks/vfs-secure-upload.toml");
const ROLLOUTS: usize = 200;
const SIZE: (u16, u16) = (120, 36);
/// The first polls read what was before, and are not counted.
const WARM: Duration = Duration::from_secs(25);
/// Most of a core that watching may take.
const MOST: f64 = 5.0;
/// Longest that a key may wait for what it does to be on the screen.
const PROMPT: Duration = Duration::from_millis(100);

/// Who reads which counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counters {
    /// All of them the same ones.
    Same,
    /// Each its own.
    Own,
}

/// The counters of a rollout after so many scrapes; of all where none is named.
fn counters(rollout: Option<usize>, scrapes: u64, into: &mut String) {
    let of = rollout.map_or_else(String::new, |rollout| format!(r#",rollout="r{rollout:03}""#));
    for (metric, labels, step) in [
        ("vfs_secure_upload_total", r#"success="true""#, 40),
        ("vfs_secure_upload_total", r#"success="false",fail_stage="encrypt""#, 0),
        ("vfs_upload_total", r#"path="secure",secure_flag="on""#, 40),
        ("vfs_upload_total", r#"path="legacy",secure_flag="off""#, 60),
        ("vfs_blob_flush_operation_total", r#"operation_kind="stage",success="true",status_code="201""#, 40),
        ("vfs_blob_flush_operation_total", r#"operation_kind="attach",success="true",status_code="200""#, 40),
        ("vfs_blob_flush_operation_total", r#"operation_kind="attach",success="false",status_code="409""#, 1),
        ("vfs_secure_upload_failure_total", r#"message="storage_unavailable""#, 0),
        ("vfs_sync_guardrail_violation_total", r#"stage="push",code="conflict""#, 0),
        ("vfs_blob_storage_error_total", r#"code="SlowDown""#, 0),
        ("vfs_envelope_mismatch_total", r#"route="register""#, 0),
    ] {
        let _ = writeln!(into, r#"{metric}{{environment="production"{of},{labels}}} {}"#, 100 + scrapes * step);
    }
}

/// Serves them to whoever scrapes, for as long as the bench runs.
fn fleet(counted: Counters) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for scrapes in 0.. {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let _ = stream.read(&mut [0; 4096]);
            let mut body = String::new();
            match counted {
                Counters::Same => counters(None, scrapes, &mut body),
                Counters::Own => (0..ROLLOUTS).for_each(|rollout| counters(Some(rollout), scrapes, &mut body)),
            }
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\nconnection: close";
            let _ = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}");
        }
    });
    address
}

/// Writes the runbooks and the flag file.
fn write(folder: &Path, counted: Counters) {
    let runbooks = folder.join("runbooks");
    fs::create_dir(&runbooks).expect("a folder");
    let mut flags = Map::new();
    for rollout in 0..ROLLOUTS {
        let mut text = RUNBOOK
            .replace("key = \"vfs-secure-upload\"", &format!("key = \"r{rollout:03}\""))
            .replace("title = \"VFS secure upload\"", &format!("title = \"Rollout {rollout:03}\""))
            .replace("vfsSecureUpload", &format!("flag{rollout:03}"));
        if counted == Counters::Own {
            let own = format!("environment = \"{{environment}}\", rollout = \"r{rollout:03}\"");
            text = text.replace("environment = \"{environment}\"", &own);
        }
        fs::write(runbooks.join(format!("r{rollout:03}.toml")), text).expect("written");
        let serves = if rollout % 2 == 0 { "off" } else { "on" };
        let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": serves});
        flags.insert(format!("flag{rollout:03}"), flag);
    }
    fs::write(folder.join("flags.json"), json!({"flags": flags}).to_string()).expect("written");
}

/// The program in its terminal.
struct Cockpit {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    sent: Arc<AtomicU64>,
    _terminal: Box<dyn MasterPty + Send>,
}

impl Drop for Cockpit {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it took until now, as the kernel tells.
#[derive(Debug, Clone, Copy)]
struct Taken {
    at: Instant,
    cpu: Duration,
    resident_kb: u64,
    sent: u64,
}

impl Cockpit {
    fn start(folder: &Path, telemetry: &str) -> Self {
        let size = PtySize { rows: SIZE.1, cols: SIZE.0, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
        command.env_clear();
        command.env("HOME", folder);
        command.env("USER", "bench");
        command.env("TERM", "xterm-256color");
        command.cwd(folder);
        command.args(["--interval", "5s", "--flags", "flagd:flags.json", "--telemetry", telemetry, "runbooks"]);
        let child = pair.slave.spawn_command(command).expect("gonogo starts");
        let sent = Arc::new(AtomicU64::new(0));
        let (mut reader, into) = (pair.master.try_clone_reader().expect("a reader"), Arc::clone(&sent));
        thread::spawn(move || {
            let mut bytes = [0; 1 << 16];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                into.fetch_add(n as u64, Ordering::SeqCst);
            }
        });
        let keys = pair.master.take_writer().expect("keys");
        Self { child, keys, sent, _terminal: pair.master }
    }

    fn taken(&self) -> Taken {
        let pid = self.child.process_id().expect("a pid");
        let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).expect("gonogo runs");
        let (status, stat) = (read("status"), read("stat"));
        let resident = status.lines().find(|line| line.starts_with("VmRSS")).expect("it has memory");
        let resident_kb = resident.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("a number");
        let fields: Vec<&str> = stat.rsplit_once(") ").expect("its name is in brackets").1.split(' ').collect();
        // User and system, in hundredths of a second on every Linux that there is.
        let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("a number")).sum();
        let sent = self.sent.load(Ordering::SeqCst);
        Taken { at: Instant::now(), cpu: Duration::from_millis(ticks * 10), resident_kb, sent }
    }

    /// How long keys take to be on the screen: the middle one and the longest of thirty, each pressed on its own.
    fn keys(&mut self) -> (Duration, Duration) {
        let mut took: Vec<Duration> = Vec::new();
        for key in ["\x1b[B", "\x1b[A"].into_iter().cycle().take(30) {
            let (before, began) = (self.sent.load(Ordering::SeqCst), Instant::now());
            self.keys.write_all(key.as_bytes()).expect("typed");
            while self.sent.load(Ordering::SeqCst) == before && began.elapsed() < Duration::from_secs(5) {
                thread::sleep(Duration::from_micros(200));
            }
            took.push(began.elapsed());
            thread::sleep(Duration::from_millis(70));
        }
        took.sort();
        (took[took.len() / 2], took[took.len() - 1])
    }
}

/// How many requests a Prometheus has answered, as it counts them itself.
fn answered(server: &Prometheus) -> u64 {
    let host = server.base.trim_start_matches("http://");
    let mut answer = String::new();
    let mut stream = TcpStream::connect(host).expect("a connection");
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let _ = stream.read_to_string(&mut answer);
    let asked = answer.lines().filter(|line| line.starts_with("prometheus_http_requests_total{"));
    let asked = asked.filter(|line| line.contains("/api/v1/"));
    asked.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() as u64
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn measure(cockpit: &Cockpit, seconds: u64, server: Option<&Prometheus>) -> (f64, Map<String, Value>) {
    let (began, asked) = (cockpit.taken(), server.map(answered));
    thread::sleep(Duration::from_secs(seconds));
    let (ended, answered) = (cockpit.taken(), server.map(answered));
    let took = (ended.at - began.at).as_secs_f64();
    let cpu = hundredths((ended.cpu - began.cpu).as_secs_f64() / took * 100.0);
    let mut told = Map::new();
    told.insert("CPU %".into(), json!(cpu));
    told.insert("resident KB".into(), json!(ended.resident_kb));
    told.insert("bytes per second".into(), json!(hundredths((ended.sent - began.sent) as f64 / took)));
    if let (Some(asked), Some(answered)) = (asked, answered) {
        told.insert("requests per second".into(), json!(hundredths((answered - asked) as f64 / took)));
    }
    (cpu, told)
}

/// Watches, then has the server hang; what was measured, and whether it holds.
fn scene(counted: Counters, seconds: u64) -> Option<(Value, bool)> {
    let options = Options { target: Some(fleet(counted)), every: Some("15s"), ..Options::default() };
    let server = prometheus::start(&options)?;
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), counted);
    let mut cockpit = Cockpit::start(folder.path(), &format!("prometheus+{}", server.base));
    thread::sleep(WARM);
    let (cpu, mut told) = measure(&cockpit, seconds, Some(&server));
    let keys = |cockpit: &mut Cockpit, told: &mut Map<String, Value>| {
        let (middle, longest) = cockpit.keys();
        let ms = |time: Duration| hundredths(time.as_secs_f64() * 1000.0);
        told.insert("key to screen, ms, middle and longest".into(), json!([ms(middle), ms(longest)]));
        longest < PROMPT
    };
    let prompt = keys(&mut cockpit, &mut told);
    server.hang(true);
    // By then each has a question under way that nobody answers.
    thread::sleep(WARM);
    let (cpu_hanging, mut hanging) = measure(&cockpit, seconds, None);
    let prompt_hanging = keys(&mut cockpit, &mut hanging);
    told.insert("while the server hangs".into(), Value::Object(hanging));
    server.hang(false);
    // With counters of their own nothing is shared but the connections: that is told, and each request has its price.
    let held = (counted == Counters::Own || cpu <= MOST) && cpu_hanging <= MOST && prompt && prompt_hanging;
    Some((Value::Object(told), held))
}

fn main() -> ExitCode {
    let seconds = std::env::args().find_map(|word| word.parse::<u64>().ok()).unwrap_or(30);
    let same = scene(Counters::Same, seconds);
    let own = scene(Counters::Own, seconds);
    let (Some((same, same_holds)), Some((own, own_holds))) = (same, own) else {
        support::missing("Prometheus");
        return ExitCode::FAILURE;
    };
    let holds = same_holds && own_holds;
    let told = json!({"rollouts": ROLLOUTS, "the same counters": same, "counters of their own": own, "held": holds});
    println!("{told:#}");
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
