//! Whether what was kept is still there, as it was kept.

use serde_json::json;

use crate::{
    cli::{Exit, Failure, block_on, options::Options, output, recording::Recording},
    evidence::{Checked, State, verify_all},
    operations::this_host,
    units::plural,
};

/// Something is not as it was.
const BROKEN: u8 = 3;

pub(super) fn run(given: &Options, json: bool) -> Result<u8, Failure> {
    let recording = Recording::to_read(given)?;
    let record = block_on(recording.record())?;
    if let Some(damage) = &record.damage {
        output::complain(&format!("the audit log is damaged: {damage}; see gonogo audit verify"));
    }
    let all = verify_all(recording.data_dir(), &record.entries, &this_host());
    let broken = all.iter().filter(|checked| matches!(checked.state, State::Broken(_))).count();
    let elsewhere = all.iter().filter(|checked| checked.state == State::Elsewhere).count();
    let whole = all.len() - broken - elsewhere;
    if json {
        let each: Vec<_> = all.iter().map(facts).collect();
        output::json(&json!({"whole": whole, "elsewhere": elsewhere, "broken": broken, "files": each}))?;
    } else {
        let mut text: String = all.iter().map(line).collect();
        text.push_str(&match all.len() {
            0 => "no evidence was kept yet\n".to_owned(),
            n => format!(
                "{} on record: {whole} whole, {elsewhere} on other machines, {broken} broken\n",
                plural(n, "file")
            ),
        });
        output::answer(&text)?;
    }
    Ok(if broken > 0 || record.damage.is_some() { BROKEN } else { Exit::Done as u8 })
}

fn state(state: &State) -> (&'static str, Option<&str>) {
    match state {
        State::Whole => ("whole", None),
        State::Elsewhere => ("elsewhere", None),
        State::Broken(why) => ("broken", Some(why)),
    }
}

fn facts(checked: &Checked) -> serde_json::Value {
    let Checked { seq, what, host, path, .. } = checked;
    let (word, why) = state(&checked.state);
    json!({"entry": seq, "what": what, "host": host, "path": path, "state": word, "why": why})
}

fn line(checked: &Checked) -> String {
    let Checked { seq, what, host, path, .. } = checked;
    let end = match &checked.state {
        State::Whole => String::new(),
        State::Elsewhere => format!(", on {host}"),
        State::Broken(why) => format!(": {why}"),
    };
    format!("{:<9}  entry {seq}, {what}: {path}{end}\n", state(&checked.state).0)
}
