//! `explain`.

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
            json!({
                "start": start.start.to_string(),
                "host": start.host.as_str(),
                "offered": reasons.is_empty(),
                "reasons": reasons,
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
                        reasons.iter().map(|reason| words(*reason)).collect::<Vec<_>>().join(", ")
                    }
                };
                let local = start.start.to_zoned(start.zone.clone());
                format!("{}  {}  {verdict}", local.strftime("%H:%M %Z"), start.host)
            })
            .collect();
        lines.join("\n") + "\n"
    })
}

fn words(reason: Reason) -> String {
    match reason {
        Reason::OutsideWindows => "outside the hours".to_owned(),
        Reason::OffGrid => "not on the grid of starts".to_owned(),
        Reason::TooLittleNotice => "too little notice".to_owned(),
        Reason::BeyondHorizon => "beyond the horizon".to_owned(),
        Reason::Claimed(claim) => format!("taken until {}", claim.end()),
        Reason::Busy(busy) => format!("busy until {}", busy.end()),
        Reason::Full { remaining } => format!("{remaining} places are left"),
        Reason::DayIsFull { most, .. } => format!("the day has its {most} bookings"),
    }
}
