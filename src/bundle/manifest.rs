//! What a bundle says of itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::MANIFEST;
use crate::audit::Head;

/// `MANIFEST.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of this file: [`super::SCHEMA`].
    pub schema: String,
    /// Version of gonogo that made it.
    pub gonogo: String,
    /// Key of the rollout.
    pub rollout: String,
    /// Where.
    pub environment: String,
    /// The commit under rollout.
    pub candidate: Option<String>,
    /// When it was made, to the second.
    pub made_at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// On which machine.
    pub host: String,
    /// Where the audit log ended then.
    pub audit: Head,
    /// What was wrong with the audit log then, if anything was.
    pub damage: Option<String>,
    /// Every file, this one and the list of checksums aside, by path.
    pub files: Vec<Item>,
    /// What the log speaks of and is not in it, and what was left out.
    pub missing: Vec<Missing>,
}

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Path from the top folder.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// What it is, in words.
    pub what: String,
    /// Numbers of the entries that speak of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<u64>,
    /// What was wrong with it when it was put in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// Something that is not in a bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// What it is, or where it would be.
    pub what: String,
    /// Why it is not there.
    pub why: String,
    /// Number of the entry that speaks of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
}

/// The list of checksums: as `sha256sum -c` reads it, by path.
pub(super) fn sums<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>, manifest: &str) -> String {
    let mut sums: BTreeMap<&str, &str> = files.into_iter().collect();
    sums.insert(MANIFEST, manifest);
    sums.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect()
}

/// The same for people: what is not there, a line each. Names in it are as somebody's log gives them.
pub(super) fn missing(missing: &[Missing]) -> String {
    if missing.is_empty() {
        return "Nothing that the audit log speaks of is missing.\n".to_owned();
    }
    missing.iter().map(|missing| format!("{}\n", crate::text::clean(&missing.to_string()))).collect()
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.what)?;
        if let Some(entry) = self.entry {
            write!(f, " (entry {entry})")?;
        }
        write!(f, ": {}", self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_somebodys_log_breaks_no_line_and_drives_no_terminal() {
        let lost = |what: &str| Missing { what: what.to_owned(), why: "it is gone".to_owned(), entry: Some(3) };
        let text = missing(&[lost("evidence/a\u{1b}[2J\nall there"), lost("b")]);
        assert_eq!(text.lines().count(), 2, "{text:?}");
        assert!(text.ends_with("\nb (entry 3): it is gone\n") && !text.contains('\u{1b}'), "{text:?}");
    }
}
