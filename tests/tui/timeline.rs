//! The timeline: narrowed while it is typed, jumped in, written; and the selection stays on its entry.

use gonogo::{
    judge::{History, TimelineEntry},
    tui::{keys as table, record::State},
};

use super::*;

const ENTER: KeyCode = KeyCode::Enter;
const ESC: KeyCode = KeyCode::Esc;
const DOWN: KeyCode = KeyCode::Down;
const SLASH: KeyCode = KeyCode::Char('/');
const T: KeyCode = KeyCode::Char('t');

fn open(size: (u16, u16)) -> Model {
    let mut model = model(hold(), size);
    press(&mut model, T);
    model
}

fn looked_for(size: (u16, u16), line: &str) -> Model {
    let mut model = open(size);
    press(&mut model, SLASH);
    text(&mut model, line);
    model
}

/// So many entries, one a minute, the last of them at the present.
fn many(n: usize) -> Arc<History> {
    let entry = |i: usize| TimelineEntry {
        seq: i as u64 + 1,
        at: now() - TimeDelta::minutes((n - 1 - i) as i64),
        kind: if i.is_multiple_of(10) { "rollback" } else { "note" }.into(),
        operator: Some("ann".into()),
        text: format!("number {i}"),
    };
    Arc::new(History { timeline: (0..n).map(entry).collect(), ..history() })
}

fn selected(model: &Model) -> u64 {
    let history = model.history.as_ref().expect("a history");
    let entry = model.narrowed.from(&history.timeline, model.place.selected).next();
    entry.map_or(0, |entry| entry.seq)
}

fn shown(model: &Model) -> usize {
    model.lines()
}

#[test]
fn pictures() {
    show("timeline-find", |size| looked_for(size, ""));
    show("timeline-found", |size| looked_for(size, "who:owner a"));
    show("timeline-kept", |size| {
        let mut model = looked_for(size, "-kind:note o");
        press(&mut model, ENTER);
        model
    });
    show("timeline-nothing", |size| looked_for(size, "kind:rollback ann"));
    show("timeline-complaint", |size| looked_for(size, "note \"two"));
    show("timeline-written", |size| {
        let mut model = open(size);
        press(&mut model, KeyCode::Char('w'));
        let path = "/home/ann/.local/share/gonogo/vfs-secure-upload/production/exports/timeline-20260314T140231Z.md";
        update(&mut model, Msg::Exported(Ok(path.into())));
        model
    });
}

#[test]
fn it_narrows_while_it_is_typed_and_escape_clears_then_leaves() {
    let mut model = open((120, 36));
    update(&mut model, Msg::History(many(340)));
    press(&mut model, SLASH);
    text(&mut model, "kind:roll");
    assert_eq!(shown(&model), 34);
    assert!(screen(&model).contains("34 of 340"), "{}", screen(&model));
    text(&mut model, " 120");
    assert_eq!((shown(&model), selected(&model)), (1, 121));
    // What is no query yet leaves what was found.
    text(&mut model, " \"");
    assert_eq!(shown(&model), 1);
    assert!(screen(&model).contains("the quote has no end"));
    press(&mut model, ESC);
    assert_eq!((shown(&model), model.dialogs.len(), model.screen), (340, 1, Screen::Timeline));
    press(&mut model, ESC);
    assert_eq!((model.dialogs.len(), model.screen), (0, Screen::Timeline));

    press(&mut model, SLASH);
    text(&mut model, "kind:roll");
    press(&mut model, ENTER);
    assert_eq!((shown(&model), model.dialogs.len()), (34, 0));
    press(&mut model, DOWN);
    let there = selected(&model);
    // Kept until it is cleared; then what is around it is seen.
    model.dirty = false;
    press(&mut model, ESC);
    assert!(model.dirty);
    assert_eq!((shown(&model), selected(&model), model.screen), (340, there, Screen::Timeline));
    press(&mut model, ESC);
    assert_eq!(model.screen, Screen::Overview);
}

#[test]
fn nothing_stays_hidden_for_whoever_comes_back() {
    let mut model = looked_for((120, 36), "kind:rollback");
    press(&mut model, ENTER);
    press(&mut model, KeyCode::Char('g'));
    press(&mut model, T);
    assert_eq!(shown(&model), history().timeline.len());
}

#[test]
fn the_selection_stays_on_its_entry() {
    let mut model = open((120, 36));
    update(&mut model, Msg::History(many(50)));
    at_leisure(&mut model, &[KeyCode::Home, DOWN, DOWN]);
    assert_eq!(selected(&model), 48);
    let mut more = (*many(50)).clone();
    let newest = TimelineEntry { seq: 51, at: now(), text: "new".into(), ..more.timeline[49].clone() };
    more.timeline.push(newest);
    update(&mut model, Msg::History(Arc::new(more.clone())));
    assert_eq!((selected(&model), model.place.selected), (48, 3));
    // Narrowed, too: and what comes in is narrowed like the rest.
    press(&mut model, SLASH);
    text(&mut model, "kind:note");
    assert_eq!(selected(&model), 48);
    let count = shown(&model);
    let newest = TimelineEntry { seq: 52, kind: "note".into(), ..more.timeline[50].clone() };
    more.timeline.push(newest);
    update(&mut model, Msg::History(Arc::new(more)));
    assert_eq!((shown(&model), selected(&model)), (count + 1, 48));
}

#[test]
fn it_goes_to_a_time_and_pasted_text_is_looked_for() {
    let mut model = open((120, 36));
    update(&mut model, Msg::History(many(500)));
    press(&mut model, SLASH);
    update(&mut model, Msg::Paste("@13:02".into()));
    // It is 14:02:31: 13:01:31 is nearer than 13:02:31.
    assert_eq!((shown(&model), selected(&model)), (500, 439));
    press(&mut model, ENTER);
    press(&mut model, DOWN);
    assert_eq!(selected(&model), 438, "from there on it is a list like any other");
}

#[test]
fn the_line_is_text_and_rolling_back_goes_on_from_it() {
    let mut model = looked_for((120, 36), "qAE?g");
    assert_eq!((model.screen, model.narrowed.line.as_str()), (Screen::Timeline, "qAE?g"));
    press(&mut model, R);
    assert!(matches!(model.dialog(), Some(Dialog::Rollback(_))));
    press(&mut model, ESC);
    assert!(matches!(model.dialog(), Some(Dialog::Find(_))));
}

#[test]
fn what_is_shown_is_written_and_the_footer_tells_where() {
    let mut model = looked_for((120, 36), "who:owner");
    press(&mut model, ENTER);
    let effects = press(&mut model, KeyCode::Char('w'));
    let [Effect::Export(export)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((export.query.as_str(), export.shown.as_deref()), ("who:owner", Some([4, 3].as_slice())));
    assert!(press(&mut model, KeyCode::Char('w')).is_empty(), "one at a time");
    let fault = Fault::new(FaultKind::File, "the timeline could not be written: no space", "free space");
    update(&mut model, Msg::Exported(Err(fault)));
    assert!(screen(&model).contains("timeline: not written"));
    press(&mut model, KeyCode::Char('w'));
    update(&mut model, Msg::Exported(Ok("/data/exports/timeline-1.md".into())));
    assert!(matches!(model.told.as_ref().map(|told| &told.state), Some(State::Written(_))));
    assert!(screen(&model).contains("written to /data/exports/timeline-1.md"));
    model.facts.read_only = true;
    assert!(press(&mut model, KeyCode::Char('w')).is_empty());
    assert!(
        model
            .keymap
            .on_screen(table::Kind { read_only: true, ..table::Kind::default() }, Screen::Timeline)
            .any(|bound| bound.shown == "/"),
        "looking is for everybody"
    );
}

#[test]
fn a_hundred_thousand_entries_make_no_more_rows_than_there_is_room_for() {
    let mut model = open((120, 36));
    update(&mut model, Msg::History(many(100_000)));
    assert!(screen(&model).contains("100000 entries"));
    press(&mut model, KeyCode::End);
    assert_eq!(selected(&model), 1);
    press(&mut model, SLASH);
    text(&mut model, "number 9999");
    assert_eq!(shown(&model), 19);
    let before = model.narrowed.clone();
    (0..50).for_each(|_| drop(draw(&model)));
    assert_eq!(model.narrowed, before);
}
