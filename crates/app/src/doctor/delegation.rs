//! The service account: whether Google lets it in, for each account that it speaks for.

use std::collections::BTreeSet;

use domain::Calendar;
use providers::google::ServiceAccount;
use providers::{Exchange, ProviderError};
use store::connection::Connection;

use super::{Condition, Finding, finding};
use crate::App;
use crate::connection::{WayIn, why_refused};

impl App {
    /// Has the service account ask for a token of every account that it speaks for. None is kept,
    /// and no connection changes. With the last exchange, whose date tells whether our clock is
    /// right.
    pub(super) async fn examine_delegation(
        &self,
        service_account: &ServiceAccount,
        calendars: &[&Calendar],
        connections: &[Connection],
    ) -> (Vec<Finding>, Option<Exchange>) {
        let speaks_for = |account: &str| {
            let known = connections.iter().find(|known| known.account == account);
            known.is_none_or(|connection| self.is_delegated(connection))
        };
        let accounts: BTreeSet<&str> = calendars
            .iter()
            .map(|calendar| calendar.account.as_str())
            .filter(|account| speaks_for(account))
            .collect();
        let (mut found, mut last) = (vec![used(service_account, accounts.len())], None);
        for account in accounts {
            let http = &self.providers().http;
            let call = service_account.access_token(http, account, self.clock().now()).await;
            let error = call.outcome.err();
            found.extend(error.map(|error| refused(service_account, account, &error)));
            last = Some(call.exchange);
        }
        (found, last)
    }
}

fn used(service_account: &ServiceAccount, accounts: usize) -> Finding {
    let says = match accounts {
        0 => "No account needs it: the hosts have consented.".to_owned(),
        1 => "It speaks for one account; nobody has to consent.".to_owned(),
        many => format!("It speaks for {many} accounts; nobody has to consent."),
    };
    let condition = if accounts == 0 { Condition::Fair } else { Condition::Good };
    let found = finding("service_account", condition, says).of(&service_account.email);
    if accounts == 0 {
        return found.advice("Disconnect an account to have the service account speak for it.");
    }
    found
}

fn refused(service_account: &ServiceAccount, account: &str, error: &ProviderError) -> Finding {
    let advice = if let ProviderError::ConnectionRevoked { reason } = error {
        why_refused(reason)
    } else if matches!(error, ProviderError::ClientCredentials { .. }) {
        format!("{}.", WayIn::Delegation(service_account).correction())
    } else {
        "Look at this machine's way to the outside: DNS, proxy, firewall.".to_owned()
    };
    finding("service_account", Condition::Bad, format!("It is not let in: {error}."))
        .of(account)
        .advice(advice)
}
