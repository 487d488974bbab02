//! The `gonogo` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    gonogo::cli::main()
}
