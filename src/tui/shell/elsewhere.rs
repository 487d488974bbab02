//! What telemetry of other environments saw of the checklist: asked beside the loop while somebody looks at it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use super::Shell;
use crate::{
    judge::check_places,
    seen_in::seen_in,
    session::Elsewhere,
    tui::{model::Screen, update::Msg},
};

/// How often it is asked.
const EVERY: Duration = Duration::from_secs(60);
/// How long one environment may take to answer.
const LIMIT: Duration = Duration::from_secs(30);

/// Asks telemetry of other environments.
pub(super) struct Looking {
    elsewhere: Elsewhere,
    last: Option<(Instant, JoinHandle<()>)>,
}

impl Drop for Looking {
    fn drop(&mut self) {
        if let Some((_, task)) = &self.last {
            task.abort();
        }
    }
}

impl Shell {
    /// From here on telemetry of other environments is asked this way.
    pub(in crate::tui) fn looking_at(&mut self, elsewhere: Elsewhere) {
        self.looking = Some(Looking { elsewhere, last: None });
    }

    /// Looks there again, where somebody looks at the checklist and the last look is old. One that hangs is waited for.
    pub(in crate::tui) fn look_elsewhere(&mut self) {
        if self.model.screen != Screen::Readiness || self.model.facts.replay {
            return;
        }
        let Some(looking) = &mut self.looking else { return };
        if looking.last.as_ref().is_some_and(|(at, task)| at.elapsed() < EVERY || !task.is_finished()) {
            return;
        }
        let (runbook, clock, news) = (Arc::clone(&self.model.facts.runbook), self.clock, self.news.clone());
        let own = &self.model.facts.environment;
        let places: Vec<String> =
            check_places(&runbook).into_iter().filter(|place| place != own).map(str::to_owned).collect();
        let (elsewhere, asked) = (Arc::clone(&looking.elsewhere), places.clone());
        let task = tokio::spawn(async move {
            for place in places {
                let seen = seen_in(&runbook, &elsewhere, &place, clock, LIMIT).await;
                // Nobody listens any more once the cockpit is left.
                let _ = news.send(Msg::SeenElsewhere(place, seen));
            }
        });
        looking.last = Some((Instant::now(), task));
        self.take(Msg::AskedElsewhere(asked));
    }
}
