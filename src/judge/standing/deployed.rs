//! Whether what runs is the candidate.

use crate::{
    judge::{DeployedAssessment, candidate, context::Context},
    text::clean,
};

/// What telemetry says is deployed beside the candidate; none where the runbook does not say how it tells.
///
/// Instances that do not know their commit tell nothing, nor does an abbreviation that is too short to compare: of those
/// nobody can say that they differ.
pub(super) fn assess(cx: &Context<'_>) -> Option<DeployedAssessment> {
    let asked = cx.runbook.deployed.as_ref()?;
    let told = cx.snapshot.telemetry.as_ref().and_then(|telemetry| telemetry.deployed.as_ref());
    let told = told.into_iter().flatten().filter(|(_, instances)| **instances > 0);
    let mut commits: Vec<(String, u64)> = told.map(|(commit, instances)| (clean(commit), *instances)).collect();
    commits.sort_by_key(|(_, instances)| std::cmp::Reverse(*instances));

    let here = candidate::named(cx.candidate);
    let count = |of: &dyn Fn(&str) -> bool| {
        let each = commits.iter().filter(|(commit, _)| of(commit)).map(|(_, instances)| *instances);
        each.fold(0_u64, u64::saturating_add)
    };
    let total = count(&|_| true);
    let on_candidate = count(&|commit| candidate::same(here, Some(commit)));
    let untold = count(&|commit| untold(here, commit));
    let others: Vec<String> = commits
        .iter()
        .filter(|(commit, _)| !candidate::same(here, Some(commit)) && !self::untold(here, commit))
        .map(|(commit, instances)| format!("{} on {instances}", candidate::shown(commit)))
        .collect();

    let why = match here {
        _ if commits.is_empty() => Some("telemetry does not tell what is deployed".to_owned()),
        None => Some(format!("deployed is {}, and no candidate is named", others.join(", "))),
        Some(here) if !others.is_empty() && on_candidate > 0 => Some(format!(
            "a deployment is under way: {on_candidate} of {total} instances run the candidate {}, beside {}",
            candidate::shown(here),
            others.join(", ")
        )),
        Some(here) if !others.is_empty() => {
            Some(format!("deployed is {}, the candidate is {}", others.join(", "), candidate::shown(here)))
        }
        Some(here) if untold > 0 => Some(format!(
            "{untold} of {total} instances do not tell whether they run the candidate {}",
            candidate::shown(here)
        )),
        Some(_) => None,
    };
    let differs = here.is_some() && !others.is_empty();
    let matches = why.is_none();
    Some(DeployedAssessment {
        commits,
        on_candidate,
        differs,
        matches,
        why,
        blocks: differs || (!matches && asked.required),
    })
}

/// Whether nobody can say if that is the candidate.
fn untold(here: Option<&str>, commit: &str) -> bool {
    match (candidate::named(Some(commit)), here) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(commit), Some(here)) => candidate::too_short(here, commit),
    }
}
