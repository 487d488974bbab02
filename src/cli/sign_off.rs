//! `gonogo sign-off`: the release owner's signature, bound to stage, candidate and what was judged of both.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::{
    Exit, Failure, block_on, change,
    gather::Look,
    options::Options,
    output,
    recording::{required, tell_names, words},
};
use crate::{
    facts,
    judge::{Assessment, BlockField},
    operations::{Signing, append_named, block, sign},
    runbook::{Fill, Runbook, nearest},
    session::Session,
    text::clean,
};

#[derive(Debug, Args)]
pub(super) struct SignOff {
    /// The stage that is signed for, written out: it must be the present one
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,
    /// What was decided, in words
    #[arg(long, value_name = "TEXT")]
    statement: String,
    /// What goes into a field of the block that is filled in by hand; may be given several times
    #[arg(long = "field", value_name = "TITLE=VALUE")]
    fields: Vec<String>,
    /// Print the block as it would be signed and what is open, and record nothing
    #[arg(long)]
    print: bool,
    /// How long to wait for the sources
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    wait: Duration,
    /// Print the entry, the block, or why it was refused, as JSON
    #[arg(long)]
    json: bool,
}

impl SignOff {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let statement = words(&self.statement, "a signature says what was decided; give --statement in words")?;
        let mut session = change::session(given, !self.print)?;
        if let Some(named) = &self.stage {
            change::stage(&session.runbook, named)?;
        }
        session.candidate = Some(required(session.candidate.as_deref())?);
        let fields = self.fields.iter().map(|field| by_hand(&session.runbook, field)).collect::<Result<_, _>>()?;
        let signing = Signing { operator: session.operator.clone(), statement, fields };
        block_on(self.sign(session, &signing))
    }

    async fn sign(&self, session: Session, signing: &Signing) -> Result<u8, Failure> {
        let (look, assessment) = match self.print {
            // Who only prints leaves the log as it is.
            true => {
                let look = Look::take(session, self.wait).await;
                let assessment = look.assess();
                (look, assessment)
            }
            false => change::look(session, self.wait, "signing").await?,
        };
        let (runbook, history) = (&look.runbook, &look.history);
        let filled = block(runbook, history, &assessment, signing);
        let mut signed = sign(runbook, history, &assessment, signing, look.clock.now());
        let present = &assessment.stage.key;
        if let Some(named) = self.stage.as_ref().filter(|named| *named != present) {
            let elsewhere = format!("the rollout is in stage {present}, not in {named}");
            signed = Err([vec![elsewhere], signed.err().unwrap_or_default()].concat());
        }
        let asks = runbook.stage(present).is_some_and(|(_, stage)| facts::asks_for_signature(stage));
        if !asks {
            output::tell(&format!("no gate of stage {present} asks for a signature"));
        }
        if self.print {
            return self.printed(&filled, signed.err().unwrap_or_default(), &assessment);
        }
        if !self.json && !filled.is_empty() {
            output::answer(&text(&filled))?;
        }
        let event = signed.map_err(|why| Failure::refused("nothing was signed", why))?;
        let (mut names, at) = (Vec::new(), (&history.head, || look.clock.now()));
        let audit = look.audit.as_ref();
        let signed = append_named(audit, (runbook, history), &look.operator, at, event, &mut names).await;
        // They are on record, whatever became of the signature.
        tell_names(runbook, &names, self.json)?;
        let entry = signed?;
        let on = assessment.candidate.as_deref().map(clean).unwrap_or_default();
        match self.json {
            true => output::json(&entry)?,
            false => output::answer(&format!(
                "recorded as entry {}: signed off {present} for {on}: {}\n",
                entry.seq, signing.statement
            ))?,
        }
        Ok(Exit::Done as u8)
    }

    /// The block and what is open: 0 where it can be signed, else as a refusal ends.
    fn printed(&self, filled: &[BlockField], open: Vec<String>, assessment: &Assessment) -> Result<u8, Failure> {
        let ready = open.is_empty();
        match self.json {
            true => output::json(&json!({
                "stage": assessment.stage.key,
                "candidate": assessment.candidate,
                "approval": assessment.approval,
                "block": filled.iter().map(facts_of).collect::<Vec<_>>(),
                "open": open,
            }))?,
            false => {
                let open: String = open.iter().map(|open| format!("open: {open}\n")).collect();
                output::answer(&format!("{}{open}", text(filled)))?;
            }
        }
        Ok(if ready { Exit::Done } else { Exit::Refused } as u8)
    }
}

/// A field that was given, by the title that the block has for it.
fn by_hand(runbook: &Runbook, given: &str) -> Result<(String, String), Failure> {
    let usage = |what: String| Failure::new(Exit::Usage, what);
    let Some((title, value)) = given.split_once('=') else {
        return Err(usage(format!("--field {:?} is not like \"Title=value\"", clean(given))));
    };
    let fields = runbook.sign_off.iter().filter(|field| field.fill == Fill::ByHand);
    let titles: Vec<&str> = fields.map(|field| field.title.as_str()).collect();
    let title = title.trim();
    let Some(known) = titles.iter().find(|known| known.eq_ignore_ascii_case(title)) else {
        if runbook.sign_off.iter().any(|field| field.title.eq_ignore_ascii_case(title)) {
            return Err(usage(format!("{} is filled from what is on record, not by hand", clean(title))));
        }
        let title = clean(title);
        let choice = nearest::choice(&title, titles);
        return Err(usage(format!("the sign-off block has no field {title:?} to fill in; {choice}")));
    };
    let value = words(value, &format!("--field {:?} has no value", clean(title)))?;
    Ok(((*known).to_owned(), value))
}

fn text(filled: &[BlockField]) -> String {
    let each = filled.iter().map(|field| match (&field.value, &field.open) {
        (Some(value), _) => format!("- {}: {value}\n", field.title),
        (None, open) => format!("- {}: open ({})\n", field.title, open.as_deref().unwrap_or("not filled in")),
    });
    each.collect()
}

fn facts_of(field: &BlockField) -> Value {
    json!({"title": field.title, "value": field.value, "open": field.open})
}
