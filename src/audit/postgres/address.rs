//! Addresses of databases: `postgres://USER@HOST:PORT/DATABASE`, `postgres:///DATABASE?host=/SOCKETS`.

use std::{net::IpAddr, str::FromStr};

use tokio_postgres::config::{Host, SslMode};

use crate::fault::{Fault, FaultKind};

/// Where a database is and as whom it is asked. Never with a password: that comes from elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Address {
    text: String,
    config: tokio_postgres::Config,
}

impl Address {
    /// Reads an address. Where it does not say `sslmode`, TLS is required, unless the server is on this machine.
    ///
    /// # Errors
    /// [`FaultKind::Configuration`] for what is none. The text is not repeated: it may hold a password.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(bad("is neither `file` nor the address of a PostgreSQL database"));
        }
        // What only other programs know: certificates are always checked here.
        let known = text.replace("sslmode=verify-full", "sslmode=require");
        let mut config =
            tokio_postgres::Config::from_str(&known).map_err(|_| bad("is no address of a PostgreSQL database"))?;
        if config.get_password().is_some() {
            let what = "--audit has a password in its address, where others can see it";
            let next = "take it out; give it as GONOGO_AUDIT_PASSWORD, or as `password` of `audit` in a profile";
            return Err(Fault::new(FaultKind::Configuration, what, next));
        }
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(bad("names no database"));
        }
        match (config.get_hosts(), config.get_hostaddrs()) {
            ([_], []) => {}
            ([], []) => return Err(bad("names no host")),
            // A log that is in two places is two logs.
            _ => return Err(bad("names more than one host")),
        }
        let here = match &config.get_hosts()[0] {
            Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        if !text.contains("sslmode=") {
            config.ssl_mode(if here { SslMode::Disable } else { SslMode::Require });
        }
        Ok(Self { text: text.to_owned(), config })
    }

    pub(super) fn config(&self) -> &tokio_postgres::Config {
        &self.config
    }

    /// Where it is: `postgres://HOST:PORT/DATABASE`. Names no user and no option.
    pub fn place(&self) -> String {
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let database = self.config.get_dbname().unwrap_or_default();
        let place = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) if host.contains(':') => format!("postgres://[{host}]:{port}/{database}"),
            Some(Host::Tcp(host)) => format!("postgres://{host}:{port}/{database}"),
            #[cfg(unix)]
            Some(Host::Unix(folder)) => format!("postgres:///{database}?host={}&port={port}", folder.display()),
            None => format!("postgres:///{database}"),
        };
        crate::text::clean(&place)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn bad(why: &str) -> Fault {
    let example =
        "write it like postgres://gonogo@db.example:5432/rollouts or postgres:///rollouts?host=/run/postgresql";
    Fault::new(FaultKind::Configuration, format!("--audit {why}"), example)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_its_place_names_nobody() {
        for (text, place, mode) in [
            ("postgres://ann@db.example:5433/rollouts", "postgres://db.example:5433/rollouts", SslMode::Require),
            ("postgresql://ann@127.0.0.1/r", "postgres://127.0.0.1:5432/r", SslMode::Disable),
            ("postgres://ann@localhost/r?sslmode=verify-full", "postgres://localhost:5432/r", SslMode::Require),
            ("postgres://ann@db.example/r?sslmode=prefer", "postgres://db.example:5432/r", SslMode::Prefer),
            ("postgres:///r?host=/run/pg", "postgres:///r?host=/run/pg&port=5432", SslMode::Disable),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.place().as_str(), address.config.get_ssl_mode()), (place, mode), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_and_not_repeated() {
        for text in [
            "postgres://ann:hunter2@h/d",
            "postgres://ann@h/d?password=hunter2",
            "postgres://ann:hunter2@h:port/d",
            "postgres://ann@h/d?hunter2",
            "mysql://ann:hunter2@h/d",
            "postgres://ann@h,hunter2/d",
            "postgres://hunter2@h",
            "postgres:///hunter2",
            "host=h password=hunter2",
        ] {
            let fault = Address::parse(text).unwrap_err();
            assert_eq!(fault.kind, FaultKind::Configuration, "{text}");
            assert!(!fault.to_string().contains("hunter2"), "{fault}");
        }
    }
}
