//! What telemetry of another environment saw of the checklist, asked through a profile of that environment: by the
//! command and on the cockpit's readiness screen, through the binary, each environment on a real Prometheus of its own.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/prometheus.rs"]
mod prometheus;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/terminal.rs"]
mod terminal;

mod cockpit;
mod command;

use binary::Home;
use chrono::Utc;
use prometheus::{Known, Options, Prometheus};
use serde_json::json;

const RUNBOOK: &str = r#"
key = "quick"
title = "Quick"
[flag]
key = "quick"
[[signal]]
key = "work"
title = "Work done"
by = ["kind", "success"]
prometheus = { metric = "work_total", match = { env = "{environment}" }, labels = { kind = "kind", success = "success" } }
[[rate]]
key = "work"
title = "Work"
scope = "rollout"
attempts = { signal = "work" }
successes = { signal = "work", match = { success = "true" } }
slo = 0.9
[[check]]
key = "restart"
title = "A restart recovers."
seen = [{ signal = "work", match = { kind = "restart", success = "true" } }]
[[check]]
key = "both"
title = "Both sides see it."
seen = [{ signal = "work", match = { kind = "restart" } }, { signal = "work", match = { kind = "share" } }]
[[check]]
key = "by-eye"
title = "It looks right."
[[stage]]
key = "dark"
title = "Dark"
exposure = "off"
observe = "1s"
[[stage.gate]]
key = "staging"
title = "Checked in staging"
kind = "checklist"
environment = "staging"
[[stage.gate]]
key = "production"
title = "Checked in production"
kind = "checklist"
environment = "production"
"#;

/// What staging's server asks for, and nobody but its profile knows: bcrypt of it, at the lowest cost.
const PASSWORD: &str = "correct horse";
const WEB: &str = "basic_auth_users:\n  me: $2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n";
const AUTHORIZATION: &str = "Basic bWU6Y29ycmVjdCBob3JzZQ==";

/// A counter that rose by one every quarter of a minute until half a minute ago, to so much.
fn counted(env: &str, kind: &str, n: i64) -> Known {
    let end = Utc::now().timestamp() - 30;
    let samples = (0..=n).map(|i| ((end - (n - i) * 15) * 1000, i as f64)).collect();
    Known { metric: "work_total", labels: format!(r#"env="{env}",kind="{kind}",success="true""#), samples }
}

/// An operator of production whose configuration has a profile of staging, and both servers.
struct Two {
    home: Home,
    /// The configuration and what else each command is given.
    arguments: Vec<String>,
    production: Prometheus,
    staging: Prometheus,
}

impl Two {
    /// None where Prometheus is not installed. Production's server knows of a staging, too: an older one.
    fn start() -> Option<Self> {
        let here =
            [counted("production", "restart", 7), counted("production", "share", 5), counted("staging", "share", 99)];
        let production = prometheus::start(&Options { history: &here, ..Options::default() });
        let there = [counted("staging", "restart", 41), counted("production", "restart", 77)];
        let options = Options { web_config: Some(WEB), authorization: Some(AUTHORIZATION), ..Options::default() };
        let staging = prometheus::start(&Options { history: &there, ..options });
        let (Some(production), Some(staging)) = (production, staging) else {
            support::missing("Prometheus");
            return None;
        };
        let home = Home::new();
        let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
        let flags = home.write("flags.json", json!({"flags": {"quick": flag}}).to_string());
        let runbook = home.write("quick.toml", RUNBOOK);
        let password = home.write("password", PASSWORD);
        let config = format!(
            "profile = \"p\"\n\
             [profiles.p]\nenvironment = \"production\"\n\
             telemetry = {{ address = \"prometheus+{}\" }}\nflags = {{ address = \"flagd:{flags}\" }}\n\
             [profiles.s]\nenvironment = \"staging\"\n\
             [profiles.s.telemetry]\naddress = \"prometheus+{}\"\nuser = \"me\"\ntoken = {{ file = {password:?} }}\n",
            production.base, staging.base
        );
        let config = home.write("config.toml", config);
        let arguments = ["--config", &config, "--runbook", &runbook, "--candidate", "018e611abc"];
        let arguments = arguments.map(str::to_owned).to_vec();
        Some(Self { home, arguments, production, staging })
    }

    /// What a command is called with.
    fn with<'a>(&'a self, before: &[&'a str]) -> Vec<&'a str> {
        before.iter().copied().chain(self.arguments.iter().map(String::as_str)).collect()
    }
}
