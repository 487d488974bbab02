//! Flag stores: the port, and one file per kind of store.

pub mod flagd;
pub mod unleash;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    fault::Fault,
    runbook::Exposure,
    snapshot::{FlagState, SourceStatus},
};

/// One change of the store, decided but not made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Write {
    /// What it does, for people: `switch production on`.
    pub title: String,
    /// The store's own request. Sent as it is, and again as it is when it is retried.
    pub request: serde_json::Value,
}

/// The writes that lead from one exposure to another, in an order that is safe after each of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of the configuration that the plan was made for.
    pub from_version: String,
    /// What must be served when all is done.
    pub target: Exposure,
    /// In the order in which they are made.
    pub writes: Vec<Write>,
}

/// A flag store: one flag in one environment.
#[async_trait]
pub trait FlagStore: Send + Sync {
    /// Name, kind and address, before anything was heard.
    fn introduce(&self) -> SourceStatus;

    /// Reads the flag.
    ///
    /// # Errors
    /// Whatever kept it from being read in full. An answer that is not understood is an error, never "off".
    async fn read(&self) -> Result<FlagState, Fault>;

    /// Reads the flag for a screen that is drawn again and again: it may be what another rollout of this program was just
    /// told by the same server, but never what was asked before a write of this program. What a decision rests on, and
    /// what proves a write, is [`FlagStore::read`].
    ///
    /// # Errors
    /// As for [`FlagStore::read`].
    async fn glance(&self) -> Result<FlagState, Fault> {
        self.read().await
    }

    /// The one write that takes the feature from everybody. Needs no reading before it.
    fn off(&self) -> Write;

    /// The writes that lead from `present` to `target`, safe at each prefix: killed after any of them, nobody has
    /// the feature who has it in neither.
    ///
    /// # Errors
    /// [`crate::fault::FaultKind::Hazard`] where it could expose people by accident (foreign rules, a cohort that
    /// the store does not know), [`crate::fault::FaultKind::Configuration`] where the runbook says too little.
    async fn plan(&self, present: &FlagState, target: &Exposure) -> Result<Plan, Fault>;

    /// The writes that lead from `present` back to `target`, rules of others taken away; safe at each prefix: killed after
    /// any of them, nobody has the feature who has it in neither. Where `target` is not off, nobody is served more than
    /// `target` on the way.
    ///
    /// # Errors
    /// [`crate::fault::FaultKind::Hazard`] where something stands in the way that no write of this store's API for the
    /// flag takes away; [`crate::fault::FaultKind::Configuration`] where the runbook says too little.
    async fn restore(&self, present: &FlagState, target: &Exposure) -> Result<Plan, Fault> {
        self.plan(present, target).await
    }

    /// Makes one write. The same write made twice is the same as made once.
    ///
    /// # Errors
    /// Whatever kept it from being confirmed; it may have been made all the same.
    async fn write(&self, write: &Write) -> Result<(), Fault>;
}

/// Kept by whoever waits for a write, and gone with them: what was sent and hangs must not stand after what followed.
#[derive(Default)]
struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    /// Tells whether nobody waits any more.
    fn watch(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let gone = Arc::clone(&self.0);
        move || gone.load(Ordering::Acquire)
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
