//! From text to a [`Runbook`]: TOML, read against the contract, every problem reported at its place.
//!
//! Each section has a reader that takes what it needs from a [`table::Table`]. A reader that meets something wrong
//! records it and reads on with a blank in its place, so one reading finds everything; a document with any problem
//! gives no runbook, so no blank is ever seen outside.

mod approval;
mod document;
mod gates;
mod guardrails;
mod logs;
mod monitors;
pub(crate) mod nearest;
mod problem;
mod procedure;
mod rates;
mod signals;
mod stages;
mod table;
mod targets;
mod triggers;
mod value;

use document::{Document, MOST};
pub use problem::Problem;
use table::Table;
use toml::de::DeTable;
use value::Value;

use super::Runbook;
use crate::fingerprint::sha256;

/// What belongs at the top of the file, before the first section. TOML puts it into a section when it comes later.
const TOP_LEVEL: &[&str] = &["scope", "preconditions", "rules", "sign_off"];

/// Sections that are looked for elsewhere, each entry under a header of its own.
const SECTIONS: &[&str] = &["check", "evidence", "role"];

/// The runbook that `text` says; `file` is how problems name it.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn parse(text: &str, file: &str) -> Result<Runbook, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (tree, faults) = DeTable::parse_recoverable(text);
    let doc = Document::new(file, text, tree.get_ref());

    // After a repeated key the rest still reads as it was meant; after any other fault of syntax it does not.
    let readable = faults.iter().all(|fault| fault.message() == "duplicate key");
    for fault in faults.iter().take(MOST) {
        refuse_syntax(&doc, text, fault);
    }
    let runbook = readable.then(|| {
        let root = Table::new(&doc, tree.get_ref(), 0..0, "(file)".to_owned(), String::new());
        runbook(root, sha256(text))
    });

    match (runbook, doc.into_problems()) {
        (Some(Some(runbook)), problems) if problems.is_empty() => Ok(runbook),
        (_, problems) => Err(problems),
    }
}

fn refuse_syntax(doc: &Document<'_>, text: &str, fault: &toml::de::Error) {
    let span = fault.span().unwrap_or(text.len()..text.len());
    let quoted = match doc.quote(&span) {
        quoted if quoted.is_empty() => {
            let line_start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |i| i + 1);
            let line_end = text[line_start..].find('\n').map_or(text.len(), |i| line_start + i);
            match doc.quote(&(line_start..line_end)) {
                line if line.is_empty() => "(end)".to_owned(),
                line => line,
            }
        }
        quoted => quoted,
    };
    let message = match fault.message() {
        "duplicate key" => "expected each key once in a table".to_owned(),
        other => format!("expected TOML: {other}"),
    };
    doc.refuse(&span, quoted, message);
}

fn runbook(root: Table<'_>, digest: String) -> Option<Runbook> {
    for section in ["cohort", "signal", "rate", "monitor", "stage", "trigger", "rollback", "check", "evidence", "role"]
    {
        root.refuse_repeats(section, &["key"]);
    }
    root.refuse_repeats("failure_message", &["text"]);
    root.refuse_repeats("code", &["signal", "code"]);

    let key = root.need("key", Value::slug);
    let title = root.need("title", Value::words);
    let scope = root.list("scope", Value::words);
    let preconditions = root.list("preconditions", Value::words);
    let rules = root.list("rules", Value::words);
    let evidence = root.list("evidence", |value| approval::evidence(value, &root));
    let sign_off = approval::sign_off(&root);
    let roles = approval::roles(&root);
    let deployed = root.optional("deployed", approval::deployed);
    let flag = root.required("flag", targets::flag);
    let cohorts = root.list("cohort", targets::cohort);
    let signals = root.list("signal", signals::signal);
    let rates = root.list("rate", rates::rate);
    let guardrails = root.optional("guardrails", guardrails::guardrails);
    let failure_messages = root.list("failure_message", guardrails::failure_message);
    let codes = root.list("code", guardrails::code);
    let monitors = root.list("monitor", monitors::monitor);
    let triggers = root.list("trigger", triggers::trigger);
    let rollback = procedure::steps(&root);
    let legacy = root.optional("legacy", |value| procedure::legacy_path(value, &signals));
    let checklist = root.list("check", approval::check);
    let qa = root.optional("qa", approval::qa);
    let stages = stages::stages(&root);
    signals::refuse_circles(&root);
    root.finish();

    Some(Runbook {
        key,
        title,
        scope,
        flag: flag?,
        preconditions,
        cohorts,
        stages,
        signals,
        rates,
        guardrails,
        failure_messages,
        codes,
        monitors,
        triggers,
        rollback,
        legacy,
        rules,
        checklist,
        qa,
        deployed,
        evidence,
        sign_off,
        roles,
        digest,
    })
}

/// A word to choose from `known`, and what it stands for.
fn one_of<T: Clone>(value: &Value<'_>, known: &[(&'static str, T)]) -> Option<T> {
    let word = value.exact()?;
    let found = known.iter().find(|(name, _)| *name == word).map(|(_, meaning)| meaning.clone());
    found.or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        value.refuse(format!("expected {}", names.join(" or ")))
    })
}
