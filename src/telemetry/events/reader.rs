//! Folds the records of all files into tallies. Blocking; knows no clock.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    deployed::{Instances, SILENT},
    files::{Files, Followed, unreadable},
    plan::{Plan, TIME},
    record::Record,
    tail::Line,
    tally::{COMBINATIONS, Tallies},
    trouble::Trouble,
};
use crate::{
    fault::{Fault, FaultKind},
    runbook::Runbook,
    snapshot::{Counts, Deployments, Health, Observation, Presence, Reading, Span, minute_of, minute_start},
};

/// A record that claims to be from later than this ahead of gonogo's clock has no usable time.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// 2000-01-01 in ms: an earlier time is a zero, or seconds taken for milliseconds.
const EARLIEST: i64 = 946_684_800_000;
/// No single record stands for more occurrences than this.
const LARGEST_VALUE: f64 = 1e9;
/// Silence of all events for longer than this can be a gap ...
const GAP_MINUTES: i64 = 10;
/// ... if it is also so many times longer than the usual distance between two of them: quiet nights exist.
const GAP_FACTOR: i64 = 20;

/// What was read so far.
#[derive(Debug)]
pub(super) struct Reader {
    files: Files,
    fold: Fold,
    block: Vec<u8>,
    stop: Arc<AtomicBool>,
}

impl Reader {
    pub(super) fn new(path: PathBuf, runbook: &Runbook, environment: &str, stop: Arc<AtomicBool>) -> Self {
        let plan = Plan::new(runbook, environment, &path.display().to_string());
        Self { files: Files::new(path), fold: Fold::new(plan), block: Vec::new(), stop }
    }

    /// When there were events, by signal key.
    pub(super) fn presence(&self) -> BTreeMap<String, Presence> {
        let spans = self.fold.spans();
        let each = self.fold.plan.signals.iter().zip(&self.fold.known_since);
        each.map(|(signal, &known_since)| (signal.key.clone(), Presence { known_since, spans: spans.clone() }))
            .collect()
    }

    /// What was deployed in each minute up to `to`, where polls are told an instant of the past.
    pub(super) fn deployments(&self, to: DateTime<Utc>) -> Deployments {
        self.fold.instances.over(self.fold.from_minute, minute_of(to))
    }

    /// Polls are told an instant of the past from here on, while it is `present`.
    pub(super) fn in_the_past(&mut self, present: DateTime<Utc>) {
        self.fold.present = Some(present);
    }

    /// What is wrong with the records, in words.
    pub(super) fn note(&self) -> Option<String> {
        self.fold.trouble.note()
    }

    /// That so much is unreadable that the rest is not to be relied on, if so.
    pub(super) fn unreliable(&self, path: &str) -> Option<Fault> {
        let why = self.fold.trouble.too_much()?;
        Some(Fault::new(
            FaultKind::Malformed,
            format!("the events at {path} are not to be relied on: {why}"),
            "check that each line is a record of the product, as JSON",
        ))
    }

    /// Reads what is new. The fault of the whole, and the faults of single files.
    pub(super) fn poll(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> (Option<Fault>, Vec<Fault>) {
        if self.fold.count_from(minute_of(since)) == Window::Lost {
            self.files.followed.iter_mut().for_each(Followed::rewind);
        }
        let mut whole = self.files.refresh(now).err();
        let mut faults = Vec::new();
        for file in &mut self.files.followed {
            if let Err(error) = self.fold.read(file, &mut self.block, &self.stop, now) {
                faults.push(unreadable(&file.path, &error));
            }
        }
        if faults.len() == self.files.followed.len() {
            whole = whole.or_else(|| faults.first().cloned());
        }
        if whole.is_none() {
            self.files.tidy(now);
        }
        self.block = Vec::new();
        (whole, faults)
    }

    /// Forgets everything; the next poll reads from the start.
    pub(super) fn reset(&mut self) {
        self.fold.reset();
        self.files.followed.iter_mut().for_each(Followed::rewind);
    }

    /// All readings as of now. `latency`: how long the files took, which are read once for all of them.
    pub(super) fn observation(
        &self,
        now: DateTime<Utc>,
        whole: Option<&Fault>,
        faults: &[Fault],
        latency: Option<TimeDelta>,
    ) -> Observation {
        let fold = &self.fold;
        let since = minute_start(fold.from_minute);
        // A file that begins later says nothing of the time before it.
        let covered_from = fold.oldest.map_or(now, |oldest| since.max(minute_start(minute_of(oldest))));
        let partial = faults.first().map(|fault| fault.what.clone()).or_else(|| fold.trouble.too_much());
        let gaps = fold.gaps();
        let readings = fold.plan.signals.iter().zip(&fold.tallies).map(|(signal, tallies)| {
            let health = match (whole, &partial) {
                _ if signal.read.is_none() => Health::Unreadable,
                (Some(fault), _) => Health::Failed(fault.clone()),
                (None, Some(why)) => Health::Partial(why.clone()),
                (None, None) if tallies.crowded => Health::Partial(format!(
                    "more than {COMBINATIONS} combinations of its labels; the rest are counted as one"
                )),
                (None, None) if !tallies.seen => Health::Absent,
                (None, None) => Health::Good,
            };
            let reading = Reading {
                tallies: tallies.to_map(),
                health,
                query: signal.query.clone(),
                covered_from,
                newest: fold.newest,
                gaps: gaps.clone(),
                step: TimeDelta::minutes(1),
                latency,
            };
            (signal.key.clone(), Arc::new(reading))
        });
        // Of what was not read in full nobody can say that all instances are in it.
        let in_full = whole.is_none() && partial.is_none() && fold.plan.deployed.is_some();
        let deployed = in_full.then(|| fold.instances.at(now)).flatten();
        Observation { at: now, skew: None, readings: readings.collect(), deployed }
    }
}

/// What became of the tallies when the window moved.
#[derive(PartialEq)]
enum Window {
    /// They are those of the new window.
    Kept,
    /// What the new window needs was forgotten: everything must be read again.
    Lost,
}

/// The tallies, and what is needed to add to them.
#[derive(Debug)]
struct Fold {
    plan: Plan,
    record: Record,
    /// In the order of the plan's signals.
    tallies: Vec<Tallies>,
    /// The first record of each signal, before the window or in it.
    known_since: Vec<Option<DateTime<Utc>>>,
    /// Every record with a time, whatever its name.
    activity: Counts,
    oldest: Option<DateTime<Utc>>,
    newest: Option<DateTime<Utc>>,
    /// Nothing before this minute is counted. Whole minutes, such that it does not matter how the window came to
    /// begin there.
    from_minute: i64,
    /// Whether anything was left out because it was before `from_minute`.
    left_out: bool,
    trouble: Trouble,
    instances: Instances,
    /// gonogo's clock, where polls are told an instant of the past.
    present: Option<DateTime<Utc>>,
}

impl Fold {
    fn new(plan: Plan) -> Self {
        Self {
            record: Record::new(&plan),
            tallies: plan.signals.iter().map(|_| Tallies::default()).collect(),
            known_since: vec![None; plan.signals.len()],
            plan,
            activity: Counts::default(),
            oldest: None,
            newest: None,
            from_minute: i64::MIN,
            left_out: false,
            trouble: Trouble::default(),
            instances: Instances::default(),
            present: None,
        }
    }

    fn reset(&mut self) {
        let plan = std::mem::replace(&mut self.plan, Plan::empty());
        *self = Self { present: self.present, ..Self::new(plan) };
    }

    fn count_from(&mut self, minute: i64) -> Window {
        let back = minute < self.from_minute;
        self.from_minute = minute;
        if back && self.left_out {
            self.reset();
            self.from_minute = minute;
            return Window::Lost;
        }
        if !back {
            for tallies in &mut self.tallies {
                self.left_out |= tallies.forget_before(minute);
            }
            self.left_out |= !self.activity.range(i64::MIN, minute).is_empty();
            self.activity.forget_before(minute);
        }
        Window::Kept
    }

    fn read(
        &mut self,
        file: &mut Followed,
        block: &mut Vec<u8>,
        stop: &AtomicBool,
        now: DateTime<Utc>,
    ) -> std::io::Result<()> {
        let (path, mut last_record, read_at) = (file.path.clone(), file.last_record, file.read_at);
        let Some((open, tail)) = file.open()? else { return Ok(()) };
        let before = tail.offset();
        let result = tail.read(open, block, stop, &mut |number, line| {
            let (bytes, torn) = match line {
                Line::Whole(bytes) => (bytes, false),
                Line::Torn(bytes) => (bytes, true),
                Line::TooLong => {
                    self.trouble.lines += 1;
                    self.trouble.too_long += 1;
                    return true;
                }
            };
            let bytes = bytes.trim_ascii();
            if bytes.is_empty() {
                return !torn;
            }
            // A record whose bytes are damaged in one place still counts.
            let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
            match self.record.read(&self.plan, text.trim_start_matches('\u{feff}')) {
                Ok(()) => {
                    self.trouble.lines += 1;
                    self.count(&mut last_record, read_at, now);
                    true
                }
                Err(_) if torn => false,
                Err(error) => {
                    self.trouble.lines += 1;
                    self.trouble.malformed(&path, number, &error);
                    true
                }
            }
        });
        let grew = tail.offset() != before;
        file.last_record = last_record;
        result.map(|()| file.done(now, grew))
    }

    /// Counts the record just read.
    fn count(&mut self, last_record: &mut Option<DateTime<Utc>>, read_at: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        let texts = &self.record.texts;
        self.trouble.unreadable_fields += u64::from(self.record.unreadable_field);
        let told = self.record.time_ms.map_or_else(|| time(&texts[TIME]), DateTime::from_timestamp_millis);
        let at = match told {
            Some(at) if at <= self.present.unwrap_or(now) + AHEAD && at.timestamp_millis() >= EARLIEST => {
                *last_record = Some(at);
                if self.present.is_some() && at > now {
                    return;
                }
                let heard = at.min(now);
                self.oldest = Some(self.oldest.map_or(heard, |oldest| oldest.min(heard)));
                self.newest = Some(self.newest.map_or(heard, |newest| newest.max(heard)));
                if minute_of(at) >= self.from_minute {
                    self.activity.add(at, 1);
                } else {
                    self.left_out = true;
                }
                at
            }
            _ => {
                let told = self.record.time_ms.is_some() || !texts[TIME].is_empty();
                self.trouble.impossible_times += u64::from(told);
                // It was written after the record before it, and after the file was last read to its end.
                let at = (*last_record).max(read_at).unwrap_or(now);
                if self.present.is_some() && at > now {
                    return;
                }
                at
            }
        };
        if let Some((instance, commit)) = self.plan.deployed.as_ref().and_then(|read| read.told(texts)) {
            self.instances.told(instance, commit, at);
            if self.present.is_some() && at >= minute_start(self.from_minute) - SILENT {
                self.instances.keep(instance, commit, at);
            }
        }
        for index in self.plan.signals_of(texts) {
            let Some(read) = &self.plan.signals[index].read else { continue };
            if !read.matches(texts) {
                continue;
            }
            let n = match read.value.map(|slot| texts[slot].as_str()) {
                None | Some("") => 1,
                Some(text) => value(text).unwrap_or_else(|| {
                    self.trouble.impossible_values += 1;
                    1
                }),
            };
            let tallies = &mut self.tallies[index];
            tallies.seen = true;
            let known = &mut self.known_since[index];
            *known = Some(known.map_or(at, |known| known.min(at)));
            if minute_of(at) >= self.from_minute {
                tallies.add(read.labels.iter().map(|field| field.of(texts)), at, n);
            } else {
                self.left_out = true;
            }
        }
    }

    /// The stretches with events, as far as whole minutes tell.
    fn spans(&self) -> Vec<Span> {
        let mut spans: Vec<(i64, i64)> = Vec::new();
        for &(minute, _) in self.activity.range(i64::MIN, i64::MAX) {
            match spans.last_mut() {
                Some(span) if span.1 + 1 >= minute => span.1 = minute,
                _ => spans.push((minute, minute)),
            }
        }
        // An event is somewhere in its minute: no later than the latest that was heard.
        let end = |minute| {
            let end = minute_start(minute + 1) - TimeDelta::milliseconds(1);
            self.newest.map_or(end, |newest| newest.min(end))
        };
        spans.into_iter().map(|(first, last)| (minute_start(first), end(last))).collect()
    }

    /// Stretches without any event. Only one that is long against the usual distance between events is taken for a
    /// loss of data, so a source with an event an hour has none, and one with an event a second has its outages.
    fn gaps(&self) -> Vec<Span> {
        let active = self.activity.range(i64::MIN, i64::MAX);
        let (Some(first), Some(last)) = (active.first(), active.last()) else { return Vec::new() };
        let events = i64::try_from(self.activity.total()).unwrap_or(i64::MAX).max(1);
        let usual = GAP_FACTOR.saturating_mul(last.0 - first.0) / events;
        let silent = |a: i64, b: i64| b - a - 1 > GAP_MINUTES.max(usual);
        active
            .windows(2)
            .filter(|pair| silent(pair[0].0, pair[1].0))
            .map(|pair| (minute_start(pair[0].0 + 1), minute_start(pair[1].0)))
            .collect()
    }
}

/// Milliseconds since the epoch, or RFC 3339.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    match text.parse::<f64>() {
        Ok(ms) => DateTime::from_timestamp_millis(ms as i64).filter(|_| ms.is_finite()),
        Err(_) => DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc)),
    }
}

/// A number of occurrences; None for what cannot be one, which then stands for the one that was reported.
fn value(text: &str) -> Option<u64> {
    let value: f64 = text.parse().ok()?;
    ((0.0..=LARGEST_VALUE).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}
