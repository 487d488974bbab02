//! The head that was last seen, noted beside the log: an end that was cut off looks whole to the chain itself.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{AuditLog, Ending, Entry, Event, Head, Passing, Record, Waiting, chain::Sought, file::make_private};
use crate::fault::Fault;

/// Name of the note within its folder.
const FILE: &str = "audit.head";

/// A log whose head is noted in a folder of this machine. Where that cannot be, nothing else is the worse for it.
pub struct Anchored {
    log: Arc<dyn AuditLog>,
    folder: PathBuf,
}

/// Heads by the place of their log.
type Noted = BTreeMap<String, Head>;

impl Anchored {
    /// `log`, its head noted in `folder`.
    pub fn new(log: Arc<dyn AuditLog>, folder: &Path) -> Self {
        Self { log, folder: folder.to_owned() }
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path, String) -> io::Result<T> + Send + 'static,
    ) -> Option<T> {
        let (folder, place) = (self.folder.clone(), self.log.place());
        tokio::task::spawn_blocking(move || work(&folder, place)).await.ok()?.ok()
    }

    /// The head that was last seen.
    async fn noted(&self) -> Option<Head> {
        let mut noted = self.on_disk(|folder, _| read(folder)).await?;
        noted.remove(&self.log.place())
    }

    /// Notes the head of a log that goes on from what was noted, and says of one that does not what became of it.
    async fn checked(&self, noted: Result<(), String>, head: &Head, damage: Option<String>) -> Option<String> {
        let Err(lost) = noted else {
            if head.count > 0 {
                let head = head.clone();
                // Another process may have noted a later one meanwhile.
                let later = move |folder: &Path, place: String| {
                    let mut noted = read(folder)?;
                    let behind = noted.get(&place).is_none_or(|noted| noted.count < head.count);
                    if behind { note(folder, &mut noted, place, head) } else { Ok(()) }
                };
                self.on_disk(later).await;
            }
            return damage;
        };
        let file = self.folder.join(FILE);
        let lost = format!("{lost} (seen from here; once it is cleared up, remove {})", file.display());
        Some(damage.map_or(lost.clone(), |damage| format!("{damage}; {lost}")))
    }

    /// Notes entries that were just appended, if they follow what is noted. What others appended between is read first.
    async fn appended(&self, entries: &[Entry]) {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return };
        let head = Head { count: last.seq, hash: last.hash.clone() };
        let (begin, previous) = (first.seq, first.previous.clone());
        self.on_disk(move |folder, place| {
            let mut noted = read(folder)?;
            let follows = noted.get(&place).map_or(begin == 1, |noted| noted.hash == previous);
            if follows { note(folder, &mut noted, place, head) } else { Ok(()) }
        })
        .await;
    }
}

fn read(folder: &Path) -> io::Result<Noted> {
    match fs::read(folder.join(FILE)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Noted::new()),
        Err(error) => Err(error),
    }
}

fn note(folder: &Path, noted: &mut Noted, place: String, head: Head) -> io::Result<()> {
    if noted.get(&place) == Some(&head) {
        return Ok(());
    }
    noted.insert(place, head);
    make_private(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec(noted)?)?;
    file.persist(folder.join(FILE))?;
    Ok(())
}

#[async_trait]
impl AuditLog for Anchored {
    fn place(&self) -> String {
        self.log.place()
    }

    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        let entry = self.log.append(at, operator, event).await?;
        self.appended(std::slice::from_ref(&entry)).await;
        Ok(entry)
    }

    async fn append_after(&self, head: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault> {
        let entry = self.log.append_after(head, at, operator, event).await?;
        self.appended(std::slice::from_ref(&entry)).await;
        Ok(entry)
    }

    async fn append_all_after(
        &self,
        head: &Head,
        at: DateTime<Utc>,
        operator: &str,
        events: Vec<Event>,
    ) -> Result<Vec<Entry>, Fault> {
        let entries = self.log.append_all_after(head, at, operator, events).await?;
        self.appended(&entries).await;
        Ok(entries)
    }

    async fn append_soon(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<(), Fault> {
        self.log.append_soon(at, operator, event).await
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.log.flush().await
    }

    fn kept(&self) -> Vec<(DateTime<Utc>, String, Event)> {
        self.log.kept()
    }

    fn waiting(&self) -> Waiting {
        self.log.waiting()
    }

    async fn read(&self) -> Result<Record, Fault> {
        let mut record = self.log.read().await?;
        let noted = self.noted().await.map_or(Ok(()), |head| head.is_in(&record));
        record.damage = self.checked(noted, &record.head, record.damage).await;
        Ok(record)
    }

    async fn read_each(&self, take: &mut Passing<'_>) -> Result<Ending, Fault> {
        // What is noted now is in what is read then.
        let mut sought = Sought::new(self.noted().await.unwrap_or_default());
        let mut passing = |entry: &Entry| {
            sought.pass(entry);
            take(entry);
        };
        let Ending { damage, head } = self.log.read_each(&mut passing).await?;
        let damage = self.checked(sought.went_on_to(&head), &head, damage).await;
        Ok(Ending { damage, head })
    }

    fn attended(&self, attended: bool) {
        self.log.attended(attended);
    }

    async fn changed(&self, seen: &Head) {
        self.log.changed(seen).await;
    }
}
