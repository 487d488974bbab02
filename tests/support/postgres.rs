//! A real PostgreSQL on a free loopback port and in a temporary folder, until it is dropped.
#![allow(dead_code, missing_docs)]

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::support::{self, Running};

/// The running server. Fields are dropped in this order: the server goes before its folder.
pub struct Postgres {
    server: Option<Running>,
    programs: Programs,
    pub port: u16,
    folder: TempDir,
}

/// PostgreSQL's programs, and as whom they run.
struct Programs {
    bin: PathBuf,
    user: Option<(u32, u32)>,
}

impl Postgres {
    /// Starts it with one empty database, if it is installed.
    pub fn start(database: &str) -> Option<Self> {
        let Some(bin) = bin() else {
            support::missing("PostgreSQL");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("gonogo-postgres-").tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        // PostgreSQL refuses to run as root.
        let user = (fs::metadata(folder.path()).unwrap().uid() == 0).then(postgres_user);
        if let Some((uid, gid)) = user {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
            chown(&data, Some(uid), Some(gid)).unwrap();
        }
        let programs = Programs { bin, user };
        let options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        run(programs.command("initdb").arg("-D").arg(&data).args(options));
        let mut this = Self { server: None, programs, port: support::free_port(), folder };
        this.go_on();
        let port = this.port.to_string();
        run(this.programs.command("createdb").args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres", database]));
        Some(this)
    }

    /// Starts the server, again after [`Postgres::stop`]: on the same port, with the same data.
    pub fn go_on(&mut self) {
        let port = self.port.to_string();
        // What a crash of the machine does is not under test; what a crash of the server does, is.
        let off = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
        let mut server = self.programs.command("postgres");
        server.arg("-D").arg(self.data()).args(["-p", &port, "-c", "listen_addresses=127.0.0.1"]);
        server.args(["-c", &format!("unix_socket_directories={}", self.data().display())]);
        server.args(off.iter().flat_map(|setting| ["-c", setting]));
        self.server = Some(Running::start(&mut server));
        let until = Instant::now() + Duration::from_secs(30);
        while !self.programs.command("pg_isready").args(["-h", "127.0.0.1", "-p", &port]).status().unwrap().success() {
            assert!(Instant::now() < until, "PostgreSQL does not start");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Its folder, which holds its socket, too.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The address of a database.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Asks it to end at once, and does not wait.
    pub fn quit(&self) {
        self.signal("-QUIT");
    }

    /// Ends it, and waits until it is gone.
    pub fn stop(&mut self) {
        self.quit();
        if let Some(mut server) = self.server.take() {
            server.0.wait().unwrap();
        }
    }

    /// Kills it and all that it forked, as a machine that fails does, and waits until they are gone.
    pub fn kill(&mut self) {
        let forked = self.forked();
        self.signal("-KILL");
        if let Some(mut server) = self.server.take() {
            server.0.wait().unwrap();
        }
        // Nobody starts on the same data while one of them holds the shared memory.
        let until = Instant::now() + Duration::from_secs(10);
        while forked.iter().any(|pid| Path::new("/proc").join(pid).join("exe").exists()) {
            assert!(Instant::now() < until, "what PostgreSQL forked does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn forked(&self) -> Vec<String> {
        let Some(server) = &self.server else { return Vec::new() };
        let pid = server.0.id().to_string();
        let children = Command::new("pgrep").args(["-P", &pid]).output().unwrap().stdout;
        String::from_utf8(children).unwrap().lines().map(str::to_owned).collect()
    }

    /// Lets it hang with its connections open (`-STOP`), or go on (`-CONT`): the server and all that it forked.
    pub fn signal(&self, signal: &str) {
        let Some(server) = &self.server else { return };
        let mut whom = if signal == "-QUIT" { Vec::new() } else { self.forked() };
        whom.push(server.0.id().to_string());
        for pid in whom {
            let _ = Command::new("kill").args([signal, &pid]).stderr(Stdio::null()).status();
        }
    }
}

/// Debian keeps the programs of a PostgreSQL server together, apart from `PATH`, where another `postgres` may stand.
fn bin() -> Option<PathBuf> {
    let complete =
        |bin: &PathBuf| ["initdb", "postgres", "pg_isready", "createdb"].iter().all(|p| bin.join(p).is_file());
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|v| v.path().join("bin"));
    let mut all: Vec<PathBuf> = debian.filter(complete).collect();
    all.sort();
    all.pop().or_else(|| support::installed("initdb")?.parent().map(Path::to_owned).filter(complete))
}

impl Programs {
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?} failed");
}

/// User and group of `postgres`, whom Debian's package makes.
fn postgres_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("a user postgres");
    let mut fields = line.split(':').skip(2).map(|id| id.parse().expect("a number"));
    (fields.next().expect("a user id"), fields.next().expect("a group id"))
}
