//! `gonogo rollback confirm`: a person's word that uploads are on the legacy path again.

use clap::Args;

use crate::{
    audit::Event,
    cli::{
        Failure, block_on,
        options::Options,
        recording::{Recording, words},
    },
    judge::{LegacyEvidence, RollbackRecord},
    units,
};

#[derive(Debug, Args)]
pub(super) struct Confirm {
    /// What you looked at, and what it showed
    #[arg(long, value_name = "TEXT")]
    statement: String,
    /// As JSON: the entry that was made
    #[arg(long)]
    json: bool,
}

impl Confirm {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let needed =
            "say what you looked at and what it showed: --statement \"no vfs uploads in the access log since 03:10\"";
        let statement = words(&self.statement, needed)?;
        let recording = Recording::open(given)?;
        block_on(async {
            let history = recording.history().await?;
            let event = attested(history.rollback.as_ref(), statement.clone())?;
            let what = format!("legacy path confirmed after the rollback: {statement}");
            recording.answer(event, &what, self.json).await
        })
    }
}

/// The entry that says so, for the rollback that stands and on which nobody said so yet.
fn attested(rollback: Option<&RollbackRecord>, statement: String) -> Result<Event, Failure> {
    let refused = |what: String| Err(Failure::refused("nothing was recorded", vec![what]));
    let Some(rollback) = rollback.filter(|rollback| rollback.left_at.is_none()) else {
        return refused("the audit log knows of no rollback that stands".to_owned());
    };
    if let Some((at, operator, _)) = &rollback.legacy {
        let (at, operator) = (units::moment(*at), crate::text::clean(operator));
        return refused(format!("{operator} confirmed it already, at {at}"));
    }
    if rollback.verified_at.is_none() {
        let what = "the flag store has not been seen to say off since the rollback; run `gonogo rollback` first";
        return refused(what.to_owned());
    }
    Ok(Event::LegacyConfirmed { rollback: rollback.id.clone(), by: LegacyEvidence::Attested { statement } })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::cli::Exit;

    fn rollback() -> RollbackRecord {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        RollbackRecord {
            id: "ab".to_owned(),
            at,
            operator: "ann".to_owned(),
            host: "here".to_owned(),
            reason: "it burns".to_owned(),
            from_stage: "canary".to_owned(),
            candidate: None,
            before: None,
            joined: Vec::new(),
            verified_at: Some(at),
            legacy: None,
            kept: Vec::new(),
            resolved: None,
            left_at: None,
        }
    }

    #[test]
    fn a_word_is_taken_once_for_the_rollback_that_stands() {
        let said = attested(Some(&rollback()), "seen".to_owned()).unwrap();
        let by = LegacyEvidence::Attested { statement: "seen".to_owned() };
        assert_eq!(said, Event::LegacyConfirmed { rollback: "ab".to_owned(), by: by.clone() });
        let at = rollback().at;
        let refusals = [
            (None, "no rollback"),
            (Some(RollbackRecord { left_at: Some(at), ..rollback() }), "no rollback"),
            (
                Some(RollbackRecord { legacy: Some((at, "bob".to_owned(), by)), ..rollback() }),
                "bob confirmed it already",
            ),
            (Some(RollbackRecord { verified_at: None, ..rollback() }), "not been seen to say off"),
        ];
        for (rollback, why) in refusals {
            let failure = attested(rollback.as_ref(), "seen".to_owned()).unwrap_err();
            assert!(failure.message.contains(why), "{}", failure.message);
            assert_eq!(failure.exit as u8, Exit::Refused as u8);
        }
    }
}
