//! `gonogo init`: asks for addresses, tests each live, and writes the configuration.

mod ask;
mod draft;
mod probe;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::Utc;
use clap::Args;
use draft::{Asked, Draft, Source};

use super::{Exit, Failure, block_on, connect, options, options::Options, output};
use crate::{
    aside::{Aside, IfTaken},
    audit::make_private,
    config::{self, Address, File, Given, TokenSource},
    text::clean,
};

#[derive(Debug, Args)]
pub(super) struct Init {
    /// Ask nothing: take the options and the defaults
    #[arg(long)]
    yes: bool,
    /// With --yes: write it although a source does not answer
    #[arg(long, requires = "yes")]
    untested: bool,
}

/// What is in the file that is there.
struct Before {
    text: String,
    file: File,
}

impl Init {
    pub(super) fn run(&self, given: &Options) -> Result<u8, Failure> {
        if !self.yes && !output::can_ask() {
            let what = "nobody can be asked here; name the sources and say --yes:\n  \
                        gonogo init --yes --telemetry prometheus+http://HOST:PORT --flags unleash+http://HOST:PORT";
            return Err(Failure::new(Exit::Usage, what));
        }
        let path = path(given)?;
        let before = before(&path)?;
        let draft = if self.yes { self.taken(given, before.as_ref())? } else { asked(given, &path, before.as_ref())? };
        let text = draft.text(before.as_ref().map(|before| (before.text.as_str(), &before.file)));
        if self.yes {
            self.test(&draft, &path)?;
        } else {
            output::tell(&format!("\n{}:\n{}", clean(&path.display().to_string()), indented(&draft)));
            if ask::choice("Write it? y or n", "yn")? == 'n' {
                return Err(Failure::new(Exit::CouldNotRun, "nothing was written"));
            }
        }
        write(&path, &text, before.as_ref())?;
        let shown = clean(&path.display().to_string());
        let option = if given.config.is_some() { format!(" --config {shown}") } else { String::new() };
        let profile = match before.and_then(|before| before.file.profile) {
            Some(used) if used != draft.profile => format!(" --profile {}", clean(&draft.profile)),
            _ => String::new(),
        };
        output::answer(&format!("written to {shown}\nopen it: gonogo{option}{profile}\n"))?;
        Ok(Exit::Done as u8)
    }

    /// The options and the defaults.
    fn taken(&self, given: &Options, before: Option<&Before>) -> Result<Draft, Failure> {
        let usage = |why: String| Failure::new(Exit::Usage, why);
        let named = |address: &Option<String>, asked: Asked| -> Result<Option<Source>, Failure> {
            let Some(address) = address else { return Ok(None) };
            Address::parse(address, asked.role())?;
            let variable = asked.variable();
            let set = std::env::var_os(variable).is_some_and(|value| !value.is_empty());
            Ok(Some(Source { address: address.clone(), token: set.then(|| TokenSource::Env(variable.to_owned())) }))
        };
        let draft = Draft {
            profile: new_profile(given.profile.as_deref().unwrap_or("production"), before).map_err(usage)?,
            environment: given.environment.clone().unwrap_or_else(|| "production".to_owned()),
            runbook: given.runbook.as_deref().map(absolute).transpose().map_err(usage)?,
            telemetry: named(&given.telemetry, Asked::Telemetry)?,
            flags: named(&given.flags, Asked::Flags)?,
            operator: given.operator.clone(),
        };
        if draft.telemetry.is_none() && draft.flags.is_none() {
            return Err(usage("name a source: --telemetry, --flags, or both".to_owned()));
        }
        Ok(draft)
    }

    /// Tells of each source, and refuses what does not answer unless that was asked for.
    fn test(&self, draft: &Draft, path: &Path) -> Result<(), Failure> {
        for asked in Asked::ALL {
            match tested(draft, asked, path) {
                Ok(lines) => lines.iter().for_each(|line| output::tell(line)),
                Err(failure) if self.untested => output::tell(&format!("not answered: {}", failure.message)),
                Err(failure) => {
                    let why = format!("{}\nnothing was written; --untested writes it all the same", failure.message);
                    return Err(Failure::new(Exit::CouldNotRun, why));
                }
            }
        }
        Ok(())
    }
}

/// What somebody answers. Each source is asked as soon as it is named.
fn asked(given: &Options, path: &Path, before: Option<&Before>) -> Result<Draft, Failure> {
    output::tell("gonogo asks for what it watches, tries it, and writes it down. Enter takes what is in brackets.\n");
    let text = |answer: &str| match clean(answer) {
        answer if answer.is_empty() => Err("something is needed here".to_owned()),
        answer => Ok(answer),
    };
    let free = |name: &&str| before.is_none_or(|before| !before.file.profiles.contains_key(*name));
    let suggested = ["production", "staging", "rollout"].into_iter().find(free).unwrap_or_default();
    let default = given.profile.as_deref().unwrap_or(suggested);
    let mut draft = Draft {
        profile: ask::question("Name of this profile", default, |answer| new_profile(&text(answer)?, before))?,
        ..Draft::default()
    };
    let default = given.environment.as_deref().unwrap_or("production");
    draft.environment = ask::question("Environment", default, text)?;
    let default = given.runbook.as_ref().map_or_else(|| "built in".to_owned(), |path| path.display().to_string());
    draft.runbook = ask::question("Runbook, a file", &default, |answer| match answer {
        "built in" => Ok(None),
        path => absolute(Path::new(path)).map(Some),
    })?;
    for asked in Asked::ALL {
        source(given, path, &mut draft, asked)?;
    }
    if draft.telemetry.is_none() && draft.flags.is_none() {
        return Err(Failure::new(Exit::CouldNotRun, "no source was named; nothing was written"));
    }
    let login = std::env::var("USER").unwrap_or_default();
    let default = given.operator.clone().unwrap_or_else(|| login.clone());
    let operator = ask::question("Your name, for the audit log", &default, text)?;
    draft.operator = Some(operator).filter(|name| *name != login);
    Ok(draft)
}

/// Asks for one source until it answers, or is taken or left out as it is.
fn source(given: &Options, path: &Path, draft: &mut Draft, asked: Asked) -> Result<(), Failure> {
    let (title, address, example) = match asked {
        Asked::Telemetry => ("Telemetry", &given.telemetry, "prometheus+http://127.0.0.1:9090, or events:PATH"),
        Asked::Flags => ("Flag store", &given.flags, "unleash+http://127.0.0.1:4242, or flagd:PATH"),
    };
    let token = asked.variable();
    let mut last = address.clone().unwrap_or_default();
    loop {
        let named = ask::question(&format!("{title} ({example}; - for none)"), &last, |answer| match answer {
            "-" => Ok(None),
            answer => {
                let found = Address::parse(answer, asked.role());
                found.map(|found| Some((answer.to_owned(), found))).map_err(|fault| fault.to_string())
            }
        })?;
        let Some((address, found)) = named else {
            *draft.slot(asked) = None;
            return Ok(());
        };
        let token = match found.base() {
            None => None,
            Some(_) => {
                let set = std::env::var_os(token).is_some_and(|value| !value.is_empty());
                let default = if set { format!("env:{token}") } else { "none".to_owned() };
                ask::question("  its token (env:NAME, file:PATH, command:PROGRAM, none)", &default, ask::token)?
            }
        };
        last.clone_from(&address);
        *draft.slot(asked) = Some(Source { address, token });
        match tested(draft, asked, path) {
            Ok(lines) => {
                lines.iter().for_each(|line| output::tell(&format!("  {line}")));
                return Ok(());
            }
            Err(failure) => output::tell(&format!("  {}", failure.message)),
        }
        match ask::choice("  Again, keep it all the same, or leave it out? a, k or l", "akl")? {
            'k' => return Ok(()),
            'l' => {
                *draft.slot(asked) = None;
                return Ok(());
            }
            _ => {}
        }
    }
}

/// What this source says when it is asked as the file would have it. Nothing where it is not named.
fn tested(draft: &Draft, asked: Asked, path: &Path) -> Result<Vec<String>, Failure> {
    let file = config::parse(&draft.text(None), path)?;
    let given = Given { config: Some(path.to_owned()), instead: Some(file), ..Given::default() };
    let settings = config::resolve(&given, &|_| None, None)?;
    let named = match asked {
        Asked::Telemetry => settings.telemetry.as_ref().is_ok_and(Option::is_some),
        Asked::Flags => settings.flags.as_ref().is_ok_and(Option::is_some),
    };
    if !named {
        return Ok(Vec::new());
    }
    let runbook = options::load_runbook(&settings)?;
    let session = connect::session(settings, Arc::clone(&runbook))?;
    block_on(async {
        Ok(match asked {
            Asked::Telemetry => probe::telemetry(session.telemetry, &runbook, Utc::now()).await?,
            Asked::Flags => probe::flags(session.flags).await?,
        })
    })
}

/// The file that is to be written: as named, or where gonogo looks for it.
fn path(given: &Options) -> Result<PathBuf, Failure> {
    let variable = std::env::var_os("GONOGO_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = || options::folders().map(|folders| folders.config_dir().join("config.toml"));
    given.config.clone().or(variable).or_else(own).ok_or_else(|| {
        Failure::new(Exit::Usage, "no folder for configuration is known on this machine; name the file with --config")
    })
}

fn before(path: &Path) -> Result<Option<Before>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(Before { file: config::parse(&text, path)?, text })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let what = format!("{} cannot be read: {error}", clean(&path.display().to_string()));
            Err(Failure::new(Exit::CouldNotRun, what))
        }
    }
}

fn new_profile(name: &str, before: Option<&Before>) -> Result<String, String> {
    let name = clean(name);
    match before {
        Some(before) if before.file.profiles.contains_key(&name) => {
            Err(format!("there is a profile {name} already, and it is left as it is; choose another name"))
        }
        _ => Ok(name),
    }
}

/// A runbook that can be used, from wherever gonogo is started.
fn absolute(path: &Path) -> Result<PathBuf, String> {
    crate::runbook::load(path).map_err(|error| options::broken(&error).message)?;
    fs::canonicalize(path)
        .map_err(|error| format!("{} cannot be found again: {error}", clean(&path.display().to_string())))
}

fn indented(draft: &Draft) -> String {
    draft.text(None).lines().map(|line| format!("    {}\n", clean(line))).collect()
}

/// Writes it, unless what is there changed meanwhile.
fn write(path: &Path, text: &str, before: Option<&Before>) -> Result<(), Failure> {
    let shown = clean(&path.display().to_string());
    let failed = |error: io::Error| {
        Failure::new(Exit::CouldNotRun, format!("{shown} could not be written: {error}; nothing was changed"))
    };
    // A link stays one: what it leads to is written.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(folder) = place.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        make_private(folder).map_err(failed)?;
    }
    let mut aside = Aside::of(&place).map_err(failed)?;
    aside.file().write_all(text.as_bytes()).map_err(failed)?;
    if let Some(before) = before
        && fs::read_to_string(path).map_err(failed)? != before.text
    {
        return Err(Failure::new(Exit::CouldNotRun, format!("{shown} was changed by somebody else; begin again")));
    }
    let if_taken = if before.is_some() { IfTaken::Replace } else { IfTaken::Refuse };
    aside.name(if_taken).map_err(failed)?;
    Ok(())
}
