//! A stand-in that answers queries from a history, by its own clock.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use gonogo::telemetry::prometheus::Prometheus;
use serde_json::{Value, json};

use super::{
    faulty::{Faulty, Reply},
    instant,
    prometheus::Known,
    source,
};

pub type Answer = dyn Fn(&Ask) -> Option<Reply> + Send + Sync;

/// A query as it was asked.
pub struct Ask {
    pub query: String,
    /// Absent for `time()`.
    pub time: Option<i64>,
}

pub struct StandIn {
    pub server: Faulty,
    pub clock: Arc<AtomicI64>,
    pub history: Arc<Mutex<Vec<Known>>>,
    special: Arc<Mutex<Box<Answer>>>,
}

impl StandIn {
    pub async fn new(history: Vec<Known>, clock: i64) -> Self {
        let (clock, history) = (Arc::new(AtomicI64::new(clock)), Arc::new(Mutex::new(history)));
        let special: Arc<Mutex<Box<Answer>>> = Arc::new(Mutex::new(Box::new(|_| None)));
        let (own_clock, own_history, own_special) = (Arc::clone(&clock), Arc::clone(&history), Arc::clone(&special));
        let server = Faulty::scripted(move |request| {
            let form = request.split_once("\r\n\r\n").map_or("", |parts| parts.1);
            let url = reqwest::Url::parse(&format!("http://x/?{form}")).expect("a form");
            let field =
                |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            let time = field("time").map(|time| time.parse().expect("whole seconds"));
            let ask = Ask { query: field("query").expect("a query"), time };
            let special = own_special.lock().expect("no poison")(&ask);
            special.unwrap_or_else(|| {
                answer(&ask, &own_history.lock().expect("no poison"), own_clock.load(Ordering::SeqCst))
            })
        })
        .await;
        Self { server, clock, history, special }
    }

    pub fn when(&self, special: impl Fn(&Ask) -> Option<Reply> + Send + Sync + 'static) {
        *self.special.lock().expect("no poison") = Box::new(special);
    }

    pub fn normally(&self) {
        self.when(|_| None);
    }

    pub fn source(&self) -> Prometheus {
        source(&self.server.base())
    }

    pub fn now(&self) -> DateTime<Utc> {
        instant(self.clock.load(Ordering::SeqCst))
    }
}

pub fn success(result_type: &str, result: &serde_json::Value) -> String {
    serde_json::json!({"status": "success", "data": {"resultType": result_type, "result": result}}).to_string()
}

/// As Prometheus answers the queries that are asked, for selectors on environment "production".
pub fn answer(ask: &Ask, history: &[Known], clock: i64) -> Reply {
    if ask.query == "time()" {
        return Reply::json(success("scalar", &serde_json::json!([clock, clock.to_string()])));
    }
    let time = ask.time.expect("a time");
    if ask.query == "count(up)" {
        return Reply::json(success("vector", &serde_json::json!([{"metric": {}, "value": [time, "1"]}])));
    }
    if let Some((inner, range)) =
        ask.query.strip_prefix('(').and_then(|rest| rest.strip_suffix("s:1m]")?.split_once(")["))
    {
        return over(inner, range.parse().expect("seconds"), history, time);
    }
    if let Some((label, selector)) = ask.query.strip_prefix("count by (").and_then(|rest| rest.split_once(") (")) {
        return counted(label, selector.trim_end_matches(')'), history, time);
    }
    let (last, inner) = match ask.query.strip_prefix("last_over_time(") {
        Some(inner) => (true, inner.trim_end_matches(')')),
        None => (false, ask.query.as_str()),
    };
    let (selector, range) = inner.trim_end_matches("s]").rsplit_once('[').expect("a range");
    let range: i64 = range.parse().expect("seconds");
    let metric = selector.split('{').next().expect("a name");
    let mut result = Vec::new();
    for known in
        history.iter().filter(|known| known.metric == metric && known.labels.contains("environment=\"production\""))
    {
        // Left-open, as Prometheus has it since its third version.
        let samples: Vec<_> = known
            .samples
            .iter()
            .filter(|(at, _)| *at > (time - range) * 1000 && *at <= time * 1000 && *at <= clock * 1000)
            .map(|(at, value)| serde_json::json!([*at as f64 / 1000.0, value.to_string()]))
            .collect();
        let labels: serde_json::Map<String, serde_json::Value> = known
            .labels
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('"').into()))
            .collect();
        match samples.last() {
            None => {}
            Some(sample) if last => result.push(serde_json::json!({"metric": labels, "value": sample})),
            Some(_) => result.push(serde_json::json!({"metric": labels, "values": samples})),
        }
    }
    Reply::json(success(if last { "vector" } else { "matrix" }, &result.into()))
}

/// How many series have each value of a label: those with a sample in the five minutes before `time`.
fn counted(label: &str, selector: &str, history: &[Known], time: i64) -> Reply {
    let counts = counts(label, selector, history, time);
    let series =
        counts.into_iter().map(|(value, n)| json!({"metric": labelled(label, &value), "value": [time, n.to_string()]}));
    Reply::json(success("vector", &series.collect()))
}

/// The same at each whole minute of so many seconds before `time`, open on the left.
fn over(query: &str, range: i64, history: &[Known], time: i64) -> Reply {
    let (label, selector) =
        query.strip_prefix("count by (").and_then(|rest| rest.split_once(") (")).expect("a question that is known");
    let mut series: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for at in (time - range + 1..=time).filter(|at| at % 60 == 0) {
        for (value, n) in counts(label, selector.trim_end_matches(')'), history, at) {
            series.entry(value).or_default().push(json!([at, n.to_string()]));
        }
    }
    let series = series.into_iter().map(|(value, values)| json!({"metric": labelled(label, &value), "values": values}));
    Reply::json(success("matrix", &series.collect()))
}

fn counts(label: &str, selector: &str, history: &[Known], time: i64) -> BTreeMap<String, u64> {
    let metric = selector.split('{').next().expect("a name");
    let fresh = |known: &&Known| {
        known.metric == metric && known.samples.iter().any(|(at, _)| *at > (time - 300) * 1000 && *at <= time * 1000)
    };
    let mut counts = BTreeMap::new();
    for known in history.iter().filter(fresh) {
        let value = known.labels.split(',').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == label);
        *counts.entry(value.map_or("", |(_, value)| value.trim_matches('"')).to_owned()).or_insert(0) += 1;
    }
    counts
}

fn labelled(label: &str, value: &str) -> Value {
    if value.is_empty() { json!({}) } else { json!({label: value}) }
}

pub const END: i64 = 1_790_000_040;
