//! Runbooks: what is read from them, and how broken ones are refused.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use gonogo::{
    runbook::{
        Condition, Duty, EvidenceFrom, Exposure, Fill, LoadError, MatchOp, Outcome, Percent, RateScope, Repetition,
        Runbook, Signal, TripWire, built_in, load, parse, show,
    },
    stats::repeated,
};
use proptest::prelude::*;
use serde::Deserialize;

const BUILT_IN: &str = include_str!("../assets/runbooks/vfs-secure-upload.toml");
const EXAMPLE: &str = include_str!("../assets/runbooks/example-search-ranking.toml");
const MINIMAL: &str = include_str!("runbooks/minimal.toml");

fn problems(text: &str) -> Vec<String> {
    let found = parse(text, "F").err().unwrap_or_default();
    found.iter().map(|problem| problem.to_string().split_off("F:".len())).collect()
}

fn stage_keys(runbook: &Runbook) -> Vec<&str> {
    runbook.stages.iter().map(|stage| stage.key.as_str()).collect()
}

fn gate_keys(runbook: &Runbook, stage: &str) -> Vec<(String, &'static str)> {
    let (_, stage) = runbook.stage(stage).expect("a stage of this key");
    stage.gates.iter().map(|gate| (gate.key.clone(), gate.condition.kind())).collect()
}

// ---- refusals ------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Refusals {
    refusal: Vec<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    name: String,
    old: String,
    new: String,
    says: Vec<String>,
}

#[test]
fn each_way_to_break_a_runbook_is_refused_at_its_place() {
    assert_eq!(problems(MINIMAL), [""; 0]);
    let table: Refusals = toml::from_str(include_str!("runbooks/refusals.toml")).expect("the table of refusals");
    assert!(table.refusal.len() >= 100);
    let mut wrong = Vec::new();
    for Refusal { name, old, new, says } in &table.refusal {
        assert!(MINIMAL.contains(old.as_str()), "{name}: {old:?} is not in minimal.toml");
        assert!(!says.is_empty(), "{name}");
        let said = problems(&MINIMAL.replacen(old, new, 1));
        if said != *says {
            wrong.push(format!("{name}:\n  expected {says:#?}\n  but got  {said:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_problem_names_file_line_column_text_and_what_was_expected() {
    let text = MINIMAL.replace("percent = 5", "percent = 120");
    let found = parse(&text, "rollouts/minimal.toml").expect_err("120 % is refused");
    let [problem] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((problem.file.as_str(), problem.line, problem.column), ("rollouts/minimal.toml", 42, 45));
    assert_eq!(problem.text, "exposure.percent = 120");
    assert_eq!(problem.message, "expected a whole number from 0 to 100");
    assert_eq!(
        problem.to_string(),
        "rollouts/minimal.toml:42:45: exposure.percent = 120: expected a whole number from 0 to 100"
    );
}

#[test]
fn every_error_is_reported_at_once_in_the_order_of_the_file() {
    let said = parse(include_str!("runbooks/many-errors.toml"), "many-errors.toml").expect_err("many errors");
    let lines: Vec<String> = said.iter().map(ToString::to_string).collect();
    assert_eq!(lines, include_str!("runbooks/many-errors.txt").lines().collect::<Vec<_>>());
    assert!(said.is_sorted_by_key(|problem| (problem.line, problem.column)));
}

#[test]
fn a_runbook_without_stages_is_refused() {
    let (text, _) = MINIMAL.split_once("[[stage]]").expect("stages");
    assert_eq!(problems(text), ["1:1: (file): expected the key `stage`, which is missing"]);
    let empty = format!("stage = []\n{text}");
    assert_eq!(problems(&empty), ["1:9: stage = []: expected at least one entry"]);
}

#[test]
fn columns_count_characters_and_carriage_returns_do_not_shift_lines() {
    let text = MINIMAL.replace("{ cohorts = [\"staff\"], percent = 5 }", "{ \"größe\" = 1, percent = 120 }");
    for text in [text.replace('\n', "\r\n"), text] {
        assert_eq!(
            problems(&text),
            [
                "42:14: exposure.\"größe\": expected a known key: cohorts, percent",
                "42:37: exposure.percent = 120: expected a whole number from 0 to 100",
            ]
        );
    }
}

#[test]
fn what_is_quoted_cannot_reach_the_terminal_as_a_control_sequence() {
    let text = MINIMAL.replace("title = \"Never\"", "\"a\u{202e}b\" = 1\ntitle = \"x\u{1b}[2J\"");
    let said = problems(&text);
    assert!(!said.is_empty());
    assert!(said.iter().all(|line| !line.contains(['\u{1b}', '\u{202e}'])), "{said:?}");
}

#[test]
fn a_hopeless_file_is_refused_in_bounded_work() {
    for text in ["= ".repeat(200_000), "[".repeat(500_000), format!("a{} = 1", ".a".repeat(300_000))] {
        let found = parse(&text, "F").expect_err("no runbook");
        assert!((1..=1000).contains(&found.len()));
    }
}

// ---- files ---------------------------------------------------------------------------------------------------------

fn fault(path: &Path) -> String {
    match load(path) {
        Err(LoadError::File(fault)) => fault.to_string(),
        other => panic!("{path:?} gave {other:?}"),
    }
}

#[test]
fn a_file_that_cannot_be_read_gives_one_clear_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("none.toml");
    let sentence = fault(&missing);
    assert!(sentence.starts_with(&format!("the runbook {} cannot be read: No such file", missing.display())));
    assert!(sentence.ends_with("; check the path, or name none to use the built-in runbook"));

    let sentence = fault(folder.path());
    assert_eq!(sentence, format!("the runbook {} is a folder; name the TOML file in it", folder.path().display()));

    let latin1 = folder.path().join("latin1.toml");
    fs::write(&latin1, b"key = \"a\"\ntitle = \"Gr\xf6\xdfe\"\n").expect("a file");
    assert_eq!(
        fault(&latin1),
        format!("the runbook {} is not UTF-8 text: see line 2; save it as UTF-8", latin1.display())
    );

    let huge = folder.path().join("huge.toml");
    fs::File::create(&huge).and_then(|file| file.set_len(200 << 20)).expect("a sparse file");
    assert_eq!(
        fault(&huge),
        format!("the runbook {} is larger than 1 MiB; check that it is the right file", huge.display())
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_rather_than_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    assert!(fault(&pipe).ends_with("is not a regular file; name a TOML file"));
}

#[test]
fn a_file_is_read_as_its_text_is_parsed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rollout.toml");
    fs::write(&path, format!("\u{feff}{EXAMPLE}")).expect("a file");
    assert_eq!(load(&path).expect("a byte order mark is no fault"), parse(EXAMPLE, "x").expect("the example"));

    fs::write(&path, MINIMAL.replace("observe = \"1h\"", "observe = \"soon\"")).expect("a file");
    let error = load(&path).expect_err("no duration").to_string();
    assert!(
        error.starts_with(&format!("{}:32:11: observe = \"soon\": expected a duration", path.display())),
        "{error}"
    );
}

// ---- the built-in runbook ------------------------------------------------------------------------------------------

#[test]
fn the_built_in_runbook_has_four_stages_that_only_grow() {
    let runbook = built_in();
    assert_eq!(stage_keys(runbook), ["dark-launch", "internal-canary", "limited-external", "default-on"]);
    let exposures: Vec<String> = runbook.stages.iter().map(|stage| stage.exposure.to_string()).collect();
    assert_eq!(exposures, ["off", "internal", "internal + 5 %", "everyone"]);
    let hours: Vec<u64> = runbook.stages.iter().map(|stage| stage.observe.as_secs() / 3600).collect();
    assert_eq!(hours, [24, 24, 24, 72]);
    assert_eq!(runbook.flag.key, "vfsSecureUpload");
    assert_eq!(runbook.flag.legacy.as_deref(), Some("vfsServerRegistration"));
    assert_eq!(runbook.cohort("internal").and_then(|cohort| cohort.segment.as_deref()), Some("internal-users"));
}

#[test]
fn the_built_in_runbook_has_every_exit_gate() {
    let gates = |stage: &str| gate_keys(built_in(), stage);
    let pair = |key: &str, kind| (key.to_owned(), kind);
    assert_eq!(
        gates("dark-launch"),
        [pair("integration-tests", "qa_report"), pair("fail-closed-staging", "attestation")]
    );
    assert_eq!(
        gates("internal-canary"),
        [
            pair("observed", "observation_window"),
            pair("success-rate", "success_rate"),
            pair("no-silent-fallback", "zero_tolerance"),
            pair("declared-messages", "declared_messages"),
        ]
    );
    assert_eq!(
        gates("limited-external"),
        [
            pair("observed", "observation_window"),
            pair("uploads-steady", "success_rate"),
            pair("error-spikes", "no_sustained_spike"),
            pair("sync-divergence", "canary_control"),
            pair("no-silent-fallback", "zero_tolerance"),
            pair("declared-messages", "declared_messages"),
            pair("staging-checklist", "checklist"),
            pair("candidate-qa", "qa_report"),
        ]
    );
    assert_eq!(
        gates("default-on"),
        [
            pair("observed", "observation_window"),
            pair("uploads-steady", "success_rate"),
            pair("error-spikes", "no_sustained_spike"),
            pair("no-silent-fallback", "zero_tolerance"),
            pair("declared-messages", "declared_messages"),
            pair("production-checklist", "checklist"),
            pair("production-qa", "qa_report"),
            pair("owner-sign-off", "sign_off"),
        ]
    );
    let (_, canary) = built_in().stage("internal-canary").expect("the canary");
    let Condition::ZeroTolerance { events, exposure, tolerated } = &canary.gates[2].condition else { panic!() };
    assert_eq!((events.signal.as_str(), exposure.signal.as_str(), *tolerated), ("upload_path", "secure_upload", 0.001));
    let held: Vec<(&str, bool, bool)> = events
        .matchers
        .iter()
        .map(|matcher| (matcher.field.as_str(), matcher.op.holds("legacy"), matcher.op.holds("on")))
        .collect();
    assert_eq!(held, [("flag", false, true), ("path", true, false)]);
}

#[test]
fn the_built_in_runbook_looks_for_spikes_in_each_step_and_compares_divergence_by_path() {
    let runbook = built_in();
    let (_, limited) = runbook.stage("limited-external").expect("stage 2");
    let spikes = limited.gates.iter().find(|gate| gate.key == "error-spikes").expect("the gate");
    let Condition::NoSustainedSpike { rates } = &spikes.condition else { panic!() };
    assert_eq!(*rates, ["secure_upload", "register", "stage", "attach", "flush"]);
    assert_eq!(*rates, runbook.rates.iter().map(|rate| rate.key.as_str()).collect::<Vec<_>>());

    let divergence = limited.gates.iter().find(|gate| gate.key == "sync-divergence").expect("the gate");
    let Condition::CanaryControl { canary, control, max_ratio, tolerated } = &divergence.condition else { panic!() };
    assert_eq!((*max_ratio, *tolerated), (2.0, 0.001));
    for (arm, path) in [(canary, "secure"), (control, "legacy")] {
        assert_eq!((arm.events.signal.as_str(), arm.exposure.signal.as_str()), ("sync_divergence", "upload_path"));
        for matchers in [&arm.events.matchers, &arm.exposure.matchers] {
            let [matcher] = &matchers[..] else { panic!("{matchers:?}") };
            assert_eq!((matcher.field.as_str(), &matcher.op), ("path", &MatchOp::In(vec![path.to_owned()])));
        }
    }
    let divergence = runbook.signal("sync_divergence").expect("the signal");
    let guardrail = runbook.signal("guardrail").expect("the signal");
    let metric = |signal: &Signal| signal.prometheus.as_ref().map(|read| read.metric.clone());
    assert_eq!(metric(divergence), metric(guardrail), "another view of the same counter");
    assert_eq!(divergence.heartbeat.as_deref(), Some("secure_upload"));
}

#[test]
fn the_built_in_runbook_monitors_every_class_of_errors_once() {
    let runbook = built_in();
    let monitors: Vec<(&str, &str)> = runbook.monitors.iter().map(|m| (m.key.as_str(), m.by.as_str())).collect();
    assert_eq!(
        monitors,
        [
            ("fail-closed", "message"),
            ("attach-failures", "status"),
            ("visibility-conflicts", "status"),
            ("storage-transient", "code"),
            ("storage-integrity", "code"),
            ("storage-other", "code"),
        ]
    );
    let counted_by = |signal: &str, value: &str| -> Vec<&str> {
        let of_signal = runbook.monitors.iter().filter(|monitor| monitor.events.signal == signal);
        let counts = of_signal.filter(|monitor| monitor.events.matchers.iter().all(|m| m.op.holds(value)));
        counts.map(|monitor| monitor.key.as_str()).collect()
    };
    for (signal, value, monitor) in [
        ("client_failure", "anything", "fail-closed"),
        ("attach_failure", "409", "visibility-conflicts"),
        ("attach_failure", "500", "attach-failures"),
        ("attach_failure", "", "attach-failures"),
        ("storage_error", "ServiceUnavailable", "storage-transient"),
        ("storage_error", "SlowDown", "storage-transient"),
        ("storage_error", "InternalError", "storage-transient"),
        ("storage_error", "NoSuchKey", "storage-integrity"),
        ("storage_error", "AccessDenied", "storage-other"),
        ("storage_error", "NeverSeenBefore", "storage-other"),
    ] {
        assert_eq!(counted_by(signal, value), [monitor], "{signal} {value}");
    }
}

#[test]
fn the_built_in_runbook_lets_an_operator_raise_what_no_counter_sees() {
    let raised: Vec<&str> = built_in()
        .triggers
        .iter()
        .filter(|trigger| trigger.when.contains(&TripWire::Raised))
        .map(|trigger| trigger.key.as_str())
        .collect();
    assert_eq!(raised, ["protocol-mismatch", "data-integrity"]);
    assert!(built_in().triggers.iter().all(|trigger| trigger.when[0] != TripWire::Raised), "telemetry first");
}

#[test]
fn the_built_in_runbook_counts_each_step_of_an_upload() {
    let runbook = built_in();
    let keys: Vec<(&str, RateScope)> = runbook.rates.iter().map(|rate| (rate.key.as_str(), rate.scope)).collect();
    assert_eq!(
        keys,
        [
            ("secure_upload", RateScope::Rollout),
            ("register", RateScope::Step),
            ("stage", RateScope::Step),
            ("attach", RateScope::Step),
            ("flush", RateScope::Step),
        ]
    );
    assert_eq!(runbook.primary_rate().map(|rate| rate.slo), Some(0.995));
    let flush = runbook.rate("flush").expect("the flush rate");
    assert_eq!(flush.attempts.matchers[0].op, MatchOp::In(vec![String::new(), "flush".to_owned()]));
    let Outcome::Failures(failed) = &flush.outcome else { panic!("{flush:?}") };
    assert_eq!(failed.matchers[0].op, MatchOp::In(vec!["flush".to_owned()]));
}

#[test]
fn the_built_in_runbook_has_every_list_in_full() {
    let runbook = built_in();
    let guardrails = runbook.guardrails.as_ref().expect("guardrails");
    let signatures: BTreeSet<&str> = guardrails.listed.iter().map(|listed| listed.signature.as_str()).collect();
    assert_eq!(
        signatures,
        BTreeSet::from([
            "flush:staleWriteRecoveryExhausted",
            "hydrate:hydrateGuardrailViolation",
            "pull:lastWriteIdRegression",
            "pull:pullAclSignatureVerificationFailure",
            "pull:pullCursorRegression",
            "pull:pullDuplicateOpReplay",
            "pull:pullPageInvariantViolation",
            "pull:pullRematerializationRequired",
            "reconcile:lastWriteIdRegression",
            "reconcile:reconcileCursorRegression",
        ])
    );
    let codes: Vec<(&str, &str)> = runbook.codes.iter().map(|code| (code.code.as_str(), code.class.as_str())).collect();
    assert_eq!(
        codes,
        [
            ("NoSuchKey", "integrity"),
            ("AccessDenied", "configuration"),
            ("ServiceUnavailable", "transient"),
            ("SlowDown", "transient"),
            ("InternalError", "transient"),
            ("409", "visibility"),
            ("500", "deterministic"),
        ]
    );
    assert_eq!(runbook.triggers.len(), 4);
    assert_eq!(runbook.rollback.len(), 4);
    assert_eq!(runbook.checklist.len(), 7);
    assert_eq!(runbook.evidence.len(), 5);
    assert_eq!(runbook.sign_off.len(), 7);
    assert_eq!(runbook.preconditions.len(), 3);
    let qa = runbook.qa.as_ref().expect("the automated gate");
    assert_eq!(qa.command, "pnpm qaVfsSecureUpload");
    assert_eq!(qa.checks, ["api-rekey-crdt", "api-client-crypto", "client-secure-upload", "vfs-guardrail"]);
    assert_eq!((qa.covers.len(), qa.max_age), (4, Duration::from_secs(86_400)));
    let messages: Vec<(&str, usize)> =
        runbook.failure_messages.iter().map(|message| (message.text.as_str(), message.variants.len())).collect();
    assert_eq!(
        messages,
        [("Secure upload is enabled but VFS secure orchestrator is not ready", 0), ("Secure upload failed", 5)]
    );
    let TripWire::Repeated { threshold, within, .. } = &runbook.triggers[1].when[0] else { panic!() };
    assert_eq!((*threshold, *within), (Repetition::BackgroundPerDay(1.0), Duration::from_secs(900)));
    assert_eq!(runbook.digest.len(), 64);
}

/// The bullets of the team's document, in its own words.
const DOCUMENT: &str = include_str!("runbooks/vfs-secure-upload.document.txt");

#[test]
fn the_built_in_runbook_is_shown_with_every_sentence_of_the_document() {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let shown = flat(&show(built_in()));
    let absent: Vec<&str> = DOCUMENT.lines().filter(|line| !shown.contains(&flat(line))).collect();
    assert!(DOCUMENT.lines().count() > 60);
    assert!(absent.is_empty(), "not shown: {absent:#?}");
}

// ---- any other runbook ---------------------------------------------------------------------------------------------

#[test]
fn another_rollout_is_written_in_the_same_format() {
    let runbook = parse(EXAMPLE, "example").expect("the example");
    assert_eq!(stage_keys(&runbook), ["shadow", "staff", "beta", "tenth", "all"]);
    let tenth = &runbook.stages[3];
    assert_eq!(
        tenth.exposure,
        Exposure {
            cohorts: BTreeSet::from(["beta".to_owned(), "staff".to_owned()]),
            percent: Percent::new(10).expect("a percentage"),
        }
    );
    assert_eq!(tenth.observe, Duration::from_secs(90 * 60));
    let search = runbook.signal("search").expect("the signal");
    let prometheus = search.prometheus.as_ref().expect("a counter");
    assert_eq!(prometheus.labels, ["ranker", "outcome"], "a label's own name unless another is given");
    assert_eq!(prometheus.matchers[0].op, MatchOp::NotIn(vec!["probe".to_owned(), "crawler".to_owned()]));
    let events = search.events.as_ref().expect("events");
    assert_eq!((events.name_field.as_str(), events.names.len()), ("kind", 2));
    assert_eq!(events.labels, ["ranker", "result.outcome"]);
    assert_eq!(prometheus.replica_labels, ["replica", "prometheus_replica"]);
    assert_eq!(runbook.monitors.len(), 2);
    let kinds: BTreeSet<&str> =
        runbook.stages.iter().flat_map(|stage| &stage.gates).map(|gate| gate.condition.kind()).collect();
    assert_eq!(kinds.len(), 11, "the example has every kind of gate: {kinds:?}");
    let shown = show(&runbook).to_lowercase();
    for word in ["vfs", "upload", "blob"] {
        assert!(!shown.contains(word), "{word} is of another rollout");
    }
}

const WINDOW: &str = "kind = \"observation_window\"";

#[test]
fn a_comparison_has_defaults_and_takes_whole_numbers_and_fractions() {
    let arms = "kind = \"canary_control\"\n\
        canary = { events = { signal = \"calls\", match = { path = \"new\", ok = \"false\" } }, exposure = { signal = \"calls\" } }\n\
        control = { events = { signal = \"calls\", match = { path = \"old\", ok = \"false\" } }, exposure = { signal = \"calls\" } }\n";
    for (more, want) in [
        ("", (2.0, 0.001)),
        ("max_ratio = 3\ntolerated = 0.01", (3.0, 0.01)),
        ("max_ratio = 1.05", (1.05, 0.001)),
        ("max_ratio = 100", (100.0, 0.001)),
        ("max_ratio = 0x10", (16.0, 0.001)),
    ] {
        let runbook = parse(&MINIMAL.replacen(WINDOW, &format!("{arms}{more}"), 1), "F").expect("a runbook");
        let Condition::CanaryControl { max_ratio, tolerated, canary, .. } = &runbook.stages[0].gates[0].condition
        else {
            panic!("{more}")
        };
        assert_eq!((*max_ratio, *tolerated), want, "{more}");
        assert_eq!(canary.events.matchers.len(), 2);
    }
}

#[test]
fn a_repetition_is_a_count_or_what_is_usual() {
    for (written, want) in [
        ("at_least = 1", Repetition::AtLeast(1)),
        ("background_per_day = 1", Repetition::BackgroundPerDay(1.0)),
        ("background_per_day = 0.25", Repetition::BackgroundPerDay(0.25)),
        ("background_per_day = 1e-3", Repetition::BackgroundPerDay(0.001)),
        ("background_per_day = 10_000", Repetition::BackgroundPerDay(10_000.0)),
    ] {
        let runbook = parse(&MINIMAL.replacen("at_least = 2", written, 1), "F").expect("a runbook");
        let TripWire::Repeated { threshold, within, .. } = &runbook.triggers[0].when[0] else { panic!("{written}") };
        assert_eq!((*threshold, *within), (want, Duration::from_secs(900)), "{written}");
        if let Repetition::BackgroundPerDay(n) = threshold {
            let needed = repeated::threshold(*n, within.as_secs_f64(), 0.05);
            assert!((1..1000).contains(&needed), "{written}: {needed} trip it");
            assert!(show(&runbook).contains(&format!("where {n} a day are usual")), "{written}");
        }
    }
}

/// The most that the reader lets through as usual still trips at some number.
#[test]
fn no_background_that_is_accepted_makes_a_wire_that_never_trips() {
    for (a_day, within) in [("10000", "72m"), ("1000", "12h"), ("500", "24h"), ("1.36", "366days")] {
        let text = MINIMAL.replacen("at_least = 2", &format!("background_per_day = {a_day}"), 1).replacen(
            "\"15m\"",
            &format!("\"{within}\""),
            1,
        );
        let runbook = parse(&text, "F").expect("a runbook");
        let TripWire::Repeated { threshold: Repetition::BackgroundPerDay(n), within, .. } = runbook.triggers[0].when[0]
        else {
            panic!("{a_day}")
        };
        let needed = repeated::threshold(n, within.as_secs_f64(), 0.05);
        assert!((400..1000).contains(&needed), "{a_day} within {within:?}: {needed}");
        let text = text.replacen(a_day, &format!("{}", n * 1.1), 1);
        assert!(parse(&text, "F").is_err(), "{a_day} and a tenth more");
    }
}

#[test]
fn copies_are_told_apart_by_the_labels_given_and_by_the_usual_one() {
    let from = "labels = { ok = \"success\" } }\nevents";
    for (written, want) in [
        ("labels = { ok = \"success\" } }", &["prometheus_replica"][..]),
        ("labels = { ok = \"success\" }, replica_labels = [] }", &["prometheus_replica"]),
        ("labels = { ok = \"success\" }, replica_labels = [\"az\"] }", &["az", "prometheus_replica"]),
        (
            "labels = { ok = \"success\" }, replica_labels = [\"prometheus_replica\", \"az\"] }",
            &["prometheus_replica", "az"],
        ),
        ("labels = { ok = \"prometheus_replica\" } }", &[]),
        ("labels = { ok = \"prometheus_replica\" }, replica_labels = [\"az\"] }", &["az"]),
    ] {
        let runbook = parse(&MINIMAL.replacen(from, &format!("{written}\nevents"), 1), "F").expect("a runbook");
        let read = runbook.signals[0].prometheus.as_ref().expect("a counter");
        assert_eq!(read.replica_labels, want, "{written}");
        assert_eq!(show(&runbook).contains("copies that differ only in"), !want.is_empty(), "{written}");
    }
}

#[test]
fn numbers_that_decide_are_shown() {
    let shown = show(&parse(EXAMPLE, "F").expect("the example")).split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "more than 1.5 times as often is ruled out",
        "a rate of the first above 0.05 %",
        "20 or more, alike, within 5 min of error_page",
        "more than is coincidence where 0.5 a day are usual, alike, within 15 min",
        "raised: an operator raises it",
        "answered (SLO 99.9 %)",
        "two people one person requests it, another confirms within 30 min",
        "automatic: a guard that was armed for it rolls back by itself",
        "by_hand: people do it",
        "none of search where ranker is learned",
        "counted from 30 s after the store says off",
        "copies that differ only in replica or prometheus_replica are counted once",
        "telemetry sees search where outcome is not timeout or error and ranker is learned",
        "p99 is now latency",
        "killed after 30 min",
        "logs: lines of staging of the last 6 h",
        "search_build_info where env is {environment}",
        "instance from host, the newest record of each counts",
        "where it is not known, nobody is advanced",
    ] {
        assert!(shown.contains(said), "{said}");
    }
}

#[test]
fn nothing_that_a_runbook_says_is_left_out_when_it_is_shown() {
    for text in [BUILT_IN, EXAMPLE, MINIMAL] {
        let runbook = parse(text, "F").expect("a runbook");
        let shown = show(&runbook);
        let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut absent = Vec::new();
        leaves(&serde_json::to_value(&runbook).expect("JSON"), &mut |said| {
            if !said.is_empty() && !flat.contains(said) {
                absent.push(said.to_owned());
            }
        });
        // Said in other words: the outcome of a rate is one of two, its scope a clause.
        absent.retain(|said| !matches!(said.as_str(), "rollout" | "step"));
        assert!(absent.is_empty(), "{}: {absent:#?}", runbook.key);
        let widest = shown.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest <= 92, "{widest} columns");
    }
}

fn leaves(value: &serde_json::Value, visit: &mut impl FnMut(&str)) {
    match value {
        serde_json::Value::String(text) => visit(text),
        serde_json::Value::Array(list) => list.iter().for_each(|entry| leaves(entry, visit)),
        serde_json::Value::Object(map) => map.values().for_each(|entry| leaves(entry, visit)),
        _ => {}
    }
}

#[test]
fn a_legacy_path_is_counted_by_one_source() {
    let only =
        |key: &str, source: &str| format!("[[signal]]\nkey = \"{key}\"\ntitle = \"T\"\nby = [\"path\"]\n{source}\n");
    let legacy = "[legacy]\ngone = { signal = \"went\" }\nback = { signal = \"came\" }\nsdk_poll = \"15s\"\n";
    let (counter, events) =
        ("prometheus = { metric = \"m_total\" }", "events = { name = \"e\", labels = { path = \"p\" } }");
    let with = |gone: &str, back: &str| format!("{MINIMAL}\n{legacy}{}{}", only("went", gone), only("came", back));
    assert_eq!(problems(&with(counter, counter)), [""; 0]);
    assert_eq!(problems(&with(events, &format!("{events}\n{counter}"))), [""; 0]);
    let said = problems(&with(counter, events));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].ends_with("expected a signal that the same source can read: went and came have none in common"));
    // A first step that does not say what it does takes the feature away.
    let step = "[[rollback]]\nkey = \"off\"\ntitle = \"Off\"\ndetail = \"Off.\"\n";
    let runbook = parse(&format!("{MINIMAL}\n{step}"), "F").expect("a runbook");
    assert_eq!(runbook.rollback[0].does, gonogo::runbook::StepKind::Disable);
}

#[test]
fn the_built_in_runbook_says_what_a_promotion_rests_on() {
    let runbook = built_in();
    let fills: Vec<&Fill> = runbook.sign_off.iter().map(|field| &field.fill).collect();
    let evidence = |key: &str| Fill::Evidence(key.to_owned());
    assert_eq!(
        fills,
        [
            &Fill::Candidate,
            &Fill::GateCommand,
            &Fill::GateResult,
            &evidence("staging-success"),
            &evidence("staging-forced-failure"),
            &Fill::RollbackOwner,
            &Fill::Decision,
        ]
    );
    let from = |key: &str| &runbook.evidence.iter().find(|item| item.key == key).expect("the item").from;
    assert_eq!((from("test-runs"), from("qa-output")), (&EvidenceFrom::QaReport, &EvidenceFrom::QaOutput));
    assert_eq!(from("decision"), &EvidenceFrom::SignOff);
    for item in ["staging-success", "staging-forced-failure"] {
        let EvidenceFrom::Logs(logs) = from(item) else { panic!("{item}") };
        assert_eq!((logs.environment.as_str(), logs.within), ("staging", Duration::from_secs(86_400)));
    }
    let duties: Vec<(&str, Option<Duty>)> = runbook.roles.iter().map(|role| (role.key.as_str(), role.duty)).collect();
    assert_eq!(
        duties,
        [
            ("release-owner", Some(Duty::ReleaseOwner)),
            ("rollback-owner", Some(Duty::RollbackOwner)),
            ("client", None),
            ("api", None),
            ("storage", None),
        ]
    );
    let qa = runbook.qa.as_ref().expect("the automated gate");
    assert_eq!(qa.report, ["--report-json", "{report}"]);
    assert_eq!(qa.older["vfs-sync-guardrail"], "vfs-guardrail");
    assert_eq!(qa.limit, Duration::from_secs(45 * 60));
    let deployed = runbook.deployed.as_ref().expect("how it is told what is deployed");
    assert!(deployed.prometheus.is_some() && deployed.events.is_some() && !deployed.required);
}

#[test]
fn what_is_not_said_of_approvals_has_a_default() {
    let more = "\n[qa]\ncommand = \"make it\"\nchecks = [\"a\"]\nmax_age = \"1h\"\n\n[[evidence]]\nkey = \"one\"\n\
                title = \"One\"\n\n[[evidence]]\nkey = \"two\"\ntitle = \"Two\"\nlogs = { query = '{a=\"{environment}\"} |= \
                \"{1,2}\" | line_format \"{{.msg}}\"', environment = \"staging\" }\n";
    // The same may fill several fields, and a field that nothing fills is written by hand.
    let fields = "[\"Owner\", { title = \"A\", fill = \"candidate\" }, { title = \"B\", fill = \"candidate\" }, \
                  { title = \"C\", evidence = \"one\" }, { title = \"D\", evidence = \"one\" }, { title = \"E\" }]";
    let text = MINIMAL.replacen("[\"Owner\"]", fields, 1) + more;
    let runbook = parse(&text, "F").expect("a runbook");
    let one = || Fill::Evidence("one".to_owned());
    let fills: Vec<Fill> = runbook.sign_off.iter().map(|field| field.fill.clone()).collect();
    assert_eq!(fills, [Fill::ByHand, Fill::Candidate, Fill::Candidate, one(), one(), Fill::ByHand]);
    assert_eq!(runbook.evidence[0].from, EvidenceFrom::ByHand);
    let EvidenceFrom::Logs(logs) = &runbook.evidence[1].from else { panic!("logs") };
    assert_eq!(logs.within, Duration::from_secs(86_400));
    let qa = runbook.qa.as_ref().expect("the automated gate");
    assert_eq!((qa.limit, qa.report.len(), qa.older.len()), (Duration::from_secs(3600), 0, 0));
    assert_eq!(runbook.deployed, None);
    assert!(show(&runbook).contains("by_hand: people attach it"));
}

#[test]
fn the_digest_names_the_very_text() {
    let digest = |text: &str| parse(text, "F").expect("a runbook").digest;
    assert_eq!(digest(MINIMAL), digest(MINIMAL));
    assert_ne!(digest(MINIMAL), digest(&format!("{MINIMAL}# a word\n")));
}

// ---- any text at all -----------------------------------------------------------------------------------------------

/// Bytes that mean something to TOML, and some that mean nothing.
const STRANGE: &[&str] =
    &["\"", "'", "[", "]", "{", "}", "=", ".", ",", "\n", "#", "\0", "\\", "é", "1e999", "[[stage]]\n", "-"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn no_cut_or_change_of_a_runbook_makes_the_reader_panic(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..200_usize, prop::sample::select(STRANGE)), 1..4),
        example in any::<bool>(),
    ) {
        let mut text: Vec<char> = if example { EXAMPLE } else { MINIMAL }.chars().collect();
        for (at, length, strange) in cuts {
            if text.is_empty() {
                break;
            }
            let from = at.index(text.len());
            let to = (from + length).min(text.len());
            text.splice(from..to, strange.chars());
        }
        let text: String = text.into_iter().collect();
        match parse(&text, "F") {
            Ok(runbook) => prop_assert!(runbook.stages[0].exposure.is_off()),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|p| p.line >= 1 && p.line <= text.matches('\n').count() + 1));
                prop_assert!(problems.iter().all(|p| !p.text.is_empty() && p.column >= 1 && !p.message.is_empty()));
            }
        }
    }

    #[test]
    fn a_runbook_cut_off_anywhere_is_refused_or_whole(at in any::<prop::sample::Index>()) {
        let mut end = at.index(BUILT_IN.len());
        while !BUILT_IN.is_char_boundary(end) {
            end -= 1;
        }
        if let Err(problems) = parse(&BUILT_IN[..end], "F") {
            prop_assert!(!problems.is_empty());
        }
    }
}
