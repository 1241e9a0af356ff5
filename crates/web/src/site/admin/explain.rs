//! `/admin/explain`: the same words as `GET /v1/services/{service}/explain`.

use app::SetupSnapshot;
use app::setup::Setup;
use app::slots::{Explanation, remedy, words};
use axum::extract::State;
use axum::response::Response;
use domain::availability::{Reason, Verdict};
use domain::{Service, ServiceId};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::bookings::{host_name, read_date, services};
use super::session::SignedIn;
use super::{dashboard, frame};
use crate::http::{Problem, QueryOf};
use crate::pages::admin::Section;
use crate::pages::admin::explain::{
    Against, Answer, ExplainPage, HostView, RuleView, StartRow, Typed,
};
use crate::pages::{Frame, Page};
use crate::site::asked::Asked;
use crate::site::{Site, failed};

/// Which start, or which day.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    service: Option<String>,
    date: Option<String>,
    time: Option<String>,
}

pub(super) async fn show(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Response, Problem> {
    let setup = site.app.setup();
    let frame = frame(&asked, &setup.setup);
    let answer = wanted.answer(&site, &setup, &frame).await?;
    let typed = wanted.typed(&frame, site.app.clock().now());
    let services = services(&setup.setup);
    let dashboard = dashboard(Section::Explain, &signed_in);
    Ok(ExplainPage { frame, dashboard, services, typed, answer }.answer())
}

impl Wanted {
    /// What goes back into the form; today, where nothing was asked.
    fn typed(&self, frame: &Frame, now: Timestamp) -> Typed {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let today = || frame.visitor.date_of(now).to_string();
        Typed {
            service: text(&self.service),
            date: self.date.clone().unwrap_or_else(today),
            time: text(&self.time),
        }
    }

    async fn answer(
        &self,
        site: &Site,
        setup: &SetupSnapshot,
        frame: &Frame,
    ) -> Result<Answer, Problem> {
        let Some(slug) = &self.service else { return Ok(Answer::Nothing) };
        let service = slug.parse().ok().and_then(|id: ServiceId| setup.setup.service(&id));
        let date = self.date.as_deref().and_then(read_date);
        let (Some(service), Some(date)) = (service, date) else { return Ok(Answer::NotUnderstood) };
        let Some(time) = &self.time else {
            let starts = site.app.explain_day(&service.id, date).await.map_err(failed)?;
            let row = |start: &Explanation| row(&setup.setup, service, start, frame);
            return Ok(Answer::Day(starts.unwrap_or_default().iter().map(row).collect()));
        };
        let zone = zone_of(&setup.setup, service);
        let at = time.parse().ok().and_then(|time| instant(date, time, &zone));
        let Some(at) = at else { return Ok(Answer::NotUnderstood) };
        let hosts = site.app.explain(&service.id, None, at).await.map_err(failed)?;
        let view = |host: &Explanation| host_view(&setup.setup, host, frame);
        Ok(Answer::Start(hosts.unwrap_or_default().iter().map(view).collect()))
    }
}

/// Where the service is: where its first host is.
fn zone_of(setup: &Setup, service: &Service) -> TimeZone {
    setup.hosts_of(service).next().map_or(TimeZone::UTC, |host| host.timezone.clone())
}

/// Of a time that the clocks repeat the first is meant.
fn instant(date: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(date.to_datetime(time)).compatible();
    zoned.ok().map(|zoned| zoned.timestamp())
}

fn row(setup: &Setup, service: &Service, start: &Explanation, frame: &Frame) -> StartRow {
    let local = start.start.to_zoned(zone_of(setup, service));
    let mut query = Serializer::new(String::new());
    query
        .append_pair("service", service.id.as_str())
        .append_pair("date", &local.date().to_string())
        .append_pair("time", &local.strftime("%H:%M").to_string());
    StartRow {
        at: time_of(start, frame),
        path: format!("/admin/explain?{}", query.finish()),
        host: host_name(setup, &start.host),
        against: start
            .verdicts
            .iter()
            .flat_map(|verdict| against(start, verdict))
            .map(|one| one.why)
            .collect(),
    }
}

fn host_view(setup: &Setup, explained: &Explanation, frame: &Frame) -> HostView {
    let rule = |verdict: &Verdict| RuleView {
        rule: verdict.rule.name(),
        against: against(explained, verdict),
    };
    HostView {
        host: host_name(setup, &explained.host),
        at: frame.visitor.clone().choosing(explained.zone.clone()).moment(explained.start),
        rules: explained.verdicts.iter().map(rule).collect(),
    }
}

/// What speaks against a start by one rule. Each calendar that is busy is told by its name.
fn against(explained: &Explanation, verdict: &Verdict) -> Vec<Against> {
    let zone = &explained.zone;
    let told = |reason: Reason| Against { why: words(reason, zone), remedy: remedy(reason) };
    match verdict.against {
        Some(Reason::Busy(_)) => {
            let busy = explained.busy.iter().map(|busy| {
                let one = told(Reason::Busy(busy.interval));
                Against { why: format!("{} ({})", one.why, busy.calendar), ..one }
            });
            busy.collect()
        }
        Some(reason) => vec![told(reason)],
        None => Vec::new(),
    }
}

fn time_of(explained: &Explanation, frame: &Frame) -> String {
    frame.visitor.clone().choosing(explained.zone.clone()).unmistakable_time(explained.start)
}
