//! A stand-in server that misbehaves as told, over TCP or TLS.
#![allow(dead_code, missing_docs)]

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};

/// What a request is answered with.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A whole answer: status, content type, further headers (each with its line end), body.
    Whole(u16, &'static str, String, Vec<u8>),
    /// These bytes, and then the connection is closed.
    Raw(Vec<u8>),
    /// These bytes, and then silence.
    Hang(Vec<u8>),
    /// A 200 that announces this many bytes, and sends zeros for as long as it is read.
    Endless { announced: Option<u64> },
}

impl Reply {
    pub fn json(body: impl Into<String>) -> Self {
        Self::Whole(200, "application/json", String::new(), body.into().into_bytes())
    }

    pub fn status(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        Self::Whole(status, content_type, String::new(), body.into().into_bytes())
    }
}

type Script = dyn Fn(&str) -> Reply + Send + Sync;

/// A running stand-in. It ends with its runtime.
pub struct Faulty {
    pub address: SocketAddr,
    /// Requests as received: head and body.
    pub requests: Arc<Mutex<Vec<String>>>,
    /// Connections accepted.
    pub connections: Arc<AtomicUsize>,
    /// Bytes of endless bodies that were taken off it.
    pub sent: Arc<AtomicUsize>,
}

impl Faulty {
    /// Answers every request with `reply`.
    pub async fn always(reply: Reply) -> Self {
        Self::scripted(move |_| reply.clone()).await
    }

    /// Answers each request (head and body) as `script` says.
    pub async fn scripted(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(Arc::new(script), None).await
    }

    /// The same, over TLS.
    pub async fn tls(config: rustls::ServerConfig, reply: Reply) -> Self {
        Self::start(Arc::new(move |_: &str| reply.clone()), Some(tokio_rustls::TlsAcceptor::from(Arc::new(config))))
            .await
    }

    async fn start(script: Arc<Script>, tls: Option<tokio_rustls::TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let faulty = Self {
            address: listener.local_addr().expect("its address"),
            requests: Arc::default(),
            connections: Arc::default(),
            sent: Arc::default(),
        };
        let (requests, connections, sent) =
            (Arc::clone(&faulty.requests), Arc::clone(&faulty.connections), Arc::clone(&faulty.sent));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (script, requests, sent, tls) =
                    (Arc::clone(&script), Arc::clone(&requests), Arc::clone(&sent), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &*script, &requests, &sent).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &*script, &requests, &sent).await;
                            }
                        }
                    }
                });
            }
        });
        faulty
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no poison").clone()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: &Script,
    requests: &Mutex<Vec<String>>,
    sent: &AtomicUsize,
) {
    let mut buffer = Vec::new();
    while let Some(request) = request(&mut stream, &mut buffer).await {
        let reply = script(&request);
        requests.lock().expect("no poison").push(request);
        match reply {
            Reply::Whole(status, content_type, headers, body) => {
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\n{headers}content-length: {}\r\n\r\n",
                    body.len()
                );
                if stream.write_all(&[head.as_bytes(), &body].concat()).await.is_err() {
                    return;
                }
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Hang(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.flush().await;
                tokio::time::sleep(Duration::from_secs(3600)).await;
            }
            Reply::Endless { announced } => {
                let length = announced
                    .map_or("transfer-encoding: chunked".to_owned(), |length| format!("content-length: {length}"));
                let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{length}\r\n\r\n");
                let zeros = vec![b'0'; 1 << 16];
                if stream.write_all(head.as_bytes()).await.is_err() {
                    return;
                }
                loop {
                    let chunk = if announced.is_some() {
                        zeros.clone()
                    } else {
                        [format!("{:x}\r\n", zeros.len()).as_bytes(), &zeros, b"\r\n"].concat()
                    };
                    if stream.write_all(&chunk).await.is_err() {
                        return;
                    }
                    sent.fetch_add(zeros.len(), Ordering::SeqCst);
                }
            }
        }
    }
}

/// One request, head and body; none when the connection is closed.
pub async fn request(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .and_then(|length| length.trim().parse::<usize>().ok())
                .unwrap_or(0);
            if buffer.len() >= head + 4 + length {
                let request: Vec<u8> = buffer.drain(..head + 4 + length).collect();
                return Some(String::from_utf8_lossy(&request).into_owned());
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => buffer.extend_from_slice(&chunk[..n]),
        }
    }
}

/// A TLS server with a certificate for `names`, made by an authority, and that authority's PEM.
pub fn certificate(names: &[&str], expired: bool) -> (rustls::ServerConfig, String) {
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key).expect("an authority").pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = rcgen::CertificateParams::new(names).expect("parameters");
    if expired {
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
    }
    let certificate = parameters.signed_by(&key, &issuer).expect("a certificate");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a TLS server");
    (config, pem)
}
