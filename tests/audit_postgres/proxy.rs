//! A connection to the database that is cut where a test wants it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Where the next commit is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before the database sees it.
    Before,
    /// After the database made it, before its answer is seen.
    After,
}

pub struct Proxy {
    pub address: SocketAddr,
    armed: Arc<AtomicBool>,
}

impl Proxy {
    pub async fn start(port: u16, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, armed) = (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let flag = Arc::clone(&armed);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&flag), cut));
            }
        });
        Self { address, armed }
    }

    /// Cuts the next commit, and only that.
    pub fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    pub fn has_cut(&self) -> bool {
        !self.armed.load(Ordering::SeqCst)
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, armed: Arc<AtomicBool>, cut: Cut) {
    let (mut there, mut back) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut there) => {
                let Ok(n @ 1..) = read else { return };
                let commit = there[..n].windows(7).any(|bytes| bytes == b"COMMIT\0");
                if commit && armed.swap(false, Ordering::SeqCst) {
                    if cut == Cut::After {
                        server.write_all(&there[..n]).await.unwrap();
                        // It was made when the database answers; nobody hears of it.
                        let _ = server.read(&mut back).await;
                    }
                    return;
                }
                if server.write_all(&there[..n]).await.is_err() { return }
            }
            read = server.read(&mut back) => {
                let Ok(n @ 1..) = read else { return };
                if client.write_all(&back[..n]).await.is_err() { return }
            }
        }
    }
}
