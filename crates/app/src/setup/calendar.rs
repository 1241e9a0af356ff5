//! The document of a calendar.

use std::collections::BTreeSet;

use domain::people::Email;
use domain::{Calendar, Faults, Pointer, Provider, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::notation::{ProviderWord, RoleWord, SlugText, Word};
use super::reading::Reading;

/// The most characters of a provider's name of a calendar.
const MOST_NAME: usize = 300;

/// One calendar of a host at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarDoc {
    /// The calendar's slug.
    #[schema(value_type = SlugText)]
    pub id: String,
    /// The slug of the host whose calendar it is.
    #[schema(value_type = SlugText)]
    pub host: String,
    /// Who keeps it. `microsoft` and `caldav` are not supported yet.
    #[schema(value_type = ProviderWord)]
    pub provider: String,
    /// The account at the provider, as an e-mail address. `local` has none, others need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254, format = "email")]
    pub account: Option<String>,
    /// The provider's name of the calendar, or `primary`.
    #[serde(default = "primary")]
    #[schema(min_length = 1, max_length = 300, default = "primary")]
    pub calendar: String,
    /// What it is used for: `write`, events of bookings go here; `busy`, it blocks the host's time.
    #[serde(default = "both_roles")]
    #[schema(value_type = Vec<RoleWord>, min_items = 1, max_items = 2, default = both_roles)]
    pub roles: Vec<String>,
}

/// What `primary` means depends on who asks; the account's own calendar has the account's address.
fn concrete(
    name: Option<String>,
    provider: Option<Provider>,
    account: Option<&str>,
) -> Option<String> {
    let own = provider == Some(Provider::Google) && name.as_deref() == Some("primary");
    if own { account.map(str::to_owned) } else { name }
}

fn primary() -> String {
    "primary".to_owned()
}

fn both_roles() -> Vec<String> {
    vec!["write".to_owned(), "busy".to_owned()]
}

impl CalendarDoc {
    /// The calendar, or every fault of this document, which stands `at` a place of the input.
    pub fn parse(&self, at: &Pointer) -> Result<Calendar, Faults> {
        let mut reading = Reading::new(at);
        let id = reading.slug(reading.at("id"), &self.id);
        let host = reading.slug(reading.at("host"), &self.host);
        let provider = self.provider(&mut reading);
        let account = provider.and_then(|provider| self.account(provider, &mut reading));
        let name = reading.line(reading.at("calendar"), &self.calendar, MOST_NAME);
        let name = concrete(name, provider, account.as_deref());
        let roles = self.roles(&mut reading);
        let calendar = || {
            Some(Calendar {
                id: id?,
                host: host?,
                provider: provider?,
                account: account?,
                calendar: name?,
                roles,
            })
        };
        reading.finish(calendar())
    }

    fn provider(&self, reading: &mut Reading<'_>) -> Option<Provider> {
        let place = reading.at("provider");
        match reading.word(place.clone(), &self.provider)? {
            ProviderWord::Google => Some(Provider::Google),
            ProviderWord::Local => Some(Provider::Local),
            ProviderWord::Microsoft => {
                reading.not_yet(place, "microsoft");
                None
            }
            ProviderWord::CalDav => {
                reading.not_yet(place, "caldav");
                None
            }
        }
    }

    fn account(&self, provider: Provider, reading: &mut Reading<'_>) -> Option<String> {
        let place = reading.at("account");
        match (provider, self.account.as_deref()) {
            (Provider::Google, Some(account)) => {
                let email = reading.person(place, Email::parse(account))?;
                Some(email.as_str().to_owned())
            }
            (Provider::Google, None) => {
                reading.fault(place, "required", "must name the account that is connected");
                None
            }
            (Provider::Local, Some(_)) => {
                reading.fault(place, "not_allowed", "a local calendar has no account");
                None
            }
            (Provider::Local, None) => Some(String::new()),
        }
    }

    fn roles(&self, reading: &mut Reading<'_>) -> BTreeSet<Role> {
        let place = reading.at("roles");
        if self.roles.is_empty() {
            reading.fault(place.clone(), "empty", "must have at least one role");
        }
        if !reading.fits("roles", self.roles.len(), RoleWord::ALL.len()) {
            return BTreeSet::new();
        }
        reading.distinct("roles", self.roles.iter());
        let words = self.roles.iter().enumerate();
        words
            .filter_map(|(index, word)| {
                Some(match reading.word(place.at(index), word)? {
                    RoleWord::Write => Role::Write,
                    RoleWord::Busy => Role::Busy,
                })
            })
            .collect()
    }
}
