//! Each fault in each action, at the writes where it matters most.

use std::sync::Arc;

use super::{
    binary::run,
    cell::{Action, Cell, ENTER, Move, REDUCE, RESTORE, ROLL_BACK, Shared, WIDEN},
    fault_proxy::FaultProxy,
    faults::Fault,
    verdict::Ends,
};

/// Actions, with the writes that go wrong: switching on, growing while it is on, switching off, the way back up.
const CELLS: [(Move, usize); 7] =
    [(ENTER, 1), (ENTER, 2), (WIDEN, 1), (ROLL_BACK, 1), (REDUCE, 1), (REDUCE, 3), (RESTORE, 1)];

/// Every cell.
pub fn cells() -> Vec<(Fault, Move, usize)> {
    Fault::ALL.into_iter().flat_map(|fault| CELLS.map(|(doing, number)| (fault, doing, number))).collect()
}

/// One cell, to its end.
pub async fn cell(shared: Arc<Shared>, fault: Fault, doing: Move, number: usize) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let name = format!("{fault:?}-{:?}-{}-{number}", doing.action, doing.to);
    let cell = Cell::new(&shared, &name, doing).await;
    let rule = fault.rule(number, Arc::clone(&shared.server), name.clone());
    let proxy = FaultProxy::before(&shared.server.base, rule).await;
    let began = std::time::Instant::now();
    let ran = run(cell.command(&proxy, fault.timeout(), &doing.arguments())).await;
    let took = began.elapsed();
    assert!(proxy.writes() >= number, "{name}: it did not come so far: {}{}", ran.out, ran.err);
    let may_be_late = fault == Fault::DoneLate && doing.goes_through_off() && ran.code == 0;
    if may_be_late && cell.ends(&name).await == Ends::Nobody {
        cell.fewer_is_shown(&name).await;
        return format!("{name}: exit 0, then nobody, told as drift, {took:.1?}");
    }
    let ends = cell.judge(&name, &ran).await;
    let known = expected(fault, doing, number);
    assert!(known.contains(&(ran.code, ends)), "{name}: exit {}, {ends:?}\n{}{}", ran.code, ran.out, ran.err);
    format!("{name}: exit {}, {ends:?}, {took:.1?}", ran.code)
}

/// How it may end: exit code, and who is served.
fn expected(fault: Fault, doing: Move, number: usize) -> Vec<(i32, Ends)> {
    let done = (0, Ends::New);
    // What goes through off and is stopped later leaves nobody. Entering begins with nobody.
    let stopped = if doing.goes_through_off() && number > 1 { (1, Ends::Nobody) } else { (1, Ends::Old) };
    let switched_off = if doing.from == ENTER.from { (1, Ends::Old) } else { (1, Ends::Nobody) };
    let rolls_back = doing.action == Action::RollBack;
    match fault {
        // A busy machine can be late beyond what was meant: then it is said.
        Fault::AnsweredLate | Fault::DoneLate => vec![done, (1, Ends::New), stopped, switched_off],
        Fault::EverySecondFails => vec![done, (1, Ends::New), stopped, switched_off],
        Fault::DoneAndFailed | Fault::DoneAndCut | Fault::CutBefore => vec![done],
        Fault::NotDone | Fault::DatabaseDown | Fault::TokenRevoked => vec![stopped],
        Fault::StrategyDeleted if doing.to == ENTER.to && doing.from == ENTER.from && number == 1 => vec![done],
        Fault::StrategyDeleted | Fault::EveryoneAdded if rolls_back => vec![done],
        // Off by the archive, and Unleash says nothing else of it any more.
        Fault::Archived if rolls_back => vec![(1, Ends::New)],
        Fault::StrategyDeleted | Fault::EveryoneAdded | Fault::Archived => vec![switched_off],
    }
}
