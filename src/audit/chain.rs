//! The log as text: one JSON object a line, each carrying the hash of the one before. Pure.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Entry, Event, Head, Record};
use crate::fingerprint::sha256;

/// The hash before the first entry.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What ties an entry to the chain. Readable even where the event is of a kind that this version does not know.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Link {
    pub(super) seq: u64,
    previous: String,
    pub(super) hash: String,
}

/// Everything in an entry but its hash, in the order in which it is written.
#[derive(Serialize)]
struct Unsealed<'a> {
    seq: u64,
    at: DateTime<Utc>,
    operator: &'a str,
    host: &'a str,
    version: &'a str,
    event: &'a Event,
    previous: &'a str,
}

/// The entry after `last`, and its line.
///
/// The hash is over the bytes as they are written, so that checking it needs no second serialisation to agree.
pub(super) fn seal(
    last: Option<&Link>,
    at: DateTime<Utc>,
    operator: &str,
    host: &str,
    event: Event,
) -> serde_json::Result<(Entry, String)> {
    let version = env!("CARGO_PKG_VERSION");
    let (seq, previous) = last.map_or((1, NOTHING), |link| (link.seq + 1, link.hash.as_str()));
    let mut line = serde_json::to_string(&Unsealed { seq, at, operator, host, version, event: &event, previous })?;
    let hash = sha256(&line);
    let entry = Entry {
        seq,
        at,
        operator: operator.to_owned(),
        host: host.to_owned(),
        version: version.to_owned(),
        event,
        previous: previous.to_owned(),
        hash,
    };
    line.pop();
    line.push_str(&hash_field(&entry.hash));
    line.push('\n');
    Ok((entry, line))
}

fn hash_field(hash: &str) -> String {
    format!(",\"hash\":\"{hash}\"}}")
}

/// What a log's bytes say.
pub(super) struct Reading {
    pub(super) record: Record,
    /// The link that the next entry follows.
    pub(super) last: Option<Link>,
    /// Bytes up to the end of the last whole line; what comes after is a torn tail.
    pub(super) sound: usize,
}

/// Reads a log, whatever became of it: what can be read is read, and the rest is told.
pub(super) fn read(bytes: &[u8]) -> Reading {
    let mut reading = Reading { record: Record::default(), last: None, sound: 0 };
    let mut damage: Vec<String> = Vec::new();
    let mut unreadable = 0;
    let mut start = 0;
    for (number, end) in memchr::memchr_iter(b'\n', bytes).enumerate() {
        let line = &bytes[start..end];
        start = end + 1;
        let Some((text, link)) = parse(line) else {
            unreadable += 1;
            continue;
        };
        // Lines that cannot be read are a torn tail only if nothing whole comes after them.
        if unreadable > 0 {
            damage.push(format!("{unreadable} line(s) before line {} cannot be read", number + 1));
            unreadable = 0;
        }
        damage.extend(broken(reading.last.as_ref(), text, &link));
        match serde_json::from_str::<Entry>(text) {
            Ok(entry) => reading.record.entries.push(entry),
            Err(_) => damage.push(format!("entry {} was written by another version of gonogo", link.seq)),
        }
        reading.last = Some(link);
        reading.sound = start;
    }
    if reading.sound < bytes.len() {
        damage.push(format!("its last {} bytes are torn", bytes.len() - reading.sound));
    }
    reading.record.damage = summary(&damage);
    if let Some(last) = &reading.last {
        reading.record.head = Head { count: last.seq, hash: last.hash.clone() };
    }
    reading
}

fn parse(line: &[u8]) -> Option<(&str, Link)> {
    let text = std::str::from_utf8(line).ok()?;
    Some((text, serde_json::from_str(text).ok()?))
}

/// How this entry does not follow the one before it, if so.
fn broken(last: Option<&Link>, text: &str, link: &Link) -> Option<String> {
    let (seq, previous) = last.map_or((1, NOTHING), |last| (last.seq + 1, last.hash.as_str()));
    let body = text.strip_suffix(&hash_field(&link.hash));
    if body.is_none_or(|body| sha256(format!("{body}}}")) != link.hash) {
        Some(format!("entry {} was changed after it was written", link.seq))
    } else if link.seq != seq || link.previous != previous {
        Some(format!("entry {} does not follow the one before it", link.seq))
    } else {
        None
    }
}

/// The first few of many, in one line.
fn summary(damage: &[String]) -> Option<String> {
    const SHOWN: usize = 3;
    let mut text = damage.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if damage.len() > SHOWN {
        text.push_str(&format!("; and {} more", damage.len() - SHOWN));
    }
    (!damage.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(notes: &[&str]) -> String {
        let mut text = String::new();
        for note in notes {
            let last = read(text.as_bytes()).last;
            let event = Event::Note { text: (*note).to_owned() };
            let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
            text.push_str(&seal(last.as_ref(), at, "ann", "box", event).unwrap().1);
        }
        text
    }

    #[test]
    fn what_is_sealed_is_read_back_whole() {
        let reading = read(log(&["a", "b", "c"]).as_bytes());
        assert_eq!(reading.record.damage, None);
        assert_eq!(reading.record.entries.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(reading.record.entries[2].previous, reading.record.entries[1].hash);
        assert_eq!(reading.record.entries[0].previous, NOTHING);
    }

    #[test]
    fn every_cut_keeps_the_whole_lines_and_tells_the_torn_tail() {
        let text = log(&["a", "b"]);
        let first = text.find('\n').unwrap() + 1;
        for cut in first..text.len() {
            let reading = read(&text.as_bytes()[..cut]);
            assert_eq!(reading.record.entries.len(), 1, "cut at {cut}");
            assert_eq!(reading.sound, first);
            assert_eq!(reading.record.damage.is_some(), cut > first);
        }
    }

    #[test]
    fn a_changed_a_missing_and_an_unreadable_entry_are_told_and_the_rest_is_read() {
        let text = log(&["a", "b", "c"]);
        let changed = read(text.replacen("\"b\"", "\"x\"", 1).as_bytes());
        assert_eq!(changed.record.entries.len(), 3);
        assert_eq!(changed.record.damage.as_deref(), Some("entry 2 was changed after it was written"));

        let lines: Vec<&str> = text.lines().collect();
        let missing = read(format!("{}\n{}\n", lines[0], lines[2]).as_bytes());
        assert_eq!(missing.record.damage.as_deref(), Some("entry 3 does not follow the one before it"));

        let garbled = read(format!("{}\nnonsense\n{}\n", lines[0], lines[2]).as_bytes());
        assert_eq!(garbled.record.entries.len(), 2);
        assert!(garbled.record.damage.unwrap().starts_with("1 line(s) before line 3 cannot be read"));
    }

    #[test]
    fn an_event_of_a_later_version_keeps_its_place_in_the_chain() {
        let text = log(&["a"]);
        let last = read(text.as_bytes()).last.unwrap();
        let body = format!("{{\"seq\":2,\"event\":{{\"kind\":\"telepathy\"}},\"previous\":\"{}\"}}", last.hash);
        let hash = sha256(&body);
        let line = format!("{}{}\n", &body[..body.len() - 1], hash_field(&hash));
        let reading = read(format!("{text}{line}").as_bytes());
        assert_eq!(reading.last.unwrap().hash, hash);
        assert_eq!(reading.record.damage.as_deref(), Some("entry 2 was written by another version of gonogo"));
    }
}
