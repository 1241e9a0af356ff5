//! Problems, shown to a person in a browser.

use std::sync::Arc;

use http::StatusCode;
use jiff::tz::TimeZone;

use crate::http::problem::{Code, ProblemPage};
use crate::http::{Problem, RequestId};
use crate::pages::message::{MessagePage, Occasion};
use crate::pages::{Frame, Page, Visitor};

/// Renders problems in the look of the other pages, for [`crate::http::LayerOptions`].
pub fn problem_page() -> ProblemPage {
    Arc::new(|problem, id| MessagePage { frame: frame(), occasion: occasion(problem, id) }.answer())
}

/// The layers hand over the problem alone, so nothing is known of the visitor here.
fn frame() -> Frame {
    Frame { visitor: Visitor::new("", TimeZone::UTC), agency: None, embedded: false }
}

fn occasion(problem: &Problem, id: &RequestId) -> Occasion {
    let code = problem.code();
    let status = code.status();
    if code == Code::NotFound {
        Occasion::NotFound
    } else if code == Code::TooManyRequests {
        let wait = problem.wait().map_or(1, |wait| wait.as_secs() + 1);
        Occasion::TooMany { retry_after_seconds: u32::try_from(wait).unwrap_or(u32::MAX) }
    } else if status == StatusCode::INTERNAL_SERVER_ERROR {
        Occasion::Failed { request_id: id.as_str().to_owned() }
    } else {
        Occasion::Problem {
            status,
            title: code.title(),
            detail: code.usual_detail(),
            request_id: id.as_str().to_owned(),
        }
    }
}
