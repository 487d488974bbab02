//! The pictures of the README and of the pages about each view, drawn from the screen itself: a screen that changed and
//! a picture that did not fail here. `GONOGO_DRAW=1 cargo test --test pictures` draws them anew.
#![allow(missing_docs)]

#[path = "../support/cockpit.rs"]
mod cockpit;
#[path = "../support/judged.rs"]
mod judged;
#[path = "../support/polled.rs"]
mod polled;
#[path = "../support/ready.rs"]
mod ready;
mod svg;

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use cockpit::*;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gonogo::{
    runbook::{Runbook, Signal},
    snapshot::{Observation, Snapshot},
    tui::{
        keys::{Command, Keymap, Kind},
        model::{Model, Screen},
        theme::{Depth, Palette, Theme, ThemeName},
        update::{Msg, update},
    },
};

const SIZE: (u16, u16) = (120, 36);

/// Each view: its page and its picture have this name.
fn views() -> [(&'static str, Screen); 11] {
    Screen::ALL.map(|screen| {
        let name = match screen {
            Screen::Overview => "overview",
            Screen::Success => "success",
            Screen::Gates => "gates",
            Screen::Guardrails => "guardrails",
            Screen::Storage => "storage",
            Screen::Procedure => "rollback",
            Screen::Readiness => "checks",
            Screen::Timeline => "timeline",
            Screen::Briefing => "briefing",
            Screen::Sources => "sources",
            Screen::Help => "help",
        };
        (name, screen)
    })
}

fn press(model: &mut Model, key: char) {
    update(model, Msg::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
}

/// Two signatures stand as hard stops, and a third was seen in the night.
fn violated() -> Model {
    let mut model = model(no_go(), SIZE);
    let mut runbook = Runbook::clone(&model.facts.runbook);
    let by = ["stage", "code"].map(str::to_owned).to_vec();
    let (key, title) = ("guardrail".to_owned(), "Guardrail violations".to_owned());
    runbook.signals.push(Signal { key, title, by, heartbeat: None, prometheus: None, events: None });
    let seen = judged::reading(&|ago| match ago {
        4 | 44 => vec![(&["flush", "staleWriteRecoveryExhausted"][..], 1)],
        31 => vec![(&["pull", "somethingNobodyListed"][..], 1)],
        540 => vec![(&["pull", "pullCursorRegression"][..], 1)],
        _ => Vec::new(),
    });
    let readings = BTreeMap::from([("guardrail".to_owned(), seen)]);
    let telemetry = Observation { at: now(), skew: None, readings, deployed: None };
    model.facts.runbook = Arc::new(runbook);
    model.snapshot = Arc::new(Snapshot { telemetry: Some(Arc::new(telemetry)), ..snapshot() });
    model
}

/// Every picture that there is, by its name.
fn pictures() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut add = |name: &str, model: &Model, title: &str, ground: &svg::Ground| {
        // As a terminal of many colours shows it.
        let of = if ground.is_light() { ThemeName::Light } else { ThemeName::Dark };
        let theme = Theme::drawn(of, Palette::of(of).as_ref(), Depth::True, false);
        all.insert(format!("{name}.svg"), svg::svg(&draw(&Model { theme, ..model.clone() }), title, ground));
    };
    for (name, screen) in views() {
        let mut model = match screen {
            Screen::Overview | Screen::Gates => model(hold(), SIZE),
            Screen::Success | Screen::Storage | Screen::Procedure | Screen::Sources => judged::seen(SIZE, false),
            Screen::Guardrails => violated(),
            Screen::Readiness => ready::mixed(SIZE),
            Screen::Briefing => polled::briefing(hold(), Some(polled::said()), SIZE),
            _ => model(no_go(), SIZE),
        };
        model.screen = screen;
        add(name, &model, &format!("gonogo, {name}"), &svg::DARK);
    }
    let light = model(hold(), SIZE);
    add("overview-light", &light, "gonogo, overview in the light theme", &svg::LIGHT);
    let mut rolling = model(no_go(), SIZE);
    press(&mut rolling, 'R');
    add("rollback-asks", &rolling, "gonogo asks before it rolls back", &svg::DARK);
    all
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)
}

#[test]
fn each_picture_is_the_screen() {
    let folder = folder("screens");
    let draws = std::env::var_os("GONOGO_DRAW").is_some();
    let drawn = pictures();
    for (name, picture) in &drawn {
        let path = folder.join(name);
        if draws {
            fs::write(&path, picture).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == *picture, "{name} is not the screen any more: GONOGO_DRAW=1 cargo test --test pictures");
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(drawn.contains_key(&name), "nobody draws {name}");
    }
}

#[test]
fn each_view_has_a_page_that_shows_it_and_names_its_keys() {
    let keymap = Keymap::default();
    let index = fs::read_to_string(folder("views").join("README.md")).unwrap();
    for (name, screen) in views() {
        let page = fs::read_to_string(folder("views").join(format!("{name}.md"))).unwrap_or_default();
        assert!(page.contains(&format!("../screens/{name}.svg")), "{name}.md shows it");
        assert!(index.contains(&format!("({name}.md)")), "the index leads to {name}.md");
        let key = keymap.shown(Command::Show(screen));
        assert!(page.contains(&format!("`{key}`")), "{name}.md names {key}, the key that leads there");
        let own = keymap.on_screen(Kind::default(), screen).filter(|bound| !bound.binding.on.is_empty());
        for bound in own {
            let key = bound.keys[0].to_string();
            assert!(page.contains(&format!("`{key}`")), "{name}.md names {key}: {}", bound.binding.help);
        }
    }
    let readme = fs::read_to_string(folder("..").join("README.md")).unwrap();
    assert!(readme.contains("(assets/views/README.md)"), "the README leads to the pages");
}

#[test]
fn a_picture_is_well_formed_and_holds_what_is_on_the_screen() {
    let picture = &pictures()["overview.svg"];
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert_eq!(picture.matches("<text").count(), picture.matches("</text>").count());
    for words in ["HOLD", "Exit gates", "roll back"] {
        assert!(picture.contains(words), "{words}");
    }
}
