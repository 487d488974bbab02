//! Readings of several flags of one server: what they have in common is asked once.

use std::{sync::Arc, time::Instant};

use reqwest::Method;
use tokio::sync::Semaphore;

use crate::{
    fault::Fault,
    http::{
        Body, Http,
        asked::{Asked, Told},
    },
};

/// Requests that are under way at one time. Only readings wait for it that nothing is decided by: a write, and what is read
/// before and after one, never do.
const AT_ONCE: usize = 8;

/// What the flags of one server share, as one user of it.
pub struct Together {
    asked: Asked,
    permits: Arc<Semaphore>,
}

impl Default for Together {
    fn default() -> Self {
        Self { asked: Asked::default(), permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// Has what was read before a write forgotten when the write is over.
pub(super) struct Changed<'a>(pub(super) Option<&'a Together>);

impl Drop for Changed<'_> {
    fn drop(&mut self) {
        if let Some(together) = self.0 {
            together.asked.forget();
        }
    }
}

/// How the answer to a question is had.
#[derive(Clone)]
pub(super) enum Asks {
    /// It is asked for, now.
    Alone,
    /// It may be one that another flag's reading was just told.
    Together(Arc<Together>, u64),
}

impl Asks {
    /// One more flag among them.
    pub(super) fn among(together: &Arc<Together>) -> Self {
        Self::Together(Arc::clone(together), together.asked.asker())
    }

    pub(super) async fn get(&self, http: &Http, path: &str, query: &[(&str, String)]) -> Result<Arc<Told>, Fault> {
        let Self::Together(together, me) = self else {
            let sent = Instant::now();
            let answer = http.send(Method::GET, path, query, Body::None).await?;
            return Ok(Arc::new(Told { answer, sent, received: Instant::now() }));
        };
        let question = format!("{path} {query:?}");
        let ask = || {
            let (http, permits, path) = (http.clone(), Arc::clone(&together.permits), path.to_owned());
            let query: Vec<(String, String)> =
                query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            async move {
                // The semaphore is never closed.
                let _permit = permits.acquire().await;
                let query: Vec<(&str, String)> =
                    query.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
                let sent = Instant::now();
                let answer = http.send(Method::GET, &path, &query, Body::None).await?;
                Ok(Arc::new(Told { answer, sent, received: Instant::now() }))
            }
        };
        together.asked.once(*me, &question, None, ask).await
    }
}
