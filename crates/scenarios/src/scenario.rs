//! Building and driving the whole.

use std::time::Duration;

use app::booking::{Booked, CancelOutcome, Moved, Progress};
use app::incident::Alerts;
use app::{App, AppError, Clock, Ids, Providers, Settings, Vault, VaultKey};
use axum::middleware;
use domain::{BookingId, Interval};
use jiff::{SignedDuration, Timestamp};
use providers::alert::{PagerDuty, Slack};
use providers::google::{GoogleEndpoints, GoogleOAuth};
use providers::mail::{MailAddress, Relay, Smtp};
use providers::twilio::{Sender, Twilio};
use providers::{Http, HttpLimits};
use sandbox::google::Event;
use sandbox::{Options, Sandbox, SandboxClock};
use secrecy::SecretString;
use store::Row;
use store::booking::StoredBooking;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::database::{Home, Place};
use crate::gate::{self, Gates};
use crate::given::{Given, JANE, OPERATORS};
use crate::heard::{self, Heard};
use crate::instance::Instance;
use crate::receiver::Receiver;
use crate::{Database, Wish, always, delegation, mail_gate};

/// The number our texts come from.
const OUR_NUMBER: &str = "+12135550199";
/// How long a call is waited for before a serving process looks for other work.
const LOOK: Duration = Duration::from_millis(5);

/// Doorstep, as one instance or several on one database, with its sandbox.
pub struct Scenario {
    /// The providers.
    pub sandbox: Sandbox,
    /// What holds calls to them.
    pub gates: Gates,
    /// What time it is. Instances whose clocks are off have others: see [`Scenario::advances`].
    pub clock: Clock,
    pub(crate) given: Given,
    instances: Vec<Instance>,
    receiver: Receiver,
    outside: Outside,
    home: Home,
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
    /// Jane with her Google calendar, connected, and one service; one instance on SQLite.
    pub async fn new() -> Self {
        Given::usual().begins().await
    }

    /// The same on that database.
    pub async fn on(database: Database) -> Self {
        Given::on(database).begins().await
    }

    pub(crate) async fn begin(given: Given) -> Self {
        let (stop, gates, clock) =
            (CancellationToken::new(), Gates::default(), Clock::frozen(given.beginning));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let http = format!("http://{}", listener.local_addr().expect("bound"));
        let sandbox = open_sandbox(&clock, &http).await;
        let layer = middleware::from_fn_with_state(gates.clone(), gate::gate);
        tokio::spawn(sandbox::serve(listener, sandbox.router().layer(layer), stop.clone()));
        let smtp = serve_mail(&sandbox, &gates, &stop).await;
        let home = Home::make(given.database).await;
        let receiver = Receiver::default();
        let ours = format!("http://{}", receiver.begin(stop.clone()).await);
        let public_url = Url::parse(&ours).expect("a URL");
        let outside = Outside { http: Url::parse(&http).expect("a URL"), smtp, public_url };
        let view = |ahead: &SignedDuration| {
            if ahead.is_zero() { clock.clone() } else { Clock::frozen(given.beginning + *ahead) }
        };
        let instances = given.skews.iter().map(|ahead| Instance::new(view(ahead))).collect();
        let lives = 0;
        let mut scenario =
            Self { sandbox, gates, clock, given, instances, receiver, outside, home, lives, stop };
        for at in 0..scenario.instances.len() {
            scenario.starts(at).await;
        }
        if scenario.given.service_account {
            let google = scenario.sandbox.google();
            google.create_account(JANE, "America/Los_Angeles").expect("an account");
            scenario.delegates();
        }
        let setup = scenario.given.setup.clone();
        let applied =
            scenario.does(|app| async move { app.apply_setup(&setup, false).await }).await;
        applied.expect("the setup is right");
        // A server's runner notices within a second; nobody asks for anything before that.
        for instance in scenario.living() {
            let noticed = instance.does(|app| async move { app.reload_setup().await.map(drop) });
            noticed.await.expect("the setup can be read");
        }
        for (host, account) in scenario.given.connected.clone() {
            scenario.connect(host, account).await;
        }
        scenario.gates.forget();
        scenario
    }

    /// An instance starts, on the database as it is.
    pub async fn starts(&mut self, at: usize) {
        self.lives += 1;
        let clock = self.instances[at].clock().clone();
        let providers = providers(&self.outside, &self.given);
        let settings = settings(&self.outside, &self.given);
        let opening = open(self.home.place(), clock, self.lives, settings, providers);
        self.instances[at].start(opening).await;
        self.receives();
    }

    /// What the providers push reaches any instance that lives.
    fn receives(&self) {
        let app = self.living().next().map(|instance| instance.app().clone());
        self.receiver.hand_to(app);
    }

    /// An instance dies as by `kill -9`.
    pub async fn dies(&mut self, at: usize) {
        // Nobody else may keep alive what dies.
        self.receiver.hand_to(None);
        self.instances[at].die();
        self.receives();
        self.calls_have_arrived().await;
    }

    /// Whatever was called has been applied, unless a gate holds it.
    pub async fn calls_have_arrived(&self) {
        self.gates.quiet(&self.outside.http).await;
    }

    /// The process dies as by `kill -9`, and another starts on the same database.
    pub async fn restart(&mut self) {
        self.restarts(0).await;
    }

    /// The same of one instance among several.
    pub async fn restarts(&mut self, at: usize) {
        self.dies(at).await;
        self.starts(at).await;
    }

    /// One of several instances.
    pub fn instance(&self, at: usize) -> &Instance {
        &self.instances[at]
    }

    /// How many there are, dead ones included.
    pub fn instances(&self) -> usize {
        self.instances.len()
    }

    /// Those that live.
    pub fn living(&self) -> impl Iterator<Item = &Instance> {
        self.instances.iter().filter(|instance| instance.lives())
    }

    /// Any that lives: the first.
    pub(crate) fn any(&self) -> &Instance {
        self.living().next().expect("a process runs")
    }

    /// What a statement finds in the database.
    pub fn looks(&self, sql: &'static str) -> Vec<Row> {
        self.any().looks(sql)
    }

    /// How often the server had to break a deadlock.
    pub async fn deadlocks(&self) -> i64 {
        self.home.deadlocks().await
    }

    /// Has the process restarted with another secret of our registration with Google.
    pub async fn restart_with_client_secret(&mut self, secret: &'static str) {
        self.given.client_secret = secret;
        self.restart().await;
    }

    /// Time passes, by every clock.
    pub fn advances(&self, by: SignedDuration) {
        self.clock.advance(by);
        for (instance, ahead) in self.instances.iter().zip(&self.given.skews) {
            if !ahead.is_zero() {
                instance.clock().advance(by);
            }
        }
    }

    /// What time it is by the clock that is most behind: by then a job is due to everybody.
    fn earliest(&self) -> Timestamp {
        self.living().map(|instance| instance.clock().now()).min().expect("a process runs")
    }

    /// What time it is by the clock that is most ahead.
    pub(crate) fn latest(&self) -> Timestamp {
        self.living().map(|instance| instance.clock().now()).max().expect("a process runs")
    }

    /// The use cases of a process that runs. What is called through this does not die with it; see
    /// [`Scenario::does`].
    pub fn app(&self) -> &App {
        self.any().app()
    }

    /// Begins something inside a process. It dies with it.
    pub fn begins<T, F>(&self, use_case: impl FnOnce(App) -> F) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.any().begins(use_case)
    }

    /// Does something inside a process.
    pub async fn does<T, F>(&self, use_case: impl FnOnce(App) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.any().does(use_case).await
    }

    /// A host consents, by the real flow.
    pub async fn connect(&self, host: &str, account: &str) {
        self.sandbox.google().create_account(account, "America/Los_Angeles").expect("an account");
        let (host, owned) = (host.parse().expect("a slug"), account.to_owned());
        let connected = self.does(|app| async move { app.connect(host, owned).await }).await;
        let (_, link) = connected.expect("a connection");
        let ticket = value_of(&link.expect("consent helps"), "ticket");
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
        self.any().begins_to_book(wish)
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
        self.any().begins_to_cancel(id)
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
        self.any().begins_to_move(id, start, patience)
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
        let explained = self.app().explain(&service, None, at).await.expect("the database works");
        let jane = explained.expect("the service is there").remove(0);
        let rules = jane.reasons().map(|reason| reason.code().to_owned());
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

    /// The subjects of the mails that reached the mailbox, those to operators aside.
    pub fn mails(&self) -> Vec<String> {
        let mails = self.sandbox.mail().messages();
        let to_people = mails.iter().filter(|mail| mail.to != [OPERATORS]);
        to_people.map(sandbox::mail::Mail::subject).collect()
    }

    /// What PagerDuty was told, as `trigger kind/subject` and `resolve kind/subject`, in order.
    pub fn paged(&self) -> Vec<String> {
        let events = self.sandbox.alerts().pagerduty();
        events.iter().map(|event| format!("{} {}", event.action, event.dedup_key)).collect()
    }

    /// The first lines of what was said in the operators' Slack channel, in order.
    pub fn said_to_operators(&self) -> Vec<String> {
        let first_line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        self.sandbox.alerts().slack().iter().map(|said| first_line(&said.text)).collect()
    }

    /// The subjects of the mails to operators, in order.
    pub fn mailed_to_operators(&self) -> Vec<String> {
        let mails = self.sandbox.mail().messages_to(OPERATORS);
        mails.iter().map(sandbox::mail::Mail::subject).collect()
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
        let end = self.earliest() + time;
        loop {
            self.runs_jobs().await;
            let next = self.app().next_due().await.expect("the database works");
            match next.filter(|next| *next <= end) {
                Some(next) => self.advances(next.duration_since(self.earliest())),
                None => break,
            }
        }
        self.advances(end.duration_since(self.earliest()));
        self.runs_jobs().await;
    }

    /// Has every instance run whatever is due now, also what other tasks of it have begun.
    pub async fn runs_jobs(&self) {
        let running: Vec<_> = self.living().map(Instance::begins_to_run_jobs).collect();
        for run in running {
            run.await.expect("the process lives");
        }
        self.sandbox.settle().await;
    }

    /// Begins to run whatever is due now.
    pub fn begins_to_run_jobs(&self) -> JoinHandle<()> {
        self.any().begins_to_run_jobs()
    }

    /// Lets `call` come to its end while the process works as a server does: what is due is run,
    /// and the clock goes on, for at most that long.
    pub async fn serves<T>(&self, mut call: JoinHandle<T>, time: SignedDuration) -> T {
        let end = self.earliest() + time;
        loop {
            if let Ok(ended) = tokio::time::timeout(LOOK, &mut call).await {
                return ended.expect("the process lives");
            }
            self.runs_jobs().await;
            let next = self.app().next_due().await.expect("the database works");
            if let Some(next) = next.filter(|next| *next <= end && !call.is_finished()) {
                self.advances(next.duration_since(self.earliest()));
            }
        }
    }

    /// Lets everything come to rest and checks what is always true.
    pub async fn ends(self) {
        self.sandbox.faults().clear();
        self.gates.open();
        self.runs_for(SignedDuration::from_hours(2)).await;
        always::check(&self).await;
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
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
        google_spacing: given.google_spacing,
    }
}

async fn open(
    place: Place,
    clock: Clock,
    lives: u64,
    settings: Settings,
    providers: Providers,
) -> App {
    let store = place.open().await;
    let ids = Ids::seeded(clock.clone(), lives);
    let key = VaultKey { id: "test".to_owned(), key: [7; 32] };
    let vault = Vault::new(vec![key], ids.clone()).expect("a key");
    App::open(store, clock, ids, vault, settings, providers).await.expect("it opens")
}

fn providers(outside: &Outside, given: &Given) -> Providers {
    let join = |path: &str| outside.http.join(path).expect("a path");
    let endpoints = GoogleEndpoints {
        api_base: outside.http.clone(),
        auth_url: join("/o/oauth2/v2/auth"),
        token_url: join("/token"),
        revoke_url: join("/revoke"),
    };
    let service_account =
        given.service_account.then(|| delegation::service_account(endpoints.clone()));
    let google = GoogleOAuth {
        client_id: "sandbox-client".to_owned(),
        client_secret: SecretString::from(given.client_secret),
        redirect_uri: Url::parse("http://127.0.0.1:9/oauth/google/callback").expect("a URL"),
        endpoints,
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
        google: given.client.then_some(google),
        service_account,
        twilio: Some(twilio),
        mail: Some((Relay::Smtp(Smtp::from_url(&outside.smtp, total).expect("a relay")), from)),
        alerts: Alerts {
            slack: Some(Slack { webhook: join("/services/T1/B1/sandbox").as_str().into() }),
            pagerduty: Some(PagerDuty {
                routing_key: "sandbox-routing-key".into(),
                base: outside.http.clone(),
            }),
            email: Some(OPERATORS.to_owned()),
        },
    }
}
