//! What a key, or a line of the palette, asks for.

use crate::tui::model::Screen;

/// What a key asks for, outside of text fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Look at this.
    Show(Screen),
    /// Look at the next view.
    NextView,
    /// Look at the view before.
    PreviousView,
    /// Back to the list of rollouts, where there are several.
    Rollouts,
    /// Type the name of a command.
    Palette,
    /// Write a remark into the audit log.
    Note,
    /// Filter, search; on the timeline jump, too.
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
    /// On the success screen: another window.
    Zoom,
    /// On the guardrails: by another column.
    Sort,
    /// Copy what is selected to the terminal's clipboard.
    Copy,
    /// Another set of colours.
    Theme,
    /// Times in UTC, or as here.
    Times,
    /// Close what is open.
    Back,
    /// Open what is selected.
    Open,
    /// One up.
    Up,
    /// One down.
    Down,
    /// To the left: the wider window.
    Left,
    /// To the right: the narrower window.
    Right,
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
    /// In a recording: stand still, or go on.
    Pause,
    /// In a recording: half as fast.
    Slower,
    /// In a recording: twice as fast.
    Faster,
    /// In a recording: to the snapshot before.
    StepBack,
    /// In a recording: to the next snapshot.
    StepOn,
    /// In a recording: ten minutes back.
    SeekBack,
    /// In a recording: ten minutes on.
    SeekOn,
    /// In a recording: to its beginning.
    SeekFirst,
    /// In a recording: to its end.
    SeekLast,
    /// In a recording: to a time that is typed.
    SeekTo,
    /// Draw everything again.
    Redraw,
    /// Stop, back to the shell.
    Suspend,
    /// Leave.
    Quit,
}

impl Command {
    /// Whether it leads to one of the views. The help is none.
    pub fn is_view(self) -> bool {
        matches!(self, Self::Show(screen) if screen != Screen::Help)
    }
}
