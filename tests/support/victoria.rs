//! A real VictoriaMetrics on a free port, with a history that a test knows.
#![allow(dead_code, missing_docs)]

use std::{
    fmt::Write as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{
    prometheus::{Known, until_open},
    support::{Running, free_port, installed},
};

/// A running server. It ends with the test.
pub struct Victoria {
    pub base: String,
    _running: Running,
    _folder: tempfile::TempDir,
}

/// Starts one as it is by default; none where VictoriaMetrics is not installed.
pub async fn start(history: &[Known]) -> Option<Victoria> {
    let victoria = launch(None)?;
    victoria.import(history).await;
    Some(victoria)
}

/// Starts one that scrapes `target` every second; none where VictoriaMetrics is not installed.
pub fn scraping(target: std::net::SocketAddr) -> Option<Victoria> {
    launch(Some(target))
}

fn launch(target: Option<std::net::SocketAddr>) -> Option<Victoria> {
    let program = installed("victoria-metrics")?;
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let scrape = folder.path().join("scrape.yml");
    let configs = target.map_or_else(String::new, |target| {
        format!("- job_name: live\n  scrape_interval: 1s\n  static_configs:\n  - targets: ['{target}']\n")
    });
    std::fs::write(&scrape, format!("scrape_configs:\n{configs}")).expect("written");
    let running = Running::start(
        Command::new(program)
            .arg(format!("-promscrape.config={}", scrape.display()))
            .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
            .arg(format!("-storageDataPath={}", folder.path().join("data").display()))
            .arg("-retentionPeriod=10y")
            .arg("-memory.allowedPercent=5")
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    until_open(port);
    Some(Victoria { base: format!("http://127.0.0.1:{port}"), _running: running, _folder: folder })
}

impl Victoria {
    /// Adds samples, and waits until they can be read.
    pub async fn import(&self, history: &[Known]) {
        let mut text = String::new();
        for known in history {
            for (at, value) in &known.samples {
                writeln!(text, "{}{{{}}} {value} {at}", known.metric, known.labels).expect("written");
            }
        }
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::new();
        let import = client.post(format!("{}/api/v1/import/prometheus", self.base)).body(text);
        assert_eq!(import.send().await.expect("an answer").status(), 204);
        client.get(format!("{}/internal/force_flush", self.base)).send().await.expect("an answer");
        // A flush is announced before it is done: wait for the last sample of each series.
        let began = Instant::now();
        for known in history {
            let last = known.samples.last().expect("a sample").0 / 1000;
            let query = format!("{}{{{}}}[2s]", known.metric, known.labels);
            let form = [("query", query), ("time", (last + 1).to_string())];
            loop {
                let answer = client.post(format!("{}/api/v1/query", self.base)).form(&form).send().await;
                let text = answer.expect("an answer").text().await.expect("text");
                if text.contains("values") {
                    break;
                }
                assert!(began.elapsed() < Duration::from_secs(20), "{text}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
