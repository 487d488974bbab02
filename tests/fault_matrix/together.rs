//! Two operators roll back at once, on the same log: one rollback, and two honest answers.

use std::{sync::Arc, time::Duration};

use gonogo::audit::{replay, unfinished};
use tokio::sync::Barrier;

use super::{
    binary::{Ran, run},
    cell::{Cell, ROLL_BACK, Shared},
    fault_proxy::{Act, FaultProxy},
    verdict::Ends,
};

pub async fn cell(shared: Arc<Shared>) -> String {
    let _room = shared.room.acquire().await.expect("room");
    let name = "together-RollBack";
    let cell = Cell::new(&shared, name, ROLL_BACK).await;
    // Neither write goes on before the other one is on the wire, too.
    let both = Arc::new(Barrier::new(2));
    let (ann, bob) = tokio::join!(rolls_back(&cell, "ann", &both), rolls_back(&cell, "bob", &both));
    for (who, ran) in [("ann", &ann), ("bob", &bob)] {
        assert_eq!(ran.code, 0, "{who}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("the store, read again, says off"), "{who}: {}", ran.out);
    }
    assert_eq!(cell.ends(name).await, Ends::New);

    let record = cell.record().await;
    assert!(unfinished(&record).is_empty(), "both ended");
    let rollback = replay(&record).rollback.expect("a rollback");
    let (first, second) = if rollback.operator == "ann" { ("ann", "bob") } else { ("bob", "ann") };
    assert_eq!(rollback.operator, first);
    assert_eq!(rollback.joined, [format!("{second} on {}", rollback.host)]);
    assert!(rollback.verified_at.is_some() && rollback.left_at.is_none(), "{rollback:?}");
    // Who joined is told whose it is; who began it is told nothing of the kind.
    let told = |ran: &Ran| ran.err.contains(&format!("{first} had begun to roll back"));
    let (began, joined) = if first == "ann" { (&ann, &bob) } else { (&bob, &ann) };
    assert!(told(joined) && !told(began), "{first} began: {}\n{second} joined: {}", began.err, joined.err);
    format!("{name}: exit 0 twice, one rollback, by {first}, joined by {second}")
}

async fn rolls_back(cell: &Cell, operator: &str, both: &Arc<Barrier>) -> Ran {
    let both = Arc::clone(both);
    let proxy = FaultProxy::before(&cell.shared.server.base, move |request| {
        let both = Arc::clone(&both);
        let wait = async move { _ = both.wait().await };
        if request.is_write(1) { Act::After(Box::pin(wait)) } else { Act::Pass }
    })
    .await;
    let mut command = cell.command(&proxy, Duration::from_secs(30), &cell.doing.arguments());
    command.env("USER", operator);
    run(command).await
}
