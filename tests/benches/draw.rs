//! Drawing whole screens, and judging whether anything must be drawn.
#![allow(missing_docs)]

#[path = "../support/cockpit.rs"]
mod cockpit;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gonogo::tui::{
    update::{Msg, update},
    view,
};
use ratatui::{Terminal, backend::TestBackend};

fn draw(criterion: &mut Criterion) {
    for (columns, rows) in [(80, 24), (120, 36), (200, 60)] {
        for (name, assessment) in [("hold", cockpit::hold()), ("no-go", cockpit::no_go())] {
            let model = cockpit::model(assessment, (columns, rows));
            let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal in memory");
            criterion.bench_function(&format!("draw {name} {columns}x{rows}"), |bencher| {
                bencher.iter(|| terminal.draw(|frame| view::render(frame, black_box(&model))).map(|_| ()));
            });
        }
    }
    let mut many = cockpit::model(cockpit::many_signatures(10_000), (120, 36));
    let press =
        |model: &mut _, key| drop(update(model, Msg::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE))));
    press(&mut many, 'u');
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).expect("a terminal in memory");
    criterion.bench_function("draw 10,000 signatures", |bencher| {
        bencher.iter(|| terminal.draw(|frame| view::render(frame, black_box(&many))).map(|_| ()));
    });
    criterion.bench_function("sort 10,000 signatures", |bencher| {
        bencher.iter(|| press(black_box(&mut many), 'o'));
    });
    criterion.bench_function("key to model", |bencher| {
        let mut model = cockpit::model(cockpit::hold(), (120, 36));
        let key = KeyEvent::new(KeyCode::Char('g'), KeyModifiers::NONE);
        bencher.iter(|| update(black_box(&mut model), Msg::Key(key)));
    });
}

criterion_group!(benches, draw);
criterion_main!(benches);
