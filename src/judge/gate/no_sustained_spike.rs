//! No failures come so fast, for so long, that they spend the error budget.

use super::Finding;
use crate::{
    judge::{Verdict, context::Context, rates::RateView},
    runbook::Gate,
};

/// The verdict on a rate's spikes.
pub(super) fn judge(_cx: &Context<'_>, _gate: &Gate, _rate: &str, _rates: &[RateView<'_>]) -> Finding {
    Finding::new(Verdict::Unknown, "not judged yet", "-")
}
