//! What must be true from the outside when all is quiet.

use std::collections::BTreeMap;

use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::Value;

use super::Survived;
use super::doorstep::Site;
use super::visitor::{Answers, Made};
use crate::simulation::HOSTS;

/// A booking as the API lists it.
struct Listed {
    id: String,
    host: String,
    status: String,
    claimed: (i64, i64),
    start: Timestamp,
}

pub(super) async fn judge(site: &Site, answers: Answers, survived: &mut Survived) {
    let listed = list(site).await;
    survived.bookings = listed.len();
    survived.broken.extend(answers.wrong);
    let broken = &mut survived.broken;
    everything_is_done(&listed, broken);
    nobody_overlaps(&listed, broken);
    events_agree(site, &listed, broken);
    let by_id: BTreeMap<&str, &Listed> =
        listed.iter().map(|listed| (listed.id.as_str(), listed)).collect();
    for made in &answers.made {
        answers_hold(made, by_id.get(made.id.as_str()).copied(), broken);
        keys_replay(site, made, broken).await;
    }
    let deadlocks = site.place.deadlocks().await;
    if deadlocks > 0 {
        broken.push(format!("the server broke {deadlocks} deadlocks"));
    }
    if !broken.is_empty() {
        broken.push(format!("the end of the first instance's log:\n{}", site.log(0)));
    }
}

async fn list(site: &Site) -> Vec<Listed> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let url = format!("{}/v1/bookings?limit=100{cursor}", site.entrances()[0]);
        let answer = site.http.get(url).bearer_auth(site.key()).send().await;
        let page: Value = answer.expect("it serves").json().await.expect("it is JSON");
        all.extend(page["items"].as_array().expect("a list").iter().map(listed));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn listed(booking: &Value) -> Listed {
    let text = |field: &str| booking[field].as_str().unwrap_or_default().to_owned();
    let at = |field: &str| text(field).parse::<Timestamp>().expect("an instant");
    let (start, end) = (at("start"), at("end"));
    let (before, after) = match booking["service"].as_str() {
        Some("viewing") => (0, 15),
        Some("consultation") => (10, 0),
        Some("tour") => (5, 5),
        _ => (0, 0),
    };
    Listed {
        id: text("id"),
        host: text("host"),
        status: text("status"),
        claimed: (start.as_second() - 60 * before, end.as_second() + 60 * after),
        start,
    }
}

fn everything_is_done(listed: &[Listed], broken: &mut Vec<String>) {
    let pending = listed.iter().filter(|booking| booking.status == "pending");
    broken.extend(pending.map(|booking| format!("{} is still pending", booking.id)));
}

fn nobody_overlaps(listed: &[Listed], broken: &mut Vec<String>) {
    for (host, _) in HOSTS {
        let stands = |booking: &&Listed| booking.host == host && booking.status == "confirmed";
        let mut all: Vec<&Listed> = listed.iter().filter(stands).collect();
        all.sort_unstable_by_key(|booking| booking.claimed);
        for pair in all.windows(2) {
            if pair[1].claimed.0 < pair[0].claimed.1 {
                broken.push(format!("{} and {} overlap", pair[0].id, pair[1].id));
            }
        }
    }
}

fn events_agree(site: &Site, listed: &[Listed], broken: &mut Vec<String>) {
    let mut events: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for event in HOSTS.iter().flat_map(|(_, account)| site.sandbox.google().events(account)) {
        if let Some(booking) = event.private_property("doorstep_booking") {
            events.entry(booking.to_owned()).or_default().push(event.start);
        }
    }
    for booking in listed {
        let found = events.remove(&booking.id).unwrap_or_default();
        let expected = if booking.status == "confirmed" { vec![booking.start] } else { Vec::new() };
        if found != expected {
            let (id, status) = (&booking.id, &booking.status);
            broken.push(format!("{id} is {status}, and its events are {found:?}"));
        }
    }
    broken.extend(events.into_keys().map(|id| format!("an event of {id}, which is not there")));
}

fn answers_hold(made: &Made, listed: Option<&Listed>, broken: &mut Vec<String>) {
    let Some(listed) = listed else {
        broken.push(format!("{} was answered with success and is lost", made.id));
        return;
    };
    if made.cancelled && listed.status != "cancelled" {
        broken.push(format!("{} was cancelled and is {}", made.id, listed.status));
    }
    if made.stands && (listed.status != "confirmed" || listed.start != made.start) {
        let (id, start) = (&made.id, made.start);
        let text = format!("{id} was confirmed at {start} and is {} at", listed.status);
        broken.push(format!("{text} {}", listed.start));
    }
}

async fn keys_replay(site: &Site, made: &Made, broken: &mut Vec<String>) {
    let url = format!("{}/v1/bookings", site.entrances()[0]);
    let request = site.http.post(url).bearer_auth(site.key()).json(&made.body);
    let answer = request.header("idempotency-key", &made.key).send().await.expect("it serves");
    let status = answer.status();
    let again: Value = answer.json().await.unwrap_or_default();
    if status != StatusCode::OK || again["id"] != *made.id {
        broken.push(format!("{} made {}, and then {status} {again}", made.key, made.id));
    }
}
