//! What the attendant tells.

use std::time::Duration;

use crate::{audit::Phase, evidence::phase_name, fault::Fault, judge::Trouble};

/// What was done of the procedure, or could not be.
#[derive(Debug, Clone, PartialEq)]
pub enum AttendantReport {
    /// Diagnostics are being read.
    Keeping {
        /// Id of the rollback.
        rollback: String,
        /// At once, or at the end.
        phase: Phase,
    },
    /// They are on the disk.
    Kept {
        /// Id of the rollback.
        rollback: String,
        /// At once, or at the end.
        phase: Phase,
        /// The folder, on this machine.
        folder: String,
        /// How many files are in it.
        files: usize,
    },
    /// Somebody else kept them first.
    KeptElsewhere {
        /// Id of the rollback.
        rollback: String,
        /// At once, or at the end.
        phase: Phase,
    },
    /// They are in memory only. Writing them is tried again every few seconds.
    InMemory {
        /// Id of the rollback.
        rollback: String,
        /// At once, or at the end.
        phase: Phase,
        /// How many bytes.
        bytes: usize,
        /// Why they could not be written.
        fault: Fault,
    },
    /// Telemetry showed uploads on the legacy path again.
    LegacyConfirmed {
        /// Id of the rollback.
        rollback: String,
        /// What it showed.
        found: String,
    },
    /// A trouble is on record now.
    SeenRecorded {
        /// Which.
        trouble: Trouble,
    },
    /// It was done, and the audit log could not be told.
    NotRecorded {
        /// What was done.
        what: String,
        /// Why.
        fault: Fault,
    },
    /// A defect of gonogo's own was in the way; its log has the details.
    Crashed {
        /// What was being done.
        what: &'static str,
        /// How long until that is tried again.
        again_in: Duration,
    },
}

impl AttendantReport {
    /// Whether somebody should see to it.
    pub fn is_trouble(&self) -> bool {
        matches!(self, Self::InMemory { .. } | Self::NotRecorded { .. } | Self::Crashed { .. })
    }

    /// In one line.
    pub fn text(&self) -> String {
        let when = |phase: &Phase| match phase {
            Phase::AtOnce => "at once",
            Phase::AtTheEnd => "at the end",
        };
        let text = match self {
            Self::Keeping { phase, .. } => format!("reading diagnostics ({})", when(phase)),
            Self::Kept { phase, folder, files, .. } => {
                format!("diagnostics kept ({}): {files} files in {folder}", when(phase))
            }
            Self::KeptElsewhere { phase, .. } => {
                format!("diagnostics ({}) were kept by somebody else, as the audit log says", when(phase))
            }
            Self::InMemory { phase, bytes, fault, .. } => format!(
                "diagnostics ({}) are NOT on the disk, {} KiB are in memory, trying again: {fault}",
                phase_name(*phase),
                bytes.div_ceil(1024)
            ),
            Self::LegacyConfirmed { found, .. } => format!("legacy path confirmed by telemetry: {found}"),
            Self::SeenRecorded { trouble } => format!("recorded as seen: {trouble}"),
            Self::NotRecorded { what, fault } => format!("{what}, and the audit log was not told: {fault}"),
            Self::Crashed { what, again_in } => format!(
                "{what} is NOT done: gonogo crashed at it and tries again in {} s; its log has the details",
                again_in.as_secs()
            ),
        };
        crate::text::clean(&text)
    }
}
