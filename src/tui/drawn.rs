//! What lies where on the screen, for the mouse: noted by whoever draws it, while it is drawn. So there is no second
//! copy of the layout, and a click counts for what was under it.

use std::cell::{Cell, RefCell};

use ratatui::layout::{Position, Rect};

use super::{dialog::Focus, keys::Command, model::Screen};

/// Something that can be clicked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A panel that leads to a view.
    View(Screen),
    /// A line of the list that fills the screen, by its place.
    Line(usize),
    /// A key of the footer.
    Key(Command),
    /// Something of a dialog that can have the focus.
    Focus(Focus),
}

/// Where everything lay when the screen was last drawn.
#[derive(Debug, Clone, Default)]
pub struct Drawn {
    // Whoever draws sees the model, and changes nothing else of it.
    places: RefCell<Vec<(Rect, Target)>>,
    first: Cell<usize>,
}

impl Drawn {
    /// Notes that this lies there, over whatever else does.
    pub fn mark(&self, area: Rect, target: Target) {
        if !area.is_empty() {
            self.places.borrow_mut().push((area, target));
        }
    }

    /// Notes so many lines of a list, one in a row, the first of them being the one at that place.
    pub fn mark_lines(&self, area: Rect, first: usize, lines: usize) {
        for (row, line) in area.rows().zip(first..lines) {
            self.mark(row, Target::Line(line));
        }
    }

    /// Notes the first row that is shown of the list.
    pub fn mark_first(&self, first: usize) {
        self.first.set(first);
    }

    /// The first row that is shown of the list.
    pub fn first(&self) -> usize {
        self.first.get()
    }

    /// Forgets everything: something lies over it, or it is drawn anew.
    pub fn clear(&self) {
        self.places.borrow_mut().clear();
    }

    /// What lies on top there.
    pub fn at(&self, column: u16, row: u16) -> Option<Target> {
        let at = Position::new(column, row);
        self.places.borrow().iter().rev().find(|(area, _)| area.contains(at)).map(|(_, target)| *target)
    }

    /// Everything, in the order in which it was drawn.
    pub fn all(&self) -> Vec<(Rect, Target)> {
        self.places.borrow().clone()
    }
}
