//! `gonogo rollback`: needs the flag store and nothing else. What telemetry, audit log and disk allow, it does beside that.

mod answer;
mod confirm;
mod following;
mod salvage;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use clap::{Args, Subcommand};
use tokio::{
    sync::{oneshot, watch},
    time::timeout,
};

use self::{
    answer::Answer,
    following::{Followed, Scene},
};
use super::{Exit, Failure, block_on, connect, operation, options::Options, output, waiting};
use crate::{
    audit::{Event, Outcome, replay},
    fault::{Fault, FaultKind},
    judge::{self, History},
    operations::{Confirmed, Context, Progress},
    runbook::Runbook,
    session::Session,
    snapshot::{FlagReading, Snapshot},
    text::clean,
};

/// How long the flag is read before it is asked about; a rollback does not wait for it.
const GLANCE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
#[command(subcommand_negates_reqs = true)]
pub(super) struct Rollback {
    #[command(subcommand)]
    then: Option<Then>,
    /// Why; it goes into the audit log
    #[arg(long, value_name = "TEXT", required = true)]
    reason: Option<String>,
    /// Do not ask. Needed where there is no terminal to ask on
    #[arg(long)]
    yes: bool,
    /// How long to try
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = humantime::parse_duration)]
    limit: Duration,
    /// How long to watch, once it is off, for uploads to be on the legacy path again; Ctrl-C ends the watching alone
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = humantime::parse_duration)]
    watch: Duration,
    /// End once it is off. The cockpit or the guard goes on with the procedure
    #[arg(long, conflicts_with = "watch")]
    no_watch: bool,
    /// As JSON: outcome, times, the steps of the procedure, what was kept and where
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Then {
    /// Give your word that uploads are on the legacy path again, where telemetry cannot see it
    Confirm(confirm::Confirm),
}

impl Rollback {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        if let Some(Then::Confirm(confirm)) = &self.then {
            return confirm.run(given);
        }
        if !self.yes && !output::can_ask() {
            let what = "rollback asks before it switches off, and there is no terminal to ask on; give --yes";
            return Err(Failure::new(Exit::Usage, what));
        }
        let settings = salvage::settings(given)?;
        if settings.read_only.value {
            return Err(Failure::read_only());
        }
        if matches!(settings.flags, Ok(None)) {
            let what = "rollback needs the flag store; give --flags unleash+http://HOST:PORT or --flags flagd:PATH";
            return Err(Failure::new(Exit::Usage, what));
        }
        let runbook = salvage::runbook(&settings)?;
        let telemetry = matches!(settings.telemetry, Ok(Some(_)));
        let session = connect::session(settings, runbook)?;
        block_on(async {
            let (audit, not_recorded) = (Arc::clone(&session.audit), NotRecorded::default());
            let ended = self.roll_back(session, telemetry, Arc::clone(&not_recorded)).await;
            let shown = not_recorded.lock().map(|shown| shown.clone()).unwrap_or_default();
            waiting::tell(audit.as_ref(), &shown).await;
            ended
        })
    }

    async fn roll_back(
        &self,
        session: Session,
        telemetry_named: bool,
        not_recorded: NotRecorded,
    ) -> Result<u8, Failure> {
        let Session { flags, telemetry, runbook, environment, audit, operator, candidate, clock, .. } = session;
        let introduction = flags.introduction;
        let store = tokio::task::spawn_blocking(flags.connect).await.unwrap_or_else(|_| {
            Err(Fault::new(FaultKind::Configuration, "the flag store could not be set up", "see the log file"))
        })?;
        let (flag, history) = tokio::join!(timeout(GLANCE, store.read()), timeout(GLANCE, audit.read()));
        let history = history.ok().and_then(Result::ok).map_or_else(History::default, |record| replay(&record));
        let state = flag.ok().and_then(Result::ok);
        // With rules of others behind the switch it is asked about all the same.
        let was_off = state.as_ref().is_some_and(|state| state.serves_nobody() && state.foreign.is_empty());
        let name = runbook.flag.key.clone();
        let serves = match &state {
            Some(_) if was_off => "off".to_owned(),
            Some(state) => state.serves().to_string(),
            None => "unknown".to_owned(),
        };
        if was_off {
            output::tell(&format!("{name} is already off in {}", environment));
        }
        if !self.yes && !was_off {
            let question = format!("Roll back {name} in {}: {serves} -> off. Type y and Enter: ", environment);
            let answer = tokio::task::spawn_blocking(move || output::ask(&question)).await.unwrap_or_default();
            if !matches!(answer.as_str(), "y" | "Y" | "yes") {
                return Err(Failure::refused("nothing was sent", vec!["nobody said y".to_owned()]));
            }
        }
        let now = clock.now();
        let mut snapshot = Snapshot::empty(now, telemetry.introduction.clone(), introduction.clone());
        let read_at = state.as_ref().map(|_| now);
        snapshot.flag = FlagReading { state, read_at, fault: None };
        let context = Context {
            stage: history.present().map_or_else(|| "unknown".to_owned(), |visit| visit.stage.clone()),
            runbook: Arc::clone(&runbook),
            candidate: candidate.clone(),
            operator: operator.clone(),
            store: Arc::clone(&store),
            audit: Arc::clone(&audit),
            clock,
            latest: watch::channel(Arc::new(snapshot)).1,
            assess: judge::assess,
            limit: Some(self.limit),
        };
        let mut reason = clean(self.reason.as_deref().unwrap_or_default().trim());
        if reason.is_empty() {
            // A script whose variable is empty must not keep anybody from rolling back.
            output::tell("no reason was given; write it down afterwards: gonogo note");
            reason.push_str("no reason was given");
        }
        // One on record that was cut off is joined: this one has a reason of its own, and both are one rollback.
        let confirmed = Confirmed::Rollback { reason, resumes: None };

        // Nobody loses anything: there is no incident of which to keep diagnostics, and no legacy path to come back to.
        let nothing_lost = was_off && exposes_nobody(&runbook, &history);
        let scene = Scene {
            runbook,
            environment,
            operator,
            clock,
            at: clock.now(),
            telemetry_named,
            history,
            candidate,
            audit,
            store,
            introduction,
            telemetry,
            every: session.interval,
            data_dir: session.data_dir,
            not_recorded: Arc::clone(&not_recorded),
        };
        let mut answer = Answer::new(self, &scene, serves, was_off);
        let (on_the_wire, sent) = oneshot::channel();
        let followed = (!nothing_lost).then(|| Followed::begin(scene, sent, !self.no_watch));
        let outcome = operation::watched(confirmed, context, listen(on_the_wire, not_recorded)).await?;
        match outcome {
            Outcome::Verified => answer.verified()?,
            Outcome::NotConfirmed { fault } => {
                answer.not_confirmed(&fault)?;
                let what = format!("NOT CONFIRMED: {fault}\nrun it again, or switch {name} off in the store itself");
                return Err(Failure::new(Exit::CouldNotRun, what));
            }
            Outcome::Refused { why } => return Err(Failure::refused("nothing was sent", why)),
        }
        let seen = match followed {
            Some(mut followed) if !self.no_watch => Some(followed.watch(self.watch).await),
            Some(followed) => Some(followed.now()),
            None => None,
        };
        answer.end(seen.as_ref())?;
        Ok(Exit::Done as u8)
    }
}

/// What the log could not be told, shared with whoever needs to know of the rollback all the same.
type NotRecorded = Arc<Mutex<Vec<Event>>>;

/// Tells when the write is on the wire, and takes in what could not be recorded.
fn listen(on_the_wire: oneshot::Sender<()>, not_recorded: NotRecorded) -> impl FnMut(&Progress) + Send + 'static {
    let mut on_the_wire = Some(on_the_wire);
    move |progress| match progress {
        Progress::Sent { .. } => {
            if let Some(on_the_wire) = on_the_wire.take() {
                let _ = on_the_wire.send(());
            }
        }
        Progress::Kept(events) => {
            if let Ok(mut kept) = not_recorded.lock() {
                kept.extend(events.iter().cloned());
            }
        }
        _ => {}
    }
}

/// Whether the stage on record gives the feature to nobody; so where none is on record.
fn exposes_nobody(runbook: &Runbook, history: &History) -> bool {
    let stage = history.present().and_then(|visit| runbook.stage(&visit.stage));
    stage.is_none_or(|(_, stage)| stage.exposure.is_off())
}
