//! A record as nearly all are written, read in one pass over its bytes.
//!
//! It knows a part of JSON, and a JSON object in a string without undoing its escapes first. Of the rest, and of
//! everything that is no JSON, it says that it does not know, and serde_json reads the line: what is a record, and what
//! is told of a line that is none, is never decided here.

use super::{
    plan::{Node, Plan, TIME},
    record::Record,
};

/// Lists and objects in skipped values are followed so deep.
const DEPTH: u32 = 32;
/// A whole number of so many digits fits an i64.
const DIGITS: usize = 18;

/// Reads `line` into `record`, which must be cleared. None where it is in a form that is not known here: the record is
/// then to be cleared again. Else, whether nested fields were skipped, because the name before them ruled the record
/// out; they never are if `skim` is not set.
pub(super) fn scan(record: &mut Record, plan: &Plan, line: &str, skim: bool) -> Option<bool> {
    let mut scan = Scan::<false> { json: line, at: 0, skim: skim.then_some(plan), skipped: false };
    scan.token()?;
    scan.object(&plan.root, record)?;
    scan.rest_is_blank().then_some(scan.skipped)
}

/// A place in JSON; if `QUOTED`, in JSON that stands in a string, such that each quote has a backslash before it.
struct Scan<'a, const QUOTED: bool> {
    json: &'a str,
    at: usize,
    /// What can rule the record out, where nested fields may be skipped.
    skim: Option<&'a Plan>,
    skipped: bool,
}

impl<'a, const QUOTED: bool> Scan<'a, QUOTED> {
    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn take_word(&mut self, word: &str) -> Option<()> {
        self.json.as_bytes().get(self.at..)?.starts_with(word.as_bytes()).then(|| self.at += word.len())
    }

    /// Goes to the next byte that is no blank.
    fn token(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' => self.at += 1,
                b'\t' | b'\n' | b'\r' if !QUOTED => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    fn rest_is_blank(&mut self) -> bool {
        self.token().is_none() && self.at == self.json.len()
    }

    /// Whether a string begins here.
    fn at_string(&self) -> bool {
        self.peek() == Some(if QUOTED { b'\\' } else { b'"' })
    }

    fn quote(&mut self) -> Option<()> {
        if QUOTED {
            self.take(b'\\')?;
        }
        self.take(b'"')
    }

    /// A string without escapes.
    fn plain(&mut self) -> Option<&'a str> {
        self.quote()?;
        let from = self.at;
        self.at = plain_until(self.json.as_bytes(), from);
        let text = self.json.get(from..self.at)?;
        self.quote()?;
        Some(text)
    }

    /// The key of a field, and what parts it from its value.
    fn key(&mut self) -> Option<&'a str> {
        self.token()?;
        let key = self.plain()?;
        self.colon()?;
        Some(key)
    }

    fn colon(&mut self) -> Option<()> {
        self.token()?;
        self.take(b':')?;
        self.token().map(|_| ())
    }

    /// Whether the list or object ends here, with `close`; if not, another value follows.
    fn ends(&mut self, close: u8) -> Option<bool> {
        let byte = self.token()?;
        self.at += 1;
        (byte == close || byte == b',').then_some(byte == close)
    }

    /// Whether it is empty: `close` follows its beginning.
    fn empty(&mut self, close: u8) -> Option<bool> {
        self.at += 1;
        let empty = self.token()? == close;
        self.at += usize::from(empty);
        Some(empty)
    }

    /// An object of which some fields are wanted.
    fn object(&mut self, node: &Node, record: &mut Record) -> Option<()> {
        if self.peek()? != b'{' {
            return None;
        }
        if self.empty(b'}')? {
            return Some(());
        }
        loop {
            let key = self.key()?;
            match node.child(key) {
                None => self.skip(DEPTH)?,
                Some(child) => {
                    record.forget(child);
                    if child.children.is_empty() { self.leaf(child, record)? } else { self.nested(child, record)? }
                }
            }
            if self.ends(b'}')? {
                return Some(());
            }
        }
    }

    /// The value of a wanted field that has no wanted fields in it.
    fn leaf(&mut self, node: &Node, record: &mut Record) -> Option<()> {
        if self.at_string() {
            record.keep(node, self.plain()?);
            return Some(());
        }
        match self.peek()? {
            b'0'..=b'9' => {
                let digits = self.whole()?;
                if node.slot == Some(TIME) {
                    record.time_ms = Some(digits.parse().ok()?);
                } else {
                    record.keep(node, digits);
                }
            }
            b't' => {
                self.take_word("true")?;
                record.keep(node, "true");
            }
            b'f' => {
                self.take_word("false")?;
                record.keep(node, "false");
            }
            b'n' | b'[' | b'{' => self.skip(DEPTH)?,
            _ => return None,
        }
        Some(())
    }

    /// The value of a field that has wanted fields in it: an object, or a string that holds one.
    fn nested(&mut self, node: &Node, record: &mut Record) -> Option<()> {
        if self.skim.is_some_and(|plan| plan.rules_out(&record.texts)) {
            self.skipped = true;
            return self.skip(DEPTH);
        }
        if self.at_string() {
            if QUOTED || node.slot.is_some() {
                return None;
            }
            self.at += 1;
            if self.take_word("null\"").or_else(|| self.take(b'"')).is_some() {
                return Some(());
            }
            let mut inner = Scan::<true> { json: self.json, at: self.at, skim: None, skipped: false };
            inner.token()?;
            inner.object(node, record)?;
            inner.token()?;
            self.at = inner.at;
            return self.take(b'"');
        }
        if self.peek()? != b'{' {
            return self.skip(DEPTH);
        }
        let skim = self.skim.take();
        self.object(node, record)?;
        self.skim = skim;
        Some(())
    }

    /// Any value.
    fn skip(&mut self, depth: u32) -> Option<()> {
        if self.at_string() {
            return self.skip_string();
        }
        match self.peek()? {
            b'-' | b'0'..=b'9' => self.skip_number(),
            b't' => self.take_word("true"),
            b'f' => self.take_word("false"),
            b'n' => self.take_word("null"),
            b'[' => {
                let depth = depth.checked_sub(1)?;
                let mut ended = self.empty(b']')?;
                while !ended {
                    self.token()?;
                    self.skip(depth)?;
                    ended = self.ends(b']')?;
                }
                Some(())
            }
            b'{' => {
                let depth = depth.checked_sub(1)?;
                let mut ended = self.empty(b'}')?;
                while !ended {
                    self.token()?;
                    self.skip_string()?;
                    self.colon()?;
                    self.skip(depth)?;
                    ended = self.ends(b'}')?;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        if QUOTED {
            return self.plain().map(|_| ());
        }
        self.quote()?;
        let bytes = self.json.as_bytes();
        loop {
            self.at = plain_until(bytes, self.at);
            match bytes.get(self.at..)? {
                [b'"', ..] => {
                    self.at += 1;
                    return Some(());
                }
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => self.at += 2,
                [b'\\', b'u', hex @ ..] if hex.first_chunk::<4>()?.iter().all(u8::is_ascii_hexdigit) => self.at += 6,
                _ => return None,
            }
        }
    }

    fn skip_digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    /// Digits without a needless zero before them.
    fn natural(&mut self) -> Option<&'a str> {
        let from = self.at;
        self.skip_digits()?;
        let digits = self.json.get(from..self.at)?;
        (digits.len() == 1 || !digits.starts_with('0')).then_some(digits)
    }

    /// A whole number without a sign.
    fn whole(&mut self) -> Option<&'a str> {
        let digits = self.natural()?;
        let whole = digits.len() <= DIGITS && !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        whole.then_some(digits)
    }

    fn skip_number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        self.natural()?;
        if self.take(b'.').is_some() {
            self.skip_digits()?;
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _ = self.take(b'+').or_else(|| self.take(b'-'));
            self.skip_digits()?;
        }
        Some(())
    }
}

/// The first place from `at` on that has a quote, a backslash or a control character; the end if there is none.
///
/// Looks at eight bytes at a time: of a word less one in each byte, a byte whose highest bit came to be set was zero
/// (Mycroft); a borrow can fake that only above a byte that was found.
fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGHEST: u64 = ONES << 7;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let equal = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*eight);
        let found = (equal(word, b'"') | equal(word, b'\\') | below(word, b' ')) & HIGHEST;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    bytes.get(at..).and_then(|rest| rest.iter().position(special)).map_or(bytes.len(), |n| at + n)
}

#[cfg(test)]
mod tests;
