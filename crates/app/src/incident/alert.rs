//! Telling the operators' channels of an incident: each once when it begins and once when it is
//! over.
//!
//! An attempt is stored before the call. PagerDuty takes a repeat for the same event; Slack and
//! mail cannot be asked, so after a lost answer they are told again and the message says so.

use domain::IncidentId;
use domain::incident::{Moment, dedup_key, untold};
use jiff::{SignedDuration, Timestamp};
use providers::alert::PagerEvent;
use providers::mail::{Mail, MailAddress};
use providers::{Applied, Call, ProviderError};
use store::incident::{Alert, AlertChannel, AlertState, Incident, LoadAlerts, NoteAlert};
use store::job::{Job, Postponement, Release};

use crate::{App, AppError, CALL};

/// How long a channel that does not take a message is tried.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// One message to one channel.
struct Telling<'a> {
    incident: &'a Incident,
    channel: AlertChannel,
    moment: Moment,
    /// An earlier try may have arrived.
    maybe_known: bool,
}

impl App {
    /// Tells every configured channel what it does not know yet of an incident.
    pub(crate) async fn tell_operators(&self, job: Job, id: IncidentId) -> Result<(), AppError> {
        let mut unsettled = false;
        for channel in self.alert_channels() {
            // The end may follow the beginning at once.
            while let Some((incident, alerts)) = self.load_alerts(&job, id).await?
                && let Some(telling) = telling(&incident, &alerts, channel)
            {
                if job.lease.until.duration_since(self.clock().now()) < CALL {
                    return self.tell_later(job, Postponement::Until(self.clock().now())).await;
                }
                if !self.tell_channel(&job, &telling).await?.is_settled() {
                    unsettled = true;
                    break;
                }
            }
        }
        if unsettled {
            let later = self.later(&job);
            return self.tell_later(job, later).await;
        }
        let unit = Release { job, postponement: None, error: None };
        Ok(self.store().write(unit).await?)
    }

    fn alert_channels(&self) -> Vec<AlertChannel> {
        let alerts = &self.providers().alerts;
        let mail = alerts.email.is_some() && self.providers().mail.is_some();
        let configured = [
            (alerts.pagerduty.is_some(), AlertChannel::PagerDuty),
            (alerts.slack.is_some(), AlertChannel::Slack),
            (mail, AlertChannel::Email),
        ];
        configured.into_iter().filter(|(is, _)| *is).map(|(_, channel)| channel).collect()
    }

    async fn load_alerts(
        &self,
        job: &Job,
        incident: IncidentId,
    ) -> Result<Option<(Incident, Vec<Alert>)>, AppError> {
        Ok(self.store().read(LoadAlerts { workspace: job.workspace, incident }).await?)
    }

    async fn tell_later(&self, job: Job, postponement: Postponement) -> Result<(), AppError> {
        let error = Some("a channel of the operators did not take the message".to_owned());
        let unit = Release { job, postponement: Some(postponement), error };
        Ok(self.store().write(unit).await?)
    }

    async fn tell_channel(&self, job: &Job, telling: &Telling<'_>) -> Result<AlertState, AppError> {
        self.note_alert(job, telling, AlertState::Sending, None).await?;
        let call = match telling.channel {
            AlertChannel::Slack => self.tell_slack(telling).await,
            AlertChannel::PagerDuty => self.tell_pagerduty(telling).await,
            AlertChannel::Email => self.tell_by_mail(telling).await,
        };
        let Some(call) = call else { return Ok(AlertState::Failed) };
        let (channel, incident) = (telling.channel.as_str(), telling.incident.id);
        let (state, error) = match &call.outcome {
            Ok(()) => (AlertState::Sent, None),
            Err(error) => (self.state_after(telling.incident, error), Some(error.to_string())),
        };
        match &error {
            None => tracing::info!(incident.id = %incident, channel, "told {channel}"),
            Some(why) => {
                tracing::warn!(incident.id = %incident, channel, "{channel} was not told: {why}");
            }
        }
        if state != AlertState::Sending {
            self.note_alert(job, telling, state, error).await?;
        }
        Ok(state)
    }

    async fn note_alert(
        &self,
        job: &Job,
        telling: &Telling<'_>,
        state: AlertState,
        error: Option<String>,
    ) -> Result<(), AppError> {
        let unit = NoteAlert {
            job: job.clone(),
            incident: telling.incident.id,
            channel: telling.channel,
            moment: telling.moment,
            state,
            error,
            now: self.clock().now(),
        };
        Ok(self.store().write(unit).await?)
    }

    /// What follows from an error: a lost answer leaves the attempt open, a refusal that is not one
    /// of credentials or haste is for good, and so is everything after a day.
    fn state_after(&self, incident: &Incident, error: &ProviderError) -> AlertState {
        let began = incident.closed_at.unwrap_or(incident.opened_at);
        let patient = self.clock().now().duration_since(began) < PATIENCE;
        match error.applied() {
            Applied::Unknown if patient => AlertState::Sending,
            Applied::No if patient && (error.transient() || is_ours_to_mend(error)) => {
                AlertState::NotSent
            }
            Applied::Unknown | Applied::No => AlertState::Failed,
        }
    }

    async fn tell_slack(&self, telling: &Telling<'_>) -> Option<Call<()>> {
        let slack = self.providers().alerts.slack.as_ref()?;
        let (subject, body) = (telling.headline(), self.body(telling));
        Some(slack.say(&self.providers().http, &format!("{subject}\n{body}")).await)
    }

    async fn tell_pagerduty(&self, telling: &Telling<'_>) -> Option<Call<()>> {
        let pagerduty = self.providers().alerts.pagerduty.as_ref()?;
        let incident = telling.incident;
        let summary = format!("{}: {}", incident.kind.title(), incident.summary);
        let source = self.settings().public_url.host_str().unwrap_or("doorstep").to_owned();
        let link = self.settings().url("/admin/alerts");
        let event = match telling.moment {
            Moment::Opened => PagerEvent::Trigger {
                summary: &summary,
                severity: incident.kind.severity().as_str(),
                class: incident.kind.as_str(),
                source: &source,
                at: incident.opened_at,
                link: &link,
            },
            Moment::Over => PagerEvent::Resolve,
        };
        let key = dedup_key(incident.kind, &incident.subject);
        Some(pagerduty.send(&self.providers().http, &key, &event).await)
    }

    async fn tell_by_mail(&self, telling: &Telling<'_>) -> Option<Call<()>> {
        let (relay, from) = self.providers().mail.as_ref()?;
        let address = self.providers().alerts.email.clone()?;
        let text = self.body(telling);
        let mail = Mail {
            message_id: message_id(telling.incident.id, telling.moment, &from.address),
            reference: self.ids().message().to_string(),
            date: telling.at(),
            from: from.clone(),
            to: MailAddress { name: None, address },
            reply_to: None,
            subject: telling.headline(),
            html: as_html(&text),
            text,
            calendar: None,
            in_reply_to: match telling.moment {
                Moment::Opened => None,
                Moment::Over => {
                    Some(message_id(telling.incident.id, Moment::Opened, &from.address))
                }
            },
            unsubscribe: None,
        };
        Some(relay.send(&self.providers().http, &mail).await.map(|_receipt| ()))
    }

    fn body(&self, telling: &Telling<'_>) -> String {
        let incident = telling.incident;
        let since = incident.opened_at.strftime("%Y-%m-%d %H:%M UTC");
        let what = match (telling.moment, &incident.resolution) {
            (Moment::Over, Some(resolution)) => resolution,
            (Moment::Opened | Moment::Over, _) => &incident.summary,
        };
        let key = dedup_key(incident.kind, &incident.subject);
        let link = self.settings().url("/admin/alerts");
        let repeat = if telling.maybe_known {
            "\nYou may have had this message before: the answer to the first one was lost."
        } else {
            ""
        };
        format!("{what}\n\n{key}, since {since}\n{link}{repeat}")
    }
}

impl Telling<'_> {
    fn headline(&self) -> String {
        let title = self.incident.kind.title();
        match self.moment {
            Moment::Opened => format!("Doorstep: {title}"),
            Moment::Over => format!("Doorstep, over: {title}"),
        }
    }

    fn at(&self) -> Timestamp {
        match self.moment {
            Moment::Opened => self.incident.opened_at,
            Moment::Over => self.incident.closed_at.unwrap_or(self.incident.opened_at),
        }
    }
}

/// What a channel is to be told now.
fn telling<'a>(
    incident: &'a Incident,
    alerts: &[Alert],
    channel: AlertChannel,
) -> Option<Telling<'a>> {
    let of_channel = || alerts.iter().filter(|alert| alert.channel == channel);
    let settled: Vec<Moment> =
        of_channel().filter(|alert| alert.state.is_settled()).map(|alert| alert.moment).collect();
    let moment = untold(incident.closed_at.is_some(), &settled)?;
    let before = of_channel().find(|alert| alert.moment == moment);
    let maybe_known = before.is_some_and(|alert| alert.state == AlertState::Sending);
    Some(Telling { incident, channel, moment, maybe_known })
}

/// Whether mending our settings lets the same message through.
fn is_ours_to_mend(error: &ProviderError) -> bool {
    matches!(error, ProviderError::ClientCredentials { .. } | ProviderError::Misconfigured { .. })
}

/// The same for every try, so that a receiver can drop the second copy.
fn message_id(incident: IncidentId, moment: Moment, from: &str) -> String {
    let domain = from.rsplit_once('@').map_or("doorstep.invalid", |(_, domain)| domain);
    format!("<{incident}.{}@{domain}>", moment.as_str())
}

fn as_html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<p>{}</p>", text.replace('\n', "<br>\n"))
}
