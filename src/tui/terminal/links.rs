//! Where on the screen an address stands that can be opened.
//!
//! Only addresses that are on record as evidence or as a report: a text that a source sends is never made a link. An
//! address that was cut, or that goes on in the next row, still leads to the whole of it.

use ratatui::buffer::Buffer;

use crate::{
    evidence::link,
    judge::{Attached, History},
};

/// Cells of one row that are a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Which address; pieces of the same have the same number.
    pub number: usize,
    /// Where it leads.
    pub address: String,
    row: u16,
    /// The first column, and the one behind the last.
    columns: (u16, u16),
}

impl Link {
    /// Whether this cell is part of it.
    pub fn covers(&self, x: u16, y: u16) -> bool {
        self.row == y && (self.columns.0..self.columns.1).contains(&x)
    }
}

/// Shortest piece of an address in a next row that is not the end of it; a shorter one may be any word.
const SHORTEST: usize = 4;

/// The addresses that people attached and that can be opened: of the web, without credentials, nothing but what an
/// address is made of. Each once.
pub fn known(history: &History) -> Vec<String> {
    let evidence = history.attachments.iter().map(|record| &record.attachment.attached);
    let checks = history.checks.iter().filter_map(|check| check.attached.as_ref());
    let mut found = Vec::new();
    for attached in evidence.chain(checks) {
        let Attached::Link { url } = attached else { continue };
        let plain = url.bytes().all(|byte| byte.is_ascii_graphic());
        if plain && link(url).is_ok_and(|address| address == *url) && !found.contains(url) {
            found.push(url.clone());
        }
    }
    found
}

/// The links on the screen.
pub fn find(buffer: &Buffer, known: &[String]) -> Vec<Link> {
    if known.is_empty() {
        return Vec::new();
    }
    let rows: Vec<Vec<Piece>> = (0..buffer.area.height).map(|row| pieces(buffer, row)).collect();
    let mut found = Vec::new();
    for (row, pieces) in rows.iter().enumerate() {
        for piece in pieces {
            let Some(start) = piece.text.find("http") else { continue };
            let shown = &piece.text[start..];
            let Some((number, length)) = address(shown, known) else { continue };
            let begin = piece.column + start;
            found.extend(link_at(number, known, row, begin, length));
            let mut rest = &known[number][length..];
            for below in rows.get(row + 1..).unwrap_or_default() {
                // The text goes on further left, and takes the row up to its end.
                let goes_on = |piece: &&Piece| {
                    piece.column <= begin
                        && (piece.text == rest || piece.text.len() >= SHORTEST)
                        && rest.starts_with(&piece.text)
                };
                let Some(next) = below.iter().find(goes_on).filter(|_| !rest.is_empty()) else { break };
                let row = rows.iter().position(|row| std::ptr::eq(row, below)).unwrap_or(row);
                found.extend(link_at(number, known, row, next.column, next.text.len()));
                rest = &rest[next.text.len()..];
            }
        }
    }
    found
}

fn link_at(number: usize, known: &[String], row: usize, column: usize, length: usize) -> Option<Link> {
    let columns = (u16::try_from(column).ok()?, u16::try_from(column + length).ok()?);
    Some(Link { number, address: known.get(number)?.clone(), row: u16::try_from(row).ok()?, columns })
}

/// Letters without a blank between them.
struct Piece {
    column: usize,
    text: String,
}

fn pieces(buffer: &Buffer, row: u16) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut goes_on = false;
    for x in 0..buffer.area.width {
        let symbol = buffer[(buffer.area.x + x, buffer.area.y + row)].symbol();
        let letter = symbol.len() == 1 && symbol.bytes().all(|byte| byte.is_ascii_graphic());
        match pieces.last_mut().filter(|_| goes_on) {
            Some(piece) if letter => piece.text.push_str(symbol),
            _ if letter => pieces.push(Piece { column: usize::from(x), text: symbol.to_owned() }),
            _ => {}
        }
        goes_on = letter;
    }
    pieces
}

/// The address that this text begins with, and how much of it: all of the longest, or of a single one its beginning.
fn address(shown: &str, known: &[String]) -> Option<(usize, usize)> {
    let whole = known.iter().enumerate().filter(|(_, address)| {
        // What goes on behind it is another address, but for the signs of the sentence that it stands in.
        shown.strip_prefix(address.as_str()).is_some_and(|rest| !rest.contains(|c: char| c.is_alphanumeric()))
    });
    if let Some((number, address)) = whole.max_by_key(|(_, address)| address.len()) {
        return Some((number, address.len()));
    }
    // Cut off, with two dots where there is no sign for it.
    let begun = shown.strip_suffix("..").unwrap_or(shown);
    let beyond_host = begun.split_once("://").is_some_and(|(_, rest)| !rest.is_empty());
    let mut cut = known.iter().enumerate().filter(|(_, address)| beyond_host && address.starts_with(begun));
    match (cut.next(), cut.next()) {
        (Some((number, _)), None) => Some((number, begun.len())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;

    fn buffer(rows: &[&str]) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 40, rows.len() as u16));
        for (y, row) in rows.iter().enumerate() {
            buffer.set_string(0, y as u16, row, Style::new());
        }
        buffer
    }

    fn found(rows: &[&str], known: &[&str]) -> Vec<(usize, u16, (u16, u16))> {
        let known: Vec<String> = known.iter().map(|address| (*address).to_owned()).collect();
        find(&buffer(rows), &known).into_iter().map(|link| (link.number, link.row, link.columns)).collect()
    }

    const RUN: &str = "https://ci.example/run/7";

    #[test]
    fn only_what_is_known_is_a_link() {
        assert_eq!(found(&["see https://ci.example/run/7, then"], &[RUN]), [(0, 0, (4, 28))]);
        assert_eq!(found(&["│https://ci.example/run/7│"], &[RUN]), [(0, 0, (1, 25))]);
        assert_eq!(found(&["see https://ci.example/run/77"], &[RUN]), []);
        assert_eq!(found(&["see https://evil.example/"], &[RUN]), []);
        assert_eq!(found(&["see https://ci.example/run/7"], &[]), []);
    }

    #[test]
    fn what_was_cut_leads_to_the_whole_of_it_where_that_is_one() {
        assert_eq!(found(&["https://ci.exam…"], &[RUN]), [(0, 0, (0, 15))]);
        assert_eq!(found(&["https://ci.exam.."], &[RUN]), [(0, 0, (0, 15))]);
        assert_eq!(found(&["https://ci.exam…"], &[RUN, "https://ci.example/run/8"]), []);
        assert_eq!(found(&["https://…"], &[RUN]), []);
    }

    #[test]
    fn what_goes_on_in_the_next_row_is_one_link() {
        let rows = [
            "│ there is  ann: https://ci.exam │",
            "│           ple/run/7            │",
            "│ keys                           │",
        ];
        assert_eq!(found(&rows, &[RUN]), [(0, 0, (17, 32)), (0, 1, (12, 21))]);
        let rows = ["│ there is  ann: https://ci.exam │", "│           nothing              │"];
        assert_eq!(found(&rows, &[RUN]), [(0, 0, (17, 32))]);
    }

    #[test]
    fn an_address_that_could_hide_something_is_none() {
        let history = |url: &str| {
            let attached = Attached::Link { url: url.to_owned() };
            let attachment =
                crate::judge::Attachment { item: "x".to_owned(), candidate: None, attached, note: String::new() };
            let at = chrono::DateTime::UNIX_EPOCH;
            let (operator, host) = (String::new(), String::new());
            let record = crate::judge::AttachmentRecord { at, operator, host, attachment };
            History { attachments: vec![record.clone(), record], ..History::default() }
        };
        assert_eq!(known(&history(RUN)), [RUN]);
        for no in [
            "file:///etc/passwd",
            "https://x/\x1b]8;;\x07",
            "https://a:b@x/",
            "https://x/é",
            "javascript:x",
            "https://x/ y",
        ] {
            assert_eq!(known(&history(no)), Vec::<String>::new(), "{no:?}");
        }
    }
}
