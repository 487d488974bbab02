//! A real Prometheus on a free port, with a history that a test knows, or scraping what a test serves.
#![allow(dead_code, missing_docs)]

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::support::{Running, free_port, installed};

/// One series: its labels as in the exposition format, and its samples, `(milliseconds since 1970, value)`.
pub struct Known {
    pub metric: &'static str,
    pub labels: String,
    pub samples: Vec<(i64, f64)>,
}

/// A running server. It ends with the test.
pub struct Prometheus {
    pub base: String,
    running: Running,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    /// Has it hang, its connections open, or go on.
    pub fn hang(&self, hang: bool) {
        let signal = if hang { "-STOP" } else { "-CONT" };
        let pid = self.running.0.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill runs").success());
    }
}

/// What a server is started with.
#[derive(Default)]
pub struct Options<'a> {
    pub history: &'a [Known],
    /// What is scraped.
    pub target: Option<std::net::SocketAddr>,
    /// How often, where that is not every second: `15s`.
    pub every: Option<&'a str>,
    /// The content of its `--web.config.file`.
    pub web_config: Option<&'a str>,
    /// The `Authorization` that this then needs.
    pub authorization: Option<&'a str>,
}

/// Starts one; none where Prometheus is not installed.
pub fn start(options: &Options<'_>) -> Option<Prometheus> {
    let (program, promtool) = (installed("prometheus")?, installed("promtool")?);
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    if !options.history.is_empty() {
        backfill(&promtool, folder.path(), &data, options.history);
    }
    let every = options.every.unwrap_or("1s");
    let scrape = options.target.map_or_else(String::new, |target| {
        format!(
            "scrape_configs:\n- job_name: live\n  scrape_interval: {every}\n  scrape_timeout: 1s\n  static_configs:\n  - targets: ['{target}']\n"
        )
    });
    let config = folder.path().join("prometheus.yml");
    std::fs::write(&config, format!("global: {{scrape_interval: 1s}}\n{scrape}")).expect("written");
    let port = free_port();
    let mut command = Command::new(program);
    command
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", data.display()))
        .arg("--storage.tsdb.retention.time=10y")
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--log.level=error")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(web) = options.web_config {
        let file = folder.path().join("web.yml");
        std::fs::write(&file, web).expect("written");
        command.arg(format!("--web.config.file={}", file.display()));
    }
    let running = Running::start(&mut command);
    until_open(port);
    until_ready(port, options.authorization);
    Some(Prometheus { base: format!("http://127.0.0.1:{port}"), running, _folder: folder })
}

/// Waits for a server to answer on `port`.
pub fn until_open(port: u16) {
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing listens on {port}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until the server has read its data.
fn until_ready(port: u16, authorization: Option<&str>) {
    let began = Instant::now();
    let header = authorization.map_or_else(String::new, |value| format!("Authorization: {value}\r\n"));
    loop {
        let mut answer = String::new();
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        let request = format!("GET /-/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let _ = stream.read_to_string(&mut answer);
        if answer.starts_with("HTTP/1.1 200") {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "not ready: {answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn backfill(promtool: &Path, folder: &Path, data: &Path, history: &[Known]) {
    let mut text = String::new();
    let mut metrics: Vec<&str> = history.iter().map(|known| known.metric).collect();
    metrics.sort_unstable();
    metrics.dedup();
    for metric in metrics {
        // Counters are named without their `_total` here; others are untyped.
        match metric.strip_suffix("_total") {
            Some(family) => writeln!(text, "# TYPE {family} counter"),
            None => writeln!(text, "# TYPE {metric} gauge"),
        }
        .expect("written");
        for known in history.iter().filter(|known| known.metric == metric) {
            for (at, value) in &known.samples {
                writeln!(text, "{metric}{{{}}} {value} {}.{:03}", known.labels, at / 1000, at % 1000).expect("written");
            }
        }
    }
    text.push_str("# EOF\n");
    let file: PathBuf = folder.join("history.om");
    std::fs::write(&file, text).expect("written");
    let output = Command::new(promtool)
        .args(["tsdb", "create-blocks-from", "openmetrics"])
        .args([&file, &data.to_path_buf()])
        .output()
        .expect("promtool runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
