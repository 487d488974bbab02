//! A log that is read entry by entry says what it says when it is read whole.

use std::{fs::OpenOptions, io::Write, sync::Arc};

use gonogo::audit::{Anchored, AuditLog, Ending, Entry, Event, FileLog, replay};

use crate::story::{Story, at, everything};

async fn each(log: &dyn AuditLog) -> (Vec<Entry>, Ending) {
    let mut entries = Vec::new();
    let ending = log.read_each(&mut |entry| entries.push(entry.clone())).await.unwrap();
    (entries, ending)
}

async fn agree(log: &dyn AuditLog) -> Ending {
    let record = log.read().await.unwrap();
    let (entries, ending) = each(log).await;
    assert_eq!(entries, record.entries);
    assert_eq!((&ending.damage, &ending.head), (&record.damage, &record.head));
    ending
}

async fn notes(log: &dyn AuditLog, n: i64) {
    for second in 0..n {
        log.append(at(second), "ann", Event::Note { text: format!("note {second}") }).await.unwrap();
    }
}

#[tokio::test]
async fn an_empty_a_whole_and_a_torn_file_read_alike() {
    let folder = tempfile::tempdir().unwrap();
    let log = FileLog::at(folder.path());
    assert_eq!(agree(&log).await, Ending::default());
    notes(&log, 600).await;
    assert_eq!(agree(&log).await.head.count, 600);
    let mut file = OpenOptions::new().append(true).open(log.path()).unwrap();
    file.write_all(b"{\"seq\":601,\"at\"").unwrap();
    assert!(agree(&log).await.damage.unwrap().contains("torn"));
    file.write_all(b"\nno json\n").unwrap();
    assert!(agree(&log).await.damage.unwrap().contains("torn"));
}

#[tokio::test]
async fn an_entry_that_was_changed_is_told_either_way() {
    let folder = tempfile::tempdir().unwrap();
    let log = FileLog::at(folder.path());
    notes(&log, 5).await;
    let text = std::fs::read_to_string(log.path()).unwrap().replace("note 2", "note 9");
    std::fs::write(log.path(), text).unwrap();
    assert!(agree(&log).await.damage.unwrap().contains("entry 3 was changed"));
}

#[tokio::test]
async fn an_end_that_was_cut_off_or_exchanged_is_told_either_way() {
    let folder = tempfile::tempdir().unwrap();
    let file = FileLog::at(folder.path());
    let path = file.path();
    let log = Anchored::new(Arc::new(file), folder.path());
    notes(&log, 5).await;
    assert_eq!(agree(&log).await.damage, None);
    let whole = std::fs::read_to_string(&path).unwrap();
    let cut: String = whole.lines().take(3).flat_map(|line| [line, "\n"]).collect();
    std::fs::write(&path, cut).unwrap();
    assert!(agree(&log).await.damage.unwrap().contains("cut off"));

    let elsewhere = tempfile::tempdir().unwrap();
    let other = FileLog::at(elsewhere.path());
    notes(&other, 2).await;
    other.append(at(9), "eve", Event::Note { text: "another past".to_owned() }).await.unwrap();
    notes(&other, 4).await;
    std::fs::copy(other.path(), &path).unwrap();
    assert!(agree(&log).await.damage.unwrap().contains("entry 5 is not the one"));
}

#[tokio::test]
async fn a_story_that_is_passed_on_is_the_story_that_is_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let log = FileLog::at(folder.path());
    let Story(entries) = everything("words");
    for entry in entries {
        log.append(entry.at, &entry.operator, entry.event).await.unwrap();
    }
    let mut reading = gonogo::report::release::LogReading::default();
    let ending = log.read_each(&mut |entry| reading.pass(entry)).await.unwrap();
    assert_eq!(reading.finish(ending).history, replay(&log.read().await.unwrap()));
}
