//! What a server knows us by: into the headers, and out of everything that is shown.

use base64::prelude::{BASE64_STANDARD, Engine};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::{Auth, Endpoint};
use crate::fault::{Fault, FaultKind};

/// Shorter secrets are not looked for in a server's message: they would be found in any word.
const SHORTEST: usize = 4;

/// The headers of every request. They are marked as sensitive, so that no log prints them.
pub(super) fn headers(endpoint: &Endpoint) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    if let Some(value) = authorization(&endpoint.auth) {
        let secret = match &endpoint.auth {
            Auth::Bearer(token) | Auth::Verbatim(token) => token.expose_secret(),
            Auth::None | Auth::Basic { .. } => "-",
        };
        if secret.is_empty() {
            return Err(unusable(format!("the token of {} is empty", endpoint.name)));
        }
        headers.insert(AUTHORIZATION, sensitive(&value, || format!("the token of {}", endpoint.name))?);
    }
    for (name, value) in &endpoint.headers {
        let what = || format!("the header {name} of {}", endpoint.name);
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| unusable(format!("{} cannot be sent: {name:?} is no header name", what())))?;
        headers.insert(key, sensitive(value.expose_secret(), what)?);
    }
    Ok(headers)
}

fn sensitive(value: &str, what: impl Fn() -> String) -> Result<HeaderValue, Fault> {
    let mut header = HeaderValue::from_str(value)
        .map_err(|_| unusable(format!("{} cannot be sent: a line break or control character is in it", what())))?;
    header.set_sensitive(true);
    Ok(header)
}

fn unusable(what: String) -> Fault {
    Fault::new(FaultKind::Configuration, what, "give it again, on one line, without quotes or line breaks around it")
}

fn authorization(auth: &Auth) -> Option<String> {
    match auth {
        Auth::None => None,
        Auth::Bearer(token) => Some(format!("Bearer {}", token.expose_secret())),
        Auth::Basic { user, password } => Some(format!("Basic {}", basic(user, password))),
        Auth::Verbatim(token) => Some(token.expose_secret().to_owned()),
    }
}

fn basic(user: &str, password: &SecretString) -> String {
    BASE64_STANDARD.encode(format!("{user}:{}", password.expose_secret()))
}

/// `text` without any secret of the endpoint: a server may repeat what it was sent.
pub(super) fn scrubbed(endpoint: &Endpoint, text: &str) -> String {
    let mut secrets: Vec<String> = endpoint.headers.iter().map(|(_, v)| v.expose_secret().to_owned()).collect();
    match &endpoint.auth {
        Auth::None => {}
        Auth::Bearer(token) | Auth::Verbatim(token) => secrets.push(token.expose_secret().to_owned()),
        Auth::Basic { user, password } => {
            secrets.push(password.expose_secret().to_owned());
            secrets.push(basic(user, password));
        }
    }
    secrets.retain(|secret| secret.len() >= SHORTEST);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
}
