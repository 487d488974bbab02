//! A clock that jumped since the last entry: everything on record happened in the future, or a month ago.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{
    cell::{Action, Cell, ENTER, Move, REDUCE, RESTORE, ROLL_BACK, Shared, WIDEN},
    past,
    verdict::Ends,
};

/// Which way, since the last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// By three hours back: what is on record is yet to come.
    Back,
    /// By a month on.
    Ahead,
}

pub fn cells() -> Vec<(Jump, Move)> {
    let doing = [ENTER, WIDEN, ROLL_BACK, REDUCE, RESTORE];
    [Jump::Back, Jump::Ahead].into_iter().flat_map(|jump| doing.map(move |doing| (jump, doing))).collect()
}

pub async fn cell(shared: Arc<Shared>, jump: Jump, doing: Move) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let name = format!("clock-{jump:?}-{:?}-{}", doing.action, doing.to);
    let cell = Cell::new(&shared, &name, doing).await;
    let time = if jump == Jump::Back { TimeDelta::hours(-3) } else { TimeDelta::days(30) };
    past::let_pass(&cell.home.data(), "production", time).await;
    let ran = cell.gonogo(&doing.arguments()).await;
    let ends = cell.judge(&name, &ran).await;
    let said = format!("{name}: exit {}, {ends:?}\n{}{}", ran.code, ran.out, ran.err);
    match (doing.action, jump) {
        // What was watched in the future was not watched.
        (Action::Advance, Jump::Back) => assert_eq!((ran.code, ends), (6, Ends::Old), "{said}"),
        (Action::Advance, Jump::Ahead) => assert!(ran.code == 0 || ran.code == 6, "{said}"),
        _ => assert_eq!((ran.code, ends), (0, Ends::New), "{said}"),
    }
    // And back in the present it is all still there, and can be undone.
    past::let_pass(&cell.home.data(), "production", -time).await;
    cell.rolls_back(&name).await;
    cell.record().await;
    format!("{name}: exit {}, {ends:?}", ran.code)
}
