//! `gonogo replay FILE`: a recording, played in the cockpit.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Exit, Failure, block_on, options::Options, output, watch};
use crate::{
    audit::{AuditLog, Entry, Event, Head, Record},
    config::AtHand,
    fault::{Fault, FaultKind},
    recording::{Player, Speed, Tape, Unplayable},
    session::{Pending, Session},
    snapshot::{SourceKind, SourceStatus},
};

/// Looking through a file of so many bytes takes more than a moment: a week of a rollout.
const LONG: u64 = 24 << 20;

/// Opens the cockpit on a recording, until it is left.
pub(super) fn run(given: &Options, path: &Path, speed: Speed) -> Result<u8, Failure> {
    // What the configuration says of real rollouts is no matter here, even if it is broken.
    let settings = given.resolve_as_given().or_else(|_| given.resolve_without_file())?;
    let look = watch::look(&settings)?;
    watch::require_terminal("a recording is played in a terminal; without one, see what was recorded with zcat FILE")?;
    let unplayable = |why: Unplayable| Failure::new(Exit::CouldNotRun, why.to_string());
    if let Some(bytes) = std::fs::metadata(path).ok().map(|about| about.len()).filter(|bytes| *bytes > LONG) {
        output::tell(&format!("gonogo: looking through {} ({} MB)", path.display(), bytes >> 20));
    }
    let player = Player::open(path, speed).map_err(unplayable)?;
    if let Some(cut) = player.cut() {
        output::tell(&format!("gonogo: the recording {}: {cut}", path.display()));
    }
    block_on(watch::open(session(player), look))
}

/// A session that is the recording: nothing is asked, and nothing can be done.
fn session(player: Player) -> Session {
    let header = player.header();
    let far = |name: &str, kind| SourceStatus::connecting(name, kind, "the recording".to_owned());
    Session {
        runbook: Arc::clone(player.runbook()),
        environment: header.environment.clone(),
        candidate: header.candidate.clone(),
        checkout: None,
        qa_path: None,
        at_hand: AtHand::default(),
        operator: header.operator.clone(),
        clock: player.clock(),
        interval: Duration::from_millis(header.interval_ms).clamp(Duration::from_secs(1), Duration::from_secs(60)),
        telemetry: Pending { introduction: far("telemetry", SourceKind::Telemetry), connect: Box::new(|| Err(over())) },
        flags: Pending { introduction: far("flag", SourceKind::Flags), connect: Box::new(|| Err(over())) },
        elsewhere: Arc::new(|_| Err(over())),
        logs: Box::new(|| Err(over())),
        audit: Arc::new(Over),
        data_dir: std::env::temp_dir(),
        read_only: true,
        label: header.label.clone(),
        skip: None,
        tape: Some(Tape::Playing(Box::new(player))),
    }
}

/// The log of what is over: what was in it comes with the recording.
struct Over;

fn over() -> Fault {
    Fault::new(FaultKind::Changed, "this is a recording: what it shows is over", "open the cockpit to act")
}

#[async_trait]
impl AuditLog for Over {
    fn place(&self) -> String {
        "the recording".to_owned()
    }

    async fn append(&self, _: DateTime<Utc>, _: &str, _: Event) -> Result<Entry, Fault> {
        Err(over())
    }

    async fn append_after(&self, _: &Head, _: DateTime<Utc>, _: &str, _: Event) -> Result<Entry, Fault> {
        Err(over())
    }

    async fn read(&self) -> Result<Record, Fault> {
        Err(over())
    }

    async fn changed(&self, _: &Head) {
        std::future::pending().await
    }
}

/// The failure of a call that leaves out what it needs.
pub(super) fn incomplete() -> Failure {
    let what = "give --from and --to to judge the past from telemetry's history, or the FILE of a recording to play it";
    Failure::new(Exit::Usage, what)
}
