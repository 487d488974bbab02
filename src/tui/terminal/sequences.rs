//! What is sent to the terminal beside the frames. No control character of a text survives in it.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::text::clean;

/// Keeps the window's title (XTWINOPS).
pub(super) const KEEP_TITLE: &str = "\x1b[22;2t";
/// Gives it back.
pub(super) const GIVE_TITLE_BACK: &str = "\x1b[23;2t";

/// The window's title.
pub(super) fn title(text: &str) -> String {
    format!("\x1b]2;{}\x1b\\", clean(text))
}

/// BEL, and the text as a notification.
///
/// OSC 9 is what iTerm2 began, and ConEmu, `WezTerm`, kitty, Ghostty and Windows Terminal know, some for other things
/// too: those begin with a digit, and an alert begins with a word. Others leave it unread.
pub(super) fn alert(text: &str) -> String {
    format!("\x07\x1b]9;{}\x07", clean(text))
}

/// The text for the terminal's clipboard (OSC 52). As base64: whatever is in it, it is no sequence.
///
/// tmux takes it as it is where `set-clipboard` is on, and in an envelope where `allow-passthrough` is: it gets both.
pub(super) fn copy(text: &str, tmux: bool) -> String {
    let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    let wrapped = tmux.then(|| format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")));
    plain + &wrapped.unwrap_or_default()
}

/// Begins a link to this address; pieces of one number are one link.
pub(super) fn link(number: usize, address: &str) -> String {
    format!("\x1b]8;id=gonogo-{number};{address}\x1b\\")
}

/// Ends it.
pub(super) const END_OF_LINK: &str = "\x1b]8;;\x1b\\";

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\x07\x1b]52;c;x\x1b\\b\u{9c}\n";

    #[test]
    fn an_alert_is_one_bell_and_one_notification_whatever_it_says() {
        assert_eq!(alert("tripped"), "\x07\x1b]9;tripped\x07");
        assert_eq!(alert(HOSTILE), "\x07\x1b]9;a]52;c;x\\b \x07");
    }

    #[test]
    fn a_title_is_one_title_whatever_it_says() {
        assert_eq!(title("gonogo: GO"), "\x1b]2;gonogo: GO\x1b\\");
        assert_eq!(title(HOSTILE), "\x1b]2;a]52;c;x\\b \x1b\\");
    }

    #[test]
    fn tmux_gets_a_copy_as_it_is_and_in_an_envelope() {
        assert_eq!(copy("up \u{e9}", false), "\x1b]52;c;dXAgw6k=\x07");
        assert_eq!(copy("x", true), "\x1b]52;c;eA==\x07\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\");
    }
}
