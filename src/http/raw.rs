//! An answer as it came, whatever it says: for evidence, not for reading.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use reqwest::Method;

use super::{Body, Http, secrets::scrubbed};
use crate::fault::Fault;

/// An answer as it came, its body decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The HTTP status: 200, 503.
    pub status: u16,
    /// The body, up to the limit.
    pub body: Vec<u8>,
    /// Why the body ends before its end, if it does.
    pub cut: Option<String>,
    /// Whether a secret of ours stood in it and was taken out: then it is not byte for byte what came.
    pub scrubbed: bool,
    /// From the request to the last byte.
    pub latency: Duration,
}

impl Http {
    /// Asks, and gives whatever was answered with whatever status, up to `limit` bytes of it.
    ///
    /// # Errors
    /// A [`Fault`] where no answer came at all.
    pub async fn raw(&self, method: Method, path: &str, body: Body<'_>, limit: usize) -> Result<Raw, Fault> {
        let began = Instant::now();
        let url = format!("{}/{}", self.base.as_str().trim_end_matches('/'), path.trim_start_matches('/'));
        let request = self.client.request(method, &url);
        let request = match body {
            Body::None => request,
            Body::Form(form) => request.form(form),
            Body::Json(json) => request.json(json),
        };
        let response = request.send().await.map_err(|error| self.unanswered(&error))?;
        let status = response.status().as_u16();
        let (mut body, mut cut) = (Vec::new(), None);
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            match chunk {
                Ok(chunk) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
                Ok(chunk) => {
                    body.extend_from_slice(&chunk[..limit - body.len()]);
                    cut = Some(format!("it is longer than the {limit} bytes that are kept"));
                    break;
                }
                Err(error) => {
                    cut = Some(self.broken_off(&error, body.len()).what);
                    break;
                }
            }
        }
        let text = String::from_utf8_lossy(&body);
        let clean = scrubbed(&self.endpoint, &text);
        let scrubbed = clean != text;
        if scrubbed {
            body = clean.into_bytes();
        }
        Ok(Raw { status, body, cut, scrubbed, latency: began.elapsed() })
    }
}
