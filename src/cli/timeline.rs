//! What happened, narrowed by time and words, in the form that is asked for.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};

use super::{Exit, Failure, output};
use crate::{
    audit::{Entry, Event, Record, replay},
    judge::TimelineEntry,
    text::clean,
    timeline::{self, About, Moment, Query},
    units,
};

/// So many entries on each side of one that was jumped to.
const AROUND: usize = 5;

/// Which entries, and in which form.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// From when on: 2026-03-01T10:00Z, 2026-03-01, 14:05, or 6h for six hours ago
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Up to when: the same; a day is meant to its end
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Only what fits: words, kind:rollback, who:ann, since:2h, until:14:00, -word, "two words"; @14:05 shows what is around
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    find: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, conflicts_with = "json")]
    format: Option<Format>,
    /// Print the entries as JSON, whole
    #[arg(long)]
    json: bool,
    /// No more than the last so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line each
    Text,
    /// Whole entries
    Json,
    /// A table for people
    Md,
    /// A table for a spreadsheet; no cell is a formula
    Csv,
}

impl Selection {
    /// Prints what was asked for of this log.
    pub(super) fn print(
        &self,
        record: &Record,
        rollout: &str,
        environment: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let time = |option: &str, text: &Option<String>| -> Result<Option<Moment>, Failure> {
            let Some(text) = text else { return Ok(None) };
            timeline::moment(text, now).map(Some).ok_or_else(|| {
                let shown = clean(text);
                let what = format!("{option} {shown:?} is no time; write it like 2026-03-01T10:00Z, 14:05, or 6h");
                Failure::new(Exit::Usage, what)
            })
        };
        let from = time("--from", &self.from)?.map(|from| from.at);
        let to = time("--to", &self.to)?.map(Moment::end);
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(Failure::new(Exit::Usage, "--from is after --to"));
        }
        let query = Query::parse(self.find.as_deref().unwrap_or_default(), now)
            .map_err(|complaint| Failure::new(Exit::Usage, format!("--find: {complaint}")))?;
        let history = replay(record);
        let within = |at: DateTime<Utc>| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to);
        let lines = history.timeline.iter().filter(|line| within(line.at) && query.fits(line)).collect::<Vec<_>>();
        let lines = self.last(&lines, &query);
        let about = About {
            rollout,
            environment,
            at: now,
            query: self.find.as_deref().unwrap_or_default(),
            of: history.timeline.len(),
        };
        let format = if self.json { Format::Json } else { self.format.unwrap_or(Format::Text) };
        match format {
            Format::Json if from.is_none() && to.is_none() && self.find.is_none() => {
                let all = &record.entries;
                output::json(&&all[all.len().saturating_sub(self.limit.unwrap_or(usize::MAX))..])
            }
            Format::Json => output::json(&whole(&record.entries, lines)),
            Format::Text => output::answer(&lines.iter().map(|line| plain(line)).collect::<String>()),
            Format::Md => output::answer(&timeline::markdown(&about, lines.iter().copied())),
            Format::Csv => output::answer(&timeline::csv(lines.iter().copied())),
        }
    }

    /// The last of them; or those around the one that is nearest to the time to go to.
    fn last<'a, 'b>(&self, lines: &'b [&'a TimelineEntry], query: &Query) -> &'b [&'a TimelineEntry] {
        let jump = query.jump().and_then(|at| timeline::nearest(lines.iter().map(|line| line.at), at));
        match jump {
            Some(place) => {
                let around = self.limit.unwrap_or(2 * AROUND + 1);
                let first = place.saturating_sub(around / 2).min(lines.len().saturating_sub(around));
                &lines[first..lines.len().min(first + around)]
            }
            None => &lines[lines.len().saturating_sub(self.limit.unwrap_or(usize::MAX))..],
        }
    }
}

fn plain(line: &TimelineEntry) -> String {
    let who = line.operator.as_deref().unwrap_or("gonogo");
    format!("{}  {}  {}\n", units::moment(line.at), clean(who), clean(&line.text))
}

/// The entries behind these lines; with the end of an action its beginning, which has no line of its own.
fn whole<'a>(entries: &'a [Entry], lines: &[&TimelineEntry]) -> Vec<&'a Entry> {
    let told: BTreeSet<u64> = lines.iter().map(|line| line.seq).collect();
    let ended: BTreeSet<&str> = entries
        .iter()
        .filter(|entry| told.contains(&entry.seq))
        .filter_map(|entry| if let Event::Ended { id, .. } = &entry.event { Some(id.as_str()) } else { None })
        .collect();
    let began = |entry: &Entry| matches!(&entry.event, Event::Begun(begun) if ended.contains(begun.id.as_str()));
    entries.iter().filter(|entry| told.contains(&entry.seq) || began(entry)).collect()
}
