//! A browser without JavaScript: it follows links, fills in forms and keeps cookies.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

use super::given::Given;

/// A page as it arrived.
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) html: String,
}

pub(super) struct Browser<'a> {
    given: &'a Given,
    pub(super) cookie: Option<String>,
    pub(super) sec_fetch_site: Option<&'static str>,
}

impl Given {
    pub(super) fn browser(&self) -> Browser<'_> {
        Browser { given: self, cookie: None, sec_fetch_site: Some("same-origin") }
    }
}

impl Browser<'_> {
    pub(super) async fn send(&self, method: Method, path: &str, body: &str) -> Page {
        let mut request = Request::builder().method(method).uri(path).header("accept", "text/html");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(site) = self.sec_fetch_site {
            request = request.header("sec-fetch-site", site);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let Ok(response) = self.given.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let html = String::from_utf8(body.to_vec()).unwrap();
        Page { status: parts.status, headers: parts.headers, html }
    }

    pub(super) async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, "").await
    }

    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, if body.is_empty() { "none=" } else { &body }).await
    }

    /// Sends the form that leads to `action` as the page has it, with `typed` put into its fields.
    pub(super) async fn submit(&self, page: &Page, action: &str, typed: &[(&str, &str)]) -> Page {
        let fields = page.form(action, typed);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.post(action, &fields).await
    }

    /// Books the viewing for Bo at a start and shows their booking.
    pub(super) async fn books(&self, start: &str) -> Page {
        let page = self.get(&format!("/book/viewing?start={start}")).await;
        let booked = self.submit(&page, "/book/viewing", &BO).await;
        assert_eq!(booked.status, StatusCode::SEE_OTHER, "{}", booked.html);
        self.get(booked.location()).await
    }
}

/// What Bo types.
pub(super) const BO: [(&str, &str); 2] = [("name", "Bo Buyer"), ("email", "bo@example.com")];

impl Page {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.html);
        self.header("location")
    }

    #[track_caller]
    pub(super) fn says(&self, text: &str) {
        assert!(self.html.contains(text), "{text:?} is not in: {}", self.html);
    }

    #[track_caller]
    pub(super) fn does_not_say(&self, text: &str) {
        assert!(!self.html.contains(text), "{text:?} is in: {}", self.html);
    }

    pub(super) fn has_form(&self, action: &str) -> bool {
        self.html.contains(&format!("action=\"{action}\""))
    }

    /// Where the forms lead whose address ends so.
    pub(super) fn actions(&self, end: &str) -> Vec<String> {
        let parts = self.html.split("action=\"").skip(1);
        let actions = parts.filter_map(|rest| rest.split('"').next()).map(unescaped);
        actions.filter(|action| action.ends_with(end)).collect()
    }

    /// The links whose address contains a text.
    pub(super) fn links(&self, part: &str) -> Vec<String> {
        let parts = self.html.split("href=\"").skip(1);
        let links = parts.filter_map(|rest| rest.split('"').next()).map(unescaped);
        links.filter(|link| link.contains(part)).collect()
    }

    /// The values of inputs of that name, hidden and chosen.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        let inputs = self.html.split("<input ").skip(1).filter_map(|rest| rest.split('>').next());
        let named = inputs.filter(|input| attribute(input, "name").as_deref() == Some(name));
        named.filter_map(|input| attribute(input, "value")).collect()
    }

    /// A form's fields as a browser sends them: what is typed, what is hidden, the radio button
    /// that is checked.
    fn form(&self, action: &str, typed: &[(&str, &str)]) -> BTreeMap<String, String> {
        let start = self.html.find(&format!("action=\"{action}\""));
        let rest = &self.html[start.unwrap_or_else(|| panic!("no form {action}: {}", self.html))..];
        let form = rest.split("</form>").next().unwrap();
        let mut fields = BTreeMap::new();
        for input in form.split("<input ").skip(1).filter_map(|rest| rest.split('>').next()) {
            let radio = attribute(input, "type").as_deref() == Some("radio");
            if let (Some(name), false) =
                (attribute(input, "name"), radio && !input.contains(" checked"))
            {
                fields.insert(name, attribute(input, "value").unwrap_or_default());
            }
        }
        for (name, value) in typed {
            fields.insert((*name).to_owned(), (*value).to_owned());
        }
        fields
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    tag[start..].split('"').next().map(unescaped)
}

fn unescaped(text: &str) -> String {
    text.replace("&#38;", "&").replace("&amp;", "&").replace("&#34;", "\"")
}
