//! Making a bundle: written beside its place, read back, and only then given its name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use chrono::SubsecRound;
use flate2::{Compression, GzBuilder, write::GzEncoder};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    Contents, HEAD, LOG, MANIFEST, MISSING, RUNBOOK, SCHEMA, SUMS,
    archive::{self, Kind},
    check::{Checked, check},
    evidence,
    manifest::{self, Item, Manifest, Missing},
    named::{Named, named},
    path,
    read::Problem,
};
use crate::{
    aside::{Aside, IfTaken},
    fault::{Fault, FaultKind},
    fingerprint::{hex, sha256},
};

/// A bundle that was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Made {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of the archive itself, lower-case hex.
    pub sha256: String,
    /// How many files are in it.
    pub files: usize,
    /// Where the audit log in it ends.
    pub audit: crate::audit::Head,
    /// What is not in it, and why.
    pub missing: Vec<Missing>,
    /// What is wrong with what is in it, as read back.
    pub problems: Vec<String>,
}

/// Makes a bundle in the file `output`, or in a folder under its own name. Blocking; when it returns the bundle is
/// durable and was read back, or there is none.
///
/// # Errors
/// When `output` is there already and `force` is not given, or when it could not be written.
pub fn make(contents: Contents<'_>, output: Option<&Path>, force: bool) -> Result<Made, Fault> {
    let at = contents.at.trunc_subsecs(0);
    let top = path::top(contents.rollout, contents.environment, at);
    let place = output.map_or_else(|| PathBuf::from(format!("{top}.tar.gz")), Path::to_path_buf);
    let failed = |error: io::Error| {
        let what = format!("the bundle {} could not be written: {error}", place.display());
        Fault::new(FaultKind::File, what, "make its folder writable, free space, or name another with --output")
    };
    let taken = || {
        let what = format!("{} is there already", place.display());
        Fault::new(FaultKind::Configuration, what, "name another with --output, or overwrite it with --force")
    };
    if !force && fs::symlink_metadata(&place).is_ok() {
        return Err(taken());
    }
    // For its owner alone, from the first byte on.
    let mut aside = Aside::of(&place).map_err(failed)?;
    let manifest = Writer::new(aside.file(), top, at).and_then(|writer| writer.all(contents)).map_err(failed)?;
    let Checked { bytes, sha256, problems, .. } = check(aside.path()).map_err(|error| failed(error.into()))?;
    let if_taken = if force { IfTaken::Replace } else { IfTaken::Refuse };
    aside.name(if_taken).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => taken(),
        _ => failed(error),
    })?;
    let mut problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let Manifest { files, missing, audit, damage, .. } = manifest;
    // The archive is as it was made, and yet not what somebody wants who bundles a log.
    problems.extend(damage.map(|damage| Problem::Log(damage).to_string()));
    Ok(Made { path: place, bytes, sha256, files: files.len() + 2, audit, missing, problems })
}

/// An archive that is being written.
struct Writer<W: Write> {
    out: GzEncoder<BufWriter<W>>,
    top: String,
    at: chrono::DateTime<chrono::Utc>,
    folders: BTreeSet<String>,
    files: Vec<Item>,
    missing: Vec<Missing>,
}

impl<W: Write> Writer<W> {
    fn new(out: W, top: String, at: chrono::DateTime<chrono::Utc>) -> io::Result<Self> {
        let zip = GzBuilder::new().mtime(archive::seconds(at)).operating_system(255);
        let out = zip.write(BufWriter::new(out), Compression::default());
        Ok(Self { out, top, at, folders: BTreeSet::new(), files: Vec::new(), missing: Vec::new() })
    }

    fn all(mut self, contents: Contents<'_>) -> io::Result<Manifest> {
        let named = named(contents.entries);
        for document in &contents.documents {
            self.bytes(&document.name, &document.bytes, &document.what)?;
        }
        self.bytes(LOG, contents.log, "the audit log, byte for byte")?;
        self.bytes(HEAD, &serde_json::to_vec(&contents.head)?, "where the audit log ends: count and hash")?;
        self.bytes(RUNBOOK, contents.runbook, "the runbook that it was judged by")?;
        let (files, left_out) = evidence::files(contents.data);
        self.missing.extend(left_out);
        for path in &files {
            self.kept(contents.data, path, &named)?;
        }
        let there: BTreeSet<String> = self.files.iter().map(|item| item.path.clone()).collect();
        for (path, file) in named.iter().filter(|(path, _)| !there.contains(*path)) {
            let elsewhere = file.host != contents.host;
            let why = match elsewhere {
                true => format!("it was kept on {}; look there", crate::text::clean(&file.host)),
                false => "it is not on this machine any more".to_owned(),
            };
            // Unless it is known already why it could not be read.
            if !self.missing.iter().any(|missing| missing.what == *path) {
                self.lacks(path, why, file.entries.first().copied());
            }
        }
        if contents.waiting > 0 {
            let what = crate::units::plural(contents.waiting, "event");
            self.lacks(&what, "not in the audit log yet, kept on this machine".to_owned(), None);
        }
        let list = manifest::missing(&self.missing);
        self.bytes(MISSING, list.as_bytes(), "what is not in this bundle, and why")?;
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        let manifest = Manifest {
            schema: SCHEMA.to_owned(),
            gonogo: env!("CARGO_PKG_VERSION").to_owned(),
            rollout: contents.rollout.to_owned(),
            environment: contents.environment.to_owned(),
            candidate: contents.candidate.map(str::to_owned),
            made_at: self.at,
            by: contents.by.to_owned(),
            host: contents.host.to_owned(),
            audit: contents.head,
            damage: contents.damage,
            files: std::mem::take(&mut self.files),
            missing: std::mem::take(&mut self.missing),
        };
        let mut text = serde_json::to_vec_pretty(&manifest)?;
        text.push(b'\n');
        self.bytes(MANIFEST, &text, "")?;
        let files = manifest.files.iter().map(|item| (item.path.as_str(), item.sha256.as_str()));
        let sums = manifest::sums(files, &sha256(&text));
        self.bytes(SUMS, sums.as_bytes(), "")?;
        self.out.write_all(&[0; 2 * archive::BLOCK])?;
        self.out.finish()?.flush()?;
        Ok(manifest)
    }

    fn lacks(&mut self, what: &str, why: String, entry: Option<u64>) {
        self.missing.push(Missing { what: what.to_owned(), why, entry });
    }

    fn bytes(&mut self, path: &str, bytes: &[u8], what: &str) -> io::Result<()> {
        if !self.begin(path, bytes.len() as u64)? {
            return Err(io::Error::other(format!("{path} is no name for a file in a bundle")));
        }
        self.out.write_all(bytes)?;
        self.out.write_all(&vec![0; archive::padding(bytes.len() as u64)])?;
        let (path, what) = (path.to_owned(), what.to_owned());
        let (bytes, sha256) = (bytes.len() as u64, sha256(bytes));
        self.files.push(Item { path, bytes, sha256, what, entries: Vec::new(), trouble: None });
        Ok(())
    }

    /// A file of this machine, as long as it was when it was opened.
    fn kept(&mut self, data: &Path, path: &str, named: &BTreeMap<String, Named>) -> io::Result<()> {
        let (what, entries) = evidence::told(path, named);
        let opened = File::open(data.join(path)).and_then(|file| Ok((file.metadata()?, file)));
        let (before, mut file) = match opened {
            Ok((data, file)) if data.is_file() => (data, file),
            Ok(_) => {
                self.lacks(path, "it is no file any more".to_owned(), entries.first().copied());
                return Ok(());
            }
            Err(error) => {
                self.lacks(path, format!("it could not be read: {error}"), entries.first().copied());
                return Ok(());
            }
        };
        let size = before.len();
        if !self.begin(path, size)? {
            self.lacks(path, "its name is too long for the archive".to_owned(), entries.first().copied());
            return Ok(());
        }
        let (sha256, mut trouble) = self.stream(&mut file, size)?;
        let after = file.metadata()?;
        if after.len() != size || after.modified().ok() != before.modified().ok() {
            trouble.get_or_insert_with(|| "it changed while it was read".to_owned());
        }
        if let Some(said) = named.get(path).filter(|said| said.digest != sha256) {
            trouble.get_or_insert_with(|| format!("it is not as it was kept: the log says SHA-256 {}", said.digest));
        }
        if let Some(trouble) = &trouble {
            self.lacks(path, format!("it is there, but {trouble}"), entries.first().copied());
        }
        self.files.push(Item { path: path.to_owned(), bytes: size, sha256, what, entries, trouble });
        Ok(())
    }

    /// So many bytes of a file, and zeros for those that are not there any more; their digest, and what went wrong.
    fn stream(&mut self, file: &mut File, size: u64) -> io::Result<(String, Option<String>)> {
        let (mut hasher, mut left, mut trouble) = (Sha256::new(), size, None);
        let mut buffer = vec![0; 64 << 10];
        while left > 0 {
            let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let mut read = match file.read(&mut buffer[..room]) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    trouble.get_or_insert_with(|| format!("it could not be read to its end: {error}"));
                    0
                }
            };
            if read == 0 {
                trouble.get_or_insert_with(|| "it became shorter while it was read".to_owned());
                buffer[..room].fill(0);
                read = room;
            }
            hasher.update(&buffer[..read]);
            self.out.write_all(&buffer[..read])?;
            left -= read as u64;
        }
        self.out.write_all(&vec![0; archive::padding(size)])?;
        Ok((hex(hasher.finalize()), trouble))
    }

    /// Begins a file, after the folders that it is in; false where its name does not fit.
    fn begin(&mut self, path: &str, size: u64) -> io::Result<bool> {
        let whole = format!("{}/{path}", self.top);
        if !path::is_safe(&whole) {
            return Ok(false);
        }
        let Some(header) = archive::header(&whole, Kind::File(size), self.at) else { return Ok(false) };
        for folder in path::folders(&whole) {
            if self.folders.insert(folder.to_owned()) {
                let header = archive::header(folder, Kind::Folder, self.at)
                    .ok_or_else(|| io::Error::other(format!("{folder} is no name for a folder in a bundle")))?;
                self.out.write_all(&header)?;
            }
        }
        self.out.write_all(&header)?;
        Ok(true)
    }
}
