//! The first of two people: `gonogo advance --request` and `--withdraw`.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    Exit, Failure,
    change::{Change, refused},
    options::Options,
    output,
    recording::{Recording, words},
};
use crate::{
    audit::{Event, replay},
    operations,
    text::clean,
    units::moment,
};

/// Records that this is asked for, and answers by which id another operator confirms it, and until when.
pub(super) async fn record(change: &Change, reason: &str, json: bool) -> Result<u8, Failure> {
    let stage = change.stage();
    // It was asked for only where it takes two people; a time that no calendar has ends at once rather than never.
    let stands_for = stage.second_person.and_then(|time| TimeDelta::from_std(time).ok()).unwrap_or_default();
    let (look, now) = (&change.look, change.look.clock.now());
    let id = format!("{:08x}", rand::random::<u32>());
    let event = operations::request(id.clone(), &change.binding(), reason, now, stands_for);
    // Whatever came between the look and this makes it fall: it names all that it rests on.
    let appended = look.audit.append(now, &look.operator, event).await;
    let entry = appended.map_err(|fault| refused(vec![format!("requesting waits for the audit log: {fault}")]))?;
    let until = now.checked_add_signed(stands_for).unwrap_or(now);
    if json {
        let mut facts = change.facts();
        facts["outcome"] = "requested".into();
        facts["request"] = json!({"id": id, "entry": entry.seq, "operator": look.operator, "expires_at": until});
        output::json(&facts)?;
    } else {
        let (key, until) = (&stage.key, moment(until));
        output::answer(&format!(
            "requested as {id}, to be confirmed by another operator until {until}:\n  \
             gonogo advance --to {key} --reason TEXT --confirm {id}\n"
        ))?;
    }
    Ok(Exit::Done as u8)
}

/// Takes a request back.
pub(super) async fn withdraw(given: &Options, request: &str, reason: &str, json: bool) -> Result<u8, Failure> {
    let recording = Recording::open(given)?;
    let why = words(reason, "a request is taken back for a reason; give --reason in words")?;
    let record = recording.record().await?;
    let is_it = |event: &Event| matches!(event, Event::Requested(known) if known.id == request);
    if !record.entries.iter().any(|entry| is_it(&entry.event)) {
        let what = format!("the audit log has no request {:?}", clean(request));
        return Err(Failure::new(Exit::Usage, what));
    }
    if replay(&record).request.is_none_or(|standing| standing.request.id != request) {
        let what = format!("request {request} does not stand any more: there is nothing to take back");
        return Err(Failure::refused("nothing was recorded", vec![what]));
    }
    let what = format!("request {request} is withdrawn: {why}");
    recording.answer(Event::Withdrawn { request: request.to_owned(), why }, &what, json).await
}
