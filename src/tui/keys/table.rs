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
    /// What can come of it.
    pub does: Does,
    /// Whether it always has the keys of this table: where people reach for them blindly.
    pub fixed: bool,
    /// The screens that it is on; none where it is on every screen.
    pub on: &'static [Screen],
    /// In which kind of session it is.
    pub during: During,
}

/// What can come of a key. A read-only session has only those that look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Something else is to be seen.
    Looks,
    /// It leads to an entry in the audit log, or to a file.
    Records,
    /// It can change the flag.
    Acts,
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

/// Of every screen and every session; it looks.
const fn key(
    keys: &'static str,
    command: Command,
    name: &'static str,
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { name, keys, command, label, help, does: Does::Looks, fixed: false, on: &[], during: During::All }
}

impl Binding {
    const fn acts(self) -> Self {
        Self { does: Does::Acts, ..self }
    }

    const fn records(self) -> Self {
        Self { does: Does::Records, ..self }
    }

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
    key("A", Advance, "advance", "advance", "Advance to the next stage, or see what stands against it").acts(),
    key("R", Rollback, "roll-back", "roll back", "Roll back: off for everyone. From every screen and every dialog")
        .acts(),
    key("D", Reduce, "reduce", "reduce", "Reduce: back one stage, not all the way off").acts(),
    key("F", Drift, "flag", "flag", "The flag drifted: who changed what, and the three ways out").acts(),
    key("E", Record, "enter", "enter", "Enter into the log: note, pause, hold, resolution, candidate, QA").acts(),
    key("v", Vote, "vote", "vote", "Briefing: answer for a role").records().on(BRIEFING),
    key("d", Decide, "decide", "decide", "Briefing: decide, which closes the poll").records().on(BRIEFING),
    key("o", OpenPoll, "open-poll", "poll", "Briefing: open a go/no-go poll").records().on(BRIEFING),
    key("w", Report, "write-report", "write", "Briefing: write the report to files").records().on(BRIEFING),
    key("x", RunQa, "run-gate", "run gate", "Readiness: run the automated gate").records().on(READINESS),
    key("p", Pass, "pass", "pass", "Readiness: the selected check passed").records().on(READINESS),
    key("f", Fail, "fail", "fail", "Readiness: the selected check failed").records().on(READINESS),
    key("Space", Details, "details", "", "Readiness: all of the selected line; Enter records what it asks for")
        .on(READINESS),
    key("z", Zoom, "zoom", "zoom", "Success: 15 minutes, an hour, a day, the stage").on(SUCCESS),
    key("o", Sort, "sort", "sort", "Guardrails: by another column").on(TABLES),
    key("/", Find, "find", "find", "Filter the list; on the timeline search and jump to a time, too").on(LISTS),
    key("w", Export, "write-timeline", "write", "Timeline: write what is shown to a file").records().on(TIMELINE),
    key("p", Pause, "pause", "pause", "Recording: stand still, or go on").during(During::Replay),
    key("<", Slower, "slower", "slower", "Recording: half as fast").during(During::Replay),
    key(">", Faster, "faster", "faster", "Recording: twice as fast").during(During::Replay),
    key(",", StepBack, "step-back", "", "Recording: to the snapshot before").during(During::Replay),
    key(".", StepOn, "step", "step", "Recording: to the next snapshot").during(During::Replay),
    key("(", SeekBack, "back-10m", "", "Recording: ten minutes back").during(During::Replay),
    key(")", SeekOn, "on-10m", "", "Recording: ten minutes on").during(During::Replay),
    key("{", SeekFirst, "to-start", "", "Recording: to its beginning").during(During::Replay),
    key("}", SeekLast, "to-end", "", "Recording: to its end").during(During::Replay),
    key("@", SeekTo, "seek", "seek", "Recording: to a time that is typed; the palette takes it, too: seek 14:05")
        .during(During::Replay),
    key("m Backspace", Rollouts, "rollouts", "rollouts", "All rollouts, worst first").during(During::Several),
    key("1", Show(Screen::Overview), "overview", "", "Overview: the call, why, the detail"),
    key(
        "s 2",
        Show(Screen::Success),
        "success",
        "success",
        "Success over time: by stage, by step; where exposure changed",
    ),
    key("g 3", Show(Screen::Gates), "gates", "gates", "Exit gates: reason, evidence, query"),
    key("u 4", Show(Screen::Guardrails), "guardrails", "guardrails", "Guardrail signatures and codes: meaning, triage"),
    key("a 5", Show(Screen::Storage), "storage", "storage", "Storage and attach: what else telemetry counts"),
    key(
        "r 6",
        Show(Screen::Procedure),
        "rollback-plan",
        "rollback",
        "The rollback procedure, its triggers and how far one is",
    ),
    key("c 7", Show(Screen::Readiness), "checks", "checks", "Readiness: automated gate, checklist, evidence, sign-off"),
    key("t 8", Show(Screen::Timeline), "timeline", "timeline", "Timeline: what happened, by whom"),
    key("b 9", Show(Screen::Briefing), "briefing", "briefing", "Briefing: for a shared screen, with the poll"),
    key("i 0", Show(Screen::Sources), "sources", "sources", "Sources: each query, its last answer, latency, errors"),
    key("Tab", NextView, "next-view", "", "The next view"),
    key("Shift-Tab", PreviousView, "previous-view", "", "The view before"),
    key("n", Note, "note", "", "Write a note into the timeline").records(),
    key(":", Palette, "palette", "palette", "Palette: everything that keys do, by name"),
    key("y", Copy, "copy", "", "Copy what is selected to the terminal's clipboard"),
    key("F2", Theme, "theme", "", "The next theme"),
    key("F3", Times, "times", "", "Times in UTC, or as this machine has them"),
    key("?", Show(Screen::Help), "help", "help", "This help"),
    key("q Ctrl-C", Quit, "quit", "quit", "Quit; asks first while an action or the gate runs"),
    key("Esc", Back, "back", "", "Close the dialog or the panel").fixed(),
    key("Enter", Open, "open", "", "Open the selected line; on the overview, the worst gate").fixed(),
    key("Up k", Up, "up", "", "One line up"),
    key("Down j", Down, "down", "", "One line down"),
    key("Left h", Left, "left", "", "Success: a wider window").on(SUCCESS),
    key("Right l", Right, "right", "", "Success: a narrower window").on(SUCCESS),
    key("PgUp Ctrl-B Ctrl-U", PageUp, "page-up", "", "One page up"),
    key("PgDn Ctrl-F Ctrl-D", PageDown, "page-down", "", "One page down"),
    key("Home", First, "first", "", "To the first line; on a recording's overview to its beginning"),
    key("End", Last, "last", "", "To the last line; on a recording's overview to its end"),
    key("+", Skip, "skip", "", "In a demo: let six hours pass at once").during(During::Demo),
    key("Ctrl-L", Redraw, "redraw", "", "Draw everything again"),
    key("Ctrl-Z", Suspend, "suspend", "", "Back to the shell; fg returns").fixed(),
];
