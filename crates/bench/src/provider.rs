//! What Doorstep adds to a provider that takes 200 ms a call: the time until the answer, less the
//! time that the provider spent on the calls for it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use app::{App, Clock};
use jiff::civil::Date;
use tokio::task::JoinSet;
use url::Url;

use crate::load::{Client, post};
use crate::process::{Server, Site};
use crate::report::{Aim, Line};
use crate::rounds::percentile;
use crate::seed::{HOSTS, many_hosts, open_app, short_booking, today};
use crate::slots::expect;
use crate::stand_in::{CLIENT, StandIn};
use crate::{Effort, Failure};

/// How long each call takes.
const DELAY: Duration = Duration::from_millis(200);

pub(crate) async fn measure(effort: Effort) -> Result<Vec<Line>, Failure> {
    let (mut site, provider, today) = (Site::new()?, StandIn::start()?, today());
    connect_everyone(&site, &provider).await?;
    site.settings = settings(&provider.base);
    let server = site.serve().await?;
    let tokens = access_tokens(&server, &provider, today).await?;
    provider.slow_down(DELAY)?;
    let added = added(&server, &provider, &tokens, today, effort.calls).await?;
    let name = |what| format!("added to a provider of 200 ms, {what}");
    Ok(vec![
        Line::quantity(name("p50"), percentile(&added, 50), "ms").aims(Aim::Below(2.0)),
        Line::quantity(name("p99"), percentile(&added, 99), "ms").aims(Aim::Below(10.0)),
    ])
}

/// Each host consents with an account of its own, by the real flow.
async fn connect_everyone(site: &Site, provider: &StandIn) -> Result<(), Failure> {
    let app = open_app(site, &Clock::system(), Some(provider.oauth()?)).await?;
    app.apply_setup(&many_hosts(calendar), false).await?;
    for host in 0..HOSTS {
        connect(&app, provider, host).await?;
    }
    Ok(())
}

async fn connect(app: &App, provider: &StandIn, host: u64) -> Result<(), Failure> {
    let account = account(host);
    provider.sandbox.google().create_account(&account, "UTC")?;
    let (_, link) = app.connect(format!("host-{host}").parse()?, account.clone()).await?;
    let link = link.ok_or("nobody has to consent")?;
    let begun = app.begin_consent(&parameter(&link, "ticket")?).await?;
    let back = provider.sandbox.google().consent(&begun.location, &account);
    let back = back.ok_or("the provider does not ask for consent")?;
    let (state, code) = (parameter(&back, "state")?, parameter(&back, "code")?);
    app.complete_consent(&state, &begun.cookie, Some(&code)).await?;
    Ok(())
}

fn parameter(url: &str, name: &str) -> Result<String, Failure> {
    let url = Url::parse(url)?;
    let found = url.query_pairs().find(|(key, _)| key == name);
    Ok(found.ok_or("an address lacks a parameter")?.1.into_owned())
}

fn account(host: u64) -> String {
    format!("host-{host}@agency.example")
}

fn calendar(host: u64) -> String {
    let account = account(host);
    format!(
        r#"
[[calendars]]
id = "calendar-{host}"
host = "host-{host}"
provider = "google"
account = "{account}"
calendar = "primary"
roles = ["write", "busy"]
"#
    )
}

fn settings(base: &Url) -> Vec<(String, String)> {
    let at = |path: &str| format!("{}{path}", base.as_str().trim_end_matches('/'));
    let settings = [
        ("GOOGLE_CLIENT_ID", CLIENT.0.to_owned()),
        ("GOOGLE_CLIENT_SECRET", CLIENT.1.to_owned()),
        ("GOOGLE_API_BASE_URL", at("")),
        ("GOOGLE_AUTH_URL", at("/o/oauth2/v2/auth")),
        ("GOOGLE_TOKEN_URL", at("/token")),
        ("GOOGLE_REVOKE_URL", at("/revoke")),
    ];
    settings.map(|(key, value)| (key.to_owned(), value)).to_vec()
}

/// Books once with every host while the provider is quick, which also opens the connections, and
/// sees whose time it spends by which access token.
async fn access_tokens(
    server: &Server,
    provider: &StandIn,
    today: Date,
) -> Result<Vec<String>, Failure> {
    let mut client = Client::connect(server.address).await?;
    let mut tokens = Vec::new();
    for host in 0..HOSTS {
        let before = provider.spent();
        expect(client.ask(&post("/v1/bookings", &short_booking(today, host))).await?, 201)?;
        let after = provider.spent();
        let used = after.into_iter().find(|(token, spent)| before.get(token) != Some(spent));
        tokens.push(used.ok_or("a booking did not reach the provider")?.0);
    }
    Ok(tokens)
}

/// The milliseconds that were added to each booking. Every host has a client, which waits for its
/// answer before it asks again, so a token's time between the two is the booking's.
async fn added(
    server: &Server,
    provider: &StandIn,
    tokens: &[String],
    today: Date,
    bookings: u64,
) -> Result<Vec<f64>, Failure> {
    let of = |spent: &HashMap<String, Duration>, token: &str| {
        spent.get(token).copied().unwrap_or_default()
    };
    let mut clients = JoinSet::new();
    for (host, token) in (0_u32..).zip(tokens.iter().cloned()) {
        let (mut client, provider) = (Client::connect(server.address).await?, provider.clone());
        // One after the other: sixteen at the same instant would measure how they queue.
        let head_start = 2 * DELAY / u32::try_from(HOSTS)? * host;
        clients.spawn(async move {
            tokio::time::sleep(head_start).await;
            let mut added = Vec::new();
            for booking in 1..=bookings {
                let number = booking * HOSTS + u64::from(host);
                let request = post("/v1/bookings", &short_booking(today, number));
                let (before, begun) = (of(&provider.spent(), &token), Instant::now());
                expect(client.ask(&request).await?, 201)?;
                let took = begun.elapsed();
                let spent = of(&provider.spent(), &token).saturating_sub(before);
                added.push(took.saturating_sub(spent).as_secs_f64() * 1e3);
            }
            Ok::<_, Failure>(added)
        });
    }
    let mut all = Vec::new();
    while let Some(added) = clients.join_next().await {
        all.extend(added??);
    }
    Ok(all)
}
