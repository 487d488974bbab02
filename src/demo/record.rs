//! Event records as the product writes them.

use std::fmt::Write as _;

/// The step in which a secure upload failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailStage {
    Orchestrator,
    StageAttach,
    Flush,
}

impl FailStage {
    fn word(self) -> &'static str {
        match self {
            Self::Orchestrator => "orchestrator_unavailable",
            Self::StageAttach => "stage_attach",
            Self::Flush => "flush",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Orchestrator => "Secure upload is enabled but VFS secure orchestrator is not ready",
            Self::StageAttach => "Secure upload failed (stage_attach)",
            Self::Flush => "Secure upload failed (flush)",
        }
    }
}

/// What a record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    /// An upload was registered.
    Registered { secure: bool, flag: bool },
    /// A step on a staged blob ended.
    Blob { step: &'static str, retries: u8, status: Option<u16> },
    /// The storage refused.
    Storage { code: &'static str },
    /// A secure upload ended.
    Uploaded { bytes: u32, failed: Option<FailStage> },
    /// A sync guardrail was violated. As in the product, this record has no time.
    Violated { stage: &'static str, code: &'static str },
}

/// One record, due to be written. Ordered by when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// ms since the epoch.
    pub(super) at: i64,
    /// Tells apart what happens in the same millisecond.
    pub(super) number: u64,
    pub(super) took_ms: u32,
    pub(super) fact: Fact,
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Due {
    /// Appends the record as one line.
    pub(super) fn write(&self, out: &mut String) {
        let Self { at, number, took_ms, .. } = *self;
        let mut event = |name: &str, success: bool, detail: std::fmt::Arguments<'_>| {
            // Writing to a String does not fail.
            let _ = writeln!(
                out,
                r#"{{"id":"e{number:x}","eventName":"{name}","durationMs":{took_ms},"success":{success},"timestamp":{at},"detail":"{{{detail}}}"}}"#,
            );
        };
        match self.fact {
            Fact::Registered { secure, flag } => {
                let path = if secure { "secure" } else { "legacy" };
                let flag = if flag { "on" } else { "off" };
                let detail = format_args!(r#"\"path\":\"{path}\",\"secureFlag\":\"{flag}\""#);
                event("api_post_vfs_register", true, detail);
            }
            Fact::Blob { step, retries, status } => {
                let attempts = retries + 1;
                let name = "vfs_blob_flush_operation";
                match status {
                    None => {
                        let detail = format_args!(
                            r#"\"operationKind\":\"{step}\",\"attempts\":{attempts},\"retryCount\":{retries}"#
                        );
                        event(name, true, detail);
                    }
                    Some(status) => {
                        let detail = format_args!(
                            r#"\"operationKind\":\"{step}\",\"attempts\":{attempts},\"retryCount\":{retries},\"failureClass\":\"http_status\",\"statusCode\":{status},\"retryable\":false"#
                        );
                        event(name, false, detail);
                    }
                }
            }
            Fact::Storage { code } => event("vfs_blob_storage_error", false, format_args!(r#"\"code\":\"{code}\""#)),
            Fact::Uploaded { bytes, failed } => {
                let mime = ["image/jpeg", "application/pdf", "video/mp4"][bytes as usize % 3];
                let size = format_args!(r#"\"fileSize\":{bytes},\"mimeType\":\"{mime}\""#);
                match failed {
                    None => event("vfs_secure_upload", true, size),
                    Some(stage) => {
                        let (word, message) = (stage.word(), stage.message());
                        let detail = format_args!(r#"{size},\"failStage\":\"{word}\",\"message\":\"{message}\""#);
                        event("vfs_secure_upload", false, detail);
                    }
                }
            }
            Fact::Violated { stage, code } => {
                let _ = writeln!(
                    out,
                    r#"{{"metricName":"vfs_sync_guardrail_violation_total","value":1,"tags":{{"stage":"{stage}","code":"{code}","signature":"{stage}:{code}"}}}}"#,
                );
            }
        }
    }
}
