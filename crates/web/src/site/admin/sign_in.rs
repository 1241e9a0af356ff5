//! `/admin/login` and `/admin/logout`: an API key of scope `admin` opens the dashboard.

use app::key::Scope;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderValue;
use http::header::{RETRY_AFTER, SET_COOKIE};
use serde::Deserialize;

use super::session;
use crate::http::{Client, Problem, QueryOf};
use crate::pages::Page;
use crate::pages::admin::login::{LoginFault, LoginPage};
use crate::site::asked::Asked;
use crate::site::form::Form;
use crate::site::{Site, failed};

/// Where to go after signing in, and why one has to.
#[derive(Debug, Deserialize)]
pub(super) struct Way {
    next: Option<String>,
    over: Option<String>,
}

pub(super) async fn show(asked: Asked, QueryOf(way): QueryOf<Way>) -> Response {
    let fault = way.over.map(|_| LoginFault::SessionOver);
    page(&asked, way.next.as_deref(), fault).answer()
}

pub(super) async fn sign_in(
    State(site): State<Site>,
    asked: Asked,
    client: Client,
    form: Form,
) -> Result<Response, Problem> {
    let next = form.field("next");
    if let Err(problem) = site.sign_ins.check(client.address) {
        let wait = problem.wait().map_or(60, |wait| wait.as_secs() + 1);
        let mut response = page(&asked, next, Some(LoginFault::TooMany)).answer();
        response.headers_mut().insert(RETRY_AFTER, wait.into());
        return Ok(response);
    }
    let presented = form.field("key").unwrap_or_default().trim();
    let caller = site.app.find_caller(presented).await.map_err(failed)?;
    let Some(caller) = caller.filter(|caller| caller.scope == Scope::Admin) else {
        tracing::warn!("a sign-in to the dashboard failed");
        return Ok(page(&asked, next, Some(LoginFault::Wrong)).answer());
    };
    tracing::info!(key.id = %caller.key, "signed in to the dashboard");
    Ok(with_cookie(Redirect::to(inside(next)), &session::begin(&site, caller)))
}

pub(super) async fn sign_out(State(site): State<Site>) -> Response {
    with_cookie(Redirect::to("/admin/login"), &session::end(&site))
}

fn page(asked: &Asked, next: Option<&str>, fault: Option<LoginFault>) -> LoginPage {
    LoginPage { frame: asked.timeless_frame(), next: inside(next).to_owned(), fault }
}

fn with_cookie(redirect: Redirect, cookie: &str) -> Response {
    let mut response = redirect.into_response();
    let cookie = HeaderValue::from_str(cookie).expect("made of visible ASCII");
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

/// A place in the dashboard, and nowhere else: nobody is sent to another site by our login.
fn inside(next: Option<&str>) -> &str {
    let is_inside = |next: &&str| {
        let rest = next.strip_prefix("/admin");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
            && next.len() <= 500
            && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    next.filter(is_inside).unwrap_or("/admin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_leads_into_the_dashboard_alone() {
        assert_eq!(
            inside(Some("/admin/bookings?from=2026-12-01")),
            "/admin/bookings?from=2026-12-01"
        );
        assert_eq!(inside(Some("/admin")), "/admin");
        for outside in [
            "",
            "/",
            "//evil.example",
            "/administrator",
            "/admin@evil.example",
            "https://evil.example/admin",
            "/admin/\\evil",
            "/admin\r\nx: y",
            "/book/x",
        ] {
            assert_eq!(inside(Some(outside)), "/admin", "{outside}");
        }
    }
}
