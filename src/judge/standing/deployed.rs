//! Whether what runs is the candidate.

use crate::judge::{DeployedAssessment, candidate, context::Context};

/// What telemetry says is deployed beside the candidate; none where the runbook does not say how it tells.
pub(super) fn assess(cx: &Context<'_>) -> Option<DeployedAssessment> {
    let asked = cx.runbook.deployed.as_ref()?;
    let told = cx.snapshot.telemetry.as_ref().and_then(|telemetry| telemetry.deployed.as_ref());
    let mut commits: Vec<(String, u64)> =
        told.map(|told| told.iter().map(|(commit, n)| (crate::text::clean(commit), *n)).collect()).unwrap_or_default();
    commits.sort_by_key(|(_, instances)| std::cmp::Reverse(*instances));
    if commits.is_empty() {
        let why = Some("telemetry does not tell what is deployed".to_owned());
        return Some(DeployedAssessment { commits, matches: false, why, blocks: asked.required });
    }
    let others: Vec<String> = commits
        .iter()
        .filter(|(commit, _)| !candidate::same(cx.candidate, Some(commit)))
        .map(|(commit, n)| format!("{} on {n}", candidate::shown(commit)))
        .collect();
    let matches = others.is_empty();
    let why = (!matches).then(|| match cx.candidate {
        Some(named) => format!("deployed is {}, the candidate is {}", others.join(", "), candidate::shown(named)),
        None => format!("deployed is {}, and no candidate is named", others.join(", ")),
    });
    Some(DeployedAssessment { commits, matches, why, blocks: !matches && cx.candidate.is_some() })
}
