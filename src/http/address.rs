//! Where a server is: the address and the authorities that vouch for it.

use std::path::Path;

use reqwest::{Certificate, Url};
use secrecy::SecretString;

use super::{Auth, Endpoint};
use crate::{
    fault::{Fault, FaultKind},
    text::clean,
};

/// An address as it may be shown: without credentials, query and fragment, whatever else is wrong with it.
pub fn shown(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
    // A password may hold a slash that should have been escaped: whatever is before the last @ goes.
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host).trim_end_matches('/');
    clean(&if scheme.is_empty() { rest.to_owned() } else { format!("{scheme}://{rest}") })
}

/// The endpoint's address, parsed. Credentials in it move to where they are not shown.
pub(super) fn adopt(endpoint: &mut Endpoint) -> Result<Url, Fault> {
    let address = shown(&endpoint.base);
    let wrong = |why: String| {
        Fault::new(
            FaultKind::Configuration,
            format!("the address {address:?} of {} {why}", endpoint.name),
            "write it as http://HOST:PORT or https://HOST:PORT/PATH",
        )
    };
    let mut url = Url::parse(endpoint.base.trim()).map_err(|e| wrong(format!("is no URL: {e}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(if endpoint.base.contains("://") {
            format!("has the unsupported scheme {:?}", url.scheme())
        } else {
            "has no scheme".to_owned()
        }));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has something behind a ? or #, where a path must follow".to_owned()));
    }
    if matches!(endpoint.auth, Auth::None) && (!url.username().is_empty() || url.password().is_some()) {
        endpoint.auth = Auth::Basic {
            user: decoded(url.username()),
            password: SecretString::from(decoded(url.password().unwrap_or_default())),
        };
    }
    // Neither can fail for a URL with a host, which http and https always have.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    endpoint.base = url.as_str().trim_end_matches('/').to_owned();
    Ok(url)
}

/// `%41` → `A`. What is not an escape stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(escape.unwrap_or(*first));
        rest = if escape.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The certificate authorities in a PEM file; at least one.
pub(super) fn authorities(path: &Path, server: &str) -> Result<Vec<Certificate>, Fault> {
    let unusable = |why: &str| {
        Fault::new(
            FaultKind::File,
            format!("the CA file {} of {server} cannot be used: {why}", path.display()),
            "name a PEM file with the certificate authority that signed the server's certificate",
        )
    };
    let pem = std::fs::read(path).map_err(|e| unusable(&e.to_string()))?;
    if pem.is_empty() {
        return Err(unusable("it is empty"));
    }
    let roots = Certificate::from_pem_bundle(&pem).map_err(|_| unusable("it is not valid PEM"))?;
    if roots.is_empty() {
        return Err(unusable("there is no certificate in it"));
    }
    // The client builder would report a bad certificate without saying which file it was in.
    let mut store = rustls::RootCertStore::empty();
    for der in rustls::pki_types::pem::PemObject::pem_slice_iter(&pem).flatten() {
        let der: rustls::pki_types::CertificateDer<'_> = der;
        store.add(der).map_err(|_| unusable("one of its certificates is not valid"))?;
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_holds_no_credentials() {
        for (address, expected) in [
            ("http://user:pw@host:9090/prom/", "http://host:9090/prom"),
            ("http://user:p@w@host", "http://host"),
            ("http://user:p/w@host/", "http://host"),
            ("https://host/path?token=secret#frag", "https://host/path"),
            ("user:pw@host", "host"),
            ("not a url", "not a url"),
            ("http://host\u{1b}[2J", "http://host[2J"),
        ] {
            assert_eq!(shown(address), expected);
        }
    }

    #[test]
    fn escapes_in_credentials_are_decoded() {
        assert_eq!(decoded("p%40ss%2"), "p@ss%2");
        assert_eq!(decoded("100%é%zz"), "100%é%zz");
    }
}
