//! Secrets that are known without running anything: what is kept or shown holds none of them.

use secrecy::ExposeSecret;

use super::{AuditPlace, Secret, Server, Settings, TokenSource};

/// Where the profile's tokens and secret headers come from, those of a command left out. Nothing is read yet.
#[derive(Debug, Clone, Default)]
pub struct AtHand(Vec<TokenSource>);

impl AtHand {
    /// Those of all servers, here and in other environments, and the audit log's password.
    pub fn of(settings: &Settings) -> Self {
        let here = [&settings.telemetry, &settings.flags, &settings.logs].into_iter();
        let here = here.filter_map(|server| server.as_ref().ok()?.as_ref());
        let elsewhere = settings.elsewhere.values().filter_map(|server| server.as_ref().ok());
        let database = settings.audit.as_ref().ok().and_then(|audit| match &audit.value {
            AuditPlace::Postgres(database) => database.password.as_ref(),
            AuditPlace::File => None,
        });
        let sources = here.chain(elsewhere).flat_map(sources);
        sources.chain(database.map(|password| &password.value)).cloned().collect()
    }

    /// Their values; one that cannot be had is left out. May read files.
    pub fn values(&self) -> Vec<String> {
        let value = |source: &TokenSource| Some(source.fetch().ok()?.expose_secret().to_owned());
        self.0.iter().filter_map(value).collect()
    }
}

impl FromIterator<TokenSource> for AtHand {
    fn from_iter<T: IntoIterator<Item = TokenSource>>(sources: T) -> Self {
        // A program that prints one may ask somebody for a finger: it is not run for this.
        Self(sources.into_iter().filter(|source| !matches!(source, TokenSource::Command(_))).collect())
    }
}

fn sources(server: &Server) -> impl Iterator<Item = &TokenSource> {
    let headers = server.headers.values().filter_map(|value| match value {
        Secret::From(source) => Some(source),
        Secret::Plain(_) => None,
    });
    server.token.iter().map(|token| &token.value).chain(headers)
}
