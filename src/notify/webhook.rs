//! The webhook: a POST of the notice as JSON. Its URL may hold a secret, so that no message repeats any of it.

use std::time::Duration;

use reqwest::{
    Client, StatusCode, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

use super::Notice;
use crate::{
    config::{Headers, Secret},
    fault::{Fault, FaultKind},
};

/// One attempt may take this long, its answer included.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Where to post, and what with.
pub struct Webhook {
    url: Secret,
    headers: Headers,
    ready: Option<Ready>,
}

/// A client whose secrets were fetched.
struct Ready {
    client: Client,
    url: Url,
}

impl Webhook {
    /// Posts to `url` with these headers. Both are fetched when there is something to post.
    pub fn new(url: Secret, headers: Headers) -> Self {
        Self { url, headers, ready: None }
    }

    /// Posts once. With the fault: whether the same may pass later.
    pub(super) async fn post(&mut self, notice: &Notice) -> Result<(), (Fault, bool)> {
        let ready = match self.ready.take() {
            Some(ready) => ready,
            None => prepare(self.url.clone(), self.headers.clone()).await.map_err(|fault| (fault, true))?,
        };
        let sent = ready.client.post(ready.url.clone()).json(notice).send().await;
        match sent.map(|answer| answer.status()) {
            Ok(status) if status.is_success() => {
                self.ready = Some(ready);
                Ok(())
            }
            Ok(status) => {
                // Of a token that is refused there may be a newer one: it is fetched again.
                let again = status.is_server_error()
                    || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
                Err((fault(FaultKind::Server, &format!("answered {}", status.as_u16())), again))
            }
            Err(error) if error.is_timeout() => {
                let what = format!("did not answer within {} s", ATTEMPT.as_secs());
                Err((fault(FaultKind::Timeout, &what), true))
            }
            Err(error) if error.is_connect() => Err((fault(FaultKind::Unreachable, "cannot be reached"), true)),
            Err(_) => Err((fault(FaultKind::Unreachable, "broke off the connection"), true)),
        }
    }
}

/// Fetches the secrets and makes the client: reads files and runs commands.
async fn prepare(url: Secret, headers: Headers) -> Result<Ready, Fault> {
    let prepared = tokio::task::spawn_blocking(move || {
        let headers: Result<Vec<(String, SecretString)>, Fault> =
            headers.iter().map(|(name, value)| Ok((name.clone(), value.fetch()?))).collect();
        build(&url.fetch()?, &headers?)
    });
    prepared.await.unwrap_or_else(|_| Err(fault(FaultKind::Configuration, "could not be set up")))
}

fn build(url: &SecretString, headers: &[(String, SecretString)]) -> Result<Ready, Fault> {
    let unusable = |what: &str| Fault::new(FaultKind::Configuration, what, "correct it in the profile's notify");
    let url = Url::parse(url.expose_secret().trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or_else(|| unusable("the webhook's URL is no URL of http or https"))?;
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let key = HeaderName::from_bytes(name.as_bytes());
        let mut value = HeaderValue::from_str(value.expose_secret());
        if let Ok(value) = &mut value {
            value.set_sensitive(true);
        }
        let (Ok(key), Ok(value)) = (key, value) else {
            return Err(unusable(&format!("the webhook's header {name} cannot be sent")));
        };
        map.insert(key, value);
    }
    // A second call finds the provider installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("gonogo/", env!("CARGO_PKG_VERSION")))
        .default_headers(map)
        .timeout(ATTEMPT)
        .redirect(reqwest::redirect::Policy::none());
    if url.scheme() == "http" {
        // Plain HTTP needs no certificate: reading the platform's takes time, and fails where there are none.
        builder = builder.tls_certs_only([]);
    }
    let client = builder.build().map_err(|_| unusable("no client could be made for the webhook"))?;
    Ok(Ready { client, url })
}

fn fault(kind: FaultKind, what: &str) -> Fault {
    Fault::new(kind, format!("the webhook {what}"), "check that it runs, and its URL in the profile's notify")
}
