//! Those who have the feature do not see something more often than those who do not, at the same time.

use super::Finding;
use crate::{
    judge::{Verdict, context::Context},
    runbook::{Arm, Gate},
};

/// The verdict on a canary beside its control.
pub(super) fn judge<'a>(
    _cx: &Context<'a>,
    _gate: &Gate,
    _canary: &'a Arm,
    _control: &'a Arm,
    _max_ratio: f64,
    _tolerated: f64,
) -> Finding {
    Finding::new(Verdict::Unknown, "not judged yet", "-")
}
