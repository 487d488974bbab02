//! Stands between gonogo and a real server, and does to its requests what networks and unlucky servers do. Each request
//! has a connection of its own, so that cutting one cuts no other.
#![allow(dead_code, missing_docs)]

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::UnboundedSender,
};

use super::faulty;

/// What somebody else does between two requests.
pub type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What becomes of one request.
pub enum Act {
    /// It is passed on, and its answer back.
    Pass,
    /// Somebody else does this first.
    After(Meanwhile),
    /// It is done at once, and answered so much later.
    AnsweredLate(Duration),
    /// It is done so much later, whether its sender still waits or not.
    DoneLate(Duration),
    /// It is not done, and answered with this status and body.
    Answer(u16, &'static str),
    /// It is done, and answered with this status and body.
    DoneAndAnswered(u16, &'static str),
    /// It is done, and its connection cut.
    DoneAndCut,
    /// Its connection is cut, and it is not done.
    Cut,
    /// It is not done, whoever listens is told, and it is never answered.
    Told(UnboundedSender<()>),
    /// It is done, whoever listens is told, and it is never answered.
    DoneAndTold(UnboundedSender<()>),
}

/// A request, before it is passed on.
pub struct Request {
    /// Whether it changes anything: whatever is no GET.
    pub write: bool,
    /// 1 for the first write, and 1 for the first reading.
    pub number: usize,
    /// 1 for the first of either.
    pub overall: usize,
    /// How many writes there were, this one included.
    pub writes: usize,
    /// `POST /path HTTP/1.1`.
    pub line: String,
}

impl Request {
    /// Whether it is this write or one after it.
    pub fn is_write_from(&self, number: usize) -> bool {
        self.write && self.number >= number
    }

    /// Whether it is this write, or anything that came after it.
    pub fn is_after_write(&self, number: usize) -> bool {
        self.writes >= number
    }

    /// Whether it is this write.
    pub fn is_write(&self, number: usize) -> bool {
        self.write && self.number == number
    }
}

pub type Rule = dyn Fn(&Request) -> Act + Send + Sync;

/// A running proxy. It ends with its runtime.
pub struct FaultProxy {
    pub base: String,
    writes: Arc<AtomicUsize>,
}

impl FaultProxy {
    /// Stands before the server at `upstream`, `http://HOST:PORT`.
    pub async fn before(upstream: &str, rule: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let base = format!("http://{}", listener.local_addr().expect("its address"));
        let upstream = upstream.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let (writes, reads) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let rule: Arc<Rule> = Arc::new(rule);
        let counters = (Arc::clone(&writes), reads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, upstream.clone(), Arc::clone(&rule), counters.clone()));
            }
        });
        Self { base, writes }
    }

    /// How many writes were sent so far.
    pub fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }
}

type Counters = (Arc<AtomicUsize>, Arc<AtomicUsize>);

async fn serve(mut stream: TcpStream, upstream: String, rule: Arc<Rule>, (writes, reads): Counters) -> Option<()> {
    let text = faulty::request(&mut stream, &mut Vec::new()).await?;
    let line = text.lines().next()?.to_owned();
    let write = !line.starts_with("GET ");
    let number = if write { &writes } else { &reads }.fetch_add(1, Ordering::SeqCst) + 1;
    let so_far = writes.load(Ordering::SeqCst);
    let overall = so_far + reads.load(Ordering::SeqCst);
    let pass = || pass(&upstream, &text);
    match rule(&Request { write, number, overall, writes: so_far, line }) {
        Act::Pass => stream.write_all(&pass().await?).await.ok(),
        Act::After(meanwhile) => {
            meanwhile.await;
            stream.write_all(&pass().await?).await.ok()
        }
        Act::AnsweredLate(time) => {
            let answer = pass().await?;
            tokio::time::sleep(time).await;
            stream.write_all(&answer).await.ok()
        }
        Act::DoneLate(time) => {
            tokio::time::sleep(time).await;
            stream.write_all(&pass().await?).await.ok()
        }
        Act::Answer(status, body) => stream.write_all(&answer(status, body)).await.ok(),
        Act::DoneAndAnswered(status, body) => {
            pass().await?;
            stream.write_all(&answer(status, body)).await.ok()
        }
        Act::DoneAndCut => pass().await.map(drop),
        Act::Cut => None,
        Act::Told(told) => {
            told.send(()).ok()?;
            std::future::pending().await
        }
        Act::DoneAndTold(told) => {
            pass().await?;
            told.send(()).ok()?;
            std::future::pending().await
        }
    }
}

fn answer(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The server's whole answer, as it came.
async fn pass(upstream: &str, request: &str) -> Option<Vec<u8>> {
    let (head, body) = request.split_once("\r\n\r\n")?;
    let lines = head.split("\r\n").filter(|line| !line.to_lowercase().starts_with("connection:"));
    let head: String = lines.flat_map(|line| [line, "\r\n"]).collect();
    let mut server = TcpStream::connect(upstream).await.ok()?;
    server.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await.ok()?;
    Some(answer)
}
