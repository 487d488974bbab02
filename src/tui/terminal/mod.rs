//! The terminal, taken and given back as it was found: on return, on error, on panic, on a signal, on Ctrl-Z.

mod backend;
mod features;
mod input;
pub mod links;
mod pen;
mod sequences;
mod typed;

use std::{
    io::{self, BufWriter, Stdout, Write},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange},
    execute,
    style::{Print, force_color_output},
    terminal::{EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Frame, Terminal, backend::Backend as _};

use self::backend::{Found, Linked};
use self::pen::PLAIN;
pub use self::{features::Features, input::Input};

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether its title was kept, and is to be given back.
static TITLED: AtomicBool = AtomicBool::new(false);

/// Whether its mouse is ours, too, while it is.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Clicks and the wheel, as SGR tells them. Not what else crossterm would ask for: each movement of the mouse.
const TAKE_MOUSE: &str = "\x1b[?1000h\x1b[?1006h";

type Backend = Linked<BufWriter<Stdout>>;

/// The terminal while it is ours. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<Backend>,
    features: Features,
    /// The title that was set.
    title: String,
    links: Found,
}

impl Screen {
    /// Takes the terminal, and its mouse where that is wanted. Asks it nothing: an answer that never comes would cost
    /// seconds.
    ///
    /// # Errors
    /// When there is no terminal, or it cannot be set up.
    pub fn enter(features: Features, mouse: bool) -> io::Result<Self> {
        MOUSE.store(mouse, Ordering::SeqCst);
        // Colours are decided by the theme. Left to itself, crossterm turns each of them into a reset under NO_COLOR,
        // and that cancels bold and reverse.
        force_color_output(true);
        restore_on_panic();
        take(features)?;
        let links = Found::default();
        match new_terminal(&links) {
            Ok(terminal) => Ok(Self { terminal, features, title: String::new(), links }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.forget_size();
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Asks the terminal for its size at the next frame. Between, [`Self::draw`] takes it from who draws, who is told of
    /// each change by a signal.
    pub fn forget_size(&self) {
        self.terminal.backend().forget_size();
    }

    /// Draws one frame for a terminal of `size`; the terminal shows it whole or not at all. These addresses are links
    /// where they are shown.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, size: (u16, u16), addresses: &[String], render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.terminal.backend().expect(size.into());
        let (found, links) = (Found::clone(&self.links), self.features.links);
        self.terminal.draw(|frame| {
            render(frame);
            let here = if links { links::find(frame.buffer_mut(), addresses) } else { Vec::new() };
            found.replace(here);
        })?;
        Ok(())
    }

    /// Whether addresses become links.
    pub fn shows_links(&self) -> bool {
        self.features.links
    }

    /// Rings, and tells the terminal's own notifications. In one piece between two frames: the screen stays as it is.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn alert(&mut self, text: &str) -> io::Result<()> {
        self.send(&sequences::alert(text))
    }

    /// Sets the window's title, where it is another one now and the terminal can give it back.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn title(&mut self, text: &str) -> io::Result<()> {
        if !self.features.title || self.title == text {
            return Ok(());
        }
        text.clone_into(&mut self.title);
        self.send(&sequences::title(text))
    }

    /// Gives the text to the terminal's clipboard. Whether it takes it nobody says.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        self.send(&sequences::copy(text, self.features.tmux))
    }

    fn send(&mut self, sequence: &str) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes())?;
        Write::flush(out)
    }

    /// Forgets what is on the screen, so that the next frame is drawn whole.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn forget(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks the terminal where the cursor is.
        self.terminal = new_terminal(&self.links)?;
        self.terminal.backend_mut().clear()?;
        Write::flush(self.terminal.backend_mut())
    }

    /// Gives the terminal back for a while.
    pub fn leave(&mut self) {
        give_back();
    }

    /// Takes it again. Stopped by another hand than ours, the shell may have changed it without our knowing: so it is
    /// given back first.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        give_back();
        take(self.features)?;
        self.title.clear();
        self.forget()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back if it is ours. Called twice, it does nothing the second time.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // Whatever fails here, the rest is still worth trying: the terminal may be half gone.
    let _ = execute!(out, EndSynchronizedUpdate, Print(PLAIN));
    if MOUSE.load(Ordering::SeqCst) {
        let _ = execute!(out, DisableMouseCapture);
    }
    let _ = execute!(out, DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen, Show);
    if TITLED.swap(false, Ordering::SeqCst) {
        let _ = out.write_all(sequences::GIVE_TITLE_BACK.as_bytes());
    }
    let _ = disable_raw_mode();
    let _ = out.flush();
}

fn take(features: Features) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    let mouse = if MOUSE.load(Ordering::SeqCst) { TAKE_MOUSE } else { "" };
    let mut done =
        execute!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, Hide, Print(PLAIN), Print(mouse));
    if features.title && done.is_ok() {
        TITLED.store(true, Ordering::SeqCst);
        done = out.write_all(sequences::KEEP_TITLE.as_bytes()).and_then(|()| out.flush());
    }
    if done.is_err() {
        give_back();
    }
    done
}

fn new_terminal(links: &Found) -> io::Result<Terminal<Backend>> {
    Terminal::new(Linked::new(BufWriter::with_capacity(1 << 15, io::stdout()), Found::clone(links)))
}

/// Gives the terminal back before a panic is reported, so that the report can be read.
///
/// A panic in a background task leaves the screen alone, and its report goes to the log: the cockpit goes on.
fn restore_on_panic() {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        let screen_thread = thread::current().id();
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let ours = TAKEN.load(Ordering::SeqCst);
            let background = thread::current().id() != screen_thread || tokio::task::try_id().is_some();
            if ours && background {
                tracing::error!(panic = %info, "a background task panicked");
                return;
            }
            give_back();
            report(info);
        }));
    });
}
