//! A runbook in words, for people: everything that it says, in the order of a rollout.

use std::time::Duration;

use super::{
    Condition, MatchOp, Matcher, Outcome, RateScope, Repetition, Runbook, Selection, Signal, TripWire, page::Page,
};

/// The whole runbook as plain text.
pub fn show(runbook: &Runbook) -> String {
    let mut page = Page::default();
    opening(&mut page, runbook);
    cohorts(&mut page, runbook);
    stages(&mut page, runbook);
    ending(&mut page, runbook);
    rates(&mut page, runbook);
    failures(&mut page, runbook);
    signals(&mut page, runbook);
    page.into_text()
}

fn opening(page: &mut Page, runbook: &Runbook) {
    page.line(0, "", &runbook.title);
    page.gap();
    page.fact(2, "runbook", &runbook.key);
    page.fact(2, "flag", &runbook.flag.key);
    if let Some(legacy) = &runbook.flag.legacy {
        page.fact(2, "legacy flag", &format!("{legacy} (the path that users fall back to; never changed)"));
    }
    page.fact(2, "digest", &runbook.digest);
    listed(page, "Scope", &runbook.scope);
    listed(page, "Preconditions", &runbook.preconditions);
    listed(page, "Rules", &runbook.rules);
}

fn cohorts(page: &mut Page, runbook: &Runbook) {
    if runbook.cohorts.is_empty() {
        return;
    }
    page.heading("Cohorts");
    for cohort in &runbook.cohorts {
        page.line(2, "", &named(&cohort.title, &cohort.key));
        if let Some(segment) = &cohort.segment {
            page.fact(4, "unleash", &format!("segment {segment}"));
        }
        if let Some(rule) = &cohort.attribute {
            page.fact(4, "flagd", &format!("attribute {} is {}", rule.name, any_of(&rule.values)));
        }
    }
}

fn stages(page: &mut Page, runbook: &Runbook) {
    page.heading("Stages");
    for (index, stage) in runbook.stages.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.line(2, &format!("{index}  "), &named(&stage.title, &stage.key));
        page.fact(5, "exposure", &stage.exposure.to_string());
        page.fact(5, "observed for", &format!("{} at least", span(stage.observe)));
        page.dashes(5, &stage.actions);
        page.gap();
        page.line(5, "", "Exit gates");
        for gate in &stage.gates {
            page.line(5, "[ ] ", &named(&gate.title, &gate.key));
            page.line(9, "", &condition(runbook, &gate.condition, stage.observe));
            if let Some(requirement) = &gate.requirement {
                page.line(9, "", &format!("\"{requirement}\""));
            }
        }
    }
}

/// What a gate asks for, in words.
fn condition(runbook: &Runbook, condition: &Condition, observe: Duration) -> String {
    let kind = condition.kind();
    match condition {
        Condition::SuccessRate { rate } => format!("{kind}: {}", above_slo(runbook, rate)),
        Condition::ZeroTolerance { events, exposure, tolerated } => format!(
            "{kind}: not one {}; passes once enough of {} was seen to show a rate below {}",
            selection(events),
            selection(exposure),
            percent(*tolerated)
        ),
        Condition::NoSustainedSpike { rate } => {
            format!("{kind}: no burst of failures that {}", above_slo(runbook, rate))
        }
        Condition::CanaryControl { canary, control, max_ratio, .. } => format!(
            "{kind}: {} beside {}, no more than {max_ratio} times as often",
            selection(&canary.events),
            selection(&control.events)
        ),
        Condition::DeclaredMessages { events, label } => {
            format!("{kind}: each {label} of {} is a declared failure message", selection(events))
        }
        Condition::ObservationWindow => format!("{kind}: the stage was watched for {}", span(observe)),
        Condition::QaReport => format!("{kind}: the automated gate is green on the candidate"),
        Condition::Checklist { environment } => format!("{kind}: every check is done in {environment}"),
        Condition::Attestation { statement } => format!("{kind}: somebody attests \"{statement}\""),
        Condition::SignOff => format!("{kind}: the release owner has signed"),
    }
}

fn above_slo(runbook: &Runbook, key: &str) -> String {
    let slo = runbook.rate(key).map(|rate| percent(rate.slo)).unwrap_or_default();
    format!("rate {key} is shown to be above its SLO of {slo}")
}

/// What a rollout ends with, well or not.
fn ending(page: &mut Page, runbook: &Runbook) {
    if !runbook.triggers.is_empty() {
        page.heading("Rollback triggers");
        page.line(2, "", "Roll back if any of these is observed.");
    }
    for trigger in &runbook.triggers {
        page.gap();
        page.line(2, "", &named(&trigger.title, &trigger.key));
        if let Some(requirement) = &trigger.requirement {
            page.line(4, "", &format!("\"{requirement}\""));
        }
        page.dashes(4, trigger.when.iter().map(|wire| trip_wire(runbook, wire)));
    }
    if !runbook.rollback.is_empty() {
        page.heading("Rollback procedure");
        page.numbers(
            2,
            runbook.rollback.iter().map(|step| format!("{}: {}", named(&step.title, &step.key), step.detail)),
        );
    }
    if !runbook.checklist.is_empty() {
        page.heading("Checklist");
        page.numbers(2, runbook.checklist.iter().map(|check| named(&check.title, &check.key)));
    }
    if let Some(qa) = &runbook.qa {
        page.heading("Required automated gate");
        page.fact(2, "command", &qa.command);
        page.fact(2, "checks", &qa.checks.join(", "));
        page.fact(2, "valid for", &span(qa.max_age));
        page.fact(2, "covers", "");
        page.dashes(4, &qa.covers);
    }
    listed(page, "Evidence to capture", &runbook.evidence);
    if !runbook.sign_off.is_empty() {
        page.heading("Sign-off");
        page.dashes(2, runbook.sign_off.iter().map(|field| format!("{field}:")));
    }
}

fn trip_wire(runbook: &Runbook, wire: &TripWire) -> String {
    match wire {
        TripWire::FailureRate { rate } => {
            let slo = runbook.rate(rate).map(|rate| percent(rate.slo)).unwrap_or_default();
            format!("failure_rate: rate {rate} is shown to be below its SLO of {slo}")
        }
        TripWire::Repeated { events, threshold, within } => {
            let times = match threshold {
                Repetition::AtLeast(n) => format!("{n} or more"),
                Repetition::BackgroundPerDay(n) => format!("more than {n} a day explain by chance,"),
            };
            format!("repeated: {times} alike within {} of {}", span(*within), selection(events))
        }
        TripWire::Raised => "raised: an operator raises it".to_owned(),
        TripWire::Any { events } => format!("any: even one of {}", selection(events)),
    }
}

fn rates(page: &mut Page, runbook: &Runbook) {
    if runbook.rates.is_empty() {
        return;
    }
    page.heading("Success rates");
    for (index, rate) in runbook.rates.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        let scope = match rate.scope {
            RateScope::Rollout => "judged for each rollout stage",
            RateScope::Step => "one step of the operation",
        };
        page.line(2, "", &format!("{} {scope}", named(&rate.title, &rate.key)));
        page.fact(4, "SLO", &percent(rate.slo));
        page.fact(4, "attempts", &selection(&rate.attempts));
        match &rate.outcome {
            Outcome::Successes(good) => page.fact(4, "successes", &selection(good)),
            Outcome::Failures(bad) => page.fact(4, "failures", &selection(bad)),
        }
    }
}

/// What is known of the things that go wrong.
fn failures(page: &mut Page, runbook: &Runbook) {
    if let Some(guardrails) = &runbook.guardrails {
        page.heading("Hard stops");
        page.line(2, "", &format!("Each occurrence of {} stops the rollout, listed here or not.", guardrails.signal));
        for listed in &guardrails.listed {
            page.gap();
            page.line(2, "", &listed.signature);
            page.fact(4, "raised when", &listed.raised_when);
            page.fact(4, "triage", &listed.triage);
        }
        if !guardrails.triage.is_empty() {
            page.gap();
            page.line(2, "", "Triage of a divergence");
            page.numbers(2, &guardrails.triage);
        }
    }
    if !runbook.failure_messages.is_empty() {
        page.heading("Failure messages");
        page.line(2, "", "These may reach a user, and no other.");
    }
    for message in &runbook.failure_messages {
        page.gap();
        page.line(2, "", &message.text);
        page.dashes(4, message.variants.iter().map(|variant| format!("also: {variant}")));
        page.fact(4, "meaning", &message.meaning);
    }
    if !runbook.codes.is_empty() {
        page.heading("Codes");
    }
    for (index, code) in runbook.codes.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.line(2, "", &format!("{} {} ({})", code.signal, code.code, code.class));
        page.fact(4, "meaning", &code.meaning);
        page.fact(4, "triage", &code.triage);
    }
}

fn signals(page: &mut Page, runbook: &Runbook) {
    if runbook.signals.is_empty() {
        return;
    }
    page.heading("Signals");
    for (index, signal) in runbook.signals.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.line(2, "", &named(&signal.title, &signal.key));
        page.fact(4, "by", &signal.by.join(", "));
        if let Some(heartbeat) = &signal.heartbeat {
            page.fact(4, "heartbeat", &format!("{heartbeat} (while it is there, silence is zero)"));
        }
        if let Some(read) = &signal.prometheus {
            page.fact(4, "prometheus", &(read.metric.clone() + &conditions(&read.matchers)));
            page.fact(4, "", &held(signal, &read.labels));
        }
        if let Some(read) = &signal.events {
            let name = format!("{} is {}", read.name_field, any_of(&read.names));
            page.fact(4, "events", &(name + &conditions(&read.matchers)));
            page.fact(4, "", &held(signal, &read.labels));
            if let Some(field) = &read.value_field {
                page.fact(4, "", &format!("{field} says how many one record stands for"));
            }
        }
    }
}

/// Where each label of the signal is found.
fn held(signal: &Signal, labels: &[String]) -> String {
    let pairs: Vec<String> = signal.by.iter().zip(labels).map(|(by, held)| format!("{by} from {held}")).collect();
    pairs.join(", ")
}

fn listed(page: &mut Page, heading: &str, texts: &[String]) {
    if !texts.is_empty() {
        page.heading(heading);
        page.dashes(2, texts);
    }
}

fn named(title: &str, key: &str) -> String {
    format!("{title} [{key}]")
}

fn selection(selection: &Selection) -> String {
    selection.signal.clone() + &conditions(&selection.matchers)
}

/// ` where a is x or y and b is not z`
fn conditions(matchers: &[Matcher]) -> String {
    let all: Vec<String> = matchers
        .iter()
        .map(|matcher| match &matcher.op {
            MatchOp::In(values) => format!("{} is {}", matcher.field, any_of(values)),
            MatchOp::NotIn(values) => format!("{} is not {}", matcher.field, any_of(values)),
        })
        .collect();
    if all.is_empty() { String::new() } else { format!(" where {}", all.join(" and ")) }
}

fn any_of(values: &[String]) -> String {
    let shown: Vec<&str> = values.iter().map(|value| if value.is_empty() { "\"\"" } else { value }).collect();
    shown.join(" or ")
}

/// A share as a percentage, without digits that say nothing.
fn percent(share: f64) -> String {
    let digits = format!("{:.6}", share * 100.0);
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// A duration in its largest whole unit up to hours, as rollouts speak of them.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds % 3600, seconds % 60) {
        (0, _) => format!("{} h", seconds / 3600),
        (_, 0) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}
