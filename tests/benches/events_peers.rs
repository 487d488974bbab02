//! The first poll of a large file of event records, against DuckDB and jq doing the same tallies over the same file.
//!
//! Each of them is a process of its own that reads the file and gives its occurrences by signal, minute and labels; the
//! fields of `detail` are JSON in a string, and all must come to the same tallies. DuckDB has one thread and is told
//! the columns, such that it need not find them out; jq only prints what each record counts as, and is spared the
//! counting. The order alternates from round to round. Rates are medians, in MB (10^6 bytes) per second:
//!
//! - wall: of the process from start to end;
//! - CPU: of its user and system time (Linux), which is what holds on a busy machine;
//! - reading: of the poll or the query alone, without the start of the process, where it tells.
//!
//! `gonogo status` is not what is compared: it also asks the flag store, judges the rollout and prints no tallies.
//!
//! The peers are looked for on PATH: `duckdb`, or else `python3` with its module (`pip install duckdb`), and `jq`
//! (`apt-get install jq`). One that is missing is said to be. Run with `cargo bench --bench events_peers`.
#![allow(missing_docs)]

mod records;

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use chrono::DateTime;
use gonogo::telemetry::{Telemetry, events::Events};

const RECORDS: usize = 400_000;
const ROUNDS: usize = 5;
/// Clock ticks per second in /proc, on every Linux that Rust's standard library runs on.
const TICKS: f64 = 100.0;

const QUERY: &str = r#"
    WITH records AS (
        SELECT eventName AS name, "timestamp" // 60000 AS minute, success::VARCHAR AS success,
            json_extract_string(detail, ['$.failStage', '$.path', '$.secureFlag', '$.operationKind', '$.statusCode']) AS d
        FROM read_json('FILE', format = 'newline_delimited', columns = {
            eventName: 'VARCHAR', success: 'BOOLEAN', timestamp: 'BIGINT', detail: 'VARCHAR'})
        WHERE eventName IN ('vfs_secure_upload', 'api_post_vfs_register', 'vfs_blob_flush_operation')
    ), counted AS (
        SELECT minute, CASE name
            WHEN 'vfs_secure_upload' THEN ['upload', success, coalesce(d[1], '')]
            WHEN 'api_post_vfs_register' THEN ['path', coalesce(d[2], ''), coalesce(d[3], '')]
            ELSE ['blob', coalesce(d[4], ''), success, coalesce(d[5], '')] END AS labels, count(*) AS n
        FROM records GROUP BY ALL
    )
    SELECT n || chr(9) || minute || chr(9) || array_to_string(labels, chr(9)) FROM counted"#;

/// Tells the time of the query alone on its standard error, in seconds.
const PYTHON: &str = r#"
import duckdb, sys, time
db = duckdb.connect()
db.execute("SET threads=1")
began = time.perf_counter()
rows = db.execute(sys.argv[1]).fetchall()
print(time.perf_counter() - began, file=sys.stderr)
print("\n".join(row[0] for row in rows))
"#;

const JQ: &str = r#"
    (.timestamp / 60000 | floor | tostring) as $minute
    | if .eventName == "vfs_secure_upload" then
        (.detail | fromjson) as $d | ["1", $minute, "upload", (.success | tostring), $d.failStage // ""]
      elif .eventName == "api_post_vfs_register" then
        (.detail | fromjson) as $d | ["1", $minute, "path", $d.path // "", $d.secureFlag // ""]
      elif .eventName == "vfs_blob_flush_operation" then
        (.detail | fromjson) as $d
        | ["1", $minute, "blob", $d.operationKind // "", (.success | tostring), ($d.statusCode // "" | tostring)]
      else empty end
    | join("\t")"#;

/// Occurrences by minute, signal and labels.
type Tallies = BTreeMap<String, u64>;

/// One who reads the file.
struct Contender {
    name: &'static str,
    command: fn(&Path) -> Command,
    rates: Vec<[Option<f64>; 3]>,
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    if arguments.next().as_deref() == Some("--tally") {
        tally(Path::new(&arguments.next().unwrap()));
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let mut same = true;
    for relevant in [5, 50, 100] {
        fs::write(&path, records::file_with(RECORDS, relevant)).unwrap();
        same &= compare(&path, relevant);
    }
    if same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What gonogo reads, as the others print it; the time of the poll on standard error.
fn tally(path: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let since = DateTime::from_timestamp_millis(records::FIRST_MS).unwrap();
    let now = DateTime::from_timestamp_millis(records::FIRST_MS + RECORDS as i64 * records::STEP_MS).unwrap();
    let began = Instant::now();
    let mut events = Events::new(path.to_owned(), &records::runbook(), "production");
    let poll = runtime.block_on(events.poll(since, now));
    eprintln!("{}", began.elapsed().as_secs_f64());
    let mut text = String::new();
    for (signal, reading) in &poll.observation.readings {
        for (labels, counts) in &reading.tallies {
            for (minute, n) in counts.range(i64::MIN, i64::MAX) {
                text.push_str(&format!("{n}\t{minute}\t{signal}\t{}\n", labels.join("\t")));
            }
        }
    }
    print!("{text}");
}

/// Runs everybody over the file and prints the rates; false if their tallies differ.
fn compare(path: &Path, relevant: usize) -> bool {
    let megabytes = fs::metadata(path).unwrap().len() as f64 / 1e6;
    println!("\n{RECORDS} records, {megabytes:.0} MB, {relevant} % of them relevant, {ROUNDS} rounds:");
    let mut contenders = contenders();
    let mut expected: Option<Tallies> = None;
    let mut same = true;
    for round in 0..ROUNDS {
        contenders.rotate_left(1);
        if round % 2 == 1 {
            contenders.reverse();
        }
        for contender in &mut contenders {
            let cpu = children_seconds();
            let began = Instant::now();
            let (tallies, told) = run((contender.command)(path));
            let wall = began.elapsed().as_secs_f64();
            let cpu = children_seconds().zip(cpu).map(|(after, before)| after - before);
            contender.rates.push([Some(wall), cpu, told].map(|seconds| seconds.map(|s| megabytes / s)));
            let expected = expected.get_or_insert_with(|| tallies.clone());
            if tallies != *expected || tallies.is_empty() {
                println!("DIFFERENT TALLIES: {} has {} rows", contender.name, tallies.len());
                same = false;
            }
        }
    }
    println!("{:22} {:>8} {:>8} {:>8}   MB/s, medians", "", "wall", "CPU", "reading");
    contenders.sort_by_key(|contender| contender.name);
    for contender in &contenders {
        let [wall, cpu, reading] = [0, 1, 2].map(|column| median(&contender.rates, column));
        println!("{:22} {wall:>8} {cpu:>8} {reading:>8}", contender.name);
    }
    if same {
        let rows = expected.map_or(0, |tallies| tallies.len());
        println!("{} contenders came to the same {rows} tallies", contenders.len());
    }
    same
}

/// gonogo, and the peers that are installed; says who is missing.
fn contenders() -> Vec<Contender> {
    let contender = |name, command| Contender { name, command, rates: Vec::new() };
    let mut contenders = vec![contender("gonogo", |path| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.arg("--tally").arg(path);
        command
    })];
    if runs("duckdb", &["--version"]) {
        contenders.push(contender("DuckDB (command line)", |path| {
            let mut command = Command::new("duckdb");
            command.args(["-noheader", "-list", "-c", &format!("SET threads=1; {};", query(path))]);
            command
        }));
    } else if runs("python3", &["-c", "import duckdb"]) {
        contenders.push(contender("DuckDB (Python module)", |path| {
            let mut command = Command::new("python3");
            command.args(["-c", PYTHON, &query(path)]);
            command
        }));
    } else {
        println!("MISSING: DuckDB is not compared. To have it: pip install duckdb");
    }
    if runs("jq", &["--version"]) {
        contenders.push(contender("jq", |path| {
            let mut command = Command::new("jq");
            command.args(["-r", JQ]).arg(path);
            command
        }));
    } else {
        println!("MISSING: jq is not compared. To have it: apt-get install jq");
    }
    contenders
}

fn query(path: &Path) -> String {
    QUERY.replace("FILE", &path.display().to_string())
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let quiet = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// The tallies that a process prints, and how long it says that it read for.
fn run(mut command: Command) -> (Tallies, Option<f64>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut tallies = Tallies::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some((n, key)) = line.split_once('\t') else { continue };
        let n: u64 = n.parse().unwrap();
        match tallies.get_mut(key) {
            Some(sum) => *sum += n,
            None => _ = tallies.insert(key.to_owned(), n),
        }
    }
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(child.wait().unwrap().success(), "{told}");
    (tallies, told.trim().parse().ok())
}

/// User and system time of all processes started here that have ended.
fn children_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) / TICKS)
}

fn median(rates: &[[Option<f64>; 3]], column: usize) -> String {
    let mut rates: Vec<f64> = rates.iter().filter_map(|rates| rates[column]).collect();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).map_or_else(|| "-".into(), |rate| format!("{rate:.0}"))
}
