//! The terminal as the place where somebody types: read when there is something to read, by the one loop itself.
//!
//! crossterm's own stream reads in a thread of its own: each key then goes through two threads, and a sequence that came
//! in half, or a terminal that went away, holds the reader up until the next byte.

use std::{
    fs::File,
    io::{self, IsTerminal},
    os::fd::{AsFd, OwnedFd},
};

use crossterm::event::Event;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, read},
};
use tokio::io::{Interest, unix::AsyncFd};

use super::typed::Typed;

/// Bytes that are taken at once: more than anybody types, and a pasted text comes in pieces.
const PIECE: usize = 1024;

/// What is typed at the terminal.
#[derive(Debug)]
pub struct Input {
    terminal: AsyncFd<OwnedFd>,
    typed: Typed,
}

impl Input {
    /// The keyboard of this process: the standard input, or the terminal that the process belongs to where that is
    /// something else. Within a runtime.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn open() -> io::Result<Self> {
        let stdin = io::stdin();
        let terminal = match stdin.is_terminal() {
            true => stdin.as_fd().try_clone_to_owned()?,
            false => File::options().read(true).write(true).open("/dev/tty")?.into(),
        };
        Self::of(terminal)
    }

    fn of(terminal: OwnedFd) -> io::Result<Self> {
        #[expect(deprecated, reason = "its heir is unsafe; what is asked there, an OwnedFd keeps")]
        let terminal = AsyncFd::with_interest(terminal, Interest::READABLE)?;
        Ok(Self { terminal, typed: Typed::default() })
    }

    /// The next key, click or text. Nothing is lost where this is dropped before it returns.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn next(&mut self) -> io::Result<Event> {
        loop {
            if let Some(event) = self.typed.next() {
                return Ok(event);
            }
            let mut ready = self.terminal.readable().await?;
            let mut piece = [0; PIECE];
            // It may not be ready after all; then it is waited for again.
            if let Ok(count) = ready.try_io(|terminal| take(terminal.get_ref(), &mut piece)) {
                let count = count?;
                self.typed.take(&piece[..count], count == PIECE);
            }
        }
    }

    /// The next of those that were typed already; none where there are none.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn queued(&mut self) -> io::Result<Option<Event>> {
        loop {
            if let Some(event) = self.typed.next() {
                return Ok(Some(event));
            }
            let mut piece = [0; PIECE];
            match take(self.terminal.get_ref(), &mut piece) {
                Ok(count) => self.typed.take(&piece[..count], count == PIECE),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Reads without waiting. The terminal is shared with the shell, and stays as it was: a read would wait, so it is asked
/// first.
fn take(terminal: &OwnedFd, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match poll(&mut [PollFd::new(terminal, PollFlags::IN)], Some(&Timespec::default())) {
            Ok(0) => return Err(io::ErrorKind::WouldBlock.into()),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match read(terminal, &mut *piece) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => return Ok(count),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, time::Duration};

    use crossterm::event::KeyCode;
    use portable_pty::{MasterPty, PtySize, native_pty_system};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    use tokio::time::timeout;

    use super::*;

    /// A terminal, and a program's end of it.
    fn terminal() -> (Box<dyn MasterPty + Send>, Input) {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let name = pair.master.tty_name().unwrap();
        let slave = File::options().read(true).write(true).open(name).unwrap();
        let mut settings = tcgetattr(&slave).unwrap();
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings).unwrap();
        (pair.master, Input::of(slave.into()).unwrap())
    }

    async fn next(input: &mut Input) -> Option<io::Result<Event>> {
        timeout(Duration::from_millis(200), input.next()).await.ok()
    }

    #[tokio::test]
    async fn keys_come_one_by_one_and_half_a_key_is_waited_for_without_holding_anything_up() {
        let (master, mut input) = terminal();
        let mut keyboard = master.take_writer().unwrap();
        keyboard.write_all(b"jk\x1b[").unwrap();
        for code in ['j', 'k'] {
            assert!(matches!(next(&mut input).await, Some(Ok(Event::Key(key))) if key.code == KeyCode::Char(code)));
        }
        assert!(next(&mut input).await.is_none());
        assert!(input.queued().unwrap().is_none());
        keyboard.write_all(b"Ag").unwrap();
        assert!(matches!(next(&mut input).await, Some(Ok(Event::Key(key))) if key.code == KeyCode::Up));
        assert!(matches!(input.queued(), Ok(Some(Event::Key(key))) if key.code == KeyCode::Char('g')));
        assert!(input.queued().unwrap().is_none());
    }

    #[tokio::test]
    async fn more_than_a_piece_is_read_to_its_end() {
        let (master, mut input) = terminal();
        let mut keyboard = master.take_writer().unwrap();
        let pasted = "a line\r".repeat(400);
        let text = format!("\x1b[200~{pasted}\x1b[201~");
        let typist = std::thread::spawn(move || keyboard.write_all(text.as_bytes()).map(|()| keyboard));
        let Ok(Ok(Event::Paste(came))) = timeout(Duration::from_secs(20), input.next()).await else { panic!() };
        assert_eq!(came, pasted);
        drop(typist.join());
    }

    #[tokio::test]
    async fn a_terminal_that_went_away_is_an_error_and_no_endless_reading() {
        let (master, mut input) = terminal();
        drop(master);
        assert!(matches!(next(&mut input).await, Some(Err(_))));
        assert!(input.queued().is_err());
    }
}
