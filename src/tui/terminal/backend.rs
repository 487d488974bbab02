//! The terminal's backend: a frame is one write that the terminal shows whole, with links around the cells that are
//! links, and a frame in which nothing changed is none.

use std::{cell::RefCell, io, io::Write, rc::Rc};

use crossterm::{
    queue,
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

use super::{
    links::Link,
    sequences::{END_OF_LINK, link},
};

/// The links of the frame that is drawn next.
pub(super) type Found = Rc<RefCell<Vec<Link>>>;

/// A backend that makes a synchronized update of what is drawn, and begins and ends links (OSC 8) where there are some.
pub(super) struct Linked<W: Write> {
    inner: CrosstermBackend<W>,
    links: Found,
}

impl<W: Write> Linked<W> {
    pub(super) fn new(out: W, links: Found) -> Self {
        Self { inner: CrosstermBackend::new(out), links }
    }
}

impl<W: Write> Write for Linked<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        Write::write(&mut self.inner, buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

impl<W: Write> Backend for Linked<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        queue!(self.inner, BeginSynchronizedUpdate)?;
        let links = self.links.borrow();
        if links.is_empty() {
            self.inner.draw(content)?;
            return queue!(self.inner, EndSynchronizedUpdate);
        }
        let linked = |x, y| links.iter().find(|link| link.covers(x, y));
        while let Some(&(x, y, _)) = content.peek() {
            let here = linked(x, y);
            let run = std::iter::from_fn(|| content.next_if(|&(x, y, _)| linked(x, y) == here));
            match here {
                None => self.inner.draw(run)?,
                Some(target) => {
                    self.inner.write_all(link(target.number, &target.address).as_bytes())?;
                    self.inner.draw(run)?;
                    self.inner.write_all(END_OF_LINK.as_bytes())?;
                }
            }
        }
        queue!(self.inner, EndSynchronizedUpdate)
    }

    /// Nothing: it was hidden when the terminal was taken, and no frame shows it.
    fn hide_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Nothing: ratatui would show it when one of its terminals takes the place of another one. It is shown when the
    /// terminal is given back.
    fn show_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.inner.clear_region(region)
    }

    fn append_lines(&mut self, lines: u16) -> io::Result<()> {
        self.inner.append_lines(lines)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, TerminalOptions, Viewport, layout::Rect, text::Line};

    use super::{super::links, *};

    #[test]
    fn a_link_begins_before_its_cells_and_ends_behind_them() {
        let known = vec!["https://ci.example/7".to_owned()];
        let (mut bytes, found) = (Vec::new(), Found::default());
        let backend = Linked::new(&mut bytes, Found::clone(&found));
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, 40, 2)) };
        let mut terminal = Terminal::with_options(backend, options).unwrap();
        for text in ["see https://ci.example/7 now", "nothing"] {
            terminal
                .draw(|frame| {
                    frame.render_widget(Line::from(text), frame.area());
                    found.replace(links::find(frame.buffer_mut(), &known));
                })
                .unwrap();
        }
        drop(terminal);
        let text = String::from_utf8(bytes).unwrap();
        let (before, rest) = text.split_once("\x1b]8;id=gonogo-0;https://ci.example/7\x1b\\").unwrap();
        let (inside, after) = rest.split_once("\x1b]8;;\x1b\\").unwrap();
        assert!(before.contains("see") && inside.contains("https://ci.example/7") && after.contains("now"), "{text:?}");
        assert!(!after.contains("\x1b]8"), "the next frame has none");
        // Whoever reads it without links sees the same.
        let mut parser = vt100::Parser::new(2, 40, 0);
        parser.process(text.as_bytes());
        assert_eq!(parser.screen().contents().trim_end(), "nothing");
    }
}
