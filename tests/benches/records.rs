//! Records as the product writes them, and signals that read them.

use gonogo::runbook::{EventRead, Exposure, Flag, Runbook, Signal};
use serde_json::json;

/// Time of the first record, in ms.
pub const FIRST_MS: i64 = 1_790_000_000_000;
/// From one record to the next, in ms.
pub const STEP_MS: i64 = 100;

fn signal(key: &str, name: &str, labels: &[&str]) -> Signal {
    Signal {
        key: key.into(),
        title: key.into(),
        by: labels.iter().map(|label| (*label).into()).collect(),
        heartbeat: None,
        prometheus: None,
        events: Some(EventRead {
            name_field: "eventName".into(),
            names: vec![name.into()],
            matchers: vec![],
            labels: labels.iter().map(|label| (*label).into()).collect(),
            value_field: None,
        }),
    }
}

/// Three signals by what is in `detail`.
pub fn runbook() -> Runbook {
    Runbook {
        key: "bench".into(),
        title: "Bench".into(),
        scope: vec![],
        flag: Flag { key: "flag".into(), legacy: None },
        preconditions: vec![],
        cohorts: vec![],
        stages: vec![],
        signals: vec![
            signal("upload", "vfs_secure_upload", &["success", "detail.failStage"]),
            signal("path", "api_post_vfs_register", &["detail.path", "detail.secureFlag"]),
            signal("blob", "vfs_blob_flush_operation", &["detail.operationKind", "success", "detail.statusCode"]),
        ],
        rates: vec![],
        guardrails: None,
        failure_messages: vec![],
        codes: vec![],
        monitors: vec![],
        triggers: vec![],
        rollback: vec![],
        legacy: None,
        rules: vec![],
        checklist: vec![],
        qa: None,
        evidence: vec![],
        sign_off: vec![],
        deployed: None,
        roles: vec![],
        digest: Exposure::off().to_string(),
    }
}

/// The text of a file. Of each hundred records, `relevant` are ones that a signal reads; of each fifty, one failed, and
/// its `detail` has escapes within the escapes.
pub fn file_with(records: usize, relevant: usize) -> String {
    let mut text = String::new();
    for n in 0..records {
        let name = match (n * 37 % 100 < relevant, n % 3) {
            (false, _) => "api_get_vfs_blob",
            (true, 0) => "vfs_secure_upload",
            (true, 1) => "api_post_vfs_register",
            (true, _) => "vfs_blob_flush_operation",
        };
        let success = n * 7 % 50 != 0;
        let kind = ["chunk", "thumbnail", "manifest"][n / 3 % 3];
        let mut detail = json!({
            "operationKind": kind,
            "attempts": 1,
            "retryCount": 0,
            "path": if n % 11 == 0 { "legacy" } else { "secure" },
            "secureFlag": "on",
            "fileSize": 400_000 + n % 100_000,
            "mimeType": "image/jpeg",
        });
        if !success {
            detail["failStage"] = ["encrypt", "flush", "register"][n / 50 % 3].into();
            detail["message"] = "The server said \"no\"".into();
            detail["statusCode"] = 503.into();
        }
        let record = json!({
            "id": format!("0198c0de-{n:012x}"),
            "eventName": name,
            "durationMs": n % 900,
            "success": success,
            "timestamp": FIRST_MS + n as i64 * STEP_MS,
            "detail": detail.to_string(),
        });
        text.push_str(&record.to_string());
        text.push('\n');
    }
    text
}
