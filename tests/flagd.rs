//! The flagd file: whom the real flagd-core serves after each step, and what becomes of everything else in the file.

#[path = "support/cache.rs"]
mod cache;
mod support;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    os::unix::{fs::PermissionsExt, fs::symlink, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use gonogo::{
    fault::{Fault, FaultKind},
    flags::{FlagStore, flagd::Flagd},
    runbook::{AttributeRule, Cohort, Exposure, Flag, Percent},
    snapshot::FlagState,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

const FLAG: &str = "vfsSecureUpload";

const FILE: &str = r#"{
  "$schema": "https://flagd.dev/schema/v0/flags.json",
  "metadata": {"team":  "vfs", "big": 12345678901234567890123, "small": 1.50e-3},
  "flags": {
    "other": { "state":"ENABLED", "variants": {"a": 1.0, "b": 2}, "defaultVariant": "a",
        "targeting": {"$ref": "staff"} },
    "vfsSecureUpload": {
      "state": "ENABLED",
      "metadata": { "owner":   "vfs team", "ratio": 1.10 },
      "variants": {
        "on": true,
        "off": false
      },
      "defaultVariant": "off"
    },
    "vfsServerRegistration": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"}
  },
  "$evaluators": {"staff": {"if": [{"in": ["@corp", {"var": "email"}]}, "a", "b"]}}
}
"#;

fn flag() -> Flag {
    Flag { key: FLAG.to_owned(), legacy: None }
}

fn cohorts() -> Vec<Cohort> {
    vec![
        Cohort {
            key: "internal".to_owned(),
            title: "Internal users".to_owned(),
            segment: None,
            attribute: Some(AttributeRule { name: "group".to_owned(), values: vec!["internal".to_owned()] }),
        },
        Cohort { key: "nowhere".to_owned(), title: "Known to no store".to_owned(), segment: None, attribute: None },
    ]
}

fn exposure(cohorts: &[&str], percent: u8) -> Exposure {
    Exposure { cohorts: cohorts.iter().map(|&key| key.to_owned()).collect(), percent: Percent::new(percent).unwrap() }
}

fn store(path: impl Into<PathBuf>) -> Flagd {
    Flagd::new(path, &flag(), &cohorts())
}

fn in_folder(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.json");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn to(store: &Flagd, target: &Exposure) -> Result<FlagState, Fault> {
    let present = store.read().await?;
    for write in store.plan(&present, target).await?.writes {
        store.write(&write).await?;
        store.write(&write).await.expect("the same write again is as good as one");
    }
    store.read().await
}

fn fault(text: &str) -> Fault {
    let (_folder, path) = in_folder(text);
    run(store(path).read()).unwrap_err()
}

fn with_targeting(targeting: &Value) -> String {
    json!({"flags": {FLAG: {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
        "targeting": targeting}}})
    .to_string()
}

// ---- whom it serves ------------------------------------------------------------------------------------------------

const USERS: usize = 10_000;

/// Every fiftieth is internal; the last one has no key to be told by.
fn contexts() -> Vec<Value> {
    let user = |i: usize| json!({"targetingKey": format!("user-{i}"), "group": if i.is_multiple_of(50) { "internal" } else { "customer" }});
    (0..USERS).map(user).chain([json!({"group": "customer"})]).collect()
}

/// Whom flagd's own definition of `fractional` puts into the first `percent`.
fn in_percent(i: usize, percent: u8) -> bool {
    let hash = murmur3::murmur3_32(&mut format!("{FLAG}user-{i}").as_bytes(), 0).unwrap();
    ((u64::from(hash) * 100) >> 32) < u64::from(percent)
}

/// Indices of those whom the real flagd-core serves, whatever the application's own default is.
fn served(modules: &Path, file: &Path) -> BTreeSet<usize> {
    let input = json!({"file": fs::read_to_string(file).unwrap(), "flag": FLAG, "contexts": contexts()});
    let [mine, theirs]: [Vec<bool>; 2] = serde_json::from_value(cache::node(modules, "flagd.mjs", &input)).unwrap();
    assert_eq!(mine, theirs, "flagd leaves somebody to the application's own default");
    mine.iter().enumerate().filter(|(_, on)| **on).map(|(i, _)| i).collect()
}

#[test]
fn flagd_core_serves_exactly_whom_each_stage_says() {
    let Some(modules) = cache::node_modules(&["@openfeature/flagd-core"]) else {
        return support::missing("@openfeature/flagd-core");
    };
    let (_folder, path) = in_folder(FILE);
    let store = store(&path);
    let expected = |internal: bool, percent: u8| -> BTreeSet<usize> {
        let everyone = usize::from(percent == 100);
        (0..USERS + everyone)
            .filter(|&i| percent == 100 || (internal && i.is_multiple_of(50)) || in_percent(i, percent))
            .collect()
    };
    assert_eq!(served(&modules, &path), BTreeSet::new());
    let steps = [(true, 0), (true, 5), (true, 20), (true, 50), (true, 99), (true, 100)];
    let mut before = BTreeSet::new();
    for (internal, percent) in steps {
        let target = exposure(&["internal"], percent);
        let state = run(to(&store, &target)).unwrap();
        assert!(state.enabled && state.foreign.is_empty() && state.serves().same_as(&target), "{state:?}");
        let now = served(&modules, &path);
        assert_eq!(now, expected(internal, percent), "{percent} %");
        assert!(now.is_superset(&before), "growing to {percent} % took the feature from somebody");
        // Roll back from here, and come again.
        run(store.write(&store.off())).unwrap();
        let state = run(store.read()).unwrap();
        assert!(!state.enabled && state.serves().is_off() && state.foreign.is_empty(), "{state:?}");
        assert_eq!(served(&modules, &path), BTreeSet::new(), "rolled back from {percent} %");
        run(to(&store, &target)).unwrap();
        before = now;
    }
    // Percentages alone, upwards and down again in one write each.
    let mut before = BTreeSet::new();
    for percent in [5, 20, 50, 100] {
        run(to(&store, &exposure(&[], percent))).unwrap();
        let now = served(&modules, &path);
        assert_eq!(now, expected(false, percent));
        assert!(percent == 5 || now.is_superset(&before));
        before = now;
    }
    let share = (0..USERS).filter(|&i| in_percent(i, 5)).count();
    assert!((400..=600).contains(&share), "{share} of {USERS} users are in 5 %");
}

#[test]
fn a_disabled_flag_is_the_applications_affair_until_it_is_rolled_back() {
    let text = FILE.replace(
        "\"vfsSecureUpload\": {\n      \"state\": \"ENABLED\"",
        "\"vfsSecureUpload\": {\n      \"state\": \"DISABLED\"",
    );
    let (_folder, path) = in_folder(&text);
    let store = store(&path);
    let state = run(store.read()).unwrap();
    assert!(!state.enabled && state.foreign[0].contains("DISABLED"), "{state:?}");
    assert_eq!(run(to(&store, &exposure(&["internal"], 0))).unwrap_err().kind, FaultKind::Hazard);
    assert!(run(to(&store, &Exposure::off())).unwrap().foreign.is_empty());
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE);
}

#[test]
fn off_needs_no_false_variant_and_no_sound_targeting() {
    let text = r#"{"flags":{"vfsSecureUpload":{"state":"ODD","variants":{"on":true},"defaultVariant":"on","targeting":{"$ref":"x"},"targeting":{"a":1}}}}"#;
    let (_folder, path) = in_folder(text);
    let store = store(&path);
    assert_eq!(run(store.read()).unwrap_err().kind, FaultKind::Malformed);
    run(store.write(&store.off())).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        r#"{"flags":{"vfsSecureUpload":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"}}}"#
    );
    assert!(run(store.read()).unwrap().serves().is_off());
}

// ---- the rest of the file ------------------------------------------------------------------------------------------

#[test]
fn every_other_byte_stays_and_the_layout_is_the_files_own() {
    let (_folder, path) = in_folder(FILE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let store = store(&path);
    run(to(&store, &exposure(&["internal"], 5))).unwrap();
    let targeting = r#"      "defaultVariant": "off",
      "targeting": {
        "if": [
          {
            "in": [
              {
                "var": "group"
              },
              [
                "internal"
              ]
            ]
          },
          "on",
          {
            "fractional": [
              [
                "on",
                5
              ],
              [
                "off",
                95
              ]
            ]
          }
        ]
      }
"#;
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE.replacen("      \"defaultVariant\": \"off\"\n", targeting, 1));
    run(to(&store, &Exposure::off())).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    let crlf = FILE.replace('\n', "\r\n");
    fs::write(&path, &crlf).unwrap();
    run(to(&store, &exposure(&["internal"], 5))).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap().matches('\n').count(),
        fs::read_to_string(&path).unwrap().matches("\r\n").count()
    );
    run(to(&store, &Exposure::off())).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), crlf);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_surrounds_the_flag_stays(
        top in any_json(), before in any_json(), after in any_json(), extra in any_json(),
        pretty in any::<bool>(), percent in 1u8..=100,
    ) {
        let flag = json!({"note": extra, "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
        let file = json!({"top": top, "flags": {"a": before, FLAG: flag, "z": after}, "end": 1});
        let text = if pretty { serde_json::to_string_pretty(&file).unwrap() } else { file.to_string() };
        let (_folder, path) = in_folder(&text);
        let store = store(&path);
        let state = run(to(&store, &exposure(&[], percent))).unwrap();
        prop_assert_eq!(state.serves(), exposure(&[], percent));
        let mut changed: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let flag = changed["flags"][FLAG].as_object_mut().unwrap();
        flag.remove("targeting");
        flag.insert("defaultVariant".to_owned(), json!("off"));
        prop_assert_eq!(changed, file);
        run(to(&store, &Exposure::off())).unwrap();
        prop_assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_symbolic_link_stays_one() {
    let (folder, path) = in_folder(FILE);
    let elsewhere = tempfile::tempdir_in(folder.path()).unwrap();
    let link = elsewhere.path().join("link.json");
    symlink(&path, &link).unwrap();
    run(to(&store(&link), &Exposure::everyone())).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(run(store(&path).read()).unwrap().serves().is_everyone());
}

// ---- two writers ---------------------------------------------------------------------------------------------------

#[test]
fn a_write_decided_on_an_older_flag_is_refused_and_off_never_is() {
    let (_folder, path) = in_folder(FILE);
    let store = store(&path);
    let seen = run(store.read()).unwrap();
    let plan = run(store.plan(&seen, &exposure(&["internal"], 0))).unwrap();
    run(to(&store, &exposure(&[], 50))).unwrap();
    assert_eq!(run(store.write(&plan.writes[0])).unwrap_err().kind, FaultKind::Changed);
    assert_eq!(run(store.read()).unwrap().serves(), exposure(&[], 50));
    run(store.write(&store.off())).unwrap();
    // Other people's flags are no reason to refuse.
    let text = fs::read_to_string(&path).unwrap().replace("\"defaultVariant\": \"on\"", "\"defaultVariant\": \"off\"");
    fs::write(&path, text).unwrap();
    run(store.write(&plan.writes[0])).unwrap();
}

#[test]
fn writers_side_by_side_lose_nothing() {
    let names: Vec<String> = (0..8).map(|i| format!("flag{i}")).collect();
    let entry = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"});
    let flags: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), entry.clone())).collect();
    let (_folder, path) = in_folder(&serde_json::to_string_pretty(&json!({"flags": flags})).unwrap());
    let path = Arc::new(path);
    std::thread::scope(|scope| {
        for name in &names {
            let path = Arc::clone(&path);
            scope.spawn(move || {
                let store = Flagd::new(&*path, &Flag { key: name.clone(), legacy: None }, &cohorts());
                for percent in [1, 5, 20, 50, 77] {
                    run(to(&store, &exposure(&[], percent))).unwrap();
                }
            });
        }
    });
    for name in &names {
        let store = Flagd::new(&*path, &Flag { key: name.clone(), legacy: None }, &cohorts());
        assert_eq!(run(store.read()).unwrap().serves(), exposure(&[], 77), "{name}");
    }
}

#[test]
fn a_lock_that_is_never_given_back_stops_an_advance_and_not_a_rollback() {
    let (folder, path) = in_folder(FILE);
    let store = store(&path);
    let held = File::create(folder.path().join(".flags.json.lock")).unwrap();
    held.lock().unwrap();
    let fault = run(to(&store, &exposure(&[], 5))).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout, "{fault}");
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE);
    let on = FILE.replacen("\"defaultVariant\": \"off\"\n", "\"defaultVariant\": \"on\"\n", 1);
    fs::write(&path, on).unwrap();
    run(store.write(&store.off())).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE);
}

#[test]
fn a_write_that_nobody_waits_for_any_more_is_not_made() {
    let (folder, path) = in_folder(FILE);
    let store = store(&path);
    let held = File::create(folder.path().join(".flags.json.lock")).unwrap();
    held.lock().unwrap();
    run(async {
        let present = store.read().await.unwrap();
        let plan = store.plan(&present, &exposure(&[], 5)).await.unwrap();
        let waited = tokio::time::timeout(std::time::Duration::from_millis(100), store.write(&plan.writes[0])).await;
        assert!(waited.is_err());
        held.unlock().unwrap();
        // The end of the runtime waits for the thread that the write runs on.
    });
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE);
}

// ---- what is not gonogo's ------------------------------------------------------------------------------------------

#[test]
fn rules_of_others_are_drift_and_stop_an_advance_but_not_a_rollback() {
    let everyone_elsewhere = FILE.replacen("\"defaultVariant\": \"off\"\n", "\"defaultVariant\": \"on\"\n", 1);
    let (_folder, path) = in_folder(&everyone_elsewhere);
    assert!(run(store(&path).read()).unwrap().serves().is_everyone());
    for targeting in [
        json!({"$ref": "staff"}),
        json!({"fractional": [["on", 100]]}),
        json!({"if": [{"in": ["@corp.com", {"var": "email"}]}, "on", "off"]}),
        json!({"if": [{"in": [{"var": "group"}, ["partners"]]}, "on", "off"]}),
    ] {
        let (_folder, path) = in_folder(&with_targeting(&targeting));
        let store = store(&path);
        let state = run(store.read()).unwrap();
        assert!(state.enabled && state.foreign.len() == 1, "{state:?}");
        let fault = run(to(&store, &exposure(&["internal"], 5))).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Hazard, "{fault}");
        let state = run(to(&store, &Exposure::off())).unwrap();
        assert!(!state.enabled && state.foreign.is_empty(), "{state:?}");
    }
}

fn restored(store: &Flagd, target: &Exposure) -> FlagState {
    run(async {
        let present = store.read().await.unwrap();
        let plan = store.restore(&present, target).await.unwrap();
        assert!(plan.writes.len() <= 1, "in one rewrite: {plan:?}");
        for write in &plan.writes {
            assert!(present.foreign.iter().all(|foreign| write.title.contains(foreign.as_str())), "{}", write.title);
            store.write(write).await.unwrap();
            store.write(write).await.expect("the same write again is as good as one");
        }
        store.read().await.unwrap()
    })
}

#[test]
fn rules_of_others_are_taken_away_in_one_rewrite_and_every_other_byte_stays() {
    let (_folder, path) = in_folder(FILE);
    let store = store(&path);
    let target = exposure(&["internal"], 5);
    run(to(&store, &target)).unwrap();
    let decided = fs::read_to_string(&path).unwrap();
    let flag = |text: &str| -> String {
        let at = text.find("\"vfsSecureUpload\": {").unwrap();
        text[at..at + text[at..].find("\"vfsServerRegistration\"").unwrap()].to_owned()
    };
    let own = flag(&decided);
    let off = flag(FILE);
    for spoilt in [
        own.replacen("\"ENABLED\"", "\"DISABLED\"", 1),
        own.replacen("\"defaultVariant\": \"off\"", "\"defaultVariant\": \"on\"", 1),
        own.replacen("\"defaultVariant\": \"off\"", "\"defaultVariant\": null", 1),
        own.replacen("\"internal\"\n", "\"customer\"\n", 1),
        own.replacen("95", "96", 1),
        off.replacen(
            "\"defaultVariant\": \"off\"",
            "\"defaultVariant\": \"off\", \"targeting\": {\"$ref\": \"staff\"}",
            1,
        ),
    ] {
        assert_ne!(spoilt, own);
        fs::write(&path, decided.replacen(&own, &spoilt, 1)).unwrap();
        assert!(!run(store.read()).unwrap().foreign.is_empty(), "{spoilt}");
        let state = restored(&store, &target);
        assert!(state.enabled && state.foreign.is_empty() && state.serves() == target, "{state:?}");
        let text = fs::read_to_string(&path).unwrap();
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap()["flags"][FLAG].clone();
        assert_eq!(json(&text), json(&decided));
        assert_eq!(text.replacen(&flag(&text), &own, 1), decided, "a byte around the flag was changed");
        assert!(restored(&store, &Exposure::off()).serves().is_off());
    }
    // Decided on an older flag, it is refused.
    fs::write(&path, decided.replacen("95", "96", 1)).unwrap();
    let present = run(store.read()).unwrap();
    let plan = run(store.restore(&present, &target)).unwrap();
    fs::write(&path, decided.replacen("95", "97", 1)).unwrap();
    assert_eq!(run(store.write(&plan.writes[0])).unwrap_err().kind, FaultKind::Changed);
}

/// The time of the last change is the file's; of who and what a file knows nothing.
#[test]
fn when_it_was_changed_is_the_files_own_time() {
    let (_folder, path) = in_folder(FILE);
    let then = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_790_000_000);
    File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
    let state = run(store(&path).read()).unwrap();
    assert_eq!(state.changed_at, Some(then.into()));
    assert_eq!((state.changed_by, state.changed_what), (None, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_targeting_became_a_restore_serves_what_was_decided(
        targeting in any_json(), default in 0usize..3, disabled in any::<bool>(), internal in any::<bool>(), percent in 0u8..=100,
    ) {
        let state = if disabled { "DISABLED" } else { "ENABLED" };
        let flag = json!({"state": state, "variants": {"on": true, "off": false},
            "defaultVariant": ([json!("on"), json!("off"), Value::Null])[default], "targeting": targeting});
        let (_folder, path) = in_folder(&json!({"flags": {FLAG: flag, "other": {"x": 1.50}}}).to_string());
        let store = store(&path);
        prop_assume!(run(store.read()).is_ok());
        let target = exposure(if internal { &["internal"] } else { &[] }, percent);
        let state = restored(&store, &target);
        prop_assert!(state.foreign.is_empty() && state.serves().same_as(&target), "{:?}", state);
        let text = fs::read_to_string(&path).unwrap();
        prop_assert!(text.ends_with(r#","other":{"x":1.5}}}"#), "{}", text);
    }
}

#[test]
fn a_cohort_that_flagd_cannot_tell_is_refused() {
    let (_folder, path) = in_folder(FILE);
    for cohort in ["nowhere", "unheard-of"] {
        let fault = run(to(&store(&path), &exposure(&[cohort], 5))).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Configuration);
        assert!(fault.what.contains(cohort), "{fault}");
    }
}

// ---- bad input -----------------------------------------------------------------------------------------------------

#[test]
fn a_file_that_is_none_is_told_in_one_sentence() {
    let cases: &[(&str, &str)] = &[
        ("", "empty"),
        ("flags:\n  a: 1\n", "expected"),
        ("<html></html>", "expected"),
        (&FILE[..FILE.len() / 2], "EOF"),
        ("[]", "expected a JSON object"),
        ("{}", "no \"flags\""),
        (r#"{"flags": []}"#, "no JSON object"),
        (r#"{"flags": {}}"#, "no flag \"vfsSecureUpload\""),
        (r#"{"flags": {"vfsSecureUpload": true}}"#, "no JSON object"),
        (r#"{"flags": {}, "fl\u0061gs": {}}"#, "twice"),
        (r#"{"flags": {"vfsSecureUpload": {}, "vfsSecureUpload": {}}}"#, "twice"),
        (r#"{"flags": {"vfsSecureUpload": {"state": "ENABLED", "state": "DISABLED"}}}"#, "twice"),
        (r#"{"flags": {"vfsSecureUpload": {"state": "ENABLED"}}}"#, "no \"variants\""),
        (r#"{"flags": {"vfsSecureUpload": {"state": "ENABLED", "variants": {"a": "x"}}}}"#, "not boolean"),
        (r#"{"flags": {"vfsSecureUpload": {"state": "ENABLED", "variants": {"on": true}}}}"#, "one that is false"),
        (r#"{"flags": {"vfsSecureUpload": {"variants": {"on": true, "off": false}}}}"#, "\"state\""),
        (
            r#"{"flags": {"vfsSecureUpload": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "x"}}}"#,
            "not one of its variants",
        ),
    ];
    for (text, words) in cases {
        let fault = fault(text);
        assert_eq!(fault.kind, FaultKind::Malformed, "{text}: {fault}");
        assert!(fault.what.contains(words) && fault.what.contains("flags.json"), "{text}: {fault}");
    }
    let (folder, path) = in_folder("\u{feff}{}");
    fs::write(&path, b"{\"flags\": \"\xff\"}").unwrap();
    assert!(run(store(&path).read()).unwrap_err().what.contains("UTF-8"));
    assert!(run(store(folder.path()).read()).unwrap_err().what.contains("is a folder"));
    assert!(run(store(folder.path().join("none.json")).read()).unwrap_err().next.contains("check the path"));
    assert!(run(store("/dev/null").read()).unwrap_err().what.contains("not a regular file"));
    fs::write(folder.path().join("flags.yaml"), "flags:").unwrap();
    assert!(run(store(folder.path().join("flags.yaml")).read()).unwrap_err().what.contains("YAML"));
    File::create(&path).unwrap().set_len(64 << 20).unwrap();
    assert_eq!(run(store(&path).read()).unwrap_err().kind, FaultKind::TooLarge);
}

#[test]
fn deeply_nested_and_hostile_text_neither_crashes_nor_reaches_the_screen() {
    let deep =
        with_targeting(&json!({"if": 1})).replace("{\"if\":1}", &format!("{}1{}", "[".repeat(5000), "]".repeat(5000)));
    assert_eq!(fault(&deep).kind, FaultKind::Malformed);
    let (_folder, path) = in_folder(&with_targeting(&json!({"\u{1b}[2J": "\u{202e}"})));
    let state = run(store(&path).read()).unwrap();
    assert!(!state.foreign[0].contains(['\u{1b}', '\u{202e}']), "{:?}", state.foreign);
}

/// Whether file rights bind this process: root ignores them.
fn rights_bind() -> bool {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o500)).unwrap();
    File::create(folder.path().join("x")).is_err()
}

#[test]
fn rights_that_are_missing_are_told_and_leave_the_file_whole() {
    if !rights_bind() && std::env::var_os("GONOGO_TEST_AS_NOBODY").is_none() {
        // As root: run this very test as nobody.
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let copy = folder.path().join("test");
        fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
        let status = Command::new(copy)
            .args(["--exact", "rights_that_are_missing_are_told_and_leave_the_file_whole"])
            .env("GONOGO_TEST_AS_NOBODY", "1")
            .current_dir("/tmp")
            .uid(65534)
            .gid(65534)
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    assert!(rights_bind());
    let (folder, path) = in_folder(FILE);
    let store = store(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let fault = run(to(&store, &exposure(&[], 5))).unwrap_err();
    assert!(fault.kind == FaultKind::File && fault.what.contains("read-only"), "{fault}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let fault = run(to(&store, &exposure(&[], 5))).unwrap_err();
    assert!(fault.kind == FaultKind::File && fault.next.contains("right"), "{fault}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let fault = run(store.read()).unwrap_err();
    assert!(fault.kind == FaultKind::File && fault.what.contains("cannot be read"), "{fault}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE);
}

#[test]
fn nothing_is_left_behind_beside_the_file_but_the_lock() {
    let (folder, path) = in_folder(FILE);
    let store = store(&path);
    run(to(&store, &exposure(&[], 5))).unwrap();
    run(store.write(&store.off())).unwrap();
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, [".flags.json.lock", "flags.json"]);
}
