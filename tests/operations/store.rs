//! A flag store in memory that misbehaves on cue.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use gonogo::{
    fault::{Fault, FaultKind},
    flags::{FlagStore, Plan, Write},
    runbook::Exposure,
    snapshot::{FlagState, SourceKind, SourceStatus},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    pub enabled: bool,
    pub exposure: Exposure,
    pub foreign: Vec<String>,
    pub version: u32,
}

/// What the store does with one call, instead of what it should.
#[derive(Debug, Clone)]
pub enum Trouble {
    Hang,
    Fail(FaultKind),
    FailAfterDoing,
    ConfirmWithoutDoing,
    /// Does the write, and then somebody else does this.
    DoThenMeanwhile(Box<Held>),
    Fine,
}

pub struct Store {
    pub held: Mutex<Held>,
    pub writes: Mutex<VecDeque<Trouble>>,
    pub reads: Mutex<VecDeque<Trouble>>,
    pub sent: Mutex<Vec<Write>>,
}

impl Store {
    pub fn new(held: Held) -> Arc<Self> {
        Arc::new(Self {
            held: Mutex::new(held),
            writes: Mutex::default(),
            reads: Mutex::default(),
            sent: Mutex::default(),
        })
    }

    pub fn troubled_writes(self: Arc<Self>, troubles: &[Trouble]) -> Arc<Self> {
        self.writes.lock().unwrap().extend(troubles.iter().cloned());
        self
    }

    pub fn troubled_reads(self: Arc<Self>, troubles: &[Trouble]) -> Arc<Self> {
        self.reads.lock().unwrap().extend(troubles.iter().cloned());
        self
    }

    pub fn state(&self) -> FlagState {
        let held = self.held.lock().unwrap().clone();
        FlagState {
            enabled: held.enabled,
            configured: held.exposure,
            foreign: held.foreign,
            version: held.version.to_string(),
            changed_at: None,
            changed_by: None,
            changed_what: None,
            raw: serde_json::Value::Null,
        }
    }

    pub fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|write| write.title.clone()).collect()
    }

    pub fn apply(&self, write: &Write) {
        let mut held = self.held.lock().unwrap();
        let before = held.clone();
        if let Some(enabled) = write.request["enabled"].as_bool() {
            held.enabled = enabled;
        }
        if let Some(exposure) = write.request.get("exposure") {
            held.exposure = serde_json::from_value(exposure.clone()).unwrap();
        }
        if write.request.get("clear").is_some() {
            held.foreign.clear();
        }
        if *held != before {
            held.version += 1;
        }
    }
}

pub fn fault(kind: FaultKind) -> Fault {
    Fault::new(kind, "the store failed", "look")
}

pub async fn hang<T>() -> T {
    std::future::pending().await
}

#[async_trait]
impl FlagStore for Store {
    fn introduce(&self) -> SourceStatus {
        SourceStatus::connecting("fake", SourceKind::Flags, "memory".to_owned())
    }

    async fn read(&self) -> Result<FlagState, Fault> {
        let trouble = self.reads.lock().unwrap().pop_front().unwrap_or(Trouble::Fine);
        match trouble {
            Trouble::Hang => hang().await,
            Trouble::Fail(kind) => Err(fault(kind)),
            _ => {
                tokio::task::yield_now().await;
                Ok(self.state())
            }
        }
    }

    fn off(&self) -> Write {
        Write { title: "off".to_owned(), request: serde_json::json!({"enabled": false}) }
    }

    async fn plan(&self, present: &FlagState, target: &Exposure) -> Result<Plan, Fault> {
        if !present.foreign.is_empty() {
            return Err(fault(FaultKind::Hazard));
        }
        Ok(way(present, target, false))
    }

    async fn restore(&self, present: &FlagState, target: &Exposure) -> Result<Plan, Fault> {
        Ok(way(present, target, true))
    }

    async fn write(&self, write: &Write) -> Result<(), Fault> {
        self.sent.lock().unwrap().push(write.clone());
        // Where others run, too, they run while this is on its way.
        tokio::task::yield_now().await;
        let trouble = self.writes.lock().unwrap().pop_front().unwrap_or(Trouble::Fine);
        match trouble {
            Trouble::Hang => hang().await,
            Trouble::Fail(kind) => Err(fault(kind)),
            Trouble::FailAfterDoing => {
                self.apply(write);
                Err(fault(FaultKind::Server))
            }
            Trouble::ConfirmWithoutDoing => Ok(()),
            Trouble::DoThenMeanwhile(held) => {
                self.apply(write);
                *self.held.lock().unwrap() = *held;
                Ok(())
            }
            Trouble::Fine => {
                self.apply(write);
                Ok(())
            }
        }
    }
}

/// What shrinks, or what others decide in, goes through off.
fn way(present: &FlagState, target: &Exposure, restores: bool) -> Plan {
    let write = |title: &str, request| Write { title: title.to_owned(), request };
    let off = write("off", serde_json::json!({"enabled": false}));
    let shrinks = present.enabled && (!target.covers(&present.configured) || !present.foreign.is_empty());
    let mut writes = Vec::new();
    if shrinks || (target.is_off() && present.enabled) {
        writes.push(off);
    }
    if restores && !present.foreign.is_empty() {
        writes.push(write("clear", serde_json::json!({"clear": true})));
    }
    if !target.is_off() {
        writes.push(write("rules", serde_json::json!({ "exposure": target })));
        if shrinks || !present.enabled {
            writes.push(write("on", serde_json::json!({"enabled": true})));
        }
    }
    Plan { from_version: present.version.clone(), target: target.clone(), writes }
}
