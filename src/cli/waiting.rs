//! What a command says at its end of entries that are not in the audit log yet.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::output;
use crate::{
    audit::{AuditLog, Event, Waiting},
    text::clean,
};

/// So long what waits may still go to the log. It goes by itself, at once where the log takes it.
const CHANCE: Duration = Duration::from_secs(1);

/// How long sending it may take.
const SENT_BY: Duration = Duration::from_secs(3);

/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// Tells what is not in the log, and where it is instead; what is nowhere else, line by line. `shown` are events that were
/// printed before.
pub(super) async fn tell(log: &dyn AuditLog, shown: &[Event]) {
    // Where it fails, that is what is told below.
    let _ = timeout(SENT_BY, log.flush()).await;
    let until = Instant::now() + CHANCE;
    let mut waiting = log.waiting();
    while !waiting.is_empty() && Instant::now() < until {
        sleep(LOOK).await;
        waiting = log.waiting();
    }
    let told = Told::of(&waiting, shown);
    told.words.iter().for_each(|words| output::complain(words));
    told.lines.iter().for_each(|line| output::tell(line));
}

/// What is said, and the lines that are to be kept.
#[derive(Debug, Default, PartialEq)]
struct Told {
    words: Vec<String>,
    lines: Vec<String>,
}

impl Told {
    fn of(waiting: &Waiting, shown: &[Event]) -> Self {
        let mut told = Self::default();
        let are = |n: usize| if n == 1 { "1 entry is".to_owned() } else { format!("{n} entries are") };
        if !waiting.on_disk.is_empty() {
            let file = waiting.file.as_ref().map_or_else(String::new, |file| format!(" in {}", file.display()));
            let n = are(waiting.on_disk.len());
            told.words.push(clean(&format!(
                "{n} not in the audit log yet, and kept{file}: the next gonogo sends what it can"
            )));
        }
        if !waiting.in_memory.is_empty() {
            let new = waiting.in_memory.iter().map(|(_, _, event)| event).filter(|event| !shown.contains(event));
            told.lines = new.map(|event| serde_json::to_string(event).unwrap_or_default()).collect();
            let n = are(waiting.in_memory.len());
            let keep = if told.lines.is_empty() { "the lines above" } else { "these lines, and any above" };
            told.words.push(format!("{n} in no log and no file, and lost with this run: keep {keep}"));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Kept;

    fn note(text: &str) -> Kept {
        let at = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        (at, "ann".to_owned(), Event::Note { text: text.to_owned() })
    }

    #[test]
    fn of_an_empty_outbox_nothing_is_said() {
        assert_eq!(Told::of(&Waiting::default(), &[]), Told::default());
    }

    #[test]
    fn what_the_disk_has_is_told_with_its_file_and_not_printed() {
        let waiting = Waiting { file: Some("/data/outbox.ndjson".into()), on_disk: vec![note("a")], in_memory: vec![] };
        let told = Told::of(&waiting, &[]);
        assert_eq!(
            told.words,
            ["1 entry is not in the audit log yet, and kept in /data/outbox.ndjson: the next gonogo sends what it can"]
        );
        assert!(told.lines.is_empty());
    }

    #[test]
    fn what_is_in_memory_alone_is_printed_once() {
        let (a, b) = (note("a"), note("b"));
        let waiting = Waiting { in_memory: vec![a.clone(), b.clone()], ..Waiting::default() };
        let told = Told::of(&waiting, std::slice::from_ref(&a.2));
        assert_eq!(told.lines, [serde_json::to_string(&b.2).unwrap()]);
        assert_eq!(
            told.words,
            ["2 entries are in no log and no file, and lost with this run: keep these lines, and any above"]
        );
        let told = Told::of(&waiting, &[a.2, b.2]);
        assert!(told.lines.is_empty() && told.words[0].ends_with("keep the lines above"), "{told:?}");
    }
}
