//! What goes wrong, as rules of the proxy.

use std::{sync::Arc, time::Duration};

use reqwest::Method;
use serde_json::Value;

use super::{
    cell::{by_hand, environment},
    fault_proxy::{Act, Meanwhile, Request},
    unleash_server::Server,
};

/// One way to go wrong, from one write on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Done at once, and answered long after everybody stopped waiting.
    AnsweredLate,
    /// Done only when nobody waits for it any more.
    DoneLate,
    /// 503, to every second request of any kind; from this write on.
    EverySecondFails,
    /// 200, and not done; from this write on.
    NotDone,
    /// Done, and answered with 500; from this write on.
    DoneAndFailed,
    /// Done, and the connection cut; from this write on.
    DoneAndCut,
    /// Cut before it is done, once.
    CutBefore,
    /// 404 to everything, as of a server whose database is down; from this write on.
    DatabaseDown,
    /// 401 to everything; from this write on.
    TokenRevoked,
    /// Somebody deletes every strategy between the reading and the write.
    StrategyDeleted,
    /// Somebody adds a strategy for everyone between the reading and the write.
    EveryoneAdded,
    /// Somebody archives the flag between the reading and the write.
    Archived,
}

impl Fault {
    pub const ALL: [Self; 12] = [
        Self::AnsweredLate,
        Self::DoneLate,
        Self::EverySecondFails,
        Self::NotDone,
        Self::DoneAndFailed,
        Self::DoneAndCut,
        Self::CutBefore,
        Self::DatabaseDown,
        Self::TokenRevoked,
        Self::StrategyDeleted,
        Self::EveryoneAdded,
        Self::Archived,
    ];

    /// How long one request may take: of a server that is slow, less than it takes.
    pub fn timeout(self) -> Duration {
        Duration::from_secs(if self.is_slow() { 2 } else { 10 })
    }

    fn is_slow(self) -> bool {
        matches!(self, Self::AnsweredLate | Self::DoneLate)
    }

    /// The rule, for what goes wrong with the write of this number.
    pub fn rule(self, number: usize, server: Arc<Server>, flag: String) -> impl Fn(&Request) -> Act + Send + Sync {
        let moment = self.timeout() + Duration::from_millis(500);
        move |request| {
            let (this, from) = (request.is_write(number), request.is_write_from(number));
            match self {
                Self::AnsweredLate if this => Act::AnsweredLate(moment),
                Self::DoneLate if this => Act::DoneLate(moment),
                Self::EverySecondFails if request.is_after_write(number) && request.overall.is_multiple_of(2) => {
                    Act::Answer(503, "{}")
                }
                Self::NotDone if from => Act::Answer(200, ""),
                Self::DoneAndFailed if from => Act::DoneAndAnswered(500, r#"{"name":"InternalError"}"#),
                Self::DoneAndCut if from => Act::DoneAndCut,
                Self::CutBefore if this => Act::Cut,
                Self::DatabaseDown if request.is_after_write(number) => {
                    Act::Answer(404, r#"{"name":"NotFoundError","message":"Could not find feature"}"#)
                }
                Self::TokenRevoked if request.is_after_write(number) => {
                    Act::Answer(401, r#"{"name":"AuthenticationRequired"}"#)
                }
                Self::StrategyDeleted | Self::EveryoneAdded | Self::Archived if this => {
                    Act::After(self.meanwhile(Arc::clone(&server), flag.clone()))
                }
                _ => Act::Pass,
            }
        }
    }

    fn meanwhile(self, server: Arc<Server>, flag: String) -> Meanwhile {
        Box::pin(async move {
            match self {
                Self::StrategyDeleted => {
                    let all = environment(&server, &flag, Method::GET, "/strategies", Value::Null).await;
                    for strategy in all.as_array().expect("strategies") {
                        let path = format!("/strategies/{}", strategy["id"].as_str().expect("an id"));
                        environment(&server, &flag, Method::DELETE, &path, Value::Null).await;
                    }
                }
                Self::EveryoneAdded => {
                    environment(&server, &flag, Method::POST, "/strategies", by_hand(&flag, 100)).await;
                }
                _ => {
                    server.admin(Method::DELETE, &format!("projects/default/features/{flag}"), Value::Null).await;
                }
            }
        })
    }
}
