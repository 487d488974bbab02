//! The one table of keys: the footer, the help, the palette and the key handling are all made from it.
//!
//! Lowercase looks, uppercase acts. Where the session is read-only, the acting keys are not there at all.

use super::Command::{self, *};
use crate::tui::model::Screen;

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Its name, in the configuration and in the palette: `roll-back`.
    pub name: &'static str,
    /// The keys that do it unless the configuration says otherwise, with a blank between them.
    pub keys: &'static str,
    /// What it does.
    pub command: Command,
    /// A word or two for the footer; empty where the footer does not show it.
    pub label: &'static str,
    /// A sentence for the help.
    pub help: &'static str,
    /// Whether it can change the flag.
    pub acts: bool,
    /// Whether it leads to an entry in the audit log, or to a file: not in a read-only session.
    pub records: bool,
    /// Whether it always has the keys of this table: where people reach for them blindly.
    pub fixed: bool,
    /// The screens that it is on; none where it is on every screen.
    pub on: &'static [Screen],
    /// In which kind of session it is.
    pub during: During,
}

/// Kinds of sessions that a key is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum During {
    /// Every one.
    All,
    /// One whose time is simulated.
    Demo,
    /// One that plays a recording.
    Replay,
    /// One with several rollouts.
    Several,
}

const fn looks(
    keys: &'static str,
    command: Command,
    name: &'static str,
    label: &'static str,
    help: &'static str,
) -> Binding {
    let (acts, records, fixed) = (false, false, false);
    Binding { name, keys, command, label, help, acts, records, fixed, on: &[], during: During::All }
}

const fn acts(
    keys: &'static str,
    command: Command,
    name: &'static str,
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { acts: true, records: true, ..looks(keys, command, name, label, help) }
}

const fn records(
    keys: &'static str,
    command: Command,
    name: &'static str,
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { records: true, ..looks(keys, command, name, label, help) }
}

impl Binding {
    const fn on(self, on: &'static [Screen]) -> Self {
        Self { on, ..self }
    }

    const fn during(self, during: During) -> Self {
        Self { during, ..self }
    }

    const fn fixed(self) -> Self {
        Self { fixed: true, ..self }
    }
}

const BRIEFING: &[Screen] = &[Screen::Briefing];
const READINESS: &[Screen] = &[Screen::Readiness];
const TIMELINE: &[Screen] = &[Screen::Timeline];
const SUCCESS: &[Screen] = &[Screen::Success];
const LISTS: &[Screen] = &[
    Screen::Gates,
    Screen::Guardrails,
    Screen::Storage,
    Screen::Readiness,
    Screen::Timeline,
    Screen::Sources,
    Screen::Help,
];
/// Where the table of codes is sorted.
const TABLES: &[Screen] = &[Screen::Guardrails];

/// Every key, in the order of the footer and the help.
pub const BINDINGS: &[Binding] = &[
    acts("A", Advance, "advance", "advance", "Advance to the next stage, or see what stands against it"),
    acts("R", Rollback, "roll-back", "roll back", "Roll back: off for everyone. From every screen and every dialog"),
    acts("D", Reduce, "reduce", "reduce", "Reduce: back one stage, not all the way off"),
    acts("F", Drift, "flag", "flag", "The flag drifted: who changed what, and the three ways out"),
    acts("E", Record, "enter", "enter", "Enter into the log: note, pause, hold, resolution, candidate, QA"),
    records("v", Vote, "vote", "vote", "Briefing: answer for a role").on(BRIEFING),
    records("d", Decide, "decide", "decide", "Briefing: decide, which closes the poll").on(BRIEFING),
    records("o", OpenPoll, "open-poll", "poll", "Briefing: open a go/no-go poll").on(BRIEFING),
    records("w", Report, "write-report", "write", "Briefing: write the report to files").on(BRIEFING),
    records("x", RunQa, "run-gate", "run gate", "Readiness: run the automated gate").on(READINESS),
    records("p", Pass, "pass", "pass", "Readiness: the selected check passed").on(READINESS),
    records("f", Fail, "fail", "fail", "Readiness: the selected check failed").on(READINESS),
    looks("Space", Details, "details", "", "Readiness: all of the selected line; Enter records what it asks for")
        .on(READINESS),
    looks("z", Zoom, "zoom", "zoom", "Success: 15 minutes, an hour, a day, the stage").on(SUCCESS),
    looks("o", Sort, "sort", "sort", "Guardrails: by another column").on(TABLES),
    looks("/", Find, "find", "find", "Filter the list; on the timeline search and jump to a time, too").on(LISTS),
    records("w", Export, "write-timeline", "write", "Timeline: write what is shown to a file").on(TIMELINE),
    looks("p", Pause, "pause", "pause", "Recording: stand still, or go on").during(During::Replay),
    looks("<", Slower, "slower", "slower", "Recording: half as fast").during(During::Replay),
    looks(">", Faster, "faster", "faster", "Recording: twice as fast").during(During::Replay),
    looks(",", StepBack, "step-back", "", "Recording: to the snapshot before").during(During::Replay),
    looks(".", StepOn, "step", "step", "Recording: to the next snapshot").during(During::Replay),
    looks("(", SeekBack, "back-10m", "", "Recording: ten minutes back").during(During::Replay),
    looks(")", SeekOn, "on-10m", "", "Recording: ten minutes on").during(During::Replay),
    looks("m Backspace", Rollouts, "rollouts", "rollouts", "All rollouts, worst first").during(During::Several),
    looks("1", Show(Screen::Overview), "overview", "", "Overview: the call, why, the detail"),
    looks(
        "s 2",
        Show(Screen::Success),
        "success",
        "success",
        "Success over time: by stage, by step; where exposure changed",
    ),
    looks("g 3", Show(Screen::Gates), "gates", "gates", "Exit gates: reason, evidence, query"),
    looks(
        "u 4",
        Show(Screen::Guardrails),
        "guardrails",
        "guardrails",
        "Guardrail signatures and codes: meaning, triage",
    ),
    looks("a 5", Show(Screen::Storage), "storage", "storage", "Storage and attach: what else telemetry counts"),
    looks(
        "r 6",
        Show(Screen::Procedure),
        "rollback-plan",
        "rollback",
        "The rollback procedure, its triggers and how far one is",
    ),
    looks(
        "c 7",
        Show(Screen::Readiness),
        "checks",
        "checks",
        "Readiness: automated gate, checklist, evidence, sign-off",
    ),
    looks("t 8", Show(Screen::Timeline), "timeline", "timeline", "Timeline: what happened, by whom"),
    looks("b 9", Show(Screen::Briefing), "briefing", "briefing", "Briefing: for a shared screen, with the poll"),
    looks("i 0", Show(Screen::Sources), "sources", "sources", "Sources: each query, its last answer, latency, errors"),
    looks("Tab", NextView, "next-view", "", "The next view"),
    looks("Shift-Tab", PreviousView, "previous-view", "", "The view before"),
    records("n", Note, "note", "", "Write a note into the timeline"),
    looks(":", Palette, "palette", "", "Palette: everything that keys do, by name"),
    looks("y", Copy, "copy", "", "Copy what is selected to the terminal's clipboard"),
    looks("F2", Theme, "theme", "", "The next theme"),
    looks("F3", Times, "times", "", "Times in UTC, or as this machine has them"),
    looks("?", Show(Screen::Help), "help", "help", "This help"),
    looks("q Ctrl-C", Quit, "quit", "quit", "Quit; asks first while an action or the gate runs"),
    looks("Esc", Back, "back", "", "Close the dialog or the panel").fixed(),
    looks("Enter", Open, "open", "", "Open the selected line; on the overview, the worst gate").fixed(),
    looks("Up k", Up, "up", "", "One line up"),
    looks("Down j", Down, "down", "", "One line down"),
    looks("Left h", Left, "left", "", "Success: a wider window").on(SUCCESS),
    looks("Right l", Right, "right", "", "Success: a narrower window").on(SUCCESS),
    looks("PgUp Ctrl-B Ctrl-U", PageUp, "page-up", "", "One page up"),
    looks("PgDn Ctrl-F Ctrl-D", PageDown, "page-down", "", "One page down"),
    looks("Home", First, "first", "", "To the first line"),
    looks("End", Last, "last", "", "To the last line"),
    looks("+", Skip, "skip", "", "In a demo: let six hours pass at once").during(During::Demo),
    looks("Ctrl-L", Redraw, "redraw", "", "Draw everything again"),
    looks("Ctrl-Z", Suspend, "suspend", "", "Back to the shell; fg returns").fixed(),
];
