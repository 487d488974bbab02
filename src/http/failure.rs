//! What went wrong between here and a server, in one clear sentence.

use std::{error::Error, io, time::Duration};

use reqwest::{Response, StatusCode};
use rustls::CertificateError;

use super::{
    Auth, Http, secrets,
    words::{message, shorten},
};
use crate::fault::{Fault, FaultKind};

impl Http {
    fn fault(&self, kind: FaultKind, what: impl AsRef<str>, next: &str) -> Fault {
        let endpoint = &self.endpoint;
        // Not the address: it was stripped of credentials, and must read the same in every message.
        let what = secrets::scrubbed(endpoint, what.as_ref());
        Fault::new(kind, format!("{} at {} {what}", endpoint.name, endpoint.base), next)
    }

    /// No answer came.
    pub(super) fn unanswered(&self, error: &reqwest::Error) -> Fault {
        let limit = self.endpoint.timeout;
        if let Some(fault) = self.untrusted(error) {
            return fault;
        }
        if error.is_timeout() && error.is_connect() {
            return self.fault(
                FaultKind::Unreachable,
                "could not be reached in time",
                "check the address, and that no firewall is in between",
            );
        }
        if error.is_timeout() {
            return self.fault(
                FaultKind::Timeout,
                format!("did not answer within {limit:?}"),
                "check that it is up and not overloaded",
            );
        }
        if error.is_connect() {
            let causes = causes(error);
            if causes.iter().any(|cause| cause.to_string().contains("dns error")) {
                let host = self.base.host_str().unwrap_or_default();
                return self.fault(
                    FaultKind::Unreachable,
                    format!("could not be reached: the host {host} is not known"),
                    "check the spelling of the address, and the name service",
                );
            }
            let refused = causes
                .iter()
                .filter_map(|cause| cause.downcast_ref::<io::Error>())
                .any(|cause| cause.kind() == io::ErrorKind::ConnectionRefused);
            return if refused {
                self.fault(
                    FaultKind::Unreachable,
                    "refused the connection",
                    "check that it runs and that the address is right",
                )
            } else {
                self.fault(
                    FaultKind::Unreachable,
                    format!("could not be reached: {}", deepest(error)),
                    "check that it runs and that the address is right",
                )
            };
        }
        if error.is_builder() {
            return self.fault(FaultKind::Configuration, "could not be asked: the request is invalid", "check names");
        }
        self.fault(
            FaultKind::Malformed,
            format!("closed the connection without an HTTP answer ({})", deepest(error)),
            "check that the address is the API's own, and http or https as the server has it",
        )
    }

    /// An answer began and did not end.
    pub(super) fn broken_off(&self, error: &reqwest::Error, read: usize) -> Fault {
        if error.is_timeout() {
            return self.fault(
                FaultKind::Timeout,
                format!("stopped in the middle of its answer: {read} bytes within {:?}", self.endpoint.timeout),
                "check that it is up and not overloaded",
            );
        }
        self.fault(
            FaultKind::Malformed,
            format!("broke its answer off after {read} bytes"),
            "try again, and check what stands between here and the server",
        )
    }

    pub(super) fn too_large(&self) -> Fault {
        let limit = match self.endpoint.body_limit {
            bytes if bytes >= 1 << 20 => format!("{} MB", bytes >> 20),
            bytes => format!("{bytes} bytes"),
        };
        self.fault(
            FaultKind::TooLarge,
            format!("answered with more than {limit}"),
            "narrow what is asked for: selectors, window",
        )
    }

    /// An answer that is not a 2xx; `wait` is after how long the server wants to be asked again, where it said so.
    pub(super) async fn refused(&self, response: Response, wait: Option<Duration>) -> Fault {
        let status = response.status();
        if status.is_redirection() {
            let location = response.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
            return self.fault(
                FaultKind::Malformed,
                format!("redirects to {:?} instead of answering", shorten(&super::shown(location))),
                "give the API's own address and a token, not a log-in page's",
            );
        }
        let message = message(&Self::excerpt(response).await).map(|text| secrets::scrubbed(&self.endpoint, &text));
        let said = message.map_or_else(String::new, |text| format!(": {text}"));
        let (kind, what, next) = match status {
            StatusCode::UNAUTHORIZED if matches!(self.endpoint.auth, Auth::None) => (
                FaultKind::Unauthorized,
                format!("wants a token, and none was given (401{said})"),
                "give a valid token",
            ),
            StatusCode::UNAUTHORIZED => (
                FaultKind::Unauthorized,
                format!("does not accept the token (401{said})"),
                "give a valid token; this one may be wrong or expired",
            ),
            StatusCode::FORBIDDEN => (
                FaultKind::Forbidden,
                format!("does not allow this token to do this (403{said})"),
                "give a token that may",
            ),
            StatusCode::NOT_FOUND => (
                FaultKind::NotFound,
                format!("does not know what was asked for (404{said})"),
                "check the address, its path and the names",
            ),
            StatusCode::TOO_MANY_REQUESTS => {
                (FaultKind::Server, format!("is asked too often (429{said})"), "poll less often")
            }
            status if status.is_server_error() => {
                (FaultKind::Server, format!("failed ({}{said})", status.as_u16()), "look at the server's log")
            }
            status => (
                FaultKind::Server,
                format!("refused the request ({}{said})", status.as_u16()),
                "check the runbook and the configuration against what the server says",
            ),
        };
        match wait.filter(|wait| !wait.is_zero()) {
            Some(wait) => self.fault(kind, what, &format!("wait {}, then ask again", humantime::format_duration(wait))),
            None => self.fault(kind, what, next),
        }
    }

    /// The fault for a certificate or handshake that failed, if that is what it was.
    fn untrusted(&self, error: &reqwest::Error) -> Option<Fault> {
        let tls = causes(error).into_iter().find_map(|cause| cause.downcast_ref::<rustls::Error>())?;
        let host = self.base.host_str().unwrap_or_default();
        let (what, next) = match tls {
            rustls::Error::InvalidCertificate(certificate) => match certificate {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
                    "has an expired certificate".to_owned(),
                    "renew the server's certificate, and check the clock here",
                ),
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    ("has a certificate that is not valid yet".to_owned(), "check the clock here and on the server")
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
                    format!("has a certificate that is not for {host}"),
                    "use the name that the certificate was made for",
                ),
                // A bad signature: an authority of the same name as the trusted one, with another key.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => (
                    "has a certificate of an issuer that is not trusted here".to_owned(),
                    "name its certificate authority as the CA file",
                ),
                CertificateError::Revoked => ("has a revoked certificate".to_owned(), "renew the server's certificate"),
                other => (format!("has a certificate that is not accepted: {other}"), "check the server's certificate"),
            },
            rustls::Error::InvalidMessage(_) => {
                ("does not speak TLS there".to_owned(), "check the port, and whether it is http instead of https")
            }
            other => (format!("did not agree on a TLS connection: {other}"), "check the server's TLS settings"),
        };
        Some(self.fault(FaultKind::Tls, what, next))
    }
}

/// The innermost cause, in its own words.
pub(super) fn deepest(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map_or_else(|| error.to_string(), |cause| cause.to_string())
}

/// An error and what caused it, the cause last. An `io::Error` hides the error inside it from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut chain = vec![error];
    let mut present = error;
    while chain.len() < 32 {
        let inner = present.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let next: Option<&'a (dyn Error + 'static)> = match inner {
            Some(inner) => Some(inner),
            None => present.source(),
        };
        let Some(next) = next else { break };
        chain.push(next);
        present = next;
    }
    chain
}
