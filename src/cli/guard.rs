//! `gonogo guard`: watches without a terminal.

use std::time::Duration;

use clap::Args;
use secrecy::SecretString;

use super::{Exit, Failure, block_on, connect, operation::signalled, options, options::Options, output};
use crate::{
    config::{Headers, Notify, Origin, Secret, Setting, Settings},
    guard,
    notify::{Hook, Notifier, Webhook},
};

/// The log is on stdout: one JSON object a line. It ends by a signal, with 143, 130 or 129.
#[derive(Debug, Args)]
pub(super) struct Guard {
    /// Roll back by itself when a trigger trips that the runbook marks automatic
    #[arg(long)]
    auto_rollback: bool,
    /// Post notices to this URL. Others can read it in the process list: where it holds a secret, set GONOGO_WEBHOOK or
    /// write it into the profile's notify
    #[arg(long, value_name = "URL", value_parser = secret)]
    webhook: Option<SecretString>,
    /// Run this for each notice, which it gets on its standard input; no shell, words are parted at white space
    #[arg(long, value_name = "PROGRAM ARG...")]
    hook: Option<String>,
    /// Time between two lines that say that it lives
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = humantime::parse_duration)]
    heartbeat: Duration,
}

fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(text.to_owned().into())
}

impl Guard {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        let mut settings = given.resolve()?;
        if settings.read_only.value && self.auto_rollback {
            let what = "refused: --auto-rollback changes the flag, and this is read-only; leave out one of the two";
            return Err(Failure::new(Exit::Usage, what));
        }
        connect::require_sources(&settings)?;
        if self.auto_rollback && matches!(settings.flags, Ok(None)) {
            let what = "--auto-rollback needs the flag store; give --flags unleash+http://HOST:PORT or flagd:PATH";
            return Err(Failure::new(Exit::Usage, what));
        }
        let runbook = options::load_runbook(&settings)?;
        let (webhook, hook) = self.targets(&mut settings)?;
        settings.operator.value.push_str(" (guard)");
        let session = connect::session(settings, runbook)?;
        let options = guard::Options { armed: self.auto_rollback, heartbeat: self.heartbeat };
        let armed = if self.auto_rollback { "armed to roll back" } else { "not armed" };
        output::tell(&format!("guarding {} in {}, {armed}", session.runbook.key, session.environment));
        let exit = block_on(async {
            let notifier = Notifier::start(webhook, hook);
            Ok(guard::run(session, options, notifier, signalled()).await)
        })?;
        output::tell("the guard has ended, asked to by a signal; nobody guards now");
        Ok(exit as u8)
    }

    /// Whom to tell: as the command line says, else as the profile does.
    fn targets(&self, settings: &mut Settings) -> Result<(Option<Webhook>, Option<Hook>), Failure> {
        let Notify { mut webhook, mut headers, mut command } = std::mem::take(&mut settings.notify);
        if let Some(url) = &self.webhook {
            use secrecy::ExposeSecret;
            let value = Secret::Plain(url.expose_secret().to_owned());
            webhook = Some(Setting { value, origin: Origin::CommandLine("--webhook") });
            // They were written for another address.
            headers = Headers::new();
        }
        if let Some(words) = &self.hook {
            let value = words.split_whitespace().map(str::to_owned).collect();
            command = Some(Setting { value, origin: Origin::CommandLine("--hook") });
        }
        let hook = command.map(|command| Hook::new(&command.value)).transpose()?;
        Ok((webhook.map(|url| Webhook::new(url.value, headers)), hook))
    }
}
