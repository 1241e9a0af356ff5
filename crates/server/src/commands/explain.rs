//! `explain`.

use app::slots::{BusyTime, Explanation, words};
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
            let reasons: Vec<_> = start.reasons().map(Reason::code).collect();
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
                "offered": start.is_free(),
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
                let verdict = if start.is_free() { "offered".to_owned() } else { against(start) };
                let local = start.start.to_zoned(start.zone.clone());
                format!("{}  {}  {verdict}", local.strftime("%H:%M %Z"), start.host)
            })
            .collect();
        lines.join("\n") + "\n"
    })
}

fn against(start: &Explanation) -> String {
    let others = start.reasons().filter(|reason| !matches!(reason, Reason::Busy(_)));
    let others = others.map(|reason| words(reason, &start.zone));
    others.chain(start.busy.iter().map(named)).collect::<Vec<_>>().join(", ")
}

/// Each calendar that is busy is told by its name.
fn named(busy: &BusyTime) -> String {
    format!("busy until {} in {}", busy.interval.end(), busy.calendar)
}
