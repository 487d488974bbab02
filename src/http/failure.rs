//! What went wrong between here and a server, in one clear sentence.

use std::{error::Error, io};

use reqwest::{Response, StatusCode};
use rustls::CertificateError;

use super::{Auth, Http, secrets};
use crate::{
    fault::{Fault, FaultKind},
    text::clean,
};

/// A server's own message is cut to this many characters.
const MESSAGE: usize = 200;

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

    /// An answer that is not a 2xx.
    pub(super) async fn refused(&self, response: Response) -> Fault {
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
        self.fault(kind, what, next)
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

/// A body that is not the JSON that was expected. Nothing of its content is repeated.
pub(super) fn not_json(server: &str, body: &[u8], error: &serde_json::Error) -> Fault {
    let what = if body.trim_ascii().is_empty() {
        "with an empty body instead of JSON".to_owned()
    } else if is_html(body) {
        "with an HTML page instead of JSON".to_owned()
    } else if error.is_eof() {
        format!("with JSON that is cut off after {} bytes", body.len())
    } else if error.is_data() {
        format!("with JSON of another shape than expected: {}", expectation(error))
    } else {
        format!("with something that is not JSON (line {}, column {})", error.line(), error.column())
    };
    Fault::new(
        FaultKind::Malformed,
        format!("{server} answered {what}"),
        "check that the address is the API's own, and that no log-in page is in between",
    )
}

/// What serde expected, without the value that it found.
fn expectation(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {}", shorten(expected)),
        None if text.starts_with("missing field") => shorten(&text),
        None => format!("line {}, column {}", error.line(), error.column()),
    }
}

/// A server's own words in the body of an error, on one line.
fn message(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if is_html(body) {
        return Some("an HTML page".to_owned());
    }
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else {
        return text.lines().find(|line| !line.trim().is_empty()).map(|line| shorten(line.trim()));
    };
    let words = |value: &serde_json::Value| value.as_str().filter(|s| !s.trim().is_empty()).map(str::to_owned);
    let detail = json.pointer("/details/0/message").and_then(words);
    let main = ["/error", "/message", "/error/message", "/error_description", "/errors/0/message"]
        .iter()
        .find_map(|path| json.pointer(path).and_then(words));
    let text = match (main, detail) {
        (Some(main), Some(detail)) if main != detail => format!("{main}; {detail}"),
        (Some(only), _) | (None, Some(only)) => only,
        (None, None) => return None,
    };
    Some(shorten(&text))
}

fn is_html(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    start.first() == Some(&b'<')
}

fn shorten(text: &str) -> String {
    let text = clean(text);
    match text.char_indices().nth(MESSAGE) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_own_words_are_found_wherever_it_puts_them() {
        for (body, expected) in [
            (r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#, Some("parse error")),
            (
                r#"{"name":"X","message":"no","details":[{"message":"rollout must be <= 100"}]}"#,
                Some("no; rollout must be <= 100"),
            ),
            (r#"{"error":{"message":"inner"}}"#, Some("inner")),
            ("404 page not found\n", Some("404 page not found")),
            ("\n<!doctype html><title>x</title>", Some("an HTML page")),
            ("first\u{1b}[2J line\nsecond", Some("first[2J line")),
            ("{}", None),
            ("  ", None),
        ] {
            assert_eq!(message(body.as_bytes()).as_deref(), expected, "{body}");
        }
        assert_eq!(message("é".repeat(300).as_bytes()).map(|text| text.chars().count()), Some(MESSAGE + 1));
    }

    #[test]
    fn what_serde_found_is_not_repeated() {
        let error = serde_json::from_str::<Vec<u8>>(r#"{"token":"hunter22"}"#).unwrap_err();
        let fault = not_json("prometheus", b"{}", &error);
        assert!(!fault.to_string().contains("hunter22"), "{fault}");
        let error = serde_json::from_str::<u8>(r#""hunter22, expected hunter22""#).unwrap_err();
        assert!(!not_json("prometheus", b"{}", &error).to_string().contains("hunter22"));
    }
}
