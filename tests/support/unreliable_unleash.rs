//! An Unleash that does what it is told and then misbehaves in one chosen way: what a real server does only when it is
//! unlucky.
#![allow(dead_code, missing_docs)]

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    None,
    /// `on` adds a strategy for everyone, as with no enabled strategy.
    OnAddsEveryone,
    /// A strategy is stored without its segments.
    LosesSegments,
    /// Changes are made, and their answers never arrive.
    LosesAnswers,
    /// Changes are answered with 200 and not made.
    IgnoresChanges,
    /// Nothing can be read any more once a change was made.
    BlindAfterChange,
    /// The same, and `off` fails too.
    DeadAfterChange,
    /// Switches on at once, and takes its time to say so.
    SlowToSay,
    /// Every answer is a 404, as of a server whose database is down.
    DatabaseDown,
}

#[derive(Debug)]
pub struct State {
    pub mishap: Mishap,
    pub enabled: bool,
    pub strategies: Vec<Value>,
    /// `METHOD path` of each request.
    pub log: Vec<String>,
    changed: bool,
}

pub struct Unreliable {
    pub base: String,
    pub state: Arc<Mutex<State>>,
}

impl Unreliable {
    /// Serves, under a path prefix, until the runtime ends.
    pub async fn start(mishap: Mishap) -> Self {
        let state = State { mishap, enabled: false, strategies: Vec::new(), log: Vec::new(), changed: false };
        let state = Arc::new(Mutex::new(state));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/behind/a/proxy/", listener.local_addr().unwrap());
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { base, state }
    }

    /// How often this request was made, by the end of `METHOD path`.
    pub fn count(&self, ending: &str) -> usize {
        self.state.lock().unwrap().log.iter().filter(|line| line.ends_with(ending)).count()
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) -> Option<()> {
    let mut bytes = Vec::new();
    let head = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    while bytes.len() < head + length.unwrap_or(0) {
        stream.read_buf(&mut bytes).await.ok()?;
    }
    let line = String::from_utf8_lossy(&bytes[..head]).lines().next()?.to_owned();
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let path = target.split('?').next()?.strip_prefix("/behind/a/proxy/api/admin/")?.to_owned();
    let body = serde_json::from_slice(&bytes[head..]).unwrap_or(Value::Null);
    let (status, answer) = state.lock().unwrap().answer(&method, &path, &body)?;
    let slow = state.lock().unwrap().mishap == Mishap::SlowToSay && path.ends_with("/on");
    if slow {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    }
    let answer = answer.to_string();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(answer.as_bytes()).await.ok()
}

impl State {
    /// Status and body; none where the connection is closed without an answer.
    fn answer(&mut self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        self.log.push(format!("{method} {path}"));
        if self.mishap == Mishap::DatabaseDown {
            return Some((404, json!({"name": "NotFoundError"})));
        }
        if method == "GET" {
            let blind = matches!(self.mishap, Mishap::BlindAfterChange | Mishap::DeadAfterChange);
            return if blind && self.changed { None } else { Some((200, self.read(path))) };
        }
        if self.mishap == Mishap::IgnoresChanges {
            return Some((200, Value::Null));
        }
        if path.ends_with("/off") {
            if self.mishap == Mishap::DeadAfterChange {
                return None;
            }
            self.enabled = false;
            return Some((200, Value::Null));
        }
        self.changed |= path.ends_with("/on");
        self.change(method, path, body);
        (self.mishap != Mishap::LosesAnswers).then_some((200, Value::Null))
    }

    fn change(&mut self, method: &str, path: &str, body: &Value) {
        if path.ends_with("/on") {
            self.enabled = true;
            if self.mishap == Mishap::OnAddsEveryone {
                self.add(&json!({"name": "flexibleRollout", "segments": [],
                    "parameters": {"rollout": "100", "stickiness": "default", "groupId": "flag"}}));
            }
        } else if method == "POST" {
            self.add(body);
        } else if method == "PATCH" {
            let id = path.rsplit('/').next().unwrap_or_default();
            let strategy = self.strategies.iter_mut().find(|s| s["id"] == json!(id)).unwrap();
            assert_eq!(body[0]["op"], json!("test"));
            assert_eq!(strategy["parameters"]["rollout"], body[0]["value"]);
            strategy["parameters"]["rollout"] = body[1]["value"].clone();
        } else if method == "DELETE" {
            let id = path.rsplit('/').next().unwrap_or_default().to_owned();
            self.strategies.retain(|s| s["id"] != json!(id));
        }
    }

    pub fn add(&mut self, strategy: &Value) {
        let mut strategy = strategy.clone();
        strategy["id"] = json!(format!("id-{}", self.strategies.len()));
        if self.mishap == Mishap::LosesSegments {
            strategy["segments"] = json!([]);
        }
        self.strategies.push(strategy);
    }

    fn read(&self, path: &str) -> Value {
        match path {
            "segments" => json!({"segments": [{"id": 7, "name": "internal-users",
                "constraints": [{"contextName": "group", "operator": "IN", "values": ["internal"]}]}]}),
            "search/events" => json!({"events": "not what was expected"}),
            "search/features" => json!({"features": [], "total": 0}),
            _ => json!({"name": "flag", "archived": false, "environments": [
                {"name": "production", "enabled": self.enabled, "strategies": self.strategies}]}),
        }
    }
}
