//! Recordings made by hand.

use std::{io::Write, path::PathBuf};

use flate2::{Compression, write::GzEncoder};
use gonogo::{
    recording::{
        SCHEMA,
        line::{At, Header, Line},
    },
    runbook,
};
use tempfile::TempDir;

pub fn header() -> Header {
    Header {
        schema: SCHEMA,
        gonogo: "0.1.0".to_owned(),
        rollout: "vfs-secure-upload".to_owned(),
        environment: "production".to_owned(),
        candidate: Some("018e611".to_owned()),
        operator: "oncall".to_owned(),
        label: None,
        started_at: At::new(crate::scene::now()),
        interval_ms: 5000,
        runbook: runbook::text(None).unwrap(),
        roles: [("release-owner".to_owned(), "ann".to_owned())].into(),
    }
}

pub fn text(line: &Line) -> String {
    serde_json::to_string(line).unwrap() + "\n"
}

/// Text in gzip members, handed on after each line as while recording.
pub fn compressed<'a>(members: impl IntoIterator<Item = Vec<&'a [u8]>>) -> Vec<u8> {
    members.into_iter().fold(Vec::new(), |file, lines| {
        let mut member = GzEncoder::new(file, Compression::default());
        for line in lines {
            member.write_all(line).unwrap();
            member.flush().unwrap();
        }
        member.finish().unwrap()
    })
}

/// A recording of these lines: each that says everything begins a member.
pub fn film(lines: &[Line]) -> Vec<u8> {
    let first = text(&Line::Header(Box::new(header())));
    let texts: Vec<String> = lines.iter().map(text).collect();
    let mut members = vec![vec![first.as_bytes()]];
    let mut begun = false;
    for (line, text) in lines.iter().zip(&texts) {
        if matches!(line, Line::Full(_)) && std::mem::replace(&mut begun, true) {
            members.push(Vec::new());
        }
        members.last_mut().unwrap().push(text.as_bytes());
    }
    compressed(members)
}

/// These bytes in a file of their own.
pub fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.gz");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}
