//! The lines of the list: each monitored class and what it is made of, then every signal that no class and no rate is
//! about.

use std::borrow::Cow;

use crate::{
    judge::{Assessment, MonitorAssessment, MonitorRow, Picked, SignalAssessment, Tallied, tallied},
    runbook::{Code, MatchOp, Matcher, Runbook, Selection, Signal},
    tui::model::Model,
};

/// One line.
pub enum Item<'a> {
    /// A monitored class, all of it.
    Class(&'a MonitorAssessment, Option<&'a Selection>),
    /// One code or message of a class.
    Code(&'a MonitorAssessment, &'a MonitorRow, Option<&'a crate::runbook::Monitor>),
    /// A signal that no class is about, all of it.
    Signal(&'a Signal),
    /// One combination of labels of such a signal.
    Labels(&'a Signal, &'a SignalAssessment),
}

/// Every line, in the runbook's order, the most frequent codes first. What was never seen is in the detail of its class.
pub fn items<'a>(assessment: &'a Assessment, model: &'a Model) -> Vec<Item<'a>> {
    let runbook = &*model.facts.runbook;
    let mut all = Vec::new();
    for class in &assessment.monitors {
        let monitor = runbook.monitors.iter().find(|monitor| monitor.key == class.key);
        all.push(Item::Class(class, monitor.map(|monitor| &monitor.events)));
        let seen = class.rows.iter().filter(|row| row.counts.h24 + row.counts.stage > 0);
        all.extend(seen.map(|row| Item::Code(class, row, monitor)));
    }
    for signal in others(runbook) {
        let seen = |tally: &&SignalAssessment| tally.key == signal.key && tally.count + tally.h24 > 0;
        let mut tallies: Vec<&SignalAssessment> = assessment.signals.iter().filter(seen).collect();
        tallies.sort_by_key(|tally| std::cmp::Reverse((tally.count, tally.h24)));
        all.push(Item::Signal(signal));
        all.extend(tallies.into_iter().map(|tally| Item::Labels(signal, tally)));
    }
    all
}

/// Signals that no class, no guardrail and not the primary rate is about.
fn others(runbook: &Runbook) -> impl Iterator<Item = &Signal> {
    let primary = runbook.primary_rate().map(|rate| rate.attempts.signal.as_str());
    let guardrails = runbook.guardrails.as_ref().map(|guardrails| guardrails.signal.as_str());
    runbook.signals.iter().filter(move |signal| {
        let key = Some(signal.key.as_str());
        let monitored = runbook.monitors.iter().any(|monitor| Some(monitor.events.signal.as_str()) == key);
        key != primary && key != guardrails && !monitored
    })
}

impl<'a> Item<'a> {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Class(class, _) => class.title.clone(),
            Self::Code(_, row, _) if row.value.is_empty() => "(none)".to_owned(),
            Self::Code(_, row, _) => row.value.clone(),
            Self::Signal(signal) => signal.title.clone(),
            Self::Labels(signal, tally) => {
                let value = |name: &String| tally.by.get(name).filter(|value| !value.is_empty());
                let named = signal.by.iter().filter_map(|name| Some(format!("{name} {}", value(name)?)));
                let named: Vec<String> = named.collect();
                if named.is_empty() { "(none)".to_owned() } else { named.join(", ") }
            }
        }
    }

    /// Whether it is a class or a signal, and no part of one.
    pub fn whole(&self) -> bool {
        matches!(self, Self::Class(..) | Self::Signal(_))
    }

    /// How the runbook classes it.
    pub fn class(&self) -> Option<&str> {
        match self {
            Self::Code(_, row, _) => row.class.as_deref(),
            _ => None,
        }
    }

    /// Whether it is a code that the runbook does not know, though it knows others.
    pub fn unlisted(&self) -> bool {
        matches!(self, Self::Code(_, row, _) if !row.listed)
    }

    /// Why it cannot be seen, if so.
    pub fn blind(&self) -> Option<&str> {
        match self {
            Self::Class(class, _) | Self::Code(class, ..) => class.blind.as_deref(),
            Self::Signal(_) | Self::Labels(..) => None,
        }
    }

    /// The signal that it is read from.
    pub fn signal<'m>(&self, model: &'m Model) -> Option<&'m Signal> {
        model.facts.runbook.signal(&self.selection().signal)
    }

    /// What of the runbook's codes it is.
    pub fn known<'m>(&self, model: &'m Model) -> Option<&'m Code> {
        let signal = self.signal(model)?;
        let value = match self {
            Self::Code(_, row, _) => row.value.as_str(),
            Self::Labels(_, tally) => tally.by.get(signal.by.first()?)?,
            Self::Class(..) | Self::Signal(_) => return None,
        };
        model.facts.runbook.codes.iter().find(|code| code.signal == signal.key && code.code == value)
    }

    /// What of its signal's tallies it is.
    pub fn selection(&self) -> Cow<'a, Selection> {
        let whole = |signal: &str| Cow::Owned(Selection { signal: signal.to_owned(), matchers: Vec::new() });
        match self {
            Self::Class(class, selection) => selection.map_or_else(|| whole(&class.key), Cow::Borrowed),
            Self::Code(class, _, monitor) => {
                monitor.map_or_else(|| whole(&class.key), |monitor| Cow::Borrowed(&monitor.events))
            }
            Self::Signal(signal) => whole(&signal.key),
            Self::Labels(signal, tally) => {
                let matcher = |(name, value): (&String, &String)| Matcher {
                    field: name.clone(),
                    op: MatchOp::In(vec![value.clone()]),
                };
                Cow::Owned(Selection { signal: signal.key.clone(), matchers: tally.by.iter().map(matcher).collect() })
            }
        }
    }

    /// The same, as the judge counts it.
    pub fn picked<'s>(&'s self, selection: &'s Selection) -> Picked<'s> {
        let only = match self {
            Self::Code(_, row, Some(monitor)) => Some((monitor.by.as_str(), row.value.as_str())),
            _ => None,
        };
        Picked { selection, only }
    }

    /// How often it came: as it was judged, or as it is counted here where nothing rests on it.
    pub fn tallied(&self, assessment: &Assessment, model: &Model) -> Tallied {
        match self {
            Self::Class(class, _) => Tallied {
                counts: class.counts,
                first_seen: class.rows.iter().filter_map(|row| row.first_seen).min(),
                last_seen: class.rows.iter().filter_map(|row| row.last_seen).max(),
            },
            Self::Code(_, row, _) => {
                Tallied { counts: row.counts, first_seen: row.first_seen, last_seen: row.last_seen }
            }
            Self::Signal(_) | Self::Labels(..) => {
                let entered_at = assessment.stage.entered_at.unwrap_or(assessment.at);
                let selection = self.selection();
                tallied(&model.facts.runbook, &model.snapshot, self.picked(&selection), entered_at, assessment.at)
            }
        }
    }
}
