//! Files of whoever: what can be played is played, the rest is refused, nothing runs away.

use std::sync::{Arc, LazyLock};

use gonogo::{
    audit::{Entry, Event, Head, Record},
    recording::{Encoder, LONGEST_LINE, Reel, Unplayable, line::Line},
};
use proptest::prelude::*;

use crate::{
    film::{compressed, file, film, header, text},
    scene::{Scene, ago, exposure, flag_state},
};

/// A few polls, everything said twice.
fn lines() -> Vec<Line> {
    let (mut scene, mut encoder) = (Scene::healthy(), Encoder::default());
    let polls = (0..6).filter_map(|i| {
        scene.now += chrono::TimeDelta::seconds(5);
        scene.add("upload", &["true", ""], scene.now, i + 1);
        if i == 3 {
            encoder.say_all();
        }
        encoder.poll(&Arc::new(scene.snapshot()), Some("018e611"), 0)
    });
    polls.collect()
}

/// The same, with a log that was read before.
fn with_log() -> Vec<Line> {
    let visited = |stage: &str| Event::Opened {
        stage: stage.to_owned(),
        entered_at: ago(300),
        flag: Some(flag_state(true, exposure(&["internal"], 5))),
        candidate: Some("018e611".to_owned()),
        runbook: None,
    };
    let events = [
        visited("limited-external"),
        Event::Note { text: "all is well".to_owned() },
        Event::Paused { reason: "lunch".to_owned() },
        Event::Adopted {
            stage: "dark-launch".to_owned(),
            flag: flag_state(false, exposure(&[], 0)),
            reason: "by hand".to_owned(),
        },
    ];
    let entry = |(seq, event)| Entry {
        seq,
        at: ago(300 - seq as i64),
        operator: "ann".to_owned(),
        host: "laptop".to_owned(),
        version: "0.1.0".to_owned(),
        event,
        previous: String::new(),
        hash: format!("{seq}"),
    };
    let entries: Vec<Entry> = (1..).zip(events).map(entry).collect();
    let head = Head { count: 4, hash: "4".to_owned() };
    let log = Encoder::default().log(ago(1), &Record { entries, head, damage: None });
    log.into_iter().chain(lines()).collect()
}

static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| film(&with_log()));
static TEXT: LazyLock<String> = LazyLock::new(|| {
    std::iter::once(Line::Header(Box::new(header()))).chain(with_log()).map(|line| text(&line)).collect()
});

/// What became of a file that was opened and played.
struct Played {
    moments: usize,
    /// Why it ends before the file does.
    cut: Option<String>,
    /// Why each moment cannot be seen that cannot.
    unseen: Vec<String>,
}

/// Opens it, and goes to each moment, back and forth.
fn plays(bytes: &[u8]) -> Result<Played, Unplayable> {
    let (_folder, path) = file(bytes);
    let mut reel = Reel::open(&path)?;
    let moments = reel.times().count();
    let mut unseen = [Vec::new(), Vec::new()];
    for (back, i) in (0..moments).map(|i| (0, i)).chain((0..moments).rev().map(|i| (1, i))) {
        let scene = match reel.scene(i) {
            Ok(scene) => scene,
            Err(why) => {
                unseen[back].push(why);
                continue;
            }
        };
        if let Some(snapshot) = scene.snapshot {
            let history = reel.history(i).0.unwrap_or_default();
            let now = snapshot.at;
            gonogo::judge::assess(reel.runbook(), &snapshot, &history, scene.candidate.as_deref(), now);
        }
    }
    let [unseen, back] = unseen;
    assert_eq!(unseen.len(), back.len(), "the same is seen from wherever one comes: {unseen:?} {back:?}");
    Ok(Played { moments, cut: reel.cut().map(str::to_owned), unseen })
}

fn one(text: &str) -> Vec<u8> {
    compressed([vec![text.as_bytes()]])
}

#[test]
fn a_file_that_is_cut_off_is_played_up_to_there() {
    let whole = plays(&WHOLE).unwrap();
    assert_eq!((whole.moments, whole.cut, whole.unseen), (7, None, Vec::<String>::new()));
    let mut played = 0;
    for end in (1..WHOLE.len() - 1).step_by(41).chain([WHOLE.len() - 1]) {
        match plays(&WHOLE[..end]) {
            Ok(Played { moments, cut, unseen }) => {
                assert_eq!(unseen, Vec::<String>::new());
                assert!(moments >= played && moments <= 7, "{moments} at {end}");
                assert!(cut.is_some() || moments == 4, "cut at {end}, and it says nothing");
                played = moments;
            }
            Err(why) => assert_eq!(played, 0, "{why} at {end}"),
        }
    }
    assert_eq!(played, 7);
}

#[test]
fn what_is_no_recording_is_refused_in_words() {
    let with = |name: &str, value: serde_json::Value| {
        let mut line = serde_json::to_value(Line::Header(Box::new(header()))).unwrap();
        line["header"][name] = value;
        one(&format!("{line}\n"))
    };
    let rest = &TEXT[TEXT.find('\n').unwrap() + 1..];
    for (bytes, says) in [
        (Vec::new(), "it is empty"),
        (b"plain text".to_vec(), "no recording of gonogo"),
        (one(""), "it is empty"),
        (one("{}\n"), "missing field `header`"),
        (one("\u{1b}[31m\n"), "no recording of gonogo"),
        (one(rest), "missing field `header`"),
        (with("schema", 2.into()), "has schema 2, and this gonogo plays schema 1; play it with gonogo 0.1.0"),
        (with("runbook", "x = [".into()), "the runbook in the recording"),
        (with("started_at", "+262000-01-01T00:00:00Z".into()), "not between 1970 and 2200"),
        (with("operator", "ann".into()), "ends before the first poll"),
    ] {
        let why = plays(&bytes).err().expect(says).to_string();
        assert!(why.contains(says), "{why:?} does not say {says:?}");
        assert!(!why.contains('\u{1b}'), "{why:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    for place in [folder.path().to_owned(), folder.path().join("none"), "/dev/zero".into()] {
        assert!(matches!(Reel::open(&place), Err(Unplayable::File { .. })), "{}", place.display());
    }
}

#[test]
fn what_is_out_of_bounds_is_not_played() {
    let first = text(&Line::Header(Box::new(header())));
    let good = lines();
    let full = text(&good[0]);
    let long = format!("{{\"poll\":{{\"x\":\"{}\"}}}}\n", "y".repeat(LONGEST_LINE));
    let signal = "\"path\":{\"tallies\":[{\"of\":[\"a\"],\"n\":";
    let poll = |tallies: &str| {
        let signals = format!("{{{signal}{tallies}}}]}}}}");
        let at = "2026-03-01T12:00:30Z";
        format!(
            "{{\"poll\":{{\"at\":\"{at}\",\"generation\":1,\"telemetry\":{{\"at\":\"{at}\",\"signals\":{signals}}}}}}}\n"
        )
    };
    let many = format!("[[1,{}1]]", "1,".repeat(5_100_000));
    let cases = [
        (long, "longer than any"),
        (first.clone(), "second beginning"),
        ("{\"poll\":{\"at\":\"9999-01-01T00:00:00Z\",\"generation\":1}}\n".to_owned(), "not between 1970 and 2200"),
        ("[".repeat(100_000) + "\n", "cannot be read"),
    ];
    for (line, says) in cases {
        let played = plays(&one(&format!("{first}{full}{line}"))).unwrap();
        assert_eq!((played.moments, played.unseen.len()), (1, 0), "it ends there: {says}");
        let cut = played.cut.expect(says);
        assert!(cut.contains(says), "{cut:?} does not say {says:?}");
    }
    // What a snapshot says is made out where it is played: that one is not seen, and what comes after it in another member is.
    let cases = [
        (poll("[[9,1],[9,1]]"), "out of order"),
        (poll("[[9223372036854775807,1,1]]"), "out of order"),
        (poll("[[1,-5]]"), "out of order"),
        (poll("[[1,9223372036854775807]]"), "out of order"),
        (poll("[[1,true]]"), "cannot be read"),
        (poll(&many), "more than any recording does"),
    ];
    for (line, says) in cases {
        let members = [vec![first.as_bytes(), full.as_bytes(), line.as_bytes()], vec![full.as_bytes()]];
        let played = plays(&compressed(members)).unwrap();
        assert_eq!((played.moments, played.cut), (3, None), "{says}");
        let [unseen] = &played.unseen[..] else { panic!("{says}: {:?}", played.unseen) };
        assert!(unseen.contains(says), "{unseen:?} does not say {says:?}");
    }
    // One that begins with a change has nothing to change.
    let why = plays(&one(&format!("{first}{}", text(&good[1])))).err().expect("nothing before").to_string();
    assert!(why.contains("it begins with a change"), "{why}");
}

#[test]
fn times_that_go_back_are_played_in_the_order_of_the_file() {
    let mut backwards = lines();
    backwards.reverse();
    let full: Vec<Line> = backwards.into_iter().filter(|line| matches!(line, Line::Full(_))).collect();
    let played = plays(&film(&full)).unwrap();
    assert_eq!((played.moments, played.cut, played.unseen), (2, None, Vec::<String>::new()));
}

#[test]
fn what_a_store_says_in_its_own_words_is_not_in_it() {
    let raw = serde_json::json!({"token": "s3cret"});
    let mut scene = Scene::healthy();
    let flag = scene.flag.state.as_mut().unwrap();
    flag.raw = raw;
    let event = Event::FlagFound { flag: flag.clone() };
    let text = String::new;
    let (operator, host, version) = (text(), text(), text());
    let entry = Entry { seq: 1, at: ago(5), operator, host, version, event, previous: text(), hash: "1".to_owned() };
    assert!(serde_json::to_string(&entry).unwrap().contains("s3cret"));
    let record = Record { entries: vec![entry], head: Head { count: 1, hash: "1".to_owned() }, damage: None };
    let mut encoder = Encoder::default();
    let lines: Vec<Line> =
        encoder.log(ago(1), &record).into_iter().chain(encoder.poll(&Arc::new(scene.snapshot()), None, 0)).collect();
    assert_eq!(lines.len(), 2);
    assert!(!lines.iter().any(|line| crate::film::text(line).contains("s3cret")));
    let (_folder, path) = file(&film(&lines));
    let history = Reel::open(&path).unwrap().history(1).0.unwrap();
    assert_eq!((history.flags.len(), history.damage), (1, None));
}

#[test]
fn text_that_is_played_drives_no_terminal() {
    let evil = "\u{1b}]0;owned\u{7}";
    let mut scene = Scene::healthy();
    scene.source.name = format!("prom{evil}");
    scene.source.note = Some(evil.to_owned());
    let lines: Vec<Line> = Encoder::default().poll(&Arc::new(scene.snapshot()), Some(evil), 0).into_iter().collect();
    let (_folder, path) = file(&film(&lines));
    let then = Reel::open(&path).unwrap().scene(0).unwrap();
    let source = &then.snapshot.unwrap().telemetry_source;
    let texts = [source.name.clone(), source.note.clone().unwrap(), then.candidate.unwrap()];
    assert!(texts.iter().all(|text| !text.chars().any(char::is_control)), "{texts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_damage_to_the_file_is_more_than_damage(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = WHOLE.clone();
        for (place, byte) in &places {
            let at = place.index(bytes.len());
            bytes[at] = *byte;
        }
        let _ = plays(&bytes);
    }

    #[test]
    fn no_other_text_is_more_than_damage(
        places in prop::collection::vec((any::<prop::sample::Index>(), "[0-9\"{}\\[\\],:a-z\\-]{0,4}"), 1..6),
    ) {
        let mut text = TEXT.clone();
        // The runbook is long, and has tests of its own.
        let from = text.find('\n').unwrap();
        for (place, new) in &places {
            let at = from + place.index(text.len() - from);
            if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
                text.replace_range(at..=at, new);
            }
        }
        let _ = plays(&one(&text));
    }
}
