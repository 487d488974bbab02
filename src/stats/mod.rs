//! Sequential tests, their intervals, CUSUM, burn rate: pure numbers, each file one formula.
//!
//! Everything here takes plain numbers and gives plain numbers: no clock, no runbook, and never a NaN, whatever comes in.

pub mod bernoulli;
pub mod burn;
pub mod cusum;
pub mod dispersion;
pub mod eta;
pub mod mixture;
pub mod ratio;
pub mod repeated;
pub mod wilson;
pub mod zero;

/// The false-alarm probability that a gate is allowed over its whole life, however often it is looked at.
pub const ALPHA: f64 = 0.05;

/// What a sequential test says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Shown to be on the good side.
    Pass,
    /// Shown to be on the bad side.
    Fail,
    /// Neither is shown yet.
    Undecided,
}
