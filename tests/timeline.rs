//! The timeline, searched: what a line means, what it finds, and the documents made of it.
#![allow(missing_docs)]

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    judge::TimelineEntry,
    timeline::{About, Complaint, Query, csv, markdown, nearest, select},
};
use proptest::prelude::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap()
}

fn entry(seq: u64, minutes_ago: i64, kind: &str, who: Option<&str>, text: &str) -> TimelineEntry {
    let at = now() - TimeDelta::minutes(minutes_ago);
    TimelineEntry { seq, at, kind: kind.into(), operator: who.map(str::to_owned), text: text.into() }
}

fn timeline() -> Vec<TimelineEntry> {
    vec![
        entry(1, 2000, "opened", Some("ann"), "watched from stage dark on"),
        entry(2, 300, "note", Some("Ann"), "provider incident CLOSED"),
        entry(3, 120, "advance", Some("bob"), "advance a → b verified; it serves 5 %"),
        entry(4, 60, "flag", None, "the flag was changed elsewhere"),
        entry(5, 5, "rollback", Some("ann"), "rollback from b: two words here"),
    ]
}

fn found(line: &str) -> Vec<u64> {
    let (timeline, query) = (timeline(), Query::parse(line, now()).unwrap_or_else(|error| panic!("{line}: {error}")));
    select(&timeline, &query).into_iter().map(|place| timeline[place].seq).collect()
}

#[test]
fn a_line_finds_what_it_says() {
    for (line, want) in [
        ("", vec![5, 4, 3, 2, 1]),
        ("closed", vec![2]),
        ("PROVIDER closed", vec![2]),
        ("closed rollback", vec![]),
        ("rollback", vec![5]),
        ("kind:rollback", vec![5]),
        ("kind:roll", vec![5]),
        ("kind:back", vec![]),
        ("-kind:rollback -kind:flag", vec![3, 2, 1]),
        ("who:ann", vec![5, 2, 1]),
        ("-who:ann", vec![4, 3]),
        ("who:gonogo", vec![4]),
        ("who:ann since:6h", vec![5, 2]),
        ("since:2h", vec![5, 4, 3]),
        ("until:11:00", vec![4, 3, 2, 1]),
        ("since:10:00 until:11:00", vec![4, 3]),
        ("until:2026-02-28", vec![1]),
        ("since:2026-03-01", vec![5, 4, 3, 2]),
        ("since:2026-03-01T11:55Z", vec![5]),
        ("-provider who:ann", vec![5, 1]),
        ("\"two words\"", vec![5]),
        ("\"words two\"", vec![]),
        ("-\"two words\" who:ann", vec![2, 1]),
        ("who:\"ann\"", vec![5, 2, 1]),
        ("\"kind:rollback\"", vec![]),
        ("→", vec![3]),
        ("5 %", vec![3]),
        ("@11:00 who:ann", vec![5, 2, 1]),
    ] {
        assert_eq!(found(line), want, "{line}");
    }
}

#[test]
fn a_time_is_gone_to() {
    let at = |line: &str| Query::parse(line, now()).unwrap().jump().map(|at| (at - now()).num_minutes());
    for (line, want) in [
        ("@11:00", Some(-60)),
        ("@2026-03-01 11:00", Some(-60)),
        ("who:ann @2026-02-28 11:00 closed", Some(-1500)),
        ("@2026-03-01 closed", Some(-720)),
        ("@2h", Some(-120)),
        ("\"@11:00\"", None),
        ("ann@11:00", None),
    ] {
        assert_eq!(at(line), want, "{line}");
    }
    let instants = || timeline().into_iter().rev().map(|entry| entry.at);
    assert_eq!(nearest(instants(), now() - TimeDelta::minutes(100)), Some(2));
    assert_eq!(nearest(instants(), now()), Some(0));
    assert_eq!(nearest(std::iter::empty(), now()), None);
}

#[test]
fn what_is_no_query_is_said_in_words() {
    for (line, want) in [
        ("\"two words", Complaint::OpenQuote),
        ("since:yesterday", Complaint::NoTime("yesterday".into())),
        ("@ann", Complaint::NoTime("ann".into())),
        ("@", Complaint::NoTime(String::new())),
        ("kind:", Complaint::Nothing("kind:", "rollback")),
        ("x -since:2h", Complaint::NotABound("since:", "until:")),
        ("@11:00 @12:00", Complaint::TwoJumps),
    ] {
        assert_eq!(Query::parse(line, now()), Err(want), "{line}");
    }
    assert_eq!(Complaint::OpenQuote.to_string(), "the quote has no end; close it with \"");
    assert_eq!(
        Complaint::Nothing("kind:", "rollback").to_string(),
        "kind: needs a word after it, such as kind:rollback"
    );
}

#[test]
fn documents_are_harmless() {
    let hostile =
        entry(7, 0, "note", Some("=cmd|' /C calc'!A0"), "a | b <script>x</script> [l](http://e) \"q\", \x1b[31m\nrow");
    let about = About { rollout: "up*load", environment: "production", at: now(), query: "kind:note", of: 12 };
    let text = markdown(&about, [&hostile]);
    assert!(text.starts_with("# Timeline of up\\*load in production\n\n1 of 12 entries, those that fit kind:note, as of 2026-03-01 12:00 UTC."));
    let row = text.lines().last().unwrap();
    assert!(row.contains("a \\| b \\<script\\>x\\</script\\> \\[l\\](http://e)") && !row.contains('\x1b'), "{row}");
    assert_eq!(row.matches('|').count() - row.matches("\\|").count(), 5, "{row}");
    let text = csv([&hostile, &entry(8, 0, "note", None, "  +1")]);
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "entry,when,what,who,text");
    assert!(
        lines[1].starts_with("7,2026-03-01T12:00:00.000Z,\"note\",\"'=cmd|' /C calc'!A0\",\"a | b"),
        "{}",
        lines[1]
    );
    assert!(lines[1].contains("\"\"q\"\""), "{}", lines[1]);
    assert_eq!(lines[2], "8,2026-03-01T12:00:00.000Z,\"note\",\"gonogo\",\"'  +1\"");
}

fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

proptest! {
    #[test]
    fn a_line_never_panics_and_what_it_marks_is_in_the_text(line in "[ -~äÄßΣςİ漢\"@:]{0,30}", text in "[ -~äÄßΣςİ漢]{0,40}") {
        if let Ok(query) = Query::parse(&line, now()) {
            let mut end = 0;
            for mark in query.marks(&text) {
                prop_assert!(mark.start >= end && mark.end > mark.start);
                prop_assert!(text.get(mark.clone()).is_some());
                end = mark.end;
            }
            query.fits(&entry(1, 0, "note", None, &text));
        }
    }

    #[test]
    fn words_are_found_whatever_their_case(
        word in "[a-cA-CäÄσΣ]{1,3}", before in "[a-cA-CäÄσΣς ]{0,8}", after in "[a-cA-CäÄσΣς ]{0,8}", upper in any::<bool>(),
    ) {
        let there = if upper { word.to_uppercase() } else { word.to_lowercase() };
        let text = format!("{before}{there}{after}");
        let query = Query::parse(&format!("\"{word}\""), now()).unwrap();
        let naive = |text: &str| folded(text).contains(&folded(&word));
        prop_assert_eq!(query.fits(&entry(1, 0, "-", Some("-"), &text)), naive(&text));
        prop_assert_eq!(query.fits(&entry(1, 0, "-", Some("-"), &before)), naive(&before));
    }

    #[test]
    fn a_negated_word_is_the_opposite(word in "[a-c]{1,2}", text in "[a-d]{0,6}") {
        let fits = |line: &str| Query::parse(line, now()).unwrap().fits(&entry(1, 0, "-", Some("-"), &text));
        prop_assert_ne!(fits(&word), fits(&format!("-{word}")));
    }

    #[test]
    fn one_more_word_never_finds_more(first in "[a-c]{1,2}", second in "[a-c]{1,2}", texts in prop::collection::vec("[a-d ]{0,8}", 0..20)) {
        let timeline: Vec<_> = texts.iter().zip(0..).map(|(text, i)| entry(i, 0, "-", None, text)).collect();
        let one = select(&timeline, &Query::parse(&first, now()).unwrap());
        let both = select(&timeline, &Query::parse(&format!("{first} {second}"), now()).unwrap());
        prop_assert!(both.iter().all(|place| one.contains(place)));
        prop_assert!(one.windows(2).all(|pair| pair[0] > pair[1]), "newest first");
    }

    #[test]
    fn no_cell_is_a_formula(text in "[ -~\t\n=+@]{0,12}", who in "[=+@a-]{0,3}") {
        let text = csv([&entry(1, 0, "note", Some(&who), &text)]);
        let row = text.split("\r\n").nth(1).unwrap();
        prop_assert!(row.split(",\"").skip(1).all(|cell| !cell.trim_start().starts_with(['=', '+', '-', '@'])
            || text.contains('"')), "{}", row);
        prop_assert_eq!(text.matches("\r\n").count(), 2);
    }
}
