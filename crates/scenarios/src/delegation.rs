//! A service account that a Workspace trusts, in place of consent.

use providers::google::{GoogleEndpoints, ServiceAccount};
use serde_json::json;

use crate::Scenario;

/// The service account's address.
const ROBOT: &str = "robot@project.iam.example";
const KEY: &str = include_str!("../../providers/tests/keys/service-account.pem");
const PUBLIC_KEY: &str = include_str!("../../providers/tests/keys/service-account.pub.pem");
/// Of a key that nobody has any more.
const OTHER_KEY: &str = include_str!("../../providers/tests/keys/other.pub.pem");

pub(crate) fn service_account(endpoints: GoogleEndpoints) -> ServiceAccount {
    let file = json!({
        "type": "service_account", "client_email": ROBOT, "private_key_id": "k1",
        "private_key": KEY,
    });
    ServiceAccount::from_key_file(&file.to_string(), endpoints).expect("a key file")
}

impl Scenario {
    /// The Workspace's administrator lets the service account do everything for every account.
    pub fn delegates(&self) {
        self.trusts(PUBLIC_KEY, None);
    }

    /// The administrator takes that back. What the accounts' tokens still could do ends as well.
    pub fn delegates_nothing(&self) {
        self.trusts(PUBLIC_KEY, Some(&[]));
        let google = self.sandbox.google();
        google.accounts().iter().for_each(|account| google.revoke_access(account));
    }

    /// The key that we have was replaced by another.
    pub fn replaces_the_service_accounts_key(&self) {
        self.trusts(OTHER_KEY, None);
    }

    fn trusts(&self, public_key: &str, delegated: Option<&[&str]>) {
        let google = self.sandbox.google();
        assert!(google.trust_service_account(ROBOT, Some(public_key), delegated), "an RSA key");
    }

    /// Has the process restarted with the service account beside the client.
    pub async fn restart_with_service_account(&mut self) {
        self.given.service_account = true;
        self.delegates();
        self.restart().await;
    }
}
