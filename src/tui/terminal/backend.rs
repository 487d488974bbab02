//! The terminal's backend: a frame is one write that the terminal shows whole, with links around the cells that are
//! links, and a frame in which nothing changed is none.

use std::{
    cell::{Cell as Slot, RefCell},
    io::{self, Write},
    rc::Rc,
};

use crossterm::{
    cursor::{MoveTo, MoveToColumn},
    queue,
    style::Print,
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

use super::{
    links::Link,
    pen::{PLAIN, Pen},
    sequences::{END_OF_LINK, link},
};

/// The links of the frame that is drawn next.
pub(super) type Found = Rc<RefCell<Vec<Link>>>;

/// A backend that makes a synchronized update of what is drawn, and begins and ends links (OSC 8) where there are some.
///
/// Over a slow line a screen that is watched for hours is to cost little: the pen stays as the last frame left it, and a
/// change within one line goes without the marks of an update, as no terminal shows half of it.
pub(super) struct Linked<W: Write> {
    inner: CrosstermBackend<W>,
    links: Found,
    /// As the last frame left it.
    pen: Pen,
    /// Of the frame that is drawn; empty between frames.
    frame: Vec<u8>,
    /// As the terminal said last.
    size: Slot<Option<Size>>,
}

impl<W: Write> Linked<W> {
    pub(super) fn new(out: W, links: Found) -> Self {
        let inner = CrosstermBackend::new(out);
        Self { inner, links, pen: Pen::PLAIN, frame: Vec::new(), size: Slot::new(None) }
    }

    /// Asks the terminal for its size at the next frame. It costs three system calls: too much for each frame.
    pub(super) fn forget_size(&self) {
        self.size.set(None);
    }

    /// Asks for it where this is another one than was known.
    pub(super) fn expect(&self, size: Size) {
        if self.size.get() != Some(size) {
            self.forget_size();
        }
    }

    /// Takes the pen's style back: what the terminal clears, it fills with the colour of the pen.
    fn put_pen_down(&mut self) -> io::Result<()> {
        self.pen = Pen::PLAIN;
        self.inner.write_all(PLAIN.as_bytes())
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
        let links = self.links.borrow();
        let (frame, pen) = (&mut self.frame, &mut self.pen);
        let (mut last, mut rows, mut linked): (Option<(u16, u16)>, usize, Option<&Link>) = (None, 0, None);
        for (x, y, cell) in content {
            let here = links.iter().find(|link| link.covers(x, y));
            if here != linked {
                if linked.is_some() {
                    frame.extend_from_slice(END_OF_LINK.as_bytes());
                }
                if let Some(to) = here {
                    frame.extend_from_slice(link(to.number, &to.address).as_bytes());
                }
                linked = here;
            }
            match last {
                // Where a wide character ends up is the terminal's own opinion: behind one the place is told again.
                Some((before, row)) if row == y && before + 1 == x => {}
                Some((_, row)) if row == y => queue!(frame, MoveToColumn(x))?,
                _ => {
                    rows += 1;
                    queue!(frame, MoveTo(x, y))?;
                }
            }
            last = Some((x, y));
            pen.become_one(Pen { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }, frame)?;
            queue!(frame, Print(cell.symbol()))?;
        }
        if linked.is_some() {
            frame.extend_from_slice(END_OF_LINK.as_bytes());
        }
        if rows > 1 {
            queue!(self.inner, BeginSynchronizedUpdate)?;
        }
        self.inner.write_all(frame)?;
        if rows > 1 {
            queue!(self.inner, EndSynchronizedUpdate)?;
        }
        frame.clear();
        Ok(())
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
        self.put_pen_down()?;
        self.inner.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.put_pen_down()?;
        self.inner.clear_region(region)
    }

    fn append_lines(&mut self, lines: u16) -> io::Result<()> {
        self.inner.append_lines(lines)
    }

    fn size(&self) -> io::Result<Size> {
        match self.size.get() {
            Some(size) => Ok(size),
            None => self.inner.size().inspect(|size| self.size.set(Some(*size))),
        }
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
    use proptest::prelude::*;
    use ratatui::{
        Terminal, TerminalOptions, Viewport,
        buffer::Buffer,
        layout::Rect,
        style::{Color, Modifier, Style},
        text::Line,
    };

    use super::{super::links, *};

    const AREA: Rect = Rect::new(0, 0, 40, 3);

    /// A terminal that writes into this.
    fn terminal<'a>(bytes: &'a mut Vec<u8>, found: &Found) -> Terminal<Linked<&'a mut Vec<u8>>> {
        let options = TerminalOptions { viewport: Viewport::Fixed(AREA) };
        Terminal::with_options(Linked::new(bytes, Found::clone(found)), options).unwrap()
    }

    #[test]
    fn a_link_begins_before_its_cells_and_ends_behind_them() {
        let known = vec!["https://ci.example/7".to_owned()];
        let (mut bytes, found) = (Vec::new(), Found::default());
        let mut terminal = terminal(&mut bytes, &found);
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
        let mut parser = vt100::Parser::new(3, 40, 0);
        parser.process(text.as_bytes());
        assert_eq!(parser.screen().contents().trim_end(), "nothing");
    }
    /// What the terminal is sent for these frames.
    fn sent(frames: &[Buffer]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut terminal = terminal(&mut bytes, &Found::default());
        for frame in frames {
            terminal.draw(|to| to.buffer_mut().clone_from(frame)).unwrap();
        }
        drop(terminal);
        bytes
    }

    #[test]
    fn a_digit_that_changes_costs_a_move_and_itself() {
        let style = Style::new().fg(Color::Rgb(163, 163, 163)).bg(Color::Reset);
        let at = |second: usize| {
            let mut frame = Buffer::empty(AREA);
            frame.set_line(0, 0, &Line::styled(format!("14:02:{second:02} UTC"), style), 40);
            frame
        };
        let (first, all) = (sent(&[at(31)]), sent(&[at(31), at(32), at(33)]));
        assert_eq!(all.strip_prefix(&first[..]).unwrap(), b"\x1b[1;8H2\x1b[1;8H3");
    }

    #[test]
    fn a_frame_of_several_lines_is_shown_whole() {
        let mut frame = Buffer::empty(AREA);
        frame.set_string(0, 0, "one", Style::new());
        frame.set_string(0, 1, "two", Style::new().add_modifier(Modifier::BOLD));
        assert_eq!(sent(&[frame]), b"\x1b[?2026h\x1b[1;1Hone\x1b[2;1H\x1b[1mtwo\x1b[?2026l");
    }

    #[test]
    fn what_is_cleared_is_not_filled_with_the_colour_of_the_pen() {
        let mut bytes = Vec::new();
        let mut terminal = terminal(&mut bytes, &Found::default());
        terminal.draw(|frame| frame.render_widget(Line::styled("x", Color::Red), AREA)).unwrap();
        terminal.backend_mut().clear().unwrap();
        drop(terminal);
        let mut parser = vt100::Parser::new(3, 40, 0);
        parser.process(&bytes);
        assert_eq!(parser.screen().contents(), "");
        assert_eq!(parser.screen().fgcolor(), vt100::Color::Default);
    }

    fn colours() -> impl Strategy<Value = Color> {
        prop_oneof![
            Just(Color::Reset),
            Just(Color::Red),
            Just(Color::LightBlue),
            Just(Color::Indexed(200)),
            Just(Color::Rgb(1, 2, 3)),
        ]
    }

    fn written() -> impl Strategy<Value = (u16, u16, &'static str, Style)> {
        // vt100 keeps one intensity of the two, also where a text is written over another one, and knows neither blinking
        // nor crossed out.
        let intensity = prop_oneof![Just(Modifier::empty()), Just(Modifier::BOLD), Just(Modifier::DIM)];
        let others = Modifier::ITALIC | Modifier::UNDERLINED | Modifier::REVERSED;
        let modifier = (intensity, any::<u16>())
            .prop_map(move |(intensity, bits)| intensity | Modifier::from_bits_truncate(bits) & others);
        let style = (colours(), colours(), modifier)
            .prop_map(|(fg, bg, modifier)| Style::reset().fg(fg).bg(bg).add_modifier(modifier));
        let text = prop_oneof![Just("a"), Just("12"), Just("漢"), Just("e\u{301}"), Just("  ")];
        (0..40u16, 0..3u16, text, style)
    }

    /// Draws these frames, each of these cells on an empty screen.
    fn drawn<B: Backend<Error = io::Error>>(backend: B, frames: &[Vec<(u16, u16, &str, Style)>]) {
        let options = TerminalOptions { viewport: Viewport::Fixed(AREA) };
        let mut terminal = Terminal::with_options(backend, options).unwrap();
        for frame in frames {
            terminal
                .draw(|to| {
                    for (x, y, text, style) in frame {
                        to.buffer_mut().set_string(*x, *y, text, *style);
                    }
                })
                .unwrap();
        }
    }

    fn shown(bytes: &[u8]) -> Vec<vt100::Cell> {
        let mut parser = vt100::Parser::new(3, 40, 0);
        parser.process(bytes);
        (0..3 * 40).map(|i| parser.screen().cell(i / 40, i % 40).unwrap().clone()).collect()
    }

    proptest! {
        #[test]
        fn the_terminal_shows_what_ratatui_itself_would_show(
            frames in prop::collection::vec(prop::collection::vec(written(), 0..30), 1..6),
        ) {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            drawn(Linked::new(&mut ours, Found::default()), &frames);
            drawn(CrosstermBackend::new(&mut theirs), &frames);
            prop_assert_eq!(shown(&ours), shown(&theirs));
            prop_assert!(ours.len() <= theirs.len() + 16 * frames.len());
        }
    }
}
