//! The stretches of a stay that a gate looks at, for gates that latch.

use crate::{
    judge::{context::Context, evidence_limit, period::Period, stage::Start},
    runbook::Gate,
};

/// A stretch of the stay, as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it lies.
    pub period: Period,
    /// Whether evidence begins anew with it. Otherwise the same candidate goes on, at another exposure.
    pub anew: bool,
}

/// The stretches from the stage's entry on, or from the latest resolution of this gate's failure, oldest first. Never
/// empty; the last is the one that goes on.
pub(super) fn pieces(cx: &Context<'_>, gate: &Gate) -> Vec<Piece> {
    let from = cx.fails_from(gate).max(evidence_limit(cx.now));
    let stretches = &cx.present.stretches;
    let ends = stretches.iter().skip(1).map(|next| Some(next.from)).chain([None]);
    let kept = stretches.iter().zip(ends).filter(|(_, until)| until.is_none_or(|until| until > from));
    let pieces = kept.enumerate().map(|(i, (stretch, until))| Piece {
        period: Period { from: stretch.from.max(from), until },
        anew: i == 0 || stretch.start != Start::Flag,
    });
    pieces.collect()
}
