//! The bundle: what is in it, and that nothing in it can be changed unseen.
#![allow(missing_docs)]

#[path = "../support/binary.rs"]
mod binary;
mod command;
mod hostile;
mod made;
