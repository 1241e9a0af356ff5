//! `explain`.

use app::slots::BusyTime;
use domain::ServiceId;
use domain::availability::Reason;
use jiff::civil::Date;
use serde_json::json;

use super::open;
use crate::Failure;
use crate::config::Config;
use crate::output::Output;

pub(crate) async fn explain(
    config: Config,
    service: &ServiceId,
    date: Date,
    output: Output,
) -> Result<(), Failure> {
    let app = open(config).await?;
    let explained = app.explain_day(service, date).await?;
    let Some(starts) = explained else {
        return Err(format!("there is no service {service}").into());
    };
    let value: Vec<_> = starts
        .iter()
        .map(|start| {
            let reasons: Vec<_> = start.reasons.iter().map(|reason| reason.code()).collect();
            let busy: Vec<_> = start
                .busy
                .iter()
                .map(|busy| {
                    json!({
                        "calendar": busy.calendar.as_str(),
                        "from": busy.interval.start().to_string(),
                        "to": busy.interval.end().to_string(),
                    })
                })
                .collect();
            json!({
                "start": start.start.to_string(),
                "host": start.host.as_str(),
                "offered": reasons.is_empty(),
                "reasons": reasons,
                "busy": busy,
            })
        })
        .collect();
    output.either(&value, || {
        if starts.is_empty() {
            return format!("no window of {service} is on {date}\n");
        }
        let lines: Vec<String> = starts
            .iter()
            .map(|start| {
                let verdict = match start.reasons.as_slice() {
                    [] => "offered".to_owned(),
                    reasons => {
                        let named = start.busy.iter().map(named);
                        let reasons = reasons.iter().filter_map(|reason| words(*reason));
                        reasons.chain(named).collect::<Vec<_>>().join(", ")
                    }
                };
                let local = start.start.to_zoned(start.zone.clone());
                format!("{}  {}  {verdict}", local.strftime("%H:%M %Z"), start.host)
            })
            .collect();
        lines.join("\n") + "\n"
    })
}

fn named(busy: &BusyTime) -> String {
    format!("busy until {} in {}", busy.interval.end(), busy.calendar)
}

/// What a reason says; that of busy time says it by itself, with its calendar.
fn words(reason: Reason) -> Option<String> {
    Some(match reason {
        Reason::OutsideWindows => "outside the hours".to_owned(),
        Reason::OffGrid => "not on the grid of starts".to_owned(),
        Reason::TooLittleNotice => "too little notice".to_owned(),
        Reason::BeyondHorizon => "beyond the horizon".to_owned(),
        Reason::Claimed(claim) => format!("taken until {}", claim.end()),
        Reason::Busy(_) => return None,
        Reason::Full { remaining } => format!("{remaining} places are left"),
        Reason::CalendarUnavailable => "a calendar cannot be read".to_owned(),
        Reason::DayIsFull { most, .. } => format!("the day has its {most} bookings"),
    })
}
