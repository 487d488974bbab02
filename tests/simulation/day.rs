//! A day under watch, and what each of those who watch it ever says.

use std::sync::LazyLock;

use chrono::TimeDelta;
use gonogo::judge::Verdict;

use super::{
    dashboards::{Dashboard, Rule},
    halves::{Half, Halves},
    many,
    stage::Stage,
    traffic::{Failing, Traffic},
};

/// Minutes of a day.
pub const DAY: usize = 24 * 60;

/// Minutes of health before something gets worse.
pub const HEALTHY: usize = 6 * 60;

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The SLO.
    pub slo: f64,
    /// Attempts a minute on average.
    pub per_minute: f64,
    /// Who fails.
    pub failing: Failing,
    /// How long it is watched.
    pub minutes: usize,
}

impl Setting {
    /// A day at a rate exactly on the SLO.
    pub fn on_the_slo(slo: f64, per_minute: f64) -> Self {
        Self { slo, per_minute, failing: Failing::Steadily(1.0 - slo), minutes: DAY }
    }

    /// Six healthy hours at this failure rate and 100 attempts a minute, then six at one of 2 %; the SLO is 99.5 %.
    pub fn drop_from(before: f64) -> Self {
        let failing = Failing::Worse { before, from: HEALTHY, after: 0.02 };
        Self { slo: 0.995, per_minute: 100.0, failing, minutes: 2 * HEALTHY }
    }
}

/// When something that gets worse after [`HEALTHY`] minutes is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Seen {
    /// So many minutes later.
    After(usize),
    /// Never.
    #[default]
    Never,
    /// It said Fail already, while all was well.
    Already,
}

/// What one watcher said, looking at the end of every minute.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said {
    /// Whether it ever said Fail.
    pub fail: bool,
    /// Whether it ever said Pass.
    pub pass: bool,
    /// When it saw what got worse.
    pub seen: Seen,
}

impl Said {
    /// Takes in what it says after so many minutes.
    pub fn note(&mut self, verdict: Verdict, minutes: usize) {
        self.fail |= verdict == Verdict::Fail;
        self.pass |= verdict == Verdict::Pass;
        self.seen = match (verdict, minutes.checked_sub(HEALTHY)) {
            (Verdict::Fail, Some(0)) => Seen::Already,
            (Verdict::Fail, Some(later)) if self.seen == Seen::Never => Seen::After(later),
            _ => self.seen,
        };
    }
}

/// A day, and what was said of it.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    /// By the gate.
    pub gate: Said,
    /// Which half of its test failed first.
    pub by: Option<Half>,
    /// By each dashboard, in the order of [`Rule::ALL`].
    pub boards: [Said; Rule::ALL.len()],
}

/// Follows a day through both halves of the gate's test, and asks the judge itself before and after each change up to
/// the first Fail, and at the end.
pub fn follow(seed: u64, setting: Setting) -> Day {
    let mut traffic = Traffic::new(seed, setting.per_minute, setting.failing);
    let mut stage = Stage::enter(setting.slo);
    let mut halves = Halves::new(setting.slo);
    let mut boards = Rule::ALL.map(|rule| Dashboard::new(rule, setting.slo));
    let (mut gate, mut said) = (Said::default(), [Said::default(); Rule::ALL.len()]);
    for minutes in 1..=setting.minutes {
        let ended = traffic.minute();
        let before = halves.verdict();
        halves.add(ended);
        let verdict = halves.verdict();
        let ask = before != verdict;
        let agrees = |stage: &Stage, verdict, minutes| {
            let gate = stage.look();
            assert_eq!(gate.verdict, verdict, "seed {seed}, minute {minutes} of {setting:?}: {}", gate.reason);
        };
        if ask {
            agrees(&stage, before, minutes - 1);
        }
        stage.pass(TimeDelta::minutes(1), ended);
        if ask || (minutes == setting.minutes && verdict != Verdict::Fail) {
            agrees(&stage, verdict, minutes);
        }
        gate.note(verdict, minutes);
        for (board, said) in boards.iter_mut().zip(&mut said) {
            board.add(ended);
            said.note(board.verdict(), minutes);
        }
    }
    Day { gate, by: halves.failed, boards: said }
}

/// As many days as are simulated of each setting, by the seeds 0, 1, 2, and so on.
pub fn follow_many(setting: Setting) -> Vec<Day> {
    many::each(many::runs(), |seed| follow(seed, setting))
}

/// Days at 100 attempts a minute, exactly on an SLO of 99.5 %.
pub static ON_THE_SLO: LazyLock<Vec<Day>> = LazyLock::new(|| follow_many(Setting::on_the_slo(0.995, 100.0)));

/// A drop from 99.9 % to 98 %.
pub static DROPS: LazyLock<Vec<Day>> = LazyLock::new(|| follow_many(Setting::drop_from(0.001)));
