//! Making timeline entries.

use jiff::Timestamp;
use providers::{Call, Exchange};
use serde_json::{Value, json};
use store::timeline::{MOST_DATA, TimelineEntry};

use crate::App;

impl App {
    /// An entry of now.
    pub(crate) fn entry(
        &self,
        kind: &str,
        summary: impl Into<String>,
        data: &Value,
    ) -> TimelineEntry {
        entry(self.ids().entry(), self.clock().now(), kind, summary.into(), data)
    }

    /// What one call to a provider said and heard; the log has the same step without its contents.
    pub(crate) fn call_entry<T>(&self, kind: &str, call: &Call<T>) -> TimelineEntry {
        let said = match &call.outcome {
            Ok(_) => "done".to_owned(),
            Err(error) => error.to_string(),
        };
        let Exchange { status, duration_ms, .. } = call.exchange;
        let entry = self.entry(kind, format!("{}: {said}", describe(kind)), &json!(call.exchange));
        let id = entry.id;
        if status == Some(401) {
            tracing::error!(
                timeline.entry = %id, provider.status = status, duration_ms, outcome = said, "{kind}"
            );
        } else {
            tracing::info!(
                timeline.entry = %id, provider.status = status, duration_ms, outcome = said, "{kind}"
            );
        }
        entry
    }
}

fn describe(kind: &str) -> &'static str {
    match kind {
        "calendar.free_busy" => "Asked the calendar whether the time is free",
        "calendar.list" => "Looked at what is in the way",
        "calendar.watch" => "Asked for the calendar's changes to be pushed",
        "calendar.stop_watching" => "Ended a subscription to the calendar's changes",
        "calendar.sync" => "Read what is new in the calendar",
        "calendar.insert" => "Wrote the calendar event",
        "calendar.get" => "Read the calendar event back",
        "calendar.patch" => "Changed the calendar event",
        "calendar.delete" => "Deleted the calendar event",
        "message.call" => "Placed the call",
        "message.send" => "Sent the message",
        "message.look_up" => "Looked up a message whose answer was lost",
        _ => "Called a provider",
    }
}

fn entry(
    id: domain::TimelineEntryId,
    at: Timestamp,
    kind: &str,
    summary: String,
    data: &Value,
) -> TimelineEntry {
    let mut text = data.to_string();
    if text.len() > MOST_DATA {
        text = json!({ "cut": true, "bytes": text.len() }).to_string();
    }
    TimelineEntry { id, at, kind: kind.to_owned(), summary, data: text }
}
