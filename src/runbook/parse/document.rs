//! A runbook's text while it is read: what it declares, and the problems found so far.

use std::{cell::RefCell, collections::BTreeMap, ops::Range};

use toml::de::DeTable;

use super::problem::{Problem, position, quote};
use crate::text::clean;

/// The text under reading. Problems are collected, so that one reading reports all of them.
pub(super) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    /// Every signal that is declared, with its labels, whether or not the rest of it holds: a broken signal is one
    /// problem, not one more wherever it is used. No labels: they cannot be told.
    pub signals: BTreeMap<String, Vec<String>>,
    /// Keys of the rates that are declared.
    pub rates: Vec<String>,
    /// Keys of the cohorts that are declared.
    pub cohorts: Vec<String>,
    /// Keys of the items of evidence that are declared.
    pub evidence: Vec<String>,
    /// Duties that some role has, as they are written.
    pub duties: Vec<String>,
    findings: RefCell<Vec<Finding>>,
}

/// A problem whose place is not yet worked out: that takes a walk through the text.
struct Finding {
    offset: usize,
    text: String,
    message: String,
}

/// Problems reported of one file. More of them are one mistake, such as a file of another kind.
pub(super) const MOST: usize = 1000;

impl<'a> Document<'a> {
    pub fn new(file: &'a str, text: &'a str, root: &DeTable<'_>) -> Self {
        Self {
            file,
            text,
            signals: entries(root, "signal").filter_map(|signal| Some((key_of(signal)?, labels_of(signal)))).collect(),
            rates: entries(root, "rate").filter_map(key_of).collect(),
            cohorts: entries(root, "cohort").filter_map(key_of).collect(),
            evidence: entries(root, "evidence").filter_map(key_of).collect(),
            duties: entries(root, "role").filter_map(|role| word_of(role, "duty")).collect(),
            findings: RefCell::default(),
        }
    }

    /// Records a problem at `span`, about `text`.
    pub fn refuse(&self, span: &Range<usize>, text: impl Into<String>, message: impl AsRef<str>) {
        let finding = Finding { offset: span.start, text: text.into(), message: clean(message.as_ref()) };
        self.findings.borrow_mut().push(finding);
    }

    /// The text at `span`, short enough to be quoted.
    pub fn quote(&self, span: &Range<usize>) -> String {
        quote(self.text, span)
    }

    /// The line, from 1, on which `span` begins.
    pub fn line(&self, span: &Range<usize>) -> usize {
        position(self.text, span.start).0
    }

    /// Everything found, in the order of the text.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut findings = self.findings.into_inner();
        findings.sort_by_key(|finding| finding.offset);
        findings.truncate(MOST);
        let file = clean(self.file);
        let mut problems: Vec<Problem> = findings
            .into_iter()
            .map(|Finding { offset, text, message }| {
                let (line, column) = position(self.text, offset);
                Problem { file: file.clone(), line, column, text, message }
            })
            .collect();
        problems.dedup();
        problems
    }
}

/// The tables of the array `name`, or the one that stands where the array should.
fn entries<'t, 'i>(root: &'t DeTable<'i>, name: &str) -> impl Iterator<Item = &'t DeTable<'i>> {
    let value = root.get(name).map(|value| value.get_ref());
    let array = value.and_then(|value| value.as_array());
    let tables = array.into_iter().flat_map(|array| array.iter()).filter_map(|entry| entry.get_ref().as_table());
    tables.chain(value.and_then(|value| value.as_table()))
}

fn key_of(table: &DeTable<'_>) -> Option<String> {
    word_of(table, "key")
}

fn word_of(table: &DeTable<'_>, key: &str) -> Option<String> {
    table.get(key)?.get_ref().as_str().map(str::to_owned)
}

fn labels_of(signal: &DeTable<'_>) -> Vec<String> {
    let by = signal.get("by").and_then(|by| by.get_ref().as_array());
    let mut labels: Vec<String> = Vec::new();
    for label in by.into_iter().flat_map(|by| by.iter()) {
        if let Some(label) = label.get_ref().as_str().filter(|label| !labels.iter().any(|known| known == label)) {
            labels.push(label.to_owned());
        }
    }
    labels
}
