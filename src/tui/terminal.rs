//! The terminal, taken and given back as it was found: on return, on error, on panic, on a signal, on Ctrl-Z.

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
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute,
    style::force_color_output,
    terminal::{
        BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
        enable_raw_mode,
    },
};
use ratatui::{Frame, Terminal, backend::CrosstermBackend};

use crate::text::clean;

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

type Backend = CrosstermBackend<BufWriter<Stdout>>;

/// The terminal while it is ours. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<Backend>,
}

impl Screen {
    /// Takes the terminal. Asks it nothing: an answer that never comes would cost seconds.
    ///
    /// # Errors
    /// When there is no terminal, or it cannot be set up.
    pub fn enter() -> io::Result<Self> {
        // Colours are decided by the theme. Left to itself, crossterm turns each of them into a reset under NO_COLOR,
        // and that cancels bold and reverse.
        force_color_output(true);
        restore_on_panic();
        take()?;
        match new_terminal() {
            Ok(terminal) => Ok(Self { terminal }),
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
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Draws one frame; the terminal shows it whole or not at all.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        crossterm::queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(render)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Rings, and tells the terminal's own notifications. In one piece between two frames: the screen stays as it is.
    ///
    /// OSC 9 is what iTerm2 began, and ConEmu, `WezTerm`, kitty, Ghostty and Windows Terminal know, some for other things
    /// too: those begin with a digit, and an alert begins with a word. Others leave it unread.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn alert(&mut self, text: &str) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        out.write_all(alert_bytes(text).as_bytes())?;
        Write::flush(out)
    }

    /// Forgets what is on the screen, so that the next frame is drawn whole.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn forget(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks the terminal where the cursor is.
        self.terminal = new_terminal()?;
        execute!(self.terminal.backend_mut(), crossterm::terminal::Clear(crossterm::terminal::ClearType::All))
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
        take()?;
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
    let _ = execute!(out, EndSynchronizedUpdate, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
    let _ = out.flush();
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let done = execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide);
    if done.is_err() {
        give_back();
    }
    done
}

/// BEL, and the text as a notification. No control character of the text survives.
fn alert_bytes(text: &str) -> String {
    format!("\x07\x1b]9;{}\x07", clean(text))
}

fn new_terminal() -> io::Result<Terminal<Backend>> {
    Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 15, io::stdout())))
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

#[cfg(test)]
mod tests {
    use super::alert_bytes;

    #[test]
    fn an_alert_is_one_bell_and_one_notification_whatever_it_says() {
        assert_eq!(alert_bytes("tripped"), "\x07\x1b]9;tripped\x07");
        let hostile = alert_bytes("a\x07\x1b]52;c;x\x1b\\b\u{9c}\n");
        assert_eq!(hostile, "\x07\x1b]9;a]52;c;x\\b \x07");
    }
}
