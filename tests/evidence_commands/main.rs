//! The commands about evidence, through the binary: what is attached, what is fetched, what is open, what is refused.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/faulty.rs"]
mod faulty;

mod attach;
mod fetch;

use std::{fs, io::Write, process::Stdio};

use binary::{Home, Ran, run};
use serde_json::Value;

const SHA: &str = "018e611abc1234567890abcdef1234567890abcd";

const RUNBOOK: &str = r#"
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
[[evidence]]
key = "ci-run"
title = "The CI run"
[[evidence]]
key = "api-logs"
title = "The API's logs"
logs = { query = '{env={environment}} |= "{candidate}"', environment = "staging", within = "1h" }
[[stage]]
key = "dark"
title = "Dark"
exposure = "off"
observe = "1s"
[[stage.gate]]
key = "owner"
title = "Signed"
kind = "attestation"
statement = "it is done"
"#;

/// A rollout with two items of evidence.
struct Rollout {
    home: Home,
    runbook: String,
}

impl Rollout {
    fn new() -> Self {
        let home = Home::new();
        let runbook = home.write("quick.toml", RUNBOOK);
        Self { home, runbook }
    }

    /// Without a candidate.
    async fn bare(&self, arguments: &[&str]) -> Ran {
        run(self.home.command(&[arguments, &["--runbook", &self.runbook]].concat())).await
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        self.bare(&[arguments, &["--candidate", SHA]].concat()).await
    }

    /// With this on standard input.
    fn piped(&self, arguments: &[&str], input: &str) -> Ran {
        let arguments = [arguments, &["--runbook", &self.runbook, "--candidate", SHA]].concat();
        let mut command = self.home.command(&arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("GONOGO_LOGS_TOKEN", "open-sesame");
        let mut child = command.spawn().expect("gonogo starts");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
        let output = child.wait_with_output().expect("a run");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let code = output.status.code().expect("an exit code");
        Ran { code, out: text(output.stdout), err: text(output.stderr), took: std::time::Duration::ZERO }
    }

    fn audit(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder().join("audit.ndjson")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("an entry")).collect()
    }

    fn folder(&self) -> std::path::PathBuf {
        self.home.data().join("quick/production")
    }

    /// What was kept of the entry at this place.
    fn kept(&self, at: usize) -> String {
        let audit = self.audit();
        let path = audit[at]["event"]["attached"]["file"]["path"].as_str().expect("a path");
        fs::read_to_string(self.folder().join(path)).expect("a file")
    }
}
