//! A rollout's folder with evidence in it, and a bundle of it.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use flate2::{Compression, GzBuilder, read::GzDecoder};
use gonogo::{
    audit::{AuditLog, Event, FileLog, Phase, read_text},
    bundle::{Checked, Contents, Document, Made, check, make},
    evidence::{keep, write},
    judge::{Attached, Attachment, KeptFile},
    telemetry::Exhibit,
};
use tempfile::TempDir;

pub fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap()
}

pub struct Folder {
    pub home: TempDir,
    pub kept: KeptFile,
}

impl Folder {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        let kept = keep(&data, "qa", "output.txt", b"all passed\n").unwrap();
        let exhibit =
            Exhibit { name: "queries/one.json".into(), note: "a query".into(), bytes: b"{\"answer\": 42}".to_vec() };
        let written = write(&data, "r1", Phase::AtOnce, &[exhibit]).unwrap();
        let attachment = Attachment {
            item: "dashboards".into(),
            candidate: Some("018e611c0ffee".into()),
            attached: Attached::File { file: kept.clone(), name: "output.txt".into() },
            note: String::new(),
        };
        let elsewhere = Attachment {
            attached: Attached::File {
                file: KeptFile {
                    path: "evidence/qa/0123-far.txt".into(),
                    bytes: 1,
                    digest: "0".repeat(64),
                    cut: false,
                },
                name: "far.txt".into(),
            },
            ..attachment.clone()
        };
        let events = [
            Event::Note { text: "begun".into() },
            Event::Attached(Box::new(attachment)),
            Event::DiagnosticsKept {
                rollback: "r1".into(),
                phase: Phase::AtOnce,
                folder: written.folder.display().to_string(),
                files: written.files,
                digest: written.digest,
            },
            Event::Attached(Box::new(elsewhere)),
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for event in events {
            runtime.block_on(FileLog::at(&data).append(at(), "ann", event)).unwrap();
        }
        Self { home, kept }
    }

    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub fn log(&self) -> Vec<u8> {
        fs::read(self.data().join("audit.ndjson")).unwrap()
    }

    pub fn bundle(&self, name: &str, force: bool) -> Result<Made, gonogo::fault::Fault> {
        let (log, data) = (self.log(), self.data());
        let (record, _) = read_text(&log);
        let host = gethostname();
        let contents = Contents {
            rollout: "measurable",
            environment: "production",
            candidate: Some("018e611c0ffee"),
            at: at(),
            by: "ann",
            host: &host,
            documents: vec![Document {
                name: "status.json".into(),
                what: "what was judged".into(),
                bytes: b"{}\n".to_vec(),
            }],
            log: &log,
            entries: &record.entries,
            head: record.head,
            damage: record.damage,
            waiting: 0,
            runbook: b"key = \"measurable\"\n",
            data: &data,
        };
        make(contents, Some(&self.home.path().join(name)), force)
    }
}

/// The machine of the entries.
fn gethostname() -> String {
    std::process::Command::new("hostname")
        .output()
        .map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

pub fn unpacked(bundle: &Path) -> Vec<u8> {
    let mut tar = Vec::new();
    GzDecoder::new(fs::File::open(bundle).unwrap()).read_to_end(&mut tar).unwrap();
    tar
}

/// An archive around these blocks, as a bundle's own is.
pub fn packed(tar: &[u8]) -> Vec<u8> {
    let mut out =
        GzBuilder::new().mtime(at().timestamp() as u32).operating_system(255).write(Vec::new(), Compression::default());
    out.write_all(tar).unwrap();
    out.finish().unwrap()
}

pub fn checked(bytes: &[u8]) -> Checked {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    check(file.path()).unwrap()
}

#[test]
fn everything_is_in_it_and_it_is_sound() {
    let folder = Folder::new();
    let made = folder.bundle("b.tar.gz", false).unwrap();
    assert_eq!(made.problems, Vec::<String>::new());
    let told: Vec<String> = made.missing.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("evidence/qa/0123-far.txt (entry 4)"), "{told:?}");
    let checked = check(&made.path).unwrap();
    assert!(checked.is_sound(), "{:?}", checked.problems);
    assert_eq!((checked.bytes, &checked.sha256), (made.bytes, &made.sha256));
    let manifest = checked.manifest.unwrap();
    let paths: Vec<(&str, &[u64])> =
        manifest.files.iter().map(|item| (item.path.as_str(), item.entries.as_slice())).collect();
    let kept = folder.kept.path.as_str();
    assert_eq!(
        paths,
        [
            ("audit.head", &[][..]),
            ("audit.ndjson", &[]),
            (kept, &[2]),
            ("evidence/rollback-r1/at-once/SHA256SUMS", &[3]),
            ("evidence/rollback-r1/at-once/queries/one.json", &[3]),
            ("missing.txt", &[]),
            ("runbook.toml", &[]),
            ("status.json", &[]),
        ]
    );
    assert_eq!((manifest.audit.count, manifest.made_at, manifest.by.as_str()), (4, at(), "ann"));
}

#[test]
fn the_same_content_at_the_same_instant_is_the_same_archive_and_nothing_is_overwritten_unasked() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let (one, two) = (folder.bundle("1.tar.gz", false).unwrap(), folder.bundle("2.tar.gz", false).unwrap());
    assert_eq!(one.sha256, two.sha256);
    assert_eq!(fs::metadata(&one.path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::write(&one.path, "mine").unwrap();
    let refused = folder.bundle("1.tar.gz", false).unwrap_err();
    assert!(refused.to_string().contains("is there already"), "{refused}");
    assert_eq!(fs::read(&one.path).unwrap(), b"mine");
    assert_eq!(folder.bundle("1.tar.gz", true).unwrap().sha256, two.sha256);
    let left: Vec<_> = fs::read_dir(folder.home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "nothing is left beside them: {left:?}");
}

#[test]
fn ordinary_tools_read_it() {
    let folder = Folder::new();
    let made = folder.bundle("b.tar.gz", false).unwrap();
    let run = |line: &str| {
        let ran = std::process::Command::new("sh").args(["-c", line]).current_dir(folder.home.path()).output().unwrap();
        assert!(ran.status.success(), "{line}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    };
    run(&format!("tar -xzf {}", made.path.display()));
    let sums = run("cd gonogo-measurable-production-20260301T120000Z && sha256sum -c SHA256SUMS");
    assert_eq!(sums.lines().filter(|line| line.ends_with(": OK")).count(), made.files - 1, "{sums}");
    assert_eq!(
        fs::read(folder.home.path().join("gonogo-measurable-production-20260301T120000Z/audit.ndjson")).unwrap(),
        folder.log()
    );
}

#[test]
fn evidence_that_is_not_as_the_log_says_is_told() {
    let folder = Folder::new();
    let path = folder.data().join(&folder.kept.path);
    fs::write(&path, "forged\n").unwrap();
    let made = folder.bundle("b.tar.gz", false).unwrap();
    assert!(made.problems.iter().any(|problem| problem.contains("entry 2")), "{:?}", made.problems);
    assert!(made.missing.iter().any(|missing| missing.why.contains("not as it was kept")), "{:?}", made.missing);
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
    let made = folder.bundle("c.tar.gz", false).unwrap();
    assert!(made.missing.iter().any(|missing| missing.why.contains("a link or a device")), "{:?}", made.missing);
    assert!(!String::from_utf8_lossy(&unpacked(&made.path)).contains("root:"), "what a link leads to is not in it");
}

#[test]
fn a_log_that_is_damaged_is_bundled_as_it_is_and_told() {
    let folder = Folder::new();
    let log = String::from_utf8(folder.log()).unwrap().replacen("begun", "bogus", 1);
    fs::write(folder.data().join("audit.ndjson"), &log).unwrap();
    let made = folder.bundle("b.tar.gz", false).unwrap();
    assert!(made.problems.iter().any(|problem| problem.contains("entry 1 was changed")), "{:?}", made.problems);
    assert!(String::from_utf8_lossy(&unpacked(&made.path)).contains(&log));
    // The archive itself is as it was made: whoever looks at it later is told both, and not one for the other.
    let checked = check(&made.path).unwrap();
    assert!(checked.is_as_made() && !checked.is_sound(), "{:?}", checked.problems);
    assert!(checked.damage().is_some_and(|damage| damage.contains("entry 1 was changed")));
    let facts = checked.facts().unwrap();
    assert!(facts["sound"] == false && facts["as_made"] == true, "{facts}");
}

#[test]
fn what_was_put_into_a_folder_of_diagnostics_is_not_what_its_entry_speaks_of() {
    let folder = Folder::new();
    let kept = folder.data().join("evidence/rollback-r1/at-once/queries");
    fs::write(kept.join("two.json"), "{\"answer\": 43}").unwrap();
    let made = folder.bundle("b.tar.gz", false).unwrap();
    assert_eq!(made.problems, ["evidence/rollback-r1/at-once/queries/two.json is not what entry 3 speaks of"]);
    assert!(!check(&made.path).unwrap().is_sound());
    fs::remove_file(kept.join("two.json")).unwrap();
    assert_eq!(folder.bundle("c.tar.gz", false).unwrap().problems, Vec::<String>::new());
}
