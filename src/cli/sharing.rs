//! What the rollouts of one gonogo share: a client for each server, what is asked of it, and the flag files.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use crate::{
    audit::postgres,
    config::{Database, Server},
    fault::Fault,
    flags::{flagd::ReadOnce, unleash},
    http::Http,
    telemetry::prometheus,
};

/// A client, made by the first who needs it.
type Made = Arc<OnceLock<Result<Client, Fault>>>;

/// What is shared. Nothing is opened before it is first needed.
#[derive(Default)]
pub(super) struct Shared {
    clients: Mutex<Vec<(Server, Made)>>,
    files: Mutex<Vec<(PathBuf, Arc<ReadOnce>)>>,
    databases: Mutex<Vec<(Database, Arc<postgres::Database>)>>,
}

/// A client of one server, with its credentials.
#[derive(Clone)]
struct Client {
    http: Http,
    prometheus: Arc<prometheus::Server>,
    unleash: Arc<unleash::Together>,
}

impl Shared {
    /// An Unleash server: one client for all who reach it in the same way, and what their flags share. Its token is fetched
    /// once, by the first who needs it; the others wait for that.
    ///
    /// # Errors
    /// As for [`Server::endpoint`] and [`Http::new`]; the same for all.
    pub(super) fn unleash(&self, server: &Server) -> Result<(Http, Arc<unleash::Together>), Fault> {
        self.client(server).map(|client| (client.http, client.unleash))
    }

    /// The same as a Prometheus server.
    ///
    /// # Errors
    /// As for [`Shared::unleash`].
    pub(super) fn prometheus(&self, server: &Server) -> Result<Arc<prometheus::Server>, Fault> {
        self.client(server).map(|client| client.prometheus)
    }

    fn client(&self, server: &Server) -> Result<Client, Fault> {
        let cell = {
            let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            match clients.iter().find(|(known, _)| same(known, server)) {
                Some((_, cell)) => Arc::clone(cell),
                None => {
                    let cell = Arc::default();
                    clients.push((server.clone(), Arc::clone(&cell)));
                    cell
                }
            }
        };
        let made = cell.get_or_init(|| {
            let http = Http::new(server.endpoint()?)?;
            let prometheus = Arc::new(prometheus::Server::new(http.clone()));
            Ok(Client { http, prometheus, unleash: Arc::default() })
        });
        made.clone()
    }

    /// The database of audit logs: its connections are those of all who reach it in the same way.
    pub(super) fn database(&self, database: &Database) -> Arc<postgres::Database> {
        let mut databases = self.databases.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &Database| {
            known.address == database.address
                && known.password.as_ref().map(|password| &password.value)
                    == database.password.as_ref().map(|password| &password.value)
                && known.ca_file == database.ca_file
        };
        if let Some((_, made)) = databases.iter().find(|(known, _)| same(known)) {
            return Arc::clone(made);
        }
        let password = database.password.as_ref().map(|password| password.value.clone());
        let made = postgres::Database::new(database.address.clone(), password, database.ca_file.clone());
        let made = Arc::new(made);
        databases.push((database.clone(), Arc::clone(&made)));
        made
    }

    /// The flag file at `path`.
    pub(super) fn file(&self, path: &Path) -> Arc<ReadOnce> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = files.iter().find(|(known, _)| known == path) {
            return Arc::clone(file);
        }
        let file = Arc::default();
        files.push((path.to_owned(), Arc::clone(&file)));
        file
    }
}

/// Whether two are one server, reached in the same way and as the same user.
fn same(one: &Server, other: &Server) -> bool {
    let token = |server: &Server| server.token.as_ref().map(|token| token.value.clone());
    one.address.value == other.address.value
        && token(one) == token(other)
        && one.user == other.user
        && one.headers == other.headers
        && one.ca_file == other.ca_file
        && one.timeout == other.timeout
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Address, Origin, Setting, TokenSource};

    fn server(address: &str, variable: Option<&str>) -> Server {
        let default = |value: String| Setting { value, origin: Origin::Default };
        Server {
            address: Setting { value: Address::Prometheus(address.to_owned()), origin: Origin::Default },
            token: variable.map(|name| Setting { value: TokenSource::Env(name.to_owned()), origin: Origin::Default }),
            user: None,
            headers: Default::default(),
            ca_file: None,
            timeout: std::time::Duration::from_secs(1),
            project: default("default".to_owned()),
        }
    }

    #[test]
    fn one_server_and_one_user_have_one_client() {
        let shared = Shared::default();
        let get = |server: &Server| shared.prometheus(server);
        let one = server("http://127.0.0.1:1", None);
        let first = get(&one).unwrap();
        assert!(Arc::ptr_eq(&first, &get(&one.clone()).unwrap()));
        assert!(!Arc::ptr_eq(&first, &get(&server("http://127.0.0.1:2", None)).unwrap()));
        // Who it is asked as is part of what it answers.
        let slower = Server { timeout: std::time::Duration::from_secs(2), ..one.clone() };
        let user = Server { user: Some("ann".to_owned()), ..one };
        for other in [slower, user] {
            assert!(!Arc::ptr_eq(&first, &get(&other).unwrap()));
        }
        // A token that cannot be had is the fault of all who need it.
        let locked = server("http://127.0.0.1:1", Some("GONOGO_TEST_NO_SUCH_TOKEN"));
        assert!(get(&locked).is_err() && get(&locked).is_err());
        assert_eq!(shared.clients.lock().unwrap().len(), 5);
        assert!(Arc::ptr_eq(&shared.file(Path::new("a")), &shared.file(Path::new("a"))));
        assert!(!Arc::ptr_eq(&shared.file(Path::new("a")), &shared.file(Path::new("b"))));
    }
}
