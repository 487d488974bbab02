//! The one table of keys: the footer, the help and the key handling are all made from it.
//!
//! Lowercase looks, uppercase acts. Where the session is read-only, the acting keys are not there at all.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::Screen;

/// What a key asks for, outside of text fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Open the dialog that advances the rollout.
    Advance,
    /// Open the dialog that takes the feature from everyone.
    Rollback,
    /// Open the dialog that goes back one stage.
    Reduce,
    /// Open the ways out where somebody else changed the flag.
    Drift,
    /// Open the list of what can be entered into the audit log.
    Record,
    /// Look at the exit gates.
    Gates,
    /// Look at the guardrails.
    Guardrails,
    /// Look at the timeline.
    Timeline,
    /// Look at what a promotion rests on beside telemetry: gate, checklist, evidence, sign-off.
    Readiness,
    /// Look at the briefing, for a shared screen.
    Briefing,
    /// Write a remark into the audit log.
    Note,
    /// On the timeline: filter, search, jump.
    Find,
    /// On the timeline: write what is shown to a file.
    Export,
    /// On the briefing: write the report to files.
    Report,
    /// On the briefing: open a poll.
    OpenPoll,
    /// On the briefing: answer for a role.
    Vote,
    /// On the briefing: decide, which closes the poll.
    Decide,
    /// On the readiness screen: run the automated gate.
    RunQa,
    /// On the readiness screen: the selected check passed.
    Pass,
    /// On the readiness screen: the selected check failed.
    Fail,
    /// On the readiness screen: read all there is of the selected line.
    Details,
    /// Look at the help.
    Help,
    /// Close what is open.
    Back,
    /// Open what is selected.
    Open,
    /// One up.
    Up,
    /// One down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first.
    First,
    /// To the last.
    Last,
    /// In a demo: let six hours pass at once.
    Skip,
    /// Draw everything again.
    Redraw,
    /// Stop, back to the shell.
    Suspend,
    /// Leave.
    Quit,
}

/// A key without its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// This key.
    Plain(KeyCode),
    /// This letter with Ctrl.
    Ctrl(char),
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The keys, any of which does it.
    pub keys: &'static [Key],
    /// The keys as shown.
    pub shown: &'static str,
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
    /// The screen that it is on; none where it is on every screen.
    pub on: Option<Screen>,
}

const fn looks(
    keys: &'static [Key],
    shown: &'static str,
    command: Command,
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { keys, shown, command, label, help, acts: false, records: false, on: None }
}

const fn acts(
    keys: &'static [Key],
    shown: &'static str,
    command: Command,
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { acts: true, records: true, ..looks(keys, shown, command, label, help) }
}

const fn records(
    keys: &'static [Key],
    shown: &'static str,
    command: Command,
    label: &'static str,
    help: &'static str,
) -> Binding {
    Binding { records: true, ..looks(keys, shown, command, label, help) }
}

/// Only while this screen is shown.
const fn on(screen: Screen, binding: Binding) -> Binding {
    Binding { on: Some(screen), ..binding }
}

use Key::{Ctrl, Plain};

/// Every key, in the order of the footer and the help.
pub const BINDINGS: &[Binding] = &[
    acts(
        &[Plain(KeyCode::Char('A'))],
        "A",
        Command::Advance,
        "advance",
        "Advance to the next stage, or see what stands against it",
    ),
    acts(
        &[Plain(KeyCode::Char('R'))],
        "R",
        Command::Rollback,
        "roll back",
        "Roll back: off for everyone. From every screen and every dialog",
    ),
    acts(&[Plain(KeyCode::Char('D'))], "D", Command::Reduce, "reduce", "Reduce: back one stage, not all the way off"),
    acts(
        &[Plain(KeyCode::Char('F'))],
        "F",
        Command::Drift,
        "flag",
        "The flag drifted: who changed what, and the three ways out",
    ),
    acts(
        &[Plain(KeyCode::Char('E'))],
        "E",
        Command::Record,
        "enter",
        "Enter into the log: note, pause, hold, resolution, candidate, QA",
    ),
    on(
        Screen::Briefing,
        records(&[Plain(KeyCode::Char('v'))], "v", Command::Vote, "vote", "Briefing: answer for a role"),
    ),
    on(
        Screen::Briefing,
        records(
            &[Plain(KeyCode::Char('d'))],
            "d",
            Command::Decide,
            "decide",
            "Briefing: decide, which closes the poll",
        ),
    ),
    on(
        Screen::Briefing,
        records(&[Plain(KeyCode::Char('o'))], "o", Command::OpenPoll, "poll", "Briefing: open a go/no-go poll"),
    ),
    on(
        Screen::Briefing,
        records(&[Plain(KeyCode::Char('w'))], "w", Command::Report, "write", "Briefing: write the report to files"),
    ),
    on(
        Screen::Readiness,
        records(&[Plain(KeyCode::Char('x'))], "x", Command::RunQa, "run gate", "Readiness: run the automated gate"),
    ),
    on(
        Screen::Readiness,
        records(&[Plain(KeyCode::Char('p'))], "p", Command::Pass, "pass", "Readiness: the selected check passed"),
    ),
    on(
        Screen::Readiness,
        records(&[Plain(KeyCode::Char('f'))], "f", Command::Fail, "fail", "Readiness: the selected check failed"),
    ),
    on(
        Screen::Readiness,
        looks(
            &[Plain(KeyCode::Char(' '))],
            "Space",
            Command::Details,
            "",
            "Readiness: all of the selected line; Enter records what it asks for",
        ),
    ),
    on(
        Screen::Timeline,
        looks(&[Plain(KeyCode::Char('/'))], "/", Command::Find, "find", "Timeline: filter, search, jump to a time"),
    ),
    on(
        Screen::Timeline,
        records(&[Plain(KeyCode::Char('w'))], "w", Command::Export, "write", "Timeline: write what is shown to a file"),
    ),
    looks(&[Plain(KeyCode::Char('g'))], "g", Command::Gates, "gates", "Exit gates: reason, evidence, query"),
    looks(
        &[Plain(KeyCode::Char('u'))],
        "u",
        Command::Guardrails,
        "guardrails",
        "Guardrail signatures and codes: meaning, triage",
    ),
    looks(&[Plain(KeyCode::Char('t'))], "t", Command::Timeline, "timeline", "Timeline: what happened, by whom"),
    looks(
        &[Plain(KeyCode::Char('c'))],
        "c",
        Command::Readiness,
        "checks",
        "Readiness: automated gate, checklist, evidence, sign-off",
    ),
    looks(
        &[Plain(KeyCode::Char('b'))],
        "b",
        Command::Briefing,
        "briefing",
        "Briefing: for a shared screen, with the poll",
    ),
    records(&[Plain(KeyCode::Char('n'))], "n", Command::Note, "", "Write a note into the timeline"),
    looks(&[Plain(KeyCode::Char('?'))], "?", Command::Help, "help", "This help"),
    looks(&[Plain(KeyCode::Char('q')), Ctrl('c')], "q", Command::Quit, "quit", "Quit; asks first while an action runs"),
    looks(&[Plain(KeyCode::Esc)], "Esc", Command::Back, "", "Close the dialog or the panel"),
    looks(
        &[Plain(KeyCode::Enter)],
        "Enter",
        Command::Open,
        "",
        "Open the selected line; on the overview, the worst gate",
    ),
    looks(&[Plain(KeyCode::Up), Plain(KeyCode::Char('k'))], "Up k", Command::Up, "", "One line up"),
    looks(&[Plain(KeyCode::Down), Plain(KeyCode::Char('j'))], "Down j", Command::Down, "", "One line down"),
    looks(&[Plain(KeyCode::PageUp)], "PgUp", Command::PageUp, "", "One page up"),
    looks(&[Plain(KeyCode::PageDown)], "PgDn", Command::PageDown, "", "One page down"),
    looks(&[Plain(KeyCode::Home)], "Home", Command::First, "", "To the first line"),
    looks(&[Plain(KeyCode::End)], "End", Command::Last, "", "To the last line"),
    looks(&[Plain(KeyCode::Char('+'))], "+", Command::Skip, "", "In a demo: let six hours pass at once"),
    looks(&[Ctrl('l')], "Ctrl-L", Command::Redraw, "", "Draw everything again"),
    looks(&[Ctrl('z')], "Ctrl-Z", Command::Suspend, "", "Back to the shell; fg returns"),
];

/// The lines of the table that this session has, those of all screens.
pub fn available(read_only: bool) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| !(read_only && (binding.acts || binding.records)))
}

/// Those of them that do something on this screen.
pub fn on_screen(read_only: bool, screen: Screen) -> impl Iterator<Item = &'static Binding> {
    available(read_only).filter(move |binding| binding.on.is_none_or(|on| on == screen))
}

/// What this key asks for on this screen, if anything.
pub fn command(event: &KeyEvent, read_only: bool, screen: Screen) -> Option<Command> {
    if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
        return None;
    }
    let key = match event.code {
        KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::CONTROL) => Ctrl(c.to_ascii_lowercase()),
        code => Plain(code),
    };
    on_screen(read_only, screen).find(|binding| binding.keys.contains(&key)).map(|binding| binding.command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(c: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)
    }

    #[test]
    fn uppercase_acts_and_lowercase_looks() {
        for binding in BINDINGS {
            for key in binding.keys {
                if let Plain(KeyCode::Char(c)) = key {
                    assert_eq!(c.is_uppercase(), binding.acts, "{}", binding.shown);
                }
            }
        }
    }

    #[test]
    fn no_key_means_two_things() {
        for screen in [Screen::Overview, Screen::Timeline, Screen::Readiness, Screen::Briefing] {
            let all: Vec<_> = on_screen(false, screen).flat_map(|binding| binding.keys).collect();
            for (i, key) in all.iter().enumerate() {
                assert!(!all[..i].contains(key), "{key:?} twice on {screen:?}");
            }
        }
    }

    #[test]
    fn read_only_knows_no_acting_key() {
        assert_eq!(command(&press('R'), false, Screen::Overview), Some(Command::Rollback));
        assert_eq!(command(&press('R'), true, Screen::Overview), None);
        assert_eq!(command(&press('A'), true, Screen::Overview), None);
        assert_eq!(command(&press('g'), true, Screen::Overview), Some(Command::Gates));
    }

    #[test]
    fn a_modified_letter_is_another_key() {
        let alt = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT);
        let ctrl = KeyEvent::new(KeyCode::Char('R'), KeyModifiers::CONTROL);
        assert_eq!((command(&alt, false, Screen::Overview), command(&ctrl, false, Screen::Overview)), (None, None));
        let shifted = KeyEvent::new(KeyCode::Char('R'), KeyModifiers::SHIFT);
        assert_eq!(command(&shifted, false, Screen::Overview), Some(Command::Rollback));
    }
}
