//! `gonogo replay`: what would have turned, and when, judged from telemetry's own history and the audit log.

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;

use super::{
    Exit, Failure, block_on,
    instant::{instant, whole_minute},
    options::{self, Options},
    output,
    past::{self, Past, Stay},
    player,
};
use crate::{clock::Clock, recording::Speed, report, snapshot::SourceState};

/// No longer stretch of time is judged at once.
const LONGEST: TimeDelta = TimeDelta::days(30);

#[derive(Debug, Args)]
pub(super) struct Replay {
    /// Play this recording in the cockpit; gonogo --record FILE makes one
    #[arg(value_name = "FILE", conflicts_with_all = ["from", "to", "step", "stage", "json", "wait"])]
    file: Option<PathBuf>,
    /// How fast a recording is played: 1/8, 1/4, 1/2, 1, 2, ... 64
    #[arg(long, value_name = "TIMES", default_value = "1", requires = "file")]
    speed: Speed,
    /// From when on: 2026-03-01T10:00:00Z, or 6h for six hours ago
    #[arg(long, value_name = "TIME", required_unless_present = "file")]
    from: Option<String>,
    /// Up to when: the same, or now
    #[arg(long, value_name = "TIME", required_unless_present = "file")]
    to: Option<String>,
    /// Between two looks: whole minutes
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = humantime::parse_duration)]
    step: Duration,
    #[command(flatten)]
    stay: Stay,
    /// As JSON; its schema is assets/replay.schema.json
    #[arg(long)]
    json: bool,
    /// How long telemetry may take to give its history
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = humantime::parse_duration)]
    wait: Duration,
}

impl Replay {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        if let Some(file) = &self.file {
            return player::run(given, file, self.speed);
        }
        let now = Clock::System.now();
        let (looks, mut notes) = self.looks(now)?;
        let settings = given.resolve()?;
        let runbook = options::load_runbook(&settings)?;
        let source = past::telemetry(&settings, &runbook, now)?;
        block_on(async {
            let mut past = Past::of(&settings, runbook, &self.stay, looks.from, now).await?;
            let judged_from = past.evidence_since(looks.from);
            past.read(source, judged_from, looks.to, self.wait).await;
            let status = past.status();
            match (&status.error, status.state) {
                (Some(fault), SourceState::Failed) => return Err(fault.clone().into()),
                (Some(fault), _) => notes.push(format!("telemetry answered in part: {fault}")),
                _ => {}
            }
            notes.extend(status.note.clone());
            let mut replay = report::Replay::new(past.assess(looks.from, 0));
            for (i, at) in looks.rest() {
                replay.turn(past.assess(at, i));
            }
            let asked = report::Asked {
                from: looks.from,
                to: looks.to,
                step: looks.step,
                judged_from,
                environment: past.environment.clone(),
                candidate: past.candidate(looks.to),
            };
            notes.extend(past.notes());
            if self.json {
                output::json(&replay.document(&past.runbook, &asked, &notes))?;
            } else {
                output::answer(&replay.text(&past.runbook, &asked, &notes))?;
            }
            Ok(Exit::Done as u8)
        })
    }

    /// The instants to judge, and what there is to say about them.
    fn looks(&self, now: DateTime<Utc>) -> Result<(Looks, Vec<String>), Failure> {
        let refuse = |what: &str| Err(Failure::new(Exit::Usage, what));
        let (Some(from), Some(to)) = (&self.from, &self.to) else { return Err(player::incomplete()) };
        let (from, rounded_from) = whole_minute("--from", from, instant("--from", from, now)?);
        let (to, rounded_to) = whole_minute("--to", to, instant("--to", to, now)?);
        if from >= to {
            return refuse("--from must be before --to, by a minute or more");
        }
        if to - from > LONGEST {
            return refuse("--from and --to are more than 30 days apart; replay a shorter time");
        }
        let seconds = self.step.as_secs();
        if seconds == 0 || !seconds.is_multiple_of(60) || self.step.subsec_nanos() != 0 {
            return refuse("--step must be whole minutes, one or more: 1m, 5m, 1h");
        }
        // One that is longer than the whole time looks at its two ends.
        let step = TimeDelta::from_std(self.step).unwrap_or(LONGEST).min(LONGEST);
        Ok((Looks { from, to, step }, rounded_from.into_iter().chain(rounded_to).collect()))
    }
}

/// The instants to judge: every `step` from `from` on, and `to` in any case.
struct Looks {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    step: TimeDelta,
}

impl Looks {
    /// All but the first, numbered from 1.
    fn rest(&self) -> impl Iterator<Item = (u64, DateTime<Utc>)> {
        let (to, step) = (self.to, self.step);
        let next = move |at: &DateTime<Utc>| (*at < to).then(|| (*at + step).min(to));
        std::iter::successors(Some(self.from), next).skip(1).zip(1..).map(|(at, i)| (i, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_instant_is_judged_whatever_the_step() {
        let at = |minutes: i64| DateTime::from_timestamp(minutes * 60, 0).unwrap();
        for (to, step, want) in [(3, 1, vec![1, 2, 3]), (5, 2, vec![2, 4, 5]), (4, 2, vec![2, 4]), (3, 60, vec![3])] {
            let looks = Looks { from: at(0), to: at(to), step: TimeDelta::minutes(step) };
            let minutes: Vec<i64> = looks.rest().map(|(_, at)| at.timestamp() / 60).collect();
            assert_eq!(minutes, want, "to {to} by {step}");
        }
    }
}
