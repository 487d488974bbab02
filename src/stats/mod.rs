//! Confidence sequences, CUSUM, burn rate: pure numbers.
