//! The mouse, where it is wanted: it is taken, it is given back, and it confirms nothing.

use super::{proofs::OVERVIEW, *};

#[test]
fn the_mouse_is_taken_only_where_it_is_wanted_and_confirms_nothing() {
    let demo = Demo::open(&[]);
    assert_eq!(demo.pty.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None, "not unless it is asked for");
    demo.quits();

    let mut demo = Demo::open(&["--mouse"]);
    assert_eq!(demo.pty.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::PressRelease, "no movements");
    demo.pty.sees("gates pending");
    let flags = demo.flag_file();
    demo.clicks("Guardrails");
    demo.pty.sees("raised when");
    demo.clicks("Esc back");
    demo.pty.sees(OVERVIEW);
    demo.clicks("R roll back");
    demo.pty.sees("Sent again until the store confirms it");
    demo.clicks("  Roll back ");
    demo.pty.sees("▸ Roll back");
    demo.clicks("▸ Roll back");
    demo.clicks("y roll back");
    demo.pty.settles();
    demo.pty.sees("Sent again until the store confirms it");
    assert_eq!(demo.flag_file(), flags);
    demo.closes("Sent again until the store confirms it");
    demo.quits();

    let demo = Demo::open(&["--mouse"]);
    demo.pty.signal(Signal::TERM);
    demo.ends_with(143);
}

impl Demo {
    /// Clicks on the last place where the screen says this.
    fn clicks(&mut self, text: &str) {
        self.pty.sees(text);
        let screen = self.pty.screen();
        let rows: Vec<String> = screen.rows(0, 200).collect();
        let place =
            rows.iter().enumerate().rev().find_map(|(y, row)| Some((row[..row.rfind(text)?].chars().count(), y)));
        let (x, y) = place.unwrap();
        // Columns and rows are counted from 1; pressed, and let go.
        self.pty.types(&format!("\x1b[<0;{0};{1}M\x1b[<0;{0};{1}m", x + 2, y + 1));
    }
}
