//! HTTP as every adapter needs it: authenticated, bounded in time and size, with failures in words.

mod address;
pub mod asked;
mod failure;
mod patience;
mod raw;
mod secrets;
mod words;

use std::{path::PathBuf, time::Duration};

pub use address::shown;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
pub use raw::Raw;
use reqwest::{Method, Response, Url};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use crate::fault::{Fault, FaultKind};

/// Of an answer that is an error no more than this is read: enough for its message.
const ERROR_LIMIT: usize = 64 << 10;

/// A connection that is not made by then will not be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

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
    /// `http://HOST:PORT/PATH`, no trailing slash needed. Credentials in it are taken out by [`Http::new`], and
    /// used where `auth` has none.
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
///
/// It keeps its connections open between requests; clones share them.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    endpoint: Endpoint,
    base: Url,
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
    /// [`FaultKind::Configuration`] for an address that is none and a token that cannot be sent,
    /// [`FaultKind::File`] for a CA file that cannot be read.
    pub fn new(mut endpoint: Endpoint) -> Result<Self, Fault> {
        let base = address::adopt(&mut endpoint)?;
        // A second call finds the provider installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("gonogo/", env!("CARGO_PKG_VERSION")))
            .default_headers(secrets::headers(&endpoint)?)
            .timeout(endpoint.timeout)
            .connect_timeout(endpoint.timeout.min(CONNECT_LIMIT))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .http2_keep_alive_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none());
        if let Some(path) = &endpoint.ca_file {
            builder = builder.tls_certs_only(address::authorities(path, &endpoint.name)?);
        } else if base.scheme() == "http" {
            // Plain HTTP never needs a certificate: reading the platform's takes milliseconds, and fails where
            // there are none.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|e| {
            Fault::new(
                FaultKind::Configuration,
                format!("no client could be made for {} at {}: {}", endpoint.name, endpoint.base, failure::deepest(&e)),
                "check the platform's certificates, or name a CA file",
            )
        })?;
        Ok(Self { client, endpoint, base })
    }

    /// The endpoint it talks to; its `base` as it may be shown.
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
        self.exchange(method, path, query, body, None).await.map_err(|refused| refused.fault)
    }

    /// Asks for what changes nothing, and reads the answer whole. A server that says when to be asked again (429 or 503
    /// with `Retry-After`) is asked once more then, if that is within the time that one request may take.
    ///
    /// # Errors
    /// A [`Fault`] for everything but a 2xx answer within time and size, the second time; its next step says how long to
    /// wait, where the server said.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Answer, Fault> {
        let began = std::time::Instant::now();
        let refused = match self.exchange(Method::GET, path, query, Body::None, None).await {
            Ok(answer) => return Ok(answer),
            Err(refused) => refused,
        };
        let left = self.endpoint.timeout.saturating_sub(began.elapsed());
        match refused.wait.and_then(|wait| Some((wait, left.checked_sub(wait)?))) {
            Some((wait, left)) if !left.is_zero() => {
                tokio::time::sleep(wait).await;
                let again = self.exchange(Method::GET, path, query, Body::None, Some(left)).await;
                again.map_err(|refused| refused.fault)
            }
            _ => Err(refused.fault),
        }
    }

    /// One request and its answer; `within` is how long that may take, where it is not what the endpoint says.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Body<'_>,
        within: Option<Duration>,
    ) -> Result<Answer, Refused> {
        let began = std::time::Instant::now();
        let url = format!("{}/{}", self.base.as_str().trim_end_matches('/'), path.trim_start_matches('/'));
        let is_safe = method.is_safe();
        let mut request = self.client.request(method, &url);
        if let Some(within) = within {
            request = request.timeout(within);
        }
        if !query.is_empty() {
            request = request.query(query);
        }
        request = match body {
            Body::None => request,
            Body::Form(form) => request.form(form),
            Body::Json(json) => request.json(json),
        };
        let again = if is_safe { request.try_clone() } else { None };
        let response = match (request.send().await, again) {
            // A server may close an idle connection at the very moment at which it is used again: what changes
            // nothing is asked once more.
            (Err(e), Some(again)) if e.is_request() && !e.is_timeout() && !e.is_connect() => again.send().await,
            (response, _) => response,
        }
        .map_err(|e| self.unanswered(&e))?;
        let status = response.status();
        if !status.is_success() {
            let wait = patience::retry_after(&response);
            return Err(Refused { fault: self.refused(response, wait).await, wait });
        }
        let date = response
            .headers()
            .get("date")
            .and_then(|value| DateTime::parse_from_rfc2822(value.to_str().ok()?).ok())
            .map(|date| date.with_timezone(&Utc));
        let body = self.whole(response).await?;
        let latency = TimeDelta::from_std(began.elapsed()).unwrap_or_default();
        Ok(Answer { body, date, latency })
    }

    /// The whole body, within the limit.
    async fn whole(&self, response: Response) -> Result<Vec<u8>, Fault> {
        let limit = self.endpoint.body_limit;
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(self.too_large());
        }
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|e| self.broken_off(&e, body.len()))?;
            if body.len() + chunk.len() > limit {
                return Err(self.too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// What could be had of an error's body; whatever befalls it, the status is what counts.
    async fn excerpt(response: Response) -> Vec<u8> {
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(Ok(chunk)) = stream.next().await {
            let room = ERROR_LIMIT - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() >= ERROR_LIMIT {
                break;
            }
        }
        body
    }
}

/// Why there is no answer.
struct Refused {
    fault: Fault,
    /// After how long the server wants to be asked again, where it said so.
    wait: Option<Duration>,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { fault, wait: None }
    }
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`FaultKind::Malformed`] when it is not, or not of this shape.
    pub fn json<T: DeserializeOwned>(&self, server: &str) -> Result<T, Fault> {
        self.parse(server)
    }

    /// The body as JSON that may borrow from it.
    ///
    /// # Errors
    /// [`FaultKind::Malformed`] when it is not, or not of this shape.
    pub fn parse<'a, T: serde::Deserialize<'a>>(&'a self, server: &str) -> Result<T, Fault> {
        serde_json::from_slice(&self.body).map_err(|e| words::not_json(server, &self.body, &e))
    }
}
