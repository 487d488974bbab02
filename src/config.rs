//! The operator's configuration: profiles, addresses, where tokens come from.
