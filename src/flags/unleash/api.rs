//! The calls of Unleash's admin API that gonogo makes, and what their failures mean.

use std::{sync::Arc, time::Duration};

use futures_util::future::{join, try_join};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    change::{Event, LastChange},
    config::{Config, Segment, Strategy},
    together::Asks,
};
use crate::{
    fault::{Fault, FaultKind},
    http::{Body, Http, asked::Told},
    runbook::Percent,
};

/// The wait before what the server failed to tell is asked for once more.
const AGAIN: Duration = Duration::from_millis(100);

/// One flag in one environment of one project.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) http: Http,
    pub(super) project: String,
    pub(super) environment: String,
    pub(super) flag: String,
    /// How it asks.
    pub(super) asks: Asks,
}

#[derive(Deserialize)]
struct Feature {
    name: String,
    #[serde(default)]
    archived: bool,
    environments: Vec<Environment>,
    #[serde(default)]
    dependencies: Vec<Value>,
}

#[derive(Deserialize)]
struct Environment {
    name: String,
    enabled: bool,
    strategies: Vec<Strategy>,
}

#[derive(Deserialize)]
struct Segments {
    segments: Vec<Segment>,
}

#[derive(Deserialize)]
struct Events {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Archive {
    features: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Api {
    /// The configuration, with the segments of these names and those that its strategies use.
    pub(super) async fn config(&self, names: &[&str]) -> Result<Config, Fault> {
        // The environment's own address leaves the segments out: only the flag's has them.
        let (feature, segments) = match self.asks {
            Asks::Alone => {
                let (feature, segments) = join(self.feature(), self.segments()).await;
                (feature?, segments?)
            }
            // A server that does not answer is told at once, of all its flags. What it does not find, the flag's own
            // reading tells in better words.
            Asks::Together(..) => {
                let segments = async {
                    match self.segments().await {
                        Err(fault) if fault.kind == FaultKind::NotFound => Ok(Err(fault)),
                        told => told.map(Ok),
                    }
                };
                let (feature, segments) = try_join(self.feature(), segments).await?;
                (feature, segments?)
            }
        };
        if feature.name != self.flag {
            return Err(self.fault(FaultKind::Malformed, "answered for another flag", "check the address"));
        }
        if feature.archived {
            return Err(self.archived());
        }
        let known: Vec<String> = feature.environments.iter().map(|environment| environment.name.clone()).collect();
        let environment =
            feature.environments.into_iter().find(|environment| environment.name == self.environment).ok_or_else(
                || {
                    let what = format!("has no environment \"{}\" for {}", self.environment, self.flag);
                    self.fault(FaultKind::NotFound, &what, &format!("name one of these: {}", known.join(", ")))
                },
            )?;
        let used = |segment: &Segment| {
            names.contains(&segment.name.as_str())
                || environment.strategies.iter().flat_map(|s| s.segments.iter().flatten()).any(|id| *id == segment.id)
        };
        let mut segments: Vec<Segment> = segments.into_iter().filter(used).collect();
        segments.sort_by_key(|segment| segment.id);
        let mut strategies = environment.strategies;
        strategies.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Config { enabled: environment.enabled, strategies, segments, dependencies: feature.dependencies })
    }

    /// When the configuration was last changed, by whom and how. Worth knowing, never worth waiting for.
    pub(super) async fn last_change(&self) -> Option<LastChange> {
        let query = [
            ("feature", format!("IS:{}", self.flag)),
            ("environment", format!("IS:{}", self.environment)),
            ("limit", "1".to_owned()),
        ];
        let call = self.asks.get(&self.http, "api/admin/search/events", &query);
        let told = tokio::time::timeout(Duration::from_secs(2), call).await.ok()?.ok()?;
        let event = told.answer.json::<Events>(&self.server()).ok()?.events.into_iter().next()?;
        Some(event.told(&self.environment))
    }

    /// Switches the environment off.
    pub(super) async fn off(&self) -> Result<(), Fault> {
        self.change(Method::POST, &self.in_environment("off"), Body::None).await
    }

    /// Switches the environment on. With no enabled strategy in it, Unleash adds one that serves everyone.
    pub(super) async fn on(&self) -> Result<(), Fault> {
        self.change(Method::POST, &self.in_environment("on"), Body::None).await
    }

    /// Adds a strategy.
    pub(super) async fn create(&self, strategy: &Value) -> Result<(), Fault> {
        self.change(Method::POST, &self.in_environment("strategies"), Body::Json(strategy)).await
    }

    /// Changes the share of the strategy of this id and nothing else; refused by Unleash if it is not `from`.
    pub(super) async fn rollout(&self, id: &str, from: Percent, to: Percent) -> Result<(), Fault> {
        let patch = json!([
            {"op": "test", "path": "/parameters/rollout", "value": from.get().to_string()},
            {"op": "replace", "path": "/parameters/rollout", "value": to.get().to_string()},
        ]);
        self.change(Method::PATCH, &self.strategy(id), Body::Json(&patch)).await
    }

    /// Takes the strategy of this id away.
    pub(super) async fn delete(&self, id: &str) -> Result<(), Fault> {
        self.change(Method::DELETE, &self.strategy(id), Body::None).await
    }

    async fn change(&self, method: Method, path: &str, body: Body<'_>) -> Result<(), Fault> {
        match self.http.send(method, path, &[], body).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.kind == FaultKind::NotFound => Err(self.not_found().await),
            Err(fault) => Err(fault),
        }
    }

    async fn feature(&self) -> Result<Feature, Fault> {
        match self.get(&self.in_project()).await {
            Ok(told) => told.answer.json(&self.server()),
            Err(fault) if fault.kind == FaultKind::NotFound => Err(self.not_found().await),
            Err(fault) => Err(fault),
        }
    }

    async fn segments(&self) -> Result<Vec<Segment>, Fault> {
        let told = self.get("api/admin/segments").await?;
        Ok(told.answer.json::<Segments>(&self.server())?.segments)
    }

    /// Reads, and once more where the server failed: a reading takes two answers, and one that fails now and then would
    /// else be blind most of the time.
    async fn get(&self, path: &str) -> Result<Arc<Told>, Fault> {
        let get = || self.asks.get(&self.http, path, &[]);
        match get().await {
            Err(fault) if fault.kind == FaultKind::Server => {
                tokio::time::sleep(AGAIN).await;
                get().await
            }
            answer => answer,
        }
    }

    /// What a 404 means: Unleash gives it for an archived flag, for an unknown one, and while its database is down.
    async fn not_found(&self) -> Fault {
        let query = [
            ("query", self.flag.clone()),
            ("archived", "IS:true".to_owned()),
            ("project", format!("IS:{}", self.project)),
        ];
        let archive = self.asks.get(&self.http, "api/admin/search/features", &query).await;
        let archive = archive.and_then(|told| told.answer.json::<Archive>(&self.server()));
        let what = match archive {
            Ok(archive) if archive.features.iter().any(|feature| feature.name == self.flag) => return self.archived(),
            Ok(_) => format!(
                "has no flag \"{}\" with an environment \"{}\" in its project \"{}\"",
                self.flag, self.environment, self.project
            ),
            Err(_) => format!("does not find \"{}\", or its database is down", self.flag),
        };
        self.fault(FaultKind::NotFound, &what, "check project, flag and environment, and Unleash's database")
    }

    fn archived(&self) -> Fault {
        let what = format!("has \"{}\" archived, and serves it to nobody", self.flag);
        self.fault(FaultKind::NotFound, &what, "revive the flag in Unleash")
    }

    pub(super) fn fault(&self, kind: FaultKind, what: &str, next: &str) -> Fault {
        Fault::new(kind, format!("{} {what}", self.server()), next)
    }

    /// What it is called and where it is, as every message begins.
    fn server(&self) -> String {
        let endpoint = self.http.endpoint();
        format!("{} at {}", endpoint.name, endpoint.base)
    }

    fn in_project(&self) -> String {
        format!("api/admin/projects/{}/features/{}", escape(&self.project), escape(&self.flag))
    }

    fn in_environment(&self, what: &str) -> String {
        format!("{}/environments/{}/{what}", self.in_project(), escape(&self.environment))
    }

    fn strategy(&self, id: &str) -> String {
        self.in_environment(&format!("strategies/{}", escape(id)))
    }
}

/// A name as one segment of a path.
fn escape(name: &str) -> String {
    use std::fmt::Write as _;
    name.bytes().fold(String::new(), |mut path, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => path.push(char::from(byte)),
            _ => {
                let _ = write!(path, "%{byte:02X}");
            }
        }
        path
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(super::escape("a/b?c#d é.e-f_g~h"), "a%2Fb%3Fc%23d%20%C3%A9.e-f_g~h");
    }
}
