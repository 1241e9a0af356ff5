//! Two PostgreSQL nodes with synchronous replication: the standby is promoted under load.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::{App, Clock, Ids, Providers, Settings, Vault, VaultKey};
use jiff::{SignedDuration, Timestamp};
use providers::google::{GoogleEndpoints, GoogleOAuth};
use providers::{Http, HttpLimits};
use sandbox::{Options, Sandbox, SandboxClock};
use secrecy::SecretString;
use store::Store;
use tempfile::tempdir;
use testbed::Cluster;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::instance::{Instance, around_the_clock};
use crate::postgres::{connect, count, programs};

const HOSTS: u64 = 4;
const CLIENT: (&str, &str) = ("test-client", "test-secret");
/// How many bookings are acknowledged before the primary dies, and how many after.
const EACH: usize = 60;

/// The provider, in this process.
struct Google {
    sandbox: Sandbox,
    base: Url,
}

impl Google {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let clock = Clock::system();
        let options = Options {
            google_client: (CLIENT.0.to_owned(), CLIENT.1.to_owned()),
            public_base: base.as_str().trim_end_matches('/').to_owned(),
            ..Options::new(SandboxClock::new(move || clock.now()))
        };
        let sandbox = Sandbox::open(options).await.unwrap();
        tokio::spawn(sandbox::serve(listener, sandbox.router(), CancellationToken::new()));
        Self { sandbox, base }
    }

    fn at(&self, path: &str) -> Url {
        self.base.join(path).unwrap()
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("GOOGLE_CLIENT_ID", CLIENT.0.to_owned()),
            ("GOOGLE_CLIENT_SECRET", CLIENT.1.to_owned()),
            ("GOOGLE_API_BASE_URL", self.base.as_str().trim_end_matches('/').to_owned()),
            ("GOOGLE_AUTH_URL", self.at("/o/oauth2/v2/auth").to_string()),
            ("GOOGLE_TOKEN_URL", self.at("/token").to_string()),
            ("GOOGLE_REVOKE_URL", self.at("/revoke").to_string()),
        ]
    }

    /// Sets up the hosts, each of whom allows everything.
    async fn connect_everyone(&self, database: &str) {
        let app = self.app(database).await;
        app.apply_setup(&around_the_clock(HOSTS, calendar), false).await.unwrap();
        for host in 0..HOSTS {
            let account = account(host);
            self.sandbox.google().create_account(&account, "UTC").unwrap();
            let host = format!("host-{host}").parse().unwrap();
            let (_, link) = app.connect(host, account.clone()).await.unwrap();
            let begun = app.begin_consent(&parameter(&link.unwrap(), "ticket")).await.unwrap();
            let back = self.sandbox.google().consent(&begun.location, &account).unwrap();
            let (state, code) = (parameter(&back, "state"), parameter(&back, "code"));
            app.complete_consent(&state, &begun.cookie, Some(&code)).await.unwrap();
        }
    }

    async fn app(&self, database: &str) -> App {
        let store = Store::open_postgres(database, true).await.unwrap();
        let clock = Clock::of(&store).await.unwrap();
        let ids = Ids::system(clock.clone());
        let key = VaultKey { id: "test".to_owned(), key: [7; 32] };
        let vault = Vault::new(vec![key], ids.clone()).unwrap();
        let settings = Settings {
            public_url: Url::parse("http://127.0.0.1:9").unwrap(),
            retry_base: SignedDuration::from_secs(1),
            lost_answer_wait: SignedDuration::from_secs(30),
            hold_ttl: SignedDuration::from_mins(5),
            poll_interval: SignedDuration::from_mins(5),
            text_interval: SignedDuration::ZERO,
            push: false,
            max_deletions_per_sync: 10,
            default_region: None,
            google_spacing: None,
        };
        let google = GoogleOAuth {
            client_id: CLIENT.0.to_owned(),
            client_secret: SecretString::from(CLIENT.1),
            redirect_uri: Url::parse("http://127.0.0.1:9/oauth/google/callback").unwrap(),
            endpoints: GoogleEndpoints {
                api_base: self.base.clone(),
                auth_url: self.at("/o/oauth2/v2/auth"),
                token_url: self.at("/token"),
                revoke_url: self.at("/revoke"),
            },
        };
        let http = Http::new(HttpLimits::default()).unwrap();
        let providers = Providers {
            http,
            google: Some(google),
            service_account: None,
            twilio: None,
            mail: None,
            alerts: app::incident::Alerts::default(),
        };
        App::open(store, clock, ids, vault, settings, providers).await.unwrap()
    }

    /// The bookings that have a live event, as often as they have one.
    fn booked(&self) -> Vec<String> {
        let events = (0..HOSTS).flat_map(|host| self.sandbox.google().events(&account(host)));
        let booking = |event: sandbox::google::Event| {
            event.private_property("doorstep_booking").map(str::to_owned)
        };
        events.filter_map(booking).collect()
    }
}

fn account(host: u64) -> String {
    format!("host-{host}@agency.example")
}

fn calendar(host: u64) -> String {
    format!(
        "\n[[calendars]]\nid = \"calendar-{host}\"\nhost = \"host-{host}\"\nprovider = \"google\"\n\
         account = \"{}\"\ncalendar = \"primary\"\nroles = [\"write\", \"busy\"]\n",
        account(host)
    )
}

fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap().1.into_owned()
}

/// A primary that acknowledges a commit when its standby has it, and that standby.
async fn replicated() -> (Cluster, Cluster) {
    let primary = Cluster::start_primary(&programs()).unwrap();
    let standby = primary.start_standby().unwrap();
    let admin = connect(&primary.url("postgres")).await;
    let synchronous = "alter system set synchronous_standby_names = 'standby'";
    admin.batch_execute(synchronous).await.unwrap();
    admin.batch_execute("select pg_reload_conf()").await.unwrap();
    let follows = "select count(*) from pg_stat_replication where sync_state = 'sync'";
    while count(&admin, follows).await == 0 {
        tokio::task::yield_now().await;
    }
    (primary, standby)
}

/// Both nodes, of which the one that takes writes is used.
fn either(primary: &Cluster, standby: &Cluster) -> String {
    let [first, second] = [primary, standby].map(|cluster| {
        let url = cluster.url("postgres");
        url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned()
    });
    format!("postgres://postgres@{first},{second}/postgres?target_session_attrs=read-write")
}

fn serve(folder: &Path, database: &str, google: &Google) -> Arc<Instance> {
    let settings = google.settings();
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Arc::new(Instance::serve(folder, database, &settings))
}

/// People who book until they are told to stop, and ask again with the same key when they get no
/// answer or are told to come back.
#[derive(Clone, Default)]
struct People {
    given: Arc<AtomicU64>,
    /// What was acknowledged: the key, and the booking's id.
    acknowledged: Arc<Mutex<HashMap<String, String>>>,
    enough: Arc<AtomicBool>,
}

impl People {
    async fn book(self, instances: Vec<Arc<Instance>>) {
        while !self.enough.load(Ordering::SeqCst) {
            let number = self.given.fetch_add(1, Ordering::SeqCst);
            let (host, slot) = (number % HOSTS, number / HOSTS);
            let first: Timestamp = "2027-06-01T00:00:00Z".parse().unwrap();
            let start = first + SignedDuration::from_mins(5) * i32::try_from(slot).unwrap();
            let (key, mut tries) = (format!("key-{number}"), instances.iter().cycle());
            loop {
                let instance = tries.next().unwrap();
                match instance.book(host, &start.to_string(), &key).await {
                    Some((200..=202, booking)) => {
                        let id = booking["id"].as_str().unwrap().to_owned();
                        self.acknowledged.lock().unwrap().insert(key, id);
                        break;
                    }
                    Some((503, _)) | None => {}
                    Some((status, problem)) => panic!("{key}: {status} {problem}"),
                }
            }
        }
    }

    /// Waits until that many bookings are acknowledged.
    async fn have(&self, bookings: usize) {
        let mut next = tokio::time::interval(Duration::from_millis(10));
        while self.acknowledged.lock().unwrap().len() < bookings {
            next.tick().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_standby_has_every_acknowledged_booking_and_no_event_is_doubled() {
    let (folder, google) = (tempdir().unwrap(), Google::start().await);
    let (mut primary, mut standby) = replicated().await;
    let database = either(&primary, &standby);
    google.connect_everyone(&database).await;
    let instances: Vec<_> = (0..2).map(|_| serve(folder.path(), &database, &google)).collect();
    let people = People::default();
    let mut load = JoinSet::new();
    for client in 0..8 {
        let mut order = instances.clone();
        order.rotate_left(client % 2);
        load.spawn(people.clone().book(order));
    }

    people.have(EACH).await;
    primary.stop().unwrap();
    standby.promote().unwrap();
    let before = people.acknowledged.lock().unwrap().len();
    people.have(before + EACH).await;
    people.enough.store(true, Ordering::SeqCst);
    while let Some(ended) = load.join_next().await {
        ended.unwrap();
    }

    let admin = connect(&standby.url("postgres")).await;
    let unfinished = "select count(*) from jobs where kind = 'calendar'";
    while count(&admin, unfinished).await > 0 {
        tokio::task::yield_now().await;
    }
    let acknowledged = people.acknowledged.lock().unwrap().clone();
    let mut stored = HashMap::new();
    let sql = "select s.key, b.id, b.status from bookings b
                 join submissions s on s.booking = b.id";
    for row in admin.query(sql, &[]).await.unwrap() {
        let key: String = row.get::<_, String>(0);
        let known = stored.insert(key, (row.get::<_, Vec<u8>>(1), row.get::<_, String>(2)));
        assert!(known.is_none(), "a submission has one booking");
    }
    for (key, id) in &acknowledged {
        let (found, status) = stored.get(key).unwrap_or_else(|| panic!("{key} {id} is missing"));
        let found = domain::BookingId::new(uuid::Uuid::from_slice(found).unwrap()).to_string();
        assert_eq!((found.as_str(), status.as_str()), (id.as_str(), "confirmed"));
    }
    let mut events = google.booked();
    let confirmed = count(&admin, "select count(*) from bookings where status = 'confirmed'").await;
    assert_eq!(i64::try_from(events.len()).unwrap(), confirmed);
    events.sort_unstable();
    let all = events.len();
    events.dedup();
    assert_eq!(events.len(), all, "each booking has one event");
    let overlaps = "select count(*) from claims a join claims b
        on a.host = b.host and a.id < b.id and a.starts < b.ends and b.starts < a.ends";
    assert_eq!(count(&admin, overlaps).await, 0);
    eprintln!("{} acknowledged, {before} of them before the primary died", acknowledged.len());
}
