//! Reading what was kept: only below its folder, whatever links and paths say, and no more than was there when it was
//! looked at.

use std::{
    cmp::Ordering,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::fingerprint::hex;

/// Why something that was kept is not read. Each follows the name of what it is about.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    /// It is elsewhere, or what stands for it leads elsewhere.
    #[error("leads out of the rollout's folder")]
    Outside,
    /// A folder, a link, a pipe or a device.
    #[error("is no regular file")]
    NoFile,
    /// Not as long as it was when it was kept.
    #[error("has {is} bytes instead of {said}")]
    Other {
        /// In bytes, now.
        is: u64,
        /// In bytes, as somebody said.
        said: u64,
    },
    /// Longer than it may be, or than it was a moment ago.
    #[error("has more than {0} bytes")]
    Longer(u64),
    /// It is not there, or the disk does not give it.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Where `path` is once links are followed; it must lie below `root`.
pub(super) fn resolved(root: &Path, path: &Path) -> Result<PathBuf, Unread> {
    let (root, path) = (fs::canonicalize(root)?, fs::canonicalize(path)?);
    if path.starts_with(&root) && path != root { Ok(path) } else { Err(Unread::Outside) }
}

/// SHA-256 of the file, lower-case hex. Of one that has not the size that is said nothing is read; of one that grows
/// meanwhile, no more than was there.
pub(super) fn digest(root: &Path, path: &Path, said: Option<u64>) -> Result<String, Unread> {
    let (file, is) = open(root, path)?;
    match said.filter(|said| *said != is) {
        Some(said) => Err(Unread::Other { is, said }),
        None => summed(file, is),
    }
}

/// The bytes of a file of at most so many.
pub(super) fn bytes(root: &Path, path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    let (file, _) = open(root, path)?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(Unread::Longer(most)) } else { Ok(bytes) }
}

/// The file and its length.
fn open(root: &Path, path: &Path) -> Result<(File, u64), Unread> {
    // Before it is opened: opening a pipe would wait for its writer, and a link leads elsewhere.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(Unread::NoFile);
    }
    let file = File::open(resolved(root, path)?)?;
    let found = file.metadata()?;
    // It may have been exchanged meanwhile.
    if found.is_file() { Ok((file, found.len())) } else { Err(Unread::NoFile) }
}

fn summed(from: impl Read, length: u64) -> Result<String, Unread> {
    let (mut from, mut sum) = (from.take(length.saturating_add(1)), Sha256::new());
    let (mut read, mut part) = (0u64, vec![0; 64 << 10]);
    loop {
        match from.read(&mut part) {
            Ok(0) => break,
            Ok(n) => {
                read += n as u64;
                sum.update(&part[..n]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    match read.cmp(&length) {
        Ordering::Greater => Err(Unread::Longer(length)),
        Ordering::Less => Err(Unread::Other { is: read, said: length }),
        Ordering::Equal => Ok(hex(sum.finalize())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::sha256;

    /// A file that grows as fast as it is read.
    struct Grows(u64);

    impl Read for Grows {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            into.fill(b'x');
            self.0 += into.len() as u64;
            Ok(into.len())
        }
    }

    #[test]
    fn of_a_file_that_grows_no_more_is_read_than_was_there() {
        let mut grows = Grows(0);
        let found = summed(&mut grows, 200_000);
        assert!(matches!(found, Err(Unread::Longer(200_000))), "{found:?}");
        assert_eq!(grows.0, 200_001);
        assert_eq!(summed(&b"kept"[..], 4).unwrap(), sha256("kept"));
        assert!(matches!(summed(&b"kep"[..], 4), Err(Unread::Other { is: 3, said: 4 })));
    }

    #[test]
    fn a_longer_file_than_is_asked_for_is_none() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("list");
        fs::write(&path, "four").unwrap();
        assert_eq!(bytes(root.path(), &path, 4).unwrap(), b"four");
        assert!(matches!(bytes(root.path(), &path, 3), Err(Unread::Longer(3))));
        assert_eq!(digest(root.path(), &path, Some(4)).unwrap(), sha256("four"));
        assert!(matches!(digest(root.path(), &path, Some(3)), Err(Unread::Other { is: 4, said: 3 })));
    }

    #[cfg(unix)]
    #[test]
    fn what_lies_elsewhere_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        let (root, out) = (home.path().join("root"), home.path().join("out"));
        fs::create_dir_all(root.join("in")).unwrap();
        fs::create_dir_all(&out).unwrap();
        fs::write(out.join("secret"), "s").unwrap();
        std::os::unix::fs::symlink(&out, root.join("link")).unwrap();
        std::os::unix::fs::symlink(out.join("secret"), root.join("in/file")).unwrap();
        for path in ["link/secret", "../out/secret", "in/../../out/secret"] {
            assert!(matches!(digest(&root, &root.join(path), None), Err(Unread::Outside)), "{path}");
        }
        assert!(matches!(digest(&root, &root.join("in/file"), None), Err(Unread::NoFile)));
        assert!(matches!(resolved(&root, &root), Err(Unread::Outside)));
        assert!(matches!(resolved(&root, &root.join("gone")), Err(Unread::Io(_))));
    }
}
