//! Services as the pages show them.

use std::sync::Arc;

use app::service_link::Pass;
use app::setup::Setup;
use app::{App, AppError, SetupSnapshot};
use domain::{Service, ServiceId};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::pages::ServiceView;

/// A service with the setup it stands in.
#[derive(Debug, Clone)]
pub(super) struct Offered {
    setup: Arc<SetupSnapshot>,
    id: ServiceId,
}

impl Offered {
    /// The service of that slug, if it is there for whoever has that right.
    pub(super) async fn find(app: &App, slug: &str, pass: &Pass) -> Result<Option<Self>, AppError> {
        Ok(app.find_service(slug, pass).await?.map(|(setup, id)| Self { setup, id }))
    }

    /// The service.
    pub(super) fn service(&self) -> &Service {
        self.setup.setup.service(&self.id).expect("it was there when this was made")
    }

    /// The zone in which its times are shown until a visitor chooses another: its first host's.
    pub(super) fn zone(&self) -> TimeZone {
        let mut hosts = self.setup.setup.hosts_of(self.service());
        hosts.next().map_or(TimeZone::UTC, |host| host.timezone.clone())
    }

    /// What a page says about it.
    pub(super) fn view(&self) -> ServiceView {
        service_view(&self.setup.setup, self.service())
    }
}

/// What a page says about a service.
pub(super) fn service_view(setup: &Setup, service: &Service) -> ServiceView {
    ServiceView {
        slug: service.id.to_string(),
        page: format!("/book/{}", service.id),
        title: service.title.clone(),
        location: service.location.clone(),
        description: service.description.clone(),
        length_minutes: whole_minutes(service.rules.duration),
        hosts: setup.hosts_of(service).map(|host| host.name.to_string()).collect(),
    }
}

/// A length in minutes, as people are told it.
pub(super) fn whole_minutes(length: SignedDuration) -> u32 {
    u32::try_from(length.as_mins()).unwrap_or(0)
}
