//! `gonogo qa run`: a real checkout, a real command, and what is on record and kept of it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use gonogo::{
    audit::{AuditLog, Event, FileLog},
    judge::{QaRun, Tree},
};

use super::binary::{Home, Ran, run};

/// What the command does where nothing else is said: all checks pass.
const GREEN: &str = r#"
for id in api-rekey-crdt api-client-crypto client-secure-upload vfs-guardrail; do
  printf '\033[1m[%s]\033[0m as described\n' "$id"
  echo "Result: PASS (0.1s) for $id" >&2
done
report pass
"#;

/// A product with its checkout, and a `pnpm` of its own.
struct Product {
    home: Home,
    sha: String,
}

impl Product {
    fn new(script: &str) -> Self {
        let home = Home::new();
        home.write("product/package.json", "{}\n");
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command.arg("-C").arg(home.path("product")).args(["-c", "user.name=t", "-c", "user.email=t@t"]);
            command.args(arguments).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
            let output = command.output().expect("git");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        git(&["init", "-q"]);
        git(&["add", "."]);
        git(&["commit", "-q", "-m", "all"]);
        let sha = git(&["rev-parse", "HEAD"]);
        let product = Self { home, sha };
        product.does(script);
        product
    }

    /// Makes the command do this.
    fn does(&self, script: &str) {
        let whole = format!(
            r#"#!/bin/sh
[ "$1" = qaVfsSecureUpload ] && [ "$2" = --report-json ] || exit 9
to="$3"
now() {{ date -u +%Y-%m-%dT%H:%M:%SZ; }}
began=$(now)
report() {{
  s="$1"
  cat > "$to" <<END
{{"command":"pnpm qaVfsSecureUploadEvidence","candidateSha":"$GITHUB_SHA","startedAt":"$began","completedAt":"$(now)",
"dryRun":false,"allPassed":true,"checks":[{{"id":"api-rekey-crdt","status":"$s"}},{{"id":"api-client-crypto","status":"$s"}},
{{"id":"client-secure-upload","status":"$s"}},{{"id":"vfs-guardrail","status":"$s"}}]}}
END
}}
{script}"#
        );
        let path = self.home.write("bin/pnpm", whole);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let checkout = self.home.path("product").display().to_string();
        let mut command = self.home.command(&["qa", "run", "--checkout", &checkout]);
        let path = std::env::var("PATH").unwrap();
        command.args(arguments).env("PATH", format!("{}:{path}", self.home.path("bin").display()));
        command
    }

    async fn runs(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments)).await
    }

    fn data(&self) -> PathBuf {
        self.home.data().join("vfs-secure-upload/production")
    }

    async fn recorded(&self) -> Vec<QaRun> {
        let record = FileLog::at(&self.data()).read().await.unwrap();
        let run = |event| if let Event::QaReported(run) = event { Some(*run) } else { None };
        record.entries.into_iter().filter_map(|entry| run(entry.event)).collect()
    }

    async fn last(&self) -> QaRun {
        self.recorded().await.pop().expect("a run on record")
    }

    fn output(&self, run: &QaRun) -> String {
        let kept = run.ran.as_ref().unwrap().output.as_ref().expect("output");
        fs::read_to_string(self.data().join(&kept.path)).unwrap()
    }
}

/// Whether a process of this id is there.
fn lives(id: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{id}/stat"));
    // One that has ended and was not waited for yet is no process any more.
    state.is_ok_and(|state| !state.contains(") Z "))
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed().as_secs() < 60, "{what} did not come");
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn a_green_run_is_recorded_whole() {
    let product = Product::new(GREEN);
    let ran = product.runs(&["--candidate", &product.sha]).await.ended(0);
    ran.answered("green on").told("[api-rekey-crdt] as described").told("Result: PASS (0.1s) for vfs-guardrail");
    let run = product.last().await;
    let how = run.ran.clone().unwrap();
    assert_eq!((how.exit, how.killed, how.tree), (Some(0), None, Tree::Clean));
    assert_eq!((how.head.as_deref(), run.candidate.as_str()), (Some(product.sha.as_str()), product.sha.as_str()));
    let report = fs::read(product.data().join(how.report.unwrap().path)).unwrap();
    assert_eq!(gonogo::fingerprint::sha256(&report), run.digest);
    let output = product.output(&run);
    assert!(output.starts_with("\u{1b}[1m[api-rekey-crdt]") && output.contains("Result: PASS"), "{output}");
}

#[tokio::test]
async fn without_a_candidate_it_is_that_of_the_checkout_and_the_answer_is_for_tools_too() {
    let product = Product::new(GREEN);
    let mut command = product.command(&["--json"]);
    command.current_dir(product.home.path("product"));
    let answer = run(command).await.ended(0).json();
    assert_eq!(answer, serde_json::json!({"green": true, "candidate": product.sha, "missing": []}));
}

#[tokio::test]
async fn another_commit_than_the_candidate_is_refused_and_nothing_is_run() {
    let product = Product::new("touch ran");
    let other = "f".repeat(40);
    let ran = product.runs(&["--candidate", &other]).await.ended(6);
    ran.told(&other).told(&product.sha).told("nothing was run");
    product.runs(&["--candidate", "fffffff"]).await.ended(2).told("fffffff is no commit in");
    assert!(!product.home.path("product/ran").exists() && product.recorded().await.is_empty());
    product.runs(&["--read-only"]).await.ended(6).told("read-only");
}

#[tokio::test]
async fn what_is_not_the_commit_is_not_green_whether_before_or_after() {
    let product = Product::new(&format!("{GREEN}\ntouch made-by-the-run"));
    let ran = product.runs(&[]).await.ended(6);
    ran.answered("the tree was not the commit: 1 file differs, such as made-by-the-run");
    product.does(&format!("rm -f made-by-the-run\n{GREEN}"));
    product.runs(&[]).await.ended(6).answered("1 file differs");
    product.runs(&[]).await.ended(0).answered("green on");
}

#[tokio::test]
async fn a_run_without_a_report_is_on_record_and_says_why() {
    let product = Product::new("echo nothing to report");
    let ran = product.runs(&[]).await.ended(6);
    ran.told("the command wrote no report").answered("the command left no report that can be read");
    let run = product.last().await;
    assert_eq!((run.digest.as_str(), run.checks.len(), run.all_passed), ("", 0, false));
    assert_eq!(product.output(&run), "nothing to report\n");
    product.does("echo '{\"command\":' > \"$to\"; exit 3");
    let ran = product.runs(&[]).await.ended(6);
    ran.told("cannot be read").told("report.json").answered("ended with exit code 3");
    product.does(&format!("{GREEN}\nexit 1"));
    product.runs(&[]).await.ended(6).answered("ended with exit code 1");
    // A report that was there before is none of this run.
    product.does("began=2020-01-01T00:00:00Z; report pass");
    product.runs(&[]).await.ended(6).answered("it is of an earlier run");
    product.does("report fail; exit 1");
    product.runs(&[]).await.ended(6).answered("check api-rekey-crdt failed");
    assert_eq!(product.recorded().await.len(), 5);
}

#[tokio::test]
async fn no_token_of_gonogo_reaches_the_command_or_what_is_kept() {
    let product = Product::new(&format!("env; echo told: hunter2-hunter2\n{GREEN}"));
    let mut command = product.command(&[]);
    command.env("GONOGO_FLAGS_TOKEN", "hunter2-hunter2").env("GONOGO_AUDIT_PASSWORD", "s3cr3t-s3cr3t");
    let ran = run(command).await.ended(0);
    let output = product.output(&product.last().await);
    for text in [&ran.err, &ran.out, &output] {
        assert!(
            !text.contains("hunter2") && !text.contains("s3cr3t") && !text.contains("GONOGO_FLAGS_TOKEN"),
            "{text}"
        );
    }
    assert!(output.contains("told: [redacted]") && output.contains(&format!("GONOGO_CANDIDATE={}", product.sha)));
    assert!(output.contains(&format!("GITHUB_SHA={}", product.sha)));
}

#[tokio::test]
async fn a_token_that_only_the_profile_names_is_not_kept_either() {
    let product = Product::new("");
    let token = product.home.write("token", "swordfish-of-a-file\n");
    let config = format!(
        "[profiles.p]\ntelemetry = {{ address = \"prometheus+http://127.0.0.1:9\", token = {{ file = {token:?} }} }}\n\
         logs = {{ address = \"loki+http://127.0.0.1:9\", headers = {{ X-Key = {{ env = \"KEY_OF_LOGS\" }} }} }}\n"
    );
    let config = product.home.write("config.toml", config);
    let printed = "echo told: swordfish-of-a-file and open-sesame-of-logs";
    let report = r#"sed -i 's/"dryRun"/"odd":"swordfish-of-a-file","dryRun"/' "$to""#;
    product.does(&format!("{printed}\n{GREEN}\n{report}"));
    let mut command = product.command(&["--profile", "p"]);
    command.env("GONOGO_CONFIG", config).env("KEY_OF_LOGS", "open-sesame-of-logs");
    let ran = run(command).await.ended(0);
    let run = product.last().await;
    let output = product.output(&run);
    let report = fs::read_to_string(product.data().join(run.ran.unwrap().report.expect("a report").path)).unwrap();
    for text in [&ran.err, &ran.out, &output, &report] {
        assert!(!text.contains("swordfish") && !text.contains("open-sesame"), "{text}");
    }
    assert!(output.contains("told: [redacted] and [redacted]") && report.contains("\"odd\":\"[redacted]\""));
}

#[tokio::test]
async fn a_command_that_is_not_there_could_not_run() {
    let product = Product::new(GREEN);
    fs::remove_file(product.home.path("bin/pnpm")).unwrap();
    let mut command = product.command(&[]);
    // Nothing but git.
    let git = std::env::split_paths(&std::env::var_os("PATH").unwrap()).map(|p| p.join("git")).find(|p| p.exists());
    std::os::unix::fs::symlink(git.expect("git"), product.home.path("bin/git")).unwrap();
    command.env("PATH", product.home.path("bin"));
    run(command).await.ended(1).told("pnpm was not found").told("install it");
    assert!(product.recorded().await.is_empty());
}

#[tokio::test]
async fn what_no_log_takes_is_named() {
    let product = Product::new(&format!("{GREEN}\nrm -f \"$LOG\" && mkdir -p \"$LOG\""));
    let mut command = product.command(&[]);
    command.env("LOG", product.data().join("audit.ndjson"));
    run(command).await.ended(1).told("the gate ran, and is not on record").told("evidence/qa/");
}

/// Starts it, waits until the command and what it started are there, and sends a signal.
async fn ended_by(product: &Product, signal: &str) -> (Ran, Vec<String>) {
    let mut command = product.command(&[]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let ids = product.home.path("ids");
    until("the command", || fs::read_to_string(&ids).is_ok_and(|ids| ids.lines().count() == 2));
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    let ran = Ran {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        took: std::time::Duration::ZERO,
    };
    (ran, fs::read_to_string(&ids).unwrap().lines().map(str::to_owned).collect())
}

#[tokio::test]
async fn a_signal_ends_all_that_was_started_and_the_run_is_on_record() {
    for (signal, code, why) in [("-INT", 130, "interrupted"), ("-TERM", 143, "asked to end")] {
        let product = Product::new("");
        let ids = product.home.path("ids").display().to_string();
        product.does(&format!("echo begun\nsleep 600 & \necho $! > {ids}; echo $$ >> {ids}; wait"));
        let (ran, ids) = ended_by(&product, signal).await;
        ran.ended(code).answered("the run was killed").told(why);
        ids.iter().for_each(|id| until("its end", || !lives(id)));
        let run = product.last().await;
        assert_eq!((run.completed_at, run.ran.as_ref().unwrap().exit), (None, None));
        assert!(run.ran.as_ref().unwrap().killed.as_ref().unwrap().contains(why));
        assert_eq!(product.output(&run), "begun\n");
    }
}

#[tokio::test]
async fn what_a_run_leaves_behind_ends_with_it_and_one_that_takes_too_long_is_killed() {
    let product = Product::new("");
    let ids = product.home.path("ids").display().to_string();
    product.does(&format!("(trap '' TERM; sleep 600) &\necho $! > {ids}\n{GREEN}"));
    product.runs(&[]).await.ended(0).answered("green on");
    let left = fs::read_to_string(&ids).unwrap();
    until("the end of what was left", || !lives(left.trim()));

    let runbook = gonogo_runbook().replace("limit = \"45m\"", "limit = \"1s\"");
    let runbook = product.home.write("runbook.toml", runbook);
    product.does("trap 'exit 0' TERM; echo begun; while :; do sleep 1; done");
    let ran = product.runs(&["--runbook", &runbook]).await.ended(6);
    ran.answered("the run was killed: it took longer than 1s");
}

fn gonogo_runbook() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/runbooks/vfs-secure-upload.toml");
    fs::read_to_string(path).unwrap()
}
