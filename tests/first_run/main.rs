//! The first run: what gonogo says where nothing is configured, `init`, and the manual; through the binary.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/prometheus.rs"]
mod prometheus;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/terminal.rs"]
mod terminal;

mod asked;
mod taken;

use std::{fs, path::PathBuf};

use binary::Home;
use serde_json::json;

const RUNBOOK: &str = r#"
key = "quick"
title = "Quick"
[flag]
key = "quick"
[[signal]]
key = "work"
title = "Work done"
by = ["success"]
prometheus = { metric = "work_total", labels = { success = "success" } }
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
exposure = "off"
observe = "1s"
[[stage.gate]]
key = "word"
title = "Somebody's word"
kind = "attestation"
statement = "It is ready."
"#;

/// Where the platform keeps an operator's configuration, below this home.
fn configuration(home: &Home) -> PathBuf {
    if cfg!(target_os = "macos") {
        home.path("Library/Application Support/gonogo/config.toml")
    } else {
        home.path(".config/gonogo/config.toml")
    }
}

/// A runbook and a flag file, which serves nobody.
fn files(home: &Home) -> (String, String) {
    let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
    let flags = home.write("flags.json", json!({"flags": {"quick": flag, "vfsSecureUpload": flag}}).to_string());
    (home.write("quick.toml", RUNBOOK), flags)
}

/// Only its owner may read it.
fn is_private(path: &PathBuf) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
