//! What tests against real servers share: free ports, processes that end with their test, and the rule for a server
//! that is not installed.
#![allow(dead_code, missing_docs)]

use std::{
    io::Write,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command},
};

/// A loopback port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free loopback port").port()
}

/// Where `program` is, if it is installed.
pub fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Call when a server is not there: a failure where servers are required, a loud line elsewhere.
pub fn missing(server: &str) {
    assert!(
        std::env::var("GONOGO_REQUIRE_SERVERS").as_deref() != Ok("1"),
        "{server} is not installed, and GONOGO_REQUIRE_SERVERS=1 requires it"
    );
    // Past the capture of a passing test's output: nobody must take this test for one that was made.
    let _ = writeln!(
        std::io::stderr(),
        "\n*** NOT TESTED against {server}: it is not installed (.ci/run installs it) ***\n"
    );
}

/// A process that is killed, by its pid, when the test is over.
pub struct Running(pub Child);

impl Running {
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|e| panic!("{command:?} does not start: {e}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
