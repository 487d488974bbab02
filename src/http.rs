//! HTTP as every adapter needs it: authenticated, bounded in time and size, with failures in words.

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::fault::{Fault, FaultKind};

/// How a server knows us.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// It does not.
    #[default]
    None,
    /// `Authorization: Bearer TOKEN`.
    Bearer(SecretString),
    /// `Authorization: Basic ...`.
    Basic {
        /// User, or tenant id.
        user: String,
        /// Password, or token.
        password: SecretString,
    },
    /// `Authorization: TOKEN`, as Unleash has it.
    Verbatim(SecretString),
}

/// A server and how to talk to it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// What it is called in messages: `prometheus`, `unleash`.
    pub name: String,
    /// `http://HOST:PORT/PATH`, no trailing slash needed, no credentials.
    pub base: String,
    /// How it knows us.
    pub auth: Auth,
    /// Further headers, such as a tenant.
    pub headers: Vec<(String, SecretString)>,
    /// PEM file with the only certificate authorities to trust, instead of the platform's.
    pub ca_file: Option<PathBuf>,
    /// How long one request may take, its answer included.
    pub timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub body_limit: usize,
}

/// A client for one endpoint. Making one reads certificates and takes milliseconds: never before the first frame.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    endpoint: Endpoint,
}

/// What is sent beside method and path.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// Nothing.
    None,
    /// A URL-encoded form.
    Form(&'a [(&'a str, String)]),
    /// JSON.
    Json(&'a serde_json::Value),
}

/// An answer with a 2xx status, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The body.
    pub body: Vec<u8>,
    /// The server's `Date`, whole seconds.
    pub date: Option<DateTime<Utc>>,
    /// From the request to the last byte.
    pub latency: TimeDelta,
}

impl Http {
    /// A client for `endpoint`.
    ///
    /// # Errors
    /// [`FaultKind::Configuration`] for an address that is none, [`FaultKind::File`] for a CA file that cannot be read.
    pub fn new(endpoint: Endpoint) -> Result<Self, Fault> {
        // A second call finds the provider installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder =
            reqwest::Client::builder().timeout(endpoint.timeout).redirect(reqwest::redirect::Policy::none());
        if let Some(path) = &endpoint.ca_file {
            let unreadable = |why: String| {
                Fault::new(
                    FaultKind::File,
                    format!("the CA file {} of {} cannot be used: {why}", path.display(), endpoint.name),
                    "name a PEM file with the certificate authority that signed the server's certificate",
                )
            };
            let pem = std::fs::read(path).map_err(|e| unreadable(e.to_string()))?;
            let roots = reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| unreadable(e.to_string()))?;
            builder = builder.tls_certs_only(roots);
        }
        let client = builder.build().map_err(|e| {
            Fault::new(
                FaultKind::Configuration,
                format!("no client could be made for {}: {e}", endpoint.name),
                "check its address and CA file",
            )
        })?;
        Ok(Self { client, endpoint })
    }

    /// The endpoint it talks to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends one request and reads its answer whole.
    ///
    /// # Errors
    /// A [`Fault`] for everything but a 2xx answer within time and size.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Body<'_>,
    ) -> Result<Answer, Fault> {
        let began = std::time::Instant::now();
        let url = format!("{}/{}", self.endpoint.base.trim_end_matches('/'), path.trim_start_matches('/'));
        let mut request = self.client.request(method, &url).query(query);
        request = match &self.endpoint.auth {
            Auth::None => request,
            Auth::Bearer(token) => request.bearer_auth(token.expose_secret()),
            Auth::Basic { user, password } => request.basic_auth(user, Some(password.expose_secret())),
            Auth::Verbatim(token) => request.header("authorization", token.expose_secret()),
        };
        for (name, value) in &self.endpoint.headers {
            request = request.header(name, value.expose_secret());
        }
        request = match body {
            Body::None => request,
            Body::Form(form) => request.form(form),
            Body::Json(json) => request.json(json),
        };
        let response = request.send().await.map_err(|e| self.failed(&e))?;
        let status = response.status();
        let date = response
            .headers()
            .get("date")
            .and_then(|value| DateTime::parse_from_rfc2822(value.to_str().ok()?).ok())
            .map(|date| date.with_timezone(&Utc));
        let mut stream = response.bytes_stream();
        let mut body = Vec::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|e| self.failed(&e))?;
            if body.len() + chunk.len() > self.endpoint.body_limit {
                return Err(Fault::new(
                    FaultKind::TooLarge,
                    format!("{} answered with more than {} MB", self.endpoint.name, self.endpoint.body_limit >> 20),
                    "narrow the runbook's selectors, or shorten the window",
                ));
            }
            body.extend_from_slice(&chunk);
        }
        if !status.is_success() {
            return Err(self.refused(status.as_u16(), &body));
        }
        let latency = TimeDelta::from_std(began.elapsed()).unwrap_or_default();
        Ok(Answer { body, date, latency })
    }

    fn failed(&self, error: &reqwest::Error) -> Fault {
        let (kind, what, next) = if error.is_timeout() {
            (FaultKind::Timeout, "did not answer in time", "check that it is up and reachable")
        } else if error.is_connect() {
            (FaultKind::Unreachable, "could not be reached", "check that it runs and that the address is right")
        } else {
            (FaultKind::Malformed, "broke its answer off", "check what stands between here and the server")
        };
        Fault::new(kind, format!("{} at {} {what}", self.endpoint.name, self.endpoint.base), next)
    }

    fn refused(&self, status: u16, _body: &[u8]) -> Fault {
        let (kind, next) = match status {
            401 => (FaultKind::Unauthorized, "give a valid token"),
            403 => (FaultKind::Forbidden, "give a token that may do this"),
            404 => (FaultKind::NotFound, "check the address and the names"),
            _ => (FaultKind::Server, "look at the server's log"),
        };
        Fault::new(kind, format!("{} at {} answered {status}", self.endpoint.name, self.endpoint.base), next)
    }
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`FaultKind::Malformed`] when it is not, or not of this shape.
    pub fn json<T: DeserializeOwned>(&self, server: &str) -> Result<T, Fault> {
        serde_json::from_slice(&self.body).map_err(|e| {
            Fault::new(
                FaultKind::Malformed,
                format!("{server} answered with something else than the expected JSON: {e}"),
                "check that the address is the API's own",
            )
        })
    }
}
