//! A real Unleash on a real PostgreSQL, on free loopback ports and in a temporary folder, until it is dropped.
#![allow(dead_code, missing_docs)]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use gonogo::http::{Auth, Body, Endpoint, Http};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    cache,
    postgres::Postgres,
    support::{self, Running},
};

pub const ADMIN_TOKEN: &str = "*:*.admin-token";
pub const CLIENT_TOKEN: &str = "default:production.client-token";

/// The running server. Fields are dropped in this order: the server goes before its database.
pub struct Server {
    pub base: String,
    pub modules: PathBuf,
    sdk: Arc<Mutex<Option<cache::Answering>>>,
    unleash: Running,
    postgres: Postgres,
    folder: TempDir,
}

impl Server {
    /// Starts both, if both are installed.
    pub fn start() -> Option<Self> {
        let packages = ["unleash-server", "unleash-client"];
        let Some(modules) = cache::node_modules(&packages) else {
            support::missing("Unleash");
            return None;
        };
        let postgres = Postgres::start("unleash")?;
        let folder = tempfile::Builder::new().prefix("gonogo-unleash-").tempdir().unwrap();
        let port = support::free_port();
        let log = fs::File::create(folder.path().join("unleash.log")).unwrap();
        let unleash = Running::start(
            Command::new("node")
                .arg(modules.join("unleash-server/dist/server.js"))
                .current_dir(folder.path())
                .env("DATABASE_URL", postgres.address("unleash"))
                .env("DATABASE_SSL", "false")
                .env("HTTP_HOST", "127.0.0.1")
                .env("HTTP_PORT", port.to_string())
                .env("INIT_ADMIN_API_TOKENS", ADMIN_TOKEN)
                .env("INIT_BACKEND_API_TOKENS", CLIENT_TOKEN)
                .env("CHECK_VERSION", "false")
                .env("SEND_TELEMETRY", "false")
                .env("NODE_ENV", "production")
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log),
        );
        let (base, sdk) = (format!("http://127.0.0.1:{port}"), Arc::default());
        let server = Self { base, modules, sdk, unleash, postgres, folder };
        let until = Instant::now() + Duration::from_secs(90);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "Unleash does not start: {}", server.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("unleash.log")).unwrap_or_default()
    }

    /// Ends the database under the running server.
    pub fn stop_database(&self) {
        self.postgres.quit();
    }

    /// A client that is known by `token`.
    pub fn http(&self, token: &str) -> Http {
        http(&self.base, token)
    }

    /// A call of the admin API that must succeed, under `/api/admin/`.
    pub async fn admin(&self, method: Method, path: &str, body: Value) -> Value {
        let body = if body.is_null() { Body::None } else { Body::Json(&body) };
        let answer = self.http(ADMIN_TOKEN).send(method.clone(), &format!("api/admin/{path}"), &[], body).await;
        let answer = answer.unwrap_or_else(|fault| panic!("{method} {path}: {fault}"));
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    /// Which of `contexts` the real SDK serves, asked after the server has had time to tell it.
    pub async fn served(&self, flag: &str, contexts: &Value) -> Vec<bool> {
        // The client API answers from a copy that is brought up to date every second.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let input = serde_json::json!({"url": self.base, "token": CLIENT_TOKEN, "flag": flag, "contexts": contexts});
        let (modules, sdk) = (self.modules.clone(), Arc::clone(&self.sdk));
        let asked = tokio::task::spawn_blocking(move || {
            let mut sdk = sdk.lock().expect("the SDK answered so far");
            sdk.get_or_insert_with(|| cache::Answering::start(&modules, "unleash.mjs")).ask(&input)
        });
        let answer = asked.await.unwrap();
        serde_json::from_value(answer).unwrap()
    }
}

/// A client of the server at `base`.
pub fn http(base: &str, token: &str) -> Http {
    Http::new(Endpoint {
        name: "unleash".to_owned(),
        base: base.to_owned(),
        auth: Auth::Verbatim(SecretString::from(token.to_owned())),
        headers: Vec::new(),
        ca_file: None,
        timeout: Duration::from_secs(5),
        body_limit: 16 << 20,
    })
    .unwrap()
}
