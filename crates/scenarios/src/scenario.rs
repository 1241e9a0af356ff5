//! Building and driving the whole.

use std::path::{Path, PathBuf};
use std::time::Duration;

use app::booking::{Booked, Cancel, CancelOutcome, Move, Moved, Progress};
use app::{App, AppError, Clock, Ids, Providers, Settings, Vault, VaultKey};
use axum::middleware;
use domain::booking::Actor;
use domain::{BookingId, Interval};
use jiff::{SignedDuration, Timestamp};
use providers::google::{GoogleEndpoints, GoogleOAuth};
use providers::mail::{MailAddress, Relay, Smtp};
use providers::twilio::{Sender, Twilio};
use providers::{Http, HttpLimits};
use sandbox::google::Event;
use sandbox::{Options, Sandbox, SandboxClock};
use secrecy::SecretString;
use store::booking::StoredBooking;
use store::{Access, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::gate::{self, Gates};
use crate::given::{Given, JANE};
use crate::heard::{self, Heard};
use crate::process::Process;
use crate::receiver::Receiver;
use crate::{Wish, always, mail_gate};

/// The number our texts come from.
const OUR_NUMBER: &str = "+12135550199";
/// How long a call is waited for before a serving process looks for other work.
const LOOK: Duration = Duration::from_millis(5);

/// One instance of Doorstep with its sandbox.
pub struct Scenario {
    /// The providers.
    pub sandbox: Sandbox,
    /// What holds calls to them.
    pub gates: Gates,
    /// The one clock of all.
    pub clock: Clock,
    given: Given,
    process: Option<Process>,
    receiver: Receiver,
    outside: Outside,
    folder: TempDir,
    lives: u64,
    stop: CancellationToken,
}

/// How the providers are reached.
#[derive(Clone)]
struct Outside {
    http: Url,
    smtp: String,
    /// Where we are, for them.
    public_url: Url,
}

impl Scenario {
    /// Jane with her Google calendar, connected, and one service.
    pub async fn new() -> Self {
        Given::usual().begins().await
    }

    pub(crate) async fn begin(given: Given) -> Self {
        let (stop, gates, clock) =
            (CancellationToken::new(), Gates::default(), given.clock.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let http = format!("http://{}", listener.local_addr().expect("bound"));
        let sandbox = open_sandbox(&clock, &http).await;
        let layer = middleware::from_fn_with_state(gates.clone(), gate::gate);
        tokio::spawn(sandbox::serve(listener, sandbox.router().layer(layer), stop.clone()));
        let smtp = serve_mail(&sandbox, &gates, &stop).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let receiver = Receiver::default();
        let ours = format!("http://{}", receiver.begin(stop.clone()).await);
        let public_url = Url::parse(&ours).expect("a URL");
        let outside = Outside { http: Url::parse(&http).expect("a URL"), smtp, public_url };
        let (process, lives) = (None, 0);
        let mut scenario =
            Self { sandbox, gates, clock, given, process, receiver, outside, folder, lives, stop };
        scenario.start().await;
        let setup = scenario.given.setup.clone();
        let applied =
            scenario.does(|app| async move { app.apply_setup(&setup, false).await }).await;
        applied.expect("the setup is right");
        for (host, account) in scenario.given.connected.clone() {
            scenario.connect(host, account).await;
        }
        scenario.gates.forget();
        scenario
    }

    async fn start(&mut self) {
        self.lives += 1;
        let opening = open(
            self.database(),
            self.clock.clone(),
            self.lives,
            settings(&self.outside, &self.given),
            providers(&self.outside, &self.given),
        );
        self.process = Some(Process::start(opening).await);
        self.receiver.hand_to(Some(self.app().clone()));
    }

    /// The process dies as by `kill -9`, and another starts on the same database.
    pub async fn restart(&mut self) {
        self.receiver.hand_to(None);
        drop(self.process.take());
        self.gates.quiet().await;
        self.start().await;
        self.does(|app| async move { app::Runner::new(app).take_over().await })
            .await
            .expect("the leases are free");
    }

    /// Has the process restarted with another secret of our registration with Google.
    pub async fn restart_with_client_secret(&mut self, secret: &'static str) {
        self.given.client_secret = secret;
        self.restart().await;
    }

    /// The use cases of the process that runs now. What is called through this does not die with
    /// it; see [`Scenario::does`].
    pub fn app(&self) -> &App {
        self.process.as_ref().expect("a process runs").app()
    }

    /// Begins something inside the process. It dies with it.
    pub fn begins<T, F>(&self, use_case: impl FnOnce(App) -> F) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let process = self.process.as_ref().expect("a process runs");
        process.spawn(use_case(process.app().clone()))
    }

    /// Does something inside the process.
    pub async fn does<T, F>(&self, use_case: impl FnOnce(App) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.begins(use_case).await.expect("the process lives and does not panic")
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("doorstep.db")
    }

    /// A host consents, by the real flow.
    pub async fn connect(&self, host: &str, account: &str) {
        self.sandbox.google().create_account(account, "America/Los_Angeles").expect("an account");
        let (host, owned) = (host.parse().expect("a slug"), account.to_owned());
        let connected = self.does(|app| async move { app.connect(host, owned).await }).await;
        let ticket = value_of(&connected.expect("a connection").1, "ticket");
        let begun = self.does(|app| async move { app.begin_consent(&ticket).await }).await;
        let begun = begun.expect("the ticket is fresh");
        let back = self.sandbox.google().consent(&begun.location, account).expect("consent");
        let (state, code) = (value_of(&back, "state"), value_of(&back, "code"));
        let done = self
            .does(
                |app| async move { app.complete_consent(&state, &begun.cookie, Some(&code)).await },
            )
            .await;
        done.expect("the consent is complete");
    }

    /// Begins to book.
    pub fn begins_to_book(&self, wish: &Wish) -> JoinHandle<Result<Booked, AppError>> {
        let book = wish.book();
        self.begins(|app| async move { app.book(book).await })
    }

    /// Books, whatever comes of it.
    pub async fn tries_to_book(&self, wish: &Wish) -> Booked {
        let booked = self.begins_to_book(wish).await.expect("the process lives");
        booked.expect("the database works")
    }

    /// Books, and expects to be accepted.
    pub async fn books(&self, wish: &Wish) -> StoredBooking {
        let booked = self.tries_to_book(wish).await;
        let said = format!("{booked:?}");
        let Booked::Accepted(Progress::Done(stored) | Progress::Pending(stored)) = booked else {
            panic!("not accepted: {said}")
        };
        *stored
    }

    /// Books, and lets everything happen that follows at once: the calendar is written, the lead
    /// has heard.
    pub async fn has_booked(&self, wish: &Wish) -> StoredBooking {
        let stored = self.books(wish).await;
        self.runs_jobs().await;
        self.booking(stored.booking.id).await
    }

    /// Begins to cancel by link.
    pub fn begins_to_cancel(&self, id: BookingId) -> JoinHandle<Result<CancelOutcome, AppError>> {
        let cancel = Cancel { id, by: Actor::Attendee, reason: None, seen: None, key: None };
        self.begins(|app| async move { app.cancel(cancel).await })
    }

    /// Cancels by link, and expects it to work.
    pub async fn cancels(&self, id: BookingId) -> StoredBooking {
        let cancelled = self.begins_to_cancel(id).await.expect("the process lives");
        let cancelled = cancelled.expect("the database works");
        let said = format!("{cancelled:?}");
        let CancelOutcome::Done(stored) = cancelled else { panic!("not cancelled: {said}") };
        *stored
    }

    /// Begins to ask for another time.
    pub fn begins_to_move(
        &self,
        id: BookingId,
        start: &str,
        patience: Duration,
    ) -> JoinHandle<Result<Moved, AppError>> {
        let start = start.parse().expect("an instant");
        let (host, seen, key) = (None, None, None);
        let wish = Move { id, start, host, by: Actor::Attendee, seen, key, patience };
        self.begins(|app| async move { app.reschedule(wish).await })
    }

    /// Asks for another time.
    pub async fn moves(&self, id: BookingId, start: &str, patience: Duration) -> Moved {
        let moved = self.begins_to_move(id, start, patience).await.expect("the process lives");
        moved.expect("the database works")
    }

    /// What is stored of a booking.
    pub async fn booking(&self, id: BookingId) -> StoredBooking {
        let found = self.app().find_booking(id).await.expect("the database works");
        found.expect("the booking is there")
    }

    /// How the connection to an account is.
    pub async fn connection_status(&self, account: &str) -> String {
        let all = self.app().list_connections().await.expect("the database works");
        let found = all.into_iter().find(|connection| connection.account == account);
        found.expect("there is a connection").status
    }

    /// Jane puts something of her own into her calendar.
    pub fn blocks(&self, title: &str, start: &str, end: &str) {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        self.sandbox
            .google()
            .block(JANE, at(start), at(end), title)
            .expect("the calendar is there");
    }

    /// Whether the page offers a viewing that starts then.
    pub async fn offers(&self, start: &str) -> bool {
        let start: Timestamp = start.parse().expect("an instant");
        let day = SignedDuration::from_hours(24);
        let range = Interval::new(start - day, start + day).expect("a stretch");
        let service = "viewing".parse().expect("a slug");
        let free = self.app().free_slots(&service, range).await.expect("the database works");
        free.expect("the service is there").slots.iter().any(|free| free.slot.start() == start)
    }

    /// What speaks against a viewing with Jane that starts then: a rule, or the calendar in whose
    /// way it would be.
    pub async fn explains(&self, start: &str) -> Vec<String> {
        let (service, at) =
            ("viewing".parse().expect("a slug"), start.parse().expect("an instant"));
        let explained = self.app().explain(&service, at).await.expect("the database works");
        let jane = explained.expect("the service is there").remove(0);
        let rules = jane.reasons.iter().map(|reason| reason.code().to_owned());
        rules.chain(jane.busy.iter().map(|busy| busy.calendar.to_string())).collect()
    }

    /// The live events in every calendar.
    pub(crate) fn all_events(&self) -> Vec<Event> {
        let google = self.sandbox.google();
        google.accounts().iter().flat_map(|account| google.events(account)).collect()
    }

    /// The start, end and booking of every live event in Jane's calendar.
    pub fn events(&self) -> Vec<(Timestamp, Timestamp, Option<String>)> {
        let events = self.sandbox.google().events(JANE);
        let booking = |event: &Event| event.private_property("doorstep_booking").map(str::to_owned);
        events.iter().map(|event| (event.start, event.end, booking(event))).collect()
    }

    /// The bodies of the texts that reached a phone.
    pub fn texts(&self) -> Vec<String> {
        self.sandbox.twilio().texts().into_iter().map(|text| text.body).collect()
    }

    /// The subjects of the mails that reached the mailbox.
    pub fn mails(&self) -> Vec<String> {
        self.sandbox.mail().messages().iter().map(sandbox::mail::Mail::subject).collect()
    }

    /// Everything that people heard; the same mail only once.
    pub fn heard(&self) -> Vec<Heard> {
        heard::everything(self)
    }

    /// The kinds of news that people heard on one channel, in order.
    pub fn news(&self, channel: &str) -> Vec<String> {
        let heard = self.heard().into_iter().filter(|heard| heard.channel == channel);
        heard.map(|heard| heard.news).collect()
    }

    /// Runs jobs, moving the clock from one due instant to the next, for that long.
    pub async fn runs_for(&self, time: SignedDuration) {
        let end = self.clock.now() + time;
        loop {
            self.runs_jobs().await;
            let next = self.app().next_due().await.expect("the database works");
            match next.filter(|next| *next <= end) {
                Some(next) => self.clock.advance(next.duration_since(self.clock.now())),
                None => break,
            }
        }
        self.clock.advance(end.duration_since(self.clock.now()));
        self.runs_jobs().await;
    }

    /// Runs whatever is due now, also what other tasks of this process have begun.
    pub async fn runs_jobs(&self) {
        self.begins_to_run_jobs().await.expect("the process lives");
        self.sandbox.settle().await;
    }

    /// Begins to run whatever is due now.
    pub fn begins_to_run_jobs(&self) -> JoinHandle<()> {
        self.begins(|app| async move {
            app.idle().await;
            app.run_due_jobs().await.expect("the database works");
        })
    }

    /// Lets `call` come to its end while the process works as a server does: what is due is run,
    /// and the clock goes on, for at most that long.
    pub async fn serves<T>(&self, mut call: JoinHandle<T>, time: SignedDuration) -> T {
        let end = self.clock.now() + time;
        loop {
            if let Ok(ended) = tokio::time::timeout(LOOK, &mut call).await {
                return ended.expect("the process lives");
            }
            self.runs_jobs().await;
            let next = self.app().next_due().await.expect("the database works");
            if let Some(next) = next.filter(|next| *next <= end && !call.is_finished()) {
                self.clock.advance(next.duration_since(self.clock.now()));
            }
        }
    }

    /// Lets everything come to rest and checks what is always true.
    pub async fn ends(self) {
        self.sandbox.faults().clear();
        self.gates.open();
        self.runs_for(SignedDuration::from_hours(2)).await;
        always::check(&self).await;
        self.stop.cancel();
    }
}

fn value_of(url: &str, name: &str) -> String {
    let url = Url::parse(url).expect("a URL");
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.expect("the parameter is there").1.into_owned()
}

async fn open_sandbox(clock: &Clock, base: &str) -> Sandbox {
    let now = clock.clone();
    let options = Options {
        public_base: base.to_owned(),
        twilio_numbers: vec![OUR_NUMBER.to_owned()],
        ..Options::new(SandboxClock::new(move || now.now()))
    };
    Sandbox::open(options).await.expect("a sandbox in memory")
}

async fn serve_mail(sandbox: &Sandbox, gates: &Gates, stop: &CancellationToken) -> String {
    let sink = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let relay = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let behind = sink.local_addr().expect("bound");
    let url = format!("smtp://{}", relay.local_addr().expect("bound"));
    let (mailbox, stopped) = (sandbox.clone(), stop.clone());
    tokio::spawn(async move { mailbox.serve_smtp(sink, stopped).await });
    tokio::spawn(mail_gate::serve(relay, behind, gates.clone(), stop.clone()));
    url
}

fn settings(outside: &Outside, given: &Given) -> Settings {
    Settings {
        public_url: outside.public_url.clone(),
        retry_base: SignedDuration::from_secs(1),
        lost_answer_wait: SignedDuration::from_secs(30),
        hold_ttl: SignedDuration::from_mins(5),
        poll_interval: SignedDuration::from_mins(5),
        text_interval: SignedDuration::ZERO,
        push: given.push,
        max_deletions_per_sync: given.most_deletions,
        default_region: None,
    }
}

async fn open(
    database: PathBuf,
    clock: Clock,
    lives: u64,
    settings: Settings,
    providers: Providers,
) -> App {
    let store = open_store(&database).await;
    let ids = Ids::seeded(clock.clone(), lives);
    let key = VaultKey { id: "test".to_owned(), key: [7; 32] };
    let vault = Vault::new(vec![key], ids.clone()).expect("a key");
    App::open(store, clock, ids, vault, settings, providers).await.expect("it opens")
}

async fn open_store(database: &Path) -> Store {
    loop {
        match Store::open_sqlite(database, Access::Serve, true) {
            Ok(store) => return store,
            // The process before this one is still letting go of the file.
            Err(store::StoreError::InUse) => tokio::task::yield_now().await,
            Err(error) => panic!("the database cannot be opened: {error}"),
        }
    }
}

fn providers(outside: &Outside, given: &Given) -> Providers {
    let join = |path: &str| outside.http.join(path).expect("a path");
    let google = GoogleOAuth {
        client_id: "sandbox-client".to_owned(),
        client_secret: SecretString::from(given.client_secret),
        redirect_uri: Url::parse("http://127.0.0.1:9/oauth/google/callback").expect("a URL"),
        endpoints: GoogleEndpoints {
            api_base: outside.http.clone(),
            auth_url: join("/o/oauth2/v2/auth"),
            token_url: join("/token"),
            revoke_url: join("/revoke"),
        },
    };
    let twilio = Twilio {
        account_sid: format!("AC{}", "0".repeat(32)),
        auth_token: SecretString::from("sandbox-token"),
        sender: Sender::Number(OUR_NUMBER.to_owned()),
        base: outside.http.clone(),
    };
    let total = given.call_limit;
    let limits = HttpLimits { total, read: total, connect: total, ..HttpLimits::default() };
    let from = MailAddress { name: None, address: "bookings@agency.example".to_owned() };
    Providers {
        http: Http::new(limits).expect("an HTTP client"),
        google: Some(google),
        twilio: Some(twilio),
        mail: Some((Relay::Smtp(Smtp::from_url(&outside.smtp, total).expect("a relay")), from)),
    }
}
