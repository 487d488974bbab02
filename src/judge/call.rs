//! The call over everything: every reason against going on, the worst first.

use std::fmt;

use chrono::TimeDelta;

use super::{
    Call, FlagAssessment, GateAssessment, HardStop, History, PollAnswer, TriggerAssessment, TriggerState, Verdict,
    standing::Stops, words::shorten,
};
use crate::{
    text::clean,
    units::{duration, moment, plural},
};

/// One reason against going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason<'a> {
    /// The call that it makes: NO-GO or HOLD.
    pub call: Call,
    /// In a few words, for the headline.
    pub short: Short<'a>,
    /// In one line.
    pub long: String,
}

/// A reason in a few words. Of a thousand, the headline says one: those of hard stops are not put into words before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Short<'a> {
    /// Those words.
    Words(String),
    /// A hard stop of this signature.
    HardStop(&'a str),
}

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(words),
            Self::HardStop(signature) => write!(f, "guardrail {signature}: hard stop"),
        }
    }
}

/// What the call is made from.
pub(super) struct Findings<'a> {
    pub gates: &'a [GateAssessment],
    pub hard_stops: &'a [HardStop],
    pub triggers: &'a [TriggerAssessment],
    pub flag: &'a FlagAssessment,
    pub guardrails_blind: Option<&'a str>,
    /// How what is judged is not what is on record.
    pub unrecorded: Option<&'a str>,
    pub history: &'a History,
    /// What people and the rollback before stopped.
    pub stops: &'a Stops,
    /// Whether anybody can have the feature, so that there is something to roll back.
    pub exposes: bool,
}

impl<'a> Findings<'a> {
    /// Every reason, the worst first: what calls for a rollback, what must never be passed over, what failed, what is not
    /// as it should be; then an action of which nobody knows how it ended; then what people decided, because nothing that
    /// is seen or waited for lifts that; then what cannot be seen; then what is not there yet.
    pub fn reasons(&self) -> Vec<Reason<'a>> {
        let no_go = |short: String, long: String| Reason { call: Call::NoGo, short: Short::Words(short), long };
        let hold = |short: String, long: String| Reason { call: Call::Hold, short: Short::Words(short), long };
        let gates = |verdict: Verdict| self.gates.iter().filter(move |gate| gate.verdict == verdict);
        let triggers = |state: TriggerState| self.triggers.iter().filter(move |trigger| trigger.state == state);

        let mut all = Vec::new();
        all.extend(triggers(TriggerState::Tripped).map(|trigger| {
            let call = if self.exposes { "roll back: " } else { "" };
            no_go(
                format!("{call}{} ({})", trigger.title, trigger.brief),
                format!("rollback trigger {}: {}", trigger.title, trigger.reason),
            )
        }));
        all.extend(self.hard_stops.iter().map(|stop| Reason {
            call: Call::NoGo,
            short: Short::HardStop(&stop.signature),
            long: ["hard stop: ", &stop.reason].concat(),
        }));
        all.extend(gates(Verdict::Fail).map(|gate| {
            no_go(format!("{}: failed ({})", gate.title, gate.brief), format!("gate {}: {}", gate.title, gate.reason))
        }));
        all.extend(
            self.flag.drift.iter().map(|drift| no_go(format!("flag {drift}"), format!("drift: the flag {drift}"))),
        );
        let poll = self.stops.poll.as_ref().filter(|poll| poll.fell.is_none());
        all.extend(poll.and_then(|poll| poll.record.decision.as_ref()).filter(|d| d.answer == PollAnswer::NoGo).map(
            |decision| {
                let (who, why) = (clean(&decision.operator), shorten(&decision.reason));
                no_go(
                    format!("poll: NO-GO by {who}: {why}"),
                    format!("poll: NO-GO by {who} at {}: {why}; hold another one to lift it", moment(decision.at)),
                )
            },
        ));
        all.extend(self.stops.deployed.iter().filter(|deployed| deployed.blocks).filter_map(|deployed| {
            let why = deployed.why.clone()?;
            (deployed.differs && !deployed.under_way()).then(|| no_go(why.clone(), why))
        }));
        all.extend(self.history.blind.iter().map(|blind| {
            let blind = clean(blind);
            hold("what happened before is not known".to_owned(), format!("what happened before is not known: {blind}"))
        }));
        all.extend(self.history.unfinished.iter().map(|unfinished| {
            let (action, who) = (clean(&unfinished.action), clean(&unfinished.operator));
            hold(
                format!("the end of the last {action} is not known"),
                format!(
                    "the end of the {action} begun at {} by {who} is not known; read the flag and look at the timeline",
                    moment(unfinished.at)
                ),
            )
        }));
        all.extend(self.stops.holds.iter().map(|raised| {
            let (id, who, why) = (clean(&raised.hold), clean(&raised.operator), shorten(&raised.reason));
            hold(
                format!("held by {who}: {why}"),
                format!(
                    "hold {id}, raised by {who} at {}: {why}; clear it with gonogo hold clear --hold {id} --evidence …",
                    moment(raised.at)
                ),
            )
        }));
        all.extend(self.stops.paused.iter().map(|paused| {
            let (who, why) = (clean(&paused.operator), shorten(&paused.reason));
            hold(format!("paused by {who}: {why}"), format!("paused by {who} at {}: {why}", moment(paused.at)))
        }));
        all.extend(poll.filter(|poll| poll.record.decision.is_none()).map(|poll| {
            let (answered, asked) = (poll.answered(), poll.answers.len());
            let said = poll.dissent().filter_map(|role| {
                let vote = role.vote.as_ref()?;
                Some(format!("{} says NO-GO: {}", role.title, shorten(&vote.reason)))
            });
            let said = said.collect::<Vec<_>>().join("; ");
            let open = format!("a poll is open: {answered} of {asked} have answered");
            match said.is_empty() {
                true => hold(open.clone(), open),
                false => hold(format!("poll: {said}"), format!("{open}; {said}")),
            }
        }));
        all.extend(self.stops.deployed.iter().filter(|deployed| deployed.blocks).filter_map(|deployed| {
            let why = deployed.why.clone()?;
            (deployed.under_way() || deployed.unknown()).then(|| hold(why.clone(), why))
        }));
        all.extend(self.stops.no_rollback_owner.iter().map(|role| {
            let long = format!("nobody is named as {role}: gonogo role assign");
            hold(format!("no {} is named", role.to_lowercase()), long)
        }));
        all.extend(self.stops.interlock.iter().flat_map(|interlock| &interlock.needs).filter(|need| !need.met).map(
            |need| {
                hold(
                    format!("interlock: {} is needed", need.title),
                    format!("interlock: {}: {}", need.title, need.found),
                )
            },
        ));
        all.extend(self.unrecorded.iter().map(|unrecorded| {
            hold(
                (*unrecorded).to_owned(),
                format!(
                    "{unrecorded}: evidence begins once the cockpit is opened for it, or start this one for the other"
                ),
            )
        }));
        all.extend(self.flag.blind.iter().map(|blind| hold(blind.clone(), blind.clone())));
        all.extend(self.guardrails_blind.iter().map(|blind| {
            hold(format!("guardrails cannot be seen: {blind}"), format!("guardrails cannot be seen: {blind}"))
        }));
        all.extend(gates(Verdict::Unknown).map(|gate| {
            hold(format!("{}: {}", gate.title, gate.reason), format!("gate {}: {}", gate.title, gate.reason))
        }));
        all.extend(triggers(TriggerState::Unknown).map(|trigger| {
            hold(
                format!("{}: {}", trigger.title, trigger.reason),
                format!("rollback trigger {}: {}", trigger.title, trigger.reason),
            )
        }));
        all.extend(
            gates(Verdict::Pending).map(|gate| hold(self.pending(), format!("gate {}: {}", gate.title, gate.reason))),
        );
        all
    }

    /// What is pending, and when it can be there.
    fn pending(&self) -> String {
        let pending = || self.gates.iter().filter(|gate| gate.verdict == Verdict::Pending);
        let gates = plural(pending().count(), "gate");
        // Sight of the latest is what the operator waits for; where one has no time, that one is named.
        match pending().find(|gate| gate.eta.is_none()) {
            Some(gate) => format!("{gates} pending · {}: {}", gate.title, gate.brief),
            None => {
                let latest = pending().max_by_key(|gate| gate.eta);
                let eta = duration(latest.and_then(|gate| gate.eta).unwrap_or(TimeDelta::zero()));
                // A window ends when it ends, whatever the traffic.
                let timed = latest.is_some_and(|gate| matches!(gate.kind, "observation_window" | "no_sustained_spike"));
                let rest = if timed { "" } else { " at today's traffic" };
                format!("{gates} pending · verdict in about {eta}{rest}")
            }
        }
    }
}

/// Why a rollback is called for: each trigger that is tripped, where there is something to roll back.
pub(super) fn rollback_called_for(triggers: &[TriggerAssessment], exposes: bool) -> Vec<String> {
    let tripped = triggers.iter().filter(|trigger| exposes && trigger.state == TriggerState::Tripped);
    tripped.map(|trigger| format!("{}: {}", trigger.title, trigger.reason)).collect()
}

/// The call that the reasons make. None of them is GO.
pub(super) fn call(reasons: &[Reason<'_>]) -> Call {
    match () {
        () if reasons.iter().any(|reason| reason.call == Call::NoGo) => Call::NoGo,
        () if reasons.is_empty() => Call::Go,
        () => Call::Hold,
    }
}

/// The worst reason, and how many others of its kind there are.
pub(super) fn headline(reasons: &[Reason<'_>], is_last: bool) -> String {
    let Some(worst) = reasons.first() else {
        return if is_last {
            "the rollout is complete: every gate of its last stage passes".to_owned()
        } else {
            "every gate passes".to_owned()
        };
    };
    let others = reasons.iter().skip(1).filter(|reason| reason.short != worst.short).count();
    match others {
        0 => worst.short.to_string(),
        n => format!("{} · {}", worst.short, plural(n, "more reason")),
    }
}
