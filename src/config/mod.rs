//! The operator's configuration: profiles, addresses, where tokens come from; and where each value came from.
//!
//! Precedence: command line > environment > file > default.

mod address;
mod at_hand;
mod audit;
mod elsewhere;
mod file;
mod palette;
mod resolve;
mod screen;
mod secret;
mod show;

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

pub use address::{Address, Role};
pub use at_hand::AtHand;
pub use audit::{AuditPlace, AuditSource, Database};
pub use file::{File, Headers, NotifySource, Profile, Source, parse, read};
pub use palette::{Block, Palette, Written};
pub use resolve::{Given, resolve};
pub use screen::{Alerts, Colours, KeyNames, Keys, Links, Screen, ThemeName, Zone};
use secrecy::SecretString;
pub use secret::{Secret, TokenSource};
pub use show::{Line, lines, show};

use crate::{
    colour::Rgb,
    fault::{Fault, FaultKind},
    http::{Auth, Endpoint},
};

/// Largest answer that is read from a server.
const BODY_LIMIT: usize = 64 << 20;

/// How long one request may take where nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line: `--telemetry`.
    CommandLine(&'static str),
    /// A variable of the environment.
    Environment(&'static str),
    /// The configuration file; which part of it.
    File(String),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine(option) => f.write_str(option),
            Self::Environment(variable) => write!(f, "env {variable}"),
            Self::File(part) => write!(f, "file, {part}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value that remembers where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// How one server is reached.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where it is.
    pub address: Setting<Address>,
    /// The token, if there is one.
    pub token: Option<Setting<TokenSource>>,
    /// User of basic authentication; the token is its password.
    pub user: Option<String>,
    /// Further headers.
    pub headers: Headers,
    /// The only certificate authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// How long one request may take.
    pub timeout: Duration,
    /// The Unleash project.
    pub project: Setting<String>,
}

impl Server {
    /// The endpoint, its token fetched. May read a file or run a command: never before the first frame.
    ///
    /// # Errors
    /// When a token cannot be had.
    pub fn endpoint(&self) -> Result<Endpoint, Fault> {
        let address = &self.address.value;
        let Some(base) = address.base() else {
            let what = format!("{address} is a file, not a server");
            return Err(Fault::new(FaultKind::Configuration, what, "name a server"));
        };
        let token = self.token.as_ref().map(|token| token.value.fetch()).transpose()?;
        let auth = match (token, &self.user, address) {
            (Some(password), Some(user), _) => Auth::Basic { user: user.clone(), password },
            (Some(token), None, Address::Unleash(_)) => Auth::Verbatim(token),
            (Some(token), None, _) => Auth::Bearer(token),
            (None, ..) => Auth::None,
        };
        let headers: Result<Vec<(String, SecretString)>, Fault> =
            self.headers.iter().map(|(name, value)| Ok((name.clone(), value.fetch()?))).collect();
        Ok(Endpoint {
            name: address.name().to_owned(),
            base: base.to_owned(),
            auth,
            headers: headers?,
            ca_file: self.ca_file.clone(),
            timeout: self.timeout,
            body_limit: BODY_LIMIT,
        })
    }
}

/// Who is told by a guard.
#[derive(Debug, Default)]
pub struct Notify {
    /// The URL that is posted to; it may hold a secret.
    pub webhook: Option<Setting<Secret>>,
    /// Further headers of the post.
    pub headers: Headers,
    /// A program and its arguments.
    pub command: Option<Setting<Vec<String>>>,
}

/// Everything that is in force.
#[derive(Debug)]
pub struct Settings {
    /// The configuration file and whether it is there.
    pub file: Setting<Option<PathBuf>>,
    /// The profile, if one is used.
    pub profile: Option<Setting<String>>,
    /// Where telemetry is read. A bad address is a fault of telemetry alone.
    pub telemetry: Result<Option<Server>, Fault>,
    /// Where the flag is.
    pub flags: Result<Option<Server>, Fault>,
    /// Where logs are read.
    pub logs: Result<Option<Server>, Fault>,
    /// Where telemetry of other environments is read, by environment: as the profiles of the file say.
    pub elsewhere: BTreeMap<String, Result<Server, Fault>>,
    /// Where the audit log is. A bad address is a fault of the log alone.
    pub audit: Result<Setting<AuditPlace>, Fault>,
    /// The runbook's file; without one, the built-in runbook.
    pub runbook: Option<Setting<PathBuf>>,
    /// Where: `production`.
    pub environment: Setting<String>,
    /// The commit under rollout: a SHA or another name of a commit, or `git` for what the checkout has checked out.
    pub candidate: Option<Setting<String>>,
    /// The product's checkout: where the automated gate runs, and where names of commits are looked up.
    pub checkout: Option<Setting<PathBuf>>,
    /// Who has which role, by role key.
    pub roles: BTreeMap<String, String>,
    /// Who acts.
    pub operator: Setting<String>,
    /// Colours of the screen, if somebody chose.
    pub theme: Option<Setting<String>>,
    /// Whether the screen is drawn with ASCII only.
    pub ascii: Setting<bool>,
    /// Whether the mouse is taken from the terminal.
    pub mouse: Setting<bool>,
    /// How the screen behaves.
    pub screen: Screen,
    /// Which key does what, where it is not as the table says.
    pub keys: Keys,
    /// Colours of the operator's own, by name.
    pub palettes: BTreeMap<String, Palette<Rgb>>,
    /// Time between polls.
    pub interval: Setting<Duration>,
    /// Where state is kept.
    pub data_dir: Setting<PathBuf>,
    /// Whether nothing may be changed.
    pub read_only: Setting<bool>,
    /// Who is told by a guard.
    pub notify: Notify,
}
