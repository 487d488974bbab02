//! What went wrong with something outside gonogo, in words for a person and in a kind for a caller.

use serde::{Deserialize, Serialize};

/// The class of a [`Fault`]: what a caller decides on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// No token, or one that the server does not know (401).
    Unauthorized,
    /// The token is known and may not do this (403).
    Forbidden,
    /// The thing is not there (404). Some servers also say so while their database is down.
    NotFound,
    /// The connection could not be made: refused, no route, no such host.
    Unreachable,
    /// The certificate was not accepted: expired, unknown issuer, another host's.
    Tls,
    /// No answer within the time allowed.
    Timeout,
    /// The server answered that it failed (5xx), or refused the request (other 4xx).
    Server,
    /// The answer is not what the protocol says: HTML, cut off, wrong shape.
    Malformed,
    /// The answer is larger than gonogo is willing to read.
    TooLarge,
    /// It is not what it was when the operator saw it.
    Changed,
    /// gonogo will not do this, because it could expose people by accident.
    Hazard,
    /// A file could not be read or written.
    File,
    /// What was asked does not fit the configuration or the runbook.
    Configuration,
}

/// One failure: what failed, on what, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{what}; {next}")]
pub struct Fault {
    /// The class, for the caller's decision.
    pub kind: FaultKind,
    /// What failed and on what, one clause, no secret in it: `prometheus at 127.0.0.1:9090 refused the connection`.
    pub what: String,
    /// The next step for a person: `check that it runs and that the address is right`.
    pub next: String,
}

impl Fault {
    /// A fault in words. Control sequences in either text are removed.
    pub fn new(kind: FaultKind, what: impl AsRef<str>, next: impl AsRef<str>) -> Self {
        Self { kind, what: crate::text::clean(what.as_ref()), next: crate::text::clean(next.as_ref()) }
    }
}
