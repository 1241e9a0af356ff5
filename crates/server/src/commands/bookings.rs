//! `booking`.

use app::booking::{BookingFilter, Cancel, CancelOutcome};
use clap::Subcommand;
use domain::BookingId;
use domain::booking::Actor;
use serde_json::{Value, json};
use store::booking::StoredBooking;

use super::open;
use crate::Failure;
use crate::config::Config;
use crate::output::Output;

/// The most bookings that one command lists.
const MOST: i64 = 1_000;

#[derive(Subcommand)]
pub(crate) enum BookingCommand {
    /// Bookings by their start
    List {
        /// Only of this status
        #[arg(long)]
        status: Option<String>,
        /// Only of this host
        #[arg(long)]
        host: Option<domain::HostId>,
        /// Only of this service
        #[arg(long)]
        service: Option<domain::ServiceId>,
    },
    /// One booking with its timeline
    Show {
        /// The booking's id
        id: BookingId,
    },
    /// Call a booking off; people are told and the event is deleted by the server
    Cancel {
        /// The booking's id
        id: BookingId,
        /// Why, for the timeline
        #[arg(long)]
        reason: Option<String>,
    },
}

pub(crate) async fn booking(
    config: Config,
    command: BookingCommand,
    output: Output,
) -> Result<(), Failure> {
    let app = open(config).await?;
    match command {
        BookingCommand::List { status, host, service } => {
            let filter = BookingFilter { status, host, service, ..BookingFilter::default() };
            let bookings = app.list_bookings(filter, None, MOST).await?;
            let values: Vec<Value> = bookings.iter().map(view).collect();
            output.either(&values, || bookings.iter().map(line).collect())
        }
        BookingCommand::Show { id } => {
            let stored = app.find_booking(id).await?.ok_or_else(|| unknown(id))?;
            let timeline = app.timeline(id, None, MOST).await?;
            let entries: Vec<Value> = timeline
                .iter()
                .map(|entry| {
                    let data: Value = serde_json::from_str(&entry.data).unwrap_or(Value::Null);
                    json!({ "at": entry.at.to_string(), "kind": entry.kind, "summary": entry.summary, "data": data })
                })
                .collect();
            let code = app.booking_code(id);
            let value = json!({ "booking": view(&stored), "code": code, "timeline": entries });
            output.either(&value, || {
                let entries = timeline.iter().map(|entry| {
                    format!(
                        "  {}  {:22} {}\n",
                        entry.at.strftime("%F %T"),
                        entry.kind,
                        entry.summary
                    )
                });
                let code = format!("  code for calls: {code}\n");
                line(&stored) + &code + &entries.collect::<String>()
            })
        }
        BookingCommand::Cancel { id, reason } => {
            let cancel = Cancel { id, by: Actor::Api, reason, seen: None, key: None };
            match app.cancel_from_command(cancel).await? {
                CancelOutcome::Done(stored) | CancelOutcome::Replayed(stored) => {
                    output.either(&view(&stored), || line(&stored))
                }
                CancelOutcome::Refused(refusal) => Err(refusal.into()),
                CancelOutcome::NotFound => Err(unknown(id).into()),
                CancelOutcome::Outdated | CancelOutcome::Mismatch => {
                    Err("the booking has just changed; try again".into())
                }
            }
        }
    }
}

fn unknown(id: BookingId) -> String {
    format!("there is no booking {id}")
}

fn view(stored: &StoredBooking) -> Value {
    let booking = &stored.booking;
    json!({
        "id": booking.id.to_string(),
        "service": (!booking.service.is_ad_hoc()).then(|| booking.service.as_str()),
        "title": booking.title,
        "location": booking.location,
        "host": booking.host.as_str(),
        "hosts": booking.hosts().map(domain::HostId::as_str).collect::<Vec<_>>(),
        "status": booking.state.status(),
        "start": booking.slot.start().to_string(),
        "end": booking.slot.end().to_string(),
        "attendee": booking.lead().label(),
    })
}

fn line(stored: &StoredBooking) -> String {
    let booking = &stored.booking;
    let start = booking.slot.start().to_zoned(booking.timezone.clone());
    format!(
        "{}  {:9}  {}  {}  {}  {}\n",
        booking.id,
        booking.state.status(),
        start.strftime("%F %H:%M %Z"),
        if booking.service.is_ad_hoc() { "-" } else { booking.service.as_str() },
        booking.hosts().map(domain::HostId::as_str).collect::<Vec<_>>().join("+"),
        booking.lead().label(),
    )
}
