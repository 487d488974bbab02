//! An incident from its trip to the next canary, by keys alone: rolled back, confirmed, kept, fixed, and in again.

use std::fs;

use gonogo::{
    audit::{Action, Event, Outcome, Phase},
    demo::{Context, FIX, FlagSet, qa_report_path},
    judge::LegacyEvidence,
};

use super::Demo;

/// The team needs eleven simulated minutes for its fix.
const SPEED: &str = "20";

impl Demo {
    /// Enters something into the audit log: the line of the list, and what is typed into its one field.
    fn enters(&mut self, title: &str, text: &str) {
        self.pty.presses_until("E", "Enter into the audit log");
        self.pty.selects(&format!("▸ {title} "));
        self.pty.presses_until("\r", "Record");
        // Pasted: a capital R that is typed would roll back.
        self.pty.presses_until(&format!("\x15\x1b[200~{text}\x1b[201~"), text.get(..40).unwrap_or(text));
        self.pty.types("\r");
        self.pty.sees("▸ Record");
        // A confirmation that comes too soon after a dialog opened is dropped by design.
        self.pty.settles();
        self.pty.settles();
        let before = self.audit().len();
        self.pty.types("\r");
        self.pty.waits("another entry", || self.audit().len() > before);
        self.pty.sees("recorded as entry");
        // Not before the list is there again: an Esc at the frame before would be Alt and the next key.
        self.pty.sees("Up Down which");
        self.closes("Enter into the audit log");
    }

    /// Whether an internal and an external user are served.
    fn serves(&self) -> (bool, bool) {
        let flags = FlagSet::parse(&self.flag_file()).unwrap();
        let on = |group| {
            let context = Context { targeting_key: "user-1", attributes: &[("group", group)] };
            flags.boolean("vfsSecureUpload", &context, false)
        };
        (on("internal"), on("external"))
    }
}

#[test]
fn from_the_trip_to_the_next_canary() {
    let mut demo = Demo::open_at(SPEED, &["regression", "--skip", "104m"]);
    demo.pty.sees("TRIPPED");

    // Off, and every step to its end.
    demo.pty.presses_until("R", "off for everyone");
    demo.pty.presses_until("y", "VERIFIED");
    assert_eq!(demo.serves(), (false, false));
    demo.pty.sees("nobody on the new path from");
    demo.pty.sees("at once and at the end");
    demo.pty.sees("locked");
    let entries = demo.audit();
    let rollback = entries.iter().find_map(|(_, event)| match event {
        Event::Begun(begun) if begun.action == Action::Rollback => Some(begun.id.clone()),
        _ => None,
    });
    let rollback = rollback.expect("a rollback on record");
    let confirmed = |event: &Event| matches!(event, Event::LegacyConfirmed { rollback: id, by: LegacyEvidence::Telemetry { .. } } if *id == rollback);
    assert_eq!(entries.iter().filter(|(_, event)| confirmed(event)).count(), 1);
    for phase in [Phase::AtOnce, Phase::AtTheEnd] {
        let kept = entries.iter().find_map(|(_, event)| match event {
            Event::DiagnosticsKept { phase: which, folder, .. } if *which == phase => Some(folder.clone()),
            _ => None,
        });
        let sums = fs::read_to_string(std::path::Path::new(&kept.expect("kept")).join("SHA256SUMS")).unwrap();
        assert!(sums.contains("failing-events.ndjson") && sums.contains("flag-before.json"), "{sums}");
    }
    demo.closes("VERIFIED");

    // Nobody is let in again before the fix.
    demo.pty.presses_until("A", "interlock: another candidate");
    for missing in ["interlock: a green automated gate", "interlock: a resolution"] {
        demo.pty.sees(missing);
    }
    demo.closes("interlock: a resolution");

    // The fix, its green gate, and what was found.
    let report = qa_report_path(&demo.folder());
    demo.pty.waits("a report of the gate on the fix", || report.exists());
    demo.enters("Name another candidate", FIX);
    demo.pty.sees(&format!("candidate {}", &FIX[..7]));
    demo.enters("Import a QA report", &report.display().to_string());
    demo.enters("Resolve the rollback", "attach was retried with a stale reconcile state; fixed, with tests");
    demo.enters("Attest fail-closed-staging", "smoke runs of tonight, all resolved");
    demo.pty.sees("every gate passes");

    demo.pty.presses_until("A", "type internal-canary");
    demo.pty.presses_until("\x15internal-canary", "stage    internal-canary");
    demo.pty.types("\t");
    demo.pty.types("fixed, and the gate is green");
    demo.pty.sees("fixed, and the gate is green");
    demo.pty.types("\t");
    demo.pty.presses_until("\r", "VERIFIED");
    assert_eq!(demo.serves(), (true, false));
    demo.closes("VERIFIED");
    demo.pty.sees("◉ 1 Internal canary");
    demo.pty.sees("serving since");
    let entries = demo.audit();
    let advanced = entries.iter().rev().find_map(|(_, event)| match event {
        Event::Ended { action: Action::Advance, outcome, .. } => Some(outcome.clone()),
        _ => None,
    });
    assert_eq!(advanced, Some(Outcome::Verified));

    // The whole incident is in the report. When the file was written, a file does not say.
    let report = demo.report();
    let incidents = report["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    assert_eq!(incidents[0]["rollback"], rollback.as_str());
    let steps = incidents[0]["steps"].as_array().unwrap();
    for wanted in
        ["detected", "tripped", "requested", "confirmed", "legacy", "kept", "resolved", "fixed", "green", "left"]
    {
        let step = steps.iter().find(|step| step["step"] == wanted);
        assert!(step.is_some_and(|step| step["at"].is_string()), "{wanted}: {steps:#?}");
    }
    for duration in ["detection_to_request_s", "request_to_confirmed_s", "request_to_legacy_s", "total_s"] {
        assert!(incidents[0][duration].as_i64().is_some_and(|seconds| seconds >= 0), "{duration}: {:#?}", incidents[0]);
    }
    demo.quits();
}
