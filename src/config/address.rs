//! Addresses of sources: `prometheus+http://HOST:PORT`, `events:PATH`, `unleash+http://HOST:PORT`, `flagd:PATH`,
//! `loki+http://HOST:PORT`.

use std::{fmt, path::PathBuf};

use crate::fault::{Fault, FaultKind};

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Telemetry.
    Telemetry,
    /// The flag store.
    Flags,
    /// Logs.
    Logs,
}

impl Role {
    fn option(self) -> &'static str {
        match self {
            Self::Telemetry => "--telemetry",
            Self::Flags => "--flags",
            Self::Logs => "--logs",
        }
    }

    fn examples(self) -> &'static str {
        match self {
            Self::Telemetry => "prometheus+http://127.0.0.1:9090 or events:/var/log/uploads.ndjson",
            Self::Flags => "unleash+http://127.0.0.1:4242 or flagd:/etc/flagd/flags.json",
            Self::Logs => "loki+http://127.0.0.1:3100",
        }
    }
}

/// Where a source is. No credentials: those of a URL are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Prometheus HTTP API.
    Prometheus(String),
    /// A file or folder of event records.
    Events(PathBuf),
    /// An Unleash server.
    Unleash(String),
    /// A flagd file.
    Flagd(PathBuf),
    /// A Loki server.
    Loki(String),
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// With an example of one, where it is none for this role.
    pub fn parse(text: &str, role: Role) -> Result<Self, Fault> {
        let (kind, rest) = text.split_once([':', '+']).unwrap_or((text, ""));
        match (role, kind, text.as_bytes().get(kind.len())) {
            (Role::Telemetry, "events", Some(b':')) if !rest.is_empty() => Ok(Self::Events(rest.into())),
            (Role::Flags, "flagd", Some(b':')) if !rest.is_empty() => Ok(Self::Flagd(rest.into())),
            (Role::Telemetry, "prometheus", Some(b'+')) => url(rest, role).map(Self::Prometheus),
            (Role::Flags, "unleash", Some(b'+')) => url(rest, role).map(Self::Unleash),
            (Role::Logs, "loki", Some(b'+')) => url(rest, role).map(Self::Loki),
            // The text may hold a password: it is not repeated.
            _ if text.contains('@') => Err(bad(role, "is no address of a source that gonogo knows")),
            _ => Err(bad(role, &format!("{text:?} is no address of a source that gonogo knows"))),
        }
    }

    /// The short name of its kind.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Prometheus(_) => "prometheus",
            Self::Events(_) => "events",
            Self::Unleash(_) => "unleash",
            Self::Flagd(_) => "flagd",
            Self::Loki(_) => "loki",
        }
    }

    /// The URL, where it is a server.
    pub fn base(&self) -> Option<&str> {
        match self {
            Self::Prometheus(base) | Self::Unleash(base) | Self::Loki(base) => Some(base),
            Self::Events(_) | Self::Flagd(_) => None,
        }
    }

    /// What the header shows: the URL or the path.
    pub fn place(&self) -> String {
        match self {
            Self::Prometheus(base) | Self::Unleash(base) | Self::Loki(base) => base.clone(),
            Self::Events(path) | Self::Flagd(path) => path.display().to_string(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joint = if self.base().is_some() { '+' } else { ':' };
        write!(f, "{}{joint}{}", self.name(), crate::text::clean(&self.place()))
    }
}

fn url(text: &str, role: Role) -> Result<String, Fault> {
    let Ok(url) = reqwest::Url::parse(text) else {
        return Err(bad(role, "holds no valid URL"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        let next = "take the credentials out of the URL; give them as GONOGO_TELEMETRY_TOKEN, GONOGO_FLAGS_TOKEN or \
                    GONOGO_LOGS_TOKEN, or as token and user of a profile";
        let what = format!("{} has credentials in its URL, where others can see them", role.option());
        return Err(Fault::new(FaultKind::Configuration, what, next));
    }
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad(role, "must be of http or https"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad(role, "must have no query and no fragment"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn bad(role: Role, why: &str) -> Fault {
    let what = format!("{} {why}", role.option());
    Fault::new(FaultKind::Configuration, what, format!("write it like {}", role.examples()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_alike() {
        for (role, text) in [
            (Role::Telemetry, "prometheus+http://127.0.0.1:9090"),
            (Role::Telemetry, "prometheus+https://mimir.example/prometheus"),
            (Role::Telemetry, "events:/var/log/uploads"),
            (Role::Flags, "unleash+https://unleash.example"),
            (Role::Flags, "flagd:flags.json"),
            (Role::Logs, "loki+https://logs.example"),
        ] {
            assert_eq!(Address::parse(text, role).unwrap().to_string(), text);
        }
        let slash = Address::parse("unleash+http://h:1/", Role::Flags).unwrap();
        assert_eq!(slash.base(), Some("http://h:1"));
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in ["", "http://h", "prometheus://h", "prometheus:http://h", "events:", "events+x", "flagd:x"] {
            let fault = Address::parse(text, Role::Telemetry).unwrap_err();
            assert!(fault.next.contains("prometheus+http://127.0.0.1:9090"), "{text}: {fault}");
        }
        for text in ["prometheus+ftp://h", "prometheus+http://", "prometheus+h:1", "prometheus+http://h/?q=1"] {
            assert!(Address::parse(text, Role::Telemetry).is_err(), "{text}");
        }
        assert!(Address::parse("events:x", Role::Flags).is_err());
    }

    #[test]
    fn credentials_in_a_url_are_refused_and_not_repeated() {
        for text in ["prometheus+http://ann:hunter2@h:1", "http://ann:hunter2@h", "prometheus+nonsense:hunter2@h"] {
            let fault = Address::parse(text, Role::Telemetry).unwrap_err();
            assert!(!fault.to_string().contains("hunter2"), "{fault}");
        }
    }
}
