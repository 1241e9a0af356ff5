//! The world that simulations happen in: two hosts and the services that meet in their calendars.

use jiff::{SignedDuration, Timestamp};

use super::plan::{Night, Policy};

pub(crate) const SERVICES: [&str; 4] = ["viewing", "consultation", "call", "tour"];
pub(crate) const PEOPLE: [&str; 4] = ["Ann First", "Bo Second", "Cy Third", "Di Fourth"];
pub(crate) const KEYS: [&str; 4] = ["form-1", "form-2", "form-3", "form-4"];
pub(crate) const HOSTS: [(&str, &str); 2] =
    [("jane", "jane@agency.example"), ("bob", "bob@agency.example")];

/// The calls that can go wrong.
pub(crate) const CALLS: [&str; 12] = [
    "POST /token",
    "POST */freeBusy",
    "POST */events",
    "GET */events",
    "GET */events/*",
    "PATCH *",
    "DELETE *",
    "POST *Messages.json",
    "GET *Messages.json",
    "SMTP CONNECT",
    "SMTP RCPT",
    "SMTP DATA",
];

/// The calls at which a worker is paused past its lease.
pub(crate) const PAUSED: [&str; 7] = [
    "POST */freeBusy",
    "POST */events",
    "POST */events",
    "PATCH *",
    "DELETE *",
    "POST *Messages.json",
    "SMTP DATA",
];

/// Hours that hold every quarter that is asked for, on the day before and on the day itself.
const HOURS: &str = r#"slot_every = "15m"
notice = "10m"
availability = [{ days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "24:00" }]"#;

pub(crate) fn setup(policy: Policy) -> String {
    let unreachable = match policy {
        Policy::Closed => "closed",
        Policy::Cached => "cached 15m",
        Policy::Pending => "pending",
    };
    let hosts = HOSTS.iter().map(|(host, account)| {
        format!(
            r#"
[[hosts]]
id = "{host}"
name = "{host} Agent"
email = "{account}"
phone = "+12135550100"
timezone = "America/Los_Angeles"

[[calendars]]
id = "{host}-work"
host = "{host}"
provider = "google"
account = "{account}"
calendar = "primary"
roles = ["write", "busy"]
"#
        )
    });
    let services = [
        ("viewing", r#""jane""#, "30m", "buffer_after = \"15m\""),
        ("consultation", r#""jane""#, "60m", "buffer_before = \"10m\""),
        ("call", r#""jane", "bob""#, "15m", ""),
        ("tour", r#""bob""#, "45m", "buffer_before = \"5m\"\nbuffer_after = \"5m\""),
    ];
    let services = services.iter().map(|(service, hosts, length, buffers)| {
        format!(
            r#"
[[services]]
id = "{service}"
title = "A {service}"
location = "123 Main St, Los Angeles, CA 90012"
hosts = [{hosts}]
duration = "{length}"
{buffers}
when_unreachable = "{unreachable}"
{HOURS}
"#
        )
    });
    hosts.chain(services).collect()
}

/// When a simulation begins.
pub(crate) fn beginning(night: Night) -> &'static str {
    match night {
        Night::Usual => "2026-11-30T16:00:00Z",
        // Los Angeles puts its clocks back at 09:00 in UTC.
        Night::Autumn => "2026-11-01T05:30:00Z",
        // And forward at 10:00.
        Night::Spring => "2027-03-14T06:30:00Z",
    }
}

/// The instant of a quarter: the first is two hours after the beginning.
pub(crate) fn quarter(night: Night, quarter: i64) -> Timestamp {
    let beginning: Timestamp = beginning(night).parse().expect("an instant");
    beginning + SignedDuration::from_mins(120 + 15 * quarter)
}
