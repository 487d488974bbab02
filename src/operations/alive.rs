//! Whether the process that began an action still runs.

/// Whether `process` runs on `host`, as an entry of the audit log names it; None where that cannot be told from here.
pub fn runs(host: &str, process: u32) -> Option<bool> {
    (host == this_host()).then_some(process).and_then(exists)
}

/// The name of this machine, as the audit log writes it down.
pub fn this_host() -> String {
    crate::text::clean(&gethostname::gethostname().to_string_lossy())
}

#[cfg(unix)]
fn exists(process: u32) -> Option<bool> {
    use rustix::{io::Errno, process};
    let process = process::Pid::from_raw(i32::try_from(process).ok()?)?;
    match process::test_kill_process(process) {
        Err(Errno::SRCH) => Some(false),
        // It is there, also where it may not be signalled.
        _ => Some(true),
    }
}

#[cfg(not(unix))]
fn exists(_: u32) -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_processes_of_this_machine_can_be_told() {
        let here = this_host();
        assert_eq!(runs(&here, std::process::id()), Some(true));
        assert_eq!(runs("elsewhere.example", std::process::id()), None);
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let gone = child.id();
        child.wait().unwrap();
        assert_eq!(runs(&here, gone), Some(false));
        assert_eq!(runs(&here, 0), None, "no process has this id");
    }
}
