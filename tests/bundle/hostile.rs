//! Archives that are not as they were made: each way is found, and none does harm.

use std::{io::Write, sync::LazyLock};

use flate2::{Compression, write::GzEncoder};
use gonogo::bundle::{Unreadable, check};
use proptest::prelude::*;
use tar::{EntryType, Header};

use super::made::{Folder, checked, packed, unpacked};

const TOP: &str = "gonogo-measurable-production-20260301T120000Z";

/// The blocks of a sound bundle.
static TAR: LazyLock<Vec<u8>> = LazyLock::new(|| unpacked(&Folder::new().bundle("b.tar.gz", false).unwrap().path));

fn block(name: &[u8], kind: EntryType, size: u64) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1_772_366_400);
    header.set_size(size);
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// The sound bundle with one more thing in it.
fn with(name: &[u8], kind: EntryType, content: &[u8]) -> Vec<u8> {
    let mut tar = TAR[..TAR.len() - 1024].to_vec();
    tar.extend(block(name, kind, content.len() as u64));
    tar.extend(content);
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    packed(&tar)
}

#[track_caller]
fn found(bytes: &[u8], want: &str) {
    let problems: Vec<String> = checked(bytes).problems.iter().map(ToString::to_string).collect();
    assert!(problems.iter().any(|problem| problem.contains(want)), "{want:?} is not in {problems:?}");
}

#[test]
fn the_same_blocks_packed_again_are_sound() {
    let checked = checked(&packed(&TAR));
    assert!(checked.is_sound(), "{:?}", checked.problems);
}

#[test]
fn each_way_to_do_harm_is_found() {
    let inside = |name: &str| format!("{TOP}/{name}").into_bytes();
    let file = EntryType::Regular;
    for (name, kind, want) in [
        (inside("../../etc/cron.d/x"), file, "is none that a bundle has"),
        (b"/etc/passwd".to_vec(), file, "is none that a bundle has"),
        (b"../x".to_vec(), file, "is none that a bundle has"),
        (inside("a\\b"), file, "is none that a bundle has"),
        (inside("a\x1b[31m"), file, "is none that a bundle has"),
        (inside(".hidden"), file, "is none that a bundle has"),
        ([TOP.as_bytes(), b"/\xff\xfe"].concat(), file, "is none that a bundle has"),
        (inside("link"), EntryType::Symlink, "is no file and no folder"),
        (inside("link"), EntryType::Link, "is no file and no folder"),
        (inside("device"), EntryType::Char, "is no file and no folder"),
        (inside("pipe"), EntryType::Fifo, "is no file and no folder"),
        (inside("long"), EntryType::GNULongName, "is no file and no folder"),
        (inside("pax"), EntryType::XHeader, "is no file and no folder"),
        (inside("audit.ndjson"), file, "is there twice"),
        (inside("more.txt"), file, "more.txt is in no list"),
        (inside("empty"), EntryType::Directory, "is in no list"),
        (b"elsewhere/x".to_vec(), file, "has not one top folder"),
    ] {
        found(&with(&name, kind, b"x"), want);
    }
}

#[test]
fn what_is_cut_off_or_hung_on_is_found() {
    let whole = packed(&TAR);
    found(&whole[..whole.len() - 1], "cannot be read to its end");
    found(&whole[..whole.len() / 2], "cannot be read to its end");
    found(&[&whole[..], b"x"].concat(), "after the end");
    found(&[&whole[..], &whole[..]].concat(), "after the end");
    found(&packed(&[&TAR[..], &[0; 512]].concat()), "after the end");
    found(&packed(&TAR[..TAR.len() - 512]), "its end is missing");
    found(&packed(&[0; 1024]), "has not one top folder");
    let mut other = whole.clone();
    other[4] ^= 1;
    found(&other, "the beginning of the archive");
}

#[test]
fn a_bomb_is_not_unpacked() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&block(b"bomb/x", EntryType::Regular, 8 << 30)).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..600).for_each(|_| bomb.write_all(&zeros).unwrap());
    found(&bomb.finish().unwrap(), "a bomb");
    // One that claims to be a list is not even begun.
    found(&packed(&block(b"bomb/MANIFEST.json", EntryType::Regular, 1 << 40)), "a bomb");
    found(&packed(&block(b"bomb/audit.ndjson", EntryType::Regular, 1 << 40)), "a bomb");
}

#[test]
fn what_is_no_archive_is_not_looked_at() {
    let home = tempfile::tempdir().unwrap();
    for (name, bytes) in [("empty", &b""[..]), ("short", b"\x1f\x8b"), ("text", b"this is some text")] {
        let path = home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(check(&path), Err(Unreadable::NoArchive)), "{name}");
    }
    assert!(matches!(check(&home.path().join("none")), Err(Unreadable::Io(_))));
    assert!(matches!(check(home.path()), Err(Unreadable::Io(_))));
}

/// Where the bytes of this file are, and how many there are.
fn place(name: &str) -> (usize, usize) {
    let name = format!("{TOP}/{name}\0");
    let header = TAR.windows(name.len()).position(|window| window == name.as_bytes()).expect("it is there");
    let size = Header::from_byte_slice(&TAR[header..header + 512]).size().unwrap();
    (header + 512, size as usize)
}

#[test]
fn each_file_that_was_changed_is_named() {
    for (name, want) in [
        ("status.json", "status.json is not as it was put in"),
        ("runbook.toml", "runbook.toml is not as it was put in"),
        ("audit.ndjson", "the audit log in it is damaged"),
        ("audit.head", "audit.head is not as it was put in"),
        ("missing.txt", "missing.txt is not as it was put in"),
        ("SHA256SUMS", "SHA256SUMS does not agree"),
        ("evidence/rollback-r1/at-once/queries/one.json", "one.json is not what entry 3 speaks of"),
    ] {
        let (from, size) = place(name);
        let mut tar = TAR.clone();
        tar[from + size / 2] ^= 1;
        found(&packed(&tar), want);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_flipped_byte_is_found(place in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut tar = TAR.clone();
        let place = place.index(tar.len());
        tar[place] ^= flip;
        prop_assert!(!checked(&packed(&tar)).is_sound(), "byte {} of {}", place, tar.len());
    }

    #[test]
    fn any_flipped_byte_of_the_file_is_found_or_changes_nothing(place in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut bytes = packed(&TAR);
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        // Bits that fill the last byte of the compressed stream say nothing.
        let sound = check(file.path()).is_ok_and(|checked| checked.is_sound());
        prop_assert!(!sound || unpacked(file.path()) == *TAR, "byte {} of {}", place, bytes.len());
    }
}
