//! What can have the focus in a dialog, whichever it is. Only the mouse asks for it by name; keys go from one to the next.

use super::{AdvanceFocus, ChangeFocus, Dialog, LegacyFocus, RollbackFocus};

/// Something that can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// In the rollback's confirmation.
    Rollback(RollbackFocus),
    /// In the advance's.
    Advance(AdvanceFocus),
    /// In those of the short changes.
    Change(ChangeFocus),
    /// In somebody's word for the old path.
    Legacy(LegacyFocus),
    /// An answer of an entry, by its place; one more than there are is the button.
    Answer(usize),
    /// A line of a list, by its place.
    Line(usize),
}

impl Dialog {
    /// Gives it the focus, and does nothing else. What the dialog does not have, or has no more, gets none.
    pub fn take_focus(&mut self, focus: Focus) {
        match (self, focus) {
            (Self::Rollback(form), Focus::Rollback(focus)) => form.focus = focus,
            (Self::Advance(form), Focus::Advance(focus)) if form.changed.is_empty() => form.focus = focus,
            (Self::Change(form), Focus::Change(focus)) if form.changed.is_empty() => form.focus = focus,
            (Self::Legacy(form), Focus::Legacy(focus)) => form.focus = focus,
            (Self::Record(form), Focus::Answer(at)) if form.answers.as_ref().is_some_and(|of| at <= of.len()) => {
                form.focus = at;
            }
            (Self::Record(form), Focus::Line(at)) if !form.typing() && at < form.choices.len() => form.selected = at,
            (Self::Drift(form), Focus::Line(at)) => form.selected = at,
            (Self::Palette(form), Focus::Line(at)) => form.selected = at,
            _ => {}
        }
    }
}
