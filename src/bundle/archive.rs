//! The archive's own bytes: whoever writes one and whoever checks one makes them here.

use chrono::{DateTime, Utc};
use tar::{EntryType, Header};

/// The archive is made of blocks of so many bytes.
pub(super) const BLOCK: usize = 512;

/// What there is in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A folder.
    Folder,
    /// A file of so many bytes.
    File(u64),
}

/// The block before a file or folder: readable by its owner alone, of nobody, as old as the bundle. None where the path
/// is too long for it.
pub(super) fn header(path: &str, kind: Kind, at: DateTime<Utc>) -> Option<[u8; BLOCK]> {
    let mut header = Header::new_ustar();
    match kind {
        Kind::Folder => {
            header.set_path(format!("{path}/")).ok()?;
            header.set_entry_type(EntryType::Directory);
            header.set_mode(0o700);
            header.set_size(0);
        }
        Kind::File(size) => {
            header.set_path(path).ok()?;
            header.set_entry_type(EntryType::Regular);
            header.set_mode(0o600);
            header.set_size(size);
        }
    }
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(u64::try_from(at.timestamp()).ok()?);
    header.set_cksum();
    Some(*header.as_bytes())
}

/// How many zeros fill the last block of a file of this size.
pub(super) fn padding(size: u64) -> usize {
    let rest = (size % BLOCK as u64) as usize;
    if rest == 0 { 0 } else { BLOCK - rest }
}

/// What the compressed file begins with: no name, the bundle's instant, no word of the machine.
pub(super) fn beginning(at: DateTime<Utc>) -> [u8; 10] {
    let [a, b, c, d] = seconds(at).to_le_bytes();
    [0x1f, 0x8b, 8, 0, a, b, c, d, 0, 255]
}

/// The instant as gzip keeps it; after 2106 it keeps none.
pub(super) fn seconds(at: DateTime<Utc>) -> u32 {
    u32::try_from(at.timestamp()).unwrap_or(0)
}
