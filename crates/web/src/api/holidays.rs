//! `POST /v1/hosts/{id}/holidays`: the holidays of an iCalendar file.

use app::App;
use app::setup::HolidayDoc;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use domain::Pointer;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Admin;
use super::document::Refused;
use super::failure::of_setup;
use super::outside_rules::{OutsideRulesView, views};
use crate::http::problem::Code;
use crate::http::{PathOf, Problem};

/// What came of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportedHolidays {
    /// The days of the file in this year and the two after it: all of them are holidays of the host
    /// now.
    holidays: Vec<HolidayDoc>,
    /// The bookings that stand although they are on one of them.
    outside_rules: Vec<OutsideRulesView>,
}

/// Adds the days of an iCalendar file to a host's holidays: its events that take whole days, once or
/// every year. What could mean other days is refused with its line. At most 1 MiB and 1,000 days.
#[utoipa::path(
    post,
    path = "/v1/hosts/{id}/holidays",
    tag = "setup",
    security(("key" = [])),
    params(("id" = String, Path, description = "The host's slug.")),
    request_body(content = String, content_type = "text/calendar"),
    responses(
        (status = 200, description = "They are holidays now", body = ImportedHolidays),
        (status = 400, response = Refused),
        (status = 401, response = Refused),
        (status = 403, response = Refused),
        (status = 404, response = Refused),
        (status = 413, response = Refused),
        (status = 415, response = Refused),
    )
)]
pub(crate) async fn import_holidays(
    State(app): State<App>,
    _caller: Admin,
    PathOf(host): PathOf<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ImportedHolidays>, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("text/calendar") {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    let text = std::str::from_utf8(&body)
        .map_err(|_bytes| Problem::fault(Pointer::root(), "encoding", "This is not UTF-8 text."))?;
    let imported = app.import_holidays(&host, text).await.map_err(of_setup)?;
    let outside_rules = views(&app, &imported.outside);
    Ok(Json(ImportedHolidays { holidays: imported.holidays, outside_rules }))
}
