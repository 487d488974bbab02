//! `gonogo bundle` and `gonogo bundle verify`, and `gonogo audit show` with a range and a query.

use std::fs;

use super::binary::{Home, run};

const RUNBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/runbooks/measurable.toml");

async fn gonogo(home: &Home, arguments: &[&str]) -> super::binary::Ran {
    let mut command = home.command(&[arguments, &["--runbook", RUNBOOK, "--operator", "ann"]].concat());
    command.env("GONOGO_TELEMETRY_TOKEN", "hunter2-token").current_dir(home.path("."));
    run(command).await
}

#[tokio::test]
async fn it_makes_one_and_checks_it() {
    let home = Home::new();
    for text in ["begun", "=1+1", "provider incident"] {
        gonogo(&home, &["note", text]).await.ended(0);
    }
    let output = home.path("b.tar.gz").display().to_string();
    let made = gonogo(&home, &["bundle", "--offline", "--json", "--output", &output]).await.ended(0).json();
    assert_eq!(
        (made["audit"]["count"].as_u64(), made["problems"].as_array().map(Vec::len)),
        (Some(3), Some(0)),
        "{made}"
    );
    gonogo(&home, &["bundle", "--offline", "--output", &output]).await.ended(2).told("is there already");
    gonogo(&home, &["bundle", "--offline", "--force", "--output", &output]).await.ended(0).answered("sha256 ");
    gonogo(&home, &["bundle", "verify", &output]).await.ended(0).answered("sound: ");
    let bytes = super::made::unpacked(output.as_ref());
    assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"), "no secret is in it");
    let mut bytes = fs::read(&output).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::write(&output, bytes).unwrap();
    let told = gonogo(&home, &["bundle", "verify", &output, "--json"]).await.ended(3).json();
    assert!(told["sound"] == false && !told["problems"].as_array().unwrap().is_empty(), "{told}");
    // The rest of a log whose end was cut off is a whole log: only the machine that made the bundle knew of more.
    let log = home.data().join("measurable/production/audit.ndjson");
    let whole = fs::read_to_string(&log).unwrap();
    fs::write(&log, whole.lines().take(2).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let made = gonogo(&home, &["bundle", "--offline", "--force", "--output", &output]).await;
    made.ended(3).told("is not sound: the audit log in it is damaged: ").told("its end was cut off");
    let verified = gonogo(&home, &["bundle", "verify", &output]).await.ended(3).answered("its end was cut off");
    verified.answered("the archive is as it was made; the audit log in it is damaged: ");
    let told = gonogo(&home, &["bundle", "verify", &output, "--json"]).await.ended(3).json();
    assert!(told["sound"] == false && told["as_made"] == true && told["problems"] == serde_json::json!([]), "{told}");
    fs::write(&log, whole).unwrap();
    gonogo(&home, &["bundle", "verify", "nowhere.tar.gz"]).await.ended(1).told("cannot be checked");

    let shown = gonogo(&home, &["audit", "show", "--find", "PROVIDER", "--format", "json"]).await.ended(0).json();
    assert_eq!((shown[0]["seq"].as_u64(), shown.as_array().map(Vec::len)), (Some(3), Some(1)), "{shown}");
    let csv = gonogo(&home, &["audit", "show", "--find", "-begun", "--format", "csv", "--from", "1h"]).await.ended(0);
    assert!(csv.out.contains("\"'=1+1\"") && csv.out.lines().count() == 3, "{}", csv.out);
    gonogo(&home, &["audit", "show", "--format", "md", "--to", "1h"]).await.ended(0).answered("0 of 3 entries");
    gonogo(&home, &["audit", "show", "--from", "tomorrow"]).await.ended(2).told("--from \"tomorrow\" is no time");
    gonogo(&home, &["audit", "show", "--from", "1h", "--to", "2h"]).await.ended(2).told("--from is after --to");
    gonogo(&home, &["audit", "show", "--find", "\"open"]).await.ended(2).told("the quote has no end");
}
