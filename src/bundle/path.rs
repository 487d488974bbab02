//! Names within a bundle: plain enough for every system that may unpack it.

use chrono::{DateTime, Utc};

/// Longest name of a file or folder.
const LONGEST: usize = 100;

/// Whether this is a path within a bundle: no part of it leads elsewhere, hides, or means something to a shell.
pub(super) fn is_safe(path: &str) -> bool {
    path.split('/').all(|part| {
        part.len() <= LONGEST
            && part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    })
}

/// The folder that everything in the bundle is in: `gonogo-vfs-secure-upload-production-20260301T120000Z`.
pub(super) fn top(rollout: &str, environment: &str, at: DateTime<Utc>) -> String {
    format!("gonogo-{}-{}-{}", plain(rollout), plain(environment), at.format("%Y%m%dT%H%M%SZ"))
}

fn plain(name: &str) -> String {
    let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    name.chars().take(35).map(|c| if fit(c) { c } else { '-' }).collect()
}

/// The folders that a path lies in, outermost first.
pub(super) fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_elsewhere() {
        for safe in ["a", "evidence/qa/0123-output.txt", "SHA256SUMS"] {
            assert!(is_safe(safe), "{safe}");
        }
        for hostile in
            ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a\\b", "-rf", "a b", "a\n", "ä", ".x"]
        {
            assert!(!is_safe(hostile), "{hostile:?}");
        }
        assert!(!is_safe(&"x".repeat(101)));
        let top = top("../up load", "prod/eu", DateTime::from_timestamp(1_772_366_400, 0).unwrap());
        assert_eq!(top, "gonogo-..-up-load-prod-eu-20260301T120000Z");
        assert!(is_safe(&top));
        assert_eq!(folders("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
    }
}
