//! Single files of evidence: copied, hashed, and never overwritten.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use super::folder::{component, create};
use crate::{aside::sync_folder, audit::make_private, fingerprint::sha256, judge::KeptFile};

/// Of a longer file only the beginning and the end are kept, so many bytes of each.
const HALF: usize = 32 << 20;

/// Keeps `bytes` below `data` as `evidence/FOLDER/DIGEST-NAME`. The same bytes under the same name are kept once.
/// Blocking; when it returns they are durable.
///
/// # Errors
/// When they could not be made durable.
pub fn keep(data: &Path, folder: &str, name: &str, bytes: &[u8]) -> io::Result<KeptFile> {
    if bytes.len() <= 2 * HALF {
        return put(data, folder, name, bytes, false);
    }
    let shortened = shortened(&bytes[..HALF], bytes.len() as u64, &bytes[bytes.len() - HALF..]);
    put(data, folder, name, &shortened, true)
}

/// Keeps what is in the file at `path` in the same way. No more of it is in memory than is kept.
///
/// # Errors
/// When it could not be read, or not be made durable.
pub fn keep_file(data: &Path, folder: &str, name: &str, path: &Path) -> io::Result<KeptFile> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut first = Vec::new();
    if length <= 2 * HALF as u64 {
        file.read_to_end(&mut first)?;
        return keep(data, folder, name, &first);
    }
    let half = HALF as u64;
    (&mut file).take(half).read_to_end(&mut first)?;
    file.seek(SeekFrom::Start(length - half))?;
    let mut last = Vec::new();
    file.take(half).read_to_end(&mut last)?;
    put(data, folder, name, &shortened(&first, length, &last), true)
}

fn shortened(first: &[u8], length: u64, last: &[u8]) -> Vec<u8> {
    let left_out = format!("\n... {} bytes left out ...\n", length - (first.len() + last.len()) as u64);
    [first, left_out.as_bytes(), last].concat()
}

fn put(data: &Path, folder: &str, name: &str, bytes: &[u8], cut: bool) -> io::Result<KeptFile> {
    let digest = sha256(bytes);
    let path = format!("evidence/{}/{}-{}", component(folder), &digest[..12], component(name));
    let whole = data.join(&path);
    if let Some(parent) = whole.parent() {
        make_private(parent)?;
        match create(&whole, bytes) {
            Ok(()) => sync_folder(parent)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::read(&whole)? == *bytes => {}
            Err(error) => return Err(error),
        }
    }
    Ok(KeptFile { path, bytes: bytes.len() as u64, digest, cut })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_once_and_never_overwritten() {
        let data = tempfile::tempdir().unwrap();
        let first = keep(data.path(), "qa", "../output.txt", b"all passed\n").unwrap();
        assert_eq!(keep(data.path(), "qa", "../output.txt", b"all passed\n").unwrap(), first);
        assert_eq!(fs::read(data.path().join(&first.path)).unwrap(), b"all passed\n");
        assert_eq!(first.digest, sha256("all passed\n"));
        assert!(first.path.starts_with("evidence/qa/") && !first.path.contains(".."), "{}", first.path);
        fs::write(data.path().join(&first.path), "forged").unwrap();
        assert!(keep(data.path(), "qa", "../output.txt", b"all passed\n").is_err());
    }

    #[test]
    fn of_a_long_file_the_beginning_and_the_end_are_kept() {
        let data = tempfile::tempdir().unwrap();
        let long = [vec![b'a'; HALF + 5], vec![b'z'; HALF + 5]].concat();
        let kept = keep(data.path(), "qa", "output.txt", &long).unwrap();
        let from = data.path().join("spool");
        fs::write(&from, &long).unwrap();
        assert_eq!(keep_file(data.path(), "qa", "output.txt", &from).unwrap(), kept);
        fs::write(&from, &long[..HALF]).unwrap();
        assert_eq!(
            keep_file(data.path(), "qa", "output.txt", &from).unwrap(),
            keep(data.path(), "qa", "output.txt", &long[..HALF]).unwrap()
        );
        let bytes = fs::read(data.path().join(&kept.path)).unwrap();
        assert!(kept.cut && bytes.starts_with(b"aaa") && bytes.ends_with(b"zzz"));
        assert_eq!(kept.bytes, bytes.len() as u64);
        assert!(
            bytes.len() < long.len() + 100 && String::from_utf8_lossy(&bytes).contains("... 10 bytes left out ...")
        );
    }
}
