//! Everything that the screen shows, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::KeyEvent;

use super::{
    dialog::{Dialog, Draft, GateRun, Narrowed},
    drawn::Drawn,
    hint::Hint,
    keys::{Command, Keymap, Kind},
    lists,
    log_state::LogState,
    operation::Operation,
    record::Told,
    sort::SortBy,
    theme::{Theme, Themes},
    times::Times,
    view,
    zoom::Zoom,
};
use crate::{
    config::Alerts,
    fault::Fault,
    judge::{Assessment, Call, GateAssessment, History, ProcedureAssessment, SeenCheck, StepState, Verdict},
    operations::{AttendantReport, poll::Meeting},
    recording::Playing,
    runbook::{Exposure, Runbook},
    snapshot::{FlagState, Snapshot, SourceState, SourceStatus},
};

/// What does not change while the cockpit runs.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What is rolled out.
    pub runbook: Arc<Runbook>,
    /// Where: `production`.
    pub environment: String,
    /// The commit under rollout.
    pub candidate: Option<String>,
    /// Who acts.
    pub operator: String,
    /// Shown beside the environment: `demo`.
    pub label: Option<String>,
    /// No acting key.
    pub read_only: bool,
    /// Whether time can be let pass at once: it is simulated.
    pub simulated: bool,
    /// Whether it plays a recording.
    pub replay: bool,
    /// Whether it is one of several rollouts.
    pub several: bool,
}

impl Facts {
    /// The kind of session that this is, as far as that decides which keys there are.
    pub fn kind(&self) -> Kind {
        let Self { read_only, simulated, replay, several, .. } = *self;
        Kind { read_only, simulated, replay, several }
    }
}

/// What fills the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Screen {
    /// The answer, why, the detail.
    Overview,
    /// The rates over time, by stage and by step.
    Success,
    /// Exit gates, one after the other.
    Gates,
    /// Guardrail signatures and codes.
    Guardrails,
    /// What else telemetry counts: storage, attach.
    Storage,
    /// The rollback procedure and its triggers.
    Procedure,
    /// What happened.
    Timeline,
    /// What a promotion rests on beside telemetry: gate, checklist, evidence, sign-off.
    Readiness,
    /// For a shared screen: the call, the gates, the poll.
    Briefing,
    /// Each query, its last answer, latency, errors.
    Sources,
    /// Keys and signs.
    Help,
}

impl Screen {
    /// All of them, in the order in which one goes through them.
    pub const ALL: [Self; 11] = [
        Self::Overview,
        Self::Success,
        Self::Gates,
        Self::Guardrails,
        Self::Storage,
        Self::Procedure,
        Self::Readiness,
        Self::Timeline,
        Self::Briefing,
        Self::Sources,
        Self::Help,
    ];

    /// The next one; after the last the first.
    #[must_use]
    pub fn next(self) -> Self {
        self.at(1)
    }

    /// The one before; before the first the last.
    #[must_use]
    pub fn previous(self) -> Self {
        self.at(Self::ALL.len() - 1)
    }

    fn at(self, further: usize) -> Self {
        let here = Self::ALL.iter().position(|screen| *screen == self).unwrap_or_default();
        Self::ALL[(here + further) % Self::ALL.len()]
    }
}

/// Where a panel stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The selected line.
    pub selected: usize,
    /// Whether the selected line is open, filling the panel.
    pub open: bool,
    /// First line shown of what is open.
    pub scroll: usize,
    /// The line that was clicked on last, with nothing done since.
    pub clicked: Option<Clicked>,
}

/// A line that was clicked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clicked {
    /// Its place.
    pub line: usize,
    /// The first row of the list that was shown: it stays where it is, so that a second click finds the same line.
    pub first: usize,
}

/// Whether the terminal has the keyboard's focus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Focus {
    /// It never said: not every terminal does.
    #[default]
    Unknown,
    /// It has: somebody looks, as far as a terminal can tell.
    Here,
    /// Another window has it.
    Elsewhere,
}

/// How long the footer tells what was recorded.
pub const TOLD_FOR: Duration = Duration::from_secs(6);

/// What telemetry of another environment saw of the checklist, as far as that is known.
#[derive(Debug, Clone, PartialEq)]
pub enum SeenElsewhere {
    /// It was asked, and has not answered yet.
    Asked,
    /// Its last answer, by the check's key. Asked again, it stands until the next.
    Answered(BTreeMap<String, SeenCheck>),
}

/// Everything that the screen shows.
#[derive(Debug, Clone)]
pub struct Model {
    /// What does not change.
    pub facts: Facts,
    /// How it looks.
    pub theme: Theme,
    /// How else it can look.
    pub themes: Themes,
    /// Which key does what.
    pub keymap: Arc<Keymap>,
    /// How instants are written.
    pub times: Times,
    /// How often the sources are asked; None where nobody asks them.
    pub every: Option<Duration>,
    /// The latest snapshot.
    pub snapshot: Arc<Snapshot>,
    /// The latest assessment; None until the audit log was read and the first snapshot judged.
    pub assessment: Option<Arc<Assessment>>,
    /// What the audit log says; None until it was read.
    pub history: Option<Arc<History>>,
    /// What telemetry of other environments saw of each check, by environment. Empty before anybody looked at the
    /// checklist, and where only this session's environment is watched.
    pub seen_elsewhere: BTreeMap<String, SeenElsewhere>,
    /// How the audit log answers.
    pub log: LogState,
    /// What is wrong on this machine: the audit log cannot be read.
    pub warning: Option<Fault>,
    /// What fills the screen.
    pub screen: Screen,
    /// What filled it before the help did: the help begins with its keys.
    pub helped: Screen,
    /// Where the panel that fills the screen stands.
    pub place: Place,
    /// How much time the success screen shows at once.
    pub zoom: Zoom,
    /// What the list that fills the screen is narrowed to, and how it is ordered.
    pub narrowed: Narrowed,
    /// By which column the guardrails are sorted.
    pub sort: SortBy,
    /// What lies over it; the last is on top and gets the keys.
    pub dialogs: Vec<Dialog>,
    /// First line shown of what the dialog on top says, where it says more than fits.
    pub scroll: usize,
    /// The action under way, or the last one.
    pub operation: Option<Operation>,
    /// The run of the automated gate under way, or the last one.
    pub gate: Option<GateRun>,
    /// What became of the last thing that was to be recorded.
    pub told: Option<Told>,
    /// What was typed for the log and is not in it yet.
    pub draft: Option<Draft>,
    /// What could not be done beside a rollback, such as diagnostics that no disk takes; none once it was.
    pub attended: Option<AttendantReport>,
    /// What the cockpit last said of itself.
    pub hint: Option<Hint>,
    /// How many entries wait for the audit log.
    pub kept: usize,
    /// Where the recording is that is played, if one is.
    pub playing: Option<Playing>,
    /// Whether what is shown is recorded.
    pub recording: bool,
    /// Troubles that somebody was alerted to and that still stand.
    pub alerted: BTreeSet<String>,
    /// What the terminal rings for.
    pub alerts: Alerts,
    /// The call that was last judged.
    pub called: Option<Call>,
    /// Whether the terminal has the focus.
    pub focus: Focus,
    /// The number of the last question which writes would be made.
    pub asked: u64,
    /// What lay where when it was last drawn.
    pub drawn: Drawn,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The present, by the session's clock.
    pub now: DateTime<Utc>,
    /// Real time since the start; never stands still, never jumps.
    pub uptime: Duration,
    /// Whether anything visible changed since it was last drawn.
    pub dirty: bool,
}

impl Model {
    /// Looks like this from here on.
    pub fn wear(&mut self, themes: Themes, times: Times) {
        (self.theme, self.themes, self.times) = (themes.theme(), themes, times);
        self.dirty = true;
    }

    /// The model of the first frame: nothing has been heard.
    pub fn new(facts: Facts, theme: Theme, snapshot: Arc<Snapshot>, size: (u16, u16)) -> Self {
        Self {
            facts,
            theme,
            themes: Themes::default(),
            keymap: Arc::default(),
            times: Times::default(),
            every: None,
            now: snapshot.at,
            snapshot,
            assessment: None,
            history: None,
            seen_elsewhere: BTreeMap::new(),
            log: LogState::default(),
            warning: None,
            attended: None,
            screen: Screen::Overview,
            helped: Screen::Overview,
            place: Place::default(),
            zoom: Zoom::default(),
            narrowed: Narrowed::default(),
            sort: SortBy::default(),
            dialogs: Vec::new(),
            scroll: 0,
            operation: None,
            gate: None,
            told: None,
            draft: None,
            kept: 0,
            hint: None,
            playing: None,
            recording: false,
            alerted: BTreeSet::new(),
            alerts: Alerts::default(),
            called: None,
            focus: Focus::default(),
            asked: 0,
            drawn: Drawn::default(),
            size,
            uptime: Duration::ZERO,
            dirty: true,
        }
    }

    /// What this key asks for on the present screen, if anything.
    pub fn command(&self, event: &KeyEvent) -> Option<Command> {
        self.keymap.command(event, self.facts.kind(), self.screen)
    }

    /// The dialog that gets the keys.
    pub fn dialog(&self) -> Option<&Dialog> {
        self.dialogs.last()
    }

    /// What the go/no-go meeting rests on, this operator speaking; None until the audit log was read.
    pub fn meeting(&self) -> Option<Meeting<'_>> {
        let (runbook, history) = (&*self.facts.runbook, self.history.as_deref()?);
        let (candidate, operator) = (self.facts.candidate.as_deref(), self.facts.operator.as_str());
        Some(Meeting { runbook, history, candidate, operator })
    }

    /// Whether an action is under way.
    pub fn busy(&self) -> bool {
        self.operation.as_ref().is_some_and(Operation::runs)
    }

    /// Whether nothing on the screen tells of seconds: the briefing, nothing over it, nothing that was just done.
    pub fn is_still(&self, uptime: Duration) -> bool {
        let told = |told: &Told| told.waits() || uptime.saturating_sub(told.at) < TOLD_FOR + Duration::from_secs(2);
        self.screen == Screen::Briefing
            && self.dialogs.is_empty()
            && !self.busy()
            && !self.gate_runs()
            && !self.told.as_ref().is_some_and(told)
            && !self.hint.as_ref().is_some_and(|hint| hint.stands(uptime.saturating_sub(Duration::from_secs(2))))
    }

    /// Whether the automated gate runs.
    pub fn gate_runs(&self) -> bool {
        self.gate.as_ref().is_some_and(|gate| gate.ended.is_none())
    }

    /// Whether keys are letters now.
    pub fn typing(&self) -> bool {
        self.dialog().is_some_and(Dialog::takes_text)
    }

    /// The rollback that stands, if one does, and how far its procedure is.
    pub fn procedure(&self) -> Option<&ProcedureAssessment> {
        self.assessment.as_deref()?.standing.procedure.as_ref()
    }

    /// Whether nobody can tell by telemetry that users are back on the old path, and nobody has said so.
    pub fn legacy_is_blind(&self, procedure: &ProcedureAssessment) -> bool {
        procedure.legacy.state == StepState::Blind
            && !procedure.steps.iter().any(|step| {
                step.does == crate::runbook::StepKind::ConfirmLegacy
                    && matches!(step.state, StepState::Verified | StepState::Attested)
            })
    }

    /// Whether the flag, as it was just read, gives the feature to nobody. Not where it cannot be read.
    pub fn is_off(&self) -> bool {
        let flag = &self.snapshot.flag;
        flag.fault.is_none() && flag.state.as_ref().is_some_and(FlagState::serves_nobody)
    }

    /// Both sources as last heard of: the flag store, then telemetry.
    pub fn sources(&self) -> [&SourceStatus; 2] {
        [&self.snapshot.flag_source, &self.snapshot.telemetry_source]
    }

    /// Whether a source has been heard of at all, for good or ill.
    pub fn heard(&self) -> bool {
        self.sources().iter().any(|source| source.state != SourceState::Connecting)
    }

    /// The gate that stands most against going on; of those that are pending the one that takes longest, or that
    /// nobody can tell of; the earlier of two that are alike.
    pub fn worst_gate(&self) -> Option<(usize, &GateAssessment)> {
        let gates = self.assessment.as_deref()?.gates.iter().enumerate();
        let weight = |gate: &GateAssessment| match gate.verdict {
            Verdict::Pending => (Verdict::Pending, gate.eta.unwrap_or(TimeDelta::MAX)),
            verdict => (verdict, TimeDelta::zero()),
        };
        gates.rev().max_by_key(|(_, gate)| weight(gate)).filter(|(_, gate)| gate.verdict != Verdict::Pass)
    }

    /// Whether telemetry cannot be relied on now: what was not counted is then not zero.
    pub fn blind(&self) -> bool {
        let Some(assessment) = self.assessment.as_deref() else { return true };
        assessment.guardrails_blind.is_some() || assessment.rates.iter().any(|rate| rate.blind.is_some())
    }

    /// Who gets the feature, as last read; None if the flag was never read.
    pub fn serves(&self) -> Option<Exposure> {
        self.snapshot.flag.state.as_ref().map(FlagState::serves)
    }

    /// The place of the selected line among all lines of its list, shown or not; not of the timeline.
    pub fn chosen(&self) -> Option<usize> {
        let last = self.lines().checked_sub(1)?;
        self.narrowed.place(self.place.selected.min(last), lists::total(self))
    }

    /// How many lines can be selected on the present screen.
    pub fn lines(&self) -> usize {
        match self.screen {
            Screen::Overview | Screen::Briefing => 0,
            Screen::Success => view::success::length(self),
            Screen::Procedure => view::rollback_plan::length(self),
            Screen::Gates | Screen::Guardrails | Screen::Storage | Screen::Readiness | Screen::Sources => {
                self.narrowed.lines(lists::total(self))
            }
            Screen::Timeline => self.history.as_ref().map_or(0, |h| self.narrowed.count(&h.timeline)),
            Screen::Help => view::help::length(self),
        }
    }
}
