//! Logs go to a file in the platform's state folder, never to the screen. It is opened when there is something to log.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use tracing_subscriber::EnvFilter;

use super::options::folders;
use crate::audit::make_private;

/// A log larger than this is moved aside, and so replaces the one that was moved aside before.
const LARGEST: u64 = 4 << 20;

/// Starts logging. What GONOGO_LOG asks for is logged; else warnings, and what gonogo does.
pub(super) fn start() {
    let filter = EnvFilter::try_from_env("GONOGO_LOG").unwrap_or_else(|_| EnvFilter::new("warn,gonogo=info"));
    let file = Arc::new(OnceLock::new());
    let writer = move || LazyFile(Arc::clone(&file));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(writer).finish();
    // Another subscriber in this process is as good.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The log file, opened by the first line. Without one, lines go nowhere: a log never keeps gonogo from running.
struct LazyFile(Arc<OnceLock<Option<File>>>);

impl Write for LazyFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.0.get_or_init(|| open(&path()?).ok()) {
            Some(file) => (&*file).write(line),
            None => Ok(line.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn path() -> Option<PathBuf> {
    let folders = folders()?;
    let folder = folders.state_dir().unwrap_or_else(|| folders.data_local_dir());
    Some(folder.join("gonogo.log"))
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        make_private(folder)?;
    }
    if fs::metadata(path).is_ok_and(|found| found.len() > LARGEST) {
        fs::rename(path, path.with_extension("log.old"))?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
