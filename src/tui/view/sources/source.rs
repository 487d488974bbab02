//! One source: telemetry, the flag store, the audit log, telemetry of another environment.

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::{style::Style, text::Line};

use crate::{
    judge::SeenCheck,
    snapshot::{SourceState, SourceStatus},
    tui::{
        model::{Model, SeenElsewhere},
        view::line,
        words,
    },
    units::duration,
};

/// The names of the right columns.
pub(super) const HEAD: &str = "answered   latency  failed";
/// Columns of glyph and word.
const STATE: usize = 13;
/// Columns of what it is read for.
const ROLE: usize = 15;
/// From so many columns on a line has the address too.
const ROOMY: usize = 90;

/// A source, whatever it is read for.
pub(super) struct Source {
    /// What it is read for; no two are alike.
    pub role: String,
    /// `prometheus`.
    name: String,
    /// Where it is; no secret in it.
    address: String,
    /// How it answers.
    pub state: SourceState,
    last_ok: Option<DateTime<Utc>>,
    latency: Option<TimeDelta>,
    failures: u32,
    /// What is wrong, and what to do.
    error: Option<(String, String)>,
    note: Option<String>,
}

/// All of them, in the order of the screen.
pub(super) fn all(model: &Model) -> Vec<Source> {
    let snapshot = &model.snapshot;
    let mut all = vec![
        polled("telemetry", &snapshot.telemetry_source),
        polled("flag store", &snapshot.flag_source),
        audit_log(model),
    ];
    all.extend(model.seen_elsewhere.iter().map(|(place, seen)| elsewhere(place, seen)));
    all
}

fn polled(role: &str, status: &SourceStatus) -> Source {
    Source {
        role: role.to_owned(),
        name: status.name.clone(),
        address: status.address.clone(),
        state: status.state,
        last_ok: status.last_ok,
        latency: status.latency,
        failures: status.failures,
        error: status.error.as_ref().map(|fault| (fault.what.clone(), fault.next.clone())),
        note: status.note.clone(),
    }
}

fn audit_log(model: &Model) -> Source {
    let (log, history) = (&model.log, model.history.as_deref());
    let look = "gonogo audit verify tells what can be read, and what cannot".to_owned();
    let blind = history.and_then(|history| history.blind.clone());
    let damage = history.and_then(|history| history.damage.clone());
    let (state, error) = match (&model.warning, blind, damage) {
        (Some(fault), ..) => (SourceState::Failed, Some((fault.what.clone(), fault.next.clone()))),
        (None, Some(blind), _) => (SourceState::Failed, Some((blind, look))),
        (None, None, Some(damage)) => (SourceState::Partial, Some((damage, look))),
        (None, None, None) if history.is_none() => (SourceState::Connecting, None),
        (None, None, None) => (SourceState::Ok, None),
    };
    let waits = match model.kept {
        0 => None,
        1 => Some("1 entry waits for it, and goes there as soon as it takes it".to_owned()),
        n => Some(format!("{n} entries wait for it, and go there as soon as it takes them")),
    };
    Source {
        role: "audit log".to_owned(),
        name: if log.place.contains("://") { "postgres" } else { "file" }.to_owned(),
        address: log.place.clone(),
        state,
        last_ok: log.read_at,
        latency: None,
        failures: log.failures,
        error,
        note: waits,
    }
}

/// Telemetry of another environment, as far as it was asked about the checklist.
fn elsewhere(place: &str, seen: &SeenElsewhere) -> Source {
    let (asked, seen): (bool, Vec<&SeenCheck>) = match seen {
        SeenElsewhere::Asked => (true, Vec::new()),
        SeenElsewhere::Answered(seen) => (false, seen.values().collect()),
    };
    let blind = seen.iter().find_map(|check| check.blind.clone());
    let state = match &blind {
        None if asked => SourceState::Connecting,
        None => SourceState::Ok,
        Some(_) if seen.iter().all(|check| check.counts.is_empty()) => SourceState::Failed,
        Some(_) => SourceState::Partial,
    };
    let next = "see the profile's addresses for that environment";
    Source {
        role: place.to_owned(),
        name: "telemetry".to_owned(),
        address: format!("of {place}"),
        state,
        last_ok: None,
        latency: None,
        failures: 0,
        error: blind.map(|why| (why, next.to_owned())),
        note: Some("asked once a minute while the readiness view is open, for what it saw of the checklist".to_owned()),
    }
}

/// A latency as people say it: `12 ms`, `3.4 s`.
pub(super) fn took(latency: TimeDelta) -> String {
    match latency.num_milliseconds() {
        ms @ ..1000 => format!("{ms} ms"),
        ms => format!("{:.1} s", ms as f64 / 1000.0),
    }
}

/// Its line.
pub(super) fn row(source: &Source, columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let (glyph, style) = theme.source(source.state);
    let dash = || theme.glyphs.dash.to_owned();
    let age = source.last_ok.map_or_else(dash, |at| words::age(model.now - at));
    let latency = source.latency.map_or_else(dash, took);
    let right = format!("{age:>8}{latency:>10}");
    let failed = format!("{:>8}", source.failures);
    let left = vec![
        line::text(format!("{:<STATE$}", format!("{glyph} {}", source.state.word())), style),
        line::plain(format!("{:<ROLE$}", words::fit(&source.role, ROLE - 1, theme.glyphs.ellipsis))),
        line::plain(&source.name),
        // It is in the detail too; half of it says nothing.
        line::text(if columns < ROOMY { String::new() } else { format!(" {}", source.address) }, theme.dim),
    ];
    let failed = line::text(failed, if source.failures > 0 { theme.bad } else { theme.dim });
    line::row(left, vec![line::text(right, theme.dim), failed], columns, theme)
}

/// All there is to know of it.
pub(super) fn detail(source: &Source, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let (glyph, style) = theme.source(source.state);
    let styled = |label: &str, body: &str, style: Style| line::fact(label, body, style, columns, theme);
    let fact = |label: &str, body: &str| styled(label, body, Style::new());
    let state = match source.state {
        SourceState::Connecting => "connecting: it has not answered yet; what rests on it is unknown until it does",
        SourceState::Ok => "ok: the last answer was whole",
        SourceState::Partial => "partial: it answered, and not in full",
        SourceState::Failed => "failed: the last attempt gave nothing; what rests on it is unknown, and blocks",
    };
    let mut rows = styled("state", &format!("{glyph} {state}"), style);
    if let Some((what, next)) = &source.error {
        rows.extend(styled("last error", what, style));
        rows.extend(fact("what to do", next));
    }
    rows.extend(fact("kind", &source.name));
    rows.extend(fact("address", if source.address.is_empty() { "not known yet" } else { &source.address }));
    let never = || "never".to_owned();
    let ago = |at: DateTime<Utc>| format!("{} ({} ago)", model.times.second(at), duration(model.now - at));
    rows.extend(fact("last success", &source.last_ok.map_or_else(never, ago)));
    rows.extend(fact("latency", &source.latency.map_or_else(|| "not measured".to_owned(), took)));
    rows.extend(fact("failures", &format!("{} in a row", source.failures)));
    if let Some(note) = &source.note {
        rows.extend(fact("note", note));
    }
    rows
}
