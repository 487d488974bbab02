//! Unleash, by its admin API.
