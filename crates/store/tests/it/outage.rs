//! A PostgreSQL that restarts, says nothing, or cannot be reached: whoever asks is told soon, and all
//! goes on by itself afterwards.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use store::health::ProbeWrite;
use store::{Store, StoreError};
use testbed::{Cluster, programs};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;

/// A way to the server that can be closed.
struct Way {
    port: u16,
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Nothing passes, and nobody says so.
    Silent,
    /// What is connected is cut off, and nobody is let in.
    Closed,
}

impl Way {
    async fn to(cluster: &Cluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, seen) = watch::channel(State::Open);
        let socket = cluster.folder().join(".s.PGSQL.5432");
        tokio::spawn(async move {
            while let Ok((inner, _)) = listener.accept().await {
                tokio::spawn(pass(inner, socket.clone(), seen.clone()));
            }
        });
        Self { port, state }
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn becomes(&self, state: State) {
        self.state.send_replace(state);
    }
}

async fn pass(mut inner: tokio::net::TcpStream, socket: PathBuf, mut seen: watch::Receiver<State>) {
    if *seen.borrow() == State::Closed {
        return;
    }
    let Ok(mut outer) = UnixStream::connect(socket).await else { return };
    loop {
        let state = *seen.borrow_and_update();
        match state {
            State::Closed => return,
            State::Open => {}
            State::Silent => {
                // Held, not read.
                if seen.changed().await.is_err() {
                    return;
                }
                continue;
            }
        }
        tokio::select! {
            _ = copy_bidirectional(&mut inner, &mut outer) => return,
            changed = seen.changed() => if changed.is_err() { return },
        }
    }
}

async fn works(store: &Store) -> Result<(), StoreError> {
    store.write(ProbeWrite).await
}

/// How long it took to be told that there is no database.
async fn told(store: &Store) -> Duration {
    let begun = Instant::now();
    let refused = works(store).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_is_used_again_without_a_restart_of_ours() {
    let mut cluster = Cluster::start_durable(&programs()).unwrap();
    let store = Store::open_postgres(&cluster.url("postgres"), true).await.unwrap();
    works(&store).await.unwrap();

    cluster.stop().unwrap();
    assert!(told(&store).await < Duration::from_secs(6), "soon");
    assert!(store.time().await.is_err());
    cluster.start_again().unwrap();

    works(&store).await.unwrap();
    cluster.restart().unwrap();
    works(&store).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_reached_or_says_nothing_hangs_nobody() {
    let cluster = Cluster::start(&programs()).unwrap();
    let way = Way::to(&cluster).await;
    let store = Store::open_postgres(&way.url(), true).await.unwrap();
    works(&store).await.unwrap();

    way.becomes(State::Closed);
    assert!(told(&store).await < Duration::from_secs(6), "soon");
    way.becomes(State::Open);
    works(&store).await.unwrap();

    way.becomes(State::Silent);
    assert!(
        told(&store).await < Duration::from_secs(13),
        "it was asked, and then there is no other"
    );
    way.becomes(State::Open);
    works(&store).await.unwrap();
}

/// The first host is one that takes no writes: the one that does is found.
#[tokio::test(flavor = "multi_thread")]
async fn of_several_hosts_the_one_that_takes_writes_is_used() {
    let primary = Cluster::start_primary(&programs()).unwrap();
    let standby = primary.start_standby().unwrap();
    let hosts = [&standby, &primary].map(|cluster| {
        let url = cluster.url("postgres");
        url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned()
    });
    let url = format!("postgres://postgres@{}/postgres", hosts.join(","));

    let wrong = Store::open_postgres(&url, true).await;
    let right = format!("{url}?target_session_attrs=read-write");
    let right = Store::open_postgres(&right, true).await.unwrap();

    assert!(wrong.is_err(), "it is led to the standby");
    works(&right).await.unwrap();
}
