//! `GET /`

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::Site;
use super::asked::Asked;
use super::service::service_view;
use crate::pages::Page;
use crate::pages::home::HomePage;

pub(super) fn routes() -> Router<Site> {
    Router::new().route("/", get(home))
}

async fn home(State(site): State<Site>, asked: Asked) -> Response {
    let setup = site.app.setup();
    let services = setup.setup.services().filter(|service| service.is_listed());
    let services = services.map(|service| service_view(&setup.setup, service)).collect();
    HomePage { frame: asked.timeless_frame(), services }.answer()
}
