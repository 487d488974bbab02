//! The OpenFeature flagd JSON file.
//!
//! gonogo owns `state`, `defaultVariant` and `targeting` of one flag. Every other byte of the file stays as it is.

mod document;
mod file;
mod read_once;
mod rules;
mod targeting;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::{
    document::Document,
    file::{Found, Lock},
    rules::{Served, Variants},
};
pub use read_once::ReadOnce;

use super::{FlagStore, GivenUp, Plan, Write};
use crate::{
    clock::Clock,
    fault::{Fault, FaultKind},
    fingerprint::sha256,
    runbook::{Cohort, Exposure, Flag},
    snapshot::{FlagState, SourceKind, SourceStatus},
};

/// How long a write waits for whoever else is writing.
const LOCK_WAIT: Duration = Duration::from_secs(4);

/// One boolean flag in a flagd file.
#[derive(Debug, Clone)]
pub struct Flagd {
    path: PathBuf,
    flag: String,
    cohorts: Vec<Cohort>,
    file: Arc<ReadOnce>,
    clock: Clock,
    /// What was made of the file as it was last found.
    understood: Arc<Mutex<Option<Understood>>>,
}

/// A file as it was found, and the flag in it.
type Understood = (Arc<Found>, FlagState);

/// What a [`Write`] carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
enum Request {
    /// Serve exactly this, if the flag is still what it was.
    Serve { from_version: String, served: Served },
    /// Serve the false variant to everybody, whatever the flag is now.
    Off,
}

impl Flagd {
    /// The flag `flag` in the file at `path`. Nothing is opened yet.
    pub fn new(path: impl Into<PathBuf>, flag: &Flag, cohorts: &[Cohort]) -> Self {
        Self {
            path: path.into(),
            flag: flag.key.clone(),
            cohorts: cohorts.to_vec(),
            file: Arc::default(),
            clock: Clock::System,
            understood: Arc::default(),
        }
    }

    /// The same in a file that others read, too: it is read once for all of them. It must be the file of `path`.
    pub fn sharing(mut self, file: Arc<ReadOnce>) -> Self {
        self.file = file;
        self
    }

    /// The same in a demo, where a file that is written says by this clock when that was.
    pub fn by(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The file, for messages and headers.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The flag in the file as it is now. Blocks.
    fn look(&self) -> Result<FlagState, Fault> {
        let found = self.file.read(&self.path)?;
        let mut understood = self.understood.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, state)) = understood.as_ref().filter(|(then, _)| Arc::ptr_eq(then, &found)) {
            return Ok(state.clone());
        }
        let state = self.state_of(&found.text, found.modified)?;
        *understood = Some((found, state.clone()));
        Ok(state)
    }

    /// The flag as a file with this text says it, last changed then.
    ///
    /// # Errors
    /// When the text is not that of a flagd file with the flag in it.
    pub fn state_of(&self, text: &str, changed_at: Option<DateTime<Utc>>) -> Result<FlagState, Fault> {
        let document = Document::parse(text, &self.flag).map_err(|why| self.malformed(&why))?;
        let raw = document.strict().map_err(|why| self.malformed(&why))?;
        let (enabled, configured, foreign) =
            rules::understand(&raw, &self.cohorts).map_err(|why| self.malformed(&why))?;
        Ok(FlagState {
            enabled,
            configured,
            foreign,
            version: sha256(document.flag_text()),
            changed_at,
            changed_by: None,
            changed_what: None,
            raw,
        })
    }

    /// The file's text after `request`; none where it already is as asked.
    fn rewritten(&self, text: &str, request: &Request) -> Result<Option<String>, Fault> {
        let document = Document::parse(text, &self.flag).map_err(|why| self.malformed(&why))?;
        match request {
            Request::Serve { from_version, served } => {
                let raw = document.strict().map_err(|why| self.malformed(&why))?;
                // The same write made twice is as good as made once.
                if Served::of(&raw).as_ref() == Some(served) {
                    return Ok(None);
                }
                if sha256(document.flag_text()) != *from_version {
                    return Err(Fault::new(
                        FaultKind::Changed,
                        format!("{} in {} was changed by somebody else meanwhile", self.flag, self.path.display()),
                        "look at the flag as it is now and decide again",
                    ));
                }
                Ok(Some(document.with(served, None)))
            }
            // As lenient as can be: whatever else is wrong with the flag, it can be switched off.
            Request::Off => {
                let variants = Variants::lenient(document.member("variants"));
                let (off, added) = variants.false_variant();
                let served = Served::explicit(off.clone(), None);
                let unchanged = document.strict().is_ok_and(|raw| Served::of(&raw).as_ref() == Some(&served));
                if unchanged && added.is_none() {
                    return Ok(None);
                }
                Ok(Some(document.with(&served, added.as_deref())))
            }
        }
    }

    /// Reads, decides and replaces under the lock. Blocks.
    fn apply(&self, request: &Request, given_up: &dyn Fn() -> bool) -> Result<(), Fault> {
        let real = file::real(&self.path)?;
        let off = *request == Request::Off;
        let _lock = match Lock::take(&real, LOCK_WAIT) {
            Ok(lock) => Some(lock),
            // Somebody who hangs with the lock in hand must not keep anybody from rolling back.
            Err(_) if off => None,
            Err(fault) => return Err(fault),
        };
        let mut attempts = 0;
        loop {
            let found = file::read(&real)?;
            let Some(text) = self.rewritten(&found.text, request)? else { return Ok(()) };
            // A file made read-only was meant to stay as it is; only the safe direction overrules that.
            if found.read_only && !off {
                return Err(Fault::new(
                    FaultKind::File,
                    format!("{} is read-only", self.path.display()),
                    "make it writable for whoever runs gonogo",
                ));
            }
            // Once nobody waits for this write any more, a rollback may have come after it.
            let wanted = || !given_up();
            attempts += 1;
            let changed_at = matches!(self.clock, Clock::Simulated { .. }).then(|| self.clock.now());
            match file::replace(&real, &found, &text, changed_at, wanted) {
                // Off is off on top of whatever the other writer wrote.
                Err(fault) if off && fault.kind == FaultKind::Changed && attempts < 10 => {}
                outcome => return outcome,
            }
        }
    }

    /// The write after which the flag serves `target`, which is not off; none where it already does.
    fn serve(&self, present: &FlagState, target: &Exposure, title: String) -> Result<Vec<Write>, Fault> {
        let variants = Variants::strict(present.raw.get("variants")).map_err(|why| self.malformed(&why))?;
        let served = rules::serving(target, &variants, &self.cohorts)?;
        if Served::of(&present.raw).as_ref() == Some(&served) {
            return Ok(Vec::new());
        }
        Ok(vec![write(title, &Request::Serve { from_version: present.version.clone(), served })])
    }

    fn malformed(&self, why: &str) -> Fault {
        Fault::new(
            FaultKind::Malformed,
            format!("{} is not a flagd file that gonogo can use: {why}", self.path.display()),
            "correct the file, then look again",
        )
    }
}

#[async_trait]
impl FlagStore for Flagd {
    fn introduce(&self) -> SourceStatus {
        SourceStatus::connecting("flagd", SourceKind::Flags, self.path.display().to_string())
    }

    async fn read(&self) -> Result<FlagState, Fault> {
        let this = self.clone();
        blocking(move || this.look()).await
    }

    fn off(&self) -> Write {
        write(format!("serve {} to nobody", self.flag), &Request::Off)
    }

    async fn plan(&self, present: &FlagState, target: &Exposure) -> Result<Plan, Fault> {
        let plan = |writes| Plan { from_version: present.version.clone(), target: target.clone(), writes };
        if target.is_off() {
            return Ok(plan(vec![self.off()]));
        }
        if let Some(foreign) = present.foreign.first() {
            return Err(Fault::new(
                FaultKind::Hazard,
                format!("gonogo will not change {}: {foreign}", self.flag),
                "take that out of the flag, or roll back",
            ));
        }
        let title = format!("serve {} to {target}", self.flag);
        Ok(plan(self.serve(present, target, title)?))
    }

    /// One rewrite of the flag: whoever reads the file sees all of it or nothing.
    async fn restore(&self, present: &FlagState, target: &Exposure) -> Result<Plan, Fault> {
        let taken = match present.foreign.as_slice() {
            [] => String::new(),
            foreign => format!(", and take away what is not gonogo's: {}", foreign.join("; ")),
        };
        let writes = if target.is_off() {
            vec![write(format!("serve {} to nobody{taken}", self.flag), &Request::Off)]
        } else {
            self.serve(present, target, format!("serve {} to {target}{taken}", self.flag))?
        };
        Ok(Plan { from_version: present.version.clone(), target: target.clone(), writes })
    }

    async fn write(&self, write: &Write) -> Result<(), Fault> {
        let request: Request = serde_json::from_value(write.request.clone()).map_err(|e| {
            Fault::new(
                FaultKind::Configuration,
                format!("\"{}\" is not a change of a flagd file: {e}", write.title),
                "use the flag store that it was planned for",
            )
        })?;
        let given_up = GivenUp::default();
        let seen = given_up.watch();
        let this = self.clone();
        blocking(move || this.apply(&request, &seen)).await
    }
}

fn write(title: String, request: &Request) -> Write {
    Write { title, request: serde_json::to_value(request).unwrap_or(Value::Null) }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Fault::new(FaultKind::File, "the work on the flag file was broken off", "see the log file"))
    })
}
