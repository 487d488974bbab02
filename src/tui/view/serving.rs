//! Whether the stage has been seen to serve, in a few words.

use crate::{tui::model::Model, units::count};

/// `serving since 14:03 · 12 uploads`; without any yet, how long that has been. None where nobody is served.
pub fn line(model: &Model) -> Option<String> {
    let assessment = model.assessment.as_deref()?;
    let serving = assessment.standing.serving.as_ref()?;
    if let Some(why) = &serving.blind {
        return Some(format!("whether it serves cannot be seen: {why}"));
    }
    let dot = model.theme.glyphs.dot;
    Some(match serving.since {
        Some(since) => {
            let noun = if serving.attempts == 1 { "upload" } else { "uploads" };
            format!("serving since {} {dot} {} {noun}", model.times.write(since, "%H:%M"), count(serving.attempts))
        }
        None => {
            let waited = assessment.stage.entered_at.map(|at| format!(", {} since", hours(model.now - at)));
            format!("no upload yet{}", waited.unwrap_or_default())
        }
    })
}

/// The same in fewer columns.
pub fn short(model: &Model) -> Option<String> {
    let serving = model.assessment.as_deref()?.standing.serving.as_ref()?;
    match serving.since {
        _ if serving.blind.is_some() => None,
        Some(since) => Some(format!("serving since {}", model.times.write(since, "%H:%M"))),
        None => Some("no upload yet".to_owned()),
    }
}

/// `00:03:12`; below an hour still with its hours, so that it never changes its width within a day.
pub fn hours(span: chrono::TimeDelta) -> String {
    let s = span.num_seconds().max(0);
    format!("{:02}:{:02}:{:02}", s / 3600, s % 3600 / 60, s % 60)
}
