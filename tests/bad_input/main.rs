//! Every kind of bad input, at either source, as the person who runs gonogo sees it: one clear sentence that names the
//! thing and the next step, a HOLD, no gate that passes on what was not seen, and an end in bounded time.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/faulty.rs"]
mod faulty;
#[path = "../support/past.rs"]
mod past;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/terminal.rs"]
mod terminal;

mod cockpit;
mod counters;
mod files;
mod healthy;
mod servers;

use healthy::{Healthy, Side, verdicts};

#[tokio::test]
async fn with_nothing_wrong_every_gate_passes() {
    let healthy = Healthy::new().await;
    let sources = healthy.source(Side::Telemetry) + &healthy.source(Side::Flags);
    let ran = healthy.run(&sources, None, &["status", "--json"]).await.ended(0);
    let status = ran.json();
    assert_eq!(status["call"], "go");
    assert_eq!(status["stage"]["key"], "limited-external");
    assert_eq!(verdicts(&status).len(), 7);
    assert!(verdicts(&status).iter().all(|(_, verdict)| *verdict == "pass"), "{:?}", verdicts(&status));
}
