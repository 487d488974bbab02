//! What tells a recording from the present: a badge and its place in the header, and its end.

use chrono::TimeDelta;
use ratatui::text::Span;

use super::line;
use crate::tui::{keys::Command, model::Model};

/// From this width on the place fits, whatever else does not.
const ROOM: u16 = 60;

/// The badge: of a recording that is played, with how fast and where; of one that is made.
pub fn badge(model: &Model, detail: u8) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let Some(playing) = &model.playing else {
        let badge = vec![line::gap(1), line::text(" REC ", theme.badge)];
        return if model.recording && detail >= 1 { badge } else { Vec::new() };
    };
    let mut spans = vec![line::gap(1), line::text(" REPLAY ", theme.hold), line::gap(1)];
    let state = match (playing.ended, playing.paused) {
        (true, _) => "end".to_owned(),
        (false, true) if detail >= 1 => format!("paused {}", playing.speed),
        (false, true) => "paused".to_owned(),
        (false, false) => playing.speed.to_string(),
    };
    spans.push(line::text(state, theme.strong));
    let (here, all) = (model.now - playing.from, playing.to - playing.from);
    if detail >= 1 || model.size.0 >= ROOM {
        spans.push(line::plain(format!(" {}", stopwatch(here.min(all)))));
    }
    if detail >= 2 {
        spans.push(line::text(format!("/{}", stopwatch(all)), theme.dim));
        // The clock tells the time of day only, and this is another day.
        spans.push(line::plain(format!(" {}", model.times.write(model.now, "%Y-%m-%d"))));
    }
    spans
}

/// That it cannot go on, and why.
pub fn problem(model: &Model) -> Option<(Span<'static>, String)> {
    let (theme, playing) = (&model.theme, model.playing.as_ref()?);
    if let Some(trouble) = &playing.trouble {
        return Some((line::text(format!("{} the recording: ", theme.glyphs.fail), theme.wait), trouble.clone()));
    }
    let key = |command| model.keymap.shown(command);
    let (again, back, to) = (key(Command::Pause), key(Command::SeekBack), key(Command::SeekTo));
    let text = format!("{again} plays it again, {back} goes back ten minutes, {to} to a time");
    playing.ended.then(|| (line::text("the recording ends here: ", theme.wait), text))
}

/// `12:30`, `3:05:00`.
pub(super) fn stopwatch(length: TimeDelta) -> String {
    let seconds = length.num_seconds().max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_as_on_a_player() {
        for (seconds, text) in [(0, "0:00"), (750, "12:30"), (11_100, "3:05:00"), (-5, "0:00")] {
            assert_eq!(stopwatch(TimeDelta::seconds(seconds)), text);
        }
    }
}
