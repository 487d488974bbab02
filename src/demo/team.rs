//! The demo's team: who has which role, and how each answers an open poll, as people at other machines would.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    audit::{AuditLog, Event, replay},
    facts,
    fault::{Fault, FaultKind},
    judge::{History, PollAnswer, Trouble, on_record, same_person},
    operations::poll::{Meeting, Move, open_poll},
    runbook::{Duty, Runbook},
};

/// Each takes so long to answer, one after the other, on the demo's clock.
const THINKS: TimeDelta = TimeDelta::seconds(4);

/// In one step.
const TRIES: usize = 32;

/// Who has the roles that the release owner does not have, by key.
const PEOPLE: [(&str, &str); 3] = [("client", "mira"), ("api", "tomas"), ("storage", "ines")];
const ON_CALL: &str = "oncall";
/// Who looks for hard stops: the operation order is theirs.
const LOOKS_FOR_STOPS: &str = "api";

/// Who has which role from the beginning: role key and name.
pub(super) fn roles(runbook: &Runbook, owner: &str) -> Vec<(String, String)> {
    let each = runbook.roles.iter().filter_map(|role| {
        let name = match role.duty {
            Some(Duty::ReleaseOwner) => owner,
            Some(Duty::RollbackOwner) => ON_CALL,
            None => PEOPLE.iter().find(|(key, _)| *key == role.key).map(|(_, name)| *name)?,
        };
        Some((role.key.clone(), name.to_owned()))
    });
    each.collect()
}

/// A violation of a guardrail, as the fleet had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) at: DateTime<Utc>,
    /// `stage:code`.
    pub(super) signature: String,
}

/// The answer that somebody of the team has for the open poll now, whose turn it is: who, and what. None where everybody
/// has said what there is to say. The owner is nobody of them.
pub(super) fn answer(
    runbook: &Runbook,
    history: &History,
    violations: &[Violation],
    owner: &str,
    now: DateTime<Utc>,
) -> Option<(String, Event)> {
    let poll = open_poll(history)?;
    let against = against(runbook, history, violations, now);
    (1..).zip(&poll.roles).find_map(|(turn, role)| {
        let name = facts::holder_of(runbook, history, &role.key)?;
        let ours = name == ON_CALL || PEOPLE.iter().any(|(_, one)| *one == name);
        if !ours || same_person(&name, owner) || now < poll.at + THINKS * turn {
            return None;
        }
        let reason = against.iter().find(|(key, _)| *key == role.key).map(|(_, why)| why.clone());
        let answer = if reason.is_some() { PollAnswer::NoGo } else { PollAnswer::Go };
        if poll.answer(&role.key).is_some_and(|said| said.answer == answer) {
            return None;
        }
        let step = Move::Vote { role: role.key.clone(), answer, reason: reason.unwrap_or_default() };
        let meeting = Meeting { runbook, history, candidate: None, operator: &name };
        let event = step.event(&meeting).ok()?;
        Some((name, event))
    })
}

/// Who is against it, and why: hard stops for one, whatever else is on record for whoever would roll back.
fn against(
    runbook: &Runbook,
    history: &History,
    violations: &[Violation],
    now: DateTime<Utc>,
) -> Vec<(String, String)> {
    let on_record = on_record(runbook, history, now);
    let stands = |violation: &&Violation| {
        let resolved = history.resolutions.iter().any(|resolution| {
            let is_it =
                matches!(&resolution.trouble, Trouble::Guardrail { signature } if *signature == violation.signature);
            is_it && resolution.at >= violation.at
        });
        let rolled_back = history.visits.iter().any(|visit| visit.by_rollback && visit.entered_at >= violation.at);
        !resolved && !rolled_back
    };
    let seen = on_record.iter().find_map(|one| match &one.trouble {
        Trouble::Guardrail { signature } => Some(signature),
        _ => None,
    });
    let stop = seen.or(violations.iter().filter(stands).map(|violation| &violation.signature).next());
    let mut against = Vec::new();
    if let Some(signature) = stop {
        against.push((LOOKS_FOR_STOPS.to_owned(), format!("the hard stop {signature} stands; first its cause")));
    }
    let other = on_record.iter().find(|one| !matches!(one.trouble, Trouble::Guardrail { .. }));
    if let (Some(other), Some(role)) = (other, runbook.on_duty(Duty::RollbackOwner)) {
        against.push((role.key.clone(), format!("{} stands", other.trouble)));
    }
    against
}

/// Records each answer that is due, as another machine would: only where nobody has appended since it was decided.
pub(super) async fn work(
    audit: &dyn AuditLog,
    runbook: &Runbook,
    violations: &[Violation],
    owner: &str,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    // Answers are few; more than that is somebody else who appends without end.
    for _ in 0..TRIES {
        let history = replay(&audit.read().await?);
        let Some((name, event)) = answer(runbook, &history, violations, owner, now) else { return Ok(()) };
        match audit.append_after(&history.head, now, &name, event).await {
            Ok(_) => {}
            Err(fault) if fault.kind == FaultKind::Changed => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::{Entry, Record},
        runbook::built_in,
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    struct Log(Vec<Entry>);

    impl Log {
        /// Stage 2, its roles given, a poll opened at second 0.
        fn with_a_poll(owner: &str) -> Self {
            let runbook = built_in();
            let mut log = Self(Vec::new());
            let opened = Event::Opened {
                stage: runbook.stages[2].key.clone(),
                entered_at: at(-900),
                flag: None,
                candidate: Some("018e611abc12".to_owned()),
                runbook: Some(runbook.digest.clone()),
            };
            log.add(at(-900), owner, opened);
            for (role, name) in roles(runbook, owner) {
                log.add(at(-900), owner, Event::Assigned { role, name: Some(name) });
            }
            let history = log.history();
            let meeting = Meeting { runbook, history: &history, candidate: None, operator: owner };
            let open = Move::Open { question: String::new() }.event(&meeting).unwrap();
            log.add(at(0), owner, open);
            log
        }

        fn add(&mut self, at: DateTime<Utc>, operator: &str, event: Event) {
            let (seq, empty) = (self.0.len() as u64 + 1, String::new);
            let (host, version, previous, hash) = (empty(), empty(), empty(), empty());
            self.0.push(Entry { seq, at, operator: operator.to_owned(), host, version, event, previous, hash });
        }

        fn history(&self) -> History {
            replay(&Record { entries: self.0.clone(), ..Record::default() })
        }

        /// Everything that is due up to this second.
        fn work(&mut self, owner: &str, violations: &[Violation], second: i64) -> Vec<(String, String)> {
            let mut said = Vec::new();
            while let Some((name, event)) = answer(built_in(), &self.history(), violations, owner, at(second)) {
                let Event::Voted { role, answer, .. } = &event else { panic!("{event:?}") };
                said.push((role.clone(), answer.word().to_owned()));
                self.add(at(second), &name, event);
            }
            said
        }
    }

    fn said(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(role, word)| ((*role).to_owned(), (*word).to_owned())).collect()
    }

    #[test]
    fn each_answers_go_in_turn_and_once_whatever_the_speed() {
        let all = said(&[("rollback-owner", "GO"), ("client", "GO"), ("api", "GO"), ("storage", "GO")]);
        let mut slow = Log::with_a_poll("ann");
        assert_eq!(slow.work("ann", &[], 3), []);
        assert_eq!(slow.work("ann", &[], 9), said(&[("rollback-owner", "GO")]));
        assert_eq!(slow.work("ann", &[], 60), all[1..]);
        let mut fast = Log::with_a_poll("ann");
        assert_eq!(fast.work("ann", &[], 86_400), all, "a day in one step");
        assert_eq!(fast.work("ann", &[], 86_401), [], "said once");
        assert!(fast.history().polls[0].decision.is_none(), "the owner decides");
    }

    #[test]
    fn nobody_speaks_for_the_owner_or_for_a_stranger() {
        let mut log = Log::with_a_poll("OnCall");
        assert_eq!(log.work("OnCall", &[], 60), said(&[("client", "GO"), ("api", "GO"), ("storage", "GO")]));
        log.add(at(61), "OnCall", Event::Assigned { role: "client".to_owned(), name: Some("someone".to_owned()) });
        assert_eq!(log.work("OnCall", &[], 99), []);
    }

    #[test]
    fn a_hard_stop_is_a_no_go_until_it_is_resolved() {
        let mut log = Log::with_a_poll("ann");
        let signature = "pull:pullCursorRegression".to_owned();
        let violations = [Violation { at: at(-30), signature: signature.clone() }];
        assert!(log.work("ann", &violations, 60).contains(&("api".to_owned(), "NO-GO".to_owned())));
        let history = log.history();
        assert!(history.polls[0].answer("api").unwrap().reason.contains(&signature));
        let evidence = "export compared".to_owned();
        log.add(at(70), "ann", Event::Resolved { trouble: Trouble::Guardrail { signature }, evidence });
        assert_eq!(log.work("ann", &violations, 71), said(&[("api", "GO")]));
    }

    #[test]
    fn what_is_on_record_counts_for_whoever_rolls_back() {
        let mut log = Log::with_a_poll("ann");
        let trigger = "data-integrity".to_owned();
        log.add(at(1), "ann", Event::Raised { trigger, reason: "manifests differ".to_owned() });
        let all = log.work("ann", &[], 60);
        assert_eq!(all[0], ("rollback-owner".to_owned(), "NO-GO".to_owned()));
        assert_eq!(all[2], ("api".to_owned(), "GO".to_owned()));
    }
}
