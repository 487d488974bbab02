//! The rollouts that the loop holds: a shell for each that could be opened, and the list or one of them in front.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::mpsc::{self, UnboundedSender};

use super::{
    Named, Rollout,
    ears::{Ears, Heard},
    list::{Entry, Rollouts, Seen},
    standing::Standing,
    update::{Msg, update},
};
use crate::tui::{
    event_loop::Options,
    keys::Command,
    model::{Model, Screen},
    shell::{Shell, first_model},
    terminal,
    update::Msg as CockpitMsg,
};

/// What has the keys and the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    /// The list.
    List,
    /// The cockpit of this rollout.
    Cockpit {
        /// Its place.
        place: usize,
        /// Whether it is there for one dialog alone, and gone with it.
        passing: bool,
    },
}

/// One rollout that is watched.
pub(super) struct Held {
    pub(super) shell: Shell,
    ears: Ears,
    /// Whether it may stand otherwise than the list says.
    changed: bool,
}

/// All of them.
pub(super) struct Fleet {
    pub(super) list: Rollouts,
    pub(super) front: Front,
    /// By their places; none where one could not be opened.
    held: Vec<Option<Held>>,
}

/// The list as it is before anything was heard.
pub(super) fn entries(rollouts: &[Rollout], options: &Options, size: (u16, u16)) -> Vec<Entry> {
    let entry = |rollout: &Rollout| match rollout {
        Rollout::Broken { named, why } => Entry { named: clean(named), seen: Seen::Broken(why.clone()) },
        Rollout::Open { named, session, .. } => {
            let model = first_model(session, options, size, true);
            Entry { named: clean(named), seen: Seen::Rollout(Box::new(Standing::of(&model))) }
        }
    };
    rollouts.iter().map(entry).collect()
}

fn clean(named: &Named) -> Named {
    let clean = crate::text::clean;
    Named {
        file: clean(&named.file),
        profile: named.profile.as_deref().map(clean),
        key: clean(&named.key),
        title: clean(&named.title),
        environment: clean(&named.environment),
        read_only: named.read_only,
    }
}

impl Fleet {
    /// Watches all of them from here on, their polls spread over the interval: at no moment all of them are asked, and
    /// those that ask a server the same ask it at the same moment, so that it is asked once. Within a tokio runtime.
    pub(super) fn watch(
        rollouts: Vec<Rollout>,
        list: Rollouts,
        options: &Options,
        started: Instant,
        news: &UnboundedSender<(usize, Heard)>,
    ) -> Self {
        let mut groups: Vec<u64> = Vec::new();
        for rollout in &rollouts {
            if let Rollout::Open { asks, .. } = rollout
                && !groups.contains(asks)
            {
                groups.push(*asks);
            }
        }
        let count = u32::try_from(groups.len()).unwrap_or(u32::MAX).max(1);
        let held = rollouts.into_iter().enumerate().map(|(place, rollout)| {
            let Rollout::Open { session, asks, .. } = rollout else { return None };
            let turn = groups.iter().position(|group| *group == asks).unwrap_or_default();
            let after = session.interval / count * u32::try_from(turn).unwrap_or_default();
            let model = first_model(&session, options, list.size, true);
            let (sender, arrivals) = mpsc::unbounded_channel();
            let mut shell = Shell::open(*session, model, started, after, sender);
            shell.behind(true);
            let ears = Ears::open(place, arrivals, shell.snapshots(), shell.log_changes(), news.clone());
            Some(Held { shell, ears, changed: true })
        });
        Self { held: held.collect(), list, front: Front::List }
    }

    /// The shell of this rollout.
    pub(super) fn shell(&mut self, place: usize) -> Option<&mut Shell> {
        self.held.get_mut(place)?.as_mut().map(|held| &mut held.shell)
    }

    /// The shell in front, where it is not the list.
    pub(super) fn in_front(&mut self) -> Option<&mut Shell> {
        match self.front {
            Front::List => None,
            Front::Cockpit { place, .. } => self.shell(place),
        }
    }

    pub(super) fn shells(&mut self) -> impl Iterator<Item = &mut Shell> {
        self.held.iter_mut().flatten().map(|held| &mut held.shell)
    }

    /// The terminal has the keyboard's focus, or another window has: that is so for each of them.
    pub(super) fn focused(&mut self, here: bool) {
        for shell in self.shells() {
            shell.take(CockpitMsg::Focus(here));
        }
    }

    /// Takes news of one in.
    pub(super) fn hear(&mut self, place: usize, heard: Heard) {
        let Some(Some(held)) = self.held.get_mut(place) else { return };
        held.changed = true;
        match heard {
            Heard::Msg(msg) => held.shell.arrival(*msg),
            Heard::Polled(snapshot) => held.shell.polled(snapshot),
            Heard::LogChanged => held.shell.read_history_again(),
        }
    }

    /// A second has passed.
    pub(super) fn second(&mut self, now: chrono::DateTime<chrono::Utc>, uptime: Duration) {
        for shell in self.shells() {
            shell.second();
        }
        self.tell();
        update(&mut self.list, Msg::Tick(now, uptime));
    }

    /// Tells the list how those stand that may stand otherwise. While a cockpit is in front nobody reads it.
    pub(super) fn tell(&mut self) {
        if self.front != Front::List {
            return;
        }
        for (place, held) in self.held.iter_mut().enumerate() {
            if let Some(held) = held
                && std::mem::take(&mut held.changed)
            {
                update(&mut self.list, Msg::Stands(place, Box::new(Standing::of(&held.shell.model))));
            }
        }
    }

    /// Puts the cockpit of this rollout in front, on this screen where one is asked for.
    pub(super) fn open(&mut self, place: usize, on: Option<Screen>, screen: &terminal::Screen) {
        let (themes, times) = (self.list.themes.clone(), self.list.times);
        let Some(shell) = self.shell(place) else { return };
        shell.model.wear(themes, times);
        shell.behind(false);
        shell.to_list = false;
        shell.tick();
        shell.resized(screen);
        if let Some(on) = on.filter(|on| shell.model.screen != *on) {
            shell.take(CockpitMsg::Ask(Command::Show(on)));
        }
        self.front = Front::Cockpit { place, passing: false };
    }

    /// Opens the confirmation of a rollback of this rollout over its cockpit; back to the list when it is closed.
    pub(super) fn roll_back(&mut self, place: usize, screen: &terminal::Screen) {
        self.open(place, None, screen);
        if let Some(shell) = self.shell(place) {
            shell.take(CockpitMsg::Ask(Command::Rollback));
            self.front = Front::Cockpit { place, passing: true };
        }
    }

    /// Back to the list, where somebody asked for it, or a dialog was closed that was opened from there.
    pub(super) fn return_if_asked(&mut self) {
        let Front::Cockpit { place, passing } = self.front else { return };
        let Some(shell) = self.shell(place) else { return };
        let closed = passing && shell.model.dialogs.is_empty();
        if std::mem::take(&mut shell.to_list) || closed {
            self.show_list();
        }
    }

    /// Puts the list in front, on the rollout that was looked at.
    pub(super) fn show_list(&mut self) {
        let Front::Cockpit { place, .. } = self.front else { return };
        let left = self.shell(place).map(|shell| {
            shell.behind(true);
            let Model { size, themes, times, .. } = &shell.model;
            (*size, themes.clone(), *times)
        });
        self.front = Front::List;
        if let Some(Some(held)) = self.held.get_mut(place) {
            held.changed = true;
        }
        self.tell();
        if let Some(((columns, rows), themes, times)) = left {
            self.list.wear(themes, times);
            update(&mut self.list, Msg::Resize(columns, rows));
        }
        update(&mut self.list, Msg::Back(place));
    }

    /// Each rollout at which something is done from here, and what.
    pub(super) fn busy(&self, but: Option<usize>) -> Vec<String> {
        let busy = self.held.iter().enumerate().filter(|(place, _)| Some(*place) != but).filter_map(|(place, held)| {
            let standing = Standing::of(&held.as_ref()?.shell.model);
            Some(format!("{}: {}", self.list.entries[place].named.whole(), standing.under_way?))
        });
        busy.collect()
    }

    /// Whether an automated gate runs.
    pub(super) fn gate_runs(&self) -> bool {
        self.held.iter().flatten().any(|held| held.shell.model.gate_runs())
    }

    /// Ends every gate that runs, and tells in a sentence each what became of them.
    pub(super) async fn stop_gates(&mut self, why: impl Fn(&str) -> String) -> Vec<String> {
        let running =
            self.held.iter_mut().filter(|held| held.as_ref().is_some_and(|held| held.shell.model.gate_runs()));
        let stopped = running.filter_map(Option::take).map(|Held { mut shell, ears, .. }| {
            let why = why(&shell.model.facts.operator);
            let whose = shell.model.facts.runbook.title.clone();
            async move {
                let Some(mut arrivals) = ears.close().await else { return format!("{whose}: the gate was killed") };
                format!("{whose}: {}", shell.stop_gate(&mut arrivals, why).await)
            }
        });
        join_all(stopped.collect::<Vec<_>>()).await
    }
}
