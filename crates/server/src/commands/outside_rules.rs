//! Bookings that stand although a change would not offer them any more, as commands print them.

use app::outside_rules::OutsideRules;
use serde_json::{Value, json};

/// For programs.
pub(super) fn views(outside: &[OutsideRules]) -> Vec<Value> {
    outside.iter().map(view).collect()
}

fn view(outside: &OutsideRules) -> Value {
    json!({
        "booking": outside.booking.to_string(),
        "service": outside.service.as_str(),
        "host": outside.host.as_str(),
        "start": outside.start.to_string(),
        "reasons": outside.reasons,
    })
}

/// For people; nothing when there are none.
pub(super) fn text(outside: &[OutsideRules]) -> String {
    if outside.is_empty() {
        return String::new();
    }
    let line = |one: &OutsideRules| {
        let OutsideRules { booking, service, host, start, reasons } = one;
        format!("  {booking}  {service}  {host}  {start}: {}\n", reasons.join(", "))
    };
    let lines: Vec<String> = outside.iter().map(line).collect();
    format!("\nThese bookings stand, though the rules would not offer them:\n{}", lines.concat())
}
