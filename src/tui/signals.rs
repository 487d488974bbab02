//! The signals that concern a terminal program, as news for the event loop.

use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind};

/// What a signal asks for.
pub(super) enum News {
    /// The terminal is gone.
    HangUp,
    /// Leave, with this exit code.
    End(u8),
    /// Ctrl-Z.
    Stop,
    /// The shell's `fg`.
    GoOn,
    /// The terminal has another size.
    Resized,
}

/// The signals that concern a terminal program.
pub(super) struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    hang_up: unix::Signal,
    stop: unix::Signal,
    go_on: unix::Signal,
    resized: unix::Signal,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub(super) fn install() -> std::io::Result<Self> {
        let raw = |signal: Signal| unix::signal(SignalKind::from_raw(signal.as_raw()));
        Ok(Self {
            terminate: raw(Signal::TERM)?,
            interrupt: raw(Signal::INT)?,
            hang_up: raw(Signal::HUP)?,
            stop: raw(Signal::TSTP)?,
            go_on: raw(Signal::CONT)?,
            resized: raw(Signal::WINCH)?,
        })
    }

    /// The next one that comes.
    pub(super) async fn next(&mut self) -> News {
        tokio::select! {
            _ = self.hang_up.recv() => News::HangUp,
            _ = self.terminate.recv() => News::End(143),
            _ = self.interrupt.recv() => News::End(130),
            _ = self.stop.recv() => News::Stop,
            _ = self.go_on.recv() => News::GoOn,
            _ = self.resized.recv() => News::Resized,
        }
    }

    /// Returns when one comes that asks to leave.
    pub(super) async fn end(&mut self) {
        while matches!(self.next().await, News::Stop | News::GoOn | News::Resized) {}
    }
}
