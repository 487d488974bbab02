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
    let record = read(log(&["a", "b", "c"]).as_bytes()).record();
    assert_eq!(record.damage, None);
    assert_eq!(record.entries.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(record.entries[2].previous, record.entries[1].hash);
    assert_eq!(record.entries[0].previous, NOTHING);
}

#[test]
fn every_cut_keeps_the_whole_lines_and_tells_the_torn_tail() {
    let text = log(&["a", "b"]);
    let first = text.find('\n').unwrap() + 1;
    for cut in first..text.len() {
        let reading = read(&text.as_bytes()[..cut]);
        assert_eq!(reading.record().entries.len(), 1, "cut at {cut}");
        assert_eq!(reading.sound, first);
        assert_eq!(reading.record().damage.is_some(), cut > first);
    }
}

#[test]
fn a_changed_a_missing_and_an_unreadable_entry_are_told_and_the_rest_is_read() {
    let text = log(&["a", "b", "c"]);
    let changed = read(text.replacen("\"b\"", "\"x\"", 1).as_bytes());
    assert_eq!(changed.record().entries.len(), 3);
    assert_eq!(changed.record().damage.as_deref(), Some("entry 2 was changed after it was written"));

    let lines: Vec<&str> = text.lines().collect();
    let missing = read(format!("{}\n{}\n", lines[0], lines[2]).as_bytes());
    assert_eq!(missing.record().damage.as_deref(), Some("entry 3 does not follow the one before it"));

    let garbled = read(format!("{}\nnonsense\n{}\n", lines[0], lines[2]).as_bytes());
    assert_eq!(garbled.record().entries.len(), 2);
    assert!(garbled.record().damage.unwrap().starts_with("1 line(s) before line 3 cannot be read"));
}

#[test]
fn an_event_of_a_later_version_keeps_its_place_in_the_chain() {
    let text = log(&["a"]);
    let last = read(text.as_bytes()).last.unwrap();
    let body = format!("{{\"seq\":2,\"event\":{{\"kind\":\"telepathy\"}},\"previous\":\"{}\"}}", last.hash);
    let hash = sha256(&body);
    let line = format!("{}{}\n", &body[..body.len() - 1], hash_field(&hash));
    let reading = read(format!("{text}{line}").as_bytes());
    assert_eq!(reading.head().hash, hash);
    assert_eq!(reading.record().damage.as_deref(), Some("entry 2 was written by another version of gonogo"));
}

#[test]
fn what_an_earlier_head_named_must_still_be_there() {
    let text = log(&["a", "b", "c"]);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let whole = read(text.as_bytes()).record();
    let cut = read(lines[..2].concat().as_bytes()).record();
    let other = read(log(&["a", "x", "c"]).as_bytes()).record();
    assert_eq!((cut.damage.as_ref(), other.damage.as_ref()), (None, None), "each is sound in itself");
    assert_eq!(continues(&whole, &cut.head), Ok(()));
    assert_eq!(continues(&whole, &Head::default()), Ok(()));
    assert!(continues(&cut, &whole.head).unwrap_err().contains("its end was cut off"));
    assert_eq!(continues(&other, &cut.head).unwrap_err(), "entry 2 is not the one that it once was");
}

#[test]
fn lines_taken_one_by_one_say_what_the_whole_says() {
    let text = log(&["a", "b", "c"]);
    let mut reading = Reading::new();
    for line in text.lines() {
        assert!(reading.push(line.as_bytes()));
    }
    assert_eq!(reading.record(), read(text.as_bytes()).record());
    assert!(!reading.push(b"nonsense"));
    assert_eq!(reading.record().damage.as_deref(), Some("its last 1 line(s) cannot be read"));
}
