//! The automated gate: how its command is run, what it prints, and the report that it leaves.
//!
//! Pure: the words of the call, the lines of the output, what they say of each check, the report. The process and the
//! files around it are in `process`, `run` and `printed`.

mod call;
mod file;
mod lines;
mod printed;
mod process;
mod progress;
mod report;
mod run;
mod secrets;

pub use call::{Call, call};
pub use file::read_qa_file;
pub use lines::Lines;
pub use process::kill_all;
pub use progress::{CheckProgress, CheckState, Progress, took_before};
pub use report::read_qa_report;
pub use run::{Done, NotRun, Order, Ready, prepare};
pub use secrets::{Redactor, Secrets};
