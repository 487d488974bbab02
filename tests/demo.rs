//! The demo's fleet: it obeys the flag file, it repeats itself, and gonogo reads exactly what it wrote.

mod support;

use std::{fs, path::PathBuf, process::Command, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::{
    audit::{Entry, Event, FileLog, Record, replay},
    clock::Clock,
    demo::{self, Context, Demo, FlagSet, Scenario},
    flags::{FlagStore, flagd::Flagd},
    judge::CheckOutcome,
    runbook::{Condition, built_in},
    snapshot::{Health, Poll, SourceState, minute_of},
    telemetry::{Telemetry, events::Events},
};
use serde_json::{Value, json};
use tempfile::TempDir;

fn opening() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn minutes(n: i64) -> DateTime<Utc> {
    opening() + TimeDelta::minutes(n)
}

fn open(scenario: Scenario, seed: u64) -> (TempDir, Demo) {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::open(folder.path(), scenario, seed, opening()).unwrap();
    (folder, demo)
}

async fn read(demo: &Demo, now: DateTime<Utc>) -> Poll {
    let mut events = Events::new(demo.events_path().to_owned(), built_in(), "production");
    events.poll(opening() - TimeDelta::hours(48), now).await
}

/// Occurrences with these labels in the minutes after the opening `from..to`; `*` is any label.
fn count(poll: &Poll, signal: &str, labels: &[&str], from: i64, to: i64) -> u64 {
    let minute = |n| minute_of(minutes(n));
    poll.observation.readings[signal]
        .tallies
        .iter()
        .filter(|(found, _)| found.iter().zip(labels).all(|(found, wanted)| *wanted == "*" || found == wanted))
        .map(|(_, counts)| counts.between(minute(from), minute(to)))
        .sum()
}

const FOREVER: (i64, i64) = (-4000, 4000);

fn all(poll: &Poll, signal: &str, labels: &[&str]) -> u64 {
    count(poll, signal, labels, FOREVER.0, FOREVER.1)
}

fn set_flag(demo: &Demo, change: impl FnOnce(&mut Value)) {
    let mut file: Value = serde_json::from_str(&fs::read_to_string(demo.flag_path()).unwrap()).unwrap();
    change(&mut file["flags"]["vfsSecureUpload"]);
    fs::write(demo.flag_path(), file.to_string()).unwrap();
}

/// When the flag was changed, as its store says.
async fn changed_at(demo: &Demo, clock: Clock) -> DateTime<Utc> {
    store(demo, clock).read().await.unwrap().changed_at.unwrap()
}

fn store(demo: &Demo, clock: Clock) -> Flagd {
    Flagd::new(demo.flag_path(), &built_in().flag, &built_in().cohorts).by(clock)
}

#[tokio::test]
async fn the_flag_says_by_the_clock_of_the_demo_when_it_was_changed() {
    let (_folder, mut demo) = open(Scenario::Drift, 1);
    let clock = Clock::simulated(opening(), 0.0);
    let entered = opening() - TimeDelta::minutes(*demo::OPENS_IN[2].last().unwrap());
    assert_eq!(changed_at(&demo, clock).await, entered, "when the stage was entered that it opens in");
    // By the scenario, an hour after the opening: looked at long after that.
    demo.advance_to(minutes(150)).unwrap();
    assert_eq!(changed_at(&demo, clock).await, minutes(60));
    // By hand, with an editor that knows nothing of this time.
    set_flag(&demo, |flag| flag["defaultVariant"] = json!("off"));
    assert!((changed_at(&demo, clock).await - minutes(150)).abs() > TimeDelta::days(1), "before the fleet has seen it");
    demo.advance_to(minutes(151)).unwrap();
    assert_eq!(changed_at(&demo, clock).await, minutes(150));
    demo.advance_to(minutes(170)).unwrap();
    assert_eq!(changed_at(&demo, clock).await, minutes(150), "what nobody changes is left alone");
    // By gonogo, to the moment; the fleet that sees it later does not know better.
    clock.put_forward(TimeDelta::minutes(172));
    set_flag(&demo, |flag| flag["defaultVariant"] = json!("on"));
    let store = store(&demo, clock);
    store.write(&store.off()).await.unwrap();
    assert_eq!(changed_at(&demo, clock).await, minutes(172));
    demo.advance_to(minutes(173)).unwrap();
    assert_eq!(changed_at(&demo, clock).await, minutes(172));
}

#[tokio::test]
async fn gonogo_reads_exactly_what_the_fleet_wrote() {
    for scenario in [Scenario::Healthy, Scenario::Storage] {
        let (_folder, mut demo) = open(scenario, 7);
        demo.advance_to(minutes(300)).unwrap();
        let poll = read(&demo, minutes(300)).await;
        assert_eq!((poll.status.state, &poll.status.note), (SourceState::Ok, &None));
        let tally = demo.tally();
        assert_eq!(all(&poll, "secure_upload", &["true", ""]), tally.secure);
        assert_eq!(all(&poll, "secure_upload", &["false", "*"]), tally.failed);
        assert_eq!(all(&poll, "client_failure", &["*"]), tally.failed);
        assert_eq!(all(&poll, "upload_path", &["secure", "on"]), tally.secure_registrations);
        assert_eq!(all(&poll, "upload_path", &["legacy", "off"]), tally.legacy);
        assert_eq!(all(&poll, "upload_path", &["legacy", "on"]), tally.fallen_back);
        assert_eq!(all(&poll, "storage_error", &["*"]), tally.storage_errors);
        assert_eq!(all(&poll, "guardrail", &["*", "*"]), tally.violations);
        assert!(poll.observation.readings.values().all(|reading| reading.gaps.is_empty()));
        assert!(tally.secure > 20_000 && tally.failed > 10);
    }
}

#[tokio::test]
async fn the_demo_opens_in_stage_two_with_two_stages_behind_it() {
    let (_folder, demo) = open(Scenario::Healthy, 1);
    assert!(fs::metadata(demo.events_path()).unwrap().len() < 40_000_000);
    let past = demo.audit_events(demo::CANDIDATE);
    assert!(past.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    let entered: Vec<(DateTime<Utc>, String)> = past
        .iter()
        .filter_map(|(at, _, event)| match event {
            Event::Opened { stage, .. } => Some((*at, stage.clone())),
            Event::Begun(begun) => Some((*at, begun.to_stage.clone())),
            _ => None,
        })
        .collect();
    let stages: Vec<&str> = entered.iter().map(|(_, stage)| stage.as_str()).collect();
    assert_eq!(stages, built_in().stages[..3].iter().map(|stage| stage.key.as_str()).collect::<Vec<_>>());
    let Some(after) = past.iter().rev().find_map(|(_, _, event)| match event {
        Event::Ended { after, .. } => after.as_ref(),
        _ => None,
    }) else {
        panic!("an advance ended")
    };
    assert_eq!(after.serves(), built_in().stages[2].exposure);
    let file: Value = serde_json::from_str(&fs::read_to_string(demo.flag_path()).unwrap()).unwrap();
    assert_eq!(file["flags"]["vfsSecureUpload"], after.raw);
    assert!(file["$schema"].is_string() && file["flags"]["vfsServerRegistration"].is_object());
    let poll = read(&demo, opening()).await;
    let a_minute = |from, to| count(&poll, "secure_upload", &["*", "*"], from, to) as f64 / (to - from) as f64;
    assert_eq!(count(&poll, "secure_upload", &["*", "*"], -46 * 60, -45 * 60), 0, "dark launch");
    let canary = a_minute(-44 * 60, -20 * 60);
    assert!((5.0..9.0).contains(&canary), "{canary}");
    for hour in -18..0 {
        let rate = a_minute(hour * 60, (hour + 1) * 60);
        assert!((11.0..21.0).contains(&rate), "{rate} in hour {hour}");
    }
}

#[test]
fn the_past_has_on_record_what_each_stage_asked_for() {
    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";
    let (_folder, demo) = open(Scenario::Healthy, 1);
    let entries = demo.audit_events(SHA).into_iter().map(|(at, operator, event)| Entry {
        seq: 0,
        at,
        operator,
        host: String::new(),
        version: String::new(),
        event,
        previous: String::new(),
        hash: String::new(),
    });
    let history = replay(&Record { entries: entries.collect(), ..Record::default() });
    let runbook = built_in();
    let of_it = |candidate: &Option<String>| candidate.as_deref() == Some(SHA);
    assert!(history.bases.len() == 1 && of_it(&history.bases[0].candidate));

    // One for dark launch, one for the stage it opens in: green, on the candidate, and fresh while the demo lives.
    let qa = runbook.qa.as_ref().unwrap();
    assert_eq!(history.qa_reports.len(), 2);
    for (report, done) in history.qa_reports.iter().zip([history.visits[0].left_at.unwrap(), opening()]) {
        assert_eq!((report.run.command.as_str(), report.run.candidate.as_str()), (qa.command.as_str(), SHA));
        let passed: Vec<&str> =
            report.run.checks.iter().filter(|check| check.status == "pass").map(|check| check.id.as_str()).collect();
        assert_eq!(passed, qa.checks);
        assert!(report.run.all_passed && !report.run.dry_run && report.run.digest.len() == 64);
        let completed = report.run.completed_at.unwrap();
        assert!(report.run.started_at < completed && completed <= report.at && report.at <= done);
        assert!((done + TimeDelta::hours(6) - completed).to_std().unwrap() <= qa.max_age);
    }

    let stage = &runbook.stages[0];
    let [word] = &history.attestations[..] else { panic!("{:?}", history.attestations) };
    assert!(word.stage == stage.key && of_it(&word.candidate) && word.at < history.visits[1].entered_at);
    let asked = stage.gates.iter().find(|gate| gate.key == word.gate).map(|gate| &gate.condition);
    assert_eq!(asked, Some(&Condition::Attestation { statement: word.statement.clone() }));

    let checked: Vec<&str> = history.checks.iter().map(|made| made.check.as_str()).collect();
    assert_eq!(checked, runbook.checklist.iter().map(|check| check.key.as_str()).collect::<Vec<_>>());
    let entered = history.visits[2].entered_at;
    assert!(history.checks.iter().all(|made| {
        made.outcome == CheckOutcome::Pass
            && made.environment == "staging"
            && of_it(&made.candidate)
            && (entered..=opening()).contains(&made.at)
    }));
    assert_eq!(history.sign_offs, [], "nobody signs for everyone beforehand");
}

#[tokio::test]
async fn uploads_follow_the_flag_within_the_delay_of_the_sdk() {
    let (_folder, mut demo) = open(Scenario::Healthy, 3);
    demo.advance_to(minutes(30)).unwrap();
    set_flag(&demo, |flag| {
        flag["defaultVariant"] = json!("off");
        flag.as_object_mut().unwrap().remove("targeting");
    });
    demo.advance_to(minutes(60)).unwrap();
    set_flag(&demo, |flag| flag["defaultVariant"] = json!("on"));
    demo.advance_to(minutes(90)).unwrap();
    // A file that no SDK understands changes nothing.
    fs::write(demo.flag_path(), "{\"flags\":").unwrap();
    demo.advance_to(minutes(100)).unwrap();
    let poll = read(&demo, minutes(100)).await;
    let secure = |from, to| count(&poll, "upload_path", &["secure", "on"], from, to);
    let legacy = |from, to| count(&poll, "upload_path", &["legacy", "off"], from, to);
    let share = secure(0, 30) as f64 / (secure(0, 30) + legacy(0, 30)) as f64;
    assert!((0.07..0.11).contains(&share), "internal users and 5 %: {share}");
    assert!(secure(30, 31) > 0, "some had not polled yet");
    assert_eq!((secure(31, 60), count(&poll, "secure_upload", &["*", "*"], 31, 60)), (0, 0));
    assert!(legacy(31, 60) > 29 * 120, "uploads return to the legacy path");
    assert!(legacy(60, 61) > 0);
    assert_eq!(legacy(61, 100), 0);
    assert!(secure(61, 100) > 39 * 120);
    assert_eq!(count(&poll, "upload_path", &["legacy", "on"], FOREVER.0, FOREVER.1), 0);
}

#[test]
fn a_seed_gives_the_same_events_byte_for_byte_however_time_is_cut() {
    let events = |seed, steps: i64| {
        let (_folder, mut demo) = open(Scenario::Regression, seed);
        for step in 1..=steps {
            demo.advance_to(opening() + TimeDelta::seconds(7200 * step / steps)).unwrap();
        }
        fs::read(demo.events_path()).unwrap()
    };
    let first = events(5, 1);
    assert!(first == events(5, 37), "the same bytes");
    assert!(first != events(6, 1), "another seed is another fleet");
}

#[tokio::test]
async fn every_scenario_does_what_it_promises() {
    for (seed, scenario) in (1..).zip(Scenario::ALL) {
        let (_folder, mut demo) = open(scenario, seed);
        demo.advance_to(minutes(360)).unwrap();
        let poll = read(&demo, minutes(360)).await;
        assert_eq!(poll.status.note, None);
        let reading = &poll.observation.readings["secure_upload"];
        let rate = |from, to| {
            count(&poll, "secure_upload", &["true", "*"], from, to) as f64
                / count(&poll, "secure_upload", &["*", "*"], from, to) as f64
        };
        let before = rate(-19 * 60, 60);
        assert!((0.998..0.9996).contains(&before), "{scenario}: {before} before anything happens");
        let violations = count(&poll, "guardrail", &["pull", "pullCursorRegression"], 119, 121);
        assert_eq!(violations, u64::from(scenario == Scenario::Guardrail), "{scenario}");
        assert_eq!(all(&poll, "guardrail", &["*", "*"]), violations);
        let fallback = all(&poll, "upload_path", &["legacy", "on"]);
        assert_eq!(fallback > 100, scenario == Scenario::Fallback, "{scenario}: {fallback}");
        assert_eq!(fallback == 0, scenario != Scenario::Fallback, "{scenario}: {fallback}");
        let missing = all(&poll, "storage_error", &["NoSuchKey"]);
        assert_eq!(missing, if scenario == Scenario::Storage { 15 } else { 0 }, "{scenario}");
        let throttled = count(&poll, "storage_error", &["SlowDown"], 60, 100);
        assert_eq!(throttled > 100, scenario == Scenario::Storage, "{scenario}: {throttled}");
        let heard = reading.newest.unwrap();
        match scenario {
            Scenario::Blind => assert!(heard <= minutes(180) && heard > minutes(179), "{heard}"),
            _ => assert!(heard > minutes(359), "{scenario}: {heard}"),
        }
        match scenario {
            Scenario::Regression => assert!((0.978..0.982).contains(&rate(61, 360)), "{}", rate(61, 360)),
            Scenario::Storage => {}
            _ => assert!(rate(61, 360) > 0.998, "{scenario}: {}", rate(61, 360)),
        }
        let flags = fs::read_to_string(demo.flag_path()).unwrap();
        let served = FlagSet::parse(&flags).unwrap();
        let anybody = Context { targeting_key: "user-without-luck", attributes: &[] };
        let everyone = (0..100).all(|n| {
            let key = format!("somebody-{n}");
            served.boolean("vfsSecureUpload", &Context { targeting_key: &key, ..anybody }, false)
        });
        assert_eq!(everyone, scenario == Scenario::Drift, "{scenario}");
        let secure = count(&poll, "upload_path", &["secure", "on"], 120, 150);
        assert_eq!(secure > 30 * 100, scenario == Scenario::Drift, "{scenario}: {secure}");
        assert!(matches!(reading.health, Health::Good));
    }
}

#[tokio::test]
async fn the_fleet_lives_on_by_the_clock() {
    let (folder, demo) = open(Scenario::Healthy, 4);
    let audit = Arc::new(FileLog::at(folder.path()));
    let path = demo.events_path().to_owned();
    let size = || fs::metadata(&path).unwrap().len();
    let before = size();
    let clock = Clock::simulated(opening(), 600.0);
    let life = tokio::spawn(demo::run(demo, clock, audit, tokio::sync::mpsc::unbounded_channel().1));
    while size() < before + 10_000 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    life.abort();
}

#[test]
fn an_unwritable_folder_is_one_clear_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let fault = Demo::open(&file.join("demo"), Scenario::Healthy, 1, opening()).unwrap_err();
    assert!(fault.to_string().starts_with("the demo cannot write "), "{fault}");
}

/// Each targeting that gonogo or a colleague may have written, evaluated for thousands of users by both.
#[test]
fn flags_are_evaluated_as_flagd_core_does() {
    let cache = std::env::var_os("GONOGO_TEST_CACHE").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(PathBuf::from(home).join(".cache/gonogo-ci"))
    });
    let modules = cache.unwrap_or_default().join("node_modules");
    if !modules.join("@openfeature/flagd-core").is_dir() || support::installed("node").is_none() {
        support::missing("@openfeature/flagd-core");
        return;
    }
    let fractional = json!({"fractional": [["on", 5], ["off", 95]]});
    let internal = json!({"in": [{"var": "group"}, ["internal", "staff"]]});
    let targetings = [
        json!(null),
        json!({}),
        fractional.clone(),
        json!({"fractional": [{"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}]}, ["on", 20], ["off", 80]]}),
        json!({"fractional": [{"var": "group"}, ["on", 1], ["off", 1]]}),
        json!({"fractional": [["on"], ["off"], ["on", 0], ["off", -3]]}),
        json!({"fractional": [["on", 2147483647], ["off", 1]]}),
        json!({"fractional": [["on", 0.5], ["off", 1]]}),
        json!({"fractional": [["on", 0], ["off", 0]]}),
        json!({"if": [internal, "on", fractional]}),
        json!({"if": [internal, "on", "off"]}),
        json!({"if": [internal, "on"]}),
        json!({"if": [{"==": [{"var": "group"}, "external"]}, "on", {"==": [{"var": ["tier", "1"]}, 1]}, "off", null]}),
        json!({"if": [{"ends_with": [{"var": "targetingKey"}, "7"]}, "on", {"ends_with": [{"var": "targetingKey"}, "8"]}, "nobody", "off"]}),
        json!({"if": [{"in": ["er-1", {"var": "targetingKey"}]}, "on", "off"]}),
        json!({"==": [{"var": "group"}, "internal"]}),
        json!({"no_such_rule": [1, 2]}),
        json!({"if": [true, "on", {"no_such_rule": []}]}),
    ];
    let mut flags = serde_json::Map::new();
    for (n, targeting) in targetings.into_iter().enumerate() {
        for (default, state) in [("on", "ENABLED"), ("off", "ENABLED"), ("on", "DISABLED")] {
            let variants = json!({"on": true, "off": false, "true": true, "false": false});
            let mut flag = json!({"state": state, "variants": variants, "defaultVariant": default});
            if !targeting.is_null() {
                flag["targeting"] = targeting.clone();
            }
            flags.insert(format!("flag-{n}-{default}-{state}"), flag);
        }
    }
    let keys: Vec<String> = flags.keys().cloned().collect();
    let text = json!({"flags": flags}).to_string();
    let groups = ["internal", "external", "staff"];
    let users: Vec<(String, &str)> = (0..3000).map(|n| (format!("user-{:x}", n * 7919), groups[n % 3])).collect();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("flags.json"), &text).unwrap();
    fs::write(folder.path().join("asked.json"), json!({"keys": keys, "users": users}).to_string()).unwrap();
    let script = r#"
        const fs = require('fs');
        const { FlagdCore } = require('@openfeature/flagd-core');
        const quiet = { error() {}, warn() {}, info() {}, debug() {} };
        const core = new FlagdCore(undefined, quiet);
        core.setConfigurations(fs.readFileSync('flags.json', 'utf8'));
        const { keys, users } = JSON.parse(fs.readFileSync('asked.json', 'utf8'));
        const answers = keys.map(key => users.map(([targetingKey, group]) =>
            core.resolveBooleanEvaluation(key, false, { targetingKey, group }).value ? '1' : '0').join(''));
        process.stdout.write(answers.join('\n'));
    "#;
    let node = Command::new("node")
        .args(["-e", script])
        .current_dir(folder.path())
        .env("NODE_PATH", &modules)
        .output()
        .unwrap();
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let served = FlagSet::parse(&text).unwrap();
    let theirs = String::from_utf8(node.stdout).unwrap();
    assert_eq!(theirs.lines().count(), keys.len());
    for (key, theirs) in keys.iter().zip(theirs.lines()) {
        let ours: String = users
            .iter()
            .map(|(targeting_key, group)| {
                let context = Context { targeting_key, attributes: &[("group", group)] };
                if served.boolean(key, &context, false) { '1' } else { '0' }
            })
            .collect();
        assert_eq!(ours, theirs, "{key}: {}", flags[key]);
    }
}
