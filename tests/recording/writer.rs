//! The file: private, never written over by accident, and never in anybody's way.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use gonogo::{
    fault::FaultKind,
    recording::{Recorder, Reel, create},
    snapshot::Snapshot,
};

use crate::{
    film::{file, header},
    scene::Scene,
};

fn snapshots(n: u64) -> impl Iterator<Item = Arc<Snapshot>> {
    let mut scene = Scene::healthy();
    (0..n).map(move |i| {
        scene.now += chrono::TimeDelta::seconds(5);
        scene.add("path", &["secure"], scene.now, i + 1);
        Arc::new(Snapshot { generation: i, ..scene.snapshot() })
    })
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "never {what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_recording_is_private_and_takes_the_place_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.gz");
    let mut recorder = create(&path, false, header()).unwrap();
    for snapshot in snapshots(3) {
        recorder.poll(&snapshot, Some("018e611"));
    }
    drop(recorder);
    let mut reel = Reel::open(&path).unwrap();
    assert_eq!((reel.cut(), reel.missed(), reel.times().count()), (None, 0, 3));
    assert_eq!(reel.scene(2).unwrap().snapshot.unwrap().generation, 2);
    assert_eq!(
        reel.runbook().roles.iter().find(|role| role.key == "release-owner").unwrap().configured.as_deref(),
        Some("ann")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let before = std::fs::read(&path).unwrap();
    let fault = create(&path, false, header()).err().unwrap();
    assert!(fault.to_string().contains("--force"), "{fault}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    drop(create(&path, true, header()).unwrap());
    assert_ne!(std::fs::read(&path).unwrap(), before);
    assert!(Reel::open(&path).err().unwrap().to_string().contains("ends before the first poll"));

    for place in [folder.path().to_owned(), "/dev/null".into(), folder.path().join("no/such/folder/film.gz")] {
        assert_eq!(create(&place, true, header()).err().unwrap().kind, FaultKind::File, "{}", place.display());
    }
    assert!(folder.path().is_dir());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_ends_the_recording_and_says_so() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut recorder = Recorder::start(full, "film.gz", header()).unwrap();
    until("told", || recorder.trouble().is_some());
    let fault = recorder.trouble().unwrap();
    assert!(fault.what.contains("film.gz stopped: No space left"), "{fault}");
    for snapshot in snapshots(500) {
        recorder.poll(&snapshot, None);
    }
}

/// A disk that takes nothing until it is let go.
#[derive(Clone, Default)]
struct Stuck(Arc<Disk>);

#[derive(Default)]
struct Disk {
    /// Whether it takes anything, and what it took.
    state: Mutex<(bool, Vec<u8>)>,
    changed: Condvar,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state.lock().unwrap();
        while !state.0 {
            state = self.0.changed.wait(state).unwrap();
        }
        state.1.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_disk_that_hangs_keeps_nobody_and_what_it_missed_is_told() {
    let disk = Stuck::default();
    let mut recorder = Recorder::start(disk.clone(), "film.gz", header()).unwrap();
    let all: Vec<_> = snapshots(201).collect();
    // None of these waits for the disk, or this would never end.
    for snapshot in &all[..200] {
        recorder.poll(snapshot, None);
    }
    disk.0.state.lock().unwrap().0 = true;
    disk.0.changed.notify_all();
    // It goes on as soon as the disk does.
    let mut last = Arc::clone(&all[200]);
    let written = |disk: &Stuck| disk.0.state.lock().unwrap().1.len();
    until("written", || written(&disk) > 100);
    let deadline = Instant::now() + Duration::from_secs(60);
    let reel = loop {
        recorder.poll(&last, None);
        last = Arc::new(Snapshot { generation: last.generation + 1, ..(*last).clone() });
        let bytes = disk.0.state.lock().unwrap().1.clone();
        let (folder, path) = file(&bytes);
        match Reel::open(&path) {
            Ok(reel) if reel.missed() > 0 => break (folder, reel),
            _ => assert!(Instant::now() < deadline, "never told what is missing"),
        }
        std::thread::yield_now();
    };
    assert!(reel.1.missed() >= 100, "{} snapshots did not fit the queue", reel.1.missed());
}
