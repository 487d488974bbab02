//! Newline-delimited JSON event records, followed as they grow.
