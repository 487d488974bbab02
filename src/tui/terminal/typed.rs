//! What was typed, out of the bytes that a terminal sends for it.

use std::collections::VecDeque;

use crossterm::event::Event;
use terminput_crossterm::to_crossterm;

const ESC: u8 = 0x1b;
/// What a control sequence begins with (ECMA-48, 5.4).
const CSI: &[u8] = b"\x1b[";
/// The beginning of a click as the oldest terminals tell it: three bytes follow, any of them.
const CLICK: &[u8] = b"\x1b[M";
/// Around a pasted text.
const PASTE: (&[u8], &[u8]) = (b"\x1b[200~", b"\x1b[201~");

/// Takes bytes as they come, in pieces that may end anywhere, and gives keys, clicks, pasted texts and changes of the
/// focus. What is none of these is left out.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The beginning of a sequence whose end has not come.
    begun: Vec<u8>,
    events: VecDeque<Event>,
}

impl Typed {
    /// Takes these bytes; `more` says whether further ones are there already.
    ///
    /// Nothing tells the key Esc from the first byte of a sequence but what follows it: with nothing behind it, it is the
    /// key. To wait for more would make each Esc late.
    pub(super) fn take(&mut self, bytes: &[u8], more: bool) {
        for (at, byte) in bytes.iter().enumerate() {
            let last = at + 1 == bytes.len() && !more;
            if self.is_cut_off_by(*byte) {
                self.cut_off();
            }
            self.begun.push(*byte);
            if self.begun != [ESC] || last {
                self.parse();
            }
        }
    }

    /// Whether a byte is none of the sequence that has begun, which then has no end to come.
    fn is_cut_off_by(&self, byte: u8) -> bool {
        let begun = &self.begun;
        let within_control = begun.starts_with(CSI) && !begun.starts_with(CLICK) && !begun.starts_with(PASTE.0);
        let any = begun.is_empty() || begun.starts_with(PASTE.0);
        !any && (byte == ESC || within_control && !(0x20..=0x7e).contains(&byte))
    }

    fn cut_off(&mut self) {
        // Alone, it was the key.
        if self.begun == [ESC] {
            self.parse();
        }
        self.begun.clear();
    }

    fn parse(&mut self) {
        if !is_whole(&self.begun) {
            return;
        }
        let event = match is_nowhere(&self.begun) {
            true => None,
            false => match terminput::Event::parse_from(&self.begun) {
                Ok(None) if !self.begun.starts_with(CSI) => return,
                Ok(event) => event,
                Err(_) => None,
            },
        };
        self.events.extend(event.and_then(|event| to_crossterm(event).ok()));
        self.begun.clear();
    }

    /// The next one, in the order in which they were typed.
    pub(super) fn next(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

/// Whether a control sequence has its final byte. The parser gives some up before that, and the rest of them would be
/// keys: the answer to a question that another program asked must press none.
fn is_whole(sequence: &[u8]) -> bool {
    match sequence.strip_prefix(CSI) {
        None => true,
        Some(_) if sequence.starts_with(PASTE.0) => sequence.ends_with(PASTE.1),
        Some([b'M', click @ ..]) => click.len() == 3,
        // The function keys of the Linux console.
        Some([b'[', key @ ..]) => !key.is_empty(),
        Some(rest) => rest.last().is_some_and(|byte| (0x40..=0x7e).contains(byte)),
    }
}

/// Whether this is a click at column or row 0: they count from 1, and the parser would count below that.
fn is_nowhere(sequence: &[u8]) -> bool {
    if sequence.starts_with(PASTE.0) || !sequence.starts_with(CSI) {
        return false;
    }
    if let Some(click) = sequence.strip_prefix(CLICK) {
        return click.iter().skip(1).any(|place| *place <= b' ');
    }
    let Some((b'M' | b'm', click)) = sequence.split_last() else { return false };
    let zero = |number: &[u8]| !number.is_empty() && number.iter().all(|digit| b"+0".contains(digit));
    click.split(|byte| *byte == b';').skip(1).any(zero)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};
    use proptest::prelude::*;

    use super::*;

    /// What comes out of these pieces.
    fn typed(pieces: &[&[u8]]) -> Vec<Event> {
        let mut typed = Typed::default();
        pieces.iter().for_each(|piece| typed.take(piece, false));
        std::iter::from_fn(|| typed.next()).collect()
    }

    fn key(code: KeyCode) -> Event {
        Event::Key(code.into())
    }

    #[test]
    fn a_sequence_is_one_key_wherever_it_was_cut() {
        for cut in 2..6 {
            let (head, tail) = b"\x1b[1;5C".split_at(cut);
            let with_control = Event::Key(KeyEvent::new(KeyCode::Right, KeyModifiers::CONTROL));
            assert_eq!(typed(&[head, tail]), [with_control], "cut at {cut}");
        }
        assert_eq!(typed(&[b"\xe6\xbc", b"\xa2j"]), [key(KeyCode::Char('漢')), key(KeyCode::Char('j'))]);
    }

    #[test]
    fn keys_of_old_terminals_are_known() {
        assert_eq!(
            typed(&[b"\x1bOA\x1bOP\x1b[[A\x1b[11~\x1b[Z\x7f\x01"]),
            [
                key(KeyCode::Up),
                key(KeyCode::F(1)),
                key(KeyCode::F(1)),
                key(KeyCode::F(1)),
                Event::Key(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT)),
                key(KeyCode::Backspace),
                Event::Key(KeyEvent::new(KeyCode::Char('a'), KeyModifiers::CONTROL)),
            ]
        );
        let clicks = typed(&[b"\x1b[<0;5;3M", b"\x1b[M %#"]);
        for click in &clicks {
            assert!(matches!(click, Event::Mouse(MouseEvent { column: 4, row: 2, .. })), "{click:?}");
        }
        assert_eq!(clicks.len(), 2);
    }

    #[test]
    fn esc_alone_is_the_key_at_once() {
        assert_eq!(typed(&[b"\x1b"]), [key(KeyCode::Esc)]);
        assert_eq!(typed(&[b"\x1b\x1b"]), [key(KeyCode::Esc), key(KeyCode::Esc)]);
        assert_eq!(typed(&[b"\x1b\x1b[A"]), [key(KeyCode::Esc), key(KeyCode::Up)]);
        assert_eq!(typed(&[b"j\x1b"]), [key(KeyCode::Char('j')), key(KeyCode::Esc)]);
        let with_alt = Event::Key(KeyEvent::new(KeyCode::Char('j'), KeyModifiers::ALT));
        assert_eq!(typed(&[b"\x1bj"]), [with_alt]);
    }

    #[test]
    fn a_sequence_without_its_end_is_given_up_where_another_one_begins() {
        assert_eq!(typed(&[b"\x1b[5", b"\x1b[A"]), [key(KeyCode::Up)]);
        assert_eq!(typed(&[b"\xe6\xbc", b"\x1b[A"]), [key(KeyCode::Up)]);
        assert_eq!(typed(&[b"\x1b[5", b"\r"]), [key(KeyCode::Enter)]);
    }

    #[test]
    fn a_piece_that_ends_because_it_was_full_does_not_end_a_sequence() {
        let mut typed = Typed::default();
        typed.take(b"j\x1b", true);
        typed.take(b"[B", false);
        assert_eq!(typed.next(), Some(key(KeyCode::Char('j'))));
        assert_eq!(typed.next(), Some(key(KeyCode::Down)));
        assert_eq!(typed.next(), None);
    }

    #[test]
    fn a_pasted_text_is_one_event_and_none_of_its_letters_is_a_key() {
        let pieces: [&[u8]; 4] = [b"\x1b[200~R", b"\x1b[A\r", b"y\x1b[20", b"1~q"];
        assert_eq!(typed(&pieces), [Event::Paste("R\x1b[A\ry".to_owned()), key(KeyCode::Char('q'))]);
    }

    #[test]
    fn what_is_no_key_is_left_out() {
        assert_eq!(typed(&[b"\x1b[I", b"\x1b[O"]), [Event::FocusGained, Event::FocusLost]);
        // Answers to questions that another program asked, clicks outside the screen, and bytes that are no text.
        for foreign in ["\x1b[?62;22c", "\x1b[?2026;1$y", "\x1b[>1;10;0c", "\x1b[<0;0;7M", "\x1b[<0;+0;7M"] {
            assert_eq!(typed(&[foreign.as_bytes(), b"j"]), [key(KeyCode::Char('j'))], "{foreign:?}");
        }
        assert_eq!(typed(&[b"\xff\xfej"]), [key(KeyCode::Char('j'))]);
    }

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let sequences = "(\x1b[\\[O]?[<?>M\\[]?[+0-9;: !#]{0,5}[~uMmcRAtZ]?){1,3}".prop_map(String::into_bytes);
        prop_oneof![prop::collection::vec(any::<u8>(), 0..9), sequences, Just(PASTE.0.to_vec()), Just(PASTE.1.to_vec()),]
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_leave_the_next_keys_alone(
            pieces in prop::collection::vec(piece(), 0..9),
        ) {
            let mut typed = Typed::default();
            for piece in &pieces {
                typed.take(piece, false);
            }
            let _ = std::iter::from_fn(|| typed.next()).count();
            // However a sequence went wrong, and within a pasted text after its end, the next key is itself.
            typed.take(b"\x1b[201~", false);
            typed.take(b"\x1b[B", false);
            let events: Vec<Event> = std::iter::from_fn(|| typed.next()).collect();
            prop_assert_eq!(events.last(), Some(&key(KeyCode::Down)));
        }
    }
}
