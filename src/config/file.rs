//! The configuration file, as it is written.

use std::{collections::BTreeMap, fs, io, path::Path, path::PathBuf};

use serde::Deserialize;

use super::{
    AuditSource,
    palette::{Palette, Written, Wrong},
    screen::{Keys, Screen},
    secret::{Secret, TokenSource},
};
use crate::{
    colour::Rgb,
    fault::{Fault, FaultKind},
};

/// Headers by name.
pub type Headers = BTreeMap<String, Secret>;

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The profile that is used when none is named.
    pub profile: Option<String>,
    /// Who acts.
    pub operator: Option<String>,
    /// Colours of the screen.
    pub theme: Option<String>,
    /// Whether the screen is drawn with ASCII only.
    pub ascii: Option<bool>,
    /// Time between polls: `5s`.
    pub interval: Option<String>,
    /// Where state is kept.
    pub data_dir: Option<PathBuf>,
    /// How the screen behaves.
    #[serde(default)]
    pub screen: Screen,
    /// Which key does what, where it is not as the table says.
    #[serde(default)]
    pub keys: Keys,
    /// Colours of the operator's own, by name, as they are written.
    #[serde(default)]
    pub palettes: BTreeMap<String, Palette<Written>>,
    /// The same as numbers.
    #[serde(skip)]
    pub own: BTreeMap<String, Palette<Rgb>>,
    /// The profiles, by name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// One rollout in one environment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The runbook's file, from the folder of the configuration file.
    pub runbook: Option<PathBuf>,
    /// Where: `production`.
    pub environment: Option<String>,
    /// The commit under rollout: a SHA, or `git` for what the checkout has checked out.
    pub candidate: Option<String>,
    /// The product's checkout, from the folder of the configuration file.
    pub checkout: Option<PathBuf>,
    /// Who has which role, by role key; what the audit log says comes first.
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    /// Whether nothing may be changed.
    pub read_only: Option<bool>,
    /// Where telemetry is read.
    pub telemetry: Option<Source>,
    /// Where the flag is.
    pub flags: Option<Source>,
    /// Where logs are read.
    pub logs: Option<Source>,
    /// Where the audit log is.
    pub audit: Option<AuditSource>,
    /// Who is told by a guard.
    pub notify: Option<NotifySource>,
}

/// Who is told by a guard.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifySource {
    /// Where the URL that is posted to comes from; it may hold a secret.
    pub webhook: Option<TokenSource>,
    /// Further headers of the post.
    #[serde(default)]
    pub headers: Headers,
    /// A program and its arguments, which gets the same on its standard input.
    pub command: Option<Vec<String>>,
}

/// One source.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// As on the command line.
    pub address: String,
    /// Where the token comes from.
    pub token: Option<TokenSource>,
    /// User of basic authentication, whose password the token then is.
    pub user: Option<String>,
    /// Further headers, such as a tenant.
    #[serde(default)]
    pub headers: Headers,
    /// PEM file with the only certificate authorities to trust, from the folder of the configuration file.
    pub ca_file: Option<PathBuf>,
    /// How long one request may take: `10s`.
    pub timeout: Option<String>,
    /// The Unleash project.
    pub project: Option<String>,
}

/// Reads the configuration file. One that is not there, and was not asked for by name, is empty.
///
/// # Errors
/// When it cannot be read, or holds what gonogo does not know.
pub fn read(path: &Path, asked_for: bool) -> Result<Option<File>, Fault> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text, path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !asked_for => Ok(None),
        Err(error) => Err(Fault::new(
            FaultKind::Configuration,
            format!("the configuration {} cannot be read: {error}", path.display()),
            "check the path and who may read it",
        )),
    }
}

/// The configuration in `text`; `path` is where it came from.
///
/// # Errors
/// Names line, column and what was expected.
pub fn parse(text: &str, path: &Path) -> Result<File, Fault> {
    let wrong = |at: Option<usize>, message: &str| {
        let place = at.map_or_else(String::new, |at| {
            let before = text.get(..at).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            format!(":{line}:{column}")
        });
        let what = format!("{}{place}: {message}", path.display());
        Fault::new(FaultKind::Configuration, what, "correct the configuration")
    };
    let mut file: File = toml::from_str(text).map_err(|error| {
        let message = match error.message() {
            // Where a token comes from is a choice; what stands there instead may be the token itself.
            text if text.starts_with("unknown variant") && text.contains("`command`") => {
                "expected where the token comes from: env, file or command"
            }
            text => text,
        };
        wrong(Some(error.span().map_or(0, |span| span.start)), message)
    })?;
    for (name, written) in &file.palettes {
        let read = written.read(name).map_err(|Wrong { at, what }| wrong(at, &what))?;
        file.own.insert(name.clone(), read);
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::screen::{Alerts, Zone};

    const WHOLE: &str = r#"
        profile = "production"
        operator = "ann"
        theme = "dark"
        interval = "5s"

        [screen]
        times = "local"
        mouse = true
        alerts = "call"

        [keys]
        gates = "e"
        timeline = ["t", "F8"]

        [profiles.production]
        environment = "production"
        runbook = "upload.toml"

        [profiles.production.telemetry]
        address = "prometheus+https://mimir.example/prometheus"
        user = "1234"
        token = { command = ["pass", "show", "mimir"] }
        headers = { X-Scope-OrgID = "uploads", X-Key = { env = "KEY" } }
        ca_file = "ca.pem"
        timeout = "20s"

        [profiles.production.flags]
        address = "unleash+https://unleash.example"
        token = { file = "/run/secrets/unleash" }
        project = "web"

        [profiles.production.logs]
        address = "loki+https://logs.example"
        user = "5678"
        token = { env = "LOGS" }

        [profiles.production.audit]
        address = "postgres://gonogo@db.example/rollouts"
        password = { env = "AUDIT" }
        ca_file = "ca.pem"
    "#;

    #[test]
    fn everything_there_is_can_be_said() {
        let file = parse(WHOLE, Path::new("c")).unwrap();
        assert_eq!((file.screen.times, file.screen.mouse, file.screen.alerts), (Zone::Local, true, Alerts::Call));
        assert_eq!(file.keys["timeline"].names(), ["t", "F8"]);
        let profile = &file.profiles["production"];
        let telemetry = profile.telemetry.as_ref().unwrap();
        let words = ["pass", "show", "mimir"].map(str::to_owned).to_vec();
        assert_eq!(telemetry.token, Some(TokenSource::Command(words)));
        assert_eq!(telemetry.headers["X-Key"], Secret::From(TokenSource::Env("KEY".to_owned())));
        assert_eq!(profile.flags.as_ref().unwrap().project.as_deref(), Some("web"));
        let logs = profile.logs.as_ref().unwrap();
        assert_eq!((logs.user.as_deref(), &logs.token), (Some("5678"), &Some(TokenSource::Env("LOGS".to_owned()))));
        let audit = profile.audit.as_ref().unwrap();
        assert_eq!(audit.password, Some(TokenSource::Env("AUDIT".to_owned())));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place() {
        let fault = parse("operator = \"ann\"\ncolour = 3\n", Path::new("dir/config.toml")).unwrap_err();
        assert!(fault.what.starts_with("dir/config.toml:2:1: unknown field `colour`"), "{fault}");
        let fault =
            parse("[profiles.p.flags]\naddress = \"flagd:x\"\ntoken = \"s3cret\"\n", Path::new("c")).unwrap_err();
        assert!(fault.what.starts_with("c:3:9: "), "{fault}");
        assert!(!fault.what.contains("s3cret"), "a token in the open is not repeated: {fault}");
    }
}
