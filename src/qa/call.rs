//! The words of the gate's command. Pure: no shell takes them apart, or puts anything in.

use std::path::Path;

use crate::{
    fault::{Fault, FaultKind},
    runbook::QaGate,
};

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What is run.
    pub program: String,
    /// Its arguments, in order.
    pub arguments: Vec<String>,
}

/// The gate's command, told to write its report to this file.
///
/// # Errors
/// [`FaultKind::Configuration`] where the runbook's command cannot be split into words, or has none.
pub fn call(gate: &QaGate, report: &Path) -> Result<Call, Fault> {
    let broken = |what: String| Fault::new(FaultKind::Configuration, what, "correct [qa] command in the runbook");
    let words = shell_words::split(&gate.command).map_err(|error| {
        broken(format!("the gate's command `{}` cannot be split into words: {error}", gate.command))
    })?;
    let mut words = words.into_iter();
    let program = words.next().filter(|program| !program.is_empty());
    let program = program.ok_or_else(|| broken("the gate's command names no program".to_owned()))?;
    let report = report.display().to_string();
    let told = gate.report.iter().map(|argument| argument.replace("{report}", &report));
    Ok(Call { program, arguments: words.chain(told).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::built_in;

    #[test]
    fn words_are_split_as_in_a_shell_and_nothing_is_put_in() {
        let mut gate = built_in().qa.clone().unwrap();
        let called = call(&gate, Path::new("/tmp/a b.json")).unwrap();
        assert_eq!(called.program, "pnpm");
        assert_eq!(called.arguments, ["qaVfsSecureUpload", "--report-json", "/tmp/a b.json"]);
        gate.command = "make 'qa all' $HOME; rm".to_owned();
        gate.report = vec!["--out={report}".to_owned()];
        let called = call(&gate, Path::new("r.json")).unwrap();
        assert_eq!(called.arguments, ["qa all", "$HOME;", "rm", "--out=r.json"]);
        for command in ["", "  ", "make 'qa", "'' x"] {
            gate.command = command.to_owned();
            assert!(call(&gate, Path::new("r.json")).is_err(), "{command:?}");
        }
    }
}
