//! A proxy in front of PostgreSQL that cuts it off.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// Passes connections on, until it is told to drop them all and to refuse new ones.
pub(super) struct Proxy {
    address: SocketAddr,
    open: Arc<watch::Sender<bool>>,
}

impl Proxy {
    /// Listens on a free port for whoever wants to reach the socket.
    pub(super) async fn before(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let open = Arc::new(watch::channel(true).0);
        tokio::spawn(pass_on(listener, socket, open.clone()));
        Self { address, open }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// In the middle of whatever passes through.
    pub(super) fn cut(&self) {
        self.open.send_replace(false);
    }

    pub(super) fn heal(&self) {
        self.open.send_replace(true);
    }
}

async fn pass_on(listener: TcpListener, socket: PathBuf, open: Arc<watch::Sender<bool>>) {
    loop {
        // A client that went away before it was let in is nobody's loss.
        let Ok((client, _)) = listener.accept().await else { continue };
        let mut state = open.subscribe();
        if !*state.borrow_and_update() {
            continue;
        }
        let socket = socket.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = carry(client, socket) => {}
                _ = state.wait_for(|open| !*open) => {}
            }
        });
    }
}

async fn carry(mut client: TcpStream, socket: PathBuf) {
    if let Ok(mut server) = UnixStream::connect(socket).await {
        // However it ends, both sides notice.
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}
