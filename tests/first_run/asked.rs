//! `init` in a terminal.

use std::fs;

use portable_pty::CommandBuilder;
use prometheus::{Known, Options};

use super::{terminal::Pty, *};

fn init(home: &Home) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gonogo"));
    command.arg("init");
    command.env_clear();
    command.env("HOME", home.path(""));
    command.env("TMPDIR", home.path(""));
    command.env("USER", "ann");
    Pty::start(command, (140, 44))
}

fn answers(pty: &mut Pty, question: &str, answer: &str) {
    pty.sees(question);
    pty.types(&format!("{answer}\r"));
}

#[test]
fn each_source_is_tried_as_soon_as_it_is_named() {
    let end = chrono::Utc::now().timestamp() - 30;
    let samples = (0..=40).map(|i| ((end - (40 - i) * 15) * 1000, i as f64)).collect();
    let known = Known { metric: "work_total", labels: r#"success="true""#.to_owned(), samples };
    let Some(server) = prometheus::start(&Options { history: &[known], ..Options::default() }) else {
        support::missing("Prometheus");
        return;
    };
    let home = Home::new();
    let (runbook, flags) = files(&home);
    let mut pty = init(&home);
    answers(&mut pty, "Name of this profile [production]:", "");
    answers(&mut pty, "Environment [production]:", "");
    answers(&mut pty, "Runbook, a file [built in]:", &runbook);
    answers(&mut pty, "Telemetry (prometheus+", "localhost:9090");
    pty.sees("is no address of a source that gonogo knows");
    pty.types(&format!("prometheus+{}\r", server.base));
    answers(&mut pty, "its token (env:NAME", "s3cret");
    pty.sees("a token itself is never written down");
    pty.types("\r");
    pty.sees("prometheus answered in");
    pty.sees("Work done: 40 in the last hour");
    // Nobody listens there.
    answers(&mut pty, "Flag store (unleash+", &format!("unleash+http://127.0.0.1:{}", support::free_port()));
    answers(&mut pty, "its token (env:NAME, file:PATH, command:PROGRAM, none) [none]: ", "");
    answers(&mut pty, "Again, keep it all the same, or leave it out?", "a");
    pty.sees("[unleash+http://127.0.0.1");
    pty.types(&format!("flagd:{flags}\r"));
    pty.sees("flagd answered; exposure now: off");
    answers(&mut pty, "Your name, for the audit log [ann]:", "Ann Other");
    pty.sees("[profiles.production.telemetry]");
    answers(&mut pty, "Write it? y or n:", "y");
    pty.sees("open it: gonogo");
    assert_eq!(pty.ends(), 0);
    let path = configuration(&home);
    is_private(&path);
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains("operator = \"Ann Other\"") && text.contains("flagd:") && !text.contains("s3cret"), "{text}");
}

#[test]
fn nothing_is_written_where_somebody_says_no() {
    let home = Home::new();
    let (_, flags) = files(&home);
    let mut pty = init(&home);
    for (question, answer) in [
        ("Name of this profile [production]:", ""),
        ("Environment [production]:", ""),
        ("Runbook, a file [built in]:", ""),
        ("Telemetry (prometheus+", "-"),
        ("Flag store (unleash+", &format!("flagd:{flags}")),
        ("Your name, for the audit log [ann]:", ""),
        ("Write it? y or n:", "n"),
    ] {
        answers(&mut pty, question, answer);
    }
    pty.sees("nothing was written");
    assert_eq!(pty.ends(), 1);
    assert!(!configuration(&home).exists());
}
