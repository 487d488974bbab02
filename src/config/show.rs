//! What is in force and where each value came from, secrets hidden.

use super::{Alerts, AuditPlace, Colours, Links, Notify, Secret, Server, Setting, Settings, TokenSource, Zone};
use crate::fault::Fault;

/// One line: what, its value, where it came from.
pub type Line = (String, String, String);

/// Everything that is in force, a line each.
pub fn lines(settings: &Settings) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |name: &str, value: String, origin: String| {
        lines.push((name.to_owned(), crate::text::clean(&value), origin));
    };
    match &settings.file.value {
        Some(path) => add("file", path.display().to_string(), settings.file.origin.to_string()),
        None => add("file", "none".to_owned(), settings.file.origin.to_string()),
    }
    add("profile", optional(settings.profile.as_ref(), "none"), origin(settings.profile.as_ref()));
    for (key, server) in [("telemetry", &settings.telemetry), ("flags", &settings.flags), ("logs", &settings.logs)] {
        for (name, value, origin) in server_lines(server) {
            add(&format!("{key}{name}"), value, origin);
        }
    }
    for (name, value, origin) in audit_lines(&settings.audit) {
        add(&format!("audit log{name}"), value, origin);
    }
    match &settings.runbook {
        Some(path) => add("runbook", path.value.display().to_string(), path.origin.to_string()),
        None => add("runbook", "built in".to_owned(), "default".to_owned()),
    }
    add("environment", settings.environment.value.clone(), settings.environment.origin.to_string());
    add("candidate", optional(settings.candidate.as_ref(), "none"), origin(settings.candidate.as_ref()));
    match &settings.checkout {
        Some(path) => add("checkout", path.value.display().to_string(), path.origin.to_string()),
        None => add("checkout", "none".to_owned(), "default".to_owned()),
    }
    for (role, name) in &settings.roles {
        add(&format!("role {role}"), name.clone(), "file".to_owned());
    }
    add("operator", settings.operator.value.clone(), settings.operator.origin.to_string());
    add("theme", optional(settings.theme.as_ref(), "by the terminal"), origin(settings.theme.as_ref()));
    add("ascii", settings.ascii.value.to_string(), settings.ascii.origin.to_string());
    let screen = &settings.screen;
    let of = |default: bool| if default { "default" } else { "file" }.to_owned();
    add("times", screen.times.word().to_owned(), of(screen.times == Zone::default()));
    add("mouse", settings.mouse.value.to_string(), settings.mouse.origin.to_string());
    add("alerts", screen.alerts.word().to_owned(), of(screen.alerts == Alerts::default()));
    add("colours", screen.colours.word().to_owned(), of(screen.colours == Colours::default()));
    add("links", screen.links.word().to_owned(), of(screen.links == Links::default()));
    for (name, palette) in &settings.palettes {
        add(&format!("palette {name}"), format!("on {}", palette.base.word()), of(false));
    }
    for (name, keys) in &settings.keys {
        add(&format!("key {name}"), keys.names().join(" "), of(false));
    }
    let interval = humantime::format_duration(settings.interval.value).to_string();
    add("interval", interval, settings.interval.origin.to_string());
    add("data folder", settings.data_dir.value.display().to_string(), settings.data_dir.origin.to_string());
    add("read only", settings.read_only.value.to_string(), settings.read_only.origin.to_string());
    notify_lines(&settings.notify, &mut add);
    lines
}

/// The same for people, aligned.
pub fn show(lines: &[Line]) -> String {
    let width = |pick: fn(&Line) -> &String| lines.iter().map(|line| pick(line).chars().count()).max().unwrap_or(0);
    let (names, values) = (width(|line| &line.0), width(|line| &line.1).min(60));
    let text = lines.iter().map(|(name, value, origin)| format!("{name:<names$}  {value:<values$}  ({origin})\n"));
    text.collect()
}

fn server_lines(server: &Result<Option<Server>, Fault>) -> Vec<Line> {
    let line = |name: &str, value: String, origin: String| (name.to_owned(), value, origin);
    let server = match server {
        Err(fault) => return vec![line("", format!("unusable: {fault}"), "as given".to_owned())],
        Ok(None) => return vec![line("", "none".to_owned(), "default".to_owned())],
        Ok(Some(server)) => server,
    };
    let mut lines = vec![line("", server.address.value.to_string(), server.address.origin.to_string())];
    if server.address.value.base().is_none() {
        return lines;
    }
    match &server.token {
        Some(token) => lines.push(line(" token", token_state(&token.value), token.origin.to_string())),
        None => lines.push(line(" token", "none".to_owned(), "default".to_owned())),
    }
    if let Some(user) = &server.user {
        lines.push(line(" user", user.clone(), "file".to_owned()));
    }
    for (name, value) in &server.headers {
        lines.push(line(&format!(" header {name}"), secret_state(value), "file".to_owned()));
    }
    if let Some(path) = &server.ca_file {
        lines.push(line(" ca file", path.display().to_string(), "file".to_owned()));
    }
    let origin = if server.timeout == super::TIMEOUT { "default" } else { "file" };
    lines.push(line(" timeout", humantime::format_duration(server.timeout).to_string(), origin.to_owned()));
    if server.address.value.name() == "unleash" {
        lines.push(line(" project", server.project.value.clone(), server.project.origin.to_string()));
    }
    lines
}

fn audit_lines(audit: &Result<Setting<AuditPlace>, Fault>) -> Vec<Line> {
    let line = |name: &str, value: String, origin: String| (name.to_owned(), value, origin);
    let audit = match audit {
        Err(fault) => return vec![line("", format!("unusable: {fault}"), "as given".to_owned())],
        Ok(audit) => audit,
    };
    let AuditPlace::Postgres(database) = &audit.value else {
        return vec![line("", "file, in the data folder".to_owned(), audit.origin.to_string())];
    };
    let mut lines = vec![line("", database.address.as_str().to_owned(), audit.origin.to_string())];
    match &database.password {
        Some(password) => lines.push(line(" password", token_state(&password.value), password.origin.to_string())),
        None => lines.push(line(" password", "none".to_owned(), "default".to_owned())),
    }
    if let Some(path) = &database.ca_file {
        lines.push(line(" ca file", path.display().to_string(), "file".to_owned()));
    }
    lines
}

/// A webhook's URL is as secret as a token, and a command's arguments may hold one.
fn notify_lines(notify: &Notify, add: &mut impl FnMut(&str, String, String)) {
    match &notify.webhook {
        Some(url) => add("notify webhook", secret_state(&url.value), url.origin.to_string()),
        None => add("notify webhook", "none".to_owned(), "default".to_owned()),
    }
    for (name, value) in &notify.headers {
        add(&format!("notify header {name}"), secret_state(value), "file".to_owned());
    }
    match &notify.command {
        Some(words) => {
            let program = words.value.first().map_or("", String::as_str).to_owned();
            add("notify command", program, words.origin.to_string());
        }
        None => add("notify command", "none".to_owned(), "default".to_owned()),
    }
}

fn secret_state(secret: &Secret) -> String {
    match secret {
        Secret::Plain(_) => "set".to_owned(),
        Secret::From(source) => token_state(source),
    }
}

/// Whether there is a token, never what it is. A command is not run for it.
fn token_state(source: &TokenSource) -> String {
    match source {
        TokenSource::Command(_) => format!("set, from {}", source.describe()),
        _ => match source.fetch() {
            Ok(_) => format!("set, from {}", source.describe()),
            Err(fault) => format!("not to be had: {}", fault.what),
        },
    }
}

fn optional(setting: Option<&Setting<String>>, none: &str) -> String {
    setting.map_or_else(|| none.to_owned(), |setting| setting.value.clone())
}

fn origin<T>(setting: Option<&Setting<T>>) -> String {
    setting.map_or_else(|| "default".to_owned(), |setting| setting.origin.to_string())
}
