//! Texts: how fast one that comes in is answered while many come at once, and how fast one that is
//! for many goes out at the sender's pace.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sandbox::{Fault, FaultKind};
use sha1::Sha1;
use tokio::task::JoinSet;
use url::Url;

use crate::load::{Client, form, post};
use crate::process::{Server, Site};
use crate::report::{Aim, Line};
use crate::rounds::percentile;
use crate::seed::{many_hosts, midnight, seed, short_slot, today};
use crate::slots::expect;
use crate::stand_in::StandIn;
use crate::{Effort, Failure};

/// What the sandbox signs with.
const TOKEN: &str = "sandbox-token";
const OURS: &str = "+12135550199";
/// How many phones text at once.
const AT_ONCE: u64 = 100;
/// Whom one change concerns.
const ATTENDEES: u32 = 20;
/// How long the provider takes for each text.
const DELAY: Duration = Duration::from_millis(300);
/// How many texts a second the sender may send.
const RATE: u32 = 10;

pub(crate) async fn measure(effort: Effort) -> Result<Vec<Line>, Failure> {
    let provider = StandIn::start()?;
    let mut site = Site::new()?;
    let setup = many_hosts(|_| String::new()).replace("messages = []", "messages = [\"sms\"]");
    seed(&site, &setup, "short-0", &[], midnight(today())).await?;
    site.settings = settings(&provider.base);
    let server = site.serve().await?;
    let answered = answered(&server, effort.calls).await?;
    let name = format!("a text is answered, {AT_ONCE} at once, p99");
    let webhook = Line::quantity(name, percentile(&answered, 99), "ms").aims(Aim::Below(50.0));
    let (took, least) = fan_out(&server, &provider).await?;
    let name = format!("{ATTENDEES} people are texted");
    let texted = Line::ratio(name, took.as_secs_f64(), least.as_secs_f64(), "s");
    Ok(vec![webhook, texted.aims(Aim::Below(1.2))])
}

fn settings(base: &Url) -> Vec<(String, String)> {
    let settings = [
        ("TWILIO_ACCOUNT_SID", format!("AC{}", "0".repeat(32))),
        ("TWILIO_AUTH_TOKEN", TOKEN.to_owned()),
        ("TWILIO_PHONE_NUMBER", OURS.to_owned()),
        ("TWILIO_API_BASE_URL", base.as_str().trim_end_matches('/').to_owned()),
        ("TWILIO_SEND_RATE", RATE.to_string()),
    ];
    settings.map(|(key, value)| (key.to_owned(), value)).to_vec()
}

/// The milliseconds until each text was answered in its own request.
async fn answered(server: &Server, texts: u64) -> Result<Vec<f64>, Failure> {
    let url = format!("http://{}/callbacks/twilio/sms", server.address);
    let mut phones = JoinSet::new();
    for phone in 0..AT_ONCE {
        let (mut client, url) = (Client::connect(server.address).await?, url.clone());
        phones.spawn(async move {
            let mut took = Vec::new();
            for text in 0..texts {
                let request = signed_text(&url, phone, text)?;
                let begun = Instant::now();
                expect(client.ask(&request).await?, 200)?;
                // The first one opens what the others use.
                if text > 0 {
                    took.push(begun.elapsed().as_secs_f64() * 1e3);
                }
            }
            Ok::<_, Failure>(took)
        });
    }
    let mut all = Vec::new();
    while let Some(took) = phones.join_next().await {
        all.extend(took??);
    }
    Ok(all)
}

fn signed_text(url: &str, phone: u64, text: u64) -> Result<Vec<u8>, Failure> {
    let (sid, from) = (format!("SM{phone:016}{text:016}"), format!("+1312555{:04}", 100 + phone));
    // In the order in which they are signed.
    let fields = [("Body", "C"), ("From", &from), ("MessageSid", &sid), ("To", OURS)];
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes())?;
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Ok(form("/callbacks/twilio/sms", &fields, &format!("x-twilio-signature: {signature}\r\n")))
}

/// How long it takes until everybody who comes has been texted that their booking stands, and how
/// long it takes at least.
async fn fan_out(server: &Server, provider: &StandIn) -> Result<(Duration, Duration), Failure> {
    let delay_ms = Some(u64::try_from(DELAY.as_millis())?);
    let subject = "* /2010-04-01/*".to_owned();
    let kind = FaultKind::Delay;
    provider.sandbox.faults().add(Fault {
        subject,
        kind,
        p: Some(1.0),
        delay_ms,
        ..Fault::default()
    });
    let (_, start) = short_slot(today(), 0);
    let people: Vec<String> = (1..ATTENDEES)
        .map(|guest| format!(r#"{{"name":"Guest {guest}","phone":"+1415555{:04}"}}"#, 100 + guest))
        .collect();
    let booking = format!(
        r#"{{"service":"short-0","start":"{start}","attendee":{{"name":"Bo Lead","phone":"+14155550100"}},"guests":[{}],"party_size":{ATTENDEES}}}"#,
        people.join(",")
    );
    let mut client = Client::connect(server.address).await?;
    let begun = Instant::now();
    expect(client.ask(&post("/v1/bookings", &booking)).await?, 201)?;
    let wanted = usize::try_from(ATTENDEES)?;
    while provider.sandbox.twilio().texts().len() < wanted {
        if begun.elapsed() > Duration::from_mins(1) {
            return Err("not everybody was texted within a minute".into());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let least = Duration::from_secs(1) / RATE * (ATTENDEES - 1) + DELAY;
    Ok((begun.elapsed(), least))
}
