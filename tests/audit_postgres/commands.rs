//! The commands on such a log: what was tampered with is found, a move is made both ways, no password is shown.

use std::process::Command;

use super::{
    ROLLOUT,
    binary::{Home, run},
    postgres::Postgres,
    sql, stored,
};

/// A home whose log is at `address`.
pub struct Operator {
    pub home: Home,
    address: String,
}

impl Operator {
    pub fn at(address: &str) -> Self {
        Self { home: Home::new(), address: address.to_owned() }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.env("GONOGO_AUDIT", &self.address);
        command
    }

    pub async fn notes(&self, texts: &[&str]) {
        for text in texts {
            run(self.command(&["note", text])).await.ended(0);
        }
    }

    fn file(&self) -> Vec<String> {
        let path = self.home.data().join(ROLLOUT).join("production/audit.ndjson");
        std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn what_was_tampered_with_is_found() {
    let Some(server) = Postgres::start("t") else { return };
    let address = server.address("t");
    let here = Operator::at(&address);
    here.notes(&["a", "b", "c", "d"]).await;
    let sound = run(here.command(&["audit", "verify", "--json"])).await.ended(0).json();
    assert_eq!((sound["count"].as_u64(), sound["sound"].as_bool()), (Some(4), Some(true)));
    let head = sound["head"].as_str().unwrap().to_owned();
    let shown = run(here.command(&["audit", "show", "--limit", "2"])).await.ended(0);
    assert!(shown.out.contains("  ann  ") && shown.out.lines().count() == 2, "{}", shown.out);
    let entries = run(here.command(&["audit", "show", "--json"])).await.ended(0).json();
    assert_eq!(entries[3]["hash"].as_str(), Some(head.as_str()));

    sql(&address, "CREATE TABLE kept AS TABLE gonogo_audit").await;
    for (tampering, found) in [
        ("UPDATE gonogo_audit SET line = replace(line, '\"b\"', '\"x\"') WHERE seq = 2", "entry 2 was changed"),
        ("DELETE FROM gonogo_audit WHERE seq = 2", "entry 3 does not follow"),
        (
            "UPDATE gonogo_audit a SET line = k.line FROM kept k WHERE (a.seq, k.seq) IN ((2, 3), (3, 2))",
            "does not follow the one before it",
        ),
        ("DELETE FROM gonogo_audit WHERE seq = 4", "its end was cut off"),
        ("DELETE FROM gonogo_audit", "its end was cut off"),
    ] {
        sql(&address, tampering).await;
        run(here.command(&["audit", "verify"])).await.ended(3).answered("DAMAGED").answered(found);
        // Somebody who was never here finds a cut end by an earlier report.
        let report = ["audit", "verify", "--count", "4", "--head", &head];
        run(Operator::at(&address).command(&report)).await.ended(3).answered("DAMAGED");
        sql(&address, "TRUNCATE gonogo_audit; INSERT INTO gonogo_audit TABLE kept").await;
        run(Operator::at(&address).command(&report)).await.ended(0).answered(&head);
        run(here.command(&["audit", "verify"])).await.ended(0).answered("sound");
    }
}

#[tokio::test]
async fn a_log_moves_both_ways_and_twice() {
    let Some(server) = Postgres::start("t") else { return };
    let address = server.address("t");
    let here = Operator::at("file");
    here.notes(&["a", "b"]).await;
    let there = ["audit", "move", "--to", &address];
    run(here.command(&there)).await.ended(0).answered("3 entries");
    assert_eq!(stored(&address).await, here.file());
    run(here.command(&["note", "too late"])).await.ended(2).told("was moved to postgres://127.0.0.1");
    run(here.command(&there)).await.ended(0).answered("3 entries");

    let mut team = here;
    team.address = address.clone();
    team.notes(&["c"]).await;
    run(team.command(&["audit", "move", "--to", "file"])).await.ended(0).answered("5 entries");
    assert_eq!(stored(&address).await, team.file());
    run(team.command(&["note", "too late"])).await.ended(2).told("was moved to ");
    team.address = "file".to_owned();
    team.notes(&["d"]).await;
    run(team.command(&["audit", "verify"])).await.ended(0).answered("count 6");
    // What a crash cut off: the source is closed, and the target lacks its end.
    run(team.command(&there)).await.ended(0).answered("7 entries");
    sql(&address, "DELETE FROM gonogo_audit WHERE seq > 5").await;
    run(team.command(&there)).await.ended(0).answered("7 entries");
    assert_eq!(stored(&address).await, team.file());

    let other = Operator::at("file");
    other.notes(&["of another log"]).await;
    run(other.command(&there)).await.ended(1).told("two logs are not made one");
    other.notes(&["which goes on"]).await;
}

#[tokio::test]
async fn the_password_lets_in_and_is_never_shown() {
    let Some(server) = Postgres::start("t") else { return };
    sql(&server.address("t"), "CREATE ROLE gonogo LOGIN PASSWORD 'hunter2'; ALTER DATABASE t OWNER TO gonogo").await;
    let rules = "local all postgres trust\nhost all postgres all trust\nhost all all all scram-sha-256\n";
    std::fs::write(server.data().join("pg_hba.conf"), rules).unwrap();
    sql(&server.address("t"), "SELECT pg_reload_conf()").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let here = Operator::at(&format!("postgres://gonogo@127.0.0.1:{}/t", server.port));
    let with = |arguments: &[&str], password: &str| {
        let mut command = here.command(arguments);
        command.env("GONOGO_AUDIT_PASSWORD", password);
        command
    };
    let mut outputs = vec![
        run(with(&["note", "in"], "hunter2")).await.ended(0),
        run(with(&["audit", "show"], "hunter2")).await.ended(0).answered("in"),
        run(with(&["config"], "hunter2")).await.ended(0).answered("set, from env GONOGO_AUDIT_PASSWORD"),
        run(with(&["note", "out"], "hunter2x")).await.ended(1).told("does not let this user in"),
        run(here.command(&["note", "out"])).await.ended(1).told("password"),
        run(with(&["--audit", "postgres://gonogo:hunter2@127.0.0.1/t", "note", "x"], ""))
            .await
            .ended(2)
            .told("take it out"),
        run(with(&["--audit", "postgres://gonogo:hunter2@127.0.0.1/t", "config"], "")).await.ended(0),
    ];
    let profile = format!(
        "profile = \"p\"\n[profiles.p.audit]\naddress = \"{}\"\npassword = {{ command = [\"echo\", \"hunter2\"] }}\n",
        here.address
    );
    let mut command = here.home.command(&["--config", &here.home.write("c.toml", profile), "note", "by profile"]);
    command.env_remove("GONOGO_AUDIT");
    outputs.push(run(command).await.ended(0));
    let required = format!("{}?sslmode=require", here.address);
    outputs.push(run(with(&["--audit", &required, "note", "x"], "hunter2")).await.ended(1).told("TLS"));
    for ran in outputs {
        assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"), "{ran:?}");
    }
}
