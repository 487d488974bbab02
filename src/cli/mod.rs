//! The command line: one file per subcommand.

mod advance;
mod attaching;
mod attest;
mod audit;
mod awaited;
mod bundle;
mod candidate;
mod change;
mod check;
mod completions;
mod config;
mod connect;
mod demo;
mod drift;
mod evidence;
mod exit;
mod gather;
mod guard;
mod hold;
mod init;
mod instant;
mod logging;
mod man;
mod note;
mod operation;
mod options;
mod output;
mod past;
mod pause;
mod player;
mod poll;
mod qa;
mod record;
mod recording;
mod reduce;
mod replay;
mod report;
mod request;
mod role;
mod rollback;
mod rollouts;
mod runbook;
mod sharing;
mod sign_off;
mod status;
mod timeline;
mod waiting;
mod watch;

use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
pub use exit::{Exit, Failure};
use options::Options;
use rollouts::Watched;

/// A cockpit for people who roll a feature out in stages.
///
/// Without a command it opens the cockpit: of the runbook in force, of the one that is named, or a list of several. Exit codes: 0 done, or GO; 1 could not run; 2 usage or configuration;
/// 3 NO-GO; 4 HOLD, evidence is pending; 5 HOLD, something is unknown; 6 refused; 129, 130, 143 ended by a signal.
#[derive(Debug, Parser)]
#[command(name = "gonogo", version, about, long_about, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    watched: Watched,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the cockpit, or a list of several rollouts (what `gonogo` alone does)
    Watch(Watched),
    /// Watch without a terminal: log, notify, and roll back where that was armed
    Guard(guard::Guard),
    /// Show a living rollout of a simulated fleet; needs nothing
    Demo(demo::Demo),
    /// Poll once, say the call and why; the exit code is the call
    Status(status::Status),
    /// Play a recording in the cockpit; without one, say when each gate, trigger, hard stop and the call would have
    /// turned, from telemetry's own history
    Replay(replay::Replay),
    /// Write a report of the rollout for a release tracker: Markdown, HTML or JSON
    Report(report::Report),
    /// Take the feature from everyone; retried until the store, read again, says off
    Rollback(rollback::Rollback),
    /// Go on to the next stage, if every exit gate allows it; shows each write, and asks for the stage's name
    Advance(advance::Advance),
    /// Go back to the stage before, not all the way off; no gate is asked
    Reduce(reduce::Reduce),
    /// Somebody changed the flag elsewhere: what it serves, and the ways out
    #[command(subcommand)]
    Drift(drift::Drift),
    /// Freeze promotions until `resume`; rolling back and reducing are not frozen
    Pause(pause::Reasoned),
    /// Let promotions go on after a `pause`
    Resume(pause::Reasoned),
    /// What keeps the rollout from going on: raise it, list it, clear it with evidence
    #[command(subcommand)]
    Hold(hold::Hold),
    /// The automated gate
    #[command(subcommand)]
    Qa(qa::Qa),
    /// The checklist: what was made, and record how a check went
    #[command(subcommand)]
    Check(check::Check),
    /// The evidence that the runbook lists: what there is of it, attach some, verify what was kept
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    /// Give your word for what telemetry cannot see
    Attest(attest::Attest),
    /// Sign for the candidate in a stage
    SignOff(sign_off::SignOff),
    /// The go/no-go poll: open it, answer for your role, decide
    #[command(subcommand)]
    Poll(poll::Poll),
    /// Who answers for what: list, assign, clear
    #[command(subcommand)]
    Role(role::Role),
    /// Write a remark into the audit log
    Note(note::Note),
    /// Put everything of the rollout into one archive, or check one: reports, audit log, runbook, evidence, checksums
    Bundle(bundle::Bundle),
    /// The audit log: what is in it, whether it is whole, and where it is
    #[command(subcommand)]
    Audit(audit::Audit),
    /// The rollout as data
    #[command(subcommand)]
    Runbook(runbook::Runbook),
    /// Ask for addresses, test each live, and write the configuration
    Init(init::Init),
    /// Print what is in force and where each value came from; secrets stay hidden
    Config(config::Config),
    /// Print the completions of a shell
    Completions(completions::Completions),
    /// Print the manual, or write a page for each command
    Man(man::Manual),
}

/// Runs the command line of this process, and says how it ended.
pub fn main() -> ExitCode {
    let parsed = Cli::command().try_get_matches().and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage as u8 } else { Exit::Done as u8 });
        }
    };
    // Before a screen is set up. A second installation in one process is no matter.
    let _ = color_eyre::config::HookBuilder::default().display_env_section(false).install();
    logging::start();
    match run(cli) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            if let Some(facts) = failure.facts().filter(|_| wants_json(&matches)) {
                let _ = output::json(&facts);
            }
            output::complain(&failure.message);
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// Whether the answer is for a tool: then a refusal is an answer, too.
fn wants_json(matches: &ArgMatches) -> bool {
    let here = matches.try_get_one::<bool>("json").ok().flatten().is_some_and(|json| *json);
    here || matches.subcommand().is_some_and(|(_, matches)| wants_json(matches))
}

fn run(cli: Cli) -> Result<u8, Failure> {
    let Cli { command, watched, options } = cli;
    let record = watched.record.clone();
    let command = match command {
        Some(_) if !watched.is_empty() => {
            return Err(Failure::new(Exit::Usage, "runbooks are named before a command; name one with --runbook"));
        }
        command => command.unwrap_or(Command::Watch(watched)),
    };
    match command {
        Command::Watch(command) => command.recorded(&record).run(&options),
        Command::Demo(command) => command.recorded(&record).run(&options),
        _ if !record.is_none() => {
            Err(Failure::new(Exit::Usage, "--record keeps what the cockpit shows; this command opens none"))
        }
        Command::Guard(command) => command.run(&options),
        Command::Status(command) => command.run(&options),
        Command::Replay(command) => command.run(&options),
        Command::Report(command) => command.run(&options),
        Command::Rollback(command) => command.run(&options),
        Command::Advance(command) => command.run(&options),
        Command::Reduce(command) => command.run(&options),
        Command::Drift(command) => command.run(&options),
        Command::Pause(command) => command.pause(&options),
        Command::Resume(command) => command.resume(&options),
        Command::Hold(command) => command.run(&options),
        Command::Qa(command) => command.run(&options),
        Command::Check(command) => command.run(&options),
        Command::Evidence(command) => command.run(&options),
        Command::Attest(command) => command.run(&options),
        Command::SignOff(command) => command.run(&options),
        Command::Poll(command) => command.run(&options),
        Command::Role(command) => command.run(&options),
        Command::Note(command) => command.run(&options),
        Command::Bundle(command) => command.run(&options),
        Command::Audit(command) => command.run(&options),
        Command::Runbook(command) => command.run(&options),
        Command::Config(command) => command.run(&options),
        Command::Completions(command) => command.run(),
        Command::Init(command) => command.run(&options),
        Command::Man(command) => command.run(),
    }
}

/// Runs `work` to its end on this thread. What still hangs then is left behind, not waited for.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    block_on_with(8, work)
}

/// [`block_on`], with so many threads at most for what blocks.
fn block_on_with<T>(blocking: usize, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(blocking)
        .build()
        .map_err(|error| Failure::new(Exit::CouldNotRun, format!("no event loop could be started: {error}")))?;
    let answer = runtime.block_on(work);
    runtime.shutdown_background();
    answer
}
