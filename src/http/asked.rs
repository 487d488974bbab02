//! Questions that are under way, or were just answered: who asks a server the same as somebody else has the same answer.
//!
//! The same question is the same query at the same instant. Nobody is given an answer twice: who asks again wants to know
//! what is new.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt,
    future::{Shared, WeakShared},
};

use super::Answer;
use crate::fault::Fault;

/// For so long an answer is one of this poll.
const FRESH: Duration = Duration::from_secs(1);

/// An answer, and when it was asked for and there.
#[derive(Debug)]
pub struct Told {
    /// What the server said.
    pub answer: Answer,
    /// When the request was sent.
    pub sent: Instant,
    /// When the answer was there.
    pub received: Instant,
}

/// What came of a question.
pub type Outcome = Result<Arc<Told>, Fault>;

type Flight = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The questions of one server, as one user of it.
#[derive(Default)]
pub struct Asked {
    questions: Mutex<Vec<Question>>,
    askers: AtomicU64,
}

struct Question {
    query: String,
    at: Option<i64>,
    since: Instant,
    /// Gone when all who wait for it are: then nobody drives it any more.
    flight: WeakShared<Flight>,
    outcome: Option<Outcome>,
    /// Who has its answer, or waits for it.
    given: Vec<u64>,
}

impl Asked {
    fn questions(&self) -> MutexGuard<'_, Vec<Question>> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another one who asks: what it is known by.
    pub fn asker(&self) -> u64 {
        self.askers.fetch_add(1, Ordering::Relaxed)
    }

    /// Something was changed: whoever asks from here on gets no answer to a question from before.
    pub fn forget(&self) {
        self.questions().clear();
    }

    /// The answer for `who`: that of somebody else who asks the same now, else that of `ask`.
    pub async fn once<A>(&self, who: u64, query: &str, at: Option<i64>, ask: impl FnOnce() -> A) -> Outcome
    where
        A: Future<Output = Outcome> + Send + 'static,
    {
        let flight = match self.join(who, query, at) {
            Joined::Answered(outcome) => return outcome,
            Joined::Flies(flight) => flight,
            Joined::Nobody => {
                let flight: Shared<Flight> = FutureExt::shared(Box::pin(ask()) as Flight);
                if let Some(weak) = flight.downgrade() {
                    let (query, given) = (query.to_owned(), vec![who]);
                    let question = Question { query, at, since: Instant::now(), flight: weak, outcome: None, given };
                    self.questions().push(question);
                }
                flight
            }
        };
        let outcome = flight.clone().await;
        for question in self.questions().iter_mut().filter(|question| question.outcome.is_none()) {
            if question.flight.upgrade().is_some_and(|other| other.ptr_eq(&flight)) {
                question.outcome = Some(outcome.clone());
            }
        }
        outcome
    }

    fn join(&self, who: u64, query: &str, at: Option<i64>) -> Joined {
        let mut questions = self.questions();
        questions.retain(|question| match question.outcome {
            Some(_) => question.since.elapsed() < FRESH,
            None => question.flight.upgrade().is_some(),
        });
        let same = questions
            .iter_mut()
            .find(|question| question.at == at && question.query == query && !question.given.contains(&who));
        let Some(question) = same else { return Joined::Nobody };
        let joined = match (&question.outcome, question.flight.upgrade()) {
            (Some(outcome), _) => Joined::Answered(outcome.clone()),
            (None, Some(flight)) => Joined::Flies(flight),
            (None, None) => return Joined::Nobody,
        };
        question.given.push(who);
        joined
    }
}

enum Joined {
    Answered(Outcome),
    Flies(Shared<Flight>),
    Nobody,
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures_util::future::{join, join_all};
    use tokio::sync::oneshot;

    use super::*;
    use crate::fault::FaultKind;

    fn told(text: &str) -> Outcome {
        let answer = Answer { body: text.into(), date: None, latency: chrono::TimeDelta::zero() };
        Ok(Arc::new(Told { answer, sent: Instant::now(), received: Instant::now() }))
    }

    fn text(outcome: &Outcome) -> String {
        String::from_utf8(outcome.as_ref().unwrap().answer.body.clone()).unwrap()
    }

    #[tokio::test]
    async fn the_same_is_asked_once_and_nobody_is_told_it_twice() {
        let (asked, count) = (Asked::default(), AtomicUsize::new(0));
        let ask = |who, query: &'static str, at| {
            asked.once(who, query, at, || {
                let nth = count.fetch_add(1, Ordering::Relaxed) + 1;
                async move { told(&nth.to_string()) }
            })
        };
        let all = join_all((0..200).map(|who| ask(who, "up", Some(7)))).await;
        assert_eq!(count.load(Ordering::Relaxed), 1);
        assert!(all.iter().all(|outcome| text(outcome) == "1"));
        assert_eq!(text(&ask(200, "up", Some(7)).await), "1", "one that was just answered");
        assert_eq!(text(&ask(200, "up", Some(7)).await), "2", "who asks again wants to know anew");
        assert_eq!(text(&ask(0, "up", Some(8)).await), "3", "another instant is another question");
        assert_eq!(text(&ask(0, "down", Some(7)).await), "4");
    }

    #[tokio::test]
    async fn who_gives_up_leaves_the_others_their_answer_and_the_last_one_ends_it() {
        let asked = Asked::default();
        let (give, given) = oneshot::channel::<()>();
        let first = asked.once(1, "up", None, || async move {
            let _ = given.await;
            told("late")
        });
        let mut first = Box::pin(first);
        assert!(futures_util::poll!(&mut first).is_pending());
        let mut second = Box::pin(asked.once(2, "up", None, || async { told("not asked") }));
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        give.send(()).unwrap();
        assert_eq!(text(&second.await), "late");

        let (give, given) = oneshot::channel::<()>();
        let mut alone = Box::pin(asked.once(3, "down", None, || async move {
            let _ = given.await;
            told("never")
        }));
        assert!(futures_util::poll!(&mut alone).is_pending());
        drop(alone);
        assert!(give.is_closed(), "nobody drives it any more");
        assert_eq!(text(&asked.once(4, "down", None, || async { told("anew") }).await), "anew");
    }

    #[tokio::test]
    async fn after_a_change_nobody_is_told_what_was_asked_before_it() {
        let asked = Asked::default();
        let (give, given) = oneshot::channel::<()>();
        let mut before = Box::pin(asked.once(asked.asker(), "flag", None, || async move {
            let _ = given.await;
            told("as it was")
        }));
        assert!(futures_util::poll!(&mut before).is_pending());
        asked.forget();
        let me = asked.asker();
        assert_eq!(text(&asked.once(me, "flag", None, || async { told("as it is") }).await), "as it is");
        give.send(()).unwrap();
        assert_eq!(text(&before.await), "as it was", "who asked before it was changed");
        let other = asked.asker();
        assert_eq!(text(&asked.once(other, "flag", None, || async { told("anew") }).await), "as it is");
    }

    #[tokio::test]
    async fn a_failure_is_shared_like_any_answer() {
        let asked = Asked::default();
        let failed = || async { Err(Fault::new(FaultKind::Unreachable, "gone", "wait")) };
        let (one, other) =
            join(asked.once(1, "up", None, failed), asked.once(2, "up", None, || async { told("not asked") })).await;
        assert!(one.is_err() && other.is_err());
    }
}
