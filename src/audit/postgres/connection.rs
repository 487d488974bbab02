//! Connections to the database: made when they are needed, within a time, and used again.

use std::{
    future::poll_fn,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::JoinHandle,
    time::{Instant, timeout},
};
use tokio_postgres::{AsyncMessage, Client, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Address, failure, listen::Listeners};
use crate::{
    config::TokenSource,
    fault::{Fault, FaultKind},
};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(3);

/// Idle connections that are kept.
const IDLE: usize = AT_ONCE;

/// Looks that are under way at one time. An append waits for none of them.
const AT_ONCE: usize = 8;

/// What every connection starts with. A transaction that its client forgot must not hold the log up; an answer means that
/// the entry is on the server's disk, also where the server is set up to be careless.
const SETTINGS: &str = "SET statement_timeout = 5000; SET lock_timeout = 5000; \
    SET idle_in_transaction_session_timeout = 3000; SET client_min_messages = 'warning'; \
    SET standard_conforming_strings = on; \
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// Who is told of a notification's payload.
pub(super) type Heard = Box<dyn Fn(&str) + Send>;

/// A connection; closed when it is dropped.
pub(super) struct Session {
    pub(super) client: Client,
    reader: JoinHandle<()>,
    /// Whether it was kept from an earlier use: the server may have closed it since.
    pub(super) used: bool,
}

impl Session {
    /// Returns when the connection is lost.
    pub(super) async fn lost(&mut self) {
        let _ = (&mut self.reader).await;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// The turn to look.
pub(super) struct Turn<'a> {
    database: &'a Database,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Turn<'_> {
    /// The look failed in a way that is not its own: those that wait need not try it, too.
    pub(super) fn failed(&self, fault: Fault) -> Fault {
        let failure = (Instant::now(), fault.clone());
        *self.database.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        fault
    }
}

/// One database, as one user of it. All logs in it may share it.
pub struct Database {
    address: Address,
    password: Option<TokenSource>,
    ca_file: Option<PathBuf>,
    tls: OnceLock<MakeRustlsConnect>,
    idle: Mutex<Vec<Session>>,
    fetched: Arc<Mutex<Option<SecretString>>>,
    looks: Semaphore,
    /// The last look that failed because the database could not be reached, or did not answer.
    failure: Mutex<Option<(Instant, Fault)>>,
    pub(super) listeners: Arc<Listeners>,
}

impl Database {
    /// The database at this address. Nothing is connected before it is needed.
    pub fn new(address: Address, password: Option<TokenSource>, ca_file: Option<PathBuf>) -> Self {
        let (tls, idle, fetched, failure, listeners) = Default::default();
        let looks = Semaphore::new(AT_ONCE);
        Self { address, password, ca_file, tls, idle, fetched, looks, failure, listeners }
    }

    /// Waits for its turn to look. What fails meanwhile fails for all who wait: it is the answer to their question, too.
    pub(super) async fn turn(&self) -> Result<Turn<'_>, Fault> {
        let since = Instant::now();
        // The semaphore is never closed.
        let permit = self.looks.acquire().await.ok();
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match failure.as_ref().filter(|(at, _)| *at > since) {
            Some((_, fault)) => Err(fault.clone()),
            None => Ok(Turn { database: self, _permit: permit }),
        }
    }

    pub(super) fn place(&self) -> String {
        self.address.place()
    }

    /// A connection, a used one if there is one.
    pub(super) async fn session(&self) -> Result<Session, Fault> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match kept {
            Some(session) if !session.client.is_closed() => Ok(session),
            _ => self.open(Box::new(|_| {})).await,
        }
    }

    /// Gives a connection back on which nothing is under way.
    pub(super) fn keep(&self, mut session: Session) {
        session.used = true;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE && !session.client.is_closed() {
            idle.push(session);
        }
    }

    /// A new connection.
    pub(super) async fn open(&self, heard: Heard) -> Result<Session, Fault> {
        let password = self.password().await?;
        let answer = timeout(CONNECT, self.connect(password.as_ref(), heard)).await;
        let session = answer.unwrap_or_else(|_| Err(failure::late(&self.place(), CONNECT)));
        if session.as_ref().is_err_and(|fault| fault.kind == FaultKind::Unauthorized) {
            // It may have been changed where it comes from.
            *self.fetched.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        session
    }

    async fn connect(&self, password: Option<&SecretString>, heard: Heard) -> Result<Session, Fault> {
        let tls = self.tls()?;
        let mut config = self.address.config().clone();
        config.application_name("gonogo").connect_timeout(CONNECT).keepalives_idle(Duration::from_secs(10));
        config.tcp_user_timeout(Duration::from_secs(10));
        if let Some(password) = password {
            config.password(password.expose_secret());
        }
        let failed = |error| failure::fault(&self.place(), &error);
        let (client, mut connection) = config.connect(tls).await.map_err(failed)?;
        let reader = tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notification(notification) = message {
                    heard(notification.payload());
                }
            }
        });
        let session = Session { client, reader, used: false };
        session.client.batch_execute(SETTINGS).await.map_err(failed)?;
        Ok(session)
    }

    /// The password, fetched once: a command may take its time, or ask somebody.
    async fn password(&self) -> Result<Option<SecretString>, Fault> {
        let Some(source) = self.password.clone() else { return Ok(None) };
        let fetched = Arc::clone(&self.fetched);
        let work = tokio::task::spawn_blocking(move || {
            let mut fetched = fetched.lock().unwrap_or_else(PoisonError::into_inner);
            if fetched.is_none() {
                *fetched = Some(source.fetch()?);
            }
            Ok(fetched.clone())
        });
        work.await.unwrap_or_else(|_| {
            let what = "fetching the password of the audit log was cut short";
            Err(Fault::new(FaultKind::Unauthorized, what, "try again"))
        })
    }

    fn tls(&self) -> Result<MakeRustlsConnect, Fault> {
        if let Some(made) = self.tls.get() {
            return Ok(made.clone());
        }
        let made = MakeRustlsConnect::new(self.tls_config()?);
        Ok(self.tls.get_or_init(|| made).clone())
    }

    fn tls_config(&self) -> Result<ClientConfig, Fault> {
        let unusable = |why: String| {
            let what = format!("TLS to the audit log {} cannot be set up: {why}", self.place());
            Fault::new(FaultKind::Tls, what, "check `ca_file`, or the platform's certificates")
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(error.to_string()))?;
        // Without TLS nothing is ever checked against these; the platform's take milliseconds to read.
        let plain = self.address.config().get_ssl_mode() == SslMode::Disable;
        if !plain && self.ca_file.is_none() {
            let builder = builder.with_platform_verifier().map_err(|error| unusable(error.to_string()))?;
            return Ok(builder.with_no_client_auth());
        }
        let mut roots = RootCertStore::empty();
        if let (Some(path), false) = (&self.ca_file, plain) {
            let bad = |why: String| unusable(format!("{}: {why}", path.display()));
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| bad(error.to_string()))? {
                let certificate = certificate.map_err(|error| bad(error.to_string()))?;
                roots.add(certificate).map_err(|error| bad(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(bad("holds no certificate".to_owned()));
            }
        }
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    }
}
