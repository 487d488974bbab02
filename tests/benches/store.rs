//! A stand-in for Unleash, on a thread of its own, that tells when each POST arrived.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// Where it is, and when each POST arrived. The flag reads as off.
pub struct Store {
    pub base: String,
    arrivals: UnboundedReceiver<Instant>,
}

impl Store {
    pub fn start() -> Self {
        let (arrived, arrivals) = unbounded_channel();
        let (ready, address) = mpsc::channel();
        thread::spawn(move || {
            Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                ready.send(listener.local_addr().expect("its address")).expect("told");
                loop {
                    let (stream, _) = listener.accept().await.expect("a connection");
                    stream.set_nodelay(true).expect("a socket");
                    tokio::spawn(serve(stream, arrived.clone()));
                }
            });
        });
        Self { base: format!("http://{}", address.recv().expect("an address")), arrivals }
    }

    /// Forgets what arrived so far.
    pub fn forget(&mut self) {
        while self.arrivals.try_recv().is_ok() {}
    }

    /// When the next POST arrived.
    pub async fn arrival(&mut self) -> Instant {
        let arrival = tokio::time::timeout(Duration::from_secs(20), self.arrivals.recv()).await;
        arrival.expect("the request arrives").expect("the store runs")
    }
}

async fn serve(mut stream: TcpStream, arrived: UnboundedSender<Instant>) {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&chunk[..n]),
            _ => return,
        }
        let now = Instant::now();
        // No request of this bench has a body.
        while let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head: Vec<u8> = bytes.drain(..end + 4).collect();
            let head = String::from_utf8_lossy(&head);
            if head.starts_with("POST") {
                let _ = arrived.send(now);
            }
            let body = match head.split(' ').nth(1).unwrap_or_default() {
                path if path.ends_with("/segments") => r#"{"segments":[]}"#.to_owned(),
                path if path.contains("/search/") => r#"{"events":[],"features":[]}"#.to_owned(),
                _ => r#"{"name":"vfsSecureUpload","archived":false,"environments":[{"name":"production","enabled":false,"strategies":[]}]}"#.to_owned(),
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}
