//! What anybody may see of a service.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{HostDoc, ServiceDoc};

/// What anybody may see of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicService {
    /// The service's slug.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Where it takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What there is to say about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How long one booking takes, such as `30m`.
    pub duration: String,
    /// The other lengths to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub durations: Vec<String>,
    /// Who can give it.
    pub hosts: Vec<PublicHost>,
    /// The IANA zone of the first host, in which slots are listed unless another is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// People per slot.
    pub capacity: u32,
    /// Whether a full slot can be waited for.
    pub waitlist: bool,
}

/// What anybody may see of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicHost {
    /// The host's slug.
    pub id: String,
    /// The host's name.
    pub name: String,
}

impl ServiceDoc {
    /// What anybody may see of this service.
    pub fn public_view(&self, hosts: &BTreeMap<String, HostDoc>) -> PublicService {
        let known = || self.hosts.iter().filter_map(|id| hosts.get(id));
        PublicService {
            id: self.id.clone(),
            title: self.title.clone(),
            location: self.location.clone(),
            description: self.description.clone(),
            duration: self.duration.clone(),
            durations: self.durations.clone(),
            hosts: known()
                .map(|host| PublicHost { id: host.id.clone(), name: host.name.clone() })
                .collect(),
            timezone: known().next().map(|host| host.timezone.clone()),
            capacity: self.capacity,
            waitlist: self.waitlist,
        }
    }
}
