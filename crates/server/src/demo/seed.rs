//! What the demo begins with, and goes on with when it is started again.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use app::App;
use app::key::Scope;
use domain::Interval;
use jiff::civil::{Time, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use sandbox::Sandbox;
use url::Url;

use crate::Failure;

/// The service that the demo's example books.
pub(super) const SERVICE: &str = "123-main-st";
const ZONE: &str = "America/Los_Angeles";
const AGENCY: &str = include_str!("agency.toml");

/// Sets the agency up the first time: its hosts, listings and forms, their calendars connected by
/// the real flow, and a few things of their own in them. The key of the dashboard, in any case.
pub(super) async fn agency(app: &App, sandbox: &Sandbox, folder: &Path) -> Result<String, Failure> {
    if app.setup().setup.hosts().next().is_none() {
        app.apply_setup(AGENCY, false).await?;
        for (host, account) in [("jane", "jane@agency.example"), ("mateo", "mateo@agency.example")]
        {
            sandbox.google().create_account(account, ZONE)?;
            connect(app, sandbox, host, account).await?;
        }
        fill_calendars(app, sandbox)?;
    }
    admin_key(app, folder).await
}

/// The host follows the link and allows everything.
async fn connect(app: &App, sandbox: &Sandbox, host: &str, account: &str) -> Result<(), Failure> {
    let (_, link) = app.connect(host.parse()?, account.to_owned()).await?;
    let link = link.ok_or("nobody has to consent")?;
    let begun = app.begin_consent(&parameter(&link, "ticket")?).await?;
    let back = sandbox.google().consent(&begun.location, account).ok_or("the sandbox refused")?;
    let (state, code) = (parameter(&back, "state")?, parameter(&back, "code")?);
    app.complete_consent(&state, &begun.cookie, Some(&code)).await?;
    Ok(())
}

fn parameter(url: &str, name: &str) -> Result<String, Failure> {
    let url = Url::parse(url)?;
    let found = url.query_pairs().find(|(key, _)| key == name);
    Ok(found.ok_or("a parameter is missing")?.1.into_owned())
}

/// Lunches and a dentist, so that not everything is free.
fn fill_calendars(app: &App, sandbox: &Sandbox) -> Result<(), Failure> {
    let today = app.clock().now().in_tz(ZONE)?;
    for days in 1..=10 {
        let day = today.checked_add(days.days())?;
        if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            continue;
        }
        block(sandbox, "jane@agency.example", &day, 12, 60, "Lunch")?;
        if days % 3 == 0 {
            block(sandbox, "mateo@agency.example", &day, 15, 90, "Dentist")?;
        }
    }
    Ok(())
}

fn block(
    sandbox: &Sandbox,
    calendar: &str,
    day: &Zoned,
    hour: i8,
    minutes: i64,
    title: &str,
) -> Result<(), Failure> {
    let start = day.with().time(Time::constant(hour, 0, 0, 0)).build()?.timestamp();
    sandbox.google().block(calendar, start, start + SignedDuration::from_mins(minutes), title)?;
    Ok(())
}

/// The demo's own key, kept beside its data since nobody else should have to remember it.
async fn admin_key(app: &App, folder: &Path) -> Result<String, Failure> {
    let file = folder.join("admin.key");
    if let Ok(key) = std::fs::read_to_string(&file) {
        let key = key.trim().to_owned();
        if app.find_caller(&key).await?.is_some() {
            return Ok(key);
        }
    }
    let key = app.create_key(Scope::Admin, Some("demo".to_owned())).await?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&file)?.write_all(key.secret.as_bytes())?;
    Ok(key.secret)
}

/// How often the slots are looked at while the calendars are being read for the first time.
const LOOKS: u32 = 150;

/// A start from tomorrow on that is free and is nobody's lunch. Before the calendars were read once
/// nothing counts as free: that is waited for.
pub(super) async fn next_free(app: &App) -> Result<Timestamp, Failure> {
    for _ in 0..LOOKS {
        if let Some(start) = find_free(app).await? {
            return Ok(start);
        }
        app.clock().sleep_until(app.clock().now() + SignedDuration::from_millis(200)).await;
    }
    Err("nothing is free in the next two weeks".into())
}

async fn find_free(app: &App) -> Result<Option<Timestamp>, Failure> {
    let tomorrow = app.clock().now() + SignedDuration::from_hours(24);
    let range = Interval::starting(tomorrow, SignedDuration::from_hours(24 * 14));
    let range = range.ok_or("the clock is at the end of time")?;
    let free = app.free_slots(&SERVICE.parse()?, range).await?.ok_or("the service is gone")?;
    let ten = |start: &Timestamp| {
        start.in_tz(ZONE).is_ok_and(|local| local.hour() == 10 || local.hour() == 11)
    };
    let mut starts = free.slots.iter().map(|free| free.slot.start());
    let first = free.slots.first().map(|free| free.slot.start());
    Ok(starts.find(ten).or(first))
}

/// A request that books `start`.
pub(super) fn example(start: &Timestamp) -> String {
    let local = start
        .in_tz(ZONE)
        .map_or_else(|_| start.to_string(), |local| local.strftime("%FT%T%:z").to_string());
    format!(
        "{{\"service\": \"{SERVICE}\", \"start\": \"{local}\", \"attendee\": {{\"name\": \"Bo Lindgren\", \
         \"email\": \"bo@example.com\", \"phone\": \"(213) 555-0123\", \"timezone\": \"{ZONE}\"}}}}"
    )
}
