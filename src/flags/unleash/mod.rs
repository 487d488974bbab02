//! Unleash, by its admin API.
//!
//! gonogo owns one environment's switch and the strategies it knows by their titles. Unleash has no compare-and-swap,
//! and its `on` can expose everyone: so each step reads first, changes one thing, and reads again.

mod api;
mod change;
mod config;
mod meaning;
mod restore;
mod steps;
mod together;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::{join, try_join};

pub use self::together::Together;
use self::{
    api::Api,
    config::Config,
    meaning::{Stand, Subject},
    steps::{Change, Request, off_title},
    together::{Asks, Changed},
};
use super::{FlagStore, GivenUp, Plan, Write};
use crate::{
    fault::{Fault, FaultKind},
    fingerprint::sha256,
    http::Http,
    runbook::{Cohort, Exposure, Flag},
    snapshot::{FlagState, SourceKind, SourceStatus},
};

/// One flag in one environment of an Unleash server.
#[derive(Clone)]
pub struct Unleash {
    api: Api,
    subject: Subject,
    /// What it shares with other flags of that server, and how it asks among them.
    together: Option<(Arc<Together>, Api)>,
}

impl Unleash {
    /// The flag `flag` in `environment` of `project`. The token of `http` is one for the admin API.
    pub fn new(http: Http, project: &str, environment: &str, flag: &Flag, cohorts: &[Cohort]) -> Self {
        let (project, environment, flag) = (project.to_owned(), environment.to_owned(), flag.key.clone());
        Self {
            subject: Subject { flag: flag.clone(), cohorts: cohorts.to_vec() },
            api: Api { http, project, environment, flag, asks: Asks::Alone },
            together: None,
        }
    }

    /// What is only looked at may be what another flag's reading was just told. All of them must have the same `http`.
    #[must_use]
    pub fn sharing(mut self, together: Arc<Together>) -> Self {
        let api = Api { asks: Asks::among(&together), ..self.api.clone() };
        self.together = Some((together, api));
        self
    }

    async fn config(&self) -> Result<Config, Fault> {
        self.config_by(&self.api).await
    }

    async fn config_by(&self, api: &Api) -> Result<Config, Fault> {
        let names: Vec<&str> = self.subject.cohorts.iter().filter_map(|cohort| cohort.segment.as_deref()).collect();
        api.config(&names).await
    }

    async fn state(&self, api: &Api) -> Result<FlagState, Fault> {
        let (config, changed) = match api.asks {
            Asks::Alone => {
                let (config, changed) = join(self.config_by(api), api.last_change()).await;
                (config?, changed)
            }
            // One that fails need not wait for what else was asked: others wait for their turn.
            Asks::Together(..) => {
                let changed = async { Ok(api.last_change().await) };
                try_join(self.config_by(api), changed).await?
            }
        };
        let (stand, foreign) = self.subject.understand(&config);
        let changed = changed.unwrap_or_default();
        let raw = serde_json::to_value(&config).map_err(|e| {
            self.api.fault(FaultKind::Malformed, &format!("answered what cannot be kept: {e}"), "check the address")
        })?;
        Ok(FlagState {
            enabled: stand.on && (!stand.whom.is_off() || !foreign.is_empty()),
            configured: stand.whom,
            foreign: foreign.into_iter().map(|foreign| foreign.words).collect(),
            version: sha256(raw.to_string()),
            changed_at: changed.at,
            changed_by: changed.by,
            changed_what: changed.what,
            raw,
        })
    }

    async fn step(&self, change: Change, before: Stand, after: Stand) -> Result<(), Fault> {
        let config = self.config().await?;
        let (stand, foreign) = self.subject.understand(&config);
        if let Some(foreign) = foreign.iter().find(|foreign| !foreign.is_of(&before.others)) {
            return Err(self.hazard(&foreign.words));
        }
        // The same write made twice is as good as made once.
        if stand == after {
            return Ok(());
        }
        let call = self.call(change, &config).filter(|_| stand == before).ok_or_else(|| {
            let what = format!("no longer has {} as it was in {}", self.api.flag, self.api.environment);
            self.api.fault(FaultKind::Changed, &what, "look at the flag as it is now and decide again")
        })?;
        let this = self.clone();
        let waiting = GivenUp::default();
        let given_up = waiting.watch();
        // From here on it runs to its end even if nobody waits for it: what was sent must be read back.
        tokio::spawn(async move { this.send(call, &before, &after, given_up).await }).await.unwrap_or_else(|_| {
            Err(self.api.fault(
                FaultKind::Server,
                "was left in the middle of a change",
                "look at the flag as it is now",
            ))
        })
    }

    /// The call that makes `change`, if `config` allows for it.
    fn call(&self, change: Change, config: &Config) -> Option<Call> {
        match change {
            Change::Create { title, strategy } => {
                // A segment may have been replaced by another of the same name since the plan was made.
                let key = title.strip_prefix(&meaning::cohort_title(""));
                let same = match key {
                    Some(key) => {
                        strategy["segments"] == serde_json::json!([self.subject.segment(key, config).ok()?.id])
                    }
                    None => true,
                };
                (same && config.strategy(&title).is_none()).then_some(Call::Create(strategy))
            }
            Change::Rollout { from, to } => {
                let id = config.strategy(meaning::PERCENTAGE)?.id.clone();
                Some(Call::Rollout { id, from, to })
            }
            // Taken from an environment that is on, the last strategy would leave none.
            Change::Delete { title } if !config.enabled => Some(Call::Delete(config.strategy(&title)?.id.clone())),
            Change::TakeAway { id } if !config.enabled => Some(Call::Delete(id)),
            Change::Delete { .. } | Change::TakeAway { .. } => None,
            // Nothing of ours to serve: Unleash would add a strategy of its own, for everyone.
            Change::On => (!config.strategies.is_empty()).then_some(Call::On),
        }
    }

    async fn send(
        &self,
        call: Call,
        before: &Stand,
        after: &Stand,
        given_up: impl Fn() -> bool + Send,
    ) -> Result<(), Fault> {
        let sent = match &call {
            Call::Create(strategy) => self.api.create(strategy).await,
            Call::Rollout { id, from, to } => self.api.rollout(id, *from, *to).await,
            Call::Delete(id) => self.api.delete(id).await,
            Call::On => self.api.on().await,
        };
        let mut seen = self.config().await;
        if seen.is_err() {
            tokio::time::sleep(Duration::from_millis(200)).await;
            seen = self.config().await;
        }
        match seen.map(|config| self.subject.understand(&config)) {
            // A rollback may have come in between, and would have been undone by this.
            Ok((stand, _)) if stand.on && matches!(call, Call::On) && given_up() => {
                Err(self.retreat("nobody waited for it any more").await)
            }
            // Only what is read counts, whatever the answer was.
            Ok((stand, foreign)) if stand == *after && foreign.iter().all(|foreign| foreign.is_of(&after.others)) => {
                Ok(())
            }
            Ok((stand, foreign)) if stand.on && (!foreign.is_empty() || !after.whom.covers(&stand.whom)) => {
                let found = foreign.into_iter().next().map(|foreign| foreign.words);
                let found = found.unwrap_or_else(|| format!("it would serve {}", stand.whom));
                Err(self.retreat(&found).await)
            }
            Ok((stand, _)) => Err(sent.err().unwrap_or_else(|| {
                let what = if stand == *before { "did not make the change" } else { "was changed by somebody else" };
                self.api.fault(FaultKind::Changed, what, "look at the flag as it is now and decide again")
            })),
            Err(fault) if matches!(call, Call::On) => {
                Err(self.retreat(&format!("it cannot be read back: {fault}")).await)
            }
            Err(fault) => Err(sent.err().unwrap_or(fault)),
        }
    }

    /// Switches off at once what is not what was planned.
    async fn retreat(&self, why: &str) -> Fault {
        let environment = &self.api.environment;
        match self.api.off().await {
            Ok(()) => self.api.fault(
                FaultKind::Hazard,
                &format!("was not left as planned, so {environment} was switched off again: {why}"),
                "put the flag in order in Unleash, then try again",
            ),
            Err(_) => self.api.fault(
                FaultKind::Hazard,
                &format!("was not left as planned, and {environment} could not be switched off: {why}"),
                "roll back now",
            ),
        }
    }

    /// The configuration that was kept when the flag was read.
    fn kept(&self, present: &FlagState) -> Result<Config, Fault> {
        serde_json::from_value(present.raw.clone()).map_err(|e| {
            Fault::new(
                FaultKind::Configuration,
                format!("what was read of {} is not from Unleash: {e}", self.api.flag),
                "read the flag again",
            )
        })
    }

    fn hazard(&self, foreign: &str) -> Fault {
        self.api.fault(
            FaultKind::Hazard,
            &format!("has rules for {} that gonogo will not build on: {foreign}", self.api.flag),
            "take them out in Unleash, or roll back",
        )
    }
}

/// A request with the id that was just read in this environment.
#[derive(Debug)]
enum Call {
    Create(serde_json::Value),
    Rollout { id: String, from: crate::runbook::Percent, to: crate::runbook::Percent },
    Delete(String),
    On,
}

#[async_trait]
impl FlagStore for Unleash {
    fn introduce(&self) -> SourceStatus {
        let endpoint = self.api.http.endpoint();
        SourceStatus::connecting(&endpoint.name, SourceKind::Flags, endpoint.base.clone())
    }

    async fn read(&self) -> Result<FlagState, Fault> {
        self.state(&self.api).await
    }

    async fn glance(&self) -> Result<FlagState, Fault> {
        self.state(self.together.as_ref().map_or(&self.api, |(_, api)| api)).await
    }

    fn off(&self) -> Write {
        write(off_title(&self.api.environment), &Request::Off)
    }

    async fn plan(&self, present: &FlagState, target: &Exposure) -> Result<Plan, Fault> {
        let plan = |writes| Plan { from_version: present.version.clone(), target: target.clone(), writes };
        if target.is_off() {
            return Ok(plan(vec![self.off()]));
        }
        if let Some(foreign) = present.foreign.first() {
            return Err(self.hazard(foreign));
        }
        let steps = self.subject.steps(&self.api.environment, &self.kept(present)?, target)?;
        Ok(plan(steps.into_iter().map(|(title, request)| write(title, &request)).collect()))
    }

    async fn restore(&self, present: &FlagState, target: &Exposure) -> Result<Plan, Fault> {
        let steps = self.subject.restoring(&self.api.environment, &self.kept(present)?, target)?;
        let writes = steps.into_iter().map(|(title, request)| write(title, &request)).collect();
        Ok(Plan { from_version: present.version.clone(), target: target.clone(), writes })
    }

    async fn write(&self, write: &Write) -> Result<(), Fault> {
        let request: Request = serde_json::from_value(write.request.clone()).map_err(|e| {
            Fault::new(
                FaultKind::Configuration,
                format!("\"{}\" is not a change of an Unleash flag: {e}", write.title),
                "use the flag store that it was planned for",
            )
        })?;
        // Whatever becomes of it, and also where nobody waits for it any more.
        let _changed = Changed(self.together.as_ref().map(|(together, _)| together.as_ref()));
        match request {
            Request::Off => self.api.off().await,
            Request::Step { change, before, after } => self.step(*change, before, after).await,
        }
    }
}

fn write(title: String, request: &Request) -> Write {
    Write { title, request: serde_json::to_value(request).unwrap_or_default() }
}
