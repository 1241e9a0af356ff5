use std::collections::BTreeMap;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, IF_MATCH};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use super::GoogleEndpoints;
use super::channel::{Channel, NewChannel, WireChannel};
use super::errors::api_error;
use super::event::{Event, WireEvent};
use super::event_body::{EventBody, EventPatch, SendUpdates};
use super::freebusy::{self, CalendarBusy, WireFreeBusy};
use super::list::{CalendarPage, EventPage, EventQuery, WireCalendars, WirePage};
use crate::error::ProviderError;
use crate::exchange::Call;
use crate::http::{Answer, Http, Request};

/// Google Calendar as one connected account sees it. A calendar is named by its id; the keyword
/// `primary` means the account's own.
#[derive(Debug, Clone, Copy)]
pub struct GoogleCalendar<'a> {
    /// What carries the calls.
    pub http: &'a Http,
    /// Where Google is.
    pub endpoints: &'a GoogleEndpoints,
    /// From a [`super::TokenGrant`].
    pub access_token: &'a SecretString,
}

impl GoogleCalendar<'_> {
    /// Busy times of up to 50 calendars between two instants at most about three months apart.
    /// Every calendar asked for has an entry. Our own events count as busy, too.
    pub async fn busy(
        &self,
        calendar_ids: &[&str],
        start: Timestamp,
        end: Timestamp,
    ) -> Call<BTreeMap<String, CalendarBusy>> {
        let request = freebusy::query(calendar_ids, start, end)
            .and_then(|body| Ok(self.request(Method::POST, &["freeBusy"])?.json(&body)));
        self.json::<WireFreeBusy>(request, "free/busy times")
            .await
            .map(|wire| freebusy::read(&wire, calendar_ids))
    }

    /// Puts a new event into the calendar. Repeat it unchanged after a lost answer:
    /// [`ProviderError::Conflict`] then means to [look](Self::get_event), since also the id of a
    /// deleted event stays taken.
    pub async fn insert_event(
        &self,
        calendar: &str,
        event: &EventBody,
        updates: SendUpdates,
    ) -> Call<Event> {
        let request = event.to_json().and_then(|body| {
            let mut request = self.url(&["calendars", calendar, "events"])?;
            send_updates(&mut request, updates);
            Ok(self.authorized(Method::POST, request)?.json(&body))
        });
        self.event(request).await
    }

    /// Reads an event, also a deleted one, which has [`super::EventStatus::Cancelled`].
    pub async fn get_event(&self, calendar: &str, id: &str) -> Call<Event> {
        self.event(self.request(Method::GET, &["calendars", calendar, "events", id])).await
    }

    /// Changes what the patch names. With `if_match`, an etag, only if nobody changed it since.
    pub async fn patch_event(
        &self,
        calendar: &str,
        id: &str,
        patch: &EventPatch,
        if_match: Option<&str>,
        updates: SendUpdates,
    ) -> Call<Event> {
        let request = patch.to_json().and_then(|body| {
            let mut url = self.url(&["calendars", calendar, "events", id])?;
            send_updates(&mut url, updates);
            let request = self.authorized(Method::PATCH, url)?.json(&body);
            match if_match {
                Some(etag) => request.header(IF_MATCH, etag),
                None => Ok(request),
            }
        });
        self.event(request).await
    }

    /// Deletes an event. [`ProviderError::Gone`] says that it was deleted before, and
    /// [`ProviderError::NotFound`] that it never existed or cannot be seen.
    pub async fn delete_event(&self, calendar: &str, id: &str, updates: SendUpdates) -> Call<()> {
        let request = self.url(&["calendars", calendar, "events", id]).and_then(|mut url| {
            send_updates(&mut url, updates);
            self.authorized(Method::DELETE, url)
        });
        self.empty(request).await
    }

    /// One page of events. An expired sync token is [`ProviderError::Gone`]: start over with
    /// [`EventQuery::Overlapping`].
    pub async fn list_events(
        &self,
        calendar: &str,
        query: &EventQuery<'_>,
        page_token: Option<&str>,
    ) -> Call<EventPage> {
        let request = self.url(&["calendars", calendar, "events"]).and_then(|mut url| {
            url.query_pairs_mut().extend_pairs(query.parameters(page_token));
            Ok(self.authorized(Method::GET, url)?.large_answer())
        });
        self.json::<WirePage>(request, "a page of events").await.map(EventPage::from)
    }

    /// One page of the calendars this account can reach.
    pub async fn list_calendars(&self, page_token: Option<&str>) -> Call<CalendarPage> {
        let request = self.url(&["users", "me", "calendarList"]).and_then(|mut url| {
            url.query_pairs_mut()
                .append_pair("maxResults", "250")
                .extend_pairs(page_token.map(|token| ("pageToken", token)));
            self.authorized(Method::GET, url)
        });
        self.json::<WireCalendars>(request, "a page of calendars").await.map(CalendarPage::from)
    }

    /// Opens a push channel for a calendar's events. After a lost answer open another with a new
    /// id: the first may or may not exist, and ends by itself.
    pub async fn watch_events(&self, calendar: &str, channel: &NewChannel) -> Call<Channel> {
        let request = channel.to_json().and_then(|body| {
            let request =
                self.request(Method::POST, &["calendars", calendar, "events", "watch"])?;
            Ok(request.json(&body).secret(channel.token.expose_secret()))
        });
        self.json::<WireChannel>(request, "a channel").await.map(Channel::from)
    }

    /// Stops a push channel. Only the account that opened it may; notifications can go on for a
    /// while.
    pub async fn stop_channel(&self, channel: &Channel) -> Call<()> {
        let body = json!({ "id": channel.id, "resourceId": channel.resource_id });
        let request = self.request(Method::POST, &["channels", "stop"]);
        self.empty(request.map(|request| request.json(&body))).await
    }

    async fn event(&self, request: Result<Request, ProviderError>) -> Call<Event> {
        self.json::<WireEvent>(request, "an event").await.map(Event::from)
    }

    async fn json<T: DeserializeOwned>(
        &self,
        request: Result<Request, ProviderError>,
        what: &'static str,
    ) -> Call<T> {
        self.call(request, |answer| answer.json(what)).await
    }

    async fn empty(&self, request: Result<Request, ProviderError>) -> Call<()> {
        self.call(request, |_answer| Ok(())).await
    }

    async fn call<T>(
        &self,
        request: Result<Request, ProviderError>,
        read: impl FnOnce(Answer) -> Result<T, ProviderError>,
    ) -> Call<T> {
        let request = match request {
            Ok(request) => request,
            Err(error) => return Call::unsent(error),
        };
        let checked = |answer: Answer| {
            if answer.is_success() { read(answer) } else { Err(api_error(&answer)) }
        };
        self.http.call(request, checked).await
    }

    fn request(&self, method: Method, path: &[&str]) -> Result<Request, ProviderError> {
        self.authorized(method, self.url(path)?)
    }

    fn authorized(&self, method: Method, url: Url) -> Result<Request, ProviderError> {
        let token = self.access_token.expose_secret();
        Request::new(method, url).secret(token).header(AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// Every part is one path segment, percent-encoded; ids come from outside.
    fn url(&self, path: &[&str]) -> Result<Url, ProviderError> {
        if path.iter().any(|part| matches!(*part, "" | "." | "..")) {
            return Err(ProviderError::Invalid { reason: "an id is not fit for a path" });
        }
        let mut url = self.endpoints.api_base.clone();
        url.path_segments_mut()
            .map_err(|()| ProviderError::Invalid { reason: "the API's base URL has no path" })?
            .pop_if_empty()
            .extend(["calendar", "v3"])
            .extend(path);
        Ok(url)
    }
}

fn send_updates(url: &mut Url, updates: SendUpdates) {
    url.query_pairs_mut().append_pair("sendUpdates", updates.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HttpLimits;

    fn url_below(base: &str, path: &[&str]) -> Result<String, ProviderError> {
        let http = Http::new(HttpLimits::default()).expect("a client");
        let endpoints = GoogleEndpoints {
            api_base: Url::parse(base).expect("a URL"),
            ..GoogleEndpoints::default()
        };
        let access_token = SecretString::from("t");
        let calendar =
            GoogleCalendar { http: &http, endpoints: &endpoints, access_token: &access_token };
        calendar.url(path).map(String::from)
    }

    #[test]
    fn paths_go_below_the_base_and_ids_are_one_segment_each() {
        let path = ["calendars", "a/b?c#d%@example.com", "events"];
        let encoded = "calendar/v3/calendars/a%2Fb%3Fc%23d%25@example.com/events";

        for base in ["https://api.example", "https://api.example/"] {
            assert_eq!(
                url_below(base, &path).expect("a URL"),
                format!("https://api.example/{encoded}")
            );
        }
        for base in ["http://127.0.0.1:8080/_sandbox", "http://127.0.0.1:8080/_sandbox/"] {
            assert_eq!(
                url_below(base, &path).expect("a URL"),
                format!("http://127.0.0.1:8080/_sandbox/{encoded}")
            );
        }
    }

    #[test]
    fn an_id_that_would_change_the_path_is_refused() {
        for id in ["", ".", ".."] {
            let url = url_below("https://api.example", &["calendars", id, "events"]);
            assert!(matches!(url, Err(ProviderError::Invalid { .. })), "{id}");
        }
    }
}
