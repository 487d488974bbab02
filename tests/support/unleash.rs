//! A real Unleash on a real PostgreSQL, on free loopback ports and in a temporary folder, until it is dropped.
#![allow(dead_code, missing_docs)]

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use gonogo::http::{Auth, Body, Endpoint, Http};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    cache,
    support::{self, Running},
};

pub const ADMIN_TOKEN: &str = "*:*.admin-token";
pub const CLIENT_TOKEN: &str = "default:production.client-token";

/// The running server. Fields are dropped in this order: the server goes before its database.
pub struct Server {
    pub base: String,
    pub modules: PathBuf,
    unleash: Running,
    postgres: Running,
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
        let Some(bin) = postgres_bin() else {
            support::missing("PostgreSQL");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("gonogo-unleash-").tempdir().unwrap();
        let (postgres, database) = start_postgres(&bin, folder.path());
        let port = support::free_port();
        let log = fs::File::create(folder.path().join("unleash.log")).unwrap();
        let unleash = Running::start(
            Command::new("node")
                .arg(modules.join("unleash-server/dist/server.js"))
                .current_dir(folder.path())
                .env("DATABASE_URL", database)
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
        let server = Self { base: format!("http://127.0.0.1:{port}"), modules, unleash, postgres, folder };
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
        let pid = self.postgres.0.id().to_string();
        assert!(Command::new("kill").args(["-QUIT", &pid]).status().unwrap().success());
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
        let modules = self.modules.clone();
        let answer = tokio::task::spawn_blocking(move || cache::node(&modules, "unleash.mjs", &input)).await.unwrap();
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

/// Debian keeps the programs of a PostgreSQL server together, apart from `PATH`, where another `postgres` may stand.
fn postgres_bin() -> Option<PathBuf> {
    let complete =
        |bin: &PathBuf| ["initdb", "postgres", "pg_isready", "createdb"].iter().all(|p| bin.join(p).is_file());
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|v| v.path().join("bin"));
    let mut all: Vec<PathBuf> = debian.filter(complete).collect();
    all.sort();
    all.pop().or_else(|| support::installed("initdb")?.parent().map(Path::to_owned).filter(complete))
}

fn start_postgres(bin: &Path, folder: &Path) -> (Running, String) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let data = folder.join("postgres");
    fs::create_dir(&data).unwrap();
    // PostgreSQL refuses to run as root.
    let other = fs::metadata(folder).unwrap().uid() == 0;
    let ids = other.then(postgres_user);
    if let Some((uid, gid)) = ids {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        chown(&data, Some(uid), Some(gid)).unwrap();
    }
    let program = |name: &str| {
        let mut command = Command::new(bin.join(name));
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((uid, gid)) = ids {
            command.uid(uid).gid(gid);
        }
        command
    };
    let run = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?} failed");
    run(program("initdb").arg("-D").arg(&data).args([
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]));
    let port = support::free_port().to_string();
    let off = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "unix_socket_directories="];
    let mut server = program("postgres");
    server.arg("-D").arg(&data).args(["-p", &port, "-c", "listen_addresses=127.0.0.1"]);
    server.args(off.iter().flat_map(|setting| ["-c", setting]));
    let running = Running::start(&mut server);
    let until = Instant::now() + Duration::from_secs(30);
    while !program("pg_isready").args(["-h", "127.0.0.1", "-p", &port]).status().unwrap().success() {
        assert!(Instant::now() < until, "PostgreSQL does not start");
        std::thread::sleep(Duration::from_millis(30));
    }
    run(program("createdb").args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "unleash"]));
    (running, format!("postgres://postgres@127.0.0.1:{port}/unleash"))
}

/// User and group of `postgres`, whom Debian's package makes.
fn postgres_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("a user postgres");
    let mut fields = line.split(':').skip(2).map(|id| id.parse().expect("a number"));
    (fields.next().expect("a user id"), fields.next().expect("a group id"))
}
