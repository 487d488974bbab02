//! The digest that a confirmation is bound to.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{FlagAssessment, GateAssessment, HardStop, Resolution, TriggerAssessment, gate::sign_off::is_approval};
use crate::fingerprint::sha256;

/// What an operator who confirms has relied on. Counts and ages are not in it: they change with every poll and change
/// nothing.
pub(super) struct Relied<'a> {
    pub stage: &'a str,
    pub to_stage: Option<&'a str>,
    pub candidate: Option<&'a str>,
    pub runbook: &'a str,
    pub flag: &'a FlagAssessment,
    pub gates: &'a [GateAssessment],
    pub hard_stops: &'a [HardStop],
    pub triggers: &'a [TriggerAssessment],
    pub guardrails_blind: bool,
}

impl Relied<'_> {
    /// SHA-256 over all of it, lower-case hex. JSON keeps the parts apart whatever is in them.
    pub fn digest(&self) -> String {
        self.over(self.candidate, |_| true, ())
    }

    /// The same without the gates that are approvals themselves, and with how much was resolved so far and when last:
    /// what such an approval rests on. The candidate is not in it: an approval names it, and the same commit may be written
    /// in fewer digits by whoever looks.
    pub fn approval(&self, resolutions: &[Resolution]) -> String {
        let latest: Option<DateTime<Utc>> = resolutions.iter().map(|resolution| resolution.at).max();
        self.over(None, |gate| !is_approval(gate), (resolutions.len(), latest))
    }

    fn over(
        &self,
        candidate: Option<&str>,
        counts: impl Fn(&GateAssessment) -> bool,
        besides: impl Serialize,
    ) -> String {
        let gates = self.gates.iter().filter(|gate| counts(gate));
        let gates: Vec<_> = gates.map(|gate| (&gate.key, gate.verdict.word())).collect();
        let mut stops: Vec<_> = self.hard_stops.iter().map(|stop| &stop.signature).collect();
        stops.sort();
        let mut triggers: Vec<_> = self.triggers.iter().map(|trigger| (&trigger.key, trigger.state.word())).collect();
        triggers.sort();
        let relied = (
            self.stage,
            self.to_stage,
            candidate,
            self.runbook,
            &self.flag.version,
            &self.flag.drift,
            self.flag.blind.is_some(),
            gates,
            stops,
            triggers,
            self.guardrails_blind,
            besides,
        );
        // Strings, numbers and lists of them: there is nothing in it that could not be written.
        sha256(serde_json::to_string(&relied).unwrap_or_default())
    }
}
