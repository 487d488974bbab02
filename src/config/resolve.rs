//! Command line, environment, file and defaults, made one.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Address, AuditPlace, Database, File, Headers, Notify, NotifySource, Origin, Profile, Role, Secret, Server, Setting,
    Settings, Source, TIMEOUT, elsewhere, file, secret::TokenSource,
};
use crate::{
    audit::postgres,
    fault::{Fault, FaultKind},
};

/// The variable that holds the URL of the webhook.
const WEBHOOK: &str = "GONOGO_WEBHOOK";

/// What the command line said.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--telemetry`.
    pub telemetry: Option<String>,
    /// `--flags`.
    pub flags: Option<String>,
    /// `--logs`.
    pub logs: Option<String>,
    /// `--audit`.
    pub audit: Option<String>,
    /// `--runbook`.
    pub runbook: Option<PathBuf>,
    /// `--environment`.
    pub environment: Option<String>,
    /// `--candidate`.
    pub candidate: Option<String>,
    /// `--checkout`.
    pub checkout: Option<PathBuf>,
    /// `--operator`.
    pub operator: Option<String>,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--mouse`.
    pub mouse: bool,
    /// `--interval`.
    pub interval: Option<String>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--read-only`.
    pub read_only: bool,
    /// This instead of what the configuration file says; its folder is what paths are from.
    pub instead: Option<File>,
    /// Go on without a configuration file, whatever is in it.
    pub without_file: bool,
}

/// Everything that is in force. `variable` looks a variable of the environment up; `folders` are the platform's.
///
/// # Errors
/// Whatever is wrong with the configuration file, a profile that is not in it, a value that is none. A bad address is a
/// fault of that source alone.
pub fn resolve(
    given: &Given,
    variable: &dyn Fn(&str) -> Option<String>,
    folders: Option<&directories::ProjectDirs>,
) -> Result<Settings, Fault> {
    let path = pick(given.config.clone(), "--config", "GONOGO_CONFIG", variable, PathBuf::from);
    let asked_for = path.is_some();
    let path = path.or_else(|| {
        let value = folders?.config_dir().join("config.toml");
        Some(Setting { value, origin: Origin::Default })
    });
    let read = match &path {
        _ if given.instead.is_some() => given.instead.clone(),
        Some(path) if !given.without_file => file::read(&path.value, asked_for)?,
        _ => None,
    };
    let found = read.is_some();
    let file = read.unwrap_or_default();
    let folder = path.as_ref().and_then(|path| path.value.parent()).unwrap_or(Path::new("")).to_owned();
    let (profile_name, profile) = profile(given, variable, &file)?;
    let layers = Layers { variable, profile: &profile, name: profile_name.as_ref(), folder: &folder };

    let environment = pick(given.environment.clone(), "--environment", "GONOGO_ENVIRONMENT", variable, identity)
        .or_else(|| layers.of_profile(profile.environment.clone(), "environment"))
        .unwrap_or_else(|| default("production".to_owned()));
    check_name("environment", &environment.value)?;
    let operator = pick(given.operator.clone(), "--operator", "GONOGO_OPERATOR", variable, identity)
        .or_else(|| of_file(file.operator.clone(), "operator"))
        .or_else(|| pick(None, "", "USER", variable, identity))
        .or_else(|| pick(None, "", "LOGNAME", variable, identity))
        .or_else(|| pick(None, "", "USERNAME", variable, identity))
        .unwrap_or_else(|| default("unknown".to_owned()));
    let interval = pick(given.interval.clone(), "--interval", "GONOGO_INTERVAL", variable, identity)
        .or_else(|| of_file(file.interval.clone(), "interval"))
        .map(|text| Ok(Setting { value: duration("interval", &text.value)?, origin: text.origin }))
        .transpose()?
        .unwrap_or_else(|| default(Duration::from_secs(5)));
    let data_dir = pick(given.data_dir.clone(), "--data-dir", "GONOGO_DATA_DIR", variable, PathBuf::from)
        .or_else(|| of_file(file.data_dir.as_ref().map(|dir| folder.join(dir)), "data_dir"))
        .or_else(|| folders.map(|folders| default(folders.data_dir().to_owned())))
        .unwrap_or_else(|| default(PathBuf::from("gonogo-data")));
    Ok(Settings {
        file: Setting {
            value: path.as_ref().filter(|_| found).map(|path| path.value.clone()),
            origin: path.map_or(Origin::Default, |path| path.origin),
        },
        telemetry: layers.server(given.telemetry.clone(), Role::Telemetry),
        flags: layers.server(given.flags.clone(), Role::Flags),
        logs: layers.server(given.logs.clone(), Role::Logs),
        elsewhere: elsewhere::telemetry(&file, profile_name.as_ref(), &profile, &environment.value, &folder),
        audit: layers.audit(given.audit.clone()),
        runbook: pick(given.runbook.clone(), "--runbook", "GONOGO_RUNBOOK", variable, PathBuf::from)
            .or_else(|| layers.of_profile(profile.runbook.as_ref().map(|path| folder.join(path)), "runbook")),
        environment,
        candidate: pick(given.candidate.clone(), "--candidate", "GONOGO_CANDIDATE", variable, identity)
            .or_else(|| layers.of_profile(profile.candidate.clone(), "candidate")),
        checkout: pick(given.checkout.clone(), "--checkout", "GONOGO_CHECKOUT", variable, PathBuf::from)
            .or_else(|| layers.of_profile(profile.checkout.as_ref().map(|path| folder.join(path)), "checkout")),
        roles: profile.roles.clone(),
        operator: Setting { value: crate::text::clean(&operator.value), origin: operator.origin },
        theme: pick(given.theme.clone(), "--theme", "GONOGO_THEME", variable, identity)
            .or_else(|| of_file(file.theme.clone(), "theme")),
        ascii: switch(given.ascii, "--ascii", "GONOGO_ASCII", variable)
            .or_else(|| of_file(file.ascii, "ascii"))
            .unwrap_or_else(|| default(false)),
        mouse: switch(given.mouse, "--mouse", "GONOGO_MOUSE", variable)
            .or_else(|| of_file(file.screen.mouse.then_some(true), "screen.mouse"))
            .unwrap_or_else(|| default(false)),
        screen: file.screen.clone(),
        keys: file.keys.clone(),
        palettes: file.own.clone(),
        interval,
        data_dir,
        read_only: switch(given.read_only, "--read-only", "GONOGO_READ_ONLY", variable)
            .or_else(|| layers.of_profile(profile.read_only, "read_only"))
            .unwrap_or_else(|| default(false)),
        notify: layers.notify(),
        profile: profile_name,
    })
}

pub(super) type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(super) struct Layers<'a> {
    pub variable: Variable<'a>,
    pub profile: &'a Profile,
    pub name: Option<&'a Setting<String>>,
    pub folder: &'a Path,
}

impl Layers<'_> {
    fn of_profile<T>(&self, value: Option<T>, key: &str) -> Option<Setting<T>> {
        let name = self.name?;
        value.map(|value| Setting { value, origin: Origin::File(format!("profile {}, {key}", name.value)) })
    }

    fn audit(&self, given: Option<String>) -> Result<Setting<AuditPlace>, Fault> {
        let named = pick(given, "--audit", "GONOGO_AUDIT", self.variable, identity);
        // A password belongs to the database it was given for.
        let source = self.profile.audit.as_ref();
        let source = source.filter(|source| named.as_ref().is_none_or(|named| named.value == source.address));
        let written = named.or_else(|| self.of_profile(source.map(|s| s.address.clone()), "audit.address"));
        let Some(written) = written else { return Ok(default(AuditPlace::File)) };
        if written.value == "file" {
            return Ok(Setting { value: AuditPlace::File, origin: written.origin });
        }
        const PASSWORD: &str = "GONOGO_AUDIT_PASSWORD";
        let set = (self.variable)(PASSWORD).is_some_and(|value| !value.is_empty());
        let password = set
            .then(|| Setting { value: TokenSource::Env(PASSWORD.to_owned()), origin: Origin::Environment(PASSWORD) })
            .or_else(|| self.of_profile(source.and_then(|source| source.password.clone()), "audit.password"));
        let ca_file = source.and_then(|source| source.ca_file.as_ref()).map(|path| self.folder.join(path));
        let address = postgres::Address::parse(&written.value)?;
        let database = Database { address, password, ca_file };
        Ok(Setting { value: AuditPlace::Postgres(Box::new(database)), origin: written.origin })
    }

    fn notify(&self) -> Notify {
        let NotifySource { webhook, headers, command } = self.profile.notify.clone().unwrap_or_default();
        let given = (self.variable)(WEBHOOK).is_some_and(|url| !url.is_empty()).then(|| Setting {
            value: Secret::From(TokenSource::Env(WEBHOOK.to_owned())),
            origin: Origin::Environment(WEBHOOK),
        });
        // As with a source's token: headers belong to the address that they were written for.
        let headers = if given.is_none() { headers } else { Headers::new() };
        let webhook = given.or_else(|| self.of_profile(webhook.map(Secret::From), "notify.webhook"));
        Notify { webhook, headers, command: self.of_profile(command, "notify.command") }
    }

    pub fn server(&self, given: Option<String>, role: Role) -> Result<Option<Server>, Fault> {
        let (key, option, variable, token, source) = match role {
            Role::Telemetry => {
                let source = &self.profile.telemetry;
                ("telemetry", "--telemetry", "GONOGO_TELEMETRY", "GONOGO_TELEMETRY_TOKEN", source)
            }
            Role::Flags => ("flags", "--flags", "GONOGO_FLAGS", "GONOGO_FLAGS_TOKEN", &self.profile.flags),
            Role::Logs => ("logs", "--logs", "GONOGO_LOGS", "GONOGO_LOGS_TOKEN", &self.profile.logs),
        };
        let named = pick(given, option, variable, self.variable, identity);
        // A token belongs to the server it was given for: an address from elsewhere does not get the profile's.
        let source = source.clone().filter(|source| named.as_ref().is_none_or(|named| named.value == source.address));
        let written =
            named.or_else(|| self.of_profile(source.as_ref().map(|s| s.address.clone()), &format!("{key}.address")));
        let Some(written) = written else { return Ok(None) };
        let address = Setting { value: Address::parse(&written.value, role)?, origin: written.origin };
        let Source { token: source_token, user, headers, ca_file, timeout, project, .. } = source.unwrap_or_default();
        let token_set = (self.variable)(token).is_some_and(|value| !value.is_empty());
        let token = token_set
            .then(|| Setting { value: TokenSource::Env(token.to_owned()), origin: Origin::Environment(token) })
            .or_else(|| self.of_profile(source_token, &format!("{key}.token")));
        let timeout = timeout.map(|text| duration(&format!("{key}.timeout"), &text)).transpose()?;
        Ok(Some(Server {
            address,
            token,
            user,
            headers,
            ca_file: ca_file.map(|path| self.folder.join(path)),
            timeout: timeout.unwrap_or(TIMEOUT),
            project: self
                .of_profile(project, &format!("{key}.project"))
                .unwrap_or_else(|| default("default".to_owned())),
        }))
    }
}

fn profile(given: &Given, variable: Variable<'_>, file: &File) -> Result<(Option<Setting<String>>, Profile), Fault> {
    let name = pick(given.profile.clone(), "--profile", "GONOGO_PROFILE", variable, identity)
        .or_else(|| of_file(file.profile.clone(), "profile"));
    let Some(name) = name else { return Ok((None, Profile::default())) };
    match file.profiles.get(&name.value) {
        Some(profile) => Ok((Some(name), profile.clone())),
        None if given.without_file => Ok((None, Profile::default())),
        None => {
            let known: Vec<&str> = file.profiles.keys().map(String::as_str).collect();
            let next = match known.is_empty() {
                true => "write it into the configuration file; it has no profile yet".to_owned(),
                false => format!("name one of {}", known.join(", ")),
            };
            Err(Fault::new(FaultKind::Configuration, format!("there is no profile {:?}", name.value), next))
        }
    }
}

fn pick<T>(
    given: Option<T>,
    option: &'static str,
    variable: &'static str,
    lookup: Variable<'_>,
    read: impl Fn(String) -> T,
) -> Option<Setting<T>> {
    if let Some(value) = given {
        return Some(Setting { value, origin: Origin::CommandLine(option) });
    }
    let value = lookup(variable).filter(|value| !value.is_empty())?;
    Some(Setting { value: read(value), origin: Origin::Environment(variable) })
}

fn switch(given: bool, option: &'static str, variable: &'static str, lookup: Variable<'_>) -> Option<Setting<bool>> {
    // "0" and "false" say no; whatever else is set says yes: the careful reading of GONOGO_READ_ONLY.
    pick(given.then_some(true), option, variable, lookup, |text| !matches!(text.as_str(), "0" | "false" | "no"))
}

fn of_file<T>(value: Option<T>, key: &str) -> Option<Setting<T>> {
    value.map(|value| Setting { value, origin: Origin::File(key.to_owned()) })
}

fn default<T>(value: T) -> Setting<T> {
    Setting { value, origin: Origin::Default }
}

fn identity(text: String) -> String {
    text
}

fn duration(key: &str, text: &str) -> Result<Duration, Fault> {
    match humantime::parse_duration(text) {
        Ok(value) if value >= Duration::from_millis(100) => Ok(value),
        _ => Err(Fault::new(
            FaultKind::Configuration,
            format!("{key} {text:?} is no duration of at least 100ms"),
            "write it like 5s or 1m 30s",
        )),
    }
}

/// A name that becomes part of a path.
fn check_name(what: &str, name: &str) -> Result<(), Fault> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && !name.starts_with('.') && name.chars().all(plain) {
        return Ok(());
    }
    Err(Fault::new(
        FaultKind::Configuration,
        format!("the {what} {name:?} is no name"),
        "use letters, digits, '-', '_' and '.'",
    ))
}
