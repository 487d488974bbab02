//! A program in a terminal of its own, and what it takes, as the kernel tells. Linux only: it reads `/proc`.
// Each bench uses what it needs of it.
#![allow(dead_code)]

use std::{
    fs,
    io::{Read, Write},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The program, until it is dropped.
pub struct Program {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    sent: Arc<(Mutex<Sent>, Condvar)>,
    _terminal: Box<dyn MasterPty + Send>,
}

/// What it sent to its terminal.
#[derive(Debug, Default)]
struct Sent {
    bytes: Vec<u8>,
    last: Option<Instant>,
}

/// What it took until some instant.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// That instant.
    pub at: Instant,
    /// Of all processors together.
    pub cpu: Duration,
    /// Resident, KB.
    pub resident_kb: u64,
    /// Bytes to its terminal.
    pub sent: usize,
}

impl Program {
    /// Starts it in a terminal of so many columns and rows.
    pub fn start(command: CommandBuilder, (cols, rows): (u16, u16)) -> Self {
        let pair =
            native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("a terminal");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let sent: Arc<(Mutex<Sent>, Condvar)> = Arc::default();
        let into = Arc::clone(&sent);
        thread::spawn(move || {
            let mut bytes = [0; 1 << 16];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                let mut sent = into.0.lock().unwrap_or_else(PoisonError::into_inner);
                sent.bytes.extend(&bytes[..n]);
                sent.last = Some(Instant::now());
                into.1.notify_all();
            }
        });
        let keys = pair.master.take_writer().expect("keys");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        Self { child, keys, sent, _terminal: pair.master }
    }

    /// What it took until now; none once it has ended.
    pub fn taken(&self) -> Option<Taken> {
        let pid = self.child.process_id()?;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let resident = status.lines().find(|line| line.starts_with("VmRSS"))?;
        let resident_kb = resident.split_whitespace().nth(1)?.parse().ok()?;
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
        // Time on a processor, in nanoseconds; a thread that ended just now has none any more.
        let run = tasks.filter_map(|task| {
            let told = fs::read_to_string(task.path().join("schedstat")).ok()?;
            told.split_whitespace().next()?.parse::<u64>().ok()
        });
        let (at, cpu) = (Instant::now(), Duration::from_nanos(run.sum()));
        Some(Taken { at, cpu, resident_kb, sent: self.count() })
    }

    /// Bytes until now.
    pub fn count(&self) -> usize {
        self.sent.0.lock().unwrap_or_else(PoisonError::into_inner).bytes.len()
    }

    /// The bytes from this one on.
    pub fn since(&self, from: usize) -> Vec<u8> {
        self.sent.0.lock().unwrap_or_else(PoisonError::into_inner).bytes[from..].to_vec()
    }

    /// When the first byte after the first `count` came; none where none comes within `patience`.
    pub fn next(&self, count: usize, patience: Duration) -> Option<Instant> {
        let (sent, news) = &*self.sent;
        let held = sent.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = news.wait_timeout_while(held, patience, |sent| sent.bytes.len() <= count);
        let (sent, _) = waited.unwrap_or_else(PoisonError::into_inner);
        sent.last.filter(|_| sent.bytes.len() > count)
    }

    /// Waits until it has sent nothing for so long; no longer than `patience`.
    pub fn quiet(&self, silence: Duration, patience: Duration) {
        let began = Instant::now();
        while began.elapsed() < patience && self.next(self.count(), silence).is_some() {}
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("typed");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
