//! `/admin/services` and `/admin/sources`: what the setup says, to read.

use axum::extract::State;
use axum::response::Response;

use super::bookings::link_to_service;
use super::session::SignedIn;
use super::{dashboard, frame};
use crate::pages::Page;
use crate::pages::admin::Section;
use crate::pages::admin::listing::{CellView, Column, ListingPage};
use crate::site::Site;
use crate::site::asked::Asked;
use crate::site::service::service_view;

pub(super) async fn services(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
) -> Response {
    let setup = site.app.setup();
    let frame = frame(&asked, &setup.setup);
    let now = site.app.clock().now();
    let row = |service: &domain::Service| {
        let view = service_view(&setup.setup, service);
        let bookings = link_to_service(&frame, &view.slug, now);
        vec![
            CellView { text: view.title.clone(), path: Some(bookings) },
            plain(view.hosts.join(", ")),
            plain(view.length(&frame)),
            CellView { text: view.page.clone(), path: Some(site.app.booking_page(&service.id)) },
        ]
    };
    let rows = setup.setup.services().map(row).collect();
    let columns = vec![Column::Service, Column::Hosts, Column::Length, Column::Page];
    let dashboard = dashboard(Section::Services, &signed_in);
    ListingPage { frame, dashboard, columns, rows, more: None }.answer()
}

pub(super) async fn sources(
    State(site): State<Site>,
    signed_in: SignedIn,
    asked: Asked,
) -> Response {
    let setup = site.app.setup();
    let row = |source: &app::setup::SourceDoc| {
        vec![
            plain(source.id.clone()),
            plain(source.kind.clone()),
            plain(source.service.clone().unwrap_or_default()),
            plain(site.app.settings().url(&format!("/hooks/{}", source.id))),
        ]
    };
    let rows = setup.documents.sources.values().map(row).collect();
    let frame = frame(&asked, &setup.setup);
    let columns = vec![Column::Source, Column::Kind, Column::Service, Column::Hook];
    let dashboard = dashboard(Section::Sources, &signed_in);
    ListingPage { frame, dashboard, columns, rows, more: None }.answer()
}

fn plain(text: String) -> CellView {
    CellView { text, path: None }
}
